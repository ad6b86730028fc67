//! What statistics are made of: counts of a learner's log and cards, grouped as far as they can be without knowing how
//! the learner's days are cut. Answers that were taken back are left out.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgExecutor;

use super::narrow;
use crate::domain::ids::{DeckId, UserId};
use crate::domain::stats::days::Tally;
use crate::domain::stats::spread::BOUNDS;
use crate::domain::stats::{CardTotals, KNOWN_STABILITY, LONGEST_ANSWER_MS, Subtopic};

/// Answers since `since` by quarters of an hour, oldest first; of one deck, or of all.
pub async fn answers_by_quarter(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: Option<DeckId>,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<(DateTime<Utc>, Tally)>> {
    let rows = sqlx::query!(
        r#"select date_bin('15 minutes', reviewed_at, 'epoch'::timestamptz) as "begins_at!",
                  count(*) as "answers!",
                  count(*) filter (where first_answer) as "new!",
                  count(*) filter (where rating = 1) as "again!",
                  count(*) filter (where state_before = 'review') as "reviews!",
                  count(*) filter (where state_before = 'review' and rating > 1) as "recalled!",
                  coalesce(sum(least(duration_ms, $4)), 0)::bigint as "milliseconds!"
           from reviews r
           where user_id = $1 and kind = 'answer' and reviewed_at >= $3 and ($2::uuid is null or deck_id = $2)
             and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
           group by 1 order by 1"#,
        user_id,
        deck_id,
        since,
        LONGEST_ANSWER_MS,
    )
    .fetch_all(db)
    .await?;
    let tally = rows.into_iter().map(|row| {
        let tally = Tally {
            answers: narrow::count(row.answers),
            new: narrow::count(row.new),
            again: narrow::count(row.again),
            reviews: narrow::count(row.reviews),
            recalled: narrow::count(row.recalled),
            milliseconds: row.milliseconds.unsigned_abs(),
        };
        (row.begins_at, tally)
    });
    Ok(tally.collect())
}

/// A review of a card that had been learned, with what the prediction of its recall needs.
#[derive(Debug, Clone)]
pub struct RecallRow {
    /// Days.
    pub stability: f64,
    /// 1–10.
    pub difficulty: f64,
    /// The learner's day of the answer before.
    pub last_review_day: NaiveDate,
    /// This answer.
    pub reviewed_at: DateTime<Utc>,
    /// How the day was cut then.
    pub time_zone: String,
    /// How the day was cut then.
    pub rollover_hour: i16,
    /// Any answer but *again*.
    pub recalled: bool,
}

/// The latest reviews of learned cards, newest first.
pub async fn recalls(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: Option<DeckId>,
    limit: i64,
) -> sqlx::Result<Vec<RecallRow>> {
    sqlx::query_as!(
        RecallRow,
        r#"select stability_before as "stability!", difficulty_before as "difficulty!",
                  last_review_day_before as "last_review_day!", reviewed_at, time_zone, rollover_hour,
                  rating > 1 as "recalled!"
           from reviews r
           where user_id = $1 and kind = 'answer' and state_before = 'review' and ($2::uuid is null or deck_id = $2)
             and stability_before is not null and difficulty_before is not null and last_review_day_before is not null
             and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
           order by reviewed_at desc limit $3"#,
        user_id,
        deck_id,
        limit,
    )
    .fetch_all(db)
    .await
}

/// New cards met since `since`: a deck, a quarter of an hour, how many, the sum of their levels.
pub async fn levels_by_quarter(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: Option<DeckId>,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<(DeckId, DateTime<Utc>, u32, i64)>> {
    let rows = sqlx::query!(
        r#"select deck_id, date_bin('15 minutes', reviewed_at, 'epoch'::timestamptz) as "begins_at!",
                  count(*) as "cards!", sum(card_level)::bigint as "levels!"
           from reviews r
           where user_id = $1 and first_answer and reviewed_at >= $3 and ($2::uuid is null or deck_id = $2)
             and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
           group by 1, 2 order by 1, 2"#,
        user_id,
        deck_id,
        since,
    )
    .fetch_all(db)
    .await?;
    let row = rows.into_iter().map(|row| {
        (
            row.deck_id,
            row.begins_at,
            narrow::count(row.cards),
            row.levels,
        )
    });
    Ok(row.collect())
}

/// Cards due before `until` by quarters of an hour; archived decks and suspended cards ask for nothing.
pub async fn due_by_quarter(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: Option<DeckId>,
    until: DateTime<Utc>,
) -> sqlx::Result<Vec<(DateTime<Utc>, u32)>> {
    let rows = sqlx::query!(
        r#"select date_bin('15 minutes', c.due_at, 'epoch'::timestamptz) as "begins_at!", count(*) as "cards!"
           from cards c join decks d on d.user_id = c.user_id and d.deck_id = c.deck_id
           where c.user_id = $1 and c.state <> 'new' and c.deleted_at is null and not c.suspended and c.due_at < $3
             and ($2::uuid is null or c.deck_id = $2) and ($2::uuid is not null or d.archived_at is null)
           group by 1"#,
        user_id,
        deck_id,
        until,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.begins_at, narrow::count(row.cards)))
        .collect())
}

