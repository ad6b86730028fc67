//! Browsing: a learner's cards by filter, in one of four orders, in pieces that go on where the last one ended; and what
//! is done to many cards at once.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::cards::Card;
use crate::domain::browse::{CardFilter, CardPlace, CardSort};
use crate::domain::ids::{CardId, ReviewId, UserId};
use crate::domain::study_day::StudyDays;

/// Cards that a search finds are looked up one by one while they are fewer; of so many one is met soon in any order.
const MANY: i64 = 5_000;

/// Selects cards by a filter; `$tail` says where the piece begins and how it is ordered, from `$15` on.
macro_rules! select_browsed {
    ($user_id:expr, $filter:expr, $among:expr, $now:expr, $tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Card,
            "select card_id, deck_id, pool_card_id, question, answer, explanation, subtopic, level, model, state, step,
                    stability, difficulty, due_at, last_reviewed_at, last_review_day, reps, lapses, revision,
                    suspended, flagged, tags, dealt_at, buried_until, leech_at, reset_at, warning_read_at, note_id,
                    cloze
             from cards
             where user_id = $1 and deleted_at is null
               and ($2::uuid is null or deck_id = $2)
               and ($3::text is null or (select search_text from card_texts t
                                         where t.user_id = $1 and t.card_id = cards.card_id) like lower($3))
               and ($4::text[] is null or state = any($4))
               and ($5::bool is null or suspended = $5)
               and ($6::bool is null or flagged = $6)
               and (not $7::bool or (state <> 'new' and due_at <= $8 and not suspended))
               and ($9::text is null or (tags <> '{}' and $9 = any(tags)))
               and ($10::int4 is null or (lapses > 0 and lapses >= $10))
               and ($11::int2 is null or level = $11)
               and ($12::text is null or subtopic = $12)
               and ($13::uuid[] is null or card_id = any($13))
               and (not $14::bool or buried_until > $8)
               and " + $tail,
            $user_id,
            $filter.deck_id,
            // Those that a search found are looked up; of a common word's cards one is never far.
            $filter.like.as_deref().filter(|_| $among.is_none()),
            $filter.states.as_deref(),
            $filter.suspended,
            $filter.flagged,
            $filter.is_due,
            $now,
            $filter.tag,
            $filter.least_lapses,
            $filter.level,
            $filter.subtopic,
            $among,
            $filter.is_buried
            $(, $argument)*
        )
    };
}

