//! What to study now, what comes next, and how the stack stands.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::cards::CardJson;
use crate::db;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::cause::Cause;
use crate::study::next::{Next, Scope, StudyCard};
use crate::study::outlook::Reason;
use crate::web::Stop;
use crate::web::extract::{Id, Params};
use crate::web::problem::Problem;
use crate::web::session::Learner;

/// A card, and what each button does.
#[derive(Debug, Serialize, ToSchema)]
pub struct StudyJson {
    card: CardJson,
    choices: ChoicesJson,
}

/// Seconds until the card is due again, for each rating.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ChoicesJson {
    again: u64,
    hard: u64,
    good: u64,
    easy: u64,
}

impl From<&StudyCard> for StudyJson {
    fn from(study: &StudyCard) -> StudyJson {
        let choices = study.choices;
        StudyJson {
            card: CardJson::from(&study.card),
            choices: ChoicesJson {
                again: choices.again,
                hard: choices.hard,
                good: choices.good,
                easy: choices.easy,
            },
        }
    }
}

/// What is left.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsJson {
    new: u32,
    learning: u32,
    due: u32,
}

/// A card to study, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextJson {
    #[schema(required)]
    study: Option<StudyJson>,
    #[schema(required)]
    reason: Option<Reason>,
    #[schema(required)]
    detail: Option<String>,
    #[schema(required)]
    retry_at: Option<DateTime<Utc>>,
    counts: CountsJson,
}

impl From<&Next> for NextJson {
    fn from(next: &Next) -> NextJson {
        let counts = next.counts;
        NextJson {
            study: next.study.as_ref().map(StudyJson::from),
            reason: next.reason,
            detail: next.cause.as_ref().map(Cause::sentence),
            retry_at: next.retry_at,
            counts: CountsJson {
                new: counts.new,
                learning: counts.learning,
                due: counts.due,
            },
        }
    }
}

/// Cards in study order.
#[derive(Debug, Serialize, ToSchema)]
pub struct AheadJson {
    items: Vec<StudyJson>,
}

/// The stack on the page.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadyJson {
    ready: u32,
    generating: bool,
    #[schema(required)]
    reason: Option<Reason>,
    #[schema(required)]
    detail: Option<String>,
}

/// What is due, by deck.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueJson {
    now: i64,
    today: i64,
    decks: Vec<DueDeckJson>,
}

/// What is due in a deck.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueDeckJson {
    id: uuid::Uuid,
    title: String,
    now: i64,
    today: i64,
}

async fn next_of(
    study: &Study,
    learner: &Learner,
    scope: Scope,
    params: &Params,
    stop: &Stop,
) -> Result<Json<NextJson>> {
    let next = study
        .next_within(&learner.0, scope, params.wait()?, &stop.0)
        .await?;
    next.map(|next| Json(NextJson::from(&next)))
        .ok_or(Error::NotFound)
}

/// The next card of a deck; with `wait` as soon as there is one.
#[utoipa::path(get, path = "/decks/{id}/next", tag = "study",
    params(("id" = uuid::Uuid, Path), ("wait" = Option<u8>, Query)),
    responses((status = 200, body = NextJson), (status = 404, body = Problem)))]
pub async fn next_in_deck(
    State(study): State<Study>,
    State(stop): State<Stop>,
    learner: Learner,
    Id(id): Id,
    params: Params,
) -> Result<Json<NextJson>> {
    next_of(&study, &learner, Scope::Deck(id), &params, &stop).await
}

/// The next card of all decks.
#[utoipa::path(get, path = "/next", tag = "study", params(("wait" = Option<u8>, Query)),
    responses((status = 200, body = NextJson)))]
pub async fn next(
    State(study): State<Study>,
    State(stop): State<Stop>,
    learner: Learner,
    params: Params,
) -> Result<Json<NextJson>> {
    next_of(&study, &learner, Scope::AllDecks, &params, &stop).await
}

/// The next K cards, the current one first.
#[utoipa::path(get, path = "/decks/{id}/ahead", tag = "study",
    params(("id" = uuid::Uuid, Path), ("n" = Option<u8>, Query)),
    responses((status = 200, body = AheadJson), (status = 404, body = Problem)))]
pub async fn ahead(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<Json<AheadJson>> {
    let count = u8::try_from(params.number("n", 1, 1..=20)?).unwrap_or(1);
    let cards = study
        .ahead(&user, Scope::Deck(id), count)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Json(AheadJson {
        items: cards.iter().map(StudyJson::from).collect(),
    }))
}

/// The stack, as soon as it differs from `seen`.
#[utoipa::path(get, path = "/decks/{id}/ready", tag = "study",
    params(("id" = uuid::Uuid, Path), ("seen" = Option<u32>, Query), ("wait" = Option<u8>, Query)),
    responses((status = 200, body = ReadyJson), (status = 404, body = Problem)))]
pub async fn ready(
    State(study): State<Study>,
    State(stop): State<Stop>,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<Json<ReadyJson>> {
    let seen = match params.text("seen")? {
        None => None,
        Some(_) => u32::try_from(params.number("seen", 0, 0..=i64::from(u32::MAX))?).ok(),
    };
    let ready = study
        .ready_within(&user, Scope::Deck(id), seen, params.wait()?, &stop.0)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Json(ReadyJson {
        ready: ready.ready,
        generating: ready.generating,
        reason: ready.reason,
        detail: ready.detail,
    }))
}

/// What is due now and today, by deck.
#[utoipa::path(get, path = "/due", tag = "study", responses((status = 200, body = DueJson)))]
pub async fn due(State(study): State<Study>, Learner(user): Learner) -> Result<Json<DueJson>> {
    let now = study.now();
    let decks = db::decks::active(&study.db, user.user_id).await?;
    let deck_ids: Vec<_> = decks.iter().map(|deck| deck.deck_id).collect();
    let day_end = user.study_days(now).next_start(now);
    let counts = db::queue::counts(&study.db, user.user_id, &deck_ids, now, day_end).await?;
    let decks: Vec<DueDeckJson> = decks
        .into_iter()
        .map(|deck| {
            let counts = counts.iter().find(|counts| counts.deck_id == deck.deck_id);
            DueDeckJson {
                id: deck.deck_id,
                title: deck.title,
                now: counts.map_or(0, |counts| counts.learning_due + counts.review_due),
                today: counts.map_or(0, |counts| counts.due_today),
            }
        })
        .collect();
    Ok(Json(DueJson {
        now: decks.iter().map(|deck| deck.now).sum(),
        today: decks.iter().map(|deck| deck.today).sum(),
        decks,
    }))
}
