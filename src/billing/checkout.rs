//! Buying and ending a plan: the ways to Stripe's own pages, and the one button that is ours.

use uuid::Uuid;

use super::stripe::Purchase;
use super::{Billing, BillingError};
use crate::db;
use crate::db::users::User;
use crate::domain::billing::{Interval, live};
use crate::domain::ids::UserId;
use crate::domain::plan::Plan;

/// Where a learner goes who wants to buy.
#[derive(Debug)]
pub enum Way {
    /// Stripe's page where it is paid.
    Checkout(String),
    /// They have a subscription already, which is changed and not bought twice: Stripe's page for that.
    Portal(String),
    /// It is not on offer.
    NotOffered,
}

impl Billing {
    /// The way to buy a plan. `order` makes the request one of a kind: the same form sent twice opens one page.
    ///
    /// # Errors
    /// When Stripe or the database does not answer; nothing was bought.
    pub async fn buy(
        &self,
        user: &User,
        plan: Plan,
        interval: Interval,
        order: Uuid,
    ) -> Result<Way, BillingError> {
        let catalog = self.catalog().await?;
        let Some(offered) = catalog.find(plan, interval) else {
            return Ok(Way::NotOffered);
        };
        let customer_id = self.customer(user).await?;
        let subscriptions = self.subscriptions(&catalog, &customer_id).await?;
        if live(&subscriptions).next().is_some() {
            let url = self.portal_of(&customer_id, order).await?;
            return Ok(Way::Portal(url));
        }
        let purchase = Purchase {
            user_id: user.user_id,
            customer_id: &customer_id,
            price_id: &offered.price_id,
            success_url: &self.address("/plan/bought"),
            cancel_url: &self.address("/pricing"),
            order,
        };
        let url = self.stripe.create_checkout(&purchase).await?;
        Ok(Way::Checkout(url))
    }

    /// Stripe's page for the learner's card, invoices and plan. `None`: they are no customer.
    ///
    /// # Errors
    /// When Stripe or the database does not answer.
    pub async fn portal(
        &self,
        user_id: UserId,
        order: Uuid,
    ) -> Result<Option<String>, BillingError> {
        match db::billing::find(&self.db, user_id).await? {
            Some(customer) => Ok(Some(self.portal_of(&customer.customer_id, order).await?)),
            None => Ok(None),
        }
    }

    /// Lets the learner's subscription end with what is paid (`true`), or go on after all; and looks. Nothing when they
    /// have none.
    ///
    /// # Errors
    /// When Stripe or the database does not answer.
    pub async fn end_at_period_end(
        &self,
        user_id: UserId,
        ends: bool,
        order: Uuid,
    ) -> Result<(), BillingError> {
        let Some(customer) = db::billing::find(&self.db, user_id).await? else {
            return Ok(());
        };
        let catalog = self.catalog().await?;
        let subscriptions = self.subscriptions(&catalog, &customer.customer_id).await?;
        for one in live(&subscriptions) {
            self.stripe.end_at_period_end(&one.id, ends, order).await?;
        }
        self.look_now(user_id).await?;
        Ok(())
    }

    async fn portal_of(&self, customer_id: &str, order: Uuid) -> Result<String, BillingError> {
        let back = self.address("/plan/changed");
        Ok(self.stripe.create_portal(customer_id, &back, order).await?)
    }

    /// The customer that a learner is, made if they are none yet.
    async fn customer(&self, user: &User) -> Result<String, BillingError> {
        if let Some(customer) = db::billing::find(&self.db, user.user_id).await? {
            return Ok(customer.customer_id);
        }
        let email = user.email.as_deref();
        let made = self.stripe.create_customer(user.user_id, email).await?;
        db::billing::insert(&self.db, user.user_id, &made, self.clock.now()).await?;
        let kept = db::billing::find(&self.db, user.user_id).await?;
        Ok(kept.map_or(made, |customer| customer.customer_id))
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}
