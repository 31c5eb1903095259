//! Keys of forms: a second press is the first one's answer (invariant 7).

use domain::{AppError, AppResult, FieldError, error::Problem};

/// A form's key as the server gave it.
pub(crate) fn form_key(key: &str) -> AppResult<()> {
    let good = !key.is_empty() && key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if good {
        Ok(())
    } else {
        Err(AppError::Invalid {
            fields: vec![FieldError::new("form_key", Problem::ChoiceInvalid)],
        })
    }
}
