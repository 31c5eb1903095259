//! Who does the work of a pack (§14), and what a forecast is made of (AH6). May use payables and what is below them. What must not be
//! here: single requests.

pub mod capacity;
mod effect;
mod query;
pub mod view;

pub use effect::*;
pub use query::AssignmentQuery;
