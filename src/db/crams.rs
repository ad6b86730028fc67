//! Crams: cards gone through ahead of time, and which cards a cram may be of.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::domain::ids::{CardId, DeckId, UserId};

/// A learner's cram.
#[derive(Debug, Clone)]
pub struct Cram {
    /// Of one deck, or of all.
    pub deck_id: Option<DeckId>,
    /// What is left, the card on the desk first.
    pub card_ids: Vec<CardId>,
    /// How many it began with.
    pub asked: i32,
}

/// Which cards a cram is of.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// One deck, or all that are not archived.
    pub deck_id: Option<DeckId>,
    /// `all`, `soon`, `missed`, `flagged`, `leeches` or `tag`.
    pub what: &'a str,
    /// Of `tag`.
    pub tag: Option<&'a str>,
    /// `soon`: due before then.
    pub soon: DateTime<Utc>,
    /// `missed`: answered wrongly since then.
    pub since: DateTime<Utc>,
    /// At most so many, the next due first.
    pub limit: i64,
}

/// The cards of a cram, the next due first; suspended cards and such as were never answered stay out, but for those that
/// were asked for by name (a flag, a tag).
pub async fn choose(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    wanted: &Wanted<'_>,
) -> sqlx::Result<Vec<CardId>> {
    sqlx::query_scalar!(
        "select c.card_id from cards c join decks d on d.user_id = c.user_id and d.deck_id = c.deck_id
         where c.user_id = $1 and c.deleted_at is null and not c.suspended and d.archived_at is null
           and ($2::uuid is null or c.deck_id = $2)
           and case $3::text
               when 'soon' then c.state <> 'new' and c.due_at < $5
               when 'missed' then exists (
                   select from reviews r where r.user_id = $1 and r.card_id = c.card_id and r.kind = 'answer'
                     and r.rating = 1 and r.reviewed_at >= $6)
               when 'flagged' then c.flagged
               when 'leeches' then c.leech_at is not null
               when 'tag' then $4::text = any(c.tags)
               else c.state <> 'new' end
         order by c.due_at nulls last, c.card_id limit $7",
        user_id,
        wanted.deck_id,
        wanted.what,
        wanted.tag,
        wanted.soon,
        wanted.since,
        wanted.limit,
    )
    .fetch_all(db)
    .await
}

/// Begins a cram in place of the one before.
pub async fn begin(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: Option<DeckId>,
    card_ids: &[CardId],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let asked = i32::try_from(card_ids.len()).unwrap_or(i32::MAX);
    sqlx::query!(
        "insert into crams (user_id, deck_id, card_ids, asked, started_at) values ($1, $2, $3, $4, $5)
         on conflict (user_id) do update
         set deck_id = excluded.deck_id, card_ids = excluded.card_ids, asked = excluded.asked,
             started_at = excluded.started_at",
        user_id,
        deck_id,
        card_ids,
        asked,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The learner's cram.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<Cram>> {
    sqlx::query_as!(
        Cram,
        "select deck_id, card_ids, asked from crams where user_id = $1",
        user_id
    )
    .fetch_optional(db)
    .await
}

/// Goes on from a card: it leaves when it was known, and comes again at the end when not. Nothing happens when another
/// card is on the desk by now: the form was sent twice.
pub async fn pass(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
    was_known: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update crams
         set card_ids = case when $3 then card_ids[2:] else card_ids[2:] || $2::uuid end
         where user_id = $1 and card_ids[1] = $2",
        user_id,
        card_id,
        was_known,
    )
    .execute(db)
    .await?;
    Ok(())
}
