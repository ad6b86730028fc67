//! The forms for one card: write, change, report.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::cards::{desk_of, find, origin};
use super::form::{FormFields, local_path, see_told};
use super::views::{CardRow, Shell};
use crate::db;
use crate::db::cards::Card;
use crate::db::users::User;
use crate::domain::ids::{CardId, DeckId};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::cards::{Changed, Seen, text_sign};
use crate::web::api::cards::{CardChangeJson, CardReportJson, NewCardJson};
use crate::web::extract::{Id, Params};
use crate::web::render::{CardHtml, DraftText};
use crate::web::session::Learner;
use crate::web::words::told::Told;

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
    /// With commas between.
    pub tags: String,
    /// Markdown and clozes: the learner wrote it.
    pub is_own: bool,
    /// What the text was when the form was opened, as a sign; empty for a new card.
    pub was: String,
    /// The card, or a cloze's cards, as they will look.
    pub previews: Vec<CardHtml>,
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
        let words = &self.shell.words().card_forms;
        [
            ("wrong", words.wrong),
            ("ambiguous", words.ambiguous),
            ("duplicate", words.duplicate),
            ("too_easy", words.too_easy),
            ("too_hard", words.too_hard),
            ("other", words.other),
        ]
    }
}

fn new_card_page(shell: Shell, id: DeckId) -> CardFormPage {
    let list = format!("/decks/{id}/cards");
    CardFormPage {
        shell,
        title: shell.words().card_forms.write.into(),
        action: list.clone(),
        back: list,
        is_own: true,
        ..CardFormPage::default()
    }
}

/// `GET /decks/{id}/cards/new`.
pub async fn new(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<CardFormPage> {
    db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let page = new_card_page(shell, id);
    let back = params.text("back")?.and_then(local_path);
    let back = back.map_or_else(|| page.back.clone(), ToOwned::to_owned);
    Ok(CardFormPage { back, ..page })
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
        tags: Some(typed_tags(&fields)?),
    };
    let page = new_card_page(shell, id);
    match draft.check() {
        Ok(_) if fields.has("preview") => preview(page, &fields),
        Ok(draft) => {
            study
                .add_card(&user, id, &draft)
                .await?
                .ok_or(Error::NotFound)?;
            let back = fields.back(&format!("/decks/{id}/cards"));
            let next = if fields.has("another") {
                let back = serde_urlencoded::to_string([("back", &back)]).unwrap_or_default();
                see_told(&format!("/decks/{id}/cards/new?{back}"), Told::CardSaved)
            } else {
                see_told(&back, Told::Saved)
            };
            Ok(next.into_response())
        }
        Err(problem) => {
            let problem = page.shell.words().refused(&problem);
            refused(page, &fields, problem)
        }
    }
}

/// Tags as typed, with commas between.
fn typed_tags(fields: &FormFields) -> Result<Vec<String>> {
    let text = fields.text("tags")?;
    let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    Ok(tags.map(ToOwned::to_owned).collect())
}

/// The form with what was typed.
fn as_typed(page: CardFormPage, fields: &FormFields) -> Result<CardFormPage> {
    Ok(CardFormPage {
        question: fields.text("question")?,
        answer: fields.text("answer")?,
        explanation: fields.text("explanation")?,
        tags: fields.text("tags")?,
        back: fields.back(&page.back),
        // What the learner saw stays what they saw, over a preview or a mistake.
        was: if fields.has("was") {
            fields.text("was")?
        } else {
            page.was
        },
        ..page
    })
}

/// The form again, with what was typed and a sentence.
fn refused(page: CardFormPage, fields: &FormFields, problem: String) -> Result<Response> {
    let page = CardFormPage {
        problem: Some(problem),
        ..as_typed(page, fields)?
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The form again, with the card as it will look.
fn preview(page: CardFormPage, fields: &FormFields) -> Result<Response> {
    let page = as_typed(page, fields)?;
    let draft = DraftText {
        question: &page.question,
        answer: &page.answer,
        explanation: &page.explanation,
    };
    let previews = if page.is_own {
        draft.render_own()
    } else {
        vec![draft.render_generated()]
    };
    Ok(CardFormPage { previews, ..page }.into_response())
}

fn edit_page(shell: Shell, card: Card, back: String) -> CardFormPage {
    CardFormPage {
        shell,
        title: shell.words().card_forms.edit.into(),
        action: format!("/cards/{}/edit", card.card_id),
        back,
        is_own: card.is_own(),
        was: text_sign(&card),
        tags: card.tags.join(", "),
        question: card.question,
        answer: card.answer,
        explanation: card.explanation.unwrap_or_default(),
        ..CardFormPage::default()
    }
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
    let back = origin(&params, &card)?;
    Ok(edit_page(shell, card, back))
}

/// `POST /cards/{id}/edit`. A text that changed since the form was opened is not overwritten unseen.
pub async fn change(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Response> {
    let Some(card) = db::cards::find(&study.db, user.user_id, id).await? else {
        return deleted_elsewhere(&study, &user, shell, id, &fields).await;
    };
    let change = CardChangeJson {
        question: Some(fields.text("question")?),
        answer: Some(fields.text("answer")?),
        explanation: Some(Some(fields.text("explanation")?)),
        tags: fields
            .has("tags")
            .then(|| typed_tags(&fields))
            .transpose()?,
        ..CardChangeJson::default()
    };
    let desk = desk_of(&card);
    match change.check() {
        Ok(_) if fields.has("preview") => preview(edit_page(shell, card, desk), &fields),
        Ok(change) => {
            let seen = fields
                .has("was")
                .then(|| Seen::Text(fields.raw("was").to_owned()));
            let changed = study
                .change_seen_card(&user, id, change, study.new_id(), seen.as_ref())
                .await?;
            match changed {
                Changed::Saved(_) => Ok(see_told(&fields.back(&desk), Told::Saved).into_response()),
                Changed::Elsewhere(card) => changed_elsewhere(shell, *card, desk, &fields),
                Changed::NoCard => deleted_elsewhere(&study, &user, shell, id, &fields).await,
            }
        }
        Err(problem) => {
            let problem = shell.words().refused(&problem);
            refused(edit_page(shell, card, desk), &fields, problem)
        }
    }
}

/// The form again: what the other tab wrote in a sentence, what was typed here in the fields. Saved once more, it is
/// meant.
fn changed_elsewhere(
    shell: Shell,
    card: Card,
    desk: String,
    fields: &FormFields,
) -> Result<Response> {
    let changed = shell.words().card.changed_elsewhere;
    let problem = changed(&card.question, &card.answer, &card.tags);
    let page = edit_page(shell, card, desk);
    let was = page.was.clone();
    let page = CardFormPage {
        problem: Some(problem),
        was,
        ..as_typed(page, fields)?
    };
    Ok((StatusCode::CONFLICT, page).into_response())
}

/// The form for a card of one's own, with what was typed for one that is no longer there.
async fn deleted_elsewhere(
    study: &Study,
    user: &User,
    shell: Shell,
    id: CardId,
    fields: &FormFields,
) -> Result<Response> {
    let deck = db::cards::deck_of_deleted(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let problem = shell.words().card_forms.deleted_elsewhere;
    let page = CardFormPage {
        problem: Some(problem.into()),
        was: String::new(),
        ..as_typed(new_card_page(shell, deck), fields)?
    };
    Ok((StatusCode::CONFLICT, page).into_response())
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
        card: CardRow::new(&card, study.now(), None, shell.words()),
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
    Ok(see_told(&fields.back(&desk_of(&card)), Told::Reported))
}
