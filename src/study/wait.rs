//! Waiting for a card without holding a connection: woken by the pool, by the clock, or by the server going down.

use std::time::Duration;

use futures::FutureExt;
use futures::future::select_all;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Study;
use super::next::{Next, Scope};
use super::outlook::{Outlook, Reason};
use crate::db::users::User;
use crate::generator::wake::Waiting;

/// A wake-up can be lost (a process killed between commit and NOTIFY): whoever waits looks by itself this often.
const SLOW_POLL: Duration = Duration::from_secs(5);

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
        let deadline = Instant::now() + wait;
        let mut waiting: Option<Vec<Waiting>> = None;
        loop {
            let Some(next) = self.next(user, scope).await? else {
                return Ok(None);
            };
            if !next.may_change() || Instant::now() >= deadline || stop.is_cancelled() {
                return Ok(Some(next));
            }
            let Some(waiting) = &mut waiting else {
                // Look once more after beginning to listen: what came in between would be missed for ever.
                waiting = Some(self.listen(&next.outlooks));
                continue;
            };
            let due_in = next
                .next_due_at()
                .and_then(|due_at| (due_at - self.now()).to_std().ok());
            let look_again = Instant::now() + due_in.unwrap_or(SLOW_POLL).min(SLOW_POLL);
            pause(waiting, deadline.min(look_again), stop).await;
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
        let deadline = Instant::now() + wait;
        let mut waiting: Option<Vec<Waiting>> = None;
        loop {
            let Some(mut outlooks) = self.scope(user, scope).await? else {
                return Ok(None);
            };
            for outlook in &mut outlooks {
                self.order_if_short(user, outlook).await?;
            }
            let ready = stack(&outlooks);
            if Some(ready.ready) != seen || Instant::now() >= deadline || stop.is_cancelled() {
                return Ok(Some(ready));
            }
            let Some(waiting) = &mut waiting else {
                waiting = Some(self.listen(&outlooks));
                continue;
            };
            pause(waiting, deadline.min(Instant::now() + SLOW_POLL), stop).await;
        }
    }

    fn listen(&self, outlooks: &[Outlook]) -> Vec<Waiting> {
        outlooks
            .iter()
            .filter_map(|outlook| outlook.deck.topic_id)
            .map(|id| self.wake.wait_for(id))
            .collect()
    }
}

async fn pause(waiting: &mut [Waiting], until: Instant, stop: &CancellationToken) {
    let changed = waiting.iter_mut().map(|topic| topic.changed().boxed());
    let any_changed = async {
        match changed.len() {
            0 => std::future::pending().await,
            _ => select_all(changed).map(drop).await,
        }
    };
    tokio::select! {
        () = any_changed => {}
        () = sleep_until(until) => {}
        () = stop.cancelled() => {}
    }
}

fn stack(outlooks: &[Outlook]) -> Ready {
    let said = outlooks.iter().find_map(Outlook::reason);
    Ready {
        ready: outlooks.iter().map(|outlook| outlook.unseen).sum(),
        generating: outlooks.iter().any(Outlook::is_generating),
        reason: said.as_ref().map(|(reason, ..)| *reason),
        detail: said.map(|(_, detail, _)| detail),
    }
}
