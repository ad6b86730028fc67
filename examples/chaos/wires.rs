//! The lines to the model and to the database are bad: late, in slices, cut off, dead. Every job ends in bounded time, and
//! what was acknowledged is there.

use std::time::Duration;

use autodeck::db::connect;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep};

use crate::model_server::{ModelServer, Script};
use crate::proxy::{Proxy, Target};
use crate::world::{
    Acknowledgements, App, Folder, Learner, client, count_broken, count_lost, database, url,
};

const LEARNERS: usize = 6;
const STUDIED: Duration = Duration::from_secs(30);
/// No job is open longer than this after the learners have gone.
const JOBS_END_WITHIN: Duration = Duration::from_secs(240);

pub async fn run(dice: &mut ChaCha8Rng) -> String {
    let folder = Folder::new();
    let server = database(&folder).await;
    let model = ModelServer::start(Script {
        first_token: Duration::from_millis(50),
        tokens_per_second: 300.0,
        ..Script::default()
    })
    .await;
    let model_address = model
        .base_url()
        .trim_start_matches("http://")
        .trim_end_matches("/v1")
        .to_owned();
    let to_model = Proxy::start(
        Target::Tcp(model_address),
        dice.random(),
        Duration::from_secs(8),
    )
    .await;
    let options = server.options();
    let socket = options.get_socket().expect("our own server has a socket");
    let socket = socket.join(format!(".s.PGSQL.{}", options.get_port()));
    let to_database =
        Proxy::start(Target::Unix(socket), dice.random(), Duration::from_secs(3)).await;
    let database_url = format!(
        "postgres://autodeck@127.0.0.1:{}/{}?sslmode=disable",
        to_database.port,
        options.get_database().expect("a database")
    );
    let settings = |database_url: String| {
        [
            ("DATABASE_URL", database_url),
            (
                "AUTODECK_LLM_BASE_URL",
                format!("http://127.0.0.1:{}/v1", to_model.port),
            ),
        ]
    };
    let http = client();
    let app = App::start(&http, None, &settings(database_url)).await;
    let address = app.listens_at();
    // A start over a bad line says so and ends; whoever keeps the app running starts it again. This is about the time after.
    to_model.spoil();
    to_database.spoil();
    let acknowledged = Acknowledgements::default();
    let mut studying = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&app, &format!("Wires {number}")).await;
        studying.push(tokio::spawn(learner.study(acknowledged.clone())));
    }
    sleep(STUDIED).await;
    for learner in studying {
        learner.abort();
    }
    let db = connect(options).await.expect("the database");
    let began = Instant::now();
    loop {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from generation_jobs where state in ('queued', 'running')",
        )
        .fetch_one(&db)
        .await
        .expect("a count");
        if open == 0 {
            break;
        }
        assert!(began.elapsed() < JOBS_END_WITHIN, "{open} jobs do not end");
        sleep(Duration::from_millis(100)).await;
    }
    let ended = began.elapsed();
    let (done, dead): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where state = 'done'), count(*) filter (where state <> 'done') from generation_jobs",
    )
    .fetch_one(&db)
    .await
    .expect("counts");
    app.kill();
    // Asked again by the straight line.
    let app = App::start(&http, Some(&address), &settings(url(&server.options()))).await;
    let answers = acknowledged.lock().expect("nobody panics with it").clone();
    let lost = count_lost(&app, &answers).await;
    let broken = count_broken(&db, &answers).await;
    db.close().await;
    app.kill();
    server.stop().await.expect("a server that stops");
    assert!(!answers.is_empty(), "nobody got through");
    assert_eq!((lost, broken), (0, 0), "lost answers, broken invariants");
    format!(
        "Bad lines ({} of the model's and {} of the database's connections spoilt): {} answers acknowledged, 0 lost, 0 \
         invariants broken; {done} jobs done, {dead} given up, the last {ended:.1?} after the learners had gone",
        to_model.spoilt(),
        to_database.spoilt(),
        answers.len()
    )
}
