//! Errors as answers: a problem document under /api, a page with a way out elsewhere.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::pages;
use super::pages::views::Shell;
use crate::error::{Error, Fields};

/// RFC 9457, with the contract's `code`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` says which it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// A few words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// A sentence with a next step.
    pub detail: String,
    /// For programs.
    pub code: &'static str,
    /// Of a 429: seconds to wait, which programs read in the header.
    #[serde(skip)]
    pub wait: Option<u64>,
    /// Of a 422: a sentence for each wrong field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
    /// Of a 409: the card as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<serde_json::Value>,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        Problem {
            kind: "about:blank",
            title: error.title(),
            status: error.status().as_u16(),
            detail: error.detail(),
            code: error.code(),
            wait: match error {
                Error::RateLimited(wait) => Some(wait.as_secs().max(1)),
                _ => None,
            },
            fields: if let Error::Invalid(fields) = error {
                Some(fields.clone())
            } else {
                None
            },
            card: if let Error::Conflict(_, card) = error {
                card.clone()
            } else {
                None
            },
        }
    }
}

impl IntoResponse for Error {
    /// An empty answer that carries the problem: [`render`] knows who asked, and draws it.
    fn into_response(self) -> Response {
        self.log();
        let mut response = self.status().into_response();
        if let Some(wait) = self.retry_after() {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response
            .extensions_mut()
            .insert(Arc::new(Problem::from(&self)));
        response
    }
}

/// Draws every error for whoever asked, those of the framework too (unknown path, wrong method, body too long).
pub async fn render(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let request_id = request
        .extensions()
        .get::<tower_http::request_id::RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .map(ToOwned::to_owned);
    let shell = Shell::of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = match response.extensions().get::<Arc<Problem>>() {
        Some(problem) => Arc::clone(problem),
        None if is_drawn(&response) => return response,
        None => match of_framework(status) {
            Some(error) => Arc::new(Problem::from(&error)),
            None => return response,
        },
    };
    let (parts, _) = response.into_parts();
    let mut drawn = if is_api {
        let body = serde_json::to_vec(&*problem).unwrap_or_default();
        (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
    } else {
        let page = pages::error::page(shell, &problem, request_id.as_deref());
        (status, Html(page)).into_response()
    };
    for (name, value) in &parts.headers {
        // Allow, Retry-After, Set-Cookie: what the handler or the framework said beside the body.
        if !matches!(name.as_str(), "content-type" | "content-length") {
            drawn.headers_mut().append(name, value.clone());
        }
    }
    drawn
}

/// Whether an error's page was drawn by its handler: a form with the values kept.
fn is_drawn(response: &Response) -> bool {
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|kind| kind.starts_with("text/html") || kind.contains("json"))
}

fn of_framework(status: StatusCode) -> Option<Error> {
    match status {
        StatusCode::NOT_FOUND => Some(Error::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Error::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Error::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Error::UnsupportedMediaType),
        StatusCode::UNPROCESSABLE_ENTITY => {
            Some(Error::invalid("form", "A field of the form is missing."))
        }
        StatusCode::BAD_REQUEST => Some(Error::Malformed(
            "The request could not be read. Go back and send it again.".into(),
        )),
        StatusCode::INTERNAL_SERVER_ERROR => {
            Some(Error::Internal(anyhow::anyhow!("a handler panicked")))
        }
        _ => None,
    }
}
