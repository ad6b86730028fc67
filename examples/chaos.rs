//! R1: the app is killed at random moments of generation and answering, and started again. Nothing that it acknowledged
//! may be lost or doubled, and every job has to end.
//!
//! `make chaos` (CHAOS_KILLS=20 by default). The model is played over HTTP; everything else is the real binary with its
//! own private PostgreSQL, which outlives each kill as it does in life.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use autodeck::db;
use autodeck::db::embedded::Embedded;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

#[path = "../tests/model_server/mod.rs"]
#[expect(dead_code, reason = "a part of it is enough here")]
mod model_server;

use model_server::{ModelServer, Script};

/// A job survives a dead worker for this long, in seconds.
const LEASE: u64 = 2;
/// After a restart every job is claimed within the lease and this.
const CLAIM_SLACK: Duration = Duration::from_secs(2);
const LEARNERS: usize = 6;
const ADDRESS: &str = "127.0.0.1:3457";

/// An answer that the app acknowledged with 200.
#[derive(Clone)]
struct Acknowledged {
    token: String,
    card: String,
    review: Uuid,
    rating: &'static str,
}

struct App {
    child: Child,
}

impl App {
    async fn start(data_dir: &Path, model: &ModelServer, http: &Client) -> App {
        let binary = std::env::current_exe().expect("our own path");
        let binary = binary
            .ancestors()
            .nth(2)
            .expect("target/release")
            .join("autodeck");
        let child = Command::new(binary)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AUTODECK_DATA_DIR", data_dir)
            .env("AUTODECK_LISTEN", ADDRESS)
            .env("AUTODECK_LLM", "openai")
            .env("AUTODECK_LLM_BASE_URL", model.base_url())
            .env("AUTODECK_LLM_MODEL", "replay")
            .env("AUTODECK_LEASE_SECONDS", LEASE.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary: cargo build --release");
        let app = App { child };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !http
            .get(format!("http://{ADDRESS}/readyz"))
            .send()
            .await
            .is_ok_and(|answer| answer.status() == 200)
        {
            assert!(Instant::now() < deadline, "the app did not come up again");
            sleep(Duration::from_millis(20)).await;
        }
        app
    }

    fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
    }
}

#[tokio::main]
async fn main() {
    let kills: usize = std::env::var("CHAOS_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20);
    let seed: u64 = std::env::var("CHAOS_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::Builder::new()
        .prefix("autodeck-chaos")
        .tempdir_in("/tmp")
        .expect("/tmp is writable");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    std::fs::set_permissions(folder.path(), open).expect("our own folder");
    let data_dir = folder.path().join("data");
    let script = Script {
        first_token: Duration::from_millis(100),
        tokens_per_second: 150.0,
        ..Script::default()
    };
    let model = ModelServer::start(script).await;
    let http = Client::builder()
        .timeout(Duration::from_secs(40))
        .build()
        .expect("a client");
    let acknowledged: Arc<Mutex<Vec<Acknowledged>>> = Arc::default();

    let mut app = App::start(&data_dir, &model, &http).await;
    let mut learners = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&http, &format!("Chaos {}", number % 3)).await;
        learners.push(learner.clone());
        tokio::spawn(learner.study(Arc::clone(&acknowledged)));
    }
    let mut slowest_claim = Duration::ZERO;
    for kill in 1..=kills {
        sleep(Duration::from_millis(dice.random_range(200..2_500))).await;
        app.kill();
        app = App::start(&data_dir, &model, &http).await;
        slowest_claim = slowest_claim.max(wait_for_claims(&data_dir).await);
        let so_far = acknowledged.lock().expect("nobody panics with it").len();
        println!("kill {kill}: {so_far} answers acknowledged so far");
    }
    let answers = acknowledged.lock().expect("nobody panics with it").clone();
    let lost = count_lost(&http, &answers).await;
    let broken = broken_invariants(&data_dir, &answers).await;
    println!(
        "{kills} kills (seed {seed}): {} answers acknowledged, {lost} lost, {broken} rows break an invariant, \
         slowest claim of a left job {slowest_claim:.1?} after the restart",
        answers.len(),
    );
    app.kill();
    stop_database(&data_dir).await;
    assert_eq!((lost, broken), (0, 0));
    assert!(slowest_claim <= Duration::from_secs(LEASE) + CLAIM_SLACK);
}

#[derive(Clone)]
struct Learner {
    http: Client,
    token: String,
    deck: String,
}

impl Learner {
    async fn new(http: &Client, topic: &str) -> Learner {
        let post = |path: &str, token: &str, body: Value| {
            http.post(format!("http://{ADDRESS}/api/v1{path}"))
                .bearer_auth(token)
                .json(&body)
                .send()
        };
        let guest: Value = post("/guests", "", json!({}))
            .await
            .expect("up")
            .json()
            .await
            .expect("JSON");
        let token = guest["token"].as_str().expect("a token").to_owned();
        let deck: Value = post("/decks", &token, json!({ "topic": topic }))
            .await
            .expect("up")
            .json()
            .await
            .expect("JSON");
        Learner {
            http: http.clone(),
            token,
            deck: deck["id"].as_str().expect("an id").to_owned(),
        }
    }

