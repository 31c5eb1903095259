//! Which passwords are accepted. How they are hashed is the engine's part; no password is ever kept here.

use crate::{email, error::Problem, shown::counted};
use std::{collections::HashSet, sync::LazyLock};

/// Characters, at least.
pub const LEAST: usize = 10;

/// Characters, at most: hashing must not be made expensive by a long text.
pub const MOST: usize = 128;

/// The most common passwords. Only what hashes passwords asks for them: the browser's half has none of it.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("common_passwords.txt").lines();
    lines.filter(|line| !line.starts_with("# ")).collect()
});

/// So many digits or signs at the ends of a common password make no other one of it: "Basketball2024!".
const TRIMMINGS: usize = 5;

/// Whether a new password may be taken by the person with this address. Spaces count; nothing is trimmed.
///
/// # Errors
/// [`Problem::Required`], [`Problem::TooShort`], [`Problem::TooLong`], [`Problem::PasswordIsEmail`] or
/// [`Problem::PasswordCommon`].
pub fn check(password: &str, email: &str) -> Result<(), Problem> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let email = email::normalise(email);
    let before_at = email.split('@').next().unwrap_or_default();
    if password.is_empty() {
        Err(Problem::Required)
    } else if length < LEAST {
        Err(Problem::TooShort { min: LEAST })
    } else if length > MOST {
        Err(Problem::TooLong { max: MOST })
    } else if lower.trim() == email || lower.trim() == before_at {
        Err(Problem::PasswordIsEmail)
    } else if repeats(&lower) || runs(&lower) || is_common(lower.trim()) {
        Err(Problem::PasswordCommon)
    } else {
        Ok(())
    }
}

/// What is said beside a new password as it is typed: by the same rules but for the list of common ones, which is asked where
/// it is hashed.
pub fn hint(password: &str) -> String {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    match length {
        0 => String::new(),
        _ if length < LEAST => {
            let missing = i64::try_from(LEAST - length).unwrap_or_default();
            counted(missing, "more character.", "more characters.")
        }
        _ if length > MOST => Problem::TooLong { max: MOST }.message(),
        _ if repeats(&lower) || runs(&lower) => "Easy to guess. Use other words.".to_owned(),
        _ => "Long enough.".to_owned(),
    }
}

/// A common password, with or without something at its ends.
fn is_common(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let trimming = |c: &&char| !c.is_alphabetic();
    let left = chars.iter().take_while(trimming).count().min(TRIMMINGS);
    let right = chars.iter().rev().take_while(trimming).count();
    (0..=left).any(|from| {
        (0..=right.min(TRIMMINGS - from)).any(|until| {
            let core = chars.get(from..chars.len().saturating_sub(until)).unwrap_or_default();
            COMMON.contains(core.iter().collect::<String>().as_str())
        })
    })
}

/// One block over and over: "aaaaaaaaaa", "abcabcabca", "passwordpassword".
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 2).any(|block| chars.iter().zip(&chars[block..]).all(|(one, next)| one == next))
}

/// Rows along which fingers and minds run, either way.
const ROWS: &[&str] = &[
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
];

/// Nothing but runs along such a row, of three at least: "1234567890qwertz", "abcdefgh321".
fn runs(text: &str) -> bool {
    const LEAST_RUN: usize = 3;
    let mut rest: &str = text;
    while !rest.is_empty() {
        let longest = ROWS.iter().flat_map(|row| {
            let back: String = row.chars().rev().collect();
            [run_along(rest, row), run_along(rest, &back)]
        });
        match longest.max() {
            Some(run) if run >= LEAST_RUN => rest = rest.get(run..).unwrap_or_default(),
            _ => return false,
        }
    }
    true
}

/// How many bytes of a text's beginning stand together in this row, which is ASCII.
fn run_along(text: &str, row: &str) -> usize {
    let most = text.len().min(row.len());
    (1..=most)
        .rev()
        .find(|length| text.get(..*length).is_some_and(|begin| row.contains(begin)))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", Problem::Required)]
    #[case("ninechars", Problem::TooShort { min: 10 })]
    #[case("Password123", Problem::PasswordCommon)]
    #[case("QWERTYUIOP", Problem::PasswordCommon)]
    #[case(" 1234567890 ", Problem::PasswordCommon)]
    #[case("aaaaaaaaaaaa", Problem::PasswordCommon)]
    #[case("Annabelle.Smith@Example.com", Problem::PasswordIsEmail)]
    #[case("annabelle.smith", Problem::PasswordIsEmail)]
    fn password_refused(#[case] password: &str, #[case] problem: Problem) {
        assert_eq!(check(password, " annabelle.smith@example.com"), Err(problem));
    }

    #[rstest]
    #[case("", "")]
    #[case("sevench", "3 more characters.")]
    #[case("ninechars", "1 more character.")]
    #[case("aaaaaaaaaaaa", "Easy to guess. Use other words.")]
    #[case("QWERTYUIOP", "Easy to guess. Use other words.")]
    #[case("mias-harbour-staple", "Long enough.")]
    fn password_hint_says_what_is_missing(#[case] typed: &str, #[case] said: &str) {
        assert_eq!(hint(typed), said);
    }

    #[test]
    fn password_lengths_count_characters() {
        assert_eq!(check("zehnÄÖÜßéè", "a@example.com"), Ok(()));
        let long: String = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(check(&long[..128], "a@example.com"), Ok(()));
        assert_eq!(check(&long[..129], "a@example.com"), Err(Problem::TooLong { max: 128 }));
    }

    #[test]
    fn password_of_the_demo_is_accepted() {
        assert_eq!(check("monthly-packs-demo", "admin@demo.test"), Ok(()));
    }

    /// §25: each of the most common ones is refused, however it is spelt and whatever is put at its ends.
    #[test]
    fn password_of_the_common_ones_is_refused() {
        assert!(COMMON.len() > 15_000);
        for known in COMMON.iter() {
            assert!(known.chars().count() >= 6 && *known == known.to_lowercase(), "{known}");
            let capital: String = known
                .chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .chain(known.chars().skip(1))
                .collect();
            for spelt in [(*known).to_owned(), known.to_uppercase(), capital] {
                let refused = check(&spelt, "a@example.com");
                assert!(
                    matches!(refused, Err(Problem::PasswordCommon | Problem::TooShort { .. })),
                    "{spelt}: {refused:?}"
                );
            }
        }
        for common in [
            "Basketball2024!",
            "!!password99",
            "Welcome1234",
            "changeme123",
            "abcabcabcabc",
            "passwordpassword",
            "abcdefghijkl",
            "lkjhgfdsa0987",
            "1234567890qwertz",
            "p@ssw0rd123",
            "correcthorsebatterystaple",
        ] {
            assert_eq!(check(common, "a@example.com"), Err(Problem::PasswordCommon), "{common}");
        }
    }

    #[test]
    fn password_that_nobody_guesses_is_accepted() {
        for good in [
            "correct-harbour-staple",
            "fresh-harbour-staple",
            "another-long-one",
            "tidal lantern of seven",
            "Kz8!vq2wLp",
            "7hd9-2kfm-qq81",
            "zehnÄÖÜßéè",
            "мой-старый-велосипед",
            "東京の古い自転車は赤い",
            "my2catseatfish",
            "x9$kQ2#mZp",
            "summerhouse by the lake",
        ] {
            assert_eq!(check(good, "a@example.com"), Ok(()), "{good}");
        }
    }
}
