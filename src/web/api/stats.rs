//! Statistics.

use axum::Json;
use axum::extract::State;

use crate::db;
use crate::domain::stats::Stats;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::extract::Params;
use crate::web::problem::Problem;
use crate::web::session::Learner;

/// What was studied, what comes and how memory holds, in the learner's own days: of all decks, or of one.
#[utoipa::path(get, path = "/stats", tag = "learner", params(("deck" = Option<uuid::Uuid>, Query)),
    responses((status = 200, body = Stats), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn show(
    State(study): State<Study>,
    Learner(user): Learner,
    params: Params,
) -> Result<Json<Stats>> {
    let deck = match params.text("deck")? {
        None => None,
        Some(text) => {
            let id = text
                .parse()
                .map_err(|_| Error::invalid("deck", "`deck` is the id of one of your decks."))?;
            let deck = db::decks::find(&study.db, user.user_id, id).await?;
            Some(deck.ok_or(Error::NotFound)?)
        }
    };
    Ok(Json(study.stats(&user, deck.as_ref()).await?))
}
