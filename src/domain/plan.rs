//! Plans: what a learner may ask for. All of it in one table. Studying, editing and taking out what is owned is never
//! limited.

use serde::Serialize;

/// A learner's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// Nobody has signed up yet: a taste.
    Guest,
    /// An account that pays nothing.
    Free,
    /// Paid.
    Plus,
    /// Paid, with the better model where the operator has one.
    Pro,
    /// Self-hosted: no limit, no prices.
    Unlimited,
}

/// What a plan allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// New cards in each [`Period`]; `None` = no limit.
    pub new_cards: Option<u32>,
    /// Over what new cards are counted.
    pub period: Period,
    /// Topics of one learner for which cards are written at the same time; `None` = no limit.
    pub topics_at_once: Option<u32>,
}

/// Over what new cards are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// The learner's own day.
    Day,
    /// As long as they stay on the plan.
    Ever,
}

impl Plan {
    /// The table. A day's cards are what a day's cost is bounded by: a card costs the same on every plan but Pro.
    pub const fn terms(self) -> Terms {
        let (new_cards, period, topics_at_once) = match self {
            Plan::Guest => (Some(10), Period::Ever, Some(3)),
            Plan::Free => (Some(20), Period::Day, Some(3)),
            Plan::Plus => (Some(200), Period::Day, None),
            Plan::Pro => (Some(1_000), Period::Day, None),
            Plan::Unlimited => (None, Period::Day, None),
        };
        Terms {
            new_cards,
            period,
            topics_at_once,
        }
    }

    /// As in tables, settings and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Plan::Guest => "guest",
            Plan::Free => "free",
            Plan::Plus => "plus",
            Plan::Pro => "pro",
            Plan::Unlimited => "unlimited",
        }
    }

    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Plan::Guest => "Guest",
            Plan::Free => "Free",
            Plan::Plus => "Plus",
            Plan::Pro => "Pro",
            Plan::Unlimited => "Unlimited",
        }
    }

    /// The inverse of [`Plan::as_str`].
    pub fn from_name(name: &str) -> Option<Plan> {
        [
            Plan::Guest,
            Plan::Free,
            Plan::Plus,
            Plan::Pro,
            Plan::Unlimited,
        ]
        .into_iter()
        .find(|plan| plan.as_str() == name)
    }

    /// Whether it is paid for.
    pub const fn is_paid(self) -> bool {
        matches!(self, Plan::Plus | Plan::Pro)
    }
}

/// The class of a model, and of the cards it wrote.
pub mod class {
    /// What everybody's jobs ask.
    pub const STANDARD: &str = "standard";
    /// What Pro's jobs ask, where the operator has set such a model.
    pub const PRO: &str = "pro";
}

/// What this server offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Offer {
    /// Self-hosted: everything is allowed to everyone.
    #[default]
    Everything,
    /// The plans above, on one model for all.
    Plans,
    /// The plans above, with a better model for Pro.
    PlansWithProModel,
}

impl Offer {
    /// The plan of a learner: a guest has the guest's, an account what `paid_for` says.
    pub fn plan(self, is_guest: bool, paid_for: Plan) -> Plan {
        match self {
            Offer::Everything => Plan::Unlimited,
            _ if is_guest => Plan::Guest,
            _ => paid_for,
        }
    }

    /// The class of model that a plan's jobs ask.
    pub fn class(self, plan: Plan) -> &'static str {
        match (self, plan) {
            (Offer::PlansWithProModel, Plan::Pro) => class::PRO,
            _ => class::STANDARD,
        }
    }

    /// The classes whose pool cards a plan draws on.
    pub fn classes(self, plan: Plan) -> &'static [&'static str] {
        match (self, plan) {
            // Cards of both stay good when the operator takes the better model away.
            (Offer::Plans | Offer::PlansWithProModel, Plan::Pro) => &[class::STANDARD, class::PRO],
            _ => &[class::STANDARD],
        }
    }
}

/// New cards of one learner in one period. A card counts when it is first graded; until then a dealt card is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// `None` = no limit.
    pub allowed: Option<u32>,
    /// First graded in this period.
    pub used: u32,
    /// Dealt and not yet graded, or deleted ungraded in this period: or else deleting would be a way to read on for nothing.
    pub held: u32,
    /// Asked of the model in this period, by this learner's orders, whoever studies them.
    pub ordered: u32,
}

