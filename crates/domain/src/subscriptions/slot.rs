//! What at most one live subscription of a client may hold.

use crate::ServiceId;
use serde::Serialize;
use std::fmt;

/// A place that a live subscription holds. Of those of one client each is held by one subscription at most (I9), by the index
/// `subscriptions_one_live`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Slot(String);

impl Slot {
    /// The slot of a pack: a client has at most one live pack of a service (I7, SU1). The check `subscriptions_slot` says
    /// the same.
    pub fn of_service(service: ServiceId) -> Slot {
        Slot(format!("service:{service}"))
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
