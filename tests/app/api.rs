//! The JSON API as the contract has it: calls, shapes, statuses, lists.

use chrono::{DateTime, TimeDelta, Utc};
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
