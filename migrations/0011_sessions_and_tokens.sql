-- A browser's session is a row of its own rather than a bag of values: who it signs in, since when, on what. Sessions
-- that began before carry over.

alter table sessions
    add column user_id uuid references users on delete cascade,
    -- Names the session in the settings, where its hash has no business.
    add column session_id uuid not null default gen_random_uuid() constraint sessions_session_id unique,
    add column started_at timestamptz not null default now(),
    add column seen_at timestamptz not null default now(),
    -- Of the browser, shortened.
    add column user_agent text;
delete from sessions where data ->> 'user_id' is null;
update sessions set user_id = (data ->> 'user_id')::uuid;
alter table sessions
    alter column user_id set not null,
    alter column session_id drop default,
    alter column started_at drop default,
    alter column seen_at drop default,
    alter column data drop not null;
-- A learner's sessions.
create index sessions_user on sessions (user_id);

alter table api_tokens
    add column token_id uuid not null default gen_random_uuid() constraint api_tokens_token_id unique,
    add column name text not null default 'First token' constraint api_tokens_name check (char_length(name) between 1 and 80),
    add column scope text not null default 'write' constraint api_tokens_scope check (scope in ('read', 'write')),
    add column last_used_at timestamptz;
alter table api_tokens
    alter column token_id drop default,
    alter column name drop default,
    alter column scope drop default;
