//! The use cases: each one transaction plus what follows from it.
//!
//! A use case loads, asks `domain`, writes, and enqueues what leaves the house as jobs in the same transaction. Jobs
//! call the outside world through the traits of [`ports`] and write the result back by another use case.
//! What must not be here: SQL text, Stripe's types, HTTP, HTML pages (mails' templates are ours).

pub mod assignments;
mod audit;
pub mod books;
pub mod catalogue;
pub mod consume;
pub mod core;
pub mod dashboard;
pub mod files;
pub mod inbox;
pub mod jobs;
mod leases;
pub mod mail;
mod moves;
pub mod operate;
mod operations;
pub mod password;
pub mod payables;
pub mod payment;
pub mod people;
pub mod periods;
pub mod ports;
pub mod queue;
pub mod requests;
pub mod slips;
pub mod subscribe;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod vendors;
pub mod work;
mod worker;

pub use self::core::{Caller, Change, Engine, OnConstraint, Parts, Settings, internal};
