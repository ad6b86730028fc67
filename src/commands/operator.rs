//! What only the operator may ask: `autodeck user`, `autodeck reports`, `autodeck refused`. Whoever may run this program
//! on the data may read all of it anyway.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use uuid::Uuid;

use super::{database, say};
use crate::accounts::Accounts;
use crate::accounts::passwords::Passwords;
use crate::billing::Billing;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db;
use crate::db::users::User;
use crate::domain::email::EmailAddress;
use crate::domain::plan::Offer;
use crate::domain::scheduler::Scheduler;
use crate::generator::wake::Wake;
use crate::mail::Mailer;
use crate::study::Study;
use crate::study::stock::Stocks;

/// Lines of a list read at once, and the most of a queue that is shown.
const PAGE: i64 = 500;

/// `autodeck user …`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Everybody, a line each: id, kind, address, decks, answers, last visit
    List,
    /// Write everything that is kept of a learner into a zip file
    Export {
        /// A mail address, or an id of the list
        who: String,
        /// The file; it must not be there yet
        file: PathBuf,
    },
    /// Print a link with which an account chooses a new password; it works once, for an hour
    ResetLink {
        /// A mail address, or an id of the list
        who: String,
    },
}

/// `autodeck reports …`.
#[derive(Debug, Subcommand)]
pub enum ReportsCommand {
    /// Cards that learners object to, those still dealt first (what happens without a command)
    List,
    /// Take a card from everybody
    Quarantine {
        /// The card's id in the list
        card: Uuid,
    },
    /// Find a card right: it is dealt again, and what was said of it is dropped
    Dismiss {
        /// The card's id in the list
        card: Uuid,
    },
}

/// Lists, exports, or makes a link.
///
/// # Errors
/// Sentences for the operator.
pub async fn user(settings: &Settings, command: UserCommand) -> anyhow::Result<()> {
    let database = database::open_beside(settings).await?;
    let done = on_users(settings, &database.pool, command).await;
    database.close().await;
    done
}

async fn on_users(
    settings: &Settings,
    pool: &sqlx::PgPool,
    command: UserCommand,
) -> anyhow::Result<()> {
    match command {
        UserCommand::List => list_users(pool).await,
        UserCommand::Export { who, file } => {
            let user = find(pool, &who).await?;
            if file.exists() {
                bail!("{} is there already. Choose another name.", file.display());
            }
            let archive = accounts(settings, pool)?.archive(&user).await?;
            write_private(&file, &archive)
                .with_context(|| format!("{} cannot be written", file.display()))?;
            say(format_args!(
                "Everything of {} is in {}.",
                user.user_id,
                file.display()
            ));
            Ok(())
        }
        UserCommand::ResetLink { who } => {
            let user = find(pool, &who).await?;
            let email = user
                .email
                .as_deref()
                .and_then(|email| EmailAddress::parse(email).ok());
            let email =
                email.ok_or_else(|| anyhow!("A guest has no password. They sign up first."))?;
            say(accounts(settings, pool)?
                .make_reset_link(&user, &email)
                .await?);
            Ok(())
        }
    }
}

/// Writes a new file that nobody else on this machine may read.
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(bytes)
}

/// A text of a learner's or a model's on one line: what would steer the terminal is taken out.
fn plain(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}

async fn list_users(pool: &sqlx::PgPool) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = db::operator::learners(pool, after, PAGE).await?;
        for user in &page {
            let email = user.email.as_deref().unwrap_or("-");
            let proved = if user.is_proved || user.email.is_none() {
                ""
            } else {
                " (not proved)"
            };
            say(format_args!(
                "{}  {:<7}  {email}{proved}  decks {}  answers {}  began {}  seen {}",
                user.user_id,
                user.kind,
                user.decks,
                user.answers,
                user.created_at.format("%Y-%m-%d"),
                user.seen_at.format("%Y-%m-%d"),
            ));
        }
        match page.last() {
            Some(last) if page.len() as i64 == PAGE => after = Some(last.user_id),
            _ => return Ok(()),
        }
    }
}

