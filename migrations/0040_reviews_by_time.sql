-- What a learner answered since an instant, in one deck or all: today's mix, and the statistics. Ids of answers come from
-- clients and lie in no order, so without it each such question read the learner's whole log.
create index reviews_answers_by_time on reviews (user_id, reviewed_at) where kind = 'answer';
