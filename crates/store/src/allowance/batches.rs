//! Batches and the ledger rows that they bring (I1, CR2).

use crate::{StoreResult, Tx};
use domain::{BatchId, ClientId, Instant, LedgerId, LocalDay, MeterId, PeriodId, ServiceId};

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
    /// The pack period that it belongs to.
    pub period_id: Option<PeriodId>,
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
    /// The pack period.
    pub period_id: Option<PeriodId>,
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
        "insert into credit_batches (id, client_id, source, meter_id, service_id, granted, remaining, starts_at, expires_at, period_id, granted_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)",
        b.id, b.client_id, b.source, b.meter_id, b.service_id, b.units, b.starts_at, b.expires_at, b.period_id, now
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

/// The batch of a period.
pub async fn batch_of_period(tx: &mut Tx, period: PeriodId) -> StoreResult<Option<BatchRow>> {
    row!(
        tx,
        BatchRow,
        "select id, remaining, granted, starts_at, expires_at, granted_at, period_id from credit_batches where period_id = $1",
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
    exec!(
        tx,
        "update credit_batches set remaining = remaining - $2 where id = $1",
        batch.id,
        batch.remaining
    )?;
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
