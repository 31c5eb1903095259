//! What the engine needs from outside, as traits: the time, new ids, the payment provider, mail, files and their previews.
//!
//! The engine owns these; the crates and modules that implement them depend on it, never the other way round.

mod files;
mod gateway;
mod mail;
mod previews;
mod time;

pub use files::*;
pub use gateway::*;
pub use mail::*;
pub use previews::*;
pub use time::*;
