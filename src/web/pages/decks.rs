//! A learner's decks: the list, a deck's settings, and the question before one is deleted.

use askama::Template;
use askama_web::WebTemplate;

use super::views::{DeckRow, LevelView, Shell};

/// `/decks`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/decks.html")]
pub struct DecksPage {
    /// Around the page.
    pub shell: Shell,
    /// Most recently studied first, archived ones last.
    pub decks: Vec<DeckRow>,
    /// Cards due in all decks together.
    pub due: u32,
}

impl DecksPage {
    /// Whether there is a drawer to show.
    pub fn has_archived(&self) -> bool {
        self.decks.iter().any(|deck| deck.archived)
    }
}

/// `/decks/{id}/settings`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/deck_settings.html")]
pub struct DeckSettingsPage {
    /// Around the page.
    pub shell: Shell,
    /// The deck.
    pub deck: DeckRow,
    /// As typed; differs from the deck's when it was refused.
    pub title: String,
    /// No new cards are written.
    pub paused: bool,
    /// Why the form was refused.
    pub problem: Option<String>,
}

impl DeckSettingsPage {
    /// The choices of the level field.
    pub fn levels(&self) -> [LevelView; 9] {
        LevelView::all()
    }
}

/// The question before something is deleted for good.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/confirm.html")]
pub struct ConfirmPage {
    /// Around the page.
    pub shell: Shell,
    /// The question.
    pub title: String,
    /// What goes, what stays.
    pub detail: String,
    /// The button's verb.
    pub verb: String,
    /// Where the button posts to.
    pub action: String,
    /// The way back.
    pub back: String,
}
