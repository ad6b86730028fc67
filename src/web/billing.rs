//! Where Stripe tells us what changed. Outside everything that a browser's request goes through.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

use super::App;
use crate::billing::Billing;
use crate::billing::webhook::{MAX_EVENT, Received};
use crate::error::{Error, Result};

/// Stripe's name for the header with its signatures.
const SIGNATURE: &str = "stripe-signature";

/// The one route, with its own bound on the body.
pub fn router() -> Router<App> {
    Router::new()
        .route("/billing/webhook", post(receive))
        .layer(DefaultBodyLimit::max(MAX_EVENT))
}

/// `POST /billing/webhook`: kept and answered; a job does the rest.
async fn receive(
    State(billing): State<Option<Billing>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode> {
    let billing = billing.ok_or(Error::NotFound)?;
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    match billing
        .receive(&body, signature.unwrap_or_default())
        .await?
    {
        Received::Kept | Received::Known => Ok(StatusCode::OK),
        Received::Forged => Err(Error::Malformed(
            "This is not signed by Stripe with this server’s secret, or it is too old.".into(),
        )),
    }
}
