//! A deck in memory, so that the study script can be tried without a database: it refuses, forgets and repeats as a server may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use autodeck::web::pages::study::{DeskFragment, StudyPage};
use autodeck::web::pages::views::*;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use uuid::Uuid;

/// Cards still to answer, and the reviews that were counted.
#[derive(Default)]
struct Desk {
    queue: Vec<Uuid>,
    log: Vec<Value>,
    revisions: HashMap<Uuid, i64>,
}

impl Desk {
    /// Each change of a card raises its revision.
    fn revise(&mut self, card: Uuid) -> i64 {
        let revision = self.revisions.entry(card).or_default();
        *revision += 1;
        *revision
    }
}

type Shared = Arc<Mutex<Desk>>;

/// `/play/study` starts the deck anew; below it are the calls of the script.
pub fn routes() -> Router {
    Router::new()
        .route("/play/study", get(start))
        .route("/play/study/ahead", get(ahead))
        .route("/play/log", get(log))
        .route("/api/v1/play/ready", get(ready))
        .route("/api/v1/play/next", get(next))
        .route("/api/v1/cards/{id}/reviews", post(review))
        .route("/api/v1/cards/{id}/undo", post(undo))
        .with_state(Shared::default())
}

fn view(desk: &Desk) -> DeskView {
    let cards: Vec<CardView> = desk
        .queue
        .iter()
        .take(4)
        .map(|id| CardView {
            revision: desk.revisions.get(id).copied().unwrap_or(0),
            ..super::card_of(*id)
        })
        .collect();
    let notice = cards.is_empty().then(|| NoticeView {
        reason: "done".into(),
        title: "Done for now".into(),
        ..NoticeView::default()
    });
    let ready = desk.queue.len() as u32;
    DeskView {
        base: "/play".into(),
        cards,
        notice,
        ready,
        has_undo: false,
        pencil: format!("{ready} cards ready"),
        ..super::desk()
    }
}

async fn start(State(shared): State<Shared>) -> StudyPage {
    let mut desk = shared.lock().expect("no panic holds it");
    if desk.queue.is_empty() {
        *desk = Desk {
            queue: (1..=6).map(Uuid::from_u128).collect(),
            ..Desk::default()
        };
    }
    StudyPage {
        shell: super::SHELL,
        deck_id: Some(Uuid::nil()),
        title: "Trying the script".into(),
        word: None,
        language: String::new(),
        desk: view(&desk),
    }
}

async fn ahead(State(shared): State<Shared>) -> DeskFragment {
    DeskFragment {
        shell: super::SHELL,
        desk: view(&shared.lock().expect("no panic holds it")),
        is_taken_away: false,
    }
}

async fn log(State(shared): State<Shared>) -> Json<Vec<Value>> {
    Json(shared.lock().expect("no panic holds it").log.clone())
}

async fn ready(State(shared): State<Shared>) -> Json<Value> {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    Json(
        json!({"ready": shared.lock().expect("no panic holds it").queue.len(), "generating": false, "reason": null, "detail": null}),
    )
}

async fn next() -> Json<Value> {
    Json(
        json!({"study": null, "reason": "done", "detail": "Done.", "retry_at": null, "counts": {"new": 0, "learning": 0, "due": 0}}),
    )
}

async fn review(
    State(shared): State<Shared>,
    Path(card): Path<Uuid>,
    Json(mut review): Json<Value>,
) -> Response {
    let mut desk = shared.lock().expect("no panic holds it");
    if !desk.log.iter().any(|known| known["id"] == review["id"]) {
        if !desk.queue.contains(&card) {
            return (StatusCode::CONFLICT, Json(json!({"code": "conflict"}))).into_response();
        }
        desk.queue.retain(|id| *id != card);
        review["card"] = json!(card);
        desk.log.push(review);
        desk.revise(card);
    }
    Json(json!({"card": {"id": card, "revision": desk.revisions[&card]}, "deck": {}}))
        .into_response()
}

async fn undo(State(shared): State<Shared>, Path(card): Path<Uuid>) -> Json<Value> {
    let mut desk = shared.lock().expect("no panic holds it");
    desk.log.retain(|review| review["card"] != json!(card));
    desk.queue.insert(0, card);
    let revision = desk.revise(card);
    Json(json!({"id": card, "revision": revision}))
}
