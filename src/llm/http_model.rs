//! A model behind HTTP: sends a request, reads its answer, and tries again where that can help.

use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_stream::Event;
use futures::future::BoxFuture;
use futures::stream::unfold;
use futures::{FutureExt, Stream, StreamExt};
use rand_chacha::ChaCha8Rng;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::answer::{Dialect, Piece, RefusedOptions, merge};
use super::backoff::{full_jitter, retry_after};
use super::error_report::{Answered, ErrorReport};
use super::event_stream::{WireError, events};
use super::{
    LanguageModel, ModelError, ModelErrorKind, ModelEvent, ModelRequest, ModelStream, Provider,
    StopReason, TimeoutKind, Timeouts, UsageMeter,
};
use crate::clock::Clock;

/// The most we read of a refusal: enough for any account of an error, too little to hurt.
const MAX_REFUSAL_BYTES: usize = 64 << 10;
/// How long we wait for the rest of a refusal, and for an answer to a check.
const SHORT_WAIT: Duration = Duration::from_secs(5);
/// How long a finished answer may keep us waiting for its count of tokens and its last line.
const AFTER_STOP: Duration = Duration::from_secs(2);

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
    dialect: D,
    /// Merged into each request (`AUTODECK_LLM_EXTRA`).
    extra: Value,
    http: Arc<Http>,
    /// What this endpoint has refused so far.
    refused: Mutex<RefusedOptions>,
}

impl<D: Dialect> HttpModel<D> {
    pub fn new(dialect: D, extra: Value, http: Arc<Http>) -> Arc<SharedModel<D>> {
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
        let meter = UsageMeter::default();
        let call = Call {
            model: Arc::clone(&self.0),
            request,
            meter: meter.clone(),
            deadline: None,
            attempts: 0,
            text_seen: false,
            phase: Phase::Waiting(Duration::ZERO),
        };
        let events = unfold(call, async |mut call: Call<D>| {
            call.next().await.map(|event| (event, call))
        });
        ModelStream::new(events.fuse(), meter)
    }

    fn check(&self) -> BoxFuture<'_, Result<String, ModelError>> {
        self.0.check().boxed()
    }
}

