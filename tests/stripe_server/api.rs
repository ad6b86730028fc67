//! The endpoints: what each takes, and what it answers.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Answer, Pairs, Refusal, State, objects};

const CHECKOUT: [&str; 10] = [
    "mode",
    "customer",
    "client_reference_id",
    "metadata[]",
    "line_items[][price]",
    "line_items[][quantity]",
    "subscription_data[metadata][]",
    "success_url",
    "cancel_url",
    "locale",
];

/// Answers one request whose key, version and idempotency are in order.
pub fn answer(state: &mut State, method: &Method, path: &str, pairs: &Pairs) -> Answer {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method.as_str(), parts.as_slice()) {
        ("GET", ["v1", "balance"]) => known(pairs, &[]).map(|()| objects::balance()),
        ("GET", ["v1", "prices", id]) => {
            known(pairs, &[])?;
            objects::price(id).ok_or_else(|| missing("price", id))
        }
        ("POST", ["v1", "customers"]) => create_customer(state, pairs),
        ("GET", ["v1", "customers", id]) => {
            known(pairs, &[])?;
            find(&mut state.customers, "customer", id).map(|customer| customer.clone())
        }
        ("POST", ["v1", "checkout", "sessions"]) => create_session(state, pairs),
        ("GET", ["v1", "checkout", "sessions"]) => {
            known(pairs, &["customer", "status", "limit"])?;
            find(
                &mut state.customers,
                "customer",
                required(pairs, "customer")?,
            )?;
            Ok(objects::list(path, filtered(&state.sessions, pairs)))
        }
        ("POST", ["v1", "checkout", "sessions", id, "expire"]) => {
            known(pairs, &[])?;
            let session = find(&mut state.sessions, "checkout.session", id)?;
            if session["status"] != "open" {
                return Err(invalid(
                    "Only Checkout Sessions with a status in [\"open\"] can be expired.",
                ));
            }
            session["status"] = json!("expired");
            Ok(session.clone())
        }
        ("POST", ["v1", "billing_portal", "sessions"]) => create_portal(state, pairs),
        ("GET", ["v1", "subscriptions"]) => {
            known(pairs, &["customer", "status", "limit"])?;
            let all = matches!(value(pairs, "status"), Some("all"));
            let customer = required(pairs, "customer")?;
            find(&mut state.customers, "customer", customer)?;
            let of_customer =
                |one: &&Value| one["customer"] == customer && (all || one["status"] != "canceled");
            let data = state
                .subscriptions
                .iter()
                .filter(of_customer)
                .cloned()
                .collect();
            Ok(objects::list(path, data))
        }
        ("POST", ["v1", "subscriptions", id]) => {
            known(pairs, &["cancel_at_period_end"])?;
            let ends = match required(pairs, "cancel_at_period_end")? {
                "true" => true,
                "false" => false,
                other => return Err(invalid(&format!("Invalid boolean: {other}"))),
            };
            if find(&mut state.subscriptions, "subscription", id)?["status"] == "canceled" {
                return Err(missing("subscription", id));
            }
            Ok(state.set_ends(id, ends))
        }
        ("DELETE", ["v1", "subscriptions", id]) => {
            known(pairs, &[])?;
            if find(&mut state.subscriptions, "subscription", id)?["status"] == "canceled" {
                return Err(missing("subscription", id));
            }
            Ok(state.cancel(id))
        }
        ("GET", ["v1", "webhook_endpoints"]) => {
            known(pairs, &["limit"])?;
            Ok(objects::list(path, state.endpoints.clone()))
        }
        ("GET", ["v1", "charges"]) => {
            known(pairs, &["customer", "limit"])?;
            Ok(objects::list(path, filtered(&state.charges, pairs)))
        }
        ("GET", ["v1", "charges", id]) => {
            known(pairs, &[])?;
            find(&mut state.charges, "charge", id).map(|charge| charge.clone())
        }
        ("GET", ["v1", "disputes"]) => {
            known(pairs, &["charge", "limit"])?;
            Ok(objects::list(path, filtered(&state.disputes, pairs)))
        }
        _ => Err(Refusal(
            StatusCode::NOT_FOUND,
            "url_invalid",
            format!("Unrecognized request URL ({method}: {path})."),
        )),
    }
}

fn create_customer(state: &mut State, pairs: &Pairs) -> Answer {
    known(pairs, &["email", "metadata[]"])?;
    let email = value(pairs, "email");
    if email.is_some_and(|email| !email.contains('@')) {
        return Err(invalid("Invalid email address"));
    }
    let id = state.id("cus");
    let customer = objects::customer(&id, state.now, email, &metadata(pairs, "metadata"));
    state.customers.push(customer.clone());
    state.tell("customer.created", &customer);
    Ok(customer)
}

