//! Screens that show what several rooms have.

pub mod client;
pub mod dashboard;
pub mod pack_editor;
mod pack_life;
pub mod vendor_home;
