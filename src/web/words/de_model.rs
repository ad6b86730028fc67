//! German, of the page of the model: of its faults a sentence each, and of what was chosen at the start the German for
//! how that was said.

use super::model::{ModelSentences, ModelTexts};
use crate::llm::local::pull::{Progress, Step};
use crate::llm::local::{LocalFault, words};

/// The page.
pub const MODEL: ModelTexts = ModelTexts {
    title: "Das Modell, das deine Karten schreibt",
    own_file: "Eine eigene Datei",
    cannot_write: "Das eingebaute Modell kann nicht schreiben",
    writes: "Das eingebaute Modell schreibt deine Karten",
    on_its_way: "Das eingebaute Modell ist unterwegs",
    goes_on: "Du kannst diese Seite verlassen; es wird weiter geladen.",
    not_connected: "Kein Sprachmodell ist verbunden",
    download: "Download",
    offer_note: "Es läuft auf diesem Rechner, ohne Schlüssel und ohne Konto. Es ist klein: Es schreibt schnell, und manche seiner Fakten sind falsch.",
    small: "Es ist ein kleines Modell. Manche seiner Fakten sind falsch: Schlag nach, wo es darauf ankommt, und melde eine falsche Karte mit",
    larger_is_better: ". Ein größeres Modell macht weniger Fehler.",
    study: "Lernen",
    connect: "Ein anderes Modell verbinden",
    operator_before: "Die Betreiber setzen eines davon, in der Umgebung oder in einer Datei",
    operator_after: ", und starten AutoDeck neu:",
    key: "einen Schlüssel:",
    or_word: "oder",
    server: "einen eigenen Server:",
    and_word: "und",
    ollama: "; Ollama auf diesem Rechner wird von selbst gefunden",
    larger: "ein größeres eingebautes Modell:",
    or_path: " oder",
    any_file: "mit dem Pfad einer GGUF-Datei",
    doctor: "sagt, was gefunden wurde.",
};

/// The sentences.
pub const SENTENCES: ModelSentences = ModelSentences {
    why,
    fault: |fault| format!("{} Was du hast, kannst du weiter lernen.", trouble(fault)),
    runs: |name| format!("{name} läuft auf diesem Rechner. Was du tippst, verlässt ihn nicht."),
    take: |bytes| format!("Das eingebaute Modell nehmen ({})", size(bytes)),
    take_again: |bytes| format!("Das eingebaute Modell noch einmal holen ({})", size(bytes)),
    progress,
};

/// `1,1 GB`.
fn size(bytes: u64) -> String {
    words::size(bytes).replace('.', ",")
}

fn progress(progress: &Progress) -> String {
    match progress.step {
        Step::Fetching(source) => format!(
            "{} von {}, {}",
            size(progress.done),
            size(progress.total),
            from(source)
        ),
        Step::Verifying => "Alles ist da und wird geprüft".into(),
    }
}

/// Where a download comes from.
fn from(source: &str) -> String {
    match source {
        "the model hub" => "vom Modell-Hub".into(),
        "the Python package index" => "vom Python-Paketverzeichnis".into(),
        other => format!("von {other}"),
    }
}

