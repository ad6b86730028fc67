//! The next card: the one on the desk, or the first in study order, dealt from the pool when it has to be.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use uuid::Uuid;

use super::Study;
use super::allowance::Limit;
use super::cause::Cause;
use super::found::{Found, OnDesk, Order};
use super::outlook::{Outlook, Reason};
use crate::db;
use crate::db::cards::Card;
use crate::db::queue::{Candidate, OpenDecks};
use crate::db::users::User;
use crate::domain::ids::{CardId, DeckId};
use crate::domain::queue::{self, LEARN_AHEAD, Mix, QueueCard, QueueInput};
use crate::domain::scheduler::{AnswerContext, CardState, Choices};

/// What is studied: one deck, or all that are not archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One.
    Deck(DeckId),
    /// All.
    AllDecks,
}

impl Scope {
    /// The key of the desk: the deck, or the nil id.
    pub(super) fn desk(self) -> Uuid {
        match self {
            Scope::Deck(deck_id) => deck_id,
            Scope::AllDecks => Uuid::nil(),
        }
    }
}

/// A card to study, and when each button brings it back.
#[derive(Debug, Clone)]
pub struct StudyCard {
    /// The row.
    pub card: Card,
    /// Seconds until due, for each rating.
    pub choices: Choices,
}

/// What is left in a scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Unseen cards at hand.
    pub new: u32,
    /// In learning steps.
    pub learning: u32,
    /// Reviews due now.
    pub due: u32,
}

/// The answer to "what now?".
#[derive(Debug, Clone)]
pub struct Next {
    /// A card, or the reason why there is none.
    pub study: Option<StudyCard>,
    /// Set when `study` is not.
    pub reason: Option<Reason>,
    /// What that reason is in detail.
    pub cause: Option<Cause>,
    /// When it is worth asking again.
    pub retry_at: Option<DateTime<Utc>>,
    /// What is left.
    pub counts: Counts,
    /// The decks asked about, for whoever waits.
    pub outlooks: Vec<Outlook>,
}

impl Next {
    /// Whether waiting could bring a card: one is being written, or becomes due.
    pub fn may_change(&self) -> bool {
        self.study.is_none()
            && (self.reason == Some(Reason::Waiting) || self.next_due_at().is_some())
    }

    /// That the allowance is used up, if that is why there is no card: a deck's own limit of the day speaks first.
    pub fn limit(&self) -> Option<&Limit> {
        self.outlooks
            .iter()
            .filter(|outlook| outlook.limit_reached().is_none())
            .find_map(Outlook::is_at_limit)
    }

    /// The next due time in the scope.
    pub fn next_due_at(&self) -> Option<DateTime<Utc>> {
        self.outlooks
            .iter()
            .filter_map(|outlook| outlook.counts.next_due_at)
            .min()
    }
}

impl Study {
    /// The next card. `None` when the deck is not the learner's.
    pub async fn next(&self, user: &User, scope: Scope) -> sqlx::Result<Option<Next>> {
        match self.look(user, scope).await? {
            Some(found) => self.next_of(user, scope, found, None).await.map(Some),
            None => Ok(None),
        }
    }

    /// The next card of what was found just now; what stands behind the decks is as of `as_of` or later.
    pub(super) async fn next_of(
        &self,
        user: &User,
        scope: Scope,
        found: Found,
        as_of: Option<Instant>,
    ) -> sqlx::Result<Next> {
        let (outlooks, order) = self.order_of(user, scope, found, as_of, 1).await?;
        let study = self.study_cards(user, &outlooks, order).await?.pop();
        let mut next = describe(study, outlooks);
        if matches!(next.cause, Some(Cause::NoDecks))
            && !db::decks::list(&self.db, user.user_id, None, 1)
                .await?
                .is_empty()
        {
            next.cause = Some(Cause::AllArchived);
        }
        metrics::histogram!("autodeck_ready_cards").record(next.counts.new);
        Ok(next)
    }

    /// The next `count` cards in study order, the current one first. `None` when the deck is not the learner's.
    pub async fn ahead(
        &self,
        user: &User,
        scope: Scope,
        count: u8,
    ) -> sqlx::Result<Option<Vec<StudyCard>>> {
        let Some(found) = self.look(user, scope).await? else {
            return Ok(None);
        };
        let (outlooks, order) = self.order_of(user, scope, found, None, count).await?;
        self.study_cards(user, &outlooks, order).await.map(Some)
    }

    /// What [`Study::next`] says and the cards after it, asked once: for a page, which shows both. `None` when the deck is
    /// not the learner's.
    pub async fn hand(
        &self,
        user: &User,
        scope: Scope,
        count: u8,
    ) -> sqlx::Result<Option<(Next, Vec<StudyCard>)>> {
        let Some(found) = self.look(user, scope).await? else {
            return Ok(None);
        };
        let (outlooks, order) = self.order_of(user, scope, found, None, count).await?;
        let mut cards = self.study_cards(user, &outlooks, order).await?;
        let rest = cards.split_off(cards.len().min(1));
        Ok(Some((describe(cards.pop(), outlooks), rest)))
    }

