//! Paid plans against a stand-in for Stripe: buying, changing, ending, and what Stripe tells us of it.

use autodeck::config::{Billing as BillingSettings, Settings, StripeSettings};
use autodeck::domain::plan::Offer;
use chrono::TimeDelta;
use reqwest::{StatusCode, redirect};
use serde_json::json;

use crate::stripe_server::StripeServer;
use crate::stripe_server::life::Happening;
use crate::support::{Guest, TestApp, Wanted, id, noon};

/// An app that sells plans through a stand-in.
pub async fn selling() -> (TestApp, StripeServer) {
    let stripe = StripeServer::start(noon().timestamp()).await;
    let wanted = Wanted {
        offer: Offer::Plans,
        stripe: Some(settings(&stripe)),
        ..Wanted::default()
    };
    (TestApp::start_with(wanted).await, stripe)
}

/// As the app reads them from its environment.
pub fn settings(stripe: &StripeServer) -> StripeSettings {
    let set = stripe.environment();
    let lookup = |name: &str| {
        let found = set.iter().find(|(key, _)| *key == name);
        found
            .map(|(_, value)| value.clone())
            .or((name == "HOME").then(|| "/nowhere".to_owned()))
    };
    match Settings::from_env(&lookup).expect("complete").billing {
        BillingSettings::Stripe(settings) => settings,
        BillingSettings::Off => panic!("billing is on"),
    }
}

/// An account, made of a guest.
pub async fn account<'a>(app: &'a TestApp) -> Guest<'a> {
    let guest = app.guest().await;
    sqlx::query("update users set kind = 'account', email = $2 where user_id = $1")
        .bind(guest.user_id)
        .bind(format!("{}@example.org", guest.user_id))
        .execute(&app.db)
        .await
        .expect("the account");
    guest
}

/// A form of a page, or the page; the answer's status, where it leads, and its text.
pub async fn page(
    learner: &Guest<'_>,
    path: &str,
    form: Option<&[(&str, &str)]>,
) -> (StatusCode, String, String) {
    let http = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .build()
        .expect("a client");
    let url = format!("{}{path}", learner.app.address);
    let request = match form {
        Some(form) => {
            let filled = reqwest::Url::parse_with_params("http://form/", form).expect("a form");
            http.post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(filled.query().unwrap_or_default().to_owned())
        }
        None => http.get(url),
    };
    let response = request
        .bearer_auth(&learner.token)
        .send()
        .await
        .expect("the app answers");
    let leads = response.headers().get("location").cloned();
    let leads = leads.map_or(String::new(), |to| {
        to.to_str().expect("a location").to_owned()
    });
    let status = response.status();
    (status, leads, response.text().await.expect("a text"))
}

pub const ORDER: &str = "0199f000-0000-7000-8000-000000000001";

