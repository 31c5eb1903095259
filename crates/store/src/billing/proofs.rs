//! The proofs of billing (§1): each finds the rows that break it, and none while the books hold.

use crate::kernel::proofs::Proof;

/// What must hold here.
pub(crate) const PROOFS: &[Proof] = &[Proof {
    rule: "IV1",
    entity: "invoices",
    holds: "An invoice is paid in full or not at all.",
    sql: "select id, status || ' ' || amount_paid || ' of ' || amount_due as detail from invoices
              where amount_paid <> case when status = 'paid' then amount_due else 0 end",
}];
