//! An allowance over many days: cards dealt, graded, taken back, put away, reset, decks archived, plans changed, all
//! through the study room. The reference is a list of the cards that were seen to be dealt.

use std::collections::BTreeMap;

use autodeck::domain::ids::{CardId, DeckId, ReviewId};
use autodeck::domain::plan::Offer;
use autodeck::domain::scheduler::Rating;
use autodeck::domain::topic::TopicTitle;
use autodeck::study::answer::{Answer, Answered};
use autodeck::study::cards::CardChange;
use autodeck::study::decks::DeckChange;
use autodeck::study::next::Scope;
use autodeck::study::outlook::Reason;
use autodeck::study::undo::Undone;
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use rand::seq::IteratorRandom;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::support::{TestApp, Wanted};

/// New cards a day on the plan that the learner changes to and from.
const PLANS: [(&str, u32); 2] = [("free", 20), ("plus", 200)];
/// The hour, UTC, at which this learner's day begins.
const DAY_BEGINS: i64 = 4;

/// A card that was dealt.
#[derive(Debug, Clone)]
struct Card {
    deck: usize,
    dealt_at: DateTime<Utc>,
    /// Answers that stand, oldest first.
    answers: Vec<DateTime<Utc>>,
    is_deleted: bool,
    is_suspended: bool,
}

struct World {
    app: TestApp,
    user_id: Uuid,
    decks: Vec<(DeckId, bool)>,
    on_desk: Vec<Option<CardId>>,
    cards: BTreeMap<CardId, Card>,
    allowed: u32,
}

type Step = Result<(), String>;

impl World {
    async fn new() -> World {
        let app = TestApp::start_with(Wanted {
            offer: Offer::Plans,
            ..Wanted::default()
        })
        .await;
        let user_id = app.guest().await.user_id;
        sqlx::query(
            "update users set kind = 'account', email = 'model@example.org' where user_id = $1",
        )
        .bind(user_id)
        .execute(&app.db)
        .await
        .expect("an account");
        let mut world = World {
            app,
            user_id,
            decks: Vec::new(),
            on_desk: vec![None; 2],
            cards: BTreeMap::new(),
            allowed: PLANS[0].1,
        };
        let user = world.user().await;
        for topic in ["Lighthouses", "Bridges"] {
            let title = TopicTitle::parse(topic).expect("a topic");
            let (deck, _) = world
                .app
                .study
                .open_deck(&user, &title, None, None)
                .await
                .expect("a deck");
            world.decks.push((deck.deck_id, false));
        }
        world
    }

    async fn user(&self) -> autodeck::db::users::User {
        let user = autodeck::db::users::find(&self.app.db, self.user_id).await;
        user.expect("a database that answers").expect("the learner")
    }

    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// When the learner's day began.
    fn since(&self) -> DateTime<Utc> {
        let early = self.now() - TimeDelta::hours(DAY_BEGINS);
        early
            .date_naive()
            .and_hms_opt(0, 0, 0)
            .expect("midnight")
            .and_utc()
            + TimeDelta::hours(DAY_BEGINS)
    }

    /// The rule: what was first graded today, and what was dealt and is still to be graded, today's put away included.
    fn counted(&self) -> (u32, u32) {
        let since = self.since();
        let first = |card: &Card| card.answers.first().copied();
        let used = self
            .cards
            .values()
            .filter(|card| first(card).is_some_and(|at| at >= since))
            .count();
        let is_open =
            |card: &Card| !card.is_deleted && !card.is_suspended && !self.decks[card.deck].1;
        let is_held =
            |card: &&Card| first(card).is_none() && (card.dealt_at >= since || is_open(card));
        let held = self.cards.values().filter(is_held).count();
        (
            u32::try_from(used).expect("few"),
            u32::try_from(held).expect("few"),
        )
    }

