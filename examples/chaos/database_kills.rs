//! R7: PostgreSQL is ended at once (SIGQUIT, as if the power went) under load, and started again. Nothing that was
//! acknowledged may be lost, and the app serves again within two seconds of the database.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep};

use crate::model_server::{ModelServer, Script};
use crate::world::{
    Acknowledgements, App, Folder, Learner, client, count_broken, count_lost, database, setting,
    url,
};

const LEARNERS: usize = 6;
/// The app serves again within this of the database.
const BACK_WITHIN: Duration = Duration::from_secs(2);

pub async fn run(dice: &mut ChaCha8Rng) -> String {
    let kills = setting("CHAOS_DATABASE_KILLS", 5);
    let folder = Folder::new();
    let mut server = database(&folder).await;
    let model = ModelServer::start(Script {
        first_token: Duration::from_millis(100),
        tokens_per_second: 150.0,
        ..Script::default()
    })
    .await;
    let settings = [
        ("DATABASE_URL", url(&server.options())),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
    ];
    let http = client();
    let app = App::start(&http, None, &settings).await;
    let acknowledged = Acknowledgements::default();
    let mut studying = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&app, &format!("Power {}", number % 3)).await;
        studying.push(tokio::spawn(learner.study(acknowledged.clone())));
    }
    let mut slowest = Duration::ZERO;
    for number in 1..=kills {
        sleep(Duration::from_millis(dice.random_range(500..3_000))).await;
        let pid = server.postmaster().expect("it runs");
        let pid = Pid::from_raw(i32::try_from(pid).expect("a process id"));
        kill(pid, Signal::SIGQUIT).expect("it runs");
        let began = Instant::now();
        // Gone when nobody answers to the number any more.
        while kill(pid, None).is_ok() {
            assert!(began.elapsed() < Duration::from_secs(20), "it does not end");
            sleep(Duration::from_millis(5)).await;
        }
        drop(server);
        server = database(&folder).await;
        let took = app.ready(Duration::from_secs(30)).await;
        slowest = slowest.max(took);
        let so_far = acknowledged.lock().expect("nobody panics with it").len();
        eprintln!(
            "PostgreSQL {number}: served again {took:.2?} after it was up, {so_far} answers acknowledged so far"
        );
    }
    sleep(Duration::from_secs(1)).await;
    for learner in studying {
        learner.abort();
    }
    let answers = acknowledged.lock().expect("nobody panics with it").clone();
    let lost = count_lost(&app, &answers).await;
    let db = autodeck::db::connect(server.options())
        .await
        .expect("the database");
    let broken = count_broken(&db, &answers).await;
    db.close().await;
    app.kill();
    server.stop().await.expect("a server that stops");
    assert_eq!((lost, broken), (0, 0), "lost answers, broken invariants");
    assert!(slowest <= BACK_WITHIN, "it served again after {slowest:?}");
    format!(
        "R7: {kills} kills of PostgreSQL: {} answers acknowledged, 0 lost, 0 invariants broken, served again {slowest:.2?} \
         after it was up at the latest",
        answers.len()
    )
}
