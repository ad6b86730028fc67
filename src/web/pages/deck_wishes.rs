//! What a learner wants of a deck, and what they could tell a chat of it, by plain forms.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{FormFields, see_told};
use super::views::Shell;
use crate::db;
use crate::db::decks::Deck;
use crate::db::users::User;
use crate::domain::ids::DeckId;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::api::actions::keep_steer;
use crate::web::extract::Id;
use crate::web::session::Learner;
use crate::web::words::told::Told;

/// `/decks/{id}/prompt`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/prompt.html")]
pub struct PromptPage {
    /// Around the page.
    pub shell: Shell,
    /// The deck.
    pub deck_id: DeckId,
    /// Its title.
    pub title: String,
    /// Plain lines.
    pub text: String,
}

/// `POST /decks/{id}/steer`: a wish, or with `wish` empty its end.
pub async fn steer(
    State(study): State<Study>,
    learner: Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let words = fields.text("words")?;
    let wish = Some(fields.raw("wish")).filter(|wish| !wish.is_empty());
    keep_steer(&study, &learner, id, &words, wish).await?;
    let told = match wish {
        Some("more") => Told::More,
        Some("less") => Told::Less,
        Some(_) => Told::Never,
        None => Told::Forgotten,
    };
    Ok(see_told(
        &fields.back(&format!("/decks/{id}/settings")),
        told,
    ))
}

async fn find(study: &Study, user: &User, id: DeckId) -> Result<Deck> {
    db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)
}

/// `GET /decks/{id}/prompt`.
pub async fn prompt(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<PromptPage> {
    let deck = find(&study, &user, id).await?;
    Ok(PromptPage {
        shell,
        deck_id: id,
        text: study.study_prompt(&user, &deck).await?,
        title: deck.title,
    })
}

/// `GET /decks/{id}/prompt.txt`: the same as a file.
pub async fn prompt_file(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Response> {
    let deck = find(&study, &user, id).await?;
    let text = study.study_prompt(&user, &deck).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"study-prompt.txt\"",
        ),
    ];
    Ok((headers, text).into_response())
}
