//! Decks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::List;
use crate::db;
use crate::db::users::User;
use crate::domain::language::Language;
use crate::domain::level::Level;
use crate::domain::queue::Mix;
use crate::domain::supply::SupplyState;
use crate::domain::topic::TopicTitle;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::decks::DeckChange;
use crate::study::outlook::{Outlook, Reason};
use crate::web::extract::{ApiJson, Check, Id, Params};
use crate::web::limits::{Client, Limited, Limits};
use crate::web::problem::Problem;
use crate::web::session::Learner;

/// Longest title.
const MAX_TITLE: usize = 200;

/// A deck as the contract has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeckJson {
    id: uuid::Uuid,
    title: String,
    topic: String,
    /// A BCP-47 tag; null: the topic's own language.
    #[schema(required)]
    language: Option<String>,
    level: i16,
    /// Logits.
    ability: f64,
    status: Status,
    #[schema(required)]
    reason: Option<Reason>,
    /// The reason as a sentence.
    #[schema(required)]
    detail: Option<String>,
    unseen: u32,
    due: i64,
    #[schema(required)]
    desired_retention: Option<f64>,
    paused: bool,
    archived: bool,
    created_at: DateTime<Utc>,
    /// `mixed`, `reviews_first` or `new_first`.
    new_order: String,
    /// Null: no limit.
    #[schema(required)]
    new_per_day: Option<i32>,
    /// Null: no limit.
    #[schema(required)]
    reviews_per_day: Option<i32>,
    /// A ceiling on the day's study that throttles new cards; null: none.
    #[schema(required)]
    minutes_per_day: Option<i32>,
}

/// What a deck's supply is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing to say.
    Ready,
    /// Cards are being written.
    Generating,
    /// No new cards, by the learner's wish.
    Paused,
    /// No new cards, by a fault.
    Failing,
    /// No new cards at this level.
    Exhausted,
}

impl From<&Outlook> for DeckJson {
    fn from(outlook: &Outlook) -> DeckJson {
        let deck = &outlook.deck;
        let status = match outlook.supply {
            SupplyState::Ready | SupplyState::NoTopic => Status::Ready,
            SupplyState::Generating { .. } => Status::Generating,
            SupplyState::Paused => Status::Paused,
            SupplyState::Exhausted => Status::Exhausted,
            SupplyState::Failing { .. }
            | SupplyState::BudgetSpent { .. }
            | SupplyState::NoModel => Status::Failing,
        };
        let said = match status {
            Status::Ready | Status::Generating => None,
            _ => outlook.reason(),
        };
        DeckJson {
            id: deck.deck_id,
            title: deck.title.clone(),
            topic: deck.topic.clone(),
            language: Some(deck.language.clone()).filter(|tag| !tag.is_empty()),
            level: deck.level,
            ability: deck.ability,
            status,
            reason: said.as_ref().map(|(reason, ..)| *reason),
            detail: said.map(|(_, cause, _)| cause.sentence()),
            unseen: outlook.unseen,
            due: outlook.counts.learning_due + outlook.counts.review_due,
            desired_retention: deck.desired_retention,
            paused: deck.paused_at.is_some(),
            archived: deck.archived_at.is_some(),
            created_at: deck.created_at,
            new_order: deck.new_order.clone(),
            new_per_day: deck.new_per_day,
            reviews_per_day: deck.reviews_per_day,
            minutes_per_day: deck.minutes_per_day,
        }
    }
}

/// A topic to study.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeck {
    /// 1–200 characters.
    topic: String,
    /// 1–9.
    level: Option<i64>,
    /// A BCP-47 tag, for cards in another language than the topic's.
    language: Option<String>,
}

/// What a learner may change; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeckChangeJson {
    /// 1–200 characters.
    pub title: Option<String>,
    /// 1–9; sets the ability to match.
    pub level: Option<i64>,
    /// 0.70–0.97; null goes back to the learner's own.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f64>)]
    pub desired_retention: Option<Option<f64>>,
    /// No new cards.
    pub paused: Option<bool>,
    /// Out of sight.
    pub archived: Option<bool>,
    /// `mixed`, `reviews_first` or `new_first`.
    pub new_order: Option<String>,
    /// 0–9999; null: no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub new_per_day: Option<Option<i64>>,
    /// 0–9999; null: no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub reviews_per_day: Option<Option<i64>>,
    /// 1–1440; null: no ceiling.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub minutes_per_day: Option<Option<i64>>,
}

/// A day's limit from outside.
fn check_limit(
    check: &mut Check,
    field: &str,
    limit: Option<Option<i64>>,
    bounds: std::ops::RangeInclusive<i64>,
) -> Option<Option<i32>> {
    let limit = limit?;
    if limit.is_some_and(|limit| !bounds.contains(&limit)) {
        let (least, most) = bounds.into_inner();
        let sentence = format!("`{field}` is a whole number from {least} to {most}, or nothing.");
        check.wrong(field, sentence);
        return None;
    }
    Some(limit.and_then(|limit| i32::try_from(limit).ok()))
}

/// Tells a null from a field that was left out.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A level from outside.
fn check_level(check: &mut Check, level: i64) -> Option<Level> {
    let level = u8::try_from(level).ok().and_then(Level::new);
    check.take(
        "level",
        level.ok_or("A level is a whole number from 1 to 9."),
    )
}

