//! A proxy before something that speaks TCP or over a Unix socket, and spoils connections as networks do.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// What becomes of a connection.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Nothing.
    None,
    /// Each piece comes late.
    Latency(Duration),
    /// One byte at a time, as far as so many bytes.
    Slices(usize),
    /// Closed as soon as it is opened.
    Reset,
    /// Closed after so many bytes of the answer.
    Cut(usize),
    /// Taken, and nothing comes back, for so long; then closed.
    BlackHole(Duration),
}

/// Where the proxy leads.
#[derive(Debug, Clone)]
pub enum Target {
    Tcp(String),
    Unix(PathBuf),
}

/// A running proxy.
pub struct Proxy {
    pub port: u16,
    target: Arc<Mutex<Target>>,
    spoils: Arc<AtomicBool>,
    spoilt: Arc<Mutex<usize>>,
}

impl Proxy {
    /// Carries everything faithfully until it is told to [`Proxy::spoil`]. Black holes last `hole`.
    pub async fn start(target: Target, seed: u64, hole: Duration) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let spoilt = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&spoilt);
        let spoils = Arc::new(AtomicBool::new(false));
        let target = Arc::new(Mutex::new(target));
        let leads_to = Arc::clone(&target);
        let is_bad = Arc::clone(&spoils);
        tokio::spawn(async move {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                let fault = match dice.random_range(0..10) {
                    0 => Fault::Latency(Duration::from_millis(dice.random_range(5..60))),
                    1 => Fault::Slices(4_096),
                    2 => Fault::Reset,
                    3 => Fault::Cut(dice.random_range(1..20_000)),
                    4 => Fault::BlackHole(hole),
                    // And none lasts for ever, so that there are new ones to be spoilt.
                    _ => Fault::Cut(dice.random_range(20_000..400_000)),
                };
                let fault = match is_bad.load(Ordering::Relaxed) {
                    true => fault,
                    false => Fault::None,
                };
                if !matches!(fault, Fault::None) {
                    *counted.lock().expect("nobody panics with it") += 1;
                }
                // A connection that breaks is what this is for.
                let target = leads_to.lock().expect("nobody panics with it").clone();
                tokio::spawn(carry(client, target, fault));
            }
        });
        Proxy {
            port,
            target,
            spoils,
            spoilt,
        }
    }

    /// New connections go there from now on.
    pub fn lead_to(&self, target: Target) {
        *self.target.lock().expect("nobody panics with it") = target;
    }

    /// From now on new connections are spoilt, half of them soon.
    pub fn spoil(&self) {
        self.spoils.store(true, Ordering::Relaxed);
    }

    /// Connections that something was done to.
    pub fn spoilt(&self) -> usize {
        *self.spoilt.lock().expect("nobody panics with it")
    }
}

async fn carry(client: TcpStream, target: Target, fault: Fault) -> std::io::Result<()> {
    match fault {
        Fault::Reset => return client.set_zero_linger(),
        Fault::BlackHole(time) => {
            tokio::time::sleep(time).await;
            return Ok(());
        }
        _ => {}
    }
    client.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    match target {
        Target::Tcp(address) => {
            let (from_server, to_server) = TcpStream::connect(address).await?.into_split();
            both_ways(from_client, to_server, from_server, to_client, fault).await
        }
        Target::Unix(path) => {
            let (from_server, to_server) = UnixStream::connect(path).await?.into_split();
            both_ways(from_client, to_server, from_server, to_client, fault).await
        }
    }
}

async fn both_ways(
    from_client: impl AsyncRead + Unpin,
    to_server: impl AsyncWrite + Unpin,
    from_server: impl AsyncRead + Unpin,
    to_client: impl AsyncWrite + Unpin,
    fault: Fault,
) -> std::io::Result<()> {
    tokio::select! {
        done = copy(from_client, to_server, Fault::None) => done,
        done = copy(from_server, to_client, fault) => done,
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    fault: Fault,
) -> std::io::Result<()> {
    let mut piece = vec![0; 16_384];
    let mut carried = 0;
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        match fault {
            Fault::Latency(time) => {
                tokio::time::sleep(time).await;
                to.write_all(&piece[..length]).await?;
            }
            Fault::Slices(most) if carried < most => {
                for byte in piece[..length].chunks(1) {
                    to.write_all(byte).await?;
                    tokio::task::yield_now().await;
                }
            }
            Fault::Cut(most) if carried + length > most => {
                to.write_all(&piece[..most - carried]).await?;
                return Ok(());
            }
            _ => to.write_all(&piece[..length]).await?,
        }
        carried += length;
    }
}
