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
    /// The address was proved by a link sent to it.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// How the learner is called, if they said.
    pub name: Option<String>,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// ISO 639 code of the interface's language; `None`: as the browser asks.
    pub language: Option<String>,
    /// The learner's own limit of new cards a day, below the plan's.
    pub new_cards_per_day: Option<i16>,
    /// Last visit, to the day.
    pub seen_at: DateTime<Utc>,
    /// What is paid for: `free`, `plus` or `pro`.
    pub plan: String,
    /// A payment failed and is tried again.
    pub payment_failed: bool,
}

impl User {
    /// Whether the learner has signed up.
    pub fn is_account(&self) -> bool {
        self.kind == "account"
    }

    /// New cards a day: what the plan allows, and no more than the learner wants.
    pub fn new_cards(&self, allowed: Option<u32>) -> Option<u32> {
        let own = self
            .new_cards_per_day
            .and_then(|most| u32::try_from(most).ok());
        [allowed, own].into_iter().flatten().min()
    }

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
                            buttons, desired_retention, created_at, seen_at)
         values ($1, 'guest', $2, 4, $2, 4, $3, 3, 0.9, $3, $3)",
        user_id,
        time_zone.name(),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Selects learners with every column, in the order of the struct.
macro_rules! select_users {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            User,
            "select u.user_id, u.kind, u.email, u.time_zone, u.rollover_hour, u.day_time_zone, u.day_rollover_hour,
                    u.day_zone_until, u.buttons, u.desired_retention, u.email_verified_at, u.name, u.theme, u.language,
                    u.new_cards_per_day, u.seen_at, u.plan, u.payment_failed
             from users u " + $tail
            $(, $argument)*
        )
    };
}

/// One learner.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<User>> {
    select_users!("where u.user_id = $1", user_id)
        .fetch_optional(db)
        .await
}

/// The learner of a token that may do this (`writes`: more than read) and was used since `since`: in one question what
/// nearly every request of a token asks. `None` says nothing about the token.
pub async fn find_by_token(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    writes: bool,
    since: DateTime<Utc>,
) -> sqlx::Result<Option<User>> {
    select_users!(
        "join api_tokens t on t.user_id = u.user_id
         where t.token_hash = $1 and (t.scope = 'write' or not $2) and t.last_used_at > $3",
        token_hash,
        writes,
        since,
    )
    .fetch_optional(db)
    .await
}

/// The learner of a session that holds at `now` and was used since `since`, in one question as for a token.
pub async fn find_by_session(
    db: impl PgExecutor<'_>,
    session_hash: &[u8],
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> sqlx::Result<Option<User>> {
    select_users!(
        "join sessions s on s.user_id = u.user_id
         where s.session_hash = $1 and s.expires_at > $2 and s.seen_at >= $3",
        session_hash,
        now,
        since,
    )
    .fetch_optional(db)
    .await
}

/// The account with this address, which is in the form that `domain::email` gives it.
pub async fn find_by_email(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<User>> {
    select_users!("where u.email = $1", email)
        .fetch_optional(db)
        .await
}

/// Notes a visit, once a day: an idle guest is found by it.
pub async fn touch(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update users set seen_at = $2 where user_id = $1",
        user_id,
        now
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
             buttons = $7, desired_retention = $8, name = $9, theme = $10, language = $11, new_cards_per_day = $12
         where user_id = $1",
        user.user_id,
        user.time_zone,
        user.rollover_hour,
        user.day_time_zone,
        user.day_rollover_hour,
        user.day_zone_until,
        user.buttons,
        user.desired_retention,
        user.name,
        user.theme,
        user.language,
        user.new_cards_per_day,
    )
    .execute(db)
    .await?;
    Ok(())
}
