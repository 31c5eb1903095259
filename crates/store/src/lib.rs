//! The only SQL of the product: schema, rows and queries, one text for SQLite and PostgreSQL.
//!
//! A function here is one or a few statements on a [`Tx`] that somebody else opened; what belongs together in one
//! transaction is decided in the engine. Every instant that a statement needs is bound, never read from a database's
//! clock. What must not be here: decisions about money or units, Stripe, HTTP.
//!
//! The rooms are those of `engine`, in the same order: *kernel* < *people* < *catalogue* < *billing* < *allowance* <
//! *subscriptions* < *payables* < *assignment* < *work* < *search* < *reports* < *operate*. A room owns its tables, and alone writes to
//! them but where a statement says why; to read, it may join what it needs. What the kernel has is reached from here.

#[macro_use]
pub mod kernel;
#[doc(hidden)]
pub mod db_inner {
    pub use crate::kernel::TxInner;
}
pub mod allowance;
pub mod assignment;
pub mod billing;
pub mod catalogue;
mod folded;
#[cfg(feature = "testing")]
pub mod makers;
pub mod notices;
pub mod operate;
pub mod payables;
pub mod people;
pub mod reports;
pub mod search;
pub mod subscriptions;
#[cfg(feature = "testing")]
pub mod testing;
pub mod work;

pub use folded::migrate;
pub use kernel::{
    Db, DbOptions, Schema, StoreError, StoreResult, Tx, agency, error, jobs, log, mail, operations, words,
};
pub use sqlx;
