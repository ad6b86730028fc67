//! The cards of a deck: the list, and the forms that change or report one.

use askama::Template;
use askama_web::WebTemplate;

use super::views::{CardRow, Shell};
use crate::domain::ids::{CardId, DeckId};

/// `/decks/{id}/cards`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/cards.html")]
pub struct CardsPage {
    /// Around the page.
    pub shell: Shell,
    /// The deck.
    pub deck_id: DeckId,
    /// The deck's title.
    pub title: String,
    /// What is searched for.
    pub query: String,
    /// Oldest first.
    pub cards: Vec<CardRow>,
    /// The address of the rest, if there is more.
    pub next: Option<String>,
}

/// `/cards/{id}/edit`, and `/decks/{id}/cards/new` for a card of one's own.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/card_form.html")]
pub struct CardFormPage {
    /// Around the page.
    pub shell: Shell,
    /// What is being done.
    pub title: String,
    /// Where the form posts to.
    pub action: String,
    /// Where *Cancel* leads.
    pub back: String,
    /// As stored or typed, not rendered.
    pub question: String,
    /// As stored or typed.
    pub answer: String,
    /// As stored or typed.
    pub explanation: String,
    /// Why it was refused.
    pub problem: Option<String>,
}

/// `/cards/{id}/report`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/report.html")]
pub struct ReportPage {
    /// Around the page.
    pub shell: Shell,
    /// The card.
    pub card: CardRow,
    /// Where *Cancel* leads.
    pub back: String,
}

impl ReportPage {
    /// What may be wrong, as the API names it, and in words.
    pub fn reasons(&self) -> [(&'static str, &'static str); 6] {
        [
            ("wrong", "The answer is wrong"),
            ("ambiguous", "More than one answer is right"),
            ("duplicate", "I have this card already"),
            ("too_easy", "Far too easy for its level"),
            ("too_hard", "Far too hard for its level"),
            ("other", "Something else"),
        ]
    }

    /// The reported card.
    pub fn id(&self) -> CardId {
        self.card.id
    }
}
