//! How clients pay: their customer and card at the provider, hosted pages, the invoices as they are shown, and
//! disputes (SU5, IN4, IV1).
//!
//! Owns hosted sessions, the mirror of invoices, and what a client's row knows of the provider. May use catalogue, people and
//! the kernel. What must not be here: what an invoice means for whom it bills; that is said by the room that it bills for.

mod account;
pub(crate) mod cards;
pub(crate) mod customer;
mod deductions;
mod disputes;
mod invoices;
mod jobs;
pub(crate) mod leases;

pub(crate) use deductions::line as deduction_line;
pub(crate) use disputes::Listening;
pub use jobs::Job;
