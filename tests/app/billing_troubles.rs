//! Plans when something else goes wrong: a product that is sold no longer, a failure that Stripe remembers, a mail server
//! that refuses, a payment at the very moment at which its account goes.

use autodeck::domain::plan::Offer;
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::json;

use crate::billing::{ORDER, account, buy, customer, deliver, look, page, plan, selling, settings};
use crate::billing_attacks::{OTHER_ORDER, billing, order, session};
use crate::mail_server::MailServer;
use crate::stripe_server::StripeServer;
use crate::stripe_server::life::Happening;
use crate::support::{Guest, TestApp, Wanted, noon};

#[tokio::test]
async fn a_plan_whose_product_is_sold_no_longer_is_not_sold_twice_and_ends_with_the_account() {
    for how in ["deleted", "refunded", "disputed"] {
        let (app, stripe) = selling().await;
        let learner = account(&app).await;
        buy(&learner, &stripe, "plus", "month").await;
        let customer = customer(&app, &learner).await;
        // The operator moved Plus to a new product: what this learner pays for, no setting names.
        let id = stripe.lock().subscriptions[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        stripe.lock().set_price(&id, "price_of_another_shop");
        deliver(&app, &stripe).await;
        look(&app).await;
        assert_eq!(plan(&learner).await, "free");
        assert_eq!(stripe.lock().subscriptions[0]["status"], "active");
        let leads = order(&learner, OTHER_ORDER).await;
        assert!(leads.contains("/portal/"), "not sold twice: {leads}");
        match how {
            "deleted" => {
                let user = autodeck::db::users::find(&app.db, learner.user_id).await;
                let user = user.unwrap().unwrap();
                app.accounts.delete(&user).await.expect("deleted");
            }
            "refunded" => stripe.lock().happen(&customer, Happening::Refund),
            _ => stripe.lock().happen(&customer, Happening::LoseDispute),
        }
        deliver(&app, &stripe).await;
        look(&app).await;
        assert_eq!(
            stripe.lock().subscriptions[0]["status"],
            "canceled",
            "{how}"
        );
    }
}

#[tokio::test]
async fn back_from_one_plans_page_the_button_of_another_opens_that_ones() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    // One page of prices: all its buttons carry the same order.
    for (place, plan, price) in [
        (0, "plus", "price_plus_month"),
        (1, "pro", "price_pro_month"),
        (2, "plus", "price_plus_month"),
    ] {
        let form = [("plan", plan), ("interval", "month"), ("order", ORDER)];
        let (_, leads, text) = page(&learner, "/plan/buy", Some(&form)).await;
        let state = stripe.lock();
        assert_eq!(state.sessions.len(), place + 1, "{text}");
        assert_eq!(state.sessions[place]["_price"], price);
        assert_eq!(state.sessions[place]["id"], session(&leads), "{plan}");
        let open = state.sessions.iter().filter(|one| one["status"] == "open");
        assert_eq!(open.count(), 1, "{plan}");
    }
}

#[tokio::test]
async fn what_failed_at_stripe_is_done_by_the_next_try_and_not_told_from_its_memory() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    let form = |order| [("plan", "plus"), ("interval", "month"), ("order", order)];
    // Making the customer fails, then closing a page, then cancelling. Stripe keeps each failure with its key.
    for way in [ORDER, OTHER_ORDER] {
        stripe.lock().fails_writes = true;
        let (status, _, _) = page(&learner, "/plan/buy", Some(&form(way))).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        stripe.lock().fails_writes = false;
        let leads = order(&learner, way).await;
        assert!(leads.contains("/pay/"), "{leads}");
    }
    assert_eq!(stripe.lock().sessions[0]["status"], "expired");
    buy(&learner, &stripe, "plus", "month").await;
    let user = autodeck::db::users::find(&app.db, learner.user_id).await;
    let user = user.unwrap().unwrap();
    stripe.lock().fails_writes = true;
    assert!(app.accounts.delete(&user).await.is_err());
    stripe.lock().fails_writes = false;
    app.accounts.delete(&user).await.expect("deleted");
    assert_eq!(stripe.lock().subscriptions[0]["status"], "canceled");
}

