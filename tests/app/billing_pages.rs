//! What the pages of plans say, and the page at the limit.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::Value;

use crate::billing::{account, buy, page, selling};
use crate::support::{Guest, TestApp, id};

#[tokio::test]
async fn the_plan_pages_and_the_limit_speak_german_to_whom_does() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    let text = german(&learner, "/pricing").await;
    for words in [
        "<h1>Tarife</h1>",
        "200 neue Karten am Tag",
        "$5 im Monat",
        "$48 im Jahr",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let deck = learner.deck("Lighthouses").await;
    spend_all(&app, &learner, &deck).await;
    let text = german(&learner, &format!("/decks/{deck}/study")).await;
    for words in [
        "Das waren die 20 neuen Karten von heute.",
        "Plus gibt 200 am Tag.",
        "Mehr neue Karten",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    buy(&learner, &stripe, "plus", "month").await;
    let text = german(&learner, "/plan/cancel").await;
    assert!(
        text.contains("Der Tarif gilt bis zum 1. April 2026"),
        "{text}"
    );
}

/// A page for whose browser asks for German.
async fn german(learner: &Guest<'_>, path: &str) -> String {
    let url = format!("{}{path}", learner.app.address);
    let request = learner.app.http.get(url).bearer_auth(&learner.token);
    let answer = request.header("accept-language", "de-AT,en;q=0.5").send();
    answer.await.unwrap().text().await.unwrap()
}

/// Grades new cards of a deck until there is none.
async fn spend_all(app: &TestApp, learner: &Guest<'_>, deck: &str) -> Value {
    for _ in 0..30 {
        app.generate().await;
        app.advance(TimeDelta::seconds(1));
        let (_, next) = learner.get(&format!("/decks/{deck}/next")).await;
        if next["study"].is_null() {
            return next;
        }
        learner.grade(&next["study"]["card"], "easy").await;
        app.advance(TimeDelta::seconds(1));
    }
    panic!("new cards without end");
}

#[tokio::test]
async fn at_the_limit_the_page_says_when_it_renews_what_is_due_elsewhere_and_what_plus_gives() {
    let (app, _stripe) = selling().await;
    let learner = account(&app).await;
    let first = learner.deck("Harbours").await;
    app.generate().await;
    let card = learner.next_card(&first).await;
    app.advance(TimeDelta::seconds(1));
    learner.grade(&card, "again").await;
    let deck = learner.deck("Lighthouses").await;
    let next = spend_all(&app, &learner, &deck).await;
    assert_eq!(next["reason"], "limit_reached", "{next}");
    app.advance(TimeDelta::minutes(10));
    let (_, _, text) = page(&learner, &format!("/decks/{deck}/study"), None).await;
    for words in [
        "These were today’s 20 new cards.",
        "New ones come in 16 hours, when your day begins.",
        "One card is due in your other decks.",
        "href=\"/study\"",
        "Plus gives 200 a day.",
        "href=\"/pricing\"",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(
        id(&learner.get("/next").await.1["study"]["card"]),
        id(&card)
    );
}

#[tokio::test]
async fn self_hosted_the_limit_that_one_set_oneself_leads_to_the_settings_and_to_no_price() {
    let app = TestApp::start().await;
    let learner = app.guest().await;
    sqlx::query("update users set new_cards_per_day = 3 where user_id = $1")
        .bind(learner.user_id)
        .execute(&app.db)
        .await
        .unwrap();
    let deck = learner.deck("Lighthouses").await;
    let next = spend_all(&app, &learner, &deck).await;
    assert_eq!(next["reason"], "limit_reached", "{next}");
    let detail = next["detail"].as_str().unwrap();
    assert!(
        detail.contains("today’s 3 new cards, the most that you want"),
        "{detail}"
    );
    for path in [
        format!("/decks/{deck}/study"),
        "/study".into(),
        "/decks".into(),
        "/".into(),
        "/sign-up".into(),
        "/terms".into(),
    ] {
        let (status, _, text) = page(&learner, &path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        for priced in ["/pricing", "\"/plan", "Plus", " a month", "$"] {
            assert!(!text.contains(priced), "{path} has {priced}: {text}");
        }
    }
    let (_, _, text) = page(&learner, &format!("/decks/{deck}/study"), None).await;
    assert!(
        text.contains("the most that you want in a day") && text.contains("href=\"/settings\""),
        "{text}"
    );
}
