//! A learner's decks: the list, and the question before one is deleted.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::Redirect;

use super::form::see;
use super::settings::date;
use super::views::{DeckRow, LevelView, Shell};
use crate::accounts::Accounts;
use crate::db;
use crate::db::users::User;
use crate::domain::supply::SupplyState;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::outlook::Outlook;
use crate::web::extract::{Id, Params};
use crate::web::session::Learner;
use crate::web::words::Words;

/// More decks than anybody studies; the API has them in pieces.
const MOST_DECKS: i64 = 1_000;

/// `/decks`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/decks.html")]
pub struct DecksPage {
    /// Around the page.
    pub shell: Shell,
    /// Oldest first.
    pub decks: Vec<DeckRow>,
    /// Cards due in all decks together.
    pub due: u32,
    /// What there is to say of them: that they came along, until when a guest's are kept.
    pub word: Option<String>,
}

impl DecksPage {
    /// Whether there is a drawer to show.
    pub fn has_archived(&self) -> bool {
        self.decks.iter().any(|deck| deck.archived)
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

impl DeckRow {
    /// A deck with what is due in it.
    pub fn of(outlook: &Outlook, words: &Words) -> DeckRow {
        let status = match outlook.supply {
            SupplyState::Paused => words.decks.paused,
            SupplyState::Generating { .. } if outlook.unseen == 0 => words.decks.writing,
            SupplyState::Failing { .. } if outlook.unseen == 0 => words.decks.no_answer,
            _ => "",
        };
        let due = outlook.counts.learning_due + outlook.counts.review_due;
        DeckRow {
            id: outlook.deck.deck_id,
            title: outlook.deck.title.clone(),
            level: LevelView::of(outlook.deck.level(), words),
            due: u32::try_from(due).unwrap_or(0),
            unseen: outlook.unseen,
            status: status.to_owned(),
            archived: outlook.deck.archived_at.is_some(),
        }
    }
}

/// All decks of a learner with what is due in them.
pub async fn rows(study: &Study, user: &User, words: &Words) -> Result<Vec<DeckRow>> {
    let decks = db::decks::list(&study.db, user.user_id, None, MOST_DECKS).await?;
    let outlooks = study.outlooks(user, decks).await?;
    let row = |outlook| DeckRow::of(outlook, words);
    Ok(outlooks.iter().map(row).collect())
}

/// `GET /decks`.
pub async fn list(
    State(study): State<Study>,
    State(accounts): State<Accounts>,
    shell: Shell,
    Learner(user): Learner,
    params: Params,
) -> Result<DecksPage> {
    let words = shell.words();
    let kept_until = accounts.kept_until(&user);
    let word = match params.text("merged")? {
        Some(_) => Some(words.access.merged.to_owned()),
        None => kept_until.map(|until| (words.kept_until)(&date(until))),
    };
    let decks = rows(&study, &user, words).await?;
    let due = decks
        .iter()
        .filter(|deck| !deck.archived)
        .map(|deck| deck.due)
        .sum();
    Ok(DecksPage {
        shell,
        decks,
        due,
        word,
    })
}

/// `GET /decks/{id}/delete`: asks first.
pub async fn ask_delete(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<ConfirmPage> {
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let words = shell.words();
    Ok(ConfirmPage {
        shell,
        title: (words.deck.delete)(&deck.title),
        detail: words.deck_settings.delete_detail.into(),
        verb: words.deck_settings.delete_button.into(),
        action: format!("/decks/{id}/delete"),
        back: format!("/decks/{id}/settings"),
    })
}

/// `POST /decks/{id}/delete`.
pub async fn delete(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Redirect> {
    let deleted = db::decks::delete(&study.db, user.user_id, id).await?;
    if deleted {
        Ok(see("/decks"))
    } else {
        Err(Error::NotFound)
    }
}
