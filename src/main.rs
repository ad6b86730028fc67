//! The `autodeck` command.

use std::process::ExitCode;

use autodeck::commands::{self, Cli};
use clap::Parser;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
