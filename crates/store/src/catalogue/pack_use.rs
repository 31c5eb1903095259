//! Whether a pack has subscriptions, and whether some are to change to it (PE6).

use crate::{StoreResult, Tx};
use domain::{PackId, PackVersionId};

/// How a pack's subscriptions stand, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct PackUse {
    /// All that ever were (PE6).
    pub ever: i64,
    /// Not ended.
    pub open: i64,
    /// Running on older terms and not yet set to move to the newest.
    pub movable: i64,
    /// Set to move (PE5).
    pub moving: i64,
}

/// PE5, PE6: counts of a pack's subscriptions; `newest` is its newest version.
pub async fn pack_use(tx: &mut Tx, pack_id: PackId, newest: PackVersionId) -> StoreResult<PackUse> {
    Ok(row!(
        tx,
        PackUse,
        "select count(*) as ever,
                count(case when status <> 'ended' then 1 end) as open,
                count(case when status in ('active', 'past_due') and pack_version_id <> $2
                            and (move_to_version_id is null or move_to_version_id <> $2) then 1 end) as movable,
                count(case when status in ('active', 'past_due') and move_to_version_id is not null then 1 end) as moving
         from subscriptions where pack_id = $1",
        pack_id,
        newest
    )?
    .unwrap_or_default())
}

/// PE6: clients whose pending change leads to a version of this pack.
pub async fn pending_changes_to(tx: &mut Tx, pack_id: PackId) -> StoreResult<i64> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from subscriptions s join pack_versions v on v.id = s.pending_pack_version_id
         where v.pack_id = $1 and s.status in ('incomplete', 'active', 'past_due', 'suspended')",
        pack_id
    )?
    .unwrap_or(0))
}
