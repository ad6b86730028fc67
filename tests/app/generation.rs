//! Jobs: topped up when short, tried again, given up with a reason, taken over, and fenced.

use autodeck::config::Spending;
use autodeck::domain::level::Level;
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::FromRow;

use crate::model_server::{Frame, Reply};
use crate::support::{Guest, TestApp, Wanted};

#[derive(Debug, FromRow)]
pub struct JobRow {
    pub state: String,
    pub made: i16,
    pub failures: i16,
    requests: i16,
    reason: Option<String>,
    refused: Value,
    diagnostics: Value,
    tokens_in: i64,
    tokens_out: i64,
    cost_microusd: i64,
    first_token_ms: Option<i32>,
}

/// The jobs, oldest first.
pub async fn jobs(app: &TestApp) -> Vec<JobRow> {
    sqlx::query_as(
        "select state, made, failures, requests, reason, refused, diagnostics, tokens_in, tokens_out, cost_microusd, \
         first_token_ms from generation_jobs order by ordered_at, job_id",
    )
    .fetch_all(&app.db)
    .await
    .expect("rows")
}

/// Cards about rivers, numbered so that no two say the same.
pub fn cards(numbers: std::ops::Range<u32>) -> String {
    let card = |n: u32| {
        format!(
            "<card><subtopic>rivers</subtopic><question>Which river has the number {n} in the register?</question>\
             <answer>River {n}</answer><explanation>It is entry {n}.</explanation></card>"
        )
    };
    format!("<cards>{}</cards>", numbers.map(card).collect::<String>())
}

async fn next(guest: &Guest<'_>, deck: &str) -> Value {
    guest.get(&format!("/decks/{deck}/next")).await.1
}

#[tokio::test]
async fn a_short_answer_is_topped_up_for_the_missing_number() {
    let app = TestApp::start().await;
    app.model.answer_next(Reply::text(&cards(1..8)));
    app.model.answer_next(Reply::text(&cards(8..20)));
    app.guest().await.deck("Rivers").await;
    app.generate().await;
    let [job] = &jobs(&app).await[..] else {
        panic!("one job")
    };
    assert_eq!(
        (job.state.as_str(), job.made, job.requests, job.failures),
        ("done", 10, 2, 0)
    );
    let second = app.model.requests()[1].body.to_string();
    assert!(second.contains("Write 3 new cards"), "{second}");
    assert!(
        second.contains("River 7"),
        "what is covered is in the prompt: {second}"
    );
    app.check_invariants().await;
}

#[tokio::test]
async fn cards_are_saved_and_playable_before_the_answer_ends() {
    let app = TestApp::start().await;
    let stalled = Reply::of([Frame::Open, Frame::Text(cards(1..3)), Frame::Stall]);
    app.model.answer_next(stalled);
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    app.work_in_background();
    let (_, next) = guest.get(&format!("/decks/{deck}/next?wait=20")).await;
    assert_eq!(next["study"]["card"]["answer"], "River 1", "{next}");
    assert_eq!(jobs(&app).await[0].state, "running");
}

#[tokio::test]
async fn a_repeat_is_refused_whether_it_came_before_or_comes_in_another_job() {
    let app = TestApp::start().await;
    let twice = format!("{}{}", cards(1..4), cards(1..4));
    app.model.answer_next(Reply::text(&twice));
    app.model.answer_next(Reply::text(&cards(1..11)));
    let guest = app.guest().await;
    guest.deck("Rivers").await;
    app.generate().await;
    let [job] = &jobs(&app).await[..] else {
        panic!("one job")
    };
    assert!(
        job.made >= 10,
        "the second answer has seven new ones: {job:?}"
    );
    assert_eq!(job.refused["duplicate"], json!(6), "{}", job.refused);
    app.check_invariants().await;
}

