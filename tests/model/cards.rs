//! One card after another: answered at all hours in all time zones, moved, reset, taken back, answered offline. The
//! reference is FSRS-6 written down anew (`fsrs`), and a list of what happened.

use crate::fsrs::{Back, Reference, Stage, TOLERANCE, fuzzed, interval};
use autodeck::domain::ids::{CardId, ReviewId};
use autodeck::domain::review_log::{LogEntry, LogEvent, replay};
use autodeck::domain::scheduler::{AnswerContext, Rating, Schedule, Scheduler};
use autodeck::domain::study_day::StudyDays;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Rows after which a card is put away for the next.
const LIFE: usize = 40;
const ZONES: [Tz; 4] = [
    Tz::UTC,
    Tz::Asia__Tokyo,
    Tz::America__Los_Angeles,
    Tz::Australia__Lord_Howe,
];

/// A card and everything that stands in its log, in order of time.
struct Life {
    card_id: CardId,
    now: DateTime<Utc>,
    rows: Vec<LogEntry>,
    stored: Schedule,
    reference: Reference,
    scheduler: Scheduler,
    numbered: u128,
}

impl Life {
    fn new(dice: &mut ChaCha8Rng) -> Life {
        let start: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().expect("a time");
        Life {
            card_id: CardId::from_u128(dice.random()),
            now: start + TimeDelta::minutes(dice.random_range(0..525_600)),
            rows: Vec::new(),
            stored: Schedule::new_card(),
            reference: Reference::NEW,
            scheduler: Scheduler::default(),
            numbered: 0,
        }
    }

    fn step(&mut self, dice: &mut ChaCha8Rng) -> Result<(), String> {
        // From seconds to a year, each scale as likely as the others.
        let wait = 10_f64.powf(dice.random_range(0.0..7.5));
        self.now += TimeDelta::seconds(wait as i64);
        match dice.random_range(0..100) {
            0..5 => {
                let due_at = dice
                    .random_bool(0.8)
                    .then(|| self.now + TimeDelta::minutes(dice.random_range(0..100_000)));
                self.append(dice, LogEvent::Reschedule { due_at })
            }
            5..7 => self.append(dice, LogEvent::Reset),
            7..17 => self.undo(),
            17..22 => self.answer_offline(dice),
            _ => self.answer(dice),
        }
    }

    fn row(&mut self, dice: &mut ChaCha8Rng, at: DateTime<Utc>, event: LogEvent) -> LogEntry {
        self.numbered += 1;
        LogEntry {
            review_id: ReviewId::from_u128(self.numbered),
            at,
            event,
            desired_retention: dice.random_range(0.70..=0.97),
            days: StudyDays {
                time_zone: ZONES[dice.random_range(0..ZONES.len())],
                rollover_hour: dice.random_range(0..24),
            },
        }
    }

    /// One answer, after all four were held against the reference.
    fn answer(&mut self, dice: &mut ChaCha8Rng) -> Result<(), String> {
        let rating = Rating::ALL[dice.random_range(0..4)];
        let row = self.row(dice, self.now, LogEvent::Answer { rating });
        let today = day_of(&row.days, row.at)?;
        let context = AnswerContext {
            card_id: self.card_id,
            at: row.at,
            desired_retention: row.desired_retention,
            days: &row.days,
        };
        let outcomes = self.scheduler.outcomes(&self.stored, &context);
        let mut days_before = (0, 0);
        for rating in Rating::ALL {
            let (expected, back) = self
                .reference
                .answered(rating, today, row.desired_retention);
            let outcome = outcomes.after(rating);
            if let Some(difference) = expected.difference(outcome, TOLERANCE) {
                return Err(format!("{rating:?} of {:?}: {difference}", self.stored));
            }
            let due_at = outcome
                .due_at
                .ok_or("an answered card without a due time")?;
            match back {
                Back::Seconds(seconds) if due_at == row.at + TimeDelta::seconds(seconds) => {
                    // Easy lies past what good would have given, had it left the steps.
                    if rating == Rating::Good {
                        days_before = fuzzed(interval(expected.stability, row.desired_retention));
                    }
                }
                Back::Seconds(seconds) => {
                    return Err(format!("{rating:?}: due {due_at}, expected in {seconds} s"));
                }
                Back::Days(days) => {
                    let due_day = day_of(&row.days, due_at)?;
                    let actual = (due_day - today).num_days();
                    if row.days.start_of(due_day) != due_at {
                        return Err(format!(
                            "{rating:?}: due {due_at}, not at a day's beginning"
                        ));
                    }
                    // Fuzz stays within what Anki's does, around the least that a button may give where FSRS gives less:
                    // a day more than the button before, and than the last interval while that is growing.
                    let last = self.put_off(&row.days);
                    let growing = if days.round() as i64 > last {
                        last + 1
                    } else {
                        1
                    };
                    let least = |before: i64| growing.max(before + 1).min(36_500);
                    let low =
                        least(days_before.0).max(fuzzed(days.max(least(days_before.0) as f64)).0);
                    let high = fuzzed(days.max(least(days_before.1) as f64)).1;
                    if actual < low || actual > high {
                        return Err(format!(
                            "{rating:?}: {actual} days, expected {low} to {high} ({days:.2})"
                        ));
                    }
                    days_before = (actual, actual);
                }
            }
        }
        self.reference = self
            .reference
            .answered(rating, today, row.desired_retention)
            .0;
        self.stored = row.apply(&self.scheduler, self.card_id, &self.stored);
        if &self.stored != outcomes.after(rating) {
            return Err("the answer gave something else than its button said".into());
        }
        self.reference = self.reference.based_on(&self.stored);
        self.rows.push(row);
        Ok(())
    }

