//! Letters over a real mail server: to prove an address, to change it, to sign in, to choose a new password.

use chrono::TimeDelta;
use reqwest::StatusCode;

use super::PASSWORD;
use crate::browser::Browser;
use crate::mail_server::MailServer;
use crate::support::{TestApp, Wanted};

async fn app_with_mail() -> (TestApp, MailServer) {
    let mail = MailServer::start().await;
    let wanted = Wanted {
        mail: Some(mail.settings()),
        ..Wanted::default()
    };
    (TestApp::start_with(wanted).await, mail)
}

/// Opens the page of a link and presses its button.
async fn press(browser: &Browser<'_>, link: &str, more: &[(&str, &str)]) -> crate::browser::Answer {
    let page = browser.get(link).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    let (path, token) = link.split_once("?token=").expect("a token");
    let mut fields = vec![("token", token)];
    fields.extend_from_slice(more);
    browser.post(path, &fields).await
}

async fn is_proved(app: &TestApp, email: &str) -> bool {
    let user = autodeck::db::users::find_by_email(&app.db, email)
        .await
        .unwrap();
    user.expect("an account").email_verified_at.is_some()
}

#[tokio::test]
async fn a_new_account_is_asked_to_prove_its_address_and_the_link_works_once() {
    let (app, mail) = app_with_mail().await;
    let browser = app.browser();
    browser.sign_up("ada@example.org", PASSWORD).await;
    let letter = mail.letter(1).await;
    assert_eq!(letter.to, "ada@example.org");
    assert!(
        letter.raw.contains("From: AutoDeck <cards@example.org>")
            || letter
                .raw
                .contains("From: \"AutoDeck\" <cards@example.org>"),
        "{}",
        letter.raw
    );
    assert!(browser.get("/settings").await.has("not proved yet"));
    // What a scanner fetches uses nothing up, and no session is needed.
    let elsewhere = app.browser();
    for _ in 0..3 {
        assert!(elsewhere.get(&letter.link()).await.has("It is mine"));
    }
    assert!(!is_proved(&app, "ada@example.org").await);
    assert!(
        press(&elsewhere, &letter.link(), &[])
            .await
            .has("The address is yours")
    );
    assert!(is_proved(&app, "ada@example.org").await);
    assert!(!browser.get("/settings").await.has("not proved yet"));
    let again = elsewhere.get(&letter.link()).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert!(again.has("does not work any more"));
}

