-- What generation wrote, shared by all who study the same topic. Learners never edit these rows.

create table topics (
    topic_id uuid primary key,
    -- A BCP-47 tag, or '' for the language in which the topic was typed.
    language text not null,
    key text not null,
    -- As the first learner typed it; each deck keeps its own.
    title text not null,
    created_at timestamptz not null,
    constraint topics_language_key unique (language, key)
);

create table pool_cards (
    topic_id uuid not null references topics,
    pool_card_id uuid not null,
    -- Given under the topic's lock, so a reader who has seen position n can ask for what came after.
    position bigint not null,
    level smallint not null constraint pool_cards_level check (level between 1 and 9),
    class text not null constraint pool_cards_class check (class in ('standard', 'pro')),
    model text not null,
    job_id uuid not null,
    question text not null,
    answer text not null,
    explanation text,
    subtopic text,
    exact_key bytea not null,
    -- Gates that marked the card without refusing it.
    marks text[] not null default '{}',
    quarantined_at timestamptz,
    created_at timestamptz not null,
    primary key (topic_id, pool_card_id),
    constraint pool_cards_exact_key unique (topic_id, exact_key),
    constraint pool_cards_position unique (topic_id, position)
);
-- Dealing: what is near a level, oldest first.
create index pool_cards_near_level on pool_cards (topic_id, level, position) where quarantined_at is null;
