//! What vendors are owed (§15): their terms, the facts that decide a line, the lines, what becomes of them, and the questions about
//! them. Owns those. May use subscriptions and what is below them. What must not be here: how much is owed, and when; that is
//! `domain`'s.

mod facts;
mod lines;
mod marks;
pub(crate) mod proofs;
mod questions;
mod slip;
pub mod terms;

pub use facts::*;
pub use lines::*;
pub use marks::*;
pub use questions::*;
pub use slip::*;

use crate::{StoreResult, kernel::lines};
use serde::Serialize;

/// Ids as a table `given (value)`; see [`given`].
fn id_lines<T: Serialize + Copy>(ids: &[T]) -> StoreResult<String> {
    #[derive(Serialize)]
    struct One<T> {
        id: T,
    }
    lines(ids.iter().map(|id| One { id: *id }))
}
