//! The dozen questions that we ask Stripe, each as the domain wants its answer. Every write has an idempotency key.
// long: all questions to Stripe in one place, so that each write is seen to have its key

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeRequest};
use stripe_billing::billing_portal_session::CreateBillingPortalSession;
use stripe_billing::subscription::{
    CancelSubscription, ListSubscription, ListSubscriptionStatus, UpdateSubscription,
};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionSubscriptionData,
    ExpireCheckoutSession, ListCheckoutSession,
};
use stripe_client_core::{RequestBuilder, StripeMethod};
use stripe_core::balance::RetrieveForMyAccountBalance;
use stripe_core::charge::{ListCharge, RetrieveCharge};
use stripe_core::customer::{CreateCustomer, RetrieveCustomer, RetrieveCustomerReturned};
use stripe_core::dispute::ListDispute;
use stripe_product::price::RetrievePrice;
use stripe_shared::{
    ApiErrorsCode, CheckoutSessionMode, CheckoutSessionStatus, DisputeStatus, Price,
    Subscription as StripeSubscription,
};
use uuid::Uuid;

use crate::config::StripeSettings;
use crate::domain::billing::Payment;
use crate::domain::ids::UserId;

/// The most that Stripe lists at once. A learner has a handful of subscriptions and a payment a month: what is older
/// than a hundred payments decides nothing any more.
const LISTED: i64 = 100;

/// Stripe's metadata field with our id of the learner.
pub const USER_ID: &str = "user_id";

/// Of a payment page: the form that opened it.
const ORDER: &str = "order";

/// And what it sells.
const PRICE_ID: &str = "price_id";

/// A client of Stripe. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StripeApi {
    client: Client,
}

/// Why Stripe gave no answer that can be used. It never holds what was sent, which may name a person.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// It refused.
    #[error("Stripe refused ({status}, {code})")]
    Refused {
        /// HTTP.
        status: u16,
        /// Stripe's code, or its kind of error.
        code: String,
    },
    /// It was not reached, or not in time.
    #[error("Stripe was not reached: {0}")]
    Unreachable(String),
    /// Its answer is not what this build's version of its API says.
    #[error("Stripe’s answer could not be read: {0}")]
    Unreadable(String),
}

impl StripeError {
    /// Whether it failed there. Under the same key Stripe says so again for a day, whatever is well by then.
    fn is_kept_failure(&self) -> bool {
        matches!(self, StripeError::Refused { status, .. } if *status >= 500)
    }

    /// Whether Stripe does not know the thing that was named.
    pub fn is_missing(&self) -> bool {
        matches!(self, StripeError::Refused { code, .. } if code == "resource_missing")
    }
}

impl From<stripe::StripeError> for StripeError {
    fn from(error: stripe::StripeError) -> StripeError {
        match error {
            stripe::StripeError::Stripe(error, status) => StripeError::Refused {
                status,
                code: error
                    .code
                    .as_ref()
                    .map_or_else(|| error.type_.to_string(), ApiErrorsCode::to_string),
            },
            stripe::StripeError::JSONDeserialize(why) => StripeError::Unreadable(why),
            stripe::StripeError::ClientError(why) | stripe::StripeError::ConfigError(why) => {
                StripeError::Unreachable(why)
            }
            stripe::StripeError::Timeout => {
                StripeError::Unreachable("it did not answer in time".into())
            }
        }
    }
}

type Result<T> = std::result::Result<T, StripeError>;

/// What a learner wants to buy.
#[derive(Debug, Clone, Copy)]
pub struct Purchase<'a> {
    /// Who.
    pub user_id: UserId,
    /// As whom.
    pub customer_id: &'a str,
    /// What.
    pub price_id: &'a str,
    /// Where to go when it is paid.
    pub success_url: &'a str,
    /// Where to go when not.
    pub cancel_url: &'a str,
    /// Makes the request one of a kind.
    pub order: Uuid,
    /// What the learner had before it, closed pages and subscriptions: the same form sent again after one of them is
    /// gone wants a page that is open, not Stripe's first answer.
    pub before: &'a str,
}

/// A payment page that is still open.
#[derive(Debug)]
pub struct OpenCheckout {
    /// Stripe's id.
    pub id: String,
    /// Where it is.
    pub url: Option<String>,
    /// The form that opened it.
    pub order: Option<Uuid>,
    /// What it sells.
    pub price_id: Option<String>,
}

impl StripeApi {
    /// A client that waits `timeout` for an answer.
    ///
    /// # Errors
    /// When the address of Stripe in the settings is none.
    pub fn new(settings: &StripeSettings, timeout: Duration) -> anyhow::Result<StripeApi> {
        let mut builder = ClientBuilder::new(settings.secret_key.expose_secret()).timeout(timeout);
        if let Some(base) = &settings.api_base {
            builder = builder.url(base);
        }
        let client = builder
            .build()
            .map_err(|_| anyhow::anyhow!("STRIPE_SECRET_KEY or STRIPE_API_BASE cannot be used."))?;
        Ok(StripeApi { client })
    }

