//! The job behind the events: looks that are wanted, whose a dispute is, and once a day everybody.

use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::look::LOOK_LEASE;
use super::{Billing, BillingError};
use crate::db;

/// A word from another process can be missed: who has nothing to do looks by itself this often.
const SLOW_POLL: Duration = Duration::from_secs(2);

/// Everybody is looked at once a day, whatever was told or lost.
const RECONCILE: TimeDelta = TimeDelta::hours(24);

/// Between two rounds of what is done now and then.
const CHORES: TimeDelta = TimeDelta::minutes(10);

/// Stripe tells an event again for three days at the most; ours are kept ten times as long.
const KEEP_EVENTS: TimeDelta = TimeDelta::days(30);

/// Pause after a failed look or question: 2 s, 4 s, 8 s … up to this.
const MAX_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// Disputes assigned in one go.
const DISPUTES_AT_ONCE: i64 = 20;

impl Billing {
    /// Works until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        let mut next_chores = self.clock.now();
        while !stop.is_cancelled() {
            if self.clock.now() >= next_chores {
                next_chores = self.clock.now() + CHORES;
                if let Err(error) = self.chores().await {
                    tracing::error!(%error, "billing met a database error");
                }
            }
            match self.step().await {
                Ok(true) => {}
                Ok(false) => self.rest(&stop).await,
                Err(error) => {
                    tracing::error!(%error, "billing met a database error");
                    self.rest(&stop).await;
                }
            }
        }
    }

    /// Does one thing that is to be done now; `false` when there was none. Tests step with this.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn step(&self) -> sqlx::Result<bool> {
        let assigned = self.assign_disputes().await?;
        let now = self.clock.now();
        let Some(look) = db::billing::claim_look(&self.db, now, now + LOOK_LEASE).await? else {
            return Ok(self.look_at_ended().await? || assigned);
        };
        match self.look(&look).await {
            Ok(_) => {}
            Err(BillingError::Database(error)) => return Err(error),
            Err(BillingError::Stripe(error)) => {
                tracing::warn!(%error, user_id = %look.user_id, failures = look.failures + 1, "a look at Stripe failed");
                let run_after = self.clock.now() + pause(look.failures);
                db::billing::postpone(&self.db, &look, run_after).await?;
            }
        }
        Ok(true)
    }

    /// What is done now and then: a look at everybody whom nobody has looked at for a day, and the sweep of old events.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn chores(&self) -> sqlx::Result<()> {
        let now = self.clock.now();
        let wanted = db::billing::want_looks_at_all(&self.db, now - RECONCILE, now).await?;
        if wanted > 0 {
            tracing::info!(wanted, "customers to be compared with Stripe");
        }
        db::billing::sweep_events(&self.db, now - KEEP_EVENTS).await?;
        db::billing::sweep_ended(&self.db, now).await?;
        self.remind().await
    }

    /// Finds out whose the disputes are that name a payment only; each that fails waits by itself. `true` when one was
    /// found.
    async fn assign_disputes(&self) -> sqlx::Result<bool> {
        let mut assigned = false;
        let now = self.clock.now();
        let wanted = db::billing::unassigned_events(&self.db, now, DISPUTES_AT_ONCE).await?;
        for (event_id, charge_id, failures) in wanted {
            let customer_id = match self.stripe.customer_of_charge(&charge_id).await {
                Ok(found) => found.unwrap_or_default(),
                Err(error) if error.is_missing() => String::new(),
                Err(error) => {
                    tracing::warn!(%error, event_id, failures = failures + 1, "whose a dispute is could not be found out");
                    let ask_after = self.clock.now() + pause(failures);
                    db::billing::postpone_event(&self.db, &event_id, ask_after).await?;
                    continue;
                }
            };
            let mut tx = self.db.begin().await?;
            db::billing::assign_event(&mut *tx, &event_id, &customer_id).await?;
            db::billing::want_look(&mut *tx, &customer_id, self.clock.now()).await?;
            tx.commit().await?;
            assigned = true;
        }
        Ok(assigned)
    }

    async fn rest(&self, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.wanted.notified() => {}
            () = tokio::time::sleep(SLOW_POLL) => {}
        }
    }
}

fn pause(failures: i16) -> TimeDelta {
    TimeDelta::seconds(2 << failures.clamp(0, 9)).min(MAX_PAUSE)
}
