//! Plans against whoever would rather not pay, and against Stripe's own surprises.

use autodeck::billing::Billing;
use autodeck::domain::plan::Offer;
use autodeck::web::limits::Limits;
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::json;

use crate::billing::{
    ORDER, account, buy, customer, deliver, look, page, plan, selling, settings, tell,
};
use crate::mail_server::MailServer;
use crate::stripe_server::StripeServer;
use crate::stripe_server::life::Happening;
use crate::support::{Guest, TestApp, Wanted, noon};

pub fn billing(app: &TestApp) -> &Billing {
    app.billing.as_ref().expect("billing is on")
}

/// Presses a button of the pricing page; where it leads.
pub async fn order(learner: &Guest<'_>, order: &str) -> String {
    let form = [("plan", "plus"), ("interval", "month"), ("order", order)];
    let (status, leads, text) = page(learner, "/plan/buy", Some(&form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    leads
}

pub fn session(leads: &str) -> &str {
    leads.rsplit('/').next().expect("an id")
}

pub const OTHER_ORDER: &str = "0199f000-0000-7000-8000-000000000002";

#[tokio::test]
async fn in_two_tabs_nobody_pays_twice() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    let first = order(&learner, ORDER).await;
    let second = order(&learner, OTHER_ORDER).await;
    assert_ne!(first, second);
    assert_eq!(
        stripe.lock().pay(session(&first)),
        None,
        "the first tab's page is closed"
    );
    // Of two clicks at the very same moment two pages are open; the look after the first payment closes the other.
    let mut other = stripe.lock().sessions[1].clone();
    other["id"] = json!("cs_of_the_same_moment");
    stripe.lock().sessions.push(other);
    assert!(stripe.lock().pay(session(&second)).is_some());
    page(&learner, "/plan/bought", None).await;
    assert_eq!(plan(&learner).await, "plus");
    assert_eq!(stripe.lock().pay("cs_of_the_same_moment"), None);
    assert_eq!(stripe.lock().subscriptions.len(), 1);
}

#[tokio::test]
async fn cancelled_kept_and_cancelled_again_it_is_cancelled() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    // The same form each time, as of a page that one went back to.
    for (path, ends) in [("cancel", true), ("keep", false), ("cancel", true)] {
        let form = [("order", ORDER)];
        page(&learner, &format!("/plan/{path}"), Some(&form)).await;
        assert_eq!(
            stripe.lock().subscriptions[0]["cancel_at_period_end"],
            ends,
            "{path}"
        );
    }
    let (status, leads, _) = page(&learner, "/plan/cancel", None).await;
    assert_eq!(
        (status, leads.as_str()),
        (StatusCode::SEE_OTHER, "/plan"),
        "nothing is left to cancel"
    );
}

#[tokio::test]
async fn the_address_of_a_return_page_gives_nothing_and_says_nothing_untrue() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    let (_, leads, _) = page(&learner, "/plan/bought?session_id=cs_test_000001", None).await;
    assert_eq!(leads, "/plan?done=bought");
    let (_, _, text) = page(&learner, &leads, None).await;
    assert!(!text.contains("Thank you"), "{text}");
    assert_eq!(plan(&learner).await, "free");
    // Whoever went to the payment page and did not pay has nothing either.
    order(&learner, ORDER).await;
    page(&learner, "/plan/bought", None).await;
    let (_, _, text) = page(&learner, "/plan?done=bought", None).await;
    assert!(text.contains("has not confirmed"), "{text}");
    assert_eq!(plan(&learner).await, "free");
    // A link that somebody else wrote does not say that it is cancelled when it is not.
    stripe.lock().now += 1;
    buy(&learner, &stripe, "plus", "month").await;
    let (_, _, text) = page(&learner, "/plan?done=cancelled", None).await;
    assert!(!text.contains("Nothing more will be charged"), "{text}");
}

