//! A deck's settings, its level by hand, and another try: what a learner changes about a deck.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{FormFields, see, see_told};
use super::views::{DeckRow, LevelView, Shell};
use crate::db;
use crate::db::decks::Deck;
use crate::db::steers::SteerRow;
use crate::db::users::User;
use crate::domain::ids::DeckId;
use crate::domain::language::{self, Language};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::deck_wishes::LanguageChange;
use crate::web::api::decks::DeckChangeJson;
use crate::web::extract::Id;
use crate::web::limits::{Client, Limited, Limits};
use crate::web::session::Learner;
use crate::web::words::Words;
use crate::web::words::told::Told;

/// `/decks/{id}/settings`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/deck_settings.html")]
pub struct DeckSettingsPage {
    /// Around the page.
    pub shell: Shell,
    /// The deck.
    pub deck: DeckRow,
    /// As typed; differs from the deck's when it was refused.
    pub title: String,
    /// No new cards are written.
    pub paused: bool,
    /// How it is studied, as typed.
    pub plan: DeckPlan,
    /// What the new cards of a day will cost, in words.
    pub forecast: String,
    /// What new cards are to be about: in words, and of what.
    pub steers: Vec<(&'static str, String)>,
    /// Why the form was refused.
    pub problem: Option<String>,
}

/// How a deck is studied, as a form has it: empty is no limit.
#[derive(Debug, Clone, Default)]
pub struct DeckPlan {
    /// New cards a day.
    pub new_per_day: String,
    /// Reviews a day.
    pub reviews_per_day: String,
    /// Minutes a day.
    pub minutes_per_day: String,
    /// See `domain::queue::Mix`.
    pub new_order: String,
    /// A tag; empty for the topic's own.
    pub language: String,
}

impl DeckPlan {
    fn of(deck: &Deck) -> DeckPlan {
        let typed = |limit: Option<i32>| limit.map_or_else(String::new, |limit| limit.to_string());
        DeckPlan {
            new_per_day: typed(deck.new_per_day),
            reviews_per_day: typed(deck.reviews_per_day),
            minutes_per_day: typed(deck.minutes_per_day),
            new_order: deck.new_order.clone(),
            language: deck.language.clone(),
        }
    }

    fn typed(fields: &FormFields) -> DeckPlan {
        let raw = |name: &str| fields.raw(name).to_owned();
        DeckPlan {
            new_per_day: raw("new_per_day"),
            reviews_per_day: raw("reviews_per_day"),
            minutes_per_day: raw("minutes_per_day"),
            new_order: raw("new_order"),
            language: raw("language"),
        }
    }
}

impl DeckSettingsPage {
    /// The choices of the level field.
    pub fn levels(&self) -> [LevelView; 9] {
        LevelView::all(self.shell.words())
    }

    /// The choices of the order, as it is stored, and in words.
    pub fn orders(&self) -> [(&'static str, &'static str); 3] {
        let words = &self.shell.words().deck_settings;
        [
            ("mixed", words.mixed),
            ("reviews_first", words.reviews_first),
            ("new_first", words.new_first),
        ]
    }

    /// Languages to choose from by name; any other tag can be typed.
    pub fn languages(&self) -> &'static [(&'static str, &'static str)] {
        language::NAMES
    }
}

fn steer_words(row: SteerRow, words: &Words) -> (&'static str, String) {
    let words = &words.deck_settings;
    let wish = match row.wish.as_str() {
        "more" => words.more_of,
        "less" => words.less_of,
        _ => words.never_of,
    };
    (wish, row.words)
}

/// New cards a day that a forecast tells of where the learner set no limit.
const USUAL_NEW_PER_DAY: u32 = 20;

async fn forecast(study: &Study, user: &User, deck: &Deck, words: &Words) -> Result<String> {
    let new_per_day = deck.limits().new.unwrap_or(USUAL_NEW_PER_DAY);
    let forecast = study.forecast(user, deck, new_per_day).await?;
    Ok((words.deck.forecast)(new_per_day, forecast.in_two_weeks))
}

/// A limit as typed: empty is none, what is no number is out of bounds.
fn limit(fields: &FormFields, name: &str) -> Option<i64> {
    let typed = fields.raw(name).trim();
    (!typed.is_empty()).then(|| typed.parse().unwrap_or(-1))
}

async fn settings_page(
    study: &Study,
    shell: Shell,
    user: &User,
    id: DeckId,
) -> Result<DeckSettingsPage> {
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let outlook = study.outlook(user, deck).await?;
    let paused = outlook.deck.paused_at.is_some();
    let steers = db::steers::of_deck(&study.db, user.user_id, id).await?;
    let words = shell.words();
    let steers = steers.into_iter().map(|row| steer_words(row, words));
    Ok(DeckSettingsPage {
        shell,
        title: outlook.deck.title.clone(),
        deck: DeckRow::of(&outlook, words),
        paused,
        plan: DeckPlan::of(&outlook.deck),
        forecast: forecast(study, user, &outlook.deck, words).await?,
        steers: steers.collect(),
        problem: None,
    })
}

