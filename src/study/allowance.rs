//! New cards counted against the learner's plan: how many, over what, and what is said when there are no more.

use chrono::{DateTime, Utc};

use super::Study;
use crate::db;
use crate::db::users::User;
use crate::domain::plan::{Allowance, Period, Plan};

/// What whoever began far more than they study is told.
const ORDERED_ENOUGH: &str = "Far more cards were written for you than you have studied, so no more are just now. What was \
                              written stays open to study, in this deck and the others.";

/// That new cards are used up, or all dealt.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Whose plan.
    pub plan: Plan,
    /// New cards in the plan's period.
    pub allowed: u32,
    /// It is not studied but ordered cards that there are enough of.
    pub is_of_orders: bool,
    /// It is not the plan's number: the learner wants no more a day.
    pub is_own: bool,
    /// Dealt and not graded: they wait in the learner's decks.
    pub held: u32,
    /// When they are counted anew; `None` = never on this plan.
    pub resets_at: Option<DateTime<Utc>>,
}

impl Limit {
    /// What is so, and what is left to do.
    pub fn sentence(&self) -> String {
        let all = self.allowed;
        let which = match (self.plan.terms().period, all) {
            (Period::Ever, _) => format!("the {all} new cards that a guest gets"),
            (Period::Day, 1) => "today’s one new card".to_owned(),
            (Period::Day, _) => format!("today’s {all} new cards"),
        };
        let were = if all == 1 { "This was" } else { "These were" };
        match (self.held, self.plan) {
            _ if self.is_of_orders => ORDERED_ENOUGH.into(),
            _ if self.is_own && all == 0 => {
                "You want no new cards: your settings say so. What you have stays open to study."
                    .into()
            }
            (0, _) if self.is_own => format!(
                "{were} {which}, the most that you want in a day. What you have stays open to study, as often as you \
                 like."
            ),
            (0, Plan::Guest) => format!(
                "{were} {which}. What you have stays yours to study. Sign up, free, for more every day."
            ),
            (0, _) => {
                format!("{were} {which}. What you have stays open to study, as often as you like.")
            }
            (1, _) => format!(
                "Of {which}, one is dealt and not answered yet: look into your other decks."
            ),
            (held, _) => format!(
                "Of {which}, {held} are dealt and not answered yet: look into your other decks."
            ),
        }
    }
}

impl Study {
    /// The learner's new cards in the plan's period. Without a limit nothing is counted that nobody asks for.
    pub async fn allowance(
        &self,
        db: impl sqlx::PgExecutor<'_>,
        user: &User,
    ) -> sqlx::Result<Allowance> {
        match self.new_cards(user) {
            None => Ok(Allowance::UNLIMITED),
            Some(allowed) => {
                db::dealing::allowance(db, user.user_id, allowed, self.period_start(user)).await
            }
        }
    }

    /// New cards that the learner may have in the plan's period: what it gives, or less if they want less a day.
    pub fn new_cards(&self, user: &User) -> Option<u32> {
        let terms = self.plan(user).terms();
        match terms.period {
            Period::Day => user.new_cards(terms.new_cards),
            Period::Ever => terms.new_cards,
        }
    }

    /// That there are no more new cards now; `None` while there are.
    pub fn limit(&self, user: &User, allowance: &Allowance) -> Option<Limit> {
        let allowed = allowance.allowed.filter(|_| allowance.is_spent())?;
        let plan = self.plan(user);
        Some(Limit {
            plan,
            allowed,
            is_of_orders: false,
            is_own: plan.terms().new_cards.is_none_or(|most| allowed < most),
            held: allowance.held,
            resets_at: self.resets_at(user),
        })
    }

    /// That nothing more is written for the learner in this period; `None` while there is.
    pub fn order_limit(&self, user: &User, allowance: &Allowance) -> Option<Limit> {
        let allowed = allowance
            .allowed
            .filter(|_| allowance.has_ordered_enough())?;
        Some(Limit {
            plan: self.plan(user),
            allowed,
            is_of_orders: true,
            is_own: false,
            held: allowance.held,
            resets_at: self.resets_at(user),
        })
    }

    /// Cards due now in all of the learner's decks: what is still to study when new ones are used up.
    pub async fn due_now(&self, user: &User) -> sqlx::Result<u32> {
        let now = self.now();
        let decks = db::decks::active(&self.db, user.user_id).await?;
        let deck_ids: Vec<_> = decks.iter().map(|deck| deck.deck_id).collect();
        let day_end = user.study_days(now).next_start(now);
        let counts = db::queue::counts(&self.db, user.user_id, &deck_ids, now, day_end).await?;
        let due: i64 = counts
            .iter()
            .map(|counts| counts.learning_due + counts.review_due)
            .sum();
        Ok(u32::try_from(due).unwrap_or(u32::MAX))
    }

    /// Where the period begins over which the learner's new cards are counted.
    pub fn period_start(&self, user: &User) -> DateTime<Utc> {
        let now = self.now();
        match self.plan(user).terms().period {
            Period::Ever => DateTime::UNIX_EPOCH,
            Period::Day => {
                let days = user.study_days(now);
                days.start_of(days.day_of(now))
            }
        }
    }

    /// When the learner's new cards are counted from none again; `None` = never on this plan.
    pub fn resets_at(&self, user: &User) -> Option<DateTime<Utc>> {
        let now = self.now();
        match self.plan(user).terms().period {
            Period::Ever => None,
            Period::Day => Some(user.study_days(now).next_start(now)),
        }
    }

    /// New cards first graded in the plan's period.
    pub async fn new_cards_used(
        &self,
        db: impl sqlx::PgExecutor<'_>,
        user: &User,
    ) -> sqlx::Result<u32> {
        db::reviews::new_cards_since(db, user.user_id, self.period_start(user)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(plan: Plan, allowed: u32, is_own: bool, held: u32) -> String {
        Limit {
            plan,
            allowed,
            is_of_orders: false,
            is_own,
            held,
            resets_at: None,
        }
        .sentence()
    }

    #[test]
    fn whose_limit_it_is_and_how_many_it_allows_is_said() {
        assert!(limit(Plan::Free, 20, false, 0).starts_with("These were today’s 20 new cards. "));
        assert!(limit(Plan::Guest, 10, false, 0).contains("10 new cards that a guest gets"));
        assert!(limit(Plan::Plus, 200, false, 1).contains("one is dealt"));
        assert!(limit(Plan::Plus, 30, true, 0).contains("30 new cards, the most that you want"));
        assert!(limit(Plan::Unlimited, 1, true, 0).starts_with("This was today’s one new card, "));
        assert!(limit(Plan::Unlimited, 0, true, 0).starts_with("You want no new cards"));
    }
}
