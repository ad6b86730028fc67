//! What each button does to a card in each state.

use autodeck::domain::ids::CardId;
use autodeck::domain::interval_fuzz::range;
use autodeck::domain::scheduler::{
    AnswerContext, CardState, Choices, MAXIMUM_INTERVAL, Rating, Schedule, Scheduler,
    retention_within_bounds,
};
use autodeck::domain::study_day::StudyDays;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time in RFC 3339")
}

fn noon() -> DateTime<Utc> {
    at("2026-01-01T12:00:00Z")
}

/// A card before a learner, in UTC at first.
#[derive(Debug, Clone)]
struct Desk {
    card: Schedule,
    now: DateTime<Utc>,
    days: StudyDays,
    desired_retention: f64,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            card: Schedule::new_card(),
            now: noon(),
            days: StudyDays::default(),
            desired_retention: 0.9,
        }
    }

    /// A card that was learned and came back once.
    fn with_review() -> Desk {
        let mut desk = Desk::new();
        desk.press(&[Rating::Good, Rating::Good]);
        desk.wait_until_due();
        desk.press(&[Rating::Good]);
        desk
    }

    fn context(&self) -> AnswerContext<'_> {
        AnswerContext {
            card_id: CardId::from_u128(7),
            at: self.now,
            desired_retention: self.desired_retention,
            days: &self.days,
        }
    }

    fn press(&mut self, ratings: &[Rating]) {
        for rating in ratings {
            self.card = Scheduler::default()
                .outcomes(&self.card, &self.context())
                .after(*rating)
                .clone();
        }
    }

    fn wait_until_due(&mut self) {
        self.now = self
            .now
            .max(self.card.due_at.expect("an answered card is due some day"));
    }

    fn choices(&self) -> Choices {
        Scheduler::default()
            .outcomes(&self.card, &self.context())
            .choices(self.now)
    }

    /// Whole days from the last answer until due.
    fn interval(&self) -> i64 {
        let due_at = self.card.due_at.expect("due");
        (self.days.day_of(due_at) - self.card.last_review_day.expect("answered")).num_days()
    }

    /// Whole days until due, for hard, good and easy.
    fn intervals(&self) -> [i64; 3] {
        let outcomes = Scheduler::default().outcomes(&self.card, &self.context());
        [Rating::Hard, Rating::Good, Rating::Easy].map(|rating| {
            let due_at = outcomes[rating].due_at.expect("due");
            (self.days.day_of(due_at) - self.days.day_of(self.now)).num_days()
        })
    }
}

const DAY: u64 = 24 * 60 * 60;

#[test]
fn a_new_card_waits_for_its_steps_and_easy_skips_them() {
    let choices = Desk::new().choices();
    assert_eq!((choices.again, choices.hard, choices.good), (60, 330, 600));
    // FSRS gives 8.3 days, fuzz 7 to 10; they end at 4 o'clock in the morning.
    assert!((6 * DAY..10 * DAY).contains(&choices.easy), "{choices:?}");
}

#[test]
fn hard_repeats_the_second_step_and_again_returns_to_the_first() {
    let mut desk = Desk::new();
    desk.press(&[Rating::Good]);
    assert_eq!((desk.card.state, desk.card.step), (CardState::Learning, 1));
    let choices = desk.choices();
    assert_eq!((choices.again, choices.hard), (60, 600));
    desk.press(&[Rating::Hard]);
    assert_eq!(desk.card.step, 1);
    desk.press(&[Rating::Again]);
    assert_eq!((desk.card.state, desk.card.step), (CardState::Learning, 0));
}

#[test]
fn good_on_the_last_step_graduates_to_a_whole_day_at_least() {
    let mut desk = Desk::new();
    desk.press(&[
        Rating::Again,
        Rating::Again,
        Rating::Again,
        Rating::Good,
        Rating::Good,
    ]);
    assert_eq!(
        (desk.card.state, desk.card.step, desk.card.lapses),
        (CardState::Review, 0, 0)
    );
    assert_eq!(desk.card.due_at, Some(at("2026-01-02T04:00:00Z")));
}

