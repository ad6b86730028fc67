//! Leeches being written anew: ordered, worked under a lease and a fence, proposed to the learner.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::domain::card::CardText;
use crate::domain::ids::{CardId, UserId};

/// A rephrasing in a worker's hands.
#[derive(Debug, Clone)]
pub struct ClaimedRephrasing {
    /// Key.
    pub user_id: UserId,
    /// Key.
    pub card_id: CardId,
    /// Failed requests and vanished workers so far.
    pub failures: i16,
    /// This claim's number.
    pub fence: i64,
}

/// A rephrasing as its learner sees it.
#[derive(Debug, Clone)]
pub struct Rephrasing {
    /// `queued`, `running`, `proposed` or `failed`.
    pub state: String,
    /// Text, when proposed.
    pub question: Option<String>,
    /// Text, when proposed.
    pub answer: Option<String>,
    /// Text.
    pub explanation: Option<String>,
}

/// Orders a card's rephrasing; one that is there already begins anew.
pub async fn order(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into rephrasings (user_id, card_id, state, run_after, ordered_at) values ($1, $2, 'queued', $3, $3)
         on conflict (user_id, card_id) do update
         set state = 'queued', failures = 0, lease_until = null, run_after = excluded.run_after,
             question = null, answer = null, explanation = null, fence = rephrasings.fence + 1
         where rephrasings.state in ('proposed', 'failed')",
        user_id,
        card_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What became of a card's rephrasing.
pub async fn find(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
) -> sqlx::Result<Option<Rephrasing>> {
    sqlx::query_as!(
        Rephrasing,
        "select state, question, answer, explanation from rephrasings where user_id = $1 and card_id = $2",
        user_id,
        card_id,
    )
    .fetch_optional(db)
    .await
}

/// Which of these cards have a proposal that waits for the learner's word.
pub async fn proposed(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query_scalar!(
        "select card_id from rephrasings where user_id = $1 and card_id = any($2) and state = 'proposed'",
        user_id,
        card_ids,
    )
    .fetch_all(db)
    .await
}

/// Forgets a card's rephrasing: taken, refused, or not needed.
pub async fn remove(db: impl PgExecutor<'_>, user_id: UserId, card_id: CardId) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from rephrasings where user_id = $1 and card_id = $2",
        user_id,
        card_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the rephrasing that has waited longest, or one whose worker fell silent. Of all learners: the worker's view.
pub async fn claim(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
) -> sqlx::Result<Option<ClaimedRephrasing>> {
    sqlx::query_as!(
        ClaimedRephrasing,
        "update rephrasings
         set failures = failures + (state = 'running')::int::smallint,
             state = 'running', fence = fence + 1, lease_until = $2
         where (user_id, card_id) = (
             select user_id, card_id from rephrasings
             where (state = 'queued' and run_after <= $1) or (state = 'running' and lease_until < $1)
             order by run_after limit 1
             for update skip locked)
         returning user_id, card_id, failures, fence",
        now,
        lease_until,
    )
    .fetch_optional(db)
    .await
}

/// Notes a request to the model and its cost, whatever becomes of it: tokens were paid for whoever owns the claim now.
pub async fn record_request(
    db: impl PgExecutor<'_>,
    claimed: &ClaimedRephrasing,
    request_id: Uuid,
    cost_microusd: i64,
    asked_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into rephrasing_requests (user_id, request_id, card_id, cost_microusd, asked_at)
         select user_id, $2, $3, $4, $5 from users where user_id = $1",
        claimed.user_id,
        request_id,
        claimed.card_id,
        cost_microusd,
        asked_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps a proposal; `false` when the rephrasing is no longer ours.
pub async fn propose(
    db: impl PgExecutor<'_>,
    claimed: &ClaimedRephrasing,
    text: &CardText,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update rephrasings
         set state = 'proposed', lease_until = null, question = $4, answer = $5, explanation = $6
         where user_id = $1 and card_id = $2 and fence = $3 and state = 'running'",
        claimed.user_id,
        claimed.card_id,
        claimed.fence,
        text.question,
        text.answer,
        text.explanation,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a rephrasing back, to be tried again at `run_after`; without one it is given up.
pub async fn put_back(
    db: impl PgExecutor<'_>,
    claimed: &ClaimedRephrasing,
    run_after: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update rephrasings
         set state = case when $4::timestamptz is null then 'failed' else 'queued' end, lease_until = null,
             run_after = coalesce($4, run_after), failures = failures + 1
         where user_id = $1 and card_id = $2 and fence = $3 and state = 'running'",
        claimed.user_id,
        claimed.card_id,
        claimed.fence,
        run_after,
    )
    .execute(db)
    .await?;
    Ok(())
}
