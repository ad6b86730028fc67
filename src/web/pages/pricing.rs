//! What is sold: the plans, what they give and cost, and the button that buys one.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::form::{FormFields, see};
use super::plans::{Asker, failed};
use super::views::Shell;
use crate::billing::Billing;
use crate::billing::checkout::Way;
use crate::domain::billing::Interval;
use crate::domain::plan::{Offer, Plan};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::session::Learner;
use crate::web::words::Words;

/// A plan as the pricing page shows it.
#[derive(Debug)]
pub struct PlanView {
    /// `free`, `plus`, `pro`.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it gives, a line each.
    pub gives: Vec<String>,
    /// Ways to pay for it: `month` or `year`, and what a button says: `$5 a month`.
    pub prices: Vec<(&'static str, String)>,
    /// A button: from another plan to this one.
    pub change: String,
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
            problem = Some(shell.words().plans.unreached.into());
            Default::default()
        }
    };
    let words = shell.words();
    let current = learner.as_ref().map(|Learner(user)| study.plan(user));
    let plans = [Plan::Free, Plan::Plus, Plan::Pro].map(|plan| PlanView {
        name: plan.as_str(),
        title: plan.title(),
        gives: gives(plan, study.offer, words),
        prices: [Interval::Month, Interval::Year]
            .into_iter()
            .filter_map(|interval| {
                let offered = catalog.find(plan, interval)?;
                let amount = offered.words();
                Some((interval.as_str(), (words.plan.price)(&amount, interval)))
            })
            .collect(),
        change: (words.plan.change_to)(plan.title()),
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
fn gives(plan: Plan, offer: Offer, words: &Words) -> Vec<String> {
    let terms = plan.terms();
    let mut lines = Vec::new();
    lines.extend(terms.new_cards.map(words.plan.new_cards));
    lines.push(match terms.topics_at_once {
        Some(topics) => (words.plan.topics)(topics),
        None => words.plans.any_topics.into(),
    });
    if plan == Plan::Pro && offer == Offer::PlansWithProModel {
        lines.push(words.plans.better_model.into());
    }
    lines
}

/// `POST /plan/buy`: off to Stripe's page. A guest signs up first.
pub async fn buy(
    State(study): State<Study>,
    State(billing): State<Option<Billing>>,
    asker: Asker,
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
        let problem = shell.words().plans.choose.to_owned();
        let page =
            pricing_page(&study, &billing, shell, Some(Learner(user)), Some(problem)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    asker.may_ask(&user).await?;
    match billing.buy(&user, plan, interval, order).await {
        Ok(Way::Checkout(url) | Way::Portal(url)) => Ok(Redirect::to(&url).into_response()),
        Ok(Way::NotOffered) => Err(Error::NotFound),
        Err(error) => {
            let problem = Some(failed(error, shell.words())?);
            let page = pricing_page(&study, &billing, shell, Some(Learner(user)), problem).await?;
            Ok((StatusCode::SERVICE_UNAVAILABLE, page).into_response())
        }
    }
}

fn order_of(fields: &FormFields) -> Option<Uuid> {
    fields.raw("order").parse().ok()
}
