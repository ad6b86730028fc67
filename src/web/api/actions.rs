//! What is done to cards and decks besides answering: undo, reset, another wording, cramming, forecast, wishes.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cards::CardJson;
use super::reviews::restored;
use crate::db;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::actions::Among;
use crate::study::cram::{CramOf, MOST};
use crate::web::extract::{ApiJson, Check, Id, Params};
use crate::web::limits::{Client, Limited, Limits};
use crate::web::problem::Problem;
use crate::web::session::Learner;

/// Longest words of a wish.
const MAX_WORDS: usize = 100;

/// Where undo looks.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoJson {
    /// One deck; null: all.
    deck_id: Option<uuid::Uuid>,
}

/// Takes back the latest answer or action of the last week. 409 when there is none.
#[utoipa::path(post, path = "/undo", tag = "study",
    responses((status = 200, body = CardJson), (status = 409, body = Problem)))]
pub async fn undo_latest(
    State(study): State<Study>,
    Learner(user): Learner,
    ApiJson(of): ApiJson<UndoJson>,
) -> Result<Json<CardJson>> {
    restored(study.undo_latest(&user, Among::deck(of.deck_id)).await?)
        .map(|card| Json(CardJson::from(&*card)))
}

/// Takes back one action by the id that the client gave it. 409 when it was taken back, or is older than the last fifty.
#[utoipa::path(post, path = "/actions/{id}/undo", tag = "study", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CardJson), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn undo_action(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Json<CardJson>> {
    restored(study.undo_action(&user, id).await?).map(|card| Json(CardJson::from(&*card)))
}

/// Brings a card back to new. Its answers stay in the log.
#[utoipa::path(post, path = "/cards/{id}/reset", tag = "cards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CardJson), (status = 404, body = Problem)))]
pub async fn reset(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Json<CardJson>> {
    let card = study
        .reset_card(&user, id, study.new_id())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Json(CardJson::from(&card)))
}

/// What is to become of a card's other wording.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RephraseJson {
    /// `ask`, `accept` or `refuse`.
    act: String,
}

/// Asks the model for another wording of a card, takes the proposed one, or leaves the card as it is. The schedule stays.
#[utoipa::path(post, path = "/cards/{id}/rephrase", tag = "cards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CardJson), (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn rephrase(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    Learner(user): Learner,
    Id(id): Id,
    ApiJson(what): ApiJson<RephraseJson>,
) -> Result<Json<CardJson>> {
    let card = match what.act.as_str() {
        "ask" => {
            let who = user.user_id.to_string();
            limits
                .spend(&study, Limited::Rephrasing, &client, Some(&who))
                .await?;
            study.ask_rephrasing(&user, id).await?
        }
        "accept" => study.take_rephrasing(&user, id).await?,
        "refuse" => study.refuse_rephrasing(&user, id).await?,
        _ => return Err(Error::invalid("act", "Choose ask, accept or refuse.")),
    };
    Ok(Json(CardJson::from(&card.ok_or(Error::NotFound)?)))
}

/// Cards to go through ahead of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct CramJson {
    items: Vec<CardJson>,
}

/// Cards ahead of time, the next due first: `of` is `all`, `soon`, `missed`, `flagged`, `leeches` or `tag`. Nothing is kept
/// of a cram: no answer to one of these is to be sent.
#[utoipa::path(get, path = "/cram", tag = "study",
    params(("of" = String, Query), ("tag" = Option<String>, Query), ("deck_id" = Option<uuid::Uuid>, Query),
           ("limit" = Option<u8>, Query)),
    responses((status = 200, body = CramJson), (status = 422, body = Problem)))]
pub async fn cram(
    State(study): State<Study>,
    Learner(user): Learner,
    params: Params,
) -> Result<Json<CramJson>> {
    let of = params.text("of")?.unwrap_or("soon");
    let tag = params.text("tag")?.unwrap_or_default();
    let of = CramOf::from_name(of, tag).ok_or_else(|| {
        let sentence = "Choose all, soon, missed, flagged, leeches, or tag with `tag`.";
        Error::invalid("of", sentence)
    })?;
    let deck_id = match params.text("deck_id")? {
        Some(id) => Some(
            id.parse()
                .map_err(|_| Error::invalid("deck_id", "`deck_id` is the id of a deck."))?,
        ),
        None => None,
    };
    let limit = params.number("limit", MOST, 1..=MOST)?;
    let ids = study.cram_cards(&user, deck_id, &of, limit).await?;
    let cards = db::cards::find_many(&study.db, user.user_id, &ids).await?;
    let in_order = ids
        .iter()
        .filter_map(|id| cards.iter().find(|card| card.card_id == *id));
    Ok(Json(CramJson {
        items: in_order.map(CardJson::from).collect(),
    }))
}

