//! What went wrong, once: a sentence for the reader with a next step, and apart from it the cause for us. The only
//! place that knows status codes.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;

/// A request that is not answered as asked.
#[derive(Debug)]
pub enum Error {
    /// The body is not what its content type says.
    Malformed(String),
    /// Nobody is signed in.
    Unauthorized,
    /// Not from here.
    Forbidden(String),
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// The address is right and the method is not.
    MethodNotAllowed,
    /// The thing changed since; with what it is now, for a client to go on with.
    Conflict(String, Option<serde_json::Value>),
    /// The body is longer than any that makes sense.
    TooLarge,
    /// The body is of a kind that is not read here.
    UnsupportedMediaType,
    /// Fields with their sentences.
    Invalid(Fields),
    /// Too often.
    RateLimited(Duration),
    /// The database does not answer.
    Unavailable(anyhow::Error),
    /// Whoever takes the payments does not answer.
    PaymentsUnavailable(anyhow::Error),
    /// What nobody expected.
    Internal(anyhow::Error),
}

/// Sentences by the name of the field.
pub type Fields = BTreeMap<String, String>;

/// A handler's result.
pub type Result<T> = std::result::Result<T, Error>;

/// After this long the database, or Stripe, is worth another try.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(2);

impl Error {
    /// One wrong field.
    pub fn invalid(field: &str, sentence: impl Into<String>) -> Error {
        Error::Invalid(Fields::from([(field.to_owned(), sentence.into())]))
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Error::Malformed(_) => StatusCode::BAD_REQUEST,
            Error::Unauthorized => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Error::Conflict(..) => StatusCode::CONFLICT,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) | Error::PaymentsUnavailable(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The contract's name for it.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Malformed(_) => "malformed",
            Error::Unauthorized => "unauthorized",
            Error::Forbidden(_) => "forbidden",
            Error::NotFound => "not_found",
            Error::MethodNotAllowed => "method_not_allowed",
            Error::Conflict(..) => "conflict",
            Error::TooLarge => "too_large",
            Error::UnsupportedMediaType => "unsupported_media_type",
            Error::Invalid(_) => "invalid",
            Error::RateLimited(_) => "rate_limited",
            Error::Unavailable(_) => "unavailable",
            Error::PaymentsUnavailable(_) => "payments_unavailable",
            Error::Internal(_) => "internal",
        }
    }

    /// A few words.
    pub fn title(&self) -> &'static str {
        match self {
            Error::Malformed(_) => "The request could not be read",
            Error::Unauthorized => "Nobody is signed in",
            Error::Forbidden(_) => "This request is refused",
            Error::NotFound => "There is nothing here",
            Error::MethodNotAllowed => "This address is used in another way",
            Error::Conflict(..) => "It has changed since",
            Error::TooLarge => "That is too long",
            Error::UnsupportedMediaType => "That kind of content is not read here",
            Error::Invalid(_) => "Something has to be corrected",
            Error::RateLimited(_) => "Too many requests",
            Error::Unavailable(_) | Error::PaymentsUnavailable(_) => "The server is busy",
            Error::Internal(_) => "Something went wrong here",
        }
    }

    /// A sentence for the reader. Of what nobody expected it tells nothing: the cause is in the log.
    pub fn detail(&self) -> String {
        match self {
            Error::Malformed(why) | Error::Forbidden(why) | Error::Conflict(why, _) => why.clone(),
            Error::Unauthorized => "Type a topic on the start page to begin, or send a bearer token.".into(),
            Error::NotFound => "It may have been deleted, or the address is mistyped. Go back to your decks.".into(),
            Error::MethodNotAllowed => "Go back and use the buttons of the page.".into(),
            Error::TooLarge => "Nothing was saved. Shorten it and send it again.".into(),
            Error::UnsupportedMediaType => "Send application/json.".into(),
            Error::Invalid(fields) => fields.values().cloned().collect::<Vec<_>>().join(" "),
            Error::RateLimited(wait) => {
                format!("Nothing was saved. Wait {} seconds and send it again.", wait.as_secs().max(1))
            }
            Error::Unavailable(_) => {
                "The database does not answer at the moment. What you did before is saved: try again in a moment."
                    .into()
            }
            Error::PaymentsUnavailable(_) => {
                "Stripe, which takes the payments, does not answer just now. Nothing was changed: try again in a moment."
                    .into()
            }
            Error::Internal(_) => "It was written down. What you did before is saved: try again.".into(),
        }
    }

    /// When to try again, where that helps.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::RateLimited(wait) => Some(*wait),
            Error::Unavailable(_) | Error::PaymentsUnavailable(_) => Some(UNAVAILABLE_RETRY),
            _ => None,
        }
    }

    /// Writes down what only we can mend, once, with the request's id from the span around it.
    pub fn log(&self) {
        match self {
            Error::Unavailable(cause) => tracing::warn!(%cause, "the database does not answer"),
            Error::PaymentsUnavailable(cause) => {
                tracing::warn!(%cause, "Stripe did not do what was asked for")
            }
            Error::Internal(cause) => {
                tracing::error!(cause = format!("{cause:#}"), "an unexpected error")
            }
            _ => {}
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        let is_outage = match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
            // Class 57: the server is starting, stopping, or was told to end this connection. 53: out of resources.
            sqlx::Error::Database(error) => error
                .code()
                .is_some_and(|code| code.starts_with("57P") || code.starts_with("53")),
            _ => false,
        };
        if is_outage {
            Error::Unavailable(error.into())
        } else {
            Error::Internal(error.into())
        }
    }
}
