//! P6 and P10: the program itself, as a process of its own on a database that is up.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::postgres::PgPool;
use tokio::time::Instant;

use crate::model_server::{ModelServer, Script};
use crate::support::{id, new_database};
use crate::table::{Row, Spread};

/// Clients that wait at once, each on a connection of its own.
const WAITING: usize = 10_000;
/// Decks that they wait at.
const DECKS: usize = 10;
/// How often the program is started.
const STARTS: usize = 7;
/// After the start, until the program's memory is called idle.
const IDLE: Duration = Duration::from_secs(5);

/// The start, then those who wait.
pub fn run() -> Vec<Row> {
    // The program does this where it chooses its model; another figure may have done it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let db = new_database().await;
        let mut rows = start(&db).await;
        rows.extend(waiting(&db).await);
        rows
    })
}

/// A serving program, killed at the end.
struct Program {
    child: Child,
    address: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts it and asks until it answers; the time from the start to the first 200.
    async fn start(db: &PgPool, more: &[(&str, String)]) -> (Program, Duration) {
        let options = db.connect_options();
        let socket = options.get_socket().expect("our own server has a socket");
        let database: String = sqlx::query_scalar("select current_database()")
            .fetch_one(db)
            .await
            .expect("a name");
        let url = format!(
            "postgres://autodeck@localhost:{}/{database}?host={}",
            options.get_port(),
            socket.display()
        );
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("bound").to_string();
        drop(free);
        let began = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_autodeck"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", "/nonexistent")
            .env("DATABASE_URL", url)
            .env("AUTODECK_LISTEN", &address)
            .envs(more.iter().map(|(name, value)| (*name, value)))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let program = Program {
            child,
            address: format!("http://{address}"),
        };
        let http = reqwest::Client::new();
        loop {
            let answer = http.get(format!("{}/", program.address)).send().await;
            if answer.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                return (program, began.elapsed());
            }
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "it does not start"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Bytes of memory that are its own and in use.
    fn memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("a Linux process");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("its memory");
        let kibibytes: f64 = line
            .trim_end_matches("kB")
            .trim()
            .parse()
            .expect("a number");
        kibibytes * 1024.0
    }
}

fn row(
    id: &'static str,
    what: String,
    unit: &'static str,
    values: Vec<f64>,
    target: &'static str,
) -> Row {
    Row {
        id,
        what,
        unit,
        ours: Spread::of(values),
        peer: None,
        target,
    }
}

async fn start(db: &PgPool) -> Vec<Row> {
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    let mut script = 0.0;
    for number in 0..STARTS {
        let (program, took) = Program::start(db, &[]).await;
        times.push(took.as_secs_f64() * 1e3);
        if number < 2 {
            tokio::time::sleep(IDLE).await;
            memory.push(program.memory() / 1e6);
        }
        script = script_bytes(&program).await;
    }
    vec![
        row(
            "P10",
            "start → first 200, database up".into(),
            "ms",
            times,
            "500 · 100",
        ),
        row(
            "P10",
            format!("memory, {} s after the start", IDLE.as_secs()),
            "MB",
            memory,
            "60 · 20",
        ),
        row(
            "P10",
            "script sent with the study page, gzip".into(),
            "KB",
            vec![script / 1e3],
            "30 · 8",
        ),
    ]
}

/// Bytes over the wire of every script that the study page names.
async fn script_bytes(program: &Program) -> f64 {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let begun = http
        .post(format!("{}/decks", program.address))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("topic=Knots")
        .send()
        .await
        .expect("it answers");
    let header = |name: &str| {
        let value = begun
            .headers()
            .get(name)
            .unwrap_or_else(|| panic!("no {name}"));
        value.to_str().expect("text").to_owned()
    };
    let cookie = header("set-cookie");
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let page = http
        .get(format!("{}{}", program.address, header("location")))
        .header("cookie", cookie)
        .send()
        .await
        .expect("a page")
        .text()
        .await
        .expect("a text");
    let mut bytes = 0;
    for tag in page.split("<script").skip(1) {
        let path = tag
            .split_once("src=\"")
            .expect("no script stands in the page")
            .1;
        let path = path.split('"').next().expect("an address");
        let answer = http
            .get(format!("{}{path}", program.address))
            .header("accept-encoding", "gzip")
            .send()
            .await
            .expect("a script");
        assert!(answer.status().is_success(), "{path}");
        bytes += answer.bytes().await.expect("a body").len();
    }
    assert!(bytes > 0, "the study page has no script");
    f64::from(u32::try_from(bytes).expect("short scripts"))
}

/// Memory for each of many who wait for a card that does not come, and connections of the database that are at work then.
async fn waiting(db: &PgPool) -> Vec<Row> {
    let model = ModelServer::start(Script {
        first_token: Duration::from_secs(600),
        ..Script::default()
    })
    .await;
    let environment = [
        ("AUTODECK_LLM", "openai".to_owned()),
        ("AUTODECK_LLM_API_KEY", "none".to_owned()),
        ("AUTODECK_LLM_MODEL", "replay".to_owned()),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
    ];
    let (program, _) = Program::start(db, &environment).await;
    let api = format!("{}/api/v1", program.address);
    let http = reqwest::Client::new();
    let guest: Value = http
        .post(format!("{api}/guests"))
        .json(&json!({}))
        .send()
        .await
        .expect("it answers")
        .json()
        .await
        .expect("JSON");
    let token = guest["token"].as_str().expect("a token").to_owned();
    let mut decks = Vec::new();
    for number in 0..DECKS {
        let deck: Value = http
            .post(format!("{api}/decks"))
            .bearer_auth(&token)
            .json(&json!({ "topic": format!("Waiting {number}") }))
            .send()
            .await
            .expect("it answers")
            .json()
            .await
            .expect("JSON");
        decks.push(id(&deck));
    }
    let before = program.memory();
    // A connection each: HTTP/1.1, and none is taken up again.
    let polls = (0..WAITING).map(|nth| {
        let url = format!("{api}/decks/{}/next?wait=25", decks[nth % DECKS]);
        let (http, token) = (&http, &token);
        async move {
            tokio::time::sleep(Duration::from_micros(1_500) * u32::try_from(nth).expect("few"))
                .await;
            http.get(url)
                .bearer_auth(token)
                .send()
                .await
                .map(|answer| answer.status())
        }
    });
    let look = async {
        tokio::time::sleep(Duration::from_secs(21)).await;
        let memory = program.memory();
        let at_work: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and application_name = 'autodeck' and state <> 'idle'
               and pid <> pg_backend_pid()",
        )
        .fetch_one(db)
        .await
        .expect("a count");
        (memory, at_work)
    };
    let (answers, (memory, at_work)) = tokio::join!(join_all(polls), look);
    let answered = answers
        .iter()
        .filter(|answer| matches!(answer, Ok(status) if status.is_success()))
        .count();
    assert_eq!(
        answered,
        WAITING,
        "each of those who waited is answered: {:?}",
        answers
            .iter()
            .find(|one| !matches!(one, Ok(status) if status.is_success()))
    );
    let each = (memory - before) / f64::from(u32::try_from(WAITING).expect("few")) / 1024.0;
    vec![
        row(
            "P6",
            format!("memory for each of {WAITING} waiting clients"),
            "KiB",
            vec![each],
            "24 · 8",
        ),
        row(
            "P6",
            format!("database connections at work while {WAITING} wait"),
            "",
            vec![f64::from(u32::try_from(at_work).expect("few"))],
            "0 · 0",
        ),
    ]
}
