//! What a caller reads: events, and what they cost.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use tokio::time::timeout;

use super::ModelError;

/// Something that happens while a model answers.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// The request failed before the first text and goes out again after this wait: worth telling the learner.
    Retrying {
        /// How long until the next try.
        after: Duration,
        /// What went wrong.
        because: ModelError,
    },
    /// A piece of the answer, never empty, cut anywhere between two characters.
    Text(String),
    /// The model has finished; only the end of the stream follows.
    Done(StopReason),
}

/// Why a model stopped writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It had said all it wanted.
    Complete,
    /// It reached `max_tokens`.
    MaxTokens,
    /// The body ended in good order without a word on why. It may have been cut by something in between.
    Unstated,
}

/// A model's answer as it comes. An error is the last item; the texts before it are good.
///
/// Dropping the stream ends the request and closes its connection.
pub struct ModelStream {
    events: BoxStream<'static, Result<ModelEvent, ModelError>>,
    meter: UsageMeter,
}

impl ModelStream {
    /// A stream of `events` whose producer notes its usage in `meter`.
    pub fn new(
        events: impl Stream<Item = Result<ModelEvent, ModelError>> + Send + 'static,
        meter: UsageMeter,
    ) -> ModelStream {
        ModelStream {
            events: Box::pin(events),
            meter,
        }
    }

    /// What the call has used so far; after the last item, in all. It is right after a failure too.
    pub fn usage(&self) -> ModelUsage {
        self.meter.usage()
    }

    /// For a caller that has all the cards it wants: reads on to the end, so that the provider's own count of tokens
    /// comes and the connection can be used again, but for no longer than `patience`. What comes is dropped.
    pub async fn settle(mut self, patience: Duration) -> ModelUsage {
        // Out of patience, the estimate has to do.
        let _ = timeout(patience, async { while self.next().await.is_some() {} }).await;
        self.usage()
    }
}

impl Stream for ModelStream {
    type Item = Result<ModelEvent, ModelError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.as_mut().poll_next(cx)
    }
}

/// What a call has used, over all its tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModelUsage {
    /// Tokens read, those from a cache included.
    pub tokens_in: u64,
    /// Tokens written, thoughts included.
    pub tokens_out: u64,
    /// Whether a part is our estimate, because the provider did not say or the stream ended before it did.
    pub estimated: bool,
    /// From sending the request that brought it to the first text. `None` if there was none.
    pub first_text_after: Option<Duration>,
    /// Requests that the provider accepted.
    pub requests: u32,
}

/// Counts what a call uses. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct UsageMeter(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    /// Of the requests before the present one, and what is not tokens.
    before: ModelUsage,
    present: Option<Request>,
}

/// A request that a provider has accepted, and so will bill.
#[derive(Debug, Clone, Copy)]
struct Request {
    estimate_in: f64,
    estimate_out: f64,
    told_in: Option<u64>,
    told_out: Option<u64>,
}

impl UsageMeter {
    /// A request of these texts has been accepted; what follows counts for it.
    pub fn begin_request(&self, texts: &[&str]) {
        let mut counts = self.counts();
        counts.before = counts.total();
        counts.before.requests += 1;
        let estimate_in = texts.iter().map(|text| estimate_tokens(text)).sum();
        counts.present = Some(Request {
            estimate_in,
            estimate_out: 0.0,
            told_in: None,
            told_out: None,
        });
    }

    /// The model has written `text`, shown or not. A count that was told before is out of date with that.
    pub fn wrote(&self, text: &str) {
        if let Some(request) = &mut self.counts().present {
            request.estimate_out += estimate_tokens(text);
            // Anthropic tells one token at the start and all of them at the end: a stream that breaks in between has
            // told too little.
            request.told_out = None;
        }
    }

    /// The first text came, so long after its request was sent.
    pub fn first_text(&self, after: Duration) {
        self.counts().before.first_text_after.get_or_insert(after);
    }

    /// The provider's own count for the present request so far. `None` leaves what it said before.
    pub fn told(&self, tokens_in: Option<u64>, tokens_out: Option<u64>) {
        if let Some(request) = &mut self.counts().present {
            request.told_in = tokens_in.or(request.told_in);
            request.told_out = tokens_out.or(request.told_out);
        }
    }

    /// The sum so far.
    pub fn usage(&self) -> ModelUsage {
        self.counts().total()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().expect("nothing panics while it counts")
    }
}

impl Counts {
    fn total(&self) -> ModelUsage {
        let mut usage = self.before;
        if let Some(request) = self.present {
            usage.tokens_in += request.told_in.unwrap_or(request.estimate_in.ceil() as u64);
            usage.tokens_out += request
                .told_out
                .unwrap_or(request.estimate_out.ceil() as u64);
            usage.estimated |= request.told_in.is_none() || request.told_out.is_none();
        }
        usage
    }
}

/// About how many tokens a text is: four characters each in ASCII, one each in other scripts. Within a third of what
/// the common tokenisers count for European text and for Chinese or Japanese, which is enough for a budget.
fn estimate_tokens(text: &str) -> f64 {
    text.chars()
        .map(|c| if c.is_ascii() { 0.25 } else { 1.0 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_tells_goes_before_an_estimate() {
        let meter = UsageMeter::default();
        meter.begin_request(&["12345678"]);
        meter.wrote("1234");
        let usage = meter.usage();
        assert_eq!(
            (usage.tokens_in, usage.tokens_out, usage.estimated),
            (2, 1, true)
        );
        meter.told(Some(9), None);
        meter.told(None, Some(5));
        let usage = meter.usage();
        assert_eq!(
            (usage.tokens_in, usage.tokens_out, usage.estimated),
            (9, 5, false)
        );
    }

    #[test]
    fn tries_add_up_and_only_the_first_text_counts_as_first() {
        let meter = UsageMeter::default();
        meter.begin_request(&["1234"]);
        meter.begin_request(&["1234"]);
        meter.told(Some(10), Some(20));
        meter.first_text(Duration::from_millis(7));
        meter.first_text(Duration::from_millis(9));
        let usage = meter.usage();
        assert_eq!(
            (usage.tokens_in, usage.tokens_out, usage.requests),
            (11, 20, 2)
        );
        assert!(usage.estimated, "the first request never said");
        assert_eq!(usage.first_text_after, Some(Duration::from_millis(7)));
    }

    #[test]
    fn a_count_told_at_the_start_only_does_not_hide_what_was_written_after() {
        let meter = UsageMeter::default();
        meter.begin_request(&[]);
        meter.told(Some(3), Some(1));
        meter.wrote(&"word ".repeat(100));
        assert_eq!(meter.usage().tokens_out, 125);
        assert!(meter.usage().estimated);
    }
}
