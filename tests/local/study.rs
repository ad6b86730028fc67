//! The main job with nothing but what is in the box.

use autodeck::generator::worker::Generator;
use serde_json::json;

use crate::small_one;
use crate::support::TestApp;

#[tokio::test]
async fn a_typed_topic_becomes_cards_that_are_studied() {
    let (model, _turn) = small_one().await;
    let app = TestApp::start().await;
    let generator = Generator {
        model: Some(model),
        ..app.generator.clone()
    };
    let guest = app.guest().await;
    let (_, deck) = guest
        .post("/decks", json!({"topic": "World capitals"}))
        .await;
    assert!(generator.step().await.expect("a database that answers"));
    let id = deck["id"].as_str().expect("an id");
    let (_, next) = guest.get(&format!("/decks/{id}/next")).await;
    let card = &next["study"]["card"];
    assert_eq!(card["model"], "local/SmolLM2-135M-Instruct.Q4_1", "{next}");
    let review = json!({"id": uuid::Uuid::now_v7(), "rating": "good"});
    let path = format!("/cards/{}/reviews", card["id"].as_str().expect("an id"));
    let (status, answered) = guest.post(&path, review).await;
    assert_eq!(status, 200, "{answered}");
    assert_eq!(answered["card"]["reps"], 1);
}
