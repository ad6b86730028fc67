//! What `doctor` asks a database about itself.

use sqlx::{PgPool, Row};

/// A server's version, what it promises, and how far its schema is.
#[derive(Debug, Clone)]
pub struct ServerFacts {
    /// As the server writes it, e.g. `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// Off: a power cut may ruin the database.
    pub fsync: bool,
    /// Off: a power cut may ruin a page.
    pub full_page_writes: bool,
    /// Off: a power cut loses answers that were acknowledged.
    pub synchronous_commit: bool,
    /// Migrations of this build that the database does not have.
    pub pending_migrations: usize,
}

impl ServerFacts {
    /// Settings by name that are off and must be on.
    pub fn settings_that_lose_answers(&self) -> Vec<&'static str> {
        let settings = [
            ("fsync", self.fsync),
            ("full_page_writes", self.full_page_writes),
            ("synchronous_commit", self.synchronous_commit),
        ];
        settings
            .into_iter()
            .filter(|(_, on)| !on)
            .map(|(name, _)| name)
            .collect()
    }
}

/// Asks the server.
pub async fn server_facts(pool: &PgPool) -> Result<ServerFacts, sqlx::Error> {
    // synchronous_commit has values between on and off; all but off wait for our own disk.
    let row = sqlx::query(
        "select current_setting('server_version') as version, current_setting('fsync') = 'on' as fsync, \
         current_setting('full_page_writes') = 'on' as full_page_writes, \
         current_setting('synchronous_commit') <> 'off' as synchronous_commit, \
         to_regclass('_sqlx_migrations') is not null as has_schema",
    )
    .fetch_one(pool)
    .await?;
    let pending_migrations = match row.try_get("has_schema")? {
        true => pending_migrations(pool).await?,
        false => super::MIGRATIONS.iter().count(),
    };
    Ok(ServerFacts {
        version: row.try_get("version")?,
        fsync: row.try_get("fsync")?,
        full_page_writes: row.try_get("full_page_writes")?,
        synchronous_commit: row.try_get("synchronous_commit")?,
        pending_migrations,
    })
}

/// Whether a database has no table of anybody's.
pub async fn is_empty(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select not exists (select from pg_tables where schemaname = 'public')")
        .fetch_one(pool)
        .await
}

/// How many of this build's migrations a database with a schema lacks.
///
/// # Errors
/// When the database does not answer, or was never migrated.
pub async fn pending_migrations(pool: &PgPool) -> sqlx::Result<usize> {
    // Not a checked query: the table is sqlx's own, and is not there while the types are recorded.
    let applied: Vec<i64> =
        sqlx::query_scalar("select version from _sqlx_migrations where success")
            .fetch_all(pool)
            .await?;
    let missing = super::MIGRATIONS
        .iter()
        .filter(|migration| !applied.contains(&migration.version));
    Ok(missing.count())
}
