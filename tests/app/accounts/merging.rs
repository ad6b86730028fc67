//! Signing in where a guest has studied: everything comes along, and of a topic both studied the histories are united.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::Row;
use uuid::Uuid;

use super::PASSWORD;
use crate::browser::Browser;
use crate::support::TestApp;

async fn api(browser: &Browser<'_>, path: &str) -> Value {
    let answer = browser.get(&format!("/api/v1{path}")).await;
    serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{path}: {}", answer.text))
}

async fn post(browser: &Browser<'_>, path: &str, body: Value) -> Value {
    let answer = browser
        .send(browser.app.http.post(browser.app.url(path)).json(&body))
        .await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text);
    serde_json::from_str(&answer.text).expect("JSON")
}

/// Answers the next `count` cards of a deck, a minute apart; returns the ids of the cards.
async fn study(browser: &Browser<'_>, deck: &str, count: usize, rating: &str) -> Vec<String> {
    let mut cards = Vec::new();
    for _ in 0..count {
        let next = api(browser, &format!("/decks/{deck}/next")).await;
        let card = next["study"]["card"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("a card: {next}"))
            .to_owned();
        browser.app.advance(TimeDelta::minutes(1));
        post(
            browser,
            &format!("/cards/{card}/reviews"),
            json!({ "id": Uuid::new_v4(), "rating": rating }),
        )
        .await;
        browser.app.generate().await;
        cards.push(card);
    }
    cards
}

async fn decks(browser: &Browser<'_>) -> Vec<Value> {
    api(browser, "/decks").await["items"]
        .as_array()
        .expect("a list")
        .clone()
}

async fn count(app: &TestApp, table: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
        .fetch_one(&app.db)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_guests_decks_cards_and_answers_come_along_and_the_guest_is_gone() {
    let app = TestApp::start().await;
    let device = app.browser();
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    let deck = device.begin("Knots").await;
    app.generate().await;
    let studied = study(&device, &deck, 4, "good").await;
    let before = api(&device, &format!("/cards/{}", studied[0])).await;
    let level = decks(&device).await[0]["ability"].clone();
    assert!(device.get("/sign-in").await.has("one deck"));
    assert_eq!(
        device.sign_in("ada@example.org", PASSWORD).await.location(),
        "/decks?merged=1"
    );
    assert_eq!(device.me().await["email"], "ada@example.org");
    assert_eq!(
        api(&device, &format!("/cards/{}", studied[0])).await,
        before,
        "the card is the same in all it has"
    );
    assert_eq!(decks(&device).await[0]["ability"], level);
    assert_eq!(
        (count(&app, "users").await, count(&app, "reviews").await),
        (1, 4)
    );
    app.check_invariants().await;
}

#[tokio::test]
async fn of_a_topic_that_both_studied_one_deck_remains_with_the_histories_of_both() {
    let app = TestApp::start().await;
    let (home, device) = (app.browser(), app.browser());
    home.sign_up("ada@example.org", PASSWORD).await;
    let kept = home.begin("Knots").await;
    app.generate().await;
    let at_home = study(&home, &kept, 3, "good").await;
    let other = device.begin("Trees").await;
    let same = device.begin("knots").await;
    app.generate().await;
    study(&device, &same, 5, "good").await;
    study(&device, &other, 2, "good").await;
    let reviews = count(&app, "reviews").await;
    device.sign_in("ada@example.org", PASSWORD).await;
    let decks = decks(&device).await;
    assert_eq!(decks.len(), 2, "{decks:?}");
    assert!(
        decks.iter().any(|deck| deck["id"] == json!(kept)),
        "the account's deck is the one that stays"
    );
    assert_eq!(count(&app, "reviews").await, reviews, "no answer is lost");
    // The same pool cards were met on both sides: each is there once, with the answers of both.
    let rows = sqlx::query(
        "select pool_card_id, count(*) as copies from cards where deck_id = $1 group by 1 having count(*) > 1",
    )
    .bind(Uuid::parse_str(&kept).unwrap())
    .fetch_all(&app.db)
    .await
    .unwrap();
    assert!(rows.is_empty());
    let united = api(&device, &format!("/cards/{}", at_home[0])).await;
    assert_eq!(united["reps"], 2, "{united}");
    app.check_invariants().await;
    is_what_replay_gives(&app).await;
    // And an undo on a united card takes back the last answer only, to what the others give.
    post(&device, &format!("/cards/{}/undo", at_home[0]), json!({})).await;
    let undone = api(&device, &format!("/cards/{}", at_home[0])).await;
    assert_eq!(undone["reps"], 1, "{undone}");
    is_what_replay_gives(&app).await;
    app.check_invariants().await;
}

/// Every card is what replaying its log gives.
async fn is_what_replay_gives(app: &TestApp) {
    let rows = sqlx::query(
        "select user_id, card_id, reps, stability from cards where deleted_at is null and reps > 0",
    )
    .fetch_all(&app.db)
    .await
    .unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let (user, card): (Uuid, Uuid) = (row.get("user_id"), row.get("card_id"));
        let history = autodeck::db::reviews::standing(&app.db, user, card)
            .await
            .unwrap();
        let replayed = app.study.replay_log(card, &history);
        assert_eq!(
            i64::from(replayed.reps),
            i64::from(row.get::<i32, _>("reps")),
            "{card}"
        );
        assert_eq!(
            replayed.stability,
            row.get::<Option<f64>, _>("stability"),
            "{card}"
        );
        for (at, review) in history.iter().enumerate() {
            let before = app.study.replay_log(card, &history[..at]);
            assert_eq!(
                review.stability_before, before.stability,
                "{card}, answer {at}"
            );
            assert_eq!(review.first_answer, at == 0, "{card}, answer {at}");
        }
    }
}