/// `GET /decks/{id}/settings`.
pub async fn settings(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<DeckSettingsPage> {
    settings_page(&study, shell, &user, id).await
}

/// `POST /decks/{id}/settings`: the whole form, or a button with one field of it.
pub async fn change(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Response> {
    // A box that is not ticked is not sent: only the form that has the title has the boxes too.
    let is_whole = fields.has("title");
    let now = settings_page(&study, shell, &user, id).await?;
    let level = fields
        .number("level")
        .filter(|&level| level != i64::from(now.deck.level.number));
    let change = DeckChangeJson {
        title: is_whole.then(|| fields.text("title")).transpose()?,
        level,
        paused: (is_whole || fields.has("paused")).then(|| fields.is_on("paused")),
        archived: (is_whole || fields.has("archived")).then(|| fields.is_on("archived")),
        new_order: fields
            .has("new_order")
            .then(|| fields.raw("new_order").to_owned()),
        new_per_day: fields
            .has("new_per_day")
            .then(|| limit(&fields, "new_per_day")),
        reviews_per_day: fields
            .has("reviews_per_day")
            .then(|| limit(&fields, "reviews_per_day")),
        minutes_per_day: fields
            .has("minutes_per_day")
            .then(|| limit(&fields, "minutes_per_day")),
        ..DeckChangeJson::default()
    };
    let checked = match change.check() {
        Ok(change) => {
            let orders = Orders {
                limits: &limits,
                client: &client,
            };
            if change.level.is_some() {
                orders.spend(&study, &user).await?;
            }
            set_language(&study, &orders, &user, id, &fields)
                .await
                .map(|()| change)
        }
        Err(problem) => Err(problem),
    };
    match checked {
        Ok(change) => {
            study
                .change_deck(&user, id, change)
                .await?
                .ok_or(Error::NotFound)?;
            let next = if fields.is_on("archived") {
                see_told("/decks", Told::Archived)
            } else {
                see_told(&format!("/decks/{id}/study"), Told::Saved)
            };
            Ok(next.into_response())
        }
        Err(problem @ Error::Invalid(_)) => {
            let page = DeckSettingsPage {
                title: fields.raw("title").to_owned(),
                plan: DeckPlan::typed(&fields),
                paused: fields.is_on("paused"),
                problem: Some(shell.words().refused(&problem)),
                ..now
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}

/// What bounds a change after which cards are written that were not wanted before.
struct Orders<'a> {
    limits: &'a Limits,
    client: &'a Client,
}

impl Orders<'_> {
    async fn spend(&self, study: &Study, user: &User) -> Result<()> {
        let who = user.user_id.to_string();
        self.limits
            .spend(study, Limited::Topic, self.client, Some(&who))
            .await
    }
}

/// Takes the form's language where it differs from the deck's.
async fn set_language(
    study: &Study,
    orders: &Orders<'_>,
    user: &User,
    id: DeckId,
    fields: &FormFields,
) -> Result<()> {
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let typed = fields.raw("language").trim();
    if !fields.has("language") || typed == deck.language {
        return Ok(());
    }
    let language = if typed.is_empty() {
        None
    } else {
        let parsed = Language::typed(typed);
        Some(parsed.map_err(|error| Error::invalid("language", error.to_string()))?)
    };
    orders.spend(study, user).await?;
    match study.set_language(user, id, language.as_ref()).await? {
        LanguageChange::Changed(_) => Ok(()),
        LanguageChange::NoDeck => Err(Error::invalid(
            "language",
            "No cards are written for this deck, so there is no language to choose.",
        )),
        LanguageChange::Taken(_) => Err(Error::invalid(
            "language",
            "You have a deck of this topic in that language already. Study it there.",
        )),
    }
}

/// `POST /decks/{id}/level`: by hand.
pub async fn set_level(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let orders = Orders {
        limits: &limits,
        client: &client,
    };
    orders.spend(&study, &user).await?;
    let level = fields
        .number("level")
        .ok_or_else(|| Error::invalid("level", "A level is a whole number from 1 to 9."))?;
    let change = DeckChangeJson {
        level: Some(level),
        ..DeckChangeJson::default()
    }
    .check()?;
    study
        .change_deck(&user, id, change)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(see(&format!("/decks/{id}/study")))
}

/// `POST /decks/{id}/retry`: asks the model again after a failure.
pub async fn retry(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<Redirect> {
    let orders = Orders {
        limits: &limits,
        client: &client,
    };
    orders.spend(&study, &user).await?;
    study.retry(&user, id).await?.ok_or(Error::NotFound)?;
    Ok(see(&format!("/decks/{id}/study")))
}
