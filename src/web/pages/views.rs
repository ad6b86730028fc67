//! What templates show, as plain fields: filled by handlers, read by pages and fragments.
// long: small views, one after the other.

use std::convert::Infallible;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use uuid::Uuid;

use crate::db::users::User;
use crate::domain::ids::{CardId, DeckId};
use crate::domain::level::Level;
use crate::llm::local::BUILT_IN;
use crate::study::Study;
use crate::web::pages::assets;
use crate::web::render::SafeHtml;
use crate::web::session::{Browser, SESSION_COOKIE};
use crate::web::words::told::Told;
use crate::web::words::{Language, Words};

/// The cookie that holds the device's [`Theme`].
pub const THEME_COOKIE: &str = "autodeck_theme";

/// What every page needs around its content.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shell {
    /// Light, dark, or as the device has it.
    pub theme: Theme,
    /// The interface's.
    pub language: Language,
    /// Somebody is known: show the way to their decks.
    pub has_session: bool,
    /// They have signed up.
    pub is_account: bool,
    /// Their last payment failed and is tried again.
    pub payment_failed: bool,
    /// What the form before this page has done.
    pub told: Option<Told>,
}

impl Shell {
    /// What a request's headers tell, where nobody may be looked up: the page of an error.
    pub fn of(headers: &HeaderMap) -> Shell {
        let cookies = headers.get_all(header::COOKIE).iter();
        let pairs = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'));
        let mut shell = Shell {
            language: Language::asked_for(headers),
            ..Shell::default()
        };
        for (name, value) in pairs.filter_map(|pair| pair.trim().split_once('=')) {
            if name == THEME_COOKIE {
                shell.theme = Theme::from_value(value);
            } else if name.ends_with(SESSION_COOKIE) {
                shell.has_session = !value.is_empty();
            }
        }
        shell
    }

    /// The same for a learner: their settings go before the device's.
    pub fn for_learner(self, user: &User) -> Shell {
        let theirs = user.language.as_deref().and_then(Language::from_tag);
        Shell {
            theme: match Theme::from_value(&user.theme) {
                Theme::System => self.theme,
                chosen => chosen,
            },
            language: theirs.unwrap_or(self.language),
            has_session: true,
            is_account: user.is_account(),
            payment_failed: user.payment_failed,
            told: self.told,
        }
    }

    /// What the form before this page has done, in words.
    pub fn said(&self) -> Option<&'static str> {
        self.told.map(|told| self.words().told.of(told))
    }

    /// The address of an asset.
    pub fn asset(&self, name: &str) -> String {
        assets::path(name)
    }

    /// The texts of the page's language.
    pub fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// The address of the service worker; a new build is a new one.
    pub fn worker(&self) -> String {
        format!("/worker.js?v={}", assets::version())
    }
}

impl<S> FromRequestParts<S> for Shell
where
    S: Send + Sync,
    Study: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Shell, Infallible> {
        let mut query = parts.uri.query().unwrap_or_default().split('&');
        let shell = Shell {
            told: query.find_map(|pair| Told::from_name(pair.strip_prefix("told=")?)),
            ..Shell::of(&parts.headers)
        };
        let Some(browser) = parts.extensions.get::<Browser>().cloned() else {
            return Ok(shell);
        };
        // The database's failure is the handler's to tell: the frame does without.
        Ok(match browser.signed_in(&Study::from_ref(state)).await {
            Ok(Some(here)) => shell.for_learner(&here.user),
            Ok(None) => Shell {
                has_session: false,
                ..shell
            },
            Err(_) => shell,
        })
    }
}

/// The learner's choice of colours, kept in a cookie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device has it.
    #[default]
    System,
    /// Warm paper.
    Light,
    /// Dark desk, dim card.
    Dark,
}

