//! A learner's decks: the list, a deck's settings, and the question before one is deleted.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{FormFields, see};
use super::settings::date;
use super::views::{DeckRow, LevelView, Shell};
use crate::accounts::Accounts;
use crate::db;
use crate::db::users::User;
use crate::domain::ids::DeckId;
use crate::domain::supply::SupplyState;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::outlook::Outlook;
use crate::web::api::decks::DeckChangeJson;
use crate::web::extract::{Id, Params};
use crate::web::session::Learner;

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

impl From<&Outlook> for DeckRow {
    fn from(outlook: &Outlook) -> DeckRow {
        let status = match outlook.supply {
            SupplyState::Paused => "paused",
            SupplyState::Generating { .. } if outlook.unseen == 0 => "writing",
            SupplyState::Failing { .. } if outlook.unseen == 0 => "no answer",
            _ => "",
        };
        let due = outlook.counts.learning_due + outlook.counts.review_due;
        DeckRow {
            id: outlook.deck.deck_id,
            title: outlook.deck.title.clone(),
            level: outlook.deck.level().into(),
            due: u32::try_from(due).unwrap_or(0),
            unseen: outlook.unseen,
            status: status.to_owned(),
            archived: outlook.deck.archived_at.is_some(),
        }
    }
}

/// All decks of a learner with what is due in them.
pub async fn rows(study: &Study, user: &User) -> Result<Vec<DeckRow>> {
    let decks = db::decks::list(&study.db, user.user_id, None, MOST_DECKS).await?;
    let outlooks = study.outlooks(user, decks).await?;
    Ok(outlooks.iter().map(DeckRow::from).collect())
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
    let decks = rows(&study, &user).await?;
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

async fn settings_page(
    study: &Study,
    shell: Shell,
    user: &User,
    id: DeckId,
) -> Result<DeckSettingsPage> {
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let outlook = study.outlook(user, deck).await?;
    let paused = outlook.deck.paused_at.is_some();
    Ok(DeckSettingsPage {
        shell,
        title: outlook.deck.title.clone(),
        deck: DeckRow::from(&outlook),
        paused,
        problem: None,
    })
}

/// `GET /decks/{id}/settings`.
pub async fn settings(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<DeckSettingsPage> {
    settings_page(&study, shell, &user, id).await
}

/// `POST /decks/{id}/settings`: the whole form, or a button with one field of it.
pub async fn change(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Response> {
    // A box that is not ticked is not sent: only the form that has the title has the boxes too.
    let is_whole = fields.has("title");
    let now = settings_page(&study, shell, &user, id).await?;
    let level = fields
        .number("level")
        .filter(|&level| level != i64::from(now.deck.level.number));
    let change = DeckChangeJson {
        title: is_whole.then(|| fields.text("title")).transpose()?,
        level,
        paused: (is_whole || fields.has("paused")).then(|| fields.is_on("paused")),
        archived: (is_whole || fields.has("archived")).then(|| fields.is_on("archived")),
        ..DeckChangeJson::default()
    };
    match change.check() {
        Ok(change) => {
            study
                .change_deck(&user, id, change)
                .await?
                .ok_or(Error::NotFound)?;
            let next = if fields.is_on("archived") {
                "/decks".to_owned()
            } else {
                format!("/decks/{id}/study")
            };
            Ok(see(&next).into_response())
        }
        Err(problem) => {
            let page = DeckSettingsPage {
                title: fields.raw("title").to_owned(),
                paused: fields.is_on("paused"),
                problem: Some(problem.detail()),
                ..now
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /decks/{id}/level`: by hand.
pub async fn set_level(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let level = fields
        .number("level")
        .ok_or_else(|| Error::invalid("level", "A level is a whole number from 1 to 9."))?;
    let change = DeckChangeJson {
        level: Some(level),
        ..DeckChangeJson::default()
    }
    .check()?;
    study
        .change_deck(&user, id, change)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(see(&format!("/decks/{id}/study")))
}

/// `POST /decks/{id}/retry`: asks the model again after a failure.
pub async fn retry(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Redirect> {
    study.retry(&user, id).await?.ok_or(Error::NotFound)?;
    Ok(see(&format!("/decks/{id}/study")))
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
    Ok(ConfirmPage {
        shell,
        title: format!("Delete “{}”?", deck.title),
        detail:
            "Its cards and their history go with it, for good. Your other decks stay as they are."
                .into(),
        verb: "Delete the deck".into(),
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
