//! Removing a learner with all that is theirs.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::domain::ids::UserId;

/// Removes a learner and every row that is theirs; run it in a transaction. What they objected to in the shared pool
/// and what they ordered for it stays without their name.
pub async fn remove_learner(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<bool> {
    // Each objection gets an author of its own that is nobody, so that it still counts as one.
    sqlx::query!(
        "update pool_card_objections set user_id = gen_random_uuid() where user_id = $1",
        user_id
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update generation_jobs set ordered_by = $2 where ordered_by = $1",
        user_id,
        Uuid::nil(),
    )
    .execute(&mut *db)
    .await?;
    // Before the learner, as a look at their subscription takes the two.
    sqlx::query!("delete from billing_customers where user_id = $1", user_id)
        .execute(&mut *db)
        .await?;
    let done = sqlx::query!("delete from users where user_id = $1", user_id)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Guests that were not here since `before`, the longest away first; at most `limit`.
pub async fn idle_guests(
    db: impl PgExecutor<'_>,
    before: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        "select user_id from users where kind = 'guest' and seen_at < $1 order by seen_at limit $2",
        before,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Removes a guest, unless they came back or signed up since they were found idle. One transaction.
pub async fn remove_idle_guest(
    pool: &sqlx::PgPool,
    user_id: UserId,
    before: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    let idle = sqlx::query_scalar!(
        "select user_id from users where user_id = $1 and kind = 'guest' and seen_at < $2 for update",
        user_id,
        before,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let removed = idle.is_some() && remove_learner(&mut tx, user_id).await?;
    tx.commit().await?;
    Ok(removed)
}
