//! Spans of time as people tell them.

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A month and a year as people count intervals.
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 365 * DAY;

/// A span of time in its largest fitting unit: the number, its short unit and its word.
pub fn largest_unit(seconds: u64) -> (String, &'static str, &'static str) {
    let whole = |unit: u64| ((seconds + unit / 2) / unit).max(1).to_string();
    let tenths = |unit: u64| {
        let tenths = (seconds * 10 + unit / 2) / unit;
        if tenths.is_multiple_of(10) {
            (tenths / 10).to_string()
        } else {
            format!("{}.{}", tenths / 10, tenths % 10)
        }
    };
    match seconds {
        0..HOUR => (whole(MINUTE), "min", "minute"),
        HOUR..DAY => (whole(HOUR), "h", "hour"),
        DAY..MONTH => (whole(DAY), "d", "day"),
        MONTH..YEAR => (tenths(MONTH), "mo", "month"),
        _ => (tenths(YEAR), "y", "year"),
    }
}

/// Short, for a button: `1 min`, `3 d`, `2.5 mo`.
pub fn interval(seconds: u64) -> String {
    let (number, unit, _) = largest_unit(seconds);
    format!("{number}\u{A0}{unit}")
}

/// In words, for a screen reader: `3 days`.
pub fn interval_spoken(seconds: u64) -> String {
    let (number, _, word) = largest_unit(seconds);
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {word}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_told_in_its_largest_unit() {
        let cases = [
            (0, "1 min", "1 minute"),
            (60, "1 min", "1 minute"),
            (600, "10 min", "10 minutes"),
            (2 * HOUR, "2 h", "2 hours"),
            (DAY, "1 d", "1 day"),
            (3 * DAY + HOUR, "3 d", "3 days"),
            (75 * DAY, "2.5 mo", "2.5 months"),
            (60 * DAY, "2 mo", "2 months"),
            (438 * DAY, "1.2 y", "1.2 years"),
        ];
        for (seconds, short, spoken) in cases {
            assert_eq!(interval(seconds).replace('\u{A0}', " "), short);
            assert_eq!(interval_spoken(seconds), spoken);
        }
    }
}
