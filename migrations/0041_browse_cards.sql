-- Browsing 100,000 cards without a pause. The text that a search looks through, folded once when it is written and not at
-- each search: a plain scan of one column finds any piece of any script, where an index of words finds words of languages
-- that part them with spaces, and would have to be written again at each answer to the card.
-- A trigger and not a generated column: a row is copied whole when a guest's decks move into an account.
alter table cards add column search_text text not null default '';

create function cards_fold_text() returns trigger language plpgsql as $$
begin
    new.search_text := lower(concat_ws(chr(10), new.question, new.answer, new.explanation, new.subtopic));
    return new;
end $$;

create trigger cards_fold_text before insert or update of question, answer, explanation, subtopic on cards
    for each row execute function cards_fold_text();

update cards set search_text = lower(concat_ws(chr(10), question, answer, explanation, subtopic));

-- Sorted by what comes up next.
create index cards_by_due on cards (user_id, due_at, card_id) where deleted_at is null;
-- Sorted by how often they were forgotten, and leeches: few cards ever are.
create index cards_by_lapses on cards (user_id, lapses, card_id) where deleted_at is null and lapses > 0;
-- Flagged, suspended, tagged: few, and far apart.
create index cards_flagged on cards (user_id, card_id) where deleted_at is null and flagged;
create index cards_suspended on cards (user_id, card_id) where deleted_at is null and suspended;
create index cards_tagged on cards (user_id, card_id) where deleted_at is null and tags <> '{}';
-- The cards of one deck in the order of their making.
create index cards_of_deck on cards (user_id, deck_id, card_id) where deleted_at is null;
