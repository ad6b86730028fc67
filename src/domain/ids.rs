//! Ids are UUIDv7: sorted by the time of their making, so that new rows land at the end of an index.

use chrono::{DateTime, Utc};
use rand::Rng;
use uuid::Uuid;

/// One learner, guest or account.
pub type UserId = Uuid;
/// One subject that learners share, or a private one.
pub type TopicId = Uuid;
/// One card that generation wrote.
pub type PoolCardId = Uuid;
/// One order for up to ten cards.
pub type JobId = Uuid;
/// One learner's study of a topic.
pub type DeckId = Uuid;
/// One learner's own copy of a card.
pub type CardId = Uuid;
/// One graded answer, named by the learner's client.
pub type ReviewId = Uuid;

/// A new id for something made at `now`; the other 74 bits come from `dice`.
pub fn new_id(now: DateTime<Utc>, dice: &mut impl Rng) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let mut random = [0_u8; 10];
    dice.fill_bytes(&mut random);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
