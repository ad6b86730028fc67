//! R3: whatever order events come in, however often, and whichever are lost, the plan ends as Stripe's truth.
//!
//! `make billing-orders` runs all of it (AUTODECK_ORDERS, AUTODECK_SEQUENCES); a plain test run takes a part.

use std::collections::HashMap;

use autodeck::db;
use autodeck::db::billing::Look;
use autodeck::domain::billing::Entitlement;
use autodeck::domain::plan::Plan;
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::billing::{look, selling};
use crate::stripe_server::life::Happening;
use crate::stripe_server::{State, WEBHOOK_SECRET, objects};
use crate::support::{new_database, noon};

/// Seven things that happen to a subscription, one event each.
const LIFE: [Happening; 7] = [
    Happening::ToPro,
    Happening::PaymentFails,
    Happening::PaymentSucceeds,
    Happening::CancelLater,
    Happening::Resume,
    Happening::ToPlus,
    Happening::CancelNow,
];

fn asked_for(name: &str, usually: usize) -> usize {
    let set = std::env::var(name).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(usually)
}

/// The `number`-th order of seven things, of 5,040.
fn order(number: usize) -> Vec<usize> {
    let mut left: Vec<usize> = (0..LIFE.len()).collect();
    let mut number = number;
    (1..=LIFE.len())
        .rev()
        .map(|places| {
            let place = number % places;
            number /= places;
            left.remove(place)
        })
        .collect()
}

async fn new_customer(db: &mut PgConnection, customer_id: &str) -> Uuid {
    let user_id = Uuid::now_v7();
    sqlx::query(
        "with learner as (
             insert into users (user_id, kind, email, time_zone, rollover_hour, day_time_zone, day_rollover_hour,
                                day_zone_until, buttons, desired_retention, created_at, seen_at)
             values ($1, 'account', $2, 'UTC', 4, 'UTC', 4, $3, 3, 0.9, $3, $3) returning user_id)
         insert into billing_customers (user_id, customer_id, run_after, created_at)
         select user_id, $4, $3, $3 from learner",
    )
    .bind(user_id)
    .bind(format!("{user_id}@example.org"))
    .bind(noon())
    .bind(customer_id)
    .execute(db)
    .await
    .expect("a learner");
    user_id
}

async fn plan(db: &mut PgConnection, user_id: Uuid) -> String {
    sqlx::query_scalar("select plan from users where user_id = $1")
        .bind(user_id)
        .fetch_one(db)
        .await
        .expect("the learner")
}

/// Through the real code: signatures, events, jobs, HTTP to the stand-in. Events come in every order, some twice, while
/// the life they tell of is still going on: an event comes at the earliest when it has happened.
#[tokio::test]
async fn every_order_of_a_life_with_repeats_ends_as_stripes_truth() {
    let orders = asked_for("AUTODECK_ORDERS", 60).min(5_040);
    let (app, stripe) = selling().await;
    let billing = app.billing.as_ref().expect("billing is on");
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let (mut told, mut ends) = (0, HashMap::new());
    let mut db = app.db.acquire().await.expect("a connection");
    for run in 0..orders {
        let order = order(run * (5_040 / orders));
        let customer = format!("cus_{run}");
        let user_id = new_customer(&mut db, &customer).await;
        {
            let mut state = stripe.lock();
            state.customers = vec![objects::customer(&customer, 1, None, &json!({}))];
            state.subscriptions.clear();
            state.charges.clear();
            state.events.clear();
            state.now = app.clock.now().timestamp();
            state.subscribe(&customer, "price_plus_month", &json!({}));
        }
        // Half of the lives end with the sixth event, so that not all end as free.
        let life = if run % 2 == 0 { 7 } else { 6 };
        let (mut events, mut happened) = (Vec::new(), 0);
        for place in order {
            if place >= life {
                continue;
            }
            while happened <= place {
                let mut state = stripe.lock();
                state.events.clear();
                state.happen(&customer, LIFE[happened]);
                events.push(state.events.last().expect("an event of it").to_string());
                happened += 1;
            }
            for _ in 0..dice.random_range(1..=3) {
                let at = app.clock.now().timestamp();
                let signature = stripe_webhook::Webhook::generate_test_header(
                    &events[place],
                    WEBHOOK_SECRET,
                    Some(at),
                );
                billing
                    .receive(events[place].as_bytes(), &signature)
                    .await
                    .expect("a database that answers");
                told += 1;
            }
            if dice.random_bool(0.4) {
                look(&app).await;
            }
        }
        look(&app).await;
        let truth = stripe.lock().truth(&customer);
        assert_eq!(plan(&mut db, user_id).await, truth, "order {run}");
        *ends.entry(truth).or_insert(0) += 1;
    }
    println!(
        "R3: {orders} of 5,040 orders, {told} events told, all ended as Stripe's truth: {ends:?}"
    );
}

/// A look that has begun: what it read of Stripe, and when it will write.
struct Begun {
    look: Look,
    found: Plan,
}

/// What came of a random sequence.
struct Ended {
    dropped: u64,
    stale: u64,
    plan: String,
}

