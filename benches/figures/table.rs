//! A figure, how it is measured over several rounds, and the table of them.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::time::Instant;

/// Median, least and greatest of several measurements, in the unit of their row.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// Of at least one measurement.
    pub fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1).expect("something was measured");
        Spread {
            median: values[last / 2],
            min: values[0],
            max: values[last],
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}–{})",
            short(self.median),
            short(self.min),
            short(self.max)
        )
    }
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// As in the table of targets: `P7`.
    pub id: &'static str,
    /// What was measured, on what.
    pub what: String,
    /// Of `ours` and `peer`: `cards/s`, `ms`, `×`.
    pub unit: &'static str,
    /// Our figure.
    pub ours: Spread,
    /// The other side of a ratio: its name, its figure, and ours against it (in pairs of the same round).
    pub peer: Option<(&'static str, Spread, Spread)>,
    /// The least acceptable and what we are after, as text.
    pub target: &'static str,
}

/// Prints the rows as a table that Markdown reads as well.
pub fn print_table(rows: &[Row]) {
    println!("\n| # | what | ours: median (min–max) | peer | ours ÷ peer | pass · aim |");
    println!("|---|---|---|---|---|---|");
    for row in rows {
        let (peer, ratio) = match &row.peer {
            Some((name, figure, ratio)) => {
                (format!("{name}: {figure} {}", row.unit), format!("{ratio}"))
            }
            None => (String::new(), String::new()),
        };
        println!(
            "| {} | {} | {} {} | {peer} | {ratio} | {} |",
            row.id, row.what, row.ours, row.unit, row.target
        );
    }
}

/// Seconds that `work` takes.
pub fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// What the disk under the temporary folder takes to make one page durable: figures with a database hang on it.
pub fn disk_sync_time() -> String {
    let path = std::env::temp_dir().join(format!("autodeck-sync-{}", std::process::id()));
    let measured = File::create(&path).and_then(|mut file| {
        let mut times = Vec::new();
        for _ in 0..100 {
            file.write_all(&[7; 4096])?;
            let start = Instant::now();
            file.sync_data()?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(Spread::of(times))
    });
    // A file left behind in the temporary folder hurts nobody.
    let _ = std::fs::remove_file(&path);
    match measured {
        Ok(spread) => format!("{spread} ms"),
        Err(error) => format!("not measured: {error}"),
    }
}

/// Three digits that matter, thousands and millions as such.
fn short(value: f64) -> String {
    let (scaled, suffix) = match value.abs() {
        size if size >= 1e6 => (value / 1e6, " M"),
        size if size >= 1e3 => (value / 1e3, " k"),
        _ => (value, ""),
    };
    let digits = match scaled.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    format!("{scaled:.digits$}{suffix}")
}
