//! Bad input: a clear problem with the contract's status and code, and nothing stored.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestApp, id};

fn assert_problem(answer: &(StatusCode, Value), status: StatusCode, code: &str, what: &str) {
    assert_eq!(answer.0, status, "{what}: {}", answer.1);
    assert_eq!(answer.1["code"], code, "{what}: {}", answer.1);
    assert_eq!(answer.1["status"], status.as_u16(), "{what}");
    assert!(
        answer.1["detail"]
            .as_str()
            .is_some_and(|detail| detail.len() > 10),
        "{what}: {}",
        answer.1
    );
}

#[tokio::test]
async fn a_topic_that_is_none_is_refused_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let long = "x".repeat(10_000);
    for topic in ["", "   \t ", "a\u{7}b", "line\nbreak", "nul\0", &long] {
        let answer = guest.post("/decks", json!({ "topic": topic })).await;
        assert_problem(
            &answer,
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            &format!("{topic:.20?}"),
        );
    }
    let topics: i64 = sqlx::query_scalar("select count(*) from topics")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(topics, 0);
}

#[tokio::test]
async fn a_strange_topic_is_a_topic() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let script = "<script>alert(1)</script>";
    for topic in [
        "תולדות צרפת",
        "🦀 🦀",
        script,
        "C++",
        "' or 1=1 --",
        &"ü".repeat(200),
    ] {
        let (status, deck) = guest.post("/decks", json!({ "topic": topic })).await;
        assert_eq!(status, StatusCode::CREATED, "{deck}");
        assert_eq!(deck["title"], json!(topic));
    }
}

#[tokio::test]
async fn a_body_that_does_not_fit_says_why() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let post = |body: &'static str, kind: &'static str| {
        app.send(
            guest
                .request(Method::POST, "/decks")
                .header("content-type", kind)
                .body(body),
        )
    };
    let json_type = "application/json";
    assert_problem(
        &post("{\"topic\":", json_type).await,
        StatusCode::BAD_REQUEST,
        "malformed",
        "cut off",
    );
    assert_problem(
        &post("", json_type).await,
        StatusCode::BAD_REQUEST,
        "malformed",
        "empty",
    );
    let not_json = post("topic=x", "application/x-www-form-urlencoded").await;
    assert_problem(
        &not_json,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "a form",
    );
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    assert_problem(
        &post("[]", json_type).await,
        unprocessable,
        "invalid",
        "a list",
    );
    let number = post("{\"topic\": 7}", json_type).await;
    assert_problem(&number, unprocessable, "invalid", "a number");
    assert!(number.1["fields"]["topic"].is_string(), "{}", number.1);
    let extra = post("{\"topic\": \"x\", \"user_id\": 1}", json_type).await;
    assert_problem(&extra, unprocessable, "invalid", "an extra field");
    assert!(extra.1["fields"]["user_id"].is_string(), "{}", extra.1);
    let both = guest
        .post(
            "/decks",
            json!({ "topic": "", "level": 12, "language": "no such language" }),
        )
        .await;
    assert_eq!(
        both.1["fields"].as_object().map(serde_json::Map::len),
        Some(3),
        "all at once: {}",
        both.1
    );
}

#[tokio::test]
async fn ten_megabytes_are_too_large() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let body = format!("{{\"topic\": \"{}\"}}", "x".repeat(10 * 1024 * 1024));
    let request = guest
        .request(Method::POST, "/decks")
        .header("content-type", "application/json")
        .body(body);
    // The server may close the connection while the client still sends: then the refusal is the broken pipe.
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            response.json::<Value>().await.expect("a problem")["code"],
            "too_large"
        );
    }
    assert_eq!(guest.get("/decks").await.1["items"], json!([]));
}

#[tokio::test]
async fn a_wait_or_a_count_out_of_bounds_is_refused() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    for query in [
        "next?wait=-1",
        "next?wait=1000000000",
        "next?wait=soon",
        "ahead?n=0",
        "ahead?n=21",
        "ready?seen=-3",
        "cards?limit=0",
        "cards?limit=201",
        "cards?after=7",
    ] {
        let answer = guest.get(&format!("/decks/{deck}/{query}")).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid", query);
    }
}

