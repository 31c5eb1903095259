//! Packs that have no vendor, and whether somebody was mailed (AS1).

use super::list::PENDING_SINCE;
use crate::{StoreResult, Tx, kernel::exactly};
use domain::{Instant, SubscriptionId};
use sqlx::AssertSqlSafe;

/// A pack that has no vendor (AS1).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PendingRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// The client's name.
    pub client: String,
    /// The service's name.
    pub service: String,
    /// Units a month.
    pub quantity: i64,
    /// Since when.
    pub since: Instant,
    /// When admins were last mailed.
    pub pending_mailed_at: Option<Instant>,
}

/// AS1: all packs that have no vendor, the longest wait first.
pub async fn pending(tx: &mut Tx) -> StoreResult<Vec<PendingRow>> {
    let sql = format!(
        "select s.id, c.name as client, v.name as service, k.quantity, coalesce({PENDING_SINCE}, s.created_at) as since, s.pending_mailed_at
         from subscriptions s
         join clients c on c.id = s.client_id
         join services v on v.id = s.service_id
         join packs k on k.id = s.pack_id
         where s.status in ('active', 'past_due') and s.vendor_assignee_id is null order by 5, s.id"
    );
    rows!(tx, PendingRow, AssertSqlSafe(sql))
}

/// AS1: admins have been mailed of a pack.
pub async fn set_pending_mailed(tx: &mut Tx, id: SubscriptionId, now: Instant) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update subscriptions set pending_mailed_at = $2 where id = $1",
        id,
        now
    )?;
    exactly(1, written)
}
