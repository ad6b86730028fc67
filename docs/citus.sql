-- AutoDeck on Citus: run once, as the owner, on the coordinator, after `autodeck migrate` and before the first learner.
-- docs/scaling.md says what each stage of growth needs, and what was tried.

-- Found by their own keys, read with every learner's rows, small or seldom written: a copy on every node.
select create_reference_table('users');
select create_reference_table('topics');

-- A learner's rows lie together: every key begins with user_id, every statement names it, foreign keys stay inside.
select create_distributed_table('decks', 'user_id', shard_count => 128);
select create_distributed_table('cards', 'user_id', colocate_with => 'decks');
-- Triggers on cards write the texts that are searched and raise decks.cards_revision; all three rows lie on one node, so
-- Citus may be told to allow it: citus.enable_unsafe_triggers = on. (Not tried: the revision's triggers name the rows of
-- a statement by a transition table. Where Citus refuses that, the same function for each row does.)
select create_distributed_table('card_texts', 'user_id', colocate_with => 'decks');
select create_distributed_table('desk_cards', 'user_id', colocate_with => 'decks');
select create_distributed_table('reviews', 'user_id', colocate_with => 'decks');
select create_distributed_table('rephrasing_requests', 'user_id', colocate_with => 'decks');
select create_distributed_table('card_reports', 'user_id', colocate_with => 'decks');
select create_distributed_table('card_actions', 'user_id', colocate_with => 'decks');
select create_distributed_table('crams', 'user_id', colocate_with => 'decks');
select create_distributed_table('deck_steers', 'user_id', colocate_with => 'decks');
select create_distributed_table('forfeited_cards', 'user_id', colocate_with => 'decks');

-- The pool lies by topic. Dealing reads a topic's cards with the learner's dealt ids as an array, and inserts the copies
-- where the learner lies: no join of the two.
select create_distributed_table('pool_cards', 'topic_id', shard_count => 128, colocate_with => 'none');
select create_distributed_table('pool_card_objections', 'topic_id', colocate_with => 'pool_cards');

-- On the coordinator stay the tables that somebody reads across learners, each small or seldom written:
-- generation_jobs, rephrasings, reminders and billing_customers are queues that workers claim from (`for update skip locked`
-- over one table is what makes them fair); sessions, api_tokens, mail_links and limits are found by their own keys;
-- billing_events waits to be read once.
