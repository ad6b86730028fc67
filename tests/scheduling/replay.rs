//! R9: what is stored, answer by answer, is what replaying the log gives.

use autodeck::domain::ids::{CardId, ReviewId};
use autodeck::domain::review_log::{LogEntry, LogEvent, replay};
use autodeck::domain::scheduler::{CardState, Rating, Schedule, Scheduler};
use autodeck::domain::study_day::StudyDays;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::prelude::*;

const CARD: CardId = CardId::from_u128(42);

fn start() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().expect("a time")
}

fn any_event() -> impl Strategy<Value = LogEvent> {
    prop_oneof![
        9 => (0_usize..4).prop_map(|index| LogEvent::Answer { rating: Rating::ALL[index] }),
        1 => (0_i64..500_000).prop_map(|minutes| LogEvent::Reschedule {
            due_at: Some(start() + TimeDelta::minutes(minutes)),
        }),
    ]
}

/// Histories in order of time, by a learner who moves between time zones and changes their mind about retention; some
/// rows fall into the same microsecond.
fn any_history() -> impl Strategy<Value = Vec<LogEntry>> {
    let wait = prop_oneof![0_i64..3, 0_i64..2_000, 0_i64..200_000];
    let zone = prop_oneof![
        Just(Tz::UTC),
        Just(Tz::Asia__Tokyo),
        Just(Tz::America__Los_Angeles)
    ];
    let retention = prop_oneof![Just(0.7), Just(0.9), Just(0.97)];
    vec((any_event(), wait, zone, 0_u8..24, retention), 1..30).prop_map(|rows| {
        let mut at = start();
        rows.into_iter()
            .zip(1_u128..)
            .map(
                |((event, minutes, time_zone, rollover_hour, desired_retention), number)| {
                    at += TimeDelta::minutes(minutes);
                    let days = StudyDays {
                        time_zone,
                        rollover_hour,
                    };
                    LogEntry {
                        review_id: ReviewId::from_u128(number),
                        at,
                        event,
                        desired_retention,
                        days,
                    }
                },
            )
            .collect()
    })
}

/// The card before each row, and after the last: as a service stores it.
fn states(history: &[LogEntry]) -> Vec<Schedule> {
    let scheduler = Scheduler::default();
    let mut states = vec![Schedule::new_card()];
    for entry in history {
        let before = states.last().expect("there is a first");
        states.push(entry.apply(&scheduler, CARD, before));
    }
    states
}

fn is_answer(entry: &LogEntry) -> bool {
    matches!(entry.event, LogEvent::Answer { .. })
}

proptest! {
    #[test]
    fn the_stored_state_is_what_replaying_the_log_gives(history in any_history()) {
        let stored = states(&history);
        prop_assert_eq!(&replay(&Scheduler::default(), CARD, &history), stored.last().expect("there is one"));
    }

    #[test]
    fn rows_count_in_the_order_of_their_time_in_whatever_order_they_came(
        history in any_history().prop_flat_map(|history| (Just(history.clone()), Just(history).prop_shuffle()))
    ) {
        let (in_order, shuffled) = history;
        let scheduler = Scheduler::default();
        prop_assert_eq!(replay(&scheduler, CARD, &shuffled), replay(&scheduler, CARD, &in_order));
    }

    #[test]
    fn undoing_the_last_row_gives_the_state_before_it(history in any_history()) {
        let stored = states(&history);
        let remaining = &history[..history.len() - 1];
        prop_assert_eq!(&replay(&Scheduler::default(), CARD, remaining), &stored[stored.len() - 2]);
    }

    #[test]
    fn every_answer_counts_once_and_every_lapse_was_a_review(history in any_history()) {
        let stored = states(&history);
        let last = stored.last().expect("there is one");
        prop_assert_eq!(last.reps as usize, history.iter().filter(|entry| is_answer(entry)).count());
        let lapses = stored.iter().zip(&history).filter(|(before, entry)| {
            before.state == CardState::Review && entry.event == LogEvent::Answer { rating: Rating::Again }
        });
        prop_assert_eq!(last.lapses as usize, lapses.count());
    }
}

#[test]
fn an_answer_made_offline_counts_where_its_time_puts_it() {
    let entry = |number: u128, minutes: i64, rating| LogEntry {
        review_id: ReviewId::from_u128(number),
        at: start() + TimeDelta::minutes(minutes),
        event: LogEvent::Answer { rating },
        desired_retention: 0.9,
        days: StudyDays::default(),
    };
    let (first, late, last) = (
        entry(1, 0, Rating::Good),
        entry(3, 10, Rating::Again),
        entry(2, 20, Rating::Good),
    );
    let scheduler = Scheduler::default();
    let card = replay(&scheduler, CARD, &[first, last, late]);
    // Good, again, good: at the second step. Without the late one, good twice, it would have graduated.
    assert_eq!(
        (card.state, card.step, card.reps),
        (CardState::Learning, 1, 3)
    );
    assert_eq!(
        replay(&scheduler, CARD, &[first, last]).state,
        CardState::Review
    );
}

#[test]
fn moving_the_due_time_by_hand_changes_nothing_else() {
    let due_at = Some(start() + TimeDelta::days(99));
    let history = |event| LogEntry {
        review_id: ReviewId::from_u128(1),
        at: start(),
        event,
        desired_retention: 0.9,
        days: StudyDays::default(),
    };
    let answered = replay(
        &Scheduler::default(),
        CARD,
        &[history(LogEvent::Answer {
            rating: Rating::Easy,
        })],
    );
    let moved =
        history(LogEvent::Reschedule { due_at }).apply(&Scheduler::default(), CARD, &answered);
    assert_eq!(moved, Schedule { due_at, ..answered });
}
