//! Signing up in place, in and out, and changing what a password guards.

use reqwest::StatusCode;
use serde_json::Value;

use super::PASSWORD;
use crate::support::TestApp;

#[tokio::test]
async fn a_guest_becomes_an_account_in_place_with_decks_answers_and_token() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let deck = browser.begin("French history").await;
    let guest = browser.me().await;
    assert_eq!(guest["kind"], "guest");
    let page = browser.get("/sign-up").await;
    assert!(page.has("stay as they are"), "{}", page.text);
    let before = browser.cookie("autodeck_session");
    browser.sign_up("Ada@Example.org", PASSWORD).await;
    let account = browser.me().await;
    assert_eq!(
        (&account["kind"], &account["email"]),
        (&"account".into(), &"ada@example.org".into())
    );
    assert_eq!(account["id"], guest["id"]);
    assert_ne!(
        browser.cookie("autodeck_session"),
        before,
        "the session has a new id"
    );
    assert_eq!(
        browser.get(&format!("/decks/{deck}/study")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_guests_token_goes_on_after_signing_up() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    guest.deck("Knots").await;
    let user = autodeck::db::users::find(&app.db, guest.user_id)
        .await
        .unwrap();
    let wish = autodeck::accounts::sign_up::SignUp {
        guest: user.as_ref(),
        email: autodeck::domain::email::EmailAddress::parse("ada@example.org").unwrap(),
        password: autodeck::domain::password::NewPassword::parse(PASSWORD, "").unwrap(),
        time_zone: chrono_tz::Tz::UTC,
        language: "en",
    };
    app.accounts.sign_up(wish).await.unwrap();
    let (status, me) = guest.get("/me").await;
    assert_eq!(
        (status, &me["kind"]),
        (StatusCode::OK, &Value::from("account"))
    );
}

#[tokio::test]
async fn who_was_never_here_signs_up_and_has_an_empty_account() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.sign_up("ada@example.org", PASSWORD).await;
    assert_eq!(browser.me().await["kind"], "account");
    assert_eq!(browser.get("/sign-up").await.location(), "/settings");
}

#[tokio::test]
async fn a_bad_sign_up_is_the_page_again_with_the_address_kept() {
    let app = TestApp::start().await;
    let browser = app.browser();
    for (email, password, words) in [
        ("ada", PASSWORD, "no mail address"),
        ("ada@example.org", "short", "at least 8"),
        ("ada@example.org", "password", "among the first"),
    ] {
        let page = browser
            .post("/sign-up", &[("email", email), ("password", password)])
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.has(words) && page.has(&format!("value=\"{email}\"")),
            "{}",
            page.text
        );
        assert!(
            !page.has(&format!("value=\"{password}\"")),
            "a password is not sent back"
        );
    }
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    let page = browser
        .post(
            "/sign-up",
            &[("email", "ADA@example.org"), ("password", PASSWORD)],
        )
        .await;
    assert!(page.has("There is an account"), "{}", page.text);
    assert_eq!(
        browser.me().await["code"],
        "unauthorized",
        "nobody was made by it"
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_and_signing_in_finds_the_decks_again() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.begin("Knots").await;
    browser.sign_up("ada@example.org", PASSWORD).await;
    let stolen = browser.cookie("autodeck_session").expect("a session");
    assert_eq!(
        browser.post("/sign-out", &[]).await.location(),
        "/signed-out"
    );
    assert_eq!(browser.cookie("autodeck_session"), None);
    browser.set_cookie("autodeck_session", &stolen);
    assert_eq!(
        browser.get("/decks").await.status,
        StatusCode::UNAUTHORIZED,
        "the old id is worth nothing"
    );
    assert_eq!(
        browser
            .sign_in(" ADA@example.org ", PASSWORD)
            .await
            .location(),
        "/decks"
    );
    assert!(browser.get("/decks").await.has("Knots"));
}

#[tokio::test]
async fn a_guest_is_not_signed_out_for_there_would_be_no_way_back() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.begin("Knots").await;
    for way in ["/sign-out", "/sign-out/everywhere"] {
        assert_eq!(browser.post(way, &[]).await.location(), "/sign-up");
    }
    assert_eq!(browser.me().await["kind"], "guest");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_read_the_same() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    let browser = app.browser();
    let known = browser.sign_in("ada@example.org", "not the password").await;
    let unknown = browser.sign_in("bob@example.org", "not the password").await;
    assert_eq!(
        (known.status, unknown.status),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            StatusCode::UNPROCESSABLE_ENTITY
        )
    );
    assert_eq!(known.text.replace("ada@", "bob@"), unknown.text);
    for strange in ["", "no address", "ada@example.org\u{0}", &"a".repeat(5_000)] {
        assert_eq!(
            browser.sign_in(strange, PASSWORD).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{strange:?}"
        );
    }
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let app = TestApp::start().await;
    let (one, other) = (app.browser(), app.browser());
    one.sign_up("ada@example.org", PASSWORD).await;
    other.sign_in("ada@example.org", PASSWORD).await;
    assert_eq!(other.me().await["kind"], "account");
    one.post("/sign-out/everywhere", &[]).await;
    for browser in [one, other] {
        assert_eq!(browser.me().await["code"], "unauthorized");
    }
}
