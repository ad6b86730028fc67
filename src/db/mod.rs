//! The only SQL. One module a noun; a function is one statement unless its name says that it opens a transaction, and
//! what belongs together commits in the caller's sight.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

pub mod accounts;
pub mod actions;
pub mod archive;
pub mod billing;
pub mod browse;
pub mod cards;
pub mod crams;
pub mod dealing;
pub mod decks;
pub mod embedded;
pub mod inspect;
pub mod jobs;
pub mod limits;
pub mod merge;
pub mod operator;
pub mod pool;
pub mod progress;
pub mod queue;
pub mod reminders;
pub mod removal;
pub mod rephrasings;
pub mod reports;
pub mod reviews;
pub mod sessions;
pub mod spending;
pub mod stats;
pub mod steers;
pub mod tokens;
pub mod topics;
pub mod users;

/// The migrations of this build, in order.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Connections of one process. Waiting learners hold none, so a small pool serves many of them.
const MAX_CONNECTIONS: u32 = 16;

/// Statements that a connection keeps prepared: more than the product has.
const PREPARED_STATEMENTS: usize = 512;

/// A connection that lay idle for longer is asked whether it still stands before it is used. All are asked when they come
/// back; asking each time they leave as well costs as much as the question that they leave for.
const TEST_AFTER: Duration = Duration::from_secs(1);

/// How long a request waits for a connection before it is answered with 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the pool; the first connection is made at once, so a wrong address is an error here.
pub async fn connect(options: PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TEST_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        // Nearly every statement reads one learner's rows by their keys: there is one good plan for all learners, and
        // planning anew takes longer than running. Browsing, where it is not so, asks for its own.
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::query("set plan_cache_mode = force_generic_plan")
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .connect_with(
            options
                .application_name("autodeck")
                .statement_cache_capacity(PREPARED_STATEMENTS),
        )
        .await
}

/// Opens connections for what needs a session of its own, past a pooler: LISTEN and the lock of a migration.
pub async fn connect_for_sessions(options: PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.application_name("autodeck"))
        .await
}

/// Brings the schema up to this build. Two processes that start together take turns: sqlx holds an advisory lock.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATIONS.run(pool).await
}

/// Whether the database answers and has every migration of this build.
pub async fn is_ready(pool: &PgPool) -> Result<bool, sqlx::Error> {
    Ok(inspect::pending_migrations(pool).await? == 0)
}

/// Runs a transaction, and once more if PostgreSQL gave it up because it and another waited for each other: grading takes
/// a card before its learner and deck, leaving and merging take the learner first. What was given up changed nothing.
pub async fn again_after_deadlock<T, F>(transaction: impl Fn() -> F) -> sqlx::Result<T>
where
    F: Future<Output = sqlx::Result<T>>,
{
    const DEADLOCK_DETECTED: &str = "40P01";
    let is_deadlock = |error: &sqlx::Error| {
        let code = error.as_database_error().and_then(|error| error.code());
        code.as_deref() == Some(DEADLOCK_DETECTED)
    };
    match transaction().await {
        Err(error) if is_deadlock(&error) => transaction().await,
        done => done,
    }
}

/// Takes a learner's lock until the transaction ends.
pub async fn lock_learner(db: &mut PgConnection, user_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 1))",
        user_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Where processes tell each other of new cards and jobs.
pub const WAKE_CHANNEL: &str = "autodeck_wake";

/// Tells every listening process these ids, as `sender/id`. Its own statement, never part of a card's transaction.
pub async fn notify(pool: &PgPool, sender: Uuid, ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_notify($1, $2::uuid || '/' || id) from unnest($3::uuid[]) as id",
        WAKE_CHANNEL,
        sender,
        ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(())
}

/// The constraint that a failed write ran into, if it was one.
pub fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    error
        .as_database_error()
        .and_then(|error| error.constraint())
}

/// Numbers that PostgreSQL keeps in a wider or signed type than the domain, and a check constraint bounds.
pub(crate) mod narrow {
    use crate::domain::level::Level;
    use crate::domain::scheduler::CardState;

    pub fn level(number: i16) -> Level {
        Level::clamped(i64::from(number))
    }

    pub fn count(number: i64) -> u32 {
        u32::try_from(number).unwrap_or(0)
    }

    pub fn state(name: &str) -> CardState {
        CardState::from_name(name).expect("the column's check constraint names the four states")
    }
}
