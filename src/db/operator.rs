//! What the operator asks across learners: accounts, cards that are reported, topics that the model declined. None of
//! it is on a learner's path.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::domain::ids::{PoolCardId, UserId};

/// A learner in the operator's list.
#[derive(Debug, Clone)]
pub struct LearnerLine {
    /// Key.
    pub user_id: UserId,
    /// `guest` or `account`.
    pub kind: String,
    /// Of an account.
    pub email: Option<String>,
    /// The address was proved.
    pub is_proved: bool,
    /// Began.
    pub created_at: DateTime<Utc>,
    /// Last visit, to the day.
    pub seen_at: DateTime<Utc>,
    /// How many.
    pub decks: i64,
    /// Answers in all.
    pub answers: i64,
}

/// Learners after one of them, the oldest first.
pub async fn learners(
    db: impl PgExecutor<'_>,
    after: Option<UserId>,
    limit: i64,
) -> sqlx::Result<Vec<LearnerLine>> {
    sqlx::query_as!(
        LearnerLine,
        r#"select u.user_id, u.kind, u.email, u.email_verified_at is not null as "is_proved!", u.created_at, u.seen_at,
                  (select count(*) from decks d where d.user_id = u.user_id) as "decks!",
                  (select count(*) from reviews r where r.user_id = u.user_id and r.kind = 'answer') as "answers!"
           from users u where $1::uuid is null or u.user_id > $1 order by u.user_id limit $2"#,
        after,
        limit,
    )
    .fetch_all(db)
    .await
}

/// A pool card that learners object to.
#[derive(Debug, Clone)]
pub struct ReportedCard {
    /// Names it.
    pub pool_card_id: PoolCardId,
    /// Its topic.
    pub topic: String,
    /// As asked.
    pub question: String,
    /// As answered.
    pub answer: String,
    /// Which model wrote it.
    pub model: String,
    /// Accounts that object.
    pub objections: i64,
    /// It is dealt to nobody.
    pub is_quarantined: bool,
    /// What they say, each with its note.
    pub words: Vec<String>,
}

/// The queue of reported cards: those that are still dealt first, then by objections.
pub async fn reported_cards(
    db: impl PgExecutor<'_>,
    limit: i64,
) -> sqlx::Result<Vec<ReportedCard>> {
    sqlx::query_as!(
        ReportedCard,
        r#"select p.pool_card_id, t.title as topic, p.question, p.answer, p.model, count(*) as "objections!",
                  p.quarantined_at is not null as "is_quarantined!",
                  array(select r.reason || coalesce(': ' || r.note, '')
                        from cards c join card_reports r on r.user_id = c.user_id and r.card_id = c.card_id
                        where c.pool_card_id = p.pool_card_id order by r.reported_at limit 10) as "words!"
           from pool_card_objections o
                join pool_cards p using (topic_id, pool_card_id)
                join topics t using (topic_id)
           group by t.topic_id, p.topic_id, p.pool_card_id
           order by p.quarantined_at is not null, count(*) desc, p.pool_card_id limit $1"#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Takes a pool card from everybody; `false` when there is none.
pub async fn quarantine(
    db: impl PgExecutor<'_>,
    pool_card_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update pool_cards set quarantined_at = coalesce(quarantined_at, $2) where pool_card_id = $1",
        pool_card_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Finds a reported card right: its objections are dropped and it is dealt again; `false` when there is none. One transaction.
pub async fn dismiss_objections(pool: &PgPool, pool_card_id: Uuid) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    sqlx::query!(
        "delete from pool_card_objections where pool_card_id = $1",
        pool_card_id
    )
    .execute(&mut *tx)
    .await?;
    let done = sqlx::query!(
        "update pool_cards set quarantined_at = null where pool_card_id = $1",
        pool_card_id
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// A topic that the model would not write about.
#[derive(Debug, Clone)]
pub struct DeclinedTopic {
    /// As typed first.
    pub topic: String,
    /// How often.
    pub times: i64,
    /// Last.
    pub declined_at: DateTime<Utc>,
    /// By which model, last.
    pub model: Option<String>,
}

/// Topics that the model declined, the latest first.
pub async fn declined_topics(
    db: impl PgExecutor<'_>,
    limit: i64,
) -> sqlx::Result<Vec<DeclinedTopic>> {
    sqlx::query_as!(
        DeclinedTopic,
        r#"select t.title as topic, count(*) as "times!", max(j.ordered_at) as "declined_at!", max(j.model) as model
           from generation_jobs j join topics t using (topic_id)
           where j.declined group by t.topic_id order by max(j.ordered_at) desc limit $1"#,
        limit,
    )
    .fetch_all(db)
    .await
}
