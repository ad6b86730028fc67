-- How often a deck's cards were changed: while it stays the same, a deck holds what it held, and nobody has to count its
-- cards again. Raised by the database, whoever changes them: an older build beside a newer one, a merge, an import.
alter table decks add column cards_revision bigint not null default 0;

create function cards_raise_revision() returns trigger language plpgsql as $$
begin
    update decks d set cards_revision = cards_revision + 1
    from (select distinct user_id, deck_id from changed) c
    where d.user_id = c.user_id and d.deck_id = c.deck_id;
    return null;
end $$;

create trigger cards_raise_revision_insert after insert on cards
    referencing new table as changed for each statement execute function cards_raise_revision();
create trigger cards_raise_revision_update after update on cards
    referencing new table as changed for each statement execute function cards_raise_revision();
create trigger cards_raise_revision_delete after delete on cards
    referencing old table as changed for each statement execute function cards_raise_revision();
