//! German, of cards.

use super::cards::{CardForms, CardList, CardPageTexts, CardSentences};
use super::de_plans::span;

/// The list.
pub const LIST: CardList = CardList {
    title: "Karten",
    study: "Lernen",
    write: "Karte schreiben",
    statistics: "Statistik",
    deck_settings: "Einstellungen des Stapels",
    search_label: "Karten durchsuchen",
    search_hint: "In diesen Karten suchen",
    search: "Suchen",
    filter: "Filtern und ordnen",
    deck: "Stapel",
    all_decks: "Alle Stapel",
    state: "Zustand",
    any_state: "Jeder Zustand",
    new: "Neu",
    learning: "Im Lernen",
    relearning: "Wieder im Lernen",
    review: "In der Wiederholung",
    due: "Jetzt dran",
    flagged: "Markiert",
    suspended: "Ausgesetzt",
    buried: "Bis morgen zurückgestellt",
    leeches: "Immer wieder vergessen",
    level: "Stufe",
    any_level: "Jede Stufe",
    order: "Reihenfolge",
    newest: "Neueste zuerst",
    oldest: "Älteste zuerst",
    due_first: "Was zuerst dran ist",
    lapses_first: "Am öftesten vergessen",
    tag: "Schlagwort",
    subtopic: "Teil des Themas",
    show: "Zeigen",
    show_all: "Alle zeigen",
    undo: "Rückgängig",
    none_fits: "So eine Karte gibt es nicht.",
    none_yet: "Noch keine Karten.",
    study_for_first: "Lerne",
    topic_for_first: "Nenne ein Thema",
    first_are_written: "dann werden die ersten geschrieben.",
    chosen: "Mit den gewählten Karten",
    chosen_one: "Mit der {n} gewählten Karte",
    chosen_many: "Mit den {n} gewählten Karten",
    suspend: "Aussetzen",
    resume: "Zurückholen",
    flag: "Markieren",
    unflag: "Markierung entfernen",
    reset: "Auf neu setzen",
    delete: "Löschen",
    add: "Hinzufügen",
    take_off: "Entfernen",
    due_in_days: "Dran in Tagen",
    move_due: "Verschieben",
    every_card: "alle Karten dieser Ansicht, nicht nur die angehakten",
    all_on_page: "Alle auf dieser Seite",
    flagged_word: "markiert",
    leech_word: "immer wieder vergessen",
    forgotten: "vergessen",
    level_word: "Stufe",
    written_by: "geschrieben von",
    edit: "Bearbeiten",
    this_card: "(diese Karte)",
    report: "Melden",
    more: "Mehr Karten",
    history: "Verlauf",
    is_new: "neu",
    is_due: "dran",
    is_suspended: "ausgesetzt",
    delete_many_detail: "Die Antworten bleiben in deiner Statistik. Die Karten werden nicht wieder ausgeteilt. Auf der nächsten Seite kannst du es zurücknehmen.",
    keep_them: "Behalten",
};

/// One card.
pub const PAGE: CardPageTexts = CardPageTexts {
    title: "Eine Karte",
    heading: "Eine Karte",
    buried: "bis morgen zurückgestellt",
    correct_it: "Berichtige sie, setz sie aus, oder behalt sie, wie sie ist. Ihr Plan bleibt.",
    edit: "Bearbeiten",
    suspend: "Aussetzen",
    keep: "So behalten",
    wording: "Ein anderer Wortlaut",
    take_it: "Übernehmen",
    leave_it: "Die Karte lassen, wie sie ist",
    rephrasing: "Ein anderer Wortlaut wird geschrieben. Öffne diese Seite gleich noch einmal.",
    back: "Zurück",
    edit_text: "Text und Schlagwörter bearbeiten",
    flag: "Markieren",
    unflag: "Markierung entfernen",
    resume: "Zurückholen",
    bury: "Bis morgen zurückstellen",
    unbury: "Nicht mehr zurückstellen",
    ask_rephrasing: "Um anderen Wortlaut bitten",
    undo: "Letzte Änderung zurücknehmen",
    history: "Verlauf",
    chart: "Wie wahrscheinlich du dich seit der ersten Antwort erinnerst, und wie es von jetzt an nachlässt. Die Tabelle darunter hat dasselbe in Zahlen.",
    now: "jetzt",
    caption: "Wie wahrscheinlich du dich erinnerst. Jeder Punkt ist eine Antwort; die gestrichelte Linie zeigt, was ohne eine weitere geschieht.",
    no_answer: "Noch nicht beantwortet.",
    every_answer: "Alle Antworten",
    when: "Wann",
    what: "Was",
    took: "Dauer",
    recall: "Erinnerung vorher",
    stability_after: "Stabilität danach",
    schedule: "Plan",
    ask_again_on: "Wieder fragen am",
    set_date: "Termin setzen",
    reset_hint: "Von vorn beginnen, als hättest du sie nie gesehen. Der Verlauf bleibt.",
    reset: "Auf neu setzen",
    delete_hint: "Aus dem Stapel nehmen. „Rückgängig“ holt sie zurück.",
    delete: "Löschen",
    answers: "Antworten",
    lapses: "Mal vergessen",
    stability: "Stabilität",
    difficulty: "Schwierigkeit",
    recall_now: "Erinnerung jetzt",
    was_reset: "Auf neu gesetzt",
    was_moved: "Termin gesetzt",
    didnt_know: "Nicht gewusst",
    hard: "Schwer",
    knew_it: "Gewusst",
    too_easy: "Zu leicht",
};

