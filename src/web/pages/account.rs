//! Behind the settings: address and password (which ask for the password), sessions, tokens, taking out, the end.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::access::WordPage;
use super::form::{FormFields, see};
use super::settings::{self, MAX_NAME, SettingsPage};
use super::views::{ActionView, Shell};
use crate::accounts::Accounts;
use crate::db;
use crate::domain::email::EmailAddress;
use crate::domain::password::NewPassword;
use crate::error::{Error, Result};
use crate::web::extract::Id;
use crate::web::limits::{Client, Limited, Limits};
use crate::web::session::{Browser, SignedIn};

/// Which thing the password guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// Another address.
    Email,
    /// Another password.
    Password,
    /// The end of it all.
    Delete,
}

/// A form that asks for the password before it does what cannot be taken back.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/guarded.html")]
pub struct GuardedPage {
    /// Around the page.
    pub shell: Shell,
    /// What the form does.
    pub what: Guarded,
    /// A new address, as typed.
    pub email: String,
    /// A guest has no password.
    pub asks_password: bool,
    /// Why it was refused.
    pub problem: Option<String>,
}

impl GuardedPage {
    /// The page of a form.
    pub fn new(shell: Shell, what: Guarded) -> GuardedPage {
        GuardedPage {
            shell,
            what,
            email: String::new(),
            asks_password: shell.is_account,
            problem: None,
        }
    }

    /// A few words.
    pub fn title(&self) -> &'static str {
        let words = &self.shell.words().settings;
        match self.what {
            Guarded::Email => words.email_title,
            Guarded::Password => words.password_title,
            Guarded::Delete => words.delete_title,
        }
    }

    /// Where it posts to.
    pub fn action(&self) -> &'static str {
        match self.what {
            Guarded::Email => "/settings/email",
            Guarded::Password => "/settings/password",
            Guarded::Delete => "/settings/delete",
        }
    }

    fn refused(self, problem: &str) -> Response {
        let page = GuardedPage {
            problem: Some(problem.to_owned()),
            ..self
        };
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    }
}

/// A token that was made just now.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/token.html")]
pub struct TokenPage {
    /// Around the page.
    pub shell: Shell,
    /// As the learner called it.
    pub name: String,
    /// The token itself, shown this once.
    pub token: String,
}

/// Says why a form that asks for the password is refused, if it is. Tries count as tries to sign in.
async fn refusal(
    accounts: &Accounts,
    limits: Limits,
    client: &Client,
    shell: Shell,
    here: &SignedIn,
    fields: &FormFields,
) -> Result<Option<&'static str>> {
    let words = &shell.words().settings;
    let email = here.user.email.as_deref();
    limits
        .spend(&accounts.study, Limited::SignIn, client, email)
        .await?;
    if !accounts.has_password(&here.user).await? {
        return Ok(Some(words.set_password_first));
    }
    let is_right = accounts
        .is_password(&here.user, fields.raw("current_password"))
        .await?;
    Ok((!is_right).then_some(words.wrong_password))
}

/// `GET /settings/email`.
pub async fn show_email(shell: Shell, here: SignedIn) -> Response {
    show_guarded(shell, &here, Guarded::Email)
}

/// `GET /settings/password`.
pub async fn show_password(shell: Shell, here: SignedIn) -> Response {
    show_guarded(shell, &here, Guarded::Password)
}

fn show_guarded(shell: Shell, here: &SignedIn, what: Guarded) -> Response {
    if here.user.is_account() {
        GuardedPage::new(shell, what).into_response()
    } else {
        see("/sign-up").into_response()
    }
}

/// `POST /settings/email`: the link in the letter changes it. Whether somebody else has the address is not told.
pub async fn change_email(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    here: SignedIn,
    fields: FormFields,
) -> Result<Response> {
    if !here.user.is_account() {
        return Ok(see("/sign-up").into_response());
    }
    let page = GuardedPage {
        email: fields.raw("email").to_owned(),
        ..GuardedPage::new(shell, Guarded::Email)
    };
    let Ok(email) = EmailAddress::parse(fields.raw("email")) else {
        return Ok(page.refused(shell.words().access.bad_email));
    };
    if let Some(problem) = refusal(&accounts, limits, &client, shell, &here, &fields).await? {
        return Ok(page.refused(problem));
    }
    limits
        .spend(
            &accounts.study,
            Limited::Mail,
            &client,
            Some(email.as_str()),
        )
        .await?;
    accounts
        .send_verification(&here.user, &email, shell.language.code())
        .await?;
    Ok(see("/settings?saved=email").into_response())
}

/// `POST /settings/verify`: the letter that proves the account's own address, once more.
pub async fn verify_again(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    here: SignedIn,
) -> Result<Redirect> {
    let email = here.user.email.as_deref();
    if let Some(email) = email.and_then(|email| EmailAddress::parse(email).ok()) {
        limits
            .spend(
                &accounts.study,
                Limited::Mail,
                &client,
                Some(email.as_str()),
            )
            .await?;
        accounts
            .send_verification(&here.user, &email, shell.language.code())
            .await?;
    }
    Ok(see("/settings?saved=1"))
}

