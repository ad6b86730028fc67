//! The JSON API as the contract has it: calls, shapes, statuses, lists.

use autodeck::db;
use autodeck::generator::wake::Wake;
use autodeck::generator::worker::Generator;
use autodeck::study::next::Scope;
use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

use crate::support::{TestApp, Wanted, id};

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn a_guest_begins_with_a_token_and_no_cookie() {
    let app = TestApp::start().await;
    let response = app
        .http
        .post(app.url("/guests"))
        .json(&json!({}))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::CREATED);
    assert!(response.headers().get("set-cookie").is_none());
    let body: Value = response.json().await.expect("JSON");
    let user = &body["user"];
    for key in [
        "id",
        "kind",
        "email",
        "plan",
        "time_zone",
        "rollover_hour",
        "buttons",
        "desired_retention",
        "new_cards",
    ] {
        assert!(user.get(key).is_some(), "{key} in {user}");
    }
    assert_eq!(
        (&user["kind"], &user["plan"]),
        (&json!("guest"), &json!("unlimited"))
    );
    assert_eq!(keys(&user["new_cards"]), ["allowed", "resets_at", "used"]);
    assert_eq!(user["new_cards"]["allowed"], Value::Null);
}

#[tokio::test]
async fn nobody_is_told_nothing() {
    let app = TestApp::start().await;
    for path in ["/me", "/decks", "/due", "/next"] {
        let (status, problem) = app.send(app.http.get(app.url(path))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(problem["code"], "unauthorized");
        let (status, _) = app
            .send(app.http.get(app.url(path)).bearer_auth("no-such-token"))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn topic_to_first_card_to_review() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let (_, waiting) = guest.get(&format!("/decks/{deck}/next")).await;
    assert_eq!(
        (&waiting["study"], &waiting["reason"]),
        (&Value::Null, &json!("waiting"))
    );
    assert!(
        waiting["detail"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );

    app.generate().await;
    let (_, next) = guest.get(&format!("/decks/{deck}/next")).await;
    assert_eq!(
        keys(&next),
        ["counts", "detail", "reason", "retry_at", "study"]
    );
    assert_eq!(keys(&next["counts"]), ["due", "learning", "new"]);
    assert_eq!(
        keys(&next["study"]["choices"]),
        ["again", "easy", "good", "hard"]
    );
    let card = &next["study"]["card"];
    for key in [
        "id",
        "deck_id",
        "question",
        "answer",
        "explanation",
        "subtopic",
        "level",
        "model",
        "state",
        "suspended",
        "flagged",
        "tags",
        "due_at",
        "stability",
        "difficulty",
        "reps",
        "lapses",
        "revision",
    ] {
        assert!(card.get(key).is_some(), "{key} in {card}");
    }
    assert_eq!(
        (&card["state"], &card["due_at"]),
        (&json!("new"), &Value::Null)
    );
    let reviewed = guest.grade(card, "good").await;
    assert_eq!(reviewed["card"]["state"], "learning");
    assert_eq!(reviewed["deck"]["id"], json!(deck));
    assert_eq!(guest.get("/me").await.1["new_cards"]["used"], 1);
    app.check_invariants().await;
}

#[tokio::test]
async fn a_card_stays_the_current_one_until_it_is_graded() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let first = guest.next_card(&deck).await;
    guest.grade(&first, "again").await;
    let second = guest.next_card(&deck).await;
    app.advance(TimeDelta::minutes(2));
    assert_eq!(
        id(&guest.next_card(&deck).await),
        id(&second),
        "the learning card became due and has to wait"
    );
    guest.grade(&second, "good").await;
    assert_eq!(id(&guest.next_card(&deck).await), id(&first));
}

#[tokio::test]
async fn ahead_gives_the_current_card_first_and_then_others() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let current = guest.next_card(&deck).await;
    let (status, ahead) = guest.get(&format!("/decks/{deck}/ahead?n=4")).await;
    assert_eq!(status, StatusCode::OK, "{ahead}");
    let ids: Vec<String> = ahead["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|study| id(&study["card"]))
        .collect();
    assert_eq!((ids.len(), &ids[0]), (4, &id(&current)));
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 4);
    guest.grade(&current, "good").await;
    assert_eq!(id(&guest.next_card(&deck).await), ids[1]);
}

#[tokio::test]
async fn a_poll_is_answered_when_the_first_card_comes() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let started = Instant::now();
    let path = format!("/decks/{deck}/next?wait=20");
    let (next, ()) = tokio::join!(guest.get(&path), app.generate());
    assert!(!next.1["study"].is_null(), "{}", next.1);
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "woken, not timed out"
    );
}

#[tokio::test]
async fn a_poll_is_answered_by_a_worker_in_another_process() {
    let app = TestApp::start().await;
    let other = app.beside().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let path = format!("/decks/{deck}/next?wait=20");
    let (next, ()) = tokio::join!(guest.get(&path), other.generate());
    assert!(!next.1["study"].is_null(), "{}", next.1);
}

#[tokio::test]
async fn a_card_whose_wake_up_was_lost_is_found_all_the_same() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    // A worker whom nobody hears.
    let mute = Generator {
        wake: Wake::new().0,
        ..app.generator.clone()
    };
    let started = Instant::now();
    let path = format!("/decks/{deck}/next?wait=20");
    let (next, worked) = tokio::join!(guest.get(&path), mute.step());
    assert!(worked.expect("a database that answers"));
    assert!(!next.1["study"].is_null(), "{}", next.1);
    assert!(
        started.elapsed() < Duration::from_secs(12),
        "found in passing, not at the end of the wait"
    );
}

