//! What the `autodeck` program does, a module a command.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Settings;
use crate::lifecycle::Shutdown;
use crate::llm;
use crate::telemetry;

pub mod backup;
mod database;
pub mod doctor;
pub mod local_model;
pub mod migrate;
pub mod operator;
pub mod parse;
pub mod serve;
pub mod spend;

/// The exit code for settings that are wrong: what clap uses for wrong arguments.
const BAD_SETTINGS: u8 = 2;

/// Type a topic, get an endless deck of flashcards that adapts to you, and remember them.
#[derive(Debug, Parser)]
#[command(name = "autodeck", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    WithSettings(WithSettings),
    /// Show what is made of a model's text: its cards, what is refused and why
    Parse(parse::ParseArgs),
}

#[derive(Debug, Subcommand)]
enum WithSettings {
    /// Serve the pages and the API, and write cards (what happens without a command)
    Serve,
    /// Bring the database's schema up to this build, and stop
    Migrate,
    /// Write the whole database into a new file; the app may go on serving
    Backup {
        /// The file to make
        file: PathBuf,
    },
    /// Put a backup into an empty database
    Restore {
        /// What `autodeck backup` made
        file: PathBuf,
    },
    /// Say what the cards cost: by model, by learner, and against what learners pay
    Spend(spend::SpendArgs),
    /// Look at database, model, payments and mail: a line each, and what to do
    Doctor,
    /// Learners: list them, export one, make a link for a new password
    #[command(subcommand)]
    User(operator::UserCommand),
    /// Cards that learners report, and what becomes of them
    Reports {
        #[command(subcommand)]
        command: Option<operator::ReportsCommand>,
    },
    /// Topics that the model declined to write about
    Refused,
    /// The files of the built-in model
    #[command(subcommand)]
    Model(local_model::ModelCommand),
}

/// Runs one command to its end.
pub fn run(cli: Cli) -> ExitCode {
    match cli.command {
        Some(Command::Parse(args)) => {
            parse::run(&args, io::stdin().lock(), &mut io::stdout().lock())
        }
        Some(Command::WithSettings(command)) => with_settings(command),
        None => with_settings(WithSettings::Serve),
    }
}

fn with_settings(command: WithSettings) -> ExitCode {
    let mut problems = Vec::new();
    let from_file = read_dot_env(&mut problems);
    let lookup = |name: &str| {
        let in_file = || {
            from_file
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        std::env::var(name).ok().or_else(in_file)
    };
    let settings = match Settings::from_env(&lookup) {
        Ok(settings) if problems.is_empty() => settings,
        Ok(_) => return refuse(&problems),
        Err(more) => {
            problems.extend(more);
            return refuse(&problems);
        }
    };
    let filter = lookup("AUTODECK_LOG").or_else(|| lookup("RUST_LOG"));
    // A command that ends soon speaks on standard output; its log holds only what is amiss.
    let usual = if matches!(command, WithSettings::Serve) {
        telemetry::USUAL_FILTER
    } else {
        "warn"
    };
    let collector = lookup(telemetry::COLLECTOR);
    // Whoever sends traces is the first to make a client.
    llm::choose::use_ring();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        let _telemetry = {
            let _within = runtime.enter();
            telemetry::start(filter.as_deref().unwrap_or(usual), collector.as_deref())
        };
        runtime.block_on(async {
            match command {
                WithSettings::Serve => serve::run(settings, Shutdown::on_signals()?)
                    .await
                    .map(|()| ExitCode::SUCCESS),
                WithSettings::Migrate => migrate::run(&settings).await.map(|()| ExitCode::SUCCESS),
                WithSettings::Backup { file } => backup::backup(&settings, &file)
                    .await
                    .map(|()| ExitCode::SUCCESS),
                WithSettings::Restore { file } => backup::restore(&settings, &file)
                    .await
                    .map(|()| ExitCode::SUCCESS),
                WithSettings::Spend(args) => spend::run(&settings, &args)
                    .await
                    .map(|()| ExitCode::SUCCESS),
                WithSettings::Doctor => Ok(doctor::run(&settings).await),
                WithSettings::User(command) => operator::user(&settings, command)
                    .await
                    .map(|()| ExitCode::SUCCESS),
                WithSettings::Reports { command } => {
                    let command = command.unwrap_or(operator::ReportsCommand::List);
                    operator::reports(&settings, command)
                        .await
                        .map(|()| ExitCode::SUCCESS)
                }
                WithSettings::Refused => operator::refused(&settings)
                    .await
                    .map(|()| ExitCode::SUCCESS),
                WithSettings::Model(command) => Ok(local_model::run(&command, &settings).await),
            }
        })
    });
    ended.unwrap_or_else(|error| {
        eprintln!("AutoDeck stopped: {error:#}");
        ExitCode::FAILURE
    })
}

/// The pairs of `.env` in the working directory, if it is there. The environment itself goes before them.
fn read_dot_env(problems: &mut Vec<String>) -> Vec<(String, String)> {
    let entries = match dotenvy::from_path_iter(".env") {
        Ok(entries) => entries,
        Err(error) if error.not_found() => return Vec::new(),
        Err(error) => {
            problems.push(format!(".env cannot be read: {error}."));
            return Vec::new();
        }
    };
    // dotenvy's own message repeats the line, and the line may hold a key.
    let parsed: Result<Vec<_>, _> = entries.collect();
    parsed.unwrap_or_else(|_| {
        problems.push(
            ".env holds a line that is not NAME=value (quote a value with spaces or a #).".into(),
        );
        Vec::new()
    })
}

/// Prints a line. `println!` panics when its reader has gone (`autodeck | head -1`), and that must not end a server.
fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

fn refuse(problems: &[String]) -> ExitCode {
    let these = if problems.len() == 1 {
        "this setting is"
    } else {
        "these settings are"
    };
    eprintln!("AutoDeck cannot start until {these} put right:");
    for problem in problems {
        eprintln!("  - {problem}");
    }
    ExitCode::from(BAD_SETTINGS)
}
