//! What can go wrong with the built-in model, with a sentence for whoever reads it.

use std::fmt;
use std::path::PathBuf;

use super::manifest::KnownModel;
use super::words::size;

/// Why the built-in model cannot write, or cannot be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalFault {
    /// The program was built without llama.cpp.
    NotBuilt,
    /// A known model that was not fetched yet.
    NotFetched(&'static KnownModel),
    /// `AUTODECK_LOCAL_MODEL` names a file that is not there or cannot be read.
    NoSuchFile {
        /// As set.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It was there when it was loaded.
    Gone(PathBuf),
    /// The file is not of the format.
    NotGguf(PathBuf),
    /// The bytes are not those of the model.
    Damaged(PathBuf),
    /// llama.cpp refuses the file.
    Unreadable(PathBuf),
    /// The file does not say how the model is spoken to.
    NoTemplate(PathBuf),
    /// The processor lacks the vector instructions that this program was built with.
    Processor,
    /// Less memory than the model needs.
    NoMemory {
        /// Bytes.
        needed: u64,
        /// Bytes.
        free: u64,
    },
    /// The prompt does not fit into the model's context.
    PromptTooLong {
        /// Tokens of the prompt and room for an answer.
        needed: usize,
        /// Tokens.
        room: usize,
    },
    /// llama.cpp failed in the middle.
    Failed(String),
    /// Less space on the disk than the download needs.
    NoSpace {
        /// The folder.
        folder: PathBuf,
        /// Bytes.
        needed: u64,
        /// Bytes.
        free: u64,
    },
    /// The disk of this folder was filled up while the model was fetched.
    DiskFull(PathBuf),
    /// The folder of the models cannot be written to.
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        why: String,
    },
    /// None of the sources gave the file; what each of them said.
    NotToBeHad(Vec<String>),
    /// What came is not what the manifest promises.
    WrongDigest {
        /// Which model.
        name: &'static str,
        /// Where from.
        source: &'static str,
    },
    /// Another process is fetching it.
    Busy(PathBuf),
    /// The download was stopped; what came is kept.
    Stopped,
    /// No model of this name in the manifest.
    Unknown(String),
    /// The manifest has no digest for it, so what comes cannot be verified.
    NoDigest(&'static KnownModel),
}

impl LocalFault {
    /// Whether the same request may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, LocalFault::Failed(_) | LocalFault::NoMemory { .. })
    }
}

impl fmt::Display for LocalFault {
    /// What happened and what to do: for the terminal, `doctor` and a learner's page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LocalFault::NotBuilt => f.write_str(
                "This AutoDeck was built without the built-in model. Build it with `make build` (or cargo's `--features \
                 local-model`), or connect another model with AUTODECK_LLM.",
            ),
            LocalFault::NotFetched(model) => write!(
                f,
                "The built-in model {} ({}) is not on this machine yet. Get it with `autodeck model pull{}`.",
                model.name,
                size(model.bytes),
                if model.is_default() { String::new() } else { format!(" {}", model.name) },
            ),
            LocalFault::NoSuchFile { path, why } => write!(
                f,
                "AUTODECK_LOCAL_MODEL names {}, which cannot be read ({why}). Set it to a GGUF file, or unset it for the \
                 built-in model.",
                path.display()
            ),
            LocalFault::Gone(path) => write!(
                f,
                "The model's file {} is gone, so no new cards can be written. Put it back, or get it again with `autodeck \
                 model pull`; no restart is needed.",
                path.display()
            ),
            LocalFault::NotGguf(path) => write!(
                f,
                "{} is not a model in GGUF format, which is what the built-in llama.cpp reads. Look at \
                 AUTODECK_LOCAL_MODEL.",
                path.display()
            ),
            LocalFault::Damaged(path) => write!(
                f,
                "{} is damaged: it is not what was published (wrong size or digest), and is not used. Get it again with \
                 `autodeck model pull`.",
                path.display()
            ),
            LocalFault::Unreadable(path) => write!(
                f,
                "llama.cpp cannot load {}: it is damaged, or of a kind that this version does not know. Use another file.",
                path.display()
            ),
            LocalFault::NoTemplate(path) => write!(
                f,
                "{} has no chat template that llama.cpp understands, so it is no model to give instructions to. Use an \
                 instruction-tuned (\"instruct\") model.",
                path.display()
            ),
            LocalFault::Processor => f.write_str(
                "This processor lacks the vector instructions (AVX2, FMA, F16C) that the built-in model was built for. \
                 Build AutoDeck on this machine with RUSTFLAGS=\"-C target-cpu=native\" and GGML_AVX2=OFF, or connect \
                 another model with AUTODECK_LLM.",
            ),
            LocalFault::NoMemory { needed, free } => write!(
                f,
                "The built-in model needs about {} of memory, and {} is free. Close something, or use a smaller model.",
                size(*needed),
                size(*free)
            ),
            LocalFault::PromptTooLong { needed, room } => write!(
                f,
                "The request needs {needed} tokens and the built-in model holds {room}. Use a model with a longer context, \
                 or a shorter topic."
            ),
            LocalFault::Failed(why) => write!(f, "The built-in model stopped in the middle ({why}). Try again."),
            LocalFault::DiskFull(folder) => write!(
                f,
                "The disk of {} is full. What came so far is kept. Make room there and try again, or set \
                 AUTODECK_DATA_DIR to another disk.",
                folder.display()
            ),
            LocalFault::NoSpace { folder, needed, free } => write!(
                f,
                "The download needs {} in {}, and {} is free. Make room there, or set AUTODECK_DATA_DIR to another disk.",
                size(*needed),
                folder.display(),
                size(*free)
            ),
            LocalFault::NoFolder { folder, why } => write!(
                f,
                "{} cannot be written to ({why}). Look at the folder's owner, or set AUTODECK_DATA_DIR to another.",
                folder.display()
            ),
            LocalFault::NotToBeHad(tries) => write!(
                f,
                "The model could not be fetched. {} What came so far is kept: try again and it goes on from there.",
                tries.join(" ")
            ),
            LocalFault::WrongDigest { name, source } => write!(
                f,
                "What came from {source} is not the model {name}: its SHA-256 differs. It was thrown away. Try again \
                 later, or use another network."
            ),
            LocalFault::Busy(path) => write!(
                f,
                "Another AutoDeck is fetching this model ({} is locked). Wait for it.",
                path.display()
            ),
            LocalFault::Stopped => f.write_str("The download was stopped. What came is kept, and the next try goes on from there."),
            LocalFault::Unknown(name) => write!(
                f,
                "There is no model \"{name}\" in the list: see `autodeck model list`. For a file of your own set \
                 AUTODECK_LOCAL_MODEL to its path."
            ),
            LocalFault::NoDigest(model) => write!(
                f,
                "{} was not tried by us and its digest is not recorded, so what comes cannot be verified. If you trust \
                 the source: `autodeck model pull {} --unverified`.",
                model.name, model.name
            ),
        }
    }
}

impl std::error::Error for LocalFault {}
