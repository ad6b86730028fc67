-- The trace of the request that ordered a job (W3C traceparent), so that the worker, in whatever process, goes on with it.
alter table generation_jobs add column trace_parent text;
