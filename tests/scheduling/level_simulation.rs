//! R12 of the targets: simulated learners, whose ability is known, against the level that they are asked at.
//!
//! A learner knows a card with chance σ(ability − difficulty), finds it too easy with chance σ(ability − difficulty −
//! 2.7) if they use that button at all, and real cards spread by 0.7 logit around the level they were ordered at. Cards
//! come in batches of ten, ordered when no more than so many are left: the level answers late.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use autodeck::domain::ability::{Ability, FirstAnswer, next_level};
use autodeck::domain::level::Level;
use autodeck::domain::scheduler::Rating;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const LEARNERS: u64 = 300;
/// Logits.
const CARD_SPREAD: f64 = 0.7;
/// Logits between an ability and the level at which such learners know 85 cards in 100 (logit 1.735 × 1.08).
const TARGET: f64 = 1.874;
/// Answers before anything is measured: the deck starts at level 5, wherever the learner stands.
const BURN_IN: usize = 150;

/// When a learner presses *Too easy*.
#[derive(Debug, Clone, Copy, PartialEq)]
struct EasyHabit {
    /// How often, where it is true.
    share: f64,
    /// Logits above a card where it begins to be true.
    threshold: f64,
}

const GRADED: EasyHabit = EasyHabit {
    share: 1.0,
    threshold: 2.7,
};
const NEVER: EasyHabit = EasyHabit {
    share: 0.0,
    threshold: 2.7,
};

/// A learner at a deck.
struct Simulation {
    dice: ChaCha8Rng,
    ability: f64,
    habit: EasyHabit,
    generated_ahead: usize,
    estimate: Ability,
    level: Level,
    asked: Level,
    queue: VecDeque<Level>,
}

impl Simulation {
    fn new(seed: u64, habit: EasyHabit, generated_ahead: usize) -> Simulation {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        // Where a step of 1.5 logits either way still has a level that fits.
        let ability = TARGET + Level::MIN.logit() + 1.5 + 3.0 * dice.random::<f64>();
        let level = Level::MIDDLE;
        let estimate = Ability::at_level(level);
        Simulation {
            dice,
            ability,
            habit,
            generated_ahead,
            estimate,
            level,
            asked: level,
            queue: VecDeque::new(),
        }
    }

    /// Answers the next card. Returns the card's level and the answer.
    fn answer(&mut self) -> (Level, Rating) {
        let card_level = self.next_card();
        let difficulty = card_level.logit() + CARD_SPREAD * normal(&mut self.dice);
        let luck: f64 = self.dice.random();
        let rating = if luck > sigmoid(self.ability - difficulty) {
            Rating::Again
        } else if luck < sigmoid(self.ability - difficulty - self.habit.threshold)
            && self.dice.random::<f64>() < self.habit.share
        {
            Rating::Easy
        } else {
            Rating::Good
        };
        self.record(card_level, rating);
        (card_level, rating)
    }

    /// The level of the next card, with a batch ordered when few are left.
    fn next_card(&mut self) -> Level {
        while self.queue.len() <= self.generated_ahead {
            self.asked = self.level;
            self.queue.extend([self.level; 10]);
        }
        self.queue.pop_front().expect("a batch was ordered")
    }

    fn record(&mut self, card_level: Level, rating: Rating) {
        self.estimate = self.estimate.after(&FirstAnswer {
            card_level,
            rating,
            duration_ms: None,
        });
        self.level = next_level(self.level, self.asked, &self.estimate);
    }
}

/// Answers from a step of the ability until the mean error of ten is below half a logit: median and 90th percentile.
fn recovery(habit: EasyHabit, generated_ahead: usize, step: f64) -> (usize, usize) {
    let mut answers: Vec<usize> = (0..LEARNERS)
        .map(|seed| {
            let mut simulation = Simulation::new(seed, habit, generated_ahead);
            for _ in 0..BURN_IN {
                simulation.answer();
            }
            simulation.ability += step;
            let mut errors = VecDeque::new();
            for answer in 1..=500 {
                simulation.answer();
                errors.push_back((simulation.estimate.mean - simulation.ability).abs());
                if errors.len() > 10 {
                    errors.pop_front();
                }
                if errors.len() == 10 && errors.iter().sum::<f64>() < 5.0 {
                    return answer;
                }
            }
            500
        })
        .collect();
    answers.sort_unstable();
    (answers[answers.len() / 2], answers[answers.len() * 9 / 10])
}