    async fn order_of(
        &self,
        user: &User,
        scope: Scope,
        found: Found,
        as_of: Option<Instant>,
        count: u8,
    ) -> sqlx::Result<(Vec<Outlook>, Order)> {
        let mut outlooks = self.outlooks_as_of(user, found.decks, as_of).await?;
        let on_desk = match found.on_desk {
            OnDesk::Read(card) => card,
            OnDesk::Unread if outlooks.iter().all(Outlook::is_empty) => None,
            OnDesk::Unread => self.read_desk(&self.db, user, scope).await?,
        };
        let order = self
            .study_order(user, scope, &mut outlooks, on_desk, count)
            .await?;
        Ok((outlooks, order))
    }

    /// Up to `count` cards in study order, the first of them laid on the desk. Orders and deals on the way.
    async fn study_order(
        &self,
        user: &User,
        scope: Scope,
        outlooks: &mut [Outlook],
        on_desk: Option<Box<Card>>,
        count: u8,
    ) -> sqlx::Result<Order> {
        let now = self.now();
        if on_desk.is_some() && count == 1 {
            for outlook in outlooks.iter_mut() {
                self.order_if_short(user, outlook).await?;
            }
            return Ok(Order::of(on_desk.map(|card| *card)));
        }
        let desk_is_clear = on_desk.is_none() && outlooks.iter().all(Outlook::holds_nothing);
        for outlook in outlooks.iter_mut() {
            self.order_if_short(user, outlook).await?;
            let at_hand = u32::try_from(outlook.counts.new).unwrap_or(0);
            let is_open = outlook.deck.paused_at.is_none() && outlook.deck.topic_id.is_some();
            let wanted = u32::from(count).min(outlook.new_today());
            if is_open && at_hand < wanted && outlook.unseen > at_hand {
                let desk = desk_is_clear.then(|| scope.desk());
                let dealt = self.deal(user, outlook, wanted, desk).await?;
                if desk_is_clear && !dealt.is_empty() {
                    // Nothing else there: what was dealt is the order.
                    return Ok(Order::of(dealt));
                }
            }
        }
        let deck_ids: Vec<_> = outlooks
            .iter()
            .map(|outlook| outlook.deck.deck_id)
            .collect();
        let candidates = self.candidates(user, outlooks, count).await?;
        let since = self.today_began(user);
        let done = db::reviews::answered_since(&self.db, user.user_id, &deck_ids, since).await?;
        let last_subtopic =
            db::reviews::last_subtopic(&self.db, user.user_id, &deck_ids, since).await?;
        let order = queue::order(&QueueInput {
            current: on_desk.as_ref().map(|card| card.card_id),
            cards: &candidates.iter().map(queue_card).collect::<Vec<_>>(),
            last_subtopic: Some(last_subtopic.as_deref().unwrap_or_default()),
            mix: mix_of(outlooks),
            now,
            new_left: outlooks.iter().map(Outlook::new_today).sum(),
            reviews_left: outlooks.iter().map(Outlook::reviews_today).sum(),
            new_answered: sum(done.iter().map(|done| done.new)),
            reviews_answered: sum(done.iter().map(|done| done.reviews)),
            limit: usize::from(count),
        });
        let lies_there = |id: &CardId| on_desk.as_ref().is_some_and(|card| card.card_id == *id);
        let first = order.first().filter(|first| !lies_there(first));
        if let Some(first) = first.and_then(|id| candidates.iter().find(|card| card.card_id == *id))
        {
            let (desk, card_id) = (scope.desk(), first.card_id);
            db::queue::put_on_desk(&self.db, user.user_id, desk, card_id, first.revision).await?;
        }
        Ok(Order {
            card_ids: order,
            read: on_desk.into_iter().map(|card| *card).collect(),
        })
    }

    /// Cards that may come next, no more of a deck than its limits leave of today.
    async fn candidates(
        &self,
        user: &User,
        outlooks: &[Outlook],
        count: u8,
    ) -> sqlx::Result<Vec<Candidate>> {
        let now = self.now();
        let decks = |is_open: &dyn Fn(&Outlook) -> bool| -> Vec<DeckId> {
            let open = outlooks.iter().filter(|outlook| is_open(outlook));
            open.map(|outlook| outlook.deck.deck_id).collect()
        };
        let open = OpenDecks {
            learning: &decks(&|_| true),
            new: &decks(&|outlook| outlook.left.new != Some(0)),
            reviews: &decks(&|outlook| outlook.left.reviews != Some(0)),
        };
        let limit = i64::from(count) + queue::SPREAD as i64;
        let mut candidates =
            db::queue::candidates(&self.db, user.user_id, open, now, now + LEARN_AHEAD, limit)
                .await?;
        let mut taken: HashMap<(DeckId, bool), u32> = HashMap::new();
        candidates.retain(|card| {
            let is_new = match card.state.as_str() {
                "new" => true,
                "review" => false,
                _ => return true,
            };
            let outlook = outlooks
                .iter()
                .find(|outlook| outlook.deck.deck_id == card.deck_id);
            let left = outlook.and_then(|outlook| {
                if is_new {
                    outlook.left.new
                } else {
                    outlook.left.reviews
                }
            });
            let taken = taken.entry((card.deck_id, is_new)).or_default();
            *taken += 1;
            left.is_none_or(|left| *taken <= left)
        });
        Ok(candidates)
    }

