//! What the operator asks: `autodeck doctor` of Stripe, `autodeck spend` of the money. The program itself, as it is run.

use std::process::Command;

use autodeck::config::Spending;
use autodeck::domain::plan::Offer;
use serde_json::{Value, json};
use sqlx::ConnectOptions;

use crate::billing::{account, buy, settings};
use crate::stripe_server::StripeServer;
use crate::support::{TestApp, Wanted, noon};

/// Runs the program with the settings of a stand-in, changed by `more`; whether it did well, and what it printed.
async fn run(stripe: &StripeServer, arguments: &[&str], more: &[(&str, &str)]) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_autodeck"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", folder.path())
        .env("AUTODECK_DATA_DIR", folder.path())
        .env("AUTODECK_BASE_URL", "https://cards.example.org")
        // Nobody listens there: the database and the model are not what is asked about.
        .env("DATABASE_URL", "postgres://ada@127.0.0.1:1/cards")
        .env("AUTODECK_LLM", "openai")
        .env("AUTODECK_LLM_BASE_URL", "http://127.0.0.1:1/v1")
        .env("AUTODECK_LLM_MODEL", "none")
        .envs(stripe.environment())
        .envs(more.iter().copied())
        .current_dir(folder.path());
    let done = tokio::task::spawn_blocking(move || command.output());
    let output = done.await.expect("no panic").expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let logged = String::from_utf8_lossy(&output.stderr);
    assert!(
        !said.contains("sk_test") && !logged.contains("sk_test"),
        "no key is printed"
    );
    (output.status.success(), format!("{said}{logged}"))
}

/// The line that `doctor` has for payments.
async fn payments(stripe: &StripeServer, more: &[(&str, &str)]) -> String {
    let (_, said) = run(stripe, &["doctor"], more).await;
    let line = said.lines().find(|line| line.starts_with("payments"));
    line.unwrap_or_else(|| panic!("no line on payments: {said}"))
        .to_owned()
}

fn endpoint(url: &str, status: &str, events: Value) -> Value {
    json!({ "id": "we_1", "object": "webhook_endpoint", "url": url, "status": status, "enabled_events": events })
}

#[tokio::test]
async fn doctor_asks_stripe_about_the_key_each_price_and_the_webhook() {
    let stripe = StripeServer::start(noon().timestamp()).await;
    let line = payments(&stripe, &[]).await;
    assert!(
        line.contains("PROBLEM")
            && line.contains("nobody at https://cards.example.org/billing/webhook"),
        "{line}"
    );
    let ours = "https://cards.example.org/billing/webhook";
    stripe.lock().endpoints = vec![
        endpoint("https://else.example.org/hook", "enabled", json!(["*"])),
        endpoint(ours, "disabled", json!(["*"])),
    ];
    let line = payments(&stripe, &[]).await;
    assert!(
        line.contains("PROBLEM") && line.contains("switched"),
        "{line}"
    );
    stripe.lock().endpoints[1] = endpoint(
        ours,
        "enabled",
        json!([
            "customer.subscription.created",
            "customer.subscription.updated",
            "checkout.session.completed",
            "invoice.paid",
            "invoice.payment_failed",
            "charge.refunded",
            "charge.dispute.closed"
        ]),
    );
    let line = payments(&stripe, &[]).await;
    assert!(
        line.contains("PROBLEM") && line.contains("of customer.subscription.deleted: add"),
        "{line}"
    );
    stripe.lock().endpoints[1] = endpoint(ours, "enabled", json!(["*"]));
    let line = payments(&stripe, &[]).await;
    assert!(
        line.contains(" ok ") && line.contains("test mode"),
        "{line}"
    );

    for (name, value, said) in [
        (
            "STRIPE_SECRET_KEY",
            "sk_live_of_somebody",
            "Look at STRIPE_SECRET_KEY",
        ),
        (
            "STRIPE_PRICE_PLUS_YEARLY",
            "price_none",
            "STRIPE_PRICE_PLUS_YEARLY names no price",
        ),
        (
            "STRIPE_PRICE_PRO_YEARLY",
            "price_of_another_shop",
            "STRIPE_PRICE_PRO_YEARLY is not paid every year",
        ),
    ] {
        let line = payments(&stripe, &[(name, value)]).await;
        assert!(
            line.contains("PROBLEM") && line.contains(said),
            "{name}: {line}"
        );
    }
    stripe.lock().is_down = true;
    let line = payments(&stripe, &[]).await;
    assert!(line.contains("PROBLEM"), "{line}");
}

#[tokio::test]
async fn spend_prints_what_today_cost_by_model_and_learner_and_what_is_left_of_the_income() {
    let stripe = StripeServer::start(noon().timestamp()).await;
    let app = TestApp::start_with(Wanted {
        offer: Offer::Plans,
        stripe: Some(settings(&stripe)),
        spending: Spending {
            price_in: Some(3.0),
            price_out: Some(15.0),
            ..Spending::default()
        },
        ..Wanted::default()
    })
    .await;
    let learner = account(&app).await;
    buy(&learner, &stripe, "plus", "month").await;
    learner.deck("Lighthouses").await;
    app.generate().await;
    let cost: i64 =
        sqlx::query_scalar("update generation_jobs set started_at = now() returning cost_microusd")
            .fetch_one(&app.db)
            .await
            .expect("one job");
    assert!(cost > 0);
    let database = app.db.connect_options().to_url_lossy().to_string();
    let (is_well, said) = run(&stripe, &["spend"], &[("DATABASE_URL", &database)]).await;
    assert!(is_well, "{said}");
    let cents = format!("${}.{:04}", cost / 1_000_000, cost / 100 % 10_000);
    let user = learner.user_id.to_string();
    for words in [
        format!(": {cents}"),
        "replay".to_owned(),
        "1 jobs, 10 cards".to_owned(),
        user,
        "1 on Plus at $5 a month".to_owned(),
        // A thirtieth of five dollars.
        "Margin: $0.16 of subscriptions".to_owned(),
    ] {
        assert!(said.contains(&words), "{words}: {said}");
    }
}
