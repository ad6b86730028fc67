//! Pages for people: a struct for each template, beside the handler that fills it.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::{get, post};
use tower_http::set_header::SetResponseHeaderLayer;

use super::App;

pub mod about;
pub mod access;
pub mod account;
pub mod answers;
pub mod assets;
pub mod browse;
pub mod bulk;
pub mod card;
pub mod card_actions;
pub mod card_forms;
pub mod cards;
pub mod charts;
pub mod cram;
pub mod deck_settings;
pub mod deck_wishes;
pub mod decks;
pub mod error;
pub mod form;
pub mod home;
pub mod install;
pub mod interval;
pub mod links;
pub mod local_model;
pub mod memory_chart;
pub mod notice;
pub mod plans;
pub mod pricing;
pub mod reminders;
pub mod settings;
pub mod stats;
pub mod study;
pub mod views;

/// The routes of the pages.
pub fn router() -> Router<App> {
    // A page kept by the browser would show a card that was answered since.
    let fresh = SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    );
    Router::new()
        .route("/", get(home::show))
        .route("/decks", get(decks::list).post(home::begin))
        .route("/decks/{id}/study", get(study::deck))
        .route("/decks/{id}/study/ahead", get(study::deck_ahead))
        .route("/decks/{id}/level", post(deck_settings::set_level))
        .route("/decks/{id}/retry", post(deck_settings::retry))
        .route(
            "/decks/{id}/settings",
            get(deck_settings::settings).post(deck_settings::change),
        )
        .route(
            "/decks/{id}/delete",
            get(decks::ask_delete).post(decks::delete),
        )
        .route(
            "/decks/{id}/cards",
            get(browse::deck).post(card_forms::create),
        )
        .route("/decks/{id}/cards/new", get(card_forms::new))
        .route("/reminders", get(reminders::show).post(reminders::change))
        .route(
            "/reminders/stop/{token}",
            get(reminders::ask_stop).post(reminders::stop),
        )
        .route("/stats", get(stats::all))
        .route("/decks/{id}/stats", get(stats::deck))
        .route("/study", get(study::all))
        .route("/study/ahead", get(study::all_ahead))
        .route("/cards", get(browse::all))
        .route("/cards/bulk", post(bulk::change))
        .route("/cards/bulk/undo", post(bulk::undo))
        .route("/cards/{id}/reviews", post(answers::review))
        .route("/cards/{id}/undo", post(answers::undo))
        .route(
            "/cards/{id}/edit",
            get(card_forms::edit).post(card_forms::change),
        )
        .route("/undo", post(answers::undo_latest))
        .route("/cards/{id}", get(card::show))
        .route("/cards/{id}/bury", post(card_actions::bury))
        .route("/cards/{id}/due", post(card_actions::set_due))
        .route("/cards/{id}/reset", post(card_actions::reset))
        .route("/cards/{id}/keep", post(card_actions::keep))
        .route("/cards/{id}/rephrase", post(card_actions::rephrase))
        .route("/cram", get(cram::choose).post(cram::begin))
        .route("/cram/now", get(cram::show).post(cram::pass))
        .route("/decks/{id}/steer", post(deck_wishes::steer))
        .route("/decks/{id}/prompt", get(deck_wishes::prompt))
        .route("/decks/{id}/prompt.txt", get(deck_wishes::prompt_file))
        .route("/cards/{id}/suspend", post(cards::suspend))
        .route("/cards/{id}/flag", post(cards::flag))
        .route(
            "/cards/{id}/delete",
            get(cards::ask_delete).post(cards::delete),
        )
        .route(
            "/cards/{id}/report",
            get(card_forms::ask_report).post(card_forms::report),
        )
        .route("/pricing", get(pricing::pricing))
        .route("/plan", get(plans::show))
        .route("/plan/buy", post(pricing::buy))
        .route("/plan/bought", get(plans::bought))
        .route("/plan/changed", get(plans::changed))
        .route("/plan/portal", post(plans::portal))
        .route("/plan/cancel", get(plans::ask_cancel).post(plans::cancel))
        .route("/plan/keep", post(plans::keep))
        .route("/settings", get(settings::show).post(settings::change))
        .merge(access_router())
        .route("/model", get(local_model::show))
        .route("/model/pull", post(local_model::pull))
        .layer(fresh)
        .route("/offline", get(install::offline))
        .route("/worker.js", get(install::worker))
        .route("/manifest.webmanifest", get(install::manifest))
        .route("/robots.txt", get(install::robots))
        .route("/sitemap.xml", get(install::sitemap))
        .route("/assets/{version}/{*name}", get(assets::serve))
}

/// Signing up, in and out, links in mails, and what stands behind the settings.
fn access_router() -> Router<App> {
    Router::new()
        .route("/sign-up", get(access::show_sign_up).post(access::sign_up))
        .route("/sign-in", get(access::show_sign_in).post(access::sign_in))
        .route("/sign-out", post(access::sign_out))
        .route("/sign-out/everywhere", post(access::sign_out_everywhere))
        .route("/signed-out", get(access::signed_out))
        .route("/forgot", get(access::show_forgot).post(access::forgot))
        .route("/forgot/done", get(access::forgot_done))
        .route("/links/verify", get(links::show_verify).post(links::verify))
        .route(
            "/links/sign-in",
            get(links::show_sign_in).post(links::sign_in),
        )
        .route("/privacy", get(about::privacy))
        .route("/terms", get(about::terms))
        .route("/deleted", get(account::deleted))
        .route(
            "/settings/email",
            get(account::show_email).post(account::change_email),
        )
        .route("/settings/verify", post(account::verify_again))
        .route(
            "/settings/password",
            get(account::show_password).post(account::change_password),
        )
        .route("/settings/sessions/{id}/end", post(account::end_session))
        .route("/settings/tokens", post(account::make_token))
        .route("/settings/tokens/{id}/revoke", post(account::revoke_token))
        .route("/settings/export", post(account::export))
        .route(
            "/settings/delete",
            get(account::show_delete).post(account::delete),
        )
        .route("/links/reset", get(links::show_reset).post(links::reset))
}
