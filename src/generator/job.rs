//! One job in a worker's hands: ask, save what comes, and decide what becomes of the job.

use std::time::Duration;

use futures::StreamExt;
use rand::RngExt;
use tokio::time::Instant;

use super::pipeline::{Kept, Pipeline};
use super::save::{SaveContext, Saved, save};
use super::worker::{Generator, lease_delta};
use crate::config::Spending;
use crate::db;
use crate::db::jobs::{ClaimedJob, RequestRecord};
use crate::db::pool::PoolFact;
use crate::db::steers::SteerRow;
use crate::db::topics::Topic;
use crate::domain::ids::new_id;
use crate::domain::language::Language;
use crate::domain::level::Level;
use crate::domain::prompt::{self, CoveredFact, Prompt, PromptInput, Steer};
use crate::domain::supply::{self, reasons};
use crate::llm::{
    LanguageModel, ModelError, ModelErrorKind, ModelEvent, ModelRequest, ModelUsage, Provider,
};

/// Failed requests, silent workers and empty replies before a job is given up.
pub const MAX_FAILURES: i16 = 5;

/// Requests that one claim may spend on a job: the first, and top-ups while each brings something.
const MAX_REQUESTS: usize = 3;

/// Pause before a failed job is tried again: full jitter below 1 s, 2 s, 4 s … up to this.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// From the word to stop to the end of a stream that has not reached its next card.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// How long an answer that brought all its cards is read on for its count of tokens.
const SETTLE_PATIENCE: Duration = Duration::from_secs(1);

/// Bound of an answer: a card with XML around it takes 60 to 120 tokens, and one in another script up to 200.
const TOKENS_PER_CARD: u32 = 220;

/// Millionths of a dollar for these tokens: dollars per million tokens are millionths of a dollar per token.
pub(super) fn cost_microusd(spending: &Spending, usage: &ModelUsage) -> i64 {
    let tokens_in = usage.tokens_in as f64 * spending.price_in.unwrap_or(0.0);
    let tokens_out = usage.tokens_out as f64 * spending.price_out.unwrap_or(0.0);
    (tokens_in + tokens_out).ceil() as i64
}

/// What became of a request, beside the cards it brought.
enum Ending {
    /// The answer ended by itself, or the job has all it asked for.
    Complete,
    /// The model or the way to it failed.
    Failed(ModelError),
    /// Another worker has the job.
    NotOurs,
    /// The process is going down.
    Stopped,
}

/// What one request brought.
struct RequestResult {
    ending: Ending,
    kept: usize,
    seen: usize,
}

impl Generator {
    pub(super) async fn work_to_end(&self, job: &ClaimedJob) -> sqlx::Result<()> {
        let Some(model) = self.model_for(job) else {
            return self
                .give_up(job, reasons::NO_MODEL, "No language model is connected.")
                .await;
        };
        if job.failures >= MAX_FAILURES {
            let why = "The cards could not be written in several tries.";
            return self.give_up(job, reasons::FAILING, why).await;
        }
        let Some(topic) = db::topics::find(&self.db, job.topic_id).await? else {
            return self
                .give_up(job, reasons::FAILING, "The topic is gone.")
                .await;
        };
        let mut job = job.clone();
        for _ in 0..MAX_REQUESTS {
            if self.is_budget_spent().await? {
                return self
                    .give_up(&job, reasons::BUDGET_SPENT, "Today's budget is spent.")
                    .await;
            }
            let result = self.request(&mut job, &topic, model.as_ref()).await?;
            match result.ending {
                Ending::NotOurs => return Ok(()),
                Ending::Stopped => return self.hand_back(&job).await,
                Ending::Failed(error) => return self.fail(&job, &error).await,
                Ending::Complete if job.missing() == 0 => break,
                Ending::Complete if result.seen == 0 => {
                    return self.remind(&job, model.name()).await;
                }
                // All that came was known or unfit: asking once more for the same would bring the same.
                Ending::Complete if result.kept == 0 => break,
                Ending::Complete => {}
            }
        }
        db::jobs::end(
            &self.db,
            job.job_id,
            job.fence,
            "done",
            None,
            self.clock.now(),
        )
        .await?;
        Ok(())
    }

