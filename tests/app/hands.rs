//! What a process keeps in mind of a deck is what a count of its cards says, whatever is done to them.

use std::sync::Arc;

use autodeck::db;
use autodeck::study::Study;
use autodeck::study::hands::Moment;
use chrono::TimeDelta;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Guest, TestApp, id};

const SEEDS: std::ops::Range<u64> = 0..4;
const STEPS: usize = 120;

#[tokio::test]
async fn what_is_kept_in_mind_is_what_a_count_says() {
    let mut known = 0;
    for seed in SEEDS {
        known += walk(seed).await;
    }
    // Else nothing was kept, and the comparison says nothing.
    assert!(known > 50, "{known} looks needed no count");
}

/// Does this and that to a deck; returns how often its count was known without asking.
async fn walk(seed: u64) -> usize {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck_id = guest.deck("Lighthouses").await;
    let mut known = 0;
    for step in 0..STEPS {
        let done = act(&app, &guest, &deck_id, &mut dice).await;
        // Nobody does two things in one microsecond, by which the log is ordered.
        app.advance(TimeDelta::seconds(1));
        known +=
            usize::from(compare(&app, &guest, &deck_id, &format!("{seed}/{step} {done}")).await);
    }
    app.check_invariants().await;
    known
}

/// Whether the deck's hand was known; it must be what somebody counts who knows nothing.
async fn compare(app: &TestApp, guest: &Guest<'_>, deck_id: &str, after: &str) -> bool {
    let deck_id: Uuid = deck_id.parse().expect("an id");
    let user = db::users::find(&app.db, guest.user_id)
        .await
        .expect("a row")
        .expect("the guest");
    let deck = db::decks::find(&app.db, guest.user_id, deck_id)
        .await
        .expect("a row")
        .expect("their deck");
    let forgetful = Study {
        hands: Arc::default(),
        ..app.study.clone()
    };
    let now = app.clock.now();
    let day_end = user.study_days(now).next_start(now);
    let was_known = app
        .study
        .hands
        .find(&deck, Moment { now, day_end })
        .is_some();
    let kept = app.study.outlook(&user, deck.clone()).await.expect("kept");
    let counted = forgetful.outlook(&user, deck).await.expect("counted");
    assert_eq!(kept.counts, counted.counts, "after {after}");
    assert_eq!(kept.dealt, counted.dealt, "after {after}");
    was_known
}

async fn act(app: &TestApp, guest: &Guest<'_>, deck: &str, dice: &mut ChaCha8Rng) -> &'static str {
    let (_, ahead) = guest.get(&format!("/decks/{deck}/ahead?n=20")).await;
    let cards: Vec<Value> = ahead["items"].as_array().expect("items").clone();
    let some = (!cards.is_empty()).then(|| &cards[dice.random_range(0..cards.len())]["card"]);
    let path = some.map(|card| format!("/cards/{}", id(card)));
    let rating = ["again", "hard", "good", "easy"][dice.random_range(0..4)];
    match (dice.random_range(0..16), some, path) {
        (0..=4, Some(_), _) => {
            guest.grade(&cards[0]["card"], rating).await;
            "answer"
        }
        (5, Some(_), Some(path)) => {
            let at = app.clock.now() - TimeDelta::minutes(dice.random_range(0..3000));
            let body = json!({ "id": Uuid::new_v4(), "rating": rating, "at": at });
            guest.post(&format!("{path}/reviews"), body).await;
            "late answer"
        }
        (6, ..) => {
            guest.post("/undo", json!({})).await;
            "undo"
        }
        (7, Some(_), Some(path)) => {
            guest.patch(&path, json!({ "suspended": true })).await;
            "suspend"
        }
        (8, Some(_), Some(path)) => {
            guest.patch(&path, json!({ "buried": true })).await;
            "bury"
        }
        (9, Some(_), Some(path)) => {
            let due_at = app.clock.now() + TimeDelta::minutes(dice.random_range(-3000..3000));
            guest.patch(&path, json!({ "due_at": due_at })).await;
            "due"
        }
        (10, Some(_), Some(path)) => {
            guest.post(&format!("{path}/reset"), json!({})).await;
            "reset"
        }
        (11, Some(_), Some(path)) => {
            guest.delete(&path).await;
            "delete"
        }
        (12, ..) => {
            let card = json!({ "question": format!("{}?", Uuid::new_v4()), "answer": "An answer" });
            guest.post(&format!("/decks/{deck}/cards"), card).await;
            "own card"
        }
        (13, ..) => {
            app.generate().await;
            "generate"
        }
        (14, ..) => {
            app.advance(TimeDelta::seconds(dice.random_range(1..900)));
            "some minutes"
        }
        _ => {
            app.advance(TimeDelta::hours(dice.random_range(1..30)));
            "some hours"
        }
    }
}