    /// A price.
    pub async fn price(&self, price_id: &str) -> Result<Price> {
        Ok(RetrievePrice::new(price_id).send(&self.client).await?)
    }

    /// Makes a customer of a learner; returns its id. The same learner, address and earlier customer (whom Stripe has
    /// no longer) give the same customer, unless Stripe failed with that: then `order` makes another request of it.
    pub async fn create_customer(
        &self,
        user_id: UserId,
        email: Option<&str>,
        earlier: &str,
        order: Uuid,
    ) -> Result<String> {
        // With another address the same key would be refused for a day.
        let why = fingerprint(&format!("{} {earlier}", email.unwrap_or_default()));
        let key = format!("customer-{user_id}-{why}");
        match self.create_customer_once(user_id, email, &key).await {
            Err(error) if error.is_kept_failure() => {
                let key = format!("{key}-{order}");
                self.create_customer_once(user_id, email, &key).await
            }
            other => other,
        }
    }

    async fn create_customer_once(
        &self,
        user_id: UserId,
        email: Option<&str>,
        key: &str,
    ) -> Result<String> {
        let mut request = CreateCustomer::new().metadata(metadata(user_id));
        if let Some(email) = email {
            request = request.email(email);
        }
        let customer = request
            .customize()
            .request_strategy(write(key))
            .send(&self.client)
            .await?;
        Ok(customer.id.to_string())
    }

    /// Whether Stripe has this customer: not of its other mode (test, live), and not deleted in its dashboard.
    pub async fn has_customer(&self, customer_id: &str) -> Result<bool> {
        match RetrieveCustomer::new(customer_id).send(&self.client).await {
            Ok(found) => Ok(matches!(found, RetrieveCustomerReturned::Customer(_))),
            Err(error) => {
                let error = StripeError::from(error);
                if error.is_missing() {
                    Ok(false)
                } else {
                    Err(error)
                }
            }
        }
    }

