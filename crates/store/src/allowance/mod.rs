//! Allowances, batches, uses, the ledger, and the notices of thresholds. Owns those and what a use took from each batch. Uses, and
//! what they take, are written by the statement of whoever draws (a submission, in `work`), so that they are one with it. May use
//! billing and what is below it. What must not be here: where a batch comes from.

mod allowances;
mod batches;
mod notices;
pub(crate) mod proofs;

pub use allowances::*;
pub use batches::*;
pub use notices::*;
