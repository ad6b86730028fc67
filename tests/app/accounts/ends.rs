//! What is taken out and what is deleted: all of it, whatever tables there are.

use std::io::Read;

use chrono::TimeDelta;
use reqwest::StatusCode;
use uuid::Uuid;

use super::PASSWORD;
use crate::browser::Browser;
use crate::support::{TestApp, Wanted};

/// A learner with something in every table: decks, answers, reports, a token, a card on the desk, wishes, a cram, reminders.
async fn busy_learner(app: &TestApp) -> Browser<'_> {
    let browser = app.browser();
    let deck = browser.begin("French history").await;
    app.generate().await;
    browser.sign_up("ada@example.org", PASSWORD).await;
    browser
        .post("/settings/tokens", &[("name", "clock"), ("scope", "read")])
        .await;
    let mut last = String::new();
    for _ in 0..3 {
        let page = browser
            .get(&format!("/decks/{deck}/study?show=answer"))
            .await
            .text;
        let field = |name: &str| {
            let rest = page
                .split_once(&format!("name=\"{name}\" value=\""))
                .unwrap_or_else(|| panic!("no {name}: {page}"))
                .1;
            rest.split('"').next().expect("a value").to_owned()
        };
        let card = page
            .split_once("data-card=\"")
            .expect("a card")
            .1
            .split('"')
            .next()
            .expect("an id")
            .to_owned();
        let answer = [
            ("review_id", field("review_id")),
            ("revision", field("revision")),
            ("rating", "good".to_owned()),
        ];
        let answer: Vec<(&str, &str)> = answer
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(
            browser
                .post(&format!("/cards/{card}/reviews"), &answer)
                .await
                .status,
            StatusCode::SEE_OTHER
        );
        // Before the report takes the card away.
        let cram = browser.post("/cram", &[("of", "all"), ("tag", "")]).await;
        assert_eq!(cram.status, StatusCode::SEE_OTHER, "{}", cram.text);
        app.advance(TimeDelta::seconds(5));
        browser
            .post(
                &format!("/cards/{card}/report"),
                &[("reason", "wrong"), ("note", "no")],
            )
            .await;
        last = card;
    }
    for (path, fields) in [
        (
            format!("/decks/{deck}/steer"),
            [("words", "kings"), ("wish", "more")],
        ),
        ("/reminders".into(), [("on", "true"), ("hour", "18")]),
        (
            format!("/cards/{last}/bury"),
            [("buried", "true"), ("back", "/decks")],
        ),
    ] {
        let done = browser.post(&path, &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{path}: {}", done.text);
    }
    // What only months of study, a sale or a plan's limit bring about.
    for statement in [
        "insert into rephrasings (user_id, card_id, state, run_after, ordered_at) values ($1, $1, 'queued', now(), now())",
        "insert into rephrasing_requests (user_id, request_id, card_id, cost_microusd, asked_at) values ($1, $1, $1, 1, now())",
        "insert into billing_customers (user_id, customer_id, run_after, created_at) values ($1, 'cus_ada', now(), now())",
        "insert into forfeited_cards (user_id, deck_id, cards, forfeited_at) values ($1, $1, 1, now())",
    ] {
        sqlx::query(statement)
            .bind(user_id(&browser).await)
            .execute(&app.db)
            .await
            .unwrap();
    }
    browser.get(&format!("/decks/{deck}/study")).await;
    browser
}

/// Every column of every table that may name a learner, from the catalogue.
async fn columns_of_learners(app: &TestApp) -> Vec<(String, String)> {
    let names = "select c.table_name::text, c.column_name::text from information_schema.columns c
                 join information_schema.tables t using (table_schema, table_name)
                 where table_schema = 'public' and table_type = 'BASE TABLE' and c.data_type = 'uuid'";
    sqlx::query_as(names).fetch_all(&app.db).await.unwrap()
}

async fn rows_naming(app: &TestApp, user_id: Uuid) -> Vec<(String, String, i64)> {
    let mut found = Vec::new();
    for (table, column) in columns_of_learners(app).await {
        let statement = format!("select count(*) from {table} where {column} = $1");
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .bind(user_id)
            .fetch_one(&app.db)
            .await
            .unwrap();
        if count > 0 {
            found.push((table, column, count));
        }
    }
    found
}

async fn user_id(browser: &Browser<'_>) -> Uuid {
    browser.me().await["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a UUID")
}

