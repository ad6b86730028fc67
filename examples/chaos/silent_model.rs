//! The model takes requests and never answers. Who has cards studies on as if nothing were.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use crate::model_server::{ModelServer, Script};
use crate::world::{App, Folder, Learner, client, database, url};

const LEARNERS: usize = 8;
/// Cards of each, written by hand.
const CARDS: usize = 40;
/// How long somebody looks at a card.
const THINKS: Duration = Duration::from_millis(200);

pub async fn run() -> String {
    let folder = Folder::new();
    let server = database(&folder).await;
    let model = ModelServer::start(Script {
        first_token: Duration::from_secs(3_600),
        ..Script::default()
    })
    .await;
    let settings = [
        ("DATABASE_URL", url(&server.options())),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
    ];
    let app = App::start(&client(), None, &settings).await;
    let mut learners = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&app, &format!("Silence {number}")).await;
        for card in 0..CARDS {
            let body = json!({ "question": format!("What follows {card}?"), "answer": (card + 1).to_string() });
            learner
                .insist(&format!("/decks/{}/cards", learner.deck), &body)
                .await;
        }
        learners.push(learner);
    }
    let times = join_all(learners.iter().map(|learner| async move {
        let mut times = Vec::new();
        for _ in 0..CARDS {
            tokio::time::sleep(THINKS).await;
            let began = Instant::now();
            let card = learner.next(0).await.expect("a card of one's own");
            times.push(began.elapsed());
            let body = json!({ "id": Uuid::new_v4(), "rating": "easy" });
            let began = Instant::now();
            learner
                .insist(&format!("/cards/{card}/reviews"), &body)
                .await;
            times.push(began.elapsed());
        }
        times
    }))
    .await;
    let hanging = model.requests().len();
    app.kill();
    server.stop().await.expect("a server that stops");
    assert!(hanging > 0, "nobody asked the model");
    let mut times: Vec<Duration> = times.into_iter().flatten().collect();
    times.sort();
    let p99 = times[times.len() * 99 / 100];
    assert!(p99 <= Duration::from_millis(100), "p99 was {p99:?}");
    format!(
        "A silent model ({hanging} requests hang): {} requests of {LEARNERS} learners, p99 {p99:.1?}",
        times.len()
    )
}
