//! A model server for tests: real HTTP and real recorded answers, but no model.
//!
//! It speaks OpenAI's `/v1/chat/completions` and Anthropic's `/v1/messages`, both streaming. The first request for a
//! recorded topic gets the recording; later ones, and other topics, get cards made up by counting, so that a deck never
//! ends. [`ModelServer::answer_next`] puts a scripted [`Reply`] before all that: statuses, faults, odd wire formats.
//!
//! A test binary takes it in by its path, and says that it leaves some of it unused:
//! ```ignore
//! #[path = "../model_server/mod.rs"]
//! #[expect(dead_code, reason = "each test binary uses a part")]
//! mod model_server;
//! ```
//! By hand: `cargo run --example replay-model -- --port 8099 --speed 1`.

mod counting;
mod recording;
mod reply;
mod serve;
mod wire;

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use autodeck::clock::Clock;
use autodeck::llm::{self, LanguageModel, LlmSettings, RetryPolicy, Surroundings, Timeouts};
use axum::http::HeaderMap;
use chrono::DateTime;
use futures::FutureExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use recording::Recording;
pub use reply::{Frame, Reply};

/// What the server does with requests that no reply was put in for.
#[derive(Clone)]
pub struct Script {
    /// Streams to replay, each for the first request of its topic.
    pub recordings: Vec<Recording>,
    /// Pace of recordings: 1 as recorded, 2 twice as fast, 0 at once.
    pub speed: f64,
    /// From a request to the first token of a made-up answer.
    pub first_token: Duration,
    /// Pace of made-up answers; 0: at once.
    pub tokens_per_second: f64,
    /// Models that `/v1/models` lists; with none it answers 404.
    pub models: Vec<String>,
    /// Requests without this key get 401.
    pub key: Option<String>,
}

impl Default for Script {
    /// Everything at once.
    fn default() -> Script {
        Script {
            recordings: Recording::all(),
            speed: 0.0,
            first_token: Duration::ZERO,
            tokens_per_second: 0.0,
            models: vec!["replay".to_owned()],
            key: None,
        }
    }
}

/// A running server. Clones are the same server, which stops with the last of them.
#[derive(Clone)]
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    _stop_with_the_last: Arc<DropGuard>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// `/v1/chat/completions` or `/v1/messages`.
    pub path: String,
    pub headers: HeaderMap,
    /// The JSON body; null if it was none.
    pub body: Value,
    pub at: Instant,
}

/// When the last byte of a card's `</card>` was handed to the network.
#[derive(Debug, Clone)]
pub struct CardStamp {
    /// Which request, counted from 0 in the order of [`ModelServer::requests`].
    pub request: usize,
    /// Which card of that answer, counted from 0.
    pub card: usize,
    /// What stands between `<question>` and `</question>`, as sent.
    pub question: String,
    pub at: Instant,
}

struct Shared {
    script: Script,
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<Received>>,
    stamps: Mutex<Vec<CardStamp>>,
    /// Topics whose recording has been played.
    played: Mutex<HashSet<String>>,
    /// The last number that a made-up card asked about.
    counted: Mutex<u64>,
    /// Clients that went away in the middle of an answer.
    hang_ups: watch::Sender<usize>,
}

impl ModelServer {
    /// A server on a free port of the loopback address.
    pub async fn start(script: Script) -> ModelServer {
        ModelServer::start_at(0, script).await.expect("a free port")
    }

    /// A server on this port; fails if it is taken.
    pub async fn start_at(port: u16, script: Script) -> std::io::Result<ModelServer> {
        let shared = Arc::new(Shared {
            script,
            replies: Mutex::default(),
            requests: Mutex::default(),
            stamps: Mutex::default(),
            played: Mutex::default(),
            counted: Mutex::new(counting::FIRST - 1),
            hang_ups: watch::Sender::new(0),
        });
        let stop = CancellationToken::new();
        let address = serve::spawn(port, Arc::clone(&shared), stop.clone()).await?;
        Ok(ModelServer {
            address,
            shared,
            _stop_with_the_last: Arc::new(stop.drop_guard()),
        })
    }

    /// For `AUTODECK_LLM_BASE_URL`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The next request that no earlier call has taken is answered so.
    pub fn answer_next(&self, reply: Reply) {
        self.shared.replies.lock().unwrap().push_back(reply);
    }

    /// All requests for text so far, in order.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The cards sent so far, in the order of their last bytes.
    pub fn stamps(&self) -> Vec<CardStamp> {
        self.shared.stamps.lock().unwrap().clone()
    }

    /// Waits until so many clients in all have gone away in the middle of an answer; panics after five seconds.
    pub async fn hang_ups(&self, wanted: usize) {
        let mut seen = self.shared.hang_ups.subscribe();
        let gone = seen.wait_for(|count| *count >= wanted);
        tokio::time::timeout(Duration::from_secs(5), gone)
            .await
            .expect("a client that hangs up")
            .expect("the server holds the sender");
    }

    /// AutoDeck's own OpenAI client for this server, which tries again without a pause.
    pub fn client(&self) -> Arc<dyn LanguageModel> {
        self.client_with(&[], Timeouts::default())
    }

    /// AutoDeck's own client for this server with these settings before the usual ones.
    pub fn client_with(
        &self,
        settings: &[(&str, &str)],
        timeouts: Timeouts,
    ) -> Arc<dyn LanguageModel> {
        let usual = [
            ("AUTODECK_LLM", "openai".to_owned()),
            ("AUTODECK_LLM_BASE_URL", self.base_url()),
            ("AUTODECK_LLM_API_KEY", "test-key".to_owned()),
            ("AUTODECK_LLM_MODEL", "replay".to_owned()),
        ];
        let set = |name: &str| {
            settings
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let default = |name: &str| {
            usual
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.clone())
        };
        let mut problems = Vec::new();
        let settings = LlmSettings::from_env(
            &|name: &str| set(name).or_else(|| default(name)),
            &mut problems,
        );
        assert_eq!(problems, Vec::<String>::new());
        let chosen = llm::choose(&settings, surroundings(timeouts))
            .now_or_never()
            .expect("a set model leaves no question for the network");
        chosen.model.expect("a model was set")
    }
}

/// Fixed time and dice, and retries without a pause.
pub fn surroundings(timeouts: Timeouts) -> Surroundings {
    Surroundings {
        clock: Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).expect("a valid time")),
        dice: ChaCha8Rng::seed_from_u64(7),
        timeouts,
        retry: RetryPolicy {
            base: Duration::ZERO,
            ..RetryPolicy::default()
        },
    }
}
