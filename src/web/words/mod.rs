//! The words of the interface, in one place and in each language: a struct of texts, so that a missing one does not
//! compile. What programs read (the API's sentences) stays English; where a page shows such a sentence, `de_said.rs` and
//! `de_model.rs` have its German. English for everybody are the text of the study prompt, which is for a chat, and the
//! names of languages to choose from. The page without a connection is kept by the service worker once for all visits: it
//! is in the language that the learner, or else the browser, had when the worker was installed.

use axum::http::{HeaderMap, header};
use chrono::NaiveDate;

use crate::accounts::links::Purpose;
use crate::domain::billing::Interval;
use crate::domain::password::PasswordError;
use crate::error::{Error, Fields};
use crate::study::allowance::Limit;
use crate::web::problem::Problem;
use cards::{CardForms, CardList, CardPageTexts, CardSentences};
use decks::{DeckSentences, DeckSettings, Decks, Errors};
use legal::{PrivacyTexts, TermsTexts};
use model::{ModelSentences, ModelTexts};
use rooms::{Cram, Device, Reminders, RoomSentences, StudyPrompt};
use stats::{StatSentences, StatsTexts};
use study::{Keys, Notices, Said, Study, StudySentences};

/// Declares structs of texts: each field is documented by what it says in English.
macro_rules! texts {
    ($($(#[$about:meta])* $name:ident { $($field:ident),* $(,)? })*) => {
        $(
            $(#[$about])*
            #[derive(Debug)]
            #[expect(missing_docs, reason = "a text says itself, in the files beside that begin with en")]
            pub struct $name { $(pub $field: &'static str),* }
        )*
    };
}

pub mod cards;
mod de;
mod de_cards;
mod de_decks;
mod de_legal;
mod de_model;
mod de_plans;
mod de_rooms;
mod de_said;
mod de_stats;
mod de_study;
pub mod decks;
mod en;
mod en_cards;
mod en_decks;
mod en_legal;
mod en_model;
mod en_plans;
mod en_rooms;
mod en_stats;
mod en_study;
pub mod legal;
pub mod model;
pub mod rooms;
pub mod stats;
pub mod study;
pub mod told;

/// A language that the interface speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// Every one, with its own name for itself.
    pub const ALL: [(Language, &'static str); 2] = [
        (Language::English, "English"),
        (Language::German, "Deutsch"),
    ];

    /// ISO 639.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// The inverse of [`Language::code`], also for a longer tag: `de-AT`.
    pub fn from_tag(tag: &str) -> Option<Language> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
        Language::ALL
            .into_iter()
            .map(|(language, _)| language)
            .find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// What the browser asks for first among those we have; else English.
    pub fn asked_for(headers: &HeaderMap) -> Language {
        let header = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let mut wishes: Vec<(f32, Language)> = header
            .unwrap_or_default()
            .split(',')
            .filter_map(|wish| {
                let (tag, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
                Some((weight.trim().parse().ok()?, Language::from_tag(tag.trim())?))
            })
            .filter(|(weight, _)| *weight > 0.0)
            .collect();
        // Stable: of equal weights the first stands.
        wishes.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        wishes
            .first()
            .map(|(_, language)| *language)
            .unwrap_or_default()
    }

    /// Its texts.
    pub fn words(self) -> &'static Words {
        match self {
            Language::English => &en::WORDS,
            Language::German => &de::WORDS,
        }
    }
}

texts! {
    /// Around every page.
    Frame {
        skip, site, decks, cards, statistics, reminders, settings, sign_in, sign_up, sign_out, privacy, terms, save, saved, cancel,
        back, plan, payment_failed, description,
    }
    /// The start page.
    Home { title, promise, new_deck, question, start, or_begin, history, immune_system, joins, yours }
    /// Signing up and in, and what links do.
    Access {
        sign_up_title, sign_up_lead, sign_up_guest, email, password, password_hint, sign_up_button, have_account, email_taken,
        sign_in_title, sign_in_button, sign_in_wrong, merged, sign_in_guest, forgot_link, no_account,
        forgot_title, forgot_lead, forgot_sign_in, forgot_reset, forgot_done, forgot_done_detail, mails_are_logged,
        verify_title, verify_detail, verify_button, verified, verified_detail,
        link_title, link_detail, link_button, reset_title, reset_button, new_password, spent_title, spent_detail, ask_again,
        taken_title, bad_email, signed_out, signed_out_detail, start_page, go_on,
    }
    /// The settings page and those behind it.
    Settings {
        title, study, buttons, three, four, retention, retention_hint, new_cards, new_cards_hint, zone, zone_hint, rollover,
        rollover_hint, you, name, name_hint, language, as_browser, colours, system, light, dark,
        account, guest_detail, unproved, prove_again, change_email, change_password, sign_out_everywhere,
        email_title, new_email, email_sent, current_password, password_title, password_saved, wrong_password,
        set_password_first, sessions, sessions_hint, this_one, end, began, last_used, unknown_browser,
        tokens, tokens_hint, token_name, token_bad_name, tokens_full, may_read, may_write, make_token, token_made, token_once, never_used, revoke,
        data, export, export_hint, delete, delete_title, delete_detail, delete_guest_detail, delete_button, deleted,
        deleted_detail, keep,
    }
    /// Plans: what they cost, which one is the learner's, and its end.
    Plans {
        title, lead, choose, better_model, any_topics, change_to_free, foot, foot_guest, yours, payment_failed, more,
        card_and_invoices, keep_after_all, cancel, cancel_lead, cancel_kept, keep_it, unreached, not_deleted,
        thanks, not_yet, cancelled, kept, unlimited,
        limit_title, limit_guest, limit_stays, limit_none_wanted, limit_decks, limit_topic, limit_study, limit_settings,
    }
}

/// Sentences about plans that have a number, an amount or a date in them.
#[derive(Debug)]
pub struct PlanSentences {
    /// New cards a day.
    pub new_cards: fn(u32) -> String,
    /// Topics at the same time.
    pub topics: fn(u32) -> String,
    /// An amount each month or year.
    pub price: fn(&str, Interval) -> String,
    /// A button: to another plan.
    pub change_to: fn(&str) -> String,
    /// The title of the page that asks whether to cancel a plan.
    pub cancel_title: fn(&str) -> String,
    /// Until when a plan holds that is being cancelled.
    pub holds_until: fn(NaiveDate) -> String,
    /// The same, of one that was.
    pub ends_on: fn(NaiveDate) -> String,
    /// When it is paid again.
    pub renews_on: fn(NaiveDate) -> String,
    /// New cards left of the day's, and seconds until they are counted anew.
    pub left_today: fn(u32, u32, u64) -> String,
    /// New cards left to a guest, of how many, and what an account gives a day.
    pub left_as_guest: fn(u32, u32, u32) -> String,
    /// Which cards were used up: of what a guest gets (`true`) or of a day.
    pub limit_spent: fn(&Limit) -> String,
    /// Seconds until new ones come.
    pub limit_renews: fn(u64) -> String,
    /// What a plan gives a day.
    pub limit_more: fn(&str, u32) -> String,
    /// Cards that are due in all decks.
    pub limit_due: fn(u32) -> String,
    /// Seconds until the next card comes back.
    pub limit_comes_back: fn(u64) -> String,
}

/// All texts of a language.
#[derive(Debug)]
pub struct Words {
    /// Around every page.
    pub frame: Frame,
    /// The start page.
    pub home: Home,
    /// Signing up, in and out.
    pub access: Access,
    /// Settings.
    pub settings: Settings,
    /// Plans.
    pub plans: Plans,
    /// Of plans, what has numbers in it.
    pub plan: PlanSentences,
    /// The study page.
    pub study: Study,
    /// Its keys.
    pub keys: Keys,
    /// What its script says.
    pub said: Said,
    /// What a form has just done.
    pub told: told::Tellings,
    /// What lies on the desk when there is no card.
    pub notices: Notices,
    /// Of studying, what has numbers in it.
    pub studied: StudySentences,
    /// The words of the nine levels, easiest first.
    pub levels: [&'static str; 9],
    /// The list of decks.
    pub decks: Decks,
    /// A deck's settings.
    pub deck_settings: DeckSettings,
    /// Pages of errors.
    pub errors: Errors,
    /// Of decks and errors, what has numbers or names in it.
    pub deck: DeckSentences,
    /// The list of cards.
    pub cards: CardList,
    /// One card's page.
    pub card_page: CardPageTexts,
    /// The forms of a card.
    pub card_forms: CardForms,
    /// Of cards, what has numbers or names in it.
    pub card: CardSentences,
    /// The statistics.
    pub stats: StatsTexts,
    /// Of statistics, what has numbers or days in it.
    pub stat: StatSentences,
    /// Cramming.
    pub cram: Cram,
    /// Reminders by e-mail.
    pub reminders: Reminders,
    /// A deck's study prompt.
    pub prompt: StudyPrompt,
    /// The app on a device, and without a connection.
    pub device: Device,
    /// Of these pages, what has numbers or names in it.
    pub room: RoomSentences,
    /// What is kept, of whom, and for how long.
    pub privacy: PrivacyTexts,
    /// What is given and what is asked for.
    pub terms: TermsTexts,
    /// The page of the model.
    pub model: ModelTexts,
    /// Of models, what has names, sizes or faults in it.
    pub models: ModelSentences,
    /// A day in figures: `2026-03-02`.
    pub day: fn(NaiveDate) -> String,
    /// Decks that come along: for a count of at least one.
    pub decks_come_along: fn(i64) -> String,
    /// Why a text is no password.
    pub password_error: fn(PasswordError) -> &'static str,
    /// Until when a guest's decks are kept; the date as `2026-03-02`.
    pub kept_until: fn(&str) -> String,
}

impl Words {
    /// Why a form was refused: a sentence for each wrong field.
    pub fn refused(&self, error: &Error) -> String {
        match error {
            Error::Invalid(fields) => self.each_refusal(fields),
            other => (self.deck.refusal)(&other.detail()),
        }
    }

    fn each_refusal(&self, fields: &Fields) -> String {
        let said: Vec<_> = fields
            .values()
            .map(|said| (self.deck.refusal)(said))
            .collect();
        said.join(" ")
    }

    /// What the page of an error says: a few words and a sentence.
    pub fn problem(&self, problem: &Problem) -> (&'static str, String) {
        let errors = &self.errors;
        let (title, detail) = match problem.code {
            "malformed" => (errors.malformed, None),
            "unauthorized" => (errors.unauthorized, Some(errors.unauthorized_detail)),
            "forbidden" => (errors.forbidden, None),
            "not_found" => (errors.not_found, Some(errors.not_found_detail)),
            "method_not_allowed" => (errors.method, Some(errors.method_detail)),
            "conflict" => (errors.conflict, None),
            "too_large" => (errors.too_large, Some(errors.too_large_detail)),
            "unsupported_media_type" => (errors.media_type, Some(errors.media_type_detail)),
            "invalid" => (errors.invalid, None),
            "rate_limited" => (errors.rate_limited, None),
            "payments_unavailable" => (errors.unavailable, Some(self.plans.unreached)),
            "unavailable" => (errors.unavailable, Some(errors.unavailable_detail)),
            _ => (errors.internal, Some(errors.internal_detail)),
        };
        let detail = match (detail, &problem.fields, problem.wait) {
            (Some(detail), _, _) => detail.to_owned(),
            (None, Some(fields), _) => self.each_refusal(fields),
            (None, None, Some(seconds)) => (self.deck.wait)(seconds),
            (None, None, None) => (self.deck.refusal)(&problem.detail),
        };
        (title, detail)
    }

    /// The title of the page behind a link, and what it asks.
    pub fn link_page(&self, purpose: Purpose) -> (&'static str, &'static str, &'static str) {
        let access = &self.access;
        match purpose {
            Purpose::Verify => (
                access.verify_title,
                access.verify_detail,
                access.verify_button,
            ),
            Purpose::SignIn => (access.link_title, access.link_detail, access.link_button),
            Purpose::Reset => (
                access.reset_title,
                access.password_hint,
                access.reset_button,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &'static str) -> Language {
        Language::asked_for(&HeaderMap::from_iter([(
            header::ACCEPT_LANGUAGE,
            axum::http::HeaderValue::from_static(text),
        )]))
    }

    #[test]
    fn the_browsers_first_wish_that_we_have_is_spoken() {
        assert_eq!(asked("de-AT,de;q=0.9,en;q=0.8"), Language::German);
        assert_eq!(asked("fr-FR,en;q=0.5,de;q=0.7"), Language::German);
        assert_eq!(asked("en-GB,de;q=0.9"), Language::English);
        assert_eq!(asked("fr, *;q=0.1"), Language::English);
        assert_eq!(asked("de;q=0"), Language::English);
        assert_eq!(Language::asked_for(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn an_english_page_of_an_error_says_what_the_api_says() {
        let wait = std::time::Duration::from_secs(20);
        for error in [
            Error::Malformed("Why.".into()),
            Error::Unauthorized,
            Error::Forbidden("Why.".into()),
            Error::NotFound,
            Error::MethodNotAllowed,
            Error::Conflict("Why.".into(), None),
            Error::TooLarge,
            Error::UnsupportedMediaType,
            Error::invalid("title", "`title` is empty. Write something."),
            Error::RateLimited(wait),
            Error::Unavailable(anyhow::anyhow!("cause")),
            Error::PaymentsUnavailable(anyhow::anyhow!("cause")),
            Error::Internal(anyhow::anyhow!("cause")),
        ] {
            let problem = Problem::from(&error);
            let (title, detail) = Language::English.words().problem(&problem);
            assert_eq!((title, detail.as_str()), (problem.title, &*problem.detail));
            let (title, detail) = Language::German.words().problem(&problem);
            assert_ne!(title, problem.title);
            let is_ours = !problem.detail.starts_with("Why");
            assert_eq!(detail != problem.detail, is_ours, "{detail}");
        }
    }
}
