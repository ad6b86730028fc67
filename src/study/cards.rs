//! Cards in the learner's hand: edited, put aside, reported.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use sha2::{Digest, Sha256};

use super::Study;
use super::actions::{Before, TextBefore};
use crate::db;
use crate::db::cards::Card;
use crate::db::reviews::Review;
use crate::db::users::User;
use crate::domain::ids::CardId;

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
    /// Put off until tomorrow, or not.
    pub buried: Option<bool>,
    /// When it comes up again.
    pub due_at: Option<DateTime<Utc>>,
}

impl CardChange {
    pub(super) fn changes_text(&self) -> bool {
        self.question.is_some() || self.answer.is_some() || self.explanation.is_some()
    }

    /// What an undo of it is called.
    fn kind(&self) -> &'static str {
        if self.due_at.is_some() {
            "due"
        } else if self.changes_text() || self.tags.is_some() {
            "edit"
        } else if self.buried.is_some() {
            "bury"
        } else if self.suspended.is_some() {
            "suspend"
        } else {
            "flag"
        }
    }

    /// The columns that it will change, as they are.
    fn before(&self, card: &Card) -> Before {
        Before {
            text: self.changes_text().then(|| TextBefore {
                question: card.question.clone(),
                answer: card.answer.clone(),
                explanation: card.explanation.clone(),
            }),
            tags: self.tags.as_ref().map(|_| card.tags.clone()),
            suspended: self.suspended.map(|_| card.suspended),
            flagged: self.flagged.map(|_| card.flagged),
            buried_until: self.buried.map(|_| card.buried_until),
            ..Before::default()
        }
    }
}

/// What the learner had before their eyes when they changed a card: another tab may have been quicker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The [`text_sign`] of the card.
    Text(String),
    /// Its revision.
    Revision(i32),
}

impl Seen {
    fn is(&self, card: &Card) -> bool {
        match self {
            Seen::Text(sign) => *sign == text_sign(card),
            Seen::Revision(revision) => *revision == card.revision,
        }
    }
}

