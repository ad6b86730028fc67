//! German for sentences that arise in English elsewhere, where programs and the log read them too: what a model's
//! failure left in its job, and why a form was refused. Each is known by what it says; the tests hold them together.
// long: two tables of sentences.

/// What happened to an order of cards. A sentence that is not known here is quoted.
pub fn model_trouble(english: &str) -> String {
    let known = TROUBLES.iter().find(|(part, _)| english.contains(part));
    match known {
        Some((_, german)) => german.replace("{status}", status(english)),
        None => format!("Das Modell konnte nicht schreiben; gemeldet wurde: „{english}“"),
    }
}

/// The HTTP status as the sentence has it: ` (401)`, or nothing.
fn status(english: &str) -> &str {
    let from = english.find(" (").unwrap_or(english.len());
    let rest = &english[from..];
    let until = rest.find(')').map_or(0, |at| at + 1);
    let is_status = until == " (401)".len() && rest[2..5].bytes().all(|byte| byte.is_ascii_digit());
    if is_status { &rest[..until] } else { "" }
}

/// By a part of the English sentence; the first that fits counts.
const TROUBLES: [(&str, &str); 25] = [
    (
        "does not allow this key",
        "Der Anbieter des Modells lässt diesen Schlüssel nicht zu{status}. Die Betreiber setzen AUTODECK_LLM_API_KEY auf \
         einen, der darf, oder wählen ein anderes AUTODECK_LLM_MODEL, und starten neu.",
    ),
    (
        "provider refused the key",
        "Der Anbieter des Modells nimmt den Schlüssel nicht an{status}. Die Betreiber setzen AUTODECK_LLM_API_KEY auf \
         einen gültigen und starten neu.",
    ),
    (
        "has no credit left",
        "Das Konto beim Anbieter des Modells hat kein Guthaben mehr{status}. Die Betreiber laden es dort auf.",
    ),
    (
        "is not to be found at its address",
        "Das Modell ist unter seiner Adresse nicht zu finden{status}. Die Betreiber prüfen AUTODECK_LLM_MODEL und \
         AUTODECK_LLM_BASE_URL und starten neu.",
    ),
    (
        "provider did not accept the request",
        "Der Anbieter des Modells hat die Anfrage nicht angenommen{status}. Die Betreiber prüfen AUTODECK_LLM_MODEL und \
         AUTODECK_LLM_EXTRA und starten neu.",
    ),
    (
        "asks us to slow down",
        "Der Anbieter des Modells bittet um langsamere Anfragen{status}.",
    ),
    (
        "is overloaded or out of order",
        "Der Anbieter des Modells ist überlastet oder gestört{status}.",
    ),
    (
        "Ollama does not answer",
        "Ollama antwortet nicht. Die Betreiber starten es mit `ollama serve`.",
    ),
    (
        "The model cannot be reached",
        "Das Modell ist nicht zu erreichen. Die Betreiber prüfen das Netz und AUTODECK_LLM_BASE_URL.",
    ),
    (
        "it sent no word in time",
        "Das Modell antwortet nicht: Es kam nicht rechtzeitig ein Wort.",
    ),
    (
        "The model stopped in the middle of its answer",
        "Das Modell hat mitten in der Antwort aufgehört. Die fertigen Karten sind da.",
    ),
    (
        "too slow for a whole batch",
        "Das Modell ist zu langsam für so viele Karten auf einmal. Die fertigen sind da. Ein schnelleres \
         AUTODECK_LLM_MODEL hilft.",
    ),
    (
        "The connection to the model broke",
        "Die Verbindung zum Modell ist abgerissen. Die fertigen Karten sind da.",
    ),
    (
        "declined to write about this topic",
        "Das Modell will über dieses Thema nicht schreiben. Nimm andere Worte dafür oder ein anderes Thema.",
    ),
    (
        "does not speak the expected language",
        "Was unter der Adresse des Modells antwortet, spricht nicht die erwartete Sprache. Die Betreiber prüfen \
         AUTODECK_LLM und AUTODECK_LLM_BASE_URL.",
    ),
    (
        "could not be written in several tries",
        "Die Karten konnten auch in mehreren Versuchen nicht geschrieben werden.",
    ),
    ("The topic is gone.", "Das Thema gibt es nicht mehr."),
    (
        "answered twice without a card",
        "Das Modell hat zweimal ohne eine Karte geantwortet: Vielleicht will oder kann es über dieses Thema nicht \
         schreiben. Nimm andere Worte dafür, oder die Betreiber verbinden ein anderes Modell.",
    ),
    (
        "The model answered without a card.",
        "Das Modell hat ohne eine Karte geantwortet.",
    ),
    (
        "The built-in model stopped in the middle",
        "Das eingebaute Modell hat mittendrin aufgehört.",
    ),
    (
        "The built-in model needs about",
        "Dem eingebauten Modell fehlt Arbeitsspeicher. Schließ andere Programme, oder nimm ein kleineres Modell.",
    ),
    (
        "and the built-in model holds",
        "Die Anfrage ist zu lang für das eingebaute Modell. Nimm ein kürzeres Thema oder ein Modell mit mehr Kontext.",
    ),
    (
        "is not on this machine yet",
        "Das eingebaute Modell ist noch nicht auf diesem Rechner. Hol es mit `autodeck model pull`.",
    ),
    (
        "is gone, so no new cards can be written",
        "Die Datei des Modells ist weg. Leg sie zurück, oder hol sie noch einmal mit `autodeck model pull`.",
    ),
    (
        "This processor lacks the vector instructions",
        "Diesem Prozessor fehlen die Befehle (AVX2, FMA, F16C), für die das eingebaute Modell gebaut wurde. Bau AutoDeck \
         auf diesem Rechner, oder verbinde ein anderes Modell mit AUTODECK_LLM.",
    ),
];

