//! The n-th call to the database fails, for n = 1, 2, 3 … until a learner's whole beginning passes untouched: once with the
//! question lost, and once with the answer, so that what was committed is not known to be.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::{Instant, sleep, timeout};

use crate::model_server::{ModelServer, Script};
use crate::world::{
    Acknowledgements, App, Folder, Learner, client, count_broken, count_lost, database,
};

/// Cards that each beginner answers.
const CARDS: usize = 3;
/// Whatever fails, a beginner has answered their cards within this, and their jobs have ended within as much again.
const BOUND: Duration = Duration::from_secs(60);

/// Which half of a call is lost.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Loses {
    Question,
    Answer,
}

pub async fn run() -> String {
    let folder = Folder::new();
    let server = database(&folder).await;
    let model = ModelServer::start(Script::default()).await;
    let options = server.options();
    // Both at once, on two databases: most of the time goes into waiting for a lease.
    let (questions, answers) = tokio::join!(
        lane(&options, &model, Loses::Question),
        lane(&options, &model, Loses::Answer),
    );
    server.stop().await.expect("a server that stops");
    format!("The n-th call to the database: {questions}; {answers}")
}

async fn lane(first: &PgConnectOptions, model: &ModelServer, loses: Loses) -> String {
    let name = format!("calls_{loses:?}").to_lowercase();
    let admin = PgPool::connect_with(first.clone())
        .await
        .expect("the database");
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
        .execute(&admin)
        .await
        .expect("a database");
    admin.close().await;
    let options = first.clone().database(&name);
    let socket = options.get_socket().expect("our own server has a socket");
    let socket = socket.join(format!(".s.PGSQL.{}", options.get_port()));
    let fuse = Arc::new(Fuse::new(loses));
    let port = listen(socket, Arc::clone(&fuse)).await;
    let settings = [
        (
            "DATABASE_URL",
            format!("postgres://autodeck@127.0.0.1:{port}/{name}?sslmode=disable"),
        ),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
    ];
    let app = App::start(&client(), None, &settings).await;
    let db = PgPool::connect_with(options).await.expect("the database");
    let acknowledged = Acknowledgements::default();
    let mut slowest = Duration::ZERO;
    for n in 1.. {
        fuse.set(n);
        let began = Instant::now();
        let topic = format!("Calls {n}");
        timeout(BOUND, begin(&app, &topic, &acknowledged))
            .await
            .unwrap_or_else(|_| panic!("{loses:?} {n}: not {CARDS} cards within {BOUND:?}"));
        slowest = slowest.max(began.elapsed());
        let was_cut = fuse.is_burnt();
        fuse.set(0);
        all_jobs_end(&db, n).await;
        if !was_cut {
            let answers = acknowledged.lock().expect("nobody panics with it").clone();
            let lost = count_lost(&app, &answers).await;
            let broken = count_broken(&db, &answers).await;
            let failed: i64 =
                sqlx::query_scalar("select count(*) from generation_jobs where state = 'dead'")
                    .fetch_one(&db)
                    .await
                    .expect("a count");
            db.close().await;
            app.kill();
            assert_eq!((lost, broken), (0, 0), "lost answers, broken invariants");
            return format!(
                "with the {loses:?} lost, n = 1 to {}: {} answers acknowledged, 0 lost, 0 invariants broken, {failed} jobs \
                 given up, slowest beginning {slowest:.1?}",
                n - 1,
                answers.len()
            )
            .replace("Question", "question")
            .replace("Answer", "answer");
        }
    }
    unreachable!("it passes at some n")
}

/// A guest, a deck, and the first answers.
async fn begin(app: &App, topic: &str, acknowledged: &Acknowledgements) {
    let learner = Learner::new(app, topic).await;
    for turn in 0..CARDS {
        learner.study_one(turn, acknowledged).await;
    }
}

async fn all_jobs_end(db: &PgPool, n: i64) {
    let began = Instant::now();
    loop {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from generation_jobs where state in ('queued', 'running')",
        )
        .fetch_one(db)
        .await
        .expect("a count");
        if open == 0 {
            return;
        }
        assert!(began.elapsed() < BOUND, "{n}: {open} jobs do not end");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Burns at the n-th call.
struct Fuse {
    loses: Loses,
    /// Calls until it burns; 0 and below: it has, or is not set.
    left: AtomicI64,
}

impl Fuse {
    fn new(loses: Loses) -> Fuse {
        Fuse {
            loses,
            left: AtomicI64::new(0),
        }
    }

    fn set(&self, calls: i64) {
        self.left.store(calls, Ordering::SeqCst);
    }

    fn is_burnt(&self) -> bool {
        self.left.load(Ordering::SeqCst) <= 0
    }

    /// Counts a call; whether it is the one.
    fn burns(&self) -> bool {
        self.left.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

async fn listen(socket: PathBuf, fuse: Arc<Fuse>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.expect("a connection");
            let server = UnixStream::connect(&socket).await.expect("the database");
            // A connection that breaks is what this is for.
            tokio::spawn(carry(client, server, Arc::clone(&fuse)));
        }
    });
    port
}

async fn carry(client: TcpStream, server: UnixStream, fuse: Arc<Fuse>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let is_lost = AtomicBool::new(false);
    tokio::select! {
        done = questions(from_client, to_server, &fuse, &is_lost) => done,
        done = answers(from_server, to_client, &is_lost) => done,
    }
}

/// Message by message, as the protocol frames them: the first has no type, all others one byte; then four of length.
async fn questions(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    fuse: &Fuse,
    is_lost: &AtomicBool,
) -> std::io::Result<()> {
    let mut is_first = true;
    loop {
        let kind = match is_first {
            true => None,
            false => Some(from.read_u8().await?),
        };
        is_first = false;
        let length = from.read_u32().await?;
        let mut message = Vec::new();
        message.extend(kind);
        message.extend(length.to_be_bytes());
        let rest = message.len() + length as usize - 4;
        message.resize(rest, 0);
        let head = usize::from(kind.is_some()) + 4;
        from.read_exact(&mut message[head..]).await?;
        // A round trip ends with one of these two: Sync, or a simple Query.
        if matches!(kind, Some(b'S' | b'Q')) && fuse.burns() {
            match fuse.loses {
                Loses::Question => return Ok(()),
                // The other direction ends when the answer comes.
                Loses::Answer => is_lost.store(true, Ordering::SeqCst),
            }
        }
        to.write_all(&message).await?;
    }
}

async fn answers(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    is_lost: &AtomicBool,
) -> std::io::Result<()> {
    let mut piece = vec![0; 16_384];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 || is_lost.load(Ordering::SeqCst) {
            return Ok(());
        }
        to.write_all(&piece[..length]).await?;
    }
}
