//! The stand-in for Stripe on a port of its own, for trying payments by hand and in a browser. No money moves.

#![recursion_limit = "256"]

#[path = "mod.rs"]
#[expect(dead_code, reason = "the tests' other half is not needed here")]
mod stripe_server;

use clap::Parser;
use stripe_server::StripeServer;

/// Plays Stripe: payment page, portal, and a panel for time and events.
#[derive(Parser)]
struct Arguments {
    /// Port on the loopback address.
    #[arg(long, default_value_t = 8098)]
    port: u16,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the stand-in's clock begins"
    )]
    let now = chrono::Utc::now().timestamp();
    let server = StripeServer::start_at(Arguments::parse().port, now).await?;
    for (name, value) in server.environment() {
        println!("{name}={value}");
    }
    tokio::signal::ctrl_c().await
}
