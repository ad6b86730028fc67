//! Cards: a learner's own copies, dealt from the pool or written by hand.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgExecutor;

use super::narrow;
use crate::domain::ids::{CardId, DeckId, PoolCardId, UserId};
use crate::domain::level::Level;
use crate::domain::scheduler::{CardState, Schedule};

/// A row of `cards` that was not deleted.
#[derive(Debug, Clone)]
pub struct Card {
    /// Key, with `user_id`.
    pub card_id: CardId,
    /// Where it is studied.
    pub deck_id: DeckId,
    /// What it was copied from.
    pub pool_card_id: Option<PoolCardId>,
    /// Text.
    pub question: String,
    /// Text.
    pub answer: String,
    /// Text.
    pub explanation: Option<String>,
    /// Which part of the topic.
    pub subtopic: Option<String>,
    /// 1–9.
    pub level: i16,
    /// The model that wrote it; `None` when a person did.
    pub model: Option<String>,
    /// See `domain::scheduler`.
    pub state: String,
    /// Index of the learning step.
    pub step: i16,
    /// Days.
    pub stability: Option<f64>,
    /// 1–10.
    pub difficulty: Option<f64>,
    /// When it comes up again.
    pub due_at: Option<DateTime<Utc>>,
    /// Last answer.
    pub last_reviewed_at: Option<DateTime<Utc>>,
    /// The learner's day of the last answer.
    pub last_review_day: Option<NaiveDate>,
    /// Answers so far.
    pub reps: i32,
    /// Times forgotten.
    pub lapses: i32,
    /// Rises with each change.
    pub revision: i32,
    /// Left out of study.
    pub suspended: bool,
    /// Marked by the learner.
    pub flagged: bool,
    /// The learner's words.
    pub tags: Vec<String>,
    /// Copied or written.
    pub dealt_at: DateTime<Utc>,
    /// Put off by hand until then.
    pub buried_until: Option<DateTime<Utc>>,
    /// Since when it counts as a leech.
    pub leech_at: Option<DateTime<Utc>>,
    /// Brought back to new by hand.
    pub reset_at: Option<DateTime<Utc>>,
    /// When the learner read that others call the pool card wrong.
    pub warning_read_at: Option<DateTime<Utc>>,
    /// Of a cloze: what its cards share.
    pub note_id: Option<uuid::Uuid>,
    /// Of a cloze: the number that this card hides.
    pub cloze: Option<i16>,
}

impl Card {
    /// Whether a person wrote it: then it is rendered as Markdown.
    pub fn is_own(&self) -> bool {
        self.pool_card_id.is_none() && self.model.is_none()
    }

    /// The memory state as the scheduler has it.
    pub fn schedule(&self) -> Schedule {
        Schedule {
            state: self.state(),
            step: u8::try_from(self.step).unwrap_or(0),
            stability: self.stability,
            difficulty: self.difficulty,
            due_at: self.due_at,
            last_reviewed_at: self.last_reviewed_at,
            last_review_day: self.last_review_day,
            reps: u32::try_from(self.reps).unwrap_or(0),
            lapses: u32::try_from(self.lapses).unwrap_or(0),
        }
    }

    /// Puts a memory state into its columns.
    pub fn set_schedule(&mut self, schedule: &Schedule) {
        self.state = schedule.state.name().to_owned();
        self.step = i16::from(schedule.step);
        self.stability = schedule.stability;
        self.difficulty = schedule.difficulty;
        self.due_at = schedule.due_at;
        self.last_reviewed_at = schedule.last_reviewed_at;
        self.last_review_day = schedule.last_review_day;
        self.reps = i32::try_from(schedule.reps).unwrap_or(i32::MAX);
        self.lapses = i32::try_from(schedule.lapses).unwrap_or(i32::MAX);
    }

    /// New, learning, review or relearning.
    pub fn state(&self) -> CardState {
        narrow::state(&self.state)
    }

    /// The level as the domain has it.
    pub fn level(&self) -> Level {
        narrow::level(self.level)
    }
}

/// Selects cards with every column, in the order of the struct.
macro_rules! select_cards {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Card,
            "select card_id, deck_id, pool_card_id, question, answer, explanation, subtopic, level, model, state, step,
                    stability, difficulty, due_at, last_reviewed_at, last_review_day, reps, lapses, revision,
                    suspended, flagged, tags, dealt_at, buried_until, leech_at, reset_at, warning_read_at, note_id,
                    cloze
             from cards " + $tail
            $(, $argument)*
        )
    };
}

/// One card of one learner.
pub async fn find(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
) -> sqlx::Result<Option<Card>> {
    select_cards!(
        "where user_id = $1 and card_id = $2 and deleted_at is null",
        user_id,
        card_id
    )
    .fetch_optional(db)
    .await
}

/// The deck of a card that was deleted and could be brought back.
pub async fn deck_of_deleted(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
) -> sqlx::Result<Option<DeckId>> {
    sqlx::query_scalar!(
        "select deck_id from cards where user_id = $1 and card_id = $2 and deleted_at is not null",
        user_id,
        card_id,
    )
    .fetch_optional(db)
    .await
}

/// One card, locked until the transaction ends.
pub async fn lock(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
) -> sqlx::Result<Option<Card>> {
    select_cards!(
        "where user_id = $1 and card_id = $2 and deleted_at is null for update",
        user_id,
        card_id
    )
    .fetch_optional(db)
    .await
}