async fn find(pool: &sqlx::PgPool, who: &str) -> anyhow::Result<User> {
    let found = match who.parse::<Uuid>() {
        Ok(user_id) => db::users::find(pool, user_id).await?,
        Err(_) => match EmailAddress::parse(who) {
            Ok(email) => db::users::find_by_email(pool, email.as_str()).await?,
            Err(_) => None,
        },
    };
    found.ok_or_else(|| {
        anyhow!("There is no learner {who:?}. `autodeck user list` shows everybody.")
    })
}

fn accounts(settings: &Settings, pool: &sqlx::PgPool) -> anyhow::Result<Accounts> {
    let (wake, _) = Wake::new();
    Ok(Accounts {
        study: Study {
            db: pool.clone(),
            clock: Clock::Wall,
            wake: wake.clone(),
            scheduler: Arc::new(Scheduler::default()),
            has_model: tokio::sync::watch::channel(false).1,
            stocks: Arc::new(Stocks::new(wake.clone())),
            hands: Arc::default(),
            offer: Offer::default(),
        },
        passwords: Passwords::default(),
        mailer: Mailer::new(settings.mail.as_ref())?,
        base_url: settings.base_url(settings.listen),
        billing: Billing::configured(settings, pool.clone(), settings.base_url(settings.listen))?,
        removes_idle_guests: settings.billing.is_on(),
    })
}

/// The queue of reported cards, and what to do with one of them.
///
/// # Errors
/// Sentences for the operator.
pub async fn reports(settings: &Settings, command: ReportsCommand) -> anyhow::Result<()> {
    let database = database::open_beside(settings).await?;
    let done = on_reports(&database.pool, command).await;
    database.close().await;
    done
}

async fn on_reports(pool: &sqlx::PgPool, command: ReportsCommand) -> anyhow::Result<()> {
    let was_there = match command {
        ReportsCommand::List => {
            let cards = db::operator::reported_cards(pool, PAGE).await?;
            if cards.is_empty() {
                say("No card is reported.");
            }
            for card in cards {
                let state = if card.is_quarantined {
                    "taken from everybody"
                } else {
                    "still dealt"
                };
                say(format_args!(
                    "{}  {}, {state}\n  {} ({})\n  Q {}\n  A {}",
                    card.pool_card_id,
                    match card.objections {
                        1 => "1 objection".to_owned(),
                        count => format!("{count} objections"),
                    },
                    plain(&card.topic),
                    plain(&card.model),
                    plain(&card.question),
                    plain(&card.answer),
                ));
                for word in card.words {
                    say(format_args!("  - {}", plain(&word)));
                }
            }
            true
        }
        ReportsCommand::Quarantine { card } => {
            let done = db::operator::quarantine(pool, card, Clock::Wall.now()).await?;
            if done {
                say("Nobody is dealt this card any more; who has it sees a notice on it.");
            }
            done
        }
        ReportsCommand::Dismiss { card } => {
            let done = db::operator::dismiss_objections(pool, card).await?;
            if done {
                say("The objections are dropped; the card is dealt again.");
            }
            done
        }
    };
    if was_there {
        Ok(())
    } else {
        bail!("There is no such card. `autodeck reports` lists those that are reported.")
    }
}

/// Topics that the model declined.
///
/// # Errors
/// Sentences for the operator.
pub async fn refused(settings: &Settings) -> anyhow::Result<()> {
    let database = database::open_beside(settings).await?;
    let topics = db::operator::declined_topics(&database.pool, PAGE).await;
    database.close().await;
    let topics = topics?;
    if topics.is_empty() {
        say("The model declined no topic.");
    }
    for topic in topics {
        say(format_args!(
            "{}  {} times, last by {}  {}",
            topic.declined_at.format("%Y-%m-%d %H:%M"),
            topic.times,
            topic.model.as_deref().map_or("-".into(), plain),
            plain(&topic.topic),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_learners_note_does_not_steer_the_terminal() {
        assert_eq!(
            plain("wrong: \u{1b}[2J\nit was 1792\u{9b}"),
            "wrong:  [2J it was 1792 "
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_taken_out_for_a_learner_is_read_by_its_owner_alone_and_overwrites_nothing() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ada.zip");
        write_private(&file, b"all").unwrap();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(write_private(&file, b"other").is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"all");
    }
}
