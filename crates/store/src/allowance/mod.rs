//! Batches, the ledger, and the notices of thresholds. Owns those three. May use billing and what is below it. What must not be
//! here: where a batch comes from.

mod batches;
mod notices;
pub(crate) mod proofs;

pub use batches::*;
pub use notices::*;
