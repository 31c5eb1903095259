//! Batches and the ledger rows that they bring (I1, CR2).

use crate::{StoreResult, Tx, kernel::exactly};
use domain::{AllowanceId, BatchId, ClientId, Instant, LedgerId, LocalDay, MeterId, PeriodId, ServiceId};

/// A batch of units with what the draw needs.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BatchRow {
    /// Its id.
    pub id: BatchId,
    /// Units left.
    pub remaining: i64,
    /// Units granted.
    pub granted: i64,
    /// From when they may be used.
    pub starts_at: Instant,
    /// When they expire.
    pub expires_at: Option<Instant>,
    /// When they were granted.
    pub granted_at: Instant,
    /// The allowance that it belongs to.
    pub allowance_id: Option<AllowanceId>,
}

/// A new batch of units.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// Its id.
    pub id: BatchId,
    /// Whose.
    pub client_id: ClientId,
    /// `pack_period`, `compensation` …
    pub source: &'static str,
    /// What is counted.
    pub meter_id: MeterId,
    /// What the units may be spent on.
    pub service_id: Option<ServiceId>,
    /// Units.
    pub units: i64,
    /// From when.
    pub starts_at: Instant,
    /// Until when.
    pub expires_at: Option<Instant>,
    /// The allowance.
    pub allowance_id: Option<AllowanceId>,
}

/// Grants a batch with its ledger row (I1). The idempotency key makes it one.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn grant(
    tx: &mut Tx,
    b: &NewBatch,
    ledger_id: LedgerId,
    local_day: LocalDay,
    actor: &str,
    reason: &str,
    idem_key: &str,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into credit_batches (id, client_id, source, meter_id, service_id, granted, remaining, starts_at, expires_at, allowance_id, granted_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)",
        b.id, b.client_id, b.source, b.meter_id, b.service_id, b.units, b.starts_at, b.expires_at, b.allowance_id, now
    )?;
    exec!(
        tx,
        "insert into consumption_ledger (id, batch_id, units, kind, occurred_at, local_day, actor, reason, idem_key)
         values ($1, $2, $3, 'grant', $4, $5, $6, $7, $8)",
        ledger_id,
        b.id,
        b.units,
        now,
        local_day,
        actor,
        reason,
        idem_key
    )?;
    Ok(())
}

/// The batches of a period's allowances, by window.
pub async fn batches_of_period(tx: &mut Tx, period: PeriodId) -> StoreResult<Vec<BatchRow>> {
    rows!(
        tx,
        BatchRow,
        "select b.id, b.remaining, b.granted, b.starts_at, b.expires_at, b.granted_at, b.allowance_id
         from allowances al join credit_batches b on b.allowance_id = al.id where al.period_id = $1 order by al.window_no, al.id",
        period
    )
}

/// Lets what is left of a batch expire, in batch and ledger at once (CR2). Zero left: nothing happens.
pub async fn expire_batch(
    tx: &mut Tx,
    batch: &BatchRow,
    ledger_id: LedgerId,
    local_day: LocalDay,
    now: Instant,
) -> StoreResult<()> {
    if batch.remaining == 0 {
        return Ok(());
    }
    let written = exec!(
        tx,
        "update credit_batches set remaining = remaining - $2 where id = $1",
        batch.id,
        batch.remaining
    )?;
    exactly(1, written)?;
    exec!(
        tx,
        "insert into consumption_ledger (id, batch_id, units, kind, occurred_at, local_day, actor, reason, idem_key)
         values ($1, $2, $3, 'expire', $4, $5, 'system', 'period over', $6)",
        ledger_id,
        batch.id,
        -batch.remaining,
        now,
        local_day,
        format!("expire:{}", batch.id)
    )?;
    Ok(())
}
