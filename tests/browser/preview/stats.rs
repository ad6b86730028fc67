//! A year of somebody's study, made up, for the statistics pages.

use autodeck::domain::stats::calibration::{Recall, calibrate};
use autodeck::domain::stats::days::{Day, DueDay, Tally};
use autodeck::domain::stats::spread::bands;
use autodeck::domain::stats::*;
use autodeck::web::pages::stats::StatsPage;
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

/// Numbers that look thrown, and are the same each time.
fn thrown(seed: usize, most: u32) -> u32 {
    ((seed as u64).wrapping_mul(2_654_435_761) >> 7) as u32 % most
}

fn sample() -> Stats {
    let today: NaiveDate = "2026-03-02".parse().expect("a date");
    let days: Vec<Day> = (0..PAST_DAYS)
        .map(|index| {
            let rests = index % 7 == 5 || index < 60 || (200..214).contains(&index);
            let answers = if rests {
                0
            } else {
                20 + thrown(index, 60) + index as u32 / 8
            };
            let tally = Tally {
                answers,
                new: answers / 6,
                again: answers / 9,
                reviews: answers / 2,
                recalled: answers / 2 - answers / 18,
                milliseconds: u64::from(answers) * 7_300,
            };
            Day {
                date: today - TimeDelta::days((PAST_DAYS - 1 - index) as i64),
                tally,
            }
        })
        .collect();
    let recalls: Vec<Recall> = (0..2_000)
        .map(|index| {
            let predicted = 0.62 + f64::from(thrown(index, 370)) / 1_000.0;
            Recall {
                predicted,
                recalled: f64::from(thrown(index + 7, 1_000)) / 1_000.0 < predicted - 0.02,
            }
        })
        .collect();
    let line = |title: &str, from: f64, step: f64| LevelLine {
        deck_id: Uuid::nil(),
        title: title.into(),
        points: (0..40)
            .map(|index| LevelPoint {
                date: today - TimeDelta::days(80 - index * 2),
                level: (from + step * index as f64 + f64::from(thrown(index as usize, 10)) / 10.0)
                    .clamp(1.0, 9.0),
                cards: 5,
            })
            .collect(),
    };
    let part = |name: &str, new, learning, known| Subtopic {
        name: name.into(),
        new,
        learning,
        known,
    };
    Stats {
        today,
        answered_today: days.last().expect("days").tally,
        due_today: 23,
        streak: 12,
        forecast: (0..FORECAST_DAYS)
            .map(|index| DueDay {
                date: today + TimeDelta::days(index as i64),
                cards: 12 + thrown(index, 40),
            })
            .collect(),
        days,
        calibration: calibrate(&recalls),
        stability: bands(&[
            (0, 4),
            (1, 18),
            (2, 40),
            (3, 66),
            (4, 90),
            (5, 70),
            (6, 41),
            (7, 12),
            (8, 3),
        ]),
        intervals: bands(&[(1, 22), (2, 51), (3, 72), (4, 80), (5, 60), (6, 31), (7, 9)]),
        levels: vec![
            line("French history", 3.0, 0.1),
            line("قواعد اللغة العربية", 1.0, 0.05),
        ],
        subtopics: vec![
            part("The Revolution", 4, 12, 20),
            part("Bourbon kings", 10, 8, 6),
            part("النحو", 3, 2, 0),
            part("", 5, 0, 0),
        ],
        cards: CardTotals {
            new: 64,
            learning: 180,
            known: 220,
            suspended: 3,
        },
    }
}

/// Of all decks, or of one.
pub fn page(of_deck: bool) -> Response {
    let deck = of_deck.then(|| (Uuid::nil(), "French history".to_owned()));
    let mut stats = sample();
    if !of_deck {
        stats.subtopics.clear();
    }
    StatsPage::new(super::SHELL, deck, &stats).into_response()
}

/// Before the first answer.
pub fn empty() -> Response {
    let mut stats = sample();
    for day in &mut stats.days {
        day.tally = Tally::default();
    }
    (stats.answered_today, stats.due_today, stats.streak) = (Tally::default(), 0, 0);
    for day in &mut stats.forecast {
        day.cards = 0;
    }
    stats.calibration = calibrate(&[]);
    (stats.stability, stats.intervals) = (bands(&[]), bands(&[]));
    (stats.levels, stats.subtopics) = (vec![], vec![]);
    StatsPage::new(super::SHELL, None, &stats).into_response()
}