/// Cards that a learner's orders may ask for in a period, for each new card of the plan: a deck is ordered for before it
/// runs out, levels move, and some topics are left after a look.
const ORDERED_PER_CARD: u32 = 3;

/// And so many more: whoever is new tries some topics.
const ORDERED_BESIDES: u32 = 60;

impl Allowance {
    /// Without a limit nothing is counted.
    pub const UNLIMITED: Allowance = Allowance {
        allowed: None,
        used: 0,
        held: 0,
        ordered: 0,
    };

    /// Cards that the learner's orders may ask for in the period; `None` = no limit.
    pub fn may_have_ordered(&self) -> Option<u32> {
        self.allowed.map(|allowed| {
            allowed
                .saturating_mul(ORDERED_PER_CARD)
                .saturating_add(ORDERED_BESIDES)
        })
    }

    /// Whether the learner's orders have asked for as many cards as they may.
    pub fn has_ordered_enough(&self) -> bool {
        self.may_have_ordered()
            .is_some_and(|most| self.ordered >= most)
    }

    /// How many of `wanted` further cards may be dealt now.
    pub fn may_deal(&self, wanted: u32) -> u32 {
        match self.allowed {
            None => wanted,
            Some(allowed) => {
                wanted.min(allowed.saturating_sub(self.used.saturating_add(self.held)))
            }
        }
    }

    /// Whether no further card may be dealt.
    pub fn is_spent(&self) -> bool {
        self.may_deal(1) == 0
    }

    /// Cards that may still be graded for the first time; `None` = no limit.
    pub fn left(&self) -> Option<u32> {
        self.allowed
            .map(|allowed| allowed.saturating_sub(self.used))
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
            ordered: 30,
        };
        assert_eq!(before.may_deal(3), 1);
        let after = Allowance { held: 5, ..before };
        assert_eq!(after.may_deal(1), 0);
    }

    #[test]
    fn a_lowered_allowance_deals_nothing_rather_than_going_below_zero() {
        let lowered = Allowance {
            allowed: Some(3),
            used: 9,
            held: 2,
            ordered: 30,
        };
        assert!(lowered.is_spent());
        assert_eq!(lowered.left(), Some(0));
    }

    #[test]
    fn orders_are_bounded_by_what_the_plan_lets_study() {
        let free = Allowance {
            allowed: Some(20),
            used: 0,
            held: 0,
            ordered: 110,
        };
        assert!(!free.has_ordered_enough());
        assert!(
            Allowance {
                ordered: 120,
                ..free
            }
            .has_ordered_enough()
        );
        assert!(
            !Allowance {
                ordered: 1_000_000,
                ..Allowance::UNLIMITED
            }
            .has_ordered_enough()
        );
    }

    #[test]
    fn only_pro_sees_pro_cards_and_asks_the_pro_model() {
        let offer = Offer::PlansWithProModel;
        for plan in [Plan::Guest, Plan::Free, Plan::Plus] {
            assert_eq!(offer.classes(plan), [class::STANDARD], "{plan:?}");
            assert_eq!(offer.class(plan), class::STANDARD, "{plan:?}");
        }
        assert_eq!(offer.classes(Plan::Pro), [class::STANDARD, class::PRO]);
        assert_eq!(offer.class(Plan::Pro), class::PRO);
        assert_eq!(Offer::Plans.class(Plan::Pro), class::STANDARD);
    }

    #[test]
    fn a_self_hosted_learner_is_unlimited_whatever_was_paid_before() {
        assert_eq!(Offer::Everything.plan(true, Plan::Free), Plan::Unlimited);
        assert_eq!(Offer::Everything.plan(false, Plan::Plus), Plan::Unlimited);
        assert_eq!(Offer::Plans.plan(true, Plan::Pro), Plan::Guest);
        assert_eq!(Offer::Plans.plan(false, Plan::Plus), Plan::Plus);
    }

    #[test]
    fn names_are_read_back() {
        for plan in [
            Plan::Guest,
            Plan::Free,
            Plan::Plus,
            Plan::Pro,
            Plan::Unlimited,
        ] {
            assert_eq!(Plan::from_name(plan.as_str()), Some(plan));
        }
        assert_eq!(Plan::from_name("gold"), None);
    }
}
