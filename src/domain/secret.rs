//! Secrets that we hand out (session ids, tokens, links in mails) and the hash that is all we keep of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use sha2::{Digest, Sha256};

/// What is kept of a secret. SHA-256 is enough: a secret of 256 random bits cannot be guessed, whatever the hash's speed.
pub type SecretHash = [u8; 32];

/// 256 random bits, shown to its owner as 43 URL-safe characters. It does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one, from `dice`.
    pub fn new(dice: &mut impl CryptoRng) -> Secret {
        let mut bits = [0_u8; 32];
        dice.fill_bytes(&mut bits);
        Secret(URL_SAFE_NO_PAD.encode(bits))
    }

    /// One that came back; anything is a secret, most are nobody's.
    pub fn presented(text: &str) -> Secret {
        Secret(text.to_owned())
    }

    /// The text for its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept.
    pub fn hash(&self) -> SecretHash {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha12Rng;

    #[test]
    fn a_secret_has_256_bits_and_comes_back_to_the_same_hash() {
        let mut dice = ChaCha12Rng::seed_from_u64(1);
        let secret = Secret::new(&mut dice);
        assert_eq!(URL_SAFE_NO_PAD.decode(secret.expose()).unwrap().len(), 32);
        assert_eq!(Secret::presented(secret.expose()).hash(), secret.hash());
        assert_ne!(Secret::new(&mut dice).hash(), secret.hash());
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }
}
