//! Screens of the agency's people.

pub mod kit;
