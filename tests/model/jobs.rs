//! The jobs table: orders, claims, heartbeats, cards and ends by workers that may have lost their job long ago. The
//! reference is a list of jobs in memory.

use autodeck::db::jobs::{self, ClaimedJob, JobKey, NewJob};
use autodeck::domain::ids::{JobId, TopicId, UserId};
use autodeck::domain::level::Level;
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use sqlx::PgConnection;

use crate::support::{new_database, noon};

const TOPICS: u128 = 3;
const LEARNERS: u128 = 3;
const CLASSES: [&str; 2] = ["standard", "pro"];
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// Claims that are remembered, the lost ones included.
const REMEMBERED: usize = 8;
/// Steps after which the table begins anew.
const LIFE: u64 = 500;
/// Every so many steps all rows are looked at.
const LOOK_EVERY: u64 = 20;

/// Id, state, made, failures, fence, reminder, run after, lease until.
type Row = (
    JobId,
    String,
    i16,
    i16,
    i64,
    bool,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
);

#[derive(Debug, Clone, PartialEq)]
struct Job {
    job_id: JobId,
    topic_id: TopicId,
    level: i16,
    class: String,
    ordered_by: UserId,
    state: &'static str,
    asked: i16,
    made: i16,
    failures: i16,
    fence: i64,
    reminder: bool,
    run_after: DateTime<Utc>,
    lease_until: Option<DateTime<Utc>>,
}

impl Job {
    fn is_live(&self) -> bool {
        matches!(self.state, "queued" | "running")
    }

    fn is_claimable(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            "queued" => self.run_after <= now,
            "running" => self.lease_until.is_some_and(|until| until < now),
            _ => false,
        }
    }
}

struct World {
    now: DateTime<Utc>,
    jobs: Vec<Job>,
    claims: Vec<ClaimedJob>,
}

type Step = Result<(), String>;

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, actual: T, expected: T) -> Step {
    (actual == expected)
        .then_some(())
        .ok_or_else(|| format!("{what}: expected {expected:?}, got {actual:?}"))
}

impl World {
    async fn step(&mut self, db: &mut PgConnection, dice: &mut ChaCha8Rng) -> Step {
        match dice.random_range(0..100) {
            0..18 => self.order(db, dice).await,
            18..40 => self.claim(db).await,
            40..55 => self.count_card(db, dice).await,
            55..65 => self.extend_lease(db, dice).await,
            65..73 => self.requeue(db, dice).await,
            73..82 => self.end(db, dice).await,
            _ => {
                self.now += TimeDelta::seconds(dice.random_range(0..40));
                Ok(())
            }
        }
    }

    async fn order(&mut self, db: &mut PgConnection, dice: &mut ChaCha8Rng) -> Step {
        let new = Job {
            job_id: JobId::from_u128(dice.random()),
            topic_id: TopicId::from_u128(dice.random_range(1..=TOPICS)),
            level: dice.random_range(4..=5),
            class: CLASSES[dice.random_range(0..2)].into(),
            ordered_by: UserId::from_u128(dice.random_range(1..=LEARNERS)),
            state: "queued",
            asked: dice.random_range(1..=10),
            made: 0,
            failures: 0,
            fence: 0,
            reminder: false,
            run_after: self.now,
            lease_until: None,
        };
        let limit: Option<u32> = [None, Some(1), Some(2)][dice.random_range(0..3)];
        let order = NewJob {
            job_id: new.job_id,
            key: JobKey {
                topic_id: new.topic_id,
                level: Level::clamped(i64::from(new.level)),
                class: &new.class,
            },
            asked: new.asked,
            ordered_by: new.ordered_by,
            topics_at_once: limit,
            trace_parent: None,
            now: self.now,
        };
        let ordered = jobs::order(&mut *db, &order)
            .await
            .map_err(|error| error.to_string())?;
        let stands = self.jobs.iter().any(|job| {
            job.is_live()
                && (job.topic_id, job.level, &job.class) == (new.topic_id, new.level, &new.class)
        });
        let mut others: Vec<TopicId> = self
            .jobs
            .iter()
            .filter(|job| {
                job.is_live() && job.ordered_by == new.ordered_by && job.topic_id != new.topic_id
            })
            .map(|job| job.topic_id)
            .collect();
        others.sort();
        others.dedup();
        let is_full = limit.is_some_and(|limit| others.len() >= limit as usize);
        let expected = (!stands && !is_full).then_some(new.job_id);
        if expected.is_some() {
            self.jobs.push(new);
        }
        expect("order", ordered, expected)
    }

