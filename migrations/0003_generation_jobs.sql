-- Orders for cards. A job is leased, and its fence number rises with each claim: a write that carries an older number
-- comes from a worker that was given up, and changes nothing.

create table generation_jobs (
    job_id uuid primary key,
    topic_id uuid not null references topics,
    level smallint not null constraint generation_jobs_level check (level between 1 and 9),
    class text not null constraint generation_jobs_class check (class in ('standard', 'pro')),
    ordered_by uuid not null,
    state text not null constraint generation_jobs_state check (state in ('queued', 'running', 'done', 'dead')),
    asked smallint not null constraint generation_jobs_asked check (asked between 1 and 10),
    made smallint not null default 0,
    -- Requests that failed, and workers that vanished, since the order.
    failures smallint not null default 0,
    requests smallint not null default 0,
    fence bigint not null default 0,
    lease_until timestamptz,
    run_after timestamptz not null,
    -- The last reply held no card at all: the next request says once more what the answer must look like.
    reminder boolean not null default false,
    reason text,
    detail text,
    model text,
    tokens_in bigint not null default 0,
    tokens_out bigint not null default 0,
    tokens_estimated boolean not null default false,
    cost_microusd bigint not null default 0,
    first_token_ms integer,
    -- Counts by gate and by diagnostic kind: what was thrown away, for the operator.
    refused jsonb not null default '{}',
    diagnostics jsonb not null default '{}',
    ordered_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    constraint generation_jobs_made check (made between 0 and asked),
    constraint generation_jobs_running_is_leased check (state <> 'running' or lease_until is not null),
    constraint generation_jobs_ended check ((state in ('done', 'dead')) = (ended_at is not null))
);
-- At most one live job per topic, level and class: whoever orders second finds the first.
create unique index generation_jobs_one_live on generation_jobs (topic_id, level, class)
    where state in ('queued', 'running');
-- Claiming.
create index generation_jobs_claimable on generation_jobs (run_after) where state in ('queued', 'running');
-- What became of the last orders of a topic at a level.
create index generation_jobs_history on generation_jobs (topic_id, level, class, ordered_at desc);
-- The day's spend.
create index generation_jobs_started_at on generation_jobs (started_at);
