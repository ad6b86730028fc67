//! German, of decks and errors.

use super::de_said::refusal;
use super::decks::{DeckSentences, DeckSettings, Decks, Errors};

/// The list.
pub const DECKS: Decks = Decks {
    title: "Meine Stapel",
    none_yet: "Du hast noch keinen Stapel.",
    type_a_topic: "Nenne ein Thema",
    to_begin: "und fang einen an.",
    cards: "Karten",
    statistics: "Statistik",
    settings: "Einstellungen",
    begin: "Neuen Stapel anfangen",
    study_all: "Alle lernen",
    cram: "Pauken",
    archived: "Abgelegte Stapel",
    due: "dran",
    new: "neu",
    nothing_due: "nichts dran",
    paused: "angehalten",
    writing: "wird geschrieben",
    no_answer: "keine Antwort",
};

/// A deck's settings.
pub const SETTINGS: DeckSettings = DeckSettings {
    title: "Einstellungen des Stapels",
    name: "Titel",
    level: "Stufe neuer Karten",
    level_hint: "Sie folgt deinen Antworten. Stellst du sie selbst ein, geht es von dort weiter.",
    language: "Sprache neuer Karten",
    own_language: "die des Themas",
    language_hint: "Ein Kürzel wie en, de oder pt-BR; leer für die Sprache des Themas. Was du hast, bleibt, wie es ist.",
    each_day: "Jeden Tag",
    new_at_most: "Neue Karten, höchstens",
    reviews_at_most: "Wiederholungen, höchstens",
    minutes_at_most: "Minuten, höchstens",
    no_limit: "ohne Grenze",
    no_ceiling: "ohne Grenze",
    minutes_hint: "Minuten bremsen nur neue Karten: Wiederholungen kommen zuerst, und neue Karten bekommen, was vom Tag übrig ist.",
    order: "Neue Karten und Wiederholungen",
    mixed: "Gemischt, wie der Tag sie hergibt",
    reviews_first: "Wiederholungen zuerst",
    new_first: "Neue Karten zuerst",
    pause: "Anhalten: Es werden keine neuen Karten geschrieben. Wiederholungen gehen weiter.",
    archive: "Ablegen: nicht mehr in der Liste und nicht mehr dran.",
    to_deck: "Zurück zum Stapel",
    delete: "Löschen",
    wishes: "Worum es in neuen Karten geht",
    no_wishes: "Noch kein Wunsch. Beim Lernen gibt es im Menü einer Karte „Mehr“, „Weniger“ und „Das nicht“ für ihr Teilthema.",
    forget: "Vergessen",
    wish: "Mehr, weniger oder nichts davon",
    wish_what: "Wovon",
    wish_part: "ein Teil des Themas",
    add: "Hinzufügen",
    wishes_hint: "Das gilt ab der nächsten Bestellung von Karten.",
    more_of: "Mehr von",
    less_of: "Weniger von",
    never_of: "Nichts von",
    cram: "Pauken",
    prompt: "Lernstand für einen Chat",
    write: "Karte schreiben",
    delete_detail: "Seine Karten und ihr Verlauf verschwinden mit ihm, für immer. Deine anderen Stapel bleiben, wie sie sind.",
    delete_button: "Stapel löschen",
    keep: "Behalten",
};

/// Errors.
pub const ERRORS: Errors = Errors {
    malformed: "Die Anfrage war nicht zu lesen",
    unauthorized: "Niemand ist angemeldet",
    unauthorized_detail: "Nenne auf der Startseite ein Thema, um anzufangen, oder melde dich an.",
    forbidden: "Diese Anfrage ist nicht erlaubt",
    not_found: "Hier ist nichts",
    not_found_detail: "Vielleicht wurde es gelöscht, oder die Adresse ist vertippt. Geh zurück zu deinen Stapeln.",
    method: "Diese Adresse wird anders benutzt",
    method_detail: "Geh zurück und nimm die Knöpfe der Seite.",
    conflict: "Es hat sich inzwischen geändert",
    too_large: "Das ist zu lang",
    too_large_detail: "Nichts wurde gespeichert. Kürze es und schick es noch einmal.",
    media_type: "Inhalt dieser Art wird hier nicht gelesen",
    media_type_detail: "Geh zurück und nimm das Formular der Seite.",
    invalid: "Etwas muss berichtigt werden",
    rate_limited: "Zu viele Anfragen",
    unavailable: "Der Server ist beschäftigt",
    unavailable_detail: "Die Datenbank antwortet gerade nicht. Was du vorher getan hast, ist gespeichert: Versuch es gleich noch einmal.",
    internal: "Hier ist etwas schiefgegangen",
    internal_detail: "Es ist notiert. Was du vorher getan hast, ist gespeichert: Versuch es noch einmal.",
    name_this: "Wenn du uns schreibst, nenne dies:",
    my_decks: "Meine Stapel",
    type_a_topic: "Ein Thema nennen",
};

/// The sentences.
pub const SENTENCES: DeckSentences = DeckSentences {
    study_all: |due| match due {
        1 => "Die eine lernen, die dran ist".into(),
        due => format!("Alle {due} lernen, die dran sind"),
    },
    of_deck: |title| format!("von {title}"),
    settings_of: |title| format!("Einstellungen von {title}"),
    forecast: |new_per_day, minutes| {
        let minutes = minutes.round().max(1.0);
        let (cards, verb) = match new_per_day {
            1 => ("neue Karte", "bedeutet"),
            _ => ("neue Karten", "bedeuten"),
        };
        let unit = if minutes == 1.0 { "Minute" } else { "Minuten" };
        format!("{new_per_day} {cards} am Tag {verb} in zwei Wochen etwa {minutes} {unit} am Tag.")
    },
    delete: |title| format!("„{title}“ löschen?"),
    wait: |seconds| match seconds {
        0 | 1 => "Nichts wurde gespeichert. Warte eine Sekunde und schick es noch einmal.".into(),
        seconds => {
            format!("Nichts wurde gespeichert. Warte {seconds} Sekunden und schick es noch einmal.")
        }
    },
    refusal,
};
