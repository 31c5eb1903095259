//! What pages show, as plain data: the engine builds it with every text already formatted, pages draw it.
//!
//! What must not be here: rules, formatting, anything that needs a zone or a clock.

pub mod assignments;
pub mod billing;
pub mod catalogue;
pub mod dashboard;
pub mod operate;
pub mod payables;
pub mod people;
pub mod requests;
pub mod work;
