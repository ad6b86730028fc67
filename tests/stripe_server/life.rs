//! What happens to a subscription: by the learner, their bank, and time.

use serde_json::{Value, json};

use super::{State, objects};

const DAY: i64 = 86_400;

/// Seconds between a payment and the subscription that it begins.
const SETTLING: i64 = 5;

/// Something that happens to a customer, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    /// Plus, by the month, through the payment page.
    BuyPlus,
    /// The portal: Pro instead of Plus.
    ToPro,
    /// The portal: Plus instead of Pro.
    ToPlus,
    /// The renewal's payment fails.
    PaymentFails,
    /// The next try goes through.
    PaymentSucceeds,
    /// Stripe gives up: the subscription is unpaid.
    GiveUp,
    /// Ends with the period.
    CancelLater,
    /// Goes on after all.
    Resume,
    /// Ends at once.
    CancelNow,
    /// The whole last payment goes back.
    Refund,
    /// The last payment was disputed, and lost.
    LoseDispute,
}

impl Happening {
    pub const ALL: [Happening; 11] = [
        Happening::BuyPlus,
        Happening::ToPro,
        Happening::ToPlus,
        Happening::PaymentFails,
        Happening::PaymentSucceeds,
        Happening::GiveUp,
        Happening::CancelLater,
        Happening::Resume,
        Happening::CancelNow,
        Happening::Refund,
        Happening::LoseDispute,
    ];
}

impl State {
    /// Puts an event into the queue of what is still to be told.
    pub fn tell(&mut self, kind: &str, object: &Value) {
        let id = self.id("evt");
        let event = objects::event(&id, kind, &shown(object), self.now);
        self.events.push(event);
    }

    /// Lets something happen to a customer; nothing where it cannot.
    pub fn happen(&mut self, customer: &str, what: Happening) {
        self.now += 1;
        let live = self
            .subscriptions
            .iter()
            .find(|one| one["customer"] == customer && one["status"] != "canceled")
            .and_then(|one| one["id"].as_str().map(str::to_owned));
        match (what, live) {
            (Happening::BuyPlus, None) => {
                self.subscribe(customer, "price_plus_month", &json!({}));
            }
            (Happening::ToPro, Some(id)) => self.set_price(&id, "price_pro_month"),
            (Happening::ToPlus, Some(id)) => self.set_price(&id, "price_plus_month"),
            (Happening::PaymentFails, Some(id)) => self.set_status(&id, "past_due"),
            (Happening::PaymentSucceeds, Some(id)) => self.set_status(&id, "active"),
            (Happening::GiveUp, Some(id)) => self.set_status(&id, "unpaid"),
            (Happening::CancelLater, Some(id)) => {
                self.set_ends(&id, true);
            }
            (Happening::Resume, Some(id)) => {
                self.set_ends(&id, false);
            }
            (Happening::CancelNow, Some(id)) => {
                self.cancel(&id);
            }
            (Happening::Refund, Some(_)) => self.refund(customer),
            (Happening::LoseDispute, Some(_)) => self.lose_dispute(customer),
            _ => {}
        }
    }

    /// Pays on a payment page; `None` where it is open no longer.
    pub fn pay(&mut self, session_id: &str) -> Option<String> {
        let session = self
            .sessions
            .iter()
            .find(|one| one["id"] == session_id && one["status"] == "open")?
            .clone();
        let (customer, price) = (session["customer"].as_str()?, session["_price"].as_str()?);
        let subscription = self.subscribe(customer, price, &session["_metadata"]);
        let kept = self
            .sessions
            .iter_mut()
            .find(|one| one["id"] == session_id)?;
        kept["status"] = json!("complete");
        kept["payment_status"] = json!("paid");
        kept["subscription"] = json!(subscription);
        let kept = kept.clone();
        self.tell("checkout.session.completed", &kept);
        session["success_url"].as_str().map(str::to_owned)
    }

    /// Begins a subscription that is paid at once: the money first, the subscription some seconds later, as Stripe's
    /// payment page does it.
    pub fn subscribe(&mut self, customer: &str, price: &str, metadata: &Value) -> String {
        let price = objects::price(price).expect("one of ours");
        self.charge(customer, price["unit_amount"].as_i64().unwrap_or(0));
        self.now += SETTLING;
        let id = self.id("sub");
        let days = if price["recurring"]["interval"] == "year" {
            365
        } else {
            30
        };
        let end = self.now + days * DAY;
        let one = objects::subscription(&id, customer, &price, metadata, self.now, end);
        self.subscriptions.push(one.clone());
        self.tell("customer.subscription.created", &one);
        id
    }

    fn charge(&mut self, customer: &str, amount: i64) {
        let id = self.id("ch");
        let charge = objects::charge(&id, customer, amount, self.now);
        self.charges.push(charge.clone());
        self.tell("charge.succeeded", &charge);
    }

