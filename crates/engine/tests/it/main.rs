//! Tests of the use cases on both databases, in one binary.
#![expect(clippy::unwrap_used, reason = "tests")]

mod assignments;
mod books;
mod catalogue;
mod consume;
mod files;
mod leases;
mod money;
mod moves;
mod operate;
mod payables;
mod people;
mod queue;
mod requests;
mod rules;
mod work;
mod world;
