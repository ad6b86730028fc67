//! Stability and difficulty against py-fsrs, on histories that `tests/peers/fsrs_histories.py` made.
//!
//! `cargo test` compares the committed sample. `make peers` makes 100,000 histories and names their file in
//! `AUTODECK_FSRS_HISTORIES`.

use std::fs::File;
use std::io::{BufRead, BufReader};

use autodeck::domain::ids::CardId;
use autodeck::domain::scheduler::{AnswerContext, Rating, Schedule, Scheduler};
use autodeck::domain::study_day::StudyDays;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

const SAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/peers/fsrs_histories.sample.jsonl"
);

/// R9: the crate computes in f32, the peer in f64.
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Header {
    peer: String,
    histories: usize,
}

#[derive(Deserialize)]
struct History {
    gaps: Vec<i64>,
    ratings: Vec<u8>,
    states: Vec<(f64, f64)>,
}

#[test]
fn stability_and_difficulty_are_those_of_py_fsrs() {
    let path = std::env::var("AUTODECK_FSRS_HISTORIES").unwrap_or_else(|_| SAMPLE.into());
    let mut lines = BufReader::new(File::open(&path).expect("a file of histories")).lines();
    let header = lines.next().expect("a first line").expect("readable text");
    let header: Header = serde_json::from_str(&header).expect("a header");
    let (mut histories, mut answers, mut worst) = (0, 0, 0.0_f64);
    for line in lines {
        let history: History =
            serde_json::from_str(&line.expect("readable text")).expect("a history");
        worst = worst.max(largest_difference(&history));
        histories += 1;
        answers += history.ratings.len();
    }
    println!(
        "{histories} histories, {answers} answers against {}: largest difference {worst:.1e}",
        header.peer
    );
    assert_eq!(histories, header.histories, "the file is whole");
    assert!(answers > histories, "histories have more than one answer");
}

/// The largest relative difference in a history, which is within the tolerance.
fn largest_difference(history: &History) -> f64 {
    let scheduler = Scheduler::default();
    let days = StudyDays::default();
    let mut at: DateTime<Utc> = "2026-01-01T12:00:00Z".parse().expect("a time");
    let mut card = Schedule::new_card();
    let mut largest = 0.0_f64;
    for ((gap, rating), (stability, difficulty)) in history
        .gaps
        .iter()
        .zip(&history.ratings)
        .zip(&history.states)
    {
        at += TimeDelta::days(*gap);
        let context = AnswerContext {
            card_id: CardId::nil(),
            at,
            desired_retention: 0.9,
            days: &days,
        };
        let rating = Rating::from_number(*rating).expect("a rating");
        card = scheduler.outcomes(&card, &context)[rating].clone();
        let ours = (
            card.stability.expect("an answered card"),
            card.difficulty.expect("an answered card"),
        );
        let difference = relative(ours.0, *stability).max(relative(ours.1, *difficulty));
        assert!(
            difference <= TOLERANCE,
            "{:?} after {:?}: {ours:?}, the peer has {stability}, {difficulty}",
            history.ratings,
            history.gaps
        );
        largest = largest.max(difference);
    }
    largest
}

fn relative(ours: f64, theirs: f64) -> f64 {
    (ours - theirs).abs() / theirs
}
