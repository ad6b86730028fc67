-- What billing tries again, each by itself and after a pause, so that one that always fails holds up nobody else.

-- A dispute names its charge only; when Stripe is asked again whose it is.
alter table billing_events
    add column ask_after timestamptz,
    add column failures smallint not null default 0;

-- Whoever writes a reminder of a renewal has it to themselves until then; it counts as written when the mail server has
-- taken it.
alter table billing_customers add column remind_after timestamptz;

-- Customers whose account was deleted. A payment that Stripe completes at that very moment begins a subscription that
-- nobody would cancel: for a day it is looked for. Two ids, of which one is Stripe's and the other of nobody any more.
create table ended_customers (
    customer_id text primary key,
    -- Our id of who they were: what carries it at Stripe is ours to cancel.
    learner_id uuid not null,
    look_after timestamptz not null,
    until timestamptz not null
);
-- Claiming the next look.
create index ended_customers_look_after on ended_customers (look_after);