/// Buys through the payment page, and comes back.
pub async fn buy(learner: &Guest<'_>, stripe: &StripeServer, plan: &str, interval: &str) {
    let order = uuid::Uuid::new_v4().to_string();
    let form = [
        ("plan", plan),
        ("interval", interval),
        ("order", order.as_str()),
    ];
    let (status, leads, text) = page(learner, "/plan/buy", Some(&form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    let session = leads.rsplit('/').next().expect("an id").to_owned();
    let back = stripe.lock().pay(&session).expect("the page is open");
    let path = back
        .strip_prefix(&app_address(learner))
        .expect("back to us");
    let (status, leads, _) = page(learner, path, None).await;
    assert_eq!(
        (status, leads.as_str()),
        (StatusCode::SEE_OTHER, "/plan?done=bought")
    );
}

fn app_address(learner: &Guest<'_>) -> String {
    learner.app.address.replace("127.0.0.1", "localhost")
}

pub async fn plan(learner: &Guest<'_>) -> String {
    let (_, me) = learner.get("/me").await;
    me["plan"].as_str().expect("a plan").to_owned()
}

/// Tells the app what it was not told yet; returns the statuses.
pub async fn deliver(app: &TestApp, stripe: &StripeServer) -> Vec<StatusCode> {
    let events = std::mem::take(&mut stripe.lock().events);
    let mut statuses = Vec::new();
    for event in events {
        statuses.push(tell(app, &event.to_string(), None).await);
    }
    statuses
}

pub async fn tell(app: &TestApp, body: &str, signature: Option<&str>) -> StatusCode {
    let signed = stripe_webhook::Webhook::generate_test_header(
        body,
        crate::stripe_server::WEBHOOK_SECRET,
        Some(app.clock.now().timestamp()),
    );
    let url = format!("{}/billing/webhook", app.address);
    let request = app.http.post(url).body(body.to_owned());
    let request = request.header("stripe-signature", signature.unwrap_or(&signed));
    request.send().await.expect("the app answers").status()
}

/// Takes every look that is wanted; bounded.
pub async fn look(app: &TestApp) {
    let billing = app.billing.as_ref().expect("billing is on");
    for _ in 0..200 {
        if !billing.step().await.expect("a database that answers") {
            return;
        }
    }
    panic!("looks without end");
}

pub async fn customer(app: &TestApp, learner: &Guest<'_>) -> String {
    sqlx::query_scalar("select customer_id from billing_customers where user_id = $1")
        .bind(learner.user_id)
        .fetch_one(&app.db)
        .await
        .expect("a customer")
}

#[tokio::test]
async fn a_free_account_buys_plus_and_has_it_at_once_without_any_event() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    assert_eq!(plan(&learner).await, "free");
    let (_, _, text) = page(&learner, "/pricing", None).await;
    assert!(
        text.contains("$5 a month") && text.contains("$48 a year"),
        "{text}"
    );
    buy(&learner, &stripe, "plus", "month").await;
    assert_eq!(plan(&learner).await, "plus");
    let (_, me) = learner.get("/me").await;
    assert_eq!(me["new_cards"]["allowed"], 200);
    let (_, _, text) = page(&learner, "/plan", None).await;
    assert!(text.contains("It renews on 1 April 2026."), "{text}");

    // Everything we made there carries our id.
    let (user, state) = (learner.user_id.to_string(), stripe.lock());
    assert_eq!(state.customers[0]["metadata"]["user_id"], user.as_str());
    assert_eq!(state.sessions[0]["metadata"]["user_id"], user.as_str());
    assert_eq!(state.sessions[0]["client_reference_id"], user.as_str());
    assert_eq!(state.subscriptions[0]["metadata"]["user_id"], user.as_str());
}

#[tokio::test]
async fn the_same_form_sent_twice_opens_one_payment_page() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    let form = [("plan", "plus"), ("interval", "year"), ("order", ORDER)];
    let (_, first, _) = page(&learner, "/plan/buy", Some(&form)).await;
    let (_, second, _) = page(&learner, "/plan/buy", Some(&form)).await;
    assert_eq!(first, second);
    let state = stripe.lock();
    assert_eq!((state.sessions.len(), state.customers.len()), (1, 1));
}

