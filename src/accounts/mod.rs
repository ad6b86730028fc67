//! Accounts.

pub mod passwords;