fn trouble(fault: &LocalFault) -> String {
    match fault {
        LocalFault::NotBuilt => "Dieses AutoDeck wurde ohne das eingebaute Modell gebaut. Bau es mit `make build` (oder \
             mit cargo und `--features local-model`), oder verbinde ein anderes Modell mit AUTODECK_LLM."
            .into(),
        LocalFault::NotFetched(model) => {
            let name = if model.is_default() {
                String::new()
            } else {
                format!(" {}", model.name)
            };
            format!(
                "Das eingebaute Modell {} ({}) ist noch nicht auf diesem Rechner. Hol es mit `autodeck model pull{name}`.",
                model.name,
                size(model.bytes)
            )
        }
        LocalFault::NoSuchFile { path, why } => format!(
            "AUTODECK_LOCAL_MODEL nennt {}, und das ist nicht zu lesen ({why}). Setz es auf eine GGUF-Datei, oder lass es \
             weg und nimm das eingebaute Modell.",
            path.display()
        ),
        LocalFault::Gone(path) => format!(
            "Die Datei des Modells, {}, ist weg, also können keine neuen Karten geschrieben werden. Leg sie zurück, oder \
             hol sie noch einmal mit `autodeck model pull`; neu starten musst du nicht.",
            path.display()
        ),
        LocalFault::NotGguf(path) => format!(
            "{} ist kein Modell im Format GGUF, das das eingebaute llama.cpp liest. Sieh nach AUTODECK_LOCAL_MODEL.",
            path.display()
        ),
        LocalFault::Damaged(path) => format!(
            "{} ist beschädigt: Größe oder Prüfsumme stimmen nicht mit dem überein, was veröffentlicht ist, also wird es \
             nicht benutzt. Hol es noch einmal mit `autodeck model pull`.",
            path.display()
        ),
        LocalFault::Unreadable(path) => format!(
            "llama.cpp kann {} nicht laden: Die Datei ist beschädigt, oder diese Version kennt ihre Art nicht. Nimm eine \
             andere.",
            path.display()
        ),
        LocalFault::NoTemplate(path) => format!(
            "{} hat keine Chat-Vorlage, die llama.cpp versteht, nimmt also keine Anweisungen an. Nimm ein Modell, das auf \
             Anweisungen trainiert ist („instruct“).",
            path.display()
        ),
        LocalFault::Processor => "Diesem Prozessor fehlen die Befehle (AVX2, FMA, F16C), für die das eingebaute Modell \
             gebaut wurde. Bau AutoDeck auf diesem Rechner mit RUSTFLAGS=\"-C target-cpu=native\" und GGML_AVX2=OFF, oder \
             verbinde ein anderes Modell mit AUTODECK_LLM."
            .into(),
        LocalFault::NoMemory { needed, free } => format!(
            "Das eingebaute Modell braucht etwa {} Arbeitsspeicher, und {} sind frei. Schließ andere Programme, oder nimm \
             ein kleineres Modell.",
            size(*needed),
            size(*free)
        ),
        LocalFault::PromptTooLong { needed, room } => format!(
            "Die Anfrage braucht {needed} Token, und das eingebaute Modell fasst {room}. Nimm ein Modell mit mehr Kontext \
             oder ein kürzeres Thema."
        ),
        LocalFault::Failed(why) => {
            format!("Das eingebaute Modell hat mittendrin aufgehört ({why}). Versuch es noch einmal.")
        }
        LocalFault::DiskFull(folder) => format!(
            "Der Datenträger von {} ist voll. Was bisher kam, bleibt. Mach dort Platz und versuch es noch einmal, oder \
             setz AUTODECK_DATA_DIR auf einen anderen.",
            folder.display()
        ),
        LocalFault::NoSpace {
            folder,
            needed,
            free,
        } => format!(
            "Der Download braucht {} in {}, und {} sind frei. Mach dort Platz, oder setz AUTODECK_DATA_DIR auf einen \
             anderen Datenträger.",
            size(*needed),
            folder.display(),
            size(*free)
        ),
        LocalFault::NoFolder { folder, why } => format!(
            "In {} lässt sich nicht schreiben ({why}). Sieh nach, wem der Ordner gehört, oder setz AUTODECK_DATA_DIR auf \
             einen anderen.",
            folder.display()
        ),
        LocalFault::NotToBeHad(tries) => format!(
            "Das Modell war nicht zu bekommen; gemeldet wurde: „{}“ Was bisher kam, bleibt: Der nächste Versuch macht \
             dort weiter.",
            tries.join(" ")
        ),
        LocalFault::WrongDigest { name, source } => format!(
            "Was {} kam, ist nicht das Modell {name}: Die SHA-256 ist eine andere. Es wurde weggeworfen. Versuch es später \
             noch einmal, oder nimm ein anderes Netz.",
            from(source)
        ),
        LocalFault::Busy(path) => format!(
            "Ein anderes AutoDeck holt dieses Modell gerade ({} ist gesperrt). Warte darauf.",
            path.display()
        ),
        LocalFault::Stopped => {
            "Der Download wurde angehalten. Was kam, bleibt, und der nächste Versuch macht dort weiter.".into()
        }
        LocalFault::Unknown(name) => format!(
            "Ein Modell „{name}“ steht nicht in der Liste: siehe `autodeck model list`. Für eine eigene Datei setz \
             AUTODECK_LOCAL_MODEL auf ihren Pfad."
        ),
        LocalFault::NoDigest(model) => format!(
            "{} wurde von uns nicht erprobt, und seine Prüfsumme ist nicht bekannt, also lässt sich nicht prüfen, was \
             kommt. Wenn du der Quelle traust: `autodeck model pull {} --unverified`.",
            model.name, model.name
        ),
    }
}

