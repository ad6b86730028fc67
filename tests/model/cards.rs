//! One card after another: answered at all hours in all time zones, moved, reset, taken back, answered offline. The
//! reference is FSRS-6 written down from its published formulas, a table of learning steps, and a list of what happened.

use autodeck::domain::ids::{CardId, ReviewId};
use autodeck::domain::review_log::{LogEntry, LogEvent, replay};
use autodeck::domain::scheduler::{AnswerContext, CardState, Rating, Schedule, Scheduler};
use autodeck::domain::study_day::StudyDays;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// FSRS-6's default parameters, w0 to w20, as open-spaced-repetition publishes them.
const W: [f64; 21] = [
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835,
    0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
];
/// The crate computes in `f32`; the reference does not.
const TOLERANCE: f64 = 1e-4;
/// Rows after which a card is put away for the next.
const LIFE: usize = 40;
const ZONES: [Tz; 4] = [
    Tz::UTC,
    Tz::Asia__Tokyo,
    Tz::America__Los_Angeles,
    Tz::Australia__Lord_Howe,
];

/// What FSRS knows of a card, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reference {
    stage: Stage,
    stability: f64,
    difficulty: f64,
    last_day: Option<NaiveDate>,
    reps: u32,
    lapses: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    New,
    Learning(u8),
    Review,
    Relearning,
}

/// When an answer brings the card back.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Back {
    Seconds(i64),
    /// In whole days, near so many.
    Days(f64),
}

impl Reference {
    const NEW: Reference = Reference {
        stage: Stage::New,
        stability: 0.0,
        difficulty: 0.0,
        last_day: None,
        reps: 0,
        lapses: 0,
    };

    fn answered(&self, rating: Rating, today: NaiveDate, retention: f64) -> (Reference, Back) {
        let grade = f64::from(rating.number());
        let (stability, difficulty) = match self.last_day {
            None => (W[rating.number() as usize - 1], first_difficulty(grade)),
            Some(last) => {
                let days = (today - last).num_days().max(0) as f64;
                (
                    self.next_stability(grade, days),
                    self.next_difficulty(grade),
                )
            }
        };
        let days = interval(stability, retention);
        let (stage, back) = match (self.stage, rating) {
            (Stage::New | Stage::Learning(_), Rating::Again) => {
                (Stage::Learning(0), Back::Seconds(60))
            }
            (Stage::New | Stage::Learning(0), Rating::Hard) => {
                (Stage::Learning(0), Back::Seconds(330))
            }
            (Stage::Learning(_), Rating::Hard) => (Stage::Learning(1), Back::Seconds(600)),
            (Stage::New | Stage::Learning(0), Rating::Good) => {
                (Stage::Learning(1), Back::Seconds(600))
            }
            (Stage::Review | Stage::Relearning, Rating::Again) => {
                (Stage::Relearning, Back::Seconds(600))
            }
            (Stage::Relearning, Rating::Hard) => (Stage::Relearning, Back::Seconds(900)),
            _ => (Stage::Review, Back::Days(days)),
        };
        let forgotten = self.stage == Stage::Review && rating == Rating::Again;
        let after = Reference {
            stage,
            stability,
            difficulty,
            last_day: Some(today),
            reps: self.reps + 1,
            lapses: self.lapses + u32::from(forgotten),
        };
        (after, back)
    }

    fn next_stability(&self, grade: f64, days: f64) -> f64 {
        let (s, d) = (self.stability, self.difficulty);
        let next = if days == 0.0 {
            let growth = (W[17] * (grade - 3.0 + W[18])).exp() * s.powf(-W[19]);
            s * if grade >= 2.0 {
                growth.max(1.0)
            } else {
                growth
            }
        } else {
            let forgetting = (0.9_f64.powf(-1.0 / W[20])) - 1.0;
            let recall = (1.0 + forgetting * days / s).powf(-W[20]);
            if grade == 1.0 {
                let after_lapse = W[11]
                    * d.powf(-W[12])
                    * ((s + 1.0).powf(W[13]) - 1.0)
                    * (W[14] * (1.0 - recall)).exp();
                after_lapse.min(s / (W[17] * W[18]).exp())
            } else {
                let hard = if grade == 2.0 { W[15] } else { 1.0 };
                let easy = if grade == 4.0 { W[16] } else { 1.0 };
                let growth = W[8].exp()
                    * (11.0 - d)
                    * s.powf(-W[9])
                    * ((W[10] * (1.0 - recall)).exp() - 1.0);
                s * (1.0 + growth * hard * easy)
            }
        };
        next.clamp(0.001, 36_500.0)
    }

    fn next_difficulty(&self, grade: f64) -> f64 {
        let moved = self.difficulty - W[6] * (grade - 3.0) * (10.0 - self.difficulty) / 9.0;
        (W[7] * unbounded_first_difficulty(4.0) + (1.0 - W[7]) * moved).clamp(1.0, 10.0)
    }

    /// What differs from the product's row, if anything does.
    fn difference(&self, actual: &Schedule, tolerance: f64) -> Option<String> {
        let stage = match actual.state {
            CardState::New => Stage::New,
            CardState::Learning => Stage::Learning(actual.step),
            CardState::Review => Stage::Review,
            CardState::Relearning => Stage::Relearning,
        };
        let near = |actual: Option<f64>, expected: f64| match actual {
            None => self.last_day.is_none(),
            Some(actual) => (actual / expected - 1.0).abs() <= tolerance,
        };
        let is_same = stage == self.stage
            && (actual.reps, actual.lapses) == (self.reps, self.lapses)
            && actual.last_review_day == self.last_day
            && near(actual.stability, self.stability)
            && near(actual.difficulty, self.difficulty);
        (!is_same).then(|| format!("expected {self:?}, got {actual:?}"))
    }

    /// Takes over the product's numbers, which were held against these a moment ago: what is off by 1e-5 does not grow.
    fn based_on(mut self, actual: &Schedule) -> Reference {
        self.stability = actual.stability.unwrap_or(0.0);
        self.difficulty = actual.difficulty.unwrap_or(0.0);
        self
    }
}

fn unbounded_first_difficulty(grade: f64) -> f64 {
    W[4] - (W[5] * (grade - 1.0)).exp() + 1.0
}

fn first_difficulty(grade: f64) -> f64 {
    unbounded_first_difficulty(grade).clamp(1.0, 10.0)
}

/// Days until recall falls to `retention`.
fn interval(stability: f64, retention: f64) -> f64 {
    let forgetting = 0.9_f64.powf(-1.0 / W[20]) - 1.0;
    stability / forgetting * (retention.powf(-1.0 / W[20]) - 1.0)
}

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

/// Anki's range around an interval, in whole days.
fn fuzzed(days: f64) -> (i64, i64) {
    let days = days.clamp(1.0, 36_500.0);
    let reach = match days {
        ..2.5 => 0.0,
        _ => {
            1.0 + 0.15 * (days.min(7.0) - 2.5)
                + 0.10 * (days.min(20.0) - 7.0).max(0.0)
                + 0.05 * (days - 20.0).max(0.0)
        }
    };
    let low = (((days - reach) * (1.0 - TOLERANCE)).round() as i64).max(1);
    let high = ((days + reach) * (1.0 + TOLERANCE)).round() as i64;
    // Where a button is held at its least, there is still a choice of two days.
    (
        low,
        if low == high && high > 2 {
            high + 1
        } else {
            high
        },
    )
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
