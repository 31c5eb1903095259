//! WH3: what is leased of subscriptions, and how often a look is begun again.

use domain::SubscriptionId;

/// A subscription at Stripe, its hosted pages included.
pub(crate) fn of_subscription(id: SubscriptionId) -> String {
    format!("subscription:{id}")
}

/// How often an apply is begun again because somebody changed the row while we asked.
pub(super) const TRIES: usize = 8;
