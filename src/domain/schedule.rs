//! A card's schedule: where it stands, what is known of its memory, when it comes up, and what each answer makes of it.

use std::ops::Index;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fsrs::MemoryState;
use serde::{Deserialize, Serialize};

use super::study_day::StudyDays;

/// How well the learner knew the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rating {
    /// Not at all, or wrongly.
    Again = 1,
    /// With trouble.
    Hard = 2,
    /// Well.
    Good = 3,
    /// Too well to have asked so soon.
    Easy = 4,
}

impl Rating {
    /// In the order of the buttons.
    pub const ALL: [Rating; 4] = [Rating::Again, Rating::Hard, Rating::Good, Rating::Easy];

    /// 1–4.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// `None` outside 1–4.
    pub fn from_number(number: u8) -> Option<Rating> {
        Rating::ALL
            .into_iter()
            .find(|rating| rating.number() == number)
    }
}

/// Where a card stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CardState {
    /// Never answered.
    New,
    /// In its first learning steps.
    Learning,
    /// Comes back after whole days.
    Review,
    /// Forgotten, and in steps again.
    Relearning,
}

impl CardState {
    const ALL: [CardState; 4] = [
        CardState::New,
        CardState::Learning,
        CardState::Review,
        CardState::Relearning,
    ];

    /// As it is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            CardState::New => "new",
            CardState::Learning => "learning",
            CardState::Review => "review",
            CardState::Relearning => "relearning",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<CardState> {
        CardState::ALL
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// What is known of a card's memory, and when it comes up again. Equal to the replay of the card's log, to the bit:
/// stability and difficulty hold numbers that an `f32` holds too, because that is what FSRS computes with.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Where the card stands.
    pub state: CardState,
    /// Index of the learning step at which it waits; 0 outside learning.
    pub step: u8,
    /// Days until the chance of recall has fallen to 0.9.
    pub stability: Option<f64>,
    /// 1–10.
    pub difficulty: Option<f64>,
    /// When it comes up again.
    pub due_at: Option<DateTime<Utc>>,
    /// The last answer.
    pub last_reviewed_at: Option<DateTime<Utc>>,
    /// The learner's day of the last answer.
    pub last_review_day: Option<NaiveDate>,
    /// Answers so far.
    pub reps: u32,
    /// Times it was forgotten after it had been learned.
    pub lapses: u32,
}

impl Schedule {
    /// A card that was never answered.
    pub fn new_card() -> Schedule {
        Schedule {
            state: CardState::New,
            step: 0,
            stability: None,
            difficulty: None,
            due_at: None,
            last_reviewed_at: None,
            last_review_day: None,
            reps: 0,
            lapses: 0,
        }
    }

    /// `None` for a new card, and for numbers that FSRS cannot have written.
    pub(super) fn memory(&self) -> Option<MemoryState> {
        let (stability, difficulty) = (self.stability? as f32, self.difficulty? as f32);
        (self.state != CardState::New
            && stability.is_finite()
            && stability > 0.0
            && difficulty.is_finite())
        .then_some(MemoryState {
            stability,
            difficulty,
        })
    }

    /// The learner's days since the last answer. Answers may come out of order: never below 0.
    pub(super) fn days_since_review(&self, today: NaiveDate) -> u32 {
        self.last_review_day
            .map_or(0, |last| days_between(last, today))
    }

    /// The whole days for which a review was put off when it was last answered or moved by hand.
    pub(super) fn interval(&self, days: &StudyDays) -> u32 {
        match (self.state, self.last_review_day, self.due_at) {
            (CardState::Review, Some(last), Some(due_at)) => {
                days_between(last, days.day_of(due_at))
            }
            _ => 0,
        }
    }
}

/// What each of the four answers makes of a card.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    pub(super) again: Schedule,
    pub(super) hard: Schedule,
    pub(super) good: Schedule,
    pub(super) easy: Schedule,
}

impl Outcomes {
    /// The card after this answer.
    pub fn after(&self, rating: Rating) -> &Schedule {
        match rating {
            Rating::Again => &self.again,
            Rating::Hard => &self.hard,
            Rating::Good => &self.good,
            Rating::Easy => &self.easy,
        }
    }

    /// Seconds from `at` until the card is due, for each answer.
    pub fn choices(&self, at: DateTime<Utc>) -> Choices {
        let seconds = |rating| {
            let wait = self
                .after(rating)
                .due_at
                .map_or(TimeDelta::zero(), |due_at| due_at - at);
            // Rounded up: after that many seconds it is due.
            u64::try_from(wait.num_seconds() + i64::from(wait.subsec_nanos() > 0)).unwrap_or(0)
        };
        Choices {
            again: seconds(Rating::Again),
            hard: seconds(Rating::Hard),
            good: seconds(Rating::Good),
            easy: seconds(Rating::Easy),
        }
    }
}

impl Index<Rating> for Outcomes {
    type Output = Schedule;
    fn index(&self, rating: Rating) -> &Schedule {
        self.after(rating)
    }
}

/// Seconds until the card is due, for each answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choices {
    /// Seconds.
    pub again: u64,
    /// Seconds.
    pub hard: u64,
    /// Seconds.
    pub good: u64,
    /// Seconds.
    pub easy: u64,
}

fn days_between(earlier: NaiveDate, later: NaiveDate) -> u32 {
    u32::try_from((later - earlier).num_days()).unwrap_or(0)
}
