//! The objects that the stand-in answers, held against the types of the crate and against Stripe's own examples.

use miniserde::Deserialize;
use serde_json::{Value, json};

use crate::stripe_server::objects;

/// Stripe's examples, beside a clone in the workshop; a clone alone has none.
const EXAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/stripe/fixtures3.json"
);

fn all() -> Vec<(&'static str, Value)> {
    let price = objects::price("price_plus_month").expect("a price");
    vec![
        (
            "customer",
            objects::customer("cus_1", 1, Some("a@example.org"), &json!({})),
        ),
        (
            "checkout.session",
            objects::session("cs_1", 1, "http://127.0.0.1/"),
        ),
        (
            "billing_portal.session",
            objects::portal(
                "bps_1",
                1,
                "cus_1",
                "http://127.0.0.1/",
                "http://127.0.0.1/",
            ),
        ),
        (
            "subscription",
            objects::subscription("sub_1", "cus_1", &price, &json!({}), 1, 2),
        ),
        ("charge", objects::charge("ch_1", "cus_1", 500, 1)),
        ("dispute", objects::dispute("dp_1", "ch_1", 500, 1)),
        ("balance", objects::balance()),
        (
            "event",
            objects::event(
                "evt_1",
                "customer.created",
                &objects::customer("cus_1", 1, None, &json!({})),
                1,
            ),
        ),
        ("price", price),
    ]
}

fn reads<T: Deserialize>(value: &Value) -> bool {
    miniserde::json::from_str::<T>(&value.to_string()).is_ok()
}

/// Whether the crate's type reads it: every field that it requires, with the right type.
fn crate_reads(kind: &str, value: &Value) -> bool {
    match kind {
        "customer" => reads::<stripe_shared::Customer>(value),
        "checkout.session" => reads::<stripe_shared::CheckoutSession>(value),
        "billing_portal.session" => reads::<stripe_billing::BillingPortalSession>(value),
        "subscription" => reads::<stripe_shared::Subscription>(value),
        "charge" => reads::<stripe_shared::Charge>(value),
        "dispute" => reads::<stripe_shared::Dispute>(value),
        "balance" => reads::<stripe_core::Balance>(value),
        "event" => reads::<stripe_shared::Event>(value),
        "price" => reads::<stripe_shared::Price>(value),
        other => panic!("no type for {other}"),
    }
}

#[test]
fn the_crate_reads_every_object_of_the_stand_in() {
    for (kind, object) in all() {
        assert!(crate_reads(kind, &object), "{kind}");
    }
}

#[test]
fn every_object_is_like_stripes_own_example_field_by_field() {
    let Ok(text) = std::fs::read_to_string(EXAMPLES) else {
        println!(
            "Stripe's examples are not here ({EXAMPLES}): the stand-in's objects were not held against them."
        );
        return;
    };
    let examples: Value = serde_json::from_str(&text).expect("JSON");
    let mut wrong = Vec::new();
    let mut fields = 0;
    for (kind, ours) in all() {
        let theirs = &examples["resources"][kind];
        assert!(theirs.is_object(), "no example of {kind}");
        if !crate_reads(kind, theirs) {
            wrong.push(format!(
                "{kind}: the crate does not read Stripe's own example"
            ));
        }
        let skipped = if kind == "event" {
            &["data"][..]
        } else {
            &["metadata"][..]
        };
        compare(kind, &ours, theirs, skipped, &mut wrong, &mut fields);
    }
    println!(
        "{fields} fields of {} objects were held against Stripe's examples",
        all().len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn compare(
    path: &str,
    ours: &Value,
    theirs: &Value,
    skipped: &[&str],
    wrong: &mut Vec<String>,
    fields: &mut usize,
) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (name, value) in ours
                .iter()
                .filter(|(name, _)| !skipped.contains(&name.as_str()))
            {
                *fields += 1;
                let path = format!("{path}.{name}");
                match theirs.get(name) {
                    Some(other) => compare(&path, value, other, skipped, wrong, fields),
                    None => wrong.push(format!("{path}: Stripe has no such field")),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if let (Some(one), Some(other)) = (ours.first(), theirs.first()) {
                compare(&format!("{path}[]"), one, other, skipped, wrong, fields);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (ours, theirs) => {
            if std::mem::discriminant(ours) != std::mem::discriminant(theirs) {
                wrong.push(format!("{path}: {ours} where Stripe has {theirs}"));
            }
        }
    }
}
