//! A private PostgreSQL in the data folder, run from the system's own programs, for whoever sets no `DATABASE_URL`.
//!
//! It listens on a Unix socket in a folder of mode 0700 and nowhere else, keeps every durable setting on, and never
//! runs as root. It outlives a killed AutoDeck on purpose: the next start finds it running and adopts it. One AutoDeck
//! at a time holds the folder, by a lock that the system drops when the process ends, however it ends.

mod account;
mod error;
mod folder;
mod programs;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};

use account::Account;
pub use error::EmbeddedError;
use folder::{Folder, Lock};
use programs::Programs;

/// The role and the database that AutoDeck uses inside its private server.
const NAME: &str = "autodeck";

/// How long a server may take until it answers: long enough to replay `max_wal_size` from a slow disk after a crash.
const START_LIMIT: Duration = Duration::from_secs(120);

/// How long `stop` waits for the last checkpoint. The caller may give up earlier; the server finishes on its own.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// How long backends may outlive a killed postmaster; they notice within a second or so.
const ORPHANS_LIMIT: Duration = Duration::from_secs(10);

/// Between two looks at a server that is still starting or stopping.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A running private PostgreSQL and the lock on its folder. Dropping it leaves the server running, for the next start
/// to adopt; [`Embedded::stop`] ends it.
#[derive(Debug)]
pub struct Embedded {
    folder: Folder,
    programs: Programs,
    account: Account,
    adopted: bool,
    _lock: Lock,
}

impl Embedded {
    /// Makes what is missing in `data_dir`, starts the server or adopts the one that a killed AutoDeck left, and
    /// returns when it answers.
    ///
    /// # Errors
    /// Each [`EmbeddedError`] is a sentence that says what to do.
    pub async fn start(data_dir: &Path) -> Result<Embedded, EmbeddedError> {
        let folder = Folder::prepare(data_dir)?;
        let lock = folder.lock()?;
        let programs = Programs::find(folder.cluster_version()?).await?;
        let account = Account::choose(&folder.cluster)?;
        account.check_it_can_enter(&folder.root).await?;
        folder.make_socket_dir(&account)?;
        let mut server = Embedded {
            folder,
            programs,
            account,
            adopted: false,
            _lock: lock,
        };
        if server.folder.cluster_version()?.is_none() {
            server.make_cluster().await?;
        }
        server.adopted = server.adopt().await?;
        if !server.adopted {
            server.launch().await?;
        }
        server.make_database().await?;
        Ok(server)
    }

    /// How to reach the server that another process runs in `data_dir`; `None` when no process holds the folder.
    pub fn of_another_process(data_dir: &Path) -> Option<PgConnectOptions> {
        let folder = Folder::find(data_dir)?;
        folder.is_locked().then(|| options(&folder))
    }

    /// How to connect.
    pub fn options(&self) -> PgConnectOptions {
        options(&self.folder)
    }

    /// Whether the server was already running, left by an AutoDeck that was killed.
    pub fn was_adopted(&self) -> bool {
        self.adopted
    }

    /// The server's major version.
    pub fn version(&self) -> u32 {
        self.programs.version
    }

    /// The process id of the server, while it runs.
    pub fn postmaster(&self) -> Option<u32> {
        self.folder.postmaster_pid()
    }

