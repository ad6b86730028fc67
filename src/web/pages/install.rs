//! What makes the site an app of the device: the manifest, the service worker, the page without a connection; and a word
//! to search engines.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::assets;
use super::views::Shell;
use crate::web::App;
use crate::web::words::Language;

/// `/offline`: kept by the service worker, and shown in place of a page that it does not have.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/offline.html")]
pub struct OfflinePage {
    /// Around the page.
    pub shell: Shell,
}

/// `GET /offline`. The same for everybody but for its language, which is that of when the service worker kept it: it
/// outlives the session.
pub async fn offline(shell: Shell) -> OfflinePage {
    OfflinePage {
        shell: Shell {
            language: shell.language,
            has_session: true,
            ..Shell::default()
        },
    }
}

/// `GET /worker.js`: from the root, since a service worker rules only over what lies beside or below it. Before the
/// script stand the names of what it keeps.
pub async fn worker() -> Response {
    let script = assets::file("js/worker.js").expect("the worker is among the assets");
    let is_kept = |name: &String| {
        [".css", ".js", ".woff2", ".svg"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let names: Vec<String> = assets::names().filter(is_kept).collect();
    let file = [
        format!("const FILES = {};\n", json!(names)).into_bytes(),
        script,
    ]
    .concat();
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, file).into_response()
}

/// `GET /manifest.webmanifest`, in the language that the browser asks for: it is fetched without a session.
pub async fn manifest(headers: HeaderMap) -> Response {
    let language = Language::asked_for(&headers);
    let words = language.words();
    let icon = |name: &str, sizes: &str, purpose: &str| json!({ "src": assets::path(name), "sizes": sizes, "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": "/",
        "lang": language.code(),
        "name": "AutoDeck",
        "short_name": "AutoDeck",
        "description": words.home.promise,
        "start_url": "/decks",
        "scope": "/",
        "display": "standalone",
        "background_color": "#e9e3d7",
        "theme_color": "#e9e3d7",
        "categories": ["education"],
        "icons": [
            { "src": assets::path("icon.svg"), "sizes": "any", "type": "image/svg+xml" },
            icon("icons/icon-192.png", "192x192", "any"),
            icon("icons/icon-512.png", "512x512", "any"),
            icon("icons/maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            { "name": words.device.study_due, "url": "/study" },
            { "name": words.device.begin_deck, "url": "/" },
        ],
    });
    let headers = [
        (header::CONTENT_TYPE, "application/manifest+json"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept-language"),
    ];
    (headers, manifest.to_string()).into_response()
}

/// `GET /robots.txt`: the first page is for everybody, what lies behind it is somebody's own.
pub async fn robots(State(app): State<App>) -> Response {
    let text = format!(
        "User-agent: *\nAllow: /$\nAllow: /assets/\nDisallow: /api/\nDisallow: /decks\nDisallow: /cards\nDisallow: /study\nDisallow: /stats\nDisallow: /settings\nSitemap: {}/sitemap.xml\n",
        app.base_url
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// `GET /sitemap.xml`: the public pages; that of prices is one where plans are sold.
pub async fn sitemap(State(app): State<App>) -> Response {
    let prices = app.billing.is_some().then_some("pricing");
    let urls: String = ["", "privacy", "terms", "sign-in", "sign-up"]
        .into_iter()
        .chain(prices)
        .map(|path| format!("<url><loc>{}/{path}</loc></url>", app.base_url))
        .collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}</urlset>\n"
    );
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}
