//! A learner's settings: study, themselves, the account, where they are signed in, tokens, what is theirs.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::form::{FormFields, see};
use super::views::{Buttons, Shell, THEME_COOKIE, Theme};
use crate::accounts::Accounts;
use crate::db;
use crate::db::users::User;
use crate::domain::plan::Offer;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::api::me::{UserChange, apply};
use crate::web::extract::{Check, Params};
use crate::web::session::SignedIn;
use crate::web::words::Language;

/// Longest name of a learner or a token, in characters.
pub const MAX_NAME: usize = 80;

/// `/settings`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/settings.html")]
pub struct SettingsPage {
    /// Around the page.
    pub shell: Shell,
    /// What the first form holds.
    pub form: SettingsForm,
    /// The account's address; a guest has none.
    pub email: Option<String>,
    /// It was proved.
    pub is_proved: bool,
    /// Until when a guest's decks are kept, in a sentence.
    pub kept_until: Option<String>,
    /// Plans are sold here.
    pub sells_plans: bool,
    /// Mails are logged, not sent.
    pub is_logged: bool,
    /// Where the learner is signed in, this browser first.
    pub sessions: Vec<SessionRow>,
    /// Oldest first.
    pub tokens: Vec<TokenRow>,
    /// Something was done just now: what to say.
    pub saved: Option<&'static str>,
    /// Why the form was refused.
    pub problem: Option<String>,
}

/// The fields of the first form, as typed.
#[derive(Debug, Clone, Default)]
pub struct SettingsForm {
    /// IANA name.
    pub time_zone: String,
    /// Hour of the day, 0–23, at which a new day of study begins.
    pub rollover_hour: String,
    /// Three or four.
    pub buttons: Buttons,
    /// Desired retention in per cent, 70–97.
    pub retention_percent: String,
    /// Empty: as many as there are.
    pub new_cards: String,
    /// How the learner is called; may be empty.
    pub name: String,
    /// ISO 639, or empty for the browser's.
    pub language: String,
}

/// A browser that is signed in.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Names it.
    pub id: Uuid,
    /// What the browser calls itself; may be empty.
    pub user_agent: String,
    /// A date.
    pub began: String,
    /// A date.
    pub last_used: String,
    /// The one that asks.
    pub is_this: bool,
}

/// A token for programs.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// Names it.
    pub id: Uuid,
    /// As the learner called it.
    pub name: String,
    /// It may change things.
    pub may_write: bool,
    /// A date; `None`: never.
    pub last_used: Option<String>,
}

