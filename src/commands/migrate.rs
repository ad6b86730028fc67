//! `autodeck migrate`: the schema of this build, and nothing else.

use anyhow::Context;

use super::{database, say};
use crate::config::Settings;
use crate::db;

/// Applies what is missing. Processes that do this together take turns.
///
/// # Errors
/// A sentence when there is no database, or a migration fails (it is rolled back).
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    let database = database::open_beside(settings).await?;
    let migrated = db::migrate(&database.sessions).await;
    let place = database.place.clone();
    database.close().await;
    migrated.context(
        "The schema could not be brought up to this build; what was applied before stays",
    )?;
    say(format_args!(
        "The database ({place}) has the schema of this build."
    ));
    Ok(())
}
