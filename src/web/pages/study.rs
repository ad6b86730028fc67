//! The study page and its fragment.

use askama::Template;
use askama_web::WebTemplate;

use super::views::{DeskView, LevelView, Shell};
use crate::domain::ids::DeckId;

/// `/decks/{id}/study`, and `/study` for all decks together.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/study.html")]
pub struct StudyPage {
    /// Around the page.
    pub shell: Shell,
    /// The deck; none when all are studied together.
    pub deck_id: Option<DeckId>,
    /// The deck's title.
    pub title: String,
    /// The middle of the page.
    pub desk: DeskView,
}

impl StudyPage {
    /// The steps of the ruler.
    pub fn levels(&self) -> [LevelView; 9] {
        LevelView::all()
    }

    /// Without script, a page that waits asks again.
    pub fn is_live(&self) -> bool {
        self.desk
            .notice
            .as_ref()
            .is_some_and(|notice| notice.is_live)
    }
}

/// `/decks/{id}/study/ahead`: the desk as it is now, for the script.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "fragments/ahead.html")]
pub struct DeskFragment {
    /// The desk.
    pub desk: DeskView,
}
