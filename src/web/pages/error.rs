//! An error as a page with a way out.

use askama::Template;

use super::views::{ActionView, Shell};
use crate::web::problem::Problem;

/// Any page that is not what was asked for: what happened, what is safe, what to do.
#[derive(Debug, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage<'a> {
    /// Around the page.
    pub shell: Shell,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a few words.
    pub title: &'static str,
    /// In a sentence, with a next step.
    pub detail: String,
    /// For our log, with a fault of ours.
    pub request_id: Option<&'a str>,
    /// What to do, the likeliest first.
    pub actions: Vec<ActionView>,
}

impl<'a> ErrorPage<'a> {
    /// The page of a problem.
    pub fn new(shell: Shell, problem: &'a Problem, request_id: Option<&'a str>) -> ErrorPage<'a> {
        let words = shell.words();
        let mut actions = vec![ActionView::link(words.errors.type_a_topic, "/")];
        if shell.has_session {
            actions.insert(0, ActionView::link(words.errors.my_decks, "/decks"));
        }
        let (title, detail) = words.problem(problem);
        let request_id = request_id.filter(|_| problem.status >= 500);
        ErrorPage {
            shell,
            status: problem.status,
            title,
            detail,
            request_id,
            actions,
        }
    }
}

/// The page as markup; should even that fail, its sentences as text.
pub fn page(shell: Shell, problem: &Problem, request_id: Option<&str>) -> String {
    let page = ErrorPage::new(shell, problem, request_id);
    page.render()
        .unwrap_or_else(|_| format!("{}. {}", problem.title, problem.detail))
}
