//! E-mail addresses: how they are kept and which are refused.
//!
//! One spelling for all: trimmed and lower case, so that "Ana@Example.com" and "ana@example.com" are one person.
//! Whether an address is free is the use case's part.

use crate::error::Problem;

/// Characters of an address, at most (RFC 5321's path less its brackets).
pub const MAX_EMAIL: usize = 254;

/// Characters before the `@`, at most.
const MAX_LOCAL: usize = 64;

/// Characters of one part of the host, at most.
const MAX_LABEL: usize = 63;

/// The address as it is looked up: trimmed, lower case. For signing in, where a wrong address is no field's problem.
pub fn normalise(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The address as it is kept, or what is wrong with it. ASCII only: look-alike letters would give one person's address
/// to another.
///
/// # Errors
/// [`Problem::Required`], [`Problem::TooLong`] or [`Problem::EmailInvalid`].
pub fn check(text: &str) -> Result<String, Problem> {
    let email = normalise(text);
    if email.is_empty() {
        return Err(Problem::Required);
    }
    if email.chars().count() > MAX_EMAIL {
        return Err(Problem::TooLong { max: MAX_EMAIL });
    }
    let (local, host) = email.split_once('@').ok_or(Problem::EmailInvalid)?;
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    let label = |part: &str| {
        (1..=MAX_LABEL).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let labels: Vec<&str> = host.split('.').collect();
    let named = labels
        .last()
        .is_some_and(|last| last.len() > 1 && last.bytes().any(|b| b.is_ascii_alphabetic()));
    let good = local.len() <= MAX_LOCAL
        && local.split('.').all(atom)
        && labels.len() > 1
        && labels.iter().all(|l| label(l))
        && named;
    if good { Ok(email) } else { Err(Problem::EmailInvalid) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case(" Ana@Example.COM ", "ana@example.com")]
    #[case("payg@demo.test", "payg@demo.test")]
    #[case("a.b+tag@sub.example.co", "a.b+tag@sub.example.co")]
    #[case("o'neil@xn--bcher-kva.example", "o'neil@xn--bcher-kva.example")]
    fn email_is_kept_in_one_spelling(#[case] text: &str, #[case] kept: &str) {
        assert_eq!(check(text).as_deref(), Ok(kept));
    }

    #[rstest]
    #[case("ana")]
    #[case("ana@")]
    #[case("@example.com")]
    #[case("ana@localhost")]
    #[case("ana@example")]
    #[case("ana@@example.com")]
    #[case("ana@b@example.com")]
    #[case("an a@example.com")]
    #[case("ana@exam ple.com")]
    #[case("ana\r\nBcc: x@example.com")]
    #[case(".ana@example.com")]
    #[case("a..b@example.com")]
    #[case("ana@-example.com")]
    #[case("ana@example-.com")]
    #[case("ana@example..com")]
    #[case("ana@example.com.")]
    #[case("ana@127.0.0.1")]
    #[case("ana@example.12")]
    #[case("ana@example.c")]
    #[case("Ana <ana@example.com>")]
    #[case("аna@example.com")] // a Cyrillic letter
    fn email_refuses_what_is_no_address(#[case] text: &str) {
        assert_eq!(check(text), Err(Problem::EmailInvalid));
    }

    #[test]
    fn email_lengths_and_nothing() {
        assert_eq!(check("  "), Err(Problem::Required));
        let long = |host: usize| format!("a@{0}.{0}.{0}.{1}", "b".repeat(60), "c".repeat(host));
        assert_eq!((long(63).len(), check(&long(63)).is_ok()), (248, true));
        let most = format!("{}@{}", "a".repeat(8), &long(63)[2..]);
        assert_eq!((most.len(), check(&most).is_ok()), (MAX_EMAIL + 1, false));
        assert!(check(&most[1..]).is_ok(), "as long as can be");
        assert_eq!(
            check(&format!("{}@example.com", "a".repeat(65))),
            Err(Problem::EmailInvalid)
        );
        assert_eq!(
            check(&format!("a@{}.com", "b".repeat(250))),
            Err(Problem::TooLong { max: MAX_EMAIL })
        );
    }

    proptest! {
        #[test]
        fn email_kept_once_is_kept_the_same_again(text in "[ A-Za-z0-9.+@-]{0,30}") {
            if let Ok(email) = check(&text) {
                prop_assert_eq!(check(&email), Ok(email.clone()));
                prop_assert_eq!(normalise(&text), email);
            }
        }
    }
}
