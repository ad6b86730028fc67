//! stub
use super::ids::CardId; use super::scheduler::CardState; use chrono::*;
pub struct QueueCard<'a> { pub card_id: CardId, pub state: CardState, pub due_at: Option<DateTime<Utc>>, pub subtopic: Option<&'a str> }
pub struct QueueInput<'a> { pub current: Option<CardId>, pub cards: &'a [QueueCard<'a>], pub now: DateTime<Utc>, pub new_left: u32, pub reviews_left: u32, pub new_answered: u32, pub reviews_answered: u32, pub limit: usize }
pub fn order(_: &QueueInput<'_>) -> Vec<CardId> { panic!() }
