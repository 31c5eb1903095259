//! Screens of the agency's people.

pub mod admin_home;
pub mod assignments;
pub mod audit;
pub mod clients;
pub mod integrity;
pub mod kit;
pub mod mail;
pub mod pack_editor;
pub mod packs;
pub mod payables;
pub mod people;
pub mod queue;
pub mod services;
pub mod vendors;
pub mod webhooks;
