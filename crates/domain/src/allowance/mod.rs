//! Units: what a batch covers of a request, in which order batches are drawn, what goes beyond and at which price, the receipt of
//! that decision, and the thresholds of usage (§9, §11). May use billing and what is below it. What must not be here: where a
//! batch comes from.

pub mod charge;
pub mod coverage;
pub mod receipt;
pub mod usage;