/// Up to `limit` cards that fit, after `after` in the order of `sort`. Its own transaction: each combination of filters
/// wants a plan of its own, where PostgreSQL would settle on one for all after a while.
pub async fn list(
    db: &sqlx::PgPool,
    user_id: UserId,
    filter: &CardFilter,
    sort: CardSort,
    after: Option<CardPlace>,
    limit: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Card>> {
    let mut tx = db.begin().await?;
    sqlx::query!(r#"select set_config('plan_cache_mode', 'force_custom_plan', true) as "mode!""#)
        .fetch_one(&mut *tx)
        .await?;
    let among = match &filter.like {
        Some(like) => rare(&mut tx, user_id, like).await?,
        None => None,
    };
    let cards = piece(
        &mut tx,
        user_id,
        filter,
        among.as_deref(),
        sort,
        after,
        limit,
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(cards)
}

/// The cards whose text fits, unless they are many.
async fn rare(
    db: &mut PgConnection,
    user_id: UserId,
    like: &str,
) -> sqlx::Result<Option<Vec<Uuid>>> {
    let found = sqlx::query_scalar!(
        "select card_id from card_texts where user_id = $1 and search_text like lower($2) limit $3",
        user_id,
        like,
        MANY,
    )
    .fetch_all(db)
    .await?;
    Ok((found.len() < MANY as usize).then_some(found))
}

#[expect(clippy::too_many_arguments, reason = "the parts of one question")]
async fn piece(
    db: &mut PgConnection,
    user_id: UserId,
    filter: &CardFilter,
    among: Option<&[Uuid]>,
    sort: CardSort,
    after: Option<CardPlace>,
    limit: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Card>> {
    let card_id = after.map(|place| place.card_id);
    let value = after.map(|place| place.value);
    match sort {
        CardSort::Newest => {
            select_browsed!(
                user_id,
                filter,
                among,
                now,
                "($15::uuid is null or card_id < $15) order by card_id desc limit $16",
                card_id,
                limit,
            )
            .fetch_all(db)
            .await
        }
        CardSort::Oldest => {
            select_browsed!(
                user_id,
                filter,
                among,
                now,
                "($15::uuid is null or card_id > $15) order by card_id limit $16",
                card_id,
                limit,
            )
            .fetch_all(db)
            .await
        }
        CardSort::Due => {
            let due_at = value.and_then(DateTime::from_timestamp_micros);
            select_browsed!(
                user_id,
                filter,
                among,
                now,
                "due_at is not null and ($15::timestamptz is null or (due_at, card_id) > ($15, $16))
                 order by due_at, card_id limit $17",
                due_at,
                card_id,
                limit,
            )
            .fetch_all(db)
            .await
        }
        CardSort::Lapses => {
            let lapses = value.and_then(|value| i32::try_from(value).ok());
            select_browsed!(
                user_id,
                filter,
                among,
                now,
                "lapses > 0 and ($15::int4 is null or (lapses, card_id) < ($15, $16))
                 order by lapses desc, card_id desc limit $17",
                lapses,
                card_id,
                limit,
            )
            .fetch_all(db)
            .await
        }
    }
}

/// Puts cards aside, or takes them back in. Returns those that changed.
pub async fn suspend(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
    suspended: bool,
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query_scalar!(
        "update cards set suspended = $3, revision = revision + 1
         where user_id = $1 and card_id = any($2) and deleted_at is null and suspended <> $3 returning card_id",
        user_id,
        card_ids,
        suspended,
    )
    .fetch_all(db)
    .await
}

/// Marks cards, or takes the mark off. Returns those that changed.
pub async fn flag(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
    flagged: bool,
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query_scalar!(
        "update cards set flagged = $3, revision = revision + 1
         where user_id = $1 and card_id = any($2) and deleted_at is null and flagged <> $3 returning card_id",
        user_id,
        card_ids,
        flagged,
    )
    .fetch_all(db)
    .await
}

/// Adds a tag where it is missing and there is room for it. Returns those that changed.
pub async fn add_tag(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
    tag: &str,
    most: i32,
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query_scalar!(
        r#"update cards
           set tags = array(select distinct tag collate "C" from unnest(tags || $3::text) tag order by 1),
               revision = revision + 1
           where user_id = $1 and card_id = any($2) and deleted_at is null and not $3 = any(tags)
             and cardinality(tags) < $4
           returning card_id"#,
        user_id,
        card_ids,
        tag,
        most,
    )
    .fetch_all(db)
    .await
}

/// Takes a tag off. Returns those that changed.
pub async fn remove_tag(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
    tag: &str,
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query_scalar!(
        "update cards set tags = array_remove(tags, $3), revision = revision + 1
         where user_id = $1 and card_id = any($2) and deleted_at is null and $3 = any(tags) returning card_id",
        user_id,
        card_ids,
        tag,
    )
    .fetch_all(db)
    .await
}

/// Takes cards out of their decks; their rows stay, so that they are not dealt again. Returns those that changed.
pub async fn delete(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query_scalar!(
        "update cards set deleted_at = $3, revision = revision + 1
         where user_id = $1 and card_id = any($2) and deleted_at is null returning card_id",
        user_id,
        card_ids,
        now,
    )
    .fetch_all(db)
    .await
}

/// Brings back cards that one action took out of their decks at that time. Returns those that changed.
pub async fn restore(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
    deleted_at: DateTime<Utc>,
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query_scalar!(
        "update cards set deleted_at = null, revision = revision + 1
         where user_id = $1 and card_id = any($2) and deleted_at = $3 returning card_id",
        user_id,
        card_ids,
        deleted_at,
    )
    .fetch_all(db)
    .await
}

/// When and how cards are moved by hand.
#[derive(Debug, Clone)]
pub struct Move {
    /// The new due time.
    pub due_at: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
    /// The learner's days at that time.
    pub days: StudyDays,
    /// The learner's desired retention.
    pub desired_retention: f64,
}

/// Gives cards a due time, and writes it into the log: without that row, replaying would not give this state. The new
/// ids of the rows stand in the order of the cards. Two statements: the caller's transaction holds them together.
pub async fn reschedule(
    db: &mut PgConnection,
    user_id: UserId,
    card_ids: &[CardId],
    review_ids: &[ReviewId],
    to: &Move,
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query!(
        "insert into reviews (user_id, review_id, deck_id, card_id, kind, reviewed_at, received_at, first_answer,
                              card_level, desired_retention, time_zone, rollover_hour, due_at, state_before, step_before,
                              stability_before, difficulty_before, due_before, last_reviewed_before,
                              last_review_day_before, reps_before, lapses_before)
         select user_id, pair.review_id, deck_id, c.card_id, 'reschedule', $4, $4, false, level, $5, $6, $7, $8, state,
                step, stability, difficulty, due_at, last_reviewed_at, last_review_day, reps, lapses
         from unnest($2::uuid[], $3::uuid[]) as pair (card_id, review_id)
         join cards c on c.user_id = $1 and c.card_id = pair.card_id and c.deleted_at is null
         for update of c",
        user_id,
        card_ids,
        review_ids,
        to.now,
        to.desired_retention,
        to.days.time_zone.name(),
        i16::from(to.days.rollover_hour),
        to.due_at,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query_scalar!(
        "update cards set due_at = $3, revision = revision + 1
         where user_id = $1 and card_id = any($2) and deleted_at is null returning card_id",
        user_id,
        card_ids,
        to.due_at,
    )
    .fetch_all(db)
    .await
}

/// Takes cards off every desk of their learner.
pub async fn take_off_desk(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from desk_cards where user_id = $1 and card_id = any($2)",
        user_id,
        card_ids,
    )
    .execute(db)
    .await?;
    Ok(())
}
