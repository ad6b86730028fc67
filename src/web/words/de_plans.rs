//! German, of plans.

use chrono::{Datelike, NaiveDate};

use super::{PlanSentences, Plans};
use crate::domain::billing::Interval;
use crate::domain::plan::Period;
use crate::study::allowance::Limit;
use crate::web::pages::interval::largest_unit;

/// The texts.
pub const PLANS: Plans = Plans {
    title: "Tarife",
    lead: "Ein Tarif zählt neue Karten, denn jede schreibt ein Sprachmodell für dich. Lernen, ändern und mitnehmen, was du hast, wird nie gezählt.",
    choose: "Wähl einen der Tarife unten.",
    better_model: "Karten vom besseren Modell",
    any_topics: "beliebig viele Themen zugleich",
    change_to_free: "Tarif kündigen",
    foot: "Bezahlt wird über Stripe. Kündigen kannst du jederzeit mit zwei Klicks: Der Tarif gilt dann bis zum Ende des Bezahlten, und alle Stapel und Antworten bleiben deine.",
    foot_guest: "Zum Kaufen legst du zuerst ein Konto an, damit der Tarif auf jedem Gerät deiner ist.",
    yours: "Dein Tarif",
    payment_failed: "Die letzte Zahlung ist fehlgeschlagen. Dein Tarif gilt weiter, solange Stripe es erneut versucht: Sieh unten nach deiner Karte, damit er nicht endet.",
    more: "Mehr neue Karten",
    card_and_invoices: "Zahlungskarte und Rechnungen",
    keep_after_all: "Den Tarif doch behalten",
    cancel: "Tarif kündigen",
    cancel_lead: "Es wird nichts mehr abgebucht.",
    cancel_kept: "Alle Stapel, Karten und Antworten bleiben deine, und sie zu lernen bleibt frei.",
    keep_it: "Behalten",
    unreached: "Stripe, das die Zahlungen annimmt, antwortet gerade nicht. Nichts wurde geändert: Versuch es gleich noch einmal.",
    not_deleted: "Stripe, das die Zahlungen annimmt, antwortet gerade nicht, und dein Abonnement konnte nicht gekündigt werden. Nichts wurde gelöscht: Versuch es gleich noch einmal.",
    thanks: "Danke. Dein Tarif gilt ab jetzt.",
    not_yet: "Stripe hat die Zahlung noch nicht bestätigt. Sobald das geschieht, gilt dein Tarif: Du musst nichts tun.",
    cancelled: "Gekündigt. Es wird nichts mehr abgebucht.",
    kept: "Dein Tarif läuft weiter.",
    unlimited: "So viele neue Karten, wie du willst.",
    limit_title: "Gerade keine neuen Karten",
    limit_guest: "Leg ein Konto an, kostenlos, für mehr an jedem Tag.",
    limit_stays: "Was du hast, kannst du weiter lernen, so oft du willst.",
    limit_none_wanted: "Du willst keine neuen Karten: So steht es in deinen Einstellungen. Was du hast, kannst du weiter lernen.",
    limit_decks: "Meine Stapel",
    limit_topic: "Ein anderes Thema",
    limit_study: "Lernen, was dran ist",
    limit_settings: "Einstellungen",
};

