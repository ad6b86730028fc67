//! Asks, and gathers what comes.

use std::sync::Arc;
use std::time::Duration;

use autodeck::llm::{
    LanguageModel, ModelError, ModelEvent, ModelRequest, ModelStream, ModelUsage, StopReason,
    Timeouts,
};
use futures::StreamExt;

use crate::model_server::{Frame, ModelServer, Script};

/// What a whole call gave.
#[derive(Debug)]
pub struct Outcome {
    pub text: String,
    /// Why it was tried again, each time.
    pub retries: Vec<ModelError>,
    pub end: Result<StopReason, ModelError>,
    pub usage: ModelUsage,
}

pub fn request(user: &str) -> ModelRequest {
    ModelRequest {
        system: "Write flashcards.".to_owned(),
        user: user.to_owned(),
        max_tokens: 900,
        cards: 10,
    }
}

/// Reads a stream to its end; one that hangs is a failure after ten seconds.
pub async fn read(mut stream: ModelStream) -> Outcome {
    let (mut text, mut retries, mut end) = (String::new(), Vec::new(), None);
    let events = async {
        while let Some(event) = stream.next().await {
            assert_eq!(end, None, "nothing follows the end, but {event:?} did");
            match event {
                Ok(ModelEvent::Text(piece)) => {
                    assert!(!piece.is_empty());
                    text.push_str(&piece);
                }
                Ok(ModelEvent::Retrying { because, .. }) => retries.push(because),
                Ok(ModelEvent::Done(reason)) => end = Some(Ok(reason)),
                Err(error) => end = Some(Err(error)),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), events)
        .await
        .expect("a stream that ends");
    let end = end.expect("a stream says how it ended");
    Outcome {
        text,
        retries,
        end,
        usage: stream.usage(),
    }
}

pub async fn ask(model: &Arc<dyn LanguageModel>, user: &str) -> Outcome {
    read(model.stream(request(user))).await
}

/// A server and both clients for it, which are asked in turn by tests of what the formats share.
pub struct Both {
    pub server: ModelServer,
    pub models: [Arc<dyn LanguageModel>; 2],
}

impl Both {
    pub async fn start() -> Both {
        Both::start_with(Timeouts::default()).await
    }

    pub async fn start_with(timeouts: Timeouts) -> Both {
        let server = ModelServer::start(Script::default()).await;
        let models = [
            server.client_with(&[], timeouts),
            server.client_with(&[("AUTODECK_LLM", "anthropic")], timeouts),
        ];
        Both { server, models }
    }
}

/// Limits short enough for a test. A private address multiplies the first by three.
pub fn short() -> Timeouts {
    Timeouts {
        first_token: Duration::from_millis(100),
        idle: Duration::from_millis(500),
        ..Timeouts::default()
    }
}

pub fn text(text: &str) -> Frame {
    Frame::Text(text.to_owned())
}
