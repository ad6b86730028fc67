//! Pages for people.

use axum::Router;

use super::App;

pub mod error;

/// The routes of the pages.
pub fn router() -> Router<App> {
    Router::new()
}
