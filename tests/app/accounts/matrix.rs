//! R10: every route × nobody, another learner, the owner, an expired session, another site. The routes come from the
//! router itself, so that one that is added without a row here fails.
// long: a row for every route, and the one walk over them.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};

use super::PASSWORD;
use crate::billing::selling;
use crate::browser::Browser;
use crate::support::TestApp;

/// Who gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Everybody; a page or answer without anybody's data.
    All,
    /// A learner, on what is theirs by itself: 401 for nobody.
    Learner,
    /// As `Learner`, but only in a browser: a token is nobody here.
    Browser,
    /// The owner of what the path names: 404 for another learner.
    Owner,
    /// As `Owner`, and only in a browser.
    BrowserOwner,
}

use For::{All, BrowserOwner, Learner, Owner};

/// A route, who gets in, and what is sent: JSON under /api, else form fields.
type Row = (&'static str, &'static str, For, &'static str);

const ROWS: &[Row] = &[
    ("GET", "/", All, ""),
    ("GET", "/assets/{version}/{*name}", All, ""),
    ("GET", "/healthz", All, ""),
    ("GET", "/readyz", All, ""),
    ("GET", "/metrics", All, ""),
    ("GET", "/privacy", All, ""),
    ("GET", "/pricing", All, ""),
    ("GET", "/plan", Learner, ""),
    ("POST", "/plan/buy", All, "plan=plus&interval=month"),
    ("GET", "/plan/bought", Learner, ""),
    ("GET", "/plan/changed", Learner, ""),
    ("POST", "/plan/portal", Learner, ""),
    ("GET", "/plan/cancel", Learner, ""),
    ("POST", "/plan/cancel", Learner, ""),
    ("POST", "/plan/keep", Learner, ""),
    ("POST", "/billing/webhook", All, "{}"),
    ("GET", "/model", All, ""),
    ("POST", "/model/pull", All, ""),
    ("GET", "/terms", All, ""),
    ("GET", "/sign-up", All, ""),
    ("POST", "/sign-up", All, "email=x&password=y"),
    ("GET", "/sign-in", All, ""),
    ("POST", "/sign-in", All, "email=x&password=y"),
    ("GET", "/signed-out", All, ""),
    ("GET", "/deleted", All, ""),
    ("GET", "/forgot", All, ""),
    ("POST", "/forgot", All, "email=nobody@example.org"),
    ("GET", "/forgot/done", All, ""),
    ("GET", "/links/verify", All, ""),
    ("POST", "/links/verify", All, "token=x"),
    ("GET", "/links/sign-in", All, ""),
    ("POST", "/links/sign-in", All, "token=x"),
    ("GET", "/links/reset", All, ""),
    ("POST", "/links/reset", All, "token=x&password=a+quiet+desk"),
    ("POST", "/sign-out", For::Browser, ""),
    ("POST", "/sign-out/everywhere", For::Browser, ""),
    ("GET", "/settings", For::Browser, ""),
    (
        "POST",
        "/settings",
        For::Browser,
        "buttons=3&retention_percent=90&time_zone=UTC&rollover_hour=4&theme=light",
    ),
    ("GET", "/settings/email", For::Browser, ""),
    (
        "POST",
        "/settings/email",
        For::Browser,
        "email=new@example.org&current_password=x",
    ),
    ("POST", "/settings/verify", For::Browser, ""),
    ("GET", "/settings/password", For::Browser, ""),
    (
        "POST",
        "/settings/password",
        For::Browser,
        "password=another+quiet+desk&current_password=x",
    ),
    ("POST", "/settings/sessions/{id}/end", BrowserOwner, ""),
    ("POST", "/settings/tokens", For::Browser, "name=clock"),
    ("POST", "/settings/tokens/{id}/revoke", BrowserOwner, ""),
    ("POST", "/settings/export", For::Browser, ""),
    ("GET", "/settings/delete", For::Browser, ""),
    (
        "POST",
        "/settings/delete",
        For::Browser,
        "current_password=x",
    ),
    ("GET", "/decks", Learner, ""),
    ("POST", "/decks", All, "topic=Knots"),
    ("GET", "/study", Learner, ""),
    ("GET", "/study/ahead", Learner, ""),
    ("GET", "/decks/{id}/study", Owner, ""),
    ("GET", "/decks/{id}/study/ahead", Owner, ""),
    ("POST", "/decks/{id}/level", Owner, "level=4"),
    ("POST", "/decks/{id}/retry", Owner, ""),
    ("GET", "/decks/{id}/settings", Owner, ""),
    ("POST", "/decks/{id}/settings", Owner, "title=New&level=4"),
    ("GET", "/decks/{id}/delete", Owner, ""),
    ("POST", "/decks/{id}/delete", Owner, ""),
    ("GET", "/decks/{id}/cards", Owner, ""),
    ("POST", "/decks/{id}/cards", Owner, "question=q&answer=a"),
    ("GET", "/decks/{id}/cards/new", Owner, ""),
    (
        "POST",
        "/cards/{id}/reviews",
        Owner,
        "review_id=0199c1e2-77aa-7000-8000-000000000001&revision=1&rating=good",
    ),
    ("POST", "/cards/{id}/undo", Owner, ""),
    ("GET", "/cards/{id}/edit", Owner, ""),
    ("POST", "/cards/{id}/edit", Owner, "question=q&answer=a"),
    ("POST", "/cards/{id}/suspend", Owner, "suspended=true"),
    ("POST", "/cards/{id}/flag", Owner, "flagged=true"),
    ("GET", "/cards/{id}/delete", Owner, ""),
    ("POST", "/cards/{id}/delete", Owner, ""),
    ("GET", "/cards/{id}/report", Owner, ""),
    ("POST", "/cards/{id}/report", Owner, "reason=wrong"),
    ("GET", "/manifest.webmanifest", All, ""),
    ("GET", "/offline", All, ""),
    ("GET", "/robots.txt", All, ""),
    ("GET", "/sitemap.xml", All, ""),
    ("GET", "/worker.js", All, ""),
    ("GET", "/cards", Learner, ""),
    ("POST", "/cards/bulk", Learner, "action=flag"),
    ("POST", "/cards/bulk/undo", Learner, ""),
    ("GET", "/cards/{id}", Owner, ""),
    ("POST", "/cards/{id}/bury", Owner, ""),
    ("POST", "/cards/{id}/due", Owner, "due=2027-01-01"),
    ("POST", "/cards/{id}/keep", Owner, ""),
    ("POST", "/cards/{id}/rephrase", Owner, ""),
    ("POST", "/cards/{id}/reset", Owner, ""),
    ("GET", "/cram", Learner, ""),
    ("POST", "/cram", Learner, ""),
    ("GET", "/cram/now", Learner, ""),
    ("POST", "/cram/now", Learner, ""),
    ("POST", "/undo", Learner, ""),
    ("GET", "/decks/{id}/prompt", Owner, ""),
    ("GET", "/decks/{id}/prompt.txt", Owner, ""),
    ("POST", "/decks/{id}/steer", Owner, "words=kings&wish=more"),
    ("GET", "/decks/{id}/stats", Owner, ""),
    ("GET", "/stats", Learner, ""),
    ("GET", "/reminders", Learner, ""),
    ("POST", "/reminders", Learner, "hour=7"),
    ("GET", "/reminders/stop/{token}", All, ""),
    ("POST", "/reminders/stop/{token}", All, ""),
    ("GET", "/api/v1/cram", Learner, ""),
    ("GET", "/api/v1/stats", Learner, ""),
    ("POST", "/api/v1/undo", Learner, ""),
    // An action that is not one's own is one that is not there: nothing to undo, as for the owner of none.
    ("POST", "/api/v1/actions/{id}/undo", Learner, ""),
    (
        "POST",
        "/api/v1/cards/{id}/rephrase",
        Owner,
        r#"{"act":"refuse"}"#,
    ),
    ("POST", "/api/v1/cards/{id}/reset", Owner, ""),
    ("GET", "/api/v1/decks/{id}/forecast", Owner, ""),
    ("GET", "/api/v1/decks/{id}/steers", Owner, ""),
    (
        "POST",
        "/api/v1/decks/{id}/steers",
        Owner,
        r#"{"words":"kings","wish":"more"}"#,
    ),
    ("GET", "/api/v1/decks/{id}/study-prompt", Owner, ""),
    ("GET", "/api/v1/openapi.json", All, ""),
    ("POST", "/api/v1/guests", All, "{}"),
    ("GET", "/api/v1/me", Learner, ""),
    ("PATCH", "/api/v1/me", Learner, "{}"),
    ("GET", "/api/v1/decks", Learner, ""),
    ("POST", "/api/v1/decks", Learner, r#"{"topic":"Knots"}"#),
    ("GET", "/api/v1/due", Learner, ""),
    ("GET", "/api/v1/next", Learner, ""),
    ("GET", "/api/v1/decks/{id}", Owner, ""),
    ("PATCH", "/api/v1/decks/{id}", Owner, r#"{"title":"New"}"#),
    ("DELETE", "/api/v1/decks/{id}", Owner, ""),
    ("POST", "/api/v1/decks/{id}/retry", Owner, ""),
    ("GET", "/api/v1/decks/{id}/next", Owner, ""),
    ("GET", "/api/v1/decks/{id}/ahead", Owner, ""),
    ("GET", "/api/v1/decks/{id}/ready", Owner, ""),
    ("GET", "/api/v1/decks/{id}/cards", Owner, ""),
    (
        "POST",
        "/api/v1/decks/{id}/cards",
        Owner,
        r#"{"question":"q","answer":"a"}"#,
    ),
    ("GET", "/api/v1/cards/{id}", Owner, ""),
    ("PATCH", "/api/v1/cards/{id}", Owner, r#"{"flagged":true}"#),
    ("DELETE", "/api/v1/cards/{id}", Owner, ""),
    (
        "POST",
        "/api/v1/cards/{id}/reviews",
        Owner,
        r#"{"id":"0199c1e2-77aa-7000-8000-000000000001","rating":"good"}"#,
    ),
    ("POST", "/api/v1/cards/{id}/undo", Owner, ""),
    (
        "POST",
        "/api/v1/cards/{id}/report",
        Owner,
        r#"{"reason":"wrong"}"#,
    ),
];

/// Methods and paths of a router, from its own description: the methods stand in each route's `Allow`.
fn routes(description: &str) -> Vec<(String, String)> {
    // What no route matches follows with numbers of its own.
    let description = description
        .split("fallback_router")
        .next()
        .unwrap_or_default();
    let mut methods = BTreeMap::new();
    for piece in description.split("RouteId(").skip(1) {
        let (id, rest) = piece.split_once(')').expect("a number");
        if let Some((_, allow)) = rest.split_once("allow_header: Bytes(b\"")
            && rest.starts_with(": MethodRouter(")
        {
            methods.insert(
                id.to_owned(),
                allow.split('"').next().expect("an end").to_owned(),
            );
        }
    }
    let (_, paths) = description
        .split_once("paths: {")
        .expect("the list of paths");
    let mut found = Vec::new();
    for piece in paths.split("RouteId(").skip(1) {
        let (id, rest) = piece.split_once(')').expect("a number");
        let Some(path) = rest
            .strip_prefix(": \"")
            .and_then(|rest| rest.split('"').next())
        else {
            continue;
        };
        // What no route matches is axum's own.
        if path.contains("__private__") {
            continue;
        }
        let allowed = methods
            .get(id)
            .unwrap_or_else(|| panic!("no methods of {path}"));
        let named = allowed.split(',').filter(|method| *method != "HEAD");
        found.extend(named.map(|method| (method.to_owned(), path.to_owned())));
    }
    found.sort();
    found.dedup();
    found
}

/// A learner with one of each thing that a path may name.
struct Person<'a> {
    browser: Browser<'a>,
    deck: String,
    card: String,
    session: String,
    token: String,
}

impl<'a> Person<'a> {
    async fn new(app: &'a TestApp, email: &str) -> Person<'a> {
        let browser = app.browser();
        let deck = browser.begin("French history").await;
        app.generate().await;
        browser.sign_up(email, PASSWORD).await;
        let next = browser
            .get(&format!("/api/v1/decks/{deck}/next"))
            .await
            .text;
        let next: serde_json::Value = serde_json::from_str(&next).expect("JSON");
        let card = next["study"]["card"]["id"]
            .as_str()
            .expect("a card")
            .to_owned();
        browser
            .post("/settings/tokens", &[("name", "clock"), ("scope", "write")])
            .await;
        let page = browser.get("/settings").await.text;
        let after = |mark: &str| {
            let rest = page
                .split_once(mark)
                .unwrap_or_else(|| panic!("no {mark}: {page}"))
                .1;
            rest.split('/').next().expect("an id").to_owned()
        };
        Person {
            session: after("/settings/sessions/"),
            token: after("/settings/tokens/"),
            browser,
            deck,
            card,
        }
    }

    /// The path with this person's things in it.
    fn path(&self, path: &str) -> String {
        let id = match path.trim_start_matches("/api/v1").split('/').nth(1) {
            Some("decks") => &self.deck,
            Some("cards") => &self.card,
            _ if path.contains("/sessions/") => &self.session,
            _ => &self.token,
        };
        let asset = autodeck::web::pages::assets::path("css/autodeck.css");
        let version = asset.split('/').nth(2).expect("a version").to_owned();
        path.replace("{id}", id)
            .replace("{version}", &version)
            .replace("{*name}", "css/autodeck.css")
    }
}

/// Asks as `browser`, with more headers.
async fn ask(browser: &Browser<'_>, row: &Row, path: &str, headers: &[(&str, &str)]) -> StatusCode {
    let (method, route, _, body) = *row;
    let url = format!("{}{path}", browser.app.address);
    // Redirects are the answer: nothing is followed.
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let mut request = http.request(method.parse::<Method>().expect("a method"), url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if method != "GET" {
        let kind = if route.starts_with("/api/") {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        request = request.header("content-type", kind).body(body);
    }
    browser.send(request).await.status
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    // Where plans are sold, their pages are there too.
    let (app, _stripe) = selling().await;
    let found = routes(&app.routes);
    assert!(
        found.len() > 80,
        "the router describes itself otherwise than this reads it: {found:?}"
    );
    let rows: Vec<(String, String)> = ROWS
        .iter()
        .map(|(method, path, ..)| ((*method).into(), (*path).into()))
        .collect();
    let unknown: Vec<_> = found.iter().filter(|route| !rows.contains(route)).collect();
    assert!(unknown.is_empty(), "say in ROWS who gets in: {unknown:#?}");
    let gone: Vec<_> = rows.iter().filter(|route| !found.contains(route)).collect();
    assert!(gone.is_empty(), "no such route any more: {gone:#?}");

    let other = Person::new(&app, "other@example.org").await;
    let mut surprises = Vec::new();
    let mut asked = 0;
    let mut unspoilt = None;
    for (number, row) in ROWS.iter().enumerate() {
        let (method, route, access, _) = *row;
        // What was only read is as it was.
        let owner = match unspoilt.take() {
            Some(owner) => owner,
            None => Person::new(&app, &format!("owner{number}@example.org")).await,
        };
        other.browser.sign_in("other@example.org", PASSWORD).await;
        let path = owner.path(route);
        let is_guarded = access != All;
        let is_read = method == "GET";
        let nobody = ask(&app.browser(), row, &path, &[]).await;
        let bearer = format!("Bearer {}", app.guest().await.token);
        let token = ask(&app.browser(), row, &path, &[("authorization", &bearer)]).await;
        let stranger = ask(&other.browser, row, &path, &[]).await;
        let cross = ask(
            &owner.browser,
            row,
            &path,
            &[
                ("origin", "https://evil.example"),
                ("sec-fetch-site", "cross-site"),
            ],
        )
        .await;
        let expired = app.browser();
        expired.set_cookie(
            "autodeck_session",
            &owner.browser.cookie("autodeck_session").expect("a session"),
        );
        let session: uuid::Uuid = owner.session.parse().expect("a UUID");
        let hold = |until: &'static str| {
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "update sessions set expires_at = {until} where session_id = $1"
            )))
            .bind(session)
        };
        hold("'2020-01-01'").execute(&app.db).await.expect("a row");
        let expired = ask(&expired, row, &path, &[]).await;
        hold("'2099-01-01'").execute(&app.db).await.expect("a row");
        let own = ask(&owner.browser, row, &path, &[]).await;
        asked += 6;

        let lets_in =
            |status: StatusCode| !matches!(status.as_u16(), 401 | 403 | 404 | 405 | 500..);
        let is_browser = matches!(access, For::Browser | BrowserOwner);
        let names_things = matches!(access, Owner | BrowserOwner);
        // A link that is nobody's is told so to everybody.
        let is_empty_link = is_read && route.starts_with("/links/");
        // Stripe's own server calls it, and the signature guards it: an unsigned call is refused from everywhere.
        let is_signed = route == "/billing/webhook";
        let mut expect = |who: &str, status: StatusCode, is_right: bool| {
            if !is_right {
                surprises.push(format!("{method} {route} for {who}: {status}"));
            }
        };
        expect(
            "nobody",
            nobody,
            if is_guarded {
                nobody == 401
            } else {
                lets_in(nobody) || is_empty_link
            },
        );
        expect(
            "an expired session",
            expired,
            if is_guarded {
                expired == 401
            } else {
                lets_in(expired) || is_empty_link
            },
        );
        expect(
            "another learner",
            stranger,
            if names_things {
                stranger == 404
            } else {
                lets_in(stranger) || is_empty_link
            },
        );
        expect(
            "another learner's token",
            token,
            match access {
                _ if is_browser => token == 401,
                Owner => token == 404,
                _ => lets_in(token) || is_empty_link,
            },
        );
        expect(
            "another site",
            cross,
            if is_read {
                lets_in(cross) || is_empty_link
            } else if is_signed {
                cross == 400
            } else {
                cross == 403
            },
        );
        expect("the owner", own, lets_in(own) || is_empty_link);
        if is_read {
            unspoilt = Some(owner);
        }
    }
    println!(
        "{} routes, {asked} requests, {} surprises",
        ROWS.len(),
        surprises.len()
    );
    assert!(surprises.is_empty(), "{surprises:#?}");
    app.check_invariants().await;
}
