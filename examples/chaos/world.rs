//! What every part works with: the real program as a process, learners over HTTP who remember what was acknowledged, and
//! the questions asked afterwards.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use autodeck::db::embedded::Embedded;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// A job survives a dead worker for this long, in seconds.
pub const LEASE: u64 = 2;
/// After each of a learner's refused or lost requests.
const PAUSE: Duration = Duration::from_millis(20);

/// A number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}"))
    })
}

/// A client that waits longer than any poll.
pub fn client() -> Client {
    Client::builder()
        .timeout(Duration::from_secs(70))
        .build()
        .expect("a client")
}

/// A folder for one part, removed with it.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        let folder = tempfile::Builder::new()
            .prefix("autodeck-chaos")
            .tempdir_in("/tmp")
            .expect("/tmp is writable");
        // Root's server runs as another user, who has to pass through.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(folder.path(), open).expect("our own folder");
        Folder(folder)
    }

    pub fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }
}

/// The program, killed at the end.
pub struct App {
    child: Child,
    pub http: Client,
    /// `http://127.0.0.1:PORT`.
    pub address: String,
}

impl App {
    /// Starts it with these settings on a port that was free a moment ago, or on `address`; returns when it is ready.
    pub async fn start(http: &Client, address: Option<&str>, settings: &[(&str, String)]) -> App {
        let ours = std::env::current_exe().expect("our own path");
        let folder = ours.ancestors().nth(2).expect("target/release");
        App::start_program(&folder.join("autodeck"), http, address, settings).await
    }

    /// The same with another build of the program.
    pub async fn start_program(
        binary: &Path,
        http: &Client,
        address: Option<&str>,
        settings: &[(&str, String)],
    ) -> App {
        let address = address.map_or_else(free_address, str::to_owned);
        let child = Command::new(binary)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", "/nonexistent")
            .env("AUTODECK_LISTEN", &address)
            .env("AUTODECK_LLM", "openai")
            .env("AUTODECK_LLM_MODEL", "replay")
            .env("AUTODECK_LEASE_SECONDS", LEASE.to_string())
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program: cargo build --release");
        let app = App {
            child,
            http: http.clone(),
            address: format!("http://{address}"),
        };
        app.ready(Duration::from_secs(60)).await;
        app
    }

    /// What stands before several of them, as if it were one.
    pub async fn front(http: &Client, address: &str) -> App {
        let mut nothing = Command::new("true");
        let app = App {
            child: nothing.spawn().expect("true"),
            http: http.clone(),
            address: format!("http://{address}"),
        };
        app.ready(Duration::from_secs(20)).await;
        app
    }

    /// Waits until it is ready; how long that took.
    pub async fn ready(&self, limit: Duration) -> Duration {
        let began = Instant::now();
        loop {
            let asked = self.http.get(format!("{}/readyz", self.address));
            let asked = asked.timeout(Duration::from_secs(2)).send().await;
            if asked.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                return began.elapsed();
            }
            assert!(began.elapsed() < limit, "the app did not come up again");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// `host:port`, to start another one in its place.
    pub fn listens_at(&self) -> String {
        self.address.trim_start_matches("http://").to_owned()
    }

    pub fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
    }

    /// Sends SIGTERM and waits for the end; how long that took.
    pub async fn terminate(mut self) -> (Duration, ExitStatus) {
        let began = Instant::now();
        let pid = i32::try_from(self.child.id()).expect("a process id");
        kill(Pid::from_raw(pid), Signal::SIGTERM).expect("it runs");
        loop {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return (began.elapsed(), status);
            }
            assert!(began.elapsed() < Duration::from_secs(60), "it does not end");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").to_string()
}

/// Runs `command` as whoever owns `path`, which root may and nobody else has to.
pub fn as_owner_of(command: &mut Command, path: &Path) {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    if nix::unistd::Uid::effective().is_root() {
        let owner = std::fs::metadata(path).expect("our own folder");
        command.uid(owner.uid()).gid(owner.gid());
    }
}

/// An answer that the app acknowledged with 200.
#[derive(Clone)]
pub struct Acknowledged {
    token: String,
    card: String,
    review: Uuid,
    rating: &'static str,
}

/// What was acknowledged, by all learners.
pub type Acknowledgements = Arc<Mutex<Vec<Acknowledged>>>;

/// Somebody with one deck. Every request is made again until it succeeds, as the page does.
#[derive(Clone)]
pub struct Learner {
    pub http: Client,
    pub api: String,
    pub token: String,
    pub deck: String,
}

impl Learner {
    pub async fn new(app: &App, topic: &str) -> Learner {
        let mut learner = Learner {
            http: app.http.clone(),
            api: format!("{}/api/v1", app.address),
            token: String::new(),
            deck: String::new(),
        };
        let guest = learner.insist("/guests", &json!({})).await;
        learner.token = guest["token"].as_str().expect("a token").to_owned();
        let deck = learner.insist("/decks", &json!({ "topic": topic })).await;
        learner.deck = deck["id"].as_str().expect("an id").to_owned();
        learner
    }