#[test]
fn a_forgotten_review_is_a_lapse_and_goes_through_the_relearning_step() {
    let mut desk = Desk::with_review();
    desk.wait_until_due();
    assert_eq!(desk.choices().again, 600);
    desk.press(&[Rating::Again]);
    assert_eq!(
        (desk.card.state, desk.card.step, desk.card.lapses),
        (CardState::Relearning, 0, 1)
    );
    let choices = desk.choices();
    assert_eq!((choices.again, choices.hard), (600, 900));
    desk.press(&[Rating::Again]);
    assert_eq!(
        (desk.card.state, desk.card.lapses),
        (CardState::Relearning, 1)
    );
    desk.press(&[Rating::Good]);
    assert_eq!(desk.card.state, CardState::Review);
}

#[test]
fn a_review_is_due_when_the_learners_day_begins_whatever_their_clock_does() {
    // On 29 March 2026 the clocks of Paris jump from 2:00 to 3:00.
    let mut desk = Desk::new();
    desk.days = StudyDays {
        time_zone: Tz::Europe__Paris,
        rollover_hour: 2,
    };
    desk.now = at("2026-03-28T20:00:00Z");
    desk.press(&[Rating::Again, Rating::Good, Rating::Good]);
    assert_eq!(desk.card.due_at, Some(at("2026-03-29T01:00:00Z")));
}

#[test]
fn days_are_counted_by_the_learners_days_not_by_24_hours() {
    let mut evening = Desk::new();
    evening.now = at("2026-01-01T23:00:00Z");
    evening.press(&[Rating::Easy]);
    let chance = |now| {
        Scheduler::default()
            .retrievability(&evening.card, now, &evening.days)
            .expect("answered")
    };
    assert_eq!(chance(at("2026-01-02T03:59:00Z")), 1.0);
    assert!(chance(at("2026-01-02T04:00:00Z")) < 1.0);
}

#[test]
fn the_chance_of_recall_is_nine_in_ten_after_as_many_days_as_the_stability() {
    let scheduler = Scheduler::default();
    let card = Schedule {
        stability: Some(30.0),
        difficulty: Some(5.0),
        ..Desk::with_review().card
    };
    let then = card.last_reviewed_at.expect("answered") + TimeDelta::days(30);
    let chance = scheduler
        .retrievability(&card, then, &StudyDays::default())
        .expect("answered");
    assert!((chance - 0.9).abs() < 1e-6);
    assert_eq!(
        scheduler.retrievability(&Schedule::new_card(), noon(), &StudyDays::default()),
        None
    );
}

#[test]
fn a_review_answered_early_grows_less_and_one_answered_late_grows_more() {
    let mut desk = Desk::with_review();
    let stability_on = |desk: &mut Desk, days: i64| {
        let (card, now) = (desk.card.clone(), desk.now);
        desk.now += TimeDelta::days(days);
        desk.press(&[Rating::Good]);
        desk.now = now;
        std::mem::replace(&mut desk.card, card)
            .stability
            .expect("answered")
    };
    let (early, on_time, late) = (
        stability_on(&mut desk, 2),
        stability_on(&mut desk, 10),
        stability_on(&mut desk, 60),
    );
    assert!(desk.card.stability.expect("answered") < early && early < on_time && on_time < late);
}

#[test]
fn more_retention_means_shorter_intervals() {
    let mut desk = Desk::with_review();
    desk.wait_until_due();
    let good = |desired_retention| {
        Desk {
            desired_retention,
            ..desk.clone()
        }
        .intervals()[1]
    };
    assert!(good(0.97) < good(0.90) && good(0.90) < good(0.70));
    assert_eq!(good(0.5), good(0.70));
    assert_eq!(good(1.0), good(0.97));
    assert_eq!(good(f64::NAN), good(0.90));
}

#[test]
fn a_card_whose_row_holds_no_numbers_is_learned_anew() {
    let mut desk = Desk::with_review();
    desk.card.stability = Some(f64::NAN);
    desk.press(&[Rating::Good]);
    assert_eq!(
        desk.card.stability.map(|days| days as f32),
        Some(fsrs::DEFAULT_PARAMETERS[2])
    );
}

#[test]
fn parameters_that_are_no_numbers_are_refused() {
    let mut parameters = fsrs::DEFAULT_PARAMETERS;
    parameters[8] = f32::NAN;
    assert!(Scheduler::with_parameters(&parameters).is_none());
}

fn any_rating() -> impl Strategy<Value = Rating> {
    (0_usize..4).prop_map(|index| Rating::ALL[index])
}

