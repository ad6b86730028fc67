//! Statuses other than success, waits that are asked for, and models that decline.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use autodeck::llm::{ModelErrorKind, ModelEvent, StopReason};
use futures::StreamExt;
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::model_server::{Frame, ModelServer, Reply, Script};
use crate::support::{Both, ask, request, text};

#[tokio::test]
async fn what_a_person_must_put_right_fails_at_once() {
    let both = Both::start().await;
    let mut sent = 0;
    for (status, kind, words) in [
        (
            400,
            ModelErrorKind::BadRequest,
            "did not accept the request (400)",
        ),
        (
            401,
            ModelErrorKind::Auth,
            "refused the key (401). Set AUTODECK_LLM_API_KEY",
        ),
        (402, ModelErrorKind::NoCredit, "no credit left (402)"),
        (
            403,
            ModelErrorKind::Auth,
            "does not allow this key to use the model (403)",
        ),
        (
            404,
            ModelErrorKind::NotFound {
                model: "replay".to_owned(),
            },
            "\"replay\" is not to be found",
        ),
        (
            302,
            ModelErrorKind::NotFound {
                model: "replay".to_owned(),
            },
            "AUTODECK_LLM_BASE_URL",
        ),
        (413, ModelErrorKind::BadRequest, "(413)"),
    ] {
        for model in &both.models {
            let reply =
                Reply::status(status, &json!({})).with_header("location", "http://127.0.0.1:1/");
            both.server.answer_next(reply);
            let outcome = ask(model, "a").await;
            sent += 1;
            let error = outcome.end.unwrap_err();
            assert_eq!(error.kind, kind);
            assert!(error.sentence().contains(words), "{}", error.sentence());
            assert_eq!(
                (outcome.retries.len(), both.server.requests().len()),
                (0, sent),
                "{status}"
            );
        }
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let both = Both::start().await;
    for status in [408, 409, 425, 429, 500, 502, 503, 529] {
        for model in &both.models {
            both.server.answer_next(Reply::status(
                status,
                &json!({"error": {"message": "later"}}),
            ));
            both.server.answer_next(Reply::text("whole"));
            let outcome = ask(model, "a").await;
            assert_eq!(
                (outcome.text.as_str(), outcome.end),
                ("whole", Ok(StopReason::Complete)),
                "{status}"
            );
            assert_eq!(outcome.retries[0].status, Some(status));
            assert_eq!(outcome.usage.requests, 1, "a refused request is not billed");
        }
    }
}

#[tokio::test]
async fn tries_come_to_an_end() {
    let both = Both::start().await;
    for model in &both.models {
        let before = both.server.requests().len();
        (0..10).for_each(|_| both.server.answer_next(Reply::status(503, &Value::Null)));
        let outcome = ask(model, "a").await;
        assert_eq!(outcome.retries.len(), 3);
        assert_eq!(
            outcome.end.unwrap_err().kind,
            ModelErrorKind::Overloaded { retry_after: None }
        );
        assert_eq!(both.server.requests().len() - before, 4);
        // The replies that were not asked for go to the next.
        (0..6).for_each(|_| drop(both.server.take_reply()));
    }
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_kept() {
    let server = ModelServer::start(Script::default()).await;
    let model = server.client();
    // The clock stands at 1,800,000,000 seconds, which is this date less nine.
    for (header, seconds) in [("7", 7), ("Fri, 15 Jan 2027 08:00:09 GMT", 9)] {
        server.answer_next(Reply::status(429, &Value::Null).with_header("retry-after", header));
        let mut stream = model.stream(request("a"));
        let Some(Ok(ModelEvent::Retrying { after, because })) = stream.next().await else {
            panic!("a retry");
        };
        assert_eq!(after, Duration::from_secs(seconds), "{header}");
        assert_eq!(because.retry_after(), Some(after));
    }
}

#[tokio::test]
async fn a_wait_too_long_for_a_worker_is_handed_to_the_caller() {
    let server = ModelServer::start(Script::default()).await;
    server.answer_next(Reply::status(429, &Value::Null).with_header("retry-after", "3600"));
    let outcome = ask(&server.client(), "a").await;
    let error = outcome.end.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    assert!(error.is_retryable());
    assert_eq!(
        error.sentence(),
        "The model provider asks us to slow down (429). Try again in 60 minutes."
    );
    assert_eq!(outcome.retries, []);
}

#[tokio::test]
async fn an_option_that_is_refused_is_left_out_from_then_on() {
    let server = ModelServer::start(Script::default()).await;
    let model = server.client();
    let blame =
        |message: &str, param: Value| json!({"error": {"message": message, "param": param}});
    server.answer_next(Reply::status(
        400,
        &blame("Unknown parameter", json!("stream_options")),
    ));
    server.answer_next(Reply::status(
        422,
        &json!({"detail": [{"loc": ["body", "chat_template_kwargs"]}]}),
    ));
    server.answer_next(Reply::status(
        400,
        &blame(
            "Use 'max_completion_tokens' instead of 'max_tokens'.",
            Value::Null,
        ),
    ));
    let outcome = ask(&model, "a").await;
    assert_eq!(outcome.end, Ok(StopReason::Complete));
    assert_eq!(outcome.retries, [], "nobody had to wait");
    ask(&model, "b").await.end.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 5);
    assert_eq!(
        requests[0].body["stream_options"],
        json!({"include_usage": true})
    );
    for request in &requests[3..] {
        let mut keys: Vec<_> = request.body.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(
            keys,
            ["max_completion_tokens", "messages", "model", "stream"]
        );
    }
}

#[tokio::test]
async fn an_option_the_operator_set_is_not_left_out() {
    let server = ModelServer::start(Script::default()).await;
    let extra = [("AUTODECK_LLM_EXTRA", r#"{"reasoning_effort": "none"}"#)];
    let model = server.client_with(&extra, autodeck::llm::Timeouts::default());
    let body =
        json!({"error": {"param": "reasoning_effort", "code": "unsupported_value", "type": "bad"}});
    server.answer_next(Reply::status(400, &body));
    let error = ask(&model, "a").await.end.unwrap_err();
    assert!(
        error
            .sentence()
            .contains("unsupported_value in reasoning_effort"),
        "{}",
        error.sentence()
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_model_that_declines_is_no_failure_to_retry() {
    let both = Both::start().await;
    for model in &both.models {
        for before in [vec![], vec![text("<card>")]] {
            let frames = [Frame::Open].into_iter().chain(before.clone());
            let end = [
                Frame::Stop("content_filter"),
                Frame::Usage {
                    tokens_in: 1,
                    tokens_out: 2,
                },
                Frame::Done,
            ];
            both.server.answer_next(Reply::of(frames.chain(end)));
            let outcome = ask(model, "a").await;
            let error = outcome.end.unwrap_err();
            assert_eq!(error.kind, ModelErrorKind::Refused);
            assert!(!error.is_retryable());
            assert_eq!(
                (outcome.text.is_empty(), outcome.usage.tokens_out),
                (before.is_empty(), 2)
            );
        }
    }
    let refusal = Frame::Raw(
        b"data: {\"choices\":[{\"delta\":{\"refusal\":\"I cannot\"}}]}\n\ndata: [DONE]\n\n"
            .to_vec(),
    );
    both.server.answer_next(Reply::of([refusal]));
    assert_eq!(
        ask(&both.models[0], "a").await.end.unwrap_err().kind,
        ModelErrorKind::Refused
    );
}

#[tokio::test]
async fn success_that_is_no_stream_is_an_error() {
    let both = Both::start().await;
    let page = |kind, body: &str| {
        Reply::of([Frame::Raw(body.as_bytes().to_vec())]).with_header("content-type", kind)
    };
    for (reply, kind) in [
        (
            page("text/html", "<html>Welcome to the hotel</html>"),
            ModelErrorKind::Protocol,
        ),
        (
            page("application/json", "{\"choices\": []}"),
            ModelErrorKind::Protocol,
        ),
        (
            page("application/json", "{\"error\": {\"code\": 401}}"),
            ModelErrorKind::Auth,
        ),
        (page("text/event-stream", ""), ModelErrorKind::Protocol),
    ] {
        for model in &both.models {
            (0..4).for_each(|_| both.server.answer_next(reply.clone()));
            let error = ask(model, "a").await.end.unwrap_err();
            assert_eq!(error.kind, kind);
            while both.server.take_reply().is_some() {}
        }
    }
}

#[tokio::test]
async fn a_huge_refusal_is_read_no_further_than_it_says_something() {
    let server = ModelServer::start(Script::default()).await;
    let mut reply = Reply::of((0..64).map(|_| Frame::Raw(vec![b' '; 1 << 20])));
    reply = reply.with_status(400);
    server.answer_next(reply);
    assert_eq!(
        ask(&server.client(), "a").await.end.unwrap_err().kind,
        ModelErrorKind::BadRequest
    );
    server.hang_ups(1).await;
}

#[tokio::test]
async fn no_log_line_and_no_error_carries_a_key_a_prompt_or_an_answer() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    // For all threads: one that met a line first, without a subscriber, would silence it for this one too.
    tracing::subscriber::set_global_default(subscriber).expect("no other test sets one");
    let both = Both::start().await;
    let quoting = json!({"error": {
        "message": "Incorrect key test-key in prompt SECRET-TOPIC, param stream_options and thinking",
        "code": "SECRET-TOPIC", "param": "test-key", "type": "SECRET TOPIC"}});
    for model in &both.models {
        for status in [400, 401, 429, 500, 503] {
            both.server.answer_next(Reply::status(status, &quoting));
            both.server.answer_next(Reply::of([
                Frame::Open,
                text("SECRET-ANSWER"),
                Frame::Error(quoting.clone()),
            ]));
            if let Err(error) = ask(model, "Topic: SECRET-TOPIC").await.end {
                let told = format!("{error} {} {error:?}", error.sentence());
                assert!(
                    !told.contains("SECRET") && !told.contains("test-key"),
                    "{told}"
                );
            }
            while both.server.take_reply().is_some() {}
        }
    }
    let written = log.0.lock().unwrap().clone();
    let written = String::from_utf8(written).unwrap();
    assert!(written.contains("trying the model again"), "{written}");
    for secret in ["SECRET", "test-key"] {
        let line = written.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
}

/// Log lines, kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}