/// The forms.
pub const FORMS: CardForms = CardForms {
    write: "Karte schreiben",
    another: "Hinzufügen und noch eine",
    edit: "Karte bearbeiten",
    preview_is: "So wird sie aussehen",
    question: "Frage",
    answer: "Antwort",
    may_be_empty: "Darf leer bleiben, wenn die Frage eine Lücke hat.",
    explanation: "Erklärung, wenn sie eine braucht",
    tags: "Schlagwörter, mit Kommas dazwischen",
    preview: "Vorschau",
    emphasis: "*betont*",
    strong: "**stark**",
    a_list: "- eine Liste",
    code: "`Code`",
    code_block: "drei Backticks und eine Sprache für einen ganzen Block,",
    maths: "für Formeln.",
    lies_on: "liegt an der",
    seine: "{{c2::Seine::Fluss}}",
    backticks: "Zwischen Backticks steht",
    code_word: "Code",
    dollars: "zwischen Dollarzeichen eine Formel:",
    cloze: "macht aus jeder Nummer eine Karte, auf der dieses Wort fehlt.",
    generated: "Eine geänderte Karte behält ihren Plan und ändert sich für niemanden sonst.",
    report_title: "Eine Karte melden",
    report_heading: "Was stimmt mit dieser Karte nicht?",
    what_is_wrong: "Was nicht stimmt",
    wrong: "Die Antwort ist falsch",
    ambiguous: "Mehr als eine Antwort ist richtig",
    duplicate: "Diese Karte habe ich schon",
    too_easy: "Viel zu leicht für ihre Stufe",
    too_hard: "Viel zu schwer für ihre Stufe",
    other: "Etwas anderes",
    what_is_right: "Was richtig wäre, wenn du es weißt",
    report_hint: "Eine Karte, die falsch, mehrdeutig oder doppelt ist, wird nicht mehr gefragt. Melden auch andere sie, verschwindet sie für alle.",
    report: "Melden",
    delete: "Diese Karte löschen?",
    delete_button: "Karte löschen",
    deleted_elsewhere: "Diese Karte wurde auf einer anderen Seite gelöscht. Was du geschrieben hast, steht noch hier: Speichere es als eigene Karte oder lass es.",
};

/// The sentences.
pub const SENTENCES: CardSentences = CardSentences {
    cards_of: |title| format!("Karten von {title}"),
    delete_many: |count| match count {
        1 => "1 Karte löschen?".into(),
        count => format!("{count} Karten löschen?"),
    },
    done: |verb, count| {
        let done = match verb {
            "suspend" => "ausgesetzt",
            "resume" => "zurückgeholt",
            "flag" => "markiert",
            "unflag" => "ohne Markierung",
            "tag" => "mit Schlagwort",
            "untag" => "ohne das Schlagwort",
            "due" => "verschoben",
            "delete" => "gelöscht",
            "reset" => "wieder neu",
            "undo" => "wie vorher",
            _ => return None,
        };
        Some(match count {
            0 => "Es war nichts zu ändern.".into(),
            1 => format!("1 Karte {done}."),
            count => format!("{count} Karten {done}."),
        })
    },
    comes_in: |seconds| format!("in {}", span(seconds)),
    preview_of: |number, count| format!(", Karte {number} von {count}"),
    difficulty: |difficulty| format!("{} von 10", comma(difficulty)),
    days: |days| {
        if days < 10.0 {
            format!("{} Tage", comma(days))
        } else {
            format!("{days:.0} Tage")
        }
    },
    percent: |share| format!("{:.0} %", share * 100.0),
    seconds: |seconds| format!("{} s", comma(seconds)),
    changed_elsewhere: |question, answer, tags| {
        let tags = if tags.is_empty() {
            String::new()
        } else {
            format!(", Schlagwörter {}", tags.join(", "))
        };
        format!(
            "Diese Karte wurde anderswo geändert, seit du sie geöffnet hast; jetzt steht da: „{question}“ — \
             „{answer}“{tags}. Was du getippt hast, steht unten. Speichere noch einmal, damit es an seine Stelle tritt."
        )
    },
};

/// With one digit after the comma.
pub(super) fn comma(number: f64) -> String {
    format!("{number:.1}").replace('.', ",")
}