impl DeckChangeJson {
    /// Checks every field; the pages' forms come here too.
    pub fn check(self) -> Result<DeckChange> {
        let mut check = Check::default();
        if let Some(title) = &self.title {
            check.length("title", title, MAX_TITLE);
            if title.chars().any(char::is_control) {
                check.wrong("title", "The title holds a control character. Remove it.");
            }
        }
        let level = self.level.and_then(|level| check_level(&mut check, level));
        if let Some(Some(retention)) = self.desired_retention
            && !(0.7..=0.97).contains(&retention)
        {
            check.wrong(
                "desired_retention",
                "Desired retention lies between 0.70 and 0.97.",
            );
        }
        let mix = self.new_order.as_deref().and_then(|name| {
            let mix = Mix::from_name(name).ok_or("Choose mixed, reviews_first or new_first.");
            check.take("new_order", mix)
        });
        let limit = 0..=9_999;
        let new_per_day = check_limit(&mut check, "new_per_day", self.new_per_day, limit.clone());
        let reviews_per_day =
            check_limit(&mut check, "reviews_per_day", self.reviews_per_day, limit);
        let minutes_per_day = check_limit(
            &mut check,
            "minutes_per_day",
            self.minutes_per_day,
            1..=1_440,
        );
        check.done()?;
        Ok(DeckChange {
            mix,
            new_per_day,
            reviews_per_day,
            minutes_per_day,
            title: self.title.map(|title| title.trim().to_owned()),
            level,
            desired_retention: self.desired_retention,
            paused: self.paused,
            archived: self.archived,
        })
    }
}

/// Opens a deck: 201 for a new one, 200 for the one you have.
#[utoipa::path(post, path = "/decks", tag = "decks",
    responses((status = 201, body = DeckJson), (status = 200, body = DeckJson), (status = 422, body = Problem)))]
pub async fn create(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    Learner(user): Learner,
    ApiJson(new): ApiJson<NewDeck>,
) -> Result<(StatusCode, Json<DeckJson>)> {
    let mut check = Check::default();
    let title = check.take("topic", TopicTitle::parse(&new.topic));
    let level = new.level.and_then(|level| check_level(&mut check, level));
    let language = new
        .language
        .and_then(|tag| check.take("language", Language::parse(&tag)));
    check.done()?;
    let title = title.expect("a topic that does not parse was noted");
    let who = user.user_id.to_string();
    limits
        .spend(&study, Limited::Topic, &client, Some(&who))
        .await?;
    let (deck, is_new) = study
        .open_deck(&user, &title, level, language.as_ref())
        .await?;
    let outlook = study.outlook(&user, deck).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(DeckJson::from(&outlook))))
}

/// The learner's decks, oldest first.
#[utoipa::path(get, path = "/decks", tag = "decks", params(("limit" = Option<u8>, Query), ("after" = Option<uuid::Uuid>, Query)),
    responses((status = 200, body = List<DeckJson>)))]
pub async fn list(
    State(study): State<Study>,
    Learner(user): Learner,
    params: Params,
) -> Result<Json<List<DeckJson>>> {
    let page = params.page()?;
    let mut decks = db::decks::list(&study.db, user.user_id, page.after, page.limit + 1).await?;
    let next = cut(&mut decks, page.limit, |deck| deck.deck_id);
    let outlooks = study.outlooks(&user, decks).await?;
    Ok(Json(List {
        items: outlooks.iter().map(DeckJson::from).collect(),
        next,
    }))
}

/// Cuts the one row too many that says whether a list goes on; returns where it does.
pub(super) fn cut<T>(
    rows: &mut Vec<T>,
    limit: i64,
    id: impl Fn(&T) -> uuid::Uuid,
) -> Option<uuid::Uuid> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = rows.len() > limit;
    rows.truncate(limit);
    rows.last().map(id).filter(|_| goes_on)
}

/// One deck.
#[utoipa::path(get, path = "/decks/{id}", tag = "decks", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DeckJson), (status = 404, body = Problem)))]
pub async fn show(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Json<DeckJson>> {
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    describe(&study, &user, deck).await
}

/// Changes a deck.
#[utoipa::path(patch, path = "/decks/{id}", tag = "decks", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DeckJson), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    Learner(user): Learner,
    Id(id): Id,
    ApiJson(change): ApiJson<DeckChangeJson>,
) -> Result<Json<DeckJson>> {
    let change = change.check()?;
    if change.level.is_some() {
        let who = user.user_id.to_string();
        limits
            .spend(&study, Limited::Topic, &client, Some(&who))
            .await?;
    }
    let deck = study
        .change_deck(&user, id, change)
        .await?
        .ok_or(Error::NotFound)?;
    describe(&study, &user, deck).await
}

/// Deletes a deck with its cards.
#[utoipa::path(delete, path = "/decks/{id}", tag = "decks", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn delete(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<StatusCode> {
    let deleted = db::decks::delete(&study.db, user.user_id, id).await?;
    if deleted {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::NotFound)
    }
}

/// Asks for cards again after a failure.
#[utoipa::path(post, path = "/decks/{id}/retry", tag = "decks", params(("id" = uuid::Uuid, Path)),
    responses((status = 202, body = DeckJson), (status = 404, body = Problem)))]
pub async fn retry(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<(StatusCode, Json<DeckJson>)> {
    let who = user.user_id.to_string();
    limits
        .spend(&study, Limited::Topic, &client, Some(&who))
        .await?;
    let deck = study.retry(&user, id).await?.ok_or(Error::NotFound)?;
    Ok((StatusCode::ACCEPTED, describe(&study, &user, deck).await?))
}

async fn describe(study: &Study, user: &User, deck: db::decks::Deck) -> Result<Json<DeckJson>> {
    let outlook = study.outlook(user, deck).await?;
    Ok(Json(DeckJson::from(&outlook)))
}
