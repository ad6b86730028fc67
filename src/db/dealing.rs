//! Dealing: copying pool cards into a deck, never one that it has had.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::cards::Card;
use super::narrow;
use crate::domain::ids::{CardId, DeckId, PoolCardId, TopicId, UserId};
use crate::domain::level::Level;
use crate::domain::plan::Allowance;

/// Cards of unwanted subtopics that a period deals away for nothing: about what the model still writes of them before it
/// has read the wish. More, and not wanting would be a way to read on for nothing.
const UNWANTED_FREE: i64 = 10;

/// A learner's new cards since `since`, in all decks: first graded, and dealt from the pool but not graded. What was
/// dealt in the period and put away ungraded (deleted, suspended, archived, or gone with its deck) is held until the
/// period ends: else putting away would be a way to read on for nothing. A card that was reset after its first grading
/// counted then and is not held. Of the cards dealt suspended, of subtopics that the learner wants nothing of,
/// [`UNWANTED_FREE`] are not held in a period.
pub async fn allowance(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    allowed: u32,
    since: DateTime<Utc>,
) -> sqlx::Result<Allowance> {
    let row = sqlx::query!(
        r#"select
               (select count(*) from reviews r
                where r.user_id = $1 and r.first_answer and r.reviewed_at >= $2
                  and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)) as "used!",
               (select count(*) from cards c
                where c.user_id = $1 and c.state = 'new' and c.pool_card_id is not null
                  and not (c.suspended and c.revision = 1)
                  and (c.reset_at is null or not exists (
                      select from reviews r
                      where r.user_id = $1 and r.card_id = c.card_id and r.first_answer
                        and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)))
                  and (c.dealt_at >= $2 or (c.deleted_at is null and not c.suspended and not exists (
                      select from decks d
                      where d.user_id = $1 and d.deck_id = c.deck_id and d.archived_at is not null))))
               + (select greatest(count(*) - $3, 0) from cards
                  where user_id = $1 and state = 'new' and suspended and revision = 1 and pool_card_id is not null
                    and dealt_at >= $2)
               + (select coalesce(sum(cards), 0) from forfeited_cards
                  where user_id = $1 and forfeited_at >= $2) as "held!",
               (select coalesce(sum(asked), 0) from generation_jobs
                where ordered_by = $1 and ordered_at >= $2) as "ordered!""#,
        user_id,
        since,
        UNWANTED_FREE,
    )
    .fetch_one(db)
    .await?;
    Ok(Allowance {
        allowed: Some(allowed),
        used: narrow::count(row.used),
        held: narrow::count(row.held),
        ordered: narrow::count(row.ordered),
    })
}

/// What to deal, and to whom.
#[derive(Debug)]
pub struct Deal<'a> {
    /// The learner.
    pub user_id: UserId,
    /// The deck.
    pub deck_id: DeckId,
    /// Where from.
    pub topic_id: TopicId,
    /// Nearest first.
    pub level: Level,
    /// How far from `level` a card may lie.
    pub reach: u8,
    /// `standard`, or both.
    pub classes: &'a [&'a str],
    /// What the deck has had.
    pub dealt: &'a [PoolCardId],
    /// One id for each card wanted.
    pub card_ids: &'a [CardId],
    /// Now.
    pub dealt_at: DateTime<Utc>,
    /// The desk on which the first of them is laid.
    pub desk: Option<Uuid>,
    /// New cards allowed; `None` = no limit.
    pub allowed: Option<u32>,
    /// Where the period of `allowed` began.
    pub since: DateTime<Utc>,
}

/// Copies pool cards into a deck: what the learner wants more of first, then the nearest to the level, oldest first. A
/// card of a subtopic that they want nothing of comes last, and suspended, so that it does not come again. The first card
/// to study is laid on the desk. All in one statement: a learner's first card costs no other. Returns the new cards, the
/// suspended ones among them, in no order.
pub async fn deal(db: impl PgExecutor<'_>, deal: &Deal<'_>) -> sqlx::Result<Vec<Card>> {
    let classes: Vec<String> = deal.classes.iter().map(ToString::to_string).collect();
    sqlx::query_as!(
        Card,
        r#"with wishes as (
               select array_agg(lower(words)) filter (where wish = 'more') as more,
                      array_agg(lower(words)) filter (where wish = 'less') as less,
                      array_agg(lower(words)) filter (where wish = 'never') as never
               from deck_steers where user_id = $1 and deck_id = $2),
           dealt as (
               insert into cards (user_id, card_id, deck_id, pool_card_id, question, answer, explanation, subtopic,
                                  level, model, dealt_at, suspended, dealt_allowed, dealt_since)
               select $1, ($8::uuid[])[place], $2, pool_card_id, question, answer, explanation, subtopic, level, model,
                      $9, is_unwanted, $11, $12
               from (
                   select *, row_number() over (order by wish, abs(level - $4), position) as place
                   from (select pool_cards.*, coalesce(lower(subtopic) = any(never), false) as is_unwanted,
                                case when lower(subtopic) = any(more) then 0
                                     when lower(subtopic) = any(less) then 2
                                     when lower(subtopic) = any(never) then 3 else 1 end as wish
                         from pool_cards cross join wishes) as wished
                   where topic_id = $3 and quarantined_at is null and level between $4 - $5::int and $4 + $5::int
                     and class = any($6) and pool_card_id <> all($7)
                   order by wish, abs(level - $4), position
                   limit cardinality($8::uuid[])) nearest
               on conflict on constraint cards_dealt_once do nothing
               returning *),
           desk as (
               insert into desk_cards (user_id, scope, card_id)
               select $1, $10, card_id from dealt where not suspended and $10::uuid is not null order by card_id limit 1
               on conflict (user_id, scope) do update set card_id = excluded.card_id)
           select card_id as "card_id!", deck_id as "deck_id!", pool_card_id, question as "question!", answer as "answer!",
                  explanation, subtopic, level as "level!", model, state as "state!", step as "step!",
                  stability, difficulty, due_at, last_reviewed_at, last_review_day, reps as "reps!", lapses as "lapses!",
                  revision as "revision!", suspended as "suspended!", flagged as "flagged!", tags as "tags!",
                  dealt_at as "dealt_at!", buried_until, leech_at, reset_at, warning_read_at, note_id, cloze
           from dealt"#,
        deal.user_id,
        deal.deck_id,
        deal.topic_id,
        i32::from(deal.level.number()),
        i32::from(deal.reach),
        &classes,
        deal.dealt,
        deal.card_ids,
        deal.dealt_at,
        deal.desk,
        deal.allowed.and_then(|allowed| i32::try_from(allowed).ok()),
        deal.allowed.map(|_| deal.since),
    )
    .fetch_all(db)
    .await
}

/// Puts back what was dealt and not yet looked at, and lies further than `reach` from the level: the learner set another
/// level by hand and wants that one now. The cards may be dealt again later. Returns how many.
pub async fn take_back(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    level: Level,
    reach: u8,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "delete from cards c
         where user_id = $1 and deck_id = $2 and state = 'new' and pool_card_id is not null and revision = 1
           and deleted_at is null and abs(level - $3) > $4
           and not exists (select from desk_cards d where d.user_id = $1 and d.card_id = c.card_id)",
        user_id,
        deck_id,
        i16::from(level.number()),
        i16::from(reach),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Puts back all that was dealt and not yet looked at: the deck's cards are to come in another language.
pub async fn take_back_all(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "delete from cards
         where user_id = $1 and deck_id = $2 and state = 'new' and pool_card_id is not null and revision = 1
           and deleted_at is null",
        user_id,
        deck_id,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
