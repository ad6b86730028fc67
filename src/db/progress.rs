//! What a learner knows of a deck and what they miss, for the study prompt.

use sqlx::PgExecutor;

use super::narrow;
use crate::domain::ids::{DeckId, UserId};

/// Question and answer of cards in review that were never forgotten, the firmest first.
pub async fn known(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    limit: i64,
) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        "select question, answer from cards
         where user_id = $1 and deck_id = $2 and deleted_at is null and state = 'review' and lapses = 0
         order by stability desc, card_id limit $3",
        user_id,
        deck_id,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.question, row.answer))
        .collect())
}

/// Question and answer of cards that were forgotten, or whose last answer was *again*, the most often forgotten first.
pub async fn missed(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    limit: i64,
) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        "select question, answer from cards
         where user_id = $1 and deck_id = $2 and deleted_at is null and not suspended
           and (lapses > 0 or (state in ('learning', 'relearning') and 1 = (
                select rating from reviews r
                where r.user_id = $1 and r.card_id = cards.card_id and r.kind = 'answer'
                  and not exists (select from reviews u where u.user_id = $1 and u.undoes = r.review_id)
                order by r.reviewed_at desc limit 1)))
         order by lapses desc, stability, card_id limit $3",
        user_id,
        deck_id,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.question, row.answer))
        .collect())
}

/// Subtopics with their cards seen and cards in review, the most seen first.
pub async fn subtopics(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
    limit: i64,
) -> sqlx::Result<Vec<(String, u32, u32)>> {
    let rows = sqlx::query!(
        r#"select subtopic as "subtopic!", count(*) as "seen!", count(*) filter (where state = 'review') as "known!"
           from cards
           where user_id = $1 and deck_id = $2 and deleted_at is null and state <> 'new' and subtopic is not null
           group by subtopic order by count(*) desc, subtopic limit $3"#,
        user_id,
        deck_id,
        limit,
    )
    .fetch_all(db)
    .await?;
    let row = |row: (String, i64, i64)| (row.0, narrow::count(row.1), narrow::count(row.2));
    Ok(rows
        .into_iter()
        .map(|found| row((found.subtopic, found.seen, found.known)))
        .collect())
}

/// Answers given to a deck's cards.
pub async fn answers(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    deck_id: DeckId,
) -> sqlx::Result<u32> {
    let answers = sqlx::query_scalar!(
        r#"select coalesce(sum(reps), 0)::bigint as "answers!" from cards where user_id = $1 and deck_id = $2"#,
        user_id,
        deck_id,
    )
    .fetch_one(db)
    .await?;
    Ok(narrow::count(answers))
}
