//! Undo: a compensating row in the log, and the card as it was before its last answer.

use super::Study;
use crate::db;
use crate::db::cards::Card;
use crate::db::reviews::Review;
use crate::db::users::User;
use crate::domain::ids::CardId;

/// What became of an undo.
#[derive(Debug)]
pub enum Undone {
    /// The card as before its last answer; its revision rose.
    Restored(Box<Card>),
    /// There is no such card of this learner's; or it is deleted.
    NoCard,
    /// No answer stands.
    NothingToUndo,
}

impl Study {
    /// Takes back the last answer to a card. One transaction.
    pub async fn undo(&self, user: &User, card_id: CardId) -> sqlx::Result<Undone> {
        db::again_after_deadlock(|| self.take_back(user, card_id)).await
    }

    async fn take_back(&self, user: &User, card_id: CardId) -> sqlx::Result<Undone> {
        let mut tx = self.db.begin().await?;
        let Some(mut card) = db::cards::lock(&mut *tx, user.user_id, card_id).await? else {
            return Ok(Undone::NoCard);
        };
        let history = db::reviews::standing(&mut *tx, user.user_id, card_id).await?;
        let Some(last) = history.iter().rposition(|row| row.kind == "answer") else {
            return Ok(Undone::NothingToUndo);
        };
        let undone = &history[last];
        let mut row = Review {
            review_id: self.new_id(),
            kind: "undo".into(),
            reviewed_at: self.now(),
            received_at: self.now(),
            undoes: Some(undone.review_id),
            rating: None,
            duration_ms: None,
            first_answer: false,
            ..undone.clone()
        };
        row.remember_before(&card);
        db::reviews::append(&mut *tx, user.user_id, &row).await?;
        // What stood before the row is the exact answer, unless an offline answer slipped in before it later.
        let is_exact = last + 1 == history.len()
            && history
                .iter()
                .all(|row| row.received_at <= undone.received_at);
        if is_exact {
            undone.restore_before(&mut card);
        } else {
            let mut remaining = history.clone();
            remaining.remove(last);
            card.set_schedule(&self.replay_log(card_id, &remaining));
        }
        if card.leech_at == Some(undone.reviewed_at) {
            card.leech_at = None;
            db::rephrasings::remove(&mut *tx, user.user_id, card_id).await?;
        }
        card.revision = db::cards::update_schedule(&mut *tx, user.user_id, &card).await?;
        // The learner wants this very card back.
        for desk in [card.deck_id, uuid::Uuid::nil()] {
            db::queue::put_on_desk(&mut *tx, user.user_id, desk, card_id, card.revision).await?;
        }
        if undone.first_answer {
            self.relearn(&mut tx, user, card.deck_id).await?;
        }
        tx.commit().await?;
        Ok(Undone::Restored(Box::new(card)))
    }
}
