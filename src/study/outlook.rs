//! What is at hand in decks and what their supply is doing; ordering and dealing.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Study;
use super::allowance::Limit;
use super::cause::Cause;
use super::hands::{Hand, Moment};
use super::stock::Reading;
use crate::db;
use crate::db::cards::Card;
use crate::db::dealing::Deal;
use crate::db::decks::Deck;
use crate::db::jobs::{JobKey, JobReport, NewJob};
use crate::db::pool::PoolPlace;
use crate::db::queue::DeckCounts;
use crate::db::users::User;
use crate::domain::daily_limits::LeftToday;
use crate::domain::ids::{CardId, PoolCardId};
use crate::domain::plan::{Allowance, Plan};
use crate::domain::supply::{self, JobFacts, JobState, Supply, SupplyState};
use crate::telemetry;

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
    /// Every pool card that it has had, in their order.
    pub dealt: Arc<Vec<PoolCardId>>,
    /// Unseen cards near the level: in the pool, or dealt and not yet graded.
    pub unseen: u32,
    /// The topic's pool and last orders as they were read; `None` for a deck without a topic.
    pub stock: Option<Reading>,
    /// The supply.
    pub supply: SupplyState,
    /// What the deck's daily limits leave of today.
    pub left: LeftToday,
    /// Whether a batch has to be ordered.
    pub must_order: bool,
    /// The learner's plan.
    pub plan: Plan,
    /// What it has left.
    pub allowance: Allowance,
    /// The plan's new cards are used up or held; with when they are counted anew, if ever.
    pub limit: Option<Limit>,
    /// Since when the running job runs.
    pub generating_since: Option<DateTime<Utc>>,
}

impl Outlook {
    /// The supply as a reason, its cause and the time of the next try; `None` when nothing is to be said.
    pub fn reason(&self) -> Option<(Reason, Cause, Option<DateTime<Utc>>)> {
        if let Some(limit) = self.is_at_limit() {
            let cause = Cause::Allowance(limit.clone());
            return Some((Reason::LimitReached, cause, limit.resets_at));
        }
        Some(match &self.supply {
            SupplyState::Ready => return None,
            SupplyState::NoTopic => (Reason::Done, Cause::Done, None),
            SupplyState::Paused => (Reason::Paused, Cause::Paused, None),
            SupplyState::Generating { trouble: None } => (Reason::Waiting, Cause::Writing, None),
            SupplyState::Generating {
                trouble: Some((what, when)),
            } => (
                Reason::Waiting,
                Cause::WritingAgain(what.clone()),
                Some(*when),
            ),
            SupplyState::Exhausted => (Reason::Exhausted, Cause::Exhausted, None),
            SupplyState::Failing { detail, retry_at } => (
                Reason::Failing,
                Cause::Failing(detail.clone()),
                Some(*retry_at),
            ),
            SupplyState::BudgetSpent { retry_at } => {
                (Reason::BudgetSpent, Cause::BudgetSpent, Some(*retry_at))
            }
            SupplyState::NoModel => (Reason::NoModel, Cause::NoModel, None),
        })
    }

    /// Whether it is the allowance that keeps new cards from this deck.
    pub fn is_at_limit(&self) -> Option<&Limit> {
        let wants_cards = !matches!(self.supply, SupplyState::NoTopic | SupplyState::Paused);
        self.limit
            .as_ref()
            .filter(|_| wants_cards && self.counts.new == 0)
    }

    /// Whether no card of the deck could be next: none dealt, none in its steps, none due.
    pub fn holds_nothing(&self) -> bool {
        self.counts.new == 0 && self.counts.learning == 0 && self.counts.review_due == 0
    }

    /// Whether there is no card in the deck that will ever be next, as things stand.
    pub fn is_empty(&self) -> bool {
        self.holds_nothing() && self.counts.next_due_at.is_none()
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
        self.outlooks_as_of(user, decks, None).await
    }

