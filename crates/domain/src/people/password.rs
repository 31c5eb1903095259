//! Which passwords are accepted. How they are hashed is the engine's part; no password is ever kept here.

use crate::{email, error::Problem};

/// Characters, at least.
pub const LEAST: usize = 10;

/// Characters, at most: hashing must not be made expensive by a long text.
pub const MOST: usize = 128;

/// The most common passwords that are long enough to pass [`LEAST`], in lower case.
const COMMON: &[&str] = &[
    "0123456789",
    "0987654321",
    "1111111111",
    "1123581321",
    "12345678910",
    "123456789a",
    "1234567890",
    "1234567891",
    "123123123123",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "9876543210",
    "abcd123456",
    "abcdefghij",
    "administrator",
    "asdfghjkl1",
    "asdfghjkl;",
    "basketball",
    "changeme123",
    "correcthorsebatterystaple",
    "football123",
    "iloveyou123",
    "letmein123",
    "letmein1234",
    "liverpool1",
    "manchester",
    "monkey1234",
    "p@ssw0rd123",
    "passw0rd123",
    "password10",
    "password11",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "password123!",
    "passwordpassword",
    "pokemon123",
    "princess123",
    "q1w2e3r4t5",
    "q1w2e3r4t5y6",
    "qazwsxedcrfv",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop",
    "qwertyuiop123",
    "starwars123",
    "sunshine123",
    "superman123",
    "welcome123",
    "welcome1234",
    "zaq12wsxcde3",
    "zxcvbnm123",
];

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
    } else if COMMON.contains(&lower.trim()) || one_character(&lower) {
        Err(Problem::PasswordCommon)
    } else {
        Ok(())
    }
}

/// "aaaaaaaaaa".
fn one_character(text: &str) -> bool {
    let mut all = text.chars();
    let first = all.next();
    all.all(|c| Some(c) == first)
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

    #[test]
    fn password_lengths_count_characters() {
        assert_eq!(check("zehnÄÖÜßéè", "a@example.com"), Ok(()));
        assert_eq!(check(&"ab".repeat(64), "a@example.com"), Ok(()));
        assert_eq!(
            check(&format!("{}c", "ab".repeat(64)), "a@example.com"),
            Err(Problem::TooLong { max: 128 })
        );
    }

    #[test]
    fn password_of_the_demo_is_accepted() {
        assert_eq!(check("monthly-packs-demo", "admin@demo.test"), Ok(()));
    }

    #[test]
    fn password_list_holds_only_what_the_length_rule_lets_through() {
        for common in COMMON {
            assert_eq!(check(common, "a@example.com"), Err(Problem::PasswordCommon), "{common}");
            assert_eq!(*common, common.to_lowercase());
        }
    }
}
