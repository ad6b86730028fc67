//! Cards.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::List;
use super::decks::{cut, given};
use crate::db;
use crate::db::cards::Card;
use crate::domain::cloze;
use crate::domain::scheduler::CardState;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::cards::{CardChange, CardReport, Changed, Seen};
use crate::study::own_cards::CardDraft;
use crate::web::extract::{ApiJson, Check, Id, Params};
use crate::web::problem::Problem;
use crate::web::session::Learner;

/// Longest question or answer that a person may write: what fits a screen is far below.
const MAX_TEXT: usize = 20_000;
/// Tags on a card.
pub const MAX_TAGS: usize = 50;
/// Longest tag.
pub const MAX_TAG: usize = 100;
/// Longest note on a report.
const MAX_NOTE: usize = 2_000;

/// A card as the contract has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CardJson {
    id: uuid::Uuid,
    deck_id: uuid::Uuid,
    question: String,
    answer: String,
    #[schema(required)]
    explanation: Option<String>,
    #[schema(required)]
    subtopic: Option<String>,
    level: i16,
    /// Null for a card written by hand.
    #[schema(required)]
    model: Option<String>,
    #[schema(value_type = String)]
    state: CardState,
    suspended: bool,
    flagged: bool,
    tags: Vec<String>,
    /// Null for a card not yet studied.
    #[schema(required)]
    due_at: Option<DateTime<Utc>>,
    /// Days until retrievability is 0.9.
    #[schema(required)]
    stability: Option<f64>,
    /// 1–10.
    #[schema(required)]
    difficulty: Option<f64>,
    reps: i32,
    lapses: i32,
    revision: i32,
    /// Put off until then.
    #[schema(required)]
    buried_until: Option<DateTime<Utc>>,
    /// Forgotten so often that the card itself may be at fault.
    leech: bool,
    /// Of a cloze: the number that this card hides in the question.
    #[schema(required)]
    cloze: Option<i16>,
}

impl From<&Card> for CardJson {
    fn from(card: &Card) -> CardJson {
        CardJson {
            id: card.card_id,
            deck_id: card.deck_id,
            question: card.question.clone(),
            answer: card.answer.clone(),
            explanation: card.explanation.clone(),
            subtopic: card.subtopic.clone(),
            level: card.level,
            model: card.model.clone(),
            state: card.state(),
            suspended: card.suspended,
            flagged: card.flagged,
            tags: card.tags.clone(),
            due_at: card.due_at,
            stability: card.stability,
            difficulty: card.difficulty,
            reps: card.reps,
            lapses: card.lapses,
            revision: card.revision,
            buried_until: card.buried_until,
            leech: card.leech_at.is_some(),
            cloze: card.cloze,
        }
    }
}

/// A card written by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCardJson {
    /// Not blank. With clozes, `{{c1::text}}`, it is a card for each number.
    pub question: String,
    /// Not blank, but for a cloze.
    #[serde(default)]
    pub answer: String,
    /// Optional.
    pub explanation: Option<String>,
    /// At most 50, each at most 100 characters.
    pub tags: Option<Vec<String>>,
}

impl NewCardJson {
    /// Checks every field; the pages' form comes here too.
    pub fn check(self) -> Result<CardDraft> {
        let mut check = Check::default();
        check.length("question", &self.question, MAX_TEXT);
        let mistake = cloze::mistake(&self.question);
        if let Some(mistake) = mistake {
            check.wrong("question", mistake);
        }
        let is_cloze = mistake.is_some() || !cloze::numbers(&self.question).is_empty();
        if !is_cloze || !self.answer.trim().is_empty() {
            check.length("answer", &self.answer, MAX_TEXT);
        }
        let tags = self.tags.map(|tags| checked_tags(&mut check, tags));
        let explanation = self.explanation.filter(|text| !text.trim().is_empty());
        if let Some(explanation) = &explanation {
            check.length("explanation", explanation, MAX_TEXT);
        }
        check.done()?;
        Ok(CardDraft {
            question: self.question,
            answer: self.answer,
            explanation,
            tags: tags.unwrap_or_default(),
        })
    }
}

