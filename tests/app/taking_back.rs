//! What can be taken back: a report, the last change of one card, a wish against a subtopic.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::browse::post;
use crate::support::{Guest, TestApp, id};

async fn card(guest: &Guest<'_>, id: &str) -> Value {
    guest.get(&format!("/cards/{id}")).await.1
}

#[tokio::test]
async fn undo_after_a_report_takes_back_the_report_and_not_another_cards_answer() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let answered = guest.next_card(&deck).await;
    guest.grade(&answered, "good").await;
    let reported = guest.next_card(&deck).await;
    let report = json!({ "reason": "wrong", "note": "Not so." });
    let path = format!("/cards/{}/report", id(&reported));
    guest.post(&path, report).await;
    assert_eq!(card(&guest, &id(&reported)).await["suspended"], true);
    let (status, back) = guest.post("/undo", json!({ "deck_id": deck })).await;
    assert_eq!((status, &back["id"]), (StatusCode::OK, &reported["id"]));
    assert_eq!(back["suspended"], false);
    assert_eq!(card(&guest, &id(&answered)).await["reps"], 1);
    assert_eq!(id(&guest.next_card(&deck).await), id(&reported));
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from card_reports) + (select count(*) from pool_card_objections)",
    )
    .fetch_one(&app.db)
    .await
    .expect("a count");
    assert_eq!(left, 0, "neither report nor objection");
    app.check_invariants().await;
}

#[tokio::test]
async fn a_report_that_is_taken_back_brings_the_card_back_into_the_pool() {
    let app = TestApp::start().await;
    let mut decks = Vec::new();
    for name in ["anna", "ben"] {
        let guest = app.guest().await;
        sqlx::query("update users set kind = 'account', email = $2 where user_id = $1")
            .bind(guest.user_id)
            .bind(format!("{name}@example.org"))
            .execute(&app.db)
            .await
            .expect("an account");
        let deck = guest.deck("Lighthouses").await;
        app.generate().await;
        let next = guest.next_card(&deck).await;
        decks.push((guest, next));
    }
    let quarantined = async || -> i64 {
        let count = "select count(*) from pool_cards where quarantined_at is not null";
        sqlx::query_scalar(count)
            .fetch_one(&app.db)
            .await
            .expect("a count")
    };
    for (guest, card) in &decks {
        guest
            .post(
                &format!("/cards/{}/report", id(card)),
                json!({ "reason": "wrong" }),
            )
            .await;
    }
    assert_eq!(quarantined().await, 1, "two accounts said so");
    decks[1].0.post("/undo", json!({})).await;
    assert_eq!(quarantined().await, 0, "one took it back");
}

#[tokio::test]
async fn the_page_of_a_card_takes_back_that_cards_last_change_alone() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let (_, ahead) = guest.get(&format!("/decks/{deck}/ahead?n=2")).await;
    let ids: Vec<String> = (0..2).map(|nth| id(&ahead["items"][nth]["card"])).collect();
    let flag = json!({ "flagged": true });
    guest
        .patch(&format!("/cards/{}", ids[1]), flag.clone())
        .await;
    app.advance(chrono::TimeDelta::seconds(1));
    guest.patch(&format!("/cards/{}", ids[0]), flag).await;
    let back = format!("/cards/{}", ids[1]);
    let _ = post(&guest, "/undo", &[("card", &ids[1]), ("back", &back)]).await;
    assert_eq!(card(&guest, &ids[1]).await["flagged"], false);
    assert_eq!(card(&guest, &ids[0]).await["flagged"], true, "another card");
    let told = post(&guest, "/undo", &[("card", &ids[1]), ("back", &back)])
        .await
        .1;
    assert!(told.ends_with("?told=nothing_to_undo"), "{told}");
    assert_eq!(card(&guest, &ids[0]).await["flagged"], true, "another card");
}

#[tokio::test]
async fn a_wish_that_is_forgotten_brings_back_what_it_had_put_aside() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    guest.get(&format!("/decks/{deck}/ahead?n=6")).await;
    let (_, list) = guest.get(&format!("/decks/{deck}/cards")).await;
    let cards = list["items"].as_array().expect("cards").clone();
    let subtopic = cards[0]["subtopic"]
        .as_str()
        .expect("a subtopic")
        .to_owned();
    let of_it: Vec<String> = cards
        .iter()
        .filter(|card| card["subtopic"] == subtopic.as_str())
        .map(id)
        .collect();
    // One that was suspended by hand stays so.
    guest
        .patch(
            &format!("/cards/{}", of_it[0]),
            json!({ "suspended": true }),
        )
        .await;
    let suspended = async || -> usize {
        let (_, list) = guest.get(&format!("/decks/{deck}/cards")).await;
        let cards = list["items"].as_array().expect("cards");
        cards
            .iter()
            .filter(|card| card["suspended"] == true)
            .count()
    };
    let path = format!("/decks/{deck}/steers");
    guest
        .post(&path, json!({ "words": subtopic, "wish": "never" }))
        .await;
    assert_eq!(suspended().await, of_it.len());
    guest
        .post(&path, json!({ "words": subtopic, "wish": null }))
        .await;
    assert_eq!(suspended().await, 1);
    app.check_invariants().await;
}

#[tokio::test]
async fn who_archived_every_deck_is_told_so() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let (_, next) = guest.get("/next").await;
    assert_eq!(
        next["detail"],
        "You have no decks yet. Type a topic to begin."
    );
    let deck = guest.deck("Lighthouses").await;
    guest
        .patch(&format!("/decks/{deck}"), json!({ "archived": true }))
        .await;
    let (_, next) = guest.get("/next").await;
    let detail = next["detail"].as_str().expect("a sentence");
    assert!(detail.contains("archived"), "{detail}");
}

#[tokio::test]
async fn a_broken_cloze_is_told_and_tags_that_differ_in_case_are_one() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let path = format!("/decks/{deck}/cards");
    let broken = json!({ "question": "{{c1::Paris lies on the Seine", "answer": "" });
    let (status, problem) = guest.post(&path, broken).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = problem["fields"]["question"].to_string();
    assert!(said.contains("not closed"), "{problem}");
    let card = json!({ "question": "Why?", "answer": "So", "tags": ["exam", "Exam", "EXAM"] });
    let (status, card) = guest.post(&path, card).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(card["tags"].as_array().map(Vec::len), Some(1), "{card}");
}

#[tokio::test]
async fn an_answer_given_before_a_reset_that_reaches_us_after_it_stays_before_it() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let next = guest.next_card(&deck).await;
    let path = format!("/cards/{}", id(&next));
    app.advance(chrono::TimeDelta::minutes(5));
    let without_connection = app.clock.now();
    app.advance(chrono::TimeDelta::minutes(5));
    guest.post(&format!("{path}/reset"), json!({})).await;
    app.advance(chrono::TimeDelta::minutes(5));
    let answer = json!({ "id": uuid::Uuid::new_v4(), "rating": "easy", "at": without_connection });
    let (status, _) = guest.post(&format!("{path}/reviews"), answer).await;
    assert_eq!(status, StatusCode::OK);
    let card = card(&guest, &id(&next)).await;
    assert_eq!(
        (&card["state"], &card["reps"]),
        (&json!("new"), &json!(0)),
        "{card}"
    );
    app.check_invariants().await;
}