/// What learners who stay as they are get to study.
struct Steady {
    success: f64,
    /// Share of 100-answer windows in which every card was asked for within 1 logit of the right level.
    within_1: f64,
    /// The same for 1.5 logits.
    within_1_5: f64,
    /// Share of windows in which the level swung by no more than 1 logit.
    swing_1: f64,
    /// The same for 1.5 logits.
    swing_1_5: f64,
}

fn steady(habit: EasyHabit, generated_ahead: usize) -> Steady {
    const WINDOWS: usize = 5;
    let (mut right, mut deviations, mut swings) = (0, Vec::new(), Vec::new());
    for seed in 1_000..1_000 + LEARNERS {
        let mut simulation = Simulation::new(seed, habit, generated_ahead);
        for _ in 0..BURN_IN {
            simulation.answer();
        }
        for _ in 0..WINDOWS {
            let window: Vec<(Level, Rating)> = (0..100).map(|_| simulation.answer()).collect();
            right += window
                .iter()
                .filter(|(_, rating)| *rating != Rating::Again)
                .count();
            let asked = || window.iter().map(|(level, _)| level.logit());
            let (least, most) = (
                asked().fold(f64::MAX, f64::min),
                asked().fold(f64::MIN, f64::max),
            );
            let wanted = simulation.ability - TARGET;
            deviations.push((wanted - least).max(most - wanted));
            swings.push(most - least);
        }
    }
    let share = |values: &[f64], bound: f64| {
        values.iter().filter(|value| **value <= bound).count() as f64 / values.len() as f64
    };
    Steady {
        success: right as f64 / (LEARNERS as usize * WINDOWS * 100) as f64,
        within_1: share(&deviations, 1.0),
        within_1_5: share(&deviations, 1.5),
        swing_1: share(&swings, 1.0),
        swing_1_5: share(&swings, 1.5),
    }
}

/// Most answers that half and nine in ten of the learners may need after a step.
struct Bounds {
    up: (usize, usize),
    down: (usize, usize),
}

fn check_recovery(habit: EasyHabit, bounds: &Bounds) {
    for generated_ahead in [0, 10, 20] {
        for (step, most) in [(1.5, bounds.up), (-1.5, bounds.down)] {
            let (median, p90) = recovery(habit, generated_ahead, step);
            println!(
                "{habit:?}, {generated_ahead:2} ahead, step {step:+}: median {median}, p90 {p90}"
            );
            assert!(median <= most.0 && p90 <= most.1, "at most {most:?}");
        }
    }
}

#[test]
fn the_level_follows_a_step_of_those_who_press_too_easy() {
    check_recovery(
        GRADED,
        &Bounds {
            up: (35, 60),
            down: (35, 60),
        },
    );
}

#[test]
fn the_level_follows_a_step_of_those_who_never_press_too_easy() {
    check_recovery(
        NEVER,
        &Bounds {
            up: (60, 110),
            down: (30, 50),
        },
    );
}

#[test]
fn learners_of_both_habits_know_85_cards_in_100_at_a_level_that_keeps_still() {
    for habit in [GRADED, NEVER] {
        for generated_ahead in [0, 10, 20] {
            let steady = steady(habit, generated_ahead);
            println!(
                "{habit:?}, {generated_ahead:2} ahead: success {:.3}; within 1 logit {:.2}, 1.5 {:.3}; \
                 swing of at most 1 logit {:.2}, 1.5 {:.3}",
                steady.success,
                steady.within_1,
                steady.within_1_5,
                steady.swing_1,
                steady.swing_1_5
            );
            assert!((steady.success - 0.85).abs() <= 0.02);
            assert!(steady.within_1 >= 0.5 && steady.within_1_5 >= 0.9);
            assert!(steady.swing_1 >= 0.5 && steady.swing_1_5 >= 0.9);
        }
    }
}

