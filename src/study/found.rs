//! What a question for the next card finds first, the decks and the card on their desk, and the order that it comes to.

use sqlx::PgExecutor;

use super::Study;
use super::next::Scope;
use crate::db;
use crate::db::cards::Card;
use crate::db::decks::Deck;
use crate::db::users::User;
use crate::domain::ids::CardId;

/// The decks in a scope, and what lies on its desk.
pub(super) struct Found {
    pub decks: Vec<Deck>,
    pub on_desk: OnDesk,
}

/// The card on a desk, if it is still one to study.
pub(super) enum OnDesk {
    /// As it was read. Boxed: whoever waits keeps room for it.
    Read(Option<Box<Card>>),
    /// Most likely nothing: it is read if the decks hold anything.
    Unread,
}

impl Found {
    /// Decks that held nothing a moment ago.
    pub fn of_who_waits(decks: Vec<Deck>) -> Found {
        Found {
            decks,
            on_desk: OnDesk::Unread,
        }
    }
}

/// Cards in study order, and those of them that were read already.
pub(super) struct Order {
    pub card_ids: Vec<CardId>,
    pub read: Vec<Card>,
}

impl Order {
    pub fn of(cards: impl IntoIterator<Item = Card>) -> Order {
        let read: Vec<Card> = cards.into_iter().collect();
        let card_ids = read.iter().map(|card| card.card_id).collect();
        Order { card_ids, read }
    }
}

impl Study {
    /// The decks in a scope. `None` when the deck is not the learner's.
    pub async fn decks_in(&self, user: &User, scope: Scope) -> sqlx::Result<Option<Vec<Deck>>> {
        decks_in(&self.db, user, scope).await
    }

    /// The decks in a scope and the card on its desk, by one connection: most questions need no other. `None` when the
    /// deck is not the learner's.
    pub(super) async fn look(&self, user: &User, scope: Scope) -> sqlx::Result<Option<Found>> {
        let mut connection = self.db.acquire().await?;
        let Some(decks) = decks_in(&mut *connection, user, scope).await? else {
            return Ok(None);
        };
        let card = self.read_desk(&mut *connection, user, scope).await?;
        Ok(Some(Found {
            decks,
            on_desk: OnDesk::Read(card),
        }))
    }

    /// The card on a scope's desk, if it is still one to study.
    pub(super) async fn read_desk(
        &self,
        db: impl PgExecutor<'_>,
        user: &User,
        scope: Scope,
    ) -> sqlx::Result<Option<Box<Card>>> {
        let card = db::cards::on_desk(db, user.user_id, scope.desk(), self.now()).await?;
        Ok(card.map(Box::new))
    }
}

async fn decks_in(
    db: impl PgExecutor<'_>,
    user: &User,
    scope: Scope,
) -> sqlx::Result<Option<Vec<Deck>>> {
    Ok(match scope {
        Scope::Deck(deck_id) => db::decks::find(db, user.user_id, deck_id)
            .await?
            .map(|deck| vec![deck]),
        Scope::AllDecks => Some(db::decks::active(db, user.user_id).await?),
    })
}
