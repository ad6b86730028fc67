-- What learners say is wrong with a card. The report stays with its learner; that a pool card was called wrong is also
-- kept beside the pool, where the second account's word quarantines it for all.

create table card_reports (
    user_id uuid not null references users on delete cascade,
    report_id uuid not null,
    card_id uuid not null,
    reason text not null constraint card_reports_reason
        check (reason in ('wrong', 'ambiguous', 'duplicate', 'too_easy', 'too_hard', 'other')),
    note text,
    reported_at timestamptz not null,
    primary key (user_id, report_id)
);

create table pool_card_objections (
    topic_id uuid not null,
    pool_card_id uuid not null,
    -- Not a reference: an objection stands when its author is gone.
    user_id uuid not null,
    primary key (topic_id, pool_card_id, user_id),
    foreign key (topic_id, pool_card_id) references pool_cards on delete cascade
);
