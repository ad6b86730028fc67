//! The figures that `make bench` prints, one module a subject: `cargo bench --bench figures [-- P7 P8]`.
//!
//! Medians of interleaved rounds with minimum and maximum; nothing here passes or fails.

mod answers;
mod browse;
mod duplicates;
mod identical_sql;
mod live;
mod parser;
mod process;
mod scheduler;
mod supply;
mod table;

#[path = "../../tests/model_server/mod.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod model_server;
#[path = "../../tests/support/postgres.rs"]
mod postgres;
#[path = "../../tests/app/support.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod support;

use table::{Row, disk_sync_time, print_table};

/// A group of figures: its id in the design's table of targets, and what measures it.
type Figure = (&'static str, fn() -> Vec<Row>);

const FIGURES: &[Figure] = &[
    ("P1", live::run),
    ("P3", answers::run),
    ("P6", process::run),
    ("P7", parser::run),
    ("P8", duplicates::run),
    ("P9", scheduler::run),
    ("P12", supply::run),
    ("browse", browse::run),
];

fn main() {
    // Cargo itself passes `--bench`.
    let chosen: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let mut rows = Vec::new();
    for (id, run) in FIGURES {
        if chosen.is_empty() || chosen.iter().any(|wanted| wanted == id) {
            eprintln!("measuring {id} …");
            rows.extend(run());
        }
    }
    print_table(&rows);
    println!("\nfdatasync of one page: {}", disk_sync_time());
}
