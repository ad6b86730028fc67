//! Sessions and tokens: how they begin, what they allow, how they end.

use autodeck::config::BaseUrl;
use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::PASSWORD;
use crate::browser::Browser;
use crate::support::{TestApp, Wanted};

async fn account(app: &TestApp) -> Browser<'_> {
    let browser = app.browser();
    browser.sign_up("ada@example.org", PASSWORD).await;
    browser
}

/// What stands between the first `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before}: {text}"))
        .1;
    rest.split_once(after).expect("an end").0
}

#[tokio::test]
async fn an_id_has_256_bits_and_only_its_hash_is_kept() {
    let app = TestApp::start().await;
    let browser = account(&app).await;
    let id = browser.cookie("autodeck_session").expect("a session");
    assert_eq!(id.len(), 43, "32 bytes in base64");
    let row: String = sqlx::query_scalar("select to_jsonb(s)::text from sessions s")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert!(!row.contains(&id), "{row}");
    let length: i32 = sqlx::query_scalar("select length(session_hash) from sessions")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert_eq!(length, 32);
}

#[tokio::test]
async fn an_id_that_the_client_chose_is_not_taken_over() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.set_cookie("autodeck_session", "chosen");
    browser.begin("Knots").await;
    assert_ne!(
        browser.cookie("autodeck_session").as_deref(),
        Some("chosen")
    );
}

#[tokio::test]
async fn under_https_the_cookie_is_secure_and_pinned_to_the_host() {
    let app = TestApp::start_with(Wanted {
        base_url: Some(BaseUrl::parse("https://cards.example").unwrap()),
        ..Wanted::default()
    })
    .await;
    let browser = app.browser();
    // Without redirects: the cookie is in the first answer.
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let form = |path: &str| {
        http.post(format!("{}{path}", app.address))
            .header("content-type", "application/x-www-form-urlencoded")
    };
    let answer = browser.send(form("/decks").body("topic=Knots")).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-autodeck_session="), "{cookie}");
    for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(answer.headers.contains_key("strict-transport-security"));
    let settings = "theme=dark&buttons=3&retention_percent=90&rollover_hour=4&time_zone=UTC";
    let saved = browser.send(form("/settings").body(settings)).await;
    let theme = saved.headers["set-cookie"].to_str().unwrap();
    assert!(
        theme.starts_with("autodeck_theme=dark;") && theme.contains("; Secure"),
        "{theme}"
    );
}

#[tokio::test]
async fn a_guest_stays_for_400_days_from_the_last_use() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.begin("Knots").await;
    for _ in 0..3 {
        app.advance(TimeDelta::days(399));
        assert_eq!(browser.get("/decks").await.status, StatusCode::OK);
    }
    app.advance(TimeDelta::days(401));
    assert_eq!(browser.get("/decks").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_cookie_is_renewed_once_a_day() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.begin("Knots").await;
    assert!(
        !browser
            .get("/decks")
            .await
            .headers
            .contains_key("set-cookie")
    );
    app.advance(TimeDelta::days(1));
    assert!(
        browser
            .get("/decks")
            .await
            .headers
            .contains_key("set-cookie")
    );
    assert!(
        !browser
            .get("/decks")
            .await
            .headers
            .contains_key("set-cookie")
    );
}