    /// One request: asks for what is missing and saves each card as it is complete.
    async fn request(
        &self,
        job: &mut ClaimedJob,
        topic: &Topic,
        model: &dyn LanguageModel,
    ) -> sqlx::Result<RequestResult> {
        let facts = db::pool::facts_after(&self.db, job.topic_id, 0).await?;
        let wanted = job.missing();
        let mut pipeline = Pipeline::new(wanted, &facts);
        let started = Instant::now();
        let mut kept = 0;
        let wishes = db::steers::of_order(
            &self.db,
            job.ordered_by,
            job.topic_id,
            prompt::STEERS as i64,
        )
        .await?;
        let span = tracing::info_span!("model_request", model = model.name(), wanted);
        let request = self.ask(job, topic, &facts, &wishes, wanted, model.provider());
        let mut stream = span.in_scope(|| model.stream(request));
        let ending = loop {
            let event = tokio::select! {
                event = stream.next() => event,
                () = self.stop_is_pressing() => break Ending::Stopped,
            };
            let cards = match event {
                None => {
                    pipeline.finish();
                    break Ending::Complete;
                }
                Some(Ok(ModelEvent::Text(text))) => pipeline.push(text.as_bytes()),
                Some(Ok(_)) => continue,
                Some(Err(error)) => break Ending::Failed(error),
            };
            let Some(saved) = self
                .save_all(job, &mut pipeline, &cards, model.name())
                .await?
            else {
                break Ending::NotOurs;
            };
            kept += saved;
            if pipeline.is_full() || job.missing() == 0 {
                break Ending::Complete;
            }
            if saved > 0 && self.stop.is_cancelled() {
                break Ending::Stopped;
            }
        };
        let usage = match ending {
            // The provider's own count of tokens comes last, and a connection read to its end is used again.
            Ending::Complete => stream.settle(SETTLE_PATIENCE).await,
            _ => stream.usage(),
        };
        self.record(job, model, &pipeline, &usage, started).await?;
        Ok(RequestResult {
            ending,
            kept,
            seen: pipeline.seen(),
        })
    }

    fn ask(
        &self,
        job: &ClaimedJob,
        topic: &Topic,
        facts: &[PoolFact],
        wishes: &[SteerRow],
        wanted: usize,
        provider: Provider,
    ) -> ModelRequest {
        let covered: Vec<CoveredFact> = facts
            .iter()
            .map(|fact| CoveredFact {
                question: fact.question.clone(),
                answer: fact.answer.clone(),
                subtopic: fact.subtopic.clone(),
                level: Level::clamped(i64::from(fact.level)),
            })
            .collect();
        let language = Language::parse(&topic.language).ok();
        let steer: Vec<Steer<'_>> = wishes
            .iter()
            .filter_map(|row| Steer::from_name(&row.wish, &row.words))
            .collect();
        let input = PromptInput {
            topic: &topic.title,
            language: language.as_ref(),
            level: job.level(),
            wanted,
            covered: &prompt::nearest_covered(&covered, job.level(), prompt::COVERED_FACTS),
            steer: &steer,
            reminder: job.reminder,
        };
        let prompt = match provider {
            Provider::Local => Prompt::for_small_model(&input),
            _ => Prompt::new(&input),
        };
        let max_tokens =
            TOKENS_PER_CARD * u32::try_from(wanted).unwrap_or(u32::from(supply::BATCH)) + 100;
        ModelRequest {
            system: prompt.system,
            user: prompt.user,
            max_tokens,
            cards: wanted,
        }
    }

