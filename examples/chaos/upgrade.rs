//! An older build and this one side by side on one database, which this one migrates under the other's load; then the older
//! is told to go.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::sleep;

use crate::model_server::{ModelServer, Script};
use crate::world::{
    Acknowledgements, App, Folder, Learner, client, count_broken, count_lost, database, url,
};

const LEARNERS: usize = 6;
const STUDIED: Duration = Duration::from_secs(6);

/// `None` where no older build is named by CHAOS_OLD_PROGRAM.
pub async fn run() -> Option<String> {
    let old = PathBuf::from(std::env::var_os("CHAOS_OLD_PROGRAM")?);
    let folder = Folder::new();
    let server = database(&folder).await;
    let model = ModelServer::start(Script {
        first_token: Duration::from_millis(100),
        tokens_per_second: 300.0,
        ..Script::default()
    })
    .await;
    let settings = [
        ("DATABASE_URL", url(&server.options())),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
    ];
    let http = client();
    let db = autodeck::db::connect(server.options())
        .await
        .expect("the database");
    let old = App::start_program(&old, &http, None, &settings).await;
    let before = migrations(&db).await;
    let acknowledged = Acknowledgements::default();
    let mut studying = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&old, &format!("Upgrade {number}")).await;
        studying.push(tokio::spawn(learner.study(acknowledged.clone())));
    }
    sleep(STUDIED).await;
    let new = App::start(&http, None, &settings).await;
    let after = migrations(&db).await;
    for number in 0..LEARNERS {
        // The same topics: what one build writes the other deals.
        let learner = Learner::new(&new, &format!("Upgrade {number}")).await;
        studying.push(tokio::spawn(learner.study(acknowledged.clone())));
    }
    let until_new = acknowledged.lock().expect("nobody panics with it").len();
    sleep(STUDIED).await;
    let side_by_side = acknowledged.lock().expect("nobody panics with it").len() - until_new;
    for learner in studying.drain(..LEARNERS) {
        learner.abort();
    }
    let (took, status) = old.terminate().await;
    assert!(status.success(), "the older build ended with {status}");
    sleep(STUDIED).await;
    for learner in studying {
        learner.abort();
    }
    let answers = acknowledged.lock().expect("nobody panics with it").clone();
    let lost = count_lost(&new, &answers).await;
    let broken = count_broken(&db, &answers).await;
    db.close().await;
    new.kill();
    server.stop().await.expect("a server that stops");
    assert_eq!((lost, broken), (0, 0), "lost answers, broken invariants");
    assert!(side_by_side > 0, "nobody studied while both ran");
    Some(format!(
        "An older build and this one side by side, {before} migrations and then {after}: {} answers acknowledged \
         ({side_by_side} while both ran), 0 lost, 0 invariants broken; the older ended {took:.1?} after it was told",
        answers.len()
    ))
}

async fn migrations(db: &sqlx::PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from _sqlx_migrations")
        .fetch_one(db)
        .await
        .expect("a count")
}