    /// The cards with their choices, in this order; one that vanished meanwhile is left out.
    async fn study_cards(
        &self,
        user: &User,
        outlooks: &[Outlook],
        order: Order,
    ) -> sqlx::Result<Vec<StudyCard>> {
        let Order { card_ids, read } = order;
        let mut cards: HashMap<CardId, Card> =
            read.into_iter().map(|card| (card.card_id, card)).collect();
        let others: Vec<CardId> = card_ids
            .iter()
            .copied()
            .filter(|card_id| !cards.contains_key(card_id))
            .collect();
        if !others.is_empty() {
            let others = db::cards::find_many(&self.db, user.user_id, &others).await?;
            cards.extend(others.into_iter().map(|card| (card.card_id, card)));
        }
        let retention: HashMap<DeckId, f64> = outlooks
            .iter()
            .map(|outlook| {
                (
                    outlook.deck.deck_id,
                    outlook
                        .deck
                        .desired_retention
                        .unwrap_or(user.desired_retention),
                )
            })
            .collect();
        Ok(card_ids
            .iter()
            .filter_map(|card_id| cards.remove(card_id))
            .map(|card| {
                let desired_retention = retention
                    .get(&card.deck_id)
                    .copied()
                    .unwrap_or(user.desired_retention);
                self.with_choices(user, card, desired_retention)
            })
            .collect())
    }

    /// A card with what each button would do now.
    pub fn with_choices(&self, user: &User, card: Card, desired_retention: f64) -> StudyCard {
        let now = self.now();
        let context = AnswerContext {
            card_id: card.card_id,
            at: now,
            desired_retention,
            days: &user.study_days(now),
        };
        let choices = self
            .scheduler
            .outcomes(&card.schedule(), &context)
            .choices(now);
        StudyCard { card, choices }
    }
}

fn queue_card(candidate: &Candidate) -> QueueCard<'_> {
    QueueCard {
        card_id: candidate.card_id,
        state: CardState::from_name(&candidate.state)
            .expect("the column's check constraint names the four states"),
        due_at: candidate.due_at,
        subtopic: candidate.subtopic.as_deref(),
    }
}

fn describe(study: Option<StudyCard>, outlooks: Vec<Outlook>) -> Next {
    let counts = Counts {
        new: outlooks.iter().map(Outlook::new_today).sum(),
        learning: sum(outlooks.iter().map(|outlook| outlook.counts.learning)),
        due: outlooks.iter().map(Outlook::reviews_today).sum(),
    };
    let mut next = Next {
        study,
        reason: None,
        cause: None,
        retry_at: None,
        counts,
        outlooks,
    };
    if next.study.is_none() {
        // The deck that can still bring something speaks first.
        let said = next
            .outlooks
            .iter()
            .filter_map(limit_or_reason)
            .min_by_key(|(reason, ..)| urgency(*reason));
        let (reason, cause, retry_at) = said.unwrap_or_else(|| {
            let (reason, cause) = if next.outlooks.is_empty() {
                (Reason::Done, Cause::NoDecks)
            } else if next.counts.new > 0 {
                (Reason::Waiting, Cause::OnTheirWay)
            } else {
                (Reason::Done, Cause::Done)
            };
            (reason, cause, None)
        });
        next.retry_at = earliest(retry_at, next.next_due_at());
        (next.reason, next.cause) = (Some(reason), Some(cause));
    }
    next
}

/// How new cards go with reviews: as the deck has it, and where several are studied together as all of them agree.
fn mix_of(outlooks: &[Outlook]) -> Mix {
    let mut mixes = outlooks.iter().map(|outlook| outlook.deck.mix());
    match mixes.next() {
        Some(first) if mixes.all(|mix| mix == first) => first,
        _ => Mix::default(),
    }
}

/// A day's limit speaks before the supply: cards are being written, but not for today.
fn limit_or_reason(outlook: &Outlook) -> Option<(Reason, Cause, Option<DateTime<Utc>>)> {
    match outlook.limit_reached() {
        Some(limit) => Some((Reason::LimitReached, Cause::Today(limit), None)),
        None => outlook.reason(),
    }
}

fn urgency(reason: Reason) -> u8 {
    match reason {
        Reason::Waiting => 0,
        Reason::Failing => 1,
        Reason::NoModel => 2,
        Reason::BudgetSpent => 3,
        Reason::LimitReached => 4,
        Reason::Exhausted => 5,
        Reason::Paused => 6,
        Reason::Done => 7,
    }
}

fn earliest(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    [a, b].into_iter().flatten().min()
}

fn sum(numbers: impl Iterator<Item = i64>) -> u32 {
    u32::try_from(numbers.sum::<i64>()).unwrap_or(0)
}
