//! What is refused whoever asks: fields that nobody may set; and the headers that refuse what a page must not do.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::PASSWORD;
use crate::support::TestApp;

#[tokio::test]
async fn a_field_that_nobody_may_set_is_refused_by_name() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("French history").await;
    app.generate().await;
    let card = crate::support::id(&guest.next_card(&deck).await);
    for (method, path, field) in [
        (Method::PATCH, "/me".to_owned(), "kind"),
        (Method::PATCH, "/me".to_owned(), "email"),
        (Method::PATCH, "/me".to_owned(), "plan"),
        (Method::POST, "/guests".to_owned(), "user_id"),
        (Method::POST, "/decks".to_owned(), "user_id"),
        (Method::PATCH, format!("/decks/{deck}"), "ability"),
        (Method::PATCH, format!("/cards/{card}"), "stability"),
        (Method::POST, format!("/decks/{deck}/cards"), "deck_id"),
        (
            Method::POST,
            format!("/cards/{card}/reviews"),
            "first_answer",
        ),
        (Method::POST, format!("/cards/{card}/report"), "user_id"),
    ] {
        let mut body = json!({ "topic": "Knots", "question": "q", "answer": "a", "rating": "good", "reason": "wrong" });
        let keep: &[&str] = match path.rsplit('/').next().expect("a last part") {
            "decks" => &["topic"],
            "cards" => &["question", "answer"],
            "reviews" => &["rating"],
            "report" => &["reason"],
            _ => &[],
        };
        body.as_object_mut()
            .expect("an object")
            .retain(|name, _| keep.contains(&name.as_str()));
        body[field] = json!("pro");
        let (status, problem) = app
            .send(guest.request(method.clone(), &path).json(&body))
            .await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{method} {path} {field}: {problem}"
        );
        assert!(
            problem["fields"][field].is_string(),
            "{method} {path}: {problem}"
        );
    }
    // A form takes only the fields it knows: the rest is nothing.
    let browser = app.browser();
    browser
        .post(
            "/sign-up",
            &[
                ("email", "ada@example.org"),
                ("password", PASSWORD),
                ("kind", "admin"),
                ("plan", "pro"),
                ("user_id", "x"),
            ],
        )
        .await;
    assert_eq!(browser.me().await["plan"], "unlimited");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_safe() {
    let app = TestApp::start().await;
    let browser = app.browser();
    for path in [
        "/",
        "/sign-in",
        "/no/such/page",
        "/api/v1/me",
        "/healthz",
        &autodeck::web::pages::assets::path("css/autodeck.css"),
    ] {
        let answer = browser.get(path).await;
        let header = |name: &str| {
            answer
                .headers
                .get(name)
                .map_or("", |value| value.to_str().expect("text"))
        };
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{policy}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(
            header("strict-transport-security"),
            "",
            "over http it means nothing"
        );
    }
}

#[tokio::test]
async fn what_is_a_learners_is_kept_by_no_browser_and_no_proxy() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let deck = browser.begin("Knots").await;
    for path in [
        "/decks",
        "/settings",
        "/stats",
        &format!("/decks/{deck}/study"),
        "/api/v1/me",
        "/api/v1/decks",
        &format!("/api/v1/decks/{deck}"),
        "/api/v1/due",
    ] {
        let answer = browser.get(path).await;
        let kept = answer.headers.get("cache-control");
        assert_eq!(
            kept.map(|value| value.as_bytes()),
            Some(&b"no-store"[..]),
            "{path}"
        );
    }
    let archive = browser.post("/settings/export", &[]).await;
    assert_eq!(archive.headers["cache-control"], "no-store");
}
