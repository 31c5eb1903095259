//! Screens of a client's people.

pub mod dashboard;
pub mod packs;
pub mod payment;
pub mod request_form;
pub mod services;
pub mod subscribe;
