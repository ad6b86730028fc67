//! OpenAI's `/chat/completions`, as OpenAI, Groq, OpenRouter, Ollama, vLLM and llama.cpp speak it.

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Dialect, Piece, RefusedOptions, RequestOption, merge};
use super::error_report::ErrorReport;
use super::thinking::Thinking;
use super::{ModelRequest, Provider, StopReason};

/// One model at one endpoint.
pub(super) struct OpenAi {
    pub provider: Provider,
    pub model: String,
    /// The API's root, `…/v1`.
    pub base_url: Url,
    /// `Bearer …`; many servers on one's own machine need none.
    pub authorization: Option<HeaderValue>,
    pub thinking: Thinking,
}

/// OpenAI's reasoning models take only `max_completion_tokens`, older servers only `max_tokens`.
const LIMITS: [&str; 2] = ["max_completion_tokens", "max_tokens"];

const OPTIONS: &[RequestOption] = &[
    RequestOption {
        name: "stream_options",
        also_called: &["include_usage"],
    },
    RequestOption {
        name: LIMITS[0],
        also_called: &[],
    },
    RequestOption {
        name: LIMITS[1],
        also_called: &[],
    },
    RequestOption {
        name: "reasoning_effort",
        also_called: &["reasoning", "think"],
    },
    RequestOption {
        name: "reasoning",
        also_called: &[],
    },
    RequestOption {
        name: "chat_template_kwargs",
        also_called: &["chat_template", "enable_thinking"],
    },
];

impl Dialect for OpenAi {
    fn model(&self) -> &str {
        &self.model
    }

    fn provider(&self) -> Provider {
        self.provider
    }

    fn url(&self) -> Url {
        join(&self.base_url, "chat/completions")
    }

    fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization),
            None => request,
        }
    }

    fn body(&self, request: &ModelRequest, refused: &RefusedOptions) -> Value {
        let mut body = json!({
            "model": self.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user},
            ],
            "stream": true,
            // Without it most send no count of tokens.
            "stream_options": {"include_usage": true},
        });
        let limits = if self.provider == Provider::OpenAi {
            LIMITS
        } else {
            [LIMITS[1], LIMITS[0]]
        };
        if let Some(limit) = limits.into_iter().find(|limit| !refused.contains(limit)) {
            body[limit] = json!(self.thinking.limit(request.max_tokens));
        }
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
        let data = data.trim();
        if data == "[DONE]" {
            return Some(vec![Piece::End]);
        }
        let chunk: Value = serde_json::from_str(data).ok()?;
        if chunk.get("error").is_some_and(|error| !error.is_null()) {
            return Some(vec![Piece::Failure(ErrorReport::from_json(&chunk))]);
        }
        Some(serde_json::from_value::<Chunk>(chunk).ok()?.into_pieces())
    }

    fn check_url(&self) -> Url {
        // OpenRouter lists its models to everybody; only this shows whether the key is good.
        join(
            &self.base_url,
            if self.provider == Provider::OpenRouter {
                "key"
            } else {
                "models"
            },
        )
    }
}

/// `base` with `path` after it, whether or not `base` ends in a slash.
pub(super) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// One chunk; every part may be missing or null.
#[derive(Deserialize)]
struct Chunk {
    choices: Option<Vec<Choice>>,
    usage: Option<Usage>,
    /// Groq puts its count here.
    x_groq: Option<GroqNote>,
}

#[derive(Deserialize)]
struct GroqNote {
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    /// A text, or a list of parts (Mistral's thinking models).
    content: Option<Value>,
    refusal: Option<String>,
    /// DeepSeek, vLLM, llama.cpp.
    reasoning_content: Option<String>,
    /// OpenRouter, Groq, Ollama.
    reasoning: Option<String>,
}

impl Chunk {
    fn into_pieces(self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        // We ask for one choice, so there is no telling several apart.
        for choice in self.choices.unwrap_or_default() {
            if let Some(delta) = choice.delta {
                delta.add_to(&mut pieces);
            }
            match choice.finish_reason.as_deref() {
                None | Some("") => {}
                Some("length") => pieces.push(Piece::Stop(StopReason::MaxTokens)),
                Some("content_filter") => {
                    pieces.extend([Piece::Refusal, Piece::Stop(StopReason::Complete)]);
                }
                Some("error") => pieces.push(Piece::Failure(ErrorReport::default())),
                Some(_) => pieces.push(Piece::Stop(StopReason::Complete)),
            }
        }
        if let Some(usage) = self.usage.or(self.x_groq.and_then(|note| note.usage)) {
            pieces.push(Piece::Usage {
                tokens_in: usage.prompt_tokens,
                tokens_out: usage.completion_tokens,
            });
        }
        pieces
    }
}

