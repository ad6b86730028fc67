//! Decks: one learner's study of one topic.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::narrow;
use crate::domain::ability::Ability;
use crate::domain::ids::{DeckId, TopicId, UserId};
use crate::domain::level::Level;

/// A row of `decks`.
#[derive(Debug, Clone)]
pub struct Deck {
    /// Key, with `deck_id`.
    pub user_id: UserId,
    /// Key, with `user_id`.
    pub deck_id: DeckId,
    /// `None`: no generation.
    pub topic_id: Option<TopicId>,
    /// As typed.
    pub topic: String,
    /// As shown; the learner may change it.
    pub title: String,
    /// A BCP-47 tag, or empty for the topic's own language.
    pub language: String,
    /// Of the next order, 1–9.
    pub level: i16,
    /// Of the last order, 1–9.
    pub asked_level: i16,
    /// First answers since the last order.
    pub answered_since_asked: i16,
    /// Logits.
    pub ability: f64,
    /// Logits squared.
    pub ability_variance: f64,
    /// See `domain::ability`.
    pub ability_answers: f64,
    /// See `domain::ability`.
    pub ability_easy: f64,
    /// Where the replay of the ability begins.
    pub ability_origin_level: i16,
    /// First answers before this instant do not count.
    pub ability_origin_at: DateTime<Utc>,
    /// Overrides the learner's own.
    pub desired_retention: Option<f64>,
    /// No new cards since.
    pub paused_at: Option<DateTime<Utc>>,
    /// Out of sight since.
    pub archived_at: Option<DateTime<Utc>>,
    /// Made.
    pub created_at: DateTime<Utc>,
    /// How new cards go with reviews: `mixed`, `reviews_first` or `new_first`.
    pub new_order: String,
    /// `None`: no limit.
    pub new_per_day: Option<i32>,
    /// `None`: no limit.
    pub reviews_per_day: Option<i32>,
    /// A ceiling on the day's study that throttles new cards.
    pub minutes_per_day: Option<i32>,
    /// Raised by every change of its cards, in the same transaction.
    pub cards_revision: i64,
}

impl Deck {
    /// The level of the next order.
    pub fn level(&self) -> Level {
        narrow::level(self.level)
    }

    /// The level of the last order.
    pub fn asked_level(&self) -> Level {
        narrow::level(self.asked_level)
    }

    /// The estimate as the domain has it.
    pub fn ability(&self) -> Ability {
        Ability {
            mean: self.ability,
            variance: self.ability_variance,
            answers: self.ability_answers,
            easy: self.ability_easy,
        }
    }

    /// Puts an estimate into its columns.
    pub fn set_ability(&mut self, ability: &Ability) {
        self.ability = ability.mean;
        self.ability_variance = ability.variance;
        self.ability_answers = ability.answers;
        self.ability_easy = ability.easy;
    }
}

/// Selects decks with every column, in the order of the struct.
macro_rules! select_decks {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Deck,
            "select user_id, deck_id, topic_id, topic, title, language, level, asked_level, answered_since_asked,
                    ability, ability_variance, ability_answers, ability_easy, ability_origin_level, ability_origin_at, desired_retention,
                    paused_at, archived_at, created_at, new_order, new_per_day, reviews_per_day, minutes_per_day, cards_revision
             from decks " + $tail
            $(, $argument)*
        )
    };
}

/// Adds a deck; `false` when the learner has one of this topic already.
pub async fn insert(db: impl PgExecutor<'_>, deck: &Deck) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into decks (user_id, deck_id, topic_id, topic, title, language, level, asked_level, ability,
                            ability_variance, ability_answers, ability_easy, ability_origin_level, ability_origin_at,
                            created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (user_id, topic_id) do nothing",
        deck.user_id,
        deck.deck_id,
        deck.topic_id,
        deck.topic,
        deck.title,
        deck.language,
        deck.level,
        deck.asked_level,
        deck.ability,
        deck.ability_variance,
        deck.ability_answers,
        deck.ability_easy,
        deck.ability_origin_level,
        deck.ability_origin_at,
        deck.created_at,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One deck of one learner.
pub async fn find(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
) -> sqlx::Result<Option<Deck>> {
    select_decks!("where user_id = $1 and deck_id = $2", user_id, deck_id)
        .fetch_optional(db)
        .await
}

/// One deck, locked until the transaction ends.
pub async fn lock(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
) -> sqlx::Result<Option<Deck>> {
    select_decks!(
        "where user_id = $1 and deck_id = $2 for update",
        user_id,
        deck_id
    )
    .fetch_optional(db)
    .await
}

/// The learner's deck of a topic.
pub async fn find_by_topic(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    topic_id: TopicId,
) -> sqlx::Result<Option<Deck>> {
    select_decks!("where user_id = $1 and topic_id = $2", user_id, topic_id)
        .fetch_optional(db)
        .await
}

/// Decks after `after`, oldest first (ids rise with time).
pub async fn list(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    after: Option<DeckId>,
    limit: i64,
) -> sqlx::Result<Vec<Deck>> {
    select_decks!(
        "where user_id = $1 and ($2::uuid is null or deck_id > $2) order by deck_id limit $3",
        user_id,
        after,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Decks that are studied: not archived.
pub async fn active(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<Deck>> {
    select_decks!(
        "where user_id = $1 and archived_at is null order by deck_id",
        user_id
    )
    .fetch_all(db)
    .await
}

/// Writes what answers move and a learner may change.
pub async fn update(db: impl PgExecutor<'_>, deck: &Deck) -> sqlx::Result<()> {
    sqlx::query!(
        "update decks
         set title = $3, level = $4, asked_level = $5, ability = $6, ability_variance = $7, ability_answers = $8,
             ability_easy = $9, ability_origin_level = $10, ability_origin_at = $11, desired_retention = $12,
             paused_at = $13, archived_at = $14, answered_since_asked = $15, new_order = $16, new_per_day = $17,
             reviews_per_day = $18, minutes_per_day = $19, topic_id = $20, language = $21
         where user_id = $1 and deck_id = $2",
        deck.user_id,
        deck.deck_id,
        deck.title,
        deck.level,
        deck.asked_level,
        deck.ability,
        deck.ability_variance,
        deck.ability_answers,
        deck.ability_easy,
        deck.ability_origin_level,
        deck.ability_origin_at,
        deck.desired_retention,
        deck.paused_at,
        deck.archived_at,
        deck.answered_since_asked,
        deck.new_order,
        deck.new_per_day,
        deck.reviews_per_day,
        deck.minutes_per_day,
        deck.topic_id,
        deck.language,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers the level of an order.
pub async fn set_asked_level(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    level: Level,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update decks set asked_level = $3, answered_since_asked = 0 where user_id = $1 and deck_id = $2",
        user_id,
        deck_id,
        i16::from(level.number()),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes a deck and its cards; the log of answers stays, and so does what it held of a plan's new cards. `false` when
/// there was none.
pub async fn delete(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "with ungraded as (
             insert into forfeited_cards (user_id, deck_id, cards, forfeited_at)
             select $1, $2, count(*), max(dealt_at) from cards
             where user_id = $1 and deck_id = $2 and state = 'new' and dealt_allowed is not null
               and not (suspended and revision = 1)
               and (reset_at is null or not exists (
                   select from reviews r
                   where r.user_id = $1 and r.card_id = cards.card_id and r.first_answer
                     and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)))
             having count(*) > 0
             on conflict do nothing)
         delete from decks where user_id = $1 and deck_id = $2",
        user_id,
        deck_id
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