    fn change(&mut self, id: &str, kind: &str, change: impl FnOnce(&mut Value)) -> Value {
        let one = self.subscriptions.iter_mut().find(|one| one["id"] == id);
        let one = one.expect("looked up before");
        change(one);
        let one = one.clone();
        self.tell(kind, &one);
        one
    }

    pub fn set_price(&mut self, id: &str, price: &str) {
        let price = objects::price(price).expect("one of ours");
        self.change(id, "customer.subscription.updated", |one| {
            objects::set_price(one, &price)
        });
    }

    pub fn set_status(&mut self, id: &str, status: &str) {
        self.change(id, "customer.subscription.updated", |one| {
            one["status"] = json!(status)
        });
    }

    pub fn set_ends(&mut self, id: &str, ends: bool) -> Value {
        self.change(id, "customer.subscription.updated", |one| {
            one["cancel_at_period_end"] = json!(ends);
            let end = one["items"]["data"][0]["current_period_end"].clone();
            one["cancel_at"] = if ends { end } else { Value::Null };
        })
    }

    pub fn cancel(&mut self, id: &str) -> Value {
        let now = self.now;
        self.change(id, "customer.subscription.deleted", |one| {
            one["status"] = json!("canceled");
            one["canceled_at"] = json!(now);
            one["ended_at"] = json!(now);
        })
    }

    fn last_charge(&mut self, customer: &str) -> Option<&mut Value> {
        self.charges
            .iter_mut()
            .rev()
            .find(|one| one["customer"] == customer)
    }

    pub fn refund(&mut self, customer: &str) {
        let Some(charge) = self.last_charge(customer) else {
            return;
        };
        charge["refunded"] = json!(true);
        charge["amount_refunded"] = charge["amount"].clone();
        let charge = charge.clone();
        self.tell("charge.refunded", &charge);
    }

    pub fn lose_dispute(&mut self, customer: &str) {
        let Some(charge) = self.last_charge(customer) else {
            return;
        };
        charge["disputed"] = json!(true);
        let (charge_id, amount) = (charge["id"].clone(), charge["amount"].as_i64().unwrap_or(0));
        let id = self.id("dp");
        let mut dispute = objects::dispute(
            &id,
            charge_id.as_str().unwrap_or_default(),
            amount,
            self.now,
        );
        self.tell("charge.dispute.created", &dispute);
        dispute["status"] = json!("lost");
        self.disputes.push(dispute.clone());
        self.tell("charge.dispute.closed", &dispute);
    }

    /// Time passes: periods end, and with them what was to end; what goes on is paid again.
    pub fn advance_days(&mut self, days: i64) {
        for _ in 0..days {
            self.now += DAY;
            let due: Vec<Value> = self
                .subscriptions
                .iter()
                .filter(|one| {
                    one["status"] != "canceled"
                        && one["items"]["data"][0]["current_period_end"].as_i64() <= Some(self.now)
                })
                .cloned()
                .collect();
            for one in due {
                let id = one["id"].as_str().expect("an id").to_owned();
                if one["cancel_at_period_end"] == true {
                    self.cancel(&id);
                } else {
                    self.renew(&id);
                }
            }
        }
    }

    fn renew(&mut self, id: &str) {
        let now = self.now;
        let one = self.change(id, "customer.subscription.updated", |one| {
            let is_yearly = one["items"]["data"][0]["price"]["recurring"]["interval"] == "year";
            let days = if is_yearly { 365 } else { 30 };
            one["items"]["data"][0]["current_period_start"] = json!(now);
            one["items"]["data"][0]["current_period_end"] = json!(now + days * DAY);
        });
        let amount = one["items"]["data"][0]["price"]["unit_amount"].as_i64();
        let customer = one["customer"].as_str().expect("a customer").to_owned();
        self.charge(&customer, amount.unwrap_or(0));
    }

    /// The plan that the customer's subscriptions pay for, by Stripe's own words: what ours must come to.
    pub fn truth(&self, customer: &str) -> &'static str {
        let pays = |one: &&Value| {
            one["customer"] == customer
                && ["trialing", "active", "past_due"]
                    .contains(&one["status"].as_str().unwrap_or_default())
        };
        let products: Vec<&str> = self
            .subscriptions
            .iter()
            .filter(pays)
            .filter_map(|one| one["items"]["data"][0]["price"]["product"].as_str())
            .collect();
        if products.contains(&"prod_pro") {
            "pro"
        } else if products.contains(&"prod_plus") {
            "plus"
        } else {
            "free"
        }
    }
}

/// Without what is the stand-in's own.
fn shown(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|name, _| !name.starts_with('_'));
    }
    object
}
