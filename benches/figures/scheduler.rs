//! P9: what an answer costs the scheduler, and fitting FSRS to a learner's own reviews.

use std::hint::black_box;

use autodeck::domain::ids::CardId;
use autodeck::domain::scheduler::{AnswerContext, CardState, Rating, Schedule, Scheduler};
use autodeck::domain::study_day::StudyDays;
use chrono::{DateTime, TimeDelta, Utc};
use fsrs::{ComputeParametersInput, FSRS, FSRSItem, FSRSReview, MemoryState, compute_parameters};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::table::{Row, Spread, seconds};

const ROUNDS: usize = 15;
const ANSWERS: u32 = 20_000;
/// A fit takes long, and varies little.
const FIT_ROUNDS: usize = 5;
const FIT_REVIEWS: usize = 10_000;

pub fn run() -> Vec<Row> {
    vec![answer(), fit()]
}

/// Microseconds for all four outcomes of a review, days, steps and fuzz included, and for the crate's part of it.
fn answer() -> Row {
    let days = StudyDays::from_names("Europe/Paris", 4);
    let scheduler = Scheduler::default();
    let card = reviewed_card(&scheduler, &days);
    let fsrs = FSRS::default();
    let memory = MemoryState {
        stability: card.stability.expect("an answered card") as f32,
        difficulty: card.difficulty.expect("an answered card") as f32,
    };
    let due_at = card.due_at.expect("an answered card");
    let (mut ours, mut peer, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let our_time = micros(|minute| {
            let at = due_at + TimeDelta::minutes(i64::from(minute));
            black_box(scheduler.outcomes(black_box(&card), &context(at, &days)));
        });
        let peer_time = micros(|days| {
            let states = fsrs.next_states(Some(black_box(memory)), 0.9, days % 365);
            black_box(states.expect("a sound memory"));
        });
        ours.push(our_time);
        peer.push(peer_time);
        ratios.push(our_time / peer_time);
    }
    Row {
        id: "P9",
        what: "FSRS step: all four outcomes of an answer".into(),
        unit: "µs",
        ours: Spread::of(ours),
        peer: Some(("the fsrs crate alone", Spread::of(peer), Spread::of(ratios))),
        target: "20 µs · 2 µs",
    }
}

fn micros(mut work: impl FnMut(u32)) -> f64 {
    seconds(|| (0..ANSWERS).for_each(&mut work)) * 1e6 / f64::from(ANSWERS)
}

/// Milliseconds to fit the 21 parameters to 10,000 reviews, and the same without telling which belong to one card.
fn fit() -> Row {
    let (items, card_ids) = training_items();
    let (mut ours, mut peer, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..FIT_ROUNDS {
        let our_time = fit_millis(&items, Some(card_ids.clone()));
        let peer_time = fit_millis(&items, None);
        ours.push(our_time);
        peer.push(peer_time);
        ratios.push(our_time / peer_time);
    }
    Row {
        id: "P9",
        what: format!("fit of {FIT_REVIEWS} reviews, with card_ids"),
        unit: "ms",
        ours: Spread::of(ours),
        peer: Some(("without card_ids", Spread::of(peer), Spread::of(ratios))),
        target: "2 s · 200 ms",
    }
}

fn fit_millis(items: &[FSRSItem], card_ids: Option<Vec<i64>>) -> f64 {
    let input = ComputeParametersInput {
        train_set: items.to_vec(),
        card_ids,
        ..ComputeParametersInput::default()
    };
    seconds(|| _ = black_box(compute_parameters(input).expect("enough reviews to fit"))) * 1e3
}

/// Reviews of simulated cards, which come back when they are due and are recalled as FSRS expects: for each review
/// on a later day an item with all of its card's up to it, and that card's number.
fn training_items() -> (Vec<FSRSItem>, Vec<i64>) {
    const REVIEWS_A_CARD: usize = 10;
    let (days, scheduler) = (StudyDays::default(), Scheduler::default());
    let mut dice = ChaCha8Rng::seed_from_u64(9);
    let (mut items, mut card_ids) = (Vec::new(), Vec::new());
    for number in 0..FIT_REVIEWS / REVIEWS_A_CARD {
        let mut card = Schedule::new_card();
        let mut at = start();
        let mut reviews: Vec<FSRSReview> = Vec::new();
        for _ in 0..REVIEWS_A_CARD {
            let chance = scheduler.retrievability(&card, at, &days).unwrap_or(0.7);
            let is_recalled = dice.random_bool(chance);
            let rating = if is_recalled {
                Rating::Good
            } else {
                Rating::Again
            };
            let today = days.day_of(at);
            let last_day = card.last_review_day.unwrap_or(today);
            let delta_t = u32::try_from((today - last_day).num_days()).expect("time runs on");
            reviews.push(FSRSReview {
                rating: u32::from(rating.number()),
                delta_t,
            });
            if delta_t > 0 {
                items.push(FSRSItem {
                    reviews: reviews.clone(),
                });
                card_ids.push(i64::try_from(number).expect("few cards"));
            }
            card = scheduler.outcomes(&card, &context(at, &days))[rating].clone();
            at = card.due_at.expect("an answered card");
        }
    }
    (items, card_ids)
}

fn reviewed_card(scheduler: &Scheduler, days: &StudyDays) -> Schedule {
    let mut card = Schedule::new_card();
    let mut at = start();
    for _ in 0..4 {
        card = scheduler.outcomes(&card, &context(at, days))[Rating::Good].clone();
        at = card.due_at.expect("an answered card");
    }
    assert_eq!(card.state, CardState::Review);
    card
}

fn context(at: DateTime<Utc>, days: &StudyDays) -> AnswerContext<'_> {
    AnswerContext {
        card_id: CardId::from_u128(9),
        at,
        desired_retention: 0.9,
        days,
    }
}

fn start() -> DateTime<Utc> {
    "2026-01-01T12:00:00Z".parse().expect("a time in RFC 3339")
}
