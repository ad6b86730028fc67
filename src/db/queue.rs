//! What is to be studied: candidates for the next card, counts, and the card on the desk.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::narrow;
use crate::domain::ids::{CardId, DeckId, PoolCardId, UserId};
use crate::domain::scheduler::Schedule;

/// A card that might be next, with the little that its place in the order depends on.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Key.
    pub card_id: CardId,
    /// Whose limits count.
    pub deck_id: DeckId,
    /// See `domain::scheduler`.
    pub state: String,
    /// `None` for a new card.
    pub due_at: Option<DateTime<Utc>>,
    /// Which part of the topic; of a cloze, which note.
    pub subtopic: Option<String>,
    /// Rises with each change.
    pub revision: i32,
}

/// The decks from which each kind of card may come: a day's limit closes a deck to new cards or to reviews.
#[derive(Debug, Clone, Copy)]
pub struct OpenDecks<'a> {
    /// All decks studied: learning steps are never put off.
    pub learning: &'a [DeckId],
    /// Those with new cards left today.
    pub new: &'a [DeckId],
    /// Those with reviews left today.
    pub reviews: &'a [DeckId],
}

/// The first `limit` cards of each kind in these decks: learning by due time up to `learning_until`, reviews due at
/// `now`, and new ones in the order in which they were dealt.
pub async fn candidates(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    open: OpenDecks<'_>,
    now: DateTime<Utc>,
    learning_until: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Candidate>> {
    sqlx::query_as!(
        Candidate,
        r#"(select card_id as "card_id!", deck_id as "deck_id!", state as "state!", due_at,
                   coalesce(note_id::text, subtopic) as subtopic, revision as "revision!"
            from cards
            where user_id = $1 and deck_id = any($2) and deleted_at is null and not suspended
              and (buried_until is null or buried_until <= $3)
              and state in ('learning', 'relearning') and due_at <= $4
            order by due_at, card_id limit $5)
           union all
           (select card_id, deck_id, state, due_at, coalesce(note_id::text, subtopic), revision from cards
            where user_id = $1 and deck_id = any($7) and deleted_at is null and not suspended
              and (buried_until is null or buried_until <= $3)
              and state = 'review' and due_at <= $3
            order by due_at, card_id limit $5)
           union all
           (select card_id, deck_id, state, due_at, coalesce(note_id::text, subtopic), revision from cards
            where user_id = $1 and deck_id = any($6) and deleted_at is null and not suspended
              and (buried_until is null or buried_until <= $3)
              and state = 'new' and (due_at is null or due_at <= $3)
            order by card_id limit $5)"#,
        user_id,
        open.learning,
        now,
        learning_until,
        limit,
        open.new,
        open.reviews,
    )
    .fetch_all(db)
    .await
}

/// What is at hand in a deck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeckCounts {
    /// The deck.
    pub deck_id: DeckId,
    /// Dealt, not yet graded, and not put off.
    pub new: i64,
    /// Learning or relearning, whenever due.
    pub learning: i64,
    /// Of these, due at `now`.
    pub learning_due: i64,
    /// Reviews due at `now`.
    pub review_due: i64,
    /// Learning cards and reviews due before the learner's day ends.
    pub due_today: i64,
    /// The next due time after `now`.
    pub next_due_at: Option<DateTime<Utc>>,
}

/// Counts of these decks; one without cards is left out.
pub async fn counts(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_ids: &[DeckId],
    now: DateTime<Utc>,
    day_end: DateTime<Utc>,
) -> sqlx::Result<Vec<DeckCounts>> {
    sqlx::query_as!(
        DeckCounts,
        r#"select deck_id,
               count(*) filter (where state = 'new' and (due_at is null or due_at <= $3)) as "new!",
               count(*) filter (where state in ('learning', 'relearning')) as "learning!",
               count(*) filter (where state in ('learning', 'relearning') and due_at <= $3) as "learning_due!",
               count(*) filter (where state = 'review' and due_at <= $3) as "review_due!",
               count(*) filter (where state <> 'new' and due_at < $4) as "due_today!",
               min(due_at) filter (where due_at > $3) as next_due_at
           from cards
           where user_id = $1 and deck_id = any($2) and deleted_at is null and not suspended
             and (buried_until is null or buried_until <= $3)
           group by deck_id"#,
        user_id,
        deck_ids,
        now,
        day_end,
    )
    .fetch_all(db)
    .await
}

