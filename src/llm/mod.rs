//! Language models: one trait, two wire formats over HTTP, one model in the process ([`local`]), and what every caller has
//! to know about failures.
//!
//! A caller asks a [`LanguageModel`] for a [`ModelStream`] and reads it to its end. Everything that can be put right
//! without the caller (a retry, a refused option, a lost `[DONE]`) is put right inside; what is left is a
//! [`ModelError`] with a sentence for the reader. Nothing in here logs a key, a prompt or a model's text.

mod answer;
mod anthropic;
mod backoff;
mod call;
pub mod choose;
mod error;
mod error_report;
mod event_stream;
mod http_model;
pub mod local;
mod openai;
mod provider;
pub mod settings;
mod stream;
mod thinking;

use std::time::Duration;

use futures::future::BoxFuture;

pub use choose::{Chosen, Surroundings, choose};
pub use error::{ModelError, ModelErrorKind, REFUSAL, TimeoutKind};
pub use http_model::RetryPolicy;
pub use provider::Provider;
pub use settings::LlmSettings;
pub use stream::{ModelEvent, ModelStream, ModelUsage, StopReason, UsageMeter};

/// Something that writes text when asked, piece by piece.
pub trait LanguageModel: Send + Sync {
    /// The model's id as its provider knows it; learners see it beside a card.
    fn name(&self) -> &str;

    /// Who runs the model.
    fn provider(&self) -> Provider;

    /// Asks for text. Nothing is sent before the stream is first polled; dropping the stream closes the connection.
    fn stream(&self, request: ModelRequest) -> ModelStream;

    /// Whether the model can be reached and the key is good, without asking it to write: a sentence for `doctor`.
    fn check(&self) -> BoxFuture<'_, Result<String, ModelError>>;
}

/// What is asked of a model.
#[derive(Clone)]
pub struct ModelRequest {
    /// Rules that are the same for every request: providers that cache a prefix cache this one.
    pub system: String,
    /// The topic, verbatim, and what else changes from request to request.
    pub user: String,
    /// The most tokens the model may write, thinking apart.
    pub max_tokens: u32,
    /// How many cards the answer is to hold, for a model that can be held to a form; 0 asks for free text.
    pub cards: usize,
}

/// How long we wait for what. Each limit is for another failure, so each error can say which wait it was.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Name look-up, TCP and TLS. A reachable host needs well under a second.
    pub connect: Duration,
    /// From sending a request to the first piece of text or thought. Slow machines read a long prompt for half a
    /// minute; providers queue for about as long when they are busy.
    pub first_token: Duration,
    /// Between two pieces. Pings and comments keep a connection open but are no piece: a model that only pings hangs.
    pub idle: Duration,
    /// The whole call with its retries. Ten cards at three tokens a second take five minutes on a small machine.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            first_token: Duration::from_secs(60),
            idle: Duration::from_secs(30),
            whole: Duration::from_secs(600),
        }
    }
}
