//! Cards in the learner's hand: written, edited, put aside, reported.

use chrono::{DateTime, Utc};

use super::Study;
use crate::db;
use crate::db::cards::{Card, NewCard};
use crate::db::reviews::Review;
use crate::db::users::User;
use crate::domain::ids::{CardId, DeckId};

/// What a learner may change in a card; `None` leaves it. Built from input that was checked.
#[derive(Debug, Clone, Default)]
pub struct CardChange {
    /// Text.
    pub question: Option<String>,
    /// Text.
    pub answer: Option<String>,
    /// `Some(None)` removes it.
    pub explanation: Option<Option<String>>,
    /// The learner's words.
    pub tags: Option<Vec<String>>,
    /// Left out of study.
    pub suspended: Option<bool>,
    /// Marked.
    pub flagged: Option<bool>,
    /// When it comes up again.
    pub due_at: Option<DateTime<Utc>>,
}

/// A card written by hand.
#[derive(Debug, Clone)]
pub struct CardDraft {
    /// Text.
    pub question: String,
    /// Text.
    pub answer: String,
    /// Text.
    pub explanation: Option<String>,
}

/// What is wrong with a card, in the learner's word.
#[derive(Debug, Clone)]
pub struct CardReport {
    /// One of the contract's reasons.
    pub reason: String,
    /// In the learner's words.
    pub note: Option<String>,
}

impl Study {
    /// Adds a card written by hand. `None` when the deck is not the learner's.
    pub async fn add_card(
        &self,
        user: &User,
        deck_id: DeckId,
        draft: &CardDraft,
    ) -> sqlx::Result<Option<Card>> {
        let Some(deck) = db::decks::find(&self.db, user.user_id, deck_id).await? else {
            return Ok(None);
        };
        let card_id = self.new_id();
        let card = NewCard {
            user_id: user.user_id,
            deck_id,
            card_id,
            question: &draft.question,
            answer: &draft.answer,
            explanation: draft.explanation.as_deref(),
            level: deck.level(),
            dealt_at: self.now(),
        };
        db::cards::insert(&self.db, &card).await?;
        db::cards::find(&self.db, user.user_id, card_id).await
    }

    /// Changes a card. One transaction. `None` when it is not the learner's.
    pub async fn change_card(
        &self,
        user: &User,
        card_id: CardId,
        change: CardChange,
    ) -> sqlx::Result<Option<Card>> {
        let mut tx = self.db.begin().await?;
        let Some(mut card) = db::cards::lock(&mut *tx, user.user_id, card_id).await? else {
            return Ok(None);
        };
        if let Some(due_at) = change.due_at {
            // A due time set by hand is part of the card's history: without it the log would not give this state.
            let row = self.reschedule_row(user, &card, due_at);
            db::reviews::append(&mut *tx, user.user_id, &row).await?;
            card.due_at = Some(due_at);
        }
        if let Some(question) = change.question {
            card.question = question;
        }
        if let Some(answer) = change.answer {
            card.answer = answer;
        }
        if let Some(explanation) = change.explanation {
            card.explanation = explanation;
        }
        if let Some(tags) = change.tags {
            card.tags = tags;
        }
        if let Some(suspended) = change.suspended {
            card.suspended = suspended;
        }
        if let Some(flagged) = change.flagged {
            card.flagged = flagged;
        }
        card.revision = db::cards::update_text(&mut *tx, user.user_id, &card).await?;
        if change.suspended == Some(true) || change.due_at.is_some() {
            db::queue::take_off_desk(&mut *tx, user.user_id, card_id).await?;
        }
        tx.commit().await?;
        Ok(Some(card))
    }

    /// Takes a card out of its deck. `false` when it is not the learner's.
    pub async fn delete_card(&self, user: &User, card_id: CardId) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let deleted = db::cards::delete(&mut *tx, user.user_id, card_id, self.now()).await?;
        db::queue::take_off_desk(&mut *tx, user.user_id, card_id).await?;
        tx.commit().await?;
        Ok(deleted)
    }

    /// Keeps a report, and takes a card that is said to be wrong, ambiguous or a repeat out of the reporter's study.
    /// One transaction. `false` when the card is not the learner's.
    pub async fn report_card(
        &self,
        user: &User,
        card_id: CardId,
        report: &CardReport,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let Some(mut card) = db::cards::lock(&mut *tx, user.user_id, card_id).await? else {
            return Ok(false);
        };
        db::cards::insert_report(
            &mut *tx,
            user.user_id,
            self.new_id(),
            card_id,
            &report.reason,
            report.note.as_deref(),
            self.now(),
        )
        .await?;
        if matches!(report.reason.as_str(), "wrong" | "ambiguous" | "duplicate") && !card.suspended
        {
            card.suspended = true;
            db::cards::update_text(&mut *tx, user.user_id, &card).await?;
            db::queue::take_off_desk(&mut *tx, user.user_id, card_id).await?;
        }
        if let (Some(pool_card_id), "wrong") = (card.pool_card_id, report.reason.as_str())
            && let Some(deck) = db::decks::find(&mut *tx, user.user_id, card.deck_id).await?
            && let Some(topic_id) = deck.topic_id
        {
            db::pool::object(&mut tx, topic_id, pool_card_id, user.user_id, self.now()).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    fn reschedule_row(&self, user: &User, card: &Card, due_at: DateTime<Utc>) -> Review {
        let now = self.now();
        let days = user.study_days(now);
        let mut row = Review {
            review_id: self.new_id(),
            deck_id: card.deck_id,
            card_id: card.card_id,
            kind: "reschedule".into(),
            reviewed_at: now,
            received_at: now,
            undoes: None,
            rating: None,
            duration_ms: None,
            first_answer: false,
            card_level: card.level,
            desired_retention: user.desired_retention,
            time_zone: days.time_zone.name().into(),
            rollover_hour: i16::from(days.rollover_hour),
            due_at: Some(due_at),
            state_before: String::new(),
            step_before: 0,
            stability_before: None,
            difficulty_before: None,
            due_before: None,
            last_reviewed_before: None,
            last_review_day_before: None,
            reps_before: 0,
            lapses_before: 0,
        };
        row.remember_before(card);
        row
    }
}
