//! Accounts: signing up, in and out, what a password guards, mailed links, taking everything out, and the end of it all.
//! A guest is a learner too; an account is a guest's row with an address and a password.

use crate::billing::Billing;
use crate::config::BaseUrl;
use crate::mail::Mailer;
use crate::study::Study;

pub mod archive;
pub mod delete;
pub mod idle;
pub mod letters;
pub mod links;
pub mod merge;
pub mod passwords;
pub mod reminders;
pub mod sign_in;
pub mod sign_up;

use passwords::Passwords;

/// What accounts need. Cheap to clone; it holds no state that matters.
#[derive(Clone)]
pub struct Accounts {
    /// The learner's side: database, clock, chance.
    pub study: Study,
    /// Hashing, with its bound.
    pub passwords: Passwords,
    /// How letters leave.
    pub mailer: Mailer,
    /// What links in letters begin with.
    pub base_url: BaseUrl,
    /// Where plans are sold.
    pub billing: Option<Billing>,
    /// Guests who stay away are removed: where billing is on.
    pub removes_idle_guests: bool,
}
