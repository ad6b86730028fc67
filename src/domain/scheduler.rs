//! The memory of one card: FSRS-6 by the `fsrs` crate, and around it what the crate leaves to its users: learning
//! steps, whole days of the learner's, the order of the buttons, fuzz and a cap. As Anki does it, so that a learner who
//! comes from there finds the same answers to the same buttons.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fsrs::{FSRS, MemoryState, NextStates};

use super::ids::CardId;
use super::interval_fuzz::Fuzz;
use super::study_day::StudyDays;

pub use super::schedule::{CardState, Choices, Outcomes, Rating, Schedule};

/// The longest interval, in days: a hundred years.
pub const MAXIMUM_INTERVAL: u32 = 36_500;
/// The share of due cards that a learner wants to remember, unless they chose another.
pub const DEFAULT_RETENTION: f64 = 0.90;
/// The least a learner may choose. Below it FSRS's intervals have little data behind them.
pub const MINIMUM_RETENTION: f64 = 0.70;
/// The most a learner may choose. Above it the number of reviews explodes.
pub const MAXIMUM_RETENTION: f64 = 0.97;

/// How long after an answer a card in its first learning comes back, step by step.
const LEARNING_STEPS: &[TimeDelta] = &[TimeDelta::minutes(1), TimeDelta::minutes(10)];
/// The same for a card that was forgotten.
const RELEARNING_STEPS: &[TimeDelta] = &[TimeDelta::minutes(10)];

/// The circumstances of an answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerContext<'a> {
    /// Seeds the fuzz.
    pub card_id: CardId,
    /// When the learner answers.
    pub at: DateTime<Utc>,
    /// The chance of recall at which the card shall come back; brought into 0.70–0.97.
    pub desired_retention: f64,
    /// The learner's days at that time.
    pub days: &'a StudyDays,
}

/// FSRS-6 with a set of parameters.
#[derive(Debug, Clone)]
pub struct Scheduler {
    fsrs: FSRS,
    decay: f32,
}

impl Default for Scheduler {
    /// With the parameters that fit most people.
    fn default() -> Scheduler {
        Scheduler::with_parameters(&fsrs::DEFAULT_PARAMETERS)
            .expect("the crate's own parameters are valid")
    }
}

impl Scheduler {
    /// With a learner's own 21 parameters, which are brought into the ranges that FSRS-6 allows. `None` when one is
    /// not a number.
    pub fn with_parameters(parameters: &[f32; 21]) -> Option<Scheduler> {
        // The crate keeps its parameters to itself; 0.1–0.8 is its own range for the last.
        Some(Scheduler {
            fsrs: FSRS::new(parameters).ok()?,
            decay: parameters[20].clamp(0.1, 0.8),
        })
    }

    /// What each answer, given now, would make of the card.
    pub fn outcomes(&self, schedule: &Schedule, context: &AnswerContext) -> Outcomes {
        let today = context.days.day_of(context.at);
        let states = self
            .fsrs
            .next_states(
                schedule.memory(),
                retention_within_bounds(context.desired_retention) as f32,
                schedule.days_since_review(today),
            )
            .expect("finite memory and parameters within their ranges give finite memory");
        let intervals = Intervals::of(schedule, context, &states);
        let answer = Answer {
            schedule,
            context,
            today,
        };
        Outcomes {
            again: answer.remember(states.again.memory, answer.again()),
            hard: answer.remember(states.hard.memory, answer.hard(intervals.hard)),
            good: answer.remember(states.good.memory, answer.good(intervals.good)),
            easy: answer.remember(
                states.easy.memory,
                Next::Review {
                    days: intervals.easy,
                },
            ),
        }
    }

    /// The chance, 0–1, that the learner recalls the card at `at`; `None` for a new card. In whole days of the
    /// learner's, like all that FSRS is told.
    pub fn retrievability(
        &self,
        schedule: &Schedule,
        at: DateTime<Utc>,
        days: &StudyDays,
    ) -> Option<f64> {
        let elapsed = schedule.days_since_review(days.day_of(at));
        Some(f64::from(fsrs::current_retrievability(
            schedule.memory()?,
            elapsed as f32,
            self.decay,
        )))
    }
}

/// Brings a desired retention into the range that learners may choose; what is not a number becomes the default.
pub fn retention_within_bounds(desired_retention: f64) -> f64 {
    if desired_retention.is_nan() {
        return DEFAULT_RETENTION;
    }
    desired_retention.clamp(MINIMUM_RETENTION, MAXIMUM_RETENTION)
}

