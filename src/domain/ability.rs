//! A learner's ability in one deck, and the level to ask for next.
//!
//! The model is the graded response model (Samejima, 1969) with one threshold where a card begins to be known and one
//! where it begins to be too easy, on the logit scale of Rasch and Elo. The estimate is a Kalman filter over it: each
//! answer moves the mean by gain × surprise, and the gain shrinks as answers come in, down to what drift keeps open.
//!
//! Habits differ: some press *Too easy* whenever it is true, some now and then, some never. Read with one threshold for
//! all, those would be taken for learners to whom every card is hard. So the upper threshold is the learner's own, the
//! one at which their share of *Too easy* is what a learner at the target has; without any it lies out of reach, and
//! what is left is pass and fail.

use super::level::{LOGITS_PER_LEVEL, Level};
use super::scheduler::Rating;

/// Variance of the start, logits²: a level chosen before the first answer is a guess, good to within two levels or so.
const START_VARIANCE: f64 = 2.0;

/// How many logits above a card *Too easy* begins, for most of those who use it.
const EASY_THRESHOLD: f64 = 2.7;

/// A learner's own threshold may seem this far off, in logits, before it is believed: smaller differences are luck, or
/// an ability that has just changed.
const THRESHOLD_TOLERANCE: f64 = 0.2;

/// At this many logits beyond the usual threshold nobody presses *Too easy* at all: only pass and fail are left.
const THRESHOLD_REACH: f64 = 6.0;

/// Widens the curve for the spread of real cards around their level, about 0.7 logit: the mean of σ(x + 0.7·z) over
/// normal z is near σ(x / 1.08).
const CARD_SPREAD: f64 = 1.08;

/// logit(0.85): how far below the learner a card lies that they know 85 times in 100.
const TARGET_LOGIT: f64 = 1.735;

/// Success at the target.
const TARGET: f64 = 0.85;

/// Variance that each answer adds (q), logits², for someone who presses *Too easy* a good deal. From the simulation:
/// after a step of 1.5 logits the estimate is right again in a median of 30 answers.
const DRIFT_GRADED: f64 = 0.01;

/// The same for someone who never does. Their answers tell less, so they must weigh more for much the same speed.
const DRIFT_PASS_FAIL: f64 = 0.022;

/// Shares of *Too easy* among right answers below and above which the two drifts hold; blended in between.
const DRIFT_SHARES: (f64, f64) = (0.05, 0.20);

/// What a right answer's part in the learner's habit fades by: about the last 125 count.
const HABIT_FADING: f64 = 0.992;

/// The habit before there are answers, as (right answers, of these too easy). It fades like them.
const HABIT_PRIOR: (f64, f64) = (9.0, 1.2);

/// A known duration below this, in milliseconds, is a slip of the finger or a race through the deck, not an answer.
const SHORTEST_ANSWER_MS: u32 = 1_000;

/// How far the next level's logit must lie beyond the border between two levels to cross it, in levels: without it a
/// learner between two levels would be sent to and fro.
const HYSTERESIS: f64 = 0.2;

/// How far beyond what the end levels ask of a learner the estimate may go, in logits: enough to stay there for sure,
/// and near enough to come back when things change.
const MARGIN: f64 = 1.5;

/// An estimate of a learner's ability. Four numbers, all that is to be stored; a replay gives the same to the bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ability {
    /// Logits; level 5 is 0.
    pub mean: f64,
    /// Logits².
    pub variance: f64,
    /// Right answers, faded: what the learner's habit is computed from.
    pub answers: f64,
    /// Of these, the ones that were *Too easy*, faded.
    pub easy: f64,
}

/// A first answer to a new card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstAnswer {
    /// The card's own level, not the deck's.
    pub card_level: Level,
    /// How it went.
    pub rating: Rating,
    /// Milliseconds from question to grade; `None` or 0 = unknown.
    pub duration_ms: Option<u32>,
}

impl FirstAnswer {
    /// Whether somebody thought before they pressed.
    pub fn counts(&self) -> bool {
        !self
            .duration_ms
            .is_some_and(|ms| (1..SHORTEST_ANSWER_MS).contains(&ms))
    }
}

