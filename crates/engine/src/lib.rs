//! The use cases: each one transaction plus what follows from it.
//!
//! A use case loads, asks `domain`, writes, and enqueues what leaves the house as jobs in the same transaction. Jobs
//! call the outside world through the traits of [`ports`] and write the result back by another use case.
//! What must not be here: SQL text, Stripe's types, HTTP, HTML pages (mails' templates are ours).
//!
//! # Rooms
//!
//! Each capability has a room, of the same name in `domain`, `store` and here. A room may use those that stand before it, and
//! never one that stands after it:
//!
//! *kernel* < *people* < *catalogue* < *billing* < *allowance* < *subscriptions* < *payables* < *assignment* < *work* <
//! *search* < *reports* < *operate*
//!
//! Above them stand the worker and the inbox, and `table.rs`, by which they know the rooms. Where a room must say something to
//! one after it, it has a trait for it (`follow.rs`), and the table says who follows. `tests/it/rooms.rs` draws the graph from
//! the sources and fails on an arrow up.

pub mod allowance;
pub mod assignment;
pub mod billing;
pub mod catalogue;
pub mod inbox;
pub mod kernel;
pub mod notices;
pub mod operate;
pub mod payables;
pub mod people;
pub mod reports;
pub mod search;
pub mod subscriptions;
mod sweep;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
pub mod work;
mod worker;

pub use kernel::{Caller, Change, Engine, OnConstraint, Parts, Settings, internal, ports};
