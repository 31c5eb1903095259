//! What staff keep the house running with, as its pages show it. May use every room before it. What must not be here: rules of other
//! rooms.

pub mod audit;
pub mod home;
pub mod view;
