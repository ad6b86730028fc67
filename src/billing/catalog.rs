//! What is sold: the four prices of the settings, with their amounts as Stripe has them.

use std::sync::{Arc, PoisonError};

use chrono::TimeDelta;
use stripe_shared::{Price, RecurringInterval};

use super::stripe::StripeApi;
use super::{Billing, BillingError};
use crate::config::StripePrices;
use crate::domain::billing::Interval;
use crate::domain::plan::Plan;

/// How long amounts are kept in mind: a new price shows within minutes, and pages do not wait for Stripe.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// A price on offer.
#[derive(Debug, Clone)]
pub struct Offered {
    /// What it buys.
    pub plan: Plan,
    /// How often it is paid.
    pub interval: Interval,
    /// Stripe's id.
    pub price_id: String,
    /// Of one payment, in the currency's smallest unit.
    pub amount: i64,
    /// ISO 4217, lower case.
    pub currency: String,
    product_id: String,
}

/// Everything on offer.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Plus before Pro, months before years.
    pub offered: Vec<Offered>,
}

impl Catalog {
    /// What a price of Stripe's sells. A price that is sold no longer is known by its product: who bought at the old
    /// price keeps the plan.
    pub fn plan_of(&self, price: &Price) -> Option<Plan> {
        let by_id = self
            .offered
            .iter()
            .find(|one| one.price_id == price.id.as_str());
        let by_product = || {
            self.offered
                .iter()
                .find(|one| one.product_id == price.product.id().as_str())
        };
        by_id.or_else(by_product).map(|one| one.plan)
    }

    /// The offer of a plan and interval.
    pub fn find(&self, plan: Plan, interval: Interval) -> Option<&Offered> {
        self.offered
            .iter()
            .find(|one| one.plan == plan && one.interval == interval)
    }
}

impl Offered {
    /// `$5`, `€4.50`, `¥500`.
    pub fn words(&self) -> String {
        money(self.amount, &self.currency)
    }
}

impl Billing {
    /// What is on offer, asked of Stripe every few minutes.
    ///
    /// # Errors
    /// When Stripe cannot be asked, and was not before.
    pub async fn catalog(&self) -> Result<Arc<Catalog>, BillingError> {
        let now = self.clock.now();
        let known = self
            .catalog
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((at, catalog)) = &known
            && now - *at < FRESH
        {
            return Ok(Arc::clone(catalog));
        }
        match self.read_catalog().await {
            Ok(catalog) => {
                let catalog = Arc::new(catalog);
                *self.catalog.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((now, Arc::clone(&catalog)));
                Ok(catalog)
            }
            // An older amount is better than no page; Stripe's own page says the one that counts.
            Err(error) => known.map(|(_, catalog)| catalog).ok_or(error),
        }
    }

    async fn read_catalog(&self) -> Result<Catalog, BillingError> {
        let prices = &self.settings.prices;
        let wanted = [
            (Plan::Plus, Interval::Month, &prices.plus_monthly),
            (Plan::Plus, Interval::Year, &prices.plus_yearly),
            (Plan::Pro, Interval::Month, &prices.pro_monthly),
            (Plan::Pro, Interval::Year, &prices.pro_yearly),
        ];
        let asked = wanted.map(|(_, _, id)| self.stripe.price(id));
        let found = futures::future::try_join_all(asked).await?;
        let offered = wanted
            .into_iter()
            .zip(found)
            .map(|((plan, interval, id), price)| Offered {
                plan,
                interval,
                price_id: id.clone(),
                amount: price.unit_amount.unwrap_or(0),
                currency: price.currency.to_string(),
                product_id: price.product.id().to_string(),
            });
        Ok(Catalog {
            offered: offered.collect(),
        })
    }
}

/// What is wrong with the prices of the settings, a sentence each; for `doctor`.
pub async fn price_problems(stripe: &StripeApi, prices: &StripePrices) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, interval, id) in [
        (
            "STRIPE_PRICE_PLUS_MONTHLY",
            Interval::Month,
            &prices.plus_monthly,
        ),
        (
            "STRIPE_PRICE_PLUS_YEARLY",
            Interval::Year,
            &prices.plus_yearly,
        ),
        (
            "STRIPE_PRICE_PRO_MONTHLY",
            Interval::Month,
            &prices.pro_monthly,
        ),
        (
            "STRIPE_PRICE_PRO_YEARLY",
            Interval::Year,
            &prices.pro_yearly,
        ),
    ] {
        match stripe.price(id).await {
            Ok(price) => problems.extend(price_problem(name, interval, &price)),
            Err(error) if error.is_missing() => problems.push(format!(
                "{name} names no price of this account, or one of the other mode (test, live)."
            )),
            Err(error) => problems.push(format!("{name}: {error}.")),
        }
    }
    problems
}

fn price_problem(name: &str, interval: Interval, price: &Price) -> Option<String> {
    let each = price.recurring.as_ref().map(|recurring| {
        let of = match recurring.interval {
            RecurringInterval::Month => Some(Interval::Month),
            RecurringInterval::Year => Some(Interval::Year),
            _ => None,
        };
        (of, recurring.interval_count)
    });
    if !price.active {
        Some(format!("{name} is archived in Stripe."))
    } else if each != Some((Some(interval), 1)) {
        let wanted = interval.as_str();
        Some(format!("{name} is not paid every {wanted}."))
    } else if price.unit_amount.is_none() {
        Some(format!("{name} has no fixed amount."))
    } else {
        None
    }
}

/// Currencies without a smaller unit, of those that Stripe charges in (its page on zero-decimal currencies).
const WHOLE: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// An amount for people.
pub fn money(amount: i64, currency: &str) -> String {
    let digits = if WHOLE.contains(&currency) {
        amount.to_string()
    } else if amount % 100 == 0 {
        (amount / 100).to_string()
    } else {
        format!("{}.{:02}", amount / 100, amount % 100)
    };
    match currency {
        "usd" => format!("${digits}"),
        "eur" => format!("€{digits}"),
        "gbp" => format!("£{digits}"),
        "jpy" => format!("¥{digits}"),
        other => format!("{digits} {}", other.to_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn amounts_read_as_people_write_them() {
        for (amount, currency, words) in [
            (500, "usd", "$5"),
            (450, "eur", "€4.50"),
            (500, "jpy", "¥500"),
            (4905, "chf", "49.05 CHF"),
        ] {
            assert_eq!(money(amount, currency), words);
        }
    }
}
