//! What must not come out: the rules' canary on a card, addresses and tokens in the log. And what the operator sees.

use std::io::Write;
use std::sync::{Arc, Mutex};

use reqwest::StatusCode;
use tracing_subscriber::fmt::MakeWriter;

use super::PASSWORD;
use crate::mail_server::MailServer;
use crate::model_server::{Frame, Reply};
use crate::support::{TestApp, Wanted};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics with it").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Kept;

    fn make_writer(&self) -> Kept {
        self.clone()
    }
}

#[tokio::test]
async fn neither_address_nor_password_nor_token_nor_topic_is_logged() {
    // What a program listens to is one thing for all its threads, and tests beside this one listen to nothing: it runs in
    // a process of its own.
    const ALONE: &str = "AUTODECK_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name = "accounts::secrets::neither_address_nor_password_nor_token_nor_topic_is_logged";
        let output = tokio::process::Command::new(std::env::current_exe().expect("our own path"))
            .args(["--exact", name])
            .env(ALONE, "1")
            .output()
            .await
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
        return;
    }
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(kept.clone())
        .finish();
    // The test's runtime has one thread, and everything of this app runs on it.
    let _logging = tracing::subscriber::set_default(subscriber);
    // Tests beside this one listen to nothing, and tracing remembers that.
    tracing::callsite::rebuild_interest_cache();
    let mail = MailServer::start().await;
    let app = TestApp::start_with(Wanted {
        mail: Some(mail.settings()),
        ..Wanted::default()
    })
    .await;
    let browser = app.browser();
    browser.begin("A very private topic").await;
    browser.sign_up("ada.secret@example.org", PASSWORD).await;
    let link = mail.letter(1).await.link();
    browser.get(&link).await;
    let session = browser.cookie("autodeck_session").expect("a session");
    let page = browser
        .post("/settings/tokens", &[("name", "a"), ("scope", "read")])
        .await
        .text;
    let token = page
        .split_once("tabindex=\"0\">")
        .expect("a token")
        .1
        .split('<')
        .next()
        .expect("an end")
        .to_owned();
    browser
        .post("/reminders", &[("on", "true"), ("hour", "18")])
        .await;
    let stop_token: String = sqlx::query_scalar("select stop_token from reminders")
        .fetch_one(&app.db)
        .await
        .expect("a reminder");
    let stopped = browser.get(&format!("/reminders/stop/{stop_token}")).await;
    assert_eq!(stopped.status, StatusCode::OK);
    browser
        .sign_in("ada.secret@example.org", "a wrong password")
        .await;
    app.generate().await;
    let log = String::from_utf8_lossy(&kept.0.lock().expect("nobody panics with it")).into_owned();
    // The mail library, HTTP clients and the check of where a request comes from trace what they handle; the product's
    // filter keeps them at `warn`.
    let others = ["lettre", "hyper", "reqwest", "sqlx", "tower_http::csrf"];
    for other in others {
        assert!(
            autodeck::telemetry::USUAL_FILTER.contains(&format!("{other}=warn")),
            "{other}"
        );
    }
    let ours: Vec<&str> = log
        .lines()
        .filter(|line| {
            !others
                .iter()
                .any(|other| line.contains(&format!(" {other}")))
        })
        .collect();
    assert!(log.contains("autodeck::generator::job"), "{log}");
    let link_token = link.split_once("token=").expect("a token").1;
    for secret in [
        "ada.secret",
        PASSWORD,
        "wrong password",
        "private topic",
        link_token,
        &stop_token,
        &session,
        &token,
    ] {
        let found = ours.iter().find(|line| line.contains(secret));
        assert!(found.is_none(), "{secret}: {found:?}");
    }
}

