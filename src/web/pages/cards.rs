//! The cards of a deck: the list, and the forms that write, change, report or delete one.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};

use super::decks::ConfirmPage;
use super::form::{FormFields, local_path, see};
use super::views::{CardRow, Shell, interval};
use crate::db;
use crate::db::cards::Card;
use crate::db::users::User;
use crate::domain::ids::{CardId, DeckId};
use crate::domain::scheduler::CardState;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::cards::CardChange;
use crate::web::api::cards::{CardChangeJson, CardReportJson, NewCardJson, like_pattern};
use crate::web::extract::{Id, Params};
use crate::web::render::render;
use crate::web::session::Learner;

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
    /// The card after which the rest goes on, if there is more.
    pub next: Option<CardId>,
}

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

impl CardRow {
    fn new(card: &Card, now: DateTime<Utc>) -> CardRow {
        CardRow {
            id: card.card_id,
            question: render(&card.question),
            answer: render(&card.answer),
            subtopic: card.subtopic.clone(),
            level: u8::try_from(card.level).unwrap_or(1),
            when: when(card, now),
            flagged: card.flagged,
            suspended: card.suspended,
        }
    }
}

fn when(card: &Card, now: DateTime<Utc>) -> String {
    match card.due_at {
        _ if card.suspended => "suspended".into(),
        None => "new".into(),
        _ if card.state() == CardState::New => "new".into(),
        Some(due_at) if due_at <= now => "due".into(),
        Some(due_at) => format!(
            "in {}",
            interval((due_at - now).num_seconds().unsigned_abs())
        ),
    }
}

/// `GET /decks/{id}/cards?q=`.
pub async fn list(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<CardsPage> {
    let page = params.page()?;
    let query = params.text("q")?.unwrap_or_default().to_owned();
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let pattern = Some(query.trim())
        .filter(|text| !text.is_empty())
        .map(like_pattern);
    let (after, limit) = (page.after, page.limit);
    let mut cards = db::cards::list(
        &study.db,
        user.user_id,
        id,
        pattern.as_deref(),
        after,
        limit + 1,
    )
    .await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = cards.len() > wanted;
    cards.truncate(wanted);
    let next = cards.last().map(|card| card.card_id).filter(|_| goes_on);
    let cards = cards
        .iter()
        .map(|card| CardRow::new(card, study.now()))
        .collect();
    Ok(CardsPage {
        shell,
        deck_id: id,
        title: deck.title,
        query,
        cards,
        next,
    })
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

async fn find(study: &Study, user: &User, id: CardId) -> Result<Card> {
    db::cards::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)
}

fn desk_of(card: &Card) -> String {
    format!("/decks/{}/study", card.deck_id)
}

/// Where the link to a form came from, if it says so.
fn origin(params: &Params, card: &Card) -> Result<String> {
    let named = params.text("back")?.and_then(local_path);
    Ok(named.map_or_else(|| desk_of(card), ToOwned::to_owned))
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

async fn put(
    study: &Study,
    user: &User,
    id: CardId,
    fields: &FormFields,
    change: CardChange,
) -> Result<Redirect> {
    let card = study
        .change_card(user, id, change)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(see(&fields.back(&desk_of(&card))))
}

/// `POST /cards/{id}/suspend`: out of study, or back in.
pub async fn suspend(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let change = CardChange {
        suspended: Some(fields.is_on("suspended")),
        ..CardChange::default()
    };
    put(&study, &user, id, &fields, change).await
}

/// `POST /cards/{id}/flag`: marked, or not.
pub async fn flag(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let change = CardChange {
        flagged: Some(fields.is_on("flagged")),
        ..CardChange::default()
    };
    put(&study, &user, id, &fields, change).await
}

/// `GET /cards/{id}/delete`: asks first.
pub async fn ask_delete(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<ConfirmPage> {
    let card = find(&study, &user, id).await?;
    Ok(ConfirmPage {
        shell,
        title: "Delete this card?".into(),
        detail: card.question.clone(),
        verb: "Delete the card".into(),
        action: format!("/cards/{id}/delete"),
        back: origin(&params, &card)?,
    })
}

/// `POST /cards/{id}/delete`.
pub async fn delete(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let card = find(&study, &user, id).await?;
    let deleted = study.delete_card(&user, id).await?;
    if deleted {
        Ok(see(&fields.back(&desk_of(&card))))
    } else {
        Err(Error::NotFound)
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
        card: CardRow::new(&card, study.now()),
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
