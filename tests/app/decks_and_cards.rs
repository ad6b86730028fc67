//! Decks and cards in the learner's hand: lists, changes, what is due.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{TestApp, id};

#[tokio::test]
async fn settings_are_kept_and_a_new_time_zone_counts_from_the_next_day() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let before = guest.get("/me").await.1["new_cards"]["resets_at"].clone();
    let change =
        json!({ "time_zone": "Pacific/Auckland", "buttons": 4, "desired_retention": 0.85 });
    let (status, me) = guest.patch("/me", change).await;
    assert_eq!(status, StatusCode::OK, "{me}");
    assert_eq!(
        (&me["time_zone"], &me["buttons"]),
        (&json!("Pacific/Auckland"), &json!(4))
    );
    assert_eq!(
        me["new_cards"]["resets_at"], before,
        "today still ends when it was to end"
    );
    app.advance(TimeDelta::days(1));
    let resets_at = guest.get("/me").await.1["new_cards"]["resets_at"]
        .as_str()
        .expect("a time")
        .to_owned();
    let resets_at: DateTime<Utc> = resets_at.parse().expect("RFC 3339");
    assert_eq!(
        resets_at,
        "2026-03-03T15:00:00Z"
            .parse::<DateTime<Utc>>()
            .expect("a time"),
        "4 o'clock in Auckland"
    );
}

#[tokio::test]
async fn the_same_topic_again_is_the_deck_you_have() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let (created, deck) = guest
        .post("/decks", json!({ "topic": "French history" }))
        .await;
    assert_eq!(created, StatusCode::CREATED, "{deck}");
    for again in ["French history", "  french   HISTORY ", "French history."] {
        let (status, same) = guest.post("/decks", json!({ "topic": again })).await;
        assert_eq!((status, id(&same)), (StatusCode::OK, id(&deck)), "{again}");
        assert_eq!(same["title"], "French history");
    }
    let (status, other) = guest
        .post(
            "/decks",
            json!({ "topic": "French history", "language": "fr", "level": 7 }),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(
        (&other["language"], &other["level"]),
        (&json!("fr"), &json!(7))
    );
    for key in [
        "id",
        "title",
        "topic",
        "language",
        "level",
        "ability",
        "status",
        "reason",
        "unseen",
        "due",
        "created_at",
    ] {
        assert!(deck.get(key).is_some(), "{key}");
    }
    assert_eq!(deck["status"], "generating");
}

#[tokio::test]
async fn a_deck_is_renamed_levelled_paused_archived_and_deleted() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let path = format!("/decks/{deck}");
    let (_, changed) = guest
        .patch(
            &path,
            json!({ "title": "Lights", "level": 6, "desired_retention": 0.8 }),
        )
        .await;
    assert_eq!(
        (&changed["title"], &changed["level"]),
        (&json!("Lights"), &json!(6))
    );
    let (_, paused) = guest.patch(&path, json!({ "paused": true })).await;
    assert_eq!(
        (&paused["status"], &paused["reason"]),
        (&json!("paused"), &json!("paused"))
    );
    assert_eq!(
        guest.get(&format!("{path}/next")).await.1["reason"],
        "paused"
    );
    guest
        .patch(&path, json!({ "paused": false, "archived": true }))
        .await;
    assert_eq!(
        guest.get("/next").await.1["reason"],
        "done",
        "an archived deck is not studied with all others"
    );
    assert_eq!(guest.delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(guest.get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(guest.delete(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let mut written = Vec::new();
    for number in 0..5 {
        let body = json!({ "question": format!("Q{number}?"), "answer": format!("A{number}") });
        let (status, card) = guest.post(&format!("/decks/{deck}/cards"), body).await;
        assert_eq!(status, StatusCode::CREATED, "{card}");
        written.push(id(&card));
        // Ids made in one millisecond are in no order.
        app.advance(TimeDelta::milliseconds(1));
    }
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let (_, page) = guest
            .get(&format!("/decks/{deck}/cards?limit=2{after}"))
            .await;
        seen.extend(page["items"].as_array().expect("items").iter().map(id));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, written);
    let (_, found) = guest.get(&format!("/decks/{deck}/cards?q=q3")).await;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    let (_, none) = guest.get(&format!("/decks/{deck}/cards?q=%25")).await;
    assert_eq!(
        none["items"].as_array().map(Vec::len),
        Some(0),
        "a wildcard is a character like any other"
    );
}

#[tokio::test]
async fn a_card_is_edited_suspended_flagged_tagged_postponed_reported_and_deleted() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}", id(&card));
    let change = json!({ "question": "What?", "explanation": null, "tags": ["b", "a", "b"], "flagged": true });
    let (status, edited) = guest.patch(&path, change).await;
    assert_eq!(status, StatusCode::OK, "{edited}");
    assert_eq!(
        (&edited["question"], &edited["explanation"]),
        (&json!("What?"), &Value::Null)
    );
    assert_eq!(
        (&edited["tags"], &edited["flagged"]),
        (&json!(["a", "b"]), &json!(true))
    );
    assert!(edited["revision"].as_i64() > card["revision"].as_i64());

    guest
        .patch(
            &path,
            json!({ "due_at": app.clock.now() + TimeDelta::days(3) }),
        )
        .await;
    assert_ne!(
        id(&guest.next_card(&deck).await),
        id(&card),
        "a postponed card is not next"
    );
    let next = guest.next_card(&deck).await;
    guest
        .patch(
            &format!("/cards/{}", id(&next)),
            json!({ "suspended": true }),
        )
        .await;
    assert_ne!(
        id(&guest.next_card(&deck).await),
        id(&next),
        "a suspended card is not next"
    );

    let reported = guest.next_card(&deck).await;
    let report = json!({ "reason": "wrong", "note": "It was taller." });
    assert_eq!(
        guest
            .post(&format!("/cards/{}/report", id(&reported)), report)
            .await
            .0,
        StatusCode::ACCEPTED
    );
    assert_ne!(
        id(&guest.next_card(&deck).await),
        id(&reported),
        "a card reported wrong is hidden at once"
    );

    let deleted = guest.next_card(&deck).await;
    assert_eq!(
        guest.delete(&format!("/cards/{}", id(&deleted))).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        guest.get(&format!("/cards/{}", id(&deleted))).await.0,
        StatusCode::NOT_FOUND
    );
    assert_ne!(id(&guest.next_card(&deck).await), id(&deleted));
    app.check_invariants().await;
}

#[tokio::test]
async fn due_counts_now_and_today() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    guest.grade(&card, "good").await;
    let (_, due) = guest.get("/due").await;
    assert_eq!((&due["now"], &due["today"]), (&json!(0), &json!(1)));
    app.advance(TimeDelta::minutes(11));
    let (_, due) = guest.get("/due").await;
    assert_eq!(
        (&due["now"], &due["decks"][0]["now"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(due["decks"][0]["id"], json!(deck));
}
