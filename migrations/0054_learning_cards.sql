-- Browsing cards in their learning steps: few ever are, and far apart.
create index cards_learning on cards (user_id, card_id)
    where deleted_at is null and state in ('learning', 'relearning');
