//! FSRS-6 written down from its published formulas, with Anki's learning steps and its fuzz: what a card's life is held
//! against.

use autodeck::domain::scheduler::{CardState, Rating, Schedule};
use chrono::NaiveDate;

/// FSRS-6's default parameters, w0 to w20, as open-spaced-repetition publishes them.
const W: [f64; 21] = [
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835,
    0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
];
/// The crate computes in `f32`; the reference does not.
pub const TOLERANCE: f64 = 1e-4;
/// What FSRS knows of a card, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reference {
    pub stage: Stage,
    pub stability: f64,
    difficulty: f64,
    last_day: Option<NaiveDate>,
    reps: u32,
    lapses: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stage {
    New,
    Learning(u8),
    Review,
    Relearning,
}

/// When an answer brings the card back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Back {
    Seconds(i64),
    /// In whole days, near so many.
    Days(f64),
}

impl Reference {
    pub const NEW: Reference = Reference {
        stage: Stage::New,
        stability: 0.0,
        difficulty: 0.0,
        last_day: None,
        reps: 0,
        lapses: 0,
    };

    pub fn answered(&self, rating: Rating, today: NaiveDate, retention: f64) -> (Reference, Back) {
        let grade = f64::from(rating.number());
        let (stability, difficulty) = match self.last_day {
            None => (W[rating.number() as usize - 1], first_difficulty(grade)),
            Some(last) => {
                let days = (today - last).num_days().max(0) as f64;
                (
                    self.next_stability(grade, days),
                    self.next_difficulty(grade),
                )
            }
        };
        let days = interval(stability, retention);
        let (stage, back) = match (self.stage, rating) {
            (Stage::New | Stage::Learning(_), Rating::Again) => {
                (Stage::Learning(0), Back::Seconds(60))
            }
            (Stage::New | Stage::Learning(0), Rating::Hard) => {
                (Stage::Learning(0), Back::Seconds(330))
            }
            (Stage::Learning(_), Rating::Hard) => (Stage::Learning(1), Back::Seconds(600)),
            (Stage::New | Stage::Learning(0), Rating::Good) => {
                (Stage::Learning(1), Back::Seconds(600))
            }
            (Stage::Review | Stage::Relearning, Rating::Again) => {
                (Stage::Relearning, Back::Seconds(600))
            }
            (Stage::Relearning, Rating::Hard) => (Stage::Relearning, Back::Seconds(900)),
            _ => (Stage::Review, Back::Days(days)),
        };
        let forgotten = self.stage == Stage::Review && rating == Rating::Again;
        let after = Reference {
            stage,
            stability,
            difficulty,
            last_day: Some(today),
            reps: self.reps + 1,
            lapses: self.lapses + u32::from(forgotten),
        };
        (after, back)
    }

    fn next_stability(&self, grade: f64, days: f64) -> f64 {
        let (s, d) = (self.stability, self.difficulty);
        let next = if days == 0.0 {
            let growth = (W[17] * (grade - 3.0 + W[18])).exp() * s.powf(-W[19]);
            s * if grade >= 2.0 {
                growth.max(1.0)
            } else {
                growth
            }
        } else {
            let forgetting = (0.9_f64.powf(-1.0 / W[20])) - 1.0;
            let recall = (1.0 + forgetting * days / s).powf(-W[20]);
            if grade == 1.0 {
                let after_lapse = W[11]
                    * d.powf(-W[12])
                    * ((s + 1.0).powf(W[13]) - 1.0)
                    * (W[14] * (1.0 - recall)).exp();
                after_lapse.min(s / (W[17] * W[18]).exp())
            } else {
                let hard = if grade == 2.0 { W[15] } else { 1.0 };
                let easy = if grade == 4.0 { W[16] } else { 1.0 };
                let growth = W[8].exp()
                    * (11.0 - d)
                    * s.powf(-W[9])
                    * ((W[10] * (1.0 - recall)).exp() - 1.0);
                s * (1.0 + growth * hard * easy)
            }
        };
        next.clamp(0.001, 36_500.0)
    }

    fn next_difficulty(&self, grade: f64) -> f64 {
        let moved = self.difficulty - W[6] * (grade - 3.0) * (10.0 - self.difficulty) / 9.0;
        (W[7] * unbounded_first_difficulty(4.0) + (1.0 - W[7]) * moved).clamp(1.0, 10.0)
    }

    /// What differs from the product's row, if anything does.
    pub fn difference(&self, actual: &Schedule, tolerance: f64) -> Option<String> {
        let stage = match actual.state {
            CardState::New => Stage::New,
            CardState::Learning => Stage::Learning(actual.step),
            CardState::Review => Stage::Review,
            CardState::Relearning => Stage::Relearning,
        };
        let near = |actual: Option<f64>, expected: f64| match actual {
            None => self.last_day.is_none(),
            Some(actual) => (actual / expected - 1.0).abs() <= tolerance,
        };
        let is_same = stage == self.stage
            && (actual.reps, actual.lapses) == (self.reps, self.lapses)
            && actual.last_review_day == self.last_day
            && near(actual.stability, self.stability)
            && near(actual.difficulty, self.difficulty);
        (!is_same).then(|| format!("expected {self:?}, got {actual:?}"))
    }

    /// Takes over the product's numbers, which were held against these a moment ago: what is off by 1e-5 does not grow.
    pub fn based_on(mut self, actual: &Schedule) -> Reference {
        self.stability = actual.stability.unwrap_or(0.0);
        self.difficulty = actual.difficulty.unwrap_or(0.0);
        self
    }
}

fn unbounded_first_difficulty(grade: f64) -> f64 {
    W[4] - (W[5] * (grade - 1.0)).exp() + 1.0
}

fn first_difficulty(grade: f64) -> f64 {
    unbounded_first_difficulty(grade).clamp(1.0, 10.0)
}

/// Days until recall falls to `retention`.
pub fn interval(stability: f64, retention: f64) -> f64 {
    let forgetting = 0.9_f64.powf(-1.0 / W[20]) - 1.0;
    stability / forgetting * (retention.powf(-1.0 / W[20]) - 1.0)
}

/// Anki's range around an interval, in whole days.
pub fn fuzzed(days: f64) -> (i64, i64) {
    let days = days.clamp(1.0, 36_500.0);
    let reach = match days {
        ..2.5 => 0.0,
        _ => {
            1.0 + 0.15 * (days.min(7.0) - 2.5)
                + 0.10 * (days.min(20.0) - 7.0).max(0.0)
                + 0.05 * (days - 20.0).max(0.0)
        }
    };
    let low = (((days - reach) * (1.0 - TOLERANCE)).round() as i64).max(1);
    let high = ((days + reach) * (1.0 + TOLERANCE)).round() as i64;
    // Where a button is held at its least, there is still a choice of two days.
    (
        low,
        if low == high && high > 2 {
            high + 1
        } else {
            high
        },
    )
}
