//! Starting and stopping from outside: the real program, a real PostgreSQL, kills, strangers and wrong settings.

mod app;
mod backup;
mod doctor;
mod faults;
mod migrations;
#[path = "../model_server/mod.rs"]
#[expect(dead_code, reason = "each test binary uses a part")]
mod model_server;
#[path = "../support/postgres.rs"]
mod postgres;
mod settings;
mod traces;
