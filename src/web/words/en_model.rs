//! English, of the page of the model.

use super::model::{ModelSentences, ModelTexts};
use crate::llm::local::pull::Step;
use crate::llm::local::words::size;

/// The page.
pub const MODEL: ModelTexts = ModelTexts {
    title: "The model that writes your cards",
    own_file: "a file of your own",
    cannot_write: "The built-in model cannot write",
    writes: "The built-in model writes your cards",
    on_its_way: "The built-in model is on its way",
    goes_on: "You can leave this page; the download goes on.",
    not_connected: "No language model is connected",
    download: "Download",
    offer_note: "It runs on this machine, with no key and no account. It is small: it writes quickly, and some of its facts are wrong.",
    small: "It is a small model. Some of its facts are wrong: look them up where they matter, and report a wrong card with",
    larger_is_better: ". A larger model makes fewer mistakes.",
    study: "Study",
    connect: "Connect another model",
    operator_before: "The operator sets one of these, in the environment or in a file",
    operator_after: ", and starts AutoDeck again:",
    key: "a key:",
    or_word: "or",
    server: "a server of your own:",
    and_word: "and",
    ollama: "; Ollama on this machine is found by itself",
    larger: "a larger model in the box:",
    or_path: ", or",
    any_file: "and the path of any GGUF file",
    doctor: "says what was found.",
};

/// The sentences.
pub const SENTENCES: ModelSentences = ModelSentences {
    why: |english| english.to_owned(),
    fault: |fault| format!("{fault} What you have stays open to study."),
    runs: |name| format!("{name} runs on this machine. Nothing you type leaves it."),
    take: |bytes| format!("Use the built-in model ({})", size(bytes)),
    take_again: |bytes| format!("Get the built-in model again ({})", size(bytes)),
    progress: |progress| match progress.step {
        Step::Fetching(source) => format!(
            "{} of {}, from {source}",
            size(progress.done),
            size(progress.total)
        ),
        Step::Verifying => "All of it is here and is being checked".into(),
    },
};
