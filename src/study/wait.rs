//! Waiting for a card without holding a connection: woken by the pool, by the clock, or by the server going down.
//!
//! A future keeps room for the largest thing that it ever awaits. Thousands wait at once, so each look at the database is
//! boxed, and whoever waits holds the wait alone.

use std::time::Duration;

use futures::FutureExt;
use futures::future::select_all;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Study;
use super::found::Found;
use super::next::{Next, Scope};
use super::outlook::{Outlook, Reason, job_key};
use super::stock::Reading;
use crate::db::decks::Deck;
use crate::db::jobs::JobKey;
use crate::db::users::User;
use crate::generator::wake::Waiting;

/// A wake-up can be lost: whoever waits looks at the topic by itself this often, and takes the word of whoever looked as
/// long ago at the most. So a lost one is made good within 5 s, by one question a topic however many wait for it.
const SLOW_LOOK: Duration = Duration::from_millis(2_500);

/// How many learners wait in this process just now.
const WAITING: &str = "autodeck_waiting_learners";

/// The stack on the page: how many cards are ready, and what is going on.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Unseen cards at hand.
    pub ready: u32,
    /// Whether cards are being written.
    pub generating: bool,
    /// Set when something is to be said.
    pub reason: Option<Reason>,
    /// A sentence for the learner.
    pub detail: Option<String>,
}

impl Study {
    /// The next card, waiting up to `wait` while one is being written or becomes due. `None` when the deck is not the
    /// learner's.
    pub async fn next_within(
        &self,
        user: &User,
        scope: Scope,
        wait: Duration,
        stop: &CancellationToken,
    ) -> sqlx::Result<Option<Next>> {
        let Some(mut found) = Box::pin(self.look(user, scope)).await? else {
            return Ok(None);
        };
        let mut watch = self.watch(&found.decks, wait);
        loop {
            let next = Box::pin(self.next_of(user, scope, found, watch.as_of)).await?;
            if !next.may_change() || watch.is_over(stop) {
                return Ok(Some(next));
            }
            let due_in = next
                .next_due_at()
                .and_then(|due_at| (due_at - self.now()).to_std().ok());
            let seen = self.seen(user, &next.outlooks);
            // Whoever waits holds nothing but the wait.
            drop(next);
            watch.pause(self, &seen, due_in, stop).await;
            found = match Box::pin(self.decks_in(user, scope)).await? {
                Some(decks) => Found::of_who_waits(decks),
                None => return Ok(None),
            };
        }
    }

    /// The stack, as soon as it differs from `seen` or the time is up. `None` when the deck is not the learner's.
    pub async fn ready_within(
        &self,
        user: &User,
        scope: Scope,
        seen: Option<u32>,
        wait: Duration,
        stop: &CancellationToken,
    ) -> sqlx::Result<Option<Ready>> {
        let Some(mut decks) = Box::pin(self.decks_in(user, scope)).await? else {
            return Ok(None);
        };
        let mut watch = self.watch(&decks, wait);
        loop {
            let (ready, looked_at) = Box::pin(async {
                let mut outlooks = self.outlooks_as_of(user, decks, watch.as_of).await?;
                for outlook in &mut outlooks {
                    self.order_if_short(user, outlook).await?;
                }
                Ok::<_, sqlx::Error>((stack(&outlooks), self.seen(user, &outlooks)))
            })
            .await?;
            if Some(ready.ready) != seen || watch.is_over(stop) {
                return Ok(Some(ready));
            }
            drop(ready);
            watch.pause(self, &looked_at, None, stop).await;
            decks = match Box::pin(self.decks_in(user, scope)).await? {
                Some(decks) => decks,
                None => return Ok(None),
            };
        }
    }

    /// What a look saw of the topics.
    fn seen(&self, user: &User, outlooks: &[Outlook]) -> Vec<Seen> {
        let of = |outlook: &Outlook| {
            let key = job_key(&outlook.deck, self.class(user))?;
            Some((key, outlook.stock.clone()?))
        };
        outlooks.iter().filter_map(of).collect()
    }

