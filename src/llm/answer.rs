//! What the two wire formats have in common: a request to send, and an answer that comes in pieces.

use reqwest::{RequestBuilder, Url};
use serde_json::{Map, Value};

use super::error_report::ErrorReport;
use super::{ModelRequest, Provider, StopReason};

/// One wire format, spoken to one model at one address.
pub(super) trait Dialect: Send + Sync + 'static {
    /// The model's id.
    fn model(&self) -> &str;

    /// Who answers.
    fn provider(&self) -> Provider;

    /// Where requests go.
    fn url(&self) -> Url;

    /// Puts the key and the format's own headers on a request.
    fn sign(&self, request: RequestBuilder) -> RequestBuilder;

    /// The request, without the options that this endpoint has refused.
    fn body(&self, request: &ModelRequest, refused: &RefusedOptions) -> Value;

    /// The options that [`Dialect::body`] adds of its own accord and that an endpoint may not know.
    fn options(&self) -> &'static [RequestOption];

    /// What one event says. `None` if it is nothing of this format.
    fn read(&self, data: &str) -> Option<Vec<Piece>>;

    /// What to ask for (GET) to see whether the key is good.
    fn check_url(&self) -> Url;
}

/// A part of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// Text of the answer.
    Text(String),
    /// A thought: nobody sees it, but it is billed and shows that the model is at work.
    Thought(String),
    /// A piece of a refusal.
    Refusal,
    /// Tokens so far; what is unsaid is `None`.
    Usage {
        tokens_in: Option<u64>,
        tokens_out: Option<u64>,
    },
    /// Why the model stopped.
    Stop(StopReason),
    /// Nothing follows.
    End,
    /// The provider reports an error inside the stream.
    Failure(ErrorReport),
}

/// An option of a request that an endpoint may refuse.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestOption {
    /// Its key at the top of the request.
    pub name: &'static str,
    /// Other words by which refusals speak of it.
    pub also_called: &'static [&'static str],
}

/// Options that an endpoint has refused. They are left out from then on.
pub(super) type RefusedOptions = std::collections::BTreeSet<&'static str>;

impl RequestOption {
    /// Whether a refusal is about this option.
    pub fn is_blamed(&self, report: &ErrorReport) -> bool {
        let names = || self.also_called.iter().chain([&self.name]);
        let param = report.param.as_deref().unwrap_or_default();
        let root = param.split(['.', '[']).next().unwrap_or_default();
        names().any(|name| *name == root || contains_word(&report.message, name))
    }
}

/// Whether `text` holds `word`, in any case, between characters that cannot belong to a name.
fn contains_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .any(|found| found.eq_ignore_ascii_case(word))
}

/// Lays `extra` over `body` as RFC 7396 merges: objects are merged, `null` removes, all else replaces.
pub(super) fn merge(body: &mut Value, extra: &Value) {
    let Value::Object(extra) = extra else {
        *body = extra.clone();
        return;
    };
    if !body.is_object() {
        *body = Value::Object(Map::new());
    }
    let Value::Object(body) = body else {
        return;
    };
    for (key, value) in extra {
        if value.is_null() {
            body.remove(key);
        } else {
            merge(body.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn extra_options_are_merged_and_null_removes() {
        let mut body =
            json!({"model": "m", "stream_options": {"include_usage": true}, "a": {"b": 1, "c": 2}});
        merge(
            &mut body,
            &json!({"stream_options": null, "a": {"b": {"d": null, "f": 4}, "e": 3}, "top_p": 0.9}),
        );
        assert_eq!(
            body,
            json!({"model": "m", "a": {"b": {"f": 4}, "c": 2, "e": 3}, "top_p": 0.9})
        );
    }

    #[test]
    fn a_refusal_blames_the_option_it_names() {
        let effort = RequestOption {
            name: "reasoning_effort",
            also_called: &["think"],
        };
        let report = |message: &str, param: Option<&str>| ErrorReport {
            message: message.to_owned(),
            param: param.map(str::to_owned),
            ..ErrorReport::default()
        };
        assert!(effort.is_blamed(&report("", Some("reasoning_effort"))));
        assert!(effort.is_blamed(&report("Unsupported parameter: 'reasoning_effort'", None)));
        assert!(effort.is_blamed(&report("Think value \"none\" is not supported", None)));
        assert!(
            !effort.is_blamed(&report(
                "I think, my_reasoning_effort2 is wrong"
                    .replace("I think,", "")
                    .as_str(),
                None
            ))
        );
        assert!(!effort.is_blamed(&report("prompt too long", Some("messages[0].content"))));
    }
}
