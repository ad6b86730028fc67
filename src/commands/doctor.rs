//! `autodeck doctor`: database, model, payments and mail, a line each, and what to do if not.

use std::fmt;
use std::process::ExitCode;

use super::{database, say};
use crate::config::Settings;
use crate::db::inspect::{ServerFacts, server_facts};
use crate::llm;
use crate::mail::Mailer;

/// Looks at everything and prints what it finds. Fails when something that AutoDeck needs is not well.
pub async fn run(settings: &Settings) -> ExitCode {
    let lines = [
        database_line(settings).await,
        model_line(settings).await,
        payments_line(),
        mail_line(settings).await,
    ];
    for line in &lines {
        say(line);
    }
    if lines.iter().any(|line| line.state == State::Bad) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Not there, and not needed.
    Off,
    Bad,
}

#[derive(Debug)]
struct Line {
    what: &'static str,
    state: State,
    /// What was found, and the next step if it is not well.
    words: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Good => "ok",
            State::Off => "off",
            State::Bad => "PROBLEM",
        };
        write!(f, "{:<9} {state:<8} {}", self.what, self.words)
    }
}

async fn database_line(settings: &Settings) -> Line {
    let line = |state, words| Line {
        what: "database",
        state,
        words,
    };
    let database = match database::open_beside(settings).await {
        Ok(database) => database,
        Err(error) => return line(State::Bad, format!("{error:#}")),
    };
    let found = server_facts(&database.pool).await;
    let place = database.place.clone();
    database.close().await;
    match found {
        Ok(facts) => judge_database(&facts, &place),
        Err(error) => line(
            State::Bad,
            format!("{place}: it answers, and refused a question: {error}."),
        ),
    }
}

fn judge_database(facts: &ServerFacts, place: &str) -> Line {
    let off = facts.settings_that_lose_answers();
    let mut words = format!("PostgreSQL {} ({place}), ", facts.version);
    let state = match facts.pending_migrations {
        _ if !off.is_empty() => {
            words += &format!(
                "not durable: set {} on, or a power cut loses answers.",
                off.join(", ")
            );
            State::Bad
        }
        0 => {
            words += "durable, schema of this build.";
            State::Good
        }
        missing => {
            words += &format!(
                "durable; {missing} migrations to apply: `autodeck serve` or `autodeck migrate` does it."
            );
            State::Good
        }
    };
    Line {
        what: "database",
        state,
        words,
    }
}

async fn model_line(settings: &Settings) -> Line {
    let line = |state, words| Line {
        what: "model",
        state,
        words,
    };
    let chosen = llm::choose(&settings.llm, llm::Surroundings::real()).await;
    let Some(model) = chosen.model else {
        return line(State::Bad, chosen.why);
    };
    match model.check().await {
        Ok(found) => line(State::Good, format!("{} {found}", chosen.why)),
        Err(error) => line(State::Bad, format!("{} {}", chosen.why, error.sentence())),
    }
}

fn payments_line() -> Line {
    Line {
        what: "payments",
        state: State::Off,
        words: "self-hosted: everything is allowed to everyone.".into(),
    }
}

async fn mail_line(settings: &Settings) -> Line {
    let line = |state, words: String| Line {
        what: "mail",
        state,
        words,
    };
    let mailer = match Mailer::new(settings.mail.as_ref()) {
        Ok(mailer) => mailer,
        Err(error) => return line(State::Bad, format!("{error:#}")),
    };
    match mailer.check().await {
        None => line(
            State::Off,
            "mails are logged, not sent. Set SMTP_URL and MAIL_FROM to send them.".into(),
        ),
        Some(Ok(())) => line(State::Good, "the mail server answers and takes us.".into()),
        Some(Err(error)) => line(
            State::Bad,
            format!("{error}. Look at SMTP_URL; until then links in mails reach nobody."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> ServerFacts {
        ServerFacts {
            version: "15.18".into(),
            fsync: true,
            full_page_writes: true,
            synchronous_commit: true,
            pending_migrations: 0,
        }
    }

    #[test]
    fn a_database_that_may_lose_answers_is_a_problem_with_the_settings_named() {
        let lossy = ServerFacts {
            fsync: false,
            synchronous_commit: false,
            ..facts()
        };
        let line = judge_database(&lossy, "db:5432");
        assert_eq!(line.state, State::Bad);
        assert!(
            line.words.contains("set fsync, synchronous_commit on"),
            "{line}"
        );
    }

    #[test]
    fn migrations_to_come_are_said_and_are_no_problem() {
        let line = judge_database(
            &ServerFacts {
                pending_migrations: 2,
                ..facts()
            },
            "db:5432",
        );
        assert_eq!(line.state, State::Good);
        assert!(line.words.contains("2 migrations to apply"), "{line}");
    }
}