/// Why a form was refused. A sentence that is not known here stays as it is.
pub fn refusal(english: &str) -> String {
    if let Some((_, german)) = REFUSALS.iter().find(|(known, _)| *known == english) {
        return (*german).to_owned();
    }
    named_field(english)
        .or_else(|| hidden_character(english))
        .or_else(|| of_many_cards(english))
        .unwrap_or_else(|| english.to_owned())
}

/// `` `title` is empty. Write something. `` and its relatives.
fn named_field(english: &str) -> Option<String> {
    let (field, said) = english.strip_prefix('`')?.split_once("` ")?;
    let name = FIELDS.iter().find(|(known, _)| *known == field)?.1;
    if said == "is empty. Write something." {
        return Some(format!("„{name}“ ist leer. Schreib etwas hinein."));
    }
    if let Some(most) = between(said, "is longer than ", " characters. Shorten it.") {
        return Some(format!("„{name}“ ist länger als {most} Zeichen. Kürze es."));
    }
    let bounds = between(said, "is a whole number from ", ", or nothing.")?;
    let (least, most) = bounds.split_once(" to ")?;
    Some(format!(
        "„{name}“ ist eine ganze Zahl von {least} bis {most} oder leer."
    ))
}

fn hidden_character(english: &str) -> Option<String> {
    let code = between(
        english,
        "The topic contains a hidden character (",
        ") that cannot be kept. Type the topic by hand instead of pasting it.",
    )?;
    Some(format!(
        "Im Thema steht ein verborgenes Zeichen ({code}), das nicht bleiben kann. Tipp das Thema, statt es einzufügen."
    ))
}

