//! How passwords are hashed and compared: argon2id with OWASP's parameters, away from the async threads, a few at once.

use crate::kernel::turns::{Turn, Turns};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::{AppError, AppResult};
use std::sync::LazyLock;

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;

const PASSES: u32 = 2;

const LANES: u32 = 1;

/// How many passwords are hashed at once, at most; fewer where there are fewer cores, on which more would be no faster. It
/// bounds the memory that sign-ins can take, and with it how many guesses can be under way before the first of them is
/// counted.
const AT_ONCE: usize = 3;

/// How many more may wait. Who comes then is told to come again.
const MOST_WAITING: usize = 64;

/// When whoever found too many waiting may come again.
const COME_AGAIN_SECS: u64 = 5;

static TURNS: LazyLock<Turns> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Turns::new(cores.min(AT_ONCE), MOST_WAITING)
});

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

/// Waits for one's turn. Take it before looking at the failures counted so far.
///
/// # Errors
/// [`AppError::RateLimited`] when too many wait.
pub async fn turn() -> AppResult<Turn> {
    TURNS.turn().await.ok_or(AppError::RateLimited {
        retry_after_secs: COME_AGAIN_SECS,
    })
}

/// The hash of a new password, salted anew.
///
/// # Errors
/// [`AppError::Internal`] when the machine has no random numbers; [`AppError::RateLimited`] when too many wait.
pub async fn hash(password: &str) -> AppResult<String> {
    let password = password.to_owned();
    let (hash, _turn) = turn().await?.work(move || hash_now(&password)).await?;
    hash.map_err(crate::internal)
}

/// Whether a password is the one of this hash; and the turn, for what is still to be done in it. Without a hash it takes as
/// long and says no.
///
/// # Errors
/// [`AppError::Internal`].
pub async fn matches(turn: Turn, password: &str, hash: Option<String>) -> AppResult<(bool, Turn)> {
    let password = password.to_owned();
    turn.work(move || match hash {
        Some(hash) => matches_now(&password, &hash),
        None => {
            let _ = NOBODY.as_ref().map(|hash| matches_now(&password, hash));
            false
        }
    })
    .await
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
        let tries = async |password: &str, hash: Option<String>| {
            let turn = turn().await.expect("a turn");
            matches(turn, password, hash).await.expect("an answer").0
        };
        assert!(tries("monthly-packs-demo", Some(first.clone())).await);
        assert!(!tries("monthly-packs-dem", Some(first)).await);
        assert!(
            !tries("nobody has this password", None).await,
            "nobody's password opens nothing"
        );
        assert!(!tries("x", Some("not a hash".into())).await);
    }
}
