//! Opening the database that the settings name, for every command that needs one.

use std::time::Duration;

use anyhow::{Context, anyhow};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::config::{Database, Settings};
use crate::db;
use crate::db::embedded::{Embedded, EmbeddedError};

/// An open database, and the private server behind it if this process runs one.
pub(super) struct OpenDatabase {
    pub(super) pool: PgPool,
    /// The same database past a pooler, for what needs a session: migrations and LISTEN.
    pub(super) sessions: PgPool,
    pub(super) embedded: Option<Embedded>,
    /// Where it is, for people: never a password.
    pub(super) place: String,
}

/// Opens the database, starting the private one if need be.
///
/// # Errors
/// Sentences for the operator. A folder that another AutoDeck holds is one: see [`open_beside`].
pub(super) async fn open(settings: &Settings) -> anyhow::Result<OpenDatabase> {
    if let Some(options) = settings.database.options() {
        let place = format!("{}:{}", options.get_host(), options.get_port());
        let direct = settings.database_direct.as_ref();
        let direct = direct.and_then(Database::options);
        return connect(options, direct, place, None).await;
    }
    tracing::info!(data_dir = %settings.data_dir.display(), "starting the private database");
    let embedded = Embedded::start(&settings.data_dir).await?;
    if embedded.was_adopted() {
        tracing::info!("found the private database still running and took it over");
    }
    let place = format!("private, in {}", settings.data_dir.display());
    connect(embedded.options(), None, place, Some(embedded)).await
}

/// Opens the database even while another AutoDeck serves from the same folder: then it is that one's server.
pub(super) async fn open_beside(settings: &Settings) -> anyhow::Result<OpenDatabase> {
    let refused = match open(settings).await {
        Err(refused) => refused,
        opened => return opened,
    };
    let Some(EmbeddedError::InUse { pid, .. }) = refused.downcast_ref() else {
        return Err(refused);
    };
    let whose = pid.map_or("another process".to_owned(), |pid| format!("process {pid}"));
    let place = format!(
        "private, in {}, run by {whose}",
        settings.data_dir.display()
    );
    let options = Embedded::of_another_process(&settings.data_dir).ok_or_else(|| {
        anyhow!("The AutoDeck that held the data folder has just ended: try again.")
    })?;
    connect(options, None, place, None).await
}

async fn connect(
    options: PgConnectOptions,
    direct: Option<PgConnectOptions>,
    place: String,
    embedded: Option<Embedded>,
) -> anyhow::Result<OpenDatabase> {
    let pool = match db::connect(options).await {
        Ok(pool) => pool,
        Err(error) => {
            stop(embedded).await;
            return Err(error).with_context(|| {
                format!("No database answers ({place}). Start it, or look at DATABASE_URL; unset, AutoDeck runs its own")
            });
        }
    };
    let sessions = match direct {
        None => pool.clone(),
        Some(direct) => db::connect_for_sessions(direct)
            .await
            .context("No database answers at DATABASE_DIRECT_URL")?,
    };
    Ok(OpenDatabase {
        pool,
        sessions,
        embedded,
        place,
    })
}

impl OpenDatabase {
    /// Closes the connections, and stops the server that is ours.
    pub(super) async fn close(self) {
        // A connection that somebody still holds must not keep us: the server's fast stop ends it.
        let closed = async { tokio::join!(self.sessions.close(), self.pool.close()) };
        let _ = tokio::time::timeout(Duration::from_millis(500), closed).await;
        stop(self.embedded).await;
    }
}

async fn stop(embedded: Option<Embedded>) {
    if let Some(embedded) = embedded
        && let Err(error) = embedded.stop().await
    {
        tracing::warn!(%error, "the private database did not stop; the next start takes it over");
    }
}
