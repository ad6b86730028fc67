//! German, of the study desk.

use super::de_plans::{self, span};
use super::de_said::model_trouble;
use super::study::{Keys, Notices, Said, Study, StudySentences};
use crate::study::cause::{Cause, DayLimit};
use crate::web::pages::interval::largest_unit;

/// The words of the nine levels.
pub const LEVELS: [&str; 9] = [
    "ganz neu",
    "am Anfang",
    "Grundlagen",
    "Aufbau",
    "Mittelstufe",
    "obere Mittelstufe",
    "fortgeschritten",
    "vertieft",
    "Fachniveau",
];

/// The page.
pub const STUDY: Study = Study {
    all_decks: "Alle Stapel",
    desk: "Lernen",
    level: "Stufe:",
    level_hint: "Neue Karten folgen deinen Antworten. Oder stell die Stufe selbst ein:",
    undo: "Rückgängig",
    aloud: "Vorlesen",
    keys: "Tasten",
    hint: "Sag dir die Antwort, dann deck sie auf. Auf jedem Knopf steht, wann die Karte wiederkommt: So bleibt sie im Kopf.",
    stale: "Diese Karte wurde schon beantwortet oder geändert; jene Antwort gilt.",
    gone: "Diese Karte ist nicht mehr da. Eine gelöschte holst du mit „Rückgängig“ zurück.",
    one_moment: "Einen Moment",
    looking: "Die nächste Karte wird gesucht.",
    new: "neu",
    learning: "im Lernen",
    due: "dran",
    card: "Karte",
    written_by: "Geschrieben von",
    a_small_model: "einem kleinen Modell:",
    facts: "Fakten können falsch sein",
    edit: "Bearbeiten",
    bury: "Bis morgen zurückstellen",
    buried: "Bis morgen zurückgestellt.",
    suspend: "Aussetzen",
    suspended: "Ausgesetzt: Sie wird nicht mehr gefragt, bis du sie zurückholst.",
    flag: "Markieren",
    unflag: "Markierung entfernen",
    write: "Karte schreiben",
    report: "Melden",
    delete: "Löschen",
    deleted: "Gelöscht. „Rückgängig“ holt sie zurück.",
    history: "Verlauf, Termin, Schlagwörter",
    more: "Mehr",
    less: "Weniger",
    never: "Das nicht",
    show_answer: "Antwort zeigen",
    again_in: "wieder in",
    space: "Leertaste",
    del: "Entf",
    didnt_know: "Nicht gewusst",
    knew_it: "Gewusst",
    too_easy: "Zu leicht",
    again: "Nochmal",
    hard: "Schwer",
    good: "Gut",
    easy: "Leicht",
    leech: "Diese Karte vergisst du immer wieder.",
    proposed: "Für diese Karte ist ein anderer Wortlaut vorgeschlagen.",
    doubted: "Andere Lernende halten diese Karte für falsch.",
};

/// The keys.
pub const KEYS: Keys = Keys {
    title: "Tasten",
    space: "Leertaste",
    enter: "Eingabe",
    show: "Antwort zeigen; dann: gewusst",
    numbers: "die Knöpfe, von links",
    undo: "die letzte Antwort oder Änderung zurücknehmen",
    edit: "die Karte bearbeiten",
    bury: "die Karte bis morgen zurückstellen",
    suspend: "die Karte aussetzen",
    flag: "die Karte markieren oder die Markierung entfernen",
    delete: "die Karte löschen",
    history: "Verlauf und Termin",
    write: "eine eigene Karte schreiben",
    report: "einen Fehler auf der Karte melden",
    aloud: "vorlesen, wenn dieses Gerät eine Stimme dafür hat",
    help: "diese Liste",
    close: "Schließen",
    search: "suchen, in der Liste der Karten",
    save: "speichern, im Formular einer Karte",
    leave: "das Formular verlassen, solange nichts getippt ist",
    studying: "Die Lernseite hat mehr Tasten: Drück dort ?.",
};

/// The script.
pub const SAID: Said = Said {
    out_of_reach: "Nicht erreichbar: neuer Versuch in {s} s.",
    are_kept: "Deine Antworten sind auf diesem Gerät aufgehoben.",
    locked: "Deine Sitzung ist zu Ende. Deine Antworten sind auf diesem Gerät aufgehoben: Öffne diese Seite noch einmal.",
    conflict: "Diese Karte wurde anderswo beantwortet oder geändert; jene Antwort gilt.",
    other_tab: "Diese Karte hast du in einem anderen Tab beantwortet; jene Antwort gilt.",
    missing_answer: "Diese Karte ist nicht mehr da; ihre Antwort wurde nicht gebraucht.",
    refused: "Eine Antwort konnte nicht angenommen werden. Die Karte kommt noch einmal.",
    nothing_to_undo: "Es gibt nichts zurückzunehmen.",
    no_connection: "Keine Verbindung. Lern weiter: Antworten bleiben auf diesem Gerät und gehen ab, sobald sie wieder da ist.",
    undo_failed: "Das Zurücknehmen kam nicht durch: Versuch es noch einmal.",
    undone: "Zurückgenommen.",
    flagged: "Markiert.",
    unflagged: "Die Markierung ist weg.",
    missing: "Diese Karte ist nicht mehr da.",
    failed: "Das kam nicht durch, und die Karte ist, wie sie war. Versuch es noch einmal.",
    elapsed: ": seit {s} s",
};

