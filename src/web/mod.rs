//! The web: pages for people, an API for programs, and what an operator asks. The whole router on one screen.

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::accounts::Accounts;
use crate::billing::Billing;
use crate::config::BaseUrl;
use crate::db;
use crate::error::Error;
use crate::llm::local::LocalModels;
use crate::study::Study;
use limits::Limits;
use session::IsHttps;

pub mod api;
pub mod billing;
pub mod extract;
pub mod limits;
pub mod metrics;
pub mod pages;
pub mod problem;
pub mod render;
pub mod serve;
pub mod session;
pub mod words;

/// Only what we serve ourselves: no inline script or style, no frames, forms to this origin.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
     img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// What handlers share, as a pointer: each request in flight holds it several times, and thousands wait at once.
#[derive(Clone)]
pub struct App(Arc<Shared>);

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What handlers share.
pub struct Shared {
    /// The learner's side of the main job.
    pub study: Study,
    /// Waiting polls are answered when it is cancelled.
    pub stop: Stop,
    /// The public address.
    pub base_url: BaseUrl,
    /// Which model writes the cards, for people.
    pub model_name: Option<Arc<str>>,
    /// The built-in model, where it was chosen.
    pub local: LocalDesk,
    /// Where plans are sold.
    pub billing: Option<Billing>,
    /// The operator's numbers.
    pub metrics: PrometheusHandle,
    /// Signing up and in, and what a password guards.
    pub accounts: Accounts,
    /// How often a stranger may do what costs.
    pub limits: Limits,
}

/// The word that the server is going down.
#[derive(Debug, Clone)]
pub struct Stop(pub CancellationToken);

impl FromRef<App> for Study {
    fn from_ref(app: &App) -> Study {
        app.study.clone()
    }
}

impl FromRef<App> for Accounts {
    fn from_ref(app: &App) -> Accounts {
        app.accounts.clone()
    }
}

impl FromRef<App> for Limits {
    fn from_ref(app: &App) -> Limits {
        app.limits
    }
}

/// The built-in model, and who may have it fetched.
#[derive(Debug, Clone, Default)]
pub struct LocalDesk {
    /// `None`: another model was chosen, or none can be had.
    pub models: Option<LocalModels>,
    /// Whoever can open the pages is the operator: only then a page may start a download.
    pub is_private: bool,
    /// What was chosen and why, or why nothing could be.
    pub why: String,
}

impl FromRef<App> for LocalDesk {
    fn from_ref(app: &App) -> LocalDesk {
        app.local.clone()
    }
}

impl FromRef<App> for Option<Billing> {
    fn from_ref(app: &App) -> Option<Billing> {
        app.billing.clone()
    }
}

impl FromRef<App> for Stop {
    fn from_ref(app: &App) -> Stop {
        app.stop.clone()
    }
}

/// Every route of the app with its layers.
pub fn router(shared: Shared) -> Router {
    let app = App(Arc::new(shared));
    let is_https = app.base_url.is_https();
    let sessions = from_fn_with_state(IsHttps(is_https), session::layer);
    let (api, _) = api::router();
    let learner_routes = Router::new()
        .nest("/api/v1", api)
        .merge(pages::router())
        .layer(DefaultBodyLimit::max(extract::MAX_BODY))
        .layer(sessions)
        .layer(same_site(&app.base_url));
    Router::new()
        .merge(learner_routes)
        // Signed by Stripe itself: no session, no cookie, and so nothing for another site to misuse.
        .merge(billing::router())
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show))
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(
                    TraceLayer::new_for_http()
                        .make_span_with(span)
                        .on_request(()),
                )
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(CompressionLayer::new())
                .layer(SetResponseHeaderLayer::if_not_present(
                    header::CONTENT_SECURITY_POLICY,
                    content_security_policy(app.billing.as_ref()),
                ))
                .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(header_layer(header::REFERRER_POLICY, "same-origin"))
                .option_layer(is_https.then(|| {
                    let value = "max-age=31536000; includeSubDomains";
                    header_layer(header::STRICT_TRANSPORT_SECURITY, value)
                }))
                .layer(from_fn(answer))
                .layer(CatchPanicLayer::custom(panicked)),
        )
        .with_state(app)
}

/// Refuses requests that another site's page makes in the learner's name. All names of the loopback are one site.
fn same_site(
    base_url: &BaseUrl,
) -> CsrfLayer<impl FnMut(ProtectionError) -> Response + Clone + Send + Sync + 'static> {
    let mut layer = CsrfLayer::new();
    for origin in base_url.origins() {
        layer = layer
            .add_trusted_origin(&origin)
            .expect("an origin made from a parsed address");
    }
    layer.with_rejection_response(|_| {
        Error::Forbidden(
            "The request came from another site. Open AutoDeck itself and try there.".into(),
        )
        .into_response()
    })
}

/// Where plans are sold, the forms that buy and change them lead to Stripe's own pages.
fn content_security_policy(billing: Option<&Billing>) -> HeaderValue {
    let Some(billing) = billing else {
        return HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    };
    let forms = format!("form-action 'self' {}", billing.page_origins());
    HeaderValue::try_from(CONTENT_SECURITY_POLICY.replace("form-action 'self'", &forms))
        .expect("origins are visible ASCII")
}

fn header_layer(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Counts what is answered, and draws what went wrong. One layer for both: each holds room for as long as somebody waits.
async fn answer(request: Request, next: Next) -> Response {
    let counted = metrics::Counted::begin(&request);
    let response = problem::render(request, next).await;
    counted.end(&response);
    response
}

/// A span with the request's id and its path: paths hold ids, and where one holds a secret its pattern is told instead.
/// Query strings, which may hold words, stay out.
fn span(request: &Request) -> tracing::Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(MatchedPath::as_str);
    let path = route
        .filter(|route| route.contains("{token}"))
        .unwrap_or(request.uri().path());
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!("request", method = %request.method(), path, request_id = id)
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::Internal(anyhow::anyhow!("a handler panicked: {text}")).into_response()
}

/// Whether this process can serve: the database answers, with every migration.
async fn ready(State(study): State<Study>) -> Response {
    match db::is_ready(&study.db).await {
        Ok(true) => "ready".into_response(),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "migrations are missing").into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer",
        )
            .into_response(),
    }
}