#[tokio::test]
async fn a_break_in_the_middle_keeps_the_cards_and_asks_for_the_rest() {
    let app = TestApp::start().await;
    let text = cards(1..11);
    let cut = text.find("River 5").expect("the fifth card");
    app.model.answer_next(Reply::of([
        Frame::Open,
        Frame::Text(text[..cut].into()),
        Frame::Reset,
    ]));
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    assert!(app.generator.step().await.expect("a database"));
    let [job] = &jobs(&app).await[..] else {
        panic!("one job")
    };
    assert_eq!(
        (job.state.as_str(), job.made, job.failures),
        ("queued", 4, 1)
    );
    let seen = next(&guest, &deck).await;
    assert_eq!(
        seen["study"]["card"]["answer"], "River 1",
        "the cards before the cut are there: {seen}"
    );

    app.advance(TimeDelta::minutes(1));
    app.generate().await;
    let [job] = &jobs(&app).await[..] else {
        panic!("one job")
    };
    assert_eq!((job.state.as_str(), job.made), ("done", 10));
    let second = app.model.requests()[1].body.to_string();
    assert!(second.contains("Write 6 new cards"), "{second}");
    app.check_invariants().await;
}

#[tokio::test]
async fn a_refused_key_ends_the_job_at_once_with_a_sentence_and_try_again_orders_anew() {
    let app = TestApp::start().await;
    app.model.answer_next(Reply::status(
        401,
        &json!({ "error": { "message": "bad key" } }),
    ));
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    app.generate().await;
    assert_eq!(app.model.requests().len(), 1, "trying again cannot help");
    let failing = next(&guest, &deck).await;
    assert_eq!(failing["reason"], "failing", "{failing}");
    assert!(
        failing["detail"]
            .as_str()
            .is_some_and(|text| text.contains("key")),
        "{failing}"
    );
    assert!(failing["retry_at"].is_string());
    assert_eq!(
        guest.get(&format!("/decks/{deck}")).await.1["status"],
        "failing"
    );

    let (status, retried) = guest.post(&format!("/decks/{deck}/retry"), json!({})).await;
    assert_eq!(
        (status, &retried["status"]),
        (StatusCode::ACCEPTED, &json!("generating"))
    );
    app.generate().await;
    guest.next_card(&deck).await;
    app.check_invariants().await;
}

#[tokio::test]
async fn asking_again_for_a_deck_that_lacks_nothing_orders_nothing() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    // Until the deck has what it wants to have in hand.
    for _ in 0..5 {
        app.generate().await;
        next(&guest, &deck).await;
    }
    let before = app.model.requests().len();
    for _ in 0..3 {
        let (status, _) = guest.post(&format!("/decks/{deck}/retry"), json!({})).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        app.generate().await;
    }
    assert_eq!(app.model.requests().len(), before);
}

#[tokio::test]
async fn an_overloaded_model_is_tried_again_and_given_up_after_five_failures() {
    let app = TestApp::start().await;
    for _ in 0..40 {
        app.model.answer_next(Reply::status(
            503,
            &json!({ "error": { "message": "overloaded" } }),
        ));
    }
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    app.generator.step().await.expect("a database");
    let waiting = next(&guest, &deck).await;
    assert_eq!(waiting["reason"], "waiting", "{waiting}");
    assert!(
        waiting["retry_at"].is_string(),
        "the learner sees when: {waiting}"
    );
    for _ in 0..6 {
        app.advance(TimeDelta::minutes(2));
        app.generator.step().await.expect("a database");
    }
    let [job] = &jobs(&app).await[..] else {
        panic!("one job")
    };
    assert_eq!(
        (job.state.as_str(), job.reason.as_deref()),
        ("dead", Some("failing"))
    );
    assert_eq!(next(&guest, &deck).await["reason"], "failing");
    app.check_invariants().await;
}

#[tokio::test]
async fn an_answer_without_a_card_is_reminded_once_and_then_given_up() {
    let app = TestApp::start().await;
    let refusal = "I cannot help with that topic.";
    app.model.answer_next(Reply::text(refusal));
    app.model.answer_next(Reply::text(refusal));
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    app.generate().await;
    let requests = app.model.requests();
    assert_eq!(requests.len(), 2);
    assert!(!requests[0].body.to_string().contains("no card in it"));
    assert!(
        requests[1].body.to_string().contains("no card in it"),
        "the second one reminds"
    );
    let failing = next(&guest, &deck).await;
    assert_eq!(failing["reason"], "failing", "{failing}");
}

