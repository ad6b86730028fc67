//! stub
pub mod error { pub fn page(_: &crate::web::problem::Problem, _: Option<&str>) -> axum::response::Html<String> { panic!() } }
pub fn router() -> axum::Router<super::App> { axum::Router::new() }
