//! A model behind HTTP: what its calls share, and what its refusals mean.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use rand_chacha::ChaCha8Rng;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::time::timeout;

use super::answer::{Dialect, RefusedOptions};
use super::backoff::retry_after;
use super::call::Call;
use super::error_report::{Answered, ErrorReport};
use super::{
    LanguageModel, ModelError, ModelErrorKind, ModelRequest, ModelStream, Provider, TimeoutKind,
    Timeouts,
};
use crate::clock::Clock;

/// The most we read of a refusal: enough for any account of an error, too little to hurt.
const MAX_REFUSAL_BYTES: usize = 64 << 10;
/// How long we wait for the rest of a refusal, and for an answer to a check.
const SHORT_WAIT: Duration = Duration::from_secs(5);

/// How often and how soon a request that failed goes out again, before its first text.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Requests in all.
    pub attempts: u32,
    /// The ceiling of the first wait; it doubles from try to try.
    pub base: Duration,
    /// The longest wait. Who asks for more with `Retry-After` gets an error instead, so that no worker sits idle: the
    /// caller reads [`ModelError::retry_after`] and comes back then.
    pub longest: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            attempts: 4,
            base: Duration::from_millis(500),
            longest: Duration::from_secs(20),
        }
    }
}

/// What all models of a process share.
pub(super) struct Http {
    pub client: Client,
    pub timeouts: Timeouts,
    pub retry: RetryPolicy,
    pub clock: Clock,
    pub dice: Mutex<ChaCha8Rng>,
}

/// One model, spoken to in one format.
pub(super) struct HttpModel<D> {
    pub dialect: D,
    /// Merged into each request (`AUTODECK_LLM_EXTRA`).
    pub extra: Value,
    pub http: Arc<Http>,
    /// What this endpoint has refused so far.
    pub refused: Mutex<RefusedOptions>,
}

impl<D: Dialect> HttpModel<D> {
    /// A model that several callers hold.
    pub fn shared(dialect: D, extra: Value, http: Arc<Http>) -> Arc<SharedModel<D>> {
        let refused = Mutex::new(RefusedOptions::new());
        Arc::new(SharedModel(Arc::new(HttpModel {
            dialect,
            extra,
            http,
            refused,
        })))
    }
}

/// A handle on a model: streams outlive the borrow they were made through.
pub(super) struct SharedModel<D>(Arc<HttpModel<D>>);

impl<D: Dialect> LanguageModel for SharedModel<D> {
    fn name(&self) -> &str {
        self.0.dialect.model()
    }

    fn provider(&self) -> Provider {
        self.0.dialect.provider()
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        Call::begin(Arc::clone(&self.0), request)
    }

    fn check(&self) -> BoxFuture<'_, Result<String, ModelError>> {
        self.0.check().boxed()
    }
}

impl<D: Dialect> HttpModel<D> {
    pub fn error(&self, kind: ModelErrorKind) -> ModelError {
        ModelError::new(self.dialect.provider(), kind)
    }

    async fn check(&self) -> Result<String, ModelError> {
        let request = self
            .dialect
            .sign(self.http.client.get(self.dialect.check_url()))
            .timeout(SHORT_WAIT);
        let response = request
            .send()
            .await
            .map_err(|error| self.transport_error(&error))?;
        let (model, provider) = (self.dialect.model(), self.dialect.provider());
        match response.status().as_u16() {
            200..=299 => {}
            // Small servers have no such page; that they answer is all we wanted to know.
            404 | 405 | 501 if provider == Provider::Compatible => {
                return Ok(format!(
                    "Reached {provider}; it does not list its models, so \"{model}\" is untested."
                ));
            }
            _ => return Err(self.refusal(response).await.0),
        }
        let body = read_bounded(response, 4 << 20).await;
        let models = listed_models(&body);
        if models.is_empty()
            || models
                .iter()
                .any(|listed| listed == model || listed.strip_suffix(":latest") == Some(model))
        {
            return Ok(format!("Reached {provider}; the model is {model}."));
        }
        if provider == Provider::Compatible {
            // A llama.cpp server answers with what it has loaded, by whatever name it is asked.
            let some = models
                .iter()
                .take(3)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            return Ok(format!(
                "Reached {provider}; it lists {some}, not \"{model}\" (AUTODECK_LLM_MODEL)."
            ));
        }
        Err(self.error(ModelErrorKind::NotFound {
            model: model.to_owned(),
        }))
    }

