//! The screens, by room: the same names as in `engine`, in the same order. Which part of the wasm a screen is in, and so who
//! loads it, is said in `app.rs`.

pub mod assignment;
pub mod billing;
pub mod catalogue;
pub mod kernel;
pub mod notices;
pub mod operate;
pub mod payables;
pub mod people;
pub mod reports;
pub mod search;
pub mod subscriptions;
pub mod work;
