//! The program and what it stands on are killed, stopped, stalled and cut off at random moments. What was acknowledged has
//! to be there afterwards, once; what was begun has to end.
//!
//! `make chaos` runs every part; `target/release/examples/chaos R1 R8` some. CHAOS_KILLS (20) and CHAOS_DATABASE_KILLS (5)
//! are how often, CHAOS_CHUNK_STEP (1) is between two n of the model's chunks, CHAOS_OLD_PROGRAM an older build to be
//! replaced, CHAOS_SEED (1) how the dice fall. The model is played over HTTP; everything else is real.

mod calls;
mod chunks;
mod database_kills;
mod kills;
mod processes;
mod proxy;
mod shutdown;
mod silent_model;
mod standby;
mod upgrade;
mod wires;
mod world;

#[path = "../../tests/model_server/mod.rs"]
#[expect(dead_code, reason = "a part of it is enough here")]
mod model_server;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[tokio::main]
async fn main() {
    // The program does this where it chooses its model.
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("the first in this process");
    let seed = world::setting("CHAOS_SEED", 1);
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|name| name == part);
    let mut said = Vec::new();
    if is_chosen("R1") {
        said.push(kills::run(&mut dice).await);
    }
    if is_chosen("R7") {
        said.push(database_kills::run(&mut dice).await);
    }
    if is_chosen("R8") {
        said.push(shutdown::run().await);
    }
    if is_chosen("silent") {
        said.push(silent_model::run().await);
    }
    if is_chosen("wires") {
        said.push(wires::run(&mut dice).await);
    }
    if is_chosen("calls") {
        said.push(calls::run().await);
    }
    if is_chosen("chunks") {
        said.push(chunks::run().await);
    }
    if is_chosen("nginx") {
        said.push(processes::behind_nginx().await);
    }
    if is_chosen("pgbouncer") {
        said.push(processes::through_pgbouncer().await);
    }
    if is_chosen("standby") {
        said.push(standby::run().await);
    }
    if is_chosen("upgrade") {
        let skipped = "Upgrade: not run, for CHAOS_OLD_PROGRAM names no older build";
        said.push(upgrade::run().await.unwrap_or_else(|| skipped.into()));
    }
    assert!(
        !said.is_empty(),
        "parts: R1 R7 R8 silent wires calls chunks nginx pgbouncer standby upgrade"
    );
    println!("\nseed {seed}\n{}", said.join("\n"));
}
