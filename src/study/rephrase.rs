//! A leech's new wording: asked for, taken or refused by the learner. The schedule stays either way.

use sqlx::PgConnection;

use super::Study;
use super::cards::CardChange;
use crate::db;
use crate::db::cards::Card;
use crate::db::users::User;
use crate::domain::ids::CardId;
use crate::domain::rephrase;

impl Study {
    /// Marks a card as a leech where its last answer made it one, and asks for another wording. A card of the learner's
    /// own is not sent to a model unasked. Returns whether a worker is to be woken.
    pub(super) async fn mark_leech(
        &self,
        tx: &mut PgConnection,
        user: &User,
        card: &mut Card,
        lapses_before: i32,
    ) -> sqlx::Result<bool> {
        let lapses = |number: i32| u32::try_from(number).unwrap_or(0);
        if !rephrase::becomes_leech(lapses(lapses_before), lapses(card.lapses)) {
            return Ok(false);
        }
        card.leech_at = card.last_reviewed_at;
        let asks = self.has_model() && !card.is_own();
        if asks {
            db::rephrasings::order(&mut *tx, user.user_id, card.card_id, self.now()).await?;
        }
        Ok(asks)
    }

    /// Asks for another wording at the learner's word. `None` when the card is not theirs.
    pub async fn ask_rephrasing(&self, user: &User, card_id: CardId) -> sqlx::Result<Option<Card>> {
        let Some(card) = db::cards::find(&self.db, user.user_id, card_id).await? else {
            return Ok(None);
        };
        if self.has_model() {
            db::rephrasings::order(&self.db, user.user_id, card_id, self.now()).await?;
            self.wake.job_ordered();
        }
        Ok(Some(card))
    }

    /// Takes the proposed wording: an edit, which can be undone. `None` when there is no such card or no proposal.
    pub async fn take_rephrasing(
        &self,
        user: &User,
        card_id: CardId,
    ) -> sqlx::Result<Option<Card>> {
        let proposal = db::rephrasings::find(&self.db, user.user_id, card_id).await?;
        let Some((question, answer, explanation)) = proposal.and_then(|proposal| {
            Some((proposal.question?, proposal.answer?, proposal.explanation))
        }) else {
            return Ok(None);
        };
        let change = CardChange {
            question: Some(question),
            answer: Some(answer),
            explanation: Some(explanation),
            ..CardChange::default()
        };
        self.change_card(user, card_id, change, self.new_id())
            .await?;
        self.refuse_rephrasing(user, card_id).await
    }

    /// Leaves the card as it is, and takes the leech's mark off. `None` when the card is not the learner's.
    pub async fn refuse_rephrasing(
        &self,
        user: &User,
        card_id: CardId,
    ) -> sqlx::Result<Option<Card>> {
        db::rephrasings::remove(&self.db, user.user_id, card_id).await?;
        self.read_warning(user, card_id).await
    }
}
