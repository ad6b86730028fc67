//! One look at Stripe: fetch a customer's present state, end what was taken back, write what is left.

use super::catalog::Catalog;
use super::stripe::{USER_ID, time};
use super::{Billing, BillingError};
use crate::db;
use crate::db::billing::{Ended, Look};
use crate::domain::billing::{Entitlement, Interval, Status, Subscription, live, taken_back};
use crate::domain::ids::UserId;
use chrono::TimeDelta;

/// After this long a look that somebody took and did not end is taken again. Stripe answers in a second or so, and
/// is asked a handful of times.
pub(super) const LOOK_LEASE: TimeDelta = TimeDelta::minutes(1);

/// Between two looks at a customer whose account was deleted.
const LOOK_LATE: TimeDelta = TimeDelta::minutes(10);

/// How long such customers are looked at: a payment page is good for a day.
const KEEP_ENDED: TimeDelta = TimeDelta::hours(25);

impl Billing {
    /// Looks at a learner now, for a page that wants to show what was just paid. `None`: they are no customer.
    ///
    /// # Errors
    /// When Stripe or the database does not answer; the job looks again.
    pub async fn look_now(&self, user_id: UserId) -> Result<Option<Entitlement>, BillingError> {
        let lease_until = self.clock.now() + LOOK_LEASE;
        let Some(look) = db::billing::begin_look(&self.db, user_id, lease_until).await? else {
            return Ok(None);
        };
        let found = self.look(&look).await;
        if found.is_err() {
            db::billing::postpone(&self.db, &look, self.clock.now()).await?;
            self.wanted.notify_one();
        }
        found.map(Some)
    }

    /// Takes a look that was claimed and writes what it found.
    pub(super) async fn look(&self, look: &Look) -> Result<Entitlement, BillingError> {
        let catalog = self.catalog().await?;
        let mut subscriptions = self
            .all_subscriptions(&catalog, look.user_id, &look.customer_id)
            .await?;
        if live(&subscriptions).next().is_some() {
            let payments = self.stripe.payments(&look.customer_id).await?;
            let ended: Vec<String> = taken_back(&subscriptions, &payments)
                .into_iter()
                .map(|one| one.id.clone())
                .collect();
            for id in &ended {
                self.cancel_now(id).await?;
                tracing::info!(user_id = %look.user_id, "a subscription was cancelled: its payment was taken back");
            }
            self.close_other_pages(&look.customer_id).await;
            for one in &mut subscriptions {
                if ended.contains(&one.id) {
                    one.status = Some(Status::Canceled);
                }
            }
        }
        let found = Entitlement::of(&subscriptions);
        let is_written = db::billing::apply(&self.db, look, &found, self.clock.now()).await?;
        tracing::info!(user_id = %look.user_id, plan = found.plan.as_str(), is_written, "looked at Stripe");
        Ok(found)
    }

    /// Closes payment pages that are still open beside a subscription, as of two tabs at the same moment: whoever pays
    /// on one would pay twice. Not being able to is no reason to hide what was found.
    async fn close_other_pages(&self, customer_id: &str) {
        let closed = async {
            for page in self.stripe.open_checkouts(customer_id).await? {
                self.stripe
                    .expire_checkout(&page.id, self.new_order())
                    .await?;
            }
            Ok::<_, super::stripe::StripeError>(())
        };
        if let Err(error) = closed.await
            && !error.is_missing()
        {
            tracing::warn!(%error, "an open payment page was not closed");
        }
    }

    /// Cancels whatever a learner could still be charged for, and closes open payment pages: before their account is
    /// deleted. What they are no customer of needs nothing.
    ///
    /// # Errors
    /// When Stripe or the database does not answer: then the account must stay.
    pub async fn cancel_before_deletion(&self, user_id: UserId) -> Result<(), BillingError> {
        let Some(customer) = db::billing::find(&self.db, user_id).await? else {
            return Ok(());
        };
        let catalog = self.catalog().await?;
        let customer_id = &customer.customer_id;
        // Before Stripe is asked: what is paid between its answer and the end of the account is found by this.
        let now = self.clock.now();
        db::billing::insert_ended(&self.db, &customer, now + LOOK_LATE, now + KEEP_ENDED).await?;
        let open = match self.stripe.open_checkouts(customer_id).await {
            Ok(open) => open,
            Err(error) => {
                let error = error.into();
                if self.is_gone(customer_id, &error).await? {
                    return Ok(());
                }
                return Err(error);
            }
        };
        // Pages first: what is paid on one a moment later would outlive the account.
        for page in open {
            self.stripe
                .expire_checkout(&page.id, self.new_order())
                .await?;
        }
        let subscriptions = self
            .all_subscriptions(&catalog, user_id, customer_id)
            .await?;
        for one in live(&subscriptions) {
            self.cancel_now(&one.id).await?;
        }
        Ok(())
    }

