//! Answers and undo by plain forms, for pages without script.

use axum::extract::State;
use axum::response::Redirect;
use uuid::Uuid;

use super::form::{FormFields, see, see_told};
use crate::db::cards::Card;
use crate::domain::scheduler::Rating;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::actions::Among;
use crate::study::answer::Answer;
use crate::study::undo::Undone;
use crate::web::api::reviews::{recorded, restored};
use crate::web::extract::Id;
use crate::web::session::Learner;
use crate::web::words::told::Told;

/// `POST /cards/{id}/reviews`. A form sent twice counts once; one that is too late is told so.
pub async fn review(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let rating = match fields.raw("rating") {
        "again" => Rating::Again,
        "hard" => Rating::Hard,
        "good" => Rating::Good,
        "easy" => Rating::Easy,
        _ => return Err(Error::invalid("rating", "Choose one of the buttons.")),
    };
    let shown_at = fields.number("shown_at").unwrap_or(0);
    let took = study.now().timestamp_millis() - shown_at;
    let answer = Answer {
        review_id: fields.raw("review_id").parse::<Uuid>().map_err(|_| {
            Error::invalid(
                "review_id",
                "The form lacks its number. Open the page again.",
            )
        })?,
        rating,
        duration_ms: if shown_at > 0 {
            u32::try_from(took).ok()
        } else {
            None
        },
        at: None,
        revision: fields
            .number("revision")
            .and_then(|revision| i32::try_from(revision).ok()),
    };
    match recorded(study.answer(&user, id, answer).await?) {
        Ok(recorded) => Ok(see(&desk(&fields, &recorded.card))),
        // Deleted elsewhere meanwhile: the rest can be studied all the same.
        Err(Error::NotFound) if fields.has("back") => {
            Ok(see(&format!("{}?gone=1", fields.back("/decks"))))
        }
        Err(Error::Conflict(..)) => {
            // An answer stands already: going on is all that is left to do.
            let card = crate::db::cards::find(&study.db, user.user_id, id)
                .await?
                .ok_or(Error::NotFound)?;
            Ok(see(&format!("{}?stale=1", desk(&fields, &card))))
        }
        Err(error) => Err(error),
    }
}

/// `POST /cards/{id}/undo`.
pub async fn undo(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let card = restored(study.undo(&user, id).await?)?;
    Ok(see(&desk(&fields, &card)))
}

fn desk(fields: &FormFields, card: &Card) -> String {
    fields.back(&format!("/decks/{}/study", card.deck_id))
}

/// `POST /undo`: takes back the latest answer or action, of the card or in the deck that the form names, or in all.
pub async fn undo_latest(
    State(study): State<Study>,
    Learner(user): Learner,
    fields: FormFields,
) -> Result<Redirect> {
    let among = match (fields.raw("card").parse(), fields.raw("deck").parse()) {
        (Ok(card_id), _) => Among::Card(card_id),
        (_, Ok(deck_id)) => Among::Deck(deck_id),
        _ => Among::All,
    };
    Ok(match study.undo_latest(&user, among).await? {
        Undone::Restored(card) => see_told(&desk(&fields, &card), Told::Undone),
        Undone::NoCard | Undone::NothingToUndo => {
            see_told(&fields.back("/decks"), Told::NothingToUndo)
        }
    })
}
