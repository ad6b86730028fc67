//! The first page: a line of promise, a field, and the decks one has.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;

use super::decks;
use super::form::{FormFields, see};
use super::views::{DeckRow, Shell};
use crate::domain::prompt::Prompt;
use crate::domain::supply;
use crate::domain::topic::TopicTitle;
use crate::error::Result;
use crate::study::Study;
use crate::study::decks::START_LEVEL;
use crate::web::LocalDesk;
use crate::web::limits::{Client, Limited, Limits};
use crate::web::session::{Browser, Learner};

/// `/`, and the answer to a topic that cannot be one.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/home.html")]
pub struct HomePage {
    /// Around the page.
    pub shell: Shell,
    /// What was typed, kept when it was refused.
    pub topic: String,
    /// Why it was refused.
    pub problem: Option<String>,
    /// Decks that are not archived.
    pub decks: Vec<DeckRow>,
}

impl HomePage {
    /// Three topics to press that show what may be typed; chosen wide apart.
    pub fn examples(&self) -> [&'static str; 3] {
        let words = &self.shell.words().home;
        [words.history, words.immune_system, words.joins]
    }
}

/// `GET /`.
pub async fn show(
    State(study): State<Study>,
    State(local): State<LocalDesk>,
    shell: Shell,
    learner: Option<Learner>,
) -> Result<HomePage> {
    // Loaded while the topic is being typed, the built-in model has its first card as soon as any other.
    if let Some(models) = &local.models {
        models.warm(Prompt::before_the_topic(START_LEVEL, supply::BATCH.into()));
    }
    page(&study, shell, learner.as_ref()).await
}

async fn page(study: &Study, shell: Shell, learner: Option<&Learner>) -> Result<HomePage> {
    let decks = match learner {
        Some(Learner(user)) => decks::rows(study, user, shell.words()).await?,
        None => Vec::new(),
    };
    let decks = decks.into_iter().filter(|deck| !deck.archived).collect();
    Ok(HomePage {
        shell,
        topic: String::new(),
        problem: None,
        decks,
    })
}

/// `POST /decks`: opens a deck; whoever is nobody yet begins as a guest, in the time zone the page found out.
pub async fn begin(
    State(study): State<Study>,
    shell: Shell,
    State(limits): State<Limits>,
    client: Client,
    browser: Browser,
    learner: Option<Learner>,
    fields: FormFields,
) -> Result<Response> {
    let title = match TopicTitle::parse(fields.raw("topic")) {
        Ok(title) => title,
        Err(problem) => {
            let page = HomePage {
                topic: fields.raw("topic").to_owned(),
                problem: Some((shell.words().deck.refusal)(&problem.to_string())),
                ..page(&study, shell, learner.as_ref()).await?
            };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let is_new = learner.is_none();
    let user = match learner {
        Some(Learner(user)) => user,
        None => {
            limits.spend(&study, Limited::Guest, &client, None).await?;
            let time_zone: Tz = fields.raw("time_zone").parse().unwrap_or(Tz::UTC);
            let user = study.begin_guest(time_zone).await?;
            browser.sign_in(&study, &user).await?;
            user
        }
    };
    let who = user.user_id.to_string();
    limits
        .spend(&study, Limited::Topic, &client, Some(&who))
        .await?;
    let (deck, _) = study.open_deck(&user, &title, None, None).await?;
    let hints = if is_new { "?hints=1" } else { "" };
    Ok(see(&format!("/decks/{}/study{hints}", deck.deck_id)).into_response())
}
