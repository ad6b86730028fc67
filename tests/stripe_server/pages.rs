//! The pages that Stripe shows to people, as plain forms, and a panel for tests in a browser.

use axum::Router;
use axum::extract::{Form, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::{SharedState, State, lock};

pub fn router() -> Router<SharedState> {
    Router::new()
        .route("/pay/{id}", get(show_payment).post(pay))
        .route("/portal/{id}", get(show_portal).post(change))
        .route("/panel", get(show_panel))
        .route("/panel/deliver", post(deliver))
        .route("/panel/advance", post(advance))
        .route("/panel/events", post(take_events))
}

async fn show_payment(Path(id): Path<String>) -> Html<String> {
    Html(format!(
        "<!doctype html><title>Pay</title><h1>Stand-in for Stripe</h1>\
         <form method=post action=/pay/{id}><button>Pay</button></form>"
    ))
}

async fn pay(Shared(state): Shared<SharedState>, Path(id): Path<String>) -> Response {
    match lock(&state).pay(&id) {
        Some(url) => Redirect::to(&url).into_response(),
        None => (StatusCode::GONE, "This page is open no longer.").into_response(),
    }
}

async fn show_portal(Path(id): Path<String>) -> Html<String> {
    let button = |what: &str, label: &str| {
        format!(
            "<form method=post action=/portal/{id}><button name=what value={what}>{label}</button></form>"
        )
    };
    Html(format!(
        "<!doctype html><title>Portal</title><h1>Stand-in for Stripe</h1>{}{}{}",
        button("cancel", "Cancel plan"),
        button("resume", "Renew plan"),
        button("back", "Return"),
    ))
}

#[derive(Deserialize)]
struct Change {
    what: String,
}

async fn change(
    Shared(state): Shared<SharedState>,
    Path(id): Path<String>,
    Form(change): Form<Change>,
) -> Response {
    let mut state = lock(&state);
    let Some(portal) = state
        .portals
        .iter()
        .find(|one| one["id"] == id.as_str())
        .cloned()
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let live = state
        .subscriptions
        .iter()
        .find(|one| one["customer"] == portal["customer"] && one["status"] != "canceled")
        .and_then(|one| one["id"].as_str().map(str::to_owned));
    match (change.what.as_str(), live) {
        ("cancel", Some(live)) => drop(state.set_ends(&live, true)),
        ("resume", Some(live)) => drop(state.set_ends(&live, false)),
        _ => {}
    }
    Redirect::to(portal["return_url"].as_str().unwrap_or("/")).into_response()
}

#[derive(Deserialize)]
struct Advance {
    days: i64,
}

async fn advance(Shared(state): Shared<SharedState>, Form(advance): Form<Advance>) -> StatusCode {
    lock(&state).advance_days(advance.days);
    StatusCode::NO_CONTENT
}

/// The events that nobody was told of yet, each with its signature, for whoever delivers them.
async fn take_events(Shared(state): Shared<SharedState>) -> axum::Json<Vec<(String, String)>> {
    axum::Json(signed(&mut lock(&state)))
}

fn signed(state: &mut State) -> Vec<(String, String)> {
    let events = std::mem::take(&mut state.events);
    let signed = events.iter().map(|event| {
        let body = event.to_string();
        let signature = state.signature(&body);
        (body, signature)
    });
    signed.collect()
}

/// For people: how long to wait, and what becomes of the events that nobody was told of yet.
async fn show_panel(Shared(state): Shared<SharedState>) -> Html<String> {
    let waiting = lock(&state).events.len();
    let ways = [
        "in order",
        "backwards",
        "twice each",
        "every other one",
        "not at all",
    ];
    let buttons: String = ways
        .iter()
        .map(|how| format!("<button name=how value='{how}'>{how}</button> "))
        .collect();
    Html(format!(
        "<!doctype html><title>Panel</title><h1>Stand-in for Stripe</h1>\
         <form method=post action=/panel/advance><input name=days value=31> <button>days pass</button></form>\
         <p>{waiting} events wait; delayed is what is not delivered yet.</p>\
         <form method=post action=/panel/deliver><input name=to size=50 value=http://localhost:3000/billing/webhook> \
         {buttons}</form>"
    ))
}

#[derive(Deserialize)]
struct Delivery {
    to: String,
    how: String,
}

/// Delivers what waits, as it is wished; answers with the statuses that came back.
async fn deliver(
    Shared(state): Shared<SharedState>,
    Form(delivery): Form<Delivery>,
) -> axum::Json<Vec<u16>> {
    let mut events = signed(&mut lock(&state));
    match delivery.how.as_str() {
        "backwards" => events.reverse(),
        "twice each" => {
            events = events
                .iter()
                .flat_map(|one| [one.clone(), one.clone()])
                .collect()
        }
        "every other one" => events = events.into_iter().step_by(2).collect(),
        "not at all" => events.clear(),
        _ => {}
    }
    let http = reqwest::Client::new();
    let mut statuses = Vec::new();
    for (body, signature) in events {
        let request = http
            .post(&delivery.to)
            .header("stripe-signature", signature);
        let sent = request.body(body).send().await;
        statuses.push(sent.map_or(0, |answer| answer.status().as_u16()));
    }
    axum::Json(statuses)
}