fn create_session(state: &mut State, pairs: &Pairs) -> Answer {
    known(pairs, &CHECKOUT)?;
    if required(pairs, "mode")? != "subscription" {
        return Err(invalid("The stand-in sells subscriptions only."));
    }
    let customer = required(pairs, "customer")?;
    find(&mut state.customers, "customer", customer)?;
    let price = required(pairs, "line_items[0][price]")?;
    if required(pairs, "line_items[0][quantity]")? != "1" {
        return Err(invalid("Invalid quantity"));
    }
    objects::price(price).ok_or_else(|| missing("price", price))?;
    let (success, cancel) = (
        required(pairs, "success_url")?,
        required(pairs, "cancel_url")?,
    );
    if !success.starts_with("http") || !cancel.starts_with("http") {
        return Err(invalid("Not a valid URL"));
    }
    let id = state.id("cs_test");
    let url = format!("{}/pay/{id}", state.address);
    let mut session = objects::session(&id, state.now, &url);
    session["customer"] = json!(customer);
    session["client_reference_id"] = json!(value(pairs, "client_reference_id"));
    session["metadata"] = metadata(pairs, "metadata");
    session["success_url"] = json!(success);
    session["cancel_url"] = json!(cancel);
    state.sessions.push(session.clone());
    // Of the stand-in's own: what Stripe keeps inside.
    let kept = state.sessions.last_mut().expect("just put there");
    kept["_price"] = json!(price);
    kept["_metadata"] = metadata(pairs, "subscription_data[metadata]");
    Ok(session)
}

fn create_portal(state: &mut State, pairs: &Pairs) -> Answer {
    known(pairs, &["customer", "return_url"])?;
    let customer = required(pairs, "customer")?;
    find(&mut state.customers, "customer", customer)?;
    let id = state.id("bps");
    let url = format!("{}/portal/{id}", state.address);
    let portal = objects::portal(
        &id,
        state.now,
        customer,
        required(pairs, "return_url")?,
        &url,
    );
    state.portals.push(portal.clone());
    Ok(portal)
}

fn value<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

fn required<'a>(pairs: &'a Pairs, name: &str) -> Result<&'a str, Refusal> {
    value(pairs, name).ok_or_else(|| {
        let message = format!("Missing required param: {name}.");
        Refusal(StatusCode::BAD_REQUEST, "parameter_missing", message)
    })
}

/// Refuses parameters that the endpoint does not take. In the names that are taken, `[]` stands for any one key.
fn known(pairs: &Pairs, taken: &[&str]) -> Result<(), Refusal> {
    for (name, _) in pairs {
        let is_taken = taken.iter().any(|pattern| matches(name, pattern));
        if !is_taken {
            let message = format!("Received unknown parameter: {name}");
            return Err(Refusal(
                StatusCode::BAD_REQUEST,
                "parameter_unknown",
                message,
            ));
        }
    }
    Ok(())
}

fn matches(name: &str, pattern: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.split('[')
            .map(|part| part.trim_end_matches(']').to_owned())
            .collect()
    };
    let (name, pattern) = (split(name), split(pattern));
    name.len() == pattern.len()
        && name
            .iter()
            .zip(&pattern)
            .enumerate()
            .all(|(place, (one, wanted))| one == wanted || (place > 0 && wanted.is_empty()))
}

fn metadata(pairs: &Pairs, field: &str) -> Value {
    let start = format!("{field}[");
    let entries = pairs.iter().filter_map(|(name, value)| {
        let key = name.strip_prefix(&start)?.strip_suffix(']')?;
        Some((key.to_owned(), json!(value)))
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

fn filtered(all: &[Value], pairs: &Pairs) -> Vec<Value> {
    all.iter()
        .filter(|one| {
            pairs
                .iter()
                .filter(|(name, _)| name != "limit")
                .all(|(name, value)| one[name] == value.as_str())
        })
        .cloned()
        .collect()
}

fn find<'a>(all: &'a mut [Value], kind: &str, id: &str) -> Result<&'a mut Value, Refusal> {
    all.iter_mut()
        .find(|one| one["id"] == id)
        .ok_or_else(|| missing(kind, id))
}

fn missing(kind: &str, id: &str) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        "resource_missing",
        format!("No such {kind}: '{id}'"),
    )
}

fn invalid(message: &str) -> Refusal {
    Refusal(
        StatusCode::BAD_REQUEST,
        "parameter_invalid_string",
        message.into(),
    )
}
