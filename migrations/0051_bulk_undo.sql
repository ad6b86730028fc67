-- What was done to many cards at once is taken back as one: a row that names the first card, with all of them in `before`.
alter table card_actions drop constraint card_actions_kind;
alter table card_actions
    add constraint card_actions_kind
        check (kind in ('suspend', 'bury', 'flag', 'edit', 'delete', 'due', 'reset', 'many'));
