//! What makes a learner an account: address, password, and the links that are mailed to it.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::domain::ids::UserId;

/// What a sign-in is checked against. The hash does not show in `Debug`.
#[derive(Clone)]
pub struct Credentials {
    /// Whose.
    pub user_id: UserId,
    /// PHC form; `None`: signs in by mailed link only.
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user_id", &self.user_id)
            .field("has_password", &self.password_hash.is_some())
            .finish()
    }
}

/// Makes a guest an account in place. `false` when they are no guest (any more).
///
/// # Errors
/// `users_email` is violated when another account has the address.
pub async fn promote_guest(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    email: &str,
    password_hash: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update users set kind = 'account', email = $2, password_hash = $3, email_verified_at = null
         where user_id = $1 and kind = 'guest'",
        user_id,
        email,
        password_hash,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The credentials of the account with this address.
pub async fn credentials_of_email(
    db: impl PgExecutor<'_>,
    email: &str,
) -> sqlx::Result<Option<Credentials>> {
    sqlx::query_as!(
        Credentials,
        "select user_id, password_hash from users where email = $1",
        email
    )
    .fetch_optional(db)
    .await
}

/// The credentials of an account.
pub async fn credentials(
    db: impl PgExecutor<'_>,
    user_id: UserId,
) -> sqlx::Result<Option<Credentials>> {
    sqlx::query_as!(
        Credentials,
        "select user_id, password_hash from users where user_id = $1 and kind = 'account'",
        user_id
    )
    .fetch_optional(db)
    .await
}

/// Sets an account's password; `None` leaves it with links only.
pub async fn set_password(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    password_hash: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update users set password_hash = $2 where user_id = $1 and kind = 'account'",
        user_id,
        password_hash,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Replaces a hash by a stronger one of the same password. A hash is its owner's alone (it holds a salt), and if the
/// password was changed meanwhile there is none to replace.
pub async fn rehash_password(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    before: &str,
    after: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update users set password_hash = $3 where user_id = $1 and password_hash = $2",
        user_id,
        before,
        after,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets an account's address, which a mailed link has proved.
///
/// # Errors
/// `users_email` is violated when another account has the address.
pub async fn set_verified_email(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    email: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update users set email = $2, email_verified_at = $3 where user_id = $1 and kind = 'account'",
        user_id,
        email,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A link in a mail, by the hash of its token.
#[derive(Debug, Clone)]
pub struct MailLink {
    /// Whose.
    pub user_id: UserId,
    /// `verify`, `sign_in` or `reset`.
    pub purpose: String,
    /// Where it was sent.
    pub email: String,
    /// When it ends unused.
    pub expires_at: DateTime<Utc>,
}

/// Keeps a link, which ends those of the same purpose that were sent before.
pub async fn replace_link(
    db: impl PgExecutor<'_>,
    link_hash: &[u8],
    link: &MailLink,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with older as (delete from mail_links where user_id = $2 and purpose = $3)
         insert into mail_links (link_hash, user_id, purpose, email, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
        link_hash,
        link.user_id,
        link.purpose,
        link.email,
        now,
        link.expires_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The link with this hash, if it still works.
pub async fn find_link(
    db: impl PgExecutor<'_>,
    link_hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<Option<MailLink>> {
    sqlx::query_as!(
        MailLink,
        "select user_id, purpose, email, expires_at from mail_links where link_hash = $1 and expires_at > $2",
        link_hash,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Uses a link up. `None` when it was used, replaced or has expired: of two at once one gets it.
pub async fn take_link(
    db: impl PgExecutor<'_>,
    link_hash: &[u8],
    purpose: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<MailLink>> {
    sqlx::query_as!(
        MailLink,
        "delete from mail_links where link_hash = $1 and purpose = $2 and expires_at > $3
         returning user_id, purpose, email, expires_at",
        link_hash,
        purpose,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Ends every link of a learner.
pub async fn delete_links(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!("delete from mail_links where user_id = $1", user_id)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes links that have expired.
pub async fn sweep_links(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!("delete from mail_links where expires_at <= $1", now)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}
