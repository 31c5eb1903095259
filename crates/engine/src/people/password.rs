//! How passwords are hashed and compared: argon2id with OWASP's parameters, away from the async threads, a few at once.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::AppResult;
use std::sync::{Arc, LazyLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;

const PASSES: u32 = 2;

const LANES: u32 = 1;

/// How many passwords are hashed at once. It bounds the memory that sign-ins can take, and with it how many guesses can
/// be under way before the first of them is counted.
const AT_ONCE: usize = 4;

static PERMITS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));

/// What an unknown address's password is compared with, so that the answer takes as long as for a known one.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password").ok());

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String, String> {
    hasher()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

fn matches_now(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| hasher().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The right to hash one password; see [`turn`].
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held until it is dropped")] Option<OwnedSemaphorePermit>);

/// Waits for one's turn. Take it before looking at the failures counted so far.
pub async fn turn() -> Turn {
    Turn(PERMITS.clone().acquire_owned().await.ok())
}

/// The hash of a new password, salted anew.
///
/// # Errors
/// [`domain::AppError::Internal`] when the machine has no random numbers.
pub async fn hash(password: &str) -> AppResult<String> {
    let _turn = turn().await;
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || hash_now(&password))
        .await
        .map_err(crate::internal)?
        .map_err(crate::internal)
}

/// Whether a password is the one of this hash. Without a hash it takes as long and says no.
pub async fn matches(_turn: &Turn, password: &str, hash: Option<String>) -> bool {
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || match hash {
        Some(hash) => matches_now(&password, &hash),
        None => {
            let _ = NOBODY.as_ref().map(|hash| matches_now(&password, hash));
            false
        }
    })
    .await
    .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_salted_argon2id_and_matches_only_its_password() {
        let first = hash("monthly-packs-demo").await.expect("a hash");
        let second = hash("monthly-packs-demo").await.expect("a hash");
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second, "each has a salt of its own");
        let turn = turn().await;
        assert!(matches(&turn, "monthly-packs-demo", Some(first.clone())).await);
        assert!(!matches(&turn, "monthly-packs-dem", Some(first)).await);
        assert!(
            !matches(&turn, "nobody has this password", None).await,
            "nobody's password opens nothing"
        );
        assert!(!matches(&turn, "x", Some("not a hash".into())).await);
    }
}
