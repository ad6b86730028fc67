//! German, of the statistics.

use chrono::{Datelike, NaiveDate};

use super::de_cards::comma;
use super::de_plans::MONTHS;
use super::stats::{StatSentences, StatsTexts};
use crate::domain::stats::CardTotals;
use crate::domain::stats::days::DueDay;

/// The page.
pub const STATS: StatsTexts = StatsTexts {
    title: "Statistik",
    all_decks: "Alle Stapel",
    study: "Lernen",
    is_empty: "Hier wurde noch nichts beantwortet. Beantworte ein paar Karten, und diese Seite zeichnet, was aus ihnen wurde.",
    today: "Heute",
    is_today: "heute",
    answers: "Antworten",
    new_cards: "neue Karten",
    minutes: "Minuten",
    of_reviews: "der Wiederholungen gewusst",
    still_due: "heute noch dran",
    days_in_a_row: "Tage in Folge",
    in_numbers: "In Zahlen",
    answers_a_day: "Antworten am Tag",
    minutes_a_day: "Minuten am Tag",
    year: "Das Jahr",
    year_by_months: "Das Jahr nach Monaten",
    ahead: "Was wiederkommt",
    due_a_day: "Karten, die an einem Tag dran sind",
    memory: "Gedächtnis, wirklich und vorhergesagt",
    recalled_axis: "gewusst",
    predicted_axis: "vorhergesagt",
    memory_numbers: "Erinnerung, vorhergesagt und wirklich",
    stability: "Stabilität",
    stability_hint: "Wie lange es dauert, bis du dich an eine Karte nur noch mit 90 % Wahrscheinlichkeit erinnerst.",
    by_stability: "Karten nach Stabilität",
    intervals: "Abstände",
    intervals_hint: "Von der letzten Antwort auf eine Karte bis zur nächsten.",
    by_interval: "Karten nach Abstand",
    levels: "Stufe neuer Karten",
    levels_by_day: "Stufe neuer Karten nach Tagen",
    parts: "Teile des Themas",
    parts_legend: "Gefüllt: sitzt für drei Wochen oder länger. Grau: im Lernen. Umrandet: noch nicht gelernt.",
    no_part: "ohne Teil",
    day: "Tag",
    cards: "Karten",
    how_long: "Wie lange",
    month: "Monat",
    days_studied: "Tage gelernt",
    answers_head: "Antworten",
    new_cards_head: "Neue Karten",
    predicted: "Vorhergesagt",
    recalled: "Gewusst",
    reviews: "Wiederholungen",
    deck: "Stapel",
    part: "Teil",
    known: "Sitzt",
    learning: "Im Lernen",
    new: "Neu",
};

/// The sentences.
pub const SENTENCES: StatSentences = StatSentences {
    stats_of: |title| format!("Statistik von {title}"),
    numbers_of: |what| format!("{what}, in Zahlen"),
    answers: |count| counted(count, "Antwort", "Antworten"),
    minutes: |count| counted(count, "Minute", "Minuten"),
    cards: |count| counted(count, "Karte", "Karten"),
    year: |answers, studied| {
        format!(
            "{} an {} des letzten Jahres.",
            counted(answers.into(), "Antwort", "Antworten"),
            counted(studied as u64, "Tag", "Tagen")
        )
    },
    ahead,
    retention: |reviews, recalled, predicted| {
        let of = match reviews {
            1 => "Von deiner letzten Wiederholung".into(),
            reviews => format!("Von deinen letzten {reviews} Wiederholungen"),
        };
        format!(
            "{of} hast du {recalled:.0} % gewusst; vorhergesagt waren {predicted:.0} %. Auf der Diagonale stimmen \
             Vorhersage und Gedächtnis überein.",
            recalled = recalled * 100.0,
            predicted = predicted * 100.0
        )
    },
    totals,
    known_of: |known, cards| format!("{known} von {cards} {}", sit(known)),
    span: |days| {
        let (number, unit) = largest(days);
        format!("{number}\u{A0}{}", unit.short())
    },
    band,
    level: comma,
    short_day,
    month: |day| format!("{} {}", MONTHS[day.month0() as usize], day.year()),
    short_month: |day| SHORT_MONTHS[day.month0() as usize].into(),
};

