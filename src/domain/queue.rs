//! The order of study: due learning cards, then due reviews with new cards mixed in, and when nothing else is left a
//! learning card that is due soon.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::CardId;
use super::scheduler::CardState;

/// When nothing else is left, a learning card due within this time comes early.
pub const LEARN_AHEAD: TimeDelta = TimeDelta::minutes(20);

/// How far ahead a card of another subtopic is looked for, so that siblings do not follow each other.
pub const SPREAD: usize = 6;

/// A card that could come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueCard<'a> {
    /// The card.
    pub card_id: CardId,
    /// Where it stands.
    pub state: CardState,
    /// When it comes up; a new card usually has no such time.
    pub due_at: Option<DateTime<Utc>>,
    /// Which part of the topic it is about.
    pub subtopic: Option<&'a str>,
}

/// How new cards go with due reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mix {
    /// In proportion to what the day holds of each, a review first.
    #[default]
    InProportion,
    /// All due reviews before the first new card.
    ReviewsFirst,
    /// All new cards at hand before the first review.
    NewFirst,
}

impl Mix {
    /// In the order of a form.
    pub const ALL: [Mix; 3] = [Mix::InProportion, Mix::ReviewsFirst, Mix::NewFirst];

    /// As it is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            Mix::InProportion => "mixed",
            Mix::ReviewsFirst => "reviews_first",
            Mix::NewFirst => "new_first",
        }
    }

    /// The mix of that name.
    pub fn from_name(name: &str) -> Option<Mix> {
        Mix::ALL.into_iter().find(|mix| mix.name() == name)
    }
}

/// What is to be put in order.
#[derive(Debug, Clone, Copy)]
pub struct QueueInput<'a> {
    /// The card that the learner has before them: first whatever happens, until the caller finds it graded, changed or
    /// gone.
    pub current: Option<CardId>,
    /// Candidates, in any order. Of each kind (learning, review, new) the first by due time and id: [`SPREAD`] more
    /// than `limit` are enough. Cards that are not due yet are left out, but for learning cards within [`LEARN_AHEAD`].
    pub cards: &'a [QueueCard<'a>],
    /// The subtopic of the card studied last, empty if it had none: the next is of another where one is near. `None` when the caller does not know: then all stay where they are, since an order that spreads
    /// siblings without knowing the last would not be the same when asked again.
    pub last_subtopic: Option<&'a str>,
    /// How new cards go with reviews.
    pub mix: Mix,
    /// The present.
    pub now: DateTime<Utc>,
    /// New cards still to come today, candidates included.
    pub new_left: u32,
    /// Due reviews, candidates included.
    pub reviews_left: u32,
    /// New cards answered today.
    pub new_answered: u32,
    /// Reviews answered today.
    pub reviews_answered: u32,
    /// How many cards are wanted.
    pub limit: usize,
}

/// The next `limit` cards in the order of study, as far as there are candidates. Asking again after the first was
/// answered gives the rest in the same order, so that what a client keeps ahead is what comes.
pub fn order(input: &QueueInput) -> Vec<CardId> {
    let mut queues = Queues::new(input);
    let mut order = Vec::with_capacity(input.limit.min(input.cards.len() + 1));
    order.extend(input.current);
    while order.len() < input.limit
        && let Some(card_id) = queues.pop()
    {
        order.push(card_id);
    }
    order.truncate(input.limit);
    order
}

struct Queues<'a> {
    learning: VecDeque<QueueCard<'a>>,
    reviews: VecDeque<QueueCard<'a>>,
    new: VecDeque<QueueCard<'a>>,
    soon: VecDeque<QueueCard<'a>>,
    /// `None`: siblings are not spread.
    last_subtopic: Option<&'a str>,
    mix: Mix,
    reviews_today: Portion,
    new_today: Portion,
}

impl<'a> Queues<'a> {
    fn new(input: &QueueInput<'a>) -> Queues<'a> {
        let mut queues = Queues {
            learning: VecDeque::new(),
            reviews: VecDeque::new(),
            new: VecDeque::new(),
            soon: VecDeque::new(),
            last_subtopic: input.last_subtopic,
            mix: input.mix,
            reviews_today: Portion {
                answered: input.reviews_answered,
                left: input.reviews_left,
            },
            new_today: Portion {
                answered: input.new_answered,
                left: input.new_left,
            },
        };
        let mut sorted = input.cards.to_vec();
        sorted.sort_by_key(|card| (card.due_at, card.card_id));
        for card in sorted {
            if Some(card.card_id) == input.current {
                queues.count(&card);
                continue;
            }
            let is_due = card.due_at.is_none_or(|due_at| due_at <= input.now);
            let is_soon = card
                .due_at
                .is_some_and(|due_at| due_at <= input.now + LEARN_AHEAD);
            match card.state {
                CardState::Learning | CardState::Relearning if is_due => {
                    queues.learning.push_back(card)
                }
                CardState::Learning | CardState::Relearning if is_soon => {
                    queues.soon.push_back(card)
                }
                CardState::Review if is_due => queues.reviews.push_back(card),
                CardState::New if is_due => queues.new.push_back(card),
                _ => {}
            }
        }
        queues
    }

    fn pop(&mut self) -> Option<CardId> {
        let card = if let Some(card) = self.learning.pop_front() {
            card
        } else if self.review_is_next() {
            take_apart(&mut self.reviews, self.last_subtopic)?
        } else if !self.new.is_empty() {
            take_apart(&mut self.new, self.last_subtopic)?
        } else {
            self.soon.pop_front()?
        };
        self.count(&card);
        Some(card.card_id)
    }

    fn review_is_next(&self) -> bool {
        if self.reviews.is_empty() || self.new.is_empty() {
            return !self.reviews.is_empty();
        }
        match self.mix {
            Mix::ReviewsFirst => true,
            Mix::NewFirst => false,
            Mix::InProportion => !self.new_today.is_behind(&self.reviews_today),
        }
    }

    /// Goes on as if the card had been answered.
    fn count(&mut self, card: &QueueCard<'a>) {
        match card.state {
            CardState::New => self.new_today.answer_one(),
            CardState::Review => self.reviews_today.answer_one(),
            CardState::Learning | CardState::Relearning => {}
        }
        self.last_subtopic = self
            .last_subtopic
            .map(|_| card.subtopic.unwrap_or_default());
    }
}

/// How much of a day's cards of a kind is done.
struct Portion {
    answered: u32,
    left: u32,
}

impl Portion {
    fn answer_one(&mut self) {
        self.answered = self.answered.saturating_add(1);
        self.left = self.left.saturating_sub(1);
    }

    /// Whether a smaller part of this is done than of `other`; compared crosswise, so that nothing is divided by zero.
    fn is_behind(&self, other: &Portion) -> bool {
        u64::from(self.answered) * other.total() < u64::from(other.answered) * self.total()
    }

    fn total(&self) -> u64 {
        u64::from(self.answered) + u64::from(self.left)
    }
}

/// Takes the first of the next [`SPREAD`] cards that is of another subtopic than the last, or the first where all are
/// its siblings. Looking no further keeps the order the same however many candidates there are.
fn take_apart<'a>(
    cards: &mut VecDeque<QueueCard<'a>>,
    last_subtopic: Option<&str>,
) -> Option<QueueCard<'a>> {
    let is_sibling = |card: &QueueCard| card.subtopic.is_some() && card.subtopic == last_subtopic;
    let other = cards.iter().take(SPREAD).position(|card| !is_sibling(card));
    cards.remove(other.unwrap_or(0))
}
