//! Tests of the use cases on both databases, in one binary.
#![expect(clippy::unwrap_used, reason = "tests")]

mod agency;
mod allowance;
mod assignment;
mod books;
mod catalogue;
mod deductions;
mod files;
mod finds;
mod landing;
mod leases;
mod leave;
mod looks;
mod mail;
mod moves;
mod notices;
mod operate;
mod payables;
mod people;
mod pins;
mod presses;
mod previews;
mod queue;
mod requests;
mod rooms;
mod rules;
mod search;
mod subscriptions;
mod work;
mod world;