    /// The days for which a card in review is put off now.
    fn put_off(&self, days: &StudyDays) -> i64 {
        match (
            self.reference.stage,
            self.stored.last_review_day,
            self.stored.due_at,
        ) {
            (Stage::Review, Some(last), Some(due_at)) => {
                (days.day_of(due_at) - last).num_days().max(0)
            }
            _ => 0,
        }
    }

    /// Anything but an answer, now.
    fn append(&mut self, dice: &mut ChaCha8Rng, event: LogEvent) -> Result<(), String> {
        let row = self.row(dice, self.now, event);
        let before = self.stored.clone();
        self.stored = row.apply(&self.scheduler, self.card_id, &self.stored);
        let expected = match event {
            LogEvent::Reset => {
                self.reference = Reference::NEW;
                Schedule::new_card()
            }
            LogEvent::Reschedule {
                due_at: Some(due_at),
            } => Schedule {
                due_at: Some(due_at),
                ..before
            },
            _ => before,
        };
        self.rows.push(row);
        if self.stored == expected {
            return Ok(());
        }
        Err(format!(
            "{event:?}: expected {expected:?}, got {:?}",
            self.stored
        ))
    }

    /// The last answer is taken back, whatever came after it.
    fn undo(&mut self) -> Result<(), String> {
        let is_answer = |row: &LogEntry| matches!(row.event, LogEvent::Answer { .. });
        let Some(last) = self.rows.iter().rposition(is_answer) else {
            return Ok(());
        };
        self.rows.remove(last);
        self.replayed()
    }

    /// An answer of some time ago arrives now.
    fn answer_offline(&mut self, dice: &mut ChaCha8Rng) -> Result<(), String> {
        let Some(first) = self.rows.first().map(|row| row.at) else {
            return Ok(());
        };
        let span = (self.now - first).num_seconds();
        let at = first + TimeDelta::seconds(dice.random_range(0..=span));
        let rating = Rating::ALL[dice.random_range(0..4)];
        let row = self.row(dice, at, LogEvent::Answer { rating });
        let place = self
            .rows
            .partition_point(|other| (other.at, other.review_id) <= (row.at, row.review_id));
        self.rows.insert(place, row);
        self.replayed()
    }

    /// The log has changed before its end: the product replays it, the reference begins anew.
    fn replayed(&mut self) -> Result<(), String> {
        // In any order: the product sorts.
        let mut rows = self.rows.clone();
        rows.reverse();
        self.stored = replay(&self.scheduler, self.card_id, &rows);
        let mut reference = Reference::NEW;
        for row in &self.rows {
            match row.event {
                LogEvent::Answer { rating } => {
                    let today = day_of(&row.days, row.at)?;
                    reference = reference.answered(rating, today, row.desired_retention).0;
                }
                LogEvent::Reset => reference = Reference::NEW,
                LogEvent::Reschedule { .. } => {}
            }
        }
        // Rounding adds up over a whole log.
        if let Some(difference) =
            reference.difference(&self.stored, TOLERANCE * self.rows.len().max(1) as f64)
        {
            return Err(format!("replayed: {difference}"));
        }
        self.reference = reference.based_on(&self.stored);
        Ok(())
    }
}

/// The product's day, held against what a day is: it has begun, and the next has not.
fn day_of(days: &StudyDays, at: DateTime<Utc>) -> Result<NaiveDate, String> {
    let day = days.day_of(at);
    let next = day.succ_opt().expect("within the calendar");
    let shown = at.with_timezone(&days.time_zone).naive_local()
        - TimeDelta::hours(i64::from(days.rollover_hour));
    let is_right = days.start_of(day) <= at
        && at < days.start_of(next)
        && (day - shown.date()).num_days().abs() <= 1;
    is_right
        .then_some(day)
        .ok_or_else(|| format!("{at} is not in {day} of {days:?}"))
}

#[test]
fn a_card_lives_as_the_reference_says() {
    let mut dice = crate::dice();
    let mut life = Life::new(&mut dice);
    let mut lives = 1;
    for step in 0..crate::steps() {
        if life.rows.len() >= LIFE {
            life = Life::new(&mut dice);
            lives += 1;
        }
        if let Err(difference) = life.step(&mut dice) {
            panic!("MODEL_SEED={} step {step}: {difference}", crate::seed());
        }
    }
    println!(
        "cards: {} steps in {lives} lives, 0 divergences",
        crate::steps()
    );
}
