//! The pages of accounts and settings with sample data.

use autodeck::web::pages::about::{PrivacyPage, TermsPage};
use autodeck::web::pages::access::{ForgotPage, SignInPage, SignUpPage, WordPage};
use autodeck::web::pages::account::{Guarded, GuardedPage, TokenPage};
use autodeck::web::pages::links::LinkPage;
use autodeck::web::pages::settings::{SessionRow, SettingsForm, SettingsPage, TokenRow};
use autodeck::web::pages::views::*;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::SHELL;

/// The settings, of an account or a guest.
pub fn settings(is_account: bool) -> Response {
    let form = SettingsForm {
        time_zone: "Europe/Pariss".into(),
        rollover_hour: "4".into(),
        retention_percent: "90".into(),
        name: "Ada".into(),
        ..SettingsForm::default()
    };
    let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
    let session = |is_this| SessionRow {
        id: Uuid::nil(),
        user_agent: if is_this { agent } else { "" }.into(),
        began: "2026-02-01".into(),
        last_used: "2026-03-02".into(),
        is_this,
    };
    let token = |name: &str, may_write| TokenRow {
        id: Uuid::nil(),
        name: name.into(),
        may_write,
        last_used: may_write.then(|| "2026-03-01".into()),
    };
    SettingsPage {
        shell: SHELL,
        form,
        email: is_account.then(|| "ada@example.org".into()),
        is_proved: false,
        kept_until: (!is_account).then(|| (SHELL.words().kept_until)("2026-05-01")),
        is_logged: true,
        sells_plans: true,
        sessions: vec![session(true), session(false)],
        tokens: vec![token("My spreadsheet", true), token("Clock", false)],
        saved: Some("Saved."),
        problem: Some("“Europe/Pariss” is no time zone we know. Try Europe/Paris.".into()),
    }
    .into_response()
}

/// A page of signing up and in, or of what stands around it.
pub fn page(name: &str) -> Response {
    let guest = Shell {
        is_account: false,
        ..SHELL
    };
    let access = &SHELL.words().access;
    let email = "ada@example.org".to_owned();
    let problem = Some(access.sign_in_wrong.to_owned());
    match name {
        "sign-up" => SignUpPage {
            shell: guest,
            email,
            back: String::new(),
            problem: Some(access.email_taken.to_owned()),
        }
        .into_response(),
        "sign-in" => SignInPage {
            shell: guest,
            email,
            problem,
            decks: Some((SHELL.words().decks_come_along)(3)),
        }
        .into_response(),
        "forgot" => ForgotPage {
            shell: guest,
            email,
            problem: None,
            is_logged: true,
        }
        .into_response(),
        "link" => LinkPage {
            shell: guest,
            title: access.reset_title,
            detail: access.password_hint,
            button: access.reset_button,
            action: "/links/reset",
            token: "x".into(),
            has_password: true,
            problem: None,
        }
        .into_response(),
        "password" => GuardedPage::new(SHELL, Guarded::Password).into_response(),
        "delete" => GuardedPage::new(SHELL, Guarded::Delete).into_response(),
        "token" => TokenPage {
            shell: SHELL,
            name: "My spreadsheet".into(),
            token: "Ht58NBV0t62j6DsN10xjkUohmXFDb1k-lOmsN__82U8".into(),
        }
        .into_response(),
        "privacy" => PrivacyPage {
            shell: guest,
            model: Some("claude-haiku".into()),
            removes_idle_guests: true,
            sends_mail: true,
            takes_payments: true,
        }
        .into_response(),
        "terms" => TermsPage {
            shell: guest,
            takes_payments: true,
        }
        .into_response(),
        _ => WordPage {
            shell: guest,
            title: access.signed_out.into(),
            detail: access.signed_out_detail.into(),
            note: Some(access.mails_are_logged.into()),
            actions: vec![ActionView::link(access.sign_in_button, "/sign-in")],
        }
        .into_response(),
    }
}
