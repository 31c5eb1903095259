//! What every room stands on: ids, money, time, roles, errors, typed text, lists, and the few words and facts that all of them
//! share. Uses no room. What must not be here: a rule of the product.

pub mod access;
pub mod agency;
pub mod email;
pub mod error;
#[cfg(test)]
mod error_tests;
pub mod facts;
pub mod form;
pub mod ids;
pub mod list;
pub mod money;
mod problem;
pub mod seen;
pub mod shown;
pub mod spelling;
#[cfg(feature = "sql")]
#[doc(hidden)]
pub mod sql;
pub mod standing;
pub mod text;
pub mod time;
#[cfg(feature = "wire")]
mod wire;
