-- What makes a guest an account: an address, a password, and the settings that follow it to every device.

alter table users
    -- An Argon2id hash in PHC form. Null: a guest, or an account that signs in by mailed link only.
    add column password_hash text,
    add column email_verified_at timestamptz,
    add column name text constraint users_name check (char_length(name) between 1 and 80),
    add column theme text not null default 'system' constraint users_theme check (theme in ('system', 'light', 'dark')),
    -- Of the interface; null: as the browser asks.
    add column language text constraint users_language check (language ~ '^[a-z]{2}$'),
    -- The learner's own limit below the plan's; null: as many as the plan allows.
    add column new_cards_per_day smallint constraint users_new_cards_per_day check (new_cards_per_day between 0 and 9999),
    -- To the day: an idle guest is found by it where billing is on.
    add column seen_at timestamptz;
update users set seen_at = created_at;
alter table users
    alter column seen_at set not null,
    add constraint users_account_has_email check (kind = 'guest' or email is not null),
    add constraint users_guest_has_no_password check (kind = 'account' or password_hash is null);
-- Guests that have been idle.
create index users_idle_guests on users (seen_at) where kind = 'guest';

-- Links in mails: to verify an address, to change it, to sign in, to choose a new password. Each works once.
create table mail_links (
    -- SHA-256 of the token in the link: who reads this table cannot follow it.
    link_hash bytea primary key,
    user_id uuid not null references users on delete cascade,
    purpose text not null constraint mail_links_purpose check (purpose in ('verify', 'sign_in', 'reset')),
    -- Where it was sent; for an account that changes its address, the new one.
    email text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
-- Deleting a learner, and ending the links that an older one replaces.
create index mail_links_user on mail_links (user_id, purpose);
-- The sweep of expired links.
create index mail_links_expires_at on mail_links (expires_at);
