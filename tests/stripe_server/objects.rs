//! Stripe's objects, with every field that its answers must have. A check holds them against Stripe's own examples.

use serde_json::{Value, json};

use super::PRICES;

pub fn price(id: &str) -> Option<Value> {
    let (id, product, amount, interval) = *PRICES.iter().find(|price| price.0 == id)?;
    Some(json!({
        "id": id, "object": "price", "active": true, "billing_scheme": "per_unit", "created": 1_700_000_000,
        "currency": "usd", "custom_unit_amount": null, "livemode": false, "lookup_key": null, "metadata": {},
        "nickname": null, "product": product,
        "recurring": { "interval": interval, "interval_count": 1, "meter": null, "trial_period_days": null, "usage_type": "licensed" },
        "tax_behavior": "unspecified", "tiers_mode": null, "transform_quantity": null, "type": "recurring",
        "unit_amount": amount, "unit_amount_decimal": amount.to_string(),
    }))
}

fn plan(price: &Value) -> Value {
    json!({
        "id": price["id"], "object": "plan", "active": true, "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"], "billing_scheme": "per_unit", "created": price["created"],
        "currency": "usd", "interval": price["recurring"]["interval"], "interval_count": 1, "livemode": false,
        "metadata": {}, "meter": null, "nickname": null, "product": price["product"], "tiers_mode": null,
        "transform_usage": null, "trial_period_days": null, "usage_type": "licensed",
    })
}

