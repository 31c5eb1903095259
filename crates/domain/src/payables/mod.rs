//! What vendors are owed (§15): the terms, what accrues, the receipt of a line, and what becomes of it. May use subscriptions and
//! what is below them. What must not be here: who has a pack.

mod lines;
mod owed;
mod query;
mod receipt;
mod terms;
#[cfg(test)]
mod tests;
pub mod view;

pub use lines::*;
pub use owed::*;
pub use query::PayablesQuery;
pub use receipt::*;
pub use terms::*;
