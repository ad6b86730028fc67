//! The curve of a memory: how the chance of recall fell between a card's answers, and how it will fall from now on.

use chrono::{DateTime, TimeDelta, Utc};

use super::scheduler::{Schedule, Scheduler};
use super::study_day::StudyDays;

/// Points of one stretch between two answers: a curve looks round from here on.
const STEPS: i32 = 24;

/// A point of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When.
    pub at: DateTime<Utc>,
    /// 0–1.
    pub recall: f64,
}

/// The stretches of the curve, one after each of `states` (the card after each answer, with its time, in order) up to the
/// next, and the last up to `until`. A state that is new (after a reset) has no curve.
pub fn stretches(
    scheduler: &Scheduler,
    states: &[(DateTime<Utc>, Schedule)],
    until: DateTime<Utc>,
    days: &StudyDays,
) -> Vec<Vec<Point>> {
    let ends = states.iter().skip(1).map(|(at, _)| *at).chain([until]);
    states
        .iter()
        .zip(ends)
        .map(|((from, schedule), to)| stretch(scheduler, schedule, (*from, to), days))
        .filter(|points| points.len() > 1)
        .collect()
}

fn stretch(
    scheduler: &Scheduler,
    schedule: &Schedule,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    days: &StudyDays,
) -> Vec<Point> {
    let span = (to - from).max(TimeDelta::zero());
    let mut points: Vec<Point> = Vec::new();
    for step in 0..=STEPS {
        let at = from + span * step / STEPS;
        let Some(recall) = scheduler.retrievability(schedule, at, days) else {
            return Vec::new();
        };
        points.push(Point { at, recall });
    }
    points
}

#[cfg(test)]
mod tests {
    use super::super::scheduler::{AnswerContext, Rating};
    use super::*;

    #[test]
    fn recall_falls_between_answers_and_an_answer_lifts_it_again() {
        let scheduler = Scheduler::default();
        let days = StudyDays::default();
        let start: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().expect("a time");
        let mut states = Vec::new();
        let mut schedule = Schedule::new_card();
        for day in [0, 10, 40] {
            let at = start + TimeDelta::days(day);
            let context = AnswerContext {
                card_id: uuid::Uuid::nil(),
                at,
                desired_retention: 0.9,
                days: &days,
            };
            schedule = scheduler
                .outcomes(&schedule, &context)
                .after(Rating::Easy)
                .clone();
            states.push((at, schedule.clone()));
        }
        let curve = stretches(&scheduler, &states, start + TimeDelta::days(200), &days);
        assert_eq!(curve.len(), 3);
        for points in &curve {
            assert!(
                points
                    .windows(2)
                    .all(|pair| pair[1].recall <= pair[0].recall)
            );
            assert!((points[0].recall - 1.0).abs() < 1e-6);
            assert!(points.last().is_some_and(|last| last.recall < 1.0));
        }
    }

    #[test]
    fn a_new_card_has_no_curve() {
        let at = "2026-03-02T12:00:00Z".parse().expect("a time");
        let states = [(at, Schedule::new_card())];
        let until = at + TimeDelta::days(1);
        let curve = stretches(&Scheduler::default(), &states, until, &StudyDays::default());
        assert!(curve.is_empty());
    }
}
