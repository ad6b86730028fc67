-- What a learner owns. Foreign keys stay inside one learner's tables, so that all of it can live on one node.

create table decks (
    user_id uuid not null references users on delete cascade,
    deck_id uuid not null,
    -- Null for a deck without generation.
    topic_id uuid,
    topic text not null,
    title text not null,
    language text not null,
    -- The level of the next order, and that of the last: at most one apart.
    level smallint not null constraint decks_level check (level between 1 and 9),
    asked_level smallint not null constraint decks_asked_level check (asked_level between 1 and 9),
    answered_since_asked smallint not null default 0,
    -- The ability estimate in logits, as domain::ability has it; ability_origin_* is where its replay begins.
    ability double precision not null,
    ability_variance double precision not null,
    ability_answers double precision not null,
    ability_easy double precision not null,
    ability_origin_level smallint not null,
    ability_origin_at timestamptz not null,
    desired_retention double precision
        constraint decks_desired_retention check (desired_retention between 0.7 and 0.97),
    paused_at timestamptz,
    archived_at timestamptz,
    created_at timestamptz not null,
    primary key (user_id, deck_id)
);
-- The same topic again is the deck you have.
create unique index decks_topic on decks (user_id, topic_id);

create table cards (
    user_id uuid not null,
    card_id uuid not null,
    deck_id uuid not null,
    -- What was dealt is remembered: a deleted card keeps its row, and so does not come back.
    pool_card_id uuid,
    question text not null,
    answer text not null,
    explanation text,
    subtopic text,
    level smallint not null,
    model text,
    state text not null default 'new' constraint cards_state check (state in ('new', 'learning', 'review', 'relearning')),
    step smallint not null default 0,
    stability double precision,
    difficulty double precision,
    due_at timestamptz,
    last_reviewed_at timestamptz,
    last_review_day date,
    reps integer not null default 0,
    lapses integer not null default 0,
    revision integer not null default 1,
    suspended boolean not null default false,
    flagged boolean not null default false,
    tags text[] not null default '{}',
    dealt_at timestamptz not null,
    deleted_at timestamptz,
    primary key (user_id, card_id),
    constraint cards_dealt_once unique (user_id, deck_id, pool_card_id),
    constraint cards_deck foreign key (user_id, deck_id) references decks on delete cascade,
    constraint cards_reviewed check (state = 'new' or (due_at is not null and stability is not null))
);
-- What is due in a deck, and which new cards were dealt first.
create index cards_queue on cards (user_id, deck_id, state, due_at, card_id)
    where deleted_at is null and not suspended;

-- The card on the learner's desk: it stays there until graded, changed or gone. The scope is a deck, or the nil id for
-- all decks.
create table desk_cards (
    user_id uuid not null references users on delete cascade,
    scope uuid not null,
    card_id uuid not null,
    primary key (user_id, scope)
);
