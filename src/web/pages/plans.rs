//! The learner's plan: which it is, what is left of it, and the ways to change or end it.

use std::convert::Infallible;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, NaiveDate, Utc};

use super::form::see;
use super::views::Shell;
use crate::billing::{Billing, BillingError};
use crate::db;
use crate::db::users::User;
use crate::domain::plan::{Period, Plan};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::App;
use crate::web::extract::Params;
use crate::web::limits::{Client, Limited, Limits};
use crate::web::session::Learner;
use crate::web::words::Words;

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
    /// Whether to cancel this plan.
    pub title: String,
    /// Until when it holds, in a sentence.
    pub until: Option<String>,
}

/// `GET /plan`.
pub async fn show(
    State(study): State<Study>,
    State(billing): State<Option<Billing>>,
    shell: Shell,
    Learner(user): Learner,
    params: Params,
) -> Result<PlanPage> {
    billing.ok_or(Error::NotFound)?;
    let done = params.text("done")?.unwrap_or_default();
    let problem = params.text("problem")?;
    plan_page(&study, shell, &user, done, problem.is_some()).await
}

async fn plan_page(
    study: &Study,
    shell: Shell,
    user: &User,
    done: &str,
    is_unreached: bool,
) -> Result<PlanPage> {
    let words = shell.words();
    let plan = study.plan(user);
    let customer = db::billing::find(&study.db, user.user_id).await?;
    let ends = customer.as_ref().is_some_and(|one| one.ends_at_period_end);
    let until = customer.as_ref().and_then(|one| one.period_end);
    let term = until.filter(|_| plan.is_paid()).map(|end| {
        let sentence = if ends {
            words.plan.ends_on
        } else {
            words.plan.renews_on
        };
        sentence(day(user, end))
    });
    // The address only says what was asked for; what is said here is what is so.
    let word = match done {
        "bought" if plan.is_paid() => Some(words.plans.thanks),
        "bought" if customer.is_some() => Some(words.plans.not_yet),
        "cancelled" if ends || !plan.is_paid() => Some(words.plans.cancelled),
        "kept" if plan.is_paid() && !ends => Some(words.plans.kept),
        _ => None,
    };
    let used = study.new_cards_used(&study.db, user).await?;
    let renewal = study.resets_at(user);
    let wait = renewal.map(|at| (at - study.now()).num_seconds().unsigned_abs());
    Ok(PlanPage {
        title: plan.title(),
        usage: usage(plan, study.new_cards(user), used, wait, words),
        term,
        payment_failed: user.payment_failed,
        is_customer: customer.is_some(),
        can_cancel: plan.is_paid() && !ends,
        can_keep: plan.is_paid() && ends,
        is_account: user.is_account(),
        can_upgrade: plan < Plan::Pro,
        word: word.map(str::to_owned),
        problem: is_unreached.then(|| words.plans.unreached.to_owned()),
        shell,
    })
}

fn usage(plan: Plan, allowed: Option<u32>, used: u32, wait: Option<u64>, words: &Words) -> String {
    let Some(allowed) = allowed else {
        return words.plans.unlimited.into();
    };
    let left = allowed.saturating_sub(used);
    match wait.filter(|_| plan.terms().period == Period::Day) {
        Some(wait) => (words.plan.left_today)(left, allowed, wait),
        None => {
            let account = Plan::Free.terms().new_cards.unwrap_or(0);
            (words.plan.left_as_guest)(left, allowed, account)
        }
    }
}

/// The day in the learner's own zone.
fn day(user: &User, at: DateTime<Utc>) -> NaiveDate {
    let zone = user.study_days(at).time_zone;
    at.with_timezone(&zone).date_naive()
}

/// Whoever makes us ask Stripe, as far as that is limited.
pub struct Asker {
    study: Study,
    limits: Limits,
    client: Client,
}

impl Asker {
    /// Spends one try, of the client and of the learner.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub async fn may_ask(&self, user: &User) -> Result<()> {
        let who = user.user_id.to_string();
        self.limits
            .spend(&self.study, Limited::Payment, &self.client, Some(&who))
            .await
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App,
    ) -> std::result::Result<Asker, Infallible> {
        Ok(Asker {
            study: app.study.clone(),
            limits: app.limits,
            client: Client::from_request_parts(parts, app).await?,
        })
    }
}

