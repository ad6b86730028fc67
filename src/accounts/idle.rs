//! Guests who do not come back, where billing is on. A self-hosted guest is never removed.

use chrono::{DateTime, TimeDelta, Utc};

use super::Accounts;
use crate::db;
use crate::db::users::User;

/// A guest who was not here for so long is removed with all that is theirs.
pub const GUEST_LIFE: TimeDelta = TimeDelta::days(60);

/// Removed in one go of the sweep; the rest in the next.
const AT_ONCE: i64 = 500;

impl Accounts {
    /// Until when a guest's decks are kept if they do not come back, to be told on the page; `None`: for ever.
    pub fn kept_until(&self, user: &User) -> Option<DateTime<Utc>> {
        (self.removes_idle_guests && !user.is_account()).then(|| user.seen_at + GUEST_LIFE)
    }

    /// Removes what has had its time: sessions, links, limits that are idle again, guests who stay away.
    pub async fn sweep(&self) -> sqlx::Result<()> {
        let (db, now) = (&self.study.db, self.study.now());
        db::sessions::sweep(db, now).await?;
        db::accounts::sweep_links(db, now).await?;
        db::limits::sweep(db, now).await?;
        let removed = self.remove_idle_guests().await?;
        if removed > 0 {
            tracing::info!(removed, "guests who stayed away were removed");
        }
        Ok(())
    }

    /// Removes guests who were away for [`GUEST_LIFE`]; returns how many. Nothing where billing is off.
    pub async fn remove_idle_guests(&self) -> sqlx::Result<u64> {
        if !self.removes_idle_guests {
            return Ok(0);
        }
        let before = self.study.now() - GUEST_LIFE;
        let mut removed = 0;
        for user_id in db::removal::idle_guests(&self.study.db, before, AT_ONCE).await? {
            let is_gone = db::removal::remove_idle_guest(&self.study.db, user_id, before).await?;
            removed += u64::from(is_gone);
        }
        Ok(removed)
    }
}
