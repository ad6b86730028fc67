//! P12: does the next card lie ready? Learners who take 3–8 s a card, a model of 600 ms to its first token and 150 tokens/s,
//! all ten times faster than life: what the app itself needs is not made faster, so the figure is a little too hard on it.

use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model_server::Script;
use crate::support::{Guest, TestApp, Wanted, id};
use crate::table::{Row, Spread};

/// How much faster than life everything outside the app runs.
const FASTER: f64 = 10.0;
const LEARNERS: u64 = 8;
/// New cards that each learner answers.
const CARDS: usize = 80;

/// Learners on topics of their own, at once.
pub fn run() -> Vec<Row> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let learned = runtime.block_on(async {
        let app = TestApp::start_with(Wanted {
            script: Some(Script {
                first_token: Duration::from_secs_f64(0.6 / FASTER),
                tokens_per_second: 150.0 * FASTER,
                ..Script::default()
            }),
            ..Wanted::default()
        })
        .await;
        tokio::spawn(app.generator.clone().run(4));
        let mut learners = Vec::new();
        for _ in 0..LEARNERS {
            learners.push(app.guest().await);
        }
        let ready = join_all(
            (0..)
                .zip(&learners)
                .map(|(seed, guest)| study(&app, guest, seed)),
        )
        .await;
        let made: i64 = sqlx::query_scalar("select count(*) from pool_cards")
            .fetch_one(&app.db)
            .await
            .expect("a count");
        (ready, made)
    });
    let (ready, made) = learned;
    let shares: Vec<f64> = ready
        .iter()
        .map(|ready| *ready as f64 / (CARDS - 1) as f64 * 100.0)
        .collect();
    let all: usize = ready.iter().sum();
    let mean = all as f64 / (LEARNERS as usize * (CARDS - 1)) as f64 * 100.0;
    let spread = Spread::of(shares);
    let over = made as f64 / (LEARNERS as usize * CARDS) as f64;
    let row = |what: &str, unit, ours, target| Row {
        id: "P12",
        what: format!("{what}; {LEARNERS} learners, {CARDS} new cards each, time ×{FASTER}"),
        unit,
        ours,
        peer: None,
        target,
    };
    vec![
        row(
            "`next` after the first card finds one ready (mean of all; least and best learner)",
            "%",
            Spread {
                median: mean,
                ..spread
            },
            "99 · 99.9",
        ),
        row(
            "cards written over cards answered, at the end of the session",
            "×",
            Spread::of(vec![over]),
            "≤ 1.3",
        ),
    ]
}

/// Studies new cards; returns how many calls after the first card found the next one ready.
async fn study(app: &TestApp, guest: &Guest<'_>, seed: u64) -> usize {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let deck = guest.deck(&format!("Supply {seed}")).await;
    let mut ready = 0;
    let mut answered = 0;
    while answered < CARDS {
        let (_, next) = guest.get(&format!("/decks/{deck}/next")).await;
        let was_ready = !next["study"].is_null();
        let card = if was_ready {
            next["study"]["card"].clone()
        } else {
            let (_, next) = guest.get(&format!("/decks/{deck}/next?wait=30")).await;
            assert!(!next["study"].is_null(), "{next}");
            next["study"]["card"].clone()
        };
        if answered > 0 {
            ready += usize::from(was_ready);
        }
        let seconds = dice.random_range(3.0..8.0);
        tokio::time::sleep(Duration::from_secs_f64(seconds / FASTER)).await;
        // One hand moves the clock of all: eight learners, each an eighth.
        app.advance(TimeDelta::milliseconds(
            (seconds * 1000.0 / LEARNERS as f64) as i64,
        ));
        // Easy, so that it does not come back: only the supply of new cards is looked at.
        assert!(!id(&card).is_empty());
        guest.grade(&card, "easy").await;
        answered += 1;
    }
    ready
}
