//! Mail addresses, in the one form under which an account is found.

/// The longest address that mail can carry (RFC 5321, 4.5.3.1.3).
const MAX_BYTES: usize = 254;

/// An address, lower case. Two that differ in case only are one person's in practice, so they are one account.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// A text is no address, in a sentence for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("That is no mail address we can write to. It looks like ada@example.org.")]
pub struct EmailError;

impl EmailAddress {
    /// Trims `text` and checks it as browsers do for a mail field: whether somebody reads it, only a mail can tell.
    ///
    /// # Errors
    /// [`EmailError`].
    pub fn parse(text: &str) -> Result<EmailAddress, EmailError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let is_local = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
            });
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let is_domain = domain.split('.').all(is_label);
        if is_local && is_domain && text.len() <= MAX_BYTES {
            Ok(EmailAddress(text.to_ascii_lowercase()))
        } else {
            Err(EmailError)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Addresses are not logged, so `Debug` shows none.
impl std::fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_however_it_is_typed() {
        let address = EmailAddress::parse("  Ada.Lovelace+cards@Example.ORG ").unwrap();
        assert_eq!(address.as_str(), "ada.lovelace+cards@example.org");
        assert!(EmailAddress::parse("root@localhost").is_ok());
    }

    #[test]
    fn what_could_break_a_mail_is_no_address() {
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@-x.org",
            "a..b@example.org",
            "ada@exa mple.org",
            "ada@example.org\r\nBcc: all@example.org",
            "ada@example.org, eve@example.org",
            "<ada@example.org>",
            "ада@example.org",
        ] {
            assert_eq!(EmailAddress::parse(text), Err(EmailError), "{text:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@example.org", "a".repeat(65))).is_err());
    }
}
