//! The first page: a line of promise, a field, and the decks one has.

use askama::Template;
use askama_web::WebTemplate;

use super::views::{DeckRow, Shell};

/// Topics that show what may be typed; chosen wide apart.
pub const EXAMPLES: [&str; 3] = ["French history", "The immune system", "SQL joins"];

/// `/`, and the answer to a topic that cannot be one.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/home.html")]
pub struct HomePage {
    /// Around the page.
    pub shell: Shell,
    /// What was typed, kept when it was refused.
    pub topic: String,
    /// Why it was refused.
    pub problem: Option<String>,
    /// Decks, most recently studied first.
    pub decks: Vec<DeckRow>,
}

impl HomePage {
    /// Three topics to press.
    pub fn examples(&self) -> [&'static str; 3] {
        EXAMPLES
    }
}
