//! Buying and ending a plan: the ways to Stripe's own pages, and the one button that is ours.

use uuid::Uuid;

use super::catalog::Catalog;
use super::stripe::Purchase;
use super::{Billing, BillingError};
use crate::db;
use crate::db::users::User;
use crate::domain::billing::{Interval, Subscription, live};
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
    /// The way to buy a plan. `order` makes the request one of a kind: the same button pressed twice opens one page
    /// (all buttons of a form's page have one order, so what they sell is compared too). A learner has one open page at most, so that nobody pays twice in two tabs.
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
        let (customer_id, subscriptions) = self.known_customer(&catalog, user).await?;
        if live(&subscriptions).next().is_some() {
            let url = self.portal_of(&customer_id).await?;
            return Ok(Way::Portal(url));
        }
        let mut before: Vec<String> = subscriptions.into_iter().map(|one| one.id).collect();
        for open in self.stripe.open_checkouts(&customer_id).await? {
            let is_this = open.order == Some(order)
                && open.price_id.as_deref() == Some(offered.price_id.as_str());
            match open.url {
                Some(url) if is_this => return Ok(Way::Checkout(url)),
                _ => {
                    let order = self.new_order();
                    self.stripe.expire_checkout(&open.id, order).await?;
                    before.push(open.id);
                }
            }
        }
        let purchase = Purchase {
            user_id: user.user_id,
            customer_id: &customer_id,
            price_id: &offered.price_id,
            success_url: &self.address("/plan/bought"),
            cancel_url: &self.address("/pricing"),
            order,
            before: &before.join(" "),
        };
        let url = self.stripe.create_checkout(&purchase).await?;
        Ok(Way::Checkout(url))
    }

    /// Stripe's page for the learner's card, invoices and plan. `None`: they are no customer.
    ///
    /// # Errors
    /// When Stripe or the database does not answer.
    pub async fn portal(&self, user_id: UserId) -> Result<Option<String>, BillingError> {
        let Some(customer) = db::billing::find(&self.db, user_id).await? else {
            return Ok(None);
        };
        match self.portal_of(&customer.customer_id).await {
            Err(error) if self.is_gone(&customer.customer_id, &error).await? => Ok(None),
            other => other.map(Some),
        }
    }

    /// Lets the learner's subscription end with what is paid (`true`), or go on after all; and looks. Nothing when they
    /// have none.
    ///
    /// # Errors
    /// When Stripe or the database does not answer.
    pub async fn end_at_period_end(&self, user_id: UserId, ends: bool) -> Result<(), BillingError> {
        let Some(customer) = db::billing::find(&self.db, user_id).await? else {
            return Ok(());
        };
        let catalog = self.catalog().await?;
        let subscriptions = self
            .subscriptions(&catalog, user_id, &customer.customer_id)
            .await?;
        for one in live(&subscriptions) {
            // A key of its own each time: under an old one (the form of a page gone back to) Stripe would repeat its
            // old answer and change nothing, and a second cancelling would be lost.
            let order = self.new_order();
            self.stripe.end_at_period_end(&one.id, ends, order).await?;
        }
        self.look_now(user_id).await?;
        Ok(())
    }

    /// A new page each time: Stripe's are good for minutes, and under an old key it would name one that is over.
    async fn portal_of(&self, customer_id: &str) -> Result<String, BillingError> {
        let back = self.address("/plan/changed");
        let order = self.new_order();
        Ok(self.stripe.create_portal(customer_id, &back, order).await?)
    }

    /// The customer that a learner is, made if they are none yet, with their subscriptions.
    async fn known_customer(
        &self,
        catalog: &Catalog,
        user: &User,
    ) -> Result<(String, Vec<Subscription>), BillingError> {
        let known = db::billing::find(&self.db, user.user_id).await?;
        let Some(known) = known.map(|customer| customer.customer_id) else {
            let made = self.make_customer(user, "").await?;
            db::billing::insert(&self.db, user.user_id, &made, self.clock.now()).await?;
            let kept = db::billing::find(&self.db, user.user_id).await?;
            let kept = kept.map_or(made, |customer| customer.customer_id);
            let subscriptions = self.subscriptions(catalog, user.user_id, &kept).await?;
            return Ok((kept, subscriptions));
        };
        match self.subscriptions(catalog, user.user_id, &known).await {
            Err(error) if self.is_gone(&known, &error).await? => {
                let made = self.make_customer(user, &known).await?;
                let now = self.clock.now();
                db::billing::replace(&self.db, user.user_id, &known, &made, now).await?;
                Ok((made, Vec::new()))
            }
            other => Ok((known, other?)),
        }
    }

    async fn make_customer(&self, user: &User, earlier: &str) -> Result<String, BillingError> {
        let email = user.email.as_deref();
        let order = self.new_order();
        let made = self
            .stripe
            .create_customer(user.user_id, email, earlier, order);
        Ok(made.await?)
    }

    /// Whether it failed because Stripe has no such customer: the operator went from test mode to live, or deleted them
    /// in the dashboard.
    pub(super) async fn is_gone(
        &self,
        customer_id: &str,
        error: &BillingError,
    ) -> Result<bool, BillingError> {
        Ok(error.is_missing() && !self.stripe.has_customer(customer_id).await?)
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}
