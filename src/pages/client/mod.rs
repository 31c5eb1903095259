//! Screens of a client's people.

pub mod packs;
pub mod services;
pub mod dashboard;
pub mod request_form;
pub mod payment;
pub mod subscribe;
