//! What lies on the desk when there is no card: why, and what to do.

use chrono::{DateTime, Utc};

use super::interval::interval_spoken;
use super::views::{ActionView, NoticeView};
use crate::domain::plan::{Period, Plan};
use crate::llm::REFUSAL;
use crate::study::allowance::Limit;
use crate::study::next::Next;
use crate::study::outlook::{Outlook, Reason};
use crate::web::words::Words;

/// From this many seconds on, a wait is told.
const LONG_WAIT_SECONDS: i64 = 8;

/// The paper for a desk without a card. `None` when there is one. `due` are the cards due in all decks.
pub fn notice(next: &Next, due: u32, now: DateTime<Utc>, words: &Words) -> Option<NoticeView> {
    let reason = next.reason?;
    if let (Reason::LimitReached, Some(limit)) = (reason, next.limit()) {
        return Some(limit_notice(next, limit, due, now, words));
    }
    let deck = match next.outlooks.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let detail = next.detail.clone().unwrap_or_default();
    let detail = match next.next_due_at() {
        Some(due_at) if due_at > now && reason != Reason::Waiting => {
            let wait = interval_spoken((due_at - now).num_seconds().unsigned_abs());
            format!("{detail} The next card comes back in {wait}.")
        }
        _ => detail,
    };
    Some(NoticeView {
        reason: code(reason).to_owned(),
        title: if is_refusal(next) {
            "The model declined this topic".to_owned()
        } else {
            title(reason, deck).to_owned()
        },
        detail,
        actions: actions(reason, deck),
        is_live: reason == Reason::Waiting,
    })
}

/// Whether the model would not write about the topic: then trying again does not help, and other words may.
fn is_refusal(next: &Next) -> bool {
    let detail = next.detail.as_deref().unwrap_or_default();
    next.reason == Some(Reason::Failing) && detail.starts_with(REFUSAL)
}

/// The paper at the end of the allowance: when it renews, what is still to study, and what the next plan gives.
fn limit_notice(
    next: &Next,
    limit: &Limit,
    due: u32,
    now: DateTime<Utc>,
    words: &Words,
) -> NoticeView {
    let until = |at: DateTime<Utc>| (at - now).num_seconds().unsigned_abs();
    let (texts, plan) = (&words.plans, &words.plan);
    let mut said = Vec::new();
    if limit.is_own && limit.allowed == 0 {
        said.push(texts.limit_none_wanted.to_owned());
    } else {
        said.push((plan.limit_spent)(limit));
        said.extend(limit.resets_at.map(|at| (plan.limit_renews)(until(at))));
        if due == 0 {
            said.push(texts.limit_stays.to_owned());
        }
    }
    if due > 0 {
        said.push((plan.limit_due)(due));
    }
    let back = next.next_due_at().filter(|due_at| *due_at > now);
    said.extend(back.map(|due_at| (plan.limit_comes_back)(until(due_at))));
    let more = match limit.plan {
        _ if limit.is_own => None,
        Plan::Guest => Some(Plan::Free),
        Plan::Free => Some(Plan::Plus),
        Plan::Plus => Some(Plan::Pro),
        Plan::Pro | Plan::Unlimited => None,
    };
    if let Some(more) = more {
        if limit.plan == Plan::Guest {
            said.push(texts.limit_guest.to_owned());
        }
        let cards = more.terms().new_cards.unwrap_or(0);
        said.push((plan.limit_more)(more.title(), cards));
    }
    let mut actions = Vec::new();
    if due > 0 {
        actions.push(ActionView::link(texts.limit_study, "/study"));
    }
    if more.is_some() {
        actions.push(ActionView::link(texts.more, "/pricing"));
    } else if limit.is_own {
        actions.push(ActionView::link(texts.limit_settings, "/settings"));
    }
    actions.push(ActionView::link(texts.limit_decks, "/decks"));
    actions.push(ActionView::link(texts.limit_topic, "/"));
    NoticeView {
        reason: code(Reason::LimitReached).to_owned(),
        title: texts.limit_title.to_owned(),
        detail: said.join(" "),
        actions,
        is_live: false,
    }
}

