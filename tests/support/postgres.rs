//! One real PostgreSQL for a test program: the product's own embedded server, in a folder that goes with the process.
//!
//! Include it with `#[path = "../support/postgres.rs"] mod postgres;`. Each test makes a database of its own on it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use autodeck::db::embedded::Embedded;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::OnceCell;

/// A server and its folder; both end with this process, however it ends.
pub struct TestServer {
    embedded: Embedded,
}

/// The server of this test program, started by whoever asks first.
///
/// Connect with `.options()`; `.options().database("name")` names another database on it.
pub async fn server() -> &'static TestServer {
    static SERVER: OnceCell<TestServer> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            let folder = data_dir("autodeck-tests");
            let embedded = Embedded::start(&folder)
                .await
                .expect("an embedded PostgreSQL starts");
            watch(&folder);
            TestServer { embedded }
        })
        .await
}

impl TestServer {
    /// How to connect to its first database.
    pub fn options(&self) -> PgConnectOptions {
        self.embedded.options()
    }
}

/// A new, short and empty folder under /tmp that any user may pass through: root's tests run the server as another.
pub fn data_dir(name: &str) -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix(name)
        .tempdir_in("/tmp")
        .expect("/tmp is writable")
        .keep();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    std::fs::set_permissions(&folder, open).expect("our own folder");
    folder
}

/// Leaves a small shell behind that waits for the end of this process (its pipe closes, be it by a kill), then ends the
/// server in `folder` and removes the folder. A static is never dropped, so nothing in here could.
pub fn watch(folder: &Path) {
    use std::os::unix::process::CommandExt;
    static WATCHERS: OnceLock<std::sync::Mutex<Vec<Child>>> = OnceLock::new();
    let script = r#"read -r _; kill -QUIT "$(head -n1 "$1/postgres/postmaster.pid")" 2>/dev/null; rm -rf "$1""#;
    let child = Command::new("sh")
        .args(["-c", script, "watcher"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C ends the tests and not the one that tidies up after them.
        .process_group(0)
        .spawn()
        .expect("a shell");
    WATCHERS
        .get_or_init(Default::default)
        .lock()
        .expect("nobody panics with it")
        .push(child);
}
