//! Notices of thresholds (WN1–WN5).

use crate::{StoreResult, Tx};
use domain::{Instant, PeriodId};

/// WN3: the thresholds of a period that are written down.
pub async fn notices(tx: &mut Tx, period: PeriodId) -> StoreResult<Vec<domain::allowance::usage::Threshold>> {
    Ok(rows!(
        tx,
        (domain::allowance::usage::Threshold,),
        "select threshold from usage_notices where period_id = $1",
        period
    )?
    .into_iter()
    .map(|(threshold,)| threshold)
    .collect())
}

/// WN3: writes a threshold down; `false` where it stood already.
pub async fn insert_notice(
    tx: &mut Tx,
    period: PeriodId,
    threshold: domain::allowance::usage::Threshold,
    mailed: bool,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into usage_notices (period_id, threshold, mailed, at) values ($1, $2, $3, $4) on conflict (period_id, threshold) do nothing",
        period,
        threshold,
        mailed,
        now
    )? == 1)
}