impl Ability {
    /// The learner for whom `level` is right: where a deck starts, and what setting its level by hand means.
    pub fn at_level(level: Level) -> Ability {
        let (answers, easy) = HABIT_PRIOR;
        Ability {
            mean: level.logit() + TARGET_LOGIT * CARD_SPREAD,
            variance: START_VARIANCE,
            answers,
            easy,
        }
    }

    /// The estimate after all of these, in order, from the level last set by hand (or the start).
    pub fn replay(origin: Level, answers: &[FirstAnswer]) -> Ability {
        answers
            .iter()
            .fold(Ability::at_level(origin), |ability, answer| {
                ability.after(answer)
            })
    }

    /// The estimate after one more answer. One that does not count changes nothing.
    pub fn after(&self, answer: &FirstAnswer) -> Ability {
        if !answer.counts() {
            return *self;
        }
        let before = if self.is_sound() {
            *self
        } else {
            Ability::at_level(answer.card_level)
        };
        let above = before.mean - answer.card_level.logit();
        let knows = sigmoid(above / CARD_SPREAD);
        let finds_easy = sigmoid((above - before.easy_threshold()) / CARD_SPREAD);
        let reading = Reading::new(knows, finds_easy, answer.rating);

        // Answers to cards far off tell next to nothing; doubt grows no further than it was at the start.
        let predicted = (before.variance + before.drift()).min(START_VARIANCE);
        let gain = predicted / (1.0 + predicted * reading.information);
        let is_right = answer.rating != Rating::Again;
        let fading = if is_right { HABIT_FADING } else { 1.0 };
        Ability {
            mean: (before.mean + gain * reading.score).clamp(lowest_mean(), highest_mean()),
            // Kalman's posterior variance is the gain itself here: P / (1 + P·I).
            variance: gain,
            answers: before.answers * fading + f64::from(u8::from(is_right)),
            easy: before.easy * fading + f64::from(u8::from(answer.rating == Rating::Easy)),
        }
    }

    /// Logits above a card at which this learner presses *Too easy*: where the curve, for a learner at the target, has
    /// their share of it.
    fn easy_threshold(&self) -> f64 {
        let share = (self.easy / self.answers * TARGET).clamp(1e-9, TARGET);
        let own = (TARGET_LOGIT - (share / (1.0 - share)).ln()) * CARD_SPREAD;
        let off = own - EASY_THRESHOLD;
        EASY_THRESHOLD
            + (off - off.clamp(-THRESHOLD_TOLERANCE, THRESHOLD_TOLERANCE)).min(THRESHOLD_REACH)
    }

    /// Variance that an answer adds.
    fn drift(&self) -> f64 {
        let (from, to) = DRIFT_SHARES;
        let graded = ((self.easy / self.answers - from) / (to - from)).clamp(0.0, 1.0);
        graded * DRIFT_GRADED + (1.0 - graded) * DRIFT_PASS_FAIL
    }

    /// A row may hold anything; the filter goes on only from numbers that it could have written.
    fn is_sound(&self) -> bool {
        self.mean.is_finite()
            && self.variance.is_finite()
            && self.variance >= 0.0
            && self.answers.is_finite()
            && self.answers > 0.0
            && (0.0..=self.answers).contains(&self.easy)
    }
}

/// The level of the next order. `current` is the deck's level now, `asked` that of the last order: a batch moves it by
/// one at most, so that a few lucky answers on cards generated ahead do not throw it.
pub fn next_level(current: Level, asked: Level, ability: &Ability) -> Level {
    if !ability.is_sound() {
        return current;
    }
    let wanted = (ability.mean - TARGET_LOGIT * CARD_SPREAD) / LOGITS_PER_LEVEL
        + f64::from(Level::MIDDLE.number());
    let from_here = wanted - f64::from(current.number());
    let level = if from_here.abs() > 0.5 + HYSTERESIS {
        wanted.round() as i64
    } else {
        i64::from(current.number())
    };
    let asked = i64::from(asked.number());
    Level::clamped(level.clamp(asked - 1, asked + 1))
}

/// What an answer says about the ability.
struct Reading {
    /// Derivative of the answer's log likelihood by the ability.
    score: f64,
    /// Fisher information, the expected square of the score.
    information: f64,
}

