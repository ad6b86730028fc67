//! What a learner does to a card besides answering it, each kept with what was before, and the way back: undo takes the
//! latest answer or action, fifty deep and exact.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Study;
use super::undo::Undone;
use crate::db;
use crate::db::actions::CardAction;
use crate::db::cards::Card;
use crate::db::reviews::Review;
use crate::db::users::User;
use crate::domain::ids::{CardId, DeckId};
use crate::domain::scheduler::Schedule;

/// How many actions can be taken back, the latest first.
pub const UNDO_DEPTH: i64 = 50;

/// What is older is not taken back by *undo*, which means what was done just now.
const UNDO_REACH: TimeDelta = TimeDelta::days(7);

/// Columns of a card as they were, for undo. A field that is absent was not changed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<TextBefore>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suspended: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flagged: Option<bool>,
    /// `Some(None)`: it was not buried.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) buried_until: Option<Option<DateTime<Utc>>>,
    /// `Some(None)`: it was never reset.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) reset_at: Option<Option<DateTime<Utc>>>,
    /// `Some(None)`: it was no leech.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) leech_at: Option<Option<DateTime<Utc>>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
    /// The report that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) report_id: Option<Uuid>,
}

/// A card's text as it was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct TextBefore {
    pub(super) question: String,
    pub(super) answer: String,
    pub(super) explanation: Option<String>,
}

/// Tells a null from a field that is absent.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<DateTime<Utc>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Where *undo* looks for the latest thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// In all decks.
    All,
    /// In one deck.
    Deck(DeckId),
    /// At one card.
    Card(CardId),
}

impl Among {
    /// One deck, or all.
    pub fn deck(deck_id: Option<DeckId>) -> Among {
        deck_id.map_or(Among::All, Among::Deck)
    }

    fn ids(self) -> (Option<DeckId>, Option<CardId>) {
        match self {
            Among::All => (None, None),
            Among::Deck(deck_id) => (Some(deck_id), None),
            Among::Card(card_id) => (None, Some(card_id)),
        }
    }
}

/// The latest thing that *undo* would take back.
#[derive(Debug, Clone)]
pub enum Latest {
    /// An answer to this card.
    Answer(CardId),
    /// An action: its id, and its kind.
    Action(Uuid, String),
}

impl Study {
    /// Keeps an action. `false` when it was done before under the same id: then nothing more is to be done.
    pub(super) async fn keep_action(
        &self,
        tx: &mut PgConnection,
        user: &User,
        action: CardAction,
    ) -> sqlx::Result<bool> {
        let is_first = db::actions::insert(&mut *tx, user.user_id, &action).await?;
        if is_first {
            db::actions::forget_old(&mut *tx, user.user_id, UNDO_DEPTH).await?;
        }
        Ok(is_first)
    }

    /// What *undo* would take back.
    pub async fn latest(&self, user: &User, among: Among) -> sqlx::Result<Option<Latest>> {
        let since = self.now() - UNDO_REACH;
        let action = db::actions::last(&self.db, user.user_id, among.ids(), since).await?;
        let answer = db::reviews::last_answer(&self.db, user.user_id, among.ids(), since).await?;
        Ok(match (action, answer) {
            (Some(action), Some((_, answered_at))) if action.done_at >= answered_at => {
                Some(Latest::Action(action.action_id, action.kind))
            }
            (_, Some((card_id, _))) => Some(Latest::Answer(card_id)),
            (Some(action), None) => Some(Latest::Action(action.action_id, action.kind)),
            (None, None) => None,
        })
    }

    /// Takes back the latest answer or action.
    pub async fn undo_latest(&self, user: &User, among: Among) -> sqlx::Result<Undone> {
        match self.latest(user, among).await? {
            Some(Latest::Answer(card_id)) => self.undo(user, card_id).await,
            Some(Latest::Action(action_id, _)) => self.undo_action(user, action_id).await,
            None => Ok(Undone::NothingToUndo),
        }
    }

