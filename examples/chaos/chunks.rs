//! The model's connection breaks after the n-th chunk of its answer, for every n that the answer has. Each job goes on for
//! what is missing and ends with all that it was asked for.

use std::fmt::Write;
use std::time::Duration;

use autodeck::db;
use autodeck::db::jobs::{JobKey, NewJob};
use autodeck::domain::level::Level;
use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::model_server::{Frame, ModelServer, Reply, Script};
use crate::world::{App, Folder, client, count_broken, database, setting, url};

/// Jobs at once, each with its own n.
const AT_ONCE: usize = 16;
const CARDS: i16 = 10;
/// A broken job has ended within this.
const BOUND: Duration = Duration::from_secs(60);

pub async fn run() -> String {
    let step = usize::try_from(setting("CHAOS_CHUNK_STEP", 1)).expect("a small number");
    let folder = Folder::new();
    let server = database(&folder).await;
    let model = ModelServer::start(Script::default()).await;
    let settings = [
        ("DATABASE_URL", url(&server.options())),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
        ("AUTODECK_WORKERS", AT_ONCE.to_string()),
    ];
    let app = App::start(&client(), None, &settings).await;
    let db = db::connect(server.options()).await.expect("the database");
    let began = Instant::now();
    let frames = answer(0).frames();
    let places: Vec<usize> = (0..=frames).step_by(step).collect();
    for (wave, places) in places.chunks(AT_ONCE).enumerate() {
        for place in places {
            let broken = answer(*place).broken_after(*place, [Frame::Reset]);
            model.answer_next(broken);
        }
        for place in places {
            order(&db, *place).await;
        }
        db::notify(&db, Uuid::new_v4(), &[Uuid::nil()])
            .await
            .expect("a wake-up");
        all_done(&db, wave).await;
    }
    let took = began.elapsed();
    let (jobs, short, requests): (i64, i64, i64) = sqlx::query_as(
        "select count(*), count(*) filter (where state <> 'done' or made < asked), sum(requests)::bigint from generation_jobs",
    )
    .fetch_one(&db)
    .await
    .expect("counts");
    let broken = count_broken(&db, &[]).await;
    db.close().await;
    app.kill();
    server.stop().await.expect("a server that stops");
    assert_eq!(
        (short, broken),
        (0, 0),
        "jobs that are short, broken invariants"
    );
    format!(
        "The n-th chunk of the model: {jobs} jobs, broken after each of {frames} chunks in steps of {step}: all done with \
         {CARDS} cards in {requests} requests, 0 invariants broken, {took:.0?}"
    )
}

/// Ten cards that no other answer has.
fn answer(number: usize) -> Reply {
    let mut cards = String::from("<cards>\n");
    for card in 0..usize::try_from(CARDS).expect("ten") {
        let of = 1_000_000 + number * 100 + card;
        let square = of * of;
        writeln!(
            cards,
            "<card><question>What is the square of {of}?</question><answer>{square}</answer></card>"
        )
        .expect("a string takes all");
    }
    cards.push_str("</cards>");
    Reply::text(&cards)
}

async fn order(db: &PgPool, place: usize) {
    let now: DateTime<Utc> = sqlx::query_scalar("select now()")
        .fetch_one(db)
        .await
        .expect("the time");
    let topic = format!("chunk {place}");
    let topic_id = db::topics::find_or_insert(db, Uuid::new_v4(), "", &topic, &topic, now).await;
    let order = NewJob {
        job_id: Uuid::new_v4(),
        key: JobKey {
            topic_id: topic_id.expect("a topic"),
            level: Level::MIDDLE,
            class: "standard",
        },
        asked: CARDS,
        ordered_by: Uuid::new_v4(),
        topics_at_once: None,
        trace_parent: None,
        now,
    };
    let ordered = db::jobs::order(db, &order).await.expect("an order");
    assert!(ordered.is_some(), "no other job has this topic");
}

async fn all_done(db: &PgPool, wave: usize) {
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
        assert!(
            began.elapsed() < BOUND,
            "wave {wave}: {open} jobs do not end"
        );
        sleep(Duration::from_millis(20)).await;
    }
}
