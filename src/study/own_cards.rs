//! Cards of the learner's own: written by hand, a cloze's numbers side by side.

use sqlx::PgConnection;
use uuid::Uuid;

use super::Study;
use super::actions::TextBefore;
use crate::db;
use crate::db::cards::{Card, NewCard};
use crate::db::decks::Deck;
use crate::db::users::User;
use crate::domain::cloze;
use crate::domain::ids::DeckId;

/// A card written by hand. With clozes in its question it is a card for each number.
#[derive(Debug, Clone)]
pub struct CardDraft {
    /// Text.
    pub question: String,
    /// Text; of a cloze, what is said besides the hidden words.
    pub answer: String,
    /// Text.
    pub explanation: Option<String>,
    /// The learner's words.
    pub tags: Vec<String>,
}

impl Study {
    /// Adds a card written by hand, or those of a cloze; returns the first. One transaction. `None` when the deck is not
    /// the learner's.
    pub async fn add_card(
        &self,
        user: &User,
        deck_id: DeckId,
        draft: &CardDraft,
    ) -> sqlx::Result<Option<Card>> {
        let Some(deck) = db::decks::find(&self.db, user.user_id, deck_id).await? else {
            return Ok(None);
        };
        let mut tx = self.db.begin().await?;
        let numbers = cloze::numbers(&draft.question);
        let note_id = self.new_id();
        let clozes: Vec<Option<(Uuid, u8)>> = if numbers.is_empty() {
            vec![None]
        } else {
            numbers
                .iter()
                .map(|number| Some((note_id, *number)))
                .collect()
        };
        // New cards come up in the order of their ids; made in one millisecond, these differ only by chance.
        let mut card_ids: Vec<Uuid> = clozes.iter().map(|_| self.new_id()).collect();
        card_ids.sort_unstable();
        for (card_id, cloze) in card_ids.iter().zip(clozes) {
            self.insert_own(&mut tx, user, &deck, draft, (*card_id, cloze))
                .await?;
        }
        tx.commit().await?;
        db::cards::find(&self.db, user.user_id, card_ids[0]).await
    }

    async fn insert_own(
        &self,
        tx: &mut PgConnection,
        user: &User,
        deck: &Deck,
        draft: &CardDraft,
        (card_id, cloze): (Uuid, Option<(Uuid, u8)>),
    ) -> sqlx::Result<()> {
        let card = NewCard {
            user_id: user.user_id,
            deck_id: deck.deck_id,
            card_id,
            question: &draft.question,
            answer: &draft.answer,
            explanation: draft.explanation.as_deref(),
            tags: &draft.tags,
            cloze: cloze.map(|(note_id, number)| (note_id, i16::from(number))),
            level: deck.level(),
            dealt_at: self.now(),
        };
        db::cards::insert(&mut *tx, &card).await
    }

    /// Gives a card another text; the schedule stays. Of a cloze all cards share the text: a number that is new gets a
    /// card, the card of one that is gone is deleted, unless it is the one at hand. The caller writes `card`'s row.
    pub(super) async fn set_text(
        &self,
        tx: &mut PgConnection,
        user: &User,
        card: &mut Card,
        text: TextBefore,
    ) -> sqlx::Result<()> {
        card.question = text.question;
        card.answer = text.answer;
        card.explanation = text.explanation;
        let Some(note_id) = card.note_id else {
            return Ok(());
        };
        let numbers = cloze::numbers(&card.question);
        let mut missing = numbers.clone();
        for mut sibling in db::cards::lock_note(&mut *tx, user.user_id, note_id).await? {
            let number = sibling.cloze.and_then(|number| u8::try_from(number).ok());
            missing.retain(|missing| Some(*missing) != number);
            if sibling.card_id == card.card_id {
                continue;
            }
            sibling.question.clone_from(&card.question);
            sibling.answer.clone_from(&card.answer);
            sibling.explanation.clone_from(&card.explanation);
            db::cards::update_text(&mut *tx, user.user_id, &sibling).await?;
            if number.is_none_or(|number| !numbers.contains(&number)) {
                db::cards::delete(&mut *tx, user.user_id, sibling.card_id, self.now()).await?;
                db::queue::take_off_desk(&mut *tx, user.user_id, sibling.card_id).await?;
            }
        }
        let Some(deck) = db::decks::find(&mut *tx, user.user_id, card.deck_id).await? else {
            return Ok(());
        };
        let draft = CardDraft {
            question: card.question.clone(),
            answer: card.answer.clone(),
            explanation: card.explanation.clone(),
            tags: card.tags.clone(),
        };
        for number in missing {
            // Its schedule comes back with it: so undoing an edit is exact for the other cards too.
            let number_row = i16::from(number);
            if db::cards::restore_cloze(&mut *tx, user.user_id, note_id, card, number_row).await? {
                continue;
            }
            let cloze = (self.new_id(), Some((note_id, number)));
            self.insert_own(&mut *tx, user, &deck, &draft, cloze)
                .await?;
        }
        Ok(())
    }
}
