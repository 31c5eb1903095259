//! Reads one field of Stripe's JSON.
//!
//! Tolerant of its dress (WH6): an id may stand alone or as the expanded object, a whole number as a text or with a point. What
//! is something else is absent; whether it may be is for whoever reads the object to say, by [`need`].
//!
//! What must not be here: which fields an object has.

use domain::{Cents, Instant};
use serde_json::Value;
use std::fmt;

/// A field that cannot be done without is absent or is something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing(pub String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}", self.0)
    }
}

/// What was read, or the name of the field that is missing.
pub(crate) type Read<T> = Result<T, Missing>;

/// A field without which the object cannot be read; `what` is its name in the error.
pub(crate) fn need<T>(found: Option<T>, what: &str) -> Read<T> {
    found.ok_or_else(|| Missing(what.to_owned()))
}

/// A text that is not empty.
pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An id, alone or of an expanded object.
pub(crate) fn id(value: &Value) -> Option<String> {
    text(value).or_else(|| text(&value["id"]))
}

/// A whole number, also as `450.0` or `"450"`.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.to_string().strip_suffix(".0")?.parse().ok()),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// An instant from seconds since the epoch, of a range in which microseconds fit.
pub(crate) fn instant(value: &Value) -> Option<Instant> {
    let secs = whole(value)?;
    (-62_135_596_800..=253_402_300_799)
        .contains(&secs)
        .then(|| Instant::from_secs(secs))
}

/// An amount in minor units, as Stripe writes all of them.
pub(crate) fn cents(value: &Value) -> Option<Cents> {
    whole(value).map(Cents)
}

/// The members of a list object.
pub(crate) fn data(list: &Value) -> &[Value] {
    list["data"].as_array().map_or(&[], Vec::as_slice)
}

/// The first of several places that holds something.
pub(crate) fn first<T>(places: &[&Value], read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    places.iter().find_map(|place| read(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_in_any_dress_and_nothing_else() {
        for good in [json!(450), json!("450"), json!(450.0)] {
            assert_eq!(whole(&good), Some(450), "{good}");
        }
        for bad in [
            json!(4.5),
            json!("4.5"),
            json!(null),
            json!(true),
            json!(1e30),
            json!({}),
        ] {
            assert_eq!(whole(&bad), None, "{bad}");
        }
        assert_eq!(instant(&json!(i64::MAX)), None);
    }
}
