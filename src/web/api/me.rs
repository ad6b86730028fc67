//! The learner: who they are, and how their days are cut.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db;
use crate::db::users::User;
use crate::domain::plan::Plan;
use crate::error::Result;
use crate::study::Study;
use crate::web::extract::{ApiJson, Check};
use crate::web::limits::{Client, Limited, Limits};
use crate::web::problem::Problem;
use crate::web::session::Learner;

/// A learner as the contract has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserJson {
    id: uuid::Uuid,
    kind: String,
    #[schema(required)]
    email: Option<String>,
    #[schema(value_type = String)]
    plan: Plan,
    time_zone: String,
    rollover_hour: i16,
    buttons: i16,
    desired_retention: f64,
    new_cards: NewCardsJson,
}

/// New cards of the learner's day.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewCardsJson {
    /// Null: no limit.
    #[schema(required)]
    allowed: Option<u32>,
    used: u32,
    /// When the next day begins.
    #[schema(required)]
    resets_at: Option<DateTime<Utc>>,
}

/// A guest's token, shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewGuestJson {
    token: String,
    user: UserJson,
}

/// Nothing is asked of a guest.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGuest {}

/// What a learner may set; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// An IANA name; counts from the next day.
    pub time_zone: Option<String>,
    /// 0–23; counts from the next day.
    pub rollover_hour: Option<i64>,
    /// 3 or 4.
    pub buttons: Option<i64>,
    /// 0.70–0.97.
    pub desired_retention: Option<f64>,
}

impl UserJson {
    async fn of(study: &Study, user: &User) -> Result<UserJson> {
        let plan = study.plan(user);
        let new_cards = NewCardsJson {
            allowed: study.new_cards(user),
            used: study.new_cards_used(&study.db, user).await?,
            resets_at: study.resets_at(user),
        };
        Ok(UserJson {
            id: user.user_id,
            kind: user.kind.clone(),
            email: user.email.clone(),
            plan,
            time_zone: user.time_zone.clone(),
            rollover_hour: user.rollover_hour,
            buttons: user.buttons,
            desired_retention: user.desired_retention,
            new_cards,
        })
    }
}

/// Begins as a guest; sets no cookie.
#[utoipa::path(post, path = "/guests", tag = "learner", security(()),
    responses((status = 201, body = NewGuestJson), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn create_guest(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    ApiJson(NewGuest {}): ApiJson<NewGuest>,
) -> Result<(StatusCode, Json<NewGuestJson>)> {
    limits.spend(&study, Limited::Guest, &client, None).await?;
    let user = study.begin_guest(Tz::UTC).await?;
    let secret = study.new_secret();
    let token = db::tokens::Token {
        token_id: study.new_id(),
        user_id: user.user_id,
        name: "First token".into(),
        scope: "write".into(),
        created_at: study.now(),
        last_used_at: None,
    };
    db::tokens::insert(&study.db, &token, &secret.hash()).await?;
    let user = UserJson::of(&study, &user).await?;
    let token = secret.expose().to_owned();
    Ok((StatusCode::CREATED, Json(NewGuestJson { token, user })))
}

/// Who is asking.
#[utoipa::path(get, path = "/me", tag = "learner", responses((status = 200, body = UserJson), (status = 401, body = Problem)))]
pub async fn show(State(study): State<Study>, Learner(user): Learner) -> Result<Json<UserJson>> {
    UserJson::of(&study, &user).await.map(Json)
}

/// Changes settings.
#[utoipa::path(patch, path = "/me", tag = "learner",
    responses((status = 200, body = UserJson), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(study): State<Study>,
    Learner(user): Learner,
    ApiJson(change): ApiJson<UserChange>,
) -> Result<Json<UserJson>> {
    let user = apply(&study, user, &change).await?;
    UserJson::of(&study, &user).await.map(Json)
}

/// Checks and writes settings; the pages' form comes here too.
pub async fn apply(study: &Study, mut user: User, change: &UserChange) -> Result<User> {
    let mut check = Check::default();
    let zone = change.time_zone.as_deref().and_then(|name| {
        let zone = name
            .parse::<Tz>()
            .map_err(|_| "Choose a time zone by its IANA name, like Europe/Vienna.");
        check.take("time_zone", zone)
    });
    let hour = change.rollover_hour.and_then(|hour| {
        let hour = i16::try_from(hour)
            .ok()
            .filter(|hour| (0..=23).contains(hour));
        check.take(
            "rollover_hour",
            hour.ok_or("The day begins at a whole hour from 0 to 23."),
        )
    });
    match change.buttons {
        None => {}
        Some(3) => user.buttons = 3,
        Some(4) => user.buttons = 4,
        Some(_) => check.wrong("buttons", "There are 3 answer buttons, or 4."),
    }
    match change.desired_retention {
        None => {}
        Some(retention) if (0.7..=0.97).contains(&retention) => user.desired_retention = retention,
        Some(_) => check.wrong(
            "desired_retention",
            "Desired retention lies between 0.70 and 0.97.",
        ),
    }
    check.done()?;
    let now = study.now();
    if zone.is_some() || hour.is_some() {
        let today = user.study_days(now);
        user.day_time_zone = today.time_zone.name().into();
        user.day_rollover_hour = i16::from(today.rollover_hour);
        user.day_zone_until = today.next_start(now);
    }
    if let Some(zone) = zone {
        user.time_zone = zone.name().into();
    }
    if let Some(hour) = hour {
        user.rollover_hour = hour;
    }
    db::users::update_settings(&study.db, &user).await?;
    Ok(user)
}
