//! The order of study: due learning cards, then due reviews with new cards mixed in, and when nothing else is left a
//! learning card that is due soon.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::CardId;
use super::scheduler::CardState;

/// When nothing else is left, a learning card due within this time comes early.
pub const LEARN_AHEAD: TimeDelta = TimeDelta::minutes(20);

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

/// What is to be put in order.
#[derive(Debug, Clone, Copy)]
pub struct QueueInput<'a> {
    /// The card that the learner has before them: first whatever happens, until the caller finds it graded, changed or
    /// gone.
    pub current: Option<CardId>,
    /// Candidates, in any order. Of each kind (learning, review, new) the first by due time and id: one more than
    /// `limit` is enough. Cards that are not due yet are left out, but for learning cards within [`LEARN_AHEAD`].
    pub cards: &'a [QueueCard<'a>],
    /// The subtopic of the card studied last: the next is of another where that costs one exchange.
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
        self.last_subtopic = card.subtopic;
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

/// Takes the first card, or the second when only that is of another subtopic than the last. Looking no further keeps
/// the order the same however many candidates there are.
fn take_apart<'a>(
    cards: &mut VecDeque<QueueCard<'a>>,
    last_subtopic: Option<&str>,
) -> Option<QueueCard<'a>> {
    let is_sibling = |card: &QueueCard| card.subtopic.is_some() && card.subtopic == last_subtopic;
    let first_is_sibling = cards.front().is_some_and(is_sibling);
    let second_is_other = cards.get(1).is_some_and(|card| !is_sibling(card));
    cards.remove(usize::from(first_is_sibling && second_is_other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a valid time")
    }

    fn card(number: u128, state: CardState, minutes: Option<i64>) -> QueueCard<'static> {
        let due_at = minutes.map(|minutes| now() + TimeDelta::minutes(minutes));
        QueueCard {
            card_id: Uuid::from_u128(number),
            state,
            due_at,
            subtopic: None,
        }
    }

    fn new(number: u128) -> QueueCard<'static> {
        card(number, CardState::New, None)
    }

    fn review(number: u128) -> QueueCard<'static> {
        card(number, CardState::Review, Some(-60))
    }

    fn about(subtopic: &'static str, card: QueueCard<'static>) -> QueueCard<'static> {
        QueueCard {
            subtopic: Some(subtopic),
            ..card
        }
    }

    fn input<'a>(cards: &'a [QueueCard<'a>]) -> QueueInput<'a> {
        let count = |state| cards.iter().filter(|card| card.state == state).count() as u32;
        QueueInput {
            current: None,
            cards,
            last_subtopic: None,
            mix: Mix::InProportion,
            now: now(),
            new_left: count(CardState::New),
            reviews_left: count(CardState::Review),
            new_answered: 0,
            reviews_answered: 0,
            limit: 20,
        }
    }

    fn numbers(order: &[CardId]) -> Vec<u128> {
        order.iter().map(Uuid::as_u128).collect()
    }

    #[test]
    fn due_learning_cards_come_before_reviews_and_reviews_before_new_cards() {
        let cards = [
            new(1),
            review(2),
            card(3, CardState::Relearning, Some(-1)),
            card(4, CardState::Learning, Some(-2)),
        ];
        assert_eq!(numbers(&order(&input(&cards))), [4, 3, 2, 1]);
    }

    #[test]
    fn new_cards_are_spread_over_the_reviews_in_proportion() {
        let cards = [
            new(1),
            new(2),
            review(11),
            review(12),
            review(13),
            review(14),
            review(15),
            review(16),
        ];
        assert_eq!(
            numbers(&order(&input(&cards))),
            [11, 1, 12, 13, 14, 2, 15, 16]
        );
    }

    #[test]
    fn a_learner_who_saw_many_new_cards_today_gets_the_reviews_that_fell_due_since() {
        let cards = [new(1), review(11), review(12)];
        let input = QueueInput {
            new_answered: 9,
            ..input(&cards)
        };
        assert_eq!(numbers(&order(&input)), [11, 12, 1]);
    }

    #[test]
    fn the_settings_put_new_cards_after_or_before_all_reviews() {
        let cards = [new(1), new(2), review(11), review(12)];
        assert_eq!(
            numbers(&order(&QueueInput {
                mix: Mix::ReviewsFirst,
                ..input(&cards)
            })),
            [11, 12, 1, 2]
        );
        assert_eq!(
            numbers(&order(&QueueInput {
                mix: Mix::NewFirst,
                ..input(&cards)
            })),
            [1, 2, 11, 12]
        );
    }

    #[test]
    fn a_learning_card_due_within_twenty_minutes_comes_early_only_when_nothing_else_is_left() {
        let soon = card(3, CardState::Learning, Some(20));
        let later = card(4, CardState::Learning, Some(21));
        assert_eq!(numbers(&order(&input(&[later, soon, new(1)]))), [1, 3]);
        assert_eq!(
            numbers(&order(&QueueInput {
                limit: 1,
                ..input(&[later, soon])
            })),
            [3]
        );
        assert!(order(&input(&[later])).is_empty());
    }

    #[test]
    fn a_review_that_is_not_due_stays_away() {
        assert!(
            order(&input(&[
                card(1, CardState::Review, Some(1)),
                card(2, CardState::New, Some(1))
            ]))
            .is_empty()
        );
    }

    #[test]
    fn the_current_card_stays_first_whatever_falls_due() {
        let cards = [new(1), card(2, CardState::Learning, Some(-5)), review(3)];
        let current = Some(Uuid::from_u128(1));
        assert_eq!(
            numbers(&order(&QueueInput {
                current,
                ..input(&cards)
            })),
            [1, 2, 3]
        );
        assert_eq!(
            numbers(&order(&QueueInput {
                current,
                limit: 1,
                ..input(&[])
            })),
            [1]
        );
    }

    #[test]
    fn two_cards_of_one_subtopic_do_not_follow_each_other_where_an_exchange_helps() {
        let cards = [
            about("kings", new(1)),
            about("kings", new(2)),
            about("wars", new(3)),
            new(4),
        ];
        assert_eq!(numbers(&order(&input(&cards))), [1, 3, 2, 4]);
        let input = QueueInput {
            last_subtopic: Some("kings"),
            ..input(&cards[..2])
        };
        assert_eq!(numbers(&order(&input)), [1, 2]);
    }
}
