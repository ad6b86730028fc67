//! Limits, over HTTP: per address, per account, and what a crawler can do.

use std::collections::BTreeSet;

use autodeck::web::limits::Limits;
use chrono::TimeDelta;
use reqwest::StatusCode;

use super::PASSWORD;
use crate::browser::Answer;
use crate::support::{TestApp, Wanted};

async fn app_with_limits(trusted_hops: usize, is_self_hosted: bool) -> TestApp {
    let limits = Limits {
        are_on: true,
        trusted_hops,
        is_self_hosted,
    };
    TestApp::start_with(Wanted {
        limits: Some(limits),
        ..Wanted::default()
    })
    .await
}

/// Sends a form again and again from `address`, until it is limited; how often it was not.
async fn until_limited(
    app: &TestApp,
    path: &str,
    address: &str,
    fields: impl Fn(usize) -> String,
) -> (usize, Answer) {
    for count in 0..400 {
        let form = app
            .http
            .post(format!("{}{path}", app.address))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-forwarded-for", address);
        let answer = app.browser().send(form.body(fields(count))).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return (count, answer);
        }
    }
    panic!("no limit at {path}");
}

fn seconds(answer: &Answer) -> i64 {
    answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn tries_to_sign_in_are_limited_by_account_and_by_address_with_a_sentence() {
    let app = app_with_limits(1, true).await;
    let same = |_| "email=ada@example.org&password=x".to_owned();
    let (count, answer) = until_limited(&app, "/sign-in", "1.1.1.1", same).await;
    assert_eq!(count, 10);
    assert!(
        answer.has("Too many requests") && answer.has("Wait "),
        "{}",
        answer.text
    );
    // Another address meets the account's limit too; another account is free.
    assert_eq!(until_limited(&app, "/sign-in", "2.2.2.2", same).await.0, 0);
    let others = |count| format!("email=user{count}@example.org&password=x");
    assert_eq!(
        until_limited(&app, "/sign-in", "1.1.1.1", others).await.0,
        20 - 1 + 1 - 1,
        "30 from one address, 11 were tried"
    );
    // As long as we say, and no longer.
    app.advance(TimeDelta::seconds(seconds(&answer)));
    assert_eq!(until_limited(&app, "/sign-in", "3.3.3.3", same).await.0, 1);
}

#[tokio::test]
async fn sign_ups_mails_guests_and_topics_are_limited() {
    let app = app_with_limits(1, true).await;
    let sign_up = |count| {
        format!(
            "email=user{count}@example.org&password={}",
            PASSWORD.replace(' ', "+")
        )
    };
    assert_eq!(
        until_limited(&app, "/sign-up", "1.1.1.1", sign_up).await.0,
        10
    );
    assert_eq!(
        until_limited(&app, "/forgot", "1.1.1.1", |_| "email=ada@example.org"
            .into())
        .await
        .0,
        3
    );
    assert_eq!(
        until_limited(&app, "/decks", "1.1.1.1", |count| format!(
            "topic=Knots+{count}"
        ))
        .await
        .0,
        60
    );
    let browser = app.browser();
    let mut topics = 0;
    while topics < 400 {
        let answer = browser
            .post("/decks", &[("topic", &format!("Trees {topics}"))])
            .await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        topics += 1;
    }
    assert_eq!(topics, 60, "of one learner");
}

#[tokio::test]
async fn the_api_says_too_many_in_its_own_words() {
    let app = app_with_limits(1, true).await;
    for count in 0..=60 {
        let request = app
            .http
            .post(app.url("/guests"))
            .header("x-forwarded-for", "1.1.1.1")
            .json(&serde_json::json!({}));
        let answer = request.send().await.unwrap();
        if count < 60 {
            assert_eq!(answer.status(), StatusCode::CREATED);
        } else {
            assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
            assert!(answer.headers().contains_key("retry-after"));
            let problem: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], "rate_limited", "{problem}");
        }
    }
}

#[tokio::test]
async fn a_header_that_no_trusted_proxy_wrote_changes_nothing() {
    let app = app_with_limits(0, false).await;
    let mut made = 0;
    for count in 0..100 {
        let request = app
            .http
            .post(app.url("/guests"))
            .header("x-forwarded-for", format!("1.1.1.{count}"))
            .json(&serde_json::json!({}));
        made += usize::from(request.send().await.unwrap().status() == StatusCode::CREATED);
    }
    assert_eq!(made, 60);
}

