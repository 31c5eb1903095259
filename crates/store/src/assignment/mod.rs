//! Who does the work of packs (§14). Owns assignments and the shares of split periods. May use payables and what is below them.
//! What must not be here: what an assignment does; that is `domain`'s.

mod facts;
mod given;
mod history;
mod list;
mod pending;
pub(crate) mod proofs;
mod shares;

pub use facts::*;
pub use given::*;
pub use history::*;
pub use list::*;
pub use pending::*;
pub use shares::*;

use crate::{StoreResult, kernel::lines};
use domain::SubscriptionId;

/// Subscriptions as a table `given (value)`; see [`given`].
fn id_lines(ids: &[SubscriptionId]) -> StoreResult<String> {
    #[derive(serde::Serialize)]
    struct One {
        id: SubscriptionId,
    }
    lines(ids.iter().map(|id| One { id: *id }))
}
