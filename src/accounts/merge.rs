//! Signing in where a guest has studied: all that is the guest's goes into the account, nothing is lost.

use uuid::Uuid;

use super::Accounts;
use crate::db;
use crate::db::merge::{SameCard, SameTopic};
use crate::db::users::User;
use crate::domain::ids::UserId;

impl Accounts {
    /// How many decks would come along if this learner signed in to another account: those of a guest.
    pub async fn decks_of_guest(&self, user: Option<&User>) -> sqlx::Result<i64> {
        match user.filter(|user| !user.is_account()) {
            Some(guest) => db::merge::count_decks(&self.study.db, guest.user_id).await,
            None => Ok(0),
        }
    }

    /// Moves a guest's decks, cards, answers and reports into an account, and removes the guest; returns how many decks
    /// came along. One transaction.
    ///
    /// Of a topic that both studied one deck remains, with the cards of both. A card that both met has one history: the
    /// answers of both in the order of their time, from which its schedule follows by replay, as does the deck's level.
    pub async fn merge_guest(&self, guest: &User, account: &User) -> sqlx::Result<i64> {
        db::again_after_deadlock(|| self.move_guest(guest, account)).await
    }

    async fn move_guest(&self, guest: &User, account: &User) -> sqlx::Result<i64> {
        let study = &self.study;
        let (guest_id, account_id) = (guest.user_id, account.user_id);
        let mut tx = study.db.begin().await?;
        let mut locked = true;
        // Always in the order of their ids, so that two merges at once cannot wait for each other.
        for user_id in [guest_id.min(account_id), guest_id.max(account_id)] {
            db::lock_learner(&mut tx, user_id).await?;
            locked &= db::merge::lock_user(&mut *tx, user_id).await?;
        }
        let is_guest = db::users::find(&mut *tx, guest_id)
            .await?
            .is_some_and(|user| !user.is_account());
        if !locked || !is_guest || guest_id == account_id {
            return Ok(0);
        }
        let count = db::merge::count_decks(&mut *tx, guest_id).await?;
        let shared = db::merge::same_topics(&mut *tx, guest_id, account_id).await?;
        db::merge::copy_decks(&mut *tx, guest_id, account_id).await?;
        let mut same = Vec::new();
        for deck in db::decks::list(&mut *tx, guest_id, None, i64::MAX).await? {
            let pair = shared
                .iter()
                .find(|pair| pair.from == deck.deck_id)
                .cloned();
            let pair = pair.unwrap_or(SameTopic {
                from: deck.deck_id,
                into: deck.deck_id,
            });
            same.extend(copy_deck(&mut tx, guest_id, account_id, &pair).await?);
            db::merge::copy_steers(&mut *tx, guest_id, account_id, &pair).await?;
        }
        db::merge::copy_reports(&mut *tx, guest_id, account_id, &same).await?;
        for pair in &same {
            db::merge::unite_marks(&mut tx, guest_id, account_id, pair).await?;
            self.unite_histories(&mut tx, account_id, pair.into).await?;
        }
        for pair in &shared {
            study.replay_ability(&mut tx, account, pair.into).await?;
        }
        db::merge::move_objections(&mut tx, guest_id, account_id).await?;
        // What was ordered goes on counting, and its cost is the account's.
        db::merge::move_orders(&mut tx, guest_id, account_id).await?;
        db::removal::remove_learner(&mut tx, guest_id).await?;
        tx.commit().await?;
        Ok(count)
    }

    /// Puts a card's log in order after a second one was added to it: the state before each row, which of them was the
    /// first answer, and the card itself.
    async fn unite_histories(
        &self,
        tx: &mut sqlx::PgConnection,
        user_id: UserId,
        card_id: Uuid,
    ) -> sqlx::Result<()> {
        // A card that both threw away has a history and needs no schedule.
        let Some(mut card) = db::cards::lock(&mut *tx, user_id, card_id).await? else {
            return Ok(());
        };
        let mut history = db::reviews::standing(&mut *tx, user_id, card_id).await?;
        let first = history.iter().position(|row| row.kind == "answer");
        for at in 0..history.len() {
            card.set_schedule(&self.study.replay_log(card_id, &history[..at]));
            let row = &mut history[at];
            row.remember_before(&card);
            row.first_answer = Some(at) == first;
            db::merge::rewrite_before(&mut *tx, user_id, row).await?;
        }
        card.set_schedule(&self.study.replay_log(card_id, &history));
        let reset = history.iter().rfind(|row| row.kind == "reset");
        card.reset_at = reset.map(|row| row.reviewed_at);
        db::cards::update_schedule(&mut *tx, user_id, &card).await?;
        Ok(())
    }
}

/// Copies one deck's cards and answers; returns the cards that both have.
async fn copy_deck(
    tx: &mut sqlx::PgConnection,
    guest: UserId,
    account: UserId,
    pair: &SameTopic,
) -> sqlx::Result<Vec<SameCard>> {
    if pair.from == pair.into {
        db::merge::copy_cards(&mut *tx, guest, account, pair).await?;
        db::merge::copy_reviews(&mut *tx, guest, account, pair, &[]).await?;
        return Ok(Vec::new());
    }
    let theirs = db::decks::find(&mut *tx, account, pair.into).await?;
    if theirs.is_some_and(|deck| deck.ability_answers == 0.0) {
        db::merge::copy_level(&mut *tx, guest, account, pair).await?;
    }
    let same = db::merge::same_cards(&mut *tx, guest, account, pair).await?;
    db::merge::copy_cards(&mut *tx, guest, account, pair).await?;
    db::merge::copy_reviews(&mut *tx, guest, account, pair, &same).await?;
    Ok(same)
}
