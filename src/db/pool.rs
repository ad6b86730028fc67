//! Pool cards: what generation wrote for a topic, at a level, by a model of a class.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::narrow;
use super::users::User;
use crate::domain::card::CardText;
use crate::domain::ids::{JobId, PoolCardId, TopicId, UserId};
use crate::domain::level::Level;

/// The fact of a pool card: what the duplicate check and the prompt's covered list read.
#[derive(Debug, Clone)]
pub struct PoolFact {
    /// Key within the topic.
    pub pool_card_id: PoolCardId,
    /// Order of insertion.
    pub position: i64,
    /// 1–9.
    pub level: i16,
    /// Text.
    pub question: String,
    /// Text.
    pub answer: String,
    /// Text.
    pub subtopic: Option<String>,
}

/// A card about to enter the pool.
#[derive(Debug)]
pub struct NewPoolCard<'a> {
    /// Key within the topic.
    pub pool_card_id: PoolCardId,
    /// Where it goes.
    pub topic_id: TopicId,
    /// The job that asked for it.
    pub job_id: JobId,
    /// The level asked for.
    pub level: Level,
    /// `standard` or `pro`.
    pub class: &'a str,
    /// As the provider names it.
    pub model: &'a str,
    /// The four fields.
    pub text: &'a CardText,
    /// See `domain::duplicates`.
    pub exact_key: &'a [u8],
    /// Gates that marked it.
    pub marks: &'a [String],
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// What dealing has to know of a pool card.
#[derive(Debug, Clone, Copy)]
pub struct PoolPlace {
    /// The topic.
    pub topic_id: TopicId,
    /// Key within the topic.
    pub pool_card_id: PoolCardId,
    /// Order of insertion.
    pub position: i64,
    /// 1–9.
    pub level: i16,
    /// By a model of class *pro*.
    pub is_pro: bool,
    /// Called wrong by two: not dealt.
    pub is_quarantined: bool,
}

/// Takes the topic's lock until the transaction ends. Under it positions are given and duplicates looked for.
pub async fn lock_topic(db: &mut PgConnection, topic_id: TopicId) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))",
        topic_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The facts of a topic that came after `position`, in order; `0` for all.
pub async fn facts_after(
    db: impl PgExecutor<'_>,
    topic_id: TopicId,
    position: i64,
) -> sqlx::Result<Vec<PoolFact>> {
    sqlx::query_as!(
        PoolFact,
        "select pool_card_id, position, level, question, answer, subtopic
         from pool_cards where topic_id = $1 and position > $2 order by position",
        topic_id,
        position,
    )
    .fetch_all(db)
    .await
}

/// Adds a card at the end of its topic; `None` when the topic has this very card already.
pub async fn insert(db: impl PgExecutor<'_>, card: &NewPoolCard<'_>) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        "insert into pool_cards (topic_id, pool_card_id, position, level, class, model, job_id,
                                 question, answer, explanation, subtopic, exact_key, marks, created_at)
         select $1, $2, coalesce(max(position), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
         from pool_cards where topic_id = $1
         on conflict on constraint pool_cards_exact_key do nothing
         returning position",
        card.topic_id,
        card.pool_card_id,
        i16::from(card.level.number()),
        card.class,
        card.model,
        card.job_id,
        card.text.question,
        card.text.answer,
        card.text.explanation,
        card.text.subtopic,
        card.exact_key,
        card.marks,
        card.created_at,
    )
    .fetch_optional(db)
    .await
}

/// Of each topic the cards after its `position`, in order, and before them those in quarantine, which may have got there
/// since.
pub async fn places_after(
    db: impl PgExecutor<'_>,
    topic_ids: &[TopicId],
    positions: &[i64],
) -> sqlx::Result<Vec<PoolPlace>> {
    sqlx::query_as!(
        PoolPlace,
        r#"select topic_id as "topic_id!", pool_card_id as "pool_card_id!", position as "position!", level as "level!",
                  class = 'pro' as "is_pro!", quarantined_at is not null as "is_quarantined!"
           from unnest($1::uuid[], $2::bigint[]) as known (topic, last)
           cross join lateral (
               select topic_id, pool_card_id, position, level, class, quarantined_at from pool_cards
               where topic_id = topic and (position > last or quarantined_at is not null)) news
           order by topic_id, position"#,
        topic_ids,
        positions,
    )
    .fetch_all(db)
    .await
}

/// Notes that a learner calls a pool card wrong; the second account's word takes it out of the pool. Guests are heard,
/// and count once they have signed up: anybody can be any number of guests.
pub async fn object(
    db: &mut PgConnection,
    topic_id: TopicId,
    pool_card_id: PoolCardId,
    author: &User,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into pool_card_objections (topic_id, pool_card_id, user_id, by_account) values ($1, $2, $3, $4)
         on conflict (topic_id, pool_card_id, user_id) do update set by_account = excluded.by_account",
        topic_id,
        pool_card_id,
        author.user_id,
        author.is_account(),
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update pool_cards set quarantined_at = $3
         where topic_id = $1 and pool_card_id = $2 and quarantined_at is null
           and (select count(*) from pool_card_objections o left join users u on u.user_id = o.user_id
                where topic_id = $1 and pool_card_id = $2 and (by_account or u.kind = 'account')) >= 2",
        topic_id,
        pool_card_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes an objection back. A pool card that went into quarantine by this very objection comes out of it.
pub async fn withdraw(
    db: &mut PgConnection,
    topic_id: TopicId,
    pool_card_id: PoolCardId,
    author: UserId,
    objected_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from pool_card_objections where topic_id = $1 and pool_card_id = $2 and user_id = $3",
        topic_id,
        pool_card_id,
        author,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update pool_cards set quarantined_at = null
         where topic_id = $1 and pool_card_id = $2 and quarantined_at = $3",
        topic_id,
        pool_card_id,
        objected_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

impl PoolPlace {
    /// `standard` or `pro`.
    pub fn class(&self) -> &'static str {
        if self.is_pro { "pro" } else { "standard" }
    }

    /// The level as the domain has it.
    pub fn level(&self) -> Level {
        narrow::level(self.level)
    }
}

/// Which of these cards of these topics were called wrong and taken out of the pool.
pub async fn quarantined(
    db: impl PgExecutor<'_>,
    topic_ids: &[TopicId],
    pool_card_ids: &[PoolCardId],
) -> sqlx::Result<Vec<PoolCardId>> {
    if pool_card_ids.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar!(
        "select pool_card_id from pool_cards
         where topic_id = any($1) and pool_card_id = any($2) and quarantined_at is not null",
        topic_ids,
        pool_card_ids,
    )
    .fetch_all(db)
    .await
}