#[tokio::test]
async fn an_account_without_answers_takes_over_the_guests_level() {
    let app = TestApp::start().await;
    let (home, device) = (app.browser(), app.browser());
    home.sign_up("ada@example.org", PASSWORD).await;
    home.begin("Knots").await;
    let deck = device.begin("Knots").await;
    app.generate().await;
    study(&device, &deck, 6, "easy").await;
    let ability = decks(&device).await[0]["ability"].as_f64().unwrap();
    device.sign_in("ada@example.org", PASSWORD).await;
    let merged = decks(&device).await;
    assert_eq!(merged.len(), 1);
    assert!(
        (merged[0]["ability"].as_f64().unwrap() - ability).abs() < 1e-9,
        "{merged:?} {ability}"
    );
}

#[tokio::test]
async fn a_guests_token_does_not_open_the_account() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    let device = app.browser();
    device.begin("Knots").await;
    let page = device
        .post("/settings/tokens", &[("name", "a"), ("scope", "write")])
        .await
        .text;
    let token = page
        .split_once("tabindex=\"0\">")
        .expect("a token")
        .1
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    device.sign_in("ada@example.org", PASSWORD).await;
    let (status, _) = app
        .send(app.http.get(app.url("/me")).bearer_auth(token))
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn two_sign_ins_at_once_merge_once_and_lose_nothing() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    let device = app.browser();
    let deck = device.begin("Knots").await;
    app.generate().await;
    study(&device, &deck, 3, "good").await;
    let other_tab = app.browser();
    other_tab.set_cookie(
        "autodeck_session",
        &device.cookie("autodeck_session").unwrap(),
    );
    let (one, two) = tokio::join!(
        device.sign_in("ada@example.org", PASSWORD),
        other_tab.sign_in("ada@example.org", PASSWORD),
    );
    assert!(
        [one.status, two.status]
            .iter()
            .all(|status| *status == StatusCode::SEE_OTHER),
        "{one:?} {two:?}"
    );
    assert_eq!(
        (count(&app, "decks").await, count(&app, "reviews").await),
        (1, 3)
    );
}

