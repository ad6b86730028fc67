//! `autodeck doctor`: database, model, payments and mail, a line each, and what to do if not.

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use super::{database, say};
use crate::billing::catalog;
use crate::billing::stripe::StripeApi;
use crate::billing::webhook::WANTED;
use crate::config::{BaseUrl, Billing, Settings, StripeSettings};
use crate::db::inspect::{ServerFacts, server_facts};
use crate::llm;
use crate::mail::Mailer;

/// How long Stripe may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at everything and prints what it finds. Fails when something that AutoDeck needs is not well.
pub async fn run(settings: &Settings) -> ExitCode {
    let lines = [
        database_line(settings).await,
        model_line(settings).await,
        payments_line(settings).await,
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

async fn payments_line(settings: &Settings) -> Line {
    let line = |state, words| Line {
        what: "payments",
        state,
        words,
    };
    let Billing::Stripe(stripe) = &settings.billing else {
        let words = "self-hosted: everything is allowed to everyone.".into();
        return line(State::Off, words);
    };
    match checked_payments(stripe, settings.base_url(settings.listen)).await {
        Ok(found) => line(State::Good, found),
        Err(problem) => line(State::Bad, problem),
    }
}

/// Asks Stripe for all that the settings name.
async fn checked_payments(stripe: &StripeSettings, base_url: BaseUrl) -> Result<String, String> {
    let api = StripeApi::new(stripe, PATIENCE).map_err(|error| error.to_string())?;
    let is_live = api.is_live().await.map_err(|error| {
        format!("{error}. Look at STRIPE_SECRET_KEY: Stripe’s dashboard, Developers, API keys.")
    })?;
    let problems = catalog::price_problems(&api, &stripe.prices).await;
    if !problems.is_empty() {
        return Err(problems.join(" "));
    }
    let mode = if is_live { "live" } else { "test mode" };
    let address = format!("{base_url}/billing/webhook");
    match api.webhooks().await {
        // A restricted key may not be allowed to list them: no reason to call it broken.
        Err(error) => Ok(format!(
            "Stripe answers ({mode}), the four prices are there; whether it tells {address} of changes could not be \
             looked up ({error})."
        )),
        Ok(endpoints) => {
            let Some(ours) = endpoints.iter().find(|one| one.url == address) else {
                return Err(format!(
                    "Stripe tells nobody at {address} of changes. Add it: Developers, Webhooks, all events of \
                     customer.subscription, checkout.session.completed, invoice, charge.refunded, charge.dispute.closed; \
                     or, on your own machine, `stripe listen --forward-to {address}`."
                ));
            };
            if !ours.is_enabled {
                return Err(format!(
                    "Stripe has switched {address} off: enable it there."
                ));
            }
            let untold = ours.lacks(&WANTED);
            if !untold.is_empty() {
                return Err(format!(
                    "Stripe does not tell {address} of {}: add that to the endpoint’s events.",
                    untold.join(", ")
                ));
            }
            Ok(format!(
                "Stripe answers ({mode}), the four prices are there, and it tells {address} of changes. Whether \
                 STRIPE_WEBHOOK_SECRET is that endpoint’s shows with its first message: *Send test event* must be \
                 answered with 200."
            ))
        }
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