/// What this proves: the guard's numbers. Looks are wanted, begun, held up and written late, never, or several at once,
/// by the real statements of `db::billing`, and the last number written is that of a look which began after the last
/// change. What a look reads is the stand-in's truth, copied: neither reading Stripe nor the job nor the events' way in
/// is part of it.
async fn random_sequence(tx: &mut PgConnection, run: usize) -> Ended {
    let mut dice = ChaCha8Rng::seed_from_u64(20_261_122 + run as u64);
    let (mut dropped, mut stale) = (0, 0);
    let mut state = State::default();
    let customer = format!("cus_{run}");
    let now = noon() + TimeDelta::days(2 * i64::try_from(run % 1_000).expect("few"));
    let user_id = new_customer(tx, &customer).await;
    let (mut undelivered, mut begun): (usize, Vec<Begun>) = (0, Vec::new());
    for step in 0..dice.random_range(8..24) {
        let at = now + TimeDelta::seconds(step);
        match dice.random_range(0..10) {
            0..4 => {
                let what = Happening::ALL[dice.random_range(0..Happening::ALL.len())];
                state.happen(&customer, what);
                undelivered += state.events.len();
                state.events.clear();
            }
            4 if undelivered > 0 => {
                undelivered -= 1;
                dropped += 1;
            }
            4..6 if undelivered > 0 => {
                undelivered -= usize::from(dice.random_bool(0.7));
                db::billing::want_look(&mut *tx, &customer, at)
                    .await
                    .expect("told");
            }
            6..8 => {
                let for_page = dice.random_bool(0.3);
                begun.extend(begin(tx, &state, &customer, user_id, at, for_page).await);
            }
            _ if !begun.is_empty() => {
                let one = begun.swap_remove(dice.random_range(0..begun.len()));
                if dice.random_bool(0.85) {
                    stale += u64::from(!write(tx, &one, at).await);
                }
            }
            _ => {}
        }
    }
    // Whoever is still held up writes now, in any order, but for those that never do.
    while !begun.is_empty() {
        let one = begun.swap_remove(dice.random_range(0..begun.len()));
        if dice.random_bool(0.7) {
            stale += u64::from(!write(tx, &one, now + TimeDelta::seconds(60)).await);
        }
    }
    // A day later: what is wanted is looked at, and who was not looked at is.
    let later = now + TimeDelta::days(1) + TimeDelta::hours(1);
    let before = later - TimeDelta::hours(24);
    db::billing::want_looks_at_all(&mut *tx, before, later)
        .await
        .expect("wanted");
    while let Some(one) = begin(tx, &state, &customer, user_id, later, false).await {
        assert!(write(tx, &one, later).await, "the last look writes");
    }
    let truth = state.truth(&customer);
    assert_eq!(plan(tx, user_id).await, truth, "sequence {run}");
    Ended {
        dropped,
        stale,
        plan: truth.to_owned(),
    }
}

/// Sequences that run at the same time do not see each other: each is a transaction of its own, rolled back at its end.
#[tokio::test]
async fn random_sequences_with_drops_end_as_stripes_truth_after_the_daily_comparison() {
    let sequences = asked_for("AUTODECK_SEQUENCES", 400);
    let db = new_database().await;
    let mut all = futures::stream::iter(0..sequences)
        .map(|run| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin().await.expect("a transaction");
                let ended = random_sequence(&mut tx, run).await;
                tx.rollback().await.expect("rolled back");
                ended
            })
        })
        .buffer_unordered(4);
    let (mut dropped, mut stale, mut ends, mut done) = (0, 0, HashMap::new(), 0);
    while let Some(ended) = all.next().await {
        let ended = ended.expect("it ended as Stripe's truth");
        dropped += ended.dropped;
        stale += ended.stale;
        *ends.entry(ended.plan).or_insert(0) += 1;
        done += 1;
        if done % 1_000 == 0 {
            // What was rolled back still lies in the tables, and every look would step over it.
            sqlx::query("vacuum users, billing_customers")
                .execute(&db)
                .await
                .expect("swept");
        }
    }
    println!(
        "R3: {sequences} random sequences, {dropped} events dropped, {stale} looks too late to write, all ended as \
         Stripe's truth: {ends:?}"
    );
    assert!(dropped > 0 && stale > 0, "the panel did its work");
}

/// Begins a look, by the job or (`now`) for a page: takes its number, then reads Stripe.
async fn begin(
    tx: &mut PgConnection,
    state: &State,
    customer: &str,
    user_id: Uuid,
    at: DateTime<Utc>,
    now: bool,
) -> Option<Begun> {
    let lease_until = at + TimeDelta::seconds(3);
    let look = if now {
        db::billing::begin_look(&mut *tx, user_id, lease_until).await
    } else {
        db::billing::claim_look(&mut *tx, at, lease_until).await
    };
    let look = look.expect("a database that answers")?;
    let found = Plan::from_name(state.truth(customer)).expect("a plan");
    Some(Begun { look, found })
}

async fn write(tx: &mut PgConnection, one: &Begun, at: DateTime<Utc>) -> bool {
    let found = Entitlement {
        plan: one.found,
        subscription: None,
    };
    db::billing::apply(tx, &one.look, &found, at)
        .await
        .expect("a database that answers")
}