impl Delta {
    fn add_to(self, pieces: &mut Vec<Piece>) {
        let thoughts = [self.reasoning_content, self.reasoning];
        // Some servers send the same thought under both names; one is enough.
        if let Some(thought) = thoughts
            .into_iter()
            .flatten()
            .find(|thought| !thought.is_empty())
        {
            pieces.push(Piece::Thought(thought));
        }
        if self.refusal.is_some_and(|refusal| !refusal.is_empty()) {
            pieces.push(Piece::Refusal);
        }
        match self.content {
            Some(Value::String(text)) if !text.is_empty() => pieces.push(Piece::Text(text)),
            Some(Value::Array(parts)) => pieces.extend(parts.iter().filter_map(read_part)),
            _ => {}
        }
    }
}

fn read_part(part: &Value) -> Option<Piece> {
    let text = part.get("text").and_then(Value::as_str);
    match part.get("type")?.as_str()? {
        "text" => text
            .filter(|text| !text.is_empty())
            .map(|text| Piece::Text(text.to_owned())),
        _ => Some(Piece::Thought(part.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(provider: Provider, name: &str) -> OpenAi {
        OpenAi {
            provider,
            model: name.to_owned(),
            base_url: Url::parse("http://127.0.0.1:1/v1/").unwrap(),
            authorization: None,
            thinking: Thinking::of_compatible(provider, name, true),
        }
    }

    fn request() -> ModelRequest {
        ModelRequest {
            system: "rules".to_owned(),
            user: "Topic: R&D".to_owned(),
            max_tokens: 900,
            cards: 10,
        }
    }

    #[test]
    fn a_request_streams_is_bounded_and_carries_the_topic_verbatim() {
        let body = model(Provider::Compatible, "qwen").body(&request(), &RefusedOptions::new());
        assert_eq!(
            body,
            json!({
                "model": "qwen",
                "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "Topic: R&D"}],
                "stream": true,
                "stream_options": {"include_usage": true},
                "max_tokens": 900,
                "chat_template_kwargs": {"enable_thinking": false},
            })
        );
    }

    #[test]
    fn a_refused_limit_is_replaced_by_its_other_name_and_other_options_are_left_out() {
        let body = model(Provider::OpenAi, "gpt-5.6-luna").body(&request(), &RefusedOptions::new());
        assert_eq!(body["max_completion_tokens"], 900);
        assert_eq!(body["max_tokens"], Value::Null);
        let refused = RefusedOptions::from([
            "max_completion_tokens",
            "reasoning_effort",
            "stream_options",
        ]);
        let body = model(Provider::OpenAi, "gpt-5.6-luna").body(&request(), &refused);
        assert_eq!(body["max_tokens"], 900);
        assert_eq!(body.as_object().unwrap().len(), 4, "{body}");
    }

    #[test]
    fn chunks_of_every_known_shape_are_read() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let thought = |text: &str| Piece::Thought(text.to_owned());
        let usage = |tokens_in, tokens_out| Piece::Usage {
            tokens_in: Some(tokens_in),
            tokens_out: Some(tokens_out),
        };
        for (data, pieces) in [
            ("[DONE]", vec![Piece::End]),
            (
                r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#,
                vec![],
            ),
            (
                r#"{"choices":[{"delta":{"content":"a"}}]}"#,
                vec![text("a")],
            ),
            (
                r#"{"choices":[{"delta":{"content":null,"reasoning_content":"hm"}}]}"#,
                vec![thought("hm")],
            ),
            (
                r#"{"choices":[{"delta":{"reasoning":"hm","content":"a"}}]}"#,
                vec![thought("hm"), text("a")],
            ),
            (
                r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}]}"#,
                vec![text("a")],
            ),
            (
                r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
                vec![Piece::Stop(StopReason::Complete)],
            ),
            (
                r#"{"choices":[{"finish_reason":"length"}]}"#,
                vec![Piece::Stop(StopReason::MaxTokens)],
            ),
            (
                r#"{"choices":[{"delta":{"refusal":"No"}}]}"#,
                vec![Piece::Refusal],
            ),
            (
                r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#,
                vec![usage(3, 4)],
            ),
            (
                r#"{"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":4}}}"#,
                vec![usage(3, 4)],
            ),
            (r#"{"choices":null,"usage":null}"#, vec![]),
            (r#"{"id":"x"}"#, vec![]),
        ] {
            assert_eq!(
                model(Provider::Compatible, "m").read(data),
                Some(pieces),
                "{data}"
            );
        }
        for nonsense in ["", "<html>", "{", "[]", r#"{"choices":7}"#] {
            assert_eq!(
                model(Provider::Compatible, "m").read(nonsense),
                None,
                "{nonsense}"
            );
        }
    }

    #[test]
    fn addresses_are_joined_with_one_slash() {
        assert_eq!(
            model(Provider::Compatible, "m").url().as_str(),
            "http://127.0.0.1:1/v1/chat/completions"
        );
        assert_eq!(
            model(Provider::OpenRouter, "m").check_url().as_str(),
            "http://127.0.0.1:1/v1/key"
        );
    }
}
