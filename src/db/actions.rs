//! What a learner did to cards besides answering them, kept so that it can be taken back.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::domain::ids::{CardId, DeckId, ReviewId, UserId};

/// The kind of what was done to many cards as one; its row names the first of them.
pub const MANY: &str = "many";

/// A row of `card_actions`.
#[derive(Debug, Clone)]
pub struct CardAction {
    /// Key, with `user_id`.
    pub action_id: Uuid,
    /// The card.
    pub card_id: CardId,
    /// `suspend`, `bury`, `flag`, `edit`, `delete`, `due`, `reset`, or [`MANY`].
    pub kind: String,
    /// The columns that it changed, as they were.
    pub before: Value,
    /// The log's row of a due time or a reset.
    pub review_id: Option<ReviewId>,
    /// When.
    pub done_at: DateTime<Utc>,
}

/// Keeps an action. `false` when it was kept before, under the same id.
pub async fn insert(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    action: &CardAction,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into card_actions (user_id, action_id, card_id, kind, before, review_id, done_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (user_id, action_id) do nothing",
        user_id,
        action.action_id,
        action.card_id,
        action.kind,
        action.before,
        action.review_id,
        action.done_at,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets all but the latest `keep` actions.
pub async fn forget_old(db: impl PgExecutor<'_>, user_id: UserId, keep: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from card_actions where user_id = $1 and action_id in (
             select action_id from card_actions where user_id = $1 order by done_at desc, action_id desc offset $2)",
        user_id,
        keep,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The latest action on one card that stands: of this deck, of this card, or of any. What was done to many has its own way back.
pub async fn last(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    (deck_id, card_id): (Option<DeckId>, Option<CardId>),
    since: DateTime<Utc>,
) -> sqlx::Result<Option<CardAction>> {
    sqlx::query_as!(
        CardAction,
        "select a.action_id, a.card_id, a.kind, a.before, a.review_id, a.done_at
         from card_actions a join cards c on c.user_id = a.user_id and c.card_id = a.card_id
         where a.user_id = $1 and a.undone_at is null and a.kind <> 'many' and a.done_at >= $3
           and ($2::uuid is null or c.deck_id = $2) and ($4::uuid is null or a.card_id = $4)
         order by a.done_at desc, a.action_id desc limit 1",
        user_id,
        deck_id,
        since,
        card_id,
    )
    .fetch_optional(db)
    .await
}

/// One action that stands, locked until the transaction ends.
pub async fn lock(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    action_id: Uuid,
) -> sqlx::Result<Option<CardAction>> {
    sqlx::query_as!(
        CardAction,
        "select action_id, card_id, kind, before, review_id, done_at from card_actions
         where user_id = $1 and action_id = $2 and undone_at is null for update",
        user_id,
        action_id,
    )
    .fetch_optional(db)
    .await
}

/// Notes that an action was taken back.
pub async fn mark_undone(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    action_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update card_actions set undone_at = $3 where user_id = $1 and action_id = $2",
        user_id,
        action_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
