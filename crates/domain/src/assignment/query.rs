//! How *Pack Assignments* is asked for (§14).

use crate::kernel::list::list_query;

list_query! {
    /// The query string of *Pack Assignments* (§14). Everything is text as it came; the store reads what it knows.
    pub struct AssignmentQuery {
        /// `1`: only those without a vendor (AS1).
        pending,
        /// A vendor's id: has the period, or gets the next one.
        vendor,
        /// A service's id.
        service,
        /// `soon`: the period ends within a week.
        ends,
        /// Words in client or service.
        q,
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
        fn s14_an_assignment_query_survives_its_pairs(v in prop::array::uniform7(".{0,20}")) {
            let [pending, vendor, service, ends, q, sort, after] = v;
            let query = AssignmentQuery { pending, vendor, service, ends, q, sort, after };
            prop_assert_eq!(AssignmentQuery::from_pairs(query.pairs()), query.clone());
            let address = query.href("/admin/assignments");
            prop_assert!(address.is_ascii() && !address.contains(' '));
        }
    }
}
