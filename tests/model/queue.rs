//! The order of study, card by card, beside an order that looks through all candidates anew for each place.

use autodeck::domain::ids::CardId;
use autodeck::domain::queue::{Mix, QueueCard, QueueInput, order};
use autodeck::domain::scheduler::CardState;
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const SUBTOPICS: [Option<&str>; 4] = [None, Some("rivers"), Some("lakes"), Some("seas")];
const STATES: [CardState; 4] = [
    CardState::New,
    CardState::Learning,
    CardState::Review,
    CardState::Relearning,
];

/// A day's progress with one kind of card.
#[derive(Clone, Copy)]
struct Share {
    answered: u32,
    left: u32,
}

impl Share {
    fn done(self) -> f64 {
        f64::from(self.answered) / f64::from(self.answered + self.left).max(1.0)
    }

    fn count(&mut self) {
        self.answered += 1;
        self.left = self.left.saturating_sub(1);
    }
}

/// The rules of the order of study, one place at a time.
fn reference(input: &QueueInput) -> Vec<CardId> {
    let mut left: Vec<QueueCard> = input.cards.to_vec();
    left.sort_by_key(|card| (card.due_at, card.card_id));
    let mut new = Share {
        answered: input.new_answered,
        left: input.new_left,
    };
    let mut reviews = Share {
        answered: input.reviews_answered,
        left: input.reviews_left,
    };
    let mut last = input.last_subtopic;
    let mut chosen = Vec::new();
    let is_due = |card: &QueueCard| card.due_at.is_none_or(|due_at| due_at <= input.now);
    let is_soon = |card: &QueueCard| {
        card.due_at.is_some_and(|due_at| {
            due_at > input.now && due_at <= input.now + TimeDelta::minutes(20)
        })
    };
    let is_learning =
        |card: &QueueCard| matches!(card.state, CardState::Learning | CardState::Relearning);
    while chosen.len() < input.limit {
        let places = |fits: &dyn Fn(&QueueCard) -> bool| -> Vec<usize> {
            (0..left.len())
                .filter(|place| fits(&left[*place]))
                .collect()
        };
        let learning = places(&|card| is_learning(card) && is_due(card));
        let due = places(&|card| card.state == CardState::Review && is_due(card));
        let unseen = places(&|card| card.state == CardState::New && is_due(card));
        let soon = places(&|card| is_learning(card) && is_soon(card));
        // Of the next six the first that is no sibling of the last; siblings when all are.
        let apart = |kind: &[usize]| {
            kind.iter()
                .take(6)
                .find(|place| left[**place].subtopic.is_none() || left[**place].subtopic != last)
                .or(kind.first())
                .copied()
        };
        let review_first = match input.mix {
            Mix::ReviewsFirst => true,
            Mix::NewFirst => false,
            Mix::InProportion => new.done() >= reviews.done() - 1e-12,
        };
        let place = match input.current.filter(|_| chosen.is_empty()) {
            Some(current) => match left.iter().position(|card| card.card_id == current) {
                Some(place) => Some(place),
                // Not among the candidates: it comes all the same, and counts for nothing.
                None => {
                    chosen.push(current);
                    continue;
                }
            },
            None if !learning.is_empty() => learning.first().copied(),
            None if !due.is_empty() && (unseen.is_empty() || review_first) => apart(&due),
            None if !unseen.is_empty() => apart(&unseen),
            None => soon.first().copied(),
        };
        let Some(place) = place else { break };
        let card = left.remove(place);
        match card.state {
            CardState::New => new.count(),
            CardState::Review => reviews.count(),
            _ => {}
        }
        last = last.map(|_| card.subtopic.unwrap_or_default());
        chosen.push(card.card_id);
    }
    chosen
}

fn any_cards(dice: &mut ChaCha8Rng, now: DateTime<Utc>) -> Vec<QueueCard<'static>> {
    (0..dice.random_range(0..25))
        .map(|_| QueueCard {
            card_id: CardId::from_u128(dice.random()),
            state: STATES[dice.random_range(0..4)],
            // Few minutes, so that some fall together.
            due_at: dice
                .random_bool(0.8)
                .then(|| now + TimeDelta::minutes(dice.random_range(-30..30))),
            subtopic: SUBTOPICS[dice.random_range(0..4)],
        })
        .collect()
}

#[test]
fn cards_come_in_the_order_of_the_reference() {
    let mut dice = crate::dice();
    let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().expect("a time");
    // An order of twenty cards is twenty steps.
    for step in 0..crate::steps() / 20 {
        let cards = any_cards(&mut dice, now);
        let current = match dice.random_range(0..4) {
            0 if !cards.is_empty() => Some(cards[dice.random_range(0..cards.len())].card_id),
            1 => Some(CardId::from_u128(dice.random())),
            _ => None,
        };
        let of = |state| {
            u32::try_from(cards.iter().filter(|card| card.state == state).count()).expect("few")
        };
        let input = QueueInput {
            current,
            cards: &cards,
            last_subtopic: [None, Some(""), Some("rivers"), Some("lakes")][dice.random_range(0..4)],
            mix: Mix::ALL[dice.random_range(0..3)],
            now,
            new_left: of(CardState::New) + dice.random_range(0..30),
            reviews_left: of(CardState::Review) + dice.random_range(0..30),
            new_answered: dice.random_range(0..30),
            reviews_answered: dice.random_range(0..30),
            limit: dice.random_range(0..25),
        };
        assert_eq!(
            order(&input),
            reference(&input),
            "MODEL_SEED={} step {step}: {input:?}",
            crate::seed()
        );
    }
    println!("order of study: {} places, 0 divergences", crate::steps());
}
