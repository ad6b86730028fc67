//! The data folder: what lies where, the lock that one AutoDeck holds, the server's settings and its pid file.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{Pid, Uid};
use sha2::{Digest, Sha256};

use super::EmbeddedError;
use super::account::Account;

/// Only a part of the socket's file name: nothing listens on a network port.
pub(super) const PORT: u16 = 5432;

/// A socket's path holds 107 bytes on Linux and 103 on macOS; the file's own name takes 14 of them.
const LONGEST_SOCKET_DIR: usize = 103 - "/.s.PGSQL.5432".len();

/// A log longer than this is set aside at start, and the one set aside before it goes.
const LONG_LOG_BYTES: u64 = 8 << 20;

/// Durable in full: the last four lines of the first block are PostgreSQL's defaults, said so that nothing turns them off.
const SETTINGS: &str = "\
# Written by AutoDeck at each start; changes made here are lost.
listen_addresses = ''
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
full_page_writes = on
data_sync_retry = off

# A server for one application on somebody's laptop.
max_connections = 60
shared_buffers = 64MB
max_wal_size = 512MB
jit = off
log_min_messages = warning
log_checkpoints = off
timezone = 'UTC'
log_timezone = 'UTC'
";

/// Paths under one data folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// The data folder itself, absolute and without symbolic links.
    pub(super) root: PathBuf,
    /// The cluster (PGDATA).
    pub(super) cluster: PathBuf,
    /// Where the server's socket is.
    pub(super) socket_dir: PathBuf,
}

/// Held while a process uses the folder; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held open, for its lock")] File);

impl Folder {
    /// Makes the data folder if need be. Root's is open to pass through, because another user runs the server inside.
    pub(super) fn prepare(data_dir: &Path) -> Result<Folder, EmbeddedError> {
        let mode = if Uid::effective().is_root() {
            0o711
        } else {
            0o700
        };
        let failed = |cause| EmbeddedError::folder("Creating the data folder", data_dir, cause);
        if let Some(parent) = data_dir.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        match DirBuilder::new().mode(mode).create(data_dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(failed)?,
        }
        Folder::at(data_dir).map_err(|cause| EmbeddedError::folder("Opening", data_dir, cause))
    }

    /// The data folder, if it is there.
    pub(super) fn find(data_dir: &Path) -> Option<Folder> {
        Folder::at(data_dir).ok()
    }

    fn at(data_dir: &Path) -> io::Result<Folder> {
        let root = fs::canonicalize(data_dir)?;
        // pg_ctl hands paths to a shell between double quotes, without escaping what is special in there.
        if root
            .to_str()
            .is_none_or(|path| path.contains(['"', '$', '`', '\\']))
        {
            let odd = "PostgreSQL's start program cannot handle a path with \" $ ` or \\ in it";
            return Err(io::Error::new(io::ErrorKind::InvalidFilename, odd));
        }
        let mut socket_dir = root.join("socket");
        if socket_dir.as_os_str().len() > LONGEST_SOCKET_DIR {
            // The same place at every start, so that a server left running is found again.
            let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
            let name: String = digest
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            socket_dir = Path::new("/tmp").join(format!("autodeck-{name}"));
        }
        Ok(Folder {
            cluster: root.join("postgres"),
            socket_dir,
            root,
        })
    }

