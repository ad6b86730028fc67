//! Recording an answer: once by the client's id, in order of its time, with the level moved by first answers.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::Study;
use crate::db;
use crate::db::cards::Card;
use crate::db::decks::Deck;
use crate::db::narrow;
use crate::db::reviews::Review;
use crate::db::users::User;
use crate::domain::ability::{Ability, FirstAnswer, next_level};
use crate::domain::ids::{CardId, DeckId, ReviewId};
use crate::domain::review_log::{LogEntry, LogEvent, replay};
use crate::domain::scheduler::{AnswerContext, CardState, Rating, Schedule};
use crate::domain::study_day::StudyDays;
use crate::domain::supply::BATCH;

/// An answer as a client sends it.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The client's own id for it.
    pub review_id: ReviewId,
    /// The button.
    pub rating: Rating,
    /// From question to grade, in milliseconds; `None` = unknown.
    pub duration_ms: Option<u32>,
    /// When; `None` = now. Clamped between the card's dealing and now.
    pub at: Option<DateTime<Utc>>,
    /// The revision that the learner saw; `None` = offline, counts whatever happened since.
    pub revision: Option<i32>,
}

/// A card after an answer, and its deck: an answer may move the deck's level.
#[derive(Debug)]
pub struct Recorded {
    /// The card.
    pub card: Card,
    /// Its deck.
    pub deck: Deck,
}

/// What became of an answer.
#[derive(Debug)]
pub enum Answered {
    /// It counts; or it did already, under the same id.
    Recorded(Box<Recorded>),
    /// There is no such card of this learner's.
    NoCard,
    /// The card was changed or graded since the learner saw it.
    Stale(Box<Card>),
    /// The id was used for another answer, or its answer was taken back.
    IdTaken,
}

impl Study {
    /// Records an answer. One transaction; two answers to one card take turns at the card's row.
    pub async fn answer(
        &self,
        user: &User,
        card_id: CardId,
        answer: Answer,
    ) -> sqlx::Result<Answered> {
        db::again_after_deadlock(|| self.record_answer(user, card_id, answer)).await
    }

    async fn record_answer(
        &self,
        user: &User,
        card_id: CardId,
        answer: Answer,
    ) -> sqlx::Result<Answered> {
        let mut tx = self.db.begin().await?;
        let Some(mut card) = db::cards::lock(&mut *tx, user.user_id, card_id).await? else {
            return Ok(Answered::NoCard);
        };
        let mut deck = db::decks::find(&mut *tx, user.user_id, card.deck_id)
            .await?
            .expect("a foreign key keeps a card in a deck");
        let is_stale = |revision| revision != card.revision;
        if answer.revision.is_some_and(is_stale) {
            // Perhaps by this very answer, which was sent before.
            let sent_before = sent_before(&mut tx, user, &answer, &card).await?;
            return Ok(match sent_before {
                None => Answered::Stale(Box::new(card)),
                Some(false) => Answered::IdTaken,
                Some(true) => Answered::Recorded(Box::new(Recorded { card, deck })),
            });
        }
        let before = card.clone();
        let is_first = self.is_first_answer(&mut tx, user, &card).await?;
        let mut review = self.new_review(user, &deck, &card, answer, is_first);
        let is_late = answer.at.is_some() && self.place(&mut tx, user, &mut review).await?;
        let is_new = if is_late {
            self.insert_late(&mut tx, user, &mut card, &mut review)
                .await?
        } else {
            let days = user.study_days(review.reviewed_at);
            let context = AnswerContext {
                card_id,
                at: review.reviewed_at,
                desired_retention: review.desired_retention,
                days: &days,
            };
            card.set_schedule(
                self.scheduler
                    .outcomes(&card.schedule(), &context)
                    .after(answer.rating),
            );
            db::reviews::append_once(&mut *tx, user.user_id, &review).await?
        };
        if !is_new {
            let sent_before = sent_before(&mut tx, user, &answer, &before).await?;
            return Ok(match sent_before {
                Some(true) => Answered::Recorded(Box::new(Recorded { card: before, deck })),
                _ => Answered::IdTaken,
            });
        }
        let wakes_worker = self
            .mark_leech(&mut tx, user, &mut card, review.lapses_before)
            .await?;
        card.revision = db::cards::update_schedule(&mut *tx, user.user_id, &card).await?;
        deck.cards_revision += 1;
        if review.first_answer
            && let Some(moved) = self.learn_from(&mut tx, user, &review).await?
        {
            deck = moved;
        }
        tx.commit().await?;
        self.hands
            .card_changed(&deck, self.moment(user), &before, &card);
        if wakes_worker {
            self.wake.job_ordered();
        }
        Ok(Answered::Recorded(Box::new(Recorded { card, deck })))
    }