/// The notices.
pub const NOTICES: Notices = Notices {
    declined: "Das Modell lehnt dieses Thema ab",
    first: "Die ersten Karten werden geschrieben",
    waiting: "Die nächsten Karten werden geschrieben",
    done: "Für jetzt geschafft",
    limit: "Gerade keine neuen Karten",
    exhausted: "Auf dieser Stufe gibt es nichts mehr",
    paused: "Neue Karten sind angehalten",
    failing: "Das Modell antwortet nicht",
    budget: "Das Budget für heute ist verbraucht",
    no_model: "Kein Modell ist verbunden",
    try_again: "Noch einmal versuchen",
    resume: "Fortsetzen",
    connect: "Ein Modell verbinden",
    deck_limits: "Grenzen dieses Stapels",
    my_decks: "Meine Stapel",
    another_topic: "Ein anderes Thema",
    slow: "das Modell ist heute langsam",
    writing: "die nächsten werden geschrieben",
    pencil_failing: "das Modell antwortet nicht",
    pencil_exhausted: "auf dieser Stufe gibt es nichts mehr",
    pencil_budget: "neue Karten erst morgen wieder",
    pencil_no_model: "kein Modell ist verbunden",
    pencil_paused: "neue Karten sind angehalten",
};

/// The sentences.
pub const SENTENCES: StudySentences = StudySentences {
    cause,
    level: |number, word| format!("Stufe {number}, {word}"),
    ready: |cards| match cards {
        1 => "1 Karte bereit".into(),
        cards => format!("{cards} Karten bereit"),
    },
    left_today: |cards| match cards {
        1 => "heute noch 1 neue Karte".into(),
        cards => format!("heute noch {cards} neue Karten"),
    },
    left_as_guest: |cards| match cards {
        1 => "als Gast noch 1 neue Karte".into(),
        cards => format!("als Gast noch {cards} neue Karten"),
    },
    interval,
    spoken: span,
    of_subtopic: |subtopic| format!("Von „{subtopic}“:"),
};

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::NoDecks => "Du hast noch keinen Stapel. Nenne ein Thema, um anzufangen.".into(),
        Cause::AllArchived => {
            "Alle deine Stapel sind im Archiv. Hol einen zurück, oder nenne ein Thema.".into()
        }
        Cause::OnTheirWay => "Die nächsten Karten sind unterwegs.".into(),
        Cause::Done => "Hier hast du für jetzt alles geschafft.".into(),
        Cause::Paused => {
            "Neue Karten sind in diesem Stapel angehalten. Setz ihn fort, um mehr zu bekommen.".into()
        }
        Cause::Writing => "Gleich geht es weiter.".into(),
        Cause::WritingAgain(what) => {
            format!("{} Es wird von selbst noch einmal versucht.", model_trouble(what))
        }
        Cause::Exhausted => {
            "Das Modell hat zu diesem Thema auf dieser Stufe keine Karten mehr. Ändere die Stufe oder nimm ein \
             benachbartes Thema."
                .into()
        }
        Cause::Failing(what) => format!(
            "{} Deine Antworten sind gespeichert. Versuch es noch einmal oder lerne, was dran ist.",
            model_trouble(what)
        ),
        Cause::BudgetSpent => {
            "Auf diesem Server ist das Budget für neue Karten heute verbraucht. Deine Antworten sind gespeichert, und was \
             du hast, kannst du weiter lernen; neue Karten gibt es morgen."
                .into()
        }
        Cause::NoModel => {
            "Es ist kein Sprachmodell verbunden, also können keine neuen Karten geschrieben werden. Was du hast, kannst \
             du weiter lernen. Die Betreiber verbinden eines mit AUTODECK_LLM; `autodeck doctor` sagt, wie."
                .into()
        }
        Cause::Allowance(limit) => (de_plans::SENTENCES.limit_spent)(limit),
        Cause::Today(DayLimit::Reviews) => {
            "Du hast die Wiederholungen geschafft, die du dir in diesem Stapel für einen Tag vorgenommen hast. Es warten \
             noch mehr: Setz die Grenze höher, oder pauke."
                .into()
        }
        Cause::Today(DayLimit::Minutes) => {
            "Deine Minuten für heute sind in diesem Stapel aufgebraucht, deshalb warten neue Karten bis morgen. \
             Wiederholungen gehen weiter."
                .into()
        }
        Cause::Today(DayLimit::New) => {
            "Du hast die neuen Karten gesehen, die du dir in diesem Stapel für einen Tag vorgenommen hast. \
             Wiederholungen gehen weiter; neue gibt es morgen."
                .into()
        }
    }
}

/// Short, for a button: `10 Min.`, `3 Tage`, `2,5 Mon.`
fn interval(seconds: u64) -> String {
    let (number, _, word) = largest_unit(seconds);
    let unit = match (word, number.as_str()) {
        ("minute", _) => "Min.",
        ("hour", _) => "Std.",
        ("day", "1") => "Tag",
        ("day", _) => "Tage",
        ("month", _) => "Mon.",
        _ => "J.",
    };
    format!("{}\u{A0}{unit}", number.replace('.', ","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_tells_its_interval_in_german() {
        let told = |seconds| interval(seconds).replace('\u{A0}', " ");
        assert_eq!(told(600), "10 Min.");
        assert_eq!(told(86_400), "1 Tag");
        assert_eq!(told(3 * 86_400), "3 Tage");
        assert_eq!(told(75 * 86_400), "2,5 Mon.");
        assert_eq!(told(438 * 86_400), "1,2 J.");
    }
}
