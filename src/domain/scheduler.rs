//! stub
use chrono::{DateTime,Utc,NaiveDate};
use super::study_day::StudyDays;
use super::ids::CardId;
use ::serde::{Serialize,Deserialize};
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rating { Again, Hard, Good, Easy }
impl Rating { pub fn number(self) -> u8 { panic!() } pub fn from_number(_: u8) -> Option<Rating> { panic!() } }
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CardState { New, Learning, Review, Relearning }
impl CardState { pub fn name(self) -> &'static str { panic!() } pub fn from_name(_: &str) -> Option<CardState> { panic!() } }
#[derive(Debug, Clone)]
pub struct Schedule { pub state: CardState, pub step: u8, pub stability: Option<f64>, pub difficulty: Option<f64>, pub due_at: Option<DateTime<Utc>>, pub last_reviewed_at: Option<DateTime<Utc>>, pub last_review_day: Option<NaiveDate>, pub reps: u32, pub lapses: u32 }
pub struct AnswerContext<'a> { pub card_id: CardId, pub at: DateTime<Utc>, pub desired_retention: f64, pub days: &'a StudyDays }
pub struct Scheduler;
impl Scheduler { pub fn outcomes(&self, _: &Schedule, _: &AnswerContext) -> Outcomes { panic!() } }
pub struct Outcomes;
impl Outcomes { pub fn choices(&self, _: DateTime<Utc>) -> Choices { panic!() } pub fn after(&self, _: Rating) -> &Schedule { panic!() } }
#[derive(Debug, Clone, Copy)]
pub struct Choices { pub again: i64, pub hard: i64, pub good: i64, pub easy: i64 }