    /// Whether an answer now is the card's first. One that was reset may have had it before.
    async fn is_first_answer(
        &self,
        tx: &mut PgConnection,
        user: &User,
        card: &Card,
    ) -> sqlx::Result<bool> {
        if card.state() != CardState::New || card.reset_at.is_none() {
            return Ok(card.state() == CardState::New);
        }
        let history = db::reviews::standing(tx, user.user_id, card.card_id).await?;
        Ok(!history.iter().any(|row| row.first_answer))
    }

    fn new_review(
        &self,
        user: &User,
        deck: &Deck,
        card: &Card,
        answer: Answer,
        first_answer: bool,
    ) -> Review {
        let now = self.now();
        let reviewed_at = answer.at.unwrap_or(now).clamp(card.dealt_at.min(now), now);
        // As the log keeps it.
        let reviewed_at = reviewed_at.trunc_subsecs(6);
        let days = user.study_days(reviewed_at);
        let mut review = Review {
            review_id: answer.review_id,
            deck_id: card.deck_id,
            card_id: card.card_id,
            kind: "answer".into(),
            reviewed_at,
            received_at: now,
            undoes: None,
            rating: Some(i16::from(answer.rating.number())),
            duration_ms: answer
                .duration_ms
                .filter(|ms| *ms > 0)
                .and_then(|ms| i32::try_from(ms).ok()),
            // Of answers that reach us out of order, the first to arrive counts as the first.
            first_answer,
            card_level: card.level,
            desired_retention: deck.desired_retention.unwrap_or(user.desired_retention),
            time_zone: days.time_zone.name().into(),
            rollover_hour: i16::from(days.rollover_hour),
            due_at: None,
            state_before: String::new(),
            step_before: 0,
            stability_before: None,
            difficulty_before: None,
            due_before: None,
            last_reviewed_before: None,
            last_review_day_before: None,
            reps_before: 0,
            lapses_before: 0,
        };
        review.remember_before(card);
        review
    }

    /// Puts an answer that names its time into its card's log: after those of the very same time, since a clock that is
    /// wrong gives many one time, the bound. Whether it then lies before something else: an answer, a reset, a due time
    /// set by hand.
    async fn place(
        &self,
        tx: &mut PgConnection,
        user: &User,
        review: &mut Review,
    ) -> sqlx::Result<bool> {
        let mut history = db::reviews::standing(tx, user.user_id, review.card_id).await?;
        history.retain(|row| row.review_id != review.review_id);
        while history
            .iter()
            .any(|row| row.reviewed_at == review.reviewed_at)
        {
            review.reviewed_at += TimeDelta::microseconds(1);
        }
        Ok(history
            .iter()
            .any(|row| row.reviewed_at > review.reviewed_at))
    }

    /// An answer given before others that are recorded already: the card's history is played again with it. `false`
    /// when the log has a row of its id.
    async fn insert_late(
        &self,
        tx: &mut PgConnection,
        user: &User,
        card: &mut Card,
        review: &mut Review,
    ) -> sqlx::Result<bool> {
        let history = db::reviews::standing(&mut *tx, user.user_id, card.card_id).await?;
        let key = (review.reviewed_at, review.review_id);
        let before: Vec<LogEntry> = history
            .iter()
            .filter(|row| (row.reviewed_at, row.review_id) < key)
            .map(log_entry)
            .collect();
        let after = card.clone();
        card.set_schedule(&replay(&self.scheduler, card.card_id, &before));
        review.remember_before(card);
        *card = after;
        if !db::reviews::append_once(&mut *tx, user.user_id, review).await? {
            return Ok(false);
        }
        let history = db::reviews::standing(&mut *tx, user.user_id, card.card_id).await?;
        card.set_schedule(&self.replay_log(card.card_id, &history));
        Ok(true)
    }

    /// A card's state from its log.
    pub fn replay_log(&self, card_id: CardId, history: &[Review]) -> Schedule {
        let entries: Vec<LogEntry> = history.iter().map(log_entry).collect();
        replay(&self.scheduler, card_id, &entries)
    }