    /// Whether the topics are as they were seen, as far as anybody knew at `as_of` or later.
    async fn are_as_seen(&self, seen: &[Seen], as_of: Option<Instant>) -> sqlx::Result<bool> {
        let keys: Vec<_> = seen.iter().map(|(key, _)| *key).collect();
        let stocks = self.stocks.read(&self.db, &keys, as_of).await?;
        Ok(seen.iter().all(|(key, before)| {
            stocks
                .get(&key.topic_id)
                .is_some_and(|stock| stock.is_as(before))
        }))
    }

    /// Begins to listen before the decks' topics are looked at: what came in between would be missed for ever.
    fn watch(&self, decks: &[Deck], wait: Duration) -> Watch {
        let mut topics: Vec<Waiting> = match wait.is_zero() {
            true => Vec::new(),
            false => decks
                .iter()
                .filter_map(|deck| deck.topic_id)
                .map(|id| self.wake.wait_for(id))
                .collect(),
        };
        metrics::gauge!(WAITING).increment(1.0);
        Watch {
            as_of: topics.iter_mut().map(Waiting::current_since).max(),
            topics,
            deadline: Instant::now() + wait,
        }
    }
}

/// A topic, at a level and for a class of model, and what was read of it.
type Seen = (JobKey<'static>, Reading);

/// A learner's wait, counted for the operator while it lasts.
struct Watch {
    topics: Vec<Waiting>,
    /// What was read of the topics at this instant or later is current; `None`: as current as wake-ups keep it.
    as_of: Option<Instant>,
    deadline: Instant,
}

impl Drop for Watch {
    fn drop(&mut self) {
        metrics::gauge!(WAITING).decrement(1.0);
    }
}

impl Watch {
    fn is_over(&self, stop: &CancellationToken) -> bool {
        Instant::now() >= self.deadline || stop.is_cancelled()
    }

    /// Until a topic changes from what was `seen`, `due_in` has passed, or the wait is over. A learner's own rows change by
    /// their own hand: they are read again then.
    async fn pause(
        &mut self,
        study: &Study,
        seen: &[Seen],
        due_in: Option<Duration>,
        stop: &CancellationToken,
    ) {
        let due_at = due_in.map(|due_in| Instant::now() + due_in);
        let end = due_at.map_or(self.deadline, |due_at| due_at.min(self.deadline));
        loop {
            let look_at = Instant::now() + SLOW_LOOK;
            if self.sleep_until(look_at.min(end), stop).await {
                self.as_of = self.topics.iter_mut().map(Waiting::current_since).max();
                return;
            }
            let now = Instant::now();
            // A wake-up can be lost, so a look that none called for believes only what was read a moment ago.
            self.as_of = now.checked_sub(SLOW_LOOK);
            if now >= end || stop.is_cancelled() {
                return;
            }
            // A database that does not answer is told by the look that follows.
            let as_seen = Box::pin(study.are_as_seen(seen, self.as_of)).await;
            if !as_seen.unwrap_or(false) {
                return;
            }
        }
    }

    /// Whether a topic changed before `until` or the stop.
    async fn sleep_until(&mut self, until: Instant, stop: &CancellationToken) -> bool {
        let changed = self.topics.iter_mut().map(|topic| topic.changed().boxed());
        let any_changed = async {
            match changed.len() {
                0 => std::future::pending().await,
                _ => select_all(changed).map(drop).await,
            }
        };
        tokio::select! {
            () = any_changed => true,
            () = sleep_until(until) => false,
            () = stop.cancelled() => false,
        }
    }
}

fn stack(outlooks: &[Outlook]) -> Ready {
    let said = outlooks.iter().find_map(Outlook::reason);
    Ready {
        ready: outlooks.iter().map(|outlook| outlook.unseen).sum(),
        generating: outlooks.iter().any(Outlook::is_generating),
        reason: said.as_ref().map(|(reason, ..)| *reason),
        detail: said.map(|(_, cause, _)| cause.sentence()),
    }
}