    /// Stripe's page where a purchase is paid.
    pub async fn create_checkout(&self, purchase: &Purchase<'_>) -> Result<String> {
        let mut item = CreateCheckoutSessionLineItems::new();
        item.price = Some(purchase.price_id.into());
        item.quantity = Some(1);
        let mut subscription = CreateCheckoutSessionSubscriptionData::new();
        subscription.metadata = Some(metadata(purchase.user_id));
        let mut about = metadata(purchase.user_id);
        about.insert(ORDER.to_owned(), purchase.order.to_string());
        about.insert(PRICE_ID.to_owned(), purchase.price_id.to_owned());
        let session = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Subscription)
            .customer(purchase.customer_id)
            .client_reference_id(purchase.user_id.to_string())
            .metadata(about)
            .line_items(vec![item])
            .subscription_data(subscription)
            .success_url(purchase.success_url)
            .cancel_url(purchase.cancel_url)
            .customize()
            .request_strategy(write(&format!(
                "checkout-{}-{}-{}-{}",
                purchase.user_id,
                purchase.price_id,
                purchase.order,
                fingerprint(purchase.before)
            )))
            .send(&self.client)
            .await?;
        session
            .url
            .ok_or_else(|| StripeError::Unreadable("a checkout session without its address".into()))
    }

    /// The customer's payment pages that are still open.
    pub async fn open_checkouts(&self, customer_id: &str) -> Result<Vec<OpenCheckout>> {
        let open = ListCheckoutSession::new()
            .customer(customer_id)
            .status(CheckoutSessionStatus::Open)
            .limit(LISTED)
            .send(&self.client)
            .await?;
        let pages = open.data.into_iter().map(|session| {
            let mut about = session.metadata.unwrap_or_default();
            OpenCheckout {
                id: session.id.to_string(),
                url: session.url,
                order: about.remove(ORDER).and_then(|order| order.parse().ok()),
                price_id: about.remove(PRICE_ID),
            }
        });
        Ok(pages.collect())
    }

    /// Closes a payment page that is still open, so that nothing more is paid on it. A new `order` each time: Stripe
    /// repeats a failure of its own under an old one.
    pub async fn expire_checkout(&self, session_id: &str, order: Uuid) -> Result<()> {
        ExpireCheckoutSession::new(session_id)
            .customize()
            .request_strategy(write(&format!("expire-{session_id}-{order}")))
            .send(&self.client)
            .await?;
        Ok(())
    }

    /// Stripe's page for changing the plan, the card, and for invoices.
    pub async fn create_portal(
        &self,
        customer_id: &str,
        return_url: &str,
        order: Uuid,
    ) -> Result<String> {
        let session = CreateBillingPortalSession::new()
            .customer(customer_id)
            .return_url(return_url)
            .customize()
            .request_strategy(write(&format!("portal-{customer_id}-{order}")))
            .send(&self.client)
            .await?;
        Ok(session.url)
    }

    /// Every subscription that a customer has or had.
    pub async fn subscriptions(&self, customer_id: &str) -> Result<Vec<StripeSubscription>> {
        let listed = ListSubscription::new()
            .customer(customer_id)
            .status(ListSubscriptionStatus::All)
            .limit(LISTED)
            .send(&self.client)
            .await?;
        Ok(listed.data)
    }

    /// The customer's last payments, and whether they stand.
    pub async fn payments(&self, customer_id: &str) -> Result<Vec<Payment>> {
        let charges = ListCharge::new()
            .customer(customer_id)
            .limit(LISTED)
            .send(&self.client)
            .await?;
        let mut payments = Vec::with_capacity(charges.data.len());
        for charge in charges.data.iter().filter(|charge| charge.paid) {
            let is_lost = charge.disputed && self.has_lost_dispute(charge.id.as_str()).await?;
            payments.push(Payment {
                created_at: time(charge.created),
                is_taken_back: charge.refunded || is_lost,
            });
        }
        Ok(payments)
    }

    async fn has_lost_dispute(&self, charge_id: &str) -> Result<bool> {
        let disputes = ListDispute::new()
            .charge(charge_id)
            .limit(LISTED)
            .send(&self.client)
            .await?;
        Ok(disputes
            .data
            .iter()
            .any(|dispute| dispute.status == DisputeStatus::Lost))
    }

    /// Who made a payment.
    pub async fn customer_of_charge(&self, charge_id: &str) -> Result<Option<String>> {
        let charge = RetrieveCharge::new(charge_id).send(&self.client).await?;
        Ok(charge.customer.map(|customer| customer.id().to_string()))
    }

    /// Ends a subscription at once. A new `order` each time, as for a page.
    pub async fn cancel_now(&self, subscription_id: &str, order: Uuid) -> Result<()> {
        CancelSubscription::new(subscription_id)
            .customize()
            .request_strategy(write(&format!("cancel-{subscription_id}-{order}")))
            .send(&self.client)
            .await?;
        Ok(())
    }

    /// Lets a subscription end with what is paid (`true`), or go on after all.
    pub async fn end_at_period_end(
        &self,
        subscription_id: &str,
        ends: bool,
        order: Uuid,
    ) -> Result<()> {
        UpdateSubscription::new(subscription_id)
            .cancel_at_period_end(ends)
            .customize()
            .request_strategy(write(&format!("end-{subscription_id}-{ends}-{order}")))
            .send(&self.client)
            .await?;
        Ok(())
    }

    /// Whom Stripe tells of changes.
    pub async fn webhooks(&self) -> Result<Vec<WebhookEndpoint>> {
        let request = ListWebhookEndpoints.customize();
        let listed = request.send(&self.client).await?;
        let endpoint = |one: Endpoint| WebhookEndpoint {
            is_enabled: one.status == "enabled",
            url: one.url,
            events: one.enabled_events,
        };
        Ok(listed.data.into_iter().map(endpoint).collect())
    }

    /// Whether the key is good; returns whether money is real.
    pub async fn is_live(&self) -> Result<bool> {
        let balance = RetrieveForMyAccountBalance::new()
            .send(&self.client)
            .await?;
        Ok(balance.livemode)
    }
}

impl WebhookEndpoint {
    /// Those of `wanted` of which it is not told.
    pub fn lacks<'a>(&self, wanted: &[&'a str]) -> Vec<&'a str> {
        let is_told = |event: &&&str| self.events.iter().any(|one| one == "*" || one == **event);
        let untold = wanted.iter().filter(|event| !is_told(event));
        untold.copied().collect()
    }
}

/// Where Stripe tells somebody of changes.
#[derive(Debug)]
pub struct WebhookEndpoint {
    /// The address.
    pub url: String,
    /// It is not switched off.
    pub is_enabled: bool,
    /// Of what it is told; `*` is everything.
    pub events: Vec<String>,
}

/// The list of them: the crates that we use have no request for it.
struct ListWebhookEndpoints;

#[derive(miniserde::Deserialize)]
struct Endpoint {
    url: String,
    status: String,
    enabled_events: Vec<String>,
}

#[derive(miniserde::Deserialize)]
struct Endpoints {
    data: Vec<Endpoint>,
}

impl StripeRequest for ListWebhookEndpoints {
    type Output = Endpoints;

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Get, "/webhook_endpoints")
            .query(&HashMap::from([("limit", LISTED)]))
    }
}

/// Stripe's time as ours.
pub(super) fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn metadata(user_id: UserId) -> HashMap<String, String> {
    HashMap::from([(USER_ID.to_owned(), user_id.to_string())])
}

/// One request under one key. Trying again is the caller's: a job's next run, or the learner's next click.
fn write(key: &str) -> RequestStrategy {
    let key = IdempotencyKey::new(key).expect("our keys are a few ids long");
    RequestStrategy::Idempotent(key)
}

fn fingerprint(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(text.as_bytes());
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
