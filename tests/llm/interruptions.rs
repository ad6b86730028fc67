//! Answers that break off, stall or never begin.

use std::time::Duration;

use autodeck::llm::{ModelErrorKind, StopReason, TimeoutKind, Timeouts};
use serde_json::json;
use tokio::net::TcpListener;

use crate::model_server::{Frame, ModelServer, Reply, Script};
use crate::support::{Both, ask, short, text};

#[tokio::test]
async fn a_break_before_the_first_text_is_mended_by_another_try() {
    let both = Both::start_with(short()).await;
    let overloaded = || Frame::Error(json!({"type": "overloaded_error", "message": "Overloaded"}));
    for (end, kind) in [
        (vec![Frame::Reset], ModelErrorKind::Interrupted),
        (
            vec![overloaded()],
            ModelErrorKind::Overloaded { retry_after: None },
        ),
        (
            vec![Frame::Stall],
            ModelErrorKind::Timeout(TimeoutKind::FirstToken),
        ),
        (vec![], ModelErrorKind::Interrupted),
        (
            vec![Frame::Thought("hm".to_owned()), Frame::Reset],
            ModelErrorKind::Interrupted,
        ),
        (
            vec![
                Frame::Raw(b"data: <html>\n\n".to_vec()),
                Frame::Raw(b"data: x\n\n".to_vec()),
            ],
            ModelErrorKind::Protocol,
        ),
    ] {
        for model in &both.models {
            both.server
                .answer_next(Reply::of([Frame::Open]).broken_after(1, end.clone()));
            both.server.answer_next(Reply::text("whole"));
            let outcome = ask(model, "a").await;
            assert_eq!(outcome.retries.len(), 1, "{end:?}");
            assert_eq!(outcome.retries[0].kind, kind, "{end:?}");
            assert_eq!(
                (outcome.text.as_str(), outcome.end),
                ("whole", Ok(StopReason::Complete)),
                "{end:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_break_after_text_is_reported_and_the_text_kept() {
    let both = Both::start_with(short()).await;
    let before = both.server.requests().len();
    let cases = [
        (vec![Frame::Reset], ModelErrorKind::Interrupted),
        (
            vec![Frame::Error(json!({"type": "api_error"}))],
            ModelErrorKind::Overloaded { retry_after: None },
        ),
        (
            vec![Frame::Stall],
            ModelErrorKind::Timeout(TimeoutKind::Idle),
        ),
        (
            vec![Frame::Raw(
                b"data: {\"type\":\"content_block_delta\",\"del".to_vec(),
            )],
            ModelErrorKind::Interrupted,
        ),
        (
            vec![Frame::Raw(b"data: nonsense\n\n".to_vec()), Frame::Stall],
            ModelErrorKind::Protocol,
        ),
    ];
    for (end, kind) in &cases {
        for model in &both.models {
            both.server.answer_next(
                Reply::of([Frame::Open, text("<card>half a")]).broken_after(2, end.clone()),
            );
            let outcome = ask(model, "a").await;
            assert_eq!(outcome.text, "<card>half a", "{end:?}");
            assert_eq!(outcome.end.unwrap_err().kind, *kind, "{end:?}");
            assert_eq!(outcome.retries, [], "the caller knows what is missing");
            assert!(
                outcome.usage.estimated && outcome.usage.tokens_out >= 3,
                "{:?}",
                outcome.usage
            );
        }
    }
    assert_eq!(both.server.requests().len() - before, cases.len() * 2);
}

#[tokio::test]
async fn a_finished_answer_needs_no_good_end() {
    let both = Both::start().await;
    let error = Frame::Error(json!({"message": "too late"}));
    for end in [
        Frame::Reset,
        Frame::Stall,
        error,
        Frame::Raw(b"data: {\"cut".to_vec()),
    ] {
        for model in &both.models {
            both.server.answer_next(Reply::of([
                Frame::Open,
                text("whole"),
                Frame::Stop("stop"),
                end.clone(),
            ]));
            let outcome = ask(model, "a").await;
            assert_eq!(
                (outcome.text.as_str(), outcome.end),
                ("whole", Ok(StopReason::Complete)),
                "{end:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_that_ends_without_a_reason_is_done_and_says_so() {
    let both = Both::start().await;
    for model in &both.models {
        both.server
            .answer_next(Reply::of([Frame::Open, text("some")]));
        let outcome = ask(model, "a").await;
        assert_eq!(
            (outcome.text.as_str(), outcome.end),
            ("some", Ok(StopReason::Unstated))
        );
    }
}

#[tokio::test]
async fn pings_and_comments_keep_no_model_alive_but_thoughts_do() {
    let both = Both::start_with(short()).await;
    let comment = || Frame::Raw(b": still here\n\n".to_vec());
    let thought = || Frame::Thought("hm".to_owned());
    let every = |gap: u64, count: u32, frame: &dyn Fn() -> Frame| {
        let mut reply = Reply::of([Frame::Open, thought()]);
        for beat in 1..=count {
            reply.push(Duration::from_millis(gap) * beat, frame());
        }
        reply
    };
    for model in &both.models {
        // 1.2 seconds of thought, with 500 ms of patience.
        let mut thinking = every(200, 6, &thought);
        for frame in [text("a"), Frame::Stop("stop"), Frame::Done] {
            thinking.push(Duration::from_millis(1_200), frame);
        }
        both.server.answer_next(thinking);
        assert_eq!(ask(model, "a").await.text, "a");

        both.server.answer_next(every(200, 50, &comment));
        let outcome = ask(model, "a").await;
        assert_eq!(
            outcome.retries[0].kind,
            ModelErrorKind::Timeout(TimeoutKind::Idle)
        );
    }
}

#[tokio::test]
async fn the_whole_call_has_a_limit_too() {
    let limit = Duration::from_millis(400);
    let both = Both::start_with(Timeouts {
        whole: limit,
        ..Timeouts::default()
    })
    .await;
    for model in &both.models {
        let mut slow = Reply::of([Frame::Open]);
        for beat in 1..200 {
            slow.push(Duration::from_millis(50) * beat, text("word "));
        }
        both.server.answer_next(slow);
        let outcome = ask(model, "a").await;
        assert_eq!(
            outcome.end.unwrap_err().kind,
            ModelErrorKind::Timeout(TimeoutKind::Whole)
        );
        assert!(outcome.text.starts_with("word "));
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let server = ModelServer::start(Script::default()).await;
    let model = server.client_with(
        &[("AUTODECK_LLM_BASE_URL", &format!("http://{free}/v1"))],
        Timeouts::default(),
    );
    let outcome = ask(&model, "a").await;
    assert_eq!(outcome.retries.len(), 3);
    let error = outcome.end.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Unreachable);
    assert_eq!(
        error.sentence(),
        "The model cannot be reached. Check the network and AUTODECK_LLM_BASE_URL, then try again."
    );
    assert_eq!(outcome.usage.requests, 0);
    assert_eq!(
        model.check().await.unwrap_err().kind,
        ModelErrorKind::Unreachable
    );
}

#[tokio::test]
async fn an_event_without_end_is_refused_before_memory_fills() {
    let server = ModelServer::start(Script::default()).await;
    let flood = (0..8).map(|_| Frame::Raw(vec![b'x'; 1 << 20]));
    server.answer_next(Reply::of([text("a")].into_iter().chain(flood)));
    let error = ask(&server.client(), "a").await.end.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Protocol);
}
