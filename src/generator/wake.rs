//! Wake-ups: a card of this topic is ready, a job is waiting. Within the process by channels; to other processes by
//! NOTIFY, sent outside the card's transaction because it takes one lock for the whole server at commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::db;
use crate::domain::ids::TopicId;

/// Between two attempts to listen again after the connection was lost. Waiting learners and workers poll besides.
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// How many topics may be waiting to be told to other processes; beyond it the slow poll has to do.
const OUTBOX: usize = 1024;

/// The wake-ups of one process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Wake {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// One channel a topic that somebody waits for; its value is when it last changed, or when the first began to wait.
    topics: Mutex<HashMap<TopicId, watch::Sender<Instant>>>,
    jobs: Notify,
    /// Names this process, which need not hear its own wake-ups twice.
    process: Uuid,
    /// What other processes are to be told: a topic, or the nil id for a job.
    outbox: mpsc::Sender<Uuid>,
}

/// A learner's wait for a topic; it ends itself when dropped.
#[derive(Debug)]
pub struct Waiting {
    changes: watch::Receiver<Instant>,
    topic_id: TopicId,
    shared: Arc<Shared>,
}

/// What [`Wake::run`] has to send.
#[derive(Debug)]
pub struct Outbox(mpsc::Receiver<Uuid>);

impl Wake {
    /// Wake-ups, and what is to be told to other processes.
    pub fn new() -> (Wake, Outbox) {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let shared = Shared {
            topics: Mutex::default(),
            jobs: Notify::new(),
            process: Uuid::new_v4(),
            outbox,
        };
        (
            Wake {
                shared: Arc::new(shared),
            },
            Outbox(inbox),
        )
    }

    /// Something about a topic's supply changed: a card, or the end of a job.
    pub fn topic_changed(&self, topic_id: TopicId) {
        self.shared.wake_topic(topic_id);
        self.tell_others(topic_id);
    }

    /// A job was ordered.
    pub fn job_ordered(&self) {
        self.shared.jobs.notify_one();
        self.tell_others(Uuid::nil());
    }

    /// Waits for an order, here or elsewhere. One that came since the last wait counts.
    pub async fn ordered_job(&self) {
        self.shared.jobs.notified().await;
    }

    /// Begins to wait for a topic: every change after this call is seen by [`Waiting::changed`].
    pub fn wait_for(&self, topic_id: TopicId) -> Waiting {
        let mut topics = self
            .shared
            .topics
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let sender = topics
            .entry(topic_id)
            .or_insert_with(|| watch::channel(Instant::now()).0);
        Waiting {
            changes: sender.subscribe(),
            topic_id,
            shared: Arc::clone(&self.shared),
        }
    }

    fn tell_others(&self, what: Uuid) {
        if self.shared.outbox.try_send(what).is_err() {
            tracing::debug!(
                "the outbox of wake-ups is full; other processes will find out by polling"
            );
        }
    }

    /// Carries wake-ups to other processes by `pool`, and from them by a connection of `sessions`, which no pooler may
    /// stand before, until `stop`.
    pub async fn run(
        self,
        pool: PgPool,
        sessions: PgPool,
        outbox: Outbox,
        stop: CancellationToken,
    ) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = send(&pool, self.shared.process, outbox) => {}
            () = self.listen(&sessions) => {}
        }
    }

    async fn listen(&self, pool: &PgPool) {
        loop {
            if let Err(error) = self.listen_once(pool).await {
                tracing::warn!(%error, "wake-ups from other processes are interrupted");
            }
            tokio::time::sleep(RECONNECT_PAUSE).await;
        }
    }

    async fn listen_once(&self, pool: &PgPool) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(db::WAKE_CHANNEL).await?;
        loop {
            let Some(notification) = listener.try_recv().await? else {
                return Ok(());
            };
            let Some((sender, id)) = read_payload(notification.payload()) else {
                tracing::debug!("a wake-up with a payload that is not ours");
                continue;
            };
            if sender == self.shared.process {
                continue;
            } else if id.is_nil() {
                self.shared.jobs.notify_one();
            } else {
                self.shared.wake_topic(id);
            }
        }
    }
}

fn read_payload(payload: &str) -> Option<(Uuid, Uuid)> {
    let (sender, id) = payload.split_once('/')?;
    Some((sender.parse().ok()?, id.parse().ok()?))
}

/// Sends what has gathered: one NOTIFY a topic, however many of its cards came meanwhile.
async fn send(pool: &PgPool, process: Uuid, outbox: Outbox) {
    let Outbox(mut inbox) = outbox;
    let mut batch = Vec::new();
    while inbox.recv_many(&mut batch, OUTBOX).await > 0 {
        batch.sort_unstable();
        batch.dedup();
        if let Err(error) = db::notify(pool, process, &batch).await {
            tracing::warn!(%error, "other processes could not be woken; they will find out by polling");
        }
        batch.clear();
    }
}

impl Shared {
    fn wake_topic(&self, topic_id: TopicId) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = topics.get(&topic_id) {
            sender.send_replace(Instant::now());
        }
    }
}

impl Waiting {
    /// What was read of the topic after this instant is current: it has not changed since, as far as this process has
    /// heard. A change after this call is seen by [`Waiting::changed`].
    pub fn current_since(&mut self) -> Instant {
        *self.changes.borrow_and_update()
    }

    /// Returns at the next change of the topic, or at once if there was one since the last call.
    pub async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            // The sender lives in the map for as long as anybody waits, so this cannot come; never busy-loop on it.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut topics = self
            .shared
            .topics
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if topics
            .get(&self.topic_id)
            .is_some_and(|sender| sender.receiver_count() <= 1)
        {
            topics.remove(&self.topic_id);
        }
    }
}
