//! The replaying model server on a fixed port, for trying the app by hand.

#[path = "mod.rs"]
#[expect(dead_code, reason = "the tests' other half is not needed here")]
mod model_server;

use std::time::Duration;

use clap::Parser;
use model_server::{ModelServer, Script};

/// Plays a language model: recorded answers for the recorded topics, counting cards for all others.
#[derive(Parser)]
struct Arguments {
    /// Port on the loopback address.
    #[arg(long, default_value_t = 8099)]
    port: u16,
    /// Pace of the recorded answers: 1 as recorded, 0 at once.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Pace of the other answers; 0: at once.
    #[arg(long, default_value_t = 60.0)]
    tokens_per_second: f64,
    /// Milliseconds before the first token of the other answers.
    #[arg(long, default_value_t = 600)]
    first_token_ms: u64,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let script = Script {
        speed: arguments.speed.max(0.0),
        tokens_per_second: arguments.tokens_per_second,
        first_token: Duration::from_millis(arguments.first_token_ms),
        ..Script::default()
    };
    println!("Topics with a recording:");
    script
        .recordings
        .iter()
        .for_each(|recording| println!("  {}", recording.topic));
    let server = ModelServer::start_at(arguments.port, script).await?;
    println!(
        "AUTODECK_LLM=openai AUTODECK_LLM_BASE_URL={} autodeck",
        server.base_url()
    );
    tokio::signal::ctrl_c().await
}
