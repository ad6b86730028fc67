//! What providers say when they refuse, in a body or inside a stream, and what it means.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::{ModelError, ModelErrorKind, Provider};

/// A provider's own account of an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ErrorReport {
    /// In its words. It may quote the key or the prompt, so it is neither logged nor shown with a learner's request.
    pub message: String,
    /// The name of the error (`overloaded_error`).
    pub name: Option<String>,
    /// A finer code (`context_length_exceeded`).
    pub code: Option<String>,
    /// The part of the request that it is about.
    pub param: Option<String>,
    /// An HTTP status told inside a stream (OpenRouter).
    pub status: Option<u16>,
}

impl ErrorReport {
    /// Reads `{"error": {...}}`, `{"error": "..."}` and their relatives; anything else is an account without words.
    pub fn from_json(body: &Value) -> ErrorReport {
        let error = body.get("error").unwrap_or(body);
        if let Some(message) = error.as_str() {
            return ErrorReport {
                message: message.to_owned(),
                ..ErrorReport::default()
            };
        }
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        let status = error
            .get("code")
            .or(error.get("status"))
            .and_then(Value::as_u64);
        ErrorReport {
            // FastAPI servers say `detail`, which may be a list: its text still names the parameter.
            message: text("message")
                .or_else(|| error.get("detail").map(Value::to_string))
                .unwrap_or_default(),
            name: text("type"),
            code: text("code"),
            param: text("param"),
            status: status
                .and_then(|status| u16::try_from(status).ok())
                .filter(|status| *status >= 400),
        }
    }

    /// Reads the body of a refusal.
    pub fn from_body(body: &[u8]) -> ErrorReport {
        serde_json::from_slice(body)
            .map(|body| ErrorReport::from_json(&body))
            .unwrap_or_default()
    }

    /// What it means: by the HTTP status where there is one, else by the provider's words for it.
    pub fn into_error(self, answered: Answered<'_>) -> ModelError {
        let status = answered
            .status
            .map(|status| status.as_u16())
            .or(self.status);
        let word = [&self.code, &self.name]
            .into_iter()
            .flatten()
            .find_map(|word| status_of_word(word));
        let retry_after = answered.retry_after;
        let kind = match (status.or(word), word) {
            // OpenAI says 429 for an empty purse as well.
            (Some(402), _) | (_, Some(402)) => ModelErrorKind::NoCredit,
            (Some(401 | 403), _) => ModelErrorKind::Auth,
            (Some(404 | 405 | 410 | 300..=399), _) => ModelErrorKind::NotFound {
                model: answered.model.to_owned(),
            },
            (Some(429), _) => ModelErrorKind::RateLimited { retry_after },
            (Some(408 | 409 | 425 | 500..), _) | (None, _) => {
                ModelErrorKind::Overloaded { retry_after }
            }
            (Some(_), _) => ModelErrorKind::BadRequest,
        };
        let code = self.code.or(self.name).filter(|code| is_code(code));
        let param = self
            .param
            .filter(|param| is_code(param))
            .map(|param| format!(" in {param}"));
        let cause = code.map(|code| code + &param.unwrap_or_default());
        ModelError {
            provider: answered.provider,
            kind,
            status,
            cause,
        }
    }
}

/// Who answered, and what stood around the account.
pub(super) struct Answered<'a> {
    pub provider: Provider,
    /// The model that was asked for.
    pub model: &'a str,
    /// `None` inside a stream.
    pub status: Option<StatusCode>,
    pub retry_after: Option<Duration>,
}

/// The status that the words of OpenAI's and Anthropic's errors stand for.
fn status_of_word(word: &str) -> Option<u16> {
    Some(match word {
        "authentication_error" | "invalid_api_key" => 401,
        "insufficient_quota" | "billing_error" | "billing_not_active" => 402,
        "permission_error" | "permission_denied" => 403,
        "not_found_error" | "model_not_found" => 404,
        "invalid_request_error" | "request_too_large" | "context_length_exceeded" => 400,
        "rate_limit_error" | "rate_limit_exceeded" | "tokens" | "requests" => 429,
        "overloaded_error" | "server_error" | "api_error" | "timeout_error" => 500,
        _ => return None,
    })
}

/// Whether this is a code and not a sentence that might quote somebody: short, of one word.
fn is_code(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(status: Option<u16>, body: Value) -> ModelError {
        ErrorReport::from_json(&body).into_error(Answered {
            provider: Provider::OpenAi,
            model: "m",
            status: status.map(|status| StatusCode::from_u16(status).unwrap()),
            retry_after: None,
        })
    }

    #[test]
    fn a_status_decides_what_a_refusal_means() {
        for (status, kind) in [
            (400, ModelErrorKind::BadRequest),
            (401, ModelErrorKind::Auth),
            (402, ModelErrorKind::NoCredit),
            (403, ModelErrorKind::Auth),
            (
                404,
                ModelErrorKind::NotFound {
                    model: "m".to_owned(),
                },
            ),
            (
                307,
                ModelErrorKind::NotFound {
                    model: "m".to_owned(),
                },
            ),
            (408, ModelErrorKind::Overloaded { retry_after: None }),
            (409, ModelErrorKind::Overloaded { retry_after: None }),
            (413, ModelErrorKind::BadRequest),
            (422, ModelErrorKind::BadRequest),
            (429, ModelErrorKind::RateLimited { retry_after: None }),
            (500, ModelErrorKind::Overloaded { retry_after: None }),
            (529, ModelErrorKind::Overloaded { retry_after: None }),
        ] {
            assert_eq!(error(Some(status), json!({})).kind, kind, "{status}");
        }
        let empty_purse =
            json!({"error": {"code": "insufficient_quota", "type": "insufficient_quota"}});
        assert_eq!(error(Some(429), empty_purse).kind, ModelErrorKind::NoCredit);
    }

    #[test]
    fn inside_a_stream_the_words_decide() {
        for (body, kind) in [
            (
                json!({"error": {"type": "overloaded_error"}}),
                ModelErrorKind::Overloaded { retry_after: None },
            ),
            (
                json!({"error": {"type": "authentication_error"}}),
                ModelErrorKind::Auth,
            ),
            (
                json!({"error": {"code": 429, "message": "slow"}}),
                ModelErrorKind::RateLimited { retry_after: None },
            ),
            (json!({"error": {"code": 400}}), ModelErrorKind::BadRequest),
            (
                json!({"error": "something"}),
                ModelErrorKind::Overloaded { retry_after: None },
            ),
        ] {
            assert_eq!(error(None, body.clone()).kind, kind, "{body}");
        }
    }

    #[test]
    fn a_report_passes_on_codes_but_no_sentences() {
        let quoting = json!({"error": {"message": "key sk-1 and the topic", "code": "The Topic", "type": "bad_thing"}});
        assert_eq!(error(Some(400), quoting).cause, None);
        let coded = json!({"error": {"message": "…", "type": "context_length_exceeded"}});
        assert_eq!(
            error(Some(400), coded).cause.as_deref(),
            Some("context_length_exceeded")
        );
    }
}
