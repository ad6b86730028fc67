-- a dealt card belongs to its owner's deck
select c.card_id from cards c left join decks d on d.user_id = c.user_id and d.deck_id = c.deck_id
where d.deck_id is null and $1::timestamptz is not null;
-- no two pool cards of a topic share the key
select topic_id, exact_key from pool_cards where $1::timestamptz is not null group by 1, 2 having count(*) > 1;
-- a done job made what it says, and no more than asked
select j.job_id from generation_jobs j
where $1::timestamptz is not null
  and (j.made <> (select count(*) from pool_cards p where p.topic_id = j.topic_id and p.job_id = j.job_id) or j.made > j.asked);
-- no running job is long past its lease
select job_id from generation_jobs where state = 'running' and lease_until < $1::timestamptz - interval '1 hour';
-- a row of the log is taken back at most once, and by its own card's undo
select u.review_id from reviews u left join reviews r on r.user_id = u.user_id and r.review_id = u.undoes
where u.kind = 'undo' and (r.review_id is null or r.card_id <> u.card_id or r.kind = 'undo') and $1::timestamptz is not null;
-- at most one live job per topic, level and class
select topic_id, level, class from generation_jobs where state in ('queued', 'running') and $1::timestamptz is not null
group by 1, 2, 3 having count(*) > 1;
-- a card's reps are its standing answers since its last standing reset
select c.card_id from cards c
where c.reps <> (select count(*) from reviews r where r.user_id = c.user_id and r.card_id = c.card_id and r.kind = 'answer'
    and not exists (select from reviews u where u.user_id = r.user_id and u.undoes = r.review_id)
    and not exists (select from reviews z where z.user_id = r.user_id and z.card_id = r.card_id and z.kind = 'reset'
        and (z.reviewed_at, z.review_id) > (r.reviewed_at, r.review_id)
        and not exists (select from reviews u where u.user_id = z.user_id and u.undoes = z.review_id)))
  and $1::timestamptz is not null;
-- a card's revision counts its changes
select card_id from cards where revision < 1 and $1::timestamptz is not null;
-- a new card has no memory state, and any other has one
select card_id from cards where (state = 'new') <> (stability is null) and $1::timestamptz is not null;
-- no card of the pool was dealt twice into a deck
select user_id, deck_id, pool_card_id from cards where pool_card_id is not null and $1::timestamptz is not null
group by 1, 2, 3 having count(*) > 1;
-- at each deal, used + held <= allowed
-- (what was put away before the deal is left out, for when it was put away is not kept of all of it)
select c.user_id, c.card_id from cards c
where c.dealt_allowed is not null and $1::timestamptz is not null
  and c.dealt_allowed < (
      select count(*) from reviews r
      where r.user_id = c.user_id and r.first_answer and r.reviewed_at >= c.dealt_since and r.received_at < c.dealt_at
        and not exists (select from reviews u where u.user_id = r.user_id and u.undoes = r.review_id and u.received_at < c.dealt_at))
    + (select count(*) from cards h
       where h.user_id = c.user_id and h.pool_card_id is not null and h.dealt_at <= c.dealt_at
         and not (h.suspended and h.revision = 1)
         and (h.deleted_at is null or h.dealt_at >= c.dealt_since) and (not h.suspended or h.dealt_at >= c.dealt_since)
         and not exists (
             select from reviews r where r.user_id = h.user_id and r.card_id = h.card_id and r.first_answer
             and r.received_at < c.dealt_at
             and not exists (select from reviews u where u.user_id = r.user_id and u.undoes = r.review_id and u.received_at < c.dealt_at)));
