//! One topic, many learners: a shared pool, and never the same card twice.

use std::collections::HashSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Guest, TestApp, id};

#[tokio::test]
async fn a_topic_that_somebody_studied_starts_at_once() {
    let app = TestApp::start().await;
    let first = app.guest().await;
    first.deck("Lighthouses").await;
    app.generate().await;
    let requests = app.model.requests().len();

    let second = app.guest().await;
    let deck = second.deck("lighthouses").await;
    second.next_card(&deck).await;
    assert_eq!(
        app.model.requests().len(),
        requests,
        "nothing new was asked of the model"
    );
}

#[tokio::test]
async fn a_learner_never_gets_a_card_twice_and_the_deck_does_not_end() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let mut questions = HashSet::new();
    for _ in 0..35 {
        app.generate().await;
        let card = guest.next_card(&deck).await;
        assert_eq!(card["state"], "new");
        let question = card["question"].as_str().expect("text").to_owned();
        assert!(questions.insert(question), "dealt twice: {card}");
        guest.grade(&card, "easy").await;
    }
    app.check_invariants().await;
}

#[tokio::test]
async fn editing_a_copy_touches_nobody_else() {
    let app = TestApp::start().await;
    let (one, other) = (app.guest().await, app.guest().await);
    let (deck, other_deck) = (
        one.deck("Lighthouses").await,
        other.deck("Lighthouses").await,
    );
    app.generate().await;
    let card = one.next_card(&deck).await;
    one.patch(
        &format!("/cards/{}", id(&card)),
        json!({ "question": "Mine?" }),
    )
    .await;
    let same = other.next_card(&other_deck).await;
    assert_eq!(same["question"], card["question"]);
    assert_eq!(same["answer"], card["answer"]);
}

/// A new learner who gets a card and calls it wrong; its question.
async fn object(guest: &Guest<'_>) -> Value {
    let deck = guest.deck("Lighthouses").await;
    guest.app.generate().await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}/report", id(&card));
    let (status, _) = guest.post(&path, json!({ "reason": "wrong" })).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    card["question"].clone()
}

/// Signs a guest up, in place.
async fn sign_up(guest: &Guest<'_>, email: &str) {
    sqlx::query("update users set kind = 'account', email = $2 where user_id = $1")
        .bind(guest.user_id)
        .bind(email)
        .execute(&guest.app.db)
        .await
        .expect("an account");
}

#[tokio::test]
async fn a_second_accounts_objection_takes_a_card_out_of_the_pool() {
    let app = TestApp::start().await;
    let mut texts = Vec::new();
    for email in ["a@example.org", "b@example.org"] {
        let guest = app.guest().await;
        sign_up(&guest, email).await;
        texts.push(object(&guest).await);
    }
    assert_eq!(
        texts[0], texts[1],
        "one objection does not hide a card from others"
    );
    let third = app.guest().await;
    let deck = third.deck("Lighthouses").await;
    app.generate().await;
    assert_ne!(third.next_card(&deck).await["question"], texts[0]);
}

#[tokio::test]
async fn guests_take_no_card_from_others_however_many_they_are_and_count_once_they_sign_up() {
    let app = TestApp::start().await;
    let guests = [app.guest().await, app.guest().await, app.guest().await];
    let mut texts = Vec::new();
    for guest in &guests {
        texts.push(object(guest).await);
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    // Hidden from who objected, all the same.
    let deck = guests[0].deck("Lighthouses").await;
    assert_ne!(guests[0].next_card(&deck).await["question"], texts[0]);

    sign_up(&guests[0], "a@example.org").await;
    let account = app.guest().await;
    sign_up(&account, "b@example.org").await;
    assert_eq!(object(&account).await, texts[0]);
    let last = app.guest().await;
    let deck = last.deck("Lighthouses").await;
    app.generate().await;
    assert_ne!(last.next_card(&deck).await["question"], texts[0]);
}

#[tokio::test]
async fn many_calls_for_the_next_card_at_once_lay_one_card_on_the_desk() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let path = format!("/decks/{deck}/next");
    let answers = futures::future::join_all((0..40).map(|_| guest.get(&path))).await;
    let cards: HashSet<String> = answers
        .iter()
        .map(|(_, next)| id(&next["study"]["card"]))
        .collect();
    assert_eq!(cards.len(), 1);
}
