//! Reminders: who gets one now. Sending is somebody else's: a mail is decided and claimed here, in one short
//! transaction, and handed out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Study;
use crate::db;
use crate::db::users::User;
use crate::domain::ids::UserId;
use crate::domain::reminder::{ReminderFacts, ReminderStep, next_look, step};

/// Learners looked at in one go.
const PIECE: i64 = 50;

/// A mail that is to go out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReminder {
    /// The learner.
    pub user_id: UserId,
    /// Where to.
    pub email: String,
    /// Cards due.
    pub due: u32,
    /// ISO 639 code of the letter's language, if the learner chose one.
    pub language: Option<String>,
    /// For the link that stops them all.
    pub stop_token: String,
}

/// A secret for a link: 256 random bits, URL-safe.
fn new_stop_token() -> String {
    let secret: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(secret)
}

impl Study {
    /// Turns a learner's reminders on at `hour`, or off.
    pub async fn set_reminder(&self, user: &User, hour: Option<u8>) -> sqlx::Result<()> {
        let Some(hour) = hour else {
            db::reminders::remove(&self.db, user.user_id).await?;
            return Ok(());
        };
        let now = self.now();
        let look_at = next_look(hour, &user.study_days(now), now);
        let token = new_stop_token();
        db::reminders::set(&self.db, user.user_id, i16::from(hour), &token, look_at).await
    }

    /// Turns reminders off by the token of a mail's link; whoever has the mail may, without signing in. `false` when they
    /// were off already.
    pub async fn stop_reminders(&self, token: &str) -> sqlx::Result<bool> {
        db::reminders::remove_by_token(&self.db, token).await
    }

    /// Mails that are to go out now, each counted as sent: a crash after this costs a mail, and never sends two. Call it
    /// until it returns nothing. One transaction.
    pub async fn claim_reminders(&self) -> sqlx::Result<Vec<DueReminder>> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let mut mails = Vec::new();
        for reminder in db::reminders::claim(&mut *tx, now, PIECE).await? {
            let user_id = reminder.user_id;
            let Some(user) = db::users::find(&mut *tx, user_id).await? else {
                continue;
            };
            let days = user.study_days(now);
            let hour = u8::try_from(reminder.hour).unwrap_or(0);
            let day_start = days.start_of(days.day_of(now));
            let (due, studied_today) =
                db::reminders::due_and_studied(&mut *tx, user_id, now, day_start).await?;
            let facts = ReminderFacts {
                hour,
                last_sent_day: reminder.last_sent_day,
                due,
                studied_today,
            };
            let sent_day = match (step(&facts, &days, now), user.email) {
                // Only where the address was proved: nobody is to be written to by somebody else's mistake.
                (ReminderStep::Send(day), Some(email)) if user.email_verified_at.is_some() => {
                    mails.push(DueReminder {
                        user_id,
                        email,
                        due,
                        language: user.language,
                        stop_token: reminder.stop_token,
                    });
                    Some(day)
                }
                _ => None,
            };
            let look_at = next_look(hour, &days, now);
            db::reminders::looked(&mut *tx, user_id, look_at, sent_day).await?;
        }
        tx.commit().await?;
        Ok(mails)
    }
}
