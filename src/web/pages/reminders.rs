//! Reminders by e-mail: the form that turns them on, and the link of a mail that turns them off without signing in.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::response::Redirect;

use super::form::{FormFields, see};
use super::views::Shell;
use crate::db;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::extract::Params;
use crate::web::session::Learner;

/// The hour that is offered first: after work, before dinner.
const USUAL_HOUR: u8 = 18;

/// `/reminders`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/reminders.html")]
pub struct RemindersPage {
    /// Around the page.
    pub shell: Shell,
    /// Where mails would go; guests have no address.
    pub email: Option<String>,
    /// Whether the address was proved; to others nothing is sent.
    pub is_proved: bool,
    /// Whether they are on.
    pub is_on: bool,
    /// 0–23.
    pub hour: u8,
    /// The form was just saved.
    pub is_saved: bool,
}

/// `/reminders/stop/{token}`: before and after.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/reminders_stop.html")]
pub struct StopPage {
    /// Around the page.
    pub shell: Shell,
    /// From the link.
    pub token: String,
    /// They are off now.
    pub is_done: bool,
}

/// `GET /reminders`.
pub async fn show(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    params: Params,
) -> Result<RemindersPage> {
    let reminder = db::reminders::find(&study.db, user.user_id).await?;
    let hour = reminder
        .as_ref()
        .and_then(|reminder| u8::try_from(reminder.hour).ok());
    Ok(RemindersPage {
        shell,
        is_proved: user.email_verified_at.is_some(),
        email: user.email,
        is_on: reminder.is_some(),
        hour: hour.unwrap_or(USUAL_HOUR),
        is_saved: params.text("saved")?.is_some(),
    })
}

/// `POST /reminders`.
pub async fn change(
    State(study): State<Study>,
    Learner(user): Learner,
    fields: FormFields,
) -> Result<Redirect> {
    let hour = if fields.is_on("on") {
        let hour = fields
            .number("hour")
            .and_then(|hour| u8::try_from(hour).ok());
        Some(hour.filter(|hour| *hour < 24).ok_or_else(|| {
            Error::invalid(
                "hour",
                "The hour is a whole number from 0 to 23. Choose one of the list.",
            )
        })?)
    } else {
        None
    };
    if hour.is_some() && user.email.is_none() {
        return Err(Error::Conflict(
            "Reminders need an account with an e-mail address. Sign up first; your decks stay yours."
                .into(),
            None,
        ));
    }
    study.set_reminder(&user, hour).await?;
    Ok(see("/reminders?saved=1"))
}

/// `GET /reminders/stop/{token}`: one button. Opening the link alone stops nothing, since mail programs open links by
/// themselves to look for harm.
pub async fn ask_stop(shell: Shell, Path(token): Path<String>) -> StopPage {
    StopPage {
        shell,
        token,
        is_done: false,
    }
}

/// `POST /reminders/stop/{token}`: by the button, or by the mail program's own (RFC 8058, *List-Unsubscribe-Post*). Off
/// already is as good as off.
pub async fn stop(
    State(study): State<Study>,
    shell: Shell,
    Path(token): Path<String>,
) -> Result<StopPage> {
    study.stop_reminders(&token).await?;
    Ok(StopPage {
        shell,
        token,
        is_done: true,
    })
}
