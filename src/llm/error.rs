//! What can go wrong between us and a model, with a sentence for whoever reads it.

use std::time::Duration;

use super::Provider;
use super::local::LocalFault;

/// A call that did not end well. Its text carries no key, prompt or model's text, so it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{provider}: {kind:?}{}{}", status_note(.status), cause_note(.cause))]
pub struct ModelError {
    /// Who was asked.
    pub provider: Provider,
    /// What happened.
    pub kind: ModelErrorKind,
    /// The HTTP status, if it came to one.
    pub status: Option<u16>,
    /// The provider's own code for it (`context_length_exceeded`), or ours for a broken connection.
    pub cause: Option<String>,
}

/// How a refusal's sentence begins.
pub const REFUSAL: &str = "The model declined to write about this topic.";

/// What happened, as far as a caller acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelErrorKind {
    /// The key is missing, wrong, or not allowed to do this (401, 403).
    Auth,
    /// The account has no credit left (402, or 429 with a quota's code).
    NoCredit,
    /// No such model, or nothing of the kind at this address (404, a redirect).
    NotFound {
        /// The model that was asked for.
        model: String,
    },
    /// The request itself was not accepted (400 and the like).
    BadRequest,
    /// Too many requests (429).
    RateLimited {
        /// When the provider says to come back.
        retry_after: Option<Duration>,
    },
    /// The provider is in trouble (408, 409, 5xx, 529, an error frame).
    Overloaded {
        /// When the provider says to come back.
        retry_after: Option<Duration>,
    },
    /// No connection: name, network, TLS, nobody listening.
    Unreachable,
    /// We waited long enough.
    Timeout(TimeoutKind),
    /// The connection broke in the middle of the answer.
    Interrupted,
    /// The model, or a filter before it, declined to write about this.
    Refused,
    /// What came back is not what this API sends.
    Protocol,
    /// The built-in model cannot write.
    Local(LocalFault),
}

/// Which of [`super::Timeouts`] ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutKind {
    /// No connection in time.
    Connect,
    /// No first piece in time.
    FirstToken,
    /// A stall between two pieces.
    Idle,
    /// The whole call took too long.
    Whole,
}

impl ModelError {
    pub(super) fn new(provider: Provider, kind: ModelErrorKind) -> ModelError {
        ModelError {
            provider,
            kind,
            status: None,
            cause: None,
        }
    }

    pub(super) fn because(mut self, cause: impl Into<String>) -> ModelError {
        self.cause = Some(cause.into());
        self
    }

