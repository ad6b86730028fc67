//! What the letters say, in each language of the interface. Plain text: a link is its own text, nothing is fetched.

use askama::Template;

use super::links::Purpose;
use crate::domain::email::EmailAddress;
use crate::mail::Letter;

/// Why we write.
#[derive(Debug)]
pub enum Occasion {
    /// A link that was asked for.
    Link {
        /// For what.
        purpose: Purpose,
        /// The whole address.
        link: String,
        /// The account changes to this address by it.
        is_change: bool,
    },
    /// The password was changed.
    NewPassword {
        /// Where we are.
        base_url: String,
    },
    /// Cards are due.
    Reminder {
        /// How many.
        due: u32,
        /// Where to study them.
        link: String,
        /// Where reminders stop.
        stop_link: String,
    },
    /// The account was given another address.
    NewEmail {
        /// Where we are.
        base_url: String,
    },
}

#[derive(Template)]
#[template(path = "emails/en.txt", escape = "none")]
struct English<'a> {
    occasion: &'a Occasion,
}

#[derive(Template)]
#[template(path = "emails/de.txt", escape = "none")]
struct German<'a> {
    occasion: &'a Occasion,
}

/// Writes the letter for an occasion. `language` is an ISO 639 code; one we do not have is English.
pub fn write(occasion: &Occasion, to: &EmailAddress, language: &str) -> Letter {
    let text = match language {
        "de" => German { occasion }.render(),
        _ => English { occasion }.render(),
    };
    let text = text.expect("a template without filters only writes into a string");
    let (subject, text) = text
        .split_once('\n')
        .expect("the first line is the subject");
    Letter {
        to: to.clone(),
        subject: subject.trim().to_owned(),
        text: text.trim_start().to_owned(),
        stop_link: match occasion {
            Occasion::Reminder { stop_link, .. } => Some(stop_link.clone()),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_has_a_subject_and_its_link_on_a_line_of_its_own_in_each_language() {
        let to = EmailAddress::parse("ada@example.org").unwrap();
        let mut subjects = std::collections::HashSet::new();
        for language in ["en", "de"] {
            for (purpose, is_change) in [
                (Purpose::Verify, false),
                (Purpose::Verify, true),
                (Purpose::SignIn, false),
                (Purpose::Reset, false),
            ] {
                let link = "https://cards.example/links/x?token=a-b_c".to_owned();
                let occasion = Occasion::Link {
                    purpose,
                    link: link.clone(),
                    is_change,
                };
                let letter = write(&occasion, &to, language);
                assert!(
                    letter.text.lines().any(|line| line == link),
                    "{}",
                    letter.text
                );
                assert!(letter.subject.contains("AutoDeck"), "{}", letter.subject);
                subjects.insert(letter.subject);
            }
            let base_url = "https://cards.example".to_owned();
            for occasion in [
                Occasion::NewPassword {
                    base_url: base_url.clone(),
                },
                Occasion::NewEmail {
                    base_url: base_url.clone(),
                },
            ] {
                let letter = write(&occasion, &to, language);
                assert!(
                    letter.text.contains("https://cards.example/"),
                    "{}",
                    letter.text
                );
                subjects.insert(letter.subject);
            }
        }
        assert_eq!(subjects.len(), 12, "{subjects:?}");
    }
}