#[tokio::test]
async fn three_barren_batches_exhaust_the_level() {
    let app = TestApp::start().await;
    app.model.answer_next(Reply::text(&cards(1..5)));
    for _ in 0..6 {
        app.model.answer_next(Reply::text(&cards(1..5)));
    }
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    for _ in 0..6 {
        app.generate().await;
        app.advance(TimeDelta::seconds(1));
        guest.get(&format!("/decks/{deck}/next")).await;
    }
    for _ in 0..4 {
        let card = guest.next_card(&deck).await;
        guest.grade(&card, "good").await;
    }
    let shown = guest.get(&format!("/decks/{deck}")).await.1;
    assert_eq!(
        (&shown["status"], &shown["reason"]),
        (&json!("exhausted"), &json!("exhausted")),
        "{shown}"
    );
    let requests = app.model.requests().len();
    app.generate().await;
    next(&guest, &deck).await;
    assert_eq!(
        app.model.requests().len(),
        requests,
        "nothing more is asked at this level"
    );
    app.check_invariants().await;
}

#[tokio::test]
async fn tokens_time_and_cost_are_recorded_and_the_budget_stops_generation() {
    let spending = Spending {
        daily_budget: Some(0.001),
        price_in: Some(1.0),
        price_out: Some(2.0),
    };
    let app = TestApp::start_with(Wanted {
        spending,
        ..Wanted::default()
    })
    .await;
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    app.generate().await;
    let first = &jobs(&app).await[0];
    assert!(
        first.tokens_in > 0 && first.tokens_out > 0 && first.first_token_ms.is_some(),
        "{first:?}"
    );
    assert_eq!(first.cost_microusd, first.tokens_in + 2 * first.tokens_out);
    for _ in 0..10 {
        // Orders of one instant are in no order.
        app.advance(TimeDelta::seconds(1));
        let seen = next(&guest, &deck).await;
        match seen["study"].get("card") {
            Some(card) => drop(guest.grade(card, "good").await),
            None => break,
        }
        app.generate().await;
    }
    let shown = guest.get(&format!("/decks/{deck}")).await.1;
    assert_eq!(shown["reason"], "budget_spent", "{shown}");
    assert!(
        shown["detail"]
            .as_str()
            .is_some_and(|text| text.contains("tomorrow"))
    );
    let requests = app.model.requests().len();
    app.advance(TimeDelta::days(1));
    guest.get(&format!("/decks/{deck}/ready")).await;
    app.generate().await;
    assert!(
        app.model.requests().len() > requests,
        "a new day, a new budget"
    );
}

/// R2: a worker that was stopped past its lease and then goes on writes nothing.
#[tokio::test]
async fn every_recorded_topic_becomes_a_deck() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    for topic in [
        "French history",
        "HTML tags and attributes",
        "C++ templates",
        "Regular expressions",
        "World capitals",
        "Jazz harmony",
        "TCP congestion control",
    ] {
        let deck = guest.deck(topic).await;
        app.generate().await;
        let card = guest.next_card(&deck).await;
        guest.grade(&card, "good").await;
    }
    for job in jobs(&app).await {
        assert_eq!(job.state, "done", "{job:?}");
        assert!(job.diagnostics.is_object());
    }
    app.check_invariants().await;
}

#[tokio::test]
async fn a_level_set_by_hand_is_the_level_of_the_next_order() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    app.generate().await;
    guest.get(&format!("/decks/{deck}/ahead?n=5")).await;
    guest
        .patch(&format!("/decks/{deck}"), json!({ "level": 9 }))
        .await;
    guest.get(&format!("/decks/{deck}/ready")).await;
    app.generate().await;
    let last = app
        .model
        .requests()
        .last()
        .expect("a request")
        .body
        .to_string();
    assert!(last.contains("Level 9 of 9"), "{last}");
    let on_desk = guest.next_card(&deck).await;
    guest.grade(&on_desk, "good").await;
    let card = guest.next_card(&deck).await;
    assert_eq!(
        card["level"],
        Level::MAX.number(),
        "what was dealt for the old level is put back"
    );
    app.check_invariants().await;
}
