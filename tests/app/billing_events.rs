//! What Stripe tells us: kept once, believed by its signature, and compared with the truth once a day.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::billing::{ORDER, account, buy, customer, deliver, look, page, plan, selling, tell};
use crate::stripe_server::StripeServer;
use crate::stripe_server::life::Happening;
use crate::support::{TestApp, noon};

#[tokio::test]
async fn an_event_is_kept_once_and_what_is_not_signed_is_not_kept() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let event = stripe.lock().events[0].to_string();
    let at = app.clock.now().timestamp();
    let sign = |body: &str, secret: &str, at: i64| {
        stripe_webhook::Webhook::generate_test_header(body, secret, Some(at))
    };
    let good = sign(&event, crate::stripe_server::WEBHOOK_SECRET, at);
    let old = sign(&event, crate::stripe_server::WEBHOOK_SECRET, at - 301);
    let forged = sign(&event, "whsec_of_somebody", at);
    for signature in ["", "t=1,v1=00", old.as_str(), forged.as_str()] {
        assert_eq!(
            tell(&app, &event, Some(signature)).await,
            StatusCode::BAD_REQUEST
        );
    }
    let edited = event.replace("evt_", "evt_0");
    assert_eq!(
        tell(&app, &edited, Some(&good)).await,
        StatusCode::BAD_REQUEST
    );
    for _ in 0..3 {
        assert_eq!(tell(&app, &event, Some(&good)).await, StatusCode::OK);
    }
    let kept: i64 = sqlx::query_scalar("select count(*) from billing_events")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn an_event_comes_in_from_another_site_without_a_session_and_is_long() {
    let (app, stripe) = selling().await;
    let mut event = json!({ "id": "evt_long", "type": "invoice.paid", "created": 1, "data": { "object": { "object": "invoice" } } });
    event["data"]["object"]["note"] = json!("x".repeat(600_000));
    let body = event.to_string();
    let response = app
        .http
        .post(format!("{}/billing/webhook", app.address))
        .header("origin", "https://stripe.example")
        .header("sec-fetch-site", "cross-site")
        .header("stripe-signature", stripe.lock().signature(&body))
        .body(body);
    assert_eq!(response.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn while_stripe_is_down_looks_wait_and_then_find_the_truth() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let customer = customer(&app, &learner).await;
    stripe.lock().happen(&customer, Happening::CancelNow);
    stripe.lock().is_down = true;
    deliver(&app, &stripe).await;
    look(&app).await;
    assert_eq!(plan(&learner).await, "plus", "nothing is known yet");
    let (_, leads, _) = page(&learner, "/plan/portal", Some(&[("order", ORDER)])).await;
    let (_, _, text) = page(&learner, &leads, None).await;
    assert!(
        text.contains("Stripe, which takes the payments, does not answer just now."),
        "{leads}: {text}"
    );
    stripe.lock().is_down = false;
    app.advance(TimeDelta::minutes(20));
    look(&app).await;
    assert_eq!(plan(&learner).await, "free");
}

#[tokio::test]
async fn a_dispute_whose_payment_cannot_be_read_holds_up_no_other_and_is_asked_after_at_times() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let customer = customer(&app, &learner).await;
    deliver(&app, &stripe).await;
    look(&app).await;
    // More of them than are asked after in one go, all before the good one.
    for number in 0..25 {
        let id = format!("ch_unreadable_{number}");
        stripe
            .lock()
            .charges
            .push(json!({ "id": id, "object": "charge" }));
        let event = json!({
            "id": format!("evt_unreadable_{number}"), "type": "charge.dispute.closed", "created": 1,
            "data": { "object": { "object": "dispute", "charge": id } },
        });
        assert_eq!(tell(&app, &event.to_string(), None).await, StatusCode::OK);
    }
    app.advance(TimeDelta::seconds(1));
    stripe.lock().happen(&customer, Happening::LoseDispute);
    deliver(&app, &stripe).await;
    let billing = app.billing.as_ref().expect("billing is on");
    for _ in 0..10 {
        billing.step().await.expect("a database that answers");
    }
    assert_eq!(plan(&learner).await, "free");
    let asked = || {
        let state = stripe.lock();
        let of_them = |one: &&String| one.contains("/charges/ch_unreadable_");
        state.requests.iter().filter(of_them).count()
    };
    assert_eq!(asked(), 25, "each once");
    app.advance(TimeDelta::seconds(3));
    for _ in 0..10 {
        billing.step().await.expect("a database that answers");
    }
    assert_eq!(asked(), 50, "and again after a pause");
}

