//! The forms for one card: write, change, report.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::cards::{desk_of, find, origin};
use super::form::{FormFields, see};
use super::views::{CardRow, Shell};
use crate::db;
use crate::domain::ids::DeckId;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::api::cards::{CardChangeJson, CardReportJson, NewCardJson};
use crate::web::extract::{Id, Params};
use crate::web::session::Learner;

/// `/cards/{id}/edit`, and `/decks/{id}/cards/new` for a card of one's own.
#[derive(Debug, Default, Template, WebTemplate)]
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
}

fn new_card_page(shell: Shell, id: DeckId) -> CardFormPage {
    let list = format!("/decks/{id}/cards");
    CardFormPage {
        shell,
        title: "Write a card".into(),
        action: list.clone(),
        back: list,
        ..CardFormPage::default()
    }
}

/// `GET /decks/{id}/cards/new`.
pub async fn new(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<CardFormPage> {
    db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(new_card_page(shell, id))
}

/// `POST /decks/{id}/cards`.
pub async fn create(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Response> {
    let draft = NewCardJson {
        question: fields.text("question")?,
        answer: fields.text("answer")?,
        explanation: Some(fields.text("explanation")?),
    };
    match draft.check() {
        Ok(draft) => {
            study
                .add_card(&user, id, &draft)
                .await?
                .ok_or(Error::NotFound)?;
            Ok(see(&fields.back(&format!("/decks/{id}/cards"))).into_response())
        }
        Err(problem) => refused(new_card_page(shell, id), &fields, &problem),
    }
}

/// The form again, with what was typed and a sentence.
fn refused(page: CardFormPage, fields: &FormFields, problem: &Error) -> Result<Response> {
    let page = CardFormPage {
        question: fields.text("question")?,
        answer: fields.text("answer")?,
        explanation: fields.text("explanation")?,
        back: fields.back(&page.back),
        problem: Some(problem.detail()),
        ..page
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `GET /cards/{id}/edit`.
pub async fn edit(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<CardFormPage> {
    let card = find(&study, &user, id).await?;
    Ok(CardFormPage {
        shell,
        title: "Edit the card".into(),
        action: format!("/cards/{id}/edit"),
        back: origin(&params, &card)?,
        question: card.question,
        answer: card.answer,
        explanation: card.explanation.unwrap_or_default(),
        problem: None,
    })
}

/// `POST /cards/{id}/edit`.
pub async fn change(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Response> {
    let card = find(&study, &user, id).await?;
    let change = CardChangeJson {
        question: Some(fields.text("question")?),
        answer: Some(fields.text("answer")?),
        explanation: Some(Some(fields.text("explanation")?)),
        ..CardChangeJson::default()
    };
    match change.check() {
        Ok(change) => {
            study
                .change_card(&user, id, change)
                .await?
                .ok_or(Error::NotFound)?;
            Ok(see(&fields.back(&desk_of(&card))).into_response())
        }
        Err(problem) => {
            let page = CardFormPage {
                shell,
                title: "Edit the card".into(),
                action: format!("/cards/{id}/edit"),
                back: desk_of(&card),
                ..CardFormPage::default()
            };
            refused(page, &fields, &problem)
        }
    }
}

/// `GET /cards/{id}/report`.
pub async fn ask_report(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<ReportPage> {
    let card = find(&study, &user, id).await?;
    let back = origin(&params, &card)?;
    Ok(ReportPage {
        shell,
        card: CardRow::new(&card, study.now(), None),
        back,
    })
}

/// `POST /cards/{id}/report`.
pub async fn report(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let card = find(&study, &user, id).await?;
    let report = CardReportJson {
        reason: fields.text("reason")?,
        note: Some(fields.text("note")?),
    }
    .check()?;
    study.report_card(&user, id, &report).await?;
    Ok(see(&fields.back(&desk_of(&card))))
}
