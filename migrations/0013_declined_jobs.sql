-- The model would not write about a topic: kept apart from other failures, for the operator's list.

alter table generation_jobs add column declined boolean not null default false;
-- The operator's list.
create index generation_jobs_declined on generation_jobs (ordered_at desc) where declined;