    /// Takes the folder for this process and writes its number into the lock file, for whoever comes second.
    pub(super) fn lock(&self) -> Result<Lock, EmbeddedError> {
        let path = self.lock_file();
        let failed = |cause| EmbeddedError::folder("Writing", &path, cause);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.trim().parse().ok());
                return Err(EmbeddedError::InUse {
                    folder: self.root.clone(),
                    pid,
                });
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(failed)?;
        Ok(Lock(file))
    }

    /// Whether some process holds the folder now.
    pub(super) fn is_locked(&self) -> bool {
        File::open(self.lock_file())
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn lock_file(&self) -> PathBuf {
        self.root.join("autodeck.lock")
    }

    /// The server's own log.
    pub(super) fn log(&self) -> PathBuf {
        self.cluster.join("server.log")
    }

    fn config(&self) -> PathBuf {
        self.root.join("postgresql.conf")
    }

    /// Folder and major version of the cluster; `None` before the first start.
    pub(super) fn cluster_version(&self) -> Result<Option<(PathBuf, u32)>, EmbeddedError> {
        let path = self.cluster.join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text
                .trim()
                .parse()
                .ok()
                .map(|version| (self.cluster.clone(), version))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(EmbeddedError::folder("Reading", &path, cause)),
        }
    }

    /// An empty folder for `initdb`, and away with what killed starts left behind.
    pub(super) fn new_cluster(&self, account: &Account) -> Result<PathBuf, EmbeddedError> {
        for entry in fs::read_dir(&self.root).into_iter().flatten().flatten() {
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with("postgres.new-")
            {
                fs::remove_dir_all(entry.path())
                    .map_err(|cause| EmbeddedError::folder("Removing", &entry.path(), cause))?;
            }
        }
        let new = self
            .root
            .join(format!("postgres.new-{}", std::process::id()));
        DirBuilder::new()
            .mode(0o700)
            .create(&new)
            .and_then(|()| account.own(&new))
            .map_err(|cause| EmbeddedError::folder("Creating", &new, cause))?;
        Ok(new)
    }

    /// Gives a finished cluster its name, durably.
    pub(super) fn keep_cluster(&self, new: &Path) -> Result<(), EmbeddedError> {
        fs::rename(new, &self.cluster)
            .and_then(|()| File::open(&self.root)?.sync_all())
            .map_err(|cause| EmbeddedError::folder("Creating", &self.cluster, cause))
    }

    /// The socket's folder, which nobody but the server's user (and root) may enter: that is the whole password.
    pub(super) fn make_socket_dir(&self, account: &Account) -> Result<(), EmbeddedError> {
        let path = &self.socket_dir;
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => account
                .own(path)
                .map_err(|cause| EmbeddedError::folder("Creating", path, cause)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let found = fs::symlink_metadata(path)
                    .map_err(|cause| EmbeddedError::folder("Reading", path, cause))?;
                let private =
                    found.is_dir() && found.mode() & 0o077 == 0 && found.uid() == account.uid();
                private
                    .then_some(())
                    .ok_or_else(|| EmbeddedError::UnsafeSocketFolder(path.clone()))
            }
            Err(cause) => Err(EmbeddedError::folder("Creating", path, cause)),
        }
    }

    /// Writes the server's settings. They lie outside the cluster: root does not write into another user's folder.
    pub(super) fn write_config(&self) -> Result<(), EmbeddedError> {
        // What initdb found out about this machine (its shared memory, above all) comes first, so that ours wins.
        let found = quoted(&self.cluster.join("postgresql.conf"));
        let mut text = format!("include '{found}'\n{SETTINGS}");
        if cfg!(target_os = "macos") {
            // What macOS calls fsync leaves the drive's cache unwritten.
            text.push_str("wal_sync_method = fsync_writethrough\n");
        }
        // A list of folders, hence the inner quotes.
        let folder = quoted(&self.socket_dir);
        text.push_str(&format!(
            "unix_socket_directories = '\"{folder}\"'\nport = {PORT}\n"
        ));
        let path = self.config();
        fs::write(&path, text)
            .and_then(|()| {
                fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644))
            })
            .map_err(|cause| EmbeddedError::folder("Writing", &path, cause))
    }

    /// What `pg_ctl` passes on to the server. A shell reads it, hence the quotes.
    pub(super) fn server_options(&self) -> String {
        let setting = format!("config_file={}", self.config().to_string_lossy());
        format!("-c '{}'", setting.replace('\'', r"'\''"))
    }

    /// Keeps the log from growing for ever. Best effort: a log is not worth a failed start.
    pub(super) fn set_aside_a_long_log(&self) {
        let log = self.log();
        if fs::symlink_metadata(&log).is_ok_and(|found| found.len() > LONG_LOG_BYTES) {
            let _ = fs::rename(&log, self.cluster.join("server.log.old"));
        }
    }

    /// The number in the server's pid file, whether or not that process still is the server.
    pub(super) fn postmaster_pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.cluster.join("postmaster.pid")).ok()?;
        text.lines()
            .next()?
            .trim()
            .parse()
            .ok()
            .filter(|pid| *pid > 0)
    }

    /// Whether process `pid` is a PostgreSQL server and this cluster is its own.
    pub(super) async fn is_our_postmaster(&self, pid: u32) -> bool {
        let alive = i32::try_from(pid)
            .is_ok_and(|pid| nix::sys::signal::kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH));
        alive
            && command_line_of(pid)
                .await
                .is_some_and(|line| is_server_of(&line, &self.cluster))
    }

    /// Removes the pid file that names `pid`, a process that is not this cluster's server.
    pub(super) fn remove_stale_pid_file(&self, pid: u32) -> Result<(), EmbeddedError> {
        if self.postmaster_pid() == Some(pid) {
            remove_if_there(&self.cluster.join("postmaster.pid"))?;
        }
        Ok(())
    }

    /// Removes the lock that a dead server left beside its socket: it too names a process by number, and the number
    /// may be a stranger's by now. Only for when no server of this cluster runs; the folder is used by no other.
    pub(super) fn remove_stale_socket_lock(&self) -> Result<(), EmbeddedError> {
        remove_if_there(&self.socket_dir.join(format!(".s.PGSQL.{PORT}.lock")))
    }
}