#[tokio::test]
async fn the_stack_is_told_as_soon_as_it_differs() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let (_, empty) = guest.get(&format!("/decks/{deck}/ready")).await;
    assert_eq!(
        (&empty["ready"], &empty["generating"]),
        (&json!(0), &json!(true))
    );
    let path = format!("/decks/{deck}/ready?seen=0&wait=20");
    let (ready, ()) = tokio::join!(guest.get(&path), app.generate());
    assert!(ready.1["ready"].as_u64() >= Some(1), "{}", ready.1);
    assert_eq!(keys(&ready.1), ["detail", "generating", "ready", "reason"]);
}

#[tokio::test]
async fn waiting_polls_are_answered_when_the_server_goes_down() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let path = format!("/decks/{deck}/next?wait=30");
    let stop = async {
        tokio::task::yield_now().await;
        app.stop.cancel();
    };
    let started = Instant::now();
    let request = guest.request(Method::GET, &path).send();
    let (response, ()) = tokio::join!(request, stop);
    if let Ok(response) = response {
        assert_eq!(response.status(), StatusCode::OK);
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn without_a_model_the_learner_is_told_and_reviews_go_on() {
    let app = TestApp::start_with(Wanted {
        without_model: true,
        ..Wanted::default()
    })
    .await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let (_, next) = guest.get(&format!("/decks/{deck}/next?wait=5")).await;
    assert_eq!(next["reason"], "no_model", "{next}");
    guest
        .post(
            &format!("/decks/{deck}/cards"),
            json!({ "question": "By hand?", "answer": "Yes" }),
        )
        .await;
    let card = guest.next_card(&deck).await;
    guest.grade(&card, "good").await;
}

#[tokio::test]
async fn health_readiness_and_metrics_answer() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        let response = app
            .http
            .get(format!("{}{path}", app.address))
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
    app.guest().await;
    let metrics = app
        .http
        .get(format!("{}/metrics", app.address))
        .send()
        .await
        .expect("an answer");
    assert!(
        metrics
            .text()
            .await
            .expect("text")
            .contains("autodeck_http_request_seconds")
    );
}

#[tokio::test]
async fn requests_from_other_sites_are_refused() {
    let app = TestApp::start().await;
    let cross_site = app
        .http
        .post(app.url("/guests"))
        .header("sec-fetch-site", "cross-site")
        .json(&json!({}));
    let (status, problem) = app.send(cross_site).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::FORBIDDEN, &json!("forbidden"))
    );
    let other_name = app.address.replace("127.0.0.1", "localhost");
    let loopback = app
        .http
        .post(app.url("/guests"))
        .header("sec-fetch-site", "cross-site")
        .header("origin", other_name)
        .json(&json!({}));
    assert_eq!(
        app.send(loopback).await.0,
        StatusCode::CREATED,
        "loopback names are one origin"
    );
}

#[tokio::test]
async fn every_call_of_the_api_is_in_the_openapi_description() {
    let app = TestApp::start().await;
    let (status, description) = app.send(app.http.get(app.url("/openapi.json"))).await;
    assert_eq!(status, StatusCode::OK);
    let calls = [
        ("/guests", "post"),
        ("/me", "get"),
        ("/me", "patch"),
        ("/decks", "get"),
        ("/decks", "post"),
        ("/decks/{id}", "get"),
        ("/decks/{id}", "patch"),
        ("/decks/{id}", "delete"),
        ("/decks/{id}/retry", "post"),
        ("/decks/{id}/next", "get"),
        ("/next", "get"),
        ("/decks/{id}/ahead", "get"),
        ("/decks/{id}/ready", "get"),
        ("/cards/{id}/reviews", "post"),
        ("/cards/{id}/undo", "post"),
        ("/decks/{id}/cards", "get"),
        ("/decks/{id}/cards", "post"),
        ("/cards/{id}", "get"),
        ("/cards/{id}", "patch"),
        ("/cards/{id}", "delete"),
        ("/cards/{id}/report", "post"),
        ("/due", "get"),
        ("/undo", "post"),
        ("/actions/{id}/undo", "post"),
        ("/cards/{id}/reset", "post"),
        ("/cards/{id}/rephrase", "post"),
        ("/cram", "get"),
        ("/decks/{id}/forecast", "get"),
        ("/decks/{id}/steers", "get"),
        ("/decks/{id}/steers", "post"),
        ("/decks/{id}/study-prompt", "get"),
        ("/stats", "get"),
    ];
    let mut described = 0;
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            assert!(
                calls.contains(&(path.as_str(), method.as_str())),
                "{method} {path} is not in this list"
            );
            described += 1;
        }
    }
    assert_eq!(described, calls.len());
}

/// Thousands wait at once, each for up to 25 seconds: a look at the database, made larger, must not make all of them.
#[tokio::test]
async fn whoever_waits_holds_little_memory() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let user = db::users::find(&app.db, guest.user_id)
        .await
        .unwrap()
        .unwrap();
    let wait = Duration::from_secs(25);
    let next = app
        .study
        .next_within(&user, Scope::AllDecks, wait, &app.stop);
    let ready = app
        .study
        .ready_within(&user, Scope::AllDecks, None, wait, &app.stop);
    let sizes = [size_of_val(&next), size_of_val(&ready)];
    println!("{sizes:?} bytes");
    assert!(sizes.iter().all(|size| *size < 2_048), "{sizes:?}");
}
