//! Who runs a model: names, addresses, keys and the model that is asked when none is set.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Who runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// OpenAI itself.
    OpenAi,
    /// Anthropic's Messages API.
    Anthropic,
    /// Groq.
    Groq,
    /// OpenRouter.
    OpenRouter,
    /// Ollama, on this machine or another.
    Ollama,
    /// Any other endpoint that speaks OpenAI's `/chat/completions` (vLLM, llama.cpp server, a gateway).
    Compatible,
    /// The built-in model.
    Local,
}

impl Provider {
    /// The providers whose key alone is enough to choose them, in the order in which they are looked for.
    pub const BY_KEY: [Provider; 4] = [
        Provider::OpenAi,
        Provider::Anthropic,
        Provider::Groq,
        Provider::OpenRouter,
    ];

    /// The name that people know.
    pub fn label(self) -> &'static str {
        match self {
            Provider::OpenAi => "OpenAI",
            Provider::Anthropic => "Anthropic",
            Provider::Groq => "Groq",
            Provider::OpenRouter => "OpenRouter",
            Provider::Ollama => "Ollama",
            Provider::Compatible => "the model server",
            Provider::Local => "the built-in model",
        }
    }

    /// The variable in which the provider's own programs look for a key.
    pub(super) fn key_variable(self) -> Option<&'static str> {
        match self {
            Provider::OpenAi => Some("OPENAI_API_KEY"),
            Provider::Anthropic => Some("ANTHROPIC_API_KEY"),
            Provider::Groq => Some("GROQ_API_KEY"),
            Provider::OpenRouter => Some("OPENROUTER_API_KEY"),
            Provider::Ollama | Provider::Compatible | Provider::Local => None,
        }
    }

    /// Where the provider's API is.
    pub(super) fn default_base_url(self) -> Option<&'static str> {
        match self {
            Provider::OpenAi => Some("https://api.openai.com/v1"),
            Provider::Anthropic => Some("https://api.anthropic.com"),
            Provider::Groq => Some("https://api.groq.com/openai/v1"),
            Provider::OpenRouter => Some("https://openrouter.ai/api/v1"),
            Provider::Ollama => Some("http://127.0.0.1:11434/v1"),
            Provider::Compatible | Provider::Local => None,
        }
    }

    /// The cheap, quick model of each provider (November 2026). Models are withdrawn after a year or so, and then
    /// [`super::ModelErrorKind::NotFound`] tells the reader to set `AUTODECK_LLM_MODEL`.
    pub(super) fn default_model(self) -> Option<&'static str> {
        match self {
            Provider::OpenAi => Some("gpt-5.6-luna"),
            Provider::Anthropic => Some("claude-haiku-5-5"),
            Provider::Groq => Some("openai/gpt-oss-120b"),
            Provider::OpenRouter => Some("openai/gpt-5.6-luna"),
            Provider::Ollama | Provider::Compatible | Provider::Local => None,
        }
    }

    /// Who answers at an address that speaks OpenAI's format.
    pub(super) fn of_compatible_address(url: &Url) -> Provider {
        match url.host_str().unwrap_or_default() {
            "api.openai.com" => Provider::OpenAi,
            "api.groq.com" => Provider::Groq,
            "openrouter.ai" => Provider::OpenRouter,
            _ if url.port() == Some(11434) => Provider::Ollama,
            _ => Provider::Compatible,
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Whether an address is this machine's or a private network's, where a person runs the server themselves.
pub(super) fn is_private_address(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        // `localhost`, a container's name, a name of the local network.
        Err(_) => {
            !host.contains('.')
                || [".local", ".internal", ".lan", ".localhost"]
                    .iter()
                    .any(|end| host.ends_with(end))
        }
    }
}

/// Whether an address is this machine's own: no proxy stands before it.
pub(super) fn is_loopback_address(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_who_answers_there() {
        for (address, provider) in [
            ("https://api.openai.com/v1", Provider::OpenAi),
            ("https://api.groq.com/openai/v1", Provider::Groq),
            ("https://openrouter.ai/api/v1", Provider::OpenRouter),
            ("http://gpu-box:11434/v1", Provider::Ollama),
            ("http://127.0.0.1:8090/v1", Provider::Compatible),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(Provider::of_compatible_address(&url), provider, "{address}");
        }
    }

    #[test]
    fn own_machines_are_told_from_public_hosts() {
        for address in [
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "http://localhost",
            "http://vllm:8000",
            "http://10.1.2.3",
            "http://gpu.lan",
        ] {
            assert!(
                is_private_address(&Url::parse(address).unwrap()),
                "{address}"
            );
        }
        for address in [
            "https://api.mistral.ai/v1",
            "http://8.8.8.8",
            "https://[2606:4700::1]",
        ] {
            assert!(
                !is_private_address(&Url::parse(address).unwrap()),
                "{address}"
            );
        }
        assert!(is_loopback_address(&Url::parse("http://[::1]:1").unwrap()));
        assert!(!is_loopback_address(
            &Url::parse("http://10.1.2.3").unwrap()
        ));
    }
}
