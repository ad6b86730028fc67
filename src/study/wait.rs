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
use super::next::{Next, Scope};
use super::outlook::{Outlook, Reason};
use super::stock::TRUSTED_FOR;
use crate::db::decks::Deck;
use crate::db::users::User;
use crate::generator::wake::Waiting;

/// A wake-up can be lost: whoever waits looks by itself this often.
const SLOW_POLL: Duration = TRUSTED_FOR;

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
        let Some((mut decks, mut watch)) = Box::pin(self.watch(user, scope, wait)).await? else {
            return Ok(None);
        };
        loop {
            let next = Box::pin(async {
                let outlooks = self.outlooks_as_of(user, decks, Some(watch.as_of)).await?;
                self.next_of(user, scope, outlooks).await
            })
            .await?;
            if !next.may_change() || watch.is_over(stop) {
                return Ok(Some(next));
            }
            let due_in = next
                .next_due_at()
                .and_then(|due_at| (due_at - self.now()).to_std().ok());
            watch.pause(due_in, stop).await;
            decks = match Box::pin(self.decks_in(user, scope)).await? {
                Some(decks) => decks,
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
        let Some((mut decks, mut watch)) = Box::pin(self.watch(user, scope, wait)).await? else {
            return Ok(None);
        };
        loop {
            let ready = Box::pin(async {
                let mut outlooks = self.outlooks_as_of(user, decks, Some(watch.as_of)).await?;
                for outlook in &mut outlooks {
                    self.order_if_short(user, outlook).await?;
                }
                Ok::<_, sqlx::Error>(stack(&outlooks))
            })
            .await?;
            if Some(ready.ready) != seen || watch.is_over(stop) {
                return Ok(Some(ready));
            }
            watch.pause(None, stop).await;
            decks = match Box::pin(self.decks_in(user, scope)).await? {
                Some(decks) => decks,
                None => return Ok(None),
            };
        }
    }

    /// Begins to listen before the first look: what came in between would be missed for ever. `None` when the deck is not
    /// the learner's.
    async fn watch(
        &self,
        user: &User,
        scope: Scope,
        wait: Duration,
    ) -> sqlx::Result<Option<(Vec<Deck>, Watch)>> {
        let now = Instant::now();
        let Some(decks) = self.decks_in(user, scope).await? else {
            return Ok(None);
        };
        let mut topics: Vec<Waiting> = match wait.is_zero() {
            true => Vec::new(),
            false => decks
                .iter()
                .filter_map(|deck| deck.topic_id)
                .map(|id| self.wake.wait_for(id))
                .collect(),
        };
        let as_of = topics.iter_mut().map(Waiting::current_since).max();
        metrics::gauge!(WAITING).increment(1.0);
        let watch = Watch {
            topics,
            as_of: as_of.unwrap_or(now),
            deadline: now + wait,
        };
        Ok(Some((decks, watch)))
    }
}

/// A learner's wait, counted for the operator while it lasts.
struct Watch {
    topics: Vec<Waiting>,
    /// What was read of the topics at this instant or later is current.
    as_of: Instant,
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

    /// Until a topic changes, `due_in` has passed, the wait is over, or it is time to look all the same.
    async fn pause(&mut self, due_in: Option<Duration>, stop: &CancellationToken) {
        let look_again = Instant::now() + due_in.unwrap_or(SLOW_POLL).min(SLOW_POLL);
        let changed = self.topics.iter_mut().map(|topic| topic.changed().boxed());
        let any_changed = async {
            match changed.len() {
                0 => std::future::pending().await,
                _ => select_all(changed).map(drop).await,
            }
        };
        let woken = tokio::select! {
            () = any_changed => true,
            () = sleep_until(self.deadline.min(look_again)) => false,
            () = stop.cancelled() => false,
        };
        let heard = self.topics.iter_mut().map(Waiting::current_since).max();
        // A wake-up can be lost, so a look that none called for takes nobody's word.
        self.as_of = heard.filter(|_| woken).unwrap_or_else(Instant::now);
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
