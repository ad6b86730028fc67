//! What lies on the desk when there is no card: why, and what to do.

use chrono::{DateTime, Utc};

use super::views::{ActionView, LevelView, NoticeView};
use crate::domain::plan::{Period, Plan};
use crate::llm::REFUSAL;
use crate::study::allowance::Limit;
use crate::study::cause::Cause;
use crate::study::next::Next;
use crate::study::outlook::{Outlook, Reason};
use crate::web::words::Words;
use crate::web::words::study::Notices;

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
    let mut said = Vec::new();
    said.extend(next.cause.as_ref().map(words.studied.cause));
    let back = next.next_due_at().filter(|due_at| *due_at > now);
    if let Some(due_at) = back.filter(|_| reason != Reason::Waiting) {
        let wait = (due_at - now).num_seconds().unsigned_abs();
        said.push((words.plan.limit_comes_back)(wait));
    }
    let title = if is_refusal(next) {
        words.notices.declined
    } else {
        title(reason, deck, &words.notices)
    };
    Some(NoticeView {
        reason: code(reason).to_owned(),
        title: title.to_owned(),
        detail: said.join(" "),
        actions: actions(reason, deck, words),
        is_live: reason == Reason::Waiting,
    })
}

/// Whether the model would not write about the topic: then trying again does not help, and other words may.
fn is_refusal(next: &Next) -> bool {
    matches!(&next.cause, Some(Cause::Failing(what)) if what.starts_with(REFUSAL))
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

fn title(reason: Reason, deck: Option<&Outlook>, say: &Notices) -> &'static str {
    match reason {
        Reason::Waiting if deck.is_some_and(|outlook| outlook.dealt.is_empty()) => say.first,
        Reason::Waiting => say.waiting,
        Reason::Done => say.done,
        Reason::LimitReached => say.limit,
        Reason::Exhausted => say.exhausted,
        Reason::Paused => say.paused,
        Reason::Failing => say.failing,
        Reason::BudgetSpent => say.budget,
        Reason::NoModel => say.no_model,
    }
}

fn actions(reason: Reason, deck: Option<&Outlook>, words: &Words) -> Vec<ActionView> {
    let say = &words.notices;
    let mut actions = Vec::new();
    if let Some(outlook) = deck {
        let base = format!("/decks/{}", outlook.deck.deck_id);
        match reason {
            Reason::Failing => actions.push(ActionView::post(
                say.try_again,
                format!("{base}/retry"),
                "again",
                true,
            )),
            Reason::Paused => actions.push(ActionView::post(
                say.resume,
                format!("{base}/settings"),
                "paused",
                false,
            )),
            Reason::Exhausted => {
                let level = outlook.deck.level();
                for other in [level.harder(), level.easier()].into_iter().flatten() {
                    let other = LevelView::of(other, words);
                    let label = (words.studied.level)(other.number, other.word);
                    actions.push(ActionView::post(
                        &label,
                        format!("{base}/level"),
                        "level",
                        other.number,
                    ));
                }
            }
            _ => {}
        }
    }
    if reason == Reason::NoModel {
        actions.push(ActionView::link(say.connect, "/model"));
    }
    if let (Reason::LimitReached, Some(outlook)) = (reason, deck) {
        let settings = format!("/decks/{}/settings", outlook.deck.deck_id);
        actions.push(ActionView::link(say.deck_limits, settings));
    }
    if reason != Reason::Waiting {
        actions.push(ActionView::link(say.my_decks, "/decks"));
        actions.push(ActionView::link(say.another_topic, "/"));
    }
    actions
}

/// The pencil line under the stack: how many are ready, and what is being done about more.
pub fn pencil(next: &Next, now: DateTime<Utc>, words: &Words) -> String {
    let say = &words.notices;
    let ready = (next.counts.new > 0).then(|| (words.studied.ready)(next.counts.new));
    let writing = next.outlooks.iter().find(|outlook| outlook.is_generating());
    let doing = writing.map(|outlook| {
        let since = outlook
            .generating_since
            .map_or(0, |since| (now - since).num_seconds());
        if ready.is_none() && since >= LONG_WAIT_SECONDS {
            say.slow
        } else {
            say.writing
        }
    });
    // What keeps more from coming is said while there is still something to study; without a card the paper says it.
    let trouble = next.study.as_ref().and_then(|_| {
        let mut outlooks = next.outlooks.iter();
        outlooks.find_map(|outlook| trouble(outlook, say))
    });
    let doing = doing.or(trouble).map(ToOwned::to_owned);
    [ready, doing, left(next, words)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// How many new cards the plan has left, where it counts them.
fn left(next: &Next, words: &Words) -> Option<String> {
    let outlook = next.outlooks.first()?;
    let left = outlook.allowance.left().filter(|left| *left > 0)?;
    Some(match outlook.plan.terms().period {
        Period::Day => (words.studied.left_today)(left),
        Period::Ever => (words.studied.left_as_guest)(left),
    })
}

fn trouble(outlook: &Outlook, say: &Notices) -> Option<&'static str> {
    Some(match outlook.reason()?.0 {
        Reason::Failing => say.pencil_failing,
        Reason::Exhausted => say.pencil_exhausted,
        Reason::BudgetSpent => say.pencil_budget,
        Reason::NoModel => say.pencil_no_model,
        Reason::Paused => say.pencil_paused,
        Reason::Waiting | Reason::Done | Reason::LimitReached => return None,
    })
}
