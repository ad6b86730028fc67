//! What a learner may ask for: new cards a day, by plan. Studying what is owned is never limited.

use serde::Serialize;

/// A learner's plan. Where billing is off everybody is `Unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// Self-hosted: no limit, no prices.
    Unlimited,
}

impl Plan {
    /// New cards a day; `None` = no limit.
    pub fn new_cards(self) -> Option<u32> {
        match self {
            Plan::Unlimited => None,
        }
    }
}

/// New cards of one learner's day. A card counts when it is first graded; until then a dealt card is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// `None` = no limit.
    pub allowed: Option<u32>,
    /// First graded today.
    pub used: u32,
    /// Dealt and not yet graded.
    pub held: u32,
}

impl Allowance {
    /// How many of `wanted` further cards may be dealt now.
    pub fn may_deal(&self, wanted: u32) -> u32 {
        match self.allowed {
            None => wanted,
            Some(allowed) => wanted.min(allowed.saturating_sub(self.used + self.held)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_card_of_the_day_is_dealt_once() {
        let before = Allowance {
            allowed: Some(20),
            used: 15,
            held: 4,
        };
        assert_eq!(before.may_deal(3), 1);
        let after = Allowance { held: 5, ..before };
        assert_eq!(after.may_deal(1), 0);
    }

    #[test]
    fn a_lowered_allowance_deals_nothing_rather_than_going_below_zero() {
        assert_eq!(
            Allowance {
                allowed: Some(3),
                used: 9,
                held: 2
            }
            .may_deal(1),
            0
        );
    }
}
