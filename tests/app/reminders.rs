//! Reminders by e-mail: at the learner's hour, once a day, only with something to say, and one click to stop.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};

use crate::mail_server::MailServer;
use crate::support::{Guest, TestApp, Wanted};

/// An account with a card that was answered yesterday and is due, and a reminder at 18 o'clock.
async fn with_due_card<'a>(app: &'a TestApp) -> Guest<'a> {
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    guest.grade(&card, "again").await;
    sqlx::query("update users set kind = 'account', email = 'a@example.org', email_verified_at = now() where user_id = $1")
        .bind(guest.user_id)
        .execute(&app.db)
        .await
        .expect("an account");
    let user = autodeck::db::users::find(&app.db, guest.user_id)
        .await
        .expect("a row")
        .expect("the learner");
    app.study
        .set_reminder(&user, Some(18))
        .await
        .expect("saved");
    guest
}

#[tokio::test]
async fn a_reminder_goes_once_a_day_at_the_learners_hour_and_not_to_who_studied() {
    let app = TestApp::start().await;
    let guest = with_due_card(&app).await;
    let claimed = || async { app.study.claim_reminders().await.expect("an answer") };

    app.advance(TimeDelta::hours(7));
    assert_eq!(claimed().await, [], "studied today");
    app.advance(TimeDelta::hours(22));
    assert_eq!(claimed().await, [], "17 o'clock of the next day");
    app.advance(TimeDelta::hours(1));
    let (one, other) = tokio::join!(claimed(), claimed());
    let mails = [one, other].concat();
    assert_eq!(mails.len(), 1, "two processes send one mail");
    assert_eq!(
        (mails[0].email.as_str(), mails[0].due),
        ("a@example.org", 1)
    );
    app.advance(TimeDelta::hours(1));
    assert_eq!(claimed().await, [], "once a day");
    app.advance(TimeDelta::hours(23));
    let next_day = claimed().await;
    assert_eq!(next_day.len(), 1);
    assert_eq!(
        next_day[0].stop_token, mails[0].stop_token,
        "an old mail's link works, too"
    );
    assert_eq!(next_day[0].user_id, guest.user_id);
}

#[tokio::test]
async fn the_link_of_a_mail_stops_them_without_signing_in_and_opening_it_alone_does_not() {
    let app = TestApp::start().await;
    with_due_card(&app).await;
    app.advance(TimeDelta::hours(30));
    let mails = app.study.claim_reminders().await.expect("an answer");
    let link = format!("{}/reminders/stop/{}", app.address, mails[0].stop_token);
    let send = |method: Method| {
        let request = app
            .http
            .request(method, &link)
            .body("List-Unsubscribe=One-Click");
        async move { request.send().await.expect("a page").status() }
    };
    assert_eq!(send(Method::GET).await, StatusCode::OK);
    app.advance(TimeDelta::hours(24));
    assert_eq!(
        app.study.claim_reminders().await.expect("an answer").len(),
        1
    );
    assert_eq!(send(Method::POST).await, StatusCode::OK);
    assert_eq!(
        send(Method::POST).await,
        StatusCode::OK,
        "twice is as good as once"
    );
    app.advance(TimeDelta::hours(24));
    assert_eq!(app.study.claim_reminders().await.expect("an answer"), []);
}

#[tokio::test]
async fn a_guest_without_an_address_is_told_so() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let response = app
        .http
        .post(format!("{}/reminders", app.address))
        .bearer_auth(&guest.token)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("on=true&hour=18")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert!(
        response
            .text()
            .await
            .expect("a body")
            .contains("Sign up first")
    );
}

#[tokio::test]
async fn a_reminder_leaves_over_smtp_once_a_day_and_its_own_header_stops_it_with_one_post() {
    let mail = MailServer::start().await;
    let wanted = Wanted {
        mail: Some(mail.settings()),
        ..Wanted::default()
    };
    let app = TestApp::start_with(wanted).await;
    with_due_card(&app).await;
    app.advance(TimeDelta::hours(30));
    assert_eq!(app.accounts.send_reminders().await.expect("sent"), 1);
    let letter = mail.letter(1).await;
    assert_eq!(letter.to, "a@example.org");
    assert!(letter.text().contains("/study"), "{}", letter.text());

    for _ in 0..12 {
        assert_eq!(app.accounts.send_reminders().await.expect("sent"), 0);
        app.advance(TimeDelta::hours(1));
    }
    app.advance(TimeDelta::hours(12));
    assert_eq!(app.accounts.send_reminders().await.expect("sent"), 1);
    let letter = mail.letter(2).await;

    // As a mail program does it (RFC 8058): the address of the header, one POST, no cookie.
    let unfolded = letter.raw.replace("\r\n ", " ");
    let header = |name: &str| {
        let line = unfolded.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {unfolded}"))
            .trim()
            .to_owned()
    };
    assert_eq!(
        header("List-Unsubscribe-Post:"),
        "List-Unsubscribe=One-Click"
    );
    let link = header("List-Unsubscribe:");
    let link = link.trim_start_matches('<').trim_end_matches('>');
    assert!(letter.text().contains(link), "the letter has it, too");
    let (_, path) = link.split_once("/reminders/").expect("our page");
    let stopped = app
        .http
        .post(format!("{}/reminders/{path}", app.address))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click")
        .send()
        .await
        .expect("an answer");
    assert_eq!(stopped.status(), StatusCode::OK);
    app.advance(TimeDelta::hours(24));
    assert_eq!(app.accounts.send_reminders().await.expect("sent"), 0);
    assert_eq!(mail.count(), 2);
}
