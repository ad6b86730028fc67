//! `autodeck spend`: what the model cost today, by model and by learner, and what is left of what learners pay.

use anyhow::Context;
use clap::Args;

use super::{database, say};
use crate::billing::Billing;
use crate::billing::catalog::money;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db;
use crate::domain::billing::Interval;
use crate::domain::plan::Plan;
use crate::domain::supply::utc_day_start;
use chrono::TimeDelta;

/// How far back, and how much of it.
#[derive(Debug, Clone, Args)]
pub struct SpendArgs {
    /// Days counted, today (UTC) being the last
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// Learners listed, the dearest first
    #[arg(long, default_value_t = 20)]
    learners: u16,
}

/// Days over which a payment is spread.
fn days_of(interval: Interval) -> i64 {
    match interval {
        Interval::Month => 30,
        Interval::Year => 365,
    }
}

/// Prints the spend.
///
/// # Errors
/// When the database does not answer.
pub async fn run(settings: &Settings, args: &SpendArgs) -> anyhow::Result<()> {
    let database = database::open_beside(settings).await?;
    let printed = print(settings, args, &database.pool).await;
    database.close().await;
    printed
}

async fn print(settings: &Settings, args: &SpendArgs, pool: &sqlx::PgPool) -> anyhow::Result<()> {
    let since = utc_day_start(Clock::Wall.now()) - TimeDelta::days(i64::from(args.days) - 1);
    let models = db::spending::by_model(pool, since).await?;
    let (rephrased, rephrased_microusd) = db::spending::rephrased(pool, since).await?;
    let jobs: i64 = models.iter().map(|row| row.cost_microusd).sum();
    let total = jobs + rephrased_microusd;
    say(format_args!(
        "Spend since {}: {}",
        since.format("%Y-%m-%d, 00:00 UTC"),
        dollars(total)
    ));
    if settings.spending.price_in.is_none() && settings.spending.price_out.is_none() {
        say(
            "Without AUTODECK_PRICE_IN and AUTODECK_PRICE_OUT tokens are counted and cost nothing.",
        );
    }
    for row in &models {
        say(format_args!(
            "  {:<32} {:<8} {:>10}  {} jobs, {} cards, {} tokens in, {} out",
            row.model,
            row.class,
            dollars(row.cost_microusd),
            row.jobs,
            row.cards,
            row.tokens_in,
            row.tokens_out,
        ));
    }
    if rephrased > 0 {
        say(format_args!(
            "  {:<41} {:>10}  {rephrased} cards written differently",
            "",
            dollars(rephrased_microusd)
        ));
    }
    say("By learner, whose orders they were:");
    for row in db::spending::by_learner(pool, since, i64::from(args.learners)).await? {
        say(format_args!(
            "  {} {:<6} {:>10}  {} jobs, {} cards",
            row.user_id,
            row.plan,
            dollars(row.cost_microusd),
            row.jobs,
            row.cards
        ));
    }
    let base_url = settings.base_url(settings.listen);
    match Billing::configured(settings, pool.clone(), base_url)? {
        None => say("Margin: nothing is sold here."),
        Some(billing) => margin(&billing, i64::from(args.days), total).await?,
    }
    Ok(())
}

/// The share of the running subscriptions that falls on the days counted, against the spend. Before tax and Stripe's fee.
async fn margin(billing: &Billing, days: i64, spent_microusd: i64) -> anyhow::Result<()> {
    let catalog = billing
        .catalog()
        .await
        .context("The margin needs the prices, and Stripe does not answer")?;
    let mut income_microunits = 0;
    let mut currency = "usd".to_owned();
    for (plan, interval, learners) in db::spending::paying(&billing.db).await? {
        let (Some(plan), Some(interval)) = (Plan::from_name(&plan), Interval::from_name(&interval))
        else {
            continue;
        };
        let Some(offered) = catalog.find(plan, interval) else {
            continue;
        };
        currency.clone_from(&offered.currency);
        say(format_args!(
            "  {learners} on {} at {} a {}",
            plan.title(),
            offered.words(),
            interval.as_str()
        ));
        income_microunits += learners * offered.amount * 10_000 * days / days_of(interval);
    }
    let income = money(income_microunits / 10_000, &currency);
    if currency == "usd" {
        say(format_args!(
            "Margin: {income} of subscriptions fall on these days, {} were spent: {} are left, before tax and fees.",
            dollars(spent_microusd),
            dollars(income_microunits - spent_microusd)
        ));
    } else {
        say(format_args!(
            "Margin: {income} of subscriptions fall on these days, {} were spent, before tax and fees.",
            dollars(spent_microusd)
        ));
    }
    Ok(())
}

/// Millionths of a dollar, to a hundredth of a cent.
fn dollars(microusd: i64) -> String {
    let sign = if microusd < 0 { "-" } else { "" };
    let all = microusd.unsigned_abs() / 100;
    format!("{sign}${}.{:04}", all / 10_000, all % 10_000)
}

#[cfg(test)]
mod tests {
    use super::dollars;

    #[test]
    fn small_amounts_keep_their_digits() {
        assert_eq!(dollars(1_234_567), "$1.2345");
        assert_eq!(dollars(-50_000), "-$0.0500");
    }
}