    /// Moves the deck's ability and level by one more first answer. One that was given before others (offline) is put
    /// in its place by playing all of them again. The deck as it is then; `None` when it is gone.
    async fn learn_from(
        &self,
        tx: &mut PgConnection,
        user: &User,
        review: &Review,
    ) -> sqlx::Result<Option<Deck>> {
        let Some(mut deck) = db::decks::lock(&mut *tx, user.user_id, review.deck_id).await? else {
            return Ok(None);
        };
        let is_late =
            db::reviews::is_before_other_first_answers(&mut *tx, user.user_id, review).await?;
        let ability = if is_late {
            ability_from_log(&mut *tx, user, &deck).await?
        } else {
            deck.ability().after(&first_answer(
                review.card_level,
                review.rating,
                review.duration_ms,
            ))
        };
        deck.answered_since_asked += 1;
        if deck.answered_since_asked >= i16::from(BATCH) {
            // Where the pool is rich nothing is ordered: ten answers are as good as a batch.
            deck.asked_level = deck.level;
            deck.answered_since_asked = 0;
        }
        set_ability(tx, deck, &ability).await.map(Some)
    }

    /// The deck's ability as its log gives it, after an answer was taken back.
    pub(super) async fn relearn(
        &self,
        tx: &mut PgConnection,
        user: &User,
        deck_id: DeckId,
    ) -> sqlx::Result<()> {
        if let Some(mut deck) = db::decks::lock(&mut *tx, user.user_id, deck_id).await? {
            deck.answered_since_asked = (deck.answered_since_asked - 1).max(0);
            db::decks::update(&mut *tx, &deck).await?;
        }
        self.replay_ability(tx, user, deck_id).await
    }

    /// The deck's ability and level as its log gives them, after rows came into it.
    pub async fn replay_ability(
        &self,
        tx: &mut PgConnection,
        user: &User,
        deck_id: DeckId,
    ) -> sqlx::Result<()> {
        let Some(deck) = db::decks::lock(&mut *tx, user.user_id, deck_id).await? else {
            return Ok(());
        };
        let ability = ability_from_log(&mut *tx, user, &deck).await?;
        set_ability(tx, deck, &ability).await.map(drop)
    }
}

/// Whether this answer was recorded under its id before: `None` when nothing was, `false` when it was another, or was
/// taken back.
async fn sent_before(
    tx: &mut PgConnection,
    user: &User,
    answer: &Answer,
    card: &Card,
) -> sqlx::Result<Option<bool>> {
    let Some(row) = db::reviews::find(&mut *tx, user.user_id, answer.review_id).await? else {
        return Ok(None);
    };
    let is_same =
        row.card_id == card.card_id && row.rating == Some(i16::from(answer.rating.number()));
    let stands =
        is_same && !db::reviews::is_undone(&mut *tx, user.user_id, answer.review_id).await?;
    Ok(Some(stands))
}

async fn set_ability(
    tx: &mut PgConnection,
    mut deck: Deck,
    ability: &Ability,
) -> sqlx::Result<Deck> {
    let level = next_level(deck.level(), deck.asked_level(), ability);
    deck.level = i16::from(level.number());
    deck.set_ability(ability);
    db::decks::update(tx, &deck).await?;
    Ok(deck)
}

/// A deck's ability, played from where it was last set.
async fn ability_from_log(
    db: impl PgExecutor<'_>,
    user: &User,
    deck: &Deck,
) -> sqlx::Result<Ability> {
    let rows =
        db::reviews::first_answers(db, user.user_id, deck.deck_id, deck.ability_origin_at).await?;
    let answers: Vec<FirstAnswer> = rows
        .iter()
        .map(|row| first_answer(row.card_level, Some(row.rating), row.duration_ms))
        .collect();
    Ok(Ability::replay(
        narrow::level(deck.ability_origin_level),
        &answers,
    ))
}

fn first_answer(card_level: i16, number: Option<i16>, duration_ms: Option<i32>) -> FirstAnswer {
    FirstAnswer {
        card_level: narrow::level(card_level),
        rating: rating(number.expect("a check constraint gives each answer its rating")),
        duration_ms: duration_ms.and_then(|ms| u32::try_from(ms).ok()),
    }
}

/// A log row as the domain replays it.
fn log_entry(row: &Review) -> LogEntry {
    let event = match (row.rating, row.due_at) {
        _ if row.kind == "reset" => LogEvent::Reset,
        (Some(number), _) => LogEvent::Answer {
            rating: rating(number),
        },
        (None, due_at) => LogEvent::Reschedule { due_at },
    };
    LogEntry {
        review_id: row.review_id,
        at: row.reviewed_at,
        event,
        desired_retention: row.desired_retention,
        days: StudyDays::from_names(&row.time_zone, row.rollover_hour),
    }
}

fn rating(number: i16) -> Rating {
    u8::try_from(number)
        .ok()
        .and_then(Rating::from_number)
        .expect("a check constraint bounds ratings")
}
