//! Which texts the statistics have: the page of all decks and of one, its charts, and the tables beside them.

use chrono::NaiveDate;

use crate::domain::stats::CardTotals;
use crate::domain::stats::days::DueDay;

texts! {
    /// The statistics page, its charts and their tables.
    StatsTexts {
        title, all_decks, study, is_empty, today, is_today, answers, new_cards, minutes, of_reviews, still_due, days_in_a_row,
        in_numbers, answers_a_day, minutes_a_day, year, year_by_months, ahead, due_a_day, memory, recalled_axis,
        predicted_axis, memory_numbers, stability, stability_hint, by_stability, intervals, intervals_hint, by_interval,
        levels, levels_by_day, parts, parts_legend, no_part,
        day, cards, how_long, month, days_studied, answers_head, new_cards_head, predicted, recalled, reviews, deck, part, known, learning, new,
    }
}

/// Sentences of the statistics, and how their numbers and days are written.
#[derive(Debug)]
pub struct StatSentences {
    /// The title of a deck's statistics in the browser.
    pub stats_of: fn(&str) -> String,
    /// What a chart has beside it, for a screen reader.
    pub numbers_of: fn(&str) -> String,
    /// A number of answers.
    pub answers: fn(u64) -> String,
    /// A number of minutes.
    pub minutes: fn(u64) -> String,
    /// A number of cards.
    pub cards: fn(u64) -> String,
    /// What the year says: answers, on so many days.
    pub year: fn(u32, usize) -> String,
    /// Cards that come back, and the day on which most do; `None`: none do.
    pub ahead: fn(u32, Option<&DueDay>) -> String,
    /// Of so many reviews, the share that was recalled and the share that was predicted.
    pub retention: fn(u32, f64, f64) -> String,
    /// What the cards are.
    pub totals: fn(&CardTotals) -> String,
    /// Cards known of the cards of a part.
    pub known_of: fn(u32, u32) -> String,
    /// Days under an axis, as short as can be.
    pub span: fn(f64) -> String,
    /// A band of days: from, and to before which, if it ends.
    pub band: fn(f64, Option<f64>) -> String,
    /// A level with a digit after the point.
    pub level: fn(f64) -> String,
    /// A day under an axis or in a sentence, without its year.
    pub short_day: fn(NaiveDate) -> String,
    /// A month with its year.
    pub month: fn(NaiveDate) -> String,
    /// A month above its columns.
    pub short_month: fn(NaiveDate) -> String,
}