#[tokio::test]
async fn what_stripe_told_nobody_of_is_found_within_a_day() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let customer = customer(&app, &learner).await;
    stripe.lock().happen(&customer, Happening::CancelNow);
    let billing = app.billing.as_ref().expect("billing is on");
    billing.chores().await.expect("chores");
    look(&app).await;
    assert_eq!(plan(&learner).await, "plus");
    app.advance(TimeDelta::hours(25));
    billing.chores().await.expect("chores");
    look(&app).await;
    assert_eq!(plan(&learner).await, "free");
}

#[tokio::test]
async fn a_yearly_renewal_is_told_once_before_it() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "year").await;
    let billing = app.billing.as_ref().expect("billing is on");
    assert!(billing.due_reminders().await.unwrap().is_empty());
    app.advance(TimeDelta::days(351));
    let due = billing.due_reminders().await.unwrap();
    assert_eq!(due.len(), 1);
    let letter =
        autodeck::billing::letters::renewal(&due[0].user, &due[0].entitlement, &billing.base_url);
    let letter = letter.expect("an address and a date");
    assert!(
        letter.subject.contains("2027-03-02") && letter.text.contains("/plan"),
        "{}",
        letter.text
    );
    billing.chores().await.expect("chores");
    assert!(billing.due_reminders().await.unwrap().is_empty());
}

#[tokio::test]
async fn self_hosted_there_is_no_price_anywhere() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    for path in ["/pricing", "/plan", "/plan/cancel", "/plan/bought"] {
        assert_eq!(
            page(&guest, path, None).await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert_eq!(tell(&app, "{}", None).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_stand_in_refuses_what_stripe_refuses() {
    let stripe = StripeServer::start(noon().timestamp()).await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", stripe.address());
    let asked = |request: reqwest::RequestBuilder, key: &str, version: &str| {
        request
            .bearer_auth(key.to_owned())
            .header("stripe-version", version.to_owned())
    };
    let (key, version) = (crate::stripe_server::KEY, crate::stripe_server::VERSION);
    let good = || asked(http.post(url("/v1/customers")), key, version);
    for (request, expected) in [
        (
            asked(http.get(url("/v1/balance")), "sk_wrong", version),
            "api_key_invalid",
        ),
        (
            asked(http.get(url("/v1/balance")), key, "2020-01-01"),
            "api_version_invalid",
        ),
        (
            asked(
                http.put(url("/v1/balance")).header("idempotency-key", "a"),
                key,
                version,
            ),
            "url_invalid",
        ),
        (good(), "idempotency_key_missing"),
        (
            good().header("idempotency-key", "b").body("colour=red"),
            "parameter_unknown",
        ),
        (
            asked(http.get(url("/v1/prices/price_none")), key, version),
            "resource_missing",
        ),
        (
            asked(
                http.post(url("/v1/checkout/sessions"))
                    .header("idempotency-key", "c"),
                key,
                version,
            ),
            "parameter_missing",
        ),
    ] {
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(body["error"]["code"], expected, "{body}");
    }
    let first = good()
        .header("idempotency-key", "d")
        .body("email=a%40b.c")
        .send()
        .await
        .unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    let other = good()
        .header("idempotency-key", "d")
        .body("email=x%40y.z")
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), StatusCode::BAD_REQUEST);
}
