//! Switching a model's thinking off, or down, where there is a switch.
//!
//! A thought delays the first card and costs tokens; short facts do not need it. Models that never think reject the
//! switch, so it is sent to families that are known to have it only. A family that has changed since then answers 400
//! and names the option, and the request goes out again without it.

use serde_json::{Value, json};

use super::Provider;

/// Tokens added to the limit of a model that can only think less: its thoughts count as output.
pub(super) const THOUGHT_TOKENS: u32 = 1_024;

/// How a model is kept from thinking.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Thinking {
    /// It does not think unless asked.
    Never,
    /// These options switch it off.
    Off(Value),
    /// These options make it think as little as it can.
    Little(Value),
}

impl Thinking {
    /// For an endpoint that speaks OpenAI's format; `own_machine`: a person runs it themselves.
    pub fn of_compatible(provider: Provider, model: &str, own_machine: bool) -> Thinking {
        match provider {
            Provider::OpenAi => openai(model),
            Provider::Groq => groq(model),
            // One switch for all that pass through it; "mandatory" reasoning is a 400 that names it.
            Provider::OpenRouter => Thinking::Off(json!({"reasoning": {"enabled": false}})),
            // Ollama lets capable models think unless told otherwise, and takes this from all of them.
            Provider::Ollama => Thinking::Off(json!({"reasoning_effort": "none"})),
            // vLLM and llama.cpp hand this to the model's own template, which looks only at what it knows.
            Provider::Compatible if own_machine => {
                Thinking::Off(json!({"chat_template_kwargs": {"enable_thinking": false}}))
            }
            Provider::Compatible | Provider::Anthropic | Provider::Local => Thinking::Never,
        }
    }

    /// For Claude. Up to 4.x and in Opus 4.7 and 4.8 thinking is off unless asked for; from 5 on it is on, and each
    /// model has its own least.
    pub fn of_claude(model: &str) -> Thinking {
        let disabled = || Thinking::Off(json!({"thinking": {"type": "disabled"}}));
        let family = |name: &str| {
            model
                .strip_prefix("claude-")
                .and_then(|rest| rest.strip_prefix(name))
        };
        if family("sonnet-5-5").is_some() {
            // Refuses `disabled`; without tools there is nothing to think between.
            return Thinking::Off(json!({"thinking": {"type": "between_tools"}}));
        }
        if ["opus-5-5", "fable", "mythos"]
            .into_iter()
            .any(|name| family(name).is_some())
        {
            return Thinking::Little(json!({"output_config": {"effort": "low"}}));
        }
        if ["haiku-5", "sonnet-5", "opus-5"]
            .into_iter()
            .any(|name| family(name).is_some())
        {
            return disabled();
        }
        Thinking::Never
    }

    /// The options to send, if any.
    pub fn options(&self) -> Option<&Value> {
        match self {
            Thinking::Never => None,
            Thinking::Off(options) | Thinking::Little(options) => Some(options),
        }
    }

    /// The limit that leaves `max_tokens` for the answer.
    pub fn limit(&self, max_tokens: u32) -> u32 {
        match self {
            Thinking::Little(_) => max_tokens.saturating_add(THOUGHT_TOKENS),
            Thinking::Never | Thinking::Off(_) => max_tokens,
        }
    }
}

fn openai(model: &str) -> Thinking {
    let effort = |word: &str| json!({"reasoning_effort": word});
    if ["o1", "o3", "o4"]
        .into_iter()
        .any(|family| model.starts_with(family))
    {
        return Thinking::Little(effort("low"));
    }
    let Some(version) = model.strip_prefix("gpt-") else {
        return Thinking::Never;
    };
    // The chat variants do not think; pro and codex do nothing else, each with a least of its own.
    if ["chat", "pro", "codex"]
        .into_iter()
        .any(|variant| version.contains(variant))
    {
        return Thinking::Never;
    }
    match version.bytes().next() {
        Some(b'5') if version.starts_with("5.") => Thinking::Off(effort("none")),
        Some(b'5') => Thinking::Little(effort("minimal")),
        Some(b'6'..=b'9') => Thinking::Off(effort("none")),
        _ => Thinking::Never,
    }
}

fn groq(model: &str) -> Thinking {
    if model.contains("gpt-oss") {
        Thinking::Little(json!({"reasoning_effort": "low"}))
    } else if model.contains("qwen3") {
        Thinking::Off(json!({"reasoning_effort": "none"}))
    } else {
        Thinking::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_sent_only_to_families_that_have_it() {
        let sent = |provider, model| {
            Thinking::of_compatible(provider, model, false)
                .options()
                .map(Value::to_string)
                .unwrap_or_default()
        };
        for (provider, model, options) in [
            (Provider::OpenAi, "gpt-4.1-mini", ""),
            (
                Provider::OpenAi,
                "gpt-5-mini",
                r#"{"reasoning_effort":"minimal"}"#,
            ),
            (
                Provider::OpenAi,
                "gpt-5.6-luna",
                r#"{"reasoning_effort":"none"}"#,
            ),
            (
                Provider::OpenAi,
                "gpt-6-luna",
                r#"{"reasoning_effort":"none"}"#,
            ),
            (Provider::OpenAi, "gpt-5.2-chat-latest", ""),
            (Provider::OpenAi, "gpt-5-pro", ""),
            (Provider::OpenAi, "o4-mini", r#"{"reasoning_effort":"low"}"#),
            (
                Provider::Groq,
                "openai/gpt-oss-120b",
                r#"{"reasoning_effort":"low"}"#,
            ),
            (
                Provider::Groq,
                "qwen/qwen3.6-27b",
                r#"{"reasoning_effort":"none"}"#,
            ),
            (Provider::Groq, "llama-3.3-70b-versatile", ""),
            (
                Provider::Ollama,
                "qwen3:4b",
                r#"{"reasoning_effort":"none"}"#,
            ),
            (
                Provider::OpenRouter,
                "z-ai/glm-5",
                r#"{"reasoning":{"enabled":false}}"#,
            ),
            (Provider::Compatible, "mistral-small", ""),
        ] {
            assert_eq!(sent(provider, model), options, "{provider:?} {model}");
        }
    }

    #[test]
    fn each_claude_gets_the_least_thinking_it_accepts() {
        for (model, options) in [
            ("claude-haiku-4-5", ""),
            ("claude-opus-4-8", ""),
            ("claude-haiku-5-5", r#"{"thinking":{"type":"disabled"}}"#),
            ("claude-opus-5", r#"{"thinking":{"type":"disabled"}}"#),
            ("claude-sonnet-5", r#"{"thinking":{"type":"disabled"}}"#),
            (
                "claude-sonnet-5-5",
                r#"{"thinking":{"type":"between_tools"}}"#,
            ),
            ("claude-opus-5-5", r#"{"output_config":{"effort":"low"}}"#),
            ("claude-fable-5-1", r#"{"output_config":{"effort":"low"}}"#),
        ] {
            let thinking = Thinking::of_claude(model);
            assert_eq!(
                thinking.options().map(Value::to_string).unwrap_or_default(),
                options,
                "{model}"
            );
        }
    }

    #[test]
    fn a_model_that_thinks_a_little_has_room_for_it() {
        assert_eq!(Thinking::Never.limit(900), 900);
        assert_eq!(Thinking::Little(json!({})).limit(900), 900 + THOUGHT_TOKENS);
    }
}
