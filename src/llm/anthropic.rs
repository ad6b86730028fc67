//! Anthropic's Messages API.

use reqwest::header::HeaderValue;
use reqwest::{RequestBuilder, Url};
use serde_json::{Value, json};

use super::answer::{Dialect, Piece, RefusedOptions, RequestOption, merge};
use super::error_report::ErrorReport;
use super::openai::join;
use super::thinking::Thinking;
use super::{ModelRequest, Provider, StopReason};

/// The version of the format that this file reads and writes.
const VERSION: &str = "2023-06-01";

/// One Claude model.
pub(super) struct Anthropic {
    pub model: String,
    /// The API's root, with or without `/v1`.
    pub base_url: Url,
    /// `None` only for gateways that add their own.
    pub key: Option<HeaderValue>,
    pub thinking: Thinking,
}

const OPTIONS: &[RequestOption] = &[
    RequestOption {
        name: "thinking",
        also_called: &[],
    },
    RequestOption {
        name: "output_config",
        also_called: &["effort"],
    },
];

impl Anthropic {
    fn endpoint(&self, path: &str) -> Url {
        match self.base_url.path().trim_end_matches('/').ends_with("/v1") {
            true => join(&self.base_url, path),
            false => join(&self.base_url, &format!("v1/{path}")),
        }
    }
}

impl Dialect for Anthropic {
    fn model(&self) -> &str {
        &self.model
    }

    fn provider(&self) -> Provider {
        Provider::Anthropic
    }

    fn url(&self) -> Url {
        self.endpoint("messages")
    }

    fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header("anthropic-version", VERSION);
        match &self.key {
            Some(key) => request.header("x-api-key", key),
            None => request,
        }
    }

    fn body(&self, request: &ModelRequest, refused: &RefusedOptions) -> Value {
        let mut body = json!({
            "model": self.model,
            "max_tokens": self.thinking.limit(request.max_tokens),
            "stream": true,
            // The rules are the same each time: the next request reads them from the cache at a tenth of the price.
            // A prefix below the model's least size is not cached, and that is no error.
            "system": [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": request.user}],
        });
        if let Some(options) = self.thinking.options() {
            merge(&mut body, options);
        }
        if let Value::Object(body) = &mut body {
            body.retain(|key, _| !refused.contains(key.as_str()));
        }
        body
    }

    fn options(&self) -> &'static [RequestOption] {
        OPTIONS
    }

    fn read(&self, data: &str) -> Option<Vec<Piece>> {
        let event: Value = serde_json::from_str(data).ok()?;
        let pieces = match event.get("type")?.as_str()? {
            "message_start" => usage(event.pointer("/message/usage")).into_iter().collect(),
            "content_block_start" => block(event.get("content_block")?).into_iter().collect(),
            "content_block_delta" => block(event.get("delta")?).into_iter().collect(),
            "message_delta" => {
                let reason = event.pointer("/delta/stop_reason").and_then(Value::as_str);
                usage(event.get("usage"))
                    .into_iter()
                    .chain(reason.into_iter().flat_map(stop))
                    .collect()
            }
            "message_stop" => vec![Piece::End],
            "error" => vec![Piece::Failure(ErrorReport::from_json(&event))],
            // `ping`, `content_block_stop`, and kinds to come.
            _ => Vec::new(),
        };
        Some(pieces)
    }

    fn check_url(&self) -> Url {
        self.endpoint(&format!("models/{}", self.model))
    }
}