#[tokio::test]
async fn a_reminder_that_the_mail_server_refuses_is_tried_again_until_it_is_taken() {
    let stripe = StripeServer::start(noon().timestamp()).await;
    let mail = MailServer::start().await;
    let wanted = Wanted {
        offer: Offer::Plans,
        stripe: Some(settings(&stripe)),
        mail: Some(mail.settings()),
        ..Wanted::default()
    };
    let app = TestApp::start_with(wanted).await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "year").await;
    app.advance(TimeDelta::days(351));
    mail.refuse(3);
    for _ in 0..3 {
        billing(&app).chores().await.expect("chores");
        billing(&app).chores().await.expect("chores");
        assert_eq!(mail.count(), 0);
        app.advance(TimeDelta::hours(7));
    }
    for _ in 0..3 {
        billing(&app).chores().await.expect("chores");
        app.advance(TimeDelta::hours(7));
        assert_eq!(mail.count(), 1);
    }
}

#[tokio::test]
async fn what_is_paid_while_the_account_is_deleted_is_cancelled_after_it() {
    let (app, stripe) = selling().await;
    let (learner, stays) = (account(&app).await, account(&app).await);
    for one in [&learner, &stays] {
        buy(one, &stripe, "plus", "month").await;
    }
    let (theirs, kept) = (customer(&app, &learner).await, customer(&app, &stays).await);
    for one in [&learner, &stays] {
        let user = autodeck::db::users::find(&app.db, one.user_id).await;
        let user = user.unwrap().unwrap();
        if one.user_id == stays.user_id {
            // Their deletion stops half-way: they stay, and so does what they buy.
            let before = billing(&app).cancel_before_deletion(user.user_id).await;
            before.expect("cancelled");
        } else {
            app.accounts.delete(&user).await.expect("deleted");
        }
    }
    let ours = |one: &Guest<'_>| json!({ "user_id": one.user_id.to_string() });
    let [late, other, still] = {
        let mut state = stripe.lock();
        state.events.clear();
        [
            state.subscribe(&theirs, "price_plus_month", &ours(&learner)),
            state.subscribe(&theirs, "price_of_another_shop", &json!({})),
            state.subscribe(&kept, "price_plus_month", &ours(&stays)),
        ]
    };
    let status = |id: &str| {
        let state = stripe.lock();
        let found = state.subscriptions.iter().find(|one| one["id"] == id);
        found.expect("it is there")["status"].clone()
    };
    // Nobody is told; in a while it is looked for.
    app.advance(TimeDelta::minutes(11));
    look(&app).await;
    assert_eq!(status(&late), "canceled");
    assert_eq!(
        (status(&other), status(&still)),
        (json!("active"), json!("active"))
    );
    // What Stripe tells is looked at with the telling.
    let again = stripe
        .lock()
        .subscribe(&theirs, "price_plus_month", &ours(&learner));
    deliver(&app, &stripe).await;
    look(&app).await;
    assert_eq!(status(&again), "canceled");
    // After a day nothing of them is kept.
    app.advance(TimeDelta::hours(26));
    billing(&app).chores().await.expect("chores");
    let left: i64 = sqlx::query_scalar("select count(*) from ended_customers")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn of_two_subscriptions_a_refund_ends_its_own() {
    let (app, stripe) = selling().await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    let customer = customer(&app, &learner).await;
    {
        let mut state = stripe.lock();
        state.advance_days(9);
        state.subscribe(&customer, "price_pro_month", &json!({}));
        // The last payment: that of Pro.
        state.happen(&customer, Happening::Refund);
    }
    app.advance(TimeDelta::days(9));
    deliver(&app, &stripe).await;
    look(&app).await;
    assert_eq!(plan(&learner).await, "plus");
    let state = stripe.lock();
    assert_eq!(state.subscriptions[0]["status"], "active");
    assert_eq!(state.subscriptions[1]["status"], "canceled");
}

#[tokio::test]
async fn while_stripe_is_down_an_account_is_not_deleted_and_its_page_says_why() {
    let (app, stripe) = selling().await;
    let browser = app.browser();
    browser.begin("Knots").await;
    sqlx::query(
        "insert into billing_customers (user_id, customer_id, run_after, created_at)
         select user_id, 'cus_ada', now(), now() from users",
    )
    .execute(&app.db)
    .await
    .unwrap();
    stripe.lock().is_down = true;
    let refused = browser.post("/settings/delete", &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    for words in [
        "your subscription could not be cancelled",
        "Nothing was deleted: try again",
    ] {
        assert!(refused.text.contains(words), "{words}: {}", refused.text);
    }
    assert!(!refused.text.contains("database"), "{}", refused.text);
    stripe.lock().is_down = false;
    let done = browser.post("/settings/delete", &[]).await;
    assert_eq!(done.location(), "/deleted", "{}", done.text);
}
