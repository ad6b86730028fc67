//! Input, parsed once at the edge: JSON bodies, query strings and ids, each failure a sentence.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::{Error, Fields, Result};

/// Longest body that is read. A card of the longest question and answer fits several times.
pub const MAX_BODY: usize = 256 * 1024;

/// A JSON body: 415 for another kind, 413 when too long, 400 when it is not JSON, 422 when a field does not fit.
#[derive(Debug)]
pub struct ApiJson<T>(pub T);

impl<S, T> FromRequest<S> for ApiJson<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<ApiJson<T>> {
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Error::UnsupportedMediaType);
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Error::TooLarge)?;
        parse_json(&bytes).map(ApiJson)
    }
}

/// Reads a JSON text in two steps, so that what is not JSON (400) and what does not fit (422) are told apart.
fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| {
        Error::Malformed(format!("The body is not JSON: {error}. Nothing was saved."))
    })?;
    if has_nul(&value) {
        return Err(Error::invalid(
            "body",
            "A text holds the character NUL, which cannot be kept. Remove it.",
        ));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." {
            named_in(&error.inner().to_string())
        } else {
            path
        };
        Error::invalid(&field, sentence(&field, &error.inner().to_string()))
    })
}

/// Serde names an unknown or missing field in its message only.
fn named_in(message: &str) -> String {
    message.split('`').nth(1).unwrap_or("body").to_owned()
}

fn sentence(field: &str, message: &str) -> String {
    format!("`{field}` does not fit: {}.", message.trim_end_matches('.'))
}

/// PostgreSQL keeps no NUL in text, and no reader wants one.
fn has_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// The fields of a posted form in their order, where one name may come many times: chosen cards.
#[derive(Debug)]
pub struct FormPairs(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for FormPairs {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<FormPairs> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Error::TooLarge)?;
        serde_urlencoded::from_bytes(&bytes)
            .map(FormPairs)
            .map_err(|_| {
                Error::Malformed("The form could not be read. Go back and send it again.".into())
            })
    }
}

impl FormPairs {
    /// The first field of that name; absent is empty.
    pub fn first(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every field of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// An id in the path. What is no id names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id> {
        Path::<Uuid>::from_request_parts(parts, state)
            .await
            .map(|Path(id)| Id(id))
            .map_err(|_| Error::NotFound)
    }
}

/// A query string, read field by field so that each wrong one is named.
#[derive(Debug, Default)]
pub struct Params {
    values: HashMap<String, String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Params> {
        Query::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map(|Query(values)| Params { values })
            .map_err(|_| Error::Malformed("The query string could not be read.".into()))
    }
}

impl Params {
    /// A text, if given; NUL cannot be kept or searched for.
    pub fn text(&self, name: &str) -> Result<Option<&str>> {
        let text = self
            .values
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty());
        match text {
            Some(text) if text.contains('\0') => {
                Err(Error::invalid(name, format!("`{name}` holds a NUL.")))
            }
            text => Ok(text),
        }
    }

    /// A whole number within bounds, or `default`.
    pub fn number(
        &self,
        name: &str,
        default: i64,
        bounds: std::ops::RangeInclusive<i64>,
    ) -> Result<i64> {
        let Some(text) = self.text(name)? else {
            return Ok(default);
        };
        let number: Option<i64> = text.parse().ok().filter(|number| bounds.contains(number));
        number.ok_or_else(|| {
            let sentence = format!(
                "`{name}` is a whole number from {} to {}.",
                bounds.start(),
                bounds.end()
            );
            Error::invalid(name, sentence)
        })
    }

    /// An id, if given.
    pub fn id(&self, name: &str) -> Result<Option<Uuid>> {
        let parse = |text: &str| {
            let wrong = |_| Error::invalid(name, format!("`{name}` is a UUID."));
            text.parse().map_err(wrong)
        };
        self.text(name)?.map(parse).transpose()
    }

    /// Seconds to wait, 0–30.
    pub fn wait(&self) -> Result<Duration> {
        Ok(Duration::from_secs(
            self.number("wait", 0, 0..=30)?.unsigned_abs(),
        ))
    }

    /// Where a list goes on.
    pub fn page(&self) -> Result<Page> {
        let limit = self.number("limit", 50, 1..=200)?;
        let after = match self.text("after")? {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                Error::invalid("after", "`after` is the `next` of the page before.")
            })?),
        };
        Ok(Page { limit, after })
    }
}

/// A piece of a list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// At most this many.
    pub limit: i64,
    /// After this id.
    pub after: Option<Uuid>,
}

/// Gathers what is wrong with several fields, so that all of it is said at once.
#[derive(Debug, Default)]
pub struct Check {
    fields: Fields,
}

impl Check {
    /// Notes a wrong field.
    pub fn wrong(&mut self, field: &str, sentence: impl Into<String>) {
        self.fields.insert(field.to_owned(), sentence.into());
    }

    /// Takes a parsed value, or notes its sentence.
    pub fn take<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        parsed: std::result::Result<T, E>,
    ) -> Option<T> {
        parsed
            .map_err(|error| self.wrong(field, error.to_string()))
            .ok()
    }

    /// Notes a text that is blank or longer than `most` characters.
    pub fn length(&mut self, field: &str, text: &str, most: usize) {
        if text.trim().is_empty() {
            self.wrong(field, format!("`{field}` is empty. Write something."));
        } else if text.chars().count() > most {
            self.wrong(
                field,
                format!("`{field}` is longer than {most} characters. Shorten it."),
            );
        }
    }

    /// All sentences, or nothing.
    pub fn done(self) -> Result<()> {
        if self.fields.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.fields))
        }
    }
}
