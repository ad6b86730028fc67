//! The program as a child process, on a data folder that lives as long as the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Longer than any step takes on a busy machine; only a failing test waits for it.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A data folder. The server in it is ended and it is removed when the test ends.
pub struct DataDir(pub PathBuf);

impl DataDir {
    pub fn new() -> DataDir {
        let folder = super::postgres::data_dir("adk");
        super::postgres::watch(&folder);
        DataDir(folder)
    }

    pub fn postmaster(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.0.join("postgres/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    pub fn pid_file(&self) -> PathBuf {
        self.0.join("postgres/postmaster.pid")
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster().and_then(|pid| i32::try_from(pid).ok()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `autodeck ARGUMENTS` with nothing of the tester's own settings.
pub fn autodeck(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_autodeck"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("AUTODECK_DATA_DIR", data_dir)
        .env("AUTODECK_LISTEN", "127.0.0.1:0")
        // No `.env` file of the tester's.
        .current_dir("/")
        .stdin(Stdio::null());
    command
}

/// Runs to the end and returns exit code, standard output and standard error. One that goes on past [`LIMIT`] is killed.
pub fn finish(command: &mut Command) -> (i32, String, String) {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let pid = child.id();
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || ended.send(child.wait_with_output()));
    let Ok(output) = end.recv_timeout(LIMIT) else {
        send(pid, Signal::SIGKILL);
        panic!("it does not end by itself");
    };
    let Output {
        status,
        stdout,
        stderr,
    } = output.expect("our child");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    (
        status.code().expect("it ends by itself"),
        text(stdout),
        text(stderr),
    )
}

/// Sends a signal to a process of ours.
pub fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).expect("a process id");
    kill(Pid::from_raw(pid), signal).expect("it runs");
}

/// A serving AutoDeck.
pub struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    /// Starts and waits until it has said where it is.
    pub fn start(command: &mut Command) -> Serving {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        // Nobody reads on after the first line, as in `autodeck | head -1`: a server must not mind.
        let out = child.stdout.take().expect("piped");
        BufReader::new(out)
            .read_line(&mut line)
            .expect("it speaks UTF-8");
        let address = line
            .trim()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        assert!(
            line.starts_with("AutoDeck is at http://localhost:"),
            "it said {line:?}"
        );
        Serving { child, address }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `GET path`, as the status line and the rest.
    pub fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\n"), "")
    }

    /// A request of the JSON API: its first lines, each ended by `\r\n`, and its body.
    pub fn ask(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("not zero");
        let length = body.len();
        write!(
            stream,
            "{head}Host: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    pub fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Waits for its end; how long that took.
    pub fn ended(mut self) -> Duration {
        let begun = Instant::now();
        self.child.wait().expect("our child");
        begun.elapsed()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