impl Theme {
    /// The value of the cookie and of `data-theme`; anything unknown is the device's choice.
    pub fn from_value(value: &str) -> Theme {
        match value {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// The inverse of [`Theme::from_value`].
    pub fn value(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// A level as its number and word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelView {
    /// 1–9.
    pub number: u8,
    /// Newcomer … expert.
    pub word: &'static str,
}

impl LevelView {
    /// A level in the words of a language.
    pub fn of(level: Level, words: &Words) -> LevelView {
        let number = level.number();
        LevelView {
            number,
            word: words.levels[usize::from(number) - 1],
        }
    }

    /// All nine, easiest first.
    pub fn all(words: &Words) -> [LevelView; 9] {
        std::array::from_fn(|index| LevelView::of(Level::clamped(index as i64 + 1), words))
    }
}

/// What is left to study now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountsView {
    /// Not seen yet and dealt or ready.
    pub new: u32,
    /// In their first steps, or relearning.
    pub learning: u32,
    /// Reviews due.
    pub due: u32,
}

/// How many answer buttons a learner has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Buttons {
    /// Didn't know, knew it, too easy.
    #[default]
    Three,
    /// Again, hard, good, easy, as in Anki.
    Four,
}

impl Buttons {
    /// As the learner has set it.
    pub fn of(user: &User) -> Buttons {
        if user.buttons == 4 {
            Buttons::Four
        } else {
            Buttons::Three
        }
    }
}

/// One answer button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceView {
    /// As the API names it: also the button's colour and sign.
    pub rating: &'static str,
    /// What the learner reads.
    pub label: &'static str,
    /// The key that presses it.
    pub key: u8,
    /// When the card would come back, short: `10 min`, `3 d`.
    pub interval: String,
    /// The same for a screen reader, after “again in”: `3 days`.
    pub spoken: String,
}

impl ChoiceView {
    /// The row of buttons for a card whose outcomes are due after `seconds` (again, hard, good, easy).
    pub fn row(buttons: Buttons, seconds: [u64; 4], words: &Words) -> Vec<ChoiceView> {
        let [again, hard, good, easy] = seconds;
        let (say, told) = (&words.study, &words.studied);
        let row: &[(&'static str, &'static str, u64)] = match buttons {
            Buttons::Three => &[
                ("again", say.didnt_know, again),
                ("good", say.knew_it, good),
                ("easy", say.too_easy, easy),
            ],
            Buttons::Four => &[
                ("again", say.again, again),
                ("hard", say.hard, hard),
                ("good", say.good, good),
                ("easy", say.easy, easy),
            ],
        };
        let choice =
            |(&(rating, label, seconds), key): (&(&'static str, &'static str, u64), u8)| {
                ChoiceView {
                    rating,
                    label,
                    key,
                    interval: (told.interval)(seconds),
                    spoken: (told.spoken)(seconds),
                }
            };
        row.iter().zip(1..).map(choice).collect()
    }
}

/// One card on the desk, with everything needed to answer it.
#[derive(Debug, Clone)]
pub struct CardView {
    /// The learner's copy.
    pub id: CardId,
    /// Its deck.
    pub deck_id: DeckId,
    /// Where it belongs; named on the card when several decks are studied together.
    pub deck_title: Option<String>,
    /// Which part of the topic.
    pub subtopic: Option<String>,
    /// Rendered.
    pub question: SafeHtml,
    /// Rendered.
    pub answer: SafeHtml,
    /// Rendered; may be empty.
    pub explanation: SafeHtml,
    /// Long questions are set smaller.
    pub is_long: bool,
    /// What the next review must name to be accepted.
    pub revision: i64,
    /// The learner marked it.
    pub flagged: bool,
    /// What is to be said of the card itself: a leech, a new wording, others' doubts. Its page says more.
    pub note: Option<&'static str>,
    /// Who wrote it.
    pub writer: Option<WriterView>,
    /// The buttons.
    pub choices: Vec<ChoiceView>,
    /// The id of the review that the form without script would send: twice sent is once counted.
    pub review_id: Uuid,
    /// When it was shown, milliseconds since 1970: for the duration of an answer without script.
    pub shown_at: i64,
}

/// From this many characters on a question is set smaller, so that it keeps to its half of the card.
pub const LONG_QUESTION: usize = 140;

/// The paper that lies on the desk when there is no card to study.
#[derive(Debug, Clone, Default)]
pub struct NoticeView {
    /// `waiting`, `done`, `limit_reached` and so on, as the API's `reason`.
    pub reason: String,
    /// A few words.
    pub title: String,
    /// What happened, what is safe.
    pub detail: String,
    /// What to do, the likeliest first.
    pub actions: Vec<ActionView>,
    /// Changes by itself: without script the page asks again after a few seconds.
    pub is_live: bool,
}

