//! The learner's side of the main job: deal what is ready, order what is missing, show the next card, record answers.
//! It knows rows and wake-ups; who writes the cards is not its business.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::Clock;
use crate::db::users::User;
use crate::domain::ids::new_id;
use crate::domain::plan::{Offer, Plan};
use crate::domain::scheduler::Scheduler;
use crate::domain::secret::Secret;
use crate::generator::wake::Wake;

pub mod actions;
pub mod allowance;
pub mod answer;
pub mod browse;
pub mod cards;
pub mod cause;
pub mod cram;
pub mod deck_wishes;
pub mod decks;
mod found;
pub mod hands;
pub mod limits;
pub mod next;
pub mod outlook;
pub mod own_cards;
pub mod reminders;
pub mod rephrase;
pub mod stats;
pub mod stock;
pub mod undo;
pub mod wait;

/// What studying needs. Cheap to clone; it holds no state that matters.
#[derive(Clone)]
pub struct Study {
    /// Connections.
    pub db: PgPool,
    /// The present.
    pub clock: Clock,
    /// New cards, here and in other processes.
    pub wake: Wake,
    /// FSRS with its parameters.
    pub scheduler: Arc<Scheduler>,
    /// What topics hold, shared by those who ask at the same time.
    pub stocks: Arc<stock::Stocks>,
    /// What decks hold, while nothing changes it.
    pub hands: Arc<hands::Hands>,
    /// Whether a model is connected, now and later: without one nothing is ordered.
    pub has_model: watch::Receiver<bool>,
    /// The plans, where they are sold.
    pub offer: Offer,
}

impl Study {
    /// The present.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whether a model is there to write, at this moment.
    pub fn has_model(&self) -> bool {
        *self.has_model.borrow()
    }

    /// An id for something made now.
    pub fn new_id(&self) -> Uuid {
        #[expect(
            clippy::disallowed_methods,
            reason = "ids are no part of what is decided"
        )]
        new_id(self.now(), &mut rand::rng())
    }

    /// A secret to hand out: a session's id, a token, a link in a mail.
    pub fn new_secret(&self) -> Secret {
        #[expect(clippy::disallowed_methods, reason = "a secret is chance alone")]
        Secret::new(&mut rand::rng())
    }

    /// What the learner may ask for.
    pub fn plan(&self, user: &User) -> Plan {
        let paid_for = Plan::from_name(&user.plan).unwrap_or(Plan::Free);
        self.offer.plan(!user.is_account(), paid_for)
    }

    /// Classes of model whose pool cards the learner sees.
    pub fn classes(&self, user: &User) -> &'static [&'static str] {
        self.offer.classes(self.plan(user))
    }

    /// The class of model that the learner's orders ask.
    pub fn class(&self, user: &User) -> &'static str {
        self.offer.class(self.plan(user))
    }
}
