//! Typed identifiers: a client's id cannot be passed where a pack's is wanted.
//!
//! Ids are UUIDs (§25), written as lower-case hyphenated text in the database, in URLs and in JSON. They are made
//! by the engine's id source, never here.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The text is not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct BadId;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.as_hyphenated().fmt(f) }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> { Uuid::try_parse(text).map(Self).map_err(|_| BadId) }
        }
        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> { text.parse() }
        }
        $crate::sql_text!($name);
        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
    )+};
}

ids! {
    /// A person who can sign in.
    UserId,
    /// A client: the company that subscribes and sends requests.
    ClientId,
    /// A vendor; Tri-POD is the internal one (TP1).
    VendorId,
    /// What is counted (designs, minutes …).
    MeterId,
    /// What is ordered.
    ServiceId,
    /// A service and a quantity a month.
    PackId,
    /// The immutable price terms of a pack (PE5).
    PackVersionId,
    /// A client's subscription.
    SubscriptionId,
    /// What a subscription is billed for at once: for a pack one month.
    PeriodId,
    /// One line of what a period bills.
    PeriodLineId,
    /// What may be used in a period.
    AllowanceId,
    /// One grant of units.
    BatchId,
    /// One row of the consumption ledger.
    LedgerId,
    /// A service request.
    RequestId,
    /// A file of a request (RQ9).
    FileId,
    /// One amount owed beyond a pack.
    ChargeLineId,
    /// A royalty deduction.
    DeductionId,
    /// One line of what a vendor is owed.
    PayableId,
    /// A question about such a line.
    QueryId,
    /// An operation at Stripe.
    OperationId,
    /// A signed-in session.
    SessionId,
}
