//! Quiet line drawings: the geometry of each chart, with its numbers as a table beside it. The drawing is for the eye
//! and silent to a screen reader; the table says the same.

use chrono::{Datelike, NaiveDate};

use crate::domain::stats::calibration::Calibration;
use crate::domain::stats::days::Day;
use crate::domain::stats::spread::Band;
use crate::domain::stats::{LevelLine, Subtopic};
use crate::web::words::Words;

/// A chart's numbers for those who do not see it, and for those who want them exact.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Heads of the columns; the first column names the row.
    pub head: Vec<&'static str>,
    /// Cells as text.
    pub rows: Vec<Vec<String>>,
}

/// A shape in percent of the chart's box; an SVG attribute takes the number as it prints.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Left edge, 0–100.
    pub x: f64,
    /// Of 100.
    pub width: f64,
    /// Of 100, from the ground up.
    pub height: f64,
    /// The one that the text speaks of: drawn in the accent.
    pub is_marked: bool,
}

impl Bar {
    /// The top edge, as SVG counts from above.
    pub fn y(&self) -> f64 {
        tenth(100.0 - self.height)
    }
}

/// Bars over a row of days or bands.
#[derive(Debug, Clone, Default)]
pub struct BarChart {
    /// The tallest bar in words, written at its height.
    pub top: String,
    /// Left to right.
    pub bars: Vec<Bar>,
    /// Words under the ground line, spread over its width.
    pub axis: Vec<String>,
    /// The same in numbers.
    pub table: Table,
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn bars(values: &[f64], marked: Option<usize>) -> Vec<Bar> {
    let most = values.iter().copied().fold(0.0, f64::max);
    let width = 100.0 / values.len().max(1) as f64;
    let bar = |(index, value): (usize, &f64)| Bar {
        x: tenth(index as f64 * width + width * 0.14),
        width: tenth(width * 0.72),
        // The least answer is still a line that one sees.
        height: if *value > 0.0 {
            tenth((value / most * 96.0).max(1.5))
        } else {
            0.0
        },
        is_marked: marked == Some(index),
    };
    values.iter().enumerate().map(bar).collect()
}

/// What is counted a day.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// The head of its column.
    pub name: &'static str,
    /// A number of it.
    pub number: fn(u64) -> String,
}

/// Something counted for each of some days, oldest first.
pub fn days_chart(
    days: &[(NaiveDate, u64)],
    counted: Counted,
    marked: usize,
    axis: Vec<String>,
    words: &Words,
) -> BarChart {
    let values: Vec<f64> = days.iter().map(|(_, value)| *value as f64).collect();
    let most = days.iter().map(|(_, value)| *value).max().unwrap_or(0);
    BarChart {
        top: (counted.number)(most),
        bars: bars(&values, Some(marked)),
        axis,
        table: Table {
            head: vec![words.stats.day, counted.name],
            rows: days
                .iter()
                .map(|(date, value)| vec![(words.day)(*date), value.to_string()])
                .collect(),
        },
    }
}

