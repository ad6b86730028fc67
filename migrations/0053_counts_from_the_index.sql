-- What is at hand in a deck is counted at every answer: with all that the count asks for in the index, no card is read.
drop index cards_queue;
create index cards_queue on cards (user_id, deck_id, state, due_at, card_id) include (buried_until)
    where deleted_at is null and not suspended;