#[tokio::test]
async fn a_link_signs_in_without_a_password_once_and_for_twenty_minutes() {
    let (app, mail) = app_with_mail().await;
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    press(&app.browser(), &mail.letter(1).await.link(), &[]).await;
    let browser = app.browser();
    let asked = browser
        .post(
            "/forgot",
            &[("email", "Ada@example.org"), ("purpose", "sign_in")],
        )
        .await;
    assert_eq!(asked.location(), "/forgot/done");
    let link = mail.letter(2).await.link();
    assert_eq!(press(&browser, &link, &[]).await.location(), "/decks");
    assert_eq!(browser.me().await["email"], "ada@example.org");
    // The password goes on: the address had been proved.
    assert_eq!(
        app.browser()
            .sign_in("ada@example.org", PASSWORD)
            .await
            .location(),
        "/decks"
    );
    let token = link.split_once("?token=").expect("a token").1;
    let second = app
        .browser()
        .post("/links/sign-in", &[("token", token)])
        .await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    browser
        .post(
            "/forgot",
            &[("email", "ada@example.org"), ("purpose", "sign_in")],
        )
        .await;
    let late = mail.letter(3).await.link();
    app.advance(TimeDelta::minutes(20));
    assert_eq!(app.browser().get(&late).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reset_ends_sessions_and_tokens_and_tells_the_owner() {
    let (app, mail) = app_with_mail().await;
    let thief = app.browser();
    thief.sign_up("ada@example.org", PASSWORD).await;
    press(&thief, &mail.letter(1).await.link(), &[]).await;
    thief
        .post("/settings/tokens", &[("name", "a"), ("scope", "write")])
        .await;
    let owner = app.browser();
    owner
        .post(
            "/forgot",
            &[("email", "ada@example.org"), ("purpose", "reset")],
        )
        .await;
    let link = mail.letter(2).await.link();
    let own_address = press(&owner, &link, &[("password", "ada@example.org")]).await;
    assert_eq!(own_address.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = press(&owner, &link, &[("password", "password")]).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text
    );
    let done = press(&owner, &link, &[("password", "another desk entirely")]).await;
    assert_eq!(done.location(), "/decks", "{}", done.text);
    assert_eq!(owner.me().await["kind"], "account");
    assert_eq!(thief.me().await["code"], "unauthorized");
    let tokens: i64 = sqlx::query_scalar("select count(*) from api_tokens")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert_eq!(tokens, 0);
    assert!(mail.letter(3).await.text().contains("was changed"));
    assert_eq!(
        thief.sign_in("ada@example.org", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        thief
            .sign_in("ada@example.org", "another desk entirely")
            .await
            .location(),
        "/decks"
    );
}

#[tokio::test]
async fn who_signed_up_with_somebody_elses_address_is_put_out_when_its_owner_comes() {
    let (app, mail) = app_with_mail().await;
    let impostor = app.browser();
    impostor.sign_up("ada@example.org", PASSWORD).await;
    mail.letter(1).await;
    let owner = app.browser();
    owner
        .post(
            "/forgot",
            &[("email", "ada@example.org"), ("purpose", "sign_in")],
        )
        .await;
    press(&owner, &mail.letter(2).await.link(), &[]).await;
    assert_eq!(owner.me().await["kind"], "account");
    assert_eq!(impostor.me().await["code"], "unauthorized");
    assert_eq!(
        impostor.sign_in("ada@example.org", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn an_address_changes_when_the_new_one_is_proved_and_the_old_one_is_told() {
    let (app, mail) = app_with_mail().await;
    let browser = app.browser();
    browser.sign_up("ada@example.org", PASSWORD).await;
    mail.letter(1).await;
    let wish = |password| [("email", "ada@new.example"), ("current_password", password)];
    let refused = browser
        .post("/settings/email", &wish("wrong password"))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has("not your password") && refused.has("value=\"ada@new.example\""));
    browser.post("/settings/email", &wish(PASSWORD)).await;
    let letter = mail.letter(2).await;
    assert_eq!(letter.to, "ada@new.example");
    assert_eq!(
        browser.me().await["email"],
        "ada@example.org",
        "not before it is proved"
    );
    press(&browser, &letter.link(), &[]).await;
    assert_eq!(browser.me().await["email"], "ada@new.example");
    assert_eq!(mail.letter(3).await.to, "ada@example.org");
}

#[tokio::test]
async fn an_address_that_another_account_took_meanwhile_is_not_taken_from_it() {
    let (app, mail) = app_with_mail().await;
    let (ada, bob) = (app.browser(), app.browser());
    ada.sign_up("ada@example.org", PASSWORD).await;
    let wish = [("email", "bob@example.org"), ("current_password", PASSWORD)];
    assert_eq!(
        ada.post("/settings/email", &wish).await.location(),
        "/settings?saved=email"
    );
    let letter = mail.letter(2).await;
    bob.sign_up("bob@example.org", PASSWORD).await;
    let answer = press(&ada, &letter.link(), &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("Another account"));
    assert_eq!(ada.me().await["email"], "ada@example.org");
}

#[tokio::test]
async fn a_new_password_asks_for_the_old_one_and_signs_other_devices_out() {
    let (app, mail) = app_with_mail().await;
    let (here, there) = (app.browser(), app.browser());
    here.sign_up("ada@example.org", PASSWORD).await;
    there.sign_in("ada@example.org", PASSWORD).await;
    let wish = |now| {
        [
            ("password", "another desk entirely"),
            ("current_password", now),
        ]
    };
    assert!(
        here.post("/settings/password", &wish(""))
            .await
            .has("not your password")
    );
    assert_eq!(
        here.post("/settings/password", &wish(PASSWORD))
            .await
            .location(),
        "/settings?saved=password"
    );
    assert_eq!(here.me().await["kind"], "account");
    assert_eq!(there.me().await["code"], "unauthorized");
    assert!(mail.letter(2).await.text().contains("was changed"));
    assert_eq!(
        there
            .sign_in("ada@example.org", "another desk entirely")
            .await
            .location(),
        "/decks"
    );
}

#[tokio::test]
async fn asking_for_a_link_reads_the_same_for_every_address_and_mails_only_accounts() {
    let (app, mail) = app_with_mail().await;
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    mail.letter(1).await;
    let browser = app.browser();
    for email in ["nobody@example.org", "ada@example.org"] {
        let answer = browser
            .post("/forgot", &[("email", email), ("purpose", "reset")])
            .await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/forgot/done")
        );
    }
    assert_eq!(mail.letter(2).await.to, "ada@example.org");
    assert_eq!(mail.count(), 2);
    assert!(!browser.get("/forgot/done").await.has("sends no mail"));
}

#[tokio::test]
async fn a_mail_server_that_is_busy_is_asked_again() {
    let (app, mail) = app_with_mail().await;
    mail.refuse(1);
    app.browser().sign_up("ada@example.org", PASSWORD).await;
    assert_eq!(mail.letter(1).await.to, "ada@example.org");
}

#[tokio::test]
async fn letters_and_pages_speak_the_language_that_the_browser_asks_for() {
    let (app, mail) = app_with_mail().await;
    let browser = app.browser();
    let german = |request: reqwest::RequestBuilder| {
        request.header("accept-language", "de-AT,de;q=0.9,en;q=0.5")
    };
    let page = browser
        .send(german(app.http.get(format!("{}/sign-up", app.address))))
        .await;
    assert!(
        page.has("<html lang=\"de\"") && page.has("Konto anlegen"),
        "{}",
        page.text
    );
    let form = app
        .http
        .post(format!("{}/sign-up", app.address))
        .header("content-type", "application/x-www-form-urlencoded");
    browser
        .send(german(form).body("email=ada%40example.org&password=ein+leiser+Tisch"))
        .await;
    assert!(mail.letter(1).await.text().contains("öffne diesen Link"));
}

#[tokio::test]
async fn without_a_mail_server_the_pages_say_so() {
    let app = TestApp::start().await;
    let browser = app.browser();
    for path in ["/forgot", "/forgot/done"] {
        assert!(
            browser.get(path).await.has("This AutoDeck sends no mail"),
            "{path}"
        );
    }
    browser.sign_up("ada@example.org", PASSWORD).await;
    assert!(
        browser
            .get("/settings")
            .await
            .has("This AutoDeck sends no mail")
    );
}
