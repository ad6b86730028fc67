//! Which texts the page of the model has: what writes the cards, the built-in model's download, and other models.

use crate::llm::local::LocalFault;
use crate::llm::local::pull::Progress;

texts! {
    /// The page of the model. Between the words stand names of settings and commands, which have no language.
    ModelTexts {
        title, own_file, cannot_write, writes, on_its_way, goes_on, not_connected, download, offer_note, small, larger_is_better, study,
        connect, operator_before, operator_after, key, or_word, server, and_word, ollama, larger, or_path, any_file, doctor,
    }
}

/// Sentences of the model's page that have a name, a size or a fault in them.
#[derive(Debug)]
pub struct ModelSentences {
    /// What was chosen and why, or why nothing could be, from the English sentence.
    pub why: fn(&str) -> String,
    /// Why the built-in model cannot write, and that studying goes on.
    pub fault: fn(&LocalFault) -> String,
    /// The model of this name is in use.
    pub runs: fn(&str) -> String,
    /// A button: fetch the built-in model of so many bytes.
    pub take: fn(u64) -> String,
    /// The same after it was damaged.
    pub take_again: fn(u64) -> String,
    /// How far the download is.
    pub progress: fn(&Progress) -> String,
}
