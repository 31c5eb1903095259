//! Screens of a vendor's people.

pub mod home;
pub mod packs;
pub mod payments;
