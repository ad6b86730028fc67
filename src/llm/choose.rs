//! From settings to a model: the one place that decides which model writes the cards, and says why.

use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Url};
use tokio::sync::watch;

use super::anthropic::Anthropic;
use super::http_model::{Http, HttpModel, RetryPolicy, listed_models};
use super::local::{LocalFault, LocalModels, LocalState, Origins};
use super::openai::{OpenAi, join};
use super::provider::{is_loopback_address, is_private_address};
use super::settings::LlmSettings;
use super::thinking::Thinking;
use super::{LanguageModel, Provider, Timeouts};
use crate::clock::Clock;

/// How long a server may take to list its models at start. One on this machine needs milliseconds.
const LISTING: Duration = Duration::from_secs(1);
/// Servers on a person's own machine load the model at the first request and read the prompt slowly: the patience for
/// a first token is multiplied by this.
const OWN_MACHINE_PATIENCE: u32 = 3;

/// Time, chance and patience, handed in so that tests can shorten and fix them.
pub struct Surroundings {
    /// For a `Retry-After` that is a date.
    pub clock: Clock,
    /// For the spread of retries.
    pub dice: ChaCha8Rng,
    /// How long we wait for what.
    pub timeouts: Timeouts,
    /// How often we try.
    pub retry: RetryPolicy,
}

impl Surroundings {
    /// The machine's clock and dice, and the usual patience.
    pub fn real() -> Surroundings {
        // Retries are spread by it; nothing is decided.
        let seed = rand::random();
        Surroundings {
            clock: Clock::Wall,
            dice: ChaCha8Rng::seed_from_u64(seed),
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
        }
    }
}

/// What was decided.
#[derive(Clone)]
pub struct Chosen {
    /// The model of class *standard*; `None`: there is none, and `why` says what to do.
    pub model: Option<Arc<dyn LanguageModel>>,
    /// The model of class *pro*, if one is set.
    pub pro_model: Option<Arc<dyn LanguageModel>>,
    /// The file and the download of the built-in model, where that was chosen: [`Chosen::model`] is there before its
    /// file is.
    pub local: Option<LocalModels>,
    /// A sentence or two for the log at start and for `doctor`.
    pub why: String,
}

/// Decides. Asks the network only where the settings leave a question open: whether Ollama listens, or which model a
/// server of one's own has.
pub async fn choose(settings: &LlmSettings, surroundings: Surroundings) -> Chosen {
    let (provider, reason) = match &settings.chosen {
        Some((provider, reason)) => (*provider, reason.as_str()),
        None => (
            Provider::Ollama,
            "no provider's key is set and Ollama is listening",
        ),
    };
    if provider == Provider::Local {
        return local(settings, reason);
    }
    let base_url = base_url(provider, settings);
    let place = place(&base_url);
    let http = match http(&base_url, surroundings) {
        Ok(http) => Arc::new(http),
        Err(error) => {
            return Chosen::nothing(format!(
                "No model: secure connections cannot be set up ({error}). Install the package ca-certificates."
            ));
        }
    };

    let (model, note) = match settings.model.as_deref().or(provider.default_model()) {
        // Unasked, Ollama is chosen only if it is there.
        Some(model) if settings.chosen.is_some() => (model.to_owned(), ""),
        model => match (
            model.map(str::to_owned),
            list_models(&http.client, &base_url, settings.bearer()).await,
        ) {
            (Some(model), Some(_)) => (model, ""),
            (None, Some(listed)) => match writer(&listed) {
                Some(model) => (model, "It is the first that the server lists."),
                None if provider == Provider::Ollama => {
                    return Chosen::nothing(no_ollama_model(&place));
                }
                None => ("default".to_owned(), "The server lists no model."),
            },
            (_, None) if settings.chosen.is_none() && cfg!(feature = "local-model") => {
                return local(
                    settings,
                    &format!("no provider's key is set and Ollama does not answer at {place}"),
                );
            }
            (_, None) if settings.chosen.is_none() => return Chosen::nothing(nobody(&place)),
            (_, None) if provider == Provider::Ollama => {
                return Chosen::nothing(format!(
                    "No model: Ollama does not answer at {place}. Start it with `ollama serve`, or set AUTODECK_LLM_MODEL, \
                     and start again."
                ));
            }
            (_, None) => ("default".to_owned(), "The server does not list its models."),
        },
    };
    let mut why = format!("Model: {model} at {provider} ({place}), because {reason}.");
    if settings.model.is_none() {
        why.extend([" ", note].into_iter().filter(|_| !note.is_empty()));
        why.push_str(" Set AUTODECK_LLM_MODEL for another.");
    }
    let build = |model: String| build(provider, model, base_url.clone(), settings, &http);
    Chosen {
        model: Some(build(model)),
        pro_model: settings.pro_model.clone().map(build),
        local: None,
        why,
    }
}

impl Chosen {
    fn nothing(why: String) -> Chosen {
        Chosen {
            model: None,
            pro_model: None,
            local: None,
            why,
        }
    }

