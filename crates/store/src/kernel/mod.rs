//! What every room stands on: the two databases behind one type, errors by the name of a constraint, jobs and leases, mails,
//! operations at the provider, the words of texts, and the small tables that every room writes to (audit, outbox, alarms, form keys, settings).
//! Uses no room.

#[macro_use]
mod db;
pub mod agency;
pub mod error;
pub mod jobs;
pub mod log;
pub mod mail;
pub mod operations;
pub(crate) mod proofs;
mod schema;
pub mod words;

pub use db::{Db, DbOptions, Tx, TxInner};
pub(crate) use db::{exactly, given, like, lines};
pub use error::{StoreError, StoreResult};
pub use schema::Schema;
