//! A stand-in for Stripe: the dozen endpoints that we use, with the state behind them, a clock moved by hand, and what
//! learners and banks do. It is strict: what Stripe refuses it refuses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

mod api;
pub mod life;
pub mod objects;
mod pages;

pub const KEY: &str = "sk_test_of_the_stand_in";
pub const WEBHOOK_SECRET: &str = "whsec_of_the_stand_in";
/// The version that the pinned crate speaks.
pub const VERSION: &str = "2026-09-30.endive";

/// Id, product, amount in cents, interval.
pub const PRICES: [(&str, &str, i64, &str); 5] = [
    ("price_plus_month", "prod_plus", 500, "month"),
    ("price_plus_year", "prod_plus", 4_800, "year"),
    ("price_pro_month", "prod_pro", 1_500, "month"),
    ("price_pro_year", "prod_pro", 14_400, "year"),
    ("price_of_another_shop", "prod_other", 99, "month"),
];

/// Handle on a running stand-in; the clones share it.
#[derive(Clone)]
pub struct StripeServer {
    address: String,
    pub state: SharedState,
    _stop: Arc<DropGuard>,
}

/// What Stripe knows.
#[derive(Default)]
pub struct State {
    /// Seconds since 1970.
    pub now: i64,
    pub address: String,
    pub customers: Vec<Value>,
    pub sessions: Vec<Value>,
    pub portals: Vec<Value>,
    pub subscriptions: Vec<Value>,
    pub charges: Vec<Value>,
    pub disputes: Vec<Value>,
    /// Where it tells of changes.
    pub endpoints: Vec<Value>,
    /// Told to nobody yet, oldest first.
    pub events: Vec<Value>,
    /// Everything is answered with 500.
    pub is_down: bool,
    /// Every write is answered with 500, and its key keeps that answer.
    pub fails_writes: bool,
    /// Answers by idempotency key, failures of Stripe's own among them, with the request that got them.
    answers: HashMap<String, (String, StatusCode, Value)>,
    /// Method and path of each request.
    pub requests: Vec<String>,
    counter: u64,
}

pub type SharedState = Arc<Mutex<State>>;

impl StripeServer {
    pub async fn start(now: i64) -> StripeServer {
        StripeServer::start_at(0, now).await.expect("a free port")
    }

    pub async fn start_at(port: u16, now: i64) -> std::io::Result<StripeServer> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let state = SharedState::default();
        {
            let mut state = lock(&state);
            state.now = now;
            state.address.clone_from(&address);
        }
        let stop = CancellationToken::new();
        let routes = Router::new()
            .merge(pages::router())
            .fallback(answer)
            .with_state(Arc::clone(&state));
        let served =
            axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::spawn(async move { served.await });
        Ok(StripeServer {
            address,
            state,
            _stop: Arc::new(stop.drop_guard()),
        })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The settings of an app that uses this stand-in, by the names of the environment.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AUTODECK_BILLING", "stripe".to_owned()),
            ("STRIPE_SECRET_KEY", KEY.to_owned()),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            ("STRIPE_PRICE_PLUS_MONTHLY", "price_plus_month".to_owned()),
            ("STRIPE_PRICE_PLUS_YEARLY", "price_plus_year".to_owned()),
            ("STRIPE_PRICE_PRO_MONTHLY", "price_pro_month".to_owned()),
            ("STRIPE_PRICE_PRO_YEARLY", "price_pro_year".to_owned()),
            ("STRIPE_API_BASE", self.address.clone()),
        ]
    }
}

pub fn lock(state: &SharedState) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// A new id in Stripe's manner.
    pub fn id(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}_{:06}", self.counter)
    }

    /// The header that signs an event now.
    pub fn signature(&self, body: &str) -> String {
        stripe_webhook::Webhook::generate_test_header(body, WEBHOOK_SECRET, Some(self.now))
    }
}

/// Pairs of a query or a form, in order.
pub type Pairs = Vec<(String, String)>;

/// A refusal in Stripe's form.
pub struct Refusal(pub StatusCode, pub &'static str, pub String);

pub type Answer = Result<Value, Refusal>;

async fn answer(
    Shared(state): Shared<SharedState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (status, value) = match checked(&state, &method, &uri, &headers, &body) {
        Ok(answer) => answer,
        Err(Refusal(status, code, message)) => {
            let kind = if status == StatusCode::INTERNAL_SERVER_ERROR {
                "api_error"
            } else {
                "invalid_request_error"
            };
            let error = json!({ "error": { "type": kind, "code": code, "message": message } });
            (status, error)
        }
    };
    (status, axum::Json(value)).into_response()
}

/// What every request needs, whatever it asks for.
fn checked(
    state: &SharedState,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(StatusCode, Value), Refusal> {
    let mut state = lock(state);
    let bad = |code, message: &str| Refusal(StatusCode::BAD_REQUEST, code, message.into());
    state.requests.push(format!("{method} {}", uri.path()));
    if state.is_down {
        let down = "The stand-in is down.".to_owned();
        return Err(Refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "api_error",
            down,
        ));
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("authorization") != Some(&format!("Bearer {KEY}")) {
        let wrong = "Invalid API Key provided.".to_owned();
        return Err(Refusal(StatusCode::UNAUTHORIZED, "api_key_invalid", wrong));
    }
    if header("stripe-version") != Some(VERSION) {
        return Err(bad("api_version_invalid", "No such API version."));
    }
    let form = std::str::from_utf8(body).unwrap_or_default();
    let text = if *method == Method::POST {
        form
    } else {
        uri.query().unwrap_or_default()
    };
    let pairs = pairs(text);
    if *method == Method::GET {
        return Ok((
            StatusCode::OK,
            api::answer(&mut state, method, uri.path(), &pairs)?,
        ));
    }
    let Some(key) = header("idempotency-key") else {
        return Err(bad(
            "idempotency_key_missing",
            "A write without an idempotency key.",
        ));
    };
    let request = format!("{method} {uri} {form}");
    if let Some((earlier, status, value)) = state.answers.get(key) {
        if *earlier != request {
            return Err(bad(
                "idempotency_key_in_use",
                "Keys for idempotent requests can only be used with the same parameters.",
            ));
        }
        return Ok((*status, value.clone()));
    }
    let (status, value) = if state.fails_writes {
        let error = json!({ "type": "api_error", "message": "Something went wrong at Stripe." });
        (StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": error }))
    } else {
        let value = api::answer(&mut state, method, uri.path(), &pairs)?;
        (StatusCode::OK, value)
    };
    let key = key.to_owned();
    state.answers.insert(key, (request, status, value.clone()));
    Ok((status, value))
}

/// `a[b]=c&d=e`, decoded.
pub fn pairs(text: &str) -> Pairs {
    let url = reqwest::Url::parse(&format!("http://stand.in/?{text}")).expect("a query");
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}