#[tokio::test]
async fn the_operator_lists_learners_makes_a_link_and_judges_reported_cards() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let deck = browser.begin("French history").await;
    app.generate().await;
    browser.sign_up("ada@example.org", PASSWORD).await;
    let learners = autodeck::db::operator::learners(&app.db, None, 10)
        .await
        .unwrap();
    assert_eq!(
        (
            learners.len(),
            learners[0].decks,
            learners[0].email.as_deref()
        ),
        (1, 1, Some("ada@example.org"))
    );

    let user = autodeck::db::users::find_by_email(&app.db, "ada@example.org")
        .await
        .unwrap()
        .expect("an account");
    let email = autodeck::domain::email::EmailAddress::parse("ada@example.org").unwrap();
    let link = app.accounts.make_reset_link(&user, &email).await.unwrap();
    assert!(app.browser().get(&link).await.has("Choose a new password"));

    let page = browser.get(&format!("/decks/{deck}/study")).await.text;
    let card = page
        .split_once("data-card=\"")
        .expect("a card")
        .1
        .split('"')
        .next()
        .expect("an end")
        .to_owned();
    browser
        .post(
            &format!("/cards/{card}/report"),
            &[("reason", "wrong"), ("note", "It was 1792.")],
        )
        .await;
    let queue = autodeck::db::operator::reported_cards(&app.db, 10)
        .await
        .unwrap();
    assert_eq!(
        (queue.len(), queue[0].objections, queue[0].is_quarantined),
        (1, 1, false)
    );
    assert_eq!(queue[0].words, ["wrong: It was 1792."]);
    let id = queue[0].pool_card_id;
    assert!(
        autodeck::db::operator::quarantine(&app.db, id, app.clock.now())
            .await
            .unwrap()
    );
    assert!(
        autodeck::db::operator::reported_cards(&app.db, 10)
            .await
            .unwrap()[0]
            .is_quarantined
    );
    assert!(
        autodeck::db::operator::dismiss_objections(&app.db, id)
            .await
            .unwrap()
    );
    assert!(
        autodeck::db::operator::reported_cards(&app.db, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_topic_that_the_model_declines_says_so_and_is_on_the_operators_list() {
    let app = TestApp::start().await;
    let refusal =
        "data: {\"choices\":[{\"delta\":{\"refusal\":\"I cannot\"}}]}\n\ndata: [DONE]\n\n";
    app.model
        .answer_next(Reply::of([Frame::Raw(refusal.into())]));
    let browser = app.browser();
    let deck = browser.begin("Opening other people’s safes").await;
    app.generate().await;
    let page = browser.get(&format!("/decks/{deck}/study")).await;
    for words in [
        "The model declined this topic",
        "The model declined to write about this topic. Try other words for it, or another topic.",
        "Another topic",
    ] {
        assert!(page.has(words), "{words}: {}", page.text);
    }
    assert!(!page.has("The model is not answering"));
    let declined = autodeck::db::operator::declined_topics(&app.db, 10)
        .await
        .unwrap();
    let lines: Vec<_> = declined
        .iter()
        .map(|topic| (topic.topic.as_str(), topic.times))
        .collect();
    assert_eq!(lines, [("Opening other people’s safes", 1)]);
    // A model that cannot be reached has declined nothing.
    app.model
        .answer_next(Reply::status(401, &serde_json::json!({})));
    let other = browser.begin("Knots").await;
    app.generate().await;
    let page = browser.get(&format!("/decks/{other}/study")).await;
    assert!(page.has("The model is not answering"), "{}", page.text);
    let declined = autodeck::db::operator::declined_topics(&app.db, 10)
        .await
        .unwrap();
    assert_eq!(declined.len(), 1);
}

#[tokio::test]
async fn privacy_and_terms_say_what_is_kept_and_who_gets_the_topic() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = browser.get("/privacy").await;
    assert_eq!(page.status, StatusCode::OK);
    for words in ["test", "same topic", "Delete everything"] {
        assert!(page.has(words), "{words}: {}", page.text);
    }
    assert_eq!(browser.get("/terms").await.status, StatusCode::OK);
}
