//! What a page's form or address brings: read field by field, with the way back kept inside this site.

use std::collections::HashMap;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::error::{Error, Result};
use crate::web::words::told::Told;

/// The fields of a posted form.
#[derive(Debug)]
pub struct FormFields(HashMap<String, String>);

impl<S: Send + Sync> FromRequest<S> for FormFields {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<FormFields> {
        let rejected = |rejection: FormRejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::UnsupportedMediaType,
            _ => Error::Malformed("The form could not be read. Go back and send it again.".into()),
        };
        let Form(fields) = Form::from_request(request, state).await.map_err(rejected)?;
        Ok(FormFields(fields))
    }
}

impl FormFields {
    /// A field as it came; absent is empty. It may hold anything.
    pub fn raw(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether the form has the field at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text with the line ends that we keep. A NUL cannot be kept: 422.
    pub fn text(&self, name: &str) -> Result<String> {
        let text = self.raw(name).replace("\r\n", "\n");
        if text.contains('\0') {
            return Err(Error::invalid(
                name,
                "A text holds the character NUL, which cannot be kept. Remove it.",
            ));
        }
        Ok(text)
    }

    /// A whole number, if it is one.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.raw(name).trim().parse().ok()
    }

    /// A box that is ticked, or a button that says `true`.
    pub fn is_on(&self, name: &str) -> bool {
        self.raw(name) == "true"
    }

    /// Where the form wants to go afterwards, or `otherwise`.
    pub fn back(&self, otherwise: &str) -> String {
        local_path(self.raw("back")).unwrap_or(otherwise).to_owned()
    }
}

/// A path of this site and nothing else: a link elsewhere in a form that another site made must not be followed.
pub fn local_path(path: &str) -> Option<&str> {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-?=&_.%+".contains(&byte));
    is_local.then_some(path)
}

/// After a POST that did something: the page says what.
pub fn see_told(path: &str, told: Told) -> Redirect {
    // Not twice: the page before may have been told something too.
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("told="));
    let told = format!("told={}", told.name());
    let query: Vec<&str> = kept.chain([told.as_str()]).collect();
    Redirect::to(&format!("{path}?{}", query.join("&")))
}

/// After a POST: 303, so that reloading does not send the form again.
pub fn see(path: &str) -> Redirect {
    Redirect::to(path)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn the_way_back_stays_on_this_site() {
        assert_eq!(
            local_path("/decks/0199-aa/study?last=1"),
            Some("/decks/0199-aa/study?last=1")
        );
        assert!(local_path("/cards?q=%C3%A9t%C3%A9+%2B").is_some());
        for elsewhere in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "javascript:x",
        ] {
            assert_eq!(local_path(elsewhere), None, "{elsewhere:?}");
        }
    }
}