/// Cards by how long something lasts.
pub fn spread_chart(bands: &[Band], words: &Words) -> BarChart {
    let told = &words.stat;
    let values: Vec<f64> = bands.iter().map(|band| f64::from(band.cards)).collect();
    let most = bands.iter().map(|band| band.cards).max().unwrap_or(0);
    let rows = bands
        .iter()
        .map(|band| {
            vec![
                (told.band)(band.from_days, band.to_days),
                band.cards.to_string(),
            ]
        })
        .collect();
    BarChart {
        top: (told.cards)(most.into()),
        bars: bars(&values, None),
        axis: bands
            .iter()
            .map(|band| (told.span)(band.from_days))
            .collect(),
        table: Table {
            head: vec![words.stats.how_long, words.stats.cards],
            rows,
        },
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarCell {
    /// Column of its week, in units of the grid.
    pub x: i64,
    /// Row of its weekday, Monday first.
    pub y: i64,
    /// 0 for none, then by quarters of the busiest day.
    pub shade: u8,
}

/// A year as a grid of weeks.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    /// Units across.
    pub width: i64,
    /// A cell for each day.
    pub cells: Vec<CalendarCell>,
    /// The month that begins in a column.
    pub months: Vec<(i64, String)>,
    /// By month: days studied and answers, since a table of 371 days is read by nobody.
    pub table: Table,
}

/// Units of the grid from one week to the next.
const CELL: i64 = 12;

/// The calendar of these days, oldest first.
pub fn calendar(days: &[Day], words: &Words) -> Calendar {
    let Some(first) = days.first() else {
        return Calendar::default();
    };
    let offset = i64::from(first.date.weekday().num_days_from_monday());
    let most = days.iter().map(|day| day.tally.answers).max().unwrap_or(0);
    let mut calendar = Calendar {
        table: Table {
            head: vec![
                words.stats.month,
                words.stats.days_studied,
                words.stats.answers_head,
            ],
            rows: Vec::new(),
        },
        ..Calendar::default()
    };
    let mut month = (String::new(), 0_u32, 0_u32);
    for (index, day) in days.iter().enumerate() {
        let place = index as i64 + offset;
        let (x, y) = (place / 7 * CELL, place % 7 * CELL);
        let answers = day.tally.answers;
        let shade = if answers == 0 {
            0
        } else {
            (answers * 4).div_ceil(most.max(1)).clamp(1, 4) as u8
        };
        calendar.cells.push(CalendarCell { x, y, shade });
        calendar.width = x + CELL;
        let name = (words.stat.month)(day.date);
        if month.0 != name {
            push_month(&mut calendar, &month);
            month = (name, 0, 0);
            // A month that ends within its first column would lie under the next one's name.
            if day.date.day() <= 7 {
                let name = (words.stat.short_month)(day.date);
                calendar.months.push((x, name));
            }
        }
        month = (month.0, month.1 + u32::from(answers > 0), month.2 + answers);
    }
    push_month(&mut calendar, &month);
    calendar
}

fn push_month(calendar: &mut Calendar, (name, studied, answers): &(String, u32, u32)) {
    if !name.is_empty() {
        calendar
            .table
            .rows
            .push(vec![name.clone(), studied.to_string(), answers.to_string()]);
    }
}

/// A group of reviews in the square of predictions against answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// Predicted, 0–100 to the right.
    pub x: f64,
    /// Recalled, 0–100 from above.
    pub y: f64,
    /// By its number of reviews.
    pub radius: f64,
}

/// Predictions against answers: on the diagonal, the model told the truth.
#[derive(Debug, Clone, Default)]
pub struct CalibrationChart {
    /// Lowest prediction first.
    pub dots: Vec<Dot>,
    /// The same in numbers.
    pub table: Table,
}

/// The square of a calibration. It shows the upper half: few predictions lie below 0.5, and those stand at the edge.
pub fn calibration_chart(calibration: &Calibration, words: &Words) -> CalibrationChart {
    let scaled = |share: f64| ((share - 0.5) * 200.0).clamp(0.0, 100.0);
    let most = calibration.bins.iter().map(|bin| bin.reviews).max();
    let dot = |bin: &crate::domain::stats::calibration::CalibrationBin| Dot {
        x: tenth(scaled(bin.predicted)),
        y: tenth(100.0 - scaled(bin.recalled)),
        radius: tenth(1.2 + 3.0 * (f64::from(bin.reviews) / f64::from(most.unwrap_or(1))).sqrt()),
    };
    let row = |bin: &crate::domain::stats::calibration::CalibrationBin| {
        vec![
            (words.card.percent)(bin.predicted),
            (words.card.percent)(bin.recalled),
            bin.reviews.to_string(),
        ]
    };
    CalibrationChart {
        dots: calibration.bins.iter().map(dot).collect(),
        table: Table {
            head: vec![
                words.stats.predicted,
                words.stats.recalled,
                words.stats.reviews,
            ],
            rows: calibration.bins.iter().map(row).collect(),
        },
    }
}

/// One deck's line.
#[derive(Debug, Clone)]
pub struct Line {
    /// The deck's title, written at the line's end.
    pub title: String,
    /// `x,y` pairs in percent, as SVG's `points` has them.
    pub points: String,
    /// Where the line ends, from above, in percent.
    pub end: f64,
}

/// Levels over time.
#[derive(Debug, Clone, Default)]
pub struct LevelChart {
    /// Most new cards first.
    pub lines: Vec<Line>,
    /// The first and the last day.
    pub axis: Vec<String>,
    /// The same in numbers.
    pub table: Table,
}