/// A short sign of a card's text and tags, which is another when they are.
pub fn text_sign(card: &Card) -> String {
    let mut hash = Sha256::new();
    let explanation = card.explanation.as_deref().unwrap_or_default();
    let tags = card.tags.iter().map(String::as_str);
    for text in [card.question.as_str(), &card.answer, explanation]
        .into_iter()
        .chain(tags)
    {
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    let bytes = hash.finalize();
    bytes[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What became of a change.
#[derive(Debug)]
pub enum Changed {
    /// The card as it is now.
    Saved(Box<Card>),
    /// Nothing was changed: the card, as it is here, is not what the learner saw.
    Elsewhere(Box<Card>),
    /// There is no such card of this learner's.
    NoCard,
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
    /// Changes a card; undone like any action, under `action_id`. One transaction. `None` when it is not the learner's.
    pub async fn change_card(
        &self,
        user: &User,
        card_id: CardId,
        change: CardChange,
        action_id: Uuid,
    ) -> sqlx::Result<Option<Card>> {
        let changed = self
            .change_seen_card(user, card_id, change, action_id, None)
            .await?;
        Ok(match changed {
            Changed::Saved(card) => Some(*card),
            Changed::Elsewhere(_) | Changed::NoCard => None,
        })
    }

    /// Changes a card if it is still what the learner saw, which is looked at under the card's lock. One transaction.
    pub async fn change_seen_card(
        &self,
        user: &User,
        card_id: CardId,
        change: CardChange,
        action_id: Uuid,
        seen: Option<&Seen>,
    ) -> sqlx::Result<Changed> {
        let mut tx = self.db.begin().await?;
        let Some(mut card) = db::cards::lock(&mut *tx, user.user_id, card_id).await? else {
            return Ok(Changed::NoCard);
        };
        let row = change
            .due_at
            .map(|due_at| self.reschedule_row(user, &card, due_at));
        let review_id = row.as_ref().map(|row| row.review_id);
        let before = change.before(&card);
        let action = self.action(action_id, &card, change.kind(), before, review_id);
        if !self.keep_action(&mut tx, user, action).await? {
            return Ok(Changed::Saved(Box::new(card)));
        }
        if seen.is_some_and(|seen| !seen.is(&card)) {
            return Ok(Changed::Elsewhere(Box::new(card)));
        }
        if let Some(row) = row {
            // A due time set by hand is part of the card's history: without it the log would not give this state.
            db::reviews::append(&mut *tx, user.user_id, &row).await?;
            card.due_at = row.due_at;
        }
        let leaves_the_desk = change.suspended == Some(true)
            || change.buried == Some(true)
            || change.due_at.is_some();
        if change.changes_text() {
            let text = TextBefore {
                question: change.question.unwrap_or_else(|| card.question.clone()),
                answer: change.answer.unwrap_or_else(|| card.answer.clone()),
                explanation: change.explanation.unwrap_or(card.explanation.clone()),
            };
            self.set_text(&mut tx, user, &mut card, text).await?;
            // Whoever corrects a card has seen what was wrong with it.
            card.warning_read_at = Some(self.now());
        }
        card.tags = change.tags.unwrap_or(card.tags);
        card.suspended = change.suspended.unwrap_or(card.suspended);
        card.flagged = change.flagged.unwrap_or(card.flagged);
        if let Some(buried) = change.buried {
            let now = self.now();
            card.buried_until = buried.then(|| user.study_days(now).next_start(now));
        }
        card.revision = db::cards::update_text(&mut *tx, user.user_id, &card).await?;
        if leaves_the_desk {
            db::queue::take_off_desk(&mut *tx, user.user_id, card_id).await?;
        }
        tx.commit().await?;
        Ok(Changed::Saved(Box::new(card)))
    }

    /// Whether a card is there to study: neither deleted nor put aside.
    pub async fn may_be_studied(&self, user: &User, card_id: CardId) -> sqlx::Result<bool> {
        db::cards::may_be_studied(&self.db, user.user_id, card_id, self.now()).await
    }

    /// Notes that the learner has read what is said of a card: that others call it wrong, or that it is a leech.
    pub async fn read_warning(&self, user: &User, card_id: CardId) -> sqlx::Result<Option<Card>> {
        let mut tx = self.db.begin().await?;
        let Some(mut card) = db::cards::lock(&mut *tx, user.user_id, card_id).await? else {
            return Ok(None);
        };
        card.warning_read_at = Some(self.now());
        card.leech_at = None;
        card.revision = db::cards::update_text(&mut *tx, user.user_id, &card).await?;
        tx.commit().await?;
        Ok(Some(card))
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
        let (report_id, now) = (self.new_id(), self.now());
        db::reports::insert(
            &mut *tx,
            user.user_id,
            report_id,
            card_id,
            &report.reason,
            report.note.as_deref(),
            now,
        )
        .await?;
        let goes_away = matches!(report.reason.as_str(), "wrong" | "ambiguous" | "duplicate");
        let before = Before {
            suspended: goes_away.then_some(card.suspended),
            report_id: Some(report_id),
            ..Before::default()
        };
        let action = self.action(self.new_id(), &card, "suspend", before, None);
        self.keep_action(&mut tx, user, action).await?;
        if goes_away && !card.suspended {
            card.suspended = true;
            db::cards::update_text(&mut *tx, user.user_id, &card).await?;
            db::queue::take_off_desk(&mut *tx, user.user_id, card_id).await?;
        }
        let mut objected_to = None;
        if let (Some(pool_card_id), "wrong") = (card.pool_card_id, report.reason.as_str())
            && let Some(deck) = db::decks::find(&mut *tx, user.user_id, card.deck_id).await?
            && let Some(topic_id) = deck.topic_id
        {
            db::pool::object(&mut tx, topic_id, pool_card_id, user, now).await?;
            objected_to = Some(topic_id);
        }
        tx.commit().await?;
        if let Some(topic_id) = objected_to {
            // The pool may hold one card less, for everybody.
            self.wake.topic_changed(topic_id);
        }
        Ok(true)
    }

    /// Takes a report back: what it said, and what followed of it for the pool, unless others say so too.
    pub(super) async fn withdraw_report(
        &self,
        tx: &mut PgConnection,
        user: &User,
        card: &Card,
        report_id: Uuid,
    ) -> sqlx::Result<()> {
        let reported_at = db::reports::remove(&mut *tx, user.user_id, report_id).await?;
        let deck = db::decks::find(&mut *tx, user.user_id, card.deck_id).await?;
        let topic_id = deck.and_then(|deck| deck.topic_id);
        if let (Some(reported_at), Some(pool_card_id), Some(topic_id)) =
            (reported_at, card.pool_card_id, topic_id)
            && !db::reports::is_wrong(&mut *tx, user.user_id, card.card_id).await?
        {
            db::pool::withdraw(tx, topic_id, pool_card_id, user.user_id, reported_at).await?;
            self.wake.topic_changed(topic_id);
        }
        Ok(())
    }

    pub(super) fn reschedule_row(&self, user: &User, card: &Card, due_at: DateTime<Utc>) -> Review {
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
