//! The app from outside: HTTP in, rows checked after, the model played by a server, time moved by hand.
// Stripe's objects have many fields.
#![recursion_limit = "256"]

mod browser;
mod mail_server;
#[path = "../model_server/mod.rs"]
#[expect(dead_code, reason = "each test binary uses a part")]
mod model_server;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../stripe_server/mod.rs"]
mod stripe_server;
mod support;

mod accounts;
mod api;
mod bad_input;
mod billing;
mod billing_attacks;
mod billing_events;
mod billing_objects;
mod billing_operator;
mod billing_orders;
mod billing_pages;
mod billing_troubles;
mod browse;
mod decks_and_cards;
mod generation;
mod german;
mod hands;
mod metering;
mod reminders;
mod reviews;
mod schema;
mod sharing;
mod stats;
mod study_bad_input;
mod study_room;
mod takeover;
mod taking_back;
