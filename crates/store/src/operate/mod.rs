//! What staff keep the house running with: counts, alarms, the inbox of events, and the proofs of the books. Owns the inbox. May use
//! every room before it. What must not be here: figures of reports.

mod alarms;
pub mod audit;
pub mod books;
pub mod events;
mod home;

pub use alarms::*;
pub use home::*;
