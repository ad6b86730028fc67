//! The worker: leases a job, streams cards from the model into the pool, and decides what becomes of the job.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::wake::Wake;
use crate::clock::Clock;
use crate::config::Spending;
use crate::db;
use crate::db::jobs::ClaimedJob;
use crate::domain::plan::class;
use crate::llm::LanguageModel;
use crate::telemetry;

/// A wake-up can be lost: a worker without work looks by itself this often.
const SLOW_POLL: Duration = Duration::from_secs(2);

/// What a worker needs. Cheap to clone; the job rows hold all that matters.
#[derive(Clone)]
pub struct Generator {
    /// Connections.
    pub db: PgPool,
    /// The present.
    pub clock: Clock,
    /// New cards and orders, here and elsewhere.
    pub wake: Wake,
    /// Who writes the cards.
    pub model: Option<Arc<dyn LanguageModel>>,
    /// Who writes those of class *pro*.
    pub pro_model: Option<Arc<dyn LanguageModel>>,
    /// How long a job survives a silent worker.
    pub lease: Duration,
    /// Prices and the day's budget, where the operator set them.
    pub spending: Spending,
    /// Streams stop at the next card.
    pub stop: CancellationToken,
}

impl Generator {
    /// Works on up to `workers` jobs at once until told to stop, and then lets the running ones reach their next card.
    pub async fn run(self, workers: usize) {
        let free = Arc::new(Semaphore::new(workers));
        let running = TaskTracker::new();
        while !self.stop.is_cancelled() && workers > 0 {
            let permit = Arc::clone(&free)
                .acquire_owned()
                .await
                .expect("the semaphore is never closed");
            match self.claim().await {
                Ok(Some(job)) => {
                    let generator = self.clone();
                    let span = tracing::info_span!("generation_job", job_id = %job.job_id, level = job.level);
                    telemetry::continue_trace(&span, job.trace_parent.as_deref());
                    let work = async move {
                        generator.work(job).await;
                        drop(permit);
                    };
                    running.spawn(work.instrument(span));
                }
                Ok(None) => match self.claim_rephrasing().await {
                    Ok(Some(claimed)) => {
                        let generator = self.clone();
                        running.spawn(async move {
                            generator.rephrase(&claimed).await;
                            drop(permit);
                        });
                    }
                    Ok(None) => self.rest().await,
                    Err(error) => {
                        tracing::error!(%error, "no leech could be claimed");
                        self.pause(SLOW_POLL).await;
                    }
                },
                Err(error) => {
                    tracing::error!(%error, "no job could be claimed");
                    self.pause(SLOW_POLL).await;
                }
            }
        }
        running.close();
        running.wait().await;
    }

    /// Claims one job and works it to its end or its next try; `false` when there was none. Tests step with this.
    pub async fn step(&self) -> sqlx::Result<bool> {
        let Some(job) = self.claim().await? else {
            let Some(claimed) = self.claim_rephrasing().await? else {
                return Ok(false);
            };
            self.rephrase(&claimed).await;
            return Ok(true);
        };
        self.work(job).await;
        Ok(true)
    }

    /// Who writes this job's cards. No quiet substitution: without a pro model a pro job has none.
    pub(super) fn model_for(&self, job: &ClaimedJob) -> Option<Arc<dyn LanguageModel>> {
        if job.class == class::PRO {
            self.pro_model.clone()
        } else {
            self.model.clone()
        }
    }

    async fn claim(&self) -> sqlx::Result<Option<ClaimedJob>> {
        let now = self.clock.now();
        db::jobs::claim(&self.db, now, now + lease_delta(self.lease)).await
    }

    /// Waits for an order, for the next try of a failed job, or for a lease to run out.
    async fn rest(&self) {
        let until = db::jobs::next_claim_at(&self.db).await.ok().flatten();
        let pause = until.map_or(SLOW_POLL, |at| {
            (at - self.clock.now()).to_std().unwrap_or(Duration::ZERO)
        });
        // A lease counts as over only after its last instant.
        let pause = pause
            .saturating_add(Duration::from_millis(5))
            .min(SLOW_POLL);
        tokio::select! {
            () = self.wake.ordered_job() => {}
            () = self.pause(pause) => {}
        }
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Works a claimed job. A database error leaves the job to its lease: whoever claims it next goes on.
    async fn work(&self, job: ClaimedJob) {
        // When the lease is lost the work is dropped where it stands, and with it the stream and any open transaction.
        let result = tokio::select! {
            result = self.work_to_end(&job) => result,
            () = self.hold_lease(&job) => Ok(()),
        };
        if let Err(error) = result {
            tracing::error!(%error, job_id = %job.job_id, "a generation job met a database error; its lease will run out");
        }
        self.wake.topic_changed(job.topic_id);
    }

    /// Extends the lease at a third of its length; ends when the job is no longer ours.
    async fn hold_lease(&self, job: &ClaimedJob) {
        loop {
            tokio::time::sleep(self.lease / 3).await;
            let until = self.clock.now() + lease_delta(self.lease);
            match db::jobs::extend_lease(&self.db, job.job_id, job.fence, until).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!(job_id = %job.job_id, fence = job.fence, "the lease was lost");
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, job_id = %job.job_id, "the lease could not be extended")
                }
            }
        }
    }
}

pub(super) fn lease_delta(lease: Duration) -> TimeDelta {
    TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX)
}