/// A date as everybody reads it.
pub fn date(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

impl SettingsForm {
    fn of(user: &User) -> SettingsForm {
        SettingsForm {
            time_zone: user.time_zone.clone(),
            rollover_hour: user.rollover_hour.to_string(),
            buttons: Buttons::of(user),
            retention_percent: format!("{:.0}", user.desired_retention * 100.0),
            new_cards: user
                .new_cards_per_day
                .map_or(String::new(), |most| most.to_string()),
            name: user.name.clone().unwrap_or_default(),
            language: user.language.clone().unwrap_or_default(),
        }
    }

    fn typed(fields: &FormFields) -> SettingsForm {
        let raw = |name| fields.raw(name).to_owned();
        SettingsForm {
            time_zone: raw("time_zone"),
            rollover_hour: raw("rollover_hour"),
            buttons: if fields.raw("buttons") == "4" {
                Buttons::Four
            } else {
                Buttons::Three
            },
            retention_percent: raw("retention_percent"),
            new_cards: raw("new_cards"),
            name: raw("name"),
            language: raw("language"),
        }
    }

    /// Whether the radio button for four is pressed.
    pub fn has_four_buttons(&self) -> bool {
        self.buttons == Buttons::Four
    }
}

impl SettingsPage {
    /// The choices of colours with their words.
    pub fn themes(&self) -> [(&'static str, &'static str); 3] {
        let words = &self.shell.words().settings;
        [
            (Theme::System.value(), words.system),
            (Theme::Light.value(), words.light),
            (Theme::Dark.value(), words.dark),
        ]
    }

    /// Every language with its own name for itself.
    pub fn languages(&self) -> [(&'static str, &'static str); 2] {
        Language::ALL.map(|(language, name)| (language.code(), name))
    }
}

/// The page as the database has it.
pub async fn page(accounts: &Accounts, shell: Shell, here: &SignedIn) -> Result<SettingsPage> {
    let (user, now) = (&here.user, accounts.study.now());
    let db = &accounts.study.db;
    let mut sessions: Vec<SessionRow> = db::sessions::list(db, user.user_id, now)
        .await?
        .into_iter()
        .map(|session| SessionRow {
            id: session.session_id,
            is_this: session.session_id == here.session.session_id,
            user_agent: session.user_agent.unwrap_or_default(),
            began: date(session.started_at),
            last_used: date(session.seen_at),
        })
        .collect();
    sessions.sort_by_key(|session| !session.is_this);
    let tokens = db::tokens::list(db, user.user_id).await?;
    let token_row = |token: db::tokens::Token| TokenRow {
        id: token.token_id,
        name: token.name,
        may_write: token.scope == "write",
        last_used: token.last_used_at.map(date),
    };
    let kept_until = accounts.kept_until(user);
    Ok(SettingsPage {
        shell,
        form: SettingsForm::of(user),
        email: user.email.clone(),
        is_proved: user.email_verified_at.is_some(),
        kept_until: kept_until.map(|until| (shell.words().kept_until)(&date(until))),
        sells_plans: accounts.study.offer != Offer::Everything,
        is_logged: !accounts.mailer.is_sending(),
        sessions,
        tokens: tokens.into_iter().map(token_row).collect(),
        saved: None,
        problem: None,
    })
}

/// `GET /settings`; `?saved=` says what was done.
pub async fn show(
    State(accounts): State<Accounts>,
    shell: Shell,
    here: SignedIn,
    params: Params,
) -> Result<SettingsPage> {
    let words = shell.words();
    let saved = params.text("saved")?.map(|what| match what {
        "password" => words.settings.password_saved,
        "email" => words.settings.email_sent,
        _ => words.frame.saved,
    });
    Ok(SettingsPage {
        saved,
        ..page(&accounts, shell, &here).await?
    })
}

/// `POST /settings`. Colours also go into a cookie: an error's page knows no learner.
pub async fn change(
    State(accounts): State<Accounts>,
    shell: Shell,
    here: SignedIn,
    fields: FormFields,
) -> Result<Response> {
    let theme = Theme::from_value(fields.raw("theme"));
    match save(&accounts.study, here.user.clone(), &fields, theme).await {
        Ok(_) => {
            let cookie = theme_cookie(theme, accounts.base_url.is_https());
            Ok(([cookie], see("/settings?saved=1")).into_response())
        }
        Err(Error::Invalid(problems)) => {
            let page = SettingsPage {
                form: SettingsForm::typed(&fields),
                problem: Some(shell.words().refused(&Error::Invalid(problems))),
                ..page(&accounts, Shell { theme, ..shell }, &here).await?
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn save(study: &Study, mut user: User, fields: &FormFields, theme: Theme) -> Result<User> {
    let before = SettingsForm::of(&user);
    let number = |name: &str| {
        fields
            .number(name)
            .ok_or_else(|| Error::invalid(name, "Write a whole number where one is asked for."))
    };
    let percent = number("retention_percent")?;
    let hour = number("rollover_hour")?;
    let mut check = Check::default();
    let name = fields.text("name")?.trim().to_owned();
    if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        check.wrong("name", "A name has at most 80 characters, on one line.");
    }
    user.new_cards_per_day = match fields.raw("new_cards").trim() {
        "" => None,
        typed => {
            let most = typed.parse().ok().filter(|most| (0..=9_999).contains(most));
            if most.is_none() {
                check.wrong(
                    "new_cards",
                    "New cards a day are a number from 0 to 9999, or nothing.",
                );
            }
            most
        }
    };
    check.done()?;
    user.name = Some(name).filter(|name| !name.is_empty());
    user.theme = theme.value().to_owned();
    user.language =
        Language::from_tag(fields.raw("language")).map(|language| language.code().to_owned());
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

fn theme_cookie(theme: Theme, is_https: bool) -> (HeaderName, String) {
    let secure = if is_https { "; Secure" } else { "" };
    let value = theme.value();
    let cookie =
        format!("{THEME_COOKIE}={value}; Path=/; Max-Age=34560000; SameSite=Lax; HttpOnly{secure}");
    (header::SET_COOKIE, cookie)
}