/// Tags trimmed, each once, in order.
fn checked_tags(check: &mut Check, tags: Vec<String>) -> Vec<String> {
    if tags.len() > MAX_TAGS {
        check.wrong("tags", format!("A card has at most {MAX_TAGS} tags."));
    }
    for tag in &tags {
        check.length("tags", tag, MAX_TAG);
    }
    let mut tags: Vec<String> = tags.into_iter().map(|tag| tag.trim().to_owned()).collect();
    tags.sort();
    tags.dedup();
    // `Exam` and `exam` are one tag, as it was first written.
    let mut seen = HashSet::new();
    tags.retain(|tag| seen.insert(tag.to_lowercase()));
    tags
}

/// What a learner may change; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardChangeJson {
    /// Not blank.
    pub question: Option<String>,
    /// Not blank.
    pub answer: Option<String>,
    /// Null removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub explanation: Option<Option<String>>,
    /// At most 50, each at most 100 characters.
    pub tags: Option<Vec<String>>,
    /// Left out of study.
    pub suspended: Option<bool>,
    /// Marked.
    pub flagged: Option<bool>,
    /// Put off until the learner's next day, or not.
    pub buried: Option<bool>,
    /// When it comes up again.
    pub due_at: Option<DateTime<Utc>>,
    /// The card's revision as the client saw it: when it is old, nothing is changed and the answer is 409 with the card.
    pub revision: Option<i32>,
    /// The client's own id for this change: sent twice it is done once, and `POST /actions/{id}/undo` takes it back.
    pub action_id: Option<uuid::Uuid>,
}

impl CardChangeJson {
    /// Checks every field; the pages' form comes here too.
    pub fn check(self) -> Result<CardChange> {
        let mut check = Check::default();
        let mistake = self.question.as_deref().and_then(cloze::mistake);
        if let Some(mistake) = mistake {
            check.wrong("question", mistake);
        }
        let is_cloze = mistake.is_some()
            || self
                .question
                .as_deref()
                .is_some_and(|text| !cloze::numbers(text).is_empty());
        for (name, text) in [("question", &self.question), ("answer", &self.answer)] {
            let may_be_blank = name == "answer" && is_cloze;
            if let Some(text) = text
                .as_ref()
                .filter(|text| !may_be_blank || !text.trim().is_empty())
            {
                check.length(name, text, MAX_TEXT);
            }
        }
        let explanation = self
            .explanation
            .map(|text| text.filter(|text| !text.trim().is_empty()));
        if let Some(Some(text)) = &explanation {
            check.length("explanation", text, MAX_TEXT);
        }
        let tags = self.tags.map(|tags| checked_tags(&mut check, tags));
        if self
            .due_at
            .is_some_and(|at| !(0..=9999).contains(&chrono::Datelike::year(&at)))
        {
            check.wrong("due_at", "The due time lies too far away.");
        }
        check.done()?;
        Ok(CardChange {
            question: self.question,
            answer: self.answer,
            explanation,
            tags,
            suspended: self.suspended,
            flagged: self.flagged,
            buried: self.buried,
            due_at: self.due_at,
        })
    }
}

/// What is wrong with a card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardReportJson {
    /// `wrong`, `ambiguous`, `duplicate`, `too_easy`, `too_hard` or `other`.
    pub reason: String,
    /// In the learner's words.
    pub note: Option<String>,
}

impl CardReportJson {
    /// Checks every field; the pages' form comes here too.
    pub fn check(self) -> Result<CardReport> {
        let mut check = Check::default();
        if ![
            "wrong",
            "ambiguous",
            "duplicate",
            "too_easy",
            "too_hard",
            "other",
        ]
        .contains(&self.reason.as_str())
        {
            check.wrong(
                "reason",
                "Choose wrong, ambiguous, duplicate, too_easy, too_hard or other.",
            );
        }
        let note = self.note.filter(|note| !note.trim().is_empty());
        if let Some(note) = &note {
            check.length("note", note, MAX_NOTE);
        }
        check.done()?;
        Ok(CardReport {
            reason: self.reason,
            note,
        })
    }
}

