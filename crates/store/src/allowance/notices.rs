//! Notices of thresholds (WN1–WN5).

use crate::{StoreResult, Tx};
use domain::{AllowanceId, Instant};

/// WN3: the thresholds of an allowance that are written down.
pub async fn notices(tx: &mut Tx, allowance: AllowanceId) -> StoreResult<Vec<domain::allowance::usage::Threshold>> {
    Ok(rows!(
        tx,
        (domain::allowance::usage::Threshold,),
        "select threshold from usage_notices where allowance_id = $1",
        allowance
    )?
    .into_iter()
    .map(|(threshold,)| threshold)
    .collect())
}

/// WN3: writes a threshold down; `false` where it stood already.
pub async fn insert_notice(
    tx: &mut Tx,
    allowance: AllowanceId,
    threshold: domain::allowance::usage::Threshold,
    mailed: bool,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into usage_notices (allowance_id, threshold, mailed, at) values ($1, $2, $3, $4) on conflict (allowance_id, threshold) do nothing",
        allowance,
        threshold,
        mailed,
        now
    )? == 1)
}
