-- The text that a search looks through, in a table of its own with an index of trigrams: a word that one card of 100,000
-- has is found without reading the others. On the card's own row the index would be written again at each answer.
-- Both extensions come with PostgreSQL, and whoever owns the database may add them.
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create table card_texts (
    user_id uuid not null,
    card_id uuid not null,
    search_text text not null,
    primary key (user_id, card_id),
    constraint card_texts_card foreign key (user_id, card_id) references cards on delete cascade on update cascade
);

create function cards_keep_text() returns trigger language plpgsql as $$
begin
    insert into card_texts (user_id, card_id, search_text)
    values (new.user_id, new.card_id,
            lower(concat_ws(chr(10), new.question, new.answer, new.explanation, new.subtopic)))
    on conflict (user_id, card_id) do update set search_text = excluded.search_text;
    return null;
end $$;

insert into card_texts (user_id, card_id, search_text)
select user_id, card_id, lower(concat_ws(chr(10), question, answer, explanation, subtopic)) from cards;

create index card_texts_trigrams on card_texts using gin (user_id, search_text gin_trgm_ops);

drop trigger cards_fold_text on cards;
drop function cards_fold_text();
alter table cards drop column search_text;
create trigger cards_keep_text after insert or update of question, answer, explanation, subtopic on cards
    for each row execute function cards_keep_text();
