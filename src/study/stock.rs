//! What a topic's pool and its last orders hold, read once for all learners who ask at the same time: a card that wakes
//! ten of them costs one look at the topic, not ten, and while none comes nobody looks again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::db;
use crate::db::jobs::{JobKey, JobReport};
use crate::db::pool::PoolPlace;
use crate::domain::ids::TopicId;
use crate::domain::supply::BARREN_BATCHES;
use crate::generator::wake::{Waiting, Wake};

/// After this long a topic is read from its beginning again: a database put back to an earlier state would otherwise
/// never be noticed, since only what is new is asked for.
const FORGET_AFTER: Duration = Duration::from_secs(60);

/// A wake-up can be lost (a process killed between commit and NOTIFY): what was read longer ago is read again.
pub const TRUSTED_FOR: Duration = Duration::from_secs(5);

/// Topics kept in mind; beyond it those that nobody is reading just now are dropped.
const MAX_TOPICS: usize = 1024;

/// The topics that this process has in mind. Nothing in here matters: all of it can be read again.
#[derive(Debug)]
pub struct Stocks {
    /// Tells when a topic has changed.
    wake: Wake,
    topics: Mutex<HashMap<TopicId, Arc<AsyncMutex<Stock>>>>,
}

/// A topic's pool, and the last orders of one key.
#[derive(Debug, Clone)]
pub struct Reading {
    /// By position.
    pub places: Arc<Vec<PoolPlace>>,
    /// Newest first, [`BARREN_BATCHES`] at most.
    pub jobs: Arc<Vec<JobReport>>,
}

impl Reading {
    /// Whether nothing was written or ended between the two.
    pub fn is_as(&self, other: &Reading) -> bool {
        // What somebody holds is never written to: a change makes a new list.
        Arc::ptr_eq(&self.places, &other.places) && self.jobs == other.jobs
    }
}

type ReadJobs = (Instant, Arc<Vec<JobReport>>);

#[derive(Debug)]
struct Stock {
    /// Every change of the topic is heard for as long as it is kept in mind.
    changes: Waiting,
    since: Instant,
    places: Arc<Vec<PoolPlace>>,
    read_at: Option<Instant>,
    /// By level and class, with when they were read.
    jobs: HashMap<(u8, &'static str), ReadJobs>,
}

impl Stocks {
    /// Knows nothing yet.
    pub fn new(wake: Wake) -> Stocks {
        Stocks {
            wake,
            topics: Mutex::default(),
        }
    }

