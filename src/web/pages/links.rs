//! The pages behind links in mails. Opening one shows a button; pressing it uses the link.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::access::{WordPage, let_in};
use super::form::FormFields;
use super::views::{ActionView, Shell};
use crate::accounts::Accounts;
use crate::accounts::links::{Followed, Purpose};
use crate::domain::password::NewPassword;
use crate::domain::secret::Secret;
use crate::error::Result;
use crate::web::extract::Params;
use crate::web::limits::{Client, Limited, Limits};
use crate::web::session::Browser;

/// A button that uses the link; for a new password with a field.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/link.html")]
pub struct LinkPage {
    /// Around the page.
    pub shell: Shell,
    /// A few words.
    pub title: &'static str,
    /// What the button does.
    pub detail: &'static str,
    /// On the button.
    pub button: &'static str,
    /// Where it posts to.
    pub action: &'static str,
    /// What stands in the link; it goes back with the form.
    pub token: String,
    /// A new password is chosen.
    pub has_password: bool,
    /// Why it was refused.
    pub problem: Option<String>,
}

/// A page whose address is a secret is told to nobody, not even to our own other pages.
const NO_REFERRER: [(HeaderName, &str); 1] = [(header::REFERRER_POLICY, "no-referrer")];

async fn show(
    accounts: &Accounts,
    shell: Shell,
    purpose: Purpose,
    token: &str,
) -> Result<Response> {
    let address = accounts
        .address_of(purpose, &Secret::presented(token))
        .await?;
    let page = if address.is_some() {
        link_page(shell, purpose, token, None).into_response()
    } else {
        (StatusCode::NOT_FOUND, spent(shell)).into_response()
    };
    Ok((NO_REFERRER, page).into_response())
}

fn link_page(shell: Shell, purpose: Purpose, token: &str, problem: Option<&str>) -> LinkPage {
    let (title, detail, button) = shell.words().link_page(purpose);
    LinkPage {
        shell,
        title,
        detail,
        button,
        action: purpose.path(),
        token: token.to_owned(),
        has_password: purpose == Purpose::Reset,
        problem: problem.map(ToOwned::to_owned),
    }
}

fn spent(shell: Shell) -> WordPage {
    let access = &shell.words().access;
    WordPage {
        shell,
        title: access.spent_title.into(),
        detail: access.spent_detail.into(),
        note: None,
        actions: vec![
            ActionView::link(access.ask_again, "/forgot"),
            ActionView::link(access.start_page, "/"),
        ],
    }
}

fn refused(shell: Shell, followed: &Followed) -> Response {
    let access = &shell.words().access;
    let page = match followed {
        Followed::EmailTaken => WordPage {
            title: access.taken_title.into(),
            ..spent(shell)
        },
        _ => spent(shell),
    };
    (StatusCode::CONFLICT, page).into_response()
}

/// `GET /links/verify`.
pub async fn show_verify(
    State(accounts): State<Accounts>,
    shell: Shell,
    params: Params,
) -> Result<Response> {
    show(
        &accounts,
        shell,
        Purpose::Verify,
        params.text("token")?.unwrap_or_default(),
    )
    .await
}

/// `POST /links/verify`: no session is needed, for the letter may be open on another device.
pub async fn verify(
    State(accounts): State<Accounts>,
    shell: Shell,
    fields: FormFields,
) -> Result<Response> {
    let token = Secret::presented(fields.raw("token"));
    match accounts.follow(Purpose::Verify, &token).await? {
        Followed::Done(_) => {
            let access = &shell.words().access;
            let way = if shell.is_account {
                ActionView::link(access.go_on, "/decks")
            } else {
                ActionView::link(access.sign_in_button, "/sign-in")
            };
            let page = WordPage {
                shell,
                title: access.verified.into(),
                detail: access.verified_detail.into(),
                note: None,
                actions: vec![way],
            };
            Ok(page.into_response())
        }
        other => Ok(refused(shell, &other)),
    }
}

/// `GET /links/sign-in`.
pub async fn show_sign_in(
    State(accounts): State<Accounts>,
    shell: Shell,
    params: Params,
) -> Result<Response> {
    show(
        &accounts,
        shell,
        Purpose::SignIn,
        params.text("token")?.unwrap_or_default(),
    )
    .await
}

/// `POST /links/sign-in`.
pub async fn sign_in(
    State(accounts): State<Accounts>,
    shell: Shell,
    browser: Browser,
    fields: FormFields,
) -> Result<Response> {
    let token = Secret::presented(fields.raw("token"));
    match accounts.follow(Purpose::SignIn, &token).await? {
        Followed::Done(user) => Ok(let_in(&accounts, &browser, &user).await?.into_response()),
        other => Ok(refused(shell, &other)),
    }
}

/// `GET /links/reset`.
pub async fn show_reset(
    State(accounts): State<Accounts>,
    shell: Shell,
    params: Params,
) -> Result<Response> {
    show(
        &accounts,
        shell,
        Purpose::Reset,
        params.text("token")?.unwrap_or_default(),
    )
    .await
}

/// `POST /links/reset`: a password that is refused leaves the link as it is.
pub async fn reset(
    State(accounts): State<Accounts>,
    State(limits): State<Limits>,
    client: Client,
    shell: Shell,
    browser: Browser,
    fields: FormFields,
) -> Result<Response> {
    limits
        .spend(&accounts.study, Limited::SignIn, &client, None)
        .await?;
    let token = fields.raw("token");
    let address = accounts
        .address_of(Purpose::Reset, &Secret::presented(token))
        .await?;
    // Nothing is hashed for a link that opens nothing.
    let Some(address) = address else {
        return Ok(refused(shell, &Followed::Spent));
    };
    let password = match NewPassword::parse(fields.raw("password"), &address) {
        Ok(password) => password,
        Err(error) => {
            let problem = (shell.words().password_error)(error);
            let page = link_page(shell, Purpose::Reset, token, Some(problem));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, NO_REFERRER, page).into_response());
        }
    };
    match accounts
        .reset_password(&Secret::presented(token), &password)
        .await?
    {
        Followed::Done(user) => Ok(let_in(&accounts, &browser, &user).await?.into_response()),
        other => Ok(refused(shell, &other)),
    }
}
