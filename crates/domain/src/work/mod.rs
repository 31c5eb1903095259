//! Requests: their form, their life, their files, and to whom they are given (§10, §32). May use assignment and what is below it.
//! What must not be here: what a pack covers of a request.

mod course;
pub mod file;
pub mod form;
mod give;
pub mod pin;
pub mod preview;
mod query;
pub mod request;
pub mod view;

pub use course::*;
pub use give::*;
pub use query::*;