/// Each deck's level over time, on one axis of days.
pub fn level_chart(lines: &[LevelLine], today: NaiveDate, words: &Words) -> LevelChart {
    let (say, told) = (&words.stats, &words.stat);
    let dates = lines
        .iter()
        .flat_map(|line| line.points.iter().map(|point| point.date));
    let Some(first) = dates.min() else {
        return LevelChart::default();
    };
    let width = (today - first).num_days().max(1) as f64;
    let height = |level: f64| tenth(100.0 - (level - 1.0) / 8.0 * 100.0);
    let line = |line: &LevelLine| {
        let mut points: Vec<String> = line
            .points
            .iter()
            .map(|point| {
                let x = tenth((point.date - first).num_days() as f64 / width * 100.0);
                format!("{x},{}", height(point.level))
            })
            .collect();
        let end = line.points.last().map_or(50.0, |point| height(point.level));
        // The level holds until the next card says otherwise.
        points.push(format!("100,{end}"));
        Line {
            title: line.title.clone(),
            points: points.join(" "),
            end,
        }
    };
    let rows = lines.iter().flat_map(|line| {
        line.points.iter().map(|point| {
            vec![
                (words.day)(point.date),
                line.title.clone(),
                (told.level)(point.level),
                point.cards.to_string(),
            ]
        })
    });
    LevelChart {
        lines: lines.iter().map(line).collect(),
        axis: vec![(told.short_day)(first), say.is_today.into()],
        table: Table {
            head: vec![say.day, say.deck, say.levels, say.new_cards_head],
            rows: rows.collect(),
        },
    }
}

/// A part of the topic as a bar of three stretches.
#[derive(Debug, Clone)]
pub struct CoverageRow {
    /// Its name, or words for cards without one.
    pub name: String,
    /// Percent of the longest bar.
    pub known: f64,
    /// Percent of the longest bar.
    pub learning: f64,
    /// Percent of the longest bar.
    pub new: f64,
    /// `3 of 12 known`.
    pub words: String,
}

impl CoverageRow {
    /// Where the stretch of what is not yet studied begins.
    pub fn new_x(&self) -> f64 {
        tenth(self.known + self.learning)
    }
}

/// How far each part of the topic is learned.
pub fn coverage(subtopics: &[Subtopic], words: &Words) -> (Vec<CoverageRow>, Table) {
    let say = &words.stats;
    let most = subtopics.iter().map(Subtopic::cards).max().unwrap_or(1);
    let share = |cards: u32| tenth(f64::from(cards) / f64::from(most.max(1)) * 100.0);
    let name = |part: &Subtopic| match part.name.as_str() {
        "" => say.no_part.to_owned(),
        name => name.to_owned(),
    };
    let row = |part: &Subtopic| CoverageRow {
        name: name(part),
        known: share(part.known),
        learning: share(part.learning),
        new: share(part.new),
        words: (words.stat.known_of)(part.known, part.cards()),
    };
    let cells = |part: &Subtopic| {
        let numbers = [part.known, part.learning, part.new].map(|cards| cards.to_string());
        std::iter::once(name(part)).chain(numbers).collect()
    };
    let table = Table {
        head: vec![say.part, say.known, say.learning, say.new],
        rows: subtopics.iter().map(cells).collect(),
    };
    (subtopics.iter().map(row).collect(), table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::stats::days::Tally;
    use crate::web::words::Language;
    use chrono::TimeDelta;

    #[test]
    fn no_bar_leaves_its_box_and_the_least_is_seen() {
        let bars = bars(&[0.0, 1.0, 10_000.0], Some(2));
        assert_eq!(bars[0].height, 0.0);
        assert!(bars[1].height >= 1.5);
        assert!(bars[2].is_marked && bars[2].y() >= 0.0 && bars[2].x + bars[2].width <= 100.0);
    }

    #[test]
    fn a_calendar_puts_weeks_in_columns_and_weekdays_in_rows() {
        let monday: NaiveDate = "2026-03-02".parse().expect("a date");
        let day = |index| Day {
            date: monday + TimeDelta::days(index),
            tally: Tally {
                answers: index as u32 * 10,
                ..Tally::default()
            },
        };
        let days = [2, 3, 4, 5, 6, 7].map(day);
        let calendar = calendar(&days, Language::English.words());
        let places: Vec<_> = calendar
            .cells
            .iter()
            .map(|cell| (cell.x / CELL, cell.y / CELL))
            .collect();
        assert_eq!(places, [(0, 2), (0, 3), (0, 4), (0, 5), (0, 6), (1, 0)]);
        assert_eq!(calendar.cells[5].shade, 4);
        assert_eq!(calendar.table.rows, [["March 2026", "6", "270"]]);
    }

    #[test]
    fn a_line_holds_its_level_until_today() {
        let date: NaiveDate = "2026-03-02".parse().expect("a date");
        let point = |ahead, level| crate::domain::stats::LevelPoint {
            date: date + TimeDelta::days(ahead),
            level,
            cards: 1,
        };
        let line = LevelLine {
            deck_id: uuid::Uuid::nil(),
            title: "Knots".into(),
            points: vec![point(0, 1.0), point(5, 9.0)],
        };
        let chart = level_chart(
            &[line],
            date + TimeDelta::days(10),
            Language::English.words(),
        );
        assert_eq!(chart.lines[0].points, "0,100 50,0 100,0");
    }
}
