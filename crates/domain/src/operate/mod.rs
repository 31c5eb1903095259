//! What staff keep the house running with, as its pages show it. May use every room before it. What must not be here: rules.

pub mod audit;
pub mod view;
