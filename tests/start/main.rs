//! Starting and stopping from outside: the real program, a real PostgreSQL, kills, strangers and wrong settings.

mod app;
mod backup;
mod doctor;
mod faults;
#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "other test programs use more of it")]
mod postgres;
mod settings;