/// A deck's cards, oldest first; `q` is looked for in every field.
#[utoipa::path(get, path = "/decks/{id}/cards", tag = "cards",
    params(("id" = uuid::Uuid, Path), ("q" = Option<String>, Query), ("limit" = Option<u8>, Query), ("after" = Option<uuid::Uuid>, Query)),
    responses((status = 200, body = List<CardJson>), (status = 404, body = Problem)))]
pub async fn list(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<Json<List<CardJson>>> {
    let page = params.page()?;
    let pattern = params.text("q")?.map(like_pattern);
    db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let mut cards = db::cards::list(
        &study.db,
        user.user_id,
        id,
        pattern.as_deref(),
        page.after,
        page.limit + 1,
    )
    .await?;
    let next = cut(&mut cards, page.limit, |card| card.card_id);
    Ok(Json(List {
        items: cards.iter().map(CardJson::from).collect(),
        next,
    }))
}

/// A pattern that finds the text itself anywhere: its own wildcards stand for themselves.
pub fn like_pattern(text: &str) -> String {
    let literal = text
        .replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_");
    format!("%{literal}%")
}

/// Adds a card written by hand.
#[utoipa::path(post, path = "/decks/{id}/cards", tag = "cards", params(("id" = uuid::Uuid, Path)),
    responses((status = 201, body = CardJson), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    ApiJson(new): ApiJson<NewCardJson>,
) -> Result<(StatusCode, Json<CardJson>)> {
    let card = study
        .add_card(&user, id, &new.check()?)
        .await?
        .ok_or(Error::NotFound)?;
    Ok((StatusCode::CREATED, Json(CardJson::from(&card))))
}

/// One card.
#[utoipa::path(get, path = "/cards/{id}", tag = "cards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CardJson), (status = 404, body = Problem)))]
pub async fn show(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Json<CardJson>> {
    let card = db::cards::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Json(CardJson::from(&card)))
}

/// 409 with the card as it is.
fn changed_elsewhere(card: &Card) -> Error {
    let sentence = "This card was changed elsewhere. Here it is as it is now: look at it, then change it again.";
    let card = serde_json::to_value(CardJson::from(card)).expect("a card becomes JSON");
    Error::Conflict(sentence.into(), Some(card))
}

/// Changes a card.
#[utoipa::path(patch, path = "/cards/{id}", tag = "cards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CardJson), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn change(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    ApiJson(change): ApiJson<CardChangeJson>,
) -> Result<Json<CardJson>> {
    let action_id = change.action_id.unwrap_or_else(|| study.new_id());
    let seen = change.revision.map(Seen::Revision);
    let changed = study
        .change_seen_card(&user, id, change.check()?, action_id, seen.as_ref())
        .await?;
    match changed {
        Changed::Saved(card) => Ok(Json(CardJson::from(&*card))),
        Changed::Elsewhere(card) => Err(changed_elsewhere(&card)),
        Changed::NoCard => Err(Error::NotFound),
    }
}

/// Takes a card out of its deck; it is not dealt again. `POST /undo` brings it back, or, by the client's own id for it,
/// `POST /actions/{id}/undo`.
#[utoipa::path(delete, path = "/cards/{id}", tag = "cards",
    params(("id" = uuid::Uuid, Path), ("action_id" = Option<uuid::Uuid>, Query)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn delete(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<StatusCode> {
    let named = params.text("action_id")?.and_then(|id| id.parse().ok());
    let action_id = named.unwrap_or_else(|| study.new_id());
    let deleted = study.delete_card(&user, id, action_id).await?;
    if deleted {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::NotFound)
    }
}

/// Says what is wrong with a card.
#[utoipa::path(post, path = "/cards/{id}/report", tag = "cards", params(("id" = uuid::Uuid, Path)),
    responses((status = 202), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn report(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    ApiJson(report): ApiJson<CardReportJson>,
) -> Result<StatusCode> {
    let kept = study.report_card(&user, id, &report.check()?).await?;
    if kept {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(Error::NotFound)
    }
}
