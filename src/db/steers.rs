//! What a learner wants more or less of in a deck, or nothing at all.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::domain::ids::{DeckId, TopicId, UserId};

/// A wish of a deck's learner.
#[derive(Debug, Clone)]
pub struct SteerRow {
    /// A subtopic, or words of the learner's own.
    pub words: String,
    /// `more`, `less` or `never`.
    pub wish: String,
}

/// A deck's wishes, oldest first.
pub async fn of_deck(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
) -> sqlx::Result<Vec<SteerRow>> {
    sqlx::query_as!(
        SteerRow,
        "select words, wish from deck_steers where user_id = $1 and deck_id = $2 order by wished_at, words",
        user_id,
        deck_id,
    )
    .fetch_all(db)
    .await
}

/// The wishes of the learner who ordered cards of a topic, latest first.
pub async fn of_order(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    topic_id: TopicId,
    limit: i64,
) -> sqlx::Result<Vec<SteerRow>> {
    sqlx::query_as!(
        SteerRow,
        "select s.words, s.wish from deck_steers s
         join decks d on d.user_id = s.user_id and d.deck_id = s.deck_id
         where s.user_id = $1 and d.topic_id = $2 order by s.wished_at desc, s.words limit $3",
        user_id,
        topic_id,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Keeps a wish; the same words again change it.
pub async fn put(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    steer: &SteerRow,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into deck_steers (user_id, deck_id, words, wish, wished_at) values ($1, $2, $3, $4, $5)
         on conflict (user_id, deck_id, words) do update set wish = excluded.wish, wished_at = excluded.wished_at",
        user_id,
        deck_id,
        steer.words,
        steer.wish,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets a wish.
pub async fn remove(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    words: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from deck_steers where user_id = $1 and deck_id = $2 and words = $3",
        user_id,
        deck_id,
        words,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is wanted of these words, if anything.
pub async fn find(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    words: &str,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select wish from deck_steers where user_id = $1 and deck_id = $2 and words = $3",
        user_id,
        deck_id,
        words,
    )
    .fetch_optional(db)
    .await
}

/// Takes back in what [`suspend_unseen`] and dealing put aside: never answered, and neither suspended by hand nor reported.
pub async fn resume_unseen(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    subtopic: &str,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update cards c set suspended = false, revision = revision + 1
         where user_id = $1 and deck_id = $2 and state = 'new' and pool_card_id is not null and suspended
           and deleted_at is null and lower(subtopic) = lower($3)
           and not exists (select from card_actions a
                           where a.user_id = $1 and a.card_id = c.card_id and a.kind = 'suspend' and a.undone_at is null)
           and not exists (select from card_reports r where r.user_id = $1 and r.card_id = c.card_id)",
        user_id,
        deck_id,
        subtopic,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Puts aside the cards of a subtopic that were dealt and never answered.
pub async fn suspend_unseen(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    subtopic: &str,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update cards set suspended = true, revision = revision + 1
         where user_id = $1 and deck_id = $2 and state = 'new' and pool_card_id is not null and not suspended
           and deleted_at is null and lower(subtopic) = lower($3)",
        user_id,
        deck_id,
        subtopic,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
