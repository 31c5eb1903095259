//! How *Pack Assignments* is asked for (§14).

use crate::list::href;
use serde::{Deserialize, Serialize};

/// The query string of *Pack Assignments* (§14). Everything is text as it came; the store reads what it knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssignmentQuery {
    /// `1`: only those without a vendor (AS1).
    pub pending: String,
    /// A vendor's id: has the period, or gets the next one.
    pub vendor: String,
    /// A service's id.
    pub service: String,
    /// `soon`: the period ends within a week.
    pub ends: String,
    /// Words in client or service.
    pub q: String,
    /// A column, `-` before it for descending.
    pub sort: String,
    /// The key of the last row of the page before.
    pub after: String,
}

impl AssignmentQuery {
    /// The fields with their names, in a fixed order.
    pub fn pairs(&self) -> [(&'static str, &str); 7] {
        [
            ("pending", &self.pending),
            ("vendor", &self.vendor),
            ("service", &self.service),
            ("ends", &self.ends),
            ("q", &self.q),
            ("sort", &self.sort),
            ("after", &self.after),
        ]
    }

    /// The address of this list at `path`; empty fields are left out.
    pub fn href(&self, path: &str) -> String {
        href(path, &self.pairs())
    }

    /// Reads the pairs of a query string; unknown names are ignored, the last of a repeated name holds.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut out = Self::default();
        for (name, value) in pairs {
            let field = match name {
                "pending" => &mut out.pending,
                "vendor" => &mut out.vendor,
                "service" => &mut out.service,
                "ends" => &mut out.ends,
                "q" => &mut out.q,
                "sort" => &mut out.sort,
                "after" => &mut out.after,
                _ => continue,
            };
            value.clone_into(field);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn s14_an_assignment_query_survives_its_pairs(v in prop::array::uniform7(".{0,20}")) {
            let [pending, vendor, service, ends, q, sort, after] = v;
            let query = AssignmentQuery { pending, vendor, service, ends, q, sort, after };
            prop_assert_eq!(AssignmentQuery::from_pairs(query.pairs()), query.clone());
            let address = query.href("/admin/assignments");
            prop_assert!(address.is_ascii() && !address.contains(' '));
        }
    }
}
