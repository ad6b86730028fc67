//! Mails to learners: plain text, over SMTP or, where none is set, into the log for the operator.
//!
//! ```ignore
//! mailer.send(Letter { to, subject: "…".into(), text: "…".into() }).await?;
//! ```

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use crate::config::MailSettings;
use crate::domain::email::EmailAddress;

/// One mail. `Debug` shows neither address nor text.
pub struct Letter {
    /// To whom.
    pub to: EmailAddress,
    /// One line.
    pub subject: String,
    /// The whole body; lines end in `\n`.
    pub text: String,
    /// Of mails that come again and again: the address whose POST stops them, for the mail program's own button.
    pub stop_link: Option<String>,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letter(…)")
    }
}

/// Headers of mails that come again and again (RFC 2369, RFC 8058).
macro_rules! text_header {
    ($name:ident, $header:literal) => {
        #[derive(Debug, Clone)]
        struct $name(String);

        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($header)
            }

            fn parse(text: &str) -> Result<$name, Box<dyn std::error::Error + Send + Sync>> {
                Ok($name(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new($name::name(), self.0.clone())
            }
        }
    };
}
text_header!(ListUnsubscribe, "List-Unsubscribe");
text_header!(ListUnsubscribePost, "List-Unsubscribe-Post");

/// Sends letters. Cheap to clone: clones share their connections.
#[derive(Debug, Clone)]
pub struct Mailer {
    way: Way,
}

#[derive(Debug, Clone)]
enum Way {
    Smtp {
        transport: AsyncSmtpTransport<Tokio1Executor>,
        from: Mailbox,
    },
    Log,
}

/// Why a letter did not leave, for the log.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The letter could not be put together.
    #[error("the letter could not be written: {0}")]
    Letter(#[from] lettre::error::Error),
    /// The server did not take it.
    #[error("the mail server did not take it: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// It did not answer.
    #[error("the mail server did not answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
}

/// How long one letter may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A letter that did not leave is tried again after these pauses.
const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(15)];

impl Mailer {
    /// The way that the settings name; `None` logs.
    ///
    /// # Errors
    /// A sentence when `SMTP_URL` or `MAIL_FROM` cannot be used.
    pub fn new(settings: Option<&MailSettings>) -> anyhow::Result<Mailer> {
        let Some(settings) = settings else {
            return Ok(Mailer { way: Way::Log });
        };
        let from = settings.from.parse().map_err(|error| {
            anyhow::anyhow!("MAIL_FROM is no mail address ({error}). Write it like AutoDeck <cards@example.org>.")
        })?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(
            settings.smtp_url.expose_secret(),
        )
        .map_err(|_| {
            anyhow::anyhow!(
                "SMTP_URL cannot be used. It looks like smtps://user:password@mail.example.org."
            )
        })?
        .timeout(Some(TIMEOUT))
        .build();
        Ok(Mailer {
            way: Way::Smtp { transport, from },
        })
    }

    /// Whether letters leave; if not, pages say so.
    pub fn is_sending(&self) -> bool {
        matches!(self.way, Way::Smtp { .. })
    }

    /// Sends one letter now, or fails.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let Way::Smtp { transport, from } = &self.way else {
            // Without a mail server the operator is the postman: the one place where an address and a link are logged.
            tracing::info!(
                to = letter.to.as_str(),
                subject = letter.subject,
                text = letter.text,
                "a mail that was not sent, because SMTP_URL is not set"
            );
            return Ok(());
        };
        let to = Mailbox::new(
            None,
            letter
                .to
                .as_str()
                .parse()
                .map_err(|_| lettre::error::Error::MissingTo)?,
        );
        let mut message = Message::builder()
            .from(from.clone())
            .to(to)
            .subject(&letter.subject)
            .header(ContentType::TEXT_PLAIN);
        if let Some(link) = &letter.stop_link {
            message = message
                .header(ListUnsubscribe(format!("<{link}>")))
                .header(ListUnsubscribePost("List-Unsubscribe=One-Click".into()));
        }
        let message = message.body(letter.text.clone())?;
        tokio::time::timeout(TIMEOUT, transport.send(message))
            .await
            .map_err(|_| MailError::TimedOut)??;
        Ok(())
    }

    /// Sends a letter beside the request that asked for it, with a second and a third try: how long the mail server
    /// takes must not tell a stranger whether an address has an account. What still fails is logged, without its text.
    pub fn post(&self, letter: Letter) {
        let mailer = self.clone();
        tokio::spawn(async move {
            let mut pauses = PAUSES.into_iter();
            while let Err(error) = mailer.send(&letter).await {
                let Some(pause) = pauses.next() else {
                    tracing::error!(%error, "a mail could not be sent");
                    return;
                };
                tokio::time::sleep(pause).await;
            }
        });
    }

    /// Whether the server answers and takes us, for `doctor`. `None` when mails are logged.
    pub async fn check(&self) -> Option<Result<(), MailError>> {
        let Way::Smtp { transport, .. } = &self.way else {
            return None;
        };
        let answered = tokio::time::timeout(TIMEOUT, transport.test_connection()).await;
        Some(match answered {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(MailError::TimedOut),
        })
    }
}
