//! How the report of what vendors are owed is asked for (VP5).

use crate::kernel::list::list_query;

list_query! {
    /// The query string of *Vendor Payments* (VP5). Everything is text as it came; the store reads what it knows.
    pub struct PayablesQuery {
        /// `services`: the tab of units outside of packs (VP3); `all`: both; else packs.
        tab,
        /// A vendor's id.
        vendor,
        /// A state's word, or `open`: accrued or approved, and to be paid.
        state,
        /// `YYYY-MM`: the Central month in which the period begins.
        month,
        /// `open`: only lines that a vendor asks about.
        query,
        /// `1`: Tri-POD's lines, too, which are nothing to pay (TP4).
        inhouse,
        /// Words in client, service or reference.
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
        fn vp5_a_query_survives_its_pairs(v in prop::array::uniform9(".{0,20}")) {
            let [tab, vendor, state, month, query, inhouse, q, sort, after] = v;
            let query = PayablesQuery { tab, vendor, state, month, query, inhouse, q, sort, after };
            prop_assert_eq!(PayablesQuery::from_pairs(query.pairs()), query.clone());
            let json = serde_json::to_value(&query).unwrap();
            for (name, value) in query.pairs() {
                prop_assert_eq!(json[name].as_str().unwrap(), value);
            }
        }
    }
}
