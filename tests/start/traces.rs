//! A trace leads from a learner's request to the model, through the job that a worker claimed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use nix::sys::signal::Signal;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};

use crate::app::{DataDir, Serving, autodeck};
use crate::model_server::{ModelServer, Script};

/// A collector that keeps the spans that it is sent, and its address.
async fn collector() -> (Arc<Mutex<Vec<Span>>>, String) {
    let spans = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&spans);
    let keep = move |body: Bytes| async move {
        let sent = ExportTraceServiceRequest::decode(body).expect("OTLP");
        let scopes = sent
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans);
        kept.lock()
            .expect("nobody panics with it")
            .extend(scopes.flat_map(|scope| scope.spans));
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let router = Router::new().route("/v1/traces", post(keep));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (spans, address)
}

/// The body of an answer of the JSON API.
fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_leads_from_the_request_to_the_model() {
    let folder = DataDir::new();
    let model = ModelServer::start(Script::default()).await;
    let (spans, address) = collector().await;
    let mut command = autodeck(&folder.0, &["serve"]);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &address)
        .env("AUTODECK_LLM", "openai")
        .env("AUTODECK_LLM_BASE_URL", model.base_url())
        .env("AUTODECK_LLM_MODEL", "replay");
    let app = Serving::start(&mut command);
    let api = |head: &str, token: &str, sent: &Value| {
        let authorization = match token {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let head = format!(
            "{} HTTP/1.1\r\n{authorization}",
            head.replace(' ', " /api/v1")
        );
        body(&app.ask(&head, &sent.to_string()))
    };
    let guest = api("POST /guests", "", &json!({}));
    let token = guest["token"].as_str().expect("a token");
    let deck = api(
        "POST /decks",
        token,
        &json!({ "topic": "The secret garden" }),
    );
    let next = format!(
        "GET /decks/{}/next?wait=20",
        deck["id"].as_str().expect("an id")
    );
    let mut got = Value::Null;
    for _ in 0..3 {
        got = api(&next, token, &json!({}));
        if !got["study"].is_null() {
            break;
        }
    }
    assert!(!got["study"].is_null(), "no card came: {got}");
    // What is left of the traces is sent before the process ends.
    app.signal(Signal::SIGTERM);
    assert!(app.ended() < Duration::from_secs(20));

    let spans = spans.lock().expect("nobody panics with it").clone();
    let of = |name: &str| -> Vec<&Span> { spans.iter().filter(|span| span.name == name).collect() };
    let job = *of("generation_job").first().expect("the job's span");
    let asked = *of("model_request").first().expect("the model's span");
    assert_eq!(asked.trace_id, job.trace_id);
    assert_eq!(asked.parent_span_id, job.span_id);
    let ordered = of("request")
        .into_iter()
        .find(|span| span.span_id == job.parent_span_id);
    let ordered = ordered.expect("the request that ordered the job");
    assert_eq!(ordered.trace_id, job.trace_id);
    let told = format!("{spans:?}").to_lowercase();
    for secret in ["secret garden", token] {
        assert!(
            !told.contains(&secret.to_lowercase()),
            "a span tells {secret:?}"
        );
    }
}
