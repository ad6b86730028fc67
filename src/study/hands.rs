//! What decks hold, kept in mind for as long as nothing changes it. Whatever changes a card raises its deck's
//! `cards_revision` in the same transaction, so a deck that was read at the revision of a count needs no other count; and
//! who changes one card knows the next count without asking. Time changes counts as well: a count ends where a card falls
//! due or the learner's day is over.
//!
//! Two who change a deck at once may both name their count after the same revision. The deck is one further then, and
//! nobody asks for that revision.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::time::Instant;

use crate::db::cards::Card;
use crate::db::decks::Deck;
use crate::db::queue::DeckCounts;
use crate::domain::ids::{DeckId, PoolCardId, UserId};
use crate::domain::scheduler::CardState;

/// A count is believed for so long: a card that was put off may come back within it, and a database that was put back
/// to an earlier state may come to the same revision on another way.
const BELIEVED_FOR: Duration = Duration::from_secs(5);

/// Memory for all that is kept, in bytes; what was not asked for lately goes first.
const ROOM: u64 = 32 << 20;

/// About how many decks that are.
const DECKS: usize = 20_000;

/// What a deck holds at a time.
#[derive(Debug, Clone)]
pub struct Hand {
    /// Its cards.
    pub counts: DeckCounts,
    /// Every pool card that was ever dealt into it, in their order.
    pub dealt: Arc<Vec<PoolCardId>>,
}

/// When a deck is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Now.
    pub now: DateTime<Utc>,
    /// The end of the learner's day.
    pub day_end: DateTime<Utc>,
}

/// The decks that this process has in mind. Nothing in here matters: all of it can be counted again.
#[derive(Debug)]
pub struct Hands {
    kept: Cache<(UserId, DeckId), Kept, ByMemory>,
}

/// A count, and what it is true of.
#[derive(Debug, Clone)]
struct Kept {
    revision: i64,
    read_at: Instant,
    counted_at: DateTime<Utc>,
    day_end: DateTime<Utc>,
    hand: Hand,
}

#[derive(Debug, Clone)]
struct ByMemory;

impl Weighter<(UserId, DeckId), Kept> for ByMemory {
    fn weight(&self, key: &(UserId, DeckId), kept: &Kept) -> u64 {
        let dealt = size_of_val(kept.hand.dealt.as_slice());
        u64::try_from(size_of_val(key) + size_of_val(kept) + dealt).unwrap_or(u64::MAX)
    }
}

impl Default for Hands {
    fn default() -> Hands {
        Hands {
            kept: Cache::with_weighter(DECKS, ROOM, ByMemory),
        }
    }
}

impl Hands {
    /// What a deck holds, if it is known.
    pub fn find(&self, deck: &Deck, at: Moment) -> Option<Hand> {
        let kept = self.kept.get(&(deck.user_id, deck.deck_id))?;
        kept.holds(deck, at).then_some(kept.hand)
    }

    /// Keeps what was counted after the deck was read, with every pool card that it was ever dealt. What changed in
    /// between is in the count, and the deck's next revision has it counted again.
    pub fn keep(
        &self,
        deck: &Deck,
        at: Moment,
        counts: DeckCounts,
        mut dealt: Vec<PoolCardId>,
    ) -> Hand {
        dealt.sort_unstable();
        let dealt = Arc::new(dealt);
        let hand = Hand { counts, dealt };
        self.put(deck, Instant::now(), at, hand.clone());
        hand
    }

    /// One card of a deck, at the revision before this one, became another; the deck is as it is now.
    pub fn card_changed(&self, deck: &Deck, at: Moment, before: &Card, after: &Card) {
        self.advance(deck, at, |hand| {
            // Which card falls due next, if this one would have, only a count knows.
            let was_next = before.due_at.is_some() && before.due_at == hand.counts.next_due_at;
            // One that was put off may have come back since the count.
            if was_next || before.buried_until.is_some() {
                return None;
            }
            let mut counts = hand.counts.clone();
            counts.add(&Tally::of(before, at), -1);
            counts.add(&Tally::of(after, at), 1);
            let next = Tally::of(after, at).due_later;
            counts.next_due_at = [counts.next_due_at, next].into_iter().flatten().min();
            let dealt = Arc::clone(&hand.dealt);
            Some(Hand { counts, dealt })
        });
    }

    /// Pool cards were dealt into a deck, of which so many are there to study; the deck is as it is now.
    pub fn dealt(&self, deck: &Deck, at: Moment, pool_card_ids: &[PoolCardId], new: usize) {
        self.advance(deck, at, |hand| {
            let mut counts = hand.counts.clone();
            counts.new += i64::try_from(new).ok()?;
            let mut dealt = hand.dealt.to_vec();
            dealt.extend(pool_card_ids);
            dealt.sort_unstable();
            let dealt = Arc::new(dealt);
            Some(Hand { counts, dealt })
        });
    }

    /// From the revision before the deck's to the deck's, if that one is known.
    fn advance(&self, deck: &Deck, at: Moment, change: impl FnOnce(&Hand) -> Option<Hand>) {
        let before = Deck {
            cards_revision: deck.cards_revision - 1,
            ..deck.clone()
        };
        let Some(kept) = self.kept.get(&(deck.user_id, deck.deck_id)) else {
            return;
        };
        let changed = kept
            .holds(&before, at)
            .then(|| change(&kept.hand))
            .flatten();
        if let Some(hand) = changed {
            self.put(deck, kept.read_at, at, hand);
        }
    }

    fn put(&self, deck: &Deck, read_at: Instant, at: Moment, hand: Hand) {
        let kept = Kept {
            revision: deck.cards_revision,
            read_at,
            counted_at: at.now,
            day_end: at.day_end,
            hand,
        };
        self.kept.insert((deck.user_id, deck.deck_id), kept);
    }
}

impl Kept {
    /// Whether the count is that of the deck at that moment.
    fn holds(&self, deck: &Deck, at: Moment) -> bool {
        let next_due_at = self.hand.counts.next_due_at;
        self.revision == deck.cards_revision
            && self.day_end == at.day_end
            && self.counted_at <= at.now
            && next_due_at.is_none_or(|due_at| at.now < due_at)
            && self.read_at.elapsed() < BELIEVED_FOR
    }
}

/// What one card adds to the counts of its deck.
#[derive(Debug, Default)]
struct Tally {
    new: bool,
    learning: bool,
    learning_due: bool,
    review_due: bool,
    due_today: bool,
    due_later: Option<DateTime<Utc>>,
}

impl Tally {
    fn of(card: &Card, at: Moment) -> Tally {
        let is_put_off = card.buried_until.is_some_and(|until| until > at.now);
        if card.suspended || is_put_off {
            return Tally::default();
        }
        let state = card.state();
        let is_due = card.due_at.is_none_or(|due_at| due_at <= at.now);
        let is_learning = matches!(state, CardState::Learning | CardState::Relearning);
        Tally {
            new: state == CardState::New && is_due,
            learning: is_learning,
            learning_due: is_learning && is_due,
            review_due: state == CardState::Review && is_due,
            due_today: state != CardState::New
                && card.due_at.is_some_and(|due_at| due_at < at.day_end),
            due_later: card.due_at.filter(|_| !is_due),
        }
    }
}

impl DeckCounts {
    fn add(&mut self, tally: &Tally, times: i64) {
        self.new += i64::from(tally.new) * times;
        self.learning += i64::from(tally.learning) * times;
        self.learning_due += i64::from(tally.learning_due) * times;
        self.review_due += i64::from(tally.review_due) * times;
        self.due_today += i64::from(tally.due_today) * times;
    }
}