const SHORT_MONTHS: [&str; 12] = [
    "Jan", "Feb", "März", "Apr", "Mai", "Juni", "Juli", "Aug", "Sept", "Okt", "Nov", "Dez",
];

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What cards do that are known.
fn sit(cards: u32) -> &'static str {
    if cards == 1 { "sitzt" } else { "sitzen" }
}

fn ahead(cards: u32, busiest: Option<&DueDay>) -> String {
    let Some(day) = busiest else {
        return "In den nächsten 30 Tagen kommt nichts wieder.".into();
    };
    let on = short_day(day.date);
    let back = match cards {
        1 => format!("Eine deiner Karten kommt in den nächsten 30 Tagen wieder, am {on}."),
        cards => format!(
            "{cards} deiner Karten kommen in den nächsten 30 Tagen wieder, die meisten ({}) am {on}.",
            day.cards
        ),
    };
    format!("{back} Neue und vergessene Karten kommen dazu.")
}

fn totals(cards: &CardTotals) -> String {
    let suspended = match cards.suspended {
        0 => String::new(),
        suspended => format!(", {suspended} ausgesetzt"),
    };
    format!(
        "{}: {} {} für drei Wochen oder länger, {} im Lernen, {} neu{suspended}.",
        counted(cards.all().into(), "Karte", "Karten"),
        cards.known,
        sit(cards.known),
        cards.learning,
        cards.new
    )
}

/// What a span of days is counted in.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Day,
    Month,
    Year,
}

impl Unit {
    /// Ten of them stand side by side under a chart on a phone.
    fn short(self) -> &'static str {
        match self {
            Unit::Day => "T",
            Unit::Month => "M",
            Unit::Year => "J",
        }
    }

    fn word(self, number: u32) -> &'static str {
        match (self, number) {
            (Unit::Day, 1) => "Tag",
            (Unit::Day, _) => "Tage",
            (Unit::Month, 1) => "Monat",
            (Unit::Month, _) => "Monate",
            (Unit::Year, 1) => "Jahr",
            (Unit::Year, _) => "Jahre",
        }
    }
}

fn largest(days: f64) -> (u32, Unit) {
    let (number, unit) = match days {
        days if days >= 365.0 => (days / 365.0, Unit::Year),
        days if days >= 30.0 => (days / 30.0, Unit::Month),
        days => (days, Unit::Day),
    };
    (number.round() as u32, unit)
}

/// `3 bis 7 Tage`, `14 Tage bis 1 Monat`, `1 Jahr oder mehr`.
fn band(from: f64, to: Option<f64>) -> String {
    let (least, unit) = largest(from);
    match to.map(largest) {
        None => format!("{least} {} oder mehr", unit.word(least)),
        Some((most, same)) if same == unit => format!("{least} bis {most} {}", unit.word(most)),
        Some((most, other)) => {
            format!(
                "{least} {} bis {most} {}",
                unit.word(least),
                other.word(most)
            )
        }
    }
}

/// `3. März`.
fn short_day(date: NaiveDate) -> String {
    format!("{}. {}", date.day(), MONTHS[date.month0() as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_and_days_are_german_and_one_is_no_plural() {
        assert_eq!(band(0.0, Some(1.0)), "0 bis 1 Tag");
        assert_eq!(band(14.0, Some(30.0)), "14 Tage bis 1 Monat");
        assert_eq!(band(240.0, Some(365.0)), "8 Monate bis 1 Jahr");
        assert_eq!(band(365.0, None), "1 Jahr oder mehr");
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
        assert_eq!(short_day(day), "1. März");
        assert_eq!((SENTENCES.month)(day), "März 2026");
        assert_eq!((SENTENCES.level)(4.25), "4,2");
        assert_eq!(
            (SENTENCES.year)(1, 1),
            "1 Antwort an 1 Tag des letzten Jahres."
        );
        let due = DueDay {
            date: day,
            cards: 1,
        };
        assert!((SENTENCES.ahead)(1, Some(&due)).starts_with("Eine deiner Karten kommt"));
    }
}