#[tokio::test]
async fn an_account_signs_in_again_after_30_idle_days_and_after_180_in_any_case() {
    let app = TestApp::start().await;
    let idle = account(&app).await;
    app.advance(TimeDelta::days(31));
    assert_eq!(idle.me().await["code"], "unauthorized");
    let busy = app.browser();
    busy.sign_in("ada@example.org", PASSWORD).await;
    for _ in 0..6 {
        app.advance(TimeDelta::days(29));
        assert_eq!(busy.me().await["kind"], "account");
    }
    app.advance(TimeDelta::days(7));
    assert_eq!(busy.me().await["code"], "unauthorized");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_and_an_ended_one_does_not_come_back() {
    let app = TestApp::start().await;
    let here = account(&app).await;
    let there = app.browser();
    there.sign_in("ada@example.org", PASSWORD).await;
    let page = here.get("/settings").await.text;
    assert_eq!(page.matches("/settings/sessions/").count(), 2);
    // This browser's is first: the other is the second.
    let other = page
        .split("/settings/sessions/")
        .nth(2)
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    let path = format!("/settings/sessions/{other}/end");
    assert_eq!(
        app.browser().post(&path, &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
    let stranger = app.browser();
    stranger.sign_up("bob@example.org", PASSWORD).await;
    assert_eq!(
        stranger.post(&path, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(here.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    app.advance(TimeDelta::days(1));
    assert_eq!(there.me().await["code"], "unauthorized");
    assert_eq!(here.me().await["kind"], "account");
}

#[tokio::test]
async fn a_token_is_shown_once_kept_as_a_hash_and_does_what_its_scope_says() {
    let app = TestApp::start().await;
    let browser = account(&app).await;
    let mut tokens = Vec::new();
    for scope in ["read", "write"] {
        let page = browser
            .post(
                "/settings/tokens",
                &[("name", "My <b>clock</b>"), ("scope", scope)],
            )
            .await;
        assert_eq!(page.status, StatusCode::CREATED);
        assert!(
            page.has("&#60;b&#62;clock") && !page.has("<b>clock"),
            "{}",
            page.text
        );
        tokens.push(between(&page.text, "tabindex=\"0\">", "</code>").to_owned());
    }
    let settings = browser.get("/settings").await.text;
    assert!(
        settings.contains("never used") && !tokens.iter().any(|token| settings.contains(token))
    );
    let dump: String =
        sqlx::query_scalar("select string_agg(to_jsonb(t)::text, ' ') from api_tokens t")
            .fetch_one(&app.db)
            .await
            .unwrap();
    assert!(!tokens.iter().any(|token| dump.contains(token)));
    let ask = |method: Method, token: &str| {
        let request = app
            .http
            .request(
                method.clone(),
                app.url(if method == Method::GET {
                    "/me"
                } else {
                    "/decks"
                }),
            )
            .bearer_auth(token);
        app.send(if method == Method::GET {
            request
        } else {
            request.json(&json!({ "topic": "Knots" }))
        })
    };
    for token in &tokens {
        assert_eq!(ask(Method::GET, token).await.0, StatusCode::OK);
    }
    assert_eq!(ask(Method::POST, &tokens[0]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(Method::POST, &tokens[1]).await.0, StatusCode::CREATED);
    let settings = browser.get("/settings").await.text;
    assert!(!settings.contains("never used"), "{settings}");
    let id = between(&settings, "/settings/tokens/", "/revoke");
    let stranger = app.browser();
    stranger.sign_up("bob@example.org", PASSWORD).await;
    let path = format!("/settings/tokens/{id}/revoke");
    assert_eq!(
        stranger.post(&path, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    browser.post(&path, &[]).await;
    let left = [
        ask(Method::GET, &tokens[0]).await.0,
        ask(Method::GET, &tokens[1]).await.0,
    ];
    assert_eq!(
        left.iter()
            .filter(|status| **status == StatusCode::OK)
            .count(),
        1,
        "{left:?}"
    );
}

#[tokio::test]
async fn nobody_keeps_more_than_fifty_tokens() {
    let app = TestApp::start().await;
    let browser = account(&app).await;
    let fields = [("name", "One of many"), ("scope", "read")];
    for _ in 0..50 {
        let made = browser.post("/settings/tokens", &fields).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    }
    let refused = browser.post("/settings/tokens", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has("Revoke one"), "{}", refused.text);
    let settings = browser.get("/settings").await.text;
    let id = between(&settings, "/settings/tokens/", "/revoke");
    browser
        .post(&format!("/settings/tokens/{id}/revoke"), &[])
        .await;
    let made = browser.post("/settings/tokens", &fields).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
}

#[tokio::test]
async fn a_token_opens_nothing_that_a_password_guards() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    for path in ["/settings", "/settings/delete", "/settings/password"] {
        let request = app
            .http
            .get(format!("{}{path}", app.address))
            .bearer_auth(&guest.token);
        assert_eq!(
            app.send(request).await.0,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

#[tokio::test]
async fn settings_are_saved_and_a_bad_one_is_the_page_again() {
    let app = TestApp::start().await;
    let browser = account(&app).await;
    let fields = |new_cards, language| {
        vec![
            ("buttons", "4"),
            ("retention_percent", "85"),
            ("time_zone", "Europe/Vienna"),
            ("rollover_hour", "5"),
            ("theme", "dark"),
            ("name", " Ada "),
            ("new_cards", new_cards),
            ("language", language),
        ]
    };
    let bad = browser.post("/settings", &fields("many", "de")).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.has("value=\"many\"") && bad.has("value=\"Europe/Vienna\""));
    browser.post("/settings", &fields("12", "de")).await;
    let page = browser.get("/settings?saved=1").await;
    for words in [
        "<html lang=\"de\" data-theme=\"dark\"",
        "Gespeichert.",
        "value=\"Ada\"",
        "value=\"12\"",
        "Wo du angemeldet bist",
    ] {
        assert!(page.has(words), "{words}: {}", page.text);
    }
    assert_eq!(browser.me().await["new_cards"]["allowed"], 12);
    // Theme and language follow the account to another device.
    let other = app.browser();
    other.sign_in("ada@example.org", PASSWORD).await;
    assert!(
        other
            .get("/decks")
            .await
            .has("<html lang=\"de\" data-theme=\"dark\"")
    );
    browser.post("/settings", &fields("", "")).await;
    assert_eq!(
        browser.me().await["new_cards"]["allowed"],
        serde_json::Value::Null
    );
}
