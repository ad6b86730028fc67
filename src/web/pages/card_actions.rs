//! The buttons of one card by plain forms: bury, due date, reset, another wording.

use axum::extract::State;
use axum::response::Redirect;
use chrono::NaiveDate;

use super::cards::{action_id, find, put};
use super::form::{FormFields, see, see_told};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::cards::CardChange;
use crate::web::extract::Id;
use crate::web::limits::{Client, Limited, Limits};
use crate::web::session::Learner;
use crate::web::words::told::Told;

/// Further off nobody plans, and days are counted with room to spare.
const FURTHEST_DAYS: i64 = 36_500;

/// `POST /cards/{id}/bury`: put off until the learner's next day, or not.
pub async fn bury(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let change = CardChange {
        buried: Some(fields.is_on("buried")),
        ..CardChange::default()
    };
    put(&study, &user, id, &fields, change).await
}

/// `POST /cards/{id}/due`: on a day of the learner's, from its beginning.
pub async fn set_due(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    let sentence = "Name a day from today to a hundred years from now, such as 2027-03-01.";
    let wrong = || Error::invalid("due", sentence);
    let day: NaiveDate = fields.raw("due").trim().parse().map_err(|_| wrong())?;
    let days = user.study_days(study.now());
    let ahead = (day - days.day_of(study.now())).num_days();
    if !(0..=FURTHEST_DAYS).contains(&ahead) {
        return Err(wrong());
    }
    let change = CardChange {
        due_at: Some(days.start_of(day)),
        ..CardChange::default()
    };
    put(&study, &user, id, &fields, change).await
}

/// `POST /cards/{id}/reset`: back to new.
pub async fn reset(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    study
        .reset_card(&user, id, action_id(&study, &fields))
        .await?
        .ok_or(Error::NotFound)?;
    Ok(see_told(&fields.back(&format!("/cards/{id}")), Told::Reset))
}

/// `POST /cards/{id}/keep`: the learner has read what is said of the card and keeps it as it is.
pub async fn keep(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    study
        .read_warning(&user, id)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(see(&fields.back(&format!("/cards/{id}"))))
}

/// `POST /cards/{id}/rephrase`: asks for another wording, takes the proposed one, or leaves the card as it is.
pub async fn rephrase(
    State(study): State<Study>,
    State(limits): State<Limits>,
    client: Client,
    Learner(user): Learner,
    Id(id): Id,
    fields: FormFields,
) -> Result<Redirect> {
    find(&study, &user, id).await?;
    match fields.raw("act") {
        "ask" => {
            let who = user.user_id.to_string();
            limits
                .spend(&study, Limited::Rephrasing, &client, Some(&who))
                .await?;
            study.ask_rephrasing(&user, id).await?
        }
        "accept" => study.take_rephrasing(&user, id).await?,
        "refuse" => study.refuse_rephrasing(&user, id).await?,
        _ => return Err(Error::invalid("act", "Choose one of the buttons.")),
    };
    Ok(see(&fields.back(&format!("/cards/{id}"))))
}
