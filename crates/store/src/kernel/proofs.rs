//! What a proof of the books is; each room has its own (§1).

/// A proof: the rule, the table that its rows are of, what holds, and the query for what does not.
pub(crate) struct Proof {
    pub rule: &'static str,
    pub entity: &'static str,
    pub holds: &'static str,
    pub sql: &'static str,
}