#[test]
fn learners_with_habits_of_their_own_are_not_misread_by_much() {
    // Now and then; sooner than most; later than most.
    let habits = [
        (0.25, 2.7),
        (0.5, 2.7),
        (0.75, 2.7),
        (1.0, 2.0),
        (1.0, 3.5),
        (1.0, 4.5),
    ];
    for (share, threshold) in habits {
        let steady = steady(EasyHabit { share, threshold }, 10);
        println!(
            "{share} above {threshold}: success {:.3}, {:.2} within 1.5 logits",
            steady.success, steady.within_1_5
        );
        assert!((steady.success - 0.85).abs() <= 0.05);
        assert!(steady.within_1_5 >= 0.9);
    }
}

/// Answers until a learner who always presses the same is asked at that level.
fn answers_to_reach(level: Level, rating: Rating) -> Option<usize> {
    let mut simulation = Simulation::new(1, GRADED, 10);
    (1..=500).find(|_| {
        let card_level = simulation.next_card();
        simulation.record(card_level, rating);
        simulation.asked == level
    })
}

#[test]
fn who_always_presses_the_same_button_reaches_the_end_of_the_ruler() {
    for (rating, end) in [
        (Rating::Again, Level::MIN),
        (Rating::Hard, Level::MAX),
        (Rating::Good, Level::MAX),
        (Rating::Easy, Level::MAX),
    ] {
        let answers = answers_to_reach(end, rating).expect("the end is reached");
        println!("{rating:?}: level {} after {answers} answers", end.number());
        assert!(answers <= 120);
    }
}

#[test]
fn who_comes_back_after_a_long_time_at_the_end_of_the_ruler_leaves_it_soon() {
    let mut simulation = Simulation::new(1, NEVER, 0);
    for _ in 0..5_000 {
        simulation.record(Level::MAX, Rating::Good);
    }
    simulation.asked = Level::MAX;
    let answers = (1..=100).find(|_| {
        simulation.record(Level::MAX, Rating::Again);
        simulation.level < Level::MAX
    });
    assert!(answers.expect("the level falls") <= 15);
}

fn any_answer() -> impl Strategy<Value = FirstAnswer> {
    (1_i64..=9, 0_usize..4, proptest::option::of(0_u32..5_000)).prop_map(
        |(level, rating, duration_ms)| FirstAnswer {
            card_level: Level::clamped(level),
            rating: Rating::ALL[rating],
            duration_ms,
        },
    )
}

proptest! {
    #[test]
    fn whatever_is_answered_the_estimate_is_a_number_and_the_level_moves_by_one(
        answers in proptest::collection::vec(any_answer(), 0..300),
        origin in 1_i64..=9,
        current in 1_i64..=9,
        asked in 1_i64..=9,
    ) {
        let ability = Ability::replay(Level::clamped(origin), &answers);
        prop_assert!(ability.mean.is_finite() && ability.mean.abs() < 8.0);
        prop_assert!(ability.variance > 0.0 && ability.variance <= 2.0);
        prop_assert!(ability.easy >= 0.0 && ability.easy <= ability.answers);
        let level = next_level(Level::clamped(current), Level::clamped(asked), &ability);
        prop_assert!((i64::from(level.number()) - asked).abs() <= 1);
    }

    #[test]
    fn the_estimate_goes_on_from_what_was_stored_as_if_it_had_never_stopped(
        answers in proptest::collection::vec(any_answer(), 1..60),
        cut in 0_usize..60,
    ) {
        let cut = cut.min(answers.len());
        let stored = Ability::replay(Level::MIDDLE, &answers[..cut]);
        let resumed = answers[cut..].iter().fold(stored, |ability, answer| ability.after(answer));
        prop_assert_eq!(resumed, Ability::replay(Level::MIDDLE, &answers));
    }
}

fn normal(dice: &mut ChaCha8Rng) -> f64 {
    // Box and Muller; 1 − u keeps the logarithm away from 0.
    let (radius, angle): (f64, f64) = (dice.random(), dice.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (TAU * angle).cos()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