    async fn claim(&mut self, db: &mut PgConnection) -> Step {
        let claimed = jobs::claim(&mut *db, self.now, self.now + LEASE).await;
        let claimed = claimed.map_err(|error| error.to_string())?;
        let now = self.now;
        let first = self
            .jobs
            .iter()
            .filter(|job| job.is_claimable(now))
            .map(|job| job.run_after)
            .min();
        let Some(claimed) = claimed else {
            return expect("claim of nothing", None, first);
        };
        let job = self
            .jobs
            .iter_mut()
            .find(|job| job.job_id == claimed.job_id);
        let job = job.ok_or("a job that nobody ordered was claimed")?;
        if !job.is_claimable(now) || Some(job.run_after) != first {
            return Err(format!(
                "claimed {job:?} at {now}, the first had waited since {first:?}"
            ));
        }
        // A worker that fell silent counts as a failure.
        job.failures += i16::from(job.state == "running");
        job.state = "running";
        job.fence += 1;
        job.lease_until = Some(now + LEASE);
        let seen = (
            claimed.fence,
            claimed.failures,
            claimed.made,
            claimed.asked,
            claimed.reminder,
        );
        let expected = (job.fence, job.failures, job.made, job.asked, job.reminder);
        self.claims.push(claimed);
        if self.claims.len() > REMEMBERED {
            self.claims.remove(0);
        }
        expect("claim", seen, expected)
    }

    /// One of the claims that somebody remembers, and its job if it is still theirs.
    fn any_claim(&mut self, dice: &mut ChaCha8Rng) -> Option<(ClaimedJob, Option<&mut Job>)> {
        if self.claims.is_empty() {
            return None;
        }
        let claim = self.claims[dice.random_range(0..self.claims.len())].clone();
        let job = self.jobs.iter_mut().find(|job| {
            job.job_id == claim.job_id && job.fence == claim.fence && job.state == "running"
        });
        Some((claim, job))
    }

    async fn count_card(&mut self, db: &mut PgConnection, dice: &mut ChaCha8Rng) -> Step {
        let until = self.now + LEASE;
        let Some((claim, job)) = self.any_claim(dice) else {
            return Ok(());
        };
        let made = jobs::count_card(&mut *db, claim.job_id, claim.fence, until).await;
        let made = made.map_err(|error| error.to_string())?;
        let expected = job.filter(|job| job.made < job.asked).map(|job| {
            job.made += 1;
            job.lease_until = Some(until);
            job.made
        });
        expect("count_card", made, expected)
    }

    async fn extend_lease(&mut self, db: &mut PgConnection, dice: &mut ChaCha8Rng) -> Step {
        let until = self.now + LEASE;
        let Some((claim, job)) = self.any_claim(dice) else {
            return Ok(());
        };
        let extended = jobs::extend_lease(&mut *db, claim.job_id, claim.fence, until).await;
        let extended = extended.map_err(|error| error.to_string())?;
        let expected = job.map(|job| job.lease_until = Some(until)).is_some();
        expect("extend_lease", extended, expected)
    }

