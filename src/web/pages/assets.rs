//! Style, script, fonts and icons, compiled in and served under a path that changes when any of them does.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
struct Assets;

/// Of all files together: modules import their neighbours by relative paths, so one version must hold for all.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for name in Assets::iter() {
        if let Some(file) = Assets::get(&name) {
            hash.update(name.as_bytes());
            hash.update(file.metadata.sha256_hash());
        }
    }
    hash.finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
});

/// Where a page finds the asset `name`, say `css/autodeck.css`.
pub fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// The version of all files together.
pub fn version() -> &'static str {
    &VERSION
}

/// The names of all files.
pub fn names() -> impl Iterator<Item = String> {
    Assets::iter().map(|name| name.into_owned())
}

/// What a file holds, for a route of its own.
pub fn file(name: &str) -> Option<Vec<u8>> {
    Assets::get(name).map(|file| file.data.into_owned())
}

/// `GET /assets/{version}/{*name}`. Any version gets the present file; only the present version may be kept for good.
pub async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(file) = Assets::get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if version == *VERSION {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    (
        [
            (header::CONTENT_TYPE, content_type(&name)),
            (header::CACHE_CONTROL, keep),
        ],
        file.data,
    )
        .into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}
