//! The append-only log of answers, undos and reschedules.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgExecutor;

use super::cards::Card;
use super::narrow;
use crate::domain::ids::{CardId, DeckId, ReviewId, UserId};

/// A row of `reviews`.
#[derive(Debug, Clone)]
pub struct Review {
    /// Key, with `user_id`; chosen by the client.
    pub review_id: ReviewId,
    /// The card's deck.
    pub deck_id: DeckId,
    /// The card.
    pub card_id: CardId,
    /// `answer`, `undo`, `reschedule` or `reset`.
    pub kind: String,
    /// When the learner did it.
    pub reviewed_at: DateTime<Utc>,
    /// When we heard of it.
    pub received_at: DateTime<Utc>,
    /// The answer that an undo takes back.
    pub undoes: Option<ReviewId>,
    /// 1–4, of an answer.
    pub rating: Option<i16>,
    /// Milliseconds from question to grade; unknown = `None`.
    pub duration_ms: Option<i32>,
    /// The card was new.
    pub first_answer: bool,
    /// 1–9.
    pub card_level: i16,
    /// What the scheduler was told.
    pub desired_retention: f64,
    /// What the scheduler was told.
    pub time_zone: String,
    /// What the scheduler was told.
    pub rollover_hour: i16,
    /// A reschedule's new due time.
    pub due_at: Option<DateTime<Utc>>,
    /// The card before.
    pub state_before: String,
    /// The card before.
    pub step_before: i16,
    /// The card before.
    pub stability_before: Option<f64>,
    /// The card before.
    pub difficulty_before: Option<f64>,
    /// The card before.
    pub due_before: Option<DateTime<Utc>>,
    /// The card before.
    pub last_reviewed_before: Option<DateTime<Utc>>,
    /// The card before.
    pub last_review_day_before: Option<NaiveDate>,
    /// The card before.
    pub reps_before: i32,
    /// The card before.
    pub lapses_before: i32,
}

impl Review {
    /// Puts the card's state into the columns that keep what was before.
    pub fn remember_before(&mut self, card: &Card) {
        self.state_before.clone_from(&card.state);
        self.step_before = card.step;
        self.stability_before = card.stability;
        self.difficulty_before = card.difficulty;
        self.due_before = card.due_at;
        self.last_reviewed_before = card.last_reviewed_at;
        self.last_review_day_before = card.last_review_day;
        self.reps_before = card.reps;
        self.lapses_before = card.lapses;
    }

    /// Puts the state before this row back into the card.
    pub fn restore_before(&self, card: &mut Card) {
        card.state.clone_from(&self.state_before);
        card.step = self.step_before;
        card.stability = self.stability_before;
        card.difficulty = self.difficulty_before;
        card.due_at = self.due_before;
        card.last_reviewed_at = self.last_reviewed_before;
        card.last_review_day = self.last_review_day_before;
        card.reps = self.reps_before;
        card.lapses = self.lapses_before;
    }
}

/// Selects log rows with every column, in the order of the struct.
macro_rules! select_reviews {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Review,
            "select review_id, deck_id, card_id, kind, reviewed_at, received_at, undoes, rating, duration_ms,
                    first_answer, card_level, desired_retention, time_zone, rollover_hour, due_at, state_before,
                    step_before, stability_before, difficulty_before, due_before, last_reviewed_before,
                    last_review_day_before, reps_before, lapses_before
             from reviews r " + $tail
            $(, $argument)*
        )
    };
}

/// One row of one learner's log.
pub async fn find(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    review_id: ReviewId,
) -> sqlx::Result<Option<Review>> {
    select_reviews!("where user_id = $1 and review_id = $2", user_id, review_id)
        .fetch_optional(db)
        .await
}

/// Whether an answer was taken back.
pub async fn is_undone(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    review_id: ReviewId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from reviews where user_id = $1 and undoes = $2) as "undone!""#,
        user_id,
        review_id,
    )
    .fetch_one(db)
    .await
}

/// A card's answers and reschedules that stand, in the order of their time.
pub async fn standing(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
) -> sqlx::Result<Vec<Review>> {
    select_reviews!(
        "where user_id = $1 and card_id = $2 and kind <> 'undo'
           and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
         order by reviewed_at, review_id",
        user_id,
        card_id,
    )
    .fetch_all(db)
    .await
}

/// Appends a row with an id that nobody else knows.
pub async fn append(db: impl PgExecutor<'_>, user_id: UserId, review: &Review) -> sqlx::Result<()> {
    match append_once(db, user_id, review).await? {
        true => Ok(()),
        false => Err(sqlx::Error::Protocol(format!(
            "the log has a row {} already",
            review.review_id
        ))),
    }
}

/// Appends a row, unless the log has one of this id: `false` then. Of two at once the second waits for the first.
pub async fn append_once(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    review: &Review,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into reviews (user_id, review_id, deck_id, card_id, kind, reviewed_at, received_at, undoes, rating,
                              duration_ms, first_answer, card_level, desired_retention, time_zone, rollover_hour,
                              due_at, state_before, step_before, stability_before, difficulty_before, due_before,
                              last_reviewed_before, last_review_day_before, reps_before, lapses_before)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25)
         on conflict do nothing",
        user_id,
        review.review_id,
        review.deck_id,
        review.card_id,
        review.kind,
        review.reviewed_at,
        review.received_at,
        review.undoes,
        review.rating,
        review.duration_ms,
        review.first_answer,
        review.card_level,
        review.desired_retention,
        review.time_zone,
        review.rollover_hour,
        review.due_at,
        review.state_before,
        review.step_before,
        review.stability_before,
        review.difficulty_before,
        review.due_before,
        review.last_reviewed_before,
        review.last_review_day_before,
        review.reps_before,
        review.lapses_before,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A first answer to a new card: what the ability is computed from.
