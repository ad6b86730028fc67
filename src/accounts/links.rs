//! Links in mails: to prove an address, to sign in, to choose a new password. Each works once and for a while, and only
//! after a press of a button: what a mail scanner fetches in passing uses nothing up.

use chrono::TimeDelta;

use super::Accounts;
use super::letters::{self, Occasion};
use crate::db;
use crate::db::accounts::MailLink;
use crate::db::users::User;
use crate::domain::email::EmailAddress;
use crate::domain::password::NewPassword;
use crate::domain::secret::Secret;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Prove that the address is the learner's: the account's own, or the one it changes to.
    Verify,
    /// Sign in without a password.
    SignIn,
    /// Choose a new password.
    Reset,
}

impl Purpose {
    /// As the table has it.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Verify => "verify",
            Purpose::SignIn => "sign_in",
            Purpose::Reset => "reset",
        }
    }

    /// The page behind the link.
    pub fn path(self) -> &'static str {
        match self {
            Purpose::Verify => "/links/verify",
            Purpose::SignIn => "/links/sign-in",
            Purpose::Reset => "/links/reset",
        }
    }

    /// How long it works.
    pub fn life(self) -> TimeDelta {
        match self {
            Purpose::Verify => TimeDelta::days(3),
            Purpose::SignIn => TimeDelta::minutes(20),
            Purpose::Reset => TimeDelta::hours(1),
        }
    }
}

/// What became of a link that was followed.
#[derive(Debug)]
pub enum Followed {
    /// Done, for this account as it is now.
    Done(Box<User>),
    /// Used, replaced by a newer one, or too old.
    Spent,
    /// Another account has the address by now.
    EmailTaken,
}

impl Accounts {
    /// Mails a link with which `user` proves `email`: their own, or a new one that becomes theirs by it.
    pub async fn send_verification(
        &self,
        user: &User,
        email: &EmailAddress,
        language: &str,
    ) -> sqlx::Result<()> {
        self.mail_link(user, email, Purpose::Verify, language).await
    }

    /// Mails a link to the account with this address, if there is one. It answers at once and looks afterwards: neither
    /// the page nor its time tells whether there is.
    pub fn request_link(&self, email: EmailAddress, purpose: Purpose, language: &'static str) {
        let accounts = self.clone();
        tokio::spawn(async move {
            let found = db::users::find_by_email(&accounts.study.db, email.as_str()).await;
            let sent = match found {
                Ok(Some(user)) => accounts.mail_link(&user, &email, purpose, language).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                tracing::error!(%error, "a link could not be made");
            }
        });
    }

    /// A link for `user` that the operator hands over by another way than mail.
    pub async fn make_reset_link(&self, user: &User, email: &EmailAddress) -> sqlx::Result<String> {
        self.make_link(user, email, Purpose::Reset).await
    }

    async fn mail_link(
        &self,
        user: &User,
        email: &EmailAddress,
        purpose: Purpose,
        language: &str,
    ) -> sqlx::Result<()> {
        let link = self.make_link(user, email, purpose).await?;
        let occasion = Occasion::Link {
            purpose,
            link,
            is_change: user.email.as_deref() != Some(email.as_str()),
        };
        let language = user.language.as_deref().unwrap_or(language);
        self.mailer.post(letters::write(&occasion, email, language));
        Ok(())
    }

    async fn make_link(
        &self,
        user: &User,
        email: &EmailAddress,
        purpose: Purpose,
    ) -> sqlx::Result<String> {
        let (now, secret) = (self.study.now(), self.study.new_secret());
        let link = MailLink {
            user_id: user.user_id,
            purpose: purpose.name().into(),
            email: email.as_str().into(),
            expires_at: now + purpose.life(),
        };
        db::accounts::replace_link(&self.study.db, &secret.hash(), &link, now).await?;
        Ok(self
            .base_url
            .link(&format!("{}?token={}", purpose.path(), secret.expose())))
    }

    /// The address behind a link that still works, for the page that asks before it is used; `None` for any other link.
    pub async fn address_of(
        &self,
        purpose: Purpose,
        token: &Secret,
    ) -> sqlx::Result<Option<String>> {
        let link = db::accounts::find_link(&self.study.db, &token.hash(), self.study.now()).await?;
        Ok(link
            .filter(|link| link.purpose == purpose.name())
            .map(|link| link.email))
    }

    /// Follows a link to prove an address or to sign in; the caller signs the browser in for the latter. One transaction.
    pub async fn follow(&self, purpose: Purpose, token: &Secret) -> sqlx::Result<Followed> {
        self.follow_and(purpose, token, None).await
    }

    /// Follows a link to choose a new password, which ends every session, token and other link. One transaction.
    pub async fn reset_password(
        &self,
        token: &Secret,
        password: &NewPassword,
    ) -> sqlx::Result<Followed> {
        let hash = self.passwords.hash(password).await;
        let followed = self.follow_and(Purpose::Reset, token, Some(&hash)).await?;
        if let Followed::Done(user) = &followed {
            self.tell_of_new_password(user);
        }
        Ok(followed)
    }

    async fn follow_and(
        &self,
        purpose: Purpose,
        token: &Secret,
        password_hash: Option<&str>,
    ) -> sqlx::Result<Followed> {
        let now = self.study.now();
        let mut tx = self.study.db.begin().await?;
        let link = db::accounts::take_link(&mut *tx, &token.hash(), purpose.name(), now).await?;
        let Some(link) = link else {
            return Ok(Followed::Spent);
        };
        let Some(before) = db::users::find(&mut *tx, link.user_id).await? else {
            return Ok(Followed::Spent);
        };
        match db::accounts::set_verified_email(&mut *tx, link.user_id, &link.email, now).await {
            Ok(()) => {}
            Err(error) if db::violated_constraint(&error) == Some("users_email") => {
                return Ok(Followed::EmailTaken);
            }
            Err(error) => return Err(error),
        }
        let is_change = before.email.as_deref() != Some(link.email.as_str());
        // Whoever signed up with somebody else's address must not stay inside when its owner comes.
        let was_unproved = before.email_verified_at.is_none() && purpose != Purpose::Verify;
        if password_hash.is_some() || was_unproved {
            db::accounts::set_password(&mut *tx, link.user_id, password_hash).await?;
            db::sessions::delete_all_but(&mut *tx, link.user_id, None).await?;
            db::tokens::delete_all(&mut *tx, link.user_id).await?;
        }
        if password_hash.is_some() || is_change || was_unproved {
            db::accounts::delete_links(&mut *tx, link.user_id).await?;
        }
        tx.commit().await?;
        if is_change {
            self.tell_of_new_email(&before);
        }
        let user = db::users::find(&self.study.db, link.user_id).await?;
        Ok(user.map_or(Followed::Spent, |user| Followed::Done(Box::new(user))))
    }

    /// Tells the account's address that its password was changed: who did not do it can act.
    pub(super) fn tell_of_new_password(&self, user: &User) {
        self.tell(
            user,
            &Occasion::NewPassword {
                base_url: self.base_url.to_string(),
            },
        );
    }

    fn tell_of_new_email(&self, before: &User) {
        self.tell(
            before,
            &Occasion::NewEmail {
                base_url: self.base_url.to_string(),
            },
        );
    }

    fn tell(&self, user: &User, occasion: &Occasion) {
        let email = user
            .email
            .as_deref()
            .and_then(|email| EmailAddress::parse(email).ok());
        if let Some(email) = email {
            let language = user.language.as_deref().unwrap_or("en");
            self.mailer.post(letters::write(occasion, &email, language));
        }
    }
}
