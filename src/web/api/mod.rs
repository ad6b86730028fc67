//! The JSON API under /api/v1, as the contract has it. OpenAPI is made from these very handlers.

use axum::Json;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;

pub mod actions;
pub mod cards;
pub mod decks;
pub mod me;
pub mod reviews;
pub mod stats;
pub mod study;

#[derive(OpenApi)]
#[openapi(
    info(title = "AutoDeck", description = "Decks that write themselves, and the schedule that makes them stick."),
    servers((url = "/api/v1")),
    security(("bearer" = []), ("session" = [])),
    tags((name = "learner"), (name = "decks"), (name = "cards"), (name = "study")),
)]
struct Description;

/// The routes and their description.
pub fn router() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(me::create_guest))
        .routes(routes!(me::show, me::change))
        .routes(routes!(decks::create, decks::list))
        .routes(routes!(decks::show, decks::change, decks::delete))
        .routes(routes!(decks::retry))
        .routes(routes!(study::next_in_deck))
        .routes(routes!(study::next))
        .routes(routes!(study::ahead))
        .routes(routes!(study::ready))
        .routes(routes!(study::due))
        .routes(routes!(reviews::create))
        .routes(routes!(reviews::undo))
        .routes(routes!(cards::list, cards::create))
        .routes(routes!(cards::show, cards::change, cards::delete))
        .routes(routes!(cards::report))
        .routes(routes!(actions::undo_latest))
        .routes(routes!(actions::undo_action))
        .routes(routes!(actions::reset))
        .routes(routes!(actions::rephrase))
        .routes(routes!(actions::cram))
        .routes(routes!(actions::forecast))
        .routes(routes!(actions::steers, actions::steer))
        .routes(routes!(actions::study_prompt))
        .routes(routes!(stats::show))
        .split_for_parts();
    let components = description.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    components.add_security_scheme("bearer", bearer);
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(
        super::session::SESSION_COOKIE,
    )));
    components.add_security_scheme("session", cookie);
    let served = description.clone();
    // What is a learner's is kept by nobody on the way.
    let fresh = SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    );
    let router = router
        .route("/openapi.json", get(async move || Json(served)))
        .layer(fresh);
    (router, description)
}

/// A list: `next` goes into `?after=` for the rest, and is null at the end.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct List<T: utoipa::ToSchema> {
    /// This piece.
    pub items: Vec<T>,
    /// Where the rest begins.
    #[schema(required)]
    pub next: Option<uuid::Uuid>,
}
