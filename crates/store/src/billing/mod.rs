//! What we know of how clients pay: their customer and card, hosted sessions, invoices, and deductions. Owns hosted sessions,
//! invoices and deductions. May use catalogue and what is below it. What must not be here: what is paid for.

mod checkouts;
mod clients;
mod deductions;
mod invoices;
pub(crate) mod proofs;

pub use checkouts::*;
pub use clients::*;
pub use deductions::*;
pub use invoices::*;
