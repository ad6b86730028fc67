//! Statistics of study: what was answered on the learner's days, what comes, how memory holds, how far a topic is
//! covered. Rows come in grouped; what is drawn and what the API sends goes out. An answer that was taken back is in
//! none of it: the queries leave it out.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub mod calibration;
pub mod days;
pub mod spread;

use calibration::Calibration;
use days::{Day, DueDay, Tally};
use spread::Band;

/// Days of the calendar and of the charts of the past: a year in whole weeks.
pub const PAST_DAYS: usize = 371;
/// Days of the forecast.
pub const FORECAST_DAYS: usize = 30;
/// Stability, in days, from which a card counts as known: Anki calls an interval of three weeks mature.
pub const KNOWN_STABILITY: f64 = 21.0;
/// A card on the screen for longer than this was left lying there; Anki cuts at a minute, too. Milliseconds.
pub const LONGEST_ANSWER_MS: i32 = 60_000;

/// Everything that the statistics page shows, for all decks or one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Stats {
    /// The learner's day that is called today.
    pub today: NaiveDate,
    /// What was answered today.
    pub answered_today: Tally,
    /// Cards due before today ends.
    pub due_today: u32,
    /// Days in a row with an answer, up to today or yesterday.
    pub streak: u32,
    /// The last days, oldest first; the last is today.
    pub days: Vec<Day>,
    /// The next days; the first is today with all that is overdue.
    pub forecast: Vec<DueDay>,
    /// What FSRS predicted for reviews against what was recalled.
    pub calibration: Calibration,
    /// Cards by stability, in days.
    pub stability: Vec<Band>,
    /// Cards by their present interval, in days.
    pub intervals: Vec<Band>,
    /// Levels of the new cards that were met, a line a deck.
    pub levels: Vec<LevelLine>,
    /// How far each part of the topic is learned; of one deck only, most cards first.
    pub subtopics: Vec<Subtopic>,
    /// Cards by what they are.
    pub cards: CardTotals,
}

/// The levels of a deck's new cards, day by day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LevelLine {
    /// The deck.
    pub deck_id: Uuid,
    /// Its title.
    pub title: String,
    /// Oldest first; days without a new card are left out.
    pub points: Vec<LevelPoint>,
}

/// The mean level of the new cards of a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct LevelPoint {
    /// The learner's day.
    pub date: NaiveDate,
    /// 1–9.
    pub level: f64,
    /// Cards met for the first time.
    pub cards: u32,
}

/// A part of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Subtopic {
    /// As the model or the learner named it; empty for cards without one.
    pub name: String,
    /// Not yet studied.
    pub new: u32,
    /// Studied, and not yet known.
    pub learning: u32,
    /// Stability of three weeks or more.
    pub known: u32,
}

impl Subtopic {
    /// All cards of the part.
    pub fn cards(&self) -> u32 {
        self.new + self.learning + self.known
    }
}

/// Cards by what they are; suspended ones are in no other number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CardTotals {
    /// Not yet studied.
    pub new: u32,
    /// Studied, and not yet known.
    pub learning: u32,
    /// Stability of three weeks or more.
    pub known: u32,
    /// Left out of study.
    pub suspended: u32,
}

impl CardTotals {
    /// Every card.
    pub fn all(&self) -> u32 {
        self.new + self.learning + self.known + self.suspended
    }
}
