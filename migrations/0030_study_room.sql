-- How a deck is studied: order and daily limits, what the learner wants more or less of; what they do to a card besides
-- answering it, so that each can be taken back; and cards of their own, a cloze's numbers side by side.

alter table decks
    add column new_order text not null default 'mixed'
        constraint decks_new_order check (new_order in ('mixed', 'reviews_first', 'new_first')),
    -- Null: no limit.
    add column new_per_day integer constraint decks_new_per_day check (new_per_day between 0 and 9999),
    add column reviews_per_day integer constraint decks_reviews_per_day check (reviews_per_day between 0 and 9999),
    -- A ceiling on the day's study: what reviews leave of it is what new cards get.
    add column minutes_per_day integer constraint decks_minutes_per_day check (minutes_per_day between 1 and 1440);

alter table cards
    add column buried_until timestamptz,
    -- Forgotten so often that the card itself may be at fault.
    add column leech_at timestamptz,
    -- Brought back to new by hand: its next answer is no first answer.
    add column reset_at timestamptz,
    -- The learner has read that others call the pool card wrong.
    add column warning_read_at timestamptz,
    -- Of a cloze: the text that its cards share, and the number that this one hides.
    add column note_id uuid,
    add column cloze smallint constraint cards_cloze check (cloze between 1 and 99),
    add constraint cards_cloze_has_note check ((note_id is null) = (cloze is null));
-- The other cards of a cloze.
create index cards_note on cards (user_id, note_id) where note_id is not null;

-- A reset is a row of the log like an answer: without it replaying would not give the card's state.
alter table reviews drop constraint reviews_kind;
alter table reviews
    add constraint reviews_kind check (kind in ('answer', 'undo', 'reschedule', 'reset'));

-- What a learner did to a card besides answering it, with what was before. Undo takes the latest back, this or an
-- answer; what is older than the last fifty goes when a new one comes.
create table card_actions (
    user_id uuid not null references users on delete cascade,
    -- May be the client's own: sent twice, it is done once.
    action_id uuid not null,
    card_id uuid not null,
    kind text not null constraint card_actions_kind
        check (kind in ('suspend', 'bury', 'flag', 'edit', 'delete', 'due', 'reset')),
    -- The columns that it changed, as they were.
    before jsonb not null,
    -- The log's row of a due time or a reset.
    review_id uuid,
    done_at timestamptz not null,
    undone_at timestamptz,
    primary key (user_id, action_id)
);
-- The latest.
create index card_actions_latest on card_actions (user_id, done_at) where undone_at is null;

-- What a learner wants more or less of, or nothing at all: it goes into the deck's next order.
create table deck_steers (
    user_id uuid not null,
    deck_id uuid not null,
    words text not null,
    wish text not null constraint deck_steers_wish check (wish in ('more', 'less', 'never')),
    wished_at timestamptz not null,
    primary key (user_id, deck_id, words),
    constraint deck_steers_deck foreign key (user_id, deck_id) references decks on delete cascade
);

-- A cram: cards gone through ahead of time, with no trace in their schedule. One a learner.
create table crams (
    user_id uuid primary key references users on delete cascade,
    deck_id uuid,
    -- What is left, the card on the desk first.
    card_ids uuid[] not null,
    asked integer not null,
    started_at timestamptz not null
);
