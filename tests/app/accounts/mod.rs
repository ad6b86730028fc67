//! Accounts: every promise of signing up, in and out, of links, sessions, tokens, limits, and of the end of it all.

mod doors;
mod ends;
mod letters;
mod limits;
mod matrix;
mod merging;
mod refusals;
mod secrets;
mod sessions;

/// A password that nobody else has.
pub const PASSWORD: &str = "a quiet desk at noon";
