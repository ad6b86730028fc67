//! Answers and due cards by the learner's own days. The database groups by quarters of an hour: every zone's clock is
//! a whole number of quarters off and a day begins on an hour, so no day begins inside one.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::LevelPoint;
use crate::domain::study_day::StudyDays;

/// Answers of some stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tally {
    /// Answers that stand.
    pub answers: u32,
    /// Of these, first answers to new cards.
    pub new: u32,
    /// Of these, *again*.
    pub again: u32,
    /// Answers to cards in review: those that tell about memory.
    pub reviews: u32,
    /// Of the reviews, all but *again*.
    pub recalled: u32,
    /// From question to grade, a minute a card at most.
    pub milliseconds: u64,
}

impl Tally {
    /// Minutes, rounded to the nearest.
    pub fn minutes(&self) -> u64 {
        (self.milliseconds + 30_000) / 60_000
    }

    /// The share of reviews that were recalled, 0–1; `None` without a review.
    pub fn retention(&self) -> Option<f64> {
        (self.reviews > 0).then(|| f64::from(self.recalled) / f64::from(self.reviews))
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.answers += other.answers;
        self.new += other.new;
        self.again += other.again;
        self.reviews += other.reviews;
        self.recalled += other.recalled;
        self.milliseconds += other.milliseconds;
    }
}

/// One of the learner's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Day {
    /// The date on which it began.
    pub date: NaiveDate,
    /// What was answered.
    #[serde(flatten)]
    pub tally: Tally,
}

/// A day to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueDay {
    /// The date on which it begins.
    pub date: NaiveDate,
    /// Cards due.
    pub cards: u32,
}

/// The last `count` days up to `today`, empty ones too.
pub fn daily(
    quarters: &[(DateTime<Utc>, Tally)],
    days: &StudyDays,
    today: NaiveDate,
    count: usize,
) -> Vec<Day> {
    let mut by_date: BTreeMap<NaiveDate, Tally> = BTreeMap::new();
    for (begins_at, tally) in quarters {
        *by_date.entry(days.day_of(*begins_at)).or_default() += *tally;
    }
    let dates = (0..count as i64)
        .rev()
        .map(|ago| today - TimeDelta::days(ago));
    dates
        .map(|date| Day {
            date,
            tally: by_date.get(&date).copied().unwrap_or_default(),
        })
        .collect()
}

/// Days in a row with an answer. Today without one does not break the row: it is not over.
pub fn streak(days: &[Day]) -> u32 {
    let studied = |day: &&Day| day.tally.answers > 0;
    let last = days.iter().rev();
    let skip = usize::from(days.last().is_some_and(|today| today.tally.answers == 0));
    last.skip(skip).take_while(studied).count() as u32
}

/// Cards due on each of the next `count` days; what is overdue is due today.
pub fn forecast(
    due: &[(DateTime<Utc>, u32)],
    days: &StudyDays,
    today: NaiveDate,
    count: usize,
) -> Vec<DueDay> {
    let mut forecast: Vec<DueDay> = (0..count as i64)
        .map(|ahead| DueDay {
            date: today + TimeDelta::days(ahead),
            cards: 0,
        })
        .collect();
    for (begins_at, cards) in due {
        let ahead = (days.day_of(*begins_at) - today).num_days().max(0);
        if let Some(day) = forecast.get_mut(ahead as usize) {
            day.cards += cards;
        }
    }
    forecast
}

/// The mean level of new cards by day, from quarters with their number of cards and the sum of their levels.
pub fn levels(quarters: &[(DateTime<Utc>, u32, i64)], days: &StudyDays) -> Vec<LevelPoint> {
    let mut by_date: BTreeMap<NaiveDate, (u32, i64)> = BTreeMap::new();
    for (begins_at, cards, sum) in quarters {
        let day = by_date.entry(days.day_of(*begins_at)).or_default();
        *day = (day.0 + cards, day.1 + sum);
    }
    by_date
        .into_iter()
        .filter(|(_, (cards, _))| *cards > 0)
        .map(|(date, (cards, sum))| LevelPoint {
            date,
            level: sum as f64 / f64::from(cards),
            cards,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn answers(answers: u32) -> Tally {
        Tally {
            answers,
            ..Tally::default()
        }
    }

    #[test]
    fn a_quarter_belongs_to_the_learners_day_and_not_to_the_date_of_its_clock() {
        let paris = StudyDays {
            time_zone: Tz::Europe__Paris,
            rollover_hour: 4,
        };
        let quarters = [
            (at("2026-03-02T02:45:00Z"), answers(3)),
            (at("2026-03-02T03:00:00Z"), answers(5)),
            (at("2026-03-02T23:00:00Z"), answers(7)),
        ];
        let days = daily(&quarters, &paris, date("2026-03-02"), 3);
        let counted: Vec<_> = days.iter().map(|day| day.tally.answers).collect();
        assert_eq!(
            counted,
            [0, 3, 12],
            "28 February, 1 March until 4 o'clock, 2 March"
        );
    }

    #[test]
    fn a_day_that_is_not_over_does_not_break_the_streak() {
        let day = |ago: i64, count| Day {
            date: date("2026-03-10") - TimeDelta::days(ago),
            tally: answers(count),
        };
        assert_eq!(streak(&[day(3, 1), day(2, 4), day(1, 2), day(0, 0)]), 3);
        assert_eq!(streak(&[day(2, 4), day(1, 0), day(0, 1)]), 1);
        assert_eq!(streak(&[day(1, 0), day(0, 0)]), 0);
        assert_eq!(streak(&[]), 0);
    }

    #[test]
    fn what_is_overdue_is_due_today_and_what_lies_beyond_is_left_out() {
        let days = StudyDays::default();
        let due = [
            (at("2026-02-01T04:00:00Z"), 2),
            (at("2026-03-02T22:00:00Z"), 3),
            (at("2026-03-03T04:00:00Z"), 4),
            (at("2027-03-03T04:00:00Z"), 9),
        ];
        let forecast = forecast(&due, &days, date("2026-03-02"), 3);
        assert_eq!(
            forecast.iter().map(|day| day.cards).collect::<Vec<_>>(),
            [5, 4, 0]
        );
    }

    #[test]
    fn a_days_level_is_the_mean_over_its_cards() {
        let quarters = [
            (at("2026-03-02T10:00:00Z"), 1, 3),
            (at("2026-03-02T12:00:00Z"), 3, 15),
        ];
        let points = levels(&quarters, &StudyDays::default());
        assert_eq!(points.len(), 1);
        assert_eq!((points[0].level, points[0].cards), (4.5, 4));
    }
}