impl Reading {
    /// Three outcomes: not known, known, too easy. *Hard* is known: it was recalled.
    fn new(knows: f64, finds_easy: f64, rating: Rating) -> Reading {
        // With P and E for the two curves: d ln(1 − P) = −P, d ln(P − E) = 1 − P − E, d ln E = 1 − E.
        let (failed, known, easy) = (-knows, 1.0 - knows - finds_easy, 1.0 - finds_easy);
        let information = (1.0 - knows) * failed.powi(2)
            + (knows - finds_easy) * known.powi(2)
            + finds_easy * easy.powi(2);
        let score = match rating {
            Rating::Again => failed,
            Rating::Hard | Rating::Good => known,
            Rating::Easy => easy,
        };
        Reading {
            score: score / CARD_SPREAD,
            information: information / CARD_SPREAD.powi(2),
        }
    }
}

fn lowest_mean() -> f64 {
    Ability::at_level(Level::MIN).mean - MARGIN
}

fn highest_mean() -> f64 {
    Ability::at_level(Level::MAX).mean + MARGIN
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rating: Rating) -> FirstAnswer {
        FirstAnswer {
            card_level: Level::MIDDLE,
            rating,
            duration_ms: None,
        }
    }

    #[test]
    fn a_level_set_by_hand_is_the_level_asked_for() {
        for number in 1..=9 {
            let level = Level::clamped(number);
            assert_eq!(next_level(level, level, &Ability::at_level(level)), level);
        }
    }

    #[test]
    fn an_answer_under_a_second_changes_nothing_and_one_of_unknown_duration_counts() {
        let start = Ability::at_level(Level::MIDDLE);
        let fast = |ms| {
            start.after(&FirstAnswer {
                duration_ms: Some(ms),
                ..answer(Rating::Again)
            })
        };
        assert_eq!(fast(1), start);
        assert_eq!(fast(999), start);
        assert!(fast(1_000).mean < start.mean);
        assert!(fast(0).mean < start.mean);
    }

    #[test]
    fn a_better_answer_never_gives_a_lower_estimate() {
        let start = Ability::at_level(Level::MIDDLE);
        let mean = |rating| start.after(&answer(rating)).mean;
        assert!(mean(Rating::Again) < mean(Rating::Hard));
        assert_eq!(mean(Rating::Hard), mean(Rating::Good));
        assert!(mean(Rating::Good) < mean(Rating::Easy));
    }

    #[test]
    fn a_card_far_below_the_learner_tells_less_than_one_at_the_target() {
        let start = Ability::at_level(Level::MAX);
        let near = start.after(&FirstAnswer {
            card_level: Level::MAX,
            ..answer(Rating::Again)
        });
        let known_near = start.after(&FirstAnswer {
            card_level: Level::MAX,
            ..answer(Rating::Easy)
        });
        let known_far = start.after(&FirstAnswer {
            card_level: Level::MIN,
            ..answer(Rating::Easy)
        });
        assert!(near.mean < start.mean);
        assert!(known_far.mean - start.mean < (known_near.mean - start.mean) / 4.0);
    }

    #[test]
    fn a_batch_moves_the_level_by_one_at_most() {
        let expert = Ability::at_level(Level::MAX);
        let asked = Level::clamped(4);
        assert_eq!(next_level(asked, asked, &expert), Level::clamped(5));
        assert_eq!(
            next_level(Level::clamped(5), asked, &expert),
            Level::clamped(5)
        );
        assert_eq!(
            next_level(Level::clamped(5), Level::clamped(5), &expert),
            Level::clamped(6)
        );
    }

    #[test]
    fn a_learner_between_two_levels_stays_at_the_one_they_have() {
        let between = Ability {
            mean: Ability::at_level(Level::MIDDLE).mean + 0.5 * LOGITS_PER_LEVEL,
            ..Ability::at_level(Level::MIDDLE)
        };
        for level in [Level::clamped(5), Level::clamped(6)] {
            assert_eq!(next_level(level, level, &between), level);
        }
    }

    #[test]
    fn a_row_that_holds_no_number_neither_moves_the_level_nor_lasts() {
        let broken = Ability {
            mean: f64::NAN,
            variance: f64::INFINITY,
            answers: -1.0,
            easy: 0.0,
        };
        assert_eq!(
            next_level(Level::clamped(7), Level::clamped(7), &broken),
            Level::clamped(7)
        );
        assert_eq!(
            broken.after(&answer(Rating::Good)),
            Ability::at_level(Level::MIDDLE).after(&answer(Rating::Good))
        );
    }
}