    /// The outlooks of some decks of one learner, in their order: their own rows as they are, their topics as they were
    /// at `as_of` or later, or as current as wake-ups keep them.
    pub async fn outlooks_as_of(
        &self,
        user: &User,
        decks: Vec<Deck>,
        as_of: Option<Instant>,
    ) -> sqlx::Result<Vec<Outlook>> {
        let hands = self.hands_of(user, &decks).await?;
        let keys: Vec<_> = decks
            .iter()
            .filter_map(|deck| job_key(deck, self.class(user)))
            .collect();
        let stocks = self.stocks.read(&self.db, &keys, as_of).await?;
        let counts: Vec<_> = hands.iter().map(|hand| &hand.counts).collect();
        let left = self.left_today(user, &decks, &counts).await?;
        let allowance = self.allowance(&self.db, user).await?;
        let outlooks = decks.into_iter().zip(hands).map(|(deck, hand)| {
            let stock = deck.topic_id.and_then(|topic_id| stocks.get(&topic_id));
            let left = left.get(&deck.deck_id).copied().unwrap_or_default();
            Outlook {
                left,
                ..self.outlook_of(user, &allowance, deck, hand, stock)
            }
        });
        Ok(outlooks.collect())
    }

    /// What each of these decks holds: counted where it is not known.
    async fn hands_of(&self, user: &User, decks: &[Deck]) -> sqlx::Result<Vec<Hand>> {
        let at = self.moment(user);
        let known: Vec<_> = decks.iter().map(|deck| self.hands.find(deck, at)).collect();
        let unknown = decks.iter().zip(&known).filter(|(_, hand)| hand.is_none());
        let unknown: Vec<_> = unknown.map(|(deck, _)| deck.deck_id).collect();
        let counted = match unknown.is_empty() {
            true => Vec::new(),
            false => {
                db::queue::at_hand(&self.db, user.user_id, &unknown, at.now, at.day_end).await?
            }
        };
        let mut counted = counted.into_iter();
        let hands = decks.iter().zip(known).map(|(deck, hand)| {
            hand.unwrap_or_else(|| {
                let (counts, dealt) = counted.next().expect("one count a deck, in their order");
                self.hands.keep(deck, at, counts, dealt)
            })
        });
        Ok(hands.collect())
    }

    /// Now, and the end of the learner's day.
    pub(super) fn moment(&self, user: &User) -> Moment {
        let now = self.now();
        let day_end = user.study_days(now).next_start(now);
        Moment { now, day_end }
    }

    fn outlook_of(
        &self,
        user: &User,
        allowance: &Allowance,
        deck: Deck,
        hand: Hand,
        stock: Option<&Reading>,
    ) -> Outlook {
        let Hand { counts, dealt } = hand;
        let classes = self.classes(user);
        let is_unseen = |place: &&PoolPlace| {
            !place.is_quarantined
                && classes.contains(&place.class())
                && supply::is_near(place.level(), deck.level())
                && dealt.binary_search(&place.pool_card_id).is_err()
        };
        let in_pool = stock.map_or(0, |stock| stock.places.iter().filter(is_unseen).count());
        let unseen = u32::try_from(in_pool)
            .unwrap_or(u32::MAX)
            .saturating_add(narrow(counts.new));
        // Of what lies in the pool, the learner is told as much as the plan lets them have.
        let in_pool = u32::try_from(in_pool).unwrap_or(u32::MAX);
        let open = narrow(counts.new).saturating_add(allowance.may_deal(in_pool));
        let reports = stock.map_or(&[][..], |stock| &stock.jobs);
        let jobs: Vec<JobFacts> = reports.iter().map(job_facts).collect();
        let supply = Supply {
            has_topic: deck.topic_id.is_some(),
            paused: deck.paused_at.is_some(),
            unseen,
            jobs: &jobs,
            has_model: self.has_model(),
            now: self.now(),
        };
        Outlook {
            supply: supply.state(),
            must_order: supply.must_order()
                && !allowance.is_spent()
                && !allowance.has_ordered_enough(),
            plan: self.plan(user),
            allowance: *allowance,
            limit: self.limit(user, allowance).or_else(|| {
                let lacks = open == 0 && supply.must_order();
                lacks.then(|| self.order_limit(user, allowance)).flatten()
            }),
            generating_since: reports
                .first()
                .filter(|job| job.state == "running")
                .and_then(|job| job.started_at),
            stock: stock.cloned(),
            deck,
            counts,
            dealt,
            unseen: open,
            left: LeftToday::default(),
        }
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
        let Some(key) = job_key(deck, self.class(user)) else {
            return Ok(());
        };
        let trace_parent = telemetry::trace_parent();
        let order = NewJob {
            job_id: self.new_id(),
            key,
            asked: i16::from(supply::BATCH),
            ordered_by: user.user_id,
            topics_at_once: self.plan(user).terms().topics_at_once,
            trace_parent: trace_parent.as_deref(),
            now: self.now(),
        };
        let mut tx = self.db.begin().await?;
        if self.new_cards(user).is_some() {
            // One learner's orders take turns, so that two tabs cannot both be the last that is allowed.
            db::lock_learner(&mut tx, user.user_id).await?;
            if self.allowance(&mut *tx, user).await?.has_ordered_enough() {
                return Ok(());
            }
        }
        let ordered = db::jobs::order(&mut *tx, &order).await?;
        tx.commit().await?;
        if deck.asked_level != deck.level || deck.answered_since_asked > 0 {
            db::decks::set_asked_level(&self.db, user.user_id, deck.deck_id, deck.level()).await?;
        }
        if ordered.is_some() {
            self.wake.job_ordered();
            // Others who wait for this topic see that cards are being written.
            self.wake.topic_changed(key.topic_id);
        }
        Ok(())
    }