#[tokio::test]
async fn at_home_guests_and_topics_are_free_and_passwords_are_not() {
    let app = app_with_limits(0, true).await;
    for _ in 0..100 {
        app.guest().await;
    }
    let browser = app.browser();
    for _ in 0..10 {
        browser.sign_in("ada@example.org", "x").await;
    }
    assert_eq!(
        browser.sign_in("ada@example.org", "x").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn limits_hold_across_processes() {
    let app = app_with_limits(0, true).await;
    for _ in 0..10 {
        app.browser().sign_in("ada@example.org", "x").await;
    }
    let beside = TestApp::beside_with_limits(&app).await;
    assert_eq!(
        beside
            .browser()
            .sign_in("ada@example.org", "x")
            .await
            .status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn a_crawler_that_follows_every_link_makes_no_guest_no_topic_and_no_order() {
    let app = app_with_limits(0, true).await;
    let browser = app.browser();
    let (mut seen, mut waiting) = (BTreeSet::new(), vec!["/".to_owned()]);
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = browser.get(&path).await;
        assert!(!answer.status.is_server_error(), "{path}");
        let links = ["href=\"", "action=\"", "src=\""]
            .into_iter()
            .flat_map(|mark| answer.text.split(mark).skip(1));
        let links = links.filter_map(|rest| rest.split('"').next());
        waiting.extend(
            links
                .filter(|link| link.starts_with('/'))
                .map(ToOwned::to_owned),
        );
        waiting.extend(
            Some(answer.location())
                .filter(|path| path.starts_with('/'))
                .map(ToOwned::to_owned),
        );
    }
    assert!(
        seen.len() > 8 && seen.contains("/sign-in") && seen.contains("/decks"),
        "{seen:?}"
    );
    for table in [
        "users",
        "sessions",
        "topics",
        "decks",
        "generation_jobs",
        "limits",
        "mail_links",
    ] {
        let count: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
                .fetch_one(&app.db)
                .await
                .unwrap();
        assert_eq!(count, 0, "{table}");
    }
}

#[tokio::test]
async fn a_link_that_opens_nothing_costs_no_hash_and_tries_are_limited() {
    let app = app_with_limits(1, true).await;
    let tries = |count| {
        format!(
            "token=nothing{count}&password={}",
            PASSWORD.replace(' ', "+")
        )
    };
    let (count, answer) = until_limited(&app, "/links/reset", "1.1.1.1", tries).await;
    assert_eq!(count, 30);
    assert!(answer.has("Too many requests"), "{}", answer.text);
}

#[tokio::test]
async fn other_wordings_and_archives_are_limited_and_their_cost_is_not_forgotten() {
    let app = app_with_limits(1, false).await;
    let browser = app.browser();
    let deck = browser.begin("Knots").await;
    app.generate().await;
    let next = browser.get(&format!("/api/v1/decks/{deck}/next")).await;
    let next: serde_json::Value = serde_json::from_str(&next.text).unwrap();
    let card = next["study"]["card"]["id"].as_str().unwrap().to_owned();
    let path = format!("/cards/{card}/rephrase");
    let mut asked = 0;
    let limited = loop {
        let answer = browser.post(&path, &[("act", "ask")]).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        asked += 1;
        assert!(asked < 100, "no limit");
        app.generate().await;
        browser.post(&path, &[("act", "refuse")]).await;
    };
    assert_eq!(asked, 30);
    assert!(limited.has("Too many requests"), "{}", limited.text);
    let (kept, requests): (i64, i64) = sqlx::query_as(
        "select (select count(*) from rephrasings), (select count(*) from rephrasing_requests)",
    )
    .fetch_one(&app.db)
    .await
    .unwrap();
    assert_eq!(kept, 0, "the last was refused");
    assert!(
        requests >= 30,
        "each request to the model is on the bill: {requests}"
    );
    let mut archives = 0;
    while browser.post("/settings/export", &[]).await.status == StatusCode::OK {
        archives += 1;
        assert!(archives < 100, "no limit");
    }
    assert_eq!(archives, 5);
}
