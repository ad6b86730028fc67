-- A leech asked to be written differently: ordered by an answer, worked by the generator (leased and fenced like a
-- job), shown to the learner, who takes it or not. The one table of a learner's text that a worker reads.

create table rephrasings (
    user_id uuid not null references users on delete cascade,
    card_id uuid not null,
    state text not null constraint rephrasings_state
        check (state in ('queued', 'running', 'proposed', 'failed')),
    failures smallint not null default 0,
    fence bigint not null default 0,
    lease_until timestamptz,
    run_after timestamptz not null,
    question text,
    answer text,
    explanation text,
    cost_microusd bigint not null default 0,
    ordered_at timestamptz not null,
    primary key (user_id, card_id),
    constraint rephrasings_running_is_leased check (state <> 'running' or lease_until is not null),
    constraint rephrasings_proposed_has_text check (state <> 'proposed' or (question is not null and answer is not null))
);
-- Claiming.
create index rephrasings_claimable on rephrasings (run_after) where state in ('queued', 'running');
-- The day's spend.
create index rephrasings_ordered_at on rephrasings (ordered_at);
