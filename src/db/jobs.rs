//! Generation jobs: ordered by whoever runs short, claimed by a worker under a lease, ended done or dead.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgExecutor;

use super::narrow;
use crate::domain::ids::{JobId, TopicId, UserId};
use crate::domain::level::Level;

/// What a job is about; at most one live job has the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobKey<'a> {
    /// Subject.
    pub topic_id: TopicId,
    /// Level of the cards.
    pub level: Level,
    /// `standard` or `pro`.
    pub class: &'a str,
}

/// A job in a worker's hands. Each write names the fence: after another claim it changes nothing.
#[derive(Debug, Clone)]
pub struct ClaimedJob {
    /// Key.
    pub job_id: JobId,
    /// Subject.
    pub topic_id: TopicId,
    /// 1–9.
    pub level: i16,
    /// `standard` or `pro`.
    pub class: String,
    /// Whose wishes count.
    pub ordered_by: UserId,
    /// Cards ordered.
    pub asked: i16,
    /// Cards in the pool already.
    pub made: i16,
    /// Failed requests and vanished workers so far.
    pub failures: i16,
    /// Whether the last reply held no card.
    pub reminder: bool,
    /// This claim's number.
    pub fence: i64,
    /// When a learner ran short.
    pub ordered_at: DateTime<Utc>,
    /// The trace of the request that ordered it.
    pub trace_parent: Option<String>,
}

impl ClaimedJob {
    /// The level as the domain has it.
    pub fn level(&self) -> Level {
        narrow::level(self.level)
    }

    /// Cards still to be made.
    pub fn missing(&self) -> usize {
        usize::try_from(self.asked - self.made).unwrap_or(0)
    }
}

/// A job as the learner's side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobReport {
    /// `queued`, `running`, `done` or `dead`.
    pub state: String,
    /// Cards in the pool.
    pub made: i16,
    /// Failed requests so far.
    pub failures: i16,
    /// A code, when something went wrong.
    pub reason: Option<String>,
    /// A sentence for the learner.
    pub detail: Option<String>,
    /// Of a queued job: not before.
    pub run_after: DateTime<Utc>,
    /// First claim.
    pub started_at: Option<DateTime<Utc>>,
    /// Of a done or dead job.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What one request to the model used and threw away.
#[derive(Debug, Clone, Default)]
pub struct RequestRecord {
    /// As the provider names it.
    pub model: String,
    /// Prompt tokens.
    pub tokens_in: i64,
    /// Completion tokens.
    pub tokens_out: i64,
    /// The provider sent no count: these are ours.
    pub tokens_estimated: bool,
    /// Millionths of a dollar; 0 without prices.
    pub cost_microusd: i64,
    /// From the request to its first text.
    pub first_token_ms: Option<i32>,
    /// Cards refused, by gate.
    pub refused: Value,
    /// Parser's diagnostics, by kind.
    pub diagnostics: Value,
}

/// An order for cards.
#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    /// Its key, unless one stands already.
    pub job_id: JobId,
    /// What it is about.
    pub key: JobKey<'a>,
    /// Cards wanted.
    pub asked: i16,
    /// By whom.
    pub ordered_by: UserId,
    /// Topics for which this learner's cards may be written at the same time; `None` = no limit.
    pub topics_at_once: Option<u32>,
    /// The trace of whoever ordered, for the one of the job.
    pub trace_parent: Option<&'a str>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Orders cards. `None` when a live job with this key stands already, or when as many other topics of the learner are
/// being written as the plan allows.
pub async fn order(db: impl PgExecutor<'_>, order: &NewJob<'_>) -> sqlx::Result<Option<JobId>> {
    sqlx::query_scalar!(
        "insert into generation_jobs (job_id, topic_id, level, class, ordered_by, state, asked, run_after, ordered_at,
                                      trace_parent)
         select $1, $2, $3, $4, $5, 'queued', $6, $7, $7, $9
         where $8::bigint is null or $8 > (
             select count(distinct topic_id) from generation_jobs
             where ordered_by = $5 and state in ('queued', 'running') and topic_id <> $2)
         on conflict (topic_id, level, class) where state in ('queued', 'running') do nothing
         returning job_id",
        order.job_id,
        order.key.topic_id,
        i16::from(order.key.level.number()),
        order.key.class,
        order.ordered_by,
        order.asked,
        order.now,
        order.topics_at_once.map(i64::from),
        order.trace_parent,
    )
    .fetch_optional(db)
    .await
}