    /// Deals pool cards until the deck holds `wanted` new ones, as far as the pool and the day's allowance go. Where the
    /// deck held nothing else to study, the first of them is laid on `desk`. Returns what there is to study of it, in order.
    pub async fn deal(
        &self,
        user: &User,
        outlook: &Outlook,
        wanted: u32,
        desk: Option<Uuid>,
    ) -> sqlx::Result<Vec<Card>> {
        let Some(topic_id) = outlook.deck.topic_id else {
            return Ok(Vec::new());
        };
        let missing = wanted.saturating_sub(narrow(outlook.counts.new));
        if missing == 0 {
            return Ok(Vec::new());
        }
        let deal = |card_ids| Deal {
            user_id: user.user_id,
            deck_id: outlook.deck.deck_id,
            topic_id,
            level: outlook.deck.level(),
            reach: supply::REACH,
            classes: self.classes(user),
            dealt: &outlook.dealt,
            card_ids,
            dealt_at: self.now(),
            desk,
            allowed: self.new_cards(user),
            since: self.period_start(user),
        };
        let mut dealt = if self.new_cards(user).is_none() {
            db::dealing::deal(&self.db, &deal(&self.new_ids(missing))).await?
        } else {
            let mut tx = self.db.begin().await?;
            // One learner's deals take turns, so that two tabs cannot both take the last card of the day.
            db::lock_learner(&mut tx, user.user_id).await?;
            let missing = self.allowance(&mut *tx, user).await?.may_deal(missing);
            if missing == 0 {
                return Ok(Vec::new());
            }
            let dealt = db::dealing::deal(&mut *tx, &deal(&self.new_ids(missing))).await?;
            tx.commit().await?;
            dealt
        };
        let deck = Deck {
            cards_revision: outlook.deck.cards_revision + 1,
            ..outlook.deck.clone()
        };
        let of_pool: Vec<_> = dealt.iter().filter_map(|card| card.pool_card_id).collect();
        dealt.retain(|card| !card.suspended);
        self.hands
            .dealt(&deck, self.moment(user), &of_pool, dealt.len());
        // New cards come up in the order of their ids.
        dealt.sort_unstable_by_key(|card| card.card_id);
        Ok(dealt)
    }

    /// Ids for so many new cards, in the order in which they come up.
    fn new_ids(&self, count: u32) -> Vec<CardId> {
        let mut ids: Vec<CardId> = (0..count).map(|_| self.new_id()).collect();
        // Made in one millisecond, they differ only by chance.
        ids.sort_unstable();
        ids
    }
}

/// What a deck's orders are about; `None` for one without a topic.
pub(super) fn job_key(deck: &Deck, class: &'static str) -> Option<JobKey<'static>> {
    deck.topic_id.map(|topic_id| JobKey {
        topic_id,
        level: deck.level(),
        class,
    })
}

fn job_facts(report: &JobReport) -> JobFacts {
    let state = match report.state.as_str() {
        "queued" => JobState::Queued {
            retrying: report.failures > 0,
            run_after: report.run_after,
        },
        "running" => JobState::Running,
        "done" => JobState::Done,
        _ => JobState::Dead {
            reason: report.reason.clone().unwrap_or_default(),
            ended_at: report
                .ended_at
                .expect("a check constraint gives ended jobs their time"),
        },
    };
    JobFacts {
        state,
        made: u32::try_from(report.made).unwrap_or(0),
        detail: report.detail.clone(),
    }
}

fn narrow(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(0)
}
