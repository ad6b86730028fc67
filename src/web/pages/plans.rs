//! Plans: what they give and cost, which one is the learner's, and the ways to change it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::form::{FormFields, see};
use super::interval::interval_spoken;
use super::views::Shell;
use crate::billing::checkout::Way;
use crate::billing::{Billing, BillingError};
use crate::db;
use crate::db::users::User;
use crate::domain::billing::Interval;
use crate::domain::plan::{Offer, Period, Plan};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::extract::Params;
use crate::web::session::Learner;

/// A plan as the pricing page shows it.
#[derive(Debug)]
pub struct PlanView {
    /// `free`, `plus`, `pro`.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it gives, a line each.
    pub gives: Vec<String>,
    /// Ways to pay for it: `month` or `year`, and the amount in words.
    pub prices: Vec<(&'static str, String)>,
    /// It is the learner's.
    pub is_current: bool,
}

/// `/pricing`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/pricing.html")]
pub struct PricingPage {
    /// Around the page.
    pub shell: Shell,
    /// Free, Plus, Pro.
    pub plans: Vec<PlanView>,
    /// Whoever buys has an account first.
    pub is_account: bool,
    /// They pay already: a change of plan is made on the page of their plan.
    pub is_paying: bool,
    /// Makes the purchase one of a kind, however often the form is sent.
    pub order: Uuid,
    /// What went wrong.
    pub problem: Option<String>,
}

/// `/plan`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/plan.html")]
pub struct PlanPage {
    /// Around the page.
    pub shell: Shell,
    /// For people.
    pub title: &'static str,
    /// New cards, in a sentence.
    pub usage: String,
    /// When it renews or ends, in a sentence.
    pub term: Option<String>,
    /// A payment failed and is tried again.
    pub payment_failed: bool,
    /// They were a customer once: there are invoices.
    pub is_customer: bool,
    /// There is something to cancel.
    pub can_cancel: bool,
    /// It was cancelled and holds on until its end.
    pub can_keep: bool,
    /// A guest signs up first.
    pub is_account: bool,
    /// There is more to buy.
    pub can_upgrade: bool,
    /// See [`PricingPage::order`].
    pub order: Uuid,
    /// What was done just now.
    pub word: Option<String>,
    /// What went wrong.
    pub problem: Option<String>,
}

/// `/plan/cancel`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/plan_cancel.html")]
pub struct CancelPage {
    /// Around the page.
    pub shell: Shell,
    /// For people.
    pub title: &'static str,
    /// Until when it holds.
    pub until: Option<String>,
    /// See [`PricingPage::order`].
    pub order: Uuid,
}

const UNREACHED: &str = "Stripe, which takes the payments, does not answer just now. Nothing was changed: try again in a moment.";

/// `GET /pricing`. There is none where nothing is sold.
pub async fn pricing(
    State(study): State<Study>,
    State(billing): State<Option<Billing>>,
    shell: Shell,
    learner: Option<Learner>,
) -> Result<PricingPage> {
    let billing = billing.ok_or(Error::NotFound)?;
    pricing_page(&study, &billing, shell, learner, None).await
}

async fn pricing_page(
    study: &Study,
    billing: &Billing,
    shell: Shell,
    learner: Option<Learner>,
    problem: Option<String>,
) -> Result<PricingPage> {
    let mut problem = problem;
    let catalog = match billing.catalog().await {
        Ok(catalog) => catalog,
        Err(error) => {
            tracing::warn!(%error, "the prices could not be read");
            problem = Some(UNREACHED.into());
            Default::default()
        }
    };
    let current = learner.as_ref().map(|Learner(user)| study.plan(user));
    let plans = [Plan::Free, Plan::Plus, Plan::Pro].map(|plan| PlanView {
        name: plan.as_str(),
        title: plan.title(),
        gives: gives(plan, study.offer),
        prices: [Interval::Month, Interval::Year]
            .into_iter()
            .filter_map(|interval| {
                let offered = catalog.find(plan, interval)?;
                Some((interval.as_str(), offered.words()))
            })
            .collect(),
        is_current: current == Some(plan),
    });
    Ok(PricingPage {
        shell,
        plans: plans.into(),
        is_account: learner.is_some_and(|Learner(user)| user.is_account()),
        is_paying: current.is_some_and(Plan::is_paid),
        order: billing.new_order(),
        problem,
    })
}

/// What a plan gives, in lines.
fn gives(plan: Plan, offer: Offer) -> Vec<String> {
    let terms = plan.terms();
    let mut lines = Vec::new();
    if let Some(cards) = terms.new_cards {
        lines.push(format!("{} new cards a day", grouped(cards)));
    }
    lines.push(match terms.topics_at_once {
        Some(topics) => format!("{topics} topics written at the same time"),
        None => "any number of topics at the same time".into(),
    });
    if plan == Plan::Pro && offer == Offer::PlansWithProModel {
        lines.push("cards by the better model".into());
    }
    lines
}

fn grouped(number: u32) -> String {
    match number {
        1_000.. => format!("{},{:03}", number / 1_000, number % 1_000),
        _ => number.to_string(),
    }
}

/// `POST /plan/buy`: off to Stripe's page. A guest signs up first.
pub async fn buy(
    State(study): State<Study>,
    State(billing): State<Option<Billing>>,
    shell: Shell,
    learner: Option<Learner>,
    fields: FormFields,
) -> Result<Response> {
    let billing = billing.ok_or(Error::NotFound)?;
    let Some(Learner(user)) = learner else {
        return Ok(see("/sign-up?back=/pricing").into_response());
    };
    if !user.is_account() {
        return Ok(see("/sign-up?back=/pricing").into_response());
    }
    let plan = Plan::from_name(fields.raw("plan")).filter(|plan| plan.is_paid());
    let interval = Interval::from_name(fields.raw("interval"));
    let (Some(plan), Some(interval), Some(order)) = (plan, interval, order_of(&fields)) else {
        let problem = "Choose one of the plans below.".to_owned();
        let page =
            pricing_page(&study, &billing, shell, Some(Learner(user)), Some(problem)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    match billing.buy(&user, plan, interval, order).await {
        Ok(Way::Checkout(url) | Way::Portal(url)) => Ok(Redirect::to(&url).into_response()),
        Ok(Way::NotOffered) => Err(Error::NotFound),
        Err(error) => {
            let problem = Some(failed(error)?);
            let page = pricing_page(&study, &billing, shell, Some(Learner(user)), problem).await?;
            Ok((StatusCode::SERVICE_UNAVAILABLE, page).into_response())
        }
    }
}

/// `GET /plan`.
pub async fn show(
    State(study): State<Study>,
    State(billing): State<Option<Billing>>,
    shell: Shell,
    Learner(user): Learner,
    params: Params,
) -> Result<PlanPage> {
    let billing = billing.ok_or(Error::NotFound)?;
    let word = match params.text("done")? {
        Some("bought") if user.plan != "free" => Some("Thank you. Your plan holds from now on."),
        Some("bought") => Some(
            "Stripe has not confirmed the payment yet. As soon as it does, your plan holds: there is nothing to do.",
        ),
        Some("cancelled") => Some("Cancelled. Nothing more will be charged."),
        Some("kept") => Some("Your plan goes on."),
        _ => None,
    };
    let problem = params.text("problem")?.map(|_| UNREACHED.to_owned());
    let word = word.map(str::to_owned);
    plan_page(&study, &billing, shell, &user, word, problem).await
}

async fn plan_page(
    study: &Study,
    billing: &Billing,
    shell: Shell,
    user: &User,
    word: Option<String>,
    problem: Option<String>,
) -> Result<PlanPage> {
    let now = study.now();
    let plan = study.plan(user);
    let customer = db::billing::find(&study.db, user.user_id).await?;
    let ends = customer.as_ref().is_some_and(|one| one.ends_at_period_end);
    let until = customer.as_ref().and_then(|one| one.period_end);
    let term = until.filter(|_| plan.is_paid()).map(|end| {
        let day = date(user, end);
        if ends {
            format!("Cancelled. It holds until {day}; your decks stay yours after that.")
        } else {
            format!("It renews on {day}.")
        }
    });
    let used = study.new_cards_used(&study.db, user).await?;
    Ok(PlanPage {
        shell,
        title: plan.title(),
        usage: usage(plan, used, study.resets_at(user), now),
        term,
        payment_failed: user.payment_failed,
        is_customer: customer.is_some(),
        can_cancel: plan.is_paid() && !ends,
        can_keep: plan.is_paid() && ends,
        is_account: user.is_account(),
        can_upgrade: plan < Plan::Pro,
        order: billing.new_order(),
        word,
        problem,
    })
}

fn usage(plan: Plan, used: u32, resets_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let terms = plan.terms();
    let Some(allowed) = terms.new_cards else {
        return "As many new cards as you like.".into();
    };
    let left = grouped(allowed.saturating_sub(used));
    let allowed = grouped(allowed);
    match (terms.period, resets_at) {
        (Period::Day, Some(at)) => {
            let wait = interval_spoken((at - now).num_seconds().unsigned_abs());
            format!(
                "{left} of today’s {allowed} new cards are left. They are counted anew in {wait}."
            )
        }
        _ => format!(
            "{left} of {allowed} new cards are left. With a free account there are 20 every day."
        ),
    }
}

/// A day in the learner's own zone: `2 March 2026`.
fn date(user: &User, at: DateTime<Utc>) -> String {
    let zone = user.study_days(at).time_zone;
    at.with_timezone(&zone).format("%-d %B %Y").to_string()
}

/// `GET /plan/bought`: back from paying. It does not wait for Stripe to tell: it looks.
pub async fn bought(
    State(billing): State<Option<Billing>>,
    Learner(user): Learner,
) -> Result<Redirect> {
    looked(billing, &user, "/plan?done=bought").await
}

/// `GET /plan/changed`: back from Stripe's page of cards, invoices and plans.
pub async fn changed(
    State(billing): State<Option<Billing>>,
    Learner(user): Learner,
) -> Result<Redirect> {
    looked(billing, &user, "/plan").await
}

async fn looked(billing: Option<Billing>, user: &User, then: &str) -> Result<Redirect> {
    let billing = billing.ok_or(Error::NotFound)?;
    if let Err(error) = billing.look_now(user.user_id).await {
        // The job looks again; the page shows what is known.
        failed(error)?;
    }
    Ok(see(then))
}

/// `POST /plan/portal`: off to Stripe's page of cards, invoices and plans.
pub async fn portal(
    State(billing): State<Option<Billing>>,
    Learner(user): Learner,
    fields: FormFields,
) -> Result<Redirect> {
    let billing = billing.ok_or(Error::NotFound)?;
    let order = order_of(&fields).unwrap_or_else(|| billing.new_order());
    match billing.portal(user.user_id, order).await {
        Ok(Some(url)) => Ok(Redirect::to(&url)),
        Ok(None) => Ok(see("/pricing")),
        Err(error) => failed(error).map(|_| see("/plan?problem=1")),
    }
}

/// `GET /plan/cancel`: the first click; the second is on it.
pub async fn ask_cancel(
    State(study): State<Study>,
    State(billing): State<Option<Billing>>,
    shell: Shell,
    Learner(user): Learner,
) -> Result<CancelPage> {
    let billing = billing.ok_or(Error::NotFound)?;
    let customer = db::billing::find(&study.db, user.user_id).await?;
    Ok(CancelPage {
        shell,
        title: study.plan(&user).title(),
        until: customer
            .and_then(|one| one.period_end)
            .map(|end| date(&user, end)),
        order: billing.new_order(),
    })
}

/// `POST /plan/cancel`: it holds to the end of what is paid.
pub async fn cancel(
    State(billing): State<Option<Billing>>,
    Learner(user): Learner,
    fields: FormFields,
) -> Result<Redirect> {
    end(billing, &user, &fields, true, "/plan?done=cancelled").await
}

/// `POST /plan/keep`: it goes on after all.
pub async fn keep(
    State(billing): State<Option<Billing>>,
    Learner(user): Learner,
    fields: FormFields,
) -> Result<Redirect> {
    end(billing, &user, &fields, false, "/plan?done=kept").await
}

async fn end(
    billing: Option<Billing>,
    user: &User,
    fields: &FormFields,
    ends: bool,
    then: &str,
) -> Result<Redirect> {
    let billing = billing.ok_or(Error::NotFound)?;
    let order = order_of(fields).unwrap_or_else(|| billing.new_order());
    match billing.end_at_period_end(user.user_id, ends, order).await {
        Ok(()) => Ok(see(then)),
        Err(error) => failed(error).map(|_| see("/plan?problem=1")),
    }
}

fn order_of(fields: &FormFields) -> Option<Uuid> {
    fields.raw("order").parse().ok()
}

/// What the learner is told when Stripe did not do it. The database's troubles have a page of their own.
fn failed(error: BillingError) -> Result<String> {
    match error {
        BillingError::Database(error) => Err(error.into()),
        BillingError::Stripe(error) => {
            tracing::warn!(%error, "Stripe did not do what a page asked for");
            Ok(UNREACHED.into())
        }
    }
}