/// A next step: a link, or a form that posts.
#[derive(Debug, Clone, Default)]
pub struct ActionView {
    /// A verb first.
    pub label: String,
    /// Where to.
    pub href: String,
    /// For a form: one field and its value; a link has none.
    pub post: Option<(&'static str, String)>,
}

impl ActionView {
    /// A link to `href`.
    pub fn link(label: &str, href: impl Into<String>) -> ActionView {
        ActionView {
            label: label.to_owned(),
            href: href.into(),
            post: None,
        }
    }

    /// A form that posts `field=value` to `href`.
    pub fn post(
        label: &str,
        href: impl Into<String>,
        field: &'static str,
        value: impl ToString,
    ) -> ActionView {
        ActionView {
            label: label.to_owned(),
            href: href.into(),
            post: Some((field, value.to_string())),
        }
    }
}

/// Everything on the desk: the fragment that the study script asks for again, and the middle of the study page.
#[derive(Debug, Clone)]
pub struct DeskView {
    /// `/decks/{id}`, or nothing for all decks together: pages of the study are below it.
    pub base: String,
    /// What is left.
    pub counts: CountsView,
    /// Cards written and waiting behind this one.
    pub ready: u32,
    /// The deck's level, if one deck is studied.
    pub level: Option<LevelView>,
    /// The pencil line under the stack.
    pub pencil: String,
    /// The current card first, then those to keep at hand.
    pub cards: Vec<CardView>,
    /// In place of a card.
    pub notice: Option<NoticeView>,
    /// Show the first card's answer (without script).
    pub is_revealed: bool,
    /// The learner's first card: say what the keys and buttons do.
    pub has_hints: bool,
    /// Whether there is something to take back.
    pub has_undo: bool,
}

impl DeskView {
    /// One visible edge for each ready card, ten at most.
    pub fn edges(&self) -> std::ops::Range<u32> {
        0..self.ready.min(10)
    }
}

/// A deck in a list.
#[derive(Debug, Clone)]
pub struct DeckRow {
    /// The deck.
    pub id: DeckId,
    /// As the learner typed or named it.
    pub title: String,
    /// Its level.
    pub level: LevelView,
    /// Due now.
    pub due: u32,
    /// Written and not yet seen.
    pub unseen: u32,
    /// A few words if it is paused, failing or writing; else empty.
    pub status: String,
    /// Put away.
    pub archived: bool,
}

/// A card in the list of a deck.
#[derive(Debug, Clone)]
pub struct CardRow {
    /// The card.
    pub id: CardId,
    /// Title of its deck, where cards of several stand together.
    pub deck: Option<String>,
    /// Rendered.
    pub question: SafeHtml,
    /// Rendered.
    pub answer: SafeHtml,
    /// Which part of the topic.
    pub subtopic: Option<String>,
    /// The level it was written for.
    pub level: u8,
    /// `new`, `due`, `in 3 d`, `suspended`: when it comes back.
    pub when: String,
    /// Marked by the learner.
    pub flagged: bool,
    /// Not asked until taken back.
    pub suspended: bool,
    /// Forgotten so often that it wants other words.
    pub is_leech: bool,
    /// Times forgotten.
    pub lapses: i32,
    /// The learner's words.
    pub tags: Vec<String>,
    /// Who wrote it.
    pub writer: Option<WriterView>,
}

/// Which model wrote a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterView {
    /// As its provider calls it.
    pub name: String,
    /// It runs in our process, so it is a small one, and its facts need a second look.
    pub is_small: bool,
}

impl WriterView {
    /// From the name on the card; a card written by hand has none.
    pub fn of(model: Option<&str>) -> Option<WriterView> {
        model.map(|name| WriterView {
            name: name.strip_prefix(BUILT_IN).unwrap_or(name).to_owned(),
            is_small: name.starts_with(BUILT_IN),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_buttons_leave_out_hard_and_keep_their_keys_in_a_row() {
        let words = Language::English.words();
        let row = ChoiceView::row(Buttons::Three, [60, 360, 600, 345_600], words);
        let pressed: Vec<_> = row
            .iter()
            .map(|choice| (choice.key, choice.rating, choice.spoken.as_str()))
            .collect();
        assert_eq!(
            pressed,
            [
                (1, "again", "1 minute"),
                (2, "good", "10 minutes"),
                (3, "easy", "4 days")
            ]
        );
        let four = ChoiceView::row(Buttons::Four, [60, 360, 600, 345_600], words);
        assert_eq!(
            four.iter().map(|choice| choice.rating).collect::<Vec<_>>(),
            ["again", "hard", "good", "easy"]
        );
    }
}
