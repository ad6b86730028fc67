//! Counting what is limited, across processes: one row a key, one statement a try.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgExecutor;

/// Spends one try of the key, if it has one. `Err` of the inner result: when it has one again.
///
/// The generic cell rate algorithm: each try moves the key's arrival time on by `interval`, and is refused when that
/// would run more than `interval` × `burst` ahead of the present. A refused try moves nothing.
pub async fn spend(
    db: impl PgExecutor<'_>,
    limit_key: &[u8],
    now: DateTime<Utc>,
    interval: TimeDelta,
    burst: u32,
) -> sqlx::Result<Result<(), DateTime<Utc>>> {
    let interval_ms = interval.num_milliseconds() as f64;
    let ahead_ms = interval_ms * f64::from(burst.max(1));
    let row = sqlx::query!(
        r#"with spent as (
               insert into limits as l (limit_key, ahead_until)
               values ($1, $2::timestamptz + $3::double precision * interval '1 millisecond')
               on conflict (limit_key) do update
               set ahead_until = greatest(l.ahead_until, $2) + $3 * interval '1 millisecond'
               where greatest(l.ahead_until, $2) + $3 * interval '1 millisecond'
                     <= $2 + $4::double precision * interval '1 millisecond'
               returning ahead_until
           )
           select exists (select from spent) as "is_allowed!",
                  (select ahead_until from limits where limit_key = $1) as ahead_until"#,
        limit_key,
        now,
        interval_ms,
        ahead_ms,
    )
    .fetch_one(db)
    .await?;
    if row.is_allowed {
        return Ok(Ok(()));
    }
    let ahead = row.ahead_until.unwrap_or(now) - now;
    let wait = ahead + interval - TimeDelta::milliseconds(ahead_ms as i64);
    Ok(Err(now + wait.max(TimeDelta::zero())))
}

/// Removes keys that are idle again.
pub async fn sweep(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!("delete from limits where ahead_until <= $1", now)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}