/// What the list of cards refuses.
fn of_many_cards(english: &str) -> Option<String> {
    if let Some(most) = between(
        english,
        "Write a tag of at most ",
        " characters, then choose.",
    ) {
        return Some(format!(
            "Schreib ein Schlagwort von höchstens {most} Zeichen, dann wähl."
        ));
    }
    let most = between(english, "Write in how many days, 0 to ", ": 0 is today.")?;
    Some(format!(
        "Schreib, in wie vielen Tagen, 0 bis {most}: 0 ist heute."
    ))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// Fields as the forms call them.
const FIELDS: [(&str, &str); 9] = [
    ("title", "Titel"),
    ("question", "Frage"),
    ("answer", "Antwort"),
    ("explanation", "Erklärung"),
    ("tags", "Schlagwörter"),
    ("words", "Worte"),
    ("new_per_day", "Neue Karten am Tag"),
    ("reviews_per_day", "Wiederholungen am Tag"),
    ("minutes_per_day", "Minuten am Tag"),
];

const REFUSALS: [(&str, &str); 37] = [
    (
        "The numbers of clozes go from 1 to 99, as in {{c1::Paris}}.",
        "Die Nummern der Lücken gehen von 1 bis 99, wie in {{c1::Paris}}.",
    ),
    (
        "A cloze hides no word. Write one between :: and }}, as in {{c1::Paris}}.",
        "Eine Lücke verbirgt kein Wort. Schreib eins zwischen :: und }}, wie in {{c1::Paris}}.",
    ),
    (
        "A cloze begins inside another one, or one is not closed. Close each with }} before the next begins.",
        "Eine Lücke beginnt in einer anderen, oder eine ist nicht geschlossen. Schließ jede mit }}, bevor die nächste beginnt.",
    ),
    (
        "A cloze is not closed. End it with }}, as in {{c1::Paris}}.",
        "Eine Lücke ist nicht geschlossen. Beende sie mit }}, wie in {{c1::Paris}}.",
    ),
    ("Choose one of the buttons.", "Wähl einen der Knöpfe."),
    (
        "The form lacks its number. Open the page again.",
        "Dem Formular fehlt seine Nummer. Öffne die Seite noch einmal.",
    ),
    (
        "No cards are written for this deck, so there is no language to choose.",
        "Für diesen Stapel werden keine Karten geschrieben, also gibt es keine Sprache zu wählen.",
    ),
    (
        "You have a deck of this topic in that language already. Study it there.",
        "Du hast schon einen Stapel zu diesem Thema in jener Sprache. Lerne dort weiter.",
    ),
    (
        "That is not a language tag. Use one such as en, de or pt-BR, or leave the language out.",
        "Das ist kein Sprachkürzel. Nimm eines wie en, de oder pt-BR, oder lass es leer.",
    ),
    (
        "A level is a whole number from 1 to 9.",
        "Eine Stufe ist eine ganze Zahl von 1 bis 9.",
    ),
    (
        "The title holds a control character. Remove it.",
        "Im Titel steht ein Steuerzeichen. Nimm es heraus.",
    ),
    (
        "The words hold a control character. Remove it.",
        "In den Worten steht ein Steuerzeichen. Nimm es heraus.",
    ),
    (
        "Type a topic first: a word or two is enough, such as French history.",
        "Nenne zuerst ein Thema: Ein oder zwei Wörter genügen, zum Beispiel Französische Geschichte.",
    ),
    (
        "A topic has at most 200 characters and this one is longer. Shorten it to a few words.",
        "Ein Thema hat höchstens 200 Zeichen, und dieses ist länger. Kürze es auf ein paar Wörter.",
    ),
    (
        "The form could not be read. Go back and send it again.",
        "Das Formular war nicht zu lesen. Geh zurück und schick es noch einmal.",
    ),
    (
        "A field of the form is missing.",
        "Ein Feld des Formulars fehlt.",
    ),
    (
        "The request could not be read. Go back and send it again.",
        "Die Anfrage war nicht zu lesen. Geh zurück und schick sie noch einmal.",
    ),
    (
        "The query string could not be read.",
        "Die Adresse war nicht zu lesen.",
    ),
    (
        "A text holds the character NUL, which cannot be kept. Remove it.",
        "In einem Text steht das Zeichen NUL, das nicht bleiben kann. Nimm es heraus.",
    ),
    (
        "The request came from another site. Open AutoDeck itself and try there.",
        "Die Anfrage kam von einer anderen Seite. Öffne AutoDeck selbst und versuch es dort.",
    ),
    (
        "This token may read only. Make one that may write, in the settings.",
        "Dieser Schlüssel darf nur lesen. Mach in den Einstellungen einen, der schreiben darf.",
    ),
    (
        "Only the operator fetches models: `autodeck model pull` on the server.",
        "Modelle holen nur die Betreiber: `autodeck model pull` auf dem Server.",
    ),
    (
        "No answer to this card is left to undo.",
        "Zu dieser Karte ist keine Antwort mehr zurückzunehmen.",
    ),
    (
        "This answer's id was used before, or its answer was undone.",
        "Die Nummer dieser Antwort wurde schon benutzt, oder sie wurde zurückgenommen.",
    ),
    (
        "No card was chosen. Go back and tick the cards you mean.",
        "Es war keine Karte gewählt. Geh zurück und hak die Karten an, die du meinst.",
    ),
    (
        "Choose what is to be done with the cards.",
        "Wähl, was mit den Karten geschehen soll.",
    ),
    (
        "The address of the list could not be read.",
        "Die Adresse der Liste war nicht zu lesen.",
    ),
    (
        "Name a day from today to a hundred years from now, such as 2027-03-01.",
        "Nenne einen Tag von heute bis in hundert Jahren, zum Beispiel 2027-03-01.",
    ),
    (
        "Write a whole number where one is asked for.",
        "Schreib eine ganze Zahl, wo eine gefragt ist.",
    ),
    (
        "The hour is a whole number from 0 to 23. Choose one of the list.",
        "Die Stunde ist eine ganze Zahl von 0 bis 23. Wähl eine aus der Liste.",
    ),
    (
        "A name has at most 80 characters, on one line.",
        "Ein Name hat höchstens 80 Zeichen, in einer Zeile.",
    ),
    (
        "New cards a day are a number from 0 to 9999, or nothing.",
        "Neue Karten am Tag sind eine Zahl von 0 bis 9999 oder leer.",
    ),
    (
        "Choose a time zone by its IANA name, like Europe/Vienna.",
        "Wähl eine Zeitzone mit ihrem IANA-Namen, etwa Europe/Vienna.",
    ),
    (
        "The day begins at a whole hour from 0 to 23.",
        "Der Tag beginnt zu einer ganzen Stunde von 0 bis 23.",
    ),
    (
        "There are 3 answer buttons, or 4.",
        "Es gibt 3 Antwortknöpfe oder 4.",
    ),
    (
        "Desired retention lies between 0.70 and 0.97.",
        "Was du behalten willst, liegt zwischen 70 und 97 Prozent.",
    ),
    (
        "Reminders need an account with an e-mail address. Sign up first; your decks stay yours.",
        "Erinnerungen brauchen ein Konto mit einer E-Mail-Adresse. Leg zuerst eines an; deine Stapel bleiben deine.",
    ),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::topic::TopicTitle;
    use crate::llm::{ModelError, ModelErrorKind, Provider, TimeoutKind};
    use crate::web::extract::Check;

    fn sentence(kind: ModelErrorKind) -> String {
        let error = ModelError {
            provider: Provider::OpenAi,
            kind,
            status: Some(403),
            cause: None,
        };
        error.sentence()
    }

    #[test]
    fn every_failure_of_a_model_has_a_german_sentence_with_its_status() {
        let retry_after = None;
        let model = "m".to_owned();
        for kind in [
            ModelErrorKind::Auth,
            ModelErrorKind::NoCredit,
            ModelErrorKind::NotFound { model },
            ModelErrorKind::BadRequest,
            ModelErrorKind::RateLimited { retry_after },
            ModelErrorKind::Overloaded { retry_after },
            ModelErrorKind::Unreachable,
            ModelErrorKind::Timeout(TimeoutKind::Connect),
            ModelErrorKind::Timeout(TimeoutKind::FirstToken),
            ModelErrorKind::Timeout(TimeoutKind::Idle),
            ModelErrorKind::Timeout(TimeoutKind::Whole),
            ModelErrorKind::Interrupted,
            ModelErrorKind::Refused,
            ModelErrorKind::Protocol,
        ] {
            let english = sentence(kind);
            let german = model_trouble(&english);
            assert!(!german.contains("gemeldet wurde"), "{english}");
            assert_eq!(
                english.contains(" (403)"),
                german.contains(" (403)"),
                "{english} / {german}"
            );
        }
        assert!(model_trouble("Nobody knows (why).").ends_with("„Nobody knows (why).“"));
    }

    #[test]
    fn what_a_check_says_is_said_in_german() {
        let mut check = Check::default();
        check.length("title", " ", 5);
        check.length("tags", "longer", 5);
        let crate::error::Error::Invalid(fields) = check.done().unwrap_err() else {
            panic!("fields");
        };
        assert_eq!(
            refusal(&fields["title"]),
            "„Titel“ ist leer. Schreib etwas hinein."
        );
        assert_eq!(
            refusal(&fields["tags"]),
            "„Schlagwörter“ ist länger als 5 Zeichen. Kürze es."
        );
        assert_eq!(
            refusal("`minutes_per_day` is a whole number from 1 to 1440, or nothing."),
            "„Minuten am Tag“ ist eine ganze Zahl von 1 bis 1440 oder leer."
        );
        let hidden = TopicTitle::parse("a\u{202E}b").unwrap_err().to_string();
        assert!(
            refusal(&hidden).contains("(U+202E)"),
            "{}",
            refusal(&hidden)
        );
        assert_eq!(refusal("Said by nobody."), "Said by nobody.");
    }

    /// All sources but this file, one space for each break of a line.
    fn sources(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, all);
            } else if !path.ends_with("de_said.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                all.extend(
                    text.replace("\\\n", " ")
                        .split_whitespace()
                        .flat_map(|word| [word, " "]),
                );
            }
        }
    }

    #[test]
    fn every_sentence_that_is_known_here_is_still_said_somewhere() {
        let mut all = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let known = REFUSALS.iter().chain(&TROUBLES).map(|(english, _)| english);
        let gone: Vec<_> = known.filter(|english| !all.contains(**english)).collect();
        assert!(gone.is_empty(), "{gone:?}");
    }
}
