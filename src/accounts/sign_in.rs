//! Signing in, and what asks for the password again.

use super::Accounts;
use super::passwords::Checked;
use crate::db;
use crate::db::accounts::Credentials;
use crate::db::users::User;
use crate::domain::email::EmailAddress;
use crate::domain::ids::UserId;
use crate::domain::password::NewPassword;

impl Accounts {
    /// The account with this address and password. `None` for a wrong password and for an unknown address alike: one
    /// query and one hash in both cases.
    pub async fn sign_in(&self, email: &str, password: &str) -> sqlx::Result<Option<User>> {
        let db = &self.study.db;
        // What is no address is nobody's.
        let address = EmailAddress::parse(email).ok();
        let address = address.as_ref().map_or("", EmailAddress::as_str);
        let found = db::accounts::credentials_of_email(db, address).await?;
        match self.check(password, found).await? {
            Some(user_id) => db::users::find(db, user_id).await,
            None => Ok(None),
        }
    }

    /// Whether `typed` is the password of `user`, asked again before something that cannot be taken back.
    pub async fn is_password(&self, user: &User, typed: &str) -> sqlx::Result<bool> {
        let found = db::accounts::credentials(&self.study.db, user.user_id).await?;
        Ok(self.check(typed, found).await?.is_some())
    }

    /// Whether the account has a password at all; without one it signs in by mailed links.
    pub async fn has_password(&self, user: &User) -> sqlx::Result<bool> {
        let found = db::accounts::credentials(&self.study.db, user.user_id).await?;
        Ok(found.is_some_and(|found| found.password_hash.is_some()))
    }

    /// Sets a new password and ends every session but `kept`, every link and, with no session kept, every token: who
    /// chooses a new one because somebody else knew the old one is rid of them. One transaction.
    pub async fn set_password(
        &self,
        user: &User,
        password: &NewPassword,
        kept: Option<uuid::Uuid>,
    ) -> sqlx::Result<()> {
        let hash = self.passwords.hash(password).await;
        let mut tx = self.study.db.begin().await?;
        db::accounts::set_password(&mut *tx, user.user_id, Some(&hash)).await?;
        db::sessions::delete_all_but(&mut *tx, user.user_id, kept).await?;
        db::accounts::delete_links(&mut *tx, user.user_id).await?;
        if kept.is_none() {
            db::tokens::delete_all(&mut *tx, user.user_id).await?;
        }
        tx.commit().await?;
        self.tell_of_new_password(user);
        Ok(())
    }

    /// Whose password `typed` is, if it is that of `found`; its hash rises with the parameters.
    async fn check(&self, typed: &str, found: Option<Credentials>) -> sqlx::Result<Option<UserId>> {
        let stored = found.as_ref().and_then(|found| found.password_hash.clone());
        let Checked::Right { rehashed } = self.passwords.check(typed, stored).await else {
            return Ok(None);
        };
        let found = found.expect("only a stored hash is right");
        if let (Some(before), Some(after)) = (&found.password_hash, rehashed) {
            db::accounts::rehash_password(&self.study.db, found.user_id, before, &after).await?;
        }
        Ok(Some(found.user_id))
    }
}