/// Cards as they come about: answers, with waits in minutes between them.
fn any_desk() -> impl Strategy<Value = Desk> {
    let wait = prop_oneof![0_i64..60, 0_i64..5_000, 0_i64..1_000_000];
    let zones = prop_oneof![
        Just(Tz::UTC),
        Just(Tz::Europe__Paris),
        Just(Tz::Pacific__Auckland)
    ];
    (
        proptest::collection::vec((any_rating(), wait), 0..25),
        0.7..0.97,
        zones,
        0_u8..24,
    )
        .prop_map(|(answers, desired_retention, time_zone, rollover_hour)| {
            let days = StudyDays {
                time_zone,
                rollover_hour,
            };
            let mut desk = Desk {
                desired_retention,
                days,
                ..Desk::new()
            };
            for (rating, minutes) in answers {
                desk.press(&[rating]);
                desk.now += TimeDelta::minutes(minutes);
            }
            desk
        })
}

proptest! {
    #[test]
    fn a_better_answer_brings_a_card_back_later(desk in any_desk()) {
        let choices = desk.choices();
        if desk.card.state != CardState::Review {
            // Steps; whole days may begin sooner than a step ends.
            prop_assert!(choices.again < choices.hard);
        }
        let [hard, good, easy] = desk.intervals();
        prop_assert!(good < easy || easy == i64::from(MAXIMUM_INTERVAL));
        if desk.card.state == CardState::Review {
            let cap = i64::from(MAXIMUM_INTERVAL);
            prop_assert!(1 <= hard && (hard < good || good == cap) && (good < easy || easy == cap) && easy <= cap);
        }
    }

    #[test]
    fn the_label_on_a_button_is_what_the_answer_does(desk in any_desk(), rating in any_rating()) {
        let label = desk.choices();
        let mut answered = desk.clone();
        answered.press(&[rating]);
        let due_at = answered.card.due_at.expect("due");
        let seconds = [label.again, label.hard, label.good, label.easy][usize::from(rating.number()) - 1];
        let shown = desk.now + TimeDelta::seconds(i64::try_from(seconds).expect("within a hundred years"));
        prop_assert!(due_at <= shown && shown < due_at + TimeDelta::seconds(1));
    }

    #[test]
    fn stability_and_difficulty_survive_storage(desk in any_desk(), rating in any_rating()) {
        let mut answered = desk.clone();
        answered.press(&[rating]);
        let (stability, difficulty) = (answered.card.stability.expect("set"), answered.card.difficulty.expect("set"));
        prop_assert_eq!(f64::from(stability as f32), stability);
        prop_assert_eq!(f64::from(difficulty as f32), difficulty);
        prop_assert!((0.001..=36_500.0).contains(&stability) && (1.0..=10.0).contains(&difficulty));
    }

    #[test]
    fn an_interval_that_fsrs_lets_grow_grows_in_spite_of_fuzz(desk in any_desk()) {
        let mut desk = desk;
        desk.press(&[Rating::Easy]);
        let before = desk.interval();
        desk.wait_until_due();
        let wanted = {
            let mut after = desk.clone();
            after.press(&[Rating::Good]);
            unfuzzed(&after)
        };
        let good = desk.intervals()[1];
        // Away from where rounding in f32 and in f64 may differ.
        if wanted > before as f64 + 0.6 {
            prop_assert!(good > before || good == i64::from(MAXIMUM_INTERVAL), "{before} to {good}, not {wanted}");
        }
        // Never shorter than a day more than hard or than before, where those held it up; then fuzz goes up from there.
        let held_up = wanted.max(before as f64 + 1.0).max(desk.intervals()[0] as f64 + 1.0);
        let (_, last) = range(held_up, 1, MAXIMUM_INTERVAL);
        prop_assert!(good <= i64::from(last), "{before} to {good}, not {wanted}");
    }
}

/// The interval that FSRS-6 gives for the card's stability: S / factor × (R^(1 / decay) − 1).
fn unfuzzed(desk: &Desk) -> f64 {
    let decay = -f64::from(fsrs::FSRS6_DEFAULT_DECAY);
    let factor = 0.9_f64.powf(1.0 / decay) - 1.0;
    let retention = retention_within_bounds(desk.desired_retention);
    desk.card.stability.expect("answered") / factor * (retention.powf(1.0 / decay) - 1.0)
}