    /// Posts until the answer is a success.
    pub async fn insist(&self, path: &str, body: &Value) -> Value {
        loop {
            let sent = self
                .http
                .post(format!("{}{path}", self.api))
                .bearer_auth(&self.token)
                .json(body)
                .send()
                .await;
            if let Ok(answer) = sent
                && answer.status().is_success()
                && let Ok(body) = answer.json().await
            {
                return body;
            }
            sleep(PAUSE).await;
        }
    }

    /// Studies for ever.
    pub async fn study(self, acknowledged: Acknowledgements) {
        for turn in 0.. {
            self.study_one(turn, &acknowledged).await;
        }
    }

    /// Waits for a card and answers it, as often as it takes.
    pub async fn study_one(&self, turn: usize, acknowledged: &Acknowledgements) {
        let ratings = ["again", "good", "good", "easy"];
        let card = loop {
            match self.next(5).await {
                Some(card) => break card,
                None => sleep(PAUSE).await,
            }
        };
        let (review, rating) = (Uuid::new_v4(), ratings[turn % ratings.len()]);
        let body = json!({ "id": review, "rating": rating });
        self.insist(&format!("/cards/{card}/reviews"), &body).await;
        acknowledged
            .lock()
            .expect("nobody panics with it")
            .push(Acknowledged {
                token: self.token.clone(),
                card,
                review,
                rating,
            });
    }

    /// The card on the desk.
    pub async fn next(&self, wait: u32) -> Option<String> {
        let url = format!("{}/decks/{}/next?wait={wait}", self.api, self.deck);
        let asked = self.http.get(url).bearer_auth(&self.token).send().await;
        let next: Value = asked.ok()?.json().await.ok()?;
        Some(next["study"]["card"]["id"].as_str()?.to_owned())
    }
}

/// Answers that the app does not know any more: sent again under its id, each has to be 200 and change nothing.
pub async fn count_lost(app: &App, answers: &[Acknowledged]) -> usize {
    let mut lost = 0;
    for answer in answers {
        let body = json!({ "id": answer.review, "rating": answer.rating });
        let url = format!("{}/api/v1/cards/{}/reviews", app.address, answer.card);
        let sent = app.http.post(url).bearer_auth(&answer.token).json(&body);
        let sent = sent.send().await.expect("up");
        lost += usize::from(sent.status() != StatusCode::OK);
    }
    lost
}

/// Rows that break an invariant, and acknowledged answers that are not in the log exactly once.
pub async fn count_broken(db: &PgPool, answers: &[Acknowledged]) -> usize {
    let now: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("select now()")
        .fetch_one(db)
        .await
        .expect("the time");
    let mut broken = 0;
    for statement in include_str!("../../tests/invariants.sql")
        .split(";\n")
        .filter(|text| !text.trim().is_empty())
    {
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .bind(now)
            .fetch_all(db)
            .await
            .expect("an invariant");
        broken += rows.len();
    }
    let ids: Vec<Uuid> = answers.iter().map(|answer| answer.review).collect();
    let kept: i64 = sqlx::query_scalar("select count(*) from reviews where review_id = any($1)")
        .bind(&ids)
        .fetch_one(db)
        .await
        .expect("a count");
    broken + ids.len().abs_diff(usize::try_from(kept).expect("a count"))
}

/// A PostgreSQL of the chaos's own, for apps that are given a database.
pub async fn database(folder: &Folder) -> Embedded {
    Embedded::start(&folder.data())
        .await
        .expect("a private PostgreSQL")
}

/// For `DATABASE_URL`.
pub fn url(options: &PgConnectOptions) -> String {
    let socket = options.get_socket().expect("our own server has a socket");
    format!(
        "postgres://autodeck@localhost:{}/{}?host={}",
        options.get_port(),
        options.get_database().expect("a database"),
        socket.display()
    )
}

/// How to reach the server that an app runs in `data_dir`.
pub async fn connect(data_dir: &Path) -> PgPool {
    let options = Embedded::of_another_process(data_dir).expect("the app holds its folder");
    autodeck::db::connect(options)
        .await
        .expect("the private database answers")
}
