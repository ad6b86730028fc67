//! Statistics: the learner's own days, what was taken back left out, the page and the API of one mind.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Guest, TestApp, id};

async fn stats(guest: &Guest<'_>) -> Value {
    let (status, stats) = guest.get("/stats").await;
    assert_eq!(status, StatusCode::OK, "{stats}");
    stats
}

#[tokio::test]
async fn an_answer_counts_on_the_learners_day_and_one_taken_back_counts_nowhere() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    for rating in ["easy", "again", "good"] {
        let card = guest.next_card(&deck).await;
        guest.grade(&card, rating).await;
        app.advance(TimeDelta::seconds(1));
    }
    let card = guest.next_card(&deck).await;
    guest.grade(&card, "easy").await;
    guest
        .post(&format!("/cards/{}/undo", id(&card)), json!({}))
        .await;

    let today = stats(&guest).await;
    assert_eq!(today["today"], "2026-03-02");
    assert_eq!(today["answered_today"]["answers"], 3, "{today}");
    assert_eq!(today["answered_today"]["again"], 1);
    assert_eq!(today["answered_today"]["milliseconds"], 12_000);
    assert_eq!(today["streak"], 1);
    assert_eq!(today["days"].as_array().map(Vec::len), Some(371));
    assert_eq!(today["levels"][0]["points"][0]["cards"], 3);

    // A quarter to four at night is still the day before.
    app.advance(TimeDelta::hours(15) + TimeDelta::minutes(45));
    assert_eq!(stats(&guest).await["answered_today"]["answers"], 3);
    app.advance(TimeDelta::minutes(20));
    let next_day = stats(&guest).await;
    assert_eq!(next_day["answered_today"]["answers"], 0);
    assert_eq!(next_day["days"][369]["answers"], 3);
    assert_eq!(next_day["streak"], 1, "today is not over");
}

#[tokio::test]
async fn retention_compares_what_was_predicted_with_what_was_known() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    let reviewed = guest.grade(&card, "easy").await;
    let due: chrono::DateTime<chrono::Utc> = reviewed["card"]["due_at"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("a due time");
    app.advance(due - app.clock.now() + TimeDelta::minutes(1));
    let (_, card) = guest.get(&format!("/cards/{}", id(&card))).await;
    guest.grade(&card, "good").await;

    let calibration = stats(&guest).await["calibration"].clone();
    assert_eq!(calibration["reviews"], 1, "{calibration}");
    assert_eq!(calibration["recalled"], 1.0);
    let predicted = calibration["predicted"].as_f64().expect("a prediction");
    assert!(
        (0.8..0.97).contains(&predicted),
        "near the retention that was asked for: {predicted}"
    );
    let bands: u64 = stats(&guest).await["stability"]
        .as_array()
        .expect("bands")
        .iter()
        .filter_map(|band| band["cards"].as_u64())
        .sum();
    assert_eq!(bands, 1, "one card is in review");
}

#[tokio::test]
async fn statistics_of_a_deck_are_of_that_deck_and_of_its_owner() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let (one, other) = (guest.deck("Lighthouses").await, guest.deck("Knots").await);
    app.generate().await;
    let card = guest.next_card(&one).await;
    guest.grade(&card, "good").await;

    let (_, of_one) = guest.get(&format!("/stats?deck={one}")).await;
    let (_, of_other) = guest.get(&format!("/stats?deck={other}")).await;
    assert_eq!(of_one["answered_today"]["answers"], 1);
    assert_eq!(of_other["answered_today"]["answers"], 0);
    assert!(
        of_one["subtopics"]
            .as_array()
            .is_some_and(|parts| !parts.is_empty())
    );

    let stranger = app.guest().await;
    let (status, _) = stranger.get(&format!("/stats?deck={one}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, problem) = guest.get("/stats?deck=nonsense").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid"))
    );
    let page = app
        .http
        .request(Method::GET, format!("{}/decks/{one}/stats", app.address))
        .bearer_auth(&guest.token)
        .send()
        .await
        .expect("a page");
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.expect("a body");
    assert!(html.contains("Answers a day") && html.contains("<table>"));
}
