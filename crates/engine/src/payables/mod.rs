//! What vendors are owed (§15): on which terms they work, what accrues, what people do with the lines, and what vendors see of it.
//!
//! Owns payables and the questions about them, vendors' rates and own payments. May use subscriptions and what is below them.
//! What must not be here: who has a pack, and the steps of a request; both say here that something is due.

pub(crate) mod accrue;
mod lines;
mod mark;
mod questions;
mod refunds;
mod report;
mod slip;
mod vendors;

pub(crate) use accrue::Following;
pub use accrue::{accrue_delivery, settle};
pub(crate) use refunds::Listening;
pub use report::REPORT;
pub use slip::SLIP;