#[tokio::test]
async fn who_pays_already_is_led_to_the_portal_and_buys_nothing_twice() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let form = [("plan", "pro"), ("interval", "month"), ("order", ORDER)];
    let (status, leads, _) = page(&learner, "/plan/buy", Some(&form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(leads.contains("/portal/"), "{leads}");
    assert_eq!(stripe.lock().sessions.len(), 1);
}

#[tokio::test]
async fn a_guest_signs_up_before_buying() {
    let (app, stripe) = selling().await;
    let guest = app.guest().await;
    let form = [("plan", "plus"), ("interval", "month"), ("order", ORDER)];
    let (status, leads, _) = page(&guest, "/plan/buy", Some(&form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(leads.starts_with("/sign-up"), "{leads}");
    assert!(stripe.lock().customers.is_empty());
}

#[tokio::test]
async fn cancelled_in_two_clicks_it_holds_to_the_end_and_then_every_card_is_still_there() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    let deck = learner.deck("Lighthouses").await;
    app.generate().await;
    let card = learner.next_card(&deck).await;
    learner.grade(&card, "easy").await;
    buy(&learner, &stripe, "plus", "month").await;

    let (_, _, text) = page(&learner, "/plan", None).await;
    assert!(
        text.contains("href=\"/plan/cancel\""),
        "the first click: {text}"
    );
    let (_, _, text) = page(&learner, "/plan/cancel", None).await;
    assert!(text.contains("holds until 1 April 2026"), "{text}");
    let (_, leads, _) = page(&learner, "/plan/cancel", Some(&[("order", ORDER)])).await;
    assert_eq!(leads, "/plan?done=cancelled");
    assert_eq!(plan(&learner).await, "plus");
    let (_, _, text) = page(&learner, "/plan", None).await;
    assert!(
        text.contains("Cancelled. It holds until 1 April 2026"),
        "{text}"
    );

    stripe.lock().advance_days(31);
    app.advance(TimeDelta::days(31));
    deliver(&app, &stripe).await;
    look(&app).await;
    assert_eq!(plan(&learner).await, "free");
    let (_, cards) = learner.get(&format!("/decks/{deck}/cards")).await;
    assert!(
        cards["items"]
            .as_array()
            .expect("a list")
            .iter()
            .any(|one| id(one) == id(&card))
    );
}

#[tokio::test]
async fn a_failed_payment_keeps_the_plan_with_a_banner_until_stripe_gives_up() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let customer = customer(&app, &learner).await;
    for (what, expected, has_banner) in [
        (Happening::PaymentFails, "plus", true),
        (Happening::PaymentSucceeds, "plus", false),
        (Happening::PaymentFails, "plus", true),
        (Happening::GiveUp, "free", false),
    ] {
        stripe.lock().happen(&customer, what);
        assert!(
            deliver(&app, &stripe)
                .await
                .iter()
                .all(|status| *status == StatusCode::OK)
        );
        look(&app).await;
        assert_eq!(plan(&learner).await, expected, "{what:?}");
        let (_, _, text) = page(&learner, "/plan", None).await;
        assert_eq!(text.contains("did not go through"), has_banner, "{what:?}");
    }
}

#[tokio::test]
async fn a_full_refund_and_a_lost_dispute_end_the_subscription_in_stripe() {
    for what in [Happening::Refund, Happening::LoseDispute] {
        let (app, stripe) = selling().await;
        let learner = account(&app).await;
        buy(&learner, &stripe, "pro", "month").await;
        let customer = customer(&app, &learner).await;
        stripe.lock().happen(&customer, what);
        deliver(&app, &stripe).await;
        look(&app).await;
        assert_eq!(plan(&learner).await, "free", "{what:?}");
        assert_eq!(
            stripe.lock().subscriptions[0]["status"],
            "canceled",
            "{what:?}"
        );
        // They may come back: what is bought after it stands.
        stripe.lock().now += 60;
        buy(&learner, &stripe, "plus", "month").await;
        deliver(&app, &stripe).await;
        look(&app).await;
        assert_eq!(plan(&learner).await, "plus", "{what:?}");
    }
}

#[tokio::test]
async fn deleting_the_account_cancels_first_and_where_that_fails_nothing_is_deleted() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    // Another payment page, still open.
    let customer_id = customer(&app, &learner).await;
    stripe.lock().happen(&customer_id, Happening::CancelNow);
    let form = [("plan", "plus"), ("interval", "month"), ("order", ORDER)];
    page(&learner, "/plan/buy", Some(&form)).await;
    let again = stripe
        .lock()
        .subscribe(&customer_id, "price_plus_month", &json!({}));
    let user = autodeck::db::users::find(&app.db, learner.user_id)
        .await
        .unwrap()
        .unwrap();

    stripe.lock().is_down = true;
    assert!(app.accounts.delete(&user).await.is_err());
    assert_eq!(
        learner.get("/me").await.0,
        StatusCode::OK,
        "the account stays"
    );
    stripe.lock().is_down = false;
    app.accounts.delete(&user).await.expect("deleted");
    assert_eq!(learner.get("/me").await.0, StatusCode::UNAUTHORIZED);
    let state = stripe.lock();
    let ended = state
        .subscriptions
        .iter()
        .find(|one| one["id"] == again.as_str())
        .unwrap();
    assert_eq!(ended["status"], "canceled");
    assert!(
        state.sessions.iter().all(|one| one["status"] != "open"),
        "{:?}",
        state.sessions
    );
}