/// A sentence that is not known here stays as it is.
fn why(english: &str) -> String {
    let german = match english.strip_prefix("No model: ") {
        Some(why) => nothing(why),
        None => chosen(english),
    };
    german.unwrap_or_else(|| english.to_owned())
}

/// `Model: gpt at OpenAI (api.openai.com), because OPENAI_API_KEY is set. Set AUTODECK_LLM_MODEL for another.`
fn chosen(english: &str) -> Option<String> {
    let (what, rest) = english.strip_prefix("Model: ")?.split_once(", because ")?;
    let (model, place) = what.rsplit_once(" at ")?;
    let (reason, notes) = rest.split_once(". ").unwrap_or((rest, ""));
    let mut german = format!(
        "Modell: {model} bei {place}, denn {}.",
        because(reason.trim_end_matches('.'))
    );
    for (note, said) in [
        (
            "It is the first that the server lists.",
            " Es ist das erste, das der Server nennt.",
        ),
        (
            "The server lists no model.",
            " Der Server nennt keine Modelle.",
        ),
        (
            "The server does not list its models.",
            " Der Server sagt nicht, welche Modelle er hat.",
        ),
        (
            "Set AUTODECK_LLM_MODEL for another.",
            " Ein anderes wählst du mit AUTODECK_LLM_MODEL.",
        ),
    ] {
        german.extend([said].into_iter().filter(|_| notes.contains(note)));
    }
    Some(german)
}

fn because(reason: &str) -> String {
    if reason == "no provider's key is set and Ollama is listening" {
        return "es ist kein Schlüssel eines Anbieters gesetzt, und Ollama läuft".into();
    }
    match reason.strip_suffix(" is set") {
        Some(variable) => format!("{variable} ist gesetzt"),
        None => format!("so steht es in den Einstellungen ({reason})"),
    }
}

