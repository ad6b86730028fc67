-- The log of answers: append-only, and enough to compute every card's state and every deck's ability again. It holds no
-- text, and outlives the cards it speaks of (today's count of new cards, statistics).

create table reviews (
    user_id uuid not null references users on delete cascade,
    -- The client's own id for an answer: sent twice, it counts once.
    review_id uuid not null,
    deck_id uuid not null,
    card_id uuid not null,
    kind text not null constraint reviews_kind check (kind in ('answer', 'undo', 'reschedule')),
    -- When the learner answered, and in which order the log grew.
    reviewed_at timestamptz not null,
    received_at timestamptz not null,
    -- An undo names the answer that it takes back.
    undoes uuid,
    rating smallint constraint reviews_rating check (rating between 1 and 4),
    duration_ms integer,
    first_answer boolean not null default false,
    card_level smallint not null,
    -- What the scheduler was told.
    desired_retention double precision not null,
    time_zone text not null,
    rollover_hour smallint not null,
    -- A reschedule's new due time.
    due_at timestamptz,
    -- The card before this row.
    state_before text not null,
    step_before smallint not null,
    stability_before double precision,
    difficulty_before double precision,
    due_before timestamptz,
    last_reviewed_before timestamptz,
    last_review_day_before date,
    reps_before integer not null,
    lapses_before integer not null,
    primary key (user_id, review_id),
    constraint reviews_answer_has_rating check ((kind = 'answer') = (rating is not null)),
    constraint reviews_undo_names_answer check ((kind = 'undo') = (undoes is not null))
);
-- An answer is taken back once.
create unique index reviews_undoes on reviews (user_id, undoes) where undoes is not null;
-- A card's history.
create index reviews_card on reviews (user_id, card_id, reviewed_at);
-- A deck's first answers, from which its ability is computed.
create index reviews_first_answers on reviews (user_id, deck_id, reviewed_at) where first_answer;
-- New cards of the day.
create index reviews_new_cards on reviews (user_id, reviewed_at) where first_answer;
