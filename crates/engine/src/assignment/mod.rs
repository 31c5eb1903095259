//! Who does the work of packs (§14): the list, the dialog with its forecast (AH6), assigning, taking back, replacing, and what
//! boundaries and ends do to it.
//!
//! Owns assignments and the split of periods. May use payables, subscriptions and what is below them. What must not be here:
//! what an assignment does to one pack (`domain`), and giving single requests (`work`).

mod assign;
pub(crate) mod board;
mod boundaries;
mod dialog;
mod jobs;
mod list;
pub(crate) mod picks;
pub(crate) mod tell;

pub(crate) use boundaries::Following;
pub use jobs::Job;
