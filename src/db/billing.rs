//! Customers of Stripe, the looks at it that are wanted, and the events that it told us.
//!
//! A look takes the number wanted when it begins and, when it has Stripe's answer, writes over a lower number only.
//! So a look that was held up cannot overwrite what a later one found, and each event is followed by a look that began
//! after it.
// long: every query of billing stands here, each with its line of why

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

/// Events of which it is not known whose they are and that are to be asked for now, oldest first: id, charge, and how
/// often that failed.
pub async fn unassigned_events(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<(String, String, i16)>> {
    let rows = sqlx::query!(
        r#"select event_id, charge_id as "charge_id!", failures from billing_events
           where customer_id is null and charge_id is not null and (ask_after is null or ask_after <= $1)
           order by received_at limit $2"#,
        now,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.event_id, row.charge_id, row.failures))
        .collect())
}

/// Puts off the question whose an event is.
pub async fn postpone_event(
    db: impl PgExecutor<'_>,
    event_id: &str,
    ask_after: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update billing_events set failures = least(failures + 1, 1000), ask_after = $2 where event_id = $1",
        event_id,
        ask_after,
    )
    .execute(db)
    .await?;
    Ok(())
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

/// Yearly customers whose period ends before `until`, of which they were not reminded, and whom nobody is reminding now.
pub async fn renewing_before(
    db: impl PgExecutor<'_>,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Customer>> {
    sqlx::query_as!(
        Customer,
        "select user_id, customer_id, subscription_id, status, plan, billing_interval, period_end, ends_at_period_end,
                reminded_of
         from billing_customers
         where billing_interval = 'year' and not ends_at_period_end and period_end <= $1
           and period_end is distinct from reminded_of and (remind_after is null or remind_after <= $2)",
        until,
        now,
    )
    .fetch_all(db)
    .await
}

/// Takes the reminding of a learner until `lease_until`; `false` when somebody else has it, or has done it.
pub async fn claim_reminder(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    period_end: DateTime<Utc>,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update billing_customers set remind_after = $4
         where user_id = $1 and reminded_of is distinct from $2 and (remind_after is null or remind_after <= $3)",
        user_id,
        period_end,
        now,
        lease_until,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a learner was reminded of the end of a period.
pub async fn mark_reminded(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    period_end: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update billing_customers set reminded_of = $2, remind_after = null where user_id = $1",
        user_id,
        period_end,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A customer whose account was deleted.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Stripe's id.
    pub customer_id: String,
    /// Who they were.
    pub learner_id: UserId,
}

/// Keeps a customer in mind until `until`, whose account is about to be deleted.
pub async fn insert_ended(
    db: impl PgExecutor<'_>,
    customer: &Customer,
    look_after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "-- all learners: the one named, and it outlives them by a day
         insert into ended_customers (customer_id, learner_id, look_after, until) values ($1, $2, $3, $4)
         on conflict (customer_id) do update set look_after = excluded.look_after, until = excluded.until",
        customer.customer_id,
        customer.user_id as UserId,
        look_after,
        until,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the next look at a customer whose account is gone; whose deletion did not come about has it still.
pub async fn claim_ended(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    look_after: DateTime<Utc>,
) -> sqlx::Result<Option<Ended>> {
    sqlx::query_as!(
        Ended,
        r#"-- all learners: none of these is one any more
           update ended_customers set look_after = $2
           where customer_id = (
               select customer_id from ended_customers
               where look_after <= $1
                 and not exists (select from billing_customers b where b.customer_id = ended_customers.customer_id)
               order by look_after limit 1
               for update skip locked)
           returning customer_id, learner_id as "learner_id: UserId""#,
        now,
        look_after,
    )
    .fetch_optional(db)
    .await
}

/// Asks for the look at a customer whose account is gone now: Stripe told something of them.
pub async fn hasten_ended(
    db: impl PgExecutor<'_>,
    customer_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "-- all learners: none of these is one any more
         update ended_customers set look_after = least(look_after, $2) where customer_id = $1",
        customer_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets customers whose account is gone for long enough.
pub async fn sweep_ended(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "-- all learners: none of these is one any more
         delete from ended_customers where until < $1",
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Removes events that no repeat can bring back.
pub async fn sweep_events(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!("delete from billing_events where received_at < $1", before)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}