/// The last jobs of each key, newest first, with the key's place in `keys`.
pub async fn recent(
    db: impl PgExecutor<'_>,
    keys: &[JobKey<'_>],
    limit: i64,
) -> sqlx::Result<Vec<(usize, JobReport)>> {
    let topic_ids: Vec<_> = keys.iter().map(|key| key.topic_id).collect();
    let levels: Vec<_> = keys
        .iter()
        .map(|key| i16::from(key.level.number()))
        .collect();
    let classes: Vec<_> = keys.iter().map(|key| key.class.to_owned()).collect();
    let rows = sqlx::query!(
        r#"select place as "place!", state as "state!", made as "made!", failures as "failures!", reason, detail,
                  run_after as "run_after!", started_at, ended_at
           from unnest($1::uuid[], $2::smallint[], $3::text[]) with ordinality as key (topic, key_level, key_class, place)
           cross join lateral (
               select state, made, failures, reason, detail, run_after, started_at, ended_at, ordered_at, job_id
               from generation_jobs
               where topic_id = topic and level = key_level and class = key_class
               order by ordered_at desc, (state in ('queued', 'running')) desc, job_id desc limit $4) job
           order by place, ordered_at desc, (state in ('queued', 'running')) desc, job_id desc"#,
        &topic_ids,
        &levels,
        &classes,
        limit,
    )
    .fetch_all(db)
    .await?;
    let reports = rows.into_iter().map(|row| {
        let report = JobReport {
            state: row.state,
            made: row.made,
            failures: row.failures,
            reason: row.reason,
            detail: row.detail,
            run_after: row.run_after,
            started_at: row.started_at,
            ended_at: row.ended_at,
        };
        (
            usize::try_from(row.place - 1).expect("ordinality counts from one"),
            report,
        )
    });
    Ok(reports.collect())
}

/// Takes the job that has waited longest: a queued one whose time has come, or one whose worker fell silent. The
/// latter counts as a failure, so that a job that kills its worker does not do so for ever.
pub async fn claim(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
) -> sqlx::Result<Option<ClaimedJob>> {
    sqlx::query_as!(
        ClaimedJob,
        "update generation_jobs
         set failures = failures + (state = 'running')::int::smallint,
             state = 'running', fence = fence + 1, lease_until = $2, started_at = coalesce(started_at, $1)
         where job_id = (
             select job_id from generation_jobs
             where (state = 'queued' and run_after <= $1) or (state = 'running' and lease_until < $1)
             order by run_after limit 1
             for update skip locked)
         returning job_id, topic_id, level, class, ordered_by, asked, made, failures, reminder, fence, ordered_at, trace_parent",
        now,
        lease_until,
    )
    .fetch_optional(db)
    .await
}

/// Keeps a claimed job for longer; `false` when it is no longer ours.
pub async fn extend_lease(
    db: impl PgExecutor<'_>,
    job_id: JobId,
    fence: i64,
    lease_until: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update generation_jobs set lease_until = $3 where job_id = $1 and fence = $2 and state = 'running'",
        job_id,
        fence,
        lease_until,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts one more card; `None` when the job is no longer ours or has all it asked for. Returns the cards made.
pub async fn count_card(
    db: impl PgExecutor<'_>,
    job_id: JobId,
    fence: i64,
    lease_until: DateTime<Utc>,
) -> sqlx::Result<Option<i16>> {
    sqlx::query_scalar!(
        "update generation_jobs set made = made + 1, lease_until = $3
         where job_id = $1 and fence = $2 and state = 'running' and made < asked returning made",
        job_id,
        fence,
        lease_until,
    )
    .fetch_optional(db)
    .await
}

/// Adds what a request used. Not fenced: tokens were paid for whoever owns the job now.
pub async fn record_request(
    db: impl PgExecutor<'_>,
    job_id: JobId,
    request: &RequestRecord,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update generation_jobs
         set requests = requests + 1, model = $2, tokens_in = tokens_in + $3, tokens_out = tokens_out + $4,
             tokens_estimated = tokens_estimated or $5, cost_microusd = cost_microusd + $6,
             first_token_ms = coalesce(first_token_ms, $7),
             refused = (select coalesce(jsonb_object_agg(kind, total), '{}') from (
                 select kind, sum(n) as total from (
                     select key as kind, value::bigint as n from jsonb_each_text(refused)
                     union all select key, value::bigint from jsonb_each_text($8)) both_counts group by kind) sums),
             diagnostics = (select coalesce(jsonb_object_agg(kind, total), '{}') from (
                 select kind, sum(n) as total from (
                     select key as kind, value::bigint as n from jsonb_each_text(diagnostics)
                     union all select key, value::bigint from jsonb_each_text($9)) both_counts group by kind) sums)
         where job_id = $1",
        job_id,
        request.model,
        request.tokens_in,
        request.tokens_out,
        request.tokens_estimated,
        request.cost_microusd,
        request.first_token_ms,
        request.refused,
        request.diagnostics,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that the model would not write about the topic, for the operator's list.
pub async fn note_declined(db: impl PgExecutor<'_>, job_id: JobId) -> sqlx::Result<()> {
    sqlx::query!(
        "update generation_jobs set declined = true where job_id = $1",
        job_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a job: `done`, or `dead` with a reason and a sentence for the learner. `false` when it is no longer ours.
pub async fn end(
    db: impl PgExecutor<'_>,
    job_id: JobId,
    fence: i64,
    state: &str,
    why: Option<(&str, &str)>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update generation_jobs set state = $3, reason = $4, detail = $5, ended_at = $6, lease_until = null
         where job_id = $1 and fence = $2 and state = 'running'",
        job_id,
        fence,
        state,
        why.map(|(reason, _)| reason),
        why.map(|(_, detail)| detail),
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a claimed job back, to be claimed again at `run_after`.
pub async fn requeue(
    db: impl PgExecutor<'_>,
    job_id: JobId,
    fence: i64,
    run_after: DateTime<Utc>,
    failed: Option<(&str, &str)>,
    reminder: bool,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update generation_jobs
         set state = 'queued', lease_until = null, run_after = $3, failures = failures + ($4::text is not null)::int::smallint,
             reason = $4, detail = $5, reminder = $6
         where job_id = $1 and fence = $2 and state = 'running'",
        job_id,
        fence,
        run_after,
        failed.map(|(reason, _)| reason),
        failed.map(|(_, detail)| detail),
        reminder,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// When the next job may be claimed: the earliest start of a queued one or end of a lease.
pub async fn next_claim_at(db: impl PgExecutor<'_>) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        "select min(case when state = 'queued' then run_after else lease_until end)
         from generation_jobs where state in ('queued', 'running')"
    )
    .fetch_one(db)
    .await
}

/// Millionths of a dollar spent on jobs that started, and on leeches whose rephrasing was ordered, since `since`.
pub async fn spent_since(db: impl PgExecutor<'_>, since: DateTime<Utc>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"-- all learners: what the day cost
           select (select coalesce(sum(cost_microusd), 0) from generation_jobs where started_at >= $1)::bigint
                + (select coalesce(sum(cost_microusd), 0) from rephrasing_requests where asked_at >= $1)::bigint as "spent!""#,
        since,
    )
    .fetch_one(db)
    .await
}

/// Since when the job that has waited longest could have been claimed.
pub async fn oldest_queued_at(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        "select min(run_after) from generation_jobs where state = 'queued' and run_after <= $1",
        now
    )
    .fetch_one(db)
    .await
}

/// Live jobs by state, for the operator.
pub async fn live_counts(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select state, count(*) as "jobs!" from generation_jobs where state in ('queued', 'running') group by state"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.state, row.jobs)).collect())
}
