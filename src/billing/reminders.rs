//! The reminder before a yearly renewal: at least once. It counts when the mail server has taken the letter.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Billing, letters};
use crate::db;
use crate::db::users::User;
use crate::domain::billing::{Entitlement, REMINDER_BEFORE, is_reminder_due};

/// After this long a reminder that somebody took and that did not leave is tried again: sixty times before the renewal.
const TRY_AGAIN: TimeDelta = TimeDelta::hours(6);

/// After so many failures in a row the mail server is down, and the rest waits for the next round: each may take its
/// twenty seconds, and looks at Stripe wait meanwhile.
const GIVE_UP: u32 = 3;

/// A learner who is to be reminded now.
#[derive(Debug)]
pub struct Reminder {
    /// Who.
    pub user: User,
    /// Of what.
    pub entitlement: Entitlement,
    /// When it renews.
    pub period_end: DateTime<Utc>,
}

impl Billing {
    /// The learners who are to be told of a yearly renewal now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due_reminders(&self) -> sqlx::Result<Vec<Reminder>> {
        let now = self.clock.now();
        let mut due = Vec::new();
        for customer in db::billing::renewing_before(&self.db, now + REMINDER_BEFORE, now).await? {
            let entitlement = customer.entitlement();
            if !is_reminder_due(&entitlement, customer.reminded_of, now) {
                continue;
            }
            let user = db::users::find(&self.db, customer.user_id).await?;
            if let (Some(period_end), Some(user)) = (customer.period_end, user) {
                due.push(Reminder {
                    user,
                    entitlement,
                    period_end,
                });
            }
        }
        Ok(due)
    }

    /// Reminds of yearly renewals. Whoever takes one has it to themselves for some hours, so that of several processes
    /// one writes; where that one fails or falls silent, it is tried again after them.
    pub(super) async fn remind(&self) -> sqlx::Result<()> {
        let mut failures = 0;
        for reminder in self.due_reminders().await? {
            let (user_id, now) = (reminder.user.user_id, self.clock.now());
            let end = reminder.period_end;
            if !db::billing::claim_reminder(&self.db, user_id, end, now, now + TRY_AGAIN).await? {
                continue;
            }
            let letter = letters::renewal(&reminder.user, &reminder.entitlement, &self.base_url);
            if let Some(letter) = letter {
                if let Err(error) = self.mailer.send(&letter).await {
                    tracing::warn!(%error, %user_id, "a reminder of a renewal did not leave; it is tried again");
                    failures += 1;
                    if failures == GIVE_UP {
                        return Ok(());
                    }
                    continue;
                }
                tracing::info!(%user_id, "a learner is reminded of a renewal");
            }
            failures = 0;
            db::billing::mark_reminded(&self.db, user_id, end).await?;
        }
        Ok(())
    }
}