/// The card on a desk, if it is still one to study.
pub async fn on_desk(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    scope: DeckId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Card>> {
    select_cards!(
        "where user_id = $1 and card_id = (select card_id from desk_cards where user_id = $1 and scope = $2)
           and deleted_at is null and not suspended and (buried_until is null or buried_until <= $3)",
        user_id,
        scope,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Whether a card is there to study: neither deleted nor put aside.
pub async fn may_be_studied(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (
             select from cards
             where user_id = $1 and card_id = $2
               and deleted_at is null and not suspended and (buried_until is null or buried_until <= $3)
           ) as "found!""#,
        user_id,
        card_id,
        now,
    );
    found.fetch_one(db).await
}

/// Some cards, in no order.
pub async fn find_many(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_ids: &[CardId],
) -> sqlx::Result<Vec<Card>> {
    select_cards!(
        "where user_id = $1 and card_id = any($2) and deleted_at is null",
        user_id,
        card_ids
    )
    .fetch_all(db)
    .await
}

/// Cards of a deck after `after`, oldest first; `like` is a pattern for question, answer or explanation.
pub async fn list(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    like: Option<&str>,
    after: Option<CardId>,
    limit: i64,
) -> sqlx::Result<Vec<Card>> {
    select_cards!(
        "where user_id = $1 and deck_id = $2 and deleted_at is null
           and ($3::text is null or card_id in (select t.card_id from card_texts t
                                                where t.user_id = $1 and t.search_text like lower($3)))
           and ($4::uuid is null or card_id > $4)
         order by card_id limit $5",
        user_id,
        deck_id,
        like,
        after,
        limit,
    )
    .fetch_all(db)
    .await
}

/// A card written by hand.
#[derive(Debug)]
pub struct NewCard<'a> {
    /// The learner.
    pub user_id: UserId,
    /// The deck.
    pub deck_id: DeckId,
    /// Key.
    pub card_id: CardId,
    /// Text.
    pub question: &'a str,
    /// Text.
    pub answer: &'a str,
    /// Text.
    pub explanation: Option<&'a str>,
    /// The learner's words.
    pub tags: &'a [String],
    /// Of a cloze: its note, and the number that is hidden.
    pub cloze: Option<(uuid::Uuid, i16)>,
    /// The deck's level.
    pub level: Level,
    /// Now.
    pub dealt_at: DateTime<Utc>,
}

/// Adds a card written by hand.
pub async fn insert(db: impl PgExecutor<'_>, card: &NewCard<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into cards (user_id, card_id, deck_id, question, answer, explanation, level, dealt_at, tags, note_id, cloze)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        card.user_id,
        card.card_id,
        card.deck_id,
        card.question,
        card.answer,
        card.explanation,
        i16::from(card.level.number()),
        card.dealt_at,
        card.tags,
        card.cloze.map(|(note_id, _)| note_id),
        card.cloze.map(|(_, number)| number),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes a card's memory state, and takes the card off every desk; its revision rises. Returns the new revision.
pub async fn update_schedule(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card: &Card,
) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        "with desk as (delete from desk_cards where user_id = $1 and card_id = $2)
         update cards
         set state = $3, step = $4, stability = $5, difficulty = $6, due_at = $7, last_reviewed_at = $8,
             last_review_day = $9, reps = $10, lapses = $11, leech_at = $12, reset_at = $13, revision = revision + 1
         where user_id = $1 and card_id = $2 returning revision",
        user_id,
        card.card_id,
        card.state,
        card.step,
        card.stability,
        card.difficulty,
        card.due_at,
        card.last_reviewed_at,
        card.last_review_day,
        card.reps,
        card.lapses,
        card.leech_at,
        card.reset_at,
    )
    .fetch_one(db)
    .await
}

/// Writes what a learner may change by hand; the card's revision rises. Returns the new revision.
pub async fn update_text(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card: &Card,
) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        "update cards
         set question = $3, answer = $4, explanation = $5, tags = $6, suspended = $7, flagged = $8, due_at = $9,
             buried_until = $10, leech_at = $11, warning_read_at = $12, revision = revision + 1
         where user_id = $1 and card_id = $2 returning revision",
        user_id,
        card.card_id,
        card.question,
        card.answer,
        card.explanation,
        &card.tags,
        card.suspended,
        card.flagged,
        card.due_at,
        card.buried_until,
        card.leech_at,
        card.warning_read_at,
    )
    .fetch_one(db)
    .await
}

/// Takes a card out of the deck for good; its row stays, so that it is not dealt again.
pub async fn delete(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update cards set deleted_at = $3, revision = revision + 1
         where user_id = $1 and card_id = $2 and deleted_at is null",
        user_id,
        card_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Brings a deleted card back. `false` when it was not deleted.
pub async fn restore(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update cards set deleted_at = null, revision = revision + 1
         where user_id = $1 and card_id = $2 and deleted_at is not null",
        user_id,
        card_id,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The cards of a cloze, by their numbers, locked until the transaction ends.
pub async fn lock_note(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    note_id: uuid::Uuid,
) -> sqlx::Result<Vec<Card>> {
    select_cards!(
        "where user_id = $1 and note_id = $2 and deleted_at is null order by cloze for update",
        user_id,
        note_id
    )
    .fetch_all(db)
    .await
}

/// Brings back the card of a cloze's number that was deleted last. `false` when there is none.
pub async fn restore_cloze(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    note_id: uuid::Uuid,
    text: &Card,
    number: i16,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update cards
         set deleted_at = null, question = $4, answer = $5, explanation = $6, revision = revision + 1
         where user_id = $1 and card_id = (
             select card_id from cards
             where user_id = $1 and note_id = $2 and cloze = $3 and deleted_at is not null
             order by deleted_at desc limit 1)",
        user_id,
        note_id,
        number,
        text.question,
        text.answer,
        text.explanation,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
