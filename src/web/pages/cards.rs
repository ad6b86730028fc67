//! One card of a list: the buttons that put it aside, mark or delete it.

use axum::extract::State;
use axum::response::Redirect;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::decks::ConfirmPage;
use super::form::{FormFields, local_path, see_told};
use super::views::Shell;
use crate::db;
use crate::db::cards::Card;
use crate::db::users::User;
use crate::domain::ids::CardId;
use crate::domain::scheduler::CardState;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::cards::CardChange;
use crate::web::extract::{Id, Params};
use crate::web::session::Learner;
use crate::web::words::Words;
use crate::web::words::told::Told;

/// When a card comes back, in a word or two.
pub(super) fn when(card: &Card, now: DateTime<Utc>, words: &Words) -> String {
    let say = &words.cards;
    match card.due_at {
        _ if card.suspended => say.is_suspended.into(),
        None => say.is_new.into(),
        Some(due_at) if card.state() == CardState::New && due_at <= now => say.is_new.into(),
        Some(due_at) if due_at <= now => say.is_due.into(),
        Some(due_at) => {
            let seconds = (due_at - now).num_seconds().unsigned_abs();
            (words.card.comes_in)(seconds)
        }
    }
}

/// The learner's card, or 404.
pub(super) async fn find(study: &Study, user: &User, id: CardId) -> Result<Card> {
    db::cards::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)
}

/// Where a card is studied.
pub(super) fn desk_of(card: &Card) -> String {
    format!("/decks/{}/study", card.deck_id)
}

/// Where the link to a form came from, if it says so.
pub(super) fn origin(params: &Params, card: &Card) -> Result<String> {
    let named = params.text("back")?.and_then(local_path);
    Ok(named.map_or_else(|| desk_of(card), ToOwned::to_owned))
}

/// The action's id as the script made it, so that it can name it when it takes it back; without script a new one.
pub(super) fn action_id(study: &Study, fields: &FormFields) -> Uuid {
    let named = fields.raw("action_id").parse();
    named.unwrap_or_else(|_| study.new_id())
}

pub(super) async fn put(
    study: &Study,
    user: &User,
    id: CardId,
    fields: &FormFields,
    change: CardChange,
) -> Result<Redirect> {
    let told = told_of(&change);
    let card = study
        .change_card(user, id, change, action_id(study, fields))
        .await?
        .ok_or(Error::NotFound)?;
    Ok(see_told(&fields.back(&desk_of(&card)), told))
}

fn told_of(change: &CardChange) -> Told {
    match (
        change.suspended,
        change.flagged,
        change.buried,
        change.due_at,
    ) {
        (_, _, _, Some(_)) => Told::Due,
        (Some(true), ..) => Told::Suspended,
        (Some(false), ..) => Told::Resumed,
        (_, Some(true), ..) => Told::Flagged,
        (_, Some(false), ..) => Told::Unflagged,
        (_, _, Some(true), _) => Told::Buried,
        (_, _, Some(false), _) => Told::Unburied,
        _ => Told::Saved,
    }
}

/// `POST /cards/{id}/suspend`: out of study, or back in.
pub async fn suspend(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let change = CardChange {
        suspended: Some(fields.is_on("suspended")),
        ..CardChange::default()
    };
    put(&study, &user, id, &fields, change).await
}

/// `POST /cards/{id}/flag`: marked, or not.
pub async fn flag(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let change = CardChange {
        flagged: Some(fields.is_on("flagged")),
        ..CardChange::default()
    };
    put(&study, &user, id, &fields, change).await
}

/// `GET /cards/{id}/delete`: asks first.
pub async fn ask_delete(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<ConfirmPage> {
    let card = find(&study, &user, id).await?;
    let words = &shell.words().card_forms;
    Ok(ConfirmPage {
        shell,
        title: words.delete.into(),
        detail: card.question.clone(),
        verb: words.delete_button.into(),
        action: format!("/cards/{id}/delete"),
        back: origin(&params, &card)?,
    })
}

/// `POST /cards/{id}/delete`.
pub async fn delete(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let card = find(&study, &user, id).await?;
    let deleted = study
        .delete_card(&user, id, action_id(&study, &fields))
        .await?;
    if deleted {
        Ok(see_told(&fields.back(&desk_of(&card)), Told::Deleted))
    } else {
        Err(Error::NotFound)
    }
}