#[tokio::test]
async fn what_is_not_on_offer_cannot_be_bought() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    for (plan, interval, order) in [
        ("free", "month", ORDER),
        ("guest", "month", ORDER),
        ("unlimited", "year", ORDER),
        ("price_of_another_shop", "month", ORDER),
        ("PLUS", "month", ORDER),
        ("plus", "day", ORDER),
        ("plus", "", ORDER),
        ("", "", ORDER),
        ("plus", "month", "not an id"),
        ("plus", "month", ""),
    ] {
        let form = [
            ("plan", plan),
            ("interval", interval),
            ("order", order),
            ("price", "price_of_another_shop"),
            ("amount", "0"),
        ];
        let (status, _, text) = page(&learner, "/plan/buy", Some(&form)).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{plan} {interval} {order}: {text}"
        );
    }
    let state = stripe.lock();
    assert!(state.customers.is_empty() && state.sessions.is_empty());
}

#[tokio::test]
async fn a_subscription_to_something_else_of_the_same_shop_is_no_plan_and_is_left_alone() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    order(&learner, ORDER).await;
    let customer = customer(&app, &learner).await;
    stripe
        .lock()
        .subscribe(&customer, "price_of_another_shop", &json!({}));
    deliver(&app, &stripe).await;
    look(&app).await;
    assert_eq!(plan(&learner).await, "free");
    let user = autodeck::db::users::find(&app.db, learner.user_id)
        .await
        .unwrap()
        .unwrap();
    app.accounts.delete(&user).await.expect("deleted");
    assert_eq!(stripe.lock().subscriptions[0]["status"], "active");
}

#[tokio::test]
async fn one_learner_cannot_touch_the_plan_of_another() {
    let (app, stripe) = selling().await;
    let (ada, eve) = (account(&app).await, account(&app).await);
    buy(&ada, &stripe, "plus", "month").await;
    let theirs = customer(&app, &ada).await;
    for (path, form) in [
        ("/plan/cancel", true),
        ("/plan/keep", true),
        ("/plan/portal", true),
        ("/plan/bought", false),
        ("/plan/changed", false),
    ] {
        let fields = [
            ("customer", theirs.as_str()),
            ("subscription", "sub_000005"),
            ("order", ORDER),
        ];
        let (status, leads, _) = page(&eve, path, form.then_some(&fields[..])).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}");
        assert!(
            leads.starts_with("/plan") || leads == "/pricing",
            "{path}: {leads}"
        );
    }
    assert_eq!(
        (plan(&ada).await, plan(&eve).await),
        ("plus".into(), "free".into())
    );
    let state = stripe.lock();
    assert_eq!(state.subscriptions[0]["cancel_at_period_end"], false);
    assert!(state.portals.is_empty());
}

#[tokio::test]
async fn an_event_that_lies_about_the_plan_changes_nothing_since_only_stripe_is_asked() {
    let (app, _stripe) = selling().await;
    let learner = account(&app).await;
    order(&learner, ORDER).await;
    let customer = customer(&app, &learner).await;
    // Signed rightly: as if the secret had leaked.
    let price = crate::stripe_server::objects::price("price_pro_year").unwrap();
    let lie =
        crate::stripe_server::objects::subscription("sub_x", &customer, &price, &json!({}), 1, 2);
    let event =
        crate::stripe_server::objects::event("evt_lie", "customer.subscription.created", &lie, 1);
    assert_eq!(tell(&app, &event.to_string(), None).await, StatusCode::OK);
    look(&app).await;
    assert_eq!(plan(&learner).await, "free");
}

#[tokio::test]
async fn a_customer_whom_stripe_has_no_longer_is_free_and_may_buy_and_go() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let earlier = customer(&app, &learner).await;
    // From test mode to live: nothing of it is there.
    {
        let mut state = stripe.lock();
        state.customers.clear();
        state.subscriptions.clear();
        state.charges.clear();
        state.sessions.clear();
    }
    app.advance(TimeDelta::hours(25));
    billing(&app).chores().await.expect("chores");
    look(&app).await;
    assert_eq!(plan(&learner).await, "free");
    let (_, leads, _) = page(&learner, "/plan/portal", Some(&[])).await;
    assert_eq!(leads, "/pricing");
    buy(&learner, &stripe, "pro", "year").await;
    assert_eq!(plan(&learner).await, "pro");
    assert_ne!(customer(&app, &learner).await, earlier);
    stripe.lock().customers.clear();
    let user = autodeck::db::users::find(&app.db, learner.user_id)
        .await
        .unwrap()
        .unwrap();
    app.accounts.delete(&user).await.expect("deleted");
    assert_eq!(learner.get("/me").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_partial_refund_and_a_dispute_that_is_open_or_won_end_nothing() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let customer = customer(&app, &learner).await;
    stripe.lock().charges[0]["amount_refunded"] = json!(100);
    stripe.lock().happen(&customer, Happening::LoseDispute);
    for status in ["needs_response", "under_review", "won", "warning_closed"] {
        stripe.lock().disputes[0]["status"] = json!(status);
        deliver(&app, &stripe).await;
        page(&learner, "/plan/changed", None).await;
        assert_eq!(plan(&learner).await, "plus", "{status}");
    }
    stripe.lock().disputes[0]["status"] = json!("lost");
    page(&learner, "/plan/changed", None).await;
    assert_eq!(plan(&learner).await, "free");
}