/// `POST /settings/password`: ends every other session.
pub async fn change_password(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    browser: Browser,
    here: SignedIn,
    fields: FormFields,
) -> Result<Response> {
    if !here.user.is_account() {
        return Ok(see("/sign-up").into_response());
    }
    let page = GuardedPage::new(shell, Guarded::Password);
    let email = here.user.email.as_deref().unwrap_or_default();
    let password = match NewPassword::parse(fields.raw("password"), email) {
        Ok(password) => password,
        Err(error) => return Ok(page.refused((shell.words().password_error)(error))),
    };
    if let Some(problem) = refusal(&accounts, limits, &client, shell, &here, &fields).await? {
        return Ok(page.refused(problem));
    }
    accounts
        .set_password(&here.user, &password, Some(here.session.session_id))
        .await?;
    // This browser goes on under a new id.
    browser.sign_in(&accounts.study, &here.user).await?;
    Ok(see("/settings?saved=password").into_response())
}

/// `POST /settings/sessions/{id}/end`.
pub async fn end_session(
    State(accounts): State<Accounts>,
    browser: Browser,
    here: SignedIn,
    Id(id): Id,
) -> Result<Redirect> {
    let is_this = id == here.session.session_id;
    if is_this && !here.user.is_account() {
        return Ok(see("/sign-up"));
    }
    if !db::sessions::delete(&accounts.study.db, here.user.user_id, id).await? {
        return Err(Error::NotFound);
    }
    if is_this {
        browser.forget();
        return Ok(see("/signed-out"));
    }
    Ok(see("/settings?saved=1"))
}

/// Tokens of one learner at a time. The texts name it.
const MAX_TOKENS: i64 = 50;

/// `POST /settings/tokens`: the answer itself shows the token, this once.
pub async fn make_token(
    State(accounts): State<Accounts>,
    shell: Shell,
    here: SignedIn,
    fields: FormFields,
) -> Result<Response> {
    let study = &accounts.study;
    let name = fields.text("name")?.trim().to_owned();
    let words = shell.words();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return refuse_token(&accounts, shell, &here, words.settings.token_bad_name).await;
    }
    let secret = study.new_secret();
    let token = db::tokens::Token {
        token_id: study.new_id(),
        user_id: here.user.user_id,
        name,
        scope: if fields.raw("scope") == "write" {
            "write"
        } else {
            "read"
        }
        .into(),
        created_at: study.now(),
        last_used_at: None,
    };
    let mut tx = study.db.begin().await?;
    db::lock_learner(&mut tx, here.user.user_id).await?;
    let kept = db::tokens::insert_another(&mut *tx, &token, &secret.hash(), MAX_TOKENS).await?;
    tx.commit().await?;
    if !kept {
        return refuse_token(&accounts, shell, &here, words.settings.tokens_full).await;
    }
    let page = TokenPage {
        shell,
        name: token.name,
        token: secret.expose().to_owned(),
    };
    Ok((StatusCode::CREATED, page).into_response())
}

async fn refuse_token(
    accounts: &Accounts,
    shell: Shell,
    here: &SignedIn,
    problem: &str,
) -> Result<Response> {
    let page = SettingsPage {
        problem: Some(problem.into()),
        ..settings::page(accounts, shell, here).await?
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /settings/tokens/{id}/revoke`.
pub async fn revoke_token(
    State(accounts): State<Accounts>,
    here: SignedIn,
    Id(id): Id,
) -> Result<Redirect> {
    if db::tokens::delete(&accounts.study.db, here.user.user_id, id).await? {
        Ok(see("/settings?saved=1"))
    } else {
        Err(Error::NotFound)
    }
}

/// `POST /settings/export`: everything as one archive.
pub async fn export(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    here: SignedIn,
) -> Result<Response> {
    let who = here.user.user_id.to_string();
    limits
        .spend(&accounts.study, Limited::Archive, &client, Some(&who))
        .await?;
    let archive = accounts
        .archive(&here.user)
        .await
        .map_err(Error::Internal)?;
    let name = format!(
        "attachment; filename=\"autodeck-{}.zip\"",
        settings::date(accounts.study.now())
    );
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, archive).into_response())
}

/// `GET /settings/delete`: asks first.
pub async fn show_delete(shell: Shell, _: SignedIn) -> GuardedPage {
    GuardedPage::new(shell, Guarded::Delete)
}

/// `POST /settings/delete`: an account names its password, a guest only confirms.
pub async fn delete(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    browser: Browser,
    here: SignedIn,
    fields: FormFields,
) -> Result<Response> {
    if here.user.is_account()
        && let Some(problem) = refusal(&accounts, limits, &client, shell, &here, &fields).await?
    {
        return Ok(GuardedPage::new(shell, Guarded::Delete).refused(problem));
    }
    match accounts.delete(&here.user).await {
        Ok(()) => {
            browser.forget();
            Ok(see("/deleted").into_response())
        }
        Err(error @ Error::PaymentsUnavailable(_)) => {
            error.log();
            let problem = shell.words().plans.not_deleted;
            let page = GuardedPage::new(shell, Guarded::Delete).refused(problem);
            Ok((error.status(), page).into_response())
        }
        Err(error) => Err(error),
    }
}

/// `GET /deleted`.
pub async fn deleted(shell: Shell) -> WordPage {
    let words = shell.words();
    WordPage {
        shell,
        title: words.settings.deleted.into(),
        detail: words.settings.deleted_detail.into(),
        note: None,
        actions: vec![ActionView::link(words.access.start_page, "/")],
    }
}
