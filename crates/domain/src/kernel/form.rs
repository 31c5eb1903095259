//! Typed text, checked.

use crate::error::{FieldError, Problem};

/// Characters of a name, at most.
pub const MAX_NAME: usize = 80;

/// One line of words: trimmed, inner white space made single, 1 to `max` characters.
///
/// # Errors
/// [`Problem::Required`] or [`Problem::TooLong`].
pub fn words(text: &str, max: usize) -> Result<String, Problem> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().filter(|c| !c.is_control()).count() {
        0 => Err(Problem::Required),
        n if n > max => Err(Problem::TooLong { max }),
        _ => Ok(text.chars().filter(|c| !c.is_control()).collect()),
    }
}

/// The value, or its problem written down beside its field.
pub(crate) fn checked<T>(wrong: &mut Vec<FieldError>, field: &str, value: Result<T, Problem>) -> Option<T> {
    value
        .map_err(|problem| wrong.push(FieldError::new(field, problem)))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_line() {
        assert_eq!(words("a\r\nb\u{7}", 9), Ok("a b".into()));
        assert_eq!(words(" \n ", 9), Err(Problem::Required));
        assert_eq!(words("\u{0}", 9), Err(Problem::Required));
    }
}