    /// Saves the cards that a piece of the answer completed; `None` when the job is no longer ours.
    async fn save_all(
        &self,
        job: &mut ClaimedJob,
        pipeline: &mut Pipeline,
        cards: &[Kept],
        model: &str,
    ) -> sqlx::Result<Option<usize>> {
        let mut kept = 0;
        for card in cards {
            let now = self.clock.now();
            #[expect(
                clippy::disallowed_methods,
                reason = "ids are no part of what is decided"
            )]
            let pool_card_id = new_id(now, &mut rand::rng());
            let lease_until = now + lease_delta(self.lease);
            let context = SaveContext {
                job,
                model,
                pool_card_id,
                now,
                lease_until,
            };
            match save(&self.db, pipeline, card, context).await? {
                Saved::Kept { made } => {
                    if job.made == 0 {
                        let waited = (now - job.ordered_at).to_std().unwrap_or_default();
                        metrics::histogram!("autodeck_first_card_seconds").record(waited);
                    }
                    job.made = made;
                    kept += 1;
                    self.wake.topic_changed(job.topic_id);
                    metrics::counter!("autodeck_cards_written_total", "model" => model.to_owned())
                        .increment(1);
                }
                Saved::Duplicate => pipeline.refuse_duplicate(),
                Saved::NotOurs => return Ok(None),
            }
        }
        Ok(Some(kept))
    }

    async fn record(
        &self,
        job: &ClaimedJob,
        model: &dyn LanguageModel,
        pipeline: &Pipeline,
        usage: &ModelUsage,
        started: Instant,
    ) -> sqlx::Result<()> {
        for (gate, count) in pipeline.refused() {
            metrics::counter!("autodeck_cards_refused_total", "model" => model.name().to_owned(), "gate" => gate.clone())
                .increment(*count);
        }
        let record = RequestRecord {
            model: model.name().into(),
            tokens_in: i64::try_from(usage.tokens_in).unwrap_or(i64::MAX),
            tokens_out: i64::try_from(usage.tokens_out).unwrap_or(i64::MAX),
            tokens_estimated: usage.estimated,
            cost_microusd: cost_microusd(&self.spending, usage),
            first_token_ms: usage
                .first_text_after
                .and_then(|time| i32::try_from(time.as_millis()).ok()),
            refused: serde_json::to_value(pipeline.refused()).unwrap_or_default(),
            diagnostics: pipeline.diagnostics(),
        };
        let tokens = [("in", usage.tokens_in), ("out", usage.tokens_out)];
        for (direction, count) in tokens {
            metrics::counter!("autodeck_tokens_total", "model" => model.name().to_owned(), "direction" => direction)
                .increment(count);
        }
        metrics::counter!("autodeck_cost_microusd_total", "model" => model.name().to_owned())
            .increment(u64::try_from(record.cost_microusd).unwrap_or(0));
        tracing::info!(
            job_id = %job.job_id,
            level = job.level,
            made = job.made,
            seen = pipeline.seen(),
            tokens_in = record.tokens_in,
            tokens_out = record.tokens_out,
            first_token_ms = record.first_token_ms,
            took_ms = started.elapsed().as_millis() as u64,
            "the model was asked for cards"
        );
        db::jobs::record_request(&self.db, job.job_id, &record).await
    }

    /// After the word to stop a stream has this long to reach its next card.
    async fn stop_is_pressing(&self) {
        self.stop.cancelled().await;
        tokio::time::sleep(STOP_GRACE).await;
    }

    pub(super) async fn is_budget_spent(&self) -> sqlx::Result<bool> {
        let Some(budget) = self.spending.daily_budget else {
            return Ok(false);
        };
        let spent =
            db::jobs::spent_since(&self.db, supply::utc_day_start(self.clock.now())).await?;
        Ok(spent as f64 >= budget * 1e6)
    }

    /// Ends a job for good, with a reason that the learner sees.
    async fn give_up(&self, job: &ClaimedJob, reason: &str, why: &str) -> sqlx::Result<()> {
        tracing::warn!(job_id = %job.job_id, reason, "a generation job was given up");
        db::jobs::end(
            &self.db,
            job.job_id,
            job.fence,
            "dead",
            Some((reason, why)),
            self.clock.now(),
        )
        .await?;
        Ok(())
    }

    /// Puts the job back untouched: the process is going down, and it was not the job's fault.
    async fn hand_back(&self, job: &ClaimedJob) -> sqlx::Result<()> {
        db::jobs::requeue(
            &self.db,
            job.job_id,
            job.fence,
            self.clock.now(),
            None,
            job.reminder,
        )
        .await?;
        Ok(())
    }

    /// After a failed request: tried again later, or given up when trying cannot help or was tried enough.
    async fn fail(&self, job: &ClaimedJob, error: &ModelError) -> sqlx::Result<()> {
        let sentence = error.sentence();
        metrics::counter!("autodeck_model_failures_total").increment(1);
        tracing::warn!(job_id = %job.job_id, error = %sentence, failures = job.failures + 1, "a request to the model failed");
        if error.kind == ModelErrorKind::Refused {
            db::jobs::note_declined(&self.db, job.job_id).await?;
        }
        if !error.is_retryable() || job.failures + 1 >= MAX_FAILURES {
            return self.give_up(job, reasons::FAILING, &sentence).await;
        }
        let pause = error.retry_after().unwrap_or_else(|| backoff(job.failures));
        let run_after = self.clock.now() + lease_delta(pause);
        let why = Some((reasons::FAILING, sentence.as_str()));
        db::jobs::requeue(
            &self.db,
            job.job_id,
            job.fence,
            run_after,
            why,
            job.reminder,
        )
        .await?;
        self.wake.job_ordered();
        Ok(())
    }

    /// After an answer without a single card: once more with a reminder of the format, then given up.
    async fn remind(&self, job: &ClaimedJob, model: &str) -> sqlx::Result<()> {
        if job.reminder {
            db::jobs::note_declined(&self.db, job.job_id).await?;
            let why = format!(
                "The model {model} answered twice without a card: it may not want to write about this topic, or not \
                 know how. Word the topic differently, or connect another model."
            );
            return self.give_up(job, reasons::FAILING, &why).await;
        }
        let why = Some((reasons::FAILING, "The model answered without a card."));
        db::jobs::requeue(&self.db, job.job_id, job.fence, self.clock.now(), why, true).await?;
        self.wake.job_ordered();
        Ok(())
    }
}

/// Full jitter: anywhere below a bound that doubles with each failure.
fn backoff(failures: i16) -> Duration {
    let bound = Duration::from_secs(1 << failures.clamp(0, 5)).min(MAX_BACKOFF);
    #[expect(
        clippy::disallowed_methods,
        reason = "the jitter is no part of what is decided"
    )]
    bound.mul_f64(rand::rng().random::<f64>())
}
