//! Settings: the environment and a `.env` file, read once, every problem listed at once.

mod base_url;
mod billing;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

pub use base_url::BaseUrl;
pub use billing::{Billing, StripePrices, StripeSettings};

use crate::llm::LlmSettings;

/// All that the operator can set, checked. Secrets do not show in `Debug`.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen (`AUTODECK_LISTEN`); port 0 takes any free one.
    pub listen: SocketAddr,
    /// The public address, when it was set. Ask [`Settings::base_url`].
    base_url: Option<BaseUrl>,
    /// The embedded database and models live here (`AUTODECK_DATA_DIR`).
    pub data_dir: PathBuf,
    /// Which PostgreSQL.
    pub database: Database,
    /// The same one past a pooler of connections, for what needs a session: migrations and LISTEN (`DATABASE_DIRECT_URL`).
    pub database_direct: Option<Database>,
    /// Generation jobs at once in this process; 0 = web only (`AUTODECK_WORKERS`).
    pub workers: usize,
    /// How long a job survives a silent worker (`AUTODECK_LEASE_SECONDS`).
    pub lease: Duration,
    /// Which model writes the cards.
    pub llm: LlmSettings,
    /// When to stop generating, and what tokens cost.
    pub spending: Spending,
    /// Who pays.
    pub billing: Billing,
    /// Proxies in front whose word on the client's address is taken (`AUTODECK_TRUSTED_HOPS`).
    pub trusted_hops: usize,
    /// How mails leave; `None`: they are logged, and the pages say so.
    pub mail: Option<MailSettings>,
}

/// Which PostgreSQL to use.
#[derive(Debug)]
pub enum Database {
    /// The private one in the data folder.
    Embedded,
    /// The one that `DATABASE_URL` names.
    Url(SecretString),
}

impl Database {
    /// How to connect to the database that was named; `None` for the embedded one.
    pub fn options(&self) -> Option<PgConnectOptions> {
        match self {
            Database::Embedded => None,
            Database::Url(url) => Some(
                PgConnectOptions::from_str(url.expose_secret())
                    .expect("checked when the settings were read"),
            ),
        }
    }
}

/// Money, in US dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spending {
    /// Stop generating when the day's spend is reached (`AUTODECK_DAILY_BUDGET_USD`).
    pub daily_budget: Option<f64>,
    /// Per million tokens sent (`AUTODECK_PRICE_IN`).
    pub price_in: Option<f64>,
    /// Per million tokens received (`AUTODECK_PRICE_OUT`).
    pub price_out: Option<f64>,
}

/// How mails leave.
#[derive(Debug)]
pub struct MailSettings {
    /// `SMTP_URL`; it may hold a password.
    pub smtp_url: SecretString,
    /// `MAIL_FROM`.
    pub from: String,
}

impl Settings {
    /// Reads and checks everything. `lookup` gives the value of a variable; an empty value counts as unset.
    ///
    /// # Errors
    /// Every problem found, each a sentence that begins with the variable's name.
    pub fn from_env(lookup: &impl Fn(&str) -> Option<String>) -> Result<Settings, Vec<String>> {
        let mut reader = Reader {
            lookup,
            problems: Vec::new(),
        };
        let listen = reader.read("AUTODECK_LISTEN", parse_listen);
        let mut llm = LlmSettings::from_env(lookup, &mut reader.problems);
        let data_dir = reader.data_dir();
        llm.keep_models_in(&data_dir);
        let settings = Settings {
            listen: listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 3000))),
            base_url: reader.read("AUTODECK_BASE_URL", BaseUrl::parse),
            data_dir,
            database: reader.database(),
            database_direct: reader.database_direct(),
            workers: reader
                .read("AUTODECK_WORKERS", |text| whole(text, 0, 256))
                .unwrap_or(4),
            lease: reader
                .read("AUTODECK_LEASE_SECONDS", |text| whole(text, 1, 3600))
                .map_or(Duration::from_secs(30), |seconds| {
                    Duration::from_secs(seconds as u64)
                }),
            llm,
            spending: reader.spending(),
            billing: billing::read(&mut reader),
            trusted_hops: reader
                .read("AUTODECK_TRUSTED_HOPS", |text| whole(text, 0, 16))
                .unwrap_or(0),
            mail: reader.mail(),
        };
        if reader.problems.is_empty() {
            Ok(settings)
        } else {
            Err(reader.problems)
        }
    }

    /// The public address: what was set, else `http://localhost:PORT` of the address that was `bound`.
    pub fn base_url(&self, bound: SocketAddr) -> BaseUrl {
        self.base_url
            .clone()
            .unwrap_or_else(|| BaseUrl::local(bound.port()))
    }
}