    /// What stands behind each key, no older than `as_of`, or `None`: as current as wake-ups keep it. Two questions at
    /// most; whoever asks for the same topic meanwhile waits for these answers and shares them.
    pub async fn read(
        &self,
        db: &PgPool,
        keys: &[JobKey<'static>],
        as_of: Option<Instant>,
    ) -> sqlx::Result<HashMap<TopicId, Reading>> {
        let mut stocks = Vec::with_capacity(keys.len());
        let mut keys = keys.to_vec();
        // One order for all, so that two who want the same topics cannot wait for each other.
        keys.sort_unstable_by_key(|key| key.topic_id);
        keys.dedup_by_key(|key| key.topic_id);
        for key in keys {
            stocks.push((key, self.stock(key.topic_id).lock_owned().await));
        }
        refresh_places(db, &mut stocks, as_of).await?;
        refresh_jobs(db, &mut stocks, as_of).await?;
        Ok(stocks
            .iter()
            .map(|(key, stock)| (key.topic_id, stock.reading(key)))
            .collect())
    }

    fn stock(&self, topic_id: TopicId) -> Arc<AsyncMutex<Stock>> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        // A stock begins to listen before it reads.
        let begin = || Arc::new(AsyncMutex::new(Stock::new(self.wake.wait_for(topic_id))));
        if topics.len() >= MAX_TOPICS && !topics.contains_key(&topic_id) {
            topics.retain(|_, stock| Arc::strong_count(stock) > 1);
        }
        Arc::clone(topics.entry(topic_id).or_insert_with(begin))
    }
}

type Held = (JobKey<'static>, OwnedMutexGuard<Stock>);

async fn refresh_places(
    db: &PgPool,
    stocks: &mut [Held],
    as_of: Option<Instant>,
) -> sqlx::Result<()> {
    let now = Instant::now();
    let mut stale: Vec<&mut Held> = stocks
        .iter_mut()
        .filter_map(|held| {
            let as_of = as_of.unwrap_or_else(|| held.1.current_since());
            let is_stale = held.1.read_at.is_none_or(|read_at| read_at < as_of);
            is_stale.then_some(held)
        })
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    for (_, stock) in &mut stale {
        if now.duration_since(stock.since) > FORGET_AFTER {
            stock.forget();
        }
    }
    let topic_ids: Vec<_> = stale.iter().map(|(key, _)| key.topic_id).collect();
    let positions: Vec<_> = stale.iter().map(|(_, stock)| stock.position()).collect();
    let mut news: HashMap<TopicId, Vec<PoolPlace>> = HashMap::new();
    for place in db::pool::places_after(db, &topic_ids, &positions).await? {
        news.entry(place.topic_id).or_default().push(place);
    }
    for (key, stock) in stale {
        stock.learn(news.remove(&key.topic_id).unwrap_or_default());
        stock.read_at = Some(now);
    }
    Ok(())
}

async fn refresh_jobs(
    db: &PgPool,
    stocks: &mut [Held],
    as_of: Option<Instant>,
) -> sqlx::Result<()> {
    let now = Instant::now();
    let mut stale: Vec<&mut Held> = stocks
        .iter_mut()
        .filter_map(|held| {
            let as_of = as_of.unwrap_or_else(|| held.1.current_since());
            let is_stale = held
                .1
                .jobs_of(&held.0)
                .is_none_or(|(read_at, _)| *read_at < as_of);
            is_stale.then_some(held)
        })
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = stale.iter().map(|(key, _)| *key).collect();
    let mut reports = vec![Vec::new(); keys.len()];
    for (place, report) in db::jobs::recent(db, &keys, BARREN_BATCHES as i64).await? {
        reports[place].push(report);
    }
    for ((key, stock), reports) in stale.iter_mut().zip(reports) {
        let of = (key.level.number(), key.class);
        stock.jobs.insert(of, (now, Arc::new(reports)));
    }
    Ok(())
}

impl Stock {
    fn new(changes: Waiting) -> Stock {
        Stock {
            changes,
            since: Instant::now(),
            places: Arc::default(),
            read_at: None,
            jobs: HashMap::new(),
        }
    }

    /// What was read at this instant or later still holds, unless a wake-up was lost.
    fn current_since(&mut self) -> Instant {
        let trusted = Instant::now().checked_sub(TRUSTED_FOR);
        let changed = self.changes.current_since();
        trusted.map_or(changed, |trusted| trusted.max(changed))
    }

    fn forget(&mut self) {
        self.since = Instant::now();
        self.places = Arc::default();
        self.read_at = None;
        self.jobs.clear();
    }

    fn position(&self) -> i64 {
        self.places.last().map_or(0, |place| place.position)
    }

    fn jobs_of(&self, key: &JobKey<'static>) -> Option<&ReadJobs> {
        self.jobs.get(&(key.level.number(), key.class))
    }

    fn reading(&self, key: &JobKey<'static>) -> Reading {
        Reading {
            places: Arc::clone(&self.places),
            jobs: self
                .jobs_of(key)
                .map(|(_, jobs)| Arc::clone(jobs))
                .unwrap_or_default(),
        }
    }

    /// Takes in what came after the last known position, and which of the known ones are in quarantine now.
    fn learn(&mut self, news: Vec<PoolPlace>) {
        let last = self.position();
        let (known, new): (Vec<_>, Vec<_>) =
            news.into_iter().partition(|place| place.position <= last);
        let quarantined: HashSet<i64> = known.iter().map(|place| place.position).collect();
        let moved =
            |place: &PoolPlace| place.is_quarantined != quarantined.contains(&place.position);
        if new.is_empty() && !self.places.iter().any(moved) {
            return;
        }
        let places = Arc::make_mut(&mut self.places);
        for place in places.iter_mut() {
            place.is_quarantined = quarantined.contains(&place.position);
        }
        places.extend(new);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn place(position: i64, is_quarantined: bool) -> PoolPlace {
        PoolPlace {
            topic_id: Uuid::nil(),
            pool_card_id: Uuid::from_u128(position as u128),
            position,
            level: 5,
            is_pro: false,
            is_quarantined,
        }
    }

    fn quarantined(stock: &Stock) -> Vec<bool> {
        stock
            .places
            .iter()
            .map(|place| place.is_quarantined)
            .collect()
    }

    #[test]
    fn a_known_card_goes_into_quarantine_and_comes_out_again() {
        let (wake, _outbox) = Wake::new();
        let mut stock = Stock::new(wake.wait_for(Uuid::nil()));
        stock.learn(vec![place(1, false), place(2, false)]);
        stock.learn(vec![place(1, true), place(3, false)]);
        assert_eq!(quarantined(&stock), [true, false, false]);
        stock.learn(Vec::new());
        assert_eq!(quarantined(&stock), [false, false, false]);
        assert_eq!(stock.position(), 3);
    }
}