/// A path inside single quotes in PostgreSQL's settings.
fn quoted(path: &Path) -> String {
    path.to_string_lossy().replace('\'', "''")
}

fn remove_if_there(path: &Path) -> Result<(), EmbeddedError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            Err(EmbeddedError::folder("Removing", path, cause))
        }
        _ => Ok(()),
    }
}

/// A process's words. Linux shows them to every user; elsewhere `ps` does.
async fn command_line_of(pid: u32) -> Option<String> {
    if let Ok(words) = fs::read(format!("/proc/{pid}/cmdline")) {
        return Some(String::from_utf8_lossy(&words).replace('\0', " "));
    }
    let mut ps = tokio::process::Command::new("ps");
    let output = ps
        .args(["-ww", "-o", "command=", "-p", &pid.to_string()])
        .output()
        .await
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `…/postgres -D CLUSTER …`, as `pg_ctl` writes it.
fn is_server_of(command_line: &str, cluster: &Path) -> bool {
    let program = command_line.split(" -D ").next().unwrap_or_default();
    let cluster = format!(" -D {}", cluster.to_string_lossy());
    program.trim_end().ends_with("postgres")
        && command_line
            .split_once(&cluster)
            .is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_told_from_a_stranger_and_from_a_neighbour() {
        let ours = Path::new("/data/my deck/postgres");
        let line =
            "/usr/lib/postgresql/15/bin/postgres -D /data/my deck/postgres -c config_file=x ";
        assert!(is_server_of(line, ours));
        assert!(!is_server_of(line, Path::new("/data/my deck/post")));
        assert!(!is_server_of(
            "/usr/bin/vim -D /data/my deck/postgres",
            ours
        ));
        assert!(!is_server_of("", ours));
    }

    #[test]
    fn a_second_process_is_refused_with_the_number_of_the_first() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(&root.path().join("data")).unwrap();
        assert!(!folder.is_locked());
        let held = folder.lock().unwrap();
        assert!(folder.is_locked());
        let refused = folder.lock().unwrap_err();
        assert!(
            matches!(refused, EmbeddedError::InUse { pid: Some(pid), .. } if pid == std::process::id())
        );
        drop(held);
        folder.lock().unwrap();
    }

    #[test]
    fn a_long_path_puts_the_socket_where_it_fits_and_always_there() {
        let root = tempfile::tempdir().unwrap();
        let long = root.path().join("x".repeat(120));
        let folder = Folder::prepare(&long).unwrap();
        assert!(folder.socket_dir.as_os_str().len() <= LONGEST_SOCKET_DIR);
        assert_eq!(Folder::find(&long).unwrap().socket_dir, folder.socket_dir);
    }

    #[test]
    fn a_socket_folder_that_others_may_enter_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(root.path()).unwrap();
        let account = Account::choose(&folder.cluster).unwrap();
        DirBuilder::new()
            .mode(0o755)
            .create(&folder.socket_dir)
            .unwrap();
        let refused = folder.make_socket_dir(&account).unwrap_err();
        assert!(
            matches!(refused, EmbeddedError::UnsafeSocketFolder(_)),
            "{refused}"
        );
    }

    #[test]
    fn a_path_that_a_shell_would_change_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let refused = Folder::prepare(&root.path().join("$HOME")).unwrap_err();
        assert!(
            refused.to_string().contains("cannot handle a path with"),
            "{refused}"
        );
    }

    #[test]
    fn quotes_in_a_path_stay_inside_the_settings_and_the_shell_word() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(&root.path().join("it's mine")).unwrap();
        folder.write_config().unwrap();
        let text = fs::read_to_string(folder.config()).unwrap();
        assert!(text.contains("it''s mine/socket\"'\n"), "{text}");
        assert!(folder.server_options().contains(r"it'\''s mine"));
    }
}