/// The counts of each of these decks, in their order, and every pool card that was ever dealt into it: one question for
/// what a learner asks of a deck again and again. Each count reads its own stretch of the index: of a deck's thousands,
/// those that are due some other day are not looked at.
pub async fn at_hand(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_ids: &[DeckId],
    now: DateTime<Utc>,
    day_end: DateTime<Utc>,
) -> sqlx::Result<Vec<(DeckCounts, Vec<PoolCardId>)>> {
    let rows = sqlx::query!(
        r#"select d.deck_id as "deck_id!", n.new as "new!", l.learning as "learning!", l.learning_due as "learning_due!",
               r.review_due as "review_due!", l.today + r.today as "due_today!",
               least(n.next, l.next, f.next) as next_due_at,
               array(select pool_card_id from cards
                     where user_id = $1 and deck_id = d.deck_id and pool_card_id is not null) as "dealt!"
           from unnest($2::uuid[]) with ordinality as d (deck_id, place)
           cross join lateral (
               select count(*) filter (where due_at is null or due_at <= $3) as new,
                   min(due_at) filter (where due_at > $3) as next
               from cards
               where user_id = $1 and deck_id = d.deck_id and state = 'new' and deleted_at is null and not suspended
                 and (buried_until is null or buried_until <= $3)) n
           cross join lateral (
               select count(*) as learning, count(*) filter (where due_at <= $3) as learning_due,
                   count(*) filter (where due_at < $4) as today, min(due_at) filter (where due_at > $3) as next
               from (select due_at from cards
                     where user_id = $1 and deck_id = d.deck_id and state = 'learning' and deleted_at is null
                       and not suspended and (buried_until is null or buried_until <= $3)
                     union all
                     select due_at from cards
                     where user_id = $1 and deck_id = d.deck_id and state = 'relearning' and deleted_at is null
                       and not suspended and (buried_until is null or buried_until <= $3)) steps) l
           cross join lateral (
               select count(*) filter (where due_at <= $3) as review_due, count(*) as today
               from cards
               where user_id = $1 and deck_id = d.deck_id and state = 'review' and due_at < $4 and deleted_at is null
                 and not suspended and (buried_until is null or buried_until <= $3)) r
           cross join lateral (
               select min(due_at) as next
               from cards
               where user_id = $1 and deck_id = d.deck_id and state = 'review' and due_at > $3 and deleted_at is null
                 and not suspended and (buried_until is null or buried_until <= $3)) f
           order by d.place"#,
        user_id,
        deck_ids,
        now,
        day_end,
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| {
        let counts = DeckCounts {
            deck_id: row.deck_id,
            new: row.new,
            learning: row.learning,
            learning_due: row.learning_due,
            review_due: row.review_due,
            due_today: row.due_today,
            next_due_at: row.next_due_at,
        };
        (counts, row.dealt)
    });
    Ok(rows.collect())
}

/// Lays a card on the desk, if it is still at `revision`: one that was graded since it was chosen stays off. The share
/// lock makes this and an answer to the card take turns, so that neither misses the other.
pub async fn put_on_desk(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    scope: DeckId,
    card_id: CardId,
    revision: i32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into desk_cards (user_id, scope, card_id)
         select user_id, $2, card_id from cards
         where user_id = $1 and card_id = $3 and revision = $4 and deleted_at is null for share
         on conflict (user_id, scope) do update set card_id = excluded.card_id",
        user_id,
        scope,
        card_id,
        revision,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a card off every desk of its learner: it was graded, changed or deleted.
pub async fn take_off_desk(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    card_id: CardId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from desk_cards where user_id = $1 and card_id = $2",
        user_id,
        card_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Cards of a deck that were answered before and fall due before `until`, at most `limit` of them spread over all by
/// their ids' last digits, and how many there are.
pub async fn due_until(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    until: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<(Vec<(CardId, Schedule)>, i64)> {
    let rows = sqlx::query!(
        r#"select card_id, state, step, stability, difficulty, due_at, last_reviewed_at, last_review_day, reps, lapses,
                  count(*) over () as "all!"
           from cards
           where user_id = $1 and deck_id = $2 and deleted_at is null and not suspended and state <> 'new' and due_at < $3
           order by right(card_id::text, 12) limit $4"#,
        user_id,
        deck_id,
        until,
        limit,
    )
    .fetch_all(db)
    .await?;
    let all = rows.first().map_or(0, |row| row.all);
    let cards = rows.into_iter().map(|row| {
        let schedule = Schedule {
            state: narrow::state(&row.state),
            step: u8::try_from(row.step).unwrap_or(0),
            stability: row.stability,
            difficulty: row.difficulty,
            due_at: row.due_at,
            last_reviewed_at: row.last_reviewed_at,
            last_review_day: row.last_review_day,
            reps: u32::try_from(row.reps).unwrap_or(0),
            lapses: u32::try_from(row.lapses).unwrap_or(0),
        };
        (row.card_id, schedule)
    });
    Ok((cards.collect(), all))
}
