//! Small things that views of every room are made of.

use serde::{Deserialize, Serialize};

/// An instant in words, made where the zone is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// RFC 3339, UTC.
    pub iso: String,
    /// "Feb 28, 2027, 12:22 PM CT".
    pub text: String,
    /// "in 3 days".
    pub relative: String,
}

/// "1 pack", "3 packs".
pub fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Something to choose in a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}
