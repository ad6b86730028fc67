//! Saving one card: counted on its job under the fence, compared once more under the topic's lock, committed at once.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::pipeline::{Kept, Pipeline};
use crate::db;
use crate::db::jobs::ClaimedJob;
use crate::db::pool::NewPoolCard;
use crate::domain::duplicates::exact_key;
use crate::domain::ids::PoolCardId;

/// What became of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// In the pool; the job has made this many.
    Kept {
        /// Of the job's cards.
        made: i16,
    },
    /// A neighbouring job was quicker with the same fact.
    Duplicate,
    /// The job is another worker's now: nothing was written.
    NotOurs,
}

/// What a save needs besides the card.
#[derive(Debug, Clone, Copy)]
pub struct SaveContext<'a> {
    /// The job, with the fence that guards the write.
    pub job: &'a ClaimedJob,
    /// As the provider names it.
    pub model: &'a str,
    /// For the new row.
    pub pool_card_id: PoolCardId,
    /// The present.
    pub now: DateTime<Utc>,
    /// A card is a sign of life.
    pub lease_until: DateTime<Utc>,
}

/// Commits one card.
pub async fn save(
    db: &PgPool,
    pipeline: &mut Pipeline,
    card: &Kept,
    context: SaveContext<'_>,
) -> sqlx::Result<Saved> {
    let SaveContext {
        job,
        model,
        pool_card_id,
        now,
        lease_until,
    } = context;
    let mut tx = db.begin().await?;
    let Some(made) = db::jobs::count_card(&mut *tx, job.job_id, job.fence, lease_until).await?
    else {
        return Ok(Saved::NotOurs);
    };
    db::pool::lock_topic(&mut tx, job.topic_id).await?;
    let news = db::pool::facts_after(&mut *tx, job.topic_id, pipeline.position()).await?;
    pipeline.learn(&news);
    if !news.is_empty() && pipeline.is_duplicate(&card.text) {
        return Ok(Saved::Duplicate);
    }
    let row = NewPoolCard {
        pool_card_id,
        topic_id: job.topic_id,
        job_id: job.job_id,
        level: job.level(),
        class: &job.class,
        model,
        text: &card.text,
        exact_key: &exact_key(&card.text.question, &card.text.answer),
        marks: &card.marks,
        created_at: now,
    };
    let Some(position) = db::pool::insert(&mut *tx, &row).await? else {
        return Ok(Saved::Duplicate);
    };
    tx.commit().await?;
    pipeline.accept(pool_card_id, position, &card.text);
    Ok(Saved::Kept { made })
}
