-- What a learner's orders have asked for in their plan's period: bounded, or typing topics and changing levels would be a
-- way to have cards written that nobody studies.
create index generation_jobs_ordered_by on generation_jobs (ordered_by, ordered_at);

-- Each request for another wording, with what it cost: the proposal is forgotten when it is taken or refused, the money
-- was spent all the same.
create table rephrasing_requests (
    user_id uuid not null references users on delete cascade,
    request_id uuid not null,
    card_id uuid not null,
    cost_microusd bigint not null,
    asked_at timestamptz not null,
    primary key (user_id, request_id)
);
-- The day's spend.
create index rephrasing_requests_asked_at on rephrasing_requests (asked_at);

-- What was spent before the table was there. The version that runs beside this one goes on counting in rephrasings alone.
insert into rephrasing_requests (user_id, request_id, card_id, cost_microusd, asked_at)
select user_id, gen_random_uuid(), card_id, cost_microusd, ordered_at from rephrasings where cost_microusd > 0;
