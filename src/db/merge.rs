//! Moving a guest's rows into an account, table by table. A row is copied as JSON with another `user_id`, so that a
//! column that is added later comes along by itself. What a table with rows of learners needs here, a test asks for
//! each that it finds in the catalogue.

use sqlx::{PgConnection, PgExecutor};

use super::reviews::Review;
use crate::domain::ids::{CardId, DeckId, UserId};

/// Tables whose rows are moved, the referred before the referring.
pub const MOVED: [&str; 6] = [
    "decks",
    "cards",
    "reviews",
    "card_reports",
    "deck_steers",
    "rephrasing_requests",
];

/// Tables whose rows end with the guest, and why that loses nothing.
pub const LEFT: [(&str, &str); 12] = [
    ("users", "the account has its own settings"),
    ("sessions", "the browser is signed in to the account"),
    ("api_tokens", "a guest's token must not open an account"),
    ("mail_links", "a guest has no address"),
    (
        "desk_cards",
        "which card lies on the desk is found out anew",
    ),
    (
        "reminders",
        "a guest has no address to be reminded at, and the account's own stand",
    ),
    ("card_actions", "undo means what was done just now"),
    ("crams", "a cram is an evening's, and can be begun anew"),
    (
        "rephrasings",
        "a leech's page asks for another wording again",
    ),
    (
        "pool_card_objections",
        "handled apart: they outlive their author",
    ),
    (
        "billing_customers",
        "a guest buys nothing: a plan wants an account",
    ),
    (
        "forfeited_cards",
        "they count against the guest's own allowance",
    ),
];

/// A guest's deck of a topic of which the account has a deck too.
#[derive(Debug, Clone)]
pub struct SameTopic {
    /// The guest's.
    pub from: DeckId,
    /// The account's.
    pub into: DeckId,
}

/// Two copies of one pool card in such decks.
#[derive(Debug, Clone)]
pub struct SameCard {
    /// The guest's.
    pub from: CardId,
    /// The account's.
    pub into: CardId,
}

/// Locks the row of a learner: nothing that refers to it is added until the transaction ends.
pub async fn lock_user(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        "select user_id from users where user_id = $1 for update",
        user_id
    )
    .fetch_optional(db)
    .await?;
    Ok(found.is_some())
}

/// How many decks a learner has.
pub async fn count_decks(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "decks!" from decks where user_id = $1"#,
        user_id
    )
    .fetch_one(db)
    .await
}

/// The decks of both that are of one topic.
pub async fn same_topics(
    db: impl PgExecutor<'_>,
    guest: UserId,
    account: UserId,
) -> sqlx::Result<Vec<SameTopic>> {
    sqlx::query_as!(
        SameTopic,
        r#"select g.deck_id as from, a.deck_id as into
           from decks g join decks a on a.user_id = $2 and a.topic_id = g.topic_id
           where g.user_id = $1"#,
        guest,
        account,
    )
    .fetch_all(db)
    .await
}

/// The cards of both decks that were dealt from one pool card.
pub async fn same_cards(
    db: impl PgExecutor<'_>,
    guest: UserId,
    account: UserId,
    decks: &SameTopic,
) -> sqlx::Result<Vec<SameCard>> {
    sqlx::query_as!(
        SameCard,
        r#"select g.card_id as from, a.card_id as into
           from cards g join cards a on a.user_id = $2 and a.deck_id = $4 and a.pool_card_id = g.pool_card_id
           where g.user_id = $1 and g.deck_id = $3"#,
        guest,
        account,
        decks.from,
        decks.into,
    )
    .fetch_all(db)
    .await
}

