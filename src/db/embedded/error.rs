//! What can go wrong with the private PostgreSQL, each as a sentence with a next step.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Why the private PostgreSQL does not run. `Display` is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No server programs on this machine.
    #[error(
        "PostgreSQL's server programs are not installed. `make run` installs them; or do it yourself \
         (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17), \
         or set DATABASE_URL to a database of your own."
    )]
    NoPrograms,

    /// Server programs, but older than our SQL needs.
    #[error(
        "PostgreSQL {have} is too old: AutoDeck needs {} or newer. Install one, or set DATABASE_URL.",
        super::programs::OLDEST
    )]
    TooOld {
        /// The newest major version found.
        have: u32,
    },

    /// The folder was written by another major version than any that is installed.
    #[error(
        "The database in {} was made by PostgreSQL {wrote}, and this machine has {have}. Install PostgreSQL {wrote} \
         beside it, or move the data with pg_upgrade, or set AUTODECK_DATA_DIR to a new folder.",
        folder.display()
    )]
    OtherVersion {
        /// The cluster's folder.
        folder: PathBuf,
        /// Major version that wrote it.
        wrote: u32,
        /// Major version at hand.
        have: u32,
    },

    /// Another AutoDeck holds the data folder.
    #[error(
        "AutoDeck already runs on the data folder {}{}. Use that one, stop it first, or set AUTODECK_DATA_DIR \
         to another folder.",
        folder.display(),
        pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// Who holds it, as far as the lock file says.
        pid: Option<u32>,
    },

    /// Started by root, and the user that is to run the server cannot reach the data folder.
    #[error(
        "PostgreSQL must not run as root, so it runs as the user {user}, who may not enter {}. Allow it \
         (chmod o+x {}), or set AUTODECK_DATA_DIR to a folder elsewhere.",
        folder.display(), folder.display()
    )]
    NoWayIn {
        /// Who runs the server.
        user: String,
        /// The first folder on the way that is closed.
        folder: PathBuf,
    },

    /// Root, and no ordinary user to drop to.
    #[error(
        "PostgreSQL must not run as root, and there is neither a user `postgres` nor `nobody` to run it. \
         Start AutoDeck as an ordinary user, or set DATABASE_URL."
    )]
    NoOrdinaryUser,

    /// The socket's folder exists and is not safely ours.
    #[error(
        "{} should be a folder that only the database's user can open, and is not. Remove it, or set \
         AUTODECK_DATA_DIR to a folder with a shorter path, where the socket fits inside.",
        .0.display()
    )]
    UnsafeSocketFolder(PathBuf),

    /// The disk has no room.
    #[error("No space is left on the disk of {}. Nothing saved is lost: free some space and start again.", .0.display())]
    DiskFull(PathBuf),

    /// The file system said no.
    #[error("{doing} {} failed: {cause}. {}", path.display(), what_to_do(cause))]
    Folder {
        /// What was tried, e.g. "Creating".
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },

    /// A program of PostgreSQL's could not be run at all.
    #[error("{doing} failed: its program could not be run ({cause}).")]
    Unstartable {
        /// What was tried.
        doing: &'static str,
        /// The system's reason.
        cause: io::Error,
    },

    /// A program of PostgreSQL's ran and failed.
    #[error("{doing} failed: {output}")]
    Program {
        /// What was tried.
        doing: &'static str,
        /// The end of what it wrote.
        output: String,
    },

    /// The server ended while starting.
    #[error("PostgreSQL did not start: {reason} (its log: {}).", log.display())]
    DidNotStart {
        /// The last complaint in its log.
        reason: String,
        /// Where the whole log is.
        log: PathBuf,
    },

    /// The server is there and answers nobody.
    #[error(
        "The database server of this folder (process {pid}) runs and does not answer. Its log is {}; \
         `kill -INT {pid}` ends it safely, then start again.",
        log.display()
    )]
    NotAnswering {
        /// Its process id.
        pid: u32,
        /// Where its log is.
        log: PathBuf,
    },

    /// The server runs, and our first questions to it failed.
    #[error("The private database runs and refused a first question: {0}.")]
    Database(sqlx::Error),
}

// Causes are part of the sentences, so they are not given as `source` too: a reader would see them twice.
impl From<sqlx::Error> for EmbeddedError {
    fn from(cause: sqlx::Error) -> EmbeddedError {
        EmbeddedError::Database(cause)
    }
}

impl EmbeddedError {
    pub(super) fn folder(doing: &'static str, path: &Path, cause: io::Error) -> EmbeddedError {
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                EmbeddedError::DiskFull(path.to_owned())
            }
            _ => EmbeddedError::Folder {
                doing,
                path: path.to_owned(),
                cause,
            },
        }
    }

    pub(super) fn from_output(doing: &'static str, output: &Output) -> EmbeddedError {
        let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stdout));
        EmbeddedError::Program {
            doing,
            output: complaint(&text),
        }
    }

    /// Reads the reason off what the server logged after its first `seen` bytes; else it is `otherwise`.
    pub(super) fn did_not_start(
        log: &Path,
        seen: usize,
        folder: &Path,
        otherwise: String,
    ) -> EmbeddedError {
        let written = std::fs::read(log).unwrap_or_default();
        let reason = match written.get(seen..) {
            Some(new) if !new.is_empty() => complaint(&String::from_utf8_lossy(new)),
            _ => otherwise,
        };
        if reason.contains("No space left on device") {
            return EmbeddedError::DiskFull(folder.to_owned());
        }
        EmbeddedError::DidNotStart {
            reason,
            log: log.to_owned(),
        }
    }

    /// Whether backends of a killed server still hold its memory. They end by themselves.
    pub(super) fn is_about_orphans(&self) -> bool {
        matches!(self, EmbeddedError::DidNotStart { reason, .. } if reason.contains("shared memory block"))
    }
}

fn what_to_do(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Make it writable for the user who starts AutoDeck, or set AUTODECK_DATA_DIR to a folder that is."
        }
        _ => "Set AUTODECK_DATA_DIR to another folder, or DATABASE_URL to a database of your own.",
    }
}

/// The last line that names a failure, from that word on; else the last line at all. PostgreSQL's programs say much
/// before and after.
fn complaint(text: &str) -> String {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let serious = ["PANIC:", "FATAL:", "error:", "could not"];
    let from_the_word = |line: &'_ str| serious.iter().find_map(|word| line.find(word));
    let last = lines()
        .rev()
        .find_map(|line| Some(&line[from_the_word(line)?..]));
    last.or_else(|| lines().next_back())
        .unwrap_or("it gave no reason")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_complaint_is_the_last_serious_line() {
        let log = "LOG:  starting\nFATAL:  no pg_hba.conf\n2026-11-22 [7] FATAL:  lock file exists\nLOG:  database system is shut down\n";
        assert_eq!(complaint(log), "FATAL:  lock file exists");
        assert_eq!(complaint("one\n\ntwo\n"), "two");
        assert_eq!(complaint(""), "it gave no reason");
    }

    #[test]
    fn a_full_disk_is_named_and_what_is_saved_is_called_safe() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let sentence = EmbeddedError::folder("Creating", Path::new("/data"), full).to_string();
        assert!(
            sentence.starts_with("No space is left on the disk of /data."),
            "{sentence}"
        );
    }
}