#[tokio::test]
async fn what_is_not_there_or_anothers_is_not_found() {
    let app = TestApp::start().await;
    let (owner, other) = (app.guest().await, app.guest().await);
    let deck = owner.deck("Lighthouses").await;
    app.generate().await;
    let card = id(&owner.next_card(&deck).await);
    let (unknown, no_id) = (Uuid::new_v4().to_string(), "7".to_owned());
    for deck in [&deck, &unknown, &no_id] {
        for (method, path, body) in [
            (Method::GET, "", Value::Null),
            (Method::GET, "/next", Value::Null),
            (Method::GET, "/ahead?n=2", Value::Null),
            (Method::GET, "/ready", Value::Null),
            (Method::GET, "/cards", Value::Null),
            (Method::PATCH, "", json!({ "title": "Mine" })),
            (
                Method::POST,
                "/cards",
                json!({ "question": "Q?", "answer": "A" }),
            ),
            (Method::POST, "/retry", json!({})),
            (Method::DELETE, "", Value::Null),
        ] {
            let request = other.request(method.clone(), &format!("/decks/{deck}{path}"));
            let answer = app
                .send(if body.is_null() {
                    request
                } else {
                    request.json(&body)
                })
                .await;
            assert_problem(
                &answer,
                StatusCode::NOT_FOUND,
                "not_found",
                &format!("{method} {deck}{path}"),
            );
        }
    }
    for card in [&card, &unknown, &no_id] {
        for (method, path, body) in [
            (Method::GET, "", Value::Null),
            (Method::PATCH, "", json!({ "question": "Mine?" })),
            (
                Method::POST,
                "/reviews",
                json!({ "id": Uuid::new_v4(), "rating": "good" }),
            ),
            (Method::POST, "/undo", json!({})),
            (Method::POST, "/report", json!({ "reason": "wrong" })),
            (Method::DELETE, "", Value::Null),
        ] {
            let request = other.request(method.clone(), &format!("/cards/{card}{path}"));
            let answer = app
                .send(if body.is_null() {
                    request
                } else {
                    request.json(&body)
                })
                .await;
            assert_problem(
                &answer,
                StatusCode::NOT_FOUND,
                "not_found",
                &format!("{method} {card}{path}"),
            );
        }
    }
    assert_eq!(owner.get(&format!("/decks/{deck}")).await.0, StatusCode::OK);
    let (status, missing) = other.get("/no-such-call").await;
    assert_eq!(
        (status, &missing["code"]),
        (StatusCode::NOT_FOUND, &json!("not_found"))
    );
    let (status, wrong) = other.delete("/me").await;
    assert_eq!(
        (status, &wrong["code"]),
        (StatusCode::METHOD_NOT_ALLOWED, &json!("method_not_allowed"))
    );
}

#[tokio::test]
async fn a_wrong_answer_to_the_answer_call_is_refused() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}/reviews", id(&card));
    for body in [
        json!({ "id": Uuid::new_v4(), "rating": "perfect" }),
        json!({ "id": Uuid::new_v4(), "rating": 3 }),
        json!({ "id": "7", "rating": "good" }),
        json!({ "rating": "good" }),
        json!({ "id": Uuid::new_v4(), "rating": "good", "at": "yesterday" }),
        json!({ "id": Uuid::new_v4(), "rating": "good", "duration_ms": -5 }),
    ] {
        let answer = guest.post(&path, body.clone()).await;
        assert_problem(
            &answer,
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            &body.to_string(),
        );
    }
    let reviews: i64 = sqlx::query_scalar("select count(*) from reviews")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(reviews, 0);
}

#[tokio::test]
async fn wrong_settings_are_refused_all_at_once() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let change = json!({ "time_zone": "Mars/Olympus", "rollover_hour": 24, "buttons": 5, "desired_retention": 0.99 });
    let answer = guest.patch("/me", change).await;
    assert_problem(
        &answer,
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "settings",
    );
    assert_eq!(
        answer.1["fields"].as_object().map(serde_json::Map::len),
        Some(4)
    );
    let unknown = guest.patch("/me", json!({ "plan": "pro" })).await;
    assert_problem(
        &unknown,
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "mass assignment",
    );
}
