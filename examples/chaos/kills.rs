//! R1: the app is killed at random moments of generation and answering, and started again. Nothing that it acknowledged
//! may be lost or doubled, and every job has to be claimed again within the lease and two seconds.
//!
//! The app has its own private PostgreSQL, which outlives each kill as it does in life.

use std::time::Duration;

use autodeck::db::embedded::Embedded;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::model_server::{ModelServer, Script};
use crate::world::{
    Acknowledgements, App, Folder, LEASE, Learner, client, connect, count_broken, count_lost,
    setting,
};

/// After a restart every job is claimed within the lease and this.
const CLAIM_SLACK: Duration = Duration::from_secs(2);
const LEARNERS: usize = 6;

pub async fn run(dice: &mut ChaCha8Rng) -> String {
    let kills = setting("CHAOS_KILLS", 20);
    let folder = Folder::new();
    let model = ModelServer::start(Script {
        first_token: Duration::from_millis(100),
        tokens_per_second: 150.0,
        ..Script::default()
    })
    .await;
    let settings = [
        ("AUTODECK_DATA_DIR", folder.data().display().to_string()),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
    ];
    let http = client();
    let acknowledged = Acknowledgements::default();
    let mut app = App::start(&http, None, &settings).await;
    let address = app.listens_at();
    let mut studying = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&app, &format!("Chaos {}", number % 3)).await;
        studying.push(tokio::spawn(learner.study(acknowledged.clone())));
    }
    let mut slowest_claim = Duration::ZERO;
    for kill in 1..=kills {
        sleep(Duration::from_millis(dice.random_range(200..2_500))).await;
        app.kill();
        app = App::start(&http, Some(&address), &settings).await;
        let db = connect(&folder.data()).await;
        slowest_claim = slowest_claim.max(wait_for_claims(&db).await);
        db.close().await;
        let so_far = acknowledged.lock().expect("nobody panics with it").len();
        eprintln!("kill {kill}: {so_far} answers acknowledged so far");
    }
    for learner in studying {
        learner.abort();
    }
    let answers = acknowledged.lock().expect("nobody panics with it").clone();
    let lost = count_lost(&app, &answers).await;
    let db = connect(&folder.data()).await;
    let broken = count_broken(&db, &answers).await;
    db.close().await;
    app.kill();
    let left = Embedded::start(&folder.data())
        .await
        .expect("the database that the app left");
    left.stop().await.expect("a server that stops");
    assert_eq!((lost, broken), (0, 0), "lost answers, broken invariants");
    assert!(
        slowest_claim <= Duration::from_secs(LEASE) + CLAIM_SLACK,
        "a job lay {slowest_claim:?}"
    );
    format!(
        "R1: {kills} kills of the app: {} answers acknowledged, 0 lost, 0 invariants broken, slowest claim of a left job \
         {slowest_claim:.1?} after the restart",
        answers.len()
    )
}

/// How long after the restart the last job that the killed worker had is somebody's again or ended.
async fn wait_for_claims(db: &PgPool) -> Duration {
    let left: Vec<(Uuid, i64)> =
        sqlx::query_as("select job_id, fence from generation_jobs where state = 'running'")
            .fetch_all(db)
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
            .fetch_one(db)
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
