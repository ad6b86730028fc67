-- One mail a day at most to those who asked for it. The token stands in the link of every mail and turns them off without
-- signing in. It is kept as it is, where other secrets are kept as hashes: an old mail's link has to work, too, and all
-- that it opens is silence.
create table reminders (
    user_id uuid primary key references users on delete cascade,
    -- The hour of the learner's clock after which the mail may go.
    hour smallint not null constraint reminders_hour check (hour between 0 and 23),
    stop_token text not null constraint reminders_stop_token unique,
    -- The learner's day of the last mail. Claimed before the mail is sent: a crash costs a mail, never sends two.
    last_sent_day date,
    -- When to look at this learner again, so that a look at all of them is a look at few rows.
    look_at timestamptz not null
);
-- Whose turn it is.
create index reminders_look_at on reminders (look_at);
