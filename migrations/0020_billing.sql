-- Paid plans. Stripe holds the truth; what stands here is a copy of it, written only by the job that has just looked.

alter table users
    -- What is paid for. A guest's own plan, and a self-hosted server's, are not kept: they follow from elsewhere.
    add column plan text not null default 'free' constraint users_plan check (plan in ('free', 'plus', 'pro')),
    -- A payment failed and Stripe tries again: the plan holds meanwhile, and every page says so.
    add column payment_failed boolean not null default false;

create table billing_customers (
    user_id uuid primary key references users on delete cascade,
    customer_id text not null constraint billing_customers_customer_id unique,
    -- The subscription that decides, as Stripe last had it; null without one.
    subscription_id text,
    status text,
    plan text not null default 'free' constraint billing_customers_plan check (plan in ('free', 'plus', 'pro')),
    billing_interval text constraint billing_customers_interval check (billing_interval in ('month', 'year')),
    period_end timestamptz,
    ends_at_period_end boolean not null default false,
    -- Looks at Stripe that were asked for, and the last one whose finding stands here. The job is the difference.
    -- A look takes the number wanted at its start, and writes only over a lower one: so one that was held up cannot
    -- overwrite what a later look found.
    looks_wanted bigint not null default 1,
    looks_applied bigint not null default 0,
    run_after timestamptz not null,
    failures smallint not null default 0,
    looked_at timestamptz,
    -- The period end of which the learner was reminded.
    reminded_of timestamptz,
    created_at timestamptz not null
);
-- Claiming the next look.
create index billing_customers_wanting on billing_customers (run_after) where looks_applied < looks_wanted;
-- Reminders before a yearly renewal.
create index billing_customers_renewals on billing_customers (period_end)
    where billing_interval = 'year' and not ends_at_period_end;

-- What Stripe told us, once each. Only the ids are kept: what an event says is old when it arrives.
create table billing_events (
    event_id text primary key,
    type text not null,
    customer_id text,
    -- A dispute names its charge only; whose it is a job asks Stripe.
    charge_id text,
    happened_at timestamptz not null,
    received_at timestamptz not null
);
-- Finding whose a dispute is.
create index billing_events_unassigned on billing_events (received_at)
    where customer_id is null and charge_id is not null;
-- The sweep of old events.
create index billing_events_received_at on billing_events (received_at);
