//! Which file the built-in model is, and whether it may be loaded.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::fault::LocalFault;
use super::manifest::KnownModel;

/// Before the name of each model that runs in the process: pages tell by it that a card comes from a small one.
pub const BUILT_IN: &str = "local/";

/// The format's first bytes.
const MAGIC: &[u8; 4] = b"GGUF";

/// Bytes read at a time where all of a file is read.
const PIECE: usize = 1 << 20;

/// Which model was chosen: one of the list, or a file of the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelFile {
    /// `AUTODECK_LOCAL_MODEL`.
    Own(PathBuf),
    /// A known model in the folder of models.
    Known {
        /// Which.
        model: &'static KnownModel,
        /// The folder of models.
        folder: PathBuf,
    },
}

/// A file as it was when it was looked at: another one in its place differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// Where.
    pub path: PathBuf,
    /// Bytes.
    pub bytes: u64,
    /// Since 1970, in nanoseconds.
    modified: u128,
}

impl ModelFile {
    /// Where the file is, or will be.
    pub fn path(&self) -> PathBuf {
        match self {
            ModelFile::Own(path) => path.clone(),
            ModelFile::Known { model, folder } => folder.join(model.file_name()),
        }
    }

    /// What cards say of who wrote them: [`BUILT_IN`] and the model.
    pub fn name(&self) -> String {
        let model = match self {
            ModelFile::Own(path) => path
                .file_stem()
                .map_or("local".into(), |stem| stem.to_string_lossy().into_owned()),
            ModelFile::Known { model, .. } => model.name.to_owned(),
        };
        format!("{BUILT_IN}{model}")
    }

    /// Looks without reading the whole file: it is there, it is of the format, it has its size.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn look(&self) -> Result<FileState, LocalFault> {
        let path = self.path();
        let missing = |error: io::Error| match self {
            ModelFile::Known { model, .. } => LocalFault::NotFetched(model),
            ModelFile::Own(path) => LocalFault::NoSuchFile {
                path: path.clone(),
                why: error.to_string(),
            },
        };
        let mut file = File::open(&path).map_err(missing)?;
        let state = state(&path, &file).map_err(missing)?;
        let mut magic = [0; MAGIC.len()];
        let is_gguf = file.read_exact(&mut magic).is_ok() && magic == *MAGIC;
        match self {
            ModelFile::Known { model, .. }
                if !is_gguf || (model.is_tested() && state.bytes != model.bytes) =>
            {
                Err(LocalFault::Damaged(path))
            }
            ModelFile::Own(_) if !is_gguf => Err(LocalFault::NotGguf(path)),
            _ => Ok(state),
        }
    }

    /// Looks, and reads all of a known file that was not verified as it stands: about a second for a gigabyte. What was
    /// found is noted beside the file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, stop: &AtomicBool) -> Result<FileState, LocalFault> {
        let state = self.look()?;
        let ModelFile::Known { model, .. } = self else {
            return Ok(state);
        };
        let Some(sha256) = model.sha256 else {
            return Ok(state);
        };
        if is_noted(&state, sha256) {
            return Ok(state);
        }
        let found = digest(&state.path, stop).map_err(|error| LocalFault::NoFolder {
            folder: state.path.clone(),
            why: error.to_string(),
        })?;
        if found != sha256 {
            return Err(LocalFault::Damaged(state.path));
        }
        note(&state, sha256);
        Ok(state)
    }
}

impl FileState {
    /// Whether the file that was looked at still stands there.
    pub fn still_stands(&self) -> bool {
        File::open(&self.path)
            .and_then(|file| state(&self.path, &file))
            .is_ok_and(|now| now == *self)
    }
}

/// SHA-256 of a whole file, in hexadecimal.
///
/// # Errors
/// When it cannot be read; [`io::ErrorKind::Interrupted`] when `stop` was set.
pub fn digest(path: &Path, stop: &AtomicBool) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        hasher.update(&piece[..read]);
    }
}

/// Notes beside a file that it was verified, so that it need not be read whole at each start.
pub(super) fn note(state: &FileState, sha256: &str) {
    // A folder that cannot be written to costs a second at the next start, no more.
    let _ = fs::write(note_path(&state.path), note_text(state, sha256));
}

