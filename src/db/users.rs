//! Learners, their settings and their tokens.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::PgExecutor;

use crate::domain::ids::UserId;
use crate::domain::study_day::StudyDays;

/// A row of `users`.
#[derive(Debug, Clone)]
pub struct User {
    /// Key.
    pub user_id: UserId,
    /// `guest` or `account`.
    pub kind: String,
    /// Of an account.
    pub email: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// Hour at which the learner's day begins, 0–23.
    pub rollover_hour: i16,
    /// The zone that cut the day when the present one was chosen; it holds until `day_zone_until`.
    pub day_time_zone: String,
    /// See `day_time_zone`.
    pub day_rollover_hour: i16,
    /// See `day_time_zone`.
    pub day_zone_until: DateTime<Utc>,
    /// Three answer buttons, or the four of Anki.
    pub buttons: i16,
    /// 0.70–0.97.
    pub desired_retention: f64,
}

impl User {
    /// How the learner's days are cut at `now`.
    pub fn study_days(&self, now: DateTime<Utc>) -> StudyDays {
        let (zone, hour) = if now < self.day_zone_until {
            (&self.day_time_zone, self.day_rollover_hour)
        } else {
            (&self.time_zone, self.rollover_hour)
        };
        StudyDays {
            time_zone: zone.parse().unwrap_or(Tz::UTC),
            rollover_hour: u8::try_from(hour).unwrap_or(4),
        }
    }
}

/// Adds a guest whose day is cut at 4 o'clock in `time_zone`.
pub async fn insert_guest(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    time_zone: Tz,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into users (user_id, kind, time_zone, rollover_hour, day_time_zone, day_rollover_hour, day_zone_until,
                            buttons, desired_retention, created_at)
         values ($1, 'guest', $2, 4, $2, 4, $3, 3, 0.9, $3)",
        user_id,
        time_zone.name(),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// One learner.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(
        User,
        "select user_id, kind, email, time_zone, rollover_hour, day_time_zone, day_rollover_hour, day_zone_until,
                buttons, desired_retention
         from users where user_id = $1",
        user_id,
    )
    .fetch_optional(db)
    .await
}

/// The learner that a bearer token speaks for.
pub async fn find_by_token(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(
        User,
        "select u.user_id, u.kind, u.email, u.time_zone, u.rollover_hour, u.day_time_zone, u.day_rollover_hour,
                u.day_zone_until, u.buttons, u.desired_retention
         from api_tokens t join users u using (user_id) where t.token_hash = $1",
        token_hash,
    )
    .fetch_optional(db)
    .await
}

/// Keeps the hash of a token that was handed out.
pub async fn insert_token(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    user_id: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into api_tokens (token_hash, user_id, created_at) values ($1, $2, $3)",
        token_hash,
        user_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes every setting of `user`, and with it the zone that still holds today.
pub async fn update_settings(db: impl PgExecutor<'_>, user: &User) -> sqlx::Result<()> {
    sqlx::query!(
        "update users
         set time_zone = $2, rollover_hour = $3, day_time_zone = $4, day_rollover_hour = $5, day_zone_until = $6,
             buttons = $7, desired_retention = $8
         where user_id = $1",
        user.user_id,
        user.time_zone,
        user.rollover_hour,
        user.day_time_zone,
        user.day_rollover_hour,
        user.day_zone_until,
        user.buttons,
        user.desired_retention,
    )
    .execute(db)
    .await?;
    Ok(())
}
