-- What of a topic is in quarantine: asked besides what is new, by whoever keeps a topic's places in mind.
create index pool_cards_quarantined on pool_cards (topic_id) where quarantined_at is not null;
