//! Screens of a vendor's people.

pub mod home;