#[tokio::test]
async fn deleting_an_account_leaves_its_id_in_no_column_of_any_table() {
    let app = TestApp::start().await;
    let browser = busy_learner(&app).await;
    let id = user_id(&browser).await;
    let before = rows_naming(&app, id).await;
    let tables: Vec<&str> = before.iter().map(|(table, ..)| table.as_str()).collect();
    // From the catalogue: a table that is added later is filled above, or this fails.
    let of_learners = columns_of_learners(&app).await.into_iter();
    let of_learners = of_learners.filter(|(_, column)| column == "user_id");
    for table in of_learners
        .map(|(table, _)| table)
        .chain(["generation_jobs".into()])
    {
        assert!(
            tables.contains(&table.as_str()),
            "the learner has nothing in {table}: {before:?}"
        );
    }
    let refused = browser
        .post("/settings/delete", &[("current_password", "wrong")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = browser
        .post("/settings/delete", &[("current_password", PASSWORD)])
        .await;
    assert_eq!(done.location(), "/deleted", "{}", done.text);
    assert_eq!(rows_naming(&app, id).await, []);
    assert_eq!(browser.me().await["code"], "unauthorized");
    // What belongs to all stays, and its objections still count.
    let counts: (i64, i64) = sqlx::query_as(
        "select (select count(*) from pool_cards), (select count(*) from pool_card_objections)",
    )
    .fetch_one(&app.db)
    .await
    .unwrap();
    assert!(counts.0 >= 10 && counts.1 == 3, "{counts:?}");
    app.check_invariants().await;
}

#[tokio::test]
async fn a_guest_deletes_everything_by_confirming() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.begin("Knots").await;
    let id = user_id(&browser).await;
    assert!(
        !browser
            .get("/settings/delete")
            .await
            .has("current_password")
    );
    browser.post("/settings/delete", &[]).await;
    assert_eq!(rows_naming(&app, id).await, []);
}

#[tokio::test]
async fn the_archive_holds_every_row_of_the_learner_and_no_secret() {
    let app = TestApp::start().await;
    let browser = busy_learner(&app).await;
    let id = user_id(&browser).await;
    let other = app.browser();
    other.begin("Somebody else’s topic").await;
    let http = reqwest::Client::new();
    let session = format!(
        "autodeck_session={}",
        browser.cookie("autodeck_session").unwrap()
    );
    let answer = http
        .post(format!("{}/settings/export", app.address))
        .header("cookie", session)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let bytes = answer.bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all = String::new();
    for (table, _, count) in rows_naming(&app, id)
        .await
        .into_iter()
        // What a search made of the cards' texts is theirs once more.
        .filter(|(table, column, _)| column == "user_id" && table != "card_texts")
    {
        let mut text = String::new();
        archive
            .by_name(&format!("json/{table}.json"))
            .unwrap_or_else(|_| panic!("no {table}"))
            .read_to_string(&mut text)
            .unwrap();
        let rows: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(rows.len() as i64, count, "{table}");
        all += &text;
    }
    for secret in [
        "password_hash",
        "session_hash",
        "token_hash",
        "link_hash",
        "stop_token",
        "search_text",
        "$argon2id$",
        "Somebody else",
    ] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(
        all.contains("\"stability\"")
            && all.contains("\"rating\"")
            && all.contains("French history")
    );
    let mut reviews = String::new();
    archive
        .by_name("csv/reviews.csv")
        .unwrap()
        .read_to_string(&mut reviews)
        .unwrap();
    assert_eq!(
        reviews.lines().count(),
        4,
        "a header and three answers: {reviews}"
    );
}

#[tokio::test]
async fn where_billing_is_on_a_guest_who_stays_away_for_60_days_is_removed_and_was_told() {
    let app = TestApp::start_with(Wanted {
        removes_idle_guests: true,
        ..Wanted::default()
    })
    .await;
    let (guest, regular, account) = (app.browser(), app.browser(), app.browser());
    guest.begin("Knots").await;
    regular.begin("Trees").await;
    account.sign_up("ada@example.org", PASSWORD).await;
    let (gone, stays, kept) = (
        user_id(&guest).await,
        user_id(&regular).await,
        user_id(&account).await,
    );
    for path in ["/settings", "/decks"] {
        let page = guest.get(path).await;
        assert!(
            page.has("60 days") && page.has("2026-05-01"),
            "{path}: {}",
            page.text
        );
        assert!(!account.get(path).await.has("60 days"), "{path}");
    }
    app.advance(TimeDelta::days(59));
    regular.get("/decks").await;
    app.accounts.sweep().await.unwrap();
    assert!(
        !rows_naming(&app, gone).await.is_empty(),
        "not before its time"
    );
    app.advance(TimeDelta::days(2));
    app.accounts.sweep().await.unwrap();
    assert_eq!(rows_naming(&app, gone).await, []);
    assert!(!rows_naming(&app, stays).await.is_empty());
    assert!(!rows_naming(&app, kept).await.is_empty());
}

#[tokio::test]
async fn a_self_hosted_guest_is_never_removed_nor_told_so() {
    let app = TestApp::start().await;
    let guest = app.browser();
    guest.begin("Knots").await;
    let id = user_id(&guest).await;
    assert!(!guest.get("/decks").await.has("60 days"));
    app.advance(TimeDelta::days(399));
    app.accounts.sweep().await.unwrap();
    assert_eq!(user_id(&guest).await, id);
}
