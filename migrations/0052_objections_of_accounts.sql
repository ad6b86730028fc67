-- Only accounts count where an objection takes a card from everybody: a guest is made by anyone, any number of times. A
-- guest's objection is kept, for whoever runs it to read, and counts once its author has signed up. Those that are here
-- already keep their weight.
alter table pool_card_objections add column by_account boolean not null default true;
alter table pool_card_objections alter column by_account drop default;