/// The note that belongs to a model's file.
pub(super) fn note_path(path: &Path) -> PathBuf {
    path.with_extension("gguf.verified")
}

/// The state of a file that was just put in place.
pub(super) fn state_of(path: &Path) -> io::Result<FileState> {
    state(path, &File::open(path)?)
}

fn is_noted(state: &FileState, sha256: &str) -> bool {
    fs::read_to_string(note_path(&state.path)).is_ok_and(|noted| noted == note_text(state, sha256))
}

fn note_text(state: &FileState, sha256: &str) -> String {
    format!("{sha256} {} {}\n", state.bytes, state.modified)
}

fn state(path: &Path, file: &File) -> io::Result<FileState> {
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let modified = meta.modified()?.duration_since(UNIX_EPOCH);
    Ok(FileState {
        path: path.to_owned(),
        bytes: meta.len(),
        modified: modified.map_or(0, |since| since.as_nanos()),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(folder: &Path) -> ModelFile {
        ModelFile::Known {
            model: KnownModel::default_model(),
            folder: folder.to_owned(),
        }
    }

    #[test]
    fn a_model_that_is_not_there_is_to_be_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let fault = known(folder.path()).look().unwrap_err();
        assert_eq!(fault, LocalFault::NotFetched(KnownModel::default_model()));
        assert!(
            fault.to_string().contains("`autodeck model pull`"),
            "{fault}"
        );
    }

    #[test]
    fn a_half_file_under_the_models_name_is_never_used() {
        let folder = tempfile::tempdir().unwrap();
        let file = known(folder.path());
        fs::write(file.path(), b"GGUF and then nothing").unwrap();
        assert_eq!(file.look(), Err(LocalFault::Damaged(file.path())));
    }

    #[test]
    fn bytes_of_the_right_size_and_the_wrong_digest_are_never_used() {
        let folder = tempfile::tempdir().unwrap();
        let stop = AtomicBool::new(false);
        let model: &'static KnownModel = Box::leak(Box::new(KnownModel {
            name: "five",
            about: "",
            licence: "MIT",
            bytes: 5,
            // Of "GGUF1".
            sha256: Some("ab8d145c8b0b608ed82043b8cf706f6be61ac835fe40afffa20509e02c5c9ac6"),
            memory_gb: 1,
            sources: &[],
        }));
        let file = ModelFile::Known {
            model,
            folder: folder.path().to_owned(),
        };
        fs::write(file.path(), "GGUF1").unwrap();
        assert!(file.verify(&stop).is_ok());
        // Verified once, it is not read whole again, as long as nobody writes into it.
        assert!(is_noted(&file.look().unwrap(), model.sha256.unwrap()));
        fs::write(file.path(), "GGUF2").unwrap();
        assert_eq!(file.verify(&stop), Err(LocalFault::Damaged(file.path())));
    }

    #[test]
    fn a_file_of_ones_own_must_be_gguf() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("poem.gguf");
        fs::write(&path, "Shall I compare thee").unwrap();
        let own = ModelFile::Own(path.clone());
        assert_eq!(own.look(), Err(LocalFault::NotGguf(path.clone())));
        fs::write(&path, "GGUF\u{3}").unwrap();
        assert!(own.look().is_ok());
        assert_eq!(own.name(), "local/poem");
        for not_there in [folder.path().join("none.gguf"), folder.path().to_owned()] {
            let fault = ModelFile::Own(not_there).look().unwrap_err();
            assert!(matches!(fault, LocalFault::NoSuchFile { .. }), "{fault}");
        }
    }

    #[test]
    fn a_file_that_was_replaced_or_removed_no_longer_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.gguf");
        fs::write(&path, "GGUF1").unwrap();
        let state = ModelFile::Own(path.clone()).look().unwrap();
        assert!(state.still_stands());
        fs::write(&path, "GGUF22").unwrap();
        assert!(!state.still_stands());
        fs::remove_file(&path).unwrap();
        assert!(!state.still_stands());
    }

    #[test]
    fn the_digest_is_the_one_that_everybody_computes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        fs::write(&path, "abc").unwrap();
        assert_eq!(
            digest(&path, &AtomicBool::new(false)).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
