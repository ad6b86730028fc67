//! A model test: long random lives of a card, of the jobs table and of an allowance, each step held against a reference that
//! is simple enough to be read as the rule itself.
//!
//! `MODEL_STEPS` (20,000) is how many steps the pure part takes; the jobs take a tenth of it and the allowance, which goes
//! through the whole study room, a hundredth. `MODEL_SEED` (1) is how the dice fall: what diverges names the seed and the step,
//! and the same two numbers replay it. `make model` takes a million steps.

mod allowance;
mod cards;
mod fsrs;
mod jobs;
mod queue;

#[path = "../model_server/mod.rs"]
#[expect(dead_code, reason = "each test binary uses a part")]
mod model_server;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../app/support.rs"]
#[expect(dead_code, reason = "each test binary uses a part")]
mod support;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Steps of the pure part.
fn steps() -> u64 {
    setting("MODEL_STEPS", 20_000)
}

/// The dice of one part.
fn dice() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed())
}

fn seed() -> u64 {
    setting("MODEL_SEED", 1)
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}"))
    })
}
