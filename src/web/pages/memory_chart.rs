//! The curve of a card's memory as a line drawing: numbers for the template, which writes the SVG.

use chrono::{DateTime, Utc};

use crate::domain::memory_curve::Point;
use crate::web::words::Words;

/// Of the drawing, in its own units.
const WIDTH: f64 = 600.0;
/// See [`WIDTH`].
const HEIGHT: f64 = 160.0;
/// A date's width and half of the word *now*, in the drawing's units: nearer than that they would lie over each other.
const LABEL: f64 = 140.0;
/// Recall at the foot of the drawing: what lies below is seldom reached and says nothing more.
const FLOOR: f64 = 0.5;

/// What the template draws.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryChart {
    /// The path's commands for the past.
    pub past: String,
    /// The same for what is to come if nothing is answered.
    pub ahead: String,
    /// Where answers fell.
    pub answers: Vec<(String, String)>,
    /// Where now is.
    pub now_x: String,
    /// Now is far enough from the left end for the first day to be written there.
    pub shows_from: bool,
    /// The same of the right end and the last day.
    pub shows_to: bool,
    /// The height of nine in ten.
    pub ninety_y: String,
    /// The first day of the drawing.
    pub from: String,
    /// The last.
    pub to: String,
}

impl MemoryChart {
    /// `None` when there is no curve.
    pub fn new(stretches: &[Vec<Point>], now: DateTime<Utc>, words: &Words) -> Option<MemoryChart> {
        let first = stretches.first()?.first()?.at;
        let last = stretches.last()?.last()?.at;
        let span = (last - first).num_seconds().max(1) as f64;
        let x = |at: DateTime<Utc>| (at - first).num_seconds() as f64 / span * WIDTH;
        let now_x = x(now).clamp(0.0, WIDTH);
        let mut chart = MemoryChart {
            past: String::new(),
            ahead: String::new(),
            answers: Vec::new(),
            now_x: number(now_x),
            shows_from: now_x >= LABEL,
            shows_to: now_x <= WIDTH - LABEL,
            ninety_y: number(y(0.9)),
            from: (words.day)(first.date_naive()),
            to: (words.day)(last.date_naive()),
        };
        for points in stretches {
            let (past, ahead): (Vec<&Point>, Vec<&Point>) =
                points.iter().partition(|point| point.at <= now);
            push(
                &mut chart.past,
                past.iter().map(|point| (x(point.at), y(point.recall))),
            );
            // The dotted line goes on where the solid one ends.
            let joint = past.last().filter(|_| !ahead.is_empty());
            let ahead = joint.into_iter().chain(&ahead).copied();
            push(
                &mut chart.ahead,
                ahead.map(|point| (x(point.at), y(point.recall))),
            );
            if let Some(answer) = points.first() {
                chart
                    .answers
                    .push((number(x(answer.at)), number(y(answer.recall))));
            }
        }
        Some(chart)
    }
}

fn y(recall: f64) -> f64 {
    ((1.0 - recall) / (1.0 - FLOOR)).clamp(0.0, 1.0) * HEIGHT
}

fn push(path: &mut String, points: impl Iterator<Item = (f64, f64)>) {
    for (place, (x, y)) in points.enumerate() {
        path.push_str(if place == 0 { "M" } else { "L" });
        path.push_str(&format!("{} {}", number(x), number(y)));
    }
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::words::Language;

    #[test]
    fn the_past_is_solid_and_what_is_to_come_begins_where_it_ends() {
        let at = |day: i64| {
            "2026-03-02T12:00:00Z"
                .parse::<DateTime<Utc>>()
                .expect("a time")
                + chrono::TimeDelta::days(day)
        };
        let point = |day, recall| Point {
            at: at(day),
            recall,
        };
        let stretches = [vec![point(0, 1.0), point(5, 0.9), point(10, 0.8)]];
        let (english, german) = (Language::English.words(), Language::German.words());
        let chart = MemoryChart::new(&stretches, at(5), english).expect("a curve");
        assert_eq!((&*chart.from, &*chart.to), ("2026-03-02", "2026-03-12"));
        assert_eq!(chart.past, "M0.0 0.0L300.0 32.0");
        assert_eq!(chart.ahead, "M300.0 32.0L600.0 64.0");
        assert_eq!(chart.now_x, "300.0");
        assert!(chart.shows_from && chart.shows_to);
        let fresh = MemoryChart::new(&stretches, at(1), german).expect("a curve");
        assert_eq!((&*fresh.from, &*fresh.to), ("2.3.2026", "12.3.2026"));
        assert!(
            !fresh.shows_from && fresh.shows_to,
            "now is where the first day would be"
        );
        assert_eq!(MemoryChart::new(&[], at(0), english), None);
    }
}