fn code(reason: Reason) -> &'static str {
    match reason {
        Reason::Waiting => "waiting",
        Reason::Done => "done",
        Reason::LimitReached => "limit_reached",
        Reason::Exhausted => "exhausted",
        Reason::Paused => "paused",
        Reason::Failing => "failing",
        Reason::BudgetSpent => "budget_spent",
        Reason::NoModel => "no_model",
    }
}

fn title(reason: Reason, deck: Option<&Outlook>) -> &'static str {
    match reason {
        Reason::Waiting if deck.is_some_and(|outlook| outlook.deck.ability_answers == 0.0) => {
            "Writing the first cards"
        }
        Reason::Waiting => "Writing the next cards",
        Reason::Done => "Done for now",
        Reason::LimitReached => "No new cards just now",
        Reason::Exhausted => "This level has no more",
        Reason::Paused => "New cards are paused",
        Reason::Failing => "The model is not answering",
        Reason::BudgetSpent => "Today’s budget is spent",
        Reason::NoModel => "No model is connected",
    }
}

fn actions(reason: Reason, deck: Option<&Outlook>) -> Vec<ActionView> {
    let mut actions = Vec::new();
    if let Some(outlook) = deck {
        let base = format!("/decks/{}", outlook.deck.deck_id);
        match reason {
            Reason::Failing => actions.push(ActionView::post(
                "Try again",
                format!("{base}/retry"),
                "again",
                true,
            )),
            Reason::Paused => actions.push(ActionView::post(
                "Resume",
                format!("{base}/settings"),
                "paused",
                false,
            )),
            Reason::Exhausted => {
                let level = outlook.deck.level();
                for other in [level.harder(), level.easier()].into_iter().flatten() {
                    let label = format!("Level {}, {}", other.number(), other.word());
                    actions.push(ActionView::post(
                        &label,
                        format!("{base}/level"),
                        "level",
                        other.number(),
                    ));
                }
            }
            _ => {}
        }
    }
    if reason == Reason::NoModel {
        actions.push(ActionView::link("Connect a model", "/model"));
    }
    if let (Reason::LimitReached, Some(outlook)) = (reason, deck) {
        let settings = format!("/decks/{}/settings", outlook.deck.deck_id);
        actions.push(ActionView::link("Limits of this deck", settings));
    }
    if reason != Reason::Waiting {
        actions.push(ActionView::link("My decks", "/decks"));
        actions.push(ActionView::link("Another topic", "/"));
    }
    actions
}

/// The pencil line under the stack: how many are ready, and what is being done about more.
pub fn pencil(next: &Next, now: DateTime<Utc>) -> String {
    let ready = match next.counts.new {
        0 => None,
        1 => Some("1 card ready".to_owned()),
        count => Some(format!("{count} cards ready")),
    };
    let writing = next.outlooks.iter().find(|outlook| outlook.is_generating());
    let doing = writing.map(|outlook| {
        let since = outlook
            .generating_since
            .map_or(0, |since| (now - since).num_seconds());
        if ready.is_none() && since >= LONG_WAIT_SECONDS {
            "the model is slow today".to_owned()
        } else {
            "writing the next cards".to_owned()
        }
    });
    // What keeps more from coming is said while there is still something to study; without a card the paper says it.
    let trouble = next
        .study
        .as_ref()
        .and_then(|_| next.outlooks.iter().find_map(trouble));
    [ready, doing.or(trouble), left(next)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// How many new cards the plan has left, where it counts them.
fn left(next: &Next) -> Option<String> {
    let outlook = next.outlooks.first()?;
    let left = outlook.allowance.left()?;
    Some(match (left, outlook.plan.terms().period) {
        (0, _) => return None,
        (1, Period::Day) => "1 new card left today".to_owned(),
        (left, Period::Day) => format!("{left} new cards left today"),
        (1, Period::Ever) => "1 new card left as a guest".to_owned(),
        (left, Period::Ever) => format!("{left} new cards left as a guest"),
    })
}

fn trouble(outlook: &Outlook) -> Option<String> {
    let words = match outlook.reason()?.0 {
        Reason::Failing => "the model is not answering",
        Reason::Exhausted => "this level has no more",
        Reason::BudgetSpent => "no new cards until tomorrow",
        Reason::NoModel => "no model is connected",
        Reason::Paused => "new cards are paused",
        Reason::Waiting | Reason::Done | Reason::LimitReached => return None,
    };
    Some(words.to_owned())
}
