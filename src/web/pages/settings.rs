//! A learner's settings.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::form::{FormFields, see};
use super::views::{Buttons, Shell, THEME_COOKIE, Theme};
use crate::db::users::User;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::api::me::{UserChange, apply};
use crate::web::extract::Params;
use crate::web::session::Learner;

/// `/settings`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/settings.html")]
pub struct SettingsPage {
    /// Around the page.
    pub shell: Shell,
    /// IANA name, as typed.
    pub time_zone: String,
    /// Hour of the day, 0–23, at which a new day of study begins; as typed.
    pub rollover_hour: String,
    /// Three or four.
    pub buttons: Buttons,
    /// Desired retention in per cent, 70–97; as typed.
    pub retention_percent: String,
    /// They were saved just now.
    pub is_saved: bool,
    /// Why they were refused.
    pub problem: Option<String>,
}

impl SettingsPage {
    fn new(shell: Shell, user: &User) -> SettingsPage {
        SettingsPage {
            shell,
            time_zone: user.time_zone.clone(),
            rollover_hour: user.rollover_hour.to_string(),
            buttons: Buttons::of(user),
            retention_percent: format!("{:.0}", user.desired_retention * 100.0),
            is_saved: false,
            problem: None,
        }
    }

    /// Whether the radio button for four is pressed.
    pub fn has_four_buttons(&self) -> bool {
        self.buttons == Buttons::Four
    }
}

/// `GET /settings`.
pub async fn show(shell: Shell, Learner(user): Learner, params: Params) -> Result<SettingsPage> {
    let is_saved = params.text("saved")?.is_some();
    Ok(SettingsPage {
        is_saved,
        ..SettingsPage::new(shell, &user)
    })
}

/// `POST /settings`. Colours go into a cookie: they are the device's.
pub async fn change(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    fields: FormFields,
) -> Result<Response> {
    let shell = Shell {
        theme: Theme::from_value(fields.raw("theme")),
        ..shell
    };
    let before = SettingsPage::new(shell, &user);
    match save(&study, user, &fields, &before).await {
        Ok(_) => Ok(([theme_cookie(shell.theme)], see("/settings?saved=1")).into_response()),
        Err(Error::Invalid(problems)) => {
            let page = SettingsPage {
                time_zone: fields.raw("time_zone").to_owned(),
                rollover_hour: fields.raw("rollover_hour").to_owned(),
                retention_percent: fields.raw("retention_percent").to_owned(),
                buttons: if fields.raw("buttons") == "4" {
                    Buttons::Four
                } else {
                    Buttons::Three
                },
                problem: Some(Error::Invalid(problems).detail()),
                ..before
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn save(
    study: &Study,
    user: User,
    fields: &FormFields,
    before: &SettingsPage,
) -> Result<User> {
    let number = |name: &str| {
        fields
            .number(name)
            .ok_or_else(|| Error::invalid(name, "Write a whole number where one is asked for."))
    };
    let percent = number("retention_percent")?;
    let hour = number("rollover_hour")?;
    let change = UserChange {
        // Naming the same zone again would begin its day anew.
        time_zone: Some(fields.text("time_zone")?.trim().to_owned())
            .filter(|zone| *zone != before.time_zone),
        rollover_hour: Some(hour).filter(|hour| hour.to_string() != before.rollover_hour),
        buttons: Some(number("buttons")?),
        desired_retention: Some(percent as f64 / 100.0)
            .filter(|_| percent.to_string() != before.retention_percent),
    };
    apply(study, user, &change).await
}

fn theme_cookie(theme: Theme) -> (HeaderName, String) {
    (
        header::SET_COOKIE,
        format!(
            "{THEME_COOKIE}={}; Path=/; Max-Age=34560000; SameSite=Lax; HttpOnly",
            theme.value()
        ),
    )
}
