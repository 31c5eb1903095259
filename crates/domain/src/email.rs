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
