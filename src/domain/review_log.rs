//! A card's history: its state is what replaying the rows gives that were not undone.

use chrono::{DateTime, Utc};

use super::ids::{CardId, ReviewId};
use super::scheduler::{AnswerContext, Rating, Schedule, Scheduler};
use super::study_day::StudyDays;

/// A row of a card's log, with the circumstances of its time: a learner who moves or chooses another retention changes
/// what is to come, not what was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogEntry {
    /// The client's id of an answer; orders what happened in the same microsecond.
    pub review_id: ReviewId,
    /// When the learner did it.
    pub at: DateTime<Utc>,
    /// What the learner did.
    pub event: LogEvent,
    /// The desired retention then.
    pub desired_retention: f64,
    /// The learner's days then.
    pub days: StudyDays,
}

/// What a learner does to a card's schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogEvent {
    /// Answers it.
    Answer {
        /// The button.
        rating: Rating,
    },
    /// Moves its due time by hand.
    Reschedule {
        /// The new due time; `None` leaves the old.
        due_at: Option<DateTime<Utc>>,
    },
    /// Brings it back to new: what was answered before counts no more.
    Reset,
}

impl LogEntry {
    /// The card after this row, when it was `schedule` before.
    pub fn apply(&self, scheduler: &Scheduler, card_id: CardId, schedule: &Schedule) -> Schedule {
        match self.event {
            LogEvent::Answer { rating } => {
                let context = AnswerContext {
                    card_id,
                    at: self.at,
                    desired_retention: self.desired_retention,
                    days: &self.days,
                };
                scheduler.outcomes(schedule, &context).after(rating).clone()
            }
            LogEvent::Reschedule { due_at } => Schedule {
                due_at: due_at.or(schedule.due_at),
                ..schedule.clone()
            },
            LogEvent::Reset => Schedule::new_card(),
        }
    }
}

/// A card's state from the rows of its log that stand, in whatever order they came: they count in the order of their
/// time. Leaving a row out undoes it; adding one that was made offline puts it where it belongs.
pub fn replay(scheduler: &Scheduler, card_id: CardId, entries: &[LogEntry]) -> Schedule {
    let mut in_order: Vec<&LogEntry> = entries.iter().collect();
    in_order.sort_by_key(|entry| (entry.at, entry.review_id));
    in_order
        .into_iter()
        .fold(Schedule::new_card(), |schedule, entry| {
            entry.apply(scheduler, card_id, &schedule)
        })
}
