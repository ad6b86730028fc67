//! Levels: nine steps from a newcomer's first day to what makes an expert hesitate.

use serde::{Deserialize, Serialize};

/// Logits between two neighbouring levels. Level 5 is logit 0, so nine levels span ±`4 * LOGITS_PER_LEVEL`.
///
/// 0.75 lies in the middle of what product.md allows (0.5 to 1): one level moves the chance of success at 0.85 to 0.73
/// or 0.92, which a learner can feel, and a job at the wrong neighbour is still worth studying.
pub const LOGITS_PER_LEVEL: f64 = 0.75;

/// A level of difficulty, 1–9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Level(u8);

impl Level {
    /// A newcomer's first day.
    pub const MIN: Level = Level(1);
    /// Logit 0.
    pub const MIDDLE: Level = Level(5);
    /// An expert hesitates.
    pub const MAX: Level = Level(9);

    /// `None` outside 1–9.
    pub const fn new(number: u8) -> Option<Level> {
        match number {
            1..=9 => Some(Level(number)),
            _ => None,
        }
    }

    /// The nearest level: what is outside is brought to the end.
    pub fn clamped(number: i64) -> Level {
        Level(number.clamp(1, 9) as u8)
    }

    /// 1–9.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The difficulty, in logits, of a typical card of this level.
    pub fn logit(self) -> f64 {
        (f64::from(self.0) - 5.0) * LOGITS_PER_LEVEL
    }

    /// The next harder level, if there is one.
    pub fn harder(self) -> Option<Level> {
        Level::new(self.0 + 1)
    }

    /// The next easier level, if there is one.
    pub fn easier(self) -> Option<Level> {
        Level::new(self.0 - 1)
    }

    /// The word that stands beside the ruler.
    pub fn word(self) -> &'static str {
        match self.0 {
            1 => "newcomer",
            2 => "beginner",
            3 => "learner",
            4 => "improver",
            5 => "intermediate",
            6 => "upper intermediate",
            7 => "advanced",
            8 => "specialist",
            _ => "expert",
        }
    }
}

impl TryFrom<u8> for Level {
    type Error = &'static str;
    fn try_from(number: u8) -> Result<Level, Self::Error> {
        Level::new(number).ok_or("a level is a whole number from 1 to 9")
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> u8 {
        level.0
    }
}
