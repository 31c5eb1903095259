//! How the list of requests is asked for (RQ5).

use crate::list::href;
use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
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
