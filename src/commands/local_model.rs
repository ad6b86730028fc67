//! `autodeck model …`: the files of the built-in model; and the offer to fetch it at the first start.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Subcommand;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::say;
use crate::config::Settings;
use crate::llm::local::pull::{self, Progress, Pull, Step};
use crate::llm::local::words::size;
use crate::llm::local::{
    KnownModel, LocalFault, LocalModels, LocalState, MODELS, ModelFile, Origins,
};

/// Between two drawings of the progress bar.
const DRAW: Duration = Duration::from_millis(200);
/// Its width in characters.
const BAR: usize = 30;

/// `autodeck model …`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// The models that AutoDeck knows: size, licence, and which are here
    List,
    /// Fetch a model (the default one, unless another is named), going on where the last try stopped
    Pull {
        /// A name from the list
        name: Option<String>,
        /// Accept a model that we have not tried and whose bytes we cannot verify
        #[arg(long)]
        unverified: bool,
    },
    /// Remove a model, or what came of it
    Remove {
        /// A name from the list
        name: Option<String>,
    },
    /// Where the built-in model's file is, or will be
    Path,
}

/// Runs one command to its end.
pub async fn run(command: &ModelCommand, settings: &Settings) -> ExitCode {
    let done = match command {
        ModelCommand::List => {
            list(settings);
            Ok(())
        }
        ModelCommand::Path => settings
            .llm
            .local_file()
            .map(|file| say(file.path().display())),
        ModelCommand::Pull { name, unverified } => {
            fetch(settings, name.as_deref(), *unverified).await
        }
        ModelCommand::Remove { name } => remove(settings, name.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn list(settings: &Settings) {
    for model in &MODELS {
        let file = ModelFile::Known {
            model,
            folder: settings.llm.models().to_owned(),
        };
        let here = match file.look() {
            Ok(_) => "here",
            Err(LocalFault::NotFetched(_)) => "",
            Err(_) => "damaged",
        };
        let tested = if model.is_tested() {
            ""
        } else {
            " UNTESTED, digest not recorded"
        };
        say(format_args!(
            "{:<20} {:>7}  {:<11} {:<8} {}; about {} GB of memory.{tested}",
            model.name,
            size(model.bytes),
            model.licence,
            here,
            model.about,
            model.memory_gb
        ));
    }
    say("Any other GGUF file: set AUTODECK_LOCAL_MODEL to its path.");
}

fn named(name: Option<&str>) -> Result<&'static KnownModel, LocalFault> {
    match name {
        None => Ok(KnownModel::default_model()),
        Some(name) => KnownModel::named(name).ok_or_else(|| LocalFault::Unknown(name.to_owned())),
    }
}

async fn fetch(
    settings: &Settings,
    name: Option<&str>,
    unverified: bool,
) -> Result<(), LocalFault> {
    let model = named(name)?;
    let pull = Pull {
        model,
        folder: settings.llm.models().to_owned(),
        origins: Origins::default(),
        unverified,
    };
    let (sender, receiver) = watch::channel(Progress::none(model));
    let drawing = tokio::spawn(draw(receiver));
    let pulled = tokio::select! {
        pulled = pull.run(&sender) => pulled,
        _ = tokio::signal::ctrl_c() => Err(LocalFault::Stopped),
    };
    drop(sender);
    // It only draws: it ends with its sender.
    let _ = drawing.await;
    let path = pulled?;
    let verified = if model.is_tested() {
        "its SHA-256 is right"
    } else {
        "not verified"
    };
    say(format_args!(
        "{} is at {} ({verified}).",
        model.name,
        path.display()
    ));
    if !model.is_default() {
        say(format_args!(
            "Use it with AUTODECK_LLM=local AUTODECK_LLM_MODEL={}.",
            model.name
        ));
    }
    Ok(())
}

fn remove(settings: &Settings, name: Option<&str>) -> Result<(), LocalFault> {
    let model = named(name)?;
    match pull::remove(model, settings.llm.models())? {
        true => say(format_args!("{} is removed.", model.name)),
        false => say(format_args!("{} is not here.", model.name)),
    }
    Ok(())
}

/// Draws the progress until its sender is gone: a bar that is drawn over itself on a terminal, else a line each tenth.
async fn draw(mut progress: watch::Receiver<Progress>) {
    let is_terminal = io::stderr().is_terminal();
    let (started, first) = (Instant::now(), progress.borrow().done);
    let mut tenth = None;
    loop {
        let now = progress.borrow_and_update().clone();
        let line = bar(&now, now.done.saturating_sub(first), started.elapsed());
        if is_terminal {
            eprint!("\r\x1b[2K{line}");
        } else if tenth != Some(now.percent() / 10) {
            tenth = Some(now.percent() / 10);
            eprintln!("{line}");
        }
        if progress.changed().await.is_err() {
            break;
        }
        tokio::time::sleep(DRAW).await;
    }
    if is_terminal {
        eprintln!();
    }
}

/// `[#####     ]  43 %  482 MB of 1.1 GB  12 MB/s  about 53 s  (the model hub)`.
fn bar(progress: &Progress, fetched: u64, elapsed: Duration) -> String {
    let full = BAR * progress.percent() as usize / 100;
    let mut line = format!(
        "[{}{}] {:>3} %  {} of {}",
        "#".repeat(full),
        " ".repeat(BAR - full),
        progress.percent(),
        size(progress.done),
        size(progress.total)
    );
    match progress.step {
        Step::Verifying => line.push_str("  checking"),
        Step::Fetching(source) => {
            let speed = fetched as f64 / elapsed.as_secs_f64().max(0.1);
            if speed >= 1.0 && elapsed >= Duration::from_secs(2) {
                let left = progress.total.saturating_sub(progress.done) as f64 / speed;
                line.push_str(&format!("  {}/s  about {left:.0} s", size(speed as u64)));
            }
            line.push_str(&format!("  ({source})"));
        }
    }
    line
}

/// Beside the running app: offers the download at a terminal, follows it there, and keeps an eye on the file.
pub(super) async fn offer_and_watch(models: Option<LocalModels>, stop: &CancellationToken) {
    let Some(models) = models else {
        return;
    };
    if let (LocalState::Missing(LocalFault::NotFetched(model)), true) = (models.state(), may_ask())
    {
        ask(model, models.clone());
    }
    tokio::join!(models.keep_looking(stop), follow(&models, stop));
}

/// Whether a person sits at the terminal.
fn may_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks on a thread of its own: nobody may ever answer, and the app must be able to stop all the same.
fn ask(model: &'static KnownModel, models: LocalModels) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    std::thread::spawn(move || {
        print!(
            "Fetch it now ({}, {})? [Y/n] ",
            size(model.bytes),
            model.licence
        );
        // A terminal that is gone asks nobody.
        let _ = io::stdout().flush();
        let mut answer = String::new();
        let answered = io::stdin()
            .lock()
            .read_line(&mut answer)
            .is_ok_and(|read| read > 0);
        if answered && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes") {
            let _inside = runtime.enter();
            if let Err(fault) = models.begin_pull() {
                eprintln!("{fault}");
            }
        } else {
            say("Later: `autodeck model pull`, or the page /model.");
        }
    });
}

