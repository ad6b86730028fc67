//! The supply of new cards: when to order more, and what to tell a learner who waits.

use chrono::{DateTime, TimeDelta, Utc};

use super::level::Level;

/// Cards in one order. Fewer would pay the prompt too often; more would be asked for at a level soon left behind.
pub const BATCH: u8 = 10;

/// Order when fewer unseen cards than this are near the level. A learner takes 3 s at the least for a card and a batch
/// takes under 10 s to begin, so eight are not used up before the first of the next arrives.
pub const LOW_WATER: u32 = 8;

/// How far from the deck's level a card may lie to be dealt.
pub const REACH: u8 = 1;

/// Batches in a row that brought nothing new before a level counts as exhausted.
pub const BARREN_BATCHES: usize = 3;

/// A dead job is tried again by itself after this long; before, the learner may say *Try again*.
pub const DEAD_JOB_REST: TimeDelta = TimeDelta::minutes(10);

/// Codes of why a job died, as the job row keeps them.
pub mod reasons {
    /// The day's budget is spent.
    pub const BUDGET_SPENT: &str = "budget_spent";
    /// No model is connected.
    pub const NO_MODEL: &str = "no_model";
    /// The model gave no usable answer, or no answer.
    pub const FAILING: &str = "failing";
}

/// One of the last jobs for a deck's topic and level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFacts {
    /// Where it stands.
    pub state: JobState,
    /// Cards it brought.
    pub made: u32,
    /// A sentence about what went wrong.
    pub detail: Option<String>,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// Waiting for a worker, or for the time of its next try.
    Queued {
        /// Whether it failed before.
        retrying: bool,
        /// Not before.
        run_after: DateTime<Utc>,
    },
    /// A worker has it.
    Running,
    /// Ended with what it made.
    Done,
    /// Given up.
    Dead {
        /// See [`reasons`].
        reason: String,
        /// When.
        ended_at: DateTime<Utc>,
    },
}

/// What is known of a deck's supply.
#[derive(Debug, Clone, Copy)]
pub struct Supply<'a> {
    /// Whether the deck has a topic to ask for.
    pub has_topic: bool,
    /// Whether the learner paused it.
    pub paused: bool,
    /// Unseen cards near the level: in the pool, or dealt and not yet graded.
    pub unseen: u32,
    /// The last jobs at the deck's level, newest first; three are enough.
    pub jobs: &'a [JobFacts],
    /// Whether a model is connected.
    pub has_model: bool,
    /// The present.
    pub now: DateTime<Utc>,
}

/// What a deck's supply is doing, in the order in which it matters to the learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupplyState {
    /// A deck without generation.
    NoTopic,
    /// The learner wants no new cards.
    Paused,
    /// Cards are being written.
    Generating {
        /// After a failure: what happened, and when it is tried again.
        trouble: Option<(String, DateTime<Utc>)>,
    },
    /// Nothing is being written, and nothing is wrong.
    Ready,
    /// Nothing more at this level.
    Exhausted,
    /// The last order was given up.
    Failing {
        /// A sentence for the learner.
        detail: String,
        /// When it is tried again by itself.
        retry_at: DateTime<Utc>,
    },
    /// No more today.
    BudgetSpent {
        /// The next day, UTC.
        retry_at: DateTime<Utc>,
    },
    /// Nobody to ask.
    NoModel,
}

impl Supply<'_> {
    /// What the supply is doing.
    pub fn state(&self) -> SupplyState {
        if !self.has_topic {
            return SupplyState::NoTopic;
        }
        if self.paused {
            return SupplyState::Paused;
        }
        match self.jobs.first().map(|job| (&job.state, job)) {
            Some((JobState::Running, _)) => SupplyState::Generating { trouble: None },
            Some((
                JobState::Queued {
                    retrying,
                    run_after,
                },
                job,
            )) => SupplyState::Generating {
                trouble: retrying.then(|| (job.detail.clone().unwrap_or_default(), *run_after)),
            },
            _ if self.is_exhausted() => SupplyState::Exhausted,
            _ if !self.has_model => SupplyState::NoModel,
            Some((JobState::Dead { reason, ended_at }, job))
                if !self.is_rested(reason, *ended_at) =>
            {
                let retry_at = retry_at(reason, *ended_at);
                if reason == reasons::BUDGET_SPENT {
                    SupplyState::BudgetSpent { retry_at }
                } else {
                    SupplyState::Failing {
                        detail: job.detail.clone().unwrap_or_default(),
                        retry_at,
                    }
                }
            }
            _ => SupplyState::Ready,
        }
    }

    /// Whether to order a batch now.
    pub fn must_order(&self) -> bool {
        self.unseen < LOW_WATER && self.state() == SupplyState::Ready
    }

    fn is_exhausted(&self) -> bool {
        self.jobs.len() >= BARREN_BATCHES
            && self
                .jobs
                .iter()
                .take(BARREN_BATCHES)
                .all(|job| job.state == JobState::Done && job.made == 0)
    }

    fn is_rested(&self, reason: &str, ended_at: DateTime<Utc>) -> bool {
        reason == reasons::NO_MODEL || retry_at(reason, ended_at) <= self.now
    }
}