    /// Ends open connections, writes what is in memory, and stops the server; then lets go of the folder.
    ///
    /// # Errors
    /// When the server has not stopped within 20 seconds, or refuses to. Nothing is lost: it is durable without this.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        let mut command = self.account.command(&self.programs.pg_ctl());
        command.args(["stop", "--silent", "--wait", "--mode=fast", "--timeout"]);
        command
            .arg(STOP_LIMIT.as_secs().to_string())
            .arg("--pgdata")
            .arg(&self.folder.cluster);
        run("stopping PostgreSQL", command).await.map(drop)
    }

    /// `initdb` into a folder of a temporary name, so that a start that was killed here leaves nothing half made.
    async fn make_cluster(&self) -> Result<(), EmbeddedError> {
        let new = self.folder.new_cluster(&self.account)?;
        // C.UTF-8 sorts by code point, whatever the machine's language is; systems without it have C.
        let mut made = self.initdb(&new, "C.UTF-8").await;
        if matches!(&made, Err(EmbeddedError::Program { output, .. }) if output.contains("locale"))
        {
            made = self.initdb(&new, "C").await;
        }
        made?;
        self.folder.keep_cluster(&new)
    }

    async fn initdb(&self, new: &Path, locale: &str) -> Result<(), EmbeddedError> {
        let mut command = self.account.command(&self.programs.initdb());
        command.args(["--encoding=UTF8", "--data-checksums", "--no-instructions"]);
        command.args([
            "--auth-local=trust",
            "--auth-host=reject",
            "--username",
            NAME,
        ]);
        command.arg("--locale").arg(locale).arg("--pgdata").arg(new);
        run("making the database folder", command).await.map(drop)
    }

    /// Whether a server of ours is already running here; waits while it is still starting or stopping.
    async fn adopt(&self) -> Result<bool, EmbeddedError> {
        let deadline = Instant::now() + START_LIMIT;
        while let Some(pid) = self.folder.postmaster_pid() {
            if !self.folder.is_our_postmaster(pid).await {
                // The file outlived its server and its number now belongs to a stranger. PostgreSQL itself would
                // refuse to start; orphaned backends are still found, by the shared memory they hold.
                self.folder.remove_stale_pid_file(pid)?;
                return Ok(false);
            }
            if self.connect("postgres").await.is_ok() {
                return Ok(true);
            }
            if Instant::now() > deadline {
                return Err(EmbeddedError::NotAnswering {
                    pid,
                    log: self.folder.log(),
                });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(false)
    }

    async fn launch(&self) -> Result<(), EmbeddedError> {
        self.folder.remove_stale_socket_lock()?;
        self.folder.write_config()?;
        self.folder.set_aside_a_long_log();
        let deadline = Instant::now() + ORPHANS_LIMIT;
        loop {
            let mut command = self.account.command(&self.programs.pg_ctl());
            command
                .args(["start", "--silent", "--wait", "--timeout"])
                .arg(START_LIMIT.as_secs().to_string());
            command
                .arg("--pgdata")
                .arg(&self.folder.cluster)
                .arg("--log")
                .arg(self.folder.log());
            command.arg("--options").arg(self.folder.server_options());
            let log = self.folder.log();
            let seen = std::fs::metadata(&log).map_or(0, |found| found.len() as usize);
            let output = match run("starting PostgreSQL", command).await {
                Err(EmbeddedError::Program { output, .. }) => output,
                other => return other.map(drop),
            };
            let error = EmbeddedError::did_not_start(&log, seen, &self.folder.root, output);
            if !error.is_about_orphans() || Instant::now() > deadline {
                return Err(error);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Creates our database, unless it is there. Asked at each start: a kill may fall between `initdb` and this.
    async fn make_database(&self) -> Result<(), EmbeddedError> {
        let mut connection = self.connect("postgres").await?;
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(NAME)
                .fetch_one(&mut connection)
                .await?;
        if !exists {
            connection.execute("create database autodeck").await?;
        }
        connection.close().await?;
        Ok(())
    }

    async fn connect(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.options().database(database)).await
    }
}

/// One of PostgreSQL's own programs for clients, such as `pg_dump`, of the newest installation found.
///
/// # Errors
/// When there is no installation.
pub async fn client_program(name: &str) -> Result<PathBuf, EmbeddedError> {
    Ok(Programs::find(None).await?.folder.join(name))
}

fn options(folder: &Folder) -> PgConnectOptions {
    // Everything is said here, so that no PG* variable of the operator's shell leads elsewhere.
    PgConnectOptions::new_without_pgpass()
        .socket(&folder.socket_dir)
        .port(folder::PORT)
        .username(NAME)
        .database(NAME)
        .ssl_mode(sqlx::postgres::PgSslMode::Disable)
}

async fn run(
    doing: &'static str,
    mut command: tokio::process::Command,
) -> Result<Output, EmbeddedError> {
    let output = command
        .output()
        .await
        .map_err(|cause| EmbeddedError::Unstartable { doing, cause })?;
    if output.status.success() {
        return Ok(output);
    }
    Err(EmbeddedError::from_output(doing, &output))
}
