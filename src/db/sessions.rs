//! Browser sessions: tower-sessions over a table that knows only the hash of each id.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use crate::clock::Clock;

/// Sessions in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgSessionStore {
    pool: PgPool,
    clock: Clock,
}

impl PgSessionStore {
    /// Over `pool`; `clock` says which sessions have expired.
    pub fn new(pool: PgPool, clock: Clock) -> PgSessionStore {
        PgSessionStore { pool, clock }
    }

    /// Removes what has expired; returns how many.
    pub async fn sweep(&self) -> sqlx::Result<u64> {
        let done = sqlx::query!(
            "delete from sessions where expires_at <= $1",
            self.clock.now()
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}

#[async_trait]
impl SessionStore for PgSessionStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let inserted = sqlx::query!(
                "insert into sessions (session_hash, data, expires_at) values ($1, $2, $3) on conflict do nothing",
                &hash(&record.id)[..],
                encode(record)?,
                to_chrono(record.expiry_date)?,
            )
            .execute(&self.pool)
            .await
            .map_err(backend)?;
            if inserted.rows_affected() == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        sqlx::query!(
            "insert into sessions (session_hash, data, expires_at) values ($1, $2, $3)
             on conflict (session_hash) do update set data = excluded.data, expires_at = excluded.expires_at",
            &hash(&record.id)[..],
            encode(record)?,
            to_chrono(record.expiry_date)?,
        )
        .execute(&self.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = sqlx::query!(
            "select data, expires_at from sessions where session_hash = $1 and expires_at > $2",
            &hash(id)[..],
            self.clock.now(),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(backend)?;
        row.map(|row| {
            Ok(Record {
                id: *id,
                data: serde_json::from_value(row.data)
                    .map_err(|error| Error::Decode(error.to_string()))?,
                expiry_date: OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
                    .map_err(|error| Error::Decode(error.to_string()))?,
            })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sqlx::query!(
            "delete from sessions where session_hash = $1",
            &hash(id)[..]
        )
        .execute(&self.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }
}

fn hash(id: &Id) -> [u8; 32] {
    Sha256::digest(id.0.to_be_bytes()).into()
}

fn encode(record: &Record) -> Result<serde_json::Value> {
    serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn to_chrono(at: OffsetDateTime) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp(at.unix_timestamp(), 0)
        .ok_or_else(|| Error::Encode("expiry out of range".into()))
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}