/// Copies every deck whose topic the account does not have.
pub async fn copy_decks(
    db: impl PgExecutor<'_>,
    guest: UserId,
    account: UserId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into decks
         select (jsonb_populate_record(null::decks, to_jsonb(g) || jsonb_build_object('user_id', $2::uuid))).*
         from decks g
         where g.user_id = $1
           and not exists (select from decks a where a.user_id = $2 and a.topic_id = g.topic_id)",
        guest,
        account,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the account's deck what the guest's deck of the same topic knows of the learner's level: for a deck in which
/// nothing was answered yet.
pub async fn copy_level(
    db: impl PgExecutor<'_>,
    guest: UserId,
    account: UserId,
    decks: &SameTopic,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update decks a
         set level = g.level, asked_level = g.asked_level, answered_since_asked = g.answered_since_asked,
             ability = g.ability, ability_variance = g.ability_variance, ability_answers = g.ability_answers,
             ability_easy = g.ability_easy, ability_origin_level = g.ability_origin_level,
             ability_origin_at = g.ability_origin_at
         from decks g
         where g.user_id = $1 and g.deck_id = $2 and a.user_id = $3 and a.deck_id = $4",
        guest,
        decks.from,
        account,
        decks.into,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Copies a deck's cards into the account's deck `into`, but those that it has of the same pool card.
pub async fn copy_cards(
    db: impl PgExecutor<'_>,
    guest: UserId,
    account: UserId,
    decks: &SameTopic,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into cards
         select (jsonb_populate_record(null::cards, to_jsonb(g)
                     || jsonb_build_object('user_id', $2::uuid, 'deck_id', $4::uuid))).*
         from cards g
         where g.user_id = $1 and g.deck_id = $3
           and not exists (select from cards a
                           where a.user_id = $2 and a.deck_id = $4 and a.pool_card_id = g.pool_card_id)",
        guest,
        account,
        decks.from,
        decks.into,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Copies the log of a deck into the account's deck `into`; rows of the cards `from` become rows of the cards `to`.
pub async fn copy_reviews(
    db: impl PgExecutor<'_>,
    guest: UserId,
    account: UserId,
    decks: &SameTopic,
    same: &[SameCard],
) -> sqlx::Result<()> {
    let (from, to): (Vec<CardId>, Vec<CardId>) =
        same.iter().map(|one| (one.from, one.into)).unzip();
    sqlx::query!(
        "insert into reviews
         select (jsonb_populate_record(null::reviews, to_jsonb(g)
                     || jsonb_build_object('user_id', $2::uuid, 'deck_id', $4::uuid,
                                           'card_id', coalesce(same.into_id, g.card_id)))).*
         from reviews g
              left join unnest($5::uuid[], $6::uuid[]) as same (from_id, into_id) on same.from_id = g.card_id
         where g.user_id = $1 and g.deck_id = $3
         on conflict (user_id, review_id) do nothing",
        guest,
        account,
        decks.from,
        decks.into,
        &from,
        &to,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Copies what the guest reported; a report on a card that the account had too is now on the account's.
pub async fn copy_reports(
    db: impl PgExecutor<'_>,
    guest: UserId,
    account: UserId,
    same: &[SameCard],
) -> sqlx::Result<()> {
    let (from, to): (Vec<CardId>, Vec<CardId>) =
        same.iter().map(|one| (one.from, one.into)).unzip();
    sqlx::query!(
        "insert into card_reports
         select (jsonb_populate_record(null::card_reports, to_jsonb(g)
                     || jsonb_build_object('user_id', $2::uuid, 'card_id', coalesce(same.into_id, g.card_id)))).*
         from card_reports g
              left join unnest($3::uuid[], $4::uuid[]) as same (from_id, into_id) on same.from_id = g.card_id
         where g.user_id = $1",
        guest,
        account,
        &from,
        &to,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Copies what the guest wanted more or less of in a deck, but for words that the account has a wish about.
pub async fn copy_steers(
    db: impl PgExecutor<'_>,
    guest: UserId,
    account: UserId,
    decks: &SameTopic,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into deck_steers
         select (jsonb_populate_record(null::deck_steers, to_jsonb(g)
                     || jsonb_build_object('user_id', $2::uuid, 'deck_id', $4::uuid))).*
         from deck_steers g where g.user_id = $1 and g.deck_id = $3
         on conflict (user_id, deck_id, words) do nothing",
        guest,
        account,
        decks.from,
        decks.into,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the guest's copy of a card knows beside its schedule: its wording where the account has the pool's, flag and
/// tags; and a card that one of both still wants is there. Where both were reworded, the guest's wording becomes a card
/// of its own, to be studied from its beginning.
pub async fn unite_marks(
    db: &mut PgConnection,
    guest: UserId,
    account: UserId,
    cards: &SameCard,
) -> sqlx::Result<()> {
    let reworded = sqlx::query!(
        r#"select (a.question, a.answer, a.explanation) is distinct from (p.question, p.answer, p.explanation) as "account!",
                  (g.question, g.answer, g.explanation) is distinct from (p.question, p.answer, p.explanation)
                  and (g.question, g.answer, g.explanation) is distinct from (a.question, a.answer, a.explanation) as "guest!"
           from cards g
                join cards a on a.user_id = $3 and a.card_id = $4
                join decks d on d.user_id = a.user_id and d.deck_id = a.deck_id
                left join pool_cards p on p.topic_id = d.topic_id and p.pool_card_id = a.pool_card_id
           where g.user_id = $1 and g.card_id = $2"#,
        guest,
        cards.from,
        account,
        cards.into,
    )
    .fetch_one(&mut *db)
    .await?;
    if reworded.guest && reworded.account {
        sqlx::query!(
            "insert into cards
             select (jsonb_populate_record(null::cards, to_jsonb(g) || jsonb_build_object(
                         'user_id', a.user_id, 'deck_id', a.deck_id, 'pool_card_id', null, 'dealt_allowed', null,
                         'dealt_since', null, 'state', 'new', 'step', 0, 'stability', null, 'difficulty', null,
                         'due_at', null, 'last_reviewed_at', null, 'last_review_day', null, 'reps', 0, 'lapses', 0,
                         'leech_at', null, 'reset_at', null, 'revision', 1))).*
             from cards g join cards a on a.user_id = $3 and a.card_id = $4
             where g.user_id = $1 and g.card_id = $2",
            guest,
            cards.from,
            account,
            cards.into,
        )
        .execute(&mut *db)
        .await?;
    } else if reworded.guest {
        sqlx::query!(
            "update cards a
             set question = g.question, answer = g.answer, explanation = g.explanation
             from cards g
             where g.user_id = $1 and g.card_id = $2 and a.user_id = $3 and a.card_id = $4",
            guest,
            cards.from,
            account,
            cards.into,
        )
        .execute(&mut *db)
        .await?;
    }
    sqlx::query!(
        "update cards a
         set buried_until = greatest(a.buried_until, g.buried_until), leech_at = coalesce(a.leech_at, g.leech_at),
             flagged = a.flagged or g.flagged, suspended = a.suspended and g.suspended,
             tags = a.tags || array(select unnest(g.tags) except select unnest(a.tags)),
             deleted_at = case when g.deleted_at is null and g.reps > 0 then null else a.deleted_at end
         from cards g
         where g.user_id = $1 and g.card_id = $2 and a.user_id = $3 and a.card_id = $4",
        guest,
        cards.from,
        account,
        cards.into,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes the state before a log row anew, and whether it was the first answer: its place among others has changed.
pub async fn rewrite_before(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    review: &Review,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update reviews
         set state_before = $3, step_before = $4, stability_before = $5, difficulty_before = $6, due_before = $7,
             last_reviewed_before = $8, last_review_day_before = $9, reps_before = $10, lapses_before = $11,
             first_answer = $12
         where user_id = $1 and review_id = $2",
        user_id,
        review.review_id,
        review.state_before,
        review.step_before,
        review.stability_before,
        review.difficulty_before,
        review.due_before,
        review.last_reviewed_before,
        review.last_review_day_before,
        review.reps_before,
        review.lapses_before,
        review.first_answer,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What one learner ordered, and had written differently, was ordered by another.
pub async fn move_orders(db: &mut PgConnection, from: UserId, to: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "update generation_jobs set ordered_by = $2 where ordered_by = $1",
        from,
        to
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update rephrasing_requests set user_id = $2 where user_id = $1",
        from,
        to
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Objections of one learner become those of another. Two of one person to one card are one.
pub async fn move_objections(db: &mut PgConnection, from: UserId, to: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from pool_card_objections o
         where user_id = $1 and exists (select from pool_card_objections other
                                        where other.topic_id = o.topic_id and other.pool_card_id = o.pool_card_id
                                          and other.user_id = $2)",
        from,
        to,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update pool_card_objections set user_id = $2 where user_id = $1",
        from,
        to
    )
    .execute(db)
    .await?;
    Ok(())
}
