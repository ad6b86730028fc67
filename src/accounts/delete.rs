//! The end of an account: everything of it goes, at once.

use super::Accounts;
use crate::db;
use crate::db::users::User;
use crate::error::{Error, Result};

impl Accounts {
    /// Removes a learner with everything that is theirs. What they pay for is cancelled first; if that fails nothing is
    /// removed, so that nobody pays for an account that is gone. One transaction.
    ///
    /// # Errors
    /// When a subscription cannot be cancelled just now, or the database does not answer.
    pub async fn delete(&self, user: &User) -> Result<()> {
        self.cancel_subscription_first(user).await?;
        let mut tx = self.study.db.begin().await.map_err(Error::from)?;
        db::removal::remove_learner(&mut tx, user.user_id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends what the learner pays for.
    ///
    /// # Errors
    /// When it could not be ended; then the account stays.
    async fn cancel_subscription_first(&self, user: &User) -> Result<()> {
        match &self.billing {
            Some(billing) => Ok(billing.cancel_before_deletion(user.user_id).await?),
            None => Ok(()),
        }
    }
}
