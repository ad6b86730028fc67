//! Customers of Stripe, the looks at it that are wanted, and the events that it told us.
//!
//! A look takes the number wanted when it begins and, when it has Stripe's answer, writes over a lower number only.
//! So a look that was held up cannot overwrite what a later one found, and each event is followed by a look that began
//! after it.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::domain::billing::{Entitlement, Interval, Status, Subscription};
use crate::domain::ids::UserId;
use crate::domain::plan::Plan;

/// A row of `billing_customers`.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Key.
    pub user_id: UserId,
    /// Stripe's id.
    pub customer_id: String,
    /// The subscription that decides.
    pub subscription_id: Option<String>,
    /// In Stripe's words.
    pub status: Option<String>,
    /// `free`, `plus` or `pro`.
    pub plan: String,
    /// `month` or `year`.
    pub billing_interval: Option<String>,
    /// Until when it is paid.
    pub period_end: Option<DateTime<Utc>>,
    /// It ends then.
    pub ends_at_period_end: bool,
    /// The period end of which the learner was reminded.
    pub reminded_of: Option<DateTime<Utc>>,
}

impl Customer {
    /// What the last look found.
    pub fn entitlement(&self) -> Entitlement {
        let subscription = self.subscription_id.clone().map(|id| Subscription {
            id,
            status: self.status.as_deref().and_then(Status::from_name),
            plan: Plan::from_name(&self.plan),
            is_ours: true,
            interval: self
                .billing_interval
                .as_deref()
                .and_then(Interval::from_name),
            period_end: self.period_end,
            ends_at_period_end: self.ends_at_period_end,
            created_at: DateTime::UNIX_EPOCH,
            period_start: None,
            ended_at: None,
        });
        Entitlement {
            plan: Plan::from_name(&self.plan).unwrap_or(Plan::Free),
            subscription,
        }
    }
}

/// A look at Stripe that is to be taken.
#[derive(Debug, Clone)]
pub struct Look {
    /// Whose.
    pub user_id: UserId,
    /// Stripe's id.
    pub customer_id: String,
    /// What this look may write over: anything lower.
    pub number: i64,
    /// Looks that failed in a row.
    pub failures: i16,
}

/// An event as far as it is kept.
#[derive(Debug, Clone)]
pub struct Event {
    /// Stripe's id: told twice, it counts once.
    pub event_id: String,
    /// As Stripe names it.
    pub kind: String,
    /// Whose it is, where it says so.
    pub customer_id: Option<String>,
    /// Of a dispute: the payment.
    pub charge_id: Option<String>,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
}

/// The customer that a learner is.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<Customer>> {
    sqlx::query_as!(
        Customer,
        "select user_id, customer_id, subscription_id, status, plan, billing_interval, period_end, ends_at_period_end,
                reminded_of
         from billing_customers where user_id = $1",
        user_id,
    )
    .fetch_optional(db)
    .await
}

