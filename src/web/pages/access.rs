//! Signing up, in and out, and asking for a link by mail.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono_tz::Tz;

use super::form::{FormFields, local_path, see};
use super::views::{ActionView, Shell};
use crate::accounts::Accounts;
use crate::accounts::links::Purpose;
use crate::accounts::sign_up::{SignUp, SignedUp};
use crate::db::users::User;
use crate::domain::email::EmailAddress;
use crate::domain::password::NewPassword;
use crate::error::Result;
use crate::web::extract::Params;
use crate::web::limits::{Client, Limited, Limits};
use crate::web::session::{Browser, Learner, SignedIn};

/// `/sign-up`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/sign_up.html")]
pub struct SignUpPage {
    /// Around the page.
    pub shell: Shell,
    /// As typed.
    pub email: String,
    /// Where to go then, if not to the settings.
    pub back: String,
    /// Why it was refused.
    pub problem: Option<String>,
}

/// `/sign-in`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// Around the page.
    pub shell: Shell,
    /// As typed.
    pub email: String,
    /// Why it was refused.
    pub problem: Option<String>,
    /// What comes along from this browser's guest, in words.
    pub decks: Option<String>,
}

/// `/forgot`: a link to sign in, or to choose a new password.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/forgot.html")]
pub struct ForgotPage {
    /// Around the page.
    pub shell: Shell,
    /// As typed.
    pub email: String,
    /// Why it was refused.
    pub problem: Option<String>,
    /// Mails are logged, not sent.
    pub is_logged: bool,
}

/// A few sentences and what to do next.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/word.html")]
pub struct WordPage {
    /// Around the page.
    pub shell: Shell,
    /// A few words.
    pub title: String,
    /// What happened, what is safe.
    pub detail: String,
    /// What else there is to say.
    pub note: Option<String>,
    /// What to do, the likeliest first.
    pub actions: Vec<ActionView>,
}

/// Signs a learner in on this browser; the guest of it, if there was one, is merged into the account. The way on.
pub async fn let_in(accounts: &Accounts, browser: &Browser, user: &User) -> Result<Redirect> {
    let before = browser.signed_in(&accounts.study).await?;
    let guest = before.filter(|here| !here.user.is_account() && here.user.user_id != user.user_id);
    let mut moved = 0;
    // Before the browser forgets who it was: a merge that fails leaves the guest where it is, to be tried again.
    if let Some(SignedIn { user: guest, .. }) = guest {
        moved = accounts.merge_guest(&guest, user).await?;
    }
    browser.sign_in(&accounts.study, user).await?;
    Ok(see(if moved > 0 {
        "/decks?merged=1"
    } else {
        "/decks"
    }))
}

/// `GET /sign-up`. Whoever has an account already has no business here.
pub async fn show_sign_up(shell: Shell, params: Params) -> Result<Response> {
    if shell.is_account {
        return Ok(see("/settings").into_response());
    }
    let back = params.text("back")?.and_then(local_path);
    let page = SignUpPage {
        shell,
        email: String::new(),
        back: back.unwrap_or_default().to_owned(),
        problem: None,
    };
    Ok(page.into_response())
}

