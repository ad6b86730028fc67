//! One call of a model, from its first request to the last event of its answer.

use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use eventsource_stream::Event;
use futures::stream::unfold;
use futures::{FutureExt, Stream, StreamExt};
use reqwest::header::ACCEPT;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::answer::{Dialect, Piece, merge};
use super::backoff::full_jitter;
use super::event_stream::{WireError, events};
use super::http_model::{HttpModel, is_json};
use super::{
    ModelError, ModelErrorKind, ModelEvent, ModelRequest, ModelStream, StopReason, TimeoutKind,
    UsageMeter,
};

/// How long a finished answer may keep us waiting for its count of tokens and its last line.
const AFTER_STOP: Duration = Duration::from_secs(2);

type Events = Pin<Box<dyn Stream<Item = Result<Event, WireError<reqwest::Error>>> + Send>>;

/// One call, from its first request to the last event of its answer.
pub(super) struct Call<D> {
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
    /// The call as a stream. Nothing is sent before it is polled; dropping it drops the connection.
    pub fn begin(model: Arc<HttpModel<D>>, request: ModelRequest) -> ModelStream {
        let meter = UsageMeter::default();
        let call = Call {
            model,
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
                    Ok(Step::Finished | Step::BrokenOff) if answer.refused => {
                        return Some(self.fail(self.model.error(ModelErrorKind::Refused)));
                    }
                    Ok(step) => {
                        if matches!(step, Step::Finished) {
                            self.phase = Phase::Draining(answer.events);
                        }
                        let reason = answer.stop.unwrap_or(StopReason::Unstated);
                        return Some(Ok(ModelEvent::Done(reason)));
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
                Ok(Step::BrokenOff)
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
    /// The answer is whole and its body ends in good order.
    Finished,
    /// The answer is whole, but what should follow it did not come.
    BrokenOff,
}

/// Counts say nothing about the model being at work: Anthropic sends one before the first word.
fn is_activity(piece: &Piece) -> bool {
    matches!(
        piece,
        Piece::Text(_) | Piece::Thought(_) | Piece::Refusal | Piece::Stop(_)
    )
}