    async fn step(&mut self, dice: &mut ChaCha8Rng) -> Step {
        match dice.random_range(0..100) {
            0..30 => self.next(dice.random_range(0..2)).await,
            30..60 => self.answer(dice).await,
            60..70 => self.undo(dice).await,
            70..76 => self.delete(dice).await,
            76..82 => self.suspend(dice).await,
            82..86 => self.reset(dice).await,
            86..89 => self.archive(dice.random_range(0..2)).await,
            89..91 => self.change_plan(dice).await,
            91..98 => {
                self.app
                    .advance(TimeDelta::minutes(dice.random_range(1..90)));
                Ok(())
            }
            _ => {
                self.app.advance(TimeDelta::hours(dice.random_range(5..40)));
                Ok(())
            }
        }?;
        let user = self.user().await;
        let actual = self
            .app
            .study
            .allowance(&self.app.db, &user)
            .await
            .map_err(|error| error.to_string())?;
        let (used, held) = self.counted();
        let actual = (actual.allowed, actual.used, actual.held);
        if actual == (Some(self.allowed), used, held) {
            return Ok(());
        }
        Err(format!(
            "expected {:?} allowed, used, held, got {actual:?}",
            (self.allowed, used, held)
        ))
    }

    async fn next(&mut self, deck: usize) -> Step {
        let (deck_id, is_archived) = self.decks[deck];
        if is_archived {
            return Ok(());
        }
        let user = self.user().await;
        let (used, held) = self.counted();
        let next = self.app.study.next(&user, Scope::Deck(deck_id)).await;
        let next = next
            .map_err(|error| error.to_string())?
            .ok_or("the deck is gone")?;
        let dealt: Vec<(CardId, DeckId)> = sqlx::query_as(
            "select card_id, deck_id from cards where user_id = $1 and dealt_at = $2",
        )
        .bind(self.user_id)
        .bind(self.now())
        .fetch_all(&self.app.db)
        .await
        .map_err(|error| error.to_string())?;
        let mut count = 0;
        for (card_id, of) in dealt {
            let deck = self
                .decks
                .iter()
                .position(|(deck_id, _)| *deck_id == of)
                .expect("a deck of ours");
            let card = Card {
                deck,
                dealt_at: self.now(),
                answers: Vec::new(),
                is_deleted: false,
                is_suspended: false,
            };
            count += u32::from(
                self.cards
                    .insert(card_id, card.clone())
                    .is_none_or(|before| {
                        // Known: put back as it was.
                        self.cards.insert(card_id, before);
                        false
                    }),
            );
        }
        if count > 0 && used + held + count > self.allowed {
            return Err(format!(
                "{count} cards dealt with {used} used and {held} held of {}",
                self.allowed
            ));
        }
        let is_spent = used + held >= self.allowed;
        match (&next.study, next.reason) {
            (None, Some(Reason::LimitReached)) if !is_spent => Err(format!(
                "refused with {used} used and {held} held of {}",
                self.allowed
            )),
            (None, Some(Reason::Waiting)) => {
                self.app.generate().await;
                self.app.advance(TimeDelta::seconds(1));
                Ok(())
            }
            (study, _) => {
                self.on_desk[deck] = study.as_ref().map(|study| study.card.card_id);
                Ok(())
            }
        }
    }

    async fn answer(&mut self, dice: &mut ChaCha8Rng) -> Step {
        let deck = dice.random_range(0..2);
        let Some(card_id) = self.on_desk[deck].take() else {
            return self.next(deck).await;
        };
        let answer = Answer {
            review_id: ReviewId::from_u128(dice.random()),
            rating: Rating::ALL[dice.random_range(0..4)],
            duration_ms: Some(4_000),
            at: None,
            revision: None,
        };
        let user = self.user().await;
        let answered = self.app.study.answer(&user, card_id, answer).await;
        let answered = answered.map_err(|error| error.to_string())?;
        let now = self.now();
        let card = self
            .cards
            .get_mut(&card_id)
            .ok_or("a card that was never dealt")?;
        match (answered, card.is_deleted) {
            (Answered::Recorded(_), false) => card.answers.push(now),
            (Answered::NoCard, true) => {}
            (answered, _) => return Err(format!("an answer to {card:?} gave {answered:?}")),
        }
        self.app.advance(TimeDelta::seconds(2));
        Ok(())
    }

