//! `autodeck serve`: database, schema, listener, then the app until a signal.

use std::io;
use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use sqlx::PgPool;
use tokio::net::TcpListener;

use super::database;
use crate::config::{BaseUrl, Settings};
use crate::db;
use crate::lifecycle::{GRACE_FOR_WORK, Shutdown};

/// What the running app is made of.
#[derive(Debug)]
pub struct App {
    /// Everything the operator set.
    pub settings: Settings,
    /// Connections to a database whose schema is this build's.
    pub pool: PgPool,
    /// Bound and ready.
    pub listener: TcpListener,
    /// The public address.
    pub base_url: BaseUrl,
    /// When to stop.
    pub shutdown: Shutdown,
}

/// Serves until `shutdown` begins and all has ended.
///
/// # Errors
/// A sentence when the database, its schema or the address cannot be had.
pub async fn run(settings: Settings, shutdown: Shutdown) -> anyhow::Result<()> {
    let database = database::open(&settings).await?;
    let served = serve(settings, database.pool.clone(), shutdown).await;
    database.close().await;
    served
}

async fn serve(settings: Settings, pool: PgPool, shutdown: Shutdown) -> anyhow::Result<()> {
    db::migrate(&pool)
        .await
        .context("The database's schema could not be brought up to this build; what was applied before stays")?;
    let listener = bind(settings.listen).await?;
    let bound = listener.local_addr()?;
    let base_url = settings.base_url(bound);
    tracing::info!(%bound, %base_url, "listening");
    println!("AutoDeck is at {base_url}");
    let app = App {
        settings,
        pool,
        listener,
        base_url,
        shutdown: shutdown.clone(),
    };
    let late = async {
        shutdown.begun().await;
        tokio::time::sleep(GRACE_FOR_WORK).await;
    };
    tokio::select! {
        ended = start_app(app) => ended,
        () = late => Ok(()),
    }
}

/// Starts the workers and the web server, and returns when `shutdown` has ended both.
async fn start_app(app: App) -> anyhow::Result<()> {
    let routes = axum::Router::new().route("/healthz", axum::routing::get(|| async { "ok" }));
    let shutdown = app.shutdown;
    axum::serve(app.listener, routes)
        .with_graceful_shutdown(async move { shutdown.begun().await })
        .await?;
    Ok(())
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "The address {address} is taken, perhaps by another AutoDeck. Stop that program, \
             or set AUTODECK_LISTEN to another port (127.0.0.1:3001)."
        ),
        io::ErrorKind::PermissionDenied => anyhow!(
            "This user may not listen on {address}. Ports below 1024 are root's: set AUTODECK_LISTEN to a higher one."
        ),
        _ => anyhow!("AutoDeck cannot listen on {address}: {error}. Look at AUTODECK_LISTEN."),
    })
}