/// Cards this far from `level` may be dealt.
pub fn is_near(card: Level, level: Level) -> bool {
    card.number().abs_diff(level.number()) <= REACH
}

/// When a dead job is ordered again by itself.
fn retry_at(reason: &str, ended_at: DateTime<Utc>) -> DateTime<Utc> {
    if reason == reasons::BUDGET_SPENT {
        next_utc_day(ended_at)
    } else {
        ended_at + DEAD_JOB_REST
    }
}

/// The day's budget begins anew at midnight, UTC: an operator's bill knows no learner's time zone.
pub fn next_utc_day(at: DateTime<Utc>) -> DateTime<Utc> {
    utc_day_start(at) + TimeDelta::days(1)
}

/// Midnight, UTC, at or before `at`.
pub fn utc_day_start(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a valid time")
    }

    fn supply(jobs: &[JobFacts], unseen: u32) -> Supply<'_> {
        Supply {
            has_topic: true,
            paused: false,
            unseen,
            jobs,
            has_model: true,
            now: now(),
        }
    }

    fn done(made: u32) -> JobFacts {
        JobFacts {
            state: JobState::Done,
            made,
            detail: None,
        }
    }

    fn dead(reason: &str, ago: TimeDelta) -> JobFacts {
        let state = JobState::Dead {
            reason: reason.into(),
            ended_at: now() - ago,
        };
        JobFacts {
            state,
            made: 0,
            detail: Some("The model is not answering.".into()),
        }
    }

    #[test]
    fn a_new_deck_orders_at_once() {
        assert!(supply(&[], 0).must_order());
    }

    #[test]
    fn a_deck_with_enough_unseen_cards_orders_nothing() {
        assert!(supply(&[done(10)], LOW_WATER - 1).must_order());
        assert!(!supply(&[done(10)], LOW_WATER).must_order());
    }

    #[test]
    fn a_live_job_is_not_ordered_twice() {
        let running = JobFacts {
            state: JobState::Running,
            made: 3,
            detail: None,
        };
        assert!(!supply(&[running], 0).must_order());
    }

    #[test]
    fn three_barren_batches_in_a_row_exhaust_a_level_and_two_do_not() {
        assert_eq!(
            supply(&[done(0), done(0), done(0)], 2).state(),
            SupplyState::Exhausted
        );
        assert_eq!(
            supply(&[done(0), done(0), done(1)], 2).state(),
            SupplyState::Ready
        );
        assert_eq!(supply(&[done(0), done(0)], 2).state(), SupplyState::Ready);
    }

    #[test]
    fn a_dead_job_says_so_until_it_is_tried_again_by_itself() {
        let jobs = [dead(reasons::FAILING, TimeDelta::minutes(9))];
        assert!(matches!(
            supply(&jobs, 0).state(),
            SupplyState::Failing { .. }
        ));
        let jobs = [dead(reasons::FAILING, TimeDelta::minutes(10))];
        assert!(supply(&jobs, 0).must_order());
    }

    #[test]
    fn a_spent_budget_holds_until_the_next_day() {
        let jobs = [dead(reasons::BUDGET_SPENT, TimeDelta::seconds(1))];
        assert_eq!(
            supply(&jobs, 0).state(),
            SupplyState::BudgetSpent {
                retry_at: next_utc_day(now())
            }
        );
        let jobs = [dead(reasons::BUDGET_SPENT, TimeDelta::days(1))];
        assert!(supply(&jobs, 0).must_order());
    }

    #[test]
    fn without_a_model_nothing_is_ordered() {
        let supply = Supply {
            has_model: false,
            ..supply(&[], 0)
        };
        assert_eq!(supply.state(), SupplyState::NoModel);
        assert!(!supply.must_order());
    }

    #[test]
    fn a_paused_deck_orders_nothing() {
        assert!(
            !Supply {
                paused: true,
                ..supply(&[], 0)
            }
            .must_order()
        );
    }
}
