//! Cramming by plain forms: what to cram, then card after card, each known or not. Nothing of it is kept in the schedule.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{FormFields, see};
use super::views::Shell;
use crate::db;
use crate::domain::ids::{CardId, DeckId};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::cram::CramOf;
use crate::web::extract::Params;
use crate::web::render::{CardHtml, render_card};
use crate::web::session::Learner;

/// `/cram`: which cards.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/cram_choose.html")]
pub struct CramChoicePage {
    /// Around the page.
    pub shell: Shell,
    /// The deck whose cards it is about; all if none.
    pub deck_id: Option<DeckId>,
    /// The learner's decks.
    pub decks: Vec<(DeckId, String)>,
    /// What was chosen before.
    pub of: String,
    /// As typed.
    pub tag: String,
    /// Why it did not begin.
    pub problem: Option<String>,
}

impl CramChoicePage {
    /// What a cram may be of, as the form names it, and in words.
    pub fn choices(&self) -> [(&'static str, &'static str); 5] {
        let say = &self.shell.words().cram;
        [
            ("soon", say.soon),
            ("missed", say.missed),
            ("flagged", say.flagged),
            ("leeches", say.leeches),
            ("all", say.all),
        ]
    }

    /// Whether this deck is chosen.
    pub fn is_chosen(&self, deck_id: &DeckId) -> bool {
        self.deck_id.as_ref() == Some(deck_id)
    }
}

/// `/cram/now`: the card on the desk, or the end.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/cram.html")]
pub struct CramPage {
    /// Around the page.
    pub shell: Shell,
    /// The card, if any is left.
    pub card: Option<(CardId, CardHtml)>,
    /// Its answer is shown.
    pub is_revealed: bool,
    /// How many are left, this one too.
    pub left: usize,
    /// How many it began with.
    pub asked: i32,
    /// Where one goes from here.
    pub back: String,
}

async fn choice_page(
    study: &Study,
    shell: Shell,
    learner: &Learner,
    deck_id: Option<DeckId>,
) -> Result<CramChoicePage> {
    let decks = db::decks::active(&study.db, learner.0.user_id).await?;
    if deck_id.is_some_and(|id| decks.iter().all(|deck| deck.deck_id != id)) {
        return Err(Error::NotFound);
    }
    let decks = decks.into_iter().map(|deck| (deck.deck_id, deck.title));
    Ok(CramChoicePage {
        shell,
        deck_id,
        decks: decks.collect(),
        of: "soon".into(),
        tag: String::new(),
        problem: None,
    })
}

/// `GET /cram?deck=`.
pub async fn choose(
    State(study): State<Study>,
    shell: Shell,
    learner: Learner,
    params: Params,
) -> Result<CramChoicePage> {
    let deck_id = params.text("deck")?.and_then(|id| id.parse().ok());
    choice_page(&study, shell, &learner, deck_id).await
}

/// `POST /cram`.
pub async fn begin(
    State(study): State<Study>,
    shell: Shell,
    learner: Learner,
    fields: FormFields,
) -> Result<Response> {
    let deck_id: Option<DeckId> = fields.raw("deck").parse().ok();
    let page = choice_page(&study, shell, &learner, deck_id).await?;
    let tag = fields.text("tag")?;
    let say = &shell.words().cram;
    let problem = match CramOf::from_name(fields.raw("of"), &tag) {
        None => say.choose_first,
        Some(of) => match study.begin_cram(&learner.0, deck_id, &of).await? {
            0 => say.no_such_card,
            _ => return Ok(see("/cram/now").into_response()),
        },
    };
    let page = CramChoicePage {
        of: fields.raw("of").to_owned(),
        tag,
        problem: Some(problem.into()),
        ..page
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `GET /cram/now?show=answer`. Cards that were deleted meanwhile are passed over.
pub async fn show(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    params: Params,
) -> Result<Response> {
    let Some(mut cram) = db::crams::find(&study.db, user.user_id).await? else {
        // None was begun, or another tab ended it: the page where one begins.
        return Ok(Redirect::to("/cram").into_response());
    };
    let mut card = None;
    while let (None, Some(card_id)) = (&card, cram.card_ids.first().copied()) {
        card = db::cards::find(&study.db, user.user_id, card_id).await?;
        if card.is_none() {
            db::crams::pass(&study.db, user.user_id, card_id, true).await?;
            cram.card_ids.remove(0);
        }
    }
    let page = CramPage {
        shell,
        card: card.map(|card| (card.card_id, render_card(&card))),
        is_revealed: params.text("show")? == Some("answer"),
        left: cram.card_ids.len(),
        asked: cram.asked,
        back: match cram.deck_id {
            Some(deck_id) => format!("/decks/{deck_id}/study"),
            None => "/decks".into(),
        },
    };
    Ok(page.into_response())
}

/// `POST /cram/now`: known, or again later.
pub async fn pass(
    State(study): State<Study>,
    Learner(user): Learner,
    fields: FormFields,
) -> Result<Redirect> {
    if let Ok(card_id) = fields.raw("card").parse() {
        let was_known = fields.is_on("known");
        db::crams::pass(&study.db, user.user_id, card_id, was_known).await?;
    }
    Ok(see("/cram/now"))
}