/// Reads a block's start or one of its deltas.
fn block(block: &Value) -> Option<Piece> {
    let text = |key: &str| {
        block
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    match block.get("type")?.as_str()? {
        "text" | "text_delta" => text("text").map(Piece::Text),
        "thinking" | "thinking_delta" => text("thinking").map(Piece::Thought),
        // A summary may be left out and only the signature sent; it is no text, but the model is at work.
        "signature_delta" | "redacted_thinking" => Some(Piece::Thought(String::new())),
        _ => None,
    }
}

/// The counts are running totals; what came from the cache or went into it is told apart from the rest.
fn usage(usage: Option<&Value>) -> Option<Piece> {
    let usage = usage?;
    let count = |key: &str| usage.get(key).and_then(Value::as_u64);
    let tokens_in = count("input_tokens").map(|fresh| {
        let cached = ["cache_read_input_tokens", "cache_creation_input_tokens"];
        fresh + cached.into_iter().filter_map(count).sum::<u64>()
    });
    Some(Piece::Usage {
        tokens_in,
        tokens_out: count("output_tokens"),
    })
}

fn stop(reason: &str) -> Vec<Piece> {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => vec![Piece::Stop(StopReason::MaxTokens)],
        "refusal" => vec![Piece::Refusal, Piece::Stop(StopReason::Complete)],
        _ => vec![Piece::Stop(StopReason::Complete)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, base_url: &str) -> Anthropic {
        Anthropic {
            model: name.to_owned(),
            base_url: Url::parse(base_url).unwrap(),
            key: None,
            thinking: Thinking::of_claude(name),
        }
    }

    #[test]
    fn a_request_caches_the_rules_and_switches_thinking_off() {
        let request = ModelRequest {
            system: "rules".to_owned(),
            user: "Topic: R&D".to_owned(),
            max_tokens: 900,
            cards: 10,
        };
        let model = model("claude-haiku-5-5", "https://api.anthropic.com");
        let mut want = json!({
            "model": "claude-haiku-5-5",
            "max_tokens": 900,
            "stream": true,
            "system": [{"type": "text", "text": "rules", "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": "Topic: R&D"}],
            "thinking": {"type": "disabled"},
        });
        assert_eq!(model.body(&request, &RefusedOptions::new()), want);
        want.as_object_mut().unwrap().remove("thinking");
        assert_eq!(
            model.body(&request, &RefusedOptions::from(["thinking"])),
            want
        );
    }

    #[test]
    fn the_address_may_end_in_v1_or_not() {
        for base_url in [
            "https://a.example",
            "https://a.example/",
            "https://a.example/v1",
            "https://a.example/v1/",
        ] {
            assert_eq!(
                model("m", base_url).url().as_str(),
                "https://a.example/v1/messages"
            );
        }
    }

    #[test]
    fn events_of_every_known_kind_are_read() {
        let usage = |tokens_in, tokens_out| Piece::Usage {
            tokens_in,
            tokens_out,
        };
        for (data, pieces) in [
            (
                r#"{"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":90,"cache_creation_input_tokens":0,"output_tokens":1}}}"#,
                vec![usage(Some(95), Some(1))],
            ),
            (
                r#"{"type":"content_block_start","content_block":{"type":"text","text":""}}"#,
                vec![],
            ),
            (r#"{"type":"ping"}"#, vec![]),
            (
                r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}"#,
                vec![Piece::Text("a".to_owned())],
            ),
            (
                r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}}"#,
                vec![Piece::Thought("hm".to_owned())],
            ),
            (
                r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":7}}"#,
                vec![usage(None, Some(7)), Piece::Stop(StopReason::MaxTokens)],
            ),
            (
                r#"{"type":"message_delta","delta":{"stop_reason":"refusal"}}"#,
                vec![Piece::Refusal, Piece::Stop(StopReason::Complete)],
            ),
            (r#"{"type":"message_stop"}"#, vec![Piece::End]),
            (r#"{"type":"something_new","x":1}"#, vec![]),
        ] {
            assert_eq!(model("m", "http://a").read(data), Some(pieces), "{data}");
        }
        for nonsense in ["", "[DONE]", "{}", r#"{"type":"content_block_delta"}"#] {
            assert_eq!(model("m", "http://a").read(nonsense), None, "{nonsense}");
        }
    }
}
