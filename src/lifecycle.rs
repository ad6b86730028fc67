//! How the process ends: signals, the five seconds, the second Ctrl-C.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// From the signal to the end of the process, whatever happens (contract.md).
pub const GRACE: Duration = Duration::from_secs(5);

/// The share of [`GRACE`] in which polls are answered and streams reach their next card. The rest stops the database.
pub const GRACE_FOR_WORK: Duration = Duration::from_secs(3);

/// The shell's number for a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// The word that it is time to stop. Clones hear the same word; waiting polls and streams listen to it.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// One that only [`Shutdown::begin`] starts.
    pub fn new() -> Shutdown {
        Shutdown::default()
    }

    /// Begins at SIGTERM, SIGINT or SIGHUP (a closed terminal). A second signal ends the process at once, and so does the end of [`GRACE`].
    ///
    /// # Errors
    /// When the system refuses to hand signals over.
    pub fn on_signals() -> io::Result<Shutdown> {
        let shutdown = Shutdown::new();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let token = shutdown.token.clone();
        tokio::spawn(async move {
            let mut next = async || {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = hangup.recv() => {}
                }
            };
            next().await;
            tracing::info!("stopping; once more to stop at once");
            token.cancel();
            let cut = tokio::time::timeout(GRACE, next()).await;
            if cut.is_err() {
                tracing::warn!("not everything had ended in time; nothing acknowledged is lost");
            }
            std::process::exit(INTERRUPTED);
        });
        Ok(shutdown)
    }

    /// Says the word.
    pub fn begin(&self) {
        self.token.cancel();
    }

    /// Whether the word was said.
    pub fn has_begun(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits for the word.
    pub async fn begun(&self) {
        self.token.cancelled().await;
    }

    /// The word as tokio-util's own type, for `run_until_cancelled` and its like.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_hears_the_word() {
        let shutdown = Shutdown::new();
        let clone = shutdown.clone();
        assert!(!clone.has_begun());
        shutdown.begin();
        clone.begun().await;
        assert!(clone.has_begun());
    }
}
