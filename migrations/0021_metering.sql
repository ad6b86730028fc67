-- What a plan limits.

-- What each dealing was allowed, for whoever checks it afterwards: a card knows the limit under which it was dealt, and
-- where the period began. Null: without a limit.
alter table cards
    add column dealt_allowed integer,
    add column dealt_since timestamptz;

-- Topics for which one learner's cards are being written.
create index generation_jobs_live_by_learner on generation_jobs (ordered_by, topic_id) where state in ('queued', 'running');

-- What is held against an allowance.
create index cards_ungraded on cards (user_id) where state = 'new' and pool_card_id is not null;

-- Cards that went ungraded with their deck: they stay held until the period ends.
create table forfeited_cards (
    user_id uuid not null references users on delete cascade,
    deck_id uuid not null,
    cards integer not null,
    forfeited_at timestamptz not null,
    primary key (user_id, deck_id)
);