/// Looks variables up and gathers what is wrong with them.
struct Reader<'a, F> {
    lookup: &'a F,
    problems: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<'_, F> {
    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn read<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match parse(&self.get(name)?) {
            Ok(value) => Some(value),
            Err(wanted) => {
                self.problems.push(format!("{name} {wanted}."));
                None
            }
        }
    }

    fn data_dir(&mut self) -> PathBuf {
        if let Some(set) = self.get("AUTODECK_DATA_DIR") {
            return PathBuf::from(set);
        }
        if nix::unistd::Uid::effective().is_root() {
            return PathBuf::from("/var/lib/autodeck");
        }
        let absolute = |name| {
            self.get(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = absolute("HOME");
        let folder = if cfg!(target_os = "macos") {
            home.map(|home| home.join("Library/Application Support/AutoDeck"))
        } else {
            // The XDG base directory specification: a relative value is to be ignored.
            let shared = home.map(|home| home.join(".local/share"));
            absolute("XDG_DATA_HOME")
                .or(shared)
                .map(|shared| shared.join("autodeck"))
        };
        folder.unwrap_or_else(|| {
            self.problems.push(
                "AUTODECK_DATA_DIR must be set, because there is no HOME to put the data in."
                    .into(),
            );
            PathBuf::new()
        })
    }

    fn database(&mut self) -> Database {
        self.read("DATABASE_URL", parse_postgres)
            .unwrap_or(Database::Embedded)
    }

    fn database_direct(&mut self) -> Option<Database> {
        let direct = self.read("DATABASE_DIRECT_URL", parse_postgres);
        if direct.is_some() && self.get("DATABASE_URL").is_none() {
            self.problems.push(
                "DATABASE_URL must be set, because DATABASE_DIRECT_URL is, and is the way past its pooler."
                    .into(),
            );
        }
        direct
    }

    fn spending(&mut self) -> Spending {
        let spending = Spending {
            daily_budget: self.read("AUTODECK_DAILY_BUDGET_USD", dollars),
            price_in: self.read("AUTODECK_PRICE_IN", dollars),
            price_out: self.read("AUTODECK_PRICE_OUT", dollars),
        };
        if self.get("AUTODECK_DAILY_BUDGET_USD").is_some() {
            for name in ["AUTODECK_PRICE_IN", "AUTODECK_PRICE_OUT"] {
                if self.get(name).is_none() {
                    self.problems.push(format!(
                        "{name} must be set, because AUTODECK_DAILY_BUDGET_USD is, and a budget needs prices."
                    ));
                }
            }
        }
        spending
    }

    fn mail(&mut self) -> Option<MailSettings> {
        let smtp_url = self.read("SMTP_URL", |text| {
            let known = text.starts_with("smtp://") || text.starts_with("smtps://");
            known
                .then(|| SecretString::from(text))
                .ok_or("must begin with smtp:// or smtps://".to_owned())
        });
        let from = self.read("MAIL_FROM", |text| {
            text.contains('@')
                .then(|| text.to_owned())
                .ok_or(format!("is {text:?}, and must hold a mail address"))
        });
        for (set, missing) in [("SMTP_URL", "MAIL_FROM"), ("MAIL_FROM", "SMTP_URL")] {
            if self.get(set).is_some() && self.get(missing).is_none() {
                self.problems
                    .push(format!("{missing} must be set, because {set} is."));
            }
        }
        Some(MailSettings {
            smtp_url: smtp_url?,
            from: from?,
        })
    }
}

/// `127.0.0.1:3000`, `[::1]:3000`, and `localhost:3000` or `:3000` for loopback.
/// The value may hold a password, so it is not repeated in the problem.
fn parse_postgres(text: &str) -> Result<Database, String> {
    match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => PgConnectOptions::from_str(text)
            .map(|_| Database::Url(text.into()))
            .map_err(|_| "is not an address that PostgreSQL understands".to_owned()),
        _ => Err("must begin with postgres://".to_owned()),
    }
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost").unwrap_or(text);
    let port = local.strip_prefix(':').and_then(|port| port.parse().ok());
    match port {
        Some(port) => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        None => text.parse().map_err(|_| {
            format!("is {text:?}, and must be an address and a port, like 127.0.0.1:3000")
        }),
    }
}

fn whole(text: &str, least: usize, most: usize) -> Result<usize, String> {
    let value = text
        .parse()
        .ok()
        .filter(|value| (least..=most).contains(value));
    value.ok_or_else(|| format!("is {text:?}, and must be a whole number from {least} to {most}"))
}

