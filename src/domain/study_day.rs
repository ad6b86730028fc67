//! The learner's own days: a date in their time zone, begun at the rollover hour rather than at midnight.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The hour at which a day begins, unless the learner chose another: someone who studies until 1 a.m. is still on the
/// evening before.
pub const DEFAULT_ROLLOVER_HOUR: u8 = 4;

/// How a learner's time is cut into days. Each instant lies in exactly one day, and they follow each other without a
/// hole, whatever the time zone does to its clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StudyDays {
    /// Where the learner's clock hangs.
    pub time_zone: Tz,
    /// The hour, 0–23, at which a day begins.
    pub rollover_hour: u8,
}

impl Default for StudyDays {
    fn default() -> StudyDays {
        StudyDays {
            time_zone: Tz::UTC,
            rollover_hour: DEFAULT_ROLLOVER_HOUR,
        }
    }
}

impl StudyDays {
    /// From what a row keeps. A name that the time zone database no longer has counts as UTC, an hour outside 0–23 as
    /// [`DEFAULT_ROLLOVER_HOUR`]: an old row must stay replayable.
    pub fn from_names(time_zone: &str, rollover_hour: i16) -> StudyDays {
        StudyDays {
            time_zone: time_zone.parse().unwrap_or(Tz::UTC),
            rollover_hour: u8::try_from(rollover_hour)
                .ok()
                .filter(|hour| *hour < 24)
                .unwrap_or(DEFAULT_ROLLOVER_HOUR),
        }
    }

    /// The day in which `at` lies.
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        let on_the_clock = at.with_timezone(&self.time_zone).naive_local();
        let mut day = (on_the_clock - TimeDelta::hours(i64::from(self.rollover_hour))).date();
        // Clocks put back across the rollover hour show the evening before once more; the day has begun all the same.
        while self.start_of(after(day)) <= at {
            day = after(day);
        }
        while at < self.start_of(day) {
            day = day
                .pred_opt()
                .expect("dates reach further back than instants");
        }
        day
    }

    /// The first instant of `day`. Where the clock skips the rollover hour, the day begins when the clock jumps; where
    /// it shows that hour twice, at the first time.
    pub fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let rollover = NaiveTime::from_hms_opt(u32::from(self.rollover_hour.min(23)), 0, 0)
            .expect("an hour below 24");
        let start = day.and_time(rollover);
        match self.time_zone.from_local_datetime(&start).earliest() {
            Some(start) => start.to_utc(),
            None => self.end_of_gap(start),
        }
    }

    /// The first instant of the day after the one in which `at` lies.
    pub fn next_start(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.start_of(after(self.day_of(at)))
    }

    /// The instant at which the clock jumps over `skipped`: found by halving, since the database of time zones tells an
    /// instant's offset but not where the next change lies.
    fn end_of_gap(&self, skipped: NaiveDateTime) -> DateTime<Utc> {
        // No zone is more than 15 hours off, so the jump lies within as many of the time read as UTC.
        let (mut before, mut after) = (
            skipped - TimeDelta::hours(15),
            skipped + TimeDelta::hours(15),
        );
        while after - before > TimeDelta::seconds(1) {
            let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
            let offset = self.time_zone.offset_from_utc_datetime(&middle).fix();
            if middle + offset < skipped {
                before = middle;
            } else {
                after = middle;
            }
        }
        after.and_utc()
    }
}

fn after(day: NaiveDate) -> NaiveDate {
    day.succ_opt()
        .expect("dates reach further ahead than instants")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time in RFC 3339")
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn days(time_zone: Tz, rollover_hour: u8) -> StudyDays {
        StudyDays {
            time_zone,
            rollover_hour,
        }
    }

    #[test]
    fn a_day_begins_at_the_rollover_hour_of_the_learners_clock() {
        let paris = days(Tz::Europe__Paris, 4);
        assert_eq!(
            paris.day_of(at("2026-01-10T02:59:59.999999Z")),
            day("2026-01-09")
        );
        assert_eq!(paris.day_of(at("2026-01-10T03:00:00Z")), day("2026-01-10"));
        assert_eq!(
            paris.start_of(day("2026-01-10")),
            at("2026-01-10T03:00:00Z")
        );
        assert_eq!(
            paris.next_start(at("2026-01-10T02:00:00Z")),
            at("2026-01-10T03:00:00Z")
        );
    }

    #[test]
    fn a_day_whose_beginning_the_clock_skips_begins_at_the_jump() {
        // 2026-03-29 in Paris: 2:00 is followed by 3:00.
        let paris = days(Tz::Europe__Paris, 2);
        assert_eq!(
            paris.start_of(day("2026-03-29")),
            at("2026-03-29T01:00:00Z")
        );
        assert_eq!(paris.day_of(at("2026-03-29T00:59:59Z")), day("2026-03-28"));
        assert_eq!(paris.day_of(at("2026-03-29T01:00:00Z")), day("2026-03-29"));
        // 2026-09-06 in Santiago: the day has no midnight.
        let santiago = days(Tz::America__Santiago, 0);
        assert_eq!(
            santiago.start_of(day("2026-09-06")),
            at("2026-09-06T04:00:00Z")
        );
    }

    #[test]
    fn a_day_whose_beginning_the_clock_shows_twice_begins_at_the_first() {
        // 2026-10-25 in Paris: 3:00 summer time is 2:00 again.
        let paris = days(Tz::Europe__Paris, 2);
        assert_eq!(
            paris.start_of(day("2026-10-25")),
            at("2026-10-25T00:00:00Z")
        );
        assert_eq!(paris.day_of(at("2026-10-25T01:30:00Z")), day("2026-10-25"));
    }

    #[test]
    fn a_date_that_a_country_left_out_is_a_short_day() {
        // Samoa went from 29 to 31 December 2011.
        let apia = days(Tz::Pacific__Apia, 4);
        assert_eq!(apia.start_of(day("2011-12-30")), at("2011-12-30T10:00:00Z"));
        assert_eq!(apia.start_of(day("2011-12-31")), at("2011-12-30T14:00:00Z"));
        assert_eq!(apia.day_of(at("2011-12-30T09:59:59Z")), day("2011-12-29"));
        assert_eq!(apia.day_of(at("2011-12-30T12:00:00Z")), day("2011-12-30"));
    }

    #[test]
    fn a_date_that_a_country_had_twice_is_a_long_day() {
        // Kwajalein's clocks went back a day on 30 September 1969, so that its half past three came twice.
        let kwajalein = days(Tz::Pacific__Kwajalein, 4);
        let mut last = kwajalein.day_of(at("1969-09-28T00:00:00Z"));
        for hour in 0..120 {
            let now = kwajalein.day_of(at("1969-09-28T00:00:00Z") + TimeDelta::hours(hour));
            assert!(now >= last, "days do not run backwards");
            last = now;
        }
    }

    #[test]
    fn a_row_with_a_forgotten_time_zone_counts_in_utc() {
        assert_eq!(
            StudyDays::from_names("Europe/Atlantis", 77),
            StudyDays::default()
        );
        assert_eq!(
            StudyDays::from_names("Asia/Tokyo", 0),
            days(Tz::Asia__Tokyo, 0)
        );
    }
}
