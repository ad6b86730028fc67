-- How often an address or an account did what is limited. In the database, because several processes serve one learner;
-- not logged, because a crash that forgets it harms nobody.

create unlogged table limits (
    -- SHA-256 of what is limited and for whom: no address is kept.
    limit_key bytea primary key,
    -- The theoretical arrival time of the generic cell rate algorithm: how far the key has run ahead of its rate.
    ahead_until timestamptz not null
);
-- The sweep of keys that are idle again.
create index limits_ahead_until on limits (ahead_until);
