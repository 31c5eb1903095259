//! The ground that every room stands on: the engine and who asks of it, changes, settings, the traits to the outside, audit,
//! form keys, jobs and leases, turns, mail, and operations at the payment provider.
//!
//! Owns the agency's row and the tables of jobs, leases, mails, operations, alarms, form keys, the audit log and the outbox. Uses
//! no room, and knows none: what it must reach of them (which jobs there are, who hears of events) it is given as a table. What
//! must not be here: any rule of the product.

pub(crate) mod alarms;
mod engine;
pub(crate) mod events;
pub(crate) mod forms;
pub mod jobs;
pub(crate) mod leases;
pub mod mail;
pub(crate) mod operations;
pub mod ports;
pub mod turns;

pub use engine::{Caller, Change, Engine, OnConstraint, Parts, SYSTEM, Settings, audit, internal};
pub(crate) use engine::{Kept, moment_key, page_of, read_moment_key, to_the_end};
pub use operations::JobError;
