//! What is done to many cards at once: one transaction, all or none.

use chrono::TimeDelta;

use super::Study;
use crate::db;
use crate::db::browse::Move;
use crate::db::users::User;
use crate::domain::browse::{CardFilter, CardSort};
use crate::domain::ids::CardId;

/// Most cards of one action: a lock on more rows would hold up the learner's other tabs for seconds.
pub const MOST_AT_ONCE: i64 = 10_000;

/// What is done to the cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkAction {
    /// Out of study, or back in.
    Suspend(bool),
    /// Marked, or not.
    Flag(bool),
    /// A tag, and how many a card may have.
    AddTag(String, i32),
    /// Without the tag.
    RemoveTag(String),
    /// Due after that many of the learner's days; 0 is today.
    MoveDue(u32),
    /// Out of their decks.
    Delete,
}

impl Study {
    /// The ids of the cards that fit a filter, [`MOST_AT_ONCE`] at most.
    pub async fn matching(&self, user: &User, filter: &CardFilter) -> sqlx::Result<Vec<CardId>> {
        let cards = db::browse::list(
            &self.db,
            user.user_id,
            filter,
            CardSort::Oldest,
            None,
            MOST_AT_ONCE,
            self.now(),
        )
        .await?;
        Ok(cards.iter().map(|card| card.card_id).collect())
    }

    /// Does something to cards; those that are not the learner's, or are gone, are passed over. Returns how many
    /// changed. One transaction.
    pub async fn change_many(
        &self,
        user: &User,
        card_ids: &[CardId],
        action: &BulkAction,
    ) -> sqlx::Result<usize> {
        let (user_id, now) = (user.user_id, self.now());
        // Rows are locked in the order of their ids, so that two such actions never wait for each other.
        let mut card_ids = card_ids.to_vec();
        card_ids.sort();
        card_ids.dedup();
        let mut tx = self.db.begin().await?;
        let changed = match action {
            BulkAction::Suspend(on) => {
                db::browse::suspend(&mut *tx, user_id, &card_ids, *on).await?
            }
            BulkAction::Flag(on) => db::browse::flag(&mut *tx, user_id, &card_ids, *on).await?,
            BulkAction::AddTag(tag, most) => {
                db::browse::add_tag(&mut *tx, user_id, &card_ids, tag, *most).await?
            }
            BulkAction::RemoveTag(tag) => {
                db::browse::remove_tag(&mut *tx, user_id, &card_ids, tag).await?
            }
            BulkAction::Delete => db::browse::delete(&mut *tx, user_id, &card_ids, now).await?,
            BulkAction::MoveDue(ahead) => {
                let days = user.study_days(now);
                let due_at = match ahead {
                    0 => now,
                    ahead => days.start_of(days.day_of(now) + TimeDelta::days(i64::from(*ahead))),
                };
                let to = Move {
                    due_at,
                    now,
                    days,
                    desired_retention: user.desired_retention,
                };
                let ids: Vec<_> = card_ids.iter().map(|_| self.new_id()).collect();
                db::browse::reschedule(&mut tx, user_id, &card_ids, &ids, &to).await?
            }
        };
        let leaves_the_desk = matches!(
            action,
            BulkAction::Suspend(true) | BulkAction::Delete | BulkAction::MoveDue(_)
        );
        if leaves_the_desk {
            db::browse::take_off_desk(&mut *tx, user_id, &changed).await?;
        }
        tx.commit().await?;
        Ok(changed.len())
    }
}
