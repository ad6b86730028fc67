//! Which card comes next.

use autodeck::domain::ids::CardId;
use autodeck::domain::queue::{Mix, QueueCard, QueueInput, order};
use autodeck::domain::scheduler::CardState;
use chrono::{DateTime, TimeDelta, Utc};
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
    let kings = [about("kings", new(1)), about("kings", new(2))];
    let cards = [kings[0], kings[1], about("wars", new(3)), new(4)];
    let after = |last_subtopic| QueueInput {
        last_subtopic,
        ..input(&cards)
    };
    assert_eq!(numbers(&order(&after(Some("")))), [1, 3, 2, 4]);
    assert_eq!(numbers(&order(&after(None))), [1, 2, 3, 4]);
    let only_kings = QueueInput {
        last_subtopic: Some("kings"),
        ..input(&kings)
    };
    assert_eq!(numbers(&order(&only_kings)), [1, 2]);
}

#[test]
fn asking_again_after_an_answer_gives_the_rest_in_the_same_order() {
    let mut cards = vec![
        about("kings", new(1)),
        about("kings", new(2)),
        about("wars", new(3)),
        about("kings", review(11)),
        about("wars", review(12)),
        review(13),
        card(21, CardState::Learning, Some(-1)),
        card(22, CardState::Learning, Some(5)),
    ];
    let all = cards.clone();
    let mut input = QueueInput {
        last_subtopic: Some("wars"),
        ..input(&all)
    };
    let ahead = order(&input);
    assert_eq!(ahead.len(), all.len());
    for expected in ahead {
        let next = order(&QueueInput {
            cards: &cards,
            limit: 1,
            ..input
        })[0];
        assert_eq!(next, expected);
        let answered = cards.iter().position(|card| card.card_id == next);
        let answered = cards.remove(answered.expect("one of the candidates"));
        match answered.state {
            CardState::New => {
                (input.new_answered, input.new_left) = (input.new_answered + 1, input.new_left - 1)
            }
            CardState::Review => {
                (input.reviews_answered, input.reviews_left) =
                    (input.reviews_answered + 1, input.reviews_left - 1);
            }
            CardState::Learning | CardState::Relearning => {}
        }
        input.last_subtopic = Some(answered.subtopic.unwrap_or_default());
    }
}
