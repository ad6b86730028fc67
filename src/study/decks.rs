//! Decks: begun with a topic, changed by the learner.

use chrono_tz::Tz;

use super::Study;
use crate::db;
use crate::db::decks::Deck;
use crate::db::users::User;
use crate::domain::ability::Ability;
use crate::domain::ids::{DeckId, UserId};
use crate::domain::language::Language;
use crate::domain::level::Level;
use crate::domain::queue::Mix;
use crate::domain::supply::{self, SupplyState};
use crate::domain::topic::TopicTitle;

/// Where a deck starts when the learner does not say: easy enough that the first cards are answered, hard enough that
/// somebody who knows the topic is not bored for long.
pub const START_LEVEL: Level = match Level::new(3) {
    Some(level) => level,
    None => Level::MIN,
};

/// What a learner may change in a deck; `None` leaves it. Built from input that was checked.
#[derive(Debug, Clone, Default)]
pub struct DeckChange {
    /// As shown.
    pub title: Option<String>,
    /// Sets the ability to match.
    pub level: Option<Level>,
    /// `Some(None)` goes back to the learner's own.
    pub desired_retention: Option<Option<f64>>,
    /// No new cards.
    pub paused: Option<bool>,
    /// Out of sight.
    pub archived: Option<bool>,
    /// How new cards go with reviews.
    pub mix: Option<Mix>,
    /// `Some(None)`: no limit.
    pub new_per_day: Option<Option<i32>>,
    /// `Some(None)`: no limit.
    pub reviews_per_day: Option<Option<i32>>,
    /// `Some(None)`: no ceiling.
    pub minutes_per_day: Option<Option<i32>>,
}

impl Study {
    /// A guest who begins to study; `time_zone` cuts the days.
    pub async fn begin_guest(&self, time_zone: Tz) -> sqlx::Result<User> {
        let user_id: UserId = self.new_id();
        db::users::insert_guest(&self.db, user_id, time_zone, self.now()).await?;
        Ok(db::users::find(&self.db, user_id)
            .await?
            .expect("the guest was added a moment ago"))
    }

    /// The learner's deck of a topic, and whether it was made now. A new one orders its first batch at once.
    pub async fn open_deck(
        &self,
        user: &User,
        title: &TopicTitle,
        level: Option<Level>,
        language: Option<&Language>,
    ) -> sqlx::Result<(Deck, bool)> {
        let now = self.now();
        let language = language.map_or("", Language::as_str);
        let topic_id = db::topics::find_or_insert(
            &self.db,
            self.new_id(),
            language,
            title.key(),
            title.as_str(),
            now,
        )
        .await?;
        if let Some(deck) = db::decks::find_by_topic(&self.db, user.user_id, topic_id).await? {
            return Ok((deck, false));
        }
        let level = level.unwrap_or(START_LEVEL);
        let mut deck = Deck {
            user_id: user.user_id,
            deck_id: self.new_id(),
            topic_id: Some(topic_id),
            topic: title.as_str().into(),
            title: title.as_str().into(),
            language: language.into(),
            level: 0,
            asked_level: 0,
            answered_since_asked: 0,
            ability: 0.0,
            ability_variance: 0.0,
            ability_answers: 0.0,
            ability_easy: 0.0,
            ability_origin_level: 0,
            ability_origin_at: now,
            desired_retention: None,
            paused_at: None,
            archived_at: None,
            created_at: now,
            new_order: "mixed".into(),
            new_per_day: None,
            reviews_per_day: None,
            minutes_per_day: None,
            cards_revision: 0,
        };
        self.set_level(&mut deck, level);
        if !db::decks::insert(&self.db, &deck).await? {
            // Another tab was quicker.
            let deck = db::decks::find_by_topic(&self.db, user.user_id, topic_id).await?;
            return Ok((deck.expect("the insert ran into this very deck"), false));
        }
        let mut outlook = self.outlook(user, deck).await?;
        self.order_if_short(user, &mut outlook).await?;
        Ok((outlook.deck, true))
    }

    /// Changes a deck. One transaction. `None` when it is not the learner's.
    pub async fn change_deck(
        &self,
        user: &User,
        deck_id: DeckId,
        change: DeckChange,
    ) -> sqlx::Result<Option<Deck>> {
        let mut tx = self.db.begin().await?;
        let Some(mut deck) = db::decks::lock(&mut *tx, user.user_id, deck_id).await? else {
            return Ok(None);
        };
        let now = self.now();
        if let Some(title) = change.title {
            deck.title = title;
        }
        if let Some(level) = change.level {
            self.set_level(&mut deck, level);
            db::dealing::take_back(&mut *tx, user.user_id, deck_id, level, supply::REACH).await?;
        }
        if let Some(retention) = change.desired_retention {
            deck.desired_retention = retention;
        }
        if let Some(paused) = change.paused {
            deck.paused_at = paused.then(|| deck.paused_at.unwrap_or(now));
        }
        if let Some(archived) = change.archived {
            deck.archived_at = archived.then(|| deck.archived_at.unwrap_or(now));
        }
        if let Some(mix) = change.mix {
            deck.new_order = mix.name().into();
        }
        deck.new_per_day = change.new_per_day.unwrap_or(deck.new_per_day);
        deck.reviews_per_day = change.reviews_per_day.unwrap_or(deck.reviews_per_day);
        deck.minutes_per_day = change.minutes_per_day.unwrap_or(deck.minutes_per_day);
        db::decks::update(&mut *tx, &deck).await?;
        tx.commit().await?;
        if let Some(topic_id) = deck.topic_id {
            self.wake.topic_changed(topic_id);
        }
        Ok(Some(deck))
    }

    /// Orders a batch after a failure, at the learner's word. `None` when the deck is not theirs.
    pub async fn retry(&self, user: &User, deck_id: DeckId) -> sqlx::Result<Option<Deck>> {
        let Some(deck) = db::decks::find(&self.db, user.user_id, deck_id).await? else {
            return Ok(None);
        };
        let outlook = self.outlook(user, deck).await?;
        // A deck that lacks nothing orders nothing, however often it is asked to: each order costs money.
        let has_failed = matches!(outlook.supply, SupplyState::Failing { .. });
        let deck = outlook.deck;
        if has_failed && outlook.limit.is_none() {
            self.order(user, &deck).await?;
            if let Some(topic_id) = deck.topic_id {
                self.wake.topic_changed(topic_id);
            }
        }
        Ok(Some(deck))
    }

    fn set_level(&self, deck: &mut Deck, level: Level) {
        deck.level = i16::from(level.number());
        deck.asked_level = deck.level;
        deck.answered_since_asked = 0;
        deck.ability_origin_level = deck.level;
        deck.ability_origin_at = self.now();
        deck.set_ability(&Ability::at_level(level));
    }
}