    /// Ends what a payment began at the very moment at which its account was deleted; `false` when there is nobody to
    /// look at now. Nobody else would, and it would be charged for ever.
    ///
    /// # Errors
    /// When the database does not answer. When Stripe does not, the next look does it.
    pub(super) async fn look_at_ended(&self) -> sqlx::Result<bool> {
        let now = self.clock.now();
        let Some(ended) = db::billing::claim_ended(&self.db, now, now + LOOK_LATE).await? else {
            return Ok(false);
        };
        match self.cancel_late(&ended).await {
            Ok(()) => {}
            Err(BillingError::Database(error)) => return Err(error),
            Err(BillingError::Stripe(error)) => {
                tracing::warn!(%error, "a look at a customer whose account is gone failed");
            }
        }
        Ok(true)
    }

    async fn cancel_late(&self, ended: &Ended) -> Result<(), BillingError> {
        let catalog = self.catalog().await?;
        let found = self
            .all_subscriptions(&catalog, ended.learner_id, &ended.customer_id)
            .await?;
        for one in live(&found) {
            self.cancel_now(&one.id).await?;
            tracing::warn!(
                subscription_id = one.id,
                "a subscription begun while its account was deleted was cancelled: its payment may have to go back"
            );
        }
        self.close_other_pages(&ended.customer_id).await;
        Ok(())
    }

    /// A customer's subscriptions in the domain's words.
    pub(super) async fn subscriptions(
        &self,
        catalog: &Catalog,
        user_id: UserId,
        customer_id: &str,
    ) -> Result<Vec<Subscription>, BillingError> {
        let found = self.stripe.subscriptions(customer_id).await?;
        let found = found.iter().map(|one| subscription(catalog, user_id, one));
        Ok(found.collect())
    }

    /// The same, and none of a customer whom Stripe has no longer.
    async fn all_subscriptions(
        &self,
        catalog: &Catalog,
        user_id: UserId,
        customer_id: &str,
    ) -> Result<Vec<Subscription>, BillingError> {
        match self.subscriptions(catalog, user_id, customer_id).await {
            Err(error) if self.is_gone(customer_id, &error).await? => Ok(Vec::new()),
            other => other,
        }
    }

    async fn cancel_now(&self, subscription_id: &str) -> Result<(), BillingError> {
        match self
            .stripe
            .cancel_now(subscription_id, self.new_order())
            .await
        {
            // Somebody was quicker: it is over, which is what was wanted.
            Err(error) if error.is_missing() => Ok(()),
            other => Ok(other?),
        }
    }
}

fn subscription(
    catalog: &Catalog,
    user_id: UserId,
    one: &stripe_shared::Subscription,
) -> Subscription {
    // We sell one thing at a time; of several items the one that sells a plan counts.
    let item = one
        .items
        .data
        .iter()
        .max_by_key(|item| catalog.plan_of(&item.price));
    let recurring = item.and_then(|item| item.price.recurring.as_ref());
    let period_end = item.map(|item| time(item.current_period_end));
    let read = Subscription {
        id: one.id.to_string(),
        status: Status::from_name(one.status.as_str()),
        plan: item.and_then(|item| catalog.plan_of(&item.price)),
        is_ours: one.metadata.get(USER_ID) == Some(&user_id.to_string()),
        interval: recurring.and_then(|each| Interval::from_name(each.interval.as_str())),
        // The portal cancels with `cancel_at`; it is the same to the learner.
        period_end: one.cancel_at.map(time).or(period_end),
        ends_at_period_end: one.cancel_at_period_end || one.cancel_at.is_some(),
        created_at: time(one.created),
        period_start: item.map(|item| time(item.current_period_start)),
        ended_at: one.ended_at.map(time),
    };
    if read.plan.is_none() && read.may_be_charged() {
        tracing::warn!(
            %user_id,
            subscription_id = read.id,
            price_id = item.map(|item| item.price.id.as_str()),
            "somebody pays for a price that is no plan of the settings, nor is its product, and has Free: name the \
             price, or move the subscription to one that is named"
        );
    }
    read
}
