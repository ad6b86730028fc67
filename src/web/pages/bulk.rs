//! What is done to many cards at once: `POST /cards/bulk`, from the list's form.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::browse::BrowseQuery;
use super::form::{local_path, see};
use super::views::Shell;
use crate::domain::ids::CardId;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::browse::BulkAction;
use crate::web::api::cards::{MAX_TAG, MAX_TAGS};
use crate::web::extract::FormPairs;
use crate::web::session::Learner;

/// Furthest day to which cards may be moved: ten years.
const FURTHEST_DAY: u32 = 3_650;

/// The question before many cards are deleted.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/bulk_delete.html")]
pub struct BulkDeletePage {
    /// Around the page.
    pub shell: Shell,
    /// The cards.
    pub cards: Vec<CardId>,
    /// The way back.
    pub back: String,
}

/// `POST /cards/bulk`: `card` for each chosen card, or `all` for every card of the view in `back`; `action`, and what
/// it needs.
pub async fn change(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    form: FormPairs,
) -> Result<Response> {
    let back = local_path(form.first("back")).unwrap_or("/cards");
    let name = form.first("action");
    let action = action(name, &form)?;
    let cards: Vec<CardId> = if form.first("all") == "true" {
        let (filter, _) = view(back)?.parse();
        study.matching(&user, &filter).await?
    } else {
        form.all("card")
            .filter_map(|text| text.parse().ok())
            .collect()
    };
    if cards.is_empty() {
        return Err(Error::invalid(
            "card",
            "No card was chosen. Go back and tick the cards you mean.",
        ));
    }
    if action == BulkAction::Delete && form.first("confirmed") != "true" {
        let back = back.to_owned();
        return Ok(BulkDeletePage { shell, cards, back }.into_response());
    }
    let action_id = study.new_id();
    let count = study.change_many(&user, &cards, &action, action_id).await?;
    let undo = if count == 0 {
        String::new()
    } else {
        format!("&undo={action_id}")
    };
    Ok(see(&format!("{}{undo}", told(back, name, count))).into_response())
}

/// `POST /cards/bulk/undo`: takes back what was done to many cards.
pub async fn undo(
    State(study): State<Study>,
    Learner(user): Learner,
    form: FormPairs,
) -> Result<Redirect> {
    let back = local_path(form.first("back")).unwrap_or("/cards");
    let count = match form.first("action_id").parse() {
        Ok(action_id) => study.undo_many(&user, action_id).await?,
        Err(_) => 0,
    };
    Ok(see(&told(back, "undo", count)))
}

/// The list's address with a word on what was done.
fn told(back: &str, name: &str, count: usize) -> String {
    let joint = if back.contains('?') { '&' } else { '?' };
    format!("{back}{joint}did={name}.{count}")
}

fn action(name: &str, form: &FormPairs) -> Result<BulkAction> {
    let tag = || {
        let tag = form.first("tag").trim();
        if tag.is_empty() || tag.chars().count() > MAX_TAG || tag.contains('\0') {
            let sentence = format!("Write a tag of at most {MAX_TAG} characters, then choose.");
            return Err(Error::invalid("tag", sentence));
        }
        Ok(tag.to_owned())
    };
    Ok(match name {
        "suspend" => BulkAction::Suspend(true),
        "resume" => BulkAction::Suspend(false),
        "flag" => BulkAction::Flag(true),
        "unflag" => BulkAction::Flag(false),
        "tag" => BulkAction::AddTag(tag()?, MAX_TAGS as i32),
        "untag" => BulkAction::RemoveTag(tag()?),
        "delete" => BulkAction::Delete,
        "reset" => BulkAction::Reset,
        "due" => {
            let days = form.first("days").trim().parse().ok();
            let days = days.filter(|days| *days <= FURTHEST_DAY).ok_or_else(|| {
                let sentence = format!("Write in how many days, 0 to {FURTHEST_DAY}: 0 is today.");
                Error::invalid("days", sentence)
            })?;
            BulkAction::MoveDue(days)
        }
        _ => {
            return Err(Error::invalid(
                "action",
                "Choose what is to be done with the cards.",
            ));
        }
    })
}

/// The view that an address of the list shows.
fn view(address: &str) -> Result<BrowseQuery> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|_| Error::Malformed("The address of the list could not be read.".into()))?;
    BrowseQuery::read(|name| {
        let found = pairs.iter().find(|(known, _)| known == name);
        Ok(found
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
            .replace('\0', ""))
    })
}