/// `GET /plan/bought`: back from paying. It does not wait for Stripe to tell: it looks.
pub async fn bought(
    State(billing): State<Option<Billing>>,
    asker: Asker,
    shell: Shell,
    Learner(user): Learner,
) -> Result<Redirect> {
    looked(billing, &asker, &shell, &user, "/plan?done=bought").await
}

/// `GET /plan/changed`: back from Stripe's page of cards, invoices and plans.
pub async fn changed(
    State(billing): State<Option<Billing>>,
    asker: Asker,
    shell: Shell,
    Learner(user): Learner,
) -> Result<Redirect> {
    looked(billing, &asker, &shell, &user, "/plan").await
}

async fn looked(
    billing: Option<Billing>,
    asker: &Asker,
    shell: &Shell,
    user: &User,
    then: &str,
) -> Result<Redirect> {
    let billing = billing.ok_or(Error::NotFound)?;
    asker.may_ask(user).await?;
    if let Err(error) = billing.look_now(user.user_id).await {
        // The job looks again; the page shows what is known.
        failed(error, shell.words())?;
    }
    Ok(see(then))
}

/// `POST /plan/portal`: off to Stripe's page of cards, invoices and plans.
pub async fn portal(
    State(billing): State<Option<Billing>>,
    asker: Asker,
    shell: Shell,
    Learner(user): Learner,
) -> Result<Redirect> {
    let billing = billing.ok_or(Error::NotFound)?;
    asker.may_ask(&user).await?;
    match billing.portal(user.user_id).await {
        Ok(Some(url)) => Ok(Redirect::to(&url)),
        Ok(None) => Ok(see("/pricing")),
        Err(error) => failed(error, shell.words()).map(|_| see("/plan?problem=1")),
    }
}

/// `GET /plan/cancel`: the first click; the second is on it. Without a plan that goes on there is nothing to cancel.
pub async fn ask_cancel(
    State(study): State<Study>,
    State(billing): State<Option<Billing>>,
    shell: Shell,
    Learner(user): Learner,
) -> Result<Response> {
    billing.ok_or(Error::NotFound)?;
    let customer = db::billing::find(&study.db, user.user_id).await?;
    let plan = study.plan(&user);
    if !plan.is_paid() || customer.as_ref().is_none_or(|one| one.ends_at_period_end) {
        return Ok(see("/plan").into_response());
    }
    let words = shell.words();
    let page = CancelPage {
        title: (words.plan.cancel_title)(plan.title()),
        until: customer
            .and_then(|one| one.period_end)
            .map(|end| (words.plan.holds_until)(day(&user, end))),
        shell,
    };
    Ok(page.into_response())
}

/// `POST /plan/cancel`: it holds to the end of what is paid.
pub async fn cancel(
    State(billing): State<Option<Billing>>,
    asker: Asker,
    shell: Shell,
    Learner(user): Learner,
) -> Result<Redirect> {
    end(billing, &asker, &shell, &user, true).await
}

/// `POST /plan/keep`: it goes on after all.
pub async fn keep(
    State(billing): State<Option<Billing>>,
    asker: Asker,
    shell: Shell,
    Learner(user): Learner,
) -> Result<Redirect> {
    end(billing, &asker, &shell, &user, false).await
}

async fn end(
    billing: Option<Billing>,
    asker: &Asker,
    shell: &Shell,
    user: &User,
    ends: bool,
) -> Result<Redirect> {
    let billing = billing.ok_or(Error::NotFound)?;
    asker.may_ask(user).await?;
    match billing.end_at_period_end(user.user_id, ends).await {
        Ok(()) if ends => Ok(see("/plan?done=cancelled")),
        Ok(()) => Ok(see("/plan?done=kept")),
        Err(error) => failed(error, shell.words()).map(|_| see("/plan?problem=1")),
    }
}

/// What the learner is told when Stripe did not do it. The database's troubles have a page of their own.
pub fn failed(error: BillingError, words: &Words) -> Result<String> {
    match error {
        BillingError::Database(error) => Err(error.into()),
        BillingError::Stripe(error) => {
            tracing::warn!(%error, "Stripe did not do what a page asked for");
            Ok(words.plans.unreached.into())
        }
    }
}
