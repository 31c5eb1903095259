//! The only SQL of the product: schema, rows and queries, one text for SQLite and PostgreSQL.
//!
//! A function here is one or a few statements on a [`Tx`] that somebody else opened; what belongs together in one
//! transaction is decided in the engine. Every instant that a statement needs is bound, never read from a database's
//! clock. What must not be here: decisions about money or units, Stripe, HTTP.

#[macro_use]
mod db;
#[doc(hidden)]
pub mod db_inner {
    pub use crate::db::TxInner;
}
pub mod assignments;
pub mod billing;
pub mod books;
pub mod catalogue;
pub mod error;
pub mod files;
pub mod jobs;
pub mod log;
pub mod mail;
#[cfg(feature = "testing")]
pub mod makers;
pub mod operate;
pub mod payables;
pub mod people;
pub mod requests;
pub mod subscriptions;
#[cfg(feature = "testing")]
pub mod testing;
pub mod work;

pub use db::{Db, DbOptions, Tx};
pub use error::{StoreError, StoreResult};
pub use sqlx;
