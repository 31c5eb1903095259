//! How lists are asked for: filter, sort and page as they stand in the URL (§29, RQ5).

use serde::{Deserialize, Serialize};

/// Rows on one page of a list.
pub const PAGE_SIZE: i64 = 25;

/// Instead of a status: what is still to be worked on.
pub const TO_DO: &str = "to_do";

/// The request list's query string (RQ5). Everything is text as it came; the store reads what it knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestQuery {
    /// A status word, [`TO_DO`], or anything else for all.
    pub status: String,
    /// Words in title, or a number.
    pub q: String,
    /// A service's id.
    pub service: String,
    /// A client's id (staff).
    pub client: String,
    /// A vendor's id (staff).
    pub vendor: String,
    /// A coverage word.
    pub coverage: String,
    /// First submitted day, `YYYY-MM-DD`.
    pub from: String,
    /// Last submitted day.
    pub to: String,
    /// A column, `-` before it for descending.
    pub sort: String,
    /// The key of the last row of the page before.
    pub after: String,
}

impl RequestQuery {
    /// The fields with their names, in a fixed order.
    pub fn pairs(&self) -> [(&'static str, &str); 10] {
        [
            ("status", &self.status),
            ("q", &self.q),
            ("service", &self.service),
            ("client", &self.client),
            ("vendor", &self.vendor),
            ("coverage", &self.coverage),
            ("from", &self.from),
            ("to", &self.to),
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
                "status" => &mut out.status,
                "q" => &mut out.q,
                "service" => &mut out.service,
                "client" => &mut out.client,
                "vendor" => &mut out.vendor,
                "coverage" => &mut out.coverage,
                "from" => &mut out.from,
                "to" => &mut out.to,
                "sort" => &mut out.sort,
                "after" => &mut out.after,
                _ => continue,
            };
            value.clone_into(field);
        }
        out
    }
}

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

/// An address with those of its pairs that are filled.
fn href(path: &str, pairs: &[(&'static str, &str)]) -> String {
    let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = filled
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .collect();
    if pairs.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", pairs.join("&"))
    }
}

/// A value as it may stand in a query string: all but letters, digits and `-._~` as `%` and two hexadecimal digits.
pub(crate) fn percent_encoded(text: &str) -> String {
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

        #[test]
        fn rq5_a_query_survives_its_pairs(v in prop::array::uniform10(".{0,20}")) {
            let [status, q, service, client, vendor, coverage, from, to, sort, after] = v;
            let query = RequestQuery { status, q, service, client, vendor, coverage, from, to, sort, after };
            prop_assert_eq!(RequestQuery::from_pairs(query.pairs()), query.clone());
            // The names are those that serde writes, so both readings of a URL agree.
            let json = serde_json::to_value(&query).unwrap();
            let fields = json.as_object().unwrap();
            prop_assert_eq!(fields.len(), query.pairs().len());
            for (name, value) in query.pairs() {
                prop_assert_eq!(fields[name].as_str().unwrap(), value);
            }
        }
    }

    #[test]
    fn rq5_an_address_holds_whatever_was_searched_for() {
        let query = RequestQuery {
            q: "50 % & é".into(),
            sort: "-due".into(),
            ..RequestQuery::default()
        };
        assert_eq!(query.href("/requests"), "/requests?q=50%20%25%20%26%20%C3%A9&sort=-due");
        assert_eq!(RequestQuery::default().href("/requests"), "/requests");
    }

    #[test]
    fn rq5_unknown_names_are_ignored_and_the_last_of_a_name_holds() {
        let query = RequestQuery::from_pairs([("q", "a"), ("page", "9"), ("q", "b")]);
        assert_eq!(
            query,
            RequestQuery {
                q: "b".into(),
                ..RequestQuery::default()
            }
        );
    }
}