/// The sentences.
pub const SENTENCES: PlanSentences = PlanSentences {
    new_cards: |cards| format!("{} neue Karten am Tag", grouped(cards)),
    topics: |topics| format!("{topics} Themen zugleich"),
    price: |amount, interval| match interval {
        Interval::Month => format!("{amount} im Monat"),
        Interval::Year => format!("{amount} im Jahr"),
    },
    change_to: |plan| format!("Zu {plan} wechseln"),
    cancel_title: |plan| format!("{plan} kündigen?"),
    holds_until: |day| {
        format!(
            "Der Tarif gilt bis zum {}: So lange ist er bezahlt.",
            date(day)
        )
    },
    ends_on: |day| {
        format!(
            "Gekündigt. Er gilt bis zum {}; deine Stapel bleiben auch danach deine.",
            date(day)
        )
    },
    renews_on: |day| format!("Er verlängert sich am {}.", date(day)),
    left_today: |left, allowed, seconds| {
        format!(
            "Von heute {} neuen Karten sind noch {} übrig. In {} wird neu gezählt.",
            grouped(allowed),
            grouped(left),
            span(seconds)
        )
    },
    left_as_guest: |left, allowed, account| {
        format!(
            "Von {allowed} neuen Karten eines Gastes sind noch {left} übrig. Mit einem kostenlosen Konto sind es {account} an jedem Tag."
        )
    },
    limit_spent,
    limit_renews: |seconds| format!("Neue kommen in {}, wenn dein Tag beginnt.", span(seconds)),
    limit_more: |plan, cards| format!("{plan} gibt {} am Tag.", grouped(cards)),
    limit_due: |cards| match cards {
        1 => "In deinen anderen Stapeln ist eine Karte dran.".into(),
        cards => format!("In deinen anderen Stapeln sind {cards} Karten dran."),
    },
    limit_comes_back: |seconds| format!("Die nächste Karte kommt in {} wieder.", span(seconds)),
};

fn limit_spent(limit: &Limit) -> String {
    let all = grouped(limit.allowed);
    let (were, of) = match (limit.plan.terms().period, limit.allowed) {
        (Period::Ever, _) => (
            format!("Das waren die {all} neuen Karten eines Gastes"),
            format!("Von den {all} neuen Karten eines Gastes"),
        ),
        (Period::Day, 1) => (
            "Das war die eine neue Karte von heute".to_owned(),
            "Von der einen neuen Karte von heute".to_owned(),
        ),
        (Period::Day, _) => (
            format!("Das waren die {all} neuen Karten von heute"),
            format!("Von den {all} neuen Karten von heute"),
        ),
    };
    match limit.held {
        _ if limit.is_of_orders => "Für dich wurden weit mehr Karten geschrieben, als du gelernt hast, darum jetzt keine \
            weiteren. Was geschrieben ist, bleibt zum Lernen da, in diesem Stapel und in den anderen."
            .into(),
        0 if limit.is_own => format!("{were}, mehr willst du nicht an einem Tag."),
        0 => format!("{were}."),
        1 => format!(
            "{of} ist eine ausgeteilt und noch nicht beantwortet: Sieh in deine anderen Stapel."
        ),
        held => format!(
            "{of} sind {held} ausgeteilt und noch nicht beantwortet: Sieh in deine anderen Stapel."
        ),
    }
}

/// From January on.
pub(super) const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn date(day: NaiveDate) -> String {
    let month = MONTHS[day.month0() as usize];
    format!("{}. {month} {}", day.day(), day.year())
}

/// A span of time after *in*: `3 Tagen`.
pub(super) fn span(seconds: u64) -> String {
    let (number, _, word) = largest_unit(seconds);
    let (one, many) = match word {
        "minute" => ("einer Minute", "Minuten"),
        "hour" => ("einer Stunde", "Stunden"),
        "day" => ("einem Tag", "Tagen"),
        "month" => ("einem Monat", "Monaten"),
        _ => ("einem Jahr", "Jahren"),
    };
    match number.as_str() {
        "1" => one.to_owned(),
        number => format!("{} {many}", number.replace('.', ",")),
    }
}

fn grouped(number: u32) -> String {
    match number {
        1_000.. => format!("{}.{:03}", number / 1_000, number % 1_000),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_days_and_spans_are_german() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
        assert_eq!(date(day), "1. März 2026");
        assert_eq!(grouped(1_000), "1.000");
        assert_eq!(span(60), "einer Minute");
        assert_eq!(span(3 * 86_400), "3 Tagen");
        assert_eq!(span(75 * 86_400), "2,5 Monaten");
    }
}