fn dollars(text: &str) -> Result<f64, String> {
    let value = text
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite() && *value >= 0.0);
    value.ok_or_else(|| format!("is {text:?}, and must be an amount of dollars, like 1.50"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        Settings::from_env(&|name| {
            let set = pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned());
            set.or_else(|| (name == "HOME").then(|| "/home/ada".to_owned()))
        })
    }

    #[test]
    fn nothing_set_gives_the_defaults_of_the_contract() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(
            settings.base_url(settings.listen).to_string(),
            "http://localhost:3000"
        );
        assert!(matches!(settings.database, Database::Embedded));
        assert_eq!(
            (settings.workers, settings.lease),
            (4, Duration::from_secs(30))
        );
        assert_eq!(settings.spending, Spending::default());
        assert!(settings.mail.is_none());
    }

    #[test]
    fn all_problems_are_listed_at_once_each_by_its_variable() {
        let problems = read(&[
            ("AUTODECK_LISTEN", "everywhere"),
            ("AUTODECK_BASE_URL", "cards.example"),
            ("DATABASE_URL", "mysql://root:secret@db/cards"),
            ("AUTODECK_WORKERS", "-1"),
            ("AUTODECK_LEASE_SECONDS", "0"),
            ("AUTODECK_DAILY_BUDGET_USD", "lots"),
            ("AUTODECK_BILLING", "maybe"),
            ("MAIL_FROM", "nobody"),
        ])
        .unwrap_err();
        let named: Vec<&str> = problems
            .iter()
            .filter_map(|text| text.split(' ').next())
            .collect();
        assert_eq!(
            named,
            [
                "AUTODECK_LISTEN",
                "AUTODECK_BASE_URL",
                "DATABASE_URL",
                "AUTODECK_WORKERS",
                "AUTODECK_LEASE_SECONDS",
                "AUTODECK_DAILY_BUDGET_USD",
                "AUTODECK_PRICE_IN",
                "AUTODECK_PRICE_OUT",
                "AUTODECK_BILLING",
                "MAIL_FROM",
                "SMTP_URL",
            ]
        );
        assert!(!problems.join("\n").contains("secret"));
    }

    #[test]
    fn stripe_names_all_that_is_missing() {
        let problems = read(&[
            ("AUTODECK_BILLING", "stripe"),
            ("STRIPE_SECRET_KEY", "sk_test_x"),
        ])
        .unwrap_err();
        assert_eq!(problems.len(), 5, "{problems:?}");
        assert!(
            problems
                .iter()
                .all(|text| !text.starts_with("STRIPE_SECRET_KEY"))
        );
    }

    #[test]
    fn a_way_past_the_pooler_without_a_pooler_is_a_mistake() {
        let problems = read(&[("DATABASE_DIRECT_URL", "postgres://db/cards")]).unwrap_err();
        assert!(
            problems[0].starts_with("DATABASE_URL must be set"),
            "{problems:?}"
        );
        let set = |direct| {
            read(&[
                ("DATABASE_URL", "postgres://pool/cards"),
                ("DATABASE_DIRECT_URL", direct),
            ])
        };
        assert!(set("mysql://db/cards").is_err());
        let direct = set("postgres://past/cards")
            .unwrap()
            .database_direct
            .unwrap();
        assert_eq!(direct.options().unwrap().get_host(), "past");
    }

    #[test]
    fn an_empty_value_counts_as_unset() {
        assert!(matches!(
            read(&[("DATABASE_URL", " ")]).unwrap().database,
            Database::Embedded
        ));
    }

    #[test]
    fn secrets_do_not_show_when_settings_are_printed() {
        let settings = read(&[
            ("DATABASE_URL", "postgres://ada:hunter2@db/cards"),
            ("DATABASE_DIRECT_URL", "postgres://ada:hunter2@past/cards"),
            ("SMTP_URL", "smtps://ada:hunter2@mail.example"),
            ("MAIL_FROM", "cards@example.org"),
        ])
        .unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert_eq!(settings.database.options().unwrap().get_host(), "db");
    }

    #[test]
    fn loopback_may_be_named_in_short() {
        assert_eq!(
            parse_listen("localhost:8080").unwrap().to_string(),
            "127.0.0.1:8080"
        );
        assert_eq!(parse_listen(":8080").unwrap().to_string(), "127.0.0.1:8080");
        assert_eq!(parse_listen("[::1]:0").unwrap().to_string(), "[::1]:0");
        assert!(parse_listen("localhost").is_err());
    }
}
