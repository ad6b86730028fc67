//! Who wants a reminder by e-mail, and whose turn it is.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgExecutor;

use super::narrow;
use crate::domain::ids::UserId;

/// A row of `reminders`.
#[derive(Debug, Clone)]
pub struct Reminder {
    /// The learner.
    pub user_id: UserId,
    /// 0–23, of the learner's clock.
    pub hour: i16,
    /// The learner's day of the last mail.
    pub last_sent_day: Option<NaiveDate>,
    /// For the link that stops them.
    pub stop_token: String,
}

/// A learner's reminder, if they want one.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<Reminder>> {
    sqlx::query_as!(
        Reminder,
        "select user_id, hour, last_sent_day, stop_token from reminders where user_id = $1",
        user_id,
    )
    .fetch_optional(db)
    .await
}

/// Turns reminders on, or moves their hour; the token of a learner who had them stays, so that links of older mails work.
pub async fn set(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    hour: i16,
    stop_token: &str,
    look_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into reminders (user_id, hour, stop_token, look_at) values ($1, $2, $3, $4)
         on conflict (user_id) do update set hour = excluded.hour, look_at = excluded.look_at",
        user_id,
        hour,
        stop_token,
        look_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Turns a learner's reminders off. `false` when they were off.
pub async fn remove(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<bool> {
    let done = sqlx::query!("delete from reminders where user_id = $1", user_id)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Turns off the reminders to whose link the token belongs. `false` when there are none.
pub async fn remove_by_token(db: impl PgExecutor<'_>, stop_token: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "-- all learners: found by the token of one
         delete from reminders where stop_token = $1",
        stop_token
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Learners to look at now. The rows stay locked until the transaction ends, so that two processes share the work.
pub async fn claim(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Reminder>> {
    sqlx::query_as!(
        Reminder,
        "select user_id, hour, last_sent_day, stop_token from reminders where look_at <= $1
         order by look_at limit $2 for update skip locked",
        now,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Writes down that a learner was looked at: when to look again, and the day of the mail if one goes out now.
pub async fn looked(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    look_at: DateTime<Utc>,
    sent_day: Option<NaiveDate>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update reminders set look_at = $2, last_sent_day = coalesce($3, last_sent_day) where user_id = $1",
        user_id,
        look_at,
        sent_day,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Cards due at `now` in decks that are not archived, and whether anything was answered since `day_start`.
pub async fn due_and_studied(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    now: DateTime<Utc>,
    day_start: DateTime<Utc>,
) -> sqlx::Result<(u32, bool)> {
    let row = sqlx::query!(
        r#"select (select count(*) from cards c join decks d on d.user_id = c.user_id and d.deck_id = c.deck_id
                   where c.user_id = $1 and c.state <> 'new' and c.due_at <= $2 and c.deleted_at is null
                     and not c.suspended and d.archived_at is null) as "due!",
                  exists (select from reviews where user_id = $1 and kind = 'answer' and reviewed_at >= $3) as "studied!""#,
        user_id,
        now,
        day_start,
    )
    .fetch_one(db)
    .await?;
    Ok((narrow::count(row.due), row.studied))
}