    /// Whether the same request may well succeed later. What needs a person to change something does not.
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            ModelErrorKind::RateLimited { .. }
            | ModelErrorKind::Overloaded { .. }
            | ModelErrorKind::Unreachable
            | ModelErrorKind::Timeout(_)
            | ModelErrorKind::Interrupted
            | ModelErrorKind::Protocol => true,
            ModelErrorKind::Local(ref fault) => fault.is_retryable(),
            ModelErrorKind::Auth
            | ModelErrorKind::NoCredit
            | ModelErrorKind::NotFound { .. }
            | ModelErrorKind::BadRequest
            | ModelErrorKind::Refused => false,
        }
    }

    /// The wait the provider asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ModelErrorKind::RateLimited { retry_after }
            | ModelErrorKind::Overloaded { retry_after } => retry_after,
            _ => None,
        }
    }

    /// What happened and what to do, for a learner's page and for `doctor`.
    pub fn sentence(&self) -> String {
        let status = status_note(&self.status);
        let cause = cause_note(&self.cause);
        match &self.kind {
            ModelErrorKind::Auth if self.status == Some(403) => format!(
                "The model provider does not allow this key to use the model{status}. \
                 Set AUTODECK_LLM_API_KEY to one that may, or choose another AUTODECK_LLM_MODEL, and start again."
            ),
            ModelErrorKind::Auth => format!(
                "The model provider refused the key{status}. Set AUTODECK_LLM_API_KEY to a valid key and start again."
            ),
            ModelErrorKind::NoCredit => format!(
                "The account with the model provider has no credit left{status}. Add credit there, then try again."
            ),
            ModelErrorKind::NotFound { model } => format!(
                "The model \"{model}\" is not to be found at its address{status}. \
                 Check AUTODECK_LLM_MODEL and AUTODECK_LLM_BASE_URL, and start again."
            ),
            ModelErrorKind::BadRequest => format!(
                "The model provider did not accept the request{status}{cause}. \
                 Check AUTODECK_LLM_MODEL and AUTODECK_LLM_EXTRA, and start again."
            ),
            ModelErrorKind::RateLimited { retry_after } => format!(
                "The model provider asks us to slow down{status}. Try again in {}.",
                seconds(*retry_after, "a minute")
            ),
            ModelErrorKind::Overloaded { retry_after } => format!(
                "The model provider is overloaded or out of order{status}. Try again in {}.",
                seconds(*retry_after, "a few minutes")
            ),
            ModelErrorKind::Unreachable if self.provider == Provider::Ollama => {
                "Ollama does not answer. Start it with `ollama serve`, then try again.".to_owned()
            }
            ModelErrorKind::Unreachable => format!(
                "The model cannot be reached{cause}. Check the network and AUTODECK_LLM_BASE_URL, then try again."
            ),
            ModelErrorKind::Timeout(TimeoutKind::Connect) => {
                "The model cannot be reached in time. Check the network and AUTODECK_LLM_BASE_URL, then try again."
                    .to_owned()
            }
            ModelErrorKind::Timeout(TimeoutKind::FirstToken) => {
                "The model is not answering: it sent no word in time. Try again.".to_owned()
            }
            ModelErrorKind::Timeout(TimeoutKind::Idle) => {
                "The model stopped in the middle of its answer. The cards that were whole are kept. Try again."
                    .to_owned()
            }
            ModelErrorKind::Timeout(TimeoutKind::Whole) => {
                "The model is too slow for a whole batch. The cards that were whole are kept. Try again, \
                 or choose a faster AUTODECK_LLM_MODEL."
                    .to_owned()
            }
            ModelErrorKind::Interrupted => {
                "The connection to the model broke. The cards that were whole are kept. Try again.".to_owned()
            }
            ModelErrorKind::Refused => {
                format!("{REFUSAL} Try other words for it, or another topic.")
            }
            ModelErrorKind::Protocol => {
                "What answers at the model's address does not speak the expected language. \
                 Check AUTODECK_LLM and AUTODECK_LLM_BASE_URL."
                    .to_owned()
            }
            ModelErrorKind::Local(fault) => fault.to_string(),
        }
    }
}

fn status_note(status: &Option<u16>) -> String {
    status
        .map(|status| format!(" ({status})"))
        .unwrap_or_default()
}

fn cause_note(cause: &Option<String>) -> String {
    cause
        .as_ref()
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default()
}

fn seconds(wait: Option<Duration>, unknown: &str) -> String {
    match wait.map(|wait| wait.as_millis().div_ceil(1_000)) {
        None => unknown.to_owned(),
        Some(0 | 1) => "a second".to_owned(),
        Some(seconds) if seconds <= 120 => format!("{seconds} seconds"),
        Some(seconds) => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_what_happened_and_what_to_do() {
        let mut error = ModelError::new(Provider::OpenAi, ModelErrorKind::Auth);
        error.status = Some(401);
        assert_eq!(
            error.sentence(),
            "The model provider refused the key (401). Set AUTODECK_LLM_API_KEY to a valid key and start again."
        );
        assert!(!error.is_retryable());

        let retry_after = Some(Duration::from_millis(7_200));
        let busy = ModelError::new(Provider::Groq, ModelErrorKind::RateLimited { retry_after });
        assert!(
            busy.sentence().ends_with("Try again in 8 seconds."),
            "{}",
            busy.sentence()
        );
        assert_eq!(busy.retry_after(), retry_after);
        assert!(busy.is_retryable());
    }

    #[test]
    fn a_long_wait_is_told_in_minutes() {
        assert_eq!(seconds(Some(Duration::from_secs(3_601)), ""), "61 minutes");
        assert_eq!(seconds(Some(Duration::ZERO), ""), "a second");
    }
}
