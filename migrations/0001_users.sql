-- Learners, and the two ways in: a browser's session and a bearer token. These three are found by their own keys;
-- every other table of a learner has user_id first in its key.

create table users (
    user_id uuid primary key,
    kind text not null constraint users_kind check (kind in ('guest', 'account')),
    email text constraint users_email unique,
    time_zone text not null,
    rollover_hour smallint not null constraint users_rollover_hour check (rollover_hour between 0 and 23),
    -- A new time zone counts from the next day: until day_zone_until the learner's day is cut by these two.
    day_time_zone text not null,
    day_rollover_hour smallint not null,
    day_zone_until timestamptz not null,
    buttons smallint not null constraint users_buttons check (buttons in (3, 4)),
    desired_retention double precision not null
        constraint users_desired_retention check (desired_retention between 0.7 and 0.97),
    created_at timestamptz not null,
    constraint users_guest_has_no_email check (kind = 'account' or email is null)
);

create table sessions (
    -- SHA-256 of the cookie's id: who reads this table cannot sign in with it.
    session_hash bytea primary key,
    data jsonb not null,
    expires_at timestamptz not null
);
-- The sweep of expired sessions.
create index sessions_expires_at on sessions (expires_at);

create table api_tokens (
    token_hash bytea primary key,
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null
);
-- Deleting a learner.
create index api_tokens_user on api_tokens (user_id);