    /// Whether a model is there to write, now and later: the built-in one's file may come and go.
    pub fn ready(&self) -> watch::Receiver<bool> {
        match &self.local {
            Some(local) => local.ready(),
            None => watch::channel(self.model.is_some()).1,
        }
    }
}

/// The built-in model, whether its file is there or not.
fn local(settings: &LlmSettings, reason: &str) -> Chosen {
    if !cfg!(feature = "local-model") {
        return Chosen::nothing(format!("No model: {reason}. {}", LocalFault::NotBuilt));
    }
    let file = match settings.local_file() {
        Ok(file) => file,
        Err(fault) => return Chosen::nothing(format!("No model: {reason}. {fault}")),
    };
    let mut why = format!(
        "Model: {}, the built-in model, because {reason}.",
        file.name()
    );
    let local = LocalModels::new(file, Origins::default());
    if let LocalState::Missing(fault) = local.state() {
        why = format!("{why} {fault}");
    }
    Chosen {
        model: local.model(),
        pro_model: None,
        local: Some(local),
        why,
    }
}

fn base_url(provider: Provider, settings: &LlmSettings) -> Url {
    let default = || {
        let url = provider
            .default_base_url()
            .expect("only a server of one's own has no address, and it was set");
        Url::parse(url).expect("a fixed address")
    };
    match (&settings.base_url, provider) {
        (Some(url), _) => url.clone(),
        (None, Provider::Ollama) => settings.ollama_url.clone(),
        (None, _) => default(),
    }
}

fn build(
    provider: Provider,
    model: String,
    base_url: Url,
    settings: &LlmSettings,
    http: &Arc<Http>,
) -> Arc<dyn LanguageModel> {
    let extra = settings.extra.clone();
    if provider == Provider::Anthropic {
        let thinking = Thinking::of_claude(&model);
        let dialect = Anthropic {
            model,
            base_url,
            key: settings.bare_key(),
            thinking,
        };
        return HttpModel::shared(dialect, extra, Arc::clone(http));
    }
    let thinking = Thinking::of_compatible(provider, &model, is_private_address(&base_url));
    let dialect = OpenAi {
        provider,
        model,
        base_url,
        authorization: settings.bearer(),
        thinking,
    };
    HttpModel::shared(dialect, extra, Arc::clone(http))
}

fn http(base_url: &Url, surroundings: Surroundings) -> reqwest::Result<Http> {
    use_ring();
    let mut timeouts = surroundings.timeouts;
    if is_private_address(base_url) {
        timeouts.first_token *= OWN_MACHINE_PATIENCE;
    }
    let mut client = Client::builder()
        .connect_timeout(timeouts.connect)
        .user_agent(concat!("autodeck/", env!("CARGO_PKG_VERSION")))
        // Followed, a redirect would carry the key to whoever it names.
        .redirect(reqwest::redirect::Policy::none());
    if is_loopback_address(base_url) {
        client = client.no_proxy();
    }
    if base_url.scheme() == "http" {
        // No certificate is checked, so none need be installed.
        client = client.tls_certs_only([]);
    }
    Ok(Http {
        client: client.build()?,
        timeouts,
        retry: surroundings.retry,
        clock: surroundings.clock,
        dice: Mutex::new(surroundings.dice),
    })
}

/// Has TLS use ring, once a process; no client can be made before.
pub(crate) fn use_ring() {
    static CRYPTO: Once = Once::new();
    CRYPTO.call_once(|| {
        // Fails only if somebody else installed a provider first, and then there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// The models that a server lists, or `None` if it does not answer, or not so.
async fn list_models(
    client: &Client,
    base_url: &Url,
    bearer: Option<HeaderValue>,
) -> Option<Vec<String>> {
    let mut request = client.get(join(base_url, "models")).timeout(LISTING);
    if let Some(bearer) = bearer {
        request = request.header(AUTHORIZATION, bearer);
    }
    let response = request.send().await.ok()?.error_for_status().ok()?;
    Some(listed_models(&response.bytes().await.ok()?))
}

/// The first model that writes. Ollama lists the newest first.
fn writer(listed: &[String]) -> Option<String> {
    const OTHER_TRADES: [&str; 6] = ["embed", "minilm", "bge-", "rerank", "whisper", "tts"];
    let writes = |model: &&String| {
        !OTHER_TRADES
            .iter()
            .any(|trade| model.to_ascii_lowercase().contains(trade))
    };
    listed.iter().find(writes).cloned()
}

/// Host and port: an address may carry a password.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn nobody(place: &str) -> String {
    format!(
        "No model: no provider's key is set (OPENAI_API_KEY, ANTHROPIC_API_KEY, GROQ_API_KEY, OPENROUTER_API_KEY), Ollama \
         does not answer at {place}, and this build has no built-in model (`make run` makes one that has). Set one of the \
         keys, or start Ollama, and start again."
    )
}

fn no_ollama_model(place: &str) -> String {
    format!(
        "No model: Ollama answers at {place} but has no model. Get one with `ollama pull`, and start again."
    )
}
