//! From an earlier release to this one, with data, killed on the way: nothing is lost, and the schema is the one that a
//! quiet migration gives.

use std::process::{Command, Stdio};
use std::time::Duration;

use autodeck::db;
use nix::sys::signal::Signal;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};

use crate::app::{autodeck, finish, send};
use crate::postgres;

/// The last migration of the first release, which knew guests, decks, cards and reviews.
const FIRST_RELEASE: i64 = 7;
/// What one of its learners had: a deck of 3,000 cards, two thirds answered once.
const DATA: &str = include_str!("../fixtures/first-release.sql");
/// Each run lives this much longer than the one before.
const LONGER: Duration = Duration::from_millis(7);

/// A database as the first release left it.
async fn of_first_release(name: &str) -> (PgConnectOptions, PgPool) {
    let options = postgres::server().await.options();
    let admin = db::connect(options.clone()).await.expect("the server");
    sqlx::query(AssertSqlSafe(format!("create database {name}")))
        .execute(&admin)
        .await
        .expect("a database");
    admin.close().await;
    let options = options.database(name);
    let pool = db::connect(options.clone()).await.expect("the database");
    let first = db::MIGRATIONS
        .iter()
        .filter(|migration| migration.version <= FIRST_RELEASE);
    Migrator::with_migrations(first.cloned().collect())
        .run(&pool)
        .await
        .expect("the first release's schema");
    sqlx::raw_sql(DATA).execute(&pool).await.expect("its data");
    (options, pool)
}

fn migrate(options: &PgConnectOptions) -> Command {
    let socket = options.get_socket().expect("our own server has a socket");
    let url = format!(
        "postgres://autodeck@localhost:{}/{}?host={}",
        options.get_port(),
        options.get_database().expect("a name"),
        socket.display()
    );
    let mut command = autodeck(std::path::Path::new("/nonexistent"), &["migrate"]);
    command.env("DATABASE_URL", url);
    command
}

/// The schema, as PostgreSQL would make it again.
async fn schema(options: &PgConnectOptions) -> String {
    let program = db::embedded::client_program("pg_dump")
        .await
        .expect("PostgreSQL");
    let dumped = Command::new(program)
        .args(["--schema-only", "--no-owner", "--username=autodeck"])
        .arg("--host")
        .arg(options.get_socket().expect("a socket"))
        .arg(format!("--port={}", options.get_port()))
        .arg(options.get_database().expect("a name"))
        .output()
        .expect("pg_dump starts");
    assert!(
        dumped.status.success(),
        "{}",
        String::from_utf8_lossy(&dumped.stderr)
    );
    let text = String::from_utf8(dumped.stdout).expect("a dump is text");
    // Newer ones write a random key into each dump.
    let is_key = |line: &&str| line.starts_with("\\restrict") || line.starts_with("\\unrestrict");
    text.lines()
        .filter(|line| !is_key(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_killed_goes_on_where_it_was_and_loses_nothing() {
    let (quiet, pool) = of_first_release("migrated_quietly").await;
    pool.close().await;
    let (code, _, problem) = finish(&mut migrate(&quiet));
    assert_eq!(code, 0, "{problem}");

    let (options, pool) = of_first_release("migrated_under_kills").await;
    let mut kills = 0;
    let ended_by_itself = (0..500).any(|number| {
        let mut command = migrate(&options);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(LONGER * number);
        if let Some(status) = child.try_wait().expect("our child") {
            assert!(status.success(), "a run that nobody killed failed");
            return true;
        }
        send(child.id(), Signal::SIGKILL);
        child.wait().expect("our child");
        kills += 1;
        false
    });
    assert!(ended_by_itself && kills > 3, "{kills} kills");

    assert_eq!(schema(&options).await, schema(&quiet).await);
    let counts: (i64, i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from pool_cards), (select count(*) from cards), (select count(*) from reviews),
                (select count(*) from card_texts where search_text like '%question 2999%')",
    )
    .fetch_one(&pool)
    .await
    .expect("counts");
    assert_eq!(counts, (3_000, 3_000, 2_000, 1));
    for statement in include_str!("../invariants.sql")
        .split(";\n")
        .filter(|text| !text.trim().is_empty())
    {
        let broken = sqlx::query(AssertSqlSafe(statement.to_owned()))
            .bind(
                "2026-03-02T12:00:00Z"
                    .parse::<chrono::DateTime<chrono::Utc>>()
                    .expect("a time"),
            )
            .fetch_all(&pool)
            .await
            .expect("an invariant");
        assert!(
            broken.is_empty(),
            "{} rows break: {statement}",
            broken.len()
        );
    }
}