/// Whole days until the next review, for each answer that could lead there. Always hard ≤ good < easy, and hard < good
/// for a card in review, up to the cap.
struct Intervals {
    hard: u32,
    good: u32,
    easy: u32,
}

impl Intervals {
    fn of(schedule: &Schedule, context: &AnswerContext, states: &NextStates) -> Intervals {
        let fuzz = Fuzz::of(context.card_id, schedule.reps);
        let spread = |days: f32, minimum: u32| {
            fuzz.spread(f64::from(days), minimum.max(1), MAXIMUM_INTERVAL)
        };
        if schedule.state != CardState::Review {
            // Out of the steps: a day at least, and easy a day more than good.
            let good = spread(states.good.interval, 1);
            return Intervals {
                hard: good,
                good,
                easy: spread(states.easy.interval, good + 1),
            };
        }
        // Where FSRS lets the interval grow, fuzz must not let it stand still or shrink.
        let last = schedule.interval(context.days);
        let growing = |days: f32| {
            if days.round() > last as f32 {
                last + 1
            } else {
                1
            }
        };
        let hard = spread(states.hard.interval, growing(states.hard.interval));
        let good = spread(
            states.good.interval,
            growing(states.good.interval).max(hard + 1),
        );
        let easy = spread(
            states.easy.interval,
            growing(states.easy.interval).max(good + 1),
        );
        Intervals { hard, good, easy }
    }
}

/// Where an answer sends a card.
enum Next {
    Step {
        state: CardState,
        step: u8,
        delay: TimeDelta,
    },
    Review {
        days: u32,
    },
}

/// A card being answered.
struct Answer<'a> {
    schedule: &'a Schedule,
    context: &'a AnswerContext<'a>,
    today: NaiveDate,
}

impl Answer<'_> {
    /// Back to the first step; a card in review is a lapse.
    fn again(&self) -> Next {
        let (state, steps) = self.steps();
        Next::Step {
            state,
            step: 0,
            delay: steps[0],
        }
    }

    /// The same step again, though a first step waits longer than *again* does: the mean of the first two, or half as
    /// long again where there is but one.
    fn hard(&self, days: u32) -> Next {
        if self.schedule.state == CardState::Review {
            return Next::Review { days };
        }
        let (state, steps) = self.steps();
        let step = usize::from(self.schedule.step).min(steps.len() - 1);
        let delay = match (step, steps) {
            (0, [only]) => *only * 3 / 2,
            (0, [first, second, ..]) => (*first + *second) / 2,
            _ => steps[step],
        };
        Next::Step {
            state,
            step: step as u8,
            delay,
        }
    }

    /// The next step, or out of them.
    fn good(&self, days: u32) -> Next {
        let (state, steps) = self.steps();
        let step = usize::from(self.schedule.step) + 1;
        match steps.get(step) {
            Some(delay) if self.schedule.state != CardState::Review => Next::Step {
                state,
                step: step as u8,
                delay: *delay,
            },
            _ => Next::Review { days },
        }
    }

    fn steps(&self) -> (CardState, &'static [TimeDelta]) {
        match self.schedule.state {
            CardState::New | CardState::Learning => (CardState::Learning, LEARNING_STEPS),
            CardState::Review | CardState::Relearning => (CardState::Relearning, RELEARNING_STEPS),
        }
    }

    fn remember(&self, memory: MemoryState, next: Next) -> Schedule {
        let at = self.context.at;
        let (state, step, due_at) = match next {
            Next::Step { state, step, delay } => (state, step, at + delay),
            Next::Review { days } => (
                CardState::Review,
                0,
                self.context
                    .days
                    .start_of(self.today + TimeDelta::days(i64::from(days))),
            ),
        };
        let is_lapse = self.schedule.state == CardState::Review && state == CardState::Relearning;
        Schedule {
            state,
            step,
            stability: Some(f64::from(memory.stability)),
            difficulty: Some(f64::from(memory.difficulty)),
            due_at: Some(due_at),
            last_reviewed_at: Some(at),
            last_review_day: Some(self.today),
            reps: self.schedule.reps.saturating_add(1),
            lapses: self.schedule.lapses.saturating_add(u32::from(is_lapse)),
        }
    }
}
