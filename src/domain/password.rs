//! Which passwords are taken: length and the commonest, no rules of composition (OWASP ASVS 5.0, 6.2).

use std::collections::HashSet;
use std::sync::LazyLock;

/// Characters (Unicode scalar values), both ends included. The upper bound keeps hashing from being a burden.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// The 3,000 commonest of at least eight characters, the commonest first, lower case. From the frequency lists of the
/// PyPI package zxcvbn 4.5.0 (MIT licence), whose source is a count over published leaks.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// A password that may be set. It is not shown in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

/// Why a text is no password, in sentences for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than eight characters.
    #[error("A password has at least 8 characters. A few words in a row are easy to remember.")]
    TooShort,
    /// More than 256.
    #[error("A password has at most 256 characters.")]
    TooLong,
    /// On the list, or the address itself.
    #[error("This password is among the first that others try. Choose one that is yours alone.")]
    Common,
}

impl NewPassword {
    /// Checks a password as typed; nothing is trimmed, any character may be in it. `email` is what it may not be.
    ///
    /// # Errors
    /// [`PasswordError`], with what to do.
    pub fn parse(typed: &str, email: &str) -> Result<NewPassword, PasswordError> {
        let length = typed.chars().count();
        if length < *LENGTH.start() {
            return Err(PasswordError::TooShort);
        }
        if length > *LENGTH.end() {
            return Err(PasswordError::TooLong);
        }
        let lower = typed.to_lowercase();
        if COMMON.contains(lower.as_str()) || lower == email.to_lowercase() {
            return Err(PasswordError::Common);
        }
        Ok(NewPassword(typed.to_owned()))
    }

    /// The text, to be hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "ada@example.org";

    #[test]
    fn length_counts_characters_and_nothing_else_is_asked_for() {
        for (typed, expected) in [
            ("1234567", Err(PasswordError::TooShort)),
            ("ÄÖÜäöüß", Err(PasswordError::TooShort)),
            ("        ", Ok(())),
            ("correct horse battery staple", Ok(())),
            ("パスワードを決める", Ok(())),
            (&"a".repeat(256), Ok(())),
            (&"a".repeat(257), Err(PasswordError::TooLong)),
        ] {
            assert_eq!(
                NewPassword::parse(typed, ADDRESS).map(|_| ()),
                expected,
                "{typed}"
            );
        }
    }

    #[test]
    fn the_3000_commonest_and_the_address_itself_are_refused_in_any_case() {
        assert_eq!(COMMON.len(), 3_000);
        for typed in [
            "password",
            "PassWord",
            "12345678",
            "qwertyuiop",
            "Ada@Example.org",
        ] {
            assert_eq!(
                NewPassword::parse(typed, ADDRESS),
                Err(PasswordError::Common),
                "{typed}"
            );
        }
    }

    #[test]
    fn a_password_does_not_show_when_it_is_printed() {
        let password = NewPassword::parse("a quiet desk", ADDRESS).unwrap();
        assert!(!format!("{password:?}").contains("quiet"));
    }
}