    /// Studies for ever; an answer that did not go through is sent again under its id, as the page does.
    async fn study(self, acknowledged: Arc<Mutex<Vec<Acknowledged>>>) {
        let ratings = ["again", "good", "good", "easy"];
        for turn in 0.. {
            let Some(card) = self.next().await else {
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (review, rating) = (Uuid::new_v4(), ratings[turn % ratings.len()]);
            loop {
                let body = json!({ "id": review, "rating": rating });
                let answer = self
                    .http
                    .post(format!("http://{ADDRESS}/api/v1/cards/{card}/reviews"))
                    .bearer_auth(&self.token)
                    .json(&body)
                    .send()
                    .await;
                if answer.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                    break;
                }
                sleep(Duration::from_millis(50)).await;
            }
            let token = self.token.clone();
            acknowledged
                .lock()
                .expect("nobody panics with it")
                .push(Acknowledged {
                    token,
                    card,
                    review,
                    rating,
                });
        }
    }

    async fn next(&self) -> Option<String> {
        let url = format!("http://{ADDRESS}/api/v1/decks/{}/next?wait=5", self.deck);
        let next: Value = self
            .http
            .get(url)
            .bearer_auth(&self.token)
            .send()
            .await
            .ok()?
            .json()
            .await
            .ok()?;
        Some(next["study"]["card"]["id"].as_str()?.to_owned())
    }
}

/// How long after the restart the last job that the killed worker had is somebody's again or ended.
async fn wait_for_claims(data_dir: &Path) -> Duration {
    let pool = connect(data_dir).await;
    let left: Vec<(Uuid, i64)> =
        sqlx::query_as("select job_id, fence from generation_jobs where state = 'running'")
            .fetch_all(&pool)
            .await
            .expect("rows");
    let restarted = Instant::now();
    loop {
        let mut still = 0;
        for (job_id, fence) in &left {
            let same: bool = sqlx::query_scalar(
                "select exists (select from generation_jobs where job_id = $1 and fence = $2 and state = 'running' \
                 and lease_until < now())",
            )
            .bind(job_id)
            .bind(fence)
            .fetch_one(&pool)
            .await
            .expect("a row");
            still += usize::from(same);
        }
        if still == 0 || restarted.elapsed() > Duration::from_secs(30) {
            return if left.is_empty() {
                Duration::ZERO
            } else {
                restarted.elapsed()
            };
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Answers that the app does not know any more: sent again under its id, each has to be 200 and change nothing.
async fn count_lost(http: &Client, answers: &[Acknowledged]) -> usize {
    let mut lost = 0;
    for answer in answers {
        let body = json!({ "id": answer.review, "rating": answer.rating });
        let url = format!("http://{ADDRESS}/api/v1/cards/{}/reviews", answer.card);
        let sent = http
            .post(url)
            .bearer_auth(&answer.token)
            .json(&body)
            .send()
            .await
            .expect("up");
        lost += usize::from(sent.status() != StatusCode::OK);
    }
    lost
}

/// Rows that break an invariant, and acknowledged answers that are not in the log exactly once.
async fn broken_invariants(data_dir: &Path, answers: &[Acknowledged]) -> usize {
    let pool = connect(data_dir).await;
    let mut broken = 0;
    for statement in include_str!("../tests/invariants.sql")
        .split(";\n")
        .filter(|text| !text.trim().is_empty())
    {
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .bind(chrono_now(&pool).await)
            .fetch_all(&pool)
            .await
            .expect("an invariant");
        broken += rows.len();
    }
    let ids: Vec<Uuid> = answers.iter().map(|answer| answer.review).collect();
    let kept: i64 = sqlx::query_scalar("select count(*) from reviews where review_id = any($1)")
        .bind(&ids)
        .fetch_one(&pool)
        .await
        .expect("a count");
    broken + ids.len().abs_diff(usize::try_from(kept).expect("a count"))
}

async fn chrono_now(pool: &sqlx::PgPool) -> chrono::DateTime<chrono::Utc> {
    sqlx::query_scalar("select now()")
        .fetch_one(pool)
        .await
        .expect("the time")
}

async fn connect(data_dir: &Path) -> sqlx::PgPool {
    let options = Embedded::of_another_process(data_dir).expect("the app holds its folder");
    db::connect(options)
        .await
        .expect("the private database answers")
}

async fn stop_database(data_dir: &Path) {
    let embedded = Embedded::start(data_dir)
        .await
        .expect("the database that the app left");
    embedded.stop().await.expect("a server that stops");
}
