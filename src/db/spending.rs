//! What the cards cost, for the operator.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::domain::ids::UserId;

/// What one model cost.
#[derive(Debug, Clone)]
pub struct ModelSpend {
    /// As the provider names it.
    pub model: String,
    /// `standard` or `pro`.
    pub class: String,
    /// Jobs begun.
    pub jobs: i64,
    /// Cards that they made.
    pub cards: i64,
    /// Prompt tokens.
    pub tokens_in: i64,
    /// Completion tokens.
    pub tokens_out: i64,
    /// Millionths of a dollar.
    pub cost_microusd: i64,
}

/// What one learner's orders cost. The cards serve others too: it is who caused it, not who gained by it.
#[derive(Debug, Clone)]
pub struct LearnerSpend {
    /// Who ordered; they may be gone.
    pub user_id: UserId,
    /// `guest`, `free`, `plus`, `pro`, or `gone`.
    pub plan: String,
    /// Jobs begun.
    pub jobs: i64,
    /// Cards that they made.
    pub cards: i64,
    /// Millionths of a dollar.
    pub cost_microusd: i64,
}

/// Spend by model of the jobs begun since `since`, dearest first.
pub async fn by_model(
    db: impl PgExecutor<'_>,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<ModelSpend>> {
    sqlx::query_as!(
        ModelSpend,
        r#"select coalesce(model, 'none yet') as "model!", class, count(*) as "jobs!",
                  coalesce(sum(made), 0)::bigint as "cards!", coalesce(sum(tokens_in), 0)::bigint as "tokens_in!",
                  coalesce(sum(tokens_out), 0)::bigint as "tokens_out!",
                  coalesce(sum(cost_microusd), 0)::bigint as "cost_microusd!"
           from generation_jobs where started_at >= $1
           group by 1, 2 order by 7 desc, 1"#,
        since,
    )
    .fetch_all(db)
    .await
}

/// Cards that learners had written differently since `since`: how many, and what they cost in millionths of a dollar.
pub async fn rephrased(db: impl PgExecutor<'_>, since: DateTime<Utc>) -> sqlx::Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"-- all learners: counted for the operator
           select count(*) as "cards!", coalesce(sum(cost_microusd), 0)::bigint as "cost!"
           from rephrasing_requests where asked_at >= $1"#,
        since,
    )
    .fetch_one(db)
    .await?;
    Ok((row.cards, row.cost))
}

/// Spend by learner of the jobs begun, and the cards written differently, since `since`, dearest first.
pub async fn by_learner(
    db: impl PgExecutor<'_>,
    since: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<LearnerSpend>> {
    sqlx::query_as!(
        LearnerSpend,
        r#"-- all learners: counted for the operator
           select j.ordered_by as "user_id!",
                  case when u.user_id is null then 'gone' when u.kind = 'guest' then 'guest' else u.plan end as "plan!",
                  coalesce(sum(j.jobs), 0)::bigint as "jobs!", coalesce(sum(j.made), 0)::bigint as "cards!",
                  coalesce(sum(j.cost_microusd), 0)::bigint as "cost_microusd!"
           from (
               select ordered_by, 1 as jobs, made, cost_microusd from generation_jobs where started_at >= $1
               union all
               select user_id, 0, 0, cost_microusd from rephrasing_requests where asked_at >= $1) j
           left join users u on u.user_id = j.ordered_by
           group by 1, 2 order by 5 desc, 1 limit $2"#,
        since,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Who pays now: plan, interval, and how many.
pub async fn paying(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<(String, String, i64)>> {
    let rows = sqlx::query!(
        r#"-- all learners: counted for the operator
           select plan, billing_interval as "billing_interval!", count(*) as "learners!" from billing_customers
           where plan <> 'free' and billing_interval is not null group by 1, 2 order by 1, 2"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.plan, row.billing_interval, row.learners))
        .collect())
}
