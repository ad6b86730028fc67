//! What Stripe tells us: believed by its signature, kept once, answered at once. What it means a job finds out.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde_json::Value;
use stripe_webhook::{Webhook, WebhookError};

use super::Billing;
use crate::db;
use crate::db::billing::Event;

/// Longest body that is read. Stripe's events are some kilobytes; a large invoice some tens.
pub const MAX_EVENT: usize = 1024 * 1024;

/// What we want to be told of; for `doctor`. Of the rest the daily comparison learns.
pub const WANTED: [&str; 8] = [
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "checkout.session.completed",
    "invoice.paid",
    "invoice.payment_failed",
    "charge.refunded",
    "charge.dispute.closed",
];

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is kept, and a look is wanted.
    Kept,
    /// It was kept before.
    Known,
    /// It is not signed by Stripe, or too long ago.
    Forged,
}

impl Billing {
    /// Takes a message. One short transaction.
    ///
    /// # Errors
    /// When the database does not answer: Stripe tells us again.
    pub async fn receive(&self, body: &[u8], signature: &str) -> sqlx::Result<Received> {
        let secret = self.settings.webhook_secret.expose_secret();
        let now = self.clock.now();
        let Some(event) = verified(body, signature, secret, now).and_then(|body| read(&body))
        else {
            return Ok(Received::Forged);
        };
        let mut tx = self.db.begin().await?;
        let is_new = db::billing::insert_event(&mut *tx, &event, now).await?;
        if let (true, Some(customer_id)) = (is_new, &event.customer_id) {
            db::billing::want_look(&mut *tx, customer_id, now).await?;
            db::billing::hasten_ended(&mut *tx, customer_id, now).await?;
        }
        tx.commit().await?;
        tracing::info!(
            event_id = event.event_id,
            kind = event.kind,
            is_new,
            "an event of Stripe"
        );
        if !is_new {
            return Ok(Received::Known);
        }
        self.wanted.notify_one();
        Ok(Received::Kept)
    }
}

/// The body, if Stripe signed these very bytes within five minutes of `now`. The crate compares in constant time, any
/// of several signatures, before it reads anything; that it then cannot make sense of an event (a kind of next year) is
/// no reason to refuse it, since we read three fields only.
fn verified(body: &[u8], signature: &str, secret: &str, now: DateTime<Utc>) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    let at = now.timestamp();
    match Webhook::construct_event_with_timestamp(text, signature, secret, at) {
        Ok(_) | Err(WebhookError::BadParse(_)) => serde_json::from_str(text).ok(),
        Err(_) => None,
    }
}

fn read(body: &Value) -> Option<Event> {
    let object = &body["data"]["object"];
    let customer = match object["object"].as_str() {
        Some("customer") => &object["id"],
        _ => &object["customer"],
    };
    let charge = match object["object"].as_str() {
        Some("dispute") => &object["charge"],
        _ => &Value::Null,
    };
    Some(Event {
        event_id: id(&body["id"])?,
        kind: body["type"].as_str()?.to_owned(),
        customer_id: id(customer),
        charge_id: id(charge),
        happened_at: DateTime::from_timestamp(body["created"].as_i64()?, 0)?,
    })
}

/// An id, or that of an object that stands in its place.
fn id(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| value["id"].as_str())?;
    let is_plain = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_plain.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    const SECRET: &str = "whsec_of_a_test";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a valid time")
    }

    fn body() -> String {
        json!({
            "id": "evt_1", "object": "event", "type": "customer.subscription.updated", "created": 1_800_000_000,
            "data": { "object": { "object": "subscription", "id": "sub_1", "customer": "cus_1" } },
        })
        .to_string()
    }

    fn signed(body: &str, secret: &str, at: DateTime<Utc>) -> String {
        Webhook::generate_test_header(body, secret, Some(at.timestamp()))
    }

    fn is_believed(body: &str, signature: &str) -> bool {
        verified(body.as_bytes(), signature, SECRET, now()).is_some()
    }

    #[test]
    fn what_stripe_signed_is_read() {
        let body = body();
        let event = verified(
            body.as_bytes(),
            &signed(&body, SECRET, now()),
            SECRET,
            now(),
        )
        .and_then(|body| read(&body))
        .expect("signed");
        assert_eq!(event.event_id, "evt_1");
        assert_eq!(event.customer_id.as_deref(), Some("cus_1"));
    }

    #[test]
    fn one_good_signature_among_several_is_enough() {
        let body = body();
        let good = signed(&body, SECRET, now());
        let (t, v1) = good.split_once(',').expect("two parts");
        let other = "v1=00ff".to_owned() + &"0".repeat(60);
        assert!(is_believed(&body, &format!("{t},{other},{v1},v0=zz")));
        assert!(!is_believed(&body, &format!("{t},{other}")));
    }

    #[test]
    fn forged_edited_and_old_messages_are_not_believed() {
        let body = body();
        let good = signed(&body, SECRET, now());
        let mut believed = 0;
        let mut tried = 0;
        let mut attempt = |body: &str, signature: &str| {
            tried += 1;
            believed += usize::from(is_believed(body, signature));
        };
        attempt(&body, &signed(&body, "whsec_of_somebody", now()));
        attempt(&body, &signed(&body, "", now()));
        attempt(&body.replace("cus_1", "cus_2"), &good);
        attempt(&format!("{body} "), &good);
        for seconds in [-100_000, -301, 301, 100_000] {
            attempt(
                &body,
                &signed(&body, SECRET, now() + TimeDelta::seconds(seconds)),
            );
        }
        for signature in [
            "",
            "t=,v1=",
            "v1=",
            "t=1800000000",
            "t=x,v1=00",
            "=,=",
            "t=1800000000,v1=zz",
        ] {
            attempt(&body, signature);
        }
        // Each byte of the signature changed, and the time that it speaks of moved.
        for at in 0..good.len() {
            let mut edited = good.clone().into_bytes();
            edited[at] = if edited[at] == b'0' { b'1' } else { b'0' };
            attempt(&body, &String::from_utf8(edited).expect("ASCII"));
        }
        // Each byte of the body changed.
        for at in 0..body.len() {
            let mut edited = body.clone().into_bytes();
            edited[at] ^= 1;
            attempt(&String::from_utf8(edited).expect("ASCII"), &good);
        }
        println!("R3: {believed} of {tried} forged, edited or old messages believed");
        assert_eq!(believed, 0);
    }

    #[test]
    fn the_tolerance_is_five_minutes_both_ways() {
        let body = body();
        for seconds in [-300, 0, 300] {
            let at = now() + TimeDelta::seconds(seconds);
            assert!(is_believed(&body, &signed(&body, SECRET, at)), "{seconds}");
        }
    }

    #[test]
    fn a_dispute_is_known_by_its_charge_and_a_customer_by_its_own_id() {
        let event = |object: Value| {
            read(&json!({ "id": "evt_1", "type": "x", "created": 1, "data": { "object": object } }))
                .expect("an event")
        };
        let dispute = event(json!({ "object": "dispute", "charge": { "id": "ch_1" } }));
        assert_eq!(
            (dispute.customer_id, dispute.charge_id),
            (None, Some("ch_1".into()))
        );
        let customer = event(json!({ "object": "customer", "id": "cus_1" }));
        assert_eq!(customer.customer_id.as_deref(), Some("cus_1"));
    }
}