impl<D: Dialect> HttpModel<D> {
    fn error(&self, kind: ModelErrorKind) -> ModelError {
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
                    "{provider} answers; it does not list its models, so \"{model}\" is untested."
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
            return Ok(format!("{provider} answers, and the model is {model}."));
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
                "{provider} answers; it lists {some}, not \"{model}\" (AUTODECK_LLM_MODEL)."
            ));
        }
        Err(self.error(ModelErrorKind::NotFound {
            model: model.to_owned(),
        }))
    }

    /// The error that a status other than success stands for, and the provider's own account of it.
    async fn refusal(&self, response: Response) -> (ModelError, ErrorReport) {
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
    fn answered(&self) -> Answered<'_> {
        let dialect = &self.dialect;
        Answered {
            provider: dialect.provider(),
            model: dialect.model(),
            status: None,
            retry_after: None,
        }
    }

    /// Success, but JSON instead of a stream: an error that the endpoint took for an answer, or no such endpoint.
    async fn not_a_stream(&self, response: Response) -> ModelError {
        let body = read_bounded(response, MAX_REFUSAL_BYTES).await;
        match serde_json::from_slice::<Value>(&body) {
            Ok(body) if body.get("error").is_some() => {
                ErrorReport::from_json(&body).into_error(self.answered())
            }
            _ => self.error(ModelErrorKind::Protocol),
        }
    }

    fn transport_error(&self, error: &reqwest::Error) -> ModelError {
        let kind = if error.is_timeout() {
            ModelErrorKind::Timeout(TimeoutKind::Connect)
        } else if error.is_connect() {
            ModelErrorKind::Unreachable
        } else if error.is_builder() {
            ModelErrorKind::BadRequest
        } else {
            ModelErrorKind::Interrupted
        };
        self.error(kind)
    }

    /// Notes the options of `body` that `report` blames. Whether there were any: then the request may go out without.
    fn leave_out_blamed(&self, body: &Value, report: &ErrorReport) -> bool {
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

type Events = Pin<Box<dyn Stream<Item = Result<Event, WireError<reqwest::Error>>> + Send>>;

/// One call, from its first request to the last event of its answer.
struct Call<D> {
    model: Arc<HttpModel<D>>,
    request: ModelRequest,
    meter: UsageMeter,
    /// When the whole call has to be over; set when it begins.
    deadline: Option<Instant>,
    attempts: u32,
    /// Once text is out, a failure is the caller's to mend: it alone knows which cards are whole.
    text_seen: bool,
    phase: Phase,
}

enum Phase {
    /// Until the next request.
    Waiting(Duration),
    Reading(Answer),
    /// Done is said; what is left is read so that the connection can be used again.
    Draining(Events),
    Ended,
}

/// The answer to one request.
struct Answer {
    events: Events,
    sent: Instant,
    /// The last sign of the model at work.
    active: Option<Instant>,
    /// Whether any event came at all.
    spoke: bool,
    pieces: VecDeque<Piece>,
    stop: Option<StopReason>,
    refused: bool,
}

impl<D: Dialect> Call<D> {
    async fn next(&mut self) -> Option<Result<ModelEvent, ModelError>> {
        loop {
            match mem::replace(&mut self.phase, Phase::Ended) {
                Phase::Waiting(wait) => {
                    sleep(wait).await;
                    match self.send().await {
                        Ok(answer) => self.phase = Phase::Reading(answer),
                        Err(error) => return Some(self.fail(error)),
                    }
                }
                Phase::Reading(mut answer) => match self.read(&mut answer).await {
                    Ok(Step::Text(text)) => {
                        self.phase = Phase::Reading(answer);
                        return Some(Ok(ModelEvent::Text(text)));
                    }
                    Ok(Step::Finished) if answer.refused => {
                        return Some(self.fail(self.model.error(ModelErrorKind::Refused)));
                    }
                    Ok(Step::Finished) => {
                        self.phase = Phase::Draining(answer.events);
                        return Some(Ok(ModelEvent::Done(
                            answer.stop.unwrap_or(StopReason::Unstated),
                        )));
                    }
                    Err(error) => return Some(self.fail(error)),
                },
                Phase::Draining(mut events) => {
                    // Whatever comes or fails to come here changes nothing.
                    let _ =
                        timeout(AFTER_STOP, async { while events.next().await.is_some() {} }).await;
                }
                Phase::Ended => return None,
            }
        }
    }

    /// Ends the call with `error`, or says when it tries again.
    fn fail(&mut self, error: ModelError) -> Result<ModelEvent, ModelError> {
        let http = &self.model.http;
        let retries = self.attempts.saturating_sub(1);
        let asked_for = error.retry_after().unwrap_or_default();
        let jitter = {
            let mut dice = http
                .dice
                .lock()
                .expect("nothing panics while it throws dice");
            // A wait that was asked for is kept, and a little chance spreads those who were told the same.
            let doublings = if asked_for.is_zero() { retries } else { 0 };
            full_jitter(doublings, http.retry.base, http.retry.longest, &mut *dice)
        };
        let after = asked_for + jitter;
        let in_time = self
            .deadline
            .is_none_or(|deadline| Instant::now() + after < deadline);
        let again = error.is_retryable() && !self.text_seen && self.attempts < http.retry.attempts;
        if !again || !in_time || asked_for > http.retry.longest {
            return Err(error);
        }
        tracing::info!(%error, attempt = self.attempts, after_ms = after.as_millis() as u64, "trying the model again");
        self.phase = Phase::Waiting(after);
        Ok(ModelEvent::Retrying {
            after,
            because: error,
        })
    }

    /// Sends the request; again at once and without it where the endpoint blames one of our options.
    async fn send(&mut self) -> Result<Answer, ModelError> {
        self.attempts += 1;
        let http = Arc::clone(&self.model.http);
        let deadline = *self
            .deadline
            .get_or_insert_with(|| Instant::now() + http.timeouts.whole);
        loop {
            let model = &*self.model;
            let refused = model
                .refused
                .lock()
                .expect("nothing panics while it notes an option")
                .clone();
            let mut body = model.dialect.body(&self.request, &refused);
            merge(&mut body, &model.extra);
            let request = model.dialect.sign(http.client.post(model.dialect.url()));
            let request = request.header(ACCEPT, "text/event-stream").json(&body);
            let sent = Instant::now();
            let response = timeout_at(
                deadline.min(sent + http.timeouts.first_token),
                request.send(),
            )
            .await
            .map_err(|_| self.out_of_time(TimeoutKind::FirstToken))?
            .map_err(|error| model.transport_error(&error))?;
            if !response.status().is_success() {
                let (error, report) = model.refusal(response).await;
                if error.kind == ModelErrorKind::BadRequest
                    && model.leave_out_blamed(&body, &report)
                {
                    continue;
                }
                return Err(error);
            }
            self.meter
                .begin_request(&[&self.request.system, &self.request.user]);
            if is_json(response.headers()) {
                return Err(model.not_a_stream(response).await);
            }
            return Ok(Answer {
                events: Box::pin(events(response.bytes_stream())),
                sent,
                active: None,
                spoke: false,
                pieces: VecDeque::new(),
                stop: None,
                refused: false,
            });
        }
    }

    /// Reads up to the next text or the end.
    async fn read(&mut self, answer: &mut Answer) -> Result<Step, ModelError> {
        loop {
            if let Some(piece) = answer.pieces.pop_front() {
                match self.take(piece, answer) {
                    Some(step) => return step,
                    None => continue,
                }
            }
            let timeouts = &self.model.http.timeouts;
            let (limit, kind) = match (answer.stop, answer.active) {
                (Some(_), Some(active)) => (active + AFTER_STOP, TimeoutKind::Idle),
                (_, Some(active)) => (active + timeouts.idle, TimeoutKind::Idle),
                (_, None) => (answer.sent + timeouts.first_token, TimeoutKind::FirstToken),
            };
            let limit = self.deadline.map_or(limit, |deadline| deadline.min(limit));
            let broken = match timeout_at(limit, answer.events.next()).await {
                Ok(Some(Ok(event))) => match self.model.dialect.read(&event.data) {
                    Some(pieces) => {
                        answer.spoke = true;
                        if pieces.iter().any(is_activity) {
                            answer.active = Some(Instant::now());
                        }
                        answer.pieces.extend(pieces);
                        continue;
                    }
                    // The last event may be one that the end of the body cut.
                    None if answer.spoke
                        && matches!(answer.events.next().now_or_never(), Some(None)) =>
                    {
                        self.model.error(ModelErrorKind::Interrupted)
                    }
                    None => self.model.error(ModelErrorKind::Protocol),
                },
                Ok(Some(Err(WireError::Transport(error)))) => {
                    let timed_out = error.is_timeout();
                    tracing::debug!(timed_out, "the connection to the model broke");
                    self.model.error(ModelErrorKind::Interrupted)
                }
                Ok(Some(Err(error))) => self
                    .model
                    .error(ModelErrorKind::Protocol)
                    .because(error.to_string()),
                Ok(None) if answer.active.is_some() => return Ok(Step::Finished),
                Ok(None) if answer.spoke => self.model.error(ModelErrorKind::Interrupted),
                Ok(None) => self.model.error(ModelErrorKind::Protocol),
                Err(_) => self.out_of_time(kind),
            };
            // A finished answer needs no good end.
            return if answer.stop.is_some() {
                Ok(Step::Finished)
            } else {
                Err(broken)
            };
        }
    }

    /// What a piece means for the reader, if anything.
    fn take(&mut self, piece: Piece, answer: &mut Answer) -> Option<Result<Step, ModelError>> {
        match piece {
            Piece::Text(text) => {
                self.meter.wrote(&text);
                self.meter.first_text(answer.sent.elapsed());
                self.text_seen = true;
                return Some(Ok(Step::Text(text)));
            }
            Piece::Thought(text) => self.meter.wrote(&text),
            Piece::Refusal => answer.refused = true,
            Piece::Usage {
                tokens_in,
                tokens_out,
            } => self.meter.told(tokens_in, tokens_out),
            Piece::Stop(reason) => answer.stop = Some(reason),
            Piece::End => return Some(Ok(Step::Finished)),
            Piece::Failure(_) if answer.stop.is_some() => return Some(Ok(Step::Finished)),
            Piece::Failure(report) => return Some(Err(report.into_error(self.model.answered()))),
        }
        None
    }

    fn out_of_time(&self, kind: TimeoutKind) -> ModelError {
        let whole = self
            .deadline
            .is_some_and(|deadline| deadline <= Instant::now());
        self.model.error(ModelErrorKind::Timeout(if whole {
            TimeoutKind::Whole
        } else {
            kind
        }))
    }
}

/// How far a read came.
enum Step {
    Text(String),
    Finished,
}

/// Counts say nothing about the model being at work: Anthropic sends one before the first word.
fn is_activity(piece: &Piece) -> bool {
    matches!(
        piece,
        Piece::Text(_) | Piece::Thought(_) | Piece::Refusal | Piece::Stop(_)
    )
}

fn is_json(headers: &HeaderMap) -> bool {
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
