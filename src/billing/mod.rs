//! Paid plans through Stripe. Stripe holds the truth: an event only says that something changed, and then a job looks
//! at Stripe's present state and writes what it finds (`db::billing` has the guard).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::{BaseUrl, Billing as BillingSettings, Settings, StripeSettings};
use crate::domain::ids::new_id;
use crate::error::Error;
use crate::mail::Mailer;

pub mod catalog;
pub mod checkout;
pub mod letters;
pub mod look;
pub mod reminders;
pub mod stripe;
pub mod webhook;
pub mod worker;

use catalog::Catalog;
use stripe::{StripeApi, StripeError};

/// What billing needs. Cheap to clone; it holds no state that matters.
#[derive(Clone)]
pub struct Billing {
    /// Connections.
    pub db: PgPool,
    /// The present.
    pub clock: Clock,
    /// Stripe.
    pub stripe: StripeApi,
    /// Keys and prices.
    pub settings: Arc<StripeSettings>,
    /// Where Stripe sends learners back to.
    pub base_url: BaseUrl,
    /// How letters leave.
    pub mailer: Mailer,
    /// What is sold, as Stripe last said it.
    catalog: Arc<Mutex<Option<Read>>>,
    /// A look is wanted.
    wanted: Arc<Notify>,
}

/// The catalog, and when it was read.
type Read = (DateTime<Utc>, Arc<Catalog>);

/// Why something with Stripe did not work.
#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// Stripe, or the way to it.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// The database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl BillingError {
    /// Whether Stripe does not know something that was named.
    fn is_missing(&self) -> bool {
        matches!(self, BillingError::Stripe(error) if error.is_missing())
    }
}

impl From<BillingError> for Error {
    fn from(error: BillingError) -> Error {
        match error {
            BillingError::Database(error) => error.into(),
            BillingError::Stripe(error) => Error::PaymentsUnavailable(error.into()),
        }
    }
}

impl Billing {
    /// Ready to ask Stripe; nothing is asked yet.
    ///
    /// # Errors
    /// A sentence when the settings cannot be used.
    pub fn new(
        db: PgPool,
        clock: Clock,
        settings: StripeSettings,
        base_url: BaseUrl,
        mailer: Mailer,
    ) -> anyhow::Result<Billing> {
        let stripe = StripeApi::new(&settings, Duration::from_secs(10))?;
        Ok(Billing {
            db,
            clock,
            stripe,
            settings: Arc::new(settings),
            base_url,
            mailer,
            catalog: Arc::default(),
            wanted: Arc::default(),
        })
    }

    /// As the settings say; `None` where nothing is sold.
    ///
    /// # Errors
    /// A sentence when they cannot be used.
    pub fn configured(
        settings: &Settings,
        db: PgPool,
        base_url: BaseUrl,
    ) -> anyhow::Result<Option<Billing>> {
        match &settings.billing {
            BillingSettings::Off => Ok(None),
            BillingSettings::Stripe(stripe) => {
                let mailer = Mailer::new(settings.mail.as_ref())?;
                Billing::new(db, Clock::Wall, stripe.clone(), base_url, mailer).map(Some)
            }
        }
    }

    /// The origins of Stripe's pages, for the rule of where forms may lead.
    pub fn page_origins(&self) -> String {
        let stripe = "https://checkout.stripe.com https://billing.stripe.com";
        match &self.settings.api_base {
            // A stand-in serves its pages itself.
            Some(base) => format!("{stripe} {}", base.trim_end_matches('/')),
            None => stripe.to_owned(),
        }
    }

    /// An id that makes a write to Stripe one of a kind: a form carries it, so that sending the form twice asks once.
    pub fn new_order(&self) -> Uuid {
        #[expect(
            clippy::disallowed_methods,
            reason = "ids are no part of what is decided"
        )]
        new_id(self.clock.now(), &mut rand::rng())
    }
}