/// Says on the terminal how a download goes, whoever began it.
async fn follow(models: &LocalModels, stop: &CancellationToken) {
    let mut changes = models.changes();
    let mut drawing: Option<watch::Sender<Progress>> = None;
    loop {
        let state = changes.borrow_and_update().clone();
        match state {
            LocalState::Pulling(progress) => match &drawing {
                Some(drawn) => drawn.send_modify(|old| *old = progress),
                None => {
                    let (sender, receiver) = watch::channel(progress);
                    tokio::spawn(draw(receiver));
                    drawing = Some(sender);
                }
            },
            LocalState::Ready if drawing.take().is_some() => {
                say("The built-in model is here and writes cards from now on.")
            }
            LocalState::Missing(fault) if drawing.take().is_some() => say(fault),
            LocalState::Ready | LocalState::Missing(_) => {}
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_much_is_here_how_fast_it_comes_and_when_it_ends() {
        let progress = Progress {
            done: 500_000_000,
            total: 1_000_000_000,
            step: Step::Fetching("the model hub"),
        };
        assert_eq!(
            bar(&progress, 100_000_000, Duration::from_secs(10)),
            "[###############               ]  50 %  500 MB of 1.0 GB  10 MB/s  about 50 s  (the model hub)"
        );
        let verifying = Progress {
            step: Step::Verifying,
            ..progress
        };
        assert!(bar(&verifying, 0, Duration::ZERO).ends_with("checking"));
    }
}