/// `POST /sign-up`: the guest's own row becomes the account.
pub async fn sign_up(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    browser: Browser,
    learner: Option<Learner>,
    fields: FormFields,
) -> Result<Response> {
    let words = shell.words();
    let refuse = |problem: &str| {
        let page = SignUpPage {
            shell,
            email: fields.raw("email").to_owned(),
            back: fields.back(""),
            problem: Some(problem.to_owned()),
        };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let Ok(email) = EmailAddress::parse(fields.raw("email")) else {
        return refuse(words.access.bad_email);
    };
    let password = match NewPassword::parse(fields.raw("password"), email.as_str()) {
        Ok(password) => password,
        Err(error) => return refuse((words.password_error)(error)),
    };
    limits
        .spend(
            &accounts.study,
            Limited::SignUp,
            &client,
            Some(email.as_str()),
        )
        .await?;
    let guest = learner
        .map(|Learner(user)| user)
        .filter(|user| !user.is_account());
    let wish = SignUp {
        guest: guest.as_ref(),
        email,
        password,
        time_zone: fields.raw("time_zone").parse().unwrap_or(Tz::UTC),
        language: shell.language.code(),
    };
    match accounts.sign_up(wish).await? {
        SignedUp::EmailTaken => refuse(words.access.email_taken),
        SignedUp::Done(user) => {
            browser.sign_in(&accounts.study, &user).await?;
            Ok(see(&fields.back("/settings?signed_up=1")).into_response())
        }
    }
}

async fn sign_in_page(
    accounts: &Accounts,
    shell: Shell,
    browser: &Browser,
    email: &str,
    problem: Option<&str>,
) -> Result<SignInPage> {
    let here = browser.signed_in(&accounts.study).await?;
    let decks = accounts
        .decks_of_guest(here.as_ref().map(|here| &here.user))
        .await?;
    Ok(SignInPage {
        shell,
        email: email.to_owned(),
        problem: problem.map(ToOwned::to_owned),
        decks: (decks > 0).then(|| (shell.words().decks_come_along)(decks)),
    })
}

/// `GET /sign-in`.
pub async fn show_sign_in(
    State(accounts): State<Accounts>,
    shell: Shell,
    browser: Browser,
) -> Result<SignInPage> {
    sign_in_page(&accounts, shell, &browser, "", None).await
}

/// `POST /sign-in`. What it says, and how long it takes, is the same for a wrong password and an unknown address.
pub async fn sign_in(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    browser: Browser,
    fields: FormFields,
) -> Result<Response> {
    let email = fields.raw("email");
    let tried = email.trim().to_ascii_lowercase();
    limits
        .spend(&accounts.study, Limited::SignIn, &client, Some(&tried))
        .await?;
    match accounts.sign_in(email, fields.raw("password")).await? {
        Some(user) => Ok(let_in(&accounts, &browser, &user).await?.into_response()),
        None => {
            let wrong = shell.words().access.sign_in_wrong;
            let page = sign_in_page(&accounts, shell, &browser, email, Some(wrong)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /sign-out`. A guest who signs out would lose the way back, so only an account does.
pub async fn sign_out(
    State(accounts): State<Accounts>,
    browser: Browser,
    here: SignedIn,
) -> Result<Redirect> {
    if !here.user.is_account() {
        return Ok(see("/sign-up"));
    }
    browser.sign_out(&accounts.study).await?;
    Ok(see("/signed-out"))
}

/// `POST /sign-out/everywhere`.
pub async fn sign_out_everywhere(
    State(accounts): State<Accounts>,
    browser: Browser,
    here: SignedIn,
) -> Result<Redirect> {
    if !here.user.is_account() {
        return Ok(see("/sign-up"));
    }
    crate::db::sessions::delete_all_but(&accounts.study.db, here.user.user_id, None).await?;
    browser.forget();
    Ok(see("/signed-out"))
}

/// `GET /signed-out`.
pub async fn signed_out(shell: Shell) -> WordPage {
    let access = &shell.words().access;
    WordPage {
        shell,
        title: access.signed_out.into(),
        detail: access.signed_out_detail.into(),
        note: None,
        actions: vec![
            ActionView::link(access.sign_in_button, "/sign-in"),
            ActionView::link(access.start_page, "/"),
        ],
    }
}

/// `GET /forgot`; `?email=` fills the field.
pub async fn show_forgot(
    State(accounts): State<Accounts>,
    shell: Shell,
    params: Params,
) -> Result<ForgotPage> {
    Ok(ForgotPage {
        shell,
        email: params.text("email")?.unwrap_or_default().to_owned(),
        problem: None,
        is_logged: !accounts.mailer.is_sending(),
    })
}

/// `POST /forgot`. The same page for every address.
pub async fn forgot(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    fields: FormFields,
) -> Result<Response> {
    let access = &shell.words().access;
    let is_logged = !accounts.mailer.is_sending();
    let Ok(email) = EmailAddress::parse(fields.raw("email")) else {
        let page = ForgotPage {
            shell,
            email: fields.raw("email").to_owned(),
            problem: Some(access.bad_email.into()),
            is_logged,
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    limits
        .spend(
            &accounts.study,
            Limited::Mail,
            &client,
            Some(email.as_str()),
        )
        .await?;
    let purpose = match fields.raw("purpose") {
        "reset" => Purpose::Reset,
        _ => Purpose::SignIn,
    };
    accounts.request_link(email, purpose, shell.language.code());
    Ok(see("/forgot/done").into_response())
}

/// `GET /forgot/done`.
pub async fn forgot_done(State(accounts): State<Accounts>, shell: Shell) -> WordPage {
    let access = &shell.words().access;
    WordPage {
        shell,
        title: access.forgot_done.into(),
        detail: access.forgot_done_detail.into(),
        note: (!accounts.mailer.is_sending()).then(|| access.mails_are_logged.into()),
        actions: vec![ActionView::link(access.sign_in_title, "/sign-in")],
    }
}
