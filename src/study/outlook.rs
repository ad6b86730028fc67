//! What is at hand in decks and what their supply is doing; ordering and dealing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{STANDARD, Study};
use crate::db;
use crate::db::dealing::Deal;
use crate::db::decks::Deck;
use crate::db::jobs::{JobKey, JobReport};
use crate::db::queue::DeckCounts;
use crate::db::users::User;
use crate::domain::ids::DeckId;
use crate::domain::plan::Allowance;
use crate::domain::supply::{self, JobFacts, JobState, Supply, SupplyState};

/// Why there is no card, or why there will be none after those at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Being written.
    Waiting,
    /// All that was due is done, and nothing new is to come.
    Done,
    /// The day's new cards are used up.
    LimitReached,
    /// This level has no more.
    Exhausted,
    /// The learner paused the deck.
    Paused,
    /// The model does not answer.
    Failing,
    /// The day's budget is spent.
    BudgetSpent,
    /// No model is connected.
    NoModel,
}

/// A deck with all that is said of it.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The row.
    pub deck: Deck,
    /// Its cards.
    pub counts: DeckCounts,
    /// Unseen cards near the level: in the pool, or dealt and not yet graded.
    pub unseen: u32,
    /// The supply.
    pub supply: SupplyState,
    /// Whether a batch has to be ordered.
    pub must_order: bool,
    /// Since when the running job runs.
    pub generating_since: Option<DateTime<Utc>>,
}

impl Outlook {
    /// The supply as a reason, a sentence and the time of the next try; `None` when nothing is to be said.
    pub fn reason(&self) -> Option<(Reason, String, Option<DateTime<Utc>>)> {
        match &self.supply {
            SupplyState::Ready => None,
            SupplyState::NoTopic => Some((Reason::Done, "You are done here for now.".into(), None)),
            SupplyState::Paused => {
                Some((Reason::Paused, "New cards are paused in this deck. Resume it to get more.".into(), None))
            }
            SupplyState::Generating { trouble: None } => {
                Some((Reason::Waiting, "The next cards are being written.".into(), None))
            }
            SupplyState::Generating { trouble: Some((what, when)) } => {
                Some((Reason::Waiting, format!("{what} It is tried again by itself."), Some(*when)))
            }
            SupplyState::Exhausted => Some((
                Reason::Exhausted,
                "The model has no more cards for this topic at this level. Change the level, or try a neighbouring \
                 topic."
                    .into(),
                None,
            )),
            SupplyState::Failing { detail, retry_at } => Some((
                Reason::Failing,
                format!("{detail} Your answers are saved. Try again, or study what is due."),
                Some(*retry_at),
            )),
            SupplyState::BudgetSpent { retry_at } => Some((
                Reason::BudgetSpent,
                "Today's budget for new cards is spent on this server. Your answers are saved, and what you have \
                 stays open to study; new cards come tomorrow."
                    .into(),
                Some(*retry_at),
            )),
            SupplyState::NoModel => Some((
                Reason::NoModel,
                "No language model is connected, so no new cards can be written. What you have stays open to study. \
                 The operator connects one with AUTODECK_LLM; `autodeck doctor` says how."
                    .into(),
                None,
            )),
        }
    }

    /// Whether cards are being written.
    pub fn is_generating(&self) -> bool {
        matches!(self.supply, SupplyState::Generating { .. })
    }
}

impl Study {
    /// The outlook of one deck.
    pub async fn outlook(&self, user: &User, deck: Deck) -> sqlx::Result<Outlook> {
        let mut outlooks = self.outlooks(user, vec![deck]).await?;
        Ok(outlooks.pop().expect("one outlook a deck"))
    }

    /// The outlooks of some decks of one learner, in their order.
    pub async fn outlooks(&self, user: &User, decks: Vec<Deck>) -> sqlx::Result<Vec<Outlook>> {
        let now = self.now();
        let deck_ids: Vec<_> = decks.iter().map(|deck| deck.deck_id).collect();
        let topic_ids: Vec<_> = decks.iter().filter_map(|deck| deck.topic_id).collect();
        let day_end = user.study_days(now).next_start(now);
        let mut counts: HashMap<DeckId, DeckCounts> =
            db::queue::counts(&self.db, user.user_id, &deck_ids, now, day_end)
                .await?
                .into_iter()
                .map(|counts| (counts.deck_id, counts))
                .collect();
        let unseen = if topic_ids.is_empty() {
            Vec::new()
        } else {
            let dealt = db::dealing::dealt_pool_cards(&self.db, user.user_id, &deck_ids).await?;
            db::pool::unseen(&self.db, &topic_ids, self.classes(user), &dealt).await?
        };
        let mut outlooks = Vec::with_capacity(decks.len());
        for deck in decks {
            let counts = counts
                .remove(&deck.deck_id)
                .unwrap_or_else(|| no_cards(deck.deck_id));
            let in_pool: i64 = unseen
                .iter()
                .filter(|row| {
                    Some(row.topic_id) == deck.topic_id
                        && supply::is_near(row.level(), deck.level())
                })
                .map(|row| row.cards)
                .sum();
            let unseen = u32::try_from(in_pool + counts.new).unwrap_or(0);
            outlooks.push(self.supply_of(deck, counts, unseen, now).await?);
        }
        Ok(outlooks)
    }

