//! Where this machine keeps PostgreSQL's server programs.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::EmbeddedError;

/// The oldest major version that our SQL runs on and that its makers still mend.
pub(super) const OLDEST: u32 = 14;

/// Folders of distributions; `*` stands for a version, the newest comes first.
const USUAL_PLACES: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", "bin"), // Debian, Ubuntu: /usr/lib/postgresql/15/bin
    ("/usr/pgsql-", "bin"),         // PostgreSQL's own packages for Red Hat
    ("/opt/homebrew/opt/postgresql@", "bin"),
    ("/usr/local/opt/postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt/postgresql@", "bin"),
    ("/usr/libexec/postgresql", ""), // Alpine: /usr/libexec/postgresql17
];

/// The programs of one installation.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) folder: PathBuf,
    /// Major version.
    pub(super) version: u32,
}

impl Programs {
    /// The first installation that can run a cluster of major version `wrote` (any, for a new cluster): the one that
    /// `pg_config` names, then PATH, then the distributions' folders.
    pub(super) async fn find(wrote: Option<(PathBuf, u32)>) -> Result<Programs, EmbeddedError> {
        let mut newest = None;
        for folder in candidates().await {
            let Some(version) = version_of(&folder).await else {
                continue;
            };
            let fits = wrote
                .as_ref()
                .map_or(version >= OLDEST, |(_, wrote)| *wrote == version);
            if fits {
                return Ok(Programs { folder, version });
            }
            newest = newest.max(Some(version));
        }
        Err(match (newest, wrote) {
            (None, _) => EmbeddedError::NoPrograms,
            (Some(have), None) => EmbeddedError::TooOld { have },
            (Some(have), Some((folder, wrote))) => EmbeddedError::OtherVersion {
                folder,
                wrote,
                have,
            },
        })
    }

    pub(super) fn pg_ctl(&self) -> PathBuf {
        self.folder.join("pg_ctl")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }
}

async fn candidates() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output().await {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    for (stem, below) in USUAL_PLACES {
        folders.extend(
            versions_under(stem)
                .into_iter()
                .map(|folder| folder.join(below)),
        );
    }
    // Debian's client package has a pg_config and a pg_ctl-less folder: only a whole installation counts.
    folders.retain(|folder| {
        ["postgres", "initdb", "pg_ctl"]
            .iter()
            .all(|program| folder.join(program).is_file())
    });
    folders
}

/// Folders whose path is `stem` and a version number, the newest first.
fn versions_under(stem: &str) -> Vec<PathBuf> {
    let path = Path::new(stem);
    let (parent, prefix) = match path.is_dir() {
        true => (path, ""),
        false => (
            path.parent().unwrap_or(Path::new("/")),
            path.file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default(),
        ),
    };
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path()))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

async fn version_of(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("postgres"))
        .arg("--version")
        .output()
        .await
        .ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15; betas say `18beta1`.
fn parse_version(text: &str) -> Option<u32> {
    let number = text.split_once("(PostgreSQL)")?.1.trim_start();
    let end = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_program_says() {
        assert_eq!(
            parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_version("something else"), None);
    }

    #[test]
    fn newer_installations_come_first() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "17", "15", "common"] {
            std::fs::create_dir(root.path().join(version)).unwrap();
        }
        let found = versions_under(root.path().to_str().unwrap());
        let names: Vec<_> = found
            .iter()
            .map(|p| p.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["17", "15", "9"]);
    }

    #[tokio::test]
    async fn a_folder_of_another_version_is_refused_with_both_numbers() {
        let wrote = Some((PathBuf::from("/data/postgres"), 9));
        let refused = Programs::find(wrote).await.unwrap_err();
        assert!(
            matches!(refused, EmbeddedError::OtherVersion { wrote: 9, .. }),
            "{refused}"
        );
    }
}
