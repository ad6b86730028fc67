//! The settings that say which model to ask (`AUTODECK_LLM…`), read without asking the network.

use std::path::{Path, PathBuf};

use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::Provider;
use super::local::{KnownModel, LocalFault, ModelFile};

/// Where Ollama listens unless `OLLAMA_HOST` says otherwise.
const OLLAMA_PORT: u16 = 11_434;

/// Which model to ask, as far as the environment says it.
#[derive(Debug, Clone)]
pub struct LlmSettings {
    /// Who was chosen, and by which setting. `None`: Ollama if it listens, else the built-in model.
    pub(super) chosen: Option<(Provider, String)>,
    /// Set only where it differs from the provider's own.
    pub(super) base_url: Option<Url>,
    pub(super) key: Option<SecretString>,
    pub(super) model: Option<String>,
    pub(super) pro_model: Option<String>,
    /// Merged into each request: an object.
    pub(super) extra: Value,
    /// Ollama's API in OpenAI's format.
    pub(super) ollama_url: Url,
    /// `AUTODECK_LOCAL_MODEL`: a file of the operator's for the built-in model.
    local_path: Option<PathBuf>,
    /// Where known models are kept.
    models: PathBuf,
}

impl LlmSettings {
    /// Reads the settings through `lookup`; what cannot be used is added to `problems`, a sentence each, and then the
    /// value must not be used. A blank variable counts as unset.
    pub fn from_env(
        lookup: &impl Fn(&str) -> Option<String>,
        problems: &mut Vec<String>,
    ) -> LlmSettings {
        let get = |name: &str| {
            lookup(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let base_url = get("AUTODECK_LLM_BASE_URL").and_then(|text| {
            let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            if url.is_none() {
                problems.push(
                    "AUTODECK_LLM_BASE_URL is not an http or https address, such as http://127.0.0.1:8090/v1.".to_owned(),
                );
            }
            url.map(with_api_path)
        });
        let named = get("AUTODECK_LLM").and_then(|name| {
            let provider = provider_of_name(&name, base_url.as_ref());
            if provider.is_none() {
                problems.push(format!(
                    "AUTODECK_LLM is \"{name}\"; it may be openai, anthropic or local."
                ));
            }
            provider.map(|provider| (provider, format!("AUTODECK_LLM={name}")))
        });
        let own_key = get("AUTODECK_LLM_API_KEY");
        let chosen = named.or_else(|| match &base_url {
            _ if get("AUTODECK_LLM").is_some() => None,
            Some(url) => Some((
                provider_of_address(url),
                "AUTODECK_LLM_BASE_URL is set".to_owned(),
            )),
            None => Provider::BY_KEY.into_iter().find_map(|provider| {
                let variable = provider.key_variable()?;
                get(variable).map(|_| (provider, format!("{variable} is set")))
            }),
        });
        if chosen.is_none()
            && own_key.is_some()
            && get("AUTODECK_LLM").is_none()
            && get("AUTODECK_LLM_BASE_URL").is_none()
        {
            problems.push(
                "AUTODECK_LLM_API_KEY is set, but not whose key it is: set AUTODECK_LLM to openai or anthropic, or \
                 AUTODECK_LLM_BASE_URL."
                    .to_owned(),
            );
        }

        let key = chosen.as_ref().and_then(|(provider, _)| {
            // A provider's own key never goes to another address.
            let theirs = || get(provider.key_variable()?).filter(|_| is_home(*provider, base_url.as_ref()));
            let key = own_key.or_else(theirs);
            if key.as_ref().is_some_and(|key| HeaderValue::from_str(key).is_err()) {
                problems.push("The key of the model provider holds characters that no key has (a line break?).".to_owned());
            }
            let needed = provider.key_variable().filter(|_| is_home(*provider, base_url.as_ref()));
            if let (None, Some(variable)) = (&key, needed) {
                problems.push(format!("{provider} needs a key: set AUTODECK_LLM_API_KEY or {variable}."));
            }
            key.map(SecretString::from)
        });

        LlmSettings {
            chosen,
            base_url,
            key,
            model: get("AUTODECK_LLM_MODEL"),
            pro_model: get("AUTODECK_LLM_PRO_MODEL"),
            extra: read_extra(get("AUTODECK_LLM_EXTRA"), problems),
            ollama_url: ollama_url(get("OLLAMA_HOST").as_deref(), problems),
            local_path: get("AUTODECK_LOCAL_MODEL").map(PathBuf::from),
            models: PathBuf::from("models"),
        }
    }

    /// Keeps the files of the built-in model in `data_dir`.
    pub fn keep_models_in(&mut self, data_dir: &Path) {
        self.models = data_dir.join("models");
    }

    /// The folder of known models.
    pub fn models(&self) -> &Path {
        &self.models
    }

    /// The file of the built-in model: the operator's own, else the known one that `AUTODECK_LLM_MODEL` names, else the
    /// default.
    ///
    /// # Errors
    /// When there is no known model of that name.
    pub fn local_file(&self) -> Result<ModelFile, LocalFault> {
        if let Some(path) = &self.local_path {
            return Ok(ModelFile::Own(path.clone()));
        }
        // The name means something else to other providers, so it counts only where this one was asked for.
        let is_asked = matches!(self.chosen, Some((Provider::Local, _)));
        let model = match self.model.as_deref().filter(|_| is_asked) {
            None => KnownModel::default_model(),
            Some(name) => {
                KnownModel::named(name).ok_or_else(|| LocalFault::Unknown(name.to_owned()))?
            }
        };
        Ok(ModelFile::Known {
            model,
            folder: self.models.clone(),
        })
    }

    /// `Bearer …`, marked so that no log shows it.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        self.key
            .as_ref()
            .and_then(|key| secret_header(&format!("Bearer {}", key.expose_secret())))
    }

    /// The bare key as a header, marked so that no log shows it.
    pub(super) fn bare_key(&self) -> Option<HeaderValue> {
        self.key
            .as_ref()
            .and_then(|key| secret_header(key.expose_secret()))
    }
}

fn secret_header(value: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(value).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn provider_of_name(name: &str, base_url: Option<&Url>) -> Option<Provider> {
    Some(match name.to_ascii_lowercase().as_str() {
        // Any endpoint that speaks OpenAI's format; whose it is shows in its address.
        "openai" => base_url.map_or(Provider::OpenAi, Provider::of_compatible_address),
        "anthropic" => Provider::Anthropic,
        "groq" => Provider::Groq,
        "openrouter" => Provider::OpenRouter,
        "ollama" => Provider::Ollama,
        "local" => Provider::Local,
        _ => return None,
    })
}

fn provider_of_address(url: &Url) -> Provider {
    match is_home(Provider::Anthropic, Some(url)) {
        true => Provider::Anthropic,
        false => Provider::of_compatible_address(url),
    }
}

/// Whether requests go to the provider's own host.
fn is_home(provider: Provider, base_url: Option<&Url>) -> bool {
    let home = provider
        .default_base_url()
        .and_then(|home| Url::parse(home).ok());
    base_url.is_none_or(|url| home.is_some_and(|home| home.host_str() == url.host_str()))
}

/// `http://host:port` alone means its `/v1`: every server of this format has it there.
fn with_api_path(mut url: Url) -> Url {
    if url.path() == "/" {
        url.set_path("/v1");
    }
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn read_extra(text: Option<String>, problems: &mut Vec<String>) -> Value {
    let Some(text) = text else {
        return json!({});
    };
    let Ok(Value::Object(extra)) = serde_json::from_str(&text) else {
        problems.push(
            "AUTODECK_LLM_EXTRA is not a JSON object, such as {\"temperature\": 0.7}.".to_owned(),
        );
        return json!({});
    };
    for name in ["messages", "model", "stream", "system"]
        .into_iter()
        .filter(|name| extra.contains_key(*name))
    {
        problems.push(format!(
            "AUTODECK_LLM_EXTRA may not set \"{name}\": AutoDeck sets it itself."
        ));
    }
    Value::Object(extra)
}

/// `OLLAMA_HOST` as Ollama reads it: `host`, `host:port`, `:port` or a whole address.
fn ollama_url(host: Option<&str>, problems: &mut Vec<String>) -> Url {
    let default =
        || Url::parse(&format!("http://127.0.0.1:{OLLAMA_PORT}/v1")).expect("a fixed address");
    let Some(host) = host else {
        return default();
    };
    let whole = match host {
        _ if host.contains("://") => host.to_owned(),
        _ if host.starts_with(':') => format!("http://127.0.0.1{host}"),
        _ => format!("http://{host}"),
    };
    let Ok(mut url) = Url::parse(&whole) else {
        problems.push("OLLAMA_HOST is not a host, such as 127.0.0.1:11434.".to_owned());
        return default();
    };
    // A server listens on all addresses; a client needs one of them.
    if matches!(url.host_str(), Some("0.0.0.0" | "[::]")) {
        let _ = url.set_host(Some("127.0.0.1"));
    }
    if url.port().is_none() && !host.contains("://") {
        let _ = url.set_port(Some(OLLAMA_PORT));
    }
    with_api_path(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(env: &[(&str, &str)]) -> (LlmSettings, Vec<String>) {
        let mut problems = Vec::new();
        let lookup = |name: &str| {
            env.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let settings = LlmSettings::from_env(&lookup, &mut problems);
        (settings, problems)
    }

    fn provider(env: &[(&str, &str)]) -> Option<Provider> {
        let (settings, problems) = read(env);
        assert_eq!(problems, Vec::<String>::new(), "{env:?}");
        settings.chosen.map(|(provider, _)| provider)
    }

    #[test]
    fn the_first_provider_whose_key_is_set_is_chosen() {
        assert_eq!(provider(&[]), None);
        assert_eq!(
            provider(&[("GROQ_API_KEY", "k"), ("OPENROUTER_API_KEY", "k")]),
            Some(Provider::Groq)
        );
        assert_eq!(
            provider(&[("ANTHROPIC_API_KEY", "k"), ("GROQ_API_KEY", "k")]),
            Some(Provider::Anthropic)
        );
        assert_eq!(
            provider(&[("OPENAI_API_KEY", " "), ("OPENROUTER_API_KEY", "k")]),
            Some(Provider::OpenRouter)
        );
    }

    #[test]
    fn a_name_goes_before_a_key_and_an_address_tells_who_it_is() {
        let key = ("OPENAI_API_KEY", "k");
        assert_eq!(
            provider(&[key, ("AUTODECK_LLM", "local")]),
            Some(Provider::Local)
        );
        let at = |url| [("AUTODECK_LLM", "openai"), ("AUTODECK_LLM_BASE_URL", url)];
        assert_eq!(
            provider(&at("http://127.0.0.1:8090/v1")),
            Some(Provider::Compatible)
        );
        assert_eq!(
            provider(&at("http://127.0.0.1:11434")),
            Some(Provider::Ollama)
        );
        let anthropic = [
            ("AUTODECK_LLM_BASE_URL", "https://api.anthropic.com"),
            ("ANTHROPIC_API_KEY", "k"),
        ];
        assert_eq!(provider(&anthropic), Some(Provider::Anthropic));
    }

    #[test]
    fn a_providers_own_key_goes_to_no_other_address() {
        let foreign = [
            ("AUTODECK_LLM", "openai"),
            ("AUTODECK_LLM_BASE_URL", "https://gateway.example/v1"),
            ("OPENAI_API_KEY", "sk-secret"),
        ];
        assert!(read(&foreign).0.key.is_none());
        let home = read(&[
            ("AUTODECK_LLM_BASE_URL", "https://api.groq.com/openai/v1"),
            ("GROQ_API_KEY", "k"),
        ])
        .0;
        assert_eq!(home.bearer().unwrap(), "Bearer k");
    }

    #[test]
    fn a_key_shows_in_no_debug_text() {
        let (settings, _) = read(&[("OPENAI_API_KEY", "sk-secret")]);
        let shown = format!(
            "{settings:?} {:?} {:?}",
            settings.bearer(),
            settings.bare_key()
        );
        assert!(!shown.contains("sk-secret"), "{shown}");
    }

    #[test]
    fn all_problems_are_listed_at_once() {
        let (_, problems) = read(&[
            ("AUTODECK_LLM", "gemini"),
            ("AUTODECK_LLM_BASE_URL", "127.0.0.1:8090"),
            (
                "AUTODECK_LLM_EXTRA",
                "{\"stream\": false, \"messages\": []}",
            ),
            ("OLLAMA_HOST", "http://"),
        ]);
        let names = [
            "AUTODECK_LLM_BASE_URL",
            "AUTODECK_LLM ",
            "\"messages\"",
            "\"stream\"",
            "OLLAMA_HOST",
        ];
        assert_eq!(problems.len(), names.len(), "{problems:#?}");
        for (problem, name) in problems.iter().zip(names) {
            assert!(problem.contains(name), "{problem} should name {name}");
        }
        for env in [
            [("AUTODECK_LLM", "anthropic")],
            [("AUTODECK_LLM", "openai")],
            [("AUTODECK_LLM_API_KEY", "k")],
            [("AUTODECK_LLM_EXTRA", "[]")],
        ] {
            assert_eq!(read(&env).1.len(), 1, "{env:?}: {:?}", read(&env).1);
        }
        assert_eq!(
            read(&[
                ("AUTODECK_LLM", "anthropic"),
                ("AUTODECK_LLM_API_KEY", "a\nb")
            ])
            .1
            .len(),
            1
        );
    }

    #[test]
    fn ollamas_host_is_read_as_ollama_reads_it() {
        for (host, url) in [
            (None, "http://127.0.0.1:11434/v1"),
            (Some("0.0.0.0"), "http://127.0.0.1:11434/v1"),
            (Some("gpu-box"), "http://gpu-box:11434/v1"),
            (Some("gpu-box:8000"), "http://gpu-box:8000/v1"),
            (Some(":8000"), "http://127.0.0.1:8000/v1"),
            (Some("https://ollama.example"), "https://ollama.example/v1"),
        ] {
            let mut problems = Vec::new();
            assert_eq!(ollama_url(host, &mut problems).as_str(), url);
            assert!(problems.is_empty());
        }
    }
}
