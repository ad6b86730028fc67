//! Privacy and terms, in plain words and true to the running settings.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use super::views::Shell;
use crate::accounts::Accounts;
use crate::web::{App, limits::Limits};

/// `/privacy`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/privacy.html")]
pub struct PrivacyPage {
    /// Around the page.
    pub shell: Shell,
    /// Who writes the cards, as the settings have it; nobody without a model.
    pub model: Option<Arc<str>>,
    /// Guests who stay away are removed.
    pub removes_idle_guests: bool,
    /// Mails leave by a mail server.
    pub sends_mail: bool,
    /// People pay by Stripe.
    pub takes_payments: bool,
}

/// `/terms`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/terms.html")]
pub struct TermsPage {
    /// Around the page.
    pub shell: Shell,
    /// People pay by Stripe.
    pub takes_payments: bool,
}

/// `GET /privacy`.
pub async fn privacy(State(app): State<App>, shell: Shell) -> PrivacyPage {
    let Accounts {
        removes_idle_guests,
        mailer,
        ..
    } = &app.accounts;
    PrivacyPage {
        shell,
        model: app.model_name.clone(),
        removes_idle_guests: *removes_idle_guests,
        sends_mail: mailer.is_sending(),
        takes_payments: !app.limits.is_self_hosted,
    }
}

/// `GET /terms`.
pub async fn terms(State(limits): State<Limits>, shell: Shell) -> TermsPage {
    TermsPage {
        shell,
        takes_payments: !limits.is_self_hosted,
    }
}
