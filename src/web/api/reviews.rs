//! Answers and undo.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cards::CardJson;
use super::decks::DeckJson;
use crate::db::cards::Card;
use crate::domain::scheduler::Rating;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::answer::{Answer, Answered, Recorded};
use crate::study::undo::Undone;
use crate::web::extract::{ApiJson, Id};
use crate::web::problem::Problem;
use crate::web::session::Learner;

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// The client's own: sent twice, the answer counts once.
    pub id: uuid::Uuid,
    /// `again`, `hard`, `good` or `easy`.
    #[schema(value_type = String)]
    pub rating: Rating,
    /// From question to grade; absent or 0 = unknown.
    pub duration_ms: Option<u32>,
    /// When; clamped between dealing and now.
    pub at: Option<DateTime<Utc>>,
    /// The revision that the learner saw; absent = offline.
    pub revision: Option<i32>,
}

/// A card after an answer, and its deck.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewedJson {
    card: CardJson,
    deck: DeckJson,
}

/// Records an answer.
#[utoipa::path(post, path = "/cards/{id}/reviews", tag = "study", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ReviewedJson), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn create(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    ApiJson(new): ApiJson<NewReview>,
) -> Result<Json<ReviewedJson>> {
    let answer = Answer {
        review_id: new.id,
        rating: new.rating,
        duration_ms: new.duration_ms,
        at: new.at,
        revision: new.revision,
    };
    let Recorded { card, deck } = *recorded(study.answer(&user, id, answer).await?)?;
    Ok(Json(ReviewedJson {
        card: CardJson::from(&card),
        deck: DeckJson::from(&study.outlook(&user, deck).await?),
    }))
}

/// What an answer left, or the error that says why it does not count.
pub fn recorded(answered: Answered) -> Result<Box<Recorded>> {
    match answered {
        Answered::Recorded(recorded) => Ok(recorded),
        Answered::NoCard => Err(Error::NotFound),
        Answered::IdTaken => Err(Error::Conflict(
            "This answer's id was used before, or its answer was undone.".into(),
            None,
        )),
        Answered::Stale(card) => Err(Error::Conflict(
            "This card was graded or changed since you saw it. That answer stands; yours was not added.".into(),
            serde_json::to_value(CardJson::from(&*card)).ok(),
        )),
    }
}

/// Takes back the last answer to a card.
#[utoipa::path(post, path = "/cards/{id}/undo", tag = "study", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CardJson), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn undo(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Json<CardJson>> {
    restored(study.undo(&user, id).await?).map(|card| Json(CardJson::from(&*card)))
}

/// The card after an undo, or the error that says why there is none.
pub fn restored(undone: Undone) -> Result<Box<Card>> {
    match undone {
        Undone::Restored(card) => Ok(card),
        Undone::NoCard => Err(Error::NotFound),
        Undone::NothingToUndo => Err(Error::Conflict(
            "No answer to this card is left to undo.".into(),
            None,
        )),
    }
}