pub fn customer(id: &str, now: i64, email: Option<&str>, metadata: &Value) -> Value {
    json!({
        "id": id, "object": "customer", "address": null, "balance": 0, "created": now, "currency": null,
        "default_source": null, "delinquent": false, "description": null, "discount": null, "email": email,
        "invoice_prefix": "7FE1103",
        "invoice_settings": { "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null },
        "livemode": false, "metadata": metadata, "name": null, "next_invoice_sequence": 1, "phone": null,
        "preferred_locales": [], "shipping": null, "tax_exempt": "none", "test_clock": null,
    })
}

pub fn session(id: &str, now: i64, url: &str) -> Value {
    json!({
        "id": id, "object": "checkout.session", "allow_promotion_codes": null, "amount_subtotal": null,
        "amount_total": null, "automatic_tax": { "enabled": false, "liability": null, "status": null, "provider": null },
        "billing_address_collection": null, "cancel_url": null, "client_reference_id": null, "client_secret": null,
        "consent": null, "consent_collection": null, "created": now, "currency": "usd", "custom_fields": [],
        "custom_text": { "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null },
        "customer": null, "customer_creation": null, "customer_details": null, "customer_email": null,
        "expires_at": now + 86_400, "invoice": null, "invoice_creation": null, "livemode": false, "locale": null,
        "metadata": {}, "mode": "subscription", "payment_intent": null, "payment_link": null,
        "payment_method_collection": "always", "payment_method_configuration_details": null, "payment_method_options": {},
        "payment_method_types": ["card"], "payment_status": "unpaid", "phone_number_collection": { "enabled": false },
        "recovered_from": null, "saved_payment_method_options": null, "setup_intent": null,
        "shipping_address_collection": null, "shipping_cost": null, "shipping_options": [], "status": "open",
        "submit_type": null, "subscription": null, "success_url": null, "total_details": null, "ui_mode": null, "url": url,
    })
}

pub fn portal(id: &str, now: i64, customer: &str, return_url: &str, url: &str) -> Value {
    json!({
        "id": id, "object": "billing_portal.session", "configuration": "bpc_1", "created": now, "customer": customer,
        "customer_account": null, "flow": null, "livemode": false, "locale": null, "on_behalf_of": null,
        "return_url": return_url, "url": url,
    })
}

/// A subscription to a price from `now` to `end`.
pub fn subscription(
    id: &str,
    customer: &str,
    price: &Value,
    metadata: &Value,
    now: i64,
    end: i64,
) -> Value {
    json!({
        "id": id, "object": "subscription", "application": null, "application_fee_percent": null,
        "automatic_tax": { "enabled": false, "liability": null, "disabled_reason": null },
        "billing_cycle_anchor": now, "billing_cycle_anchor_config": null, "billing_mode": { "type": "classic" },
        "billing_schedules": [], "billing_thresholds": null, "cancel_at": null, "cancel_at_period_end": false,
        "canceled_at": null, "cancellation_details": { "comment": null, "feedback": null, "reason": null },
        "collection_method": "charge_automatically", "created": now, "currency": "usd", "customer": customer,
        "customer_account": null, "days_until_due": null, "default_payment_method": null, "default_source": null,
        "default_tax_rates": [], "description": null, "discounts": [], "ended_at": null,
        "invoice_settings": { "account_tax_ids": null, "issuer": { "type": "self" }, "custom_fields": null, "description": null, "footer": null },
        "items": {
            "object": "list", "has_more": false, "url": format!("/v1/subscription_items?subscription={id}"),
            "data": [{
                "id": format!("si_{id}"), "object": "subscription_item", "created": now, "billing_thresholds": null,
                "current_period_start": now, "current_period_end": end, "discounts": [], "metadata": {},
                "plan": plan(price), "price": price, "quantity": 1, "subscription": id, "tax_rates": [],
            }],
        },
        "latest_invoice": null, "livemode": false, "metadata": metadata, "next_pending_invoice_item_invoice": null,
        "on_behalf_of": null, "pause_collection": null, "payment_settings": null, "pending_invoice_item_interval": null,
        "pending_setup_intent": null, "pending_update": null, "schedule": null, "start_date": now, "status": "active",
        "test_clock": null, "transfer_data": null, "trial_end": null, "trial_settings": null, "trial_start": null,
    })
}

/// Puts another price into a subscription.
pub fn set_price(subscription: &mut Value, price: &Value) {
    let item = &mut subscription["items"]["data"][0];
    item["plan"] = plan(price);
    item["price"] = price.clone();
}

pub fn charge(id: &str, customer: &str, amount: i64, now: i64) -> Value {
    json!({
        "id": id, "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "application": null, "application_fee": null, "application_fee_amount": null, "balance_transaction": null,
        "billing_details": { "address": null, "email": null, "name": null, "phone": null, "tax_id": null },
        "calculated_statement_descriptor": null, "captured": true, "created": now, "currency": "usd",
        "customer": customer, "description": "Subscription creation", "disputed": false,
        "failure_balance_transaction": null, "failure_code": null, "failure_message": null, "fraud_details": {},
        "livemode": false, "metadata": {}, "on_behalf_of": null, "outcome": null, "paid": true, "payment_intent": null,
        "payment_method": "pm_1", "payment_method_details": null, "receipt_email": null, "receipt_number": null,
        "receipt_url": null, "refunded": false, "review": null, "shipping": null, "source": null,
        "source_transfer": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
        "status": "succeeded", "transfer_data": null, "transfer_group": null,
    })
}

pub fn dispute(id: &str, charge: &str, amount: i64, now: i64) -> Value {
    json!({
        "id": id, "object": "dispute", "amount": amount, "balance_transactions": [], "charge": charge, "created": now,
        "currency": "usd", "enhanced_eligibility_types": [],
        "evidence": {
            "access_activity_log": null, "billing_address": null, "cancellation_policy": null,
            "cancellation_policy_disclosure": null, "cancellation_rebuttal": null, "customer_communication": null,
            "customer_email_address": null, "customer_name": null, "customer_purchase_ip": null,
            "customer_signature": null, "duplicate_charge_documentation": null, "duplicate_charge_explanation": null,
            "duplicate_charge_id": null, "enhanced_evidence": {}, "product_description": null, "receipt": null,
            "refund_policy": null, "refund_policy_disclosure": null, "refund_refusal_explanation": null,
            "service_date": null, "service_documentation": null, "shipping_address": null, "shipping_carrier": null,
            "shipping_date": null, "shipping_documentation": null, "shipping_tracking_number": null,
            "uncategorized_file": null, "uncategorized_text": null,
        },
        "evidence_details": { "due_by": now + 604_800, "enhanced_eligibility": {}, "has_evidence": false, "past_due": false, "submission_count": 0 },
        "is_charge_refundable": false, "livemode": false, "metadata": {}, "payment_intent": null,
        "payment_method_details": null, "reason": "general", "status": "needs_response",
    })
}

pub fn balance() -> Value {
    let amounts = json!([{ "amount": 0, "currency": "usd", "source_types": { "card": 0 } }]);
    json!({ "object": "balance", "available": amounts, "livemode": false, "pending": amounts })
}

pub fn event(id: &str, kind: &str, object: &Value, now: i64) -> Value {
    json!({
        "id": id, "object": "event", "api_version": super::VERSION, "created": now, "data": { "object": object },
        "livemode": false, "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null }, "type": kind,
    })
}

pub fn list(url: &str, data: Vec<Value>) -> Value {
    json!({ "object": "list", "url": url, "has_more": false, "data": data })
}