    /// The error that a status other than success stands for, and the provider's own account of it.
    pub async fn refusal(&self, response: Response) -> (ModelError, ErrorReport) {
        let status = response.status();
        let retry_after = retry_after(response.headers(), self.http.clock.now());
        let report = ErrorReport::from_body(&read_bounded(response, MAX_REFUSAL_BYTES).await);
        let error = report.clone().into_error(Answered {
            status: Some(status),
            retry_after,
            ..self.answered()
        });
        (error, report)
    }

    /// For an account that came without a status of its own.
    pub fn answered(&self) -> Answered<'_> {
        let dialect = &self.dialect;
        Answered {
            provider: dialect.provider(),
            model: dialect.model(),
            status: None,
            retry_after: None,
        }
    }

    /// Success, but JSON instead of a stream: an error that the endpoint took for an answer, or no such endpoint.
    pub async fn not_a_stream(&self, response: Response) -> ModelError {
        let body = read_bounded(response, MAX_REFUSAL_BYTES).await;
        match serde_json::from_slice::<Value>(&body) {
            Ok(body) if body.get("error").is_some() => {
                ErrorReport::from_json(&body).into_error(self.answered())
            }
            _ => self.error(ModelErrorKind::Protocol),
        }
    }

    pub fn transport_error(&self, error: &reqwest::Error) -> ModelError {
        let kind = if error.is_timeout() {
            ModelErrorKind::Timeout(TimeoutKind::Connect)
        } else if error.is_connect() {
            ModelErrorKind::Unreachable
        } else if error.is_builder() {
            ModelErrorKind::BadRequest
        } else {
            ModelErrorKind::Interrupted
        };
        let error_text = format!("{error:?}");
        match kind {
            // The text names hosts at most, and only this word of it is passed on.
            ModelErrorKind::Unreachable if error_text.contains("InvalidCertificate") => {
                self.error(kind).because("its certificate is not trusted")
            }
            _ => self.error(kind),
        }
    }

    /// Notes the options of `body` that `report` blames. Whether there were any: then the request may go out without.
    pub fn leave_out_blamed(&self, body: &Value, report: &ErrorReport) -> bool {
        let mut refused = self
            .refused
            .lock()
            .expect("nothing panics while it notes an option");
        let ours = |name: &str| body.get(name).is_some() && self.extra.get(name).is_none();
        let options = self.dialect.options().iter();
        let blamed: Vec<_> = options
            .filter(|option| ours(option.name) && option.is_blamed(report))
            .collect();
        for option in &blamed {
            tracing::info!(provider = %self.dialect.provider(), option = option.name, "the endpoint refuses an option");
            refused.insert(option.name);
        }
        !blamed.is_empty()
    }
}

/// Whether a body says it is JSON, and so no stream.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    kind.trim_start().starts_with("application/json")
}

/// The first bytes of a body: as many as come in time and fit.
async fn read_bounded(response: Response, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    let mut pieces = response.bytes_stream();
    let read = async {
        while let Some(Ok(piece)) = pieces.next().await {
            body.extend_from_slice(&piece[..piece.len().min(most - body.len())]);
            if body.len() == most {
                break;
            }
        }
    };
    // What came until then is better than nothing.
    let _ = timeout(SHORT_WAIT, read).await;
    body
}

/// The ids in OpenAI's list of models; none if it is not one.
pub(super) fn listed_models(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let models = body
        .get("data")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    models
        .iter()
        .filter_map(|model| model.get("id")?.as_str().map(str::to_owned))
        .collect()
}
