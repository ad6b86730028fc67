//! English, of plans.

use chrono::NaiveDate;

use super::{PlanSentences, Plans};
use crate::domain::plan::Period;
use crate::study::allowance::Limit;
use crate::web::pages::interval::interval_spoken;

/// The texts.
pub const PLANS: Plans = Plans {
    title: "Plans",
    lead: "A plan counts new cards, because each is written for you by a language model. Studying, editing and taking out what you have is never counted.",
    choose: "Choose one of the plans below.",
    better_model: "cards by the better model",
    any_topics: "any number of topics written at once",
    change_to_free: "Cancel the plan",
    foot: "Paid through Stripe. Cancel at any time, in two clicks: the plan then holds to the end of what is paid, and every deck and answer stays yours.",
    foot_guest: "To buy a plan you sign up first, so that it is yours on every device.",
    yours: "Your plan",
    payment_failed: "The last payment did not go through. Your plan holds while Stripe tries again: look at your card below, so that it does not end.",
    more: "More new cards",
    card_and_invoices: "Card and invoices",
    keep_after_all: "Keep the plan after all",
    cancel: "Cancel the plan",
    cancel_lead: "Nothing more will be charged.",
    cancel_kept: "Every deck, card and answer stays yours, and studying them stays free.",
    keep_it: "Keep it",
    unreached: "Stripe, which takes the payments, does not answer just now. Nothing was changed: try again in a moment.",
    not_deleted: "Stripe, which takes the payments, does not answer just now, so your subscription could not be cancelled. Nothing was deleted: try again in a moment.",
    thanks: "Thank you. Your plan holds from now on.",
    not_yet: "Stripe has not confirmed the payment yet. As soon as it does, your plan holds: there is nothing to do.",
    cancelled: "Cancelled. Nothing more will be charged.",
    kept: "Your plan goes on.",
    unlimited: "As many new cards as you like.",
    limit_title: "No new cards just now",
    limit_guest: "Sign up, free, for more every day.",
    limit_stays: "What you have stays open to study, as often as you like.",
    limit_none_wanted: "You want no new cards: your settings say so. What you have stays open to study.",
    limit_decks: "My decks",
    limit_topic: "Another topic",
    limit_study: "Study what is due",
    limit_settings: "Settings",
};

/// The sentences.
pub const SENTENCES: PlanSentences = PlanSentences {
    new_cards: |cards| format!("{} new cards a day", grouped(cards)),
    topics: |topics| format!("{topics} topics written at once"),
    price: |amount, interval| format!("{amount} a {}", interval.as_str()),
    change_to: |plan| format!("Change to {plan}"),
    cancel_title: |plan| format!("Cancel {plan}?"),
    holds_until: |day| format!("The plan holds until {}, which is paid.", date(day)),
    ends_on: |day| {
        format!(
            "Cancelled. It holds until {}; your decks stay yours after that.",
            date(day)
        )
    },
    renews_on: |day| format!("It renews on {}.", date(day)),
    left_today: |left, allowed, seconds| {
        format!(
            "{} of today’s {} new cards are left. They are counted anew in {}.",
            grouped(left),
            grouped(allowed),
            interval_spoken(seconds)
        )
    },
    left_as_guest: |left, allowed, account| {
        format!(
            "{left} of a guest’s {allowed} new cards are left. With a free account there are {account} every day."
        )
    },
    limit_spent,
    limit_renews: |seconds| {
        format!(
            "New ones come in {}, when your day begins.",
            interval_spoken(seconds)
        )
    },
    limit_more: |plan, cards| format!("{plan} gives {} a day.", grouped(cards)),
    limit_due: |cards| match cards {
        1 => "One card is due in your other decks.".into(),
        cards => format!("{cards} cards are due in your other decks."),
    },
    limit_comes_back: |seconds| {
        format!("The next card comes back in {}.", interval_spoken(seconds))
    },
};

fn limit_spent(limit: &Limit) -> String {
    let all = grouped(limit.allowed);
    let which = match (limit.plan.terms().period, limit.allowed) {
        (Period::Ever, _) => format!("the {all} new cards that a guest gets"),
        (Period::Day, 1) => "today’s one new card".to_owned(),
        (Period::Day, _) => format!("today’s {all} new cards"),
    };
    let were = if limit.allowed == 1 {
        "This was"
    } else {
        "These were"
    };
    match limit.held {
        _ if limit.is_of_orders => {
            "Far more cards were written for you than you have studied, so no more are just now. \
            What was written stays open to study, in this deck and the others."
                .into()
        }
        0 if limit.is_own => format!("{were} {which}, the most that you want in a day."),
        0 => format!("{were} {which}."),
        1 => format!("Of {which}, one is dealt and not answered yet: look into your other decks."),
        held => format!(
            "Of {which}, {held} are dealt and not answered yet: look into your other decks."
        ),
    }
}

fn date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

fn grouped(number: u32) -> String {
    match number {
        1_000.. => format!("{},{:03}", number / 1_000, number % 1_000),
        _ => number.to_string(),
    }
}
