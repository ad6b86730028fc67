//! What is done to many cards at once, and the way back: one transaction each, all or none.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Study;
use crate::db;
use crate::db::actions::CardAction;
use crate::db::browse::Move;
use crate::db::users::User;
use crate::domain::browse::{CardFilter, CardSort};
use crate::domain::ids::{CardId, ReviewId};

/// Most cards of one action: a lock on more rows would hold up the learner's other tabs for seconds.
pub const MOST_AT_ONCE: i64 = 10_000;

/// What is done to the cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Back to new.
    Reset,
    /// Out of their decks.
    Delete,
}

/// What was done to many cards, as it is kept for undo.
#[derive(Debug, Serialize, Deserialize)]
struct ManyBefore {
    action: BulkAction,
    cards: Vec<OneBefore>,
}

/// One card that it changed, and what cannot be read off the action.
#[derive(Debug, Serialize, Deserialize)]
struct OneBefore {
    card_id: CardId,
    /// The log's row of a due time or a reset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    review_id: Option<ReviewId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reset_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leech_at: Option<DateTime<Utc>>,
}

impl OneBefore {
    fn of(card_id: CardId) -> OneBefore {
        OneBefore {
            card_id,
            review_id: None,
            reset_at: None,
            leech_at: None,
        }
    }
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
    /// changed; [`Study::undo_many`] takes it back by `action_id`. One transaction.
    pub async fn change_many(
        &self,
        user: &User,
        card_ids: &[CardId],
        action: &BulkAction,
        action_id: Uuid,
    ) -> sqlx::Result<usize> {
        let (user_id, now) = (user.user_id, self.now());
        // Rows are locked in the order of their ids, so that two such actions never wait for each other.
        let mut card_ids = card_ids.to_vec();
        card_ids.sort();
        card_ids.dedup();
        let mut tx = self.db.begin().await?;
        let known = |changed: Vec<CardId>| changed.into_iter().map(OneBefore::of).collect();
        let changed: Vec<OneBefore> = match action {
            BulkAction::Suspend(on) => {
                known(db::browse::suspend(&mut *tx, user_id, &card_ids, *on).await?)
            }
            BulkAction::Flag(on) => {
                known(db::browse::flag(&mut *tx, user_id, &card_ids, *on).await?)
            }
            BulkAction::AddTag(tag, most) => {
                known(db::browse::add_tag(&mut *tx, user_id, &card_ids, tag, *most).await?)
            }
            BulkAction::RemoveTag(tag) => {
                known(db::browse::remove_tag(&mut *tx, user_id, &card_ids, tag).await?)
            }
            BulkAction::Delete => {
                known(db::browse::delete(&mut *tx, user_id, &card_ids, now).await?)
            }
            BulkAction::Reset => self.reset_many(&mut tx, user, &card_ids).await?,
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
                let rows: HashMap<_, _> = card_ids.iter().zip(&ids).collect();
                let moved = db::browse::reschedule(&mut tx, user_id, &card_ids, &ids, &to).await?;
                let with_row = |card_id| OneBefore {
                    review_id: rows.get(&card_id).map(|id| **id),
                    ..OneBefore::of(card_id)
                };
                moved.into_iter().map(with_row).collect()
            }
        };
        let Some(first) = changed.first() else {
            return Ok(0);
        };
        let leaves_the_desk = matches!(
            action,
            BulkAction::Suspend(true)
                | BulkAction::Delete
                | BulkAction::Reset
                | BulkAction::MoveDue(_)
        );
        if leaves_the_desk {
            let changed: Vec<CardId> = changed.iter().map(|one| one.card_id).collect();
            db::browse::take_off_desk(&mut *tx, user_id, &changed).await?;
        }
        let count = changed.len();
        let row = CardAction {
            action_id,
            card_id: first.card_id,
            kind: db::actions::MANY.into(),
            before: serde_json::to_value(ManyBefore {
                action: action.clone(),
                cards: changed,
            })
            .expect("plain fields become JSON"),
            review_id: None,
            done_at: now,
        };
        self.keep_action(&mut tx, user, row).await?;
        tx.commit().await?;
        Ok(count)
    }

    async fn reset_many(
        &self,
        tx: &mut PgConnection,
        user: &User,
        card_ids: &[CardId],
    ) -> sqlx::Result<Vec<OneBefore>> {
        let mut changed = Vec::new();
        for card_id in card_ids {
            let card = db::cards::lock(&mut *tx, user.user_id, *card_id).await?;
            let Some(mut card) = card.filter(|card| card.reps > 0 || card.due_at.is_some()) else {
                continue;
            };
            let row = self.reset_row(user, &card);
            changed.push(OneBefore {
                card_id: *card_id,
                review_id: Some(row.review_id),
                reset_at: card.reset_at,
                leech_at: card.leech_at,
            });
            self.make_new(&mut *tx, user, &mut card, row).await?;
        }
        Ok(changed)
    }

    /// Takes back what [`Study::change_many`] did under this id: each card that it changed has the columns that it
    /// changed as they were, whatever else happened to it since. Returns how many cards; 0 when nothing stands under
    /// this id. One transaction.
    pub async fn undo_many(&self, user: &User, action_id: Uuid) -> sqlx::Result<usize> {
        let user_id = user.user_id;
        let mut tx = self.db.begin().await?;
        let row = db::actions::lock(&mut *tx, user_id, action_id).await?;
        let Some(row) = row.filter(|row| row.kind == db::actions::MANY) else {
            return Ok(0);
        };
        let before: ManyBefore =
            serde_json::from_value(row.before).expect("written by change_many");
        let card_ids: Vec<CardId> = before.cards.iter().map(|one| one.card_id).collect();
        let restored = match &before.action {
            BulkAction::Suspend(on) => {
                let restored = db::browse::suspend(&mut *tx, user_id, &card_ids, !on).await?;
                restored.len()
            }
            BulkAction::Flag(on) => {
                let restored = db::browse::flag(&mut *tx, user_id, &card_ids, !on).await?;
                restored.len()
            }
            BulkAction::AddTag(tag, _) => {
                let restored = db::browse::remove_tag(&mut *tx, user_id, &card_ids, tag).await?;
                restored.len()
            }
            BulkAction::RemoveTag(tag) => {
                // It had room for this tag, whatever the limit is now.
                let restored =
                    db::browse::add_tag(&mut *tx, user_id, &card_ids, tag, i32::MAX).await?;
                restored.len()
            }
            BulkAction::Delete => {
                let restored =
                    db::browse::restore(&mut *tx, user_id, &card_ids, row.done_at).await?;
                restored.len()
            }
            BulkAction::MoveDue(_) | BulkAction::Reset => {
                let is_reset = before.action == BulkAction::Reset;
                self.restore_many(&mut tx, user, &before.cards, is_reset)
                    .await?
            }
        };
        db::actions::mark_undone(&mut *tx, user_id, action_id, self.now()).await?;
        tx.commit().await?;
        Ok(restored)
    }

    /// Takes the rows of due times or resets out of the cards' logs.
    async fn restore_many(
        &self,
        tx: &mut PgConnection,
        user: &User,
        cards: &[OneBefore],
        is_reset: bool,
    ) -> sqlx::Result<usize> {
        let mut restored = 0;
        for before in cards {
            let card = db::cards::lock(&mut *tx, user.user_id, before.card_id).await?;
            let (Some(mut card), Some(review_id)) = (card, before.review_id) else {
                continue;
            };
            self.undo_log_row(&mut *tx, user, &mut card, review_id)
                .await?;
            if is_reset {
                card.reset_at = before.reset_at;
                card.leech_at = before.leech_at;
            }
            db::cards::update_schedule(&mut *tx, user.user_id, &card).await?;
            db::queue::take_off_desk(&mut *tx, user.user_id, card.card_id).await?;
            restored += 1;
        }
        Ok(restored)
    }
}
