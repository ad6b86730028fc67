//! Reminders by e-mail: when one is due. One a day at most, at the hour that the learner chose, and only when there is
//! something to do that was not done: a mail that says nothing is how people learn to ignore the next.

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};

use super::study_day::StudyDays;

/// Least number of due cards that is worth a mail.
pub const LEAST_DUE: u32 = 1;

/// What is known of a learner who wants reminders.
#[derive(Debug, Clone, Copy)]
pub struct ReminderFacts {
    /// The hour, 0–23, of the learner's clock after which the mail may go.
    pub hour: u8,
    /// The learner's day of the last mail.
    pub last_sent_day: Option<NaiveDate>,
    /// Cards due now.
    pub due: u32,
    /// Whether anything was answered today: who is here needs no mail.
    pub studied_today: bool,
}

/// What to do at `now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderStep {
    /// Send it; it counts for this day.
    Send(NaiveDate),
    /// Nothing to say today.
    Skip,
    /// Not yet the hour, or sent already.
    Wait,
}

/// Whether a reminder goes out now.
pub fn step(facts: &ReminderFacts, days: &StudyDays, now: DateTime<Utc>) -> ReminderStep {
    let today = days.day_of(now);
    if facts.last_sent_day.is_some_and(|last| last >= today)
        || now < opens_at(facts.hour, days, today)
    {
        return ReminderStep::Wait;
    }
    if facts.due < LEAST_DUE || facts.studied_today {
        return ReminderStep::Skip;
    }
    ReminderStep::Send(today)
}

/// When to look at the learner again after a look at `now`: at the hour of this day if it is still to come, else of the
/// next one.
pub fn next_look(hour: u8, days: &StudyDays, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = days.day_of(now);
    let opens = opens_at(hour, days, today);
    if now < opens {
        opens
    } else {
        opens_at(hour, days, today + TimeDelta::days(1))
    }
}

/// The first instant of `day` at which the learner's clock shows `hour`; hours before the rollover belong to the end of
/// the day.
fn opens_at(hour: u8, days: &StudyDays, day: NaiveDate) -> DateTime<Utc> {
    let start = days.start_of(day);
    let next = days.start_of(day + TimeDelta::days(1));
    // A day has 23 to 25 hours, and its clock may skip one: then the reminder goes at the next that there is.
    let mut at = start;
    while at < next {
        let clock = at.with_timezone(&days.time_zone).hour();
        if clock == u32::from(hour.min(23)) {
            return at;
        }
        at += TimeDelta::minutes(15);
    }
    next - TimeDelta::hours(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    const FACTS: ReminderFacts = ReminderFacts {
        hour: 18,
        last_sent_day: None,
        due: 12,
        studied_today: false,
    };

    fn paris() -> StudyDays {
        StudyDays {
            time_zone: Tz::Europe__Paris,
            rollover_hour: 4,
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn it_goes_at_the_learners_hour_and_once_a_day() {
        let day: NaiveDate = "2026-03-02".parse().expect("a date");
        let evening = at("2026-03-02T17:00:00Z");
        assert_eq!(
            step(&FACTS, &paris(), evening - TimeDelta::seconds(1)),
            ReminderStep::Wait
        );
        assert_eq!(step(&FACTS, &paris(), evening), ReminderStep::Send(day));
        let sent = ReminderFacts {
            last_sent_day: Some(day),
            ..FACTS
        };
        assert_eq!(step(&sent, &paris(), evening), ReminderStep::Wait);
        // Past midnight is still the same day of the learner's.
        assert_eq!(
            step(&sent, &paris(), at("2026-03-03T02:30:00Z")),
            ReminderStep::Wait
        );
    }

    #[test]
    fn who_studied_or_has_nothing_due_gets_no_mail() {
        let evening = at("2026-03-02T17:00:00Z");
        let studied = ReminderFacts {
            studied_today: true,
            ..FACTS
        };
        let nothing = ReminderFacts { due: 0, ..FACTS };
        assert_eq!(step(&studied, &paris(), evening), ReminderStep::Skip);
        assert_eq!(step(&nothing, &paris(), evening), ReminderStep::Skip);
    }

    #[test]
    fn an_hour_that_the_clock_skips_or_that_lies_before_the_rollover_comes_once() {
        // 2026-03-29 in Paris: 2:00 is followed by 3:00.
        for hour in [2, 3, 4, 23] {
            let facts = ReminderFacts { hour, ..FACTS };
            let mut sent: Option<NaiveDate> = None;
            let mut mails = 0;
            for quarter in 0..4 * 24 * 7 {
                let now = at("2026-03-27T12:00:00Z") + TimeDelta::minutes(15 * quarter);
                let facts = ReminderFacts {
                    last_sent_day: sent,
                    ..facts
                };
                if let ReminderStep::Send(day) = step(&facts, &paris(), now) {
                    sent = Some(day);
                    mails += 1;
                }
            }
            assert!(
                (7..=8).contains(&mails),
                "hour {hour}: {mails} mails in seven days"
            );
        }
    }

    #[test]
    fn the_next_look_lies_ahead() {
        let mut now = at("2026-10-24T00:00:00Z");
        for _ in 0..10 {
            let next = next_look(18, &paris(), now);
            assert!(next > now && next - now <= TimeDelta::hours(25));
            now = next;
        }
    }
}