/// What a number of new cards a day will cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastJson {
    new_per_day: u32,
    /// Minutes a day in two weeks.
    minutes: f64,
    /// Minutes on each day, today first.
    by_day: Vec<f64>,
    /// In words.
    sentence: String,
}

/// What `new_per_day` new cards a day in a deck will cost, from the learner's own times.
#[utoipa::path(get, path = "/decks/{id}/forecast", tag = "decks",
    params(("id" = uuid::Uuid, Path), ("new_per_day" = Option<u16>, Query)),
    responses((status = 200, body = ForecastJson), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn forecast(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<Json<ForecastJson>> {
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let set = deck.new_per_day.map_or(20, i64::from);
    let new_per_day = params.number("new_per_day", set, 0..=9_999)?;
    let new_per_day = u32::try_from(new_per_day).unwrap_or(0);
    let forecast = study.forecast(&user, &deck, new_per_day).await?;
    Ok(Json(ForecastJson {
        new_per_day,
        minutes: forecast.in_two_weeks,
        sentence: forecast.sentence(),
        by_day: forecast.minutes,
    }))
}

/// What a learner wants of a deck's new cards.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SteerJson {
    /// A subtopic, or words of your own: 1–100 characters.
    words: String,
    /// `more`, `less` or `never`; null forgets it.
    #[schema(required)]
    wish: Option<String>,
}

/// A deck's wishes.
#[derive(Debug, Serialize, ToSchema)]
pub struct SteersJson {
    items: Vec<SteerJson>,
}

/// A deck's wishes, oldest first.
#[utoipa::path(get, path = "/decks/{id}/steers", tag = "decks", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SteersJson), (status = 404, body = Problem)))]
pub async fn steers(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Json<SteersJson>> {
    db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let rows = db::steers::of_deck(&study.db, user.user_id, id).await?;
    let items = rows.into_iter().map(|row| SteerJson {
        words: row.words,
        wish: Some(row.wish),
    });
    Ok(Json(SteersJson {
        items: items.collect(),
    }))
}

/// Says what a deck's next cards should have more or less of, or nothing.
#[utoipa::path(post, path = "/decks/{id}/steers", tag = "decks", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SteersJson), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn steer(
    State(study): State<Study>,
    learner: Learner,
    Id(id): Id,
    ApiJson(steer): ApiJson<SteerJson>,
) -> Result<Json<SteersJson>> {
    keep_steer(&study, &learner, id, &steer.words, steer.wish.as_deref()).await?;
    steers(State(study), learner, Id(id)).await
}

/// Checks and keeps a wish; the pages' forms come here too.
pub async fn keep_steer(
    study: &Study,
    Learner(user): &Learner,
    deck_id: uuid::Uuid,
    words: &str,
    wish: Option<&str>,
) -> Result<()> {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut check = Check::default();
    check.length("words", &words, MAX_WORDS);
    if words.chars().any(char::is_control) {
        check.wrong("words", "The words hold a control character. Remove it.");
    }
    if wish.is_some_and(|wish| !["more", "less", "never"].contains(&wish)) {
        check.wrong("wish", "Choose more, less or never.");
    }
    check.done()?;
    study
        .steer(user, deck_id, &words, wish)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(())
}

/// What you know of a deck's topic, what you miss and at which level: a plain text to paste into any chat.
#[utoipa::path(get, path = "/decks/{id}/study-prompt", tag = "decks", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, body = Problem)))]
pub async fn study_prompt(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<(StatusCode, [(header::HeaderName, &'static str); 1], String)> {
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let text = study.study_prompt(&user, &deck).await?;
    let kind = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
    Ok((StatusCode::OK, [kind], text))
}
