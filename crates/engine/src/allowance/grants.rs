//! Batches come and go: each with its rows in the ledger.

use crate::{Engine, OnConstraint, kernel::SYSTEM};
use domain::{AppResult, Instant, PeriodId};
use store::{
    Tx,
    allowance::{self, NewBatch},
};

/// Grants a batch. The key makes it one.
pub(crate) async fn grant(
    tx: &mut Tx,
    engine: &Engine,
    batch: &NewBatch,
    reason: &str,
    key: &str,
    now: Instant,
) -> AppResult<()> {
    let day = engine.zone().day(now);
    allowance::grant(tx, batch, engine.new_id(), day, SYSTEM, reason, key, now)
        .await
        .or_internal()
        .map(drop)
}

/// CR2: what is left of a period that is over expires in the ledger.
pub(crate) async fn expire_rest(tx: &mut Tx, engine: &Engine, period: PeriodId, now: Instant) -> AppResult<()> {
    for batch in allowance::batches_of_period(tx, period).await.or_internal()? {
        allowance::expire_batch(tx, &batch, engine.new_id(), engine.zone().day(now), now)
            .await
            .or_internal()?;
    }
    Ok(())
}
