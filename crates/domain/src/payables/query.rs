//! How the report of what vendors are owed is asked for (VP5).

use crate::list::href;
use serde::{Deserialize, Serialize};

/// The query string of *Vendor Payments* (VP5). Everything is text as it came; the store reads what it knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PayablesQuery {
    /// `services`: the tab of units outside of packs (VP3); else packs.
    pub tab: String,
    /// A vendor's id.
    pub vendor: String,
    /// A state's word, or `open`: accrued or approved, and to be paid.
    pub state: String,
    /// `YYYY-MM`: the Central month in which the period begins.
    pub month: String,
    /// `open`: only lines that a vendor asks about.
    pub query: String,
    /// Words in client, service or reference.
    pub q: String,
    /// A column, `-` before it for descending.
    pub sort: String,
    /// The key of the last row of the page before.
    pub after: String,
}

impl PayablesQuery {
    /// The fields with their names, in a fixed order.
    pub fn pairs(&self) -> [(&'static str, &str); 8] {
        [
            ("tab", &self.tab),
            ("vendor", &self.vendor),
            ("state", &self.state),
            ("month", &self.month),
            ("query", &self.query),
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
                "tab" => &mut out.tab,
                "vendor" => &mut out.vendor,
                "state" => &mut out.state,
                "month" => &mut out.month,
                "query" => &mut out.query,
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
        fn vp5_a_query_survives_its_pairs(v in prop::array::uniform8(".{0,20}")) {
            let [tab, vendor, state, month, query, q, sort, after] = v;
            let query = PayablesQuery { tab, vendor, state, month, query, q, sort, after };
            prop_assert_eq!(PayablesQuery::from_pairs(query.pairs()), query.clone());
            let json = serde_json::to_value(&query).unwrap();
            for (name, value) in query.pairs() {
                prop_assert_eq!(json[name].as_str().unwrap(), value);
            }
        }
    }
}
