//! Subscriptions from the click to their end: the first charge, periods and their renewal, changes of terms, grace, and keeping
//! our rows in line with the provider (§4–§7).
//!
//! Owns subscriptions, periods and their lines. May use allowance, billing, catalogue, people and the kernel. What must not be here: who does
//! the work of a period and what it is owed; the rooms of that follow periods (`Follower`).

mod cards;
mod events;
pub(crate) mod follow;
mod give_up;
mod invoices;
mod jobs;
pub(crate) mod leases;
mod leave;
mod mails;
mod moves;
mod moves_of_pack;
mod pages;
pub(crate) mod periods;
mod start;
mod subscribe;
mod sync;
mod terms;

pub(crate) use events::Listening;
pub(crate) use follow::Followers;
pub use jobs::{Job, NextSubscribe};
pub use subscribe::{FIRST_CHARGE_HOURS, Subscribe};
