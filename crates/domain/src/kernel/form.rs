//! Typed forms, checked.

use crate::error::{FieldError, Problem};

/// Characters of a name, at most.
pub const MAX_NAME: usize = 80;

/// The value, or its problem written down beside its field.
pub(crate) fn checked<T>(wrong: &mut Vec<FieldError>, field: &str, value: Result<T, Problem>) -> Option<T> {
    value
        .map_err(|problem| wrong.push(FieldError::new(field, problem)))
        .ok()
}
