//! How lists are asked for: pages, and addresses that hold whatever was searched for (§29, RQ5).

/// Rows on one page of a list.
pub const PAGE_SIZE: i64 = 25;

/// How a list is asked for: the query string of its address. Everything is text as it came; the store reads what it knows.
/// Made by `list_query!`. The field `sort`, where there is one, is a column, `-` before it for descending; `after` is the key of
/// the last row of the page before.
pub trait ListQuery: Clone + Default + PartialEq + Send + Sync + 'static {
    /// The fields with their names, in a fixed order.
    fn pairs(&self) -> Vec<(&'static str, &str)>;

    /// The field of a name.
    fn field_mut(&mut self, name: &str) -> Option<&mut String>;

    /// What a field holds; nothing for an unknown name.
    fn field(&self, name: &str) -> &str {
        let found = self.pairs().into_iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The first page of the same list, with one field changed.
    #[must_use]
    fn with(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        for (name, value) in [("after", ""), (name, value)] {
            if let Some(field) = changed.field_mut(name) {
                value.clone_into(field);
            }
        }
        changed
    }

    /// The address of this list at `path`; empty fields are left out.
    fn href(&self, path: &str) -> String {
        let filled = self.pairs().into_iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = filled
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        if pairs.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", pairs.join("&"))
        }
    }

    /// Reads the pairs of a query string; unknown names are ignored, the last of a repeated name holds.
    fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut out = Self::default();
        for (name, value) in pairs {
            if let Some(field) = out.field_mut(name) {
                value.clone_into(field);
            }
        }
        out
    }
}

/// A [`ListQuery`] with its fields, all of them texts.
macro_rules! list_query {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$about:meta])* $field:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name { $($(#[$about])* pub $field: String,)+ }

        impl $crate::kernel::list::ListQuery for $name {
            fn pairs(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($field), self.$field.as_str())),+]
            }

            fn field_mut(&mut self, name: &str) -> Option<&mut String> {
                match name {
                    $(stringify!($field) => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use list_query;

/// A value as it may stand in a query string: all but letters, digits and `-._~` as `%` and two hexadecimal digits.
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    list_query! {
        /// A list of this test.
        pub struct Query {
            /// Words.
            q,
            /// A column.
            sort,
            /// The page.
            after,
        }
    }

    #[test]
    fn a_list_is_asked_for_by_its_fields() {
        let query = Query::from_pairs([
            ("q", "a"),
            ("sort", "-due"),
            ("after", "9"),
            ("other", "x"),
            ("q", "b c"),
        ]);
        assert_eq!(
            (query.field("q"), query.field("sort"), query.field("other")),
            ("b c", "-due", "")
        );
        let changed = query.with("sort", "due");
        assert_eq!(
            changed.href("/requests"),
            "/requests?q=b%20c&sort=due",
            "its first page"
        );
        assert_eq!(query.with("unknown", "x").field("q"), "b c");
        assert_eq!(Query::default().href("/requests"), "/requests");
    }
}
