//! English, of the statistics.

use chrono::{Datelike, NaiveDate};

use super::stats::{StatSentences, StatsTexts};
use crate::domain::stats::CardTotals;
use crate::domain::stats::days::DueDay;

/// The page.
pub const STATS: StatsTexts = StatsTexts {
    title: "Statistics",
    all_decks: "All decks",
    study: "Study",
    is_empty: "Nothing was answered here yet. Answer a few cards, and this page draws what became of them.",
    today: "Today",
    is_today: "today",
    answers: "answers",
    new_cards: "new cards",
    minutes: "minutes",
    of_reviews: "of reviews recalled",
    still_due: "still due today",
    days_in_a_row: "days in a row",
    in_numbers: "In numbers",
    answers_a_day: "Answers a day",
    minutes_a_day: "Minutes a day",
    year: "The year",
    year_by_months: "The year by months",
    ahead: "What comes back",
    due_a_day: "Cards due a day",
    memory: "Memory, true and predicted",
    recalled_axis: "recalled",
    predicted_axis: "predicted",
    memory_numbers: "Recall, predicted and true",
    stability: "Stability",
    stability_hint: "How long until a card’s chance of recall has fallen to 90 %.",
    by_stability: "Cards by stability",
    intervals: "Intervals",
    intervals_hint: "From a card’s last answer to its next one.",
    by_interval: "Cards by interval",
    levels: "Level of new cards",
    levels_by_day: "Level of new cards by day",
    parts: "Parts of the topic",
    parts_legend: "Solid: known for three weeks or more. Grey: being learned. Outlined: not yet studied.",
    no_part: "no part named",
    day: "Day",
    cards: "Cards",
    how_long: "How long",
    month: "Month",
    days_studied: "Days studied",
    answers_head: "Answers",
    new_cards_head: "New cards",
    predicted: "Predicted",
    recalled: "Recalled",
    reviews: "Reviews",
    deck: "Deck",
    part: "Part",
    known: "Known",
    learning: "Learning",
    new: "New",
};

/// The sentences.
pub const SENTENCES: StatSentences = StatSentences {
    stats_of: |title| format!("Statistics of {title}"),
    numbers_of: |what| format!("{what}, in numbers"),
    answers: |count| counted(count, "answer", "answers"),
    minutes: |count| counted(count, "minute", "minutes"),
    cards: |count| counted(count, "card", "cards"),
    year: |answers, studied| {
        format!(
            "{} on {} of the last year.",
            counted(answers.into(), "answer", "answers"),
            counted(studied as u64, "day", "days")
        )
    },
    ahead,
    retention: |reviews, recalled, predicted| {
        format!(
            "Of your last {reviews} reviews you knew {recalled:.0} %; {predicted:.0} % was predicted. On the diagonal, \
             prediction and memory agree.",
            recalled = recalled * 100.0,
            predicted = predicted * 100.0
        )
    },
    totals,
    known_of: |known, cards| format!("{known} of {cards} known"),
    span,
    band: |from, to| match to {
        Some(to) => format!("{} to {}", span(from), span(to)),
        None => format!("{} or more", span(from)),
    },
    level: |level| format!("{level:.1}"),
    short_day,
    month: |day| day.format("%B %Y").to_string(),
    short_month: |day| day.format("%b").to_string(),
};

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn ahead(cards: u32, busiest: Option<&DueDay>) -> String {
    match busiest {
        Some(day) => format!(
            "{cards} of the cards you have come back in 30 days, most of them ({}) on {}. New cards and lapses add to that.",
            day.cards,
            short_day(day.date)
        ),
        None => "Nothing comes back in the next 30 days.".into(),
    }
}

fn totals(cards: &CardTotals) -> String {
    let suspended = match cards.suspended {
        0 => String::new(),
        suspended => format!(", {suspended} suspended"),
    };
    format!(
        "{}: {} known for three weeks or more, {} being learned, {} new{suspended}.",
        counted(cards.all().into(), "card", "cards"),
        cards.known,
        cards.learning,
        cards.new
    )
}

/// `3 d`, `2 mo`, `1 y`.
fn span(days: f64) -> String {
    match days {
        days if days >= 365.0 => format!("{:.0} y", days / 365.0),
        days if days >= 30.0 => format!("{:.0} mo", days / 30.0),
        days => format!("{days:.0} d"),
    }
}

/// A date as a person writes it: `3 Mar`.
fn short_day(date: NaiveDate) -> String {
    format!("{} {}", date.day(), date.format("%b"))
}