fn nothing(why: &str) -> Option<String> {
    let place = |before: &str, after: &str| {
        let (_, rest) = why.split_once(before)?;
        Some(rest.split_once(after)?.0)
    };
    let said = if let Some(error) = place("secure connections cannot be set up (", "). ") {
        format!(
            "Verschlüsselte Verbindungen kommen nicht zustande ({error}). Installiere das Paket ca-certificates."
        )
    } else if let Some(place) = place("Ollama answers at ", " but has no model.") {
        format!(
            "Ollama antwortet unter {place}, hat aber keines. Hol eines mit `ollama pull`, und starte neu."
        )
    } else if let Some(place) = place("Ollama does not answer at ", ". Start it with") {
        format!(
            "Ollama antwortet nicht unter {place}. Starte es mit `ollama serve`, oder setz AUTODECK_LLM_MODEL, und starte \
             neu."
        )
    } else if let Some(place) = place("does not answer at ", ", and this build has no") {
        format!(
            "Kein Schlüssel eines Anbieters ist gesetzt (OPENAI_API_KEY, ANTHROPIC_API_KEY, GROQ_API_KEY, \
             OPENROUTER_API_KEY), Ollama antwortet nicht unter {place}, und dieses AutoDeck wurde ohne eingebautes Modell \
             gebaut (`make run` baut eines, das es hat). Setz einen der Schlüssel, oder starte Ollama, und starte neu."
        )
    } else if why.contains("built without the built-in model") {
        trouble(&LocalFault::NotBuilt)
    } else {
        trouble(&LocalFault::Unknown(
            place("There is no model \"", "\" in the list")?.to_owned(),
        ))
    };
    Some(format!("Kein Modell: {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::local::MODELS;
    use crate::llm::{LlmSettings, Surroundings, choose};

    /// What AutoDeck says at its start with these settings, and the German for it.
    async fn said(env: &[(&str, &str)]) -> (String, String) {
        let mut problems = Vec::new();
        let lookup = |name: &str| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let settings = LlmSettings::from_env(&lookup, &mut problems);
        assert_eq!(problems, Vec::<String>::new());
        let english = choose(&settings, Surroundings::real()).await.why;
        let german = why(&english);
        (english, german)
    }

    /// An address at which nothing answers.
    async fn closed() -> String {
        let bound = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        bound.local_addr().unwrap().to_string()
    }

    #[tokio::test]
    async fn what_was_chosen_is_said_in_german() {
        let (_, keyed) = said(&[("OPENAI_API_KEY", "k"), ("AUTODECK_LLM_MODEL", "gpt-9")]).await;
        assert_eq!(
            keyed,
            "Modell: gpt-9 bei OpenAI (api.openai.com), denn OPENAI_API_KEY ist gesetzt."
        );
        let (_, named) = said(&[("AUTODECK_LLM", "groq"), ("AUTODECK_LLM_API_KEY", "k")]).await;
        assert!(
            named.ends_with(
                "denn so steht es in den Einstellungen (AUTODECK_LLM=groq). Ein anderes wählst du mit AUTODECK_LLM_MODEL."
            ),
            "{named}"
        );
        let url = format!("http://{}/v1", closed().await);
        let (_, own) = said(&[("AUTODECK_LLM_BASE_URL", &url)]).await;
        assert!(
            own.contains("denn AUTODECK_LLM_BASE_URL ist gesetzt. Der Server sagt nicht, welche"),
            "{own}"
        );
    }

    #[tokio::test]
    async fn why_there_is_no_model_is_said_in_german() {
        let closed = closed().await;
        let (_, ollama) = said(&[("AUTODECK_LLM", "ollama"), ("OLLAMA_HOST", &closed)]).await;
        assert!(
            ollama.starts_with(&format!(
                "Kein Modell: Ollama antwortet nicht unter {closed}."
            )),
            "{ollama}"
        );
        let local = [("AUTODECK_LLM", "local"), ("AUTODECK_LLM_MODEL", "gpt-9")];
        let (english, unknown) = said(&local).await;
        assert!(
            unknown.starts_with("Kein Modell: "),
            "{english} / {unknown}"
        );
        #[cfg(not(feature = "local-model"))]
        {
            let (_, nobody) = said(&[("OLLAMA_HOST", &closed)]).await;
            assert!(
                nobody.starts_with("Kein Modell: Kein Schlüssel")
                    && nobody.contains(&format!("nicht unter {closed}, und")),
                "{nobody}"
            );
        }
        assert_eq!(why("Said by nobody."), "Said by nobody.");
    }

    #[test]
    fn each_source_of_a_model_has_a_german_name() {
        for source in MODELS.iter().flat_map(|model| model.sources) {
            let named = from(source.label());
            assert!(named.starts_with("vom "), "{named}");
        }
        let fetching = Progress {
            done: 482_000_000,
            ..Progress::none(&MODELS[0])
        };
        assert_eq!(progress(&fetching), "482 MB von 1,1 GB, vom Modell-Hub");
    }
}