/// Keeps whose customer somebody is. Another tab may have been quicker: then theirs stands.
pub async fn insert(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    customer_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into billing_customers (user_id, customer_id, run_after, created_at) values ($1, $2, $3, $3)
         on conflict (user_id) do nothing",
        user_id,
        customer_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Puts another customer in the place of one whom Stripe has no longer, and asks for a look.
pub async fn replace(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    earlier: &str,
    customer_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update billing_customers
         set customer_id = $3, looks_wanted = looks_wanted + 1, run_after = least(run_after, $4)
         where user_id = $1 and customer_id = $2",
        user_id,
        earlier,
        customer_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps an event; `false` when it was known already.
pub async fn insert_event(
    db: impl PgExecutor<'_>,
    event: &Event,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into billing_events (event_id, type, customer_id, charge_id, happened_at, received_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (event_id) do nothing",
        event.event_id,
        event.kind,
        event.customer_id,
        event.charge_id,
        event.happened_at,
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Asks for a look at a customer; nothing when it is nobody of ours.
pub async fn want_look(
    db: impl PgExecutor<'_>,
    customer_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "-- all learners: whose it is, Stripe's id says
         update billing_customers set looks_wanted = looks_wanted + 1, run_after = least(run_after, $2)
         where customer_id = $1",
        customer_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Asks for a look at a learner and takes it, to be taken at once by the caller. `None`: no customer.
pub async fn begin_look(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    lease_until: DateTime<Utc>,
) -> sqlx::Result<Option<Look>> {
    sqlx::query_as!(
        Look,
        "update billing_customers set looks_wanted = looks_wanted + 1, run_after = $2 where user_id = $1
         returning user_id, customer_id, looks_wanted as number, failures",
        user_id,
        lease_until,
    )
    .fetch_optional(db)
    .await
}

/// Takes the look that has waited longest. Whoever takes it and falls silent loses it at `lease_until`.
pub async fn claim_look(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
) -> sqlx::Result<Option<Look>> {
    sqlx::query_as!(
        Look,
        "update billing_customers set run_after = $2
         where user_id = (
             select user_id from billing_customers
             where looks_applied < looks_wanted and run_after <= $1
             order by run_after limit 1
             for update skip locked)
         returning user_id, customer_id, looks_wanted as number, failures",
        now,
        lease_until,
    )
    .fetch_optional(db)
    .await
}

/// Writes what a look found: the customer's row and the learner's plan, in one guarded statement. `false` when a later
/// look has written already.
pub async fn apply(
    db: impl PgExecutor<'_>,
    look: &Look,
    found: &Entitlement,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let subscription = found.subscription.as_ref();
    let done = sqlx::query!(
        "with written as (
             update billing_customers
             set looks_applied = $2, plan = $3, subscription_id = $4, status = $5, billing_interval = $6,
                 period_end = $7, ends_at_period_end = $8, run_after = $9, failures = 0, looked_at = $9
             where user_id = $1 and looks_applied < $2
             returning user_id, plan, status = 'past_due' as failed)
         update users set plan = written.plan, payment_failed = coalesce(written.failed, false) from written where users.user_id = written.user_id",
        look.user_id,
        look.number,
        found.plan.as_str(),
        subscription.map(|one| one.id.as_str()),
        subscription
            .and_then(|one| one.status)
            .map(Status::as_str),
        subscription
            .and_then(|one| one.interval)
            .map(Interval::as_str),
        subscription.and_then(|one| one.period_end),
        subscription.is_some_and(|one| one.ends_at_period_end),
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a look that failed back, to be taken again at `run_after`.
pub async fn postpone(
    db: impl PgExecutor<'_>,
    look: &Look,
    run_after: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update billing_customers set failures = failures + 1, run_after = $3
         where user_id = $1 and looks_applied < $2",
        look.user_id,
        look.number,
        run_after,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Asks for a look at everybody at whom nobody has looked since `before`; returns how many.
pub async fn want_looks_at_all(
    db: impl PgExecutor<'_>,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "-- all learners: the daily comparison
         update billing_customers set looks_wanted = looks_wanted + 1, run_after = least(run_after, $2)
         where looks_applied = looks_wanted and (looked_at is null or looked_at < $1)",
        before,
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Events of which it is not known whose they are, oldest first: id and charge.
pub async fn unassigned_events(
    db: impl PgExecutor<'_>,
    limit: i64,
) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        r#"select event_id, charge_id as "charge_id!" from billing_events
           where customer_id is null and charge_id is not null order by received_at limit $1"#,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.event_id, row.charge_id))
        .collect())
}

/// Notes whose an event is; an empty text for nobody's.
pub async fn assign_event(
    db: impl PgExecutor<'_>,
    event_id: &str,
    customer_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update billing_events set customer_id = $2 where event_id = $1",
        event_id,
        customer_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Yearly customers whose period ends before `until`.
pub async fn renewing_before(
    db: impl PgExecutor<'_>,
    until: DateTime<Utc>,
) -> sqlx::Result<Vec<Customer>> {
    sqlx::query_as!(
        Customer,
        "select user_id, customer_id, subscription_id, status, plan, billing_interval, period_end, ends_at_period_end,
                reminded_of
         from billing_customers
         where billing_interval = 'year' and not ends_at_period_end and period_end <= $1
           and period_end is distinct from reminded_of",
        until,
    )
    .fetch_all(db)
    .await
}

/// Notes that a learner was reminded; `false` when somebody else did it.
pub async fn mark_reminded(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    period_end: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update billing_customers set reminded_of = $2 where user_id = $1 and reminded_of is distinct from $2",
        user_id,
        period_end,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes events that no repeat can bring back.
pub async fn sweep_events(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!("delete from billing_events where received_at < $1", before)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}
