//! New cards counted against the learner's plan: how many, over what, and what is said when there are no more.

use chrono::{DateTime, Utc};

use super::Study;
use crate::db;
use crate::db::users::User;
use crate::domain::plan::{Allowance, Period, Plan};

/// That a plan's new cards are used up, or all dealt.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Whose plan.
    pub plan: Plan,
    /// Dealt and not graded: they wait in the learner's decks.
    pub held: u32,
    /// When they are counted anew; `None` = never on this plan.
    pub resets_at: Option<DateTime<Utc>>,
}

impl Limit {
    /// What is so, and what is left to do.
    pub fn sentence(&self) -> String {
        let all = self.plan.terms().new_cards.unwrap_or(0);
        let which = match self.plan.terms().period {
            Period::Ever => format!("the {all} new cards that a guest gets"),
            Period::Day => format!("today’s {all} new cards"),
        };
        match (self.held, self.plan) {
            (0, Plan::Guest) => format!(
                "These were {which}. What you have stays yours to study. Sign up, free, for more every day."
            ),
            (0, _) => format!(
                "These were {which}. What you have stays open to study, as often as you like."
            ),
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
