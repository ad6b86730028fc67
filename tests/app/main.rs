//! The app from outside: HTTP in, rows checked after, the model played by a server, time moved by hand.

mod browser;
mod mail_server;
#[path = "../model_server/mod.rs"]
#[expect(dead_code, reason = "each test binary uses a part")]
mod model_server;
#[path = "../support/postgres.rs"]
mod postgres;
mod support;

mod accounts;
mod api;
mod bad_input;
mod browse;
mod decks_and_cards;
mod generation;
mod reminders;
mod reviews;
mod schema;
mod sharing;
mod stats;
mod study_bad_input;
mod study_room;
mod takeover;
