//! How the list of requests is asked for (RQ5).

use crate::{Role, kernel::list::list_query};

/// Instead of a status: what is still to be worked on.
pub const TO_DO: &str = "to_do";

crate::words! {
    /// What of the list people come for again and again, kept as a link (RQ5).
    pub enum RequestPart {
        /// About which whoever looks has been told something that is not read (RQ3).
        Unread = "unread",
        /// Not delivered, and due before now (RQ8).
        Overdue = "overdue",
        /// Claimed by whoever looks (TP5).
        Mine = "mine",
    }
}

impl RequestPart {
    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unread => "Unread",
            Self::Overdue => "Overdue",
            Self::Mine => "Mine",
        }
    }

    /// The parts that somebody has: only those who do the work claim it, and a client is not told what is late.
    pub const fn offered(role: Role) -> &'static [RequestPart] {
        match role {
            Role::Accountant => &[],
            Role::ClientOwner | Role::ClientMember => &[Self::Unread],
            Role::Admin | Role::Support => &[Self::Unread, Self::Overdue],
            Role::InternalDesigner | Role::VendorManager | Role::VendorDesigner => {
                &[Self::Unread, Self::Overdue, Self::Mine]
            }
        }
    }
}

list_query! {
    /// The request list's query string (RQ5). Everything is text as it came; the store reads what it knows.
    pub struct RequestQuery {
        /// A status word, [`TO_DO`], or anything else for all.
        status,
        /// Words in title, or a number.
        q,
        /// A service's id.
        service,
        /// Words in the client's name (staff).
        client,
        /// A vendor's id (staff).
        vendor,
        /// A coverage word.
        coverage,
        /// First submitted day, `YYYY-MM-DD`.
        from,
        /// Last submitted day.
        to,
        /// The word of a [`RequestPart`], or anything else for all.
        view,
        /// A column, `-` before it for descending.
        sort,
        /// The key of the last row of the page before.
        after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::list::ListQuery as _;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rq5_a_query_survives_its_pairs(v in prop::array::uniform11(".{0,20}")) {
            let [status, q, service, client, vendor, coverage, from, to, view, sort, after] = v;
            let query = RequestQuery { status, q, service, client, vendor, coverage, from, to, view, sort, after };
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