    /// Takes back one action: the columns that it changed are as they were before, whatever else happened since. One
    /// transaction.
    pub async fn undo_action(&self, user: &User, action_id: Uuid) -> sqlx::Result<Undone> {
        let mut tx = self.db.begin().await?;
        let action = db::actions::lock(&mut *tx, user.user_id, action_id).await?;
        let Some(action) = action.filter(|action| action.kind != db::actions::MANY) else {
            return Ok(Undone::NothingToUndo);
        };
        let before: Before = serde_json::from_value(action.before.clone()).unwrap_or_default();
        if before.deleted {
            db::cards::restore(&mut *tx, user.user_id, action.card_id).await?;
        }
        let Some(mut card) = db::cards::lock(&mut *tx, user.user_id, action.card_id).await? else {
            return Ok(Undone::NoCard);
        };
        if let Some(review_id) = action.review_id {
            self.undo_log_row(&mut tx, user, &mut card, review_id)
                .await?;
            if let Some(reset_at) = before.reset_at {
                card.reset_at = reset_at;
            }
            card.leech_at = before.leech_at.unwrap_or(card.leech_at);
            card.revision = db::cards::update_schedule(&mut *tx, user.user_id, &card).await?;
        }
        if let Some(report_id) = before.report_id {
            self.withdraw_report(&mut tx, user, &card, report_id)
                .await?;
        }
        if let Some(text) = before.text {
            self.set_text(&mut tx, user, &mut card, text).await?;
        }
        card.tags = before.tags.unwrap_or(card.tags);
        card.suspended = before.suspended.unwrap_or(card.suspended);
        card.flagged = before.flagged.unwrap_or(card.flagged);
        card.buried_until = before.buried_until.unwrap_or(card.buried_until);
        card.revision = db::cards::update_text(&mut *tx, user.user_id, &card).await?;
        db::actions::mark_undone(&mut *tx, user.user_id, action_id, self.now()).await?;
        if action.kind != "flag" && !card.suspended {
            // The learner wants this very card back.
            for desk in [card.deck_id, Uuid::nil()] {
                db::queue::put_on_desk(&mut *tx, user.user_id, desk, card.card_id, card.revision)
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(Undone::Restored(Box::new(card)))
    }

    /// Takes a due time or a reset out of the log by one more row.
    pub(super) async fn undo_log_row(
        &self,
        tx: &mut PgConnection,
        user: &User,
        card: &mut Card,
        review_id: Uuid,
    ) -> sqlx::Result<()> {
        let history = db::reviews::standing(&mut *tx, user.user_id, card.card_id).await?;
        let Some(at) = history.iter().position(|row| row.review_id == review_id) else {
            return Ok(());
        };
        let mut row = Review {
            review_id: self.new_id(),
            kind: "undo".into(),
            reviewed_at: self.now(),
            received_at: self.now(),
            undoes: Some(review_id),
            due_at: None,
            ..history[at].clone()
        };
        row.remember_before(card);
        db::reviews::append(&mut *tx, user.user_id, &row).await?;
        if at + 1 == history.len() {
            history[at].restore_before(card);
        } else {
            let mut remaining = history;
            remaining.remove(at);
            card.set_schedule(&self.replay_log(card.card_id, &remaining));
        }
        Ok(())
    }

    /// Brings a card back to new: what was answered before counts no more for its schedule. One transaction; undone like
    /// any action. `None` when the card is not the learner's.
    pub async fn reset_card(
        &self,
        user: &User,
        card_id: CardId,
        action_id: Uuid,
    ) -> sqlx::Result<Option<Card>> {
        let mut tx = self.db.begin().await?;
        let Some(mut card) = db::cards::lock(&mut *tx, user.user_id, card_id).await? else {
            return Ok(None);
        };
        let before = Before {
            reset_at: Some(card.reset_at),
            leech_at: Some(card.leech_at),
            ..Before::default()
        };
        let row = self.reset_row(user, &card);
        let action = self.action(action_id, &card, "reset", before, Some(row.review_id));
        if !self.keep_action(&mut tx, user, action).await? {
            return Ok(Some(card));
        }
        self.make_new(&mut tx, user, &mut card, row).await?;
        tx.commit().await?;
        Ok(Some(card))
    }

    /// The log's row of a reset.
    pub(super) fn reset_row(&self, user: &User, card: &Card) -> Review {
        Review {
            kind: "reset".into(),
            due_at: None,
            ..self.reschedule_row(user, card, self.now())
        }
    }

    /// Writes a reset into the log and the card, which the caller has locked.
    pub(super) async fn make_new(
        &self,
        tx: &mut PgConnection,
        user: &User,
        card: &mut Card,
        row: Review,
    ) -> sqlx::Result<()> {
        db::reviews::append(&mut *tx, user.user_id, &row).await?;
        card.set_schedule(&Schedule::new_card());
        card.reset_at = Some(self.now());
        card.leech_at = None;
        card.revision = db::cards::update_schedule(&mut *tx, user.user_id, card).await?;
        Ok(())
    }

    /// Takes a card out of its deck, until that is undone. `false` when it is not the learner's.
    pub async fn delete_card(
        &self,
        user: &User,
        card_id: CardId,
        action_id: Uuid,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let Some(card) = db::cards::lock(&mut *tx, user.user_id, card_id).await? else {
            return Ok(false);
        };
        let before = Before {
            deleted: true,
            ..Before::default()
        };
        let action = self.action(action_id, &card, "delete", before, None);
        if self.keep_action(&mut tx, user, action).await? {
            db::cards::delete(&mut *tx, user.user_id, card_id, self.now()).await?;
            db::queue::take_off_desk(&mut *tx, user.user_id, card_id).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The row of an action on this card.
    pub(super) fn action(
        &self,
        action_id: Uuid,
        card: &Card,
        kind: &str,
        before: Before,
        review_id: Option<Uuid>,
    ) -> CardAction {
        CardAction {
            action_id,
            card_id: card.card_id,
            kind: kind.into(),
            before: serde_json::to_value(before).expect("plain fields become JSON"),
            review_id,
            done_at: self.now(),
        }
    }
}