    async fn requeue(&mut self, db: &mut PgConnection, dice: &mut ChaCha8Rng) -> Step {
        let run_after = self.now + TimeDelta::seconds(dice.random_range(0..60));
        let failed = dice
            .random_bool(0.5)
            .then_some(("failing", "It does not answer."));
        let reminder = dice.random_bool(0.2);
        let Some((claim, job)) = self.any_claim(dice) else {
            return Ok(());
        };
        let put_back = jobs::requeue(
            &mut *db,
            claim.job_id,
            claim.fence,
            run_after,
            failed,
            reminder,
        )
        .await;
        let put_back = put_back.map_err(|error| error.to_string())?;
        let expected = job
            .map(|job| {
                job.state = "queued";
                job.run_after = run_after;
                job.lease_until = None;
                job.failures += i16::from(failed.is_some());
                job.reminder = reminder;
            })
            .is_some();
        expect("requeue", put_back, expected)
    }

    async fn end(&mut self, db: &mut PgConnection, dice: &mut ChaCha8Rng) -> Step {
        let now = self.now;
        let state = ["done", "dead"][dice.random_range(0..2)];
        let Some((claim, job)) = self.any_claim(dice) else {
            return Ok(());
        };
        let ended = jobs::end(&mut *db, claim.job_id, claim.fence, state, None, now).await;
        let ended = ended.map_err(|error| error.to_string())?;
        let expected = job
            .map(|job| {
                job.state = state;
                job.lease_until = None;
            })
            .is_some();
        expect("end", ended, expected)
    }

    /// All rows, and what is asked of them.
    async fn look(&mut self, db: &mut PgConnection) -> Step {
        let rows: Vec<Row> = sqlx::query_as(
            "select job_id, state, made, failures, fence, reminder, run_after, lease_until from generation_jobs order by job_id",
        )
        .fetch_all(&mut *db)
        .await
        .map_err(|error| error.to_string())?;
        let mut expected: Vec<_> = self
            .jobs
            .iter()
            .map(|job| {
                let state = job.state.to_owned();
                (
                    job.job_id,
                    state,
                    job.made,
                    job.failures,
                    job.fence,
                    job.reminder,
                    job.run_after,
                    job.lease_until,
                )
            })
            .collect();
        expected.sort();
        expect("rows", rows, expected)?;
        let next = jobs::next_claim_at(&mut *db)
            .await
            .map_err(|error| error.to_string())?;
        let live = self.jobs.iter().filter(|job| job.is_live());
        let expected = live
            .filter_map(|job| job.lease_until.or(Some(job.run_after)))
            .min();
        expect("next_claim_at", next, expected)
    }
}

#[tokio::test]
async fn the_jobs_table_does_what_a_list_of_jobs_does() {
    let pool = new_database().await;
    let mut db = pool.acquire().await.expect("a connection");
    // Nothing here has to survive; the rules are the same.
    sqlx::raw_sql("set synchronous_commit = off")
        .execute(&mut *db)
        .await
        .expect("a setting");
    for number in 1..=TOPICS {
        autodeck::db::topics::find_or_insert(
            &mut *db,
            TopicId::from_u128(number),
            "",
            &format!("topic {number}"),
            &format!("Topic {number}"),
            noon(),
        )
        .await
        .expect("a topic");
    }
    let mut dice = crate::dice();
    let mut world = World {
        now: noon(),
        jobs: Vec::new(),
        claims: Vec::new(),
    };
    let steps = crate::steps() / 10;
    for step in 0..steps {
        if step % LIFE == 0 {
            sqlx::raw_sql("truncate generation_jobs cascade")
                .execute(&mut *db)
                .await
                .expect("an empty table");
            world = World {
                jobs: Vec::new(),
                claims: Vec::new(),
                ..world
            };
        }
        let mut done = world.step(&mut db, &mut dice).await;
        if done.is_ok() && step % LOOK_EVERY == 0 {
            done = world.look(&mut db).await;
        }
        if let Err(difference) = done {
            panic!("MODEL_SEED={} step {step}: {difference}", crate::seed());
        }
    }
    println!("jobs: {steps} steps, 0 divergences");
}