    async fn supply_of(
        &self,
        deck: Deck,
        counts: DeckCounts,
        unseen: u32,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Outlook> {
        let reports = match job_key(&deck) {
            Some(key) => db::jobs::recent(&self.db, key, supply::BARREN_BATCHES as i64).await?,
            None => Vec::new(),
        };
        let generating_since = reports
            .first()
            .filter(|job| job.state == "running")
            .and_then(|job| job.started_at);
        let jobs: Vec<JobFacts> = reports.into_iter().map(job_facts).collect();
        let supply = Supply {
            has_topic: deck.topic_id.is_some(),
            paused: deck.paused_at.is_some(),
            unseen,
            jobs: &jobs,
            has_model: self.has_model,
            now,
        };
        Ok(Outlook {
            supply: supply.state(),
            must_order: supply.must_order(),
            deck,
            counts,
            unseen,
            generating_since,
        })
    }

    /// Orders a batch when the deck runs short. The outlook then says that cards are being written.
    pub async fn order_if_short(&self, user: &User, outlook: &mut Outlook) -> sqlx::Result<()> {
        if outlook.must_order {
            self.order(user, &outlook.deck).await?;
            outlook.deck.asked_level = outlook.deck.level;
            outlook.supply = SupplyState::Generating { trouble: None };
            outlook.must_order = false;
        }
        Ok(())
    }

    /// Orders a batch at the deck's level, unless one is on its way.
    pub async fn order(&self, user: &User, deck: &Deck) -> sqlx::Result<()> {
        let Some(key) = job_key(deck) else {
            return Ok(());
        };
        let ordered = db::jobs::order(
            &self.db,
            self.new_id(),
            key,
            i16::from(supply::BATCH),
            user.user_id,
            self.now(),
        )
        .await?;
        if deck.asked_level != deck.level || deck.answered_since_asked > 0 {
            db::decks::set_asked_level(&self.db, user.user_id, deck.deck_id, deck.level()).await?;
        }
        if ordered.is_some() {
            self.wake.job_ordered();
        }
        Ok(())
    }

    /// Deals pool cards until the deck holds `wanted` new ones, as far as the pool and the day's allowance go.
    /// Opens a transaction. Returns how many were dealt.
    pub async fn deal(&self, user: &User, deck: &Deck, wanted: u32) -> sqlx::Result<u64> {
        let Some(topic_id) = deck.topic_id else {
            return Ok(0);
        };
        let now = self.now();
        let mut tx = self.db.begin().await?;
        // One learner's deals take turns, so that two tabs cannot both take the last card of the day.
        db::lock_learner(&mut tx, user.user_id).await?;
        let deck_ids = [deck.deck_id];
        let at_hand = db::queue::counts(&mut *tx, user.user_id, &deck_ids, now, now)
            .await?
            .first()
            .map_or(0, |counts| u32::try_from(counts.new).unwrap_or(u32::MAX));
        let missing = self
            .allowance(&mut tx, user)
            .await?
            .may_deal(wanted.saturating_sub(at_hand));
        if missing == 0 {
            return Ok(0);
        }
        let dealt = db::dealing::dealt_pool_cards(&mut *tx, user.user_id, &deck_ids).await?;
        let card_ids: Vec<_> = (0..missing).map(|_| self.new_id()).collect();
        let deal = Deal {
            user_id: user.user_id,
            deck_id: deck.deck_id,
            topic_id,
            level: deck.level(),
            reach: supply::REACH,
            classes: self.classes(user),
            dealt: &dealt,
            card_ids: &sorted(card_ids),
            dealt_at: now,
        };
        let dealt = db::dealing::deal(&mut *tx, &deal).await?;
        tx.commit().await?;
        Ok(dealt)
    }

    /// The learner's new cards of today. Without a limit nothing is counted that nobody asks for.
    pub async fn allowance(
        &self,
        db: &mut sqlx::PgConnection,
        user: &User,
    ) -> sqlx::Result<Allowance> {
        let allowed = user.new_cards(self.plan(user).new_cards());
        if allowed.is_none() {
            return Ok(Allowance {
                allowed,
                used: 0,
                held: 0,
            });
        }
        let used = self.new_cards_today(&mut *db, user).await?;
        let held = db::dealing::held(&mut *db, user.user_id).await?;
        Ok(Allowance {
            allowed,
            used,
            held,
        })
    }

    /// New cards first graded on the learner's day.
    pub async fn new_cards_today(
        &self,
        db: impl sqlx::PgExecutor<'_>,
        user: &User,
    ) -> sqlx::Result<u32> {
        let now = self.now();
        let days = user.study_days(now);
        db::reviews::new_cards_since(db, user.user_id, days.start_of(days.day_of(now))).await
    }
}

fn sorted(mut ids: Vec<uuid::Uuid>) -> Vec<uuid::Uuid> {
    // New cards come up in the order of their ids; made in one millisecond, these differ only by chance.
    ids.sort_unstable();
    ids
}

fn job_key(deck: &Deck) -> Option<JobKey<'static>> {
    deck.topic_id.map(|topic_id| JobKey {
        topic_id,
        level: deck.level(),
        class: STANDARD,
    })
}

fn job_facts(report: JobReport) -> JobFacts {
    let state = match report.state.as_str() {
        "queued" => JobState::Queued {
            retrying: report.failures > 0,
            run_after: report.run_after,
        },
        "running" => JobState::Running,
        "done" => JobState::Done,
        _ => JobState::Dead {
            reason: report.reason.unwrap_or_default(),
            ended_at: report
                .ended_at
                .expect("a check constraint gives ended jobs their time"),
        },
    };
    JobFacts {
        state,
        made: u32::try_from(report.made).unwrap_or(0),
        detail: report.detail,
    }
}

fn no_cards(deck_id: DeckId) -> DeckCounts {
    DeckCounts {
        deck_id,
        new: 0,
        learning: 0,
        learning_due: 0,
        review_due: 0,
        due_today: 0,
        next_due_at: None,
    }
}