/// Cards in review by band of stability and by band of interval: an index into [`BOUNDS`] and a number each.
pub type Spreads = (Vec<(i32, u32)>, Vec<(i32, u32)>);

/// How cards in review spread over stability and interval.
pub async fn spreads(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: Option<DeckId>,
) -> sqlx::Result<Spreads> {
    let rows = sqlx::query!(
        r#"select width_bucket(stability, $3::float8[]) as "stability!",
                  width_bucket((extract(epoch from due_at - last_reviewed_at) / 86400)::float8, $3::float8[]) as interval,
                  count(*) as "cards!"
           from cards
           where user_id = $1 and state = 'review' and deleted_at is null and ($2::uuid is null or deck_id = $2)
             and stability is not null
           group by 1, 2"#,
        user_id,
        deck_id,
        &BOUNDS[..],
    )
    .fetch_all(db)
    .await?;
    let stability = rows
        .iter()
        .map(|row| (row.stability, narrow::count(row.cards)));
    let interval = rows
        .iter()
        .filter_map(|row| Some((row.interval?, narrow::count(row.cards))));
    Ok((stability.collect(), interval.collect()))
}

/// Cards by what they are.
pub async fn card_totals(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: Option<DeckId>,
) -> sqlx::Result<CardTotals> {
    let row = sqlx::query!(
        r#"select count(*) filter (where not suspended and state = 'new') as "new!",
                  count(*) filter (where not suspended and state <> 'new' and stability < $3) as "learning!",
                  count(*) filter (where not suspended and stability >= $3) as "known!",
                  count(*) filter (where suspended) as "suspended!"
           from cards where user_id = $1 and deleted_at is null and ($2::uuid is null or deck_id = $2)"#,
        user_id,
        deck_id,
        KNOWN_STABILITY,
    )
    .fetch_one(db)
    .await?;
    Ok(CardTotals {
        new: narrow::count(row.new),
        learning: narrow::count(row.learning),
        known: narrow::count(row.known),
        suspended: narrow::count(row.suspended),
    })
}

/// The parts of a deck's topic with most cards.
pub async fn subtopics(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    limit: i64,
) -> sqlx::Result<Vec<Subtopic>> {
    let rows = sqlx::query!(
        r#"select coalesce(subtopic, '') as "name!",
                  count(*) filter (where state = 'new') as "new!",
                  count(*) filter (where state <> 'new' and stability < $3) as "learning!",
                  count(*) filter (where stability >= $3) as "known!"
           from cards where user_id = $1 and deck_id = $2 and deleted_at is null
           group by 1 order by count(*) desc, 1 limit $4"#,
        user_id,
        deck_id,
        KNOWN_STABILITY,
        limit,
    )
    .fetch_all(db)
    .await?;
    let subtopic = rows.into_iter().map(|row| Subtopic {
        name: row.name,
        new: narrow::count(row.new),
        learning: narrow::count(row.learning),
        known: narrow::count(row.known),
    });
    Ok(subtopic.collect())
}
