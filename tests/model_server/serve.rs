//! The server itself: routes, and bodies that keep to their times.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::stream::unfold;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::wire::{Act, Format, Step, steps};
use super::{CardStamp, Received, Reply, Shared, counting};

/// Listens on the loopback address until `stop`.
pub async fn spawn(
    port: u16,
    shared: Arc<Shared>,
    stop: CancellationToken,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let app = Router::new()
        .route("/v1/chat/completions", post(chat_completions))
        .route("/v1/messages", post(messages))
        .route("/v1/models", get(models))
        .route("/v1/models/{*id}", get(model))
        .with_state(shared);
    tokio::spawn(async move {
        tokio::select! {
            served = axum::serve(listener, app) => served.expect("a listener that accepts"),
            () = stop.cancelled() => {}
        }
    });
    Ok(address)
}

async fn chat_completions(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    write(shared, Format::OpenAi, uri, headers, &body)
}

async fn messages(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    write(shared, Format::Anthropic, uri, headers, &body)
}

async fn models(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if !shared.admits(&headers) {
        return unauthorized();
    }
    let models: Vec<Value> = shared
        .script
        .models
        .iter()
        .map(|id| json!({"id": id, "object": "model"}))
        .collect();
    if models.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    axum::Json(json!({"object": "list", "data": models})).into_response()
}

async fn model(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    match shared.script.models.contains(&id) {
        _ if !shared.admits(&headers) => unauthorized(),
        true => axum::Json(json!({"type": "model", "id": id})).into_response(),
        false => (
            StatusCode::NOT_FOUND,
            axum::Json(json!({"error": {"type": "not_found_error"}})),
        )
            .into_response(),
    }
}

fn unauthorized() -> Response {
    let body = json!({"error": {"message": "Incorrect API key provided: sk-…", "code": "invalid_api_key"}});
    (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response()
}

fn write(
    shared: Arc<Shared>,
    format: Format,
    uri: Uri,
    headers: HeaderMap,
    body: &[u8],
) -> Response {
    let admitted = shared.admits(&headers);
    let at = Instant::now();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let user = user_message(&body);
    let request = {
        let mut requests = shared.requests.lock().unwrap();
        requests.push(Received {
            path: uri.path().to_owned(),
            headers,
            body,
            at,
        });
        requests.len() - 1
    };
    if !admitted {
        return unauthorized();
    }
    let reply = shared.reply(&user);
    let mut response = Response::builder().status(reply.status);
    if !reply
        .headers
        .iter()
        .any(|(name, _)| *name == "content-type")
    {
        response = response.header("content-type", "text/event-stream");
    }
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let playing = Playing {
        steps: steps(&reply, format),
        began: at,
        request,
        cards: 0,
        shared,
    };
    let chunks = unfold(playing, async |mut playing: Playing| {
        playing.next().await.map(|chunk| (chunk, playing))
    });
    response
        .body(Body::from_stream(chunks))
        .expect("valid headers")
}

fn user_message(body: &Value) -> String {
    let messages = body["messages"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let user = messages.iter().rfind(|message| message["role"] == "user");
    user.and_then(|message| message["content"].as_str())
        .unwrap_or_default()
        .to_owned()
}

impl Shared {
    fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(key) = &self.script.key else {
            return true;
        };
        let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        sent("x-api-key") == Some(key)
            || sent("authorization").and_then(|value| value.strip_prefix("Bearer ")) == Some(key)
    }

    /// The next reply put in; else the topic's recording, once; else cards made up.
    fn reply(&self, user: &str) -> Reply {
        if let Some(reply) = self.replies.lock().unwrap().pop_front() {
            return reply;
        }
        let recording = self
            .script
            .recordings
            .iter()
            .find(|recording| recording.is_asked_by(user));
        match recording {
            Some(recording) if self.played.lock().unwrap().insert(recording.topic.clone()) => {
                recording.reply(self.script.speed)
            }
            _ => counting::answer(user, &mut self.counted.lock().unwrap(), &self.script),
        }
    }
}

/// An answer on its way.
struct Playing {
    steps: VecDeque<Step>,
    began: Instant,
    request: usize,
    /// Cards sent so far.
    cards: usize,
    shared: Arc<Shared>,
}

impl Playing {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        // The step stays in place while it waits: an answer that is dropped with steps left was hung up on.
        let step = self.steps.front()?;
        if step.at > Duration::ZERO {
            sleep_until(self.began + step.at).await;
        }
        if matches!(self.steps.front()?.act, Act::Stall) {
            return std::future::pending().await;
        }
        match self.steps.pop_front()?.act {
            Act::Send { bytes, cards } => {
                self.stamp(cards);
                Some(Ok(Bytes::from(bytes)))
            }
            Act::Stall | Act::Reset => {
                self.steps.clear();
                Some(Err(io::Error::from(io::ErrorKind::ConnectionReset)))
            }
        }
    }

    fn stamp(&mut self, cards: Vec<String>) {
        let mut stamps = self.shared.stamps.lock().unwrap();
        for question in cards {
            stamps.push(CardStamp {
                request: self.request,
                card: self.cards,
                question,
                at: Instant::now(),
            });
            self.cards += 1;
        }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        if !self.steps.is_empty() {
            self.shared.hang_ups.send_modify(|count| *count += 1);
        }
    }
}
