//! Screens of the agency's people.

pub mod kit;
pub mod clients;
pub mod mail;
pub mod people;
pub mod admin_home;
pub mod pack_editor;
pub mod packs;
pub mod services;
pub mod webhooks;
pub mod integrity;
