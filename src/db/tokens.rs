//! Bearer tokens of the JSON API: only their hashes are kept.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::domain::ids::UserId;

/// A row of `api_tokens`, without its hash.
#[derive(Debug, Clone)]
pub struct Token {
    /// Names it in the settings.
    pub token_id: Uuid,
    /// Whom it speaks for.
    pub user_id: UserId,
    /// As the learner called it.
    pub name: String,
    /// `read` or `write`.
    pub scope: String,
    /// Made.
    pub created_at: DateTime<Utc>,
    /// To the hour.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Keeps the hash of a token that was handed out.
pub async fn insert(db: impl PgExecutor<'_>, token: &Token, token_hash: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into api_tokens (token_hash, token_id, user_id, name, scope, created_at) values ($1, $2, $3, $4, $5, $6)",
        token_hash,
        token.token_id,
        token.user_id,
        token.name,
        token.scope,
        token.created_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps the hash of one more token, unless the learner has `most` of them. Under the learner's lock: two at once would
/// both count without the other.
pub async fn insert_another(
    db: impl PgExecutor<'_>,
    token: &Token,
    token_hash: &[u8],
    most: i64,
) -> sqlx::Result<bool> {
    let kept = sqlx::query!(
        "insert into api_tokens (token_hash, token_id, user_id, name, scope, created_at)
         select $1, $2, $3, $4, $5, $6
         where (select count(*) from api_tokens where user_id = $3) < $7",
        token_hash,
        token.token_id,
        token.user_id,
        token.name,
        token.scope,
        token.created_at,
        most,
    )
    .execute(db)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// The token with this hash.
pub async fn find(db: impl PgExecutor<'_>, token_hash: &[u8]) -> sqlx::Result<Option<Token>> {
    sqlx::query_as!(
        Token,
        "select token_id, user_id, name, scope, created_at, last_used_at from api_tokens where token_hash = $1",
        token_hash,
    )
    .fetch_optional(db)
    .await
}

/// A learner's tokens, oldest first.
pub async fn list(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<Token>> {
    sqlx::query_as!(
        Token,
        "select token_id, user_id, name, scope, created_at, last_used_at from api_tokens
         where user_id = $1 order by created_at, token_id",
        user_id,
    )
    .fetch_all(db)
    .await
}

/// Notes that a token was used.
pub async fn touch(
    db: impl PgExecutor<'_>,
    token_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update api_tokens set last_used_at = $2 where token_id = $1",
        token_id,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends one token of a learner; `false` when they have no such token.
pub async fn delete(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    token_id: Uuid,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from api_tokens where user_id = $1 and token_id = $2",
        user_id,
        token_id
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every token of a learner.
pub async fn delete_all(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!("delete from api_tokens where user_id = $1", user_id)
        .execute(db)
        .await?;
    Ok(())
}
