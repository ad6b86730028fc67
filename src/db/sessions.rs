//! Browser sessions, in a table that knows only the hash of each id.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::domain::ids::UserId;

/// A row of `sessions`, without its hash.
#[derive(Debug, Clone)]
pub struct Session {
    /// Names it in the settings.
    pub session_id: Uuid,
    /// Who is signed in.
    pub user_id: UserId,
    /// Signed in, which is when its id was made.
    pub started_at: DateTime<Utc>,
    /// Last used, to the day.
    pub seen_at: DateTime<Utc>,
    /// Signs nobody in from then on.
    pub expires_at: DateTime<Utc>,
    /// Of the browser, shortened.
    pub user_agent: Option<String>,
}

/// Begins a session.
pub async fn insert(
    db: impl PgExecutor<'_>,
    session: &Session,
    session_hash: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into sessions (session_hash, session_id, user_id, started_at, seen_at, expires_at, user_agent)
         values ($1, $2, $3, $4, $5, $6, $7)",
        session_hash,
        session.session_id,
        session.user_id,
        session.started_at,
        session.seen_at,
        session.expires_at,
        session.user_agent,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The session with this hash, unless it has expired.
pub async fn find(
    db: impl PgExecutor<'_>,
    session_hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Session>> {
    sqlx::query_as!(
        Session,
        "select session_id, user_id, started_at, seen_at, expires_at, user_agent from sessions
         where session_hash = $1 and expires_at > $2",
        session_hash,
        now,
    )
    .fetch_optional(db)
    .await
}

/// A learner's sessions that still hold, the last used first.
pub async fn list(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Session>> {
    sqlx::query_as!(
        Session,
        "select session_id, user_id, started_at, seen_at, expires_at, user_agent from sessions
         where user_id = $1 and expires_at > $2 order by seen_at desc, started_at desc, session_id",
        user_id,
        now,
    )
    .fetch_all(db)
    .await
}

/// Renews a session by use. One that was ended meanwhile stays ended.
pub async fn renew(
    db: impl PgExecutor<'_>,
    session_id: Uuid,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sessions set seen_at = $2, expires_at = $3 where session_id = $1",
        session_id,
        now,
        expires_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends one session of a learner; `false` when they have no such session.
pub async fn delete(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    session_id: Uuid,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from sessions where user_id = $1 and session_id = $2",
        user_id,
        session_id
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of a learner, but the one named.
pub async fn delete_all_but(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    kept: Option<Uuid>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "delete from sessions where user_id = $1 and session_id is distinct from $2::uuid",
        user_id,
        kept,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Removes what has expired; returns how many.
pub async fn sweep(pool: &PgPool, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!("delete from sessions where expires_at <= $1", now)
        .execute(pool)
        .await?;
    Ok(done.rows_affected())
}
