//! WH3: what is leased of billing. Whoever needs several takes them in the order in which they stand here.

use domain::ClientId;

/// An invoice.
pub(crate) fn of_invoice(id: &str) -> String {
    format!("invoice:{id}")
}

/// A customer and its cards.
pub(crate) fn of_client(id: ClientId) -> String {
    format!("client:{id}")
}
