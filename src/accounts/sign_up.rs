//! From a guest to an account, in place: decks, answers and level are the same rows as before.

use chrono_tz::Tz;

use super::Accounts;
use crate::db;
use crate::db::users::User;
use crate::domain::email::EmailAddress;
use crate::domain::password::NewPassword;

/// Who wants an account, and how.
#[derive(Debug)]
pub struct SignUp<'a> {
    /// The guest of this browser or token, if there is one.
    pub guest: Option<&'a User>,
    /// Where mails go; what one signs in with.
    pub email: EmailAddress,
    /// Checked.
    pub password: NewPassword,
    /// Cuts the days of somebody who was no guest.
    pub time_zone: Tz,
    /// The language that the browser asked for, as an ISO 639 code.
    pub language: &'a str,
}

/// What became of it.
#[derive(Debug)]
pub enum SignedUp {
    /// An account; a letter to prove the address is on its way.
    Done(Box<User>),
    /// Another account has the address.
    EmailTaken,
}

impl Accounts {
    /// Makes an account. One transaction.
    pub async fn sign_up(&self, wish: SignUp<'_>) -> sqlx::Result<SignedUp> {
        let password_hash = self.passwords.hash(&wish.password).await;
        let study = &self.study;
        let mut tx = study.db.begin().await?;
        let mut user_id = wish.guest.map(|guest| guest.user_id);
        if let Some(guest) = user_id {
            // Two forms at once: the second finds an account and makes one of its own.
            let is_guest = db::users::find(&mut *tx, guest)
                .await?
                .is_some_and(|user| !user.is_account());
            user_id = user_id.filter(|_| is_guest);
        }
        let user_id = match user_id {
            Some(user_id) => user_id,
            None => {
                let user_id = study.new_id();
                db::users::insert_guest(&mut *tx, user_id, wish.time_zone, study.now()).await?;
                user_id
            }
        };
        let promoted =
            db::accounts::promote_guest(&mut *tx, user_id, wish.email.as_str(), &password_hash)
                .await;
        match promoted {
            Ok(true) => {}
            // Meanwhile the other form made an account of this guest.
            Ok(false) => {
                tx.rollback().await?;
                let alone = SignUp {
                    guest: None,
                    ..wish
                };
                return Box::pin(self.sign_up(alone)).await;
            }
            Err(error) if db::violated_constraint(&error) == Some("users_email") => {
                return Ok(SignedUp::EmailTaken);
            }
            Err(error) => return Err(error),
        }
        // A session from before knows a guest and would live for 400 days.
        db::sessions::delete_all_but(&mut *tx, user_id, None).await?;
        tx.commit().await?;
        let user = db::users::find(&study.db, user_id)
            .await?
            .expect("the account was made a moment ago");
        self.send_verification(&user, &wish.email, wish.language)
            .await?;
        Ok(SignedUp::Done(Box::new(user)))
    }
}
