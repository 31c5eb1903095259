//! PE5: the subscriptions that are to move to newer terms.

use crate::{StoreResult, Tx};
use domain::{ClientId, Instant, PackId, PackVersionId, SubscriptionId, subscriptions::moving::first_boundary};

/// A subscription and its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Moved {
    /// Which.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
}

/// PE5: sets the running subscriptions on older terms to move to the newest at a renewal; those that changed.
pub async fn move_subscribers(
    tx: &mut Tx,
    pack_id: PackId,
    newest: PackVersionId,
    now: Instant,
) -> StoreResult<Vec<Moved>> {
    rows!(
        tx,
        Moved,
        "update subscriptions set move_to_version_id = $2, move_told_at = null, move_applies_at = null, updated_at = $3, row_version = row_version + 1
         where pack_id = $1 and status in ('active', 'past_due') and pack_version_id <> $2
           and (move_to_version_id is null or move_to_version_id <> $2)
         returning id, client_id",
        pack_id,
        newest,
        now
    )
}

/// PE5: the subscriptions of a pack that are set to move.
pub async fn moving(tx: &mut Tx, pack_id: PackId) -> StoreResult<Vec<Moved>> {
    rows!(
        tx,
        Moved,
        "select id, client_id from subscriptions where pack_id = $1 and move_to_version_id is not null and status <> 'ended' order by id",
        pack_id
    )
}

/// PE5: from when a move holds, for pages; `None` while nobody was told, or while the subscription is set to end.
pub fn move_from(
    anchor: Option<Instant>,
    cancel_at: Option<Instant>,
    told: Option<Instant>,
    applies: Option<Instant>,
) -> Option<Instant> {
    if cancel_at.is_some() {
        return None;
    }
    applies.or_else(|| first_boundary(anchor?, told?))
}
