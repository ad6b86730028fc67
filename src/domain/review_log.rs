//! stub
use super::ids::*; use super::scheduler::*; use chrono::*; use super::study_day::StudyDays;
pub enum LogEvent { Answer { rating: Rating }, Reschedule { due_at: Option<DateTime<Utc>> } }
pub struct LogEntry { pub review_id: ReviewId, pub at: DateTime<Utc>, pub event: LogEvent, pub desired_retention: f64, pub days: StudyDays }
pub fn replay(_: &Scheduler, _: CardId, _: &[LogEntry]) -> Schedule { panic!() }
