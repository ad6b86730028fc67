//! What learners say of their cards.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::domain::ids::{CardId, UserId};

/// Keeps what a learner says of a card.
pub async fn insert(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    report_id: Uuid,
    card_id: CardId,
    reason: &str,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into card_reports (user_id, report_id, card_id, reason, note, reported_at)
         values ($1, $2, $3, $4, $5, $6)",
        user_id,
        report_id,
        card_id,
        reason,
        note,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets a report; when it was made, if there was one.
pub async fn remove(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    report_id: Uuid,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        "delete from card_reports where user_id = $1 and report_id = $2 returning reported_at",
        user_id,
        report_id,
    )
    .fetch_optional(db)
    .await
}

/// Whether the learner called this card wrong.
pub async fn is_wrong(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from card_reports
                          where user_id = $1 and card_id = $2 and reason = 'wrong') as "is_wrong!""#,
        user_id,
        card_id,
    )
    .fetch_one(db)
    .await
}