#[tokio::test]
async fn signing_in_as_the_same_account_again_changes_nothing() {
    let app = TestApp::start().await;
    let device = app.browser();
    device.sign_up("ada@example.org", PASSWORD).await;
    device.begin("Knots").await;
    assert_eq!(
        device.sign_in("ada@example.org", PASSWORD).await.location(),
        "/decks"
    );
    let other = app.browser();
    other.sign_up("bob@example.org", PASSWORD).await;
    other.begin("Trees").await;
    // From one account into another nothing moves: only a guest's things do.
    assert_eq!(
        other.sign_in("ada@example.org", PASSWORD).await.location(),
        "/decks"
    );
    assert_eq!(decks(&other).await.len(), 1);
    assert_eq!(count(&app, "users").await, 2);
}

#[tokio::test]
async fn every_table_of_learners_has_its_place_in_the_merge() {
    let app = TestApp::start().await;
    let moved = autodeck::db::merge::MOVED;
    let left = autodeck::db::merge::LEFT.map(|(table, _)| table);
    for table in autodeck::db::archive::tables(&app.db).await.unwrap() {
        let is_known = moved.contains(&table.as_str()) || left.contains(&table.as_str());
        assert!(
            is_known,
            "src/db/merge.rs does not say what becomes of a guest's rows in {table}"
        );
    }
}

#[tokio::test]
async fn a_merge_that_fails_leaves_the_guest_to_be_merged_by_the_next_try() {
    let app = TestApp::start().await;
    let device = app.browser();
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    let deck = device.begin("Knots").await;
    app.generate().await;
    study(&device, &deck, 2, "good").await;
    sqlx::raw_sql(
        "create function fail() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$;
         create trigger fail before delete on users for each row execute function fail();",
    )
    .execute(&app.db)
    .await
    .unwrap();
    let form = [("email", "ada@example.org"), ("password", PASSWORD)];
    let refused = device.post("/sign-in", &form).await;
    assert!(refused.status.is_server_error(), "{}", refused.status);
    assert_eq!(
        decks(&device).await.len(),
        1,
        "still the guest, with the deck"
    );
    sqlx::raw_sql("drop trigger fail on users")
        .execute(&app.db)
        .await
        .unwrap();
    assert_eq!(
        device.sign_in("ada@example.org", PASSWORD).await.location(),
        "/decks?merged=1"
    );
    assert_eq!(decks(&device).await.len(), 1);
    assert_eq!(count(&app, "users").await, 1);
}

async fn reword(browser: &Browser<'_>, card: &str, question: &str) {
    let url = browser.app.url(&format!("/cards/{card}"));
    let request = browser
        .app
        .http
        .patch(url)
        .json(&json!({ "question": question }));
    let answer = browser.send(request).await;
    assert!(answer.status.is_success(), "{}", answer.text);
}

#[tokio::test]
async fn what_a_guest_reworded_is_not_lost() {
    let app = TestApp::start().await;
    let (home, device) = (app.browser(), app.browser());
    home.sign_up("ada@example.org", PASSWORD).await;
    let kept = home.begin("Knots").await;
    app.generate().await;
    let at_home = study(&home, &kept, 2, "good").await;
    let deck = device.begin("Knots").await;
    let away = study(&device, &deck, 2, "good").await;
    reword(&device, &away[0], "What did the guest write?").await;
    reword(&home, &at_home[1], "What did the account write?").await;
    reword(&device, &away[1], "What did both write?").await;
    device.sign_in("ada@example.org", PASSWORD).await;
    let of =
        async |card: &String| api(&device, &format!("/cards/{card}")).await["question"].clone();
    assert_eq!(of(&at_home[0]).await, "What did the guest write?");
    assert_eq!(of(&at_home[1]).await, "What did the account write?");
    let own = api(&device, &format!("/cards/{}", away[1])).await;
    assert_eq!(own["question"], "What did both write?", "{own}");
    assert_eq!(
        (&own["state"], &own["deck_id"]),
        (&json!("new"), &json!(kept))
    );
    app.check_invariants().await;
    is_what_replay_gives(&app).await;
}
