//! The only SQL.

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

pub mod embedded;

/// Opens the pool.
pub async fn connect(options: PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new().connect_with(options.application_name("autodeck")).await
}