#[tokio::test]
async fn asking_stripe_over_and_over_is_limited_for_each_learner_alone() {
    let stripe = StripeServer::start(noon().timestamp()).await;
    let wanted = Wanted {
        offer: Offer::Plans,
        stripe: Some(settings(&stripe)),
        limits: Some(Limits {
            are_on: true,
            trusted_hops: 0,
            is_self_hosted: false,
        }),
        ..Wanted::default()
    };
    let app = TestApp::start_with(wanted).await;
    let (eve, ada) = (account(&app).await, account(&app).await);
    order(&eve, ORDER).await;
    let mut answered = 1;
    while answered < 100 && page(&eve, "/plan/changed", None).await.0 == StatusCode::SEE_OTHER {
        answered += 1;
    }
    assert_eq!(answered, 30);
    let (status, leads, _) = page(&ada, "/plan/changed", None).await;
    assert_eq!((status, leads.as_str()), (StatusCode::SEE_OTHER, "/plan"));
}

#[tokio::test]
async fn a_yearly_renewal_is_told_by_a_letter_and_by_one() {
    let stripe = StripeServer::start(noon().timestamp()).await;
    let mail = MailServer::start().await;
    let wanted = Wanted {
        offer: Offer::Plans,
        stripe: Some(settings(&stripe)),
        mail: Some(mail.settings()),
        ..Wanted::default()
    };
    let app = TestApp::start_with(wanted).await;
    let (yearly, monthly) = (account(&app).await, account(&app).await);
    buy(&yearly, &stripe, "plus", "year").await;
    buy(&monthly, &stripe, "plus", "month").await;
    app.advance(TimeDelta::days(351));
    for _ in 0..3 {
        billing(&app).chores().await.expect("chores");
    }
    let letter = mail.letter(1).await;
    assert_eq!(letter.to, format!("{}@example.org", yearly.user_id));
    assert!(letter.raw.contains("/plan"), "{}", letter.raw);
    let told: i64 =
        sqlx::query_scalar("select count(*) from billing_customers where reminded_of is not null")
            .fetch_one(&app.db)
            .await
            .unwrap();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn the_stand_ins_panel_drops_repeats_delays_and_turns_round_and_the_plan_ends_right() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let customer = customer(&app, &learner).await;
    let url = format!("{}/panel/deliver", stripe.address());
    let to = format!("{}/billing/webhook", app.address);
    for (how, told) in [
        ("in order", 3),
        ("backwards", 3),
        ("twice each", 6),
        ("every other one", 2),
    ] {
        stripe.lock().events.clear();
        for what in [
            Happening::ToPro,
            Happening::PaymentFails,
            Happening::PaymentSucceeds,
        ] {
            stripe.lock().happen(&customer, what);
        }
        let form =
            reqwest::Url::parse_with_params("http://form/", [("to", to.as_str()), ("how", how)])
                .unwrap();
        let request = app
            .http
            .post(&url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap().to_owned());
        let statuses: Vec<u16> = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(statuses, vec![200; told], "{how}");
        look(&app).await;
        assert_eq!(plan(&learner).await, "pro", "{how}");
        // For the next one.
        stripe.lock().happen(&customer, Happening::ToPlus);
        page(&learner, "/plan/changed", None).await;
        assert_eq!(plan(&learner).await, "plus", "{how}");
    }
}
