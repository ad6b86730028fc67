//! German, of cramming, reminders, the study prompt, and the app on a device.

use super::rooms::{Cram, Device, Reminders, RoomSentences, StudyPrompt};

/// Cramming.
pub const CRAM: Cram = Cram {
    title: "Pauken",
    lead: "Geh Karten durch, bevor sie dran sind: jede, bis du sie einmal gewusst hast. Nichts davon zählt: Termine, Verlauf und Stufe bleiben, wie sie sind.",
    from: "Aus",
    all_decks: "allen Stapeln",
    which: "Welche Karten",
    soon: "In den nächsten drei Tagen dran",
    missed: "In den letzten drei Tagen nicht gewusst",
    flagged: "Markiert",
    leeches: "Immer wieder vergessen",
    all: "Alles, was du gelernt hast",
    with_tag: "Mit dem Schlagwort",
    tag: "Schlagwort",
    begin: "Anfangen",
    back: "Zurück",
    choose_first: "Wähl, was du pauken willst; für ein Schlagwort schreib es hin.",
    no_such_card: "So eine Karte gibt es nicht. Wähl andere.",
    end: "Aufhören",
    left_before: "noch",
    left_of: "von",
    left_after: "",
    card: "Karte",
    counts_for_nothing: "nichts davon zählt",
    didnt_know: "Nicht gewusst",
    at_the_end: "am Ende noch einmal",
    knew_it: "Gewusst",
    done: "geschafft",
    show_answer: "Antwort zeigen",
    space: "Leertaste",
    knew_all: "Du hast alle gewusst",
    study: "Lernen",
    others: "Andere pauken",
};

/// Reminders.
pub const REMINDERS: Reminders = Reminders {
    title: "Erinnerungen",
    saved: "Gespeichert.",
    unproved: "Bestätige zuerst diese Adresse: Der Link steht in dem Brief, den wir dir geschickt haben, als du das Konto angelegt hast. Bis dahin schicken wir nichts.",
    after: "Ab, Uhr",
    hint: "Höchstens ein Brief am Tag, und keiner an einem Tag, an dem du schon gelernt hast. In jedem steht ein Link, mit dem sie aufhören.",
    save: "Speichern",
    to_settings: "Zurück zu den Einstellungen",
    for_guests: "Erinnerungen gehen an eine E-Mail-Adresse, und ein Gast hat keine. Leg zuerst ein Konto an; deine Stapel bleiben deine.",
    stop_title: "Erinnerungen abstellen",
    stopped: "Keine Erinnerungen mehr",
    stopped_detail: "Es kommt keine mehr, bis du sie in deinen Einstellungen wieder anstellst.",
    stop_heading: "Die Erinnerungen abstellen?",
    stop_detail: "Deine Stapel, und was dran ist, bleiben, wie sie sind.",
    open: "AutoDeck öffnen",
    stop: "Abstellen",
};

/// The study prompt.
pub const PROMPT: StudyPrompt = StudyPrompt {
    title: "Lernstand für einen Chat",
    tells_before: "Was du über „",
    tells_after: "“ weißt, was dir fehlt und auf welcher Stufe du bist, auf Englisch: Füg es in einen beliebigen Chat ein und mach dort weiter.",
    text: "Der Text",
    copy: "Kopieren",
    download: "Als Textdatei laden",
    to_deck: "Zurück zum Stapel",
    copied: "Kopiert.",
    copy_by_hand: "Der Text ist ausgewählt: Kopier ihn mit den Tasten deines Geräts.",
};

/// On a device.
pub const DEVICE: Device = Device {
    title: "Keine Verbindung",
    kept: "Deine Antworten sind auf diesem Gerät aufgehoben und werden geschickt, sobald die Verbindung wieder da ist. Bis dahin lerne, was zur Hand ist.",
    at_hand: "Zur Hand",
    none_kept: "Auf diesem Gerät wurde noch kein Stapel gelernt.",
    try_again: "Noch einmal versuchen",
    study_due: "Lernen, was dran ist",
    begin_deck: "Einen Stapel anfangen",
};

/// The sentences.
pub const SENTENCES: RoomSentences = RoomSentences {
    all_known: |asked| match asked {
        1 => "1 Karte. Ihr Plan ist, wie er war.".into(),
        asked => format!("{asked} Karten, jede mindestens einmal. Ihr Plan ist, wie er war."),
    },
    write_to: |email| format!("An {email} schreiben, wenn Karten dran sind"),
    prompt_of: |title| format!("Lernstand von {title}"),
};