#[derive(Debug, Clone)]
pub struct FirstAnswerRow {
    /// 1–9.
    pub card_level: i16,
    /// 1–4.
    pub rating: i16,
    /// Milliseconds; unknown = `None`.
    pub duration_ms: Option<i32>,
}

/// A deck's first answers that stand, since `since`, in the order of their time.
pub async fn first_answers(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<FirstAnswerRow>> {
    sqlx::query_as!(
        FirstAnswerRow,
        r#"select card_level, rating as "rating!", duration_ms from reviews r
           where user_id = $1 and deck_id = $2 and first_answer and reviewed_at >= $3
             and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
           order by reviewed_at, review_id"#,
        user_id,
        deck_id,
        since,
    )
    .fetch_all(db)
    .await
}

/// Whether the deck has first answers that were given after this one.
pub async fn is_before_other_first_answers(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    review: &Review,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from reviews
               where user_id = $1 and deck_id = $2 and first_answer and reviewed_at >= $3 and review_id <> $4
           ) as "later!""#,
        user_id,
        review.deck_id,
        review.reviewed_at,
        review.review_id,
    )
    .fetch_one(db)
    .await
}

/// New cards first graded since `since`, in all decks.
pub async fn new_cards_since(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    since: DateTime<Utc>,
) -> sqlx::Result<u32> {
    let used = sqlx::query_scalar!(
        r#"select count(*) as "used!" from reviews r
           where user_id = $1 and first_answer and reviewed_at >= $2
             and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)"#,
        user_id,
        since,
    )
    .fetch_one(db)
    .await?;
    Ok(narrow::count(used))
}

/// What was answered in a deck since an instant.
#[derive(Debug, Clone)]
pub struct AnsweredInDeck {
    /// The deck.
    pub deck_id: DeckId,
    /// First answers.
    pub new: i64,
    /// Answers to cards in review.
    pub reviews: i64,
    /// Known seconds, a minute an answer at most: a learner who went for coffee did not study.
    pub seconds: f64,
}

/// Answers since `since` in each of these decks that has any, but for those that were taken back: how new cards and
/// reviews are mixed, and what is left of a day's limits.
pub async fn answered_since(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_ids: &[DeckId],
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<AnsweredInDeck>> {
    sqlx::query_as!(
        AnsweredInDeck,
        r#"select deck_id,
                  count(*) filter (where first_answer) as "new!",
                  count(*) filter (where state_before = 'review') as "reviews!",
                  coalesce(sum(least(duration_ms, 60000)), 0)::float8 / 1000 as "seconds!"
           from reviews r
           where user_id = $1 and deck_id = any($2) and kind = 'answer' and reviewed_at >= $3
             and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
           group by deck_id"#,
        user_id,
        deck_ids,
        since,
    )
    .fetch_all(db)
    .await
}

/// How long a learner's answers take, since `since`.
#[derive(Debug, Clone)]
pub struct AnswerTimesRow {
    /// First answers of known duration.
    pub new: i64,
    /// Their seconds, a minute each at most.
    pub new_seconds: f64,
    /// Other answers of known duration.
    pub again: i64,
    /// Their seconds, a minute each at most.
    pub again_seconds: f64,
}

/// The learner's own times, in all decks.
pub async fn answer_times(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    since: DateTime<Utc>,
) -> sqlx::Result<AnswerTimesRow> {
    sqlx::query_as!(
        AnswerTimesRow,
        r#"select count(*) filter (where first_answer) as "new!",
                  coalesce(sum(least(duration_ms, 60000)) filter (where first_answer), 0)::float8 / 1000 as "new_seconds!",
                  count(*) filter (where not first_answer) as "again!",
                  coalesce(sum(least(duration_ms, 60000)) filter (where not first_answer), 0)::float8 / 1000
                      as "again_seconds!"
           from reviews where user_id = $1 and kind = 'answer' and reviewed_at >= $2 and duration_ms is not null"#,
        user_id,
        since,
    )
    .fetch_one(db)
    .await
}

/// What the card answered last in these decks was about; `None` when nothing was answered since `since`. Empty for a card
/// without a subtopic.
pub async fn last_subtopic(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_ids: &[DeckId],
    since: DateTime<Utc>,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"select coalesce(c.note_id::text, c.subtopic, '') as "subtopic!"
           from (select r.card_id, r.reviewed_at from reviews r
                 where r.user_id = $1 and r.deck_id = any($2) and r.kind = 'answer' and r.reviewed_at >= $3
                   and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
                 order by r.reviewed_at desc limit 1) last
           join cards c on c.user_id = $1 and c.card_id = last.card_id"#,
        user_id,
        deck_ids,
        since,
    )
    .fetch_optional(db)
    .await
}

/// The answer that stands and was received last, in one deck or in all.
pub async fn last_answer(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    (deck_id, card_id): (Option<DeckId>, Option<CardId>),
    since: DateTime<Utc>,
) -> sqlx::Result<Option<(CardId, DateTime<Utc>)>> {
    let row = sqlx::query!(
        r#"select card_id, received_at from reviews r
           where user_id = $1 and ($2::uuid is null or deck_id = $2) and ($4::uuid is null or card_id = $4)
             and kind = 'answer' and reviewed_at >= $3
             and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
             and exists (select from cards c where c.user_id = $1 and c.card_id = r.card_id and c.deleted_at is null)
           order by received_at desc, review_id desc limit 1"#,
        user_id,
        deck_id,
        since,
        card_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.card_id, row.received_at)))
}