    /// Any card that `fits`.
    fn any(&self, dice: &mut ChaCha8Rng, fits: impl Fn(&Card) -> bool) -> Option<CardId> {
        self.cards
            .iter()
            .filter(|(_, card)| fits(card))
            .map(|(id, _)| *id)
            .choose(dice)
    }

    async fn undo(&mut self, dice: &mut ChaCha8Rng) -> Step {
        let fits = |card: &Card| !card.is_deleted && !card.answers.is_empty();
        let Some(card_id) = self.any(dice, fits) else {
            return Ok(());
        };
        let user = self.user().await;
        let undone = self
            .app
            .study
            .undo(&user, card_id)
            .await
            .map_err(|error| error.to_string())?;
        let Undone::Restored(_) = undone else {
            return Err(format!("an undo gave {undone:?}"));
        };
        self.cards.get_mut(&card_id).expect("known").answers.pop();
        Ok(())
    }

    async fn delete(&mut self, dice: &mut ChaCha8Rng) -> Step {
        let Some(card_id) = self.any(dice, |card| !card.is_deleted) else {
            return Ok(());
        };
        let user = self.user().await;
        let deleted = self
            .app
            .study
            .delete_card(&user, card_id, Uuid::from_u128(dice.random()))
            .await;
        self.cards.get_mut(&card_id).expect("known").is_deleted = true;
        match deleted.map_err(|error| error.to_string())? {
            true => Ok(()),
            false => Err("a card was not there to be deleted".into()),
        }
    }

    async fn suspend(&mut self, dice: &mut ChaCha8Rng) -> Step {
        let Some(card_id) = self.any(dice, |card| !card.is_deleted) else {
            return Ok(());
        };
        let card = self.cards.get_mut(&card_id).expect("known");
        card.is_suspended = !card.is_suspended;
        let change = CardChange {
            suspended: Some(card.is_suspended),
            ..CardChange::default()
        };
        let user = self.user().await;
        let changed = self
            .app
            .study
            .change_card(&user, card_id, change, Uuid::from_u128(dice.random()))
            .await;
        changed
            .map_err(|error| error.to_string())?
            .ok_or("a card was not there to be changed")?;
        Ok(())
    }

    async fn reset(&mut self, dice: &mut ChaCha8Rng) -> Step {
        let Some(card_id) = self.any(dice, |card| !card.is_deleted) else {
            return Ok(());
        };
        let user = self.user().await;
        let reset = self
            .app
            .study
            .reset_card(&user, card_id, Uuid::from_u128(dice.random()))
            .await;
        reset
            .map_err(|error| error.to_string())?
            .ok_or("a card was not there to be reset")?;
        Ok(())
    }

    async fn archive(&mut self, deck: usize) -> Step {
        let (deck_id, is_archived) = self.decks[deck];
        self.decks[deck].1 = !is_archived;
        let change = DeckChange {
            archived: Some(!is_archived),
            ..DeckChange::default()
        };
        let user = self.user().await;
        let changed = self.app.study.change_deck(&user, deck_id, change).await;
        changed
            .map_err(|error| error.to_string())?
            .ok_or("a deck was not there to be changed")?;
        Ok(())
    }

    async fn change_plan(&mut self, dice: &mut ChaCha8Rng) -> Step {
        let (plan, allowed) = PLANS[dice.random_range(0..2)];
        self.allowed = allowed;
        let changed = sqlx::query("update users set plan = $2 where user_id = $1")
            .bind(self.user_id)
            .bind(plan);
        changed
            .execute(&self.app.db)
            .await
            .map_err(|error| error.to_string())?;
        Ok(())
    }
}

#[tokio::test]
async fn the_allowance_is_what_a_list_of_cards_says() {
    let mut dice = crate::dice();
    let mut world = World::new().await;
    let steps = crate::steps() / 100;
    for step in 0..steps {
        if let Err(difference) = world.step(&mut dice).await {
            panic!("MODEL_SEED={} step {step}: {difference}", crate::seed());
        }
    }
    world.app.check_invariants().await;
    println!(
        "allowance: {steps} steps, {} cards dealt, 0 divergences",
        world.cards.len()
    );
}
