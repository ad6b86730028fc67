//! Argon2id, a bounded number at once and off the threads that serve study.

use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::domain::password::NewPassword;

/// OWASP's least for Argon2id: 19 MiB, two passes, one lane. Raise them here: hashes rise with the next sign-in.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashed in place of a password that nobody has, so that an unknown address takes as long as a known one.
const NOBODYS: &str = "the password of nobody at all";

/// Hashes and checks passwords. Clones share the bound.
#[derive(Debug, Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// Each hash takes a core for tens of milliseconds: the others wait here, and study keeps the rest of the machine.
    turns: Arc<Semaphore>,
    /// A hash of [`NOBODYS`] password under the same parameters, made when it is first needed.
    dummy: Arc<OnceLock<String>>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The password is right.
    Right {
        /// The same password under today's parameters, when the hash was made with others.
        rehashed: Option<String>,
    },
    /// It is wrong, or there is none.
    Wrong,
}

impl Default for Passwords {
    fn default() -> Passwords {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Passwords::with_params(
            Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constants within Argon2's bounds"),
            (cores / 2).max(1),
        )
    }
}

impl Passwords {
    /// With parameters of one's own; at most `turns` hashes at once.
    pub fn with_params(params: Params, turns: usize) -> Passwords {
        Passwords {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            turns: Arc::new(Semaphore::new(turns)),
            dummy: Arc::default(),
        }
    }

    /// The hash of a new password, in PHC form.
    pub async fn hash(&self, password: &NewPassword) -> String {
        let password = password.expose().to_owned();
        self.in_turn(move |argon2| hash(argon2, &password)).await
    }

    /// Checks `typed` against `stored`; without a stored hash it takes the same time and is wrong.
    pub async fn check(&self, typed: &str, stored: Option<String>) -> Checked {
        let (typed, dummy) = (typed.to_owned(), Arc::clone(&self.dummy));
        self.in_turn(move |argon2| {
            let Some(stored) = stored else {
                let dummy = dummy.get_or_init(|| hash(argon2, NOBODYS));
                let _ = verify(argon2, &typed, dummy);
                return Checked::Wrong;
            };
            if !verify(argon2, &typed, &stored) {
                return Checked::Wrong;
            }
            let rehashed = (!is_current(argon2, &stored)).then(|| hash(argon2, &typed));
            Checked::Right { rehashed }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> T {
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&argon2);
            // Held to the end of the work, even when the request behind it has gone.
            drop(turn);
            result
        });
        done.await.expect("hashing does not panic")
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> String {
    argon2
        .hash_password(password.as_bytes())
        .expect("the system has random bytes, and the length is bounded")
        .to_string()
}

/// The stored hash names its own parameters; those are used.
fn verify(argon2: &Argon2<'_>, typed: &str, stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|parsed| argon2.verify_password(typed.as_bytes(), &parsed).is_ok())
}

fn is_current(argon2: &Argon2<'_>, stored: &str) -> bool {
    PasswordHash::new(stored)
        .ok()
        .and_then(|parsed| Params::try_from(&parsed).ok())
        .is_some_and(|params| {
            let wanted = argon2.params();
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (wanted.m_cost(), wanted.t_cost(), wanted.p_cost())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(memory_kib: u32) -> Passwords {
        Passwords::with_params(Params::new(memory_kib, 1, 1, None).unwrap(), 2)
    }

    fn password(text: &str) -> NewPassword {
        NewPassword::parse(text, "ada@example.org").unwrap()
    }

    #[tokio::test]
    async fn the_usual_parameters_are_owasps_least_or_more() {
        let stored = Passwords::default().hash(&password("a quiet desk")).await;
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right_and_nobody_has_none() {
        let passwords = with(64);
        let stored = passwords.hash(&password("a quiet desk")).await;
        let right = passwords.check("a quiet desk", Some(stored.clone())).await;
        assert_eq!(right, Checked::Right { rehashed: None });
        for typed in ["a quiet desk ", "A quiet desk", ""] {
            assert_eq!(
                passwords.check(typed, Some(stored.clone())).await,
                Checked::Wrong,
                "{typed}"
            );
        }
        assert_eq!(
            passwords
                .check("a quiet desk", Some("no hash".into()))
                .await,
            Checked::Wrong
        );
        assert_eq!(passwords.check(NOBODYS, None).await, Checked::Wrong);
    }

    #[tokio::test]
    async fn a_hash_rises_with_the_parameters() {
        let old = with(64).hash(&password("a quiet desk")).await;
        let raised = with(128);
        let Checked::Right {
            rehashed: Some(new),
        } = raised.check("a quiet desk", Some(old)).await
        else {
            panic!("the hash was to be made again");
        };
        assert!(new.contains("m=128,"), "{new}");
        assert_eq!(
            raised.check("a quiet desk", Some(new)).await,
            Checked::Right { rehashed: None }
        );
    }
}
