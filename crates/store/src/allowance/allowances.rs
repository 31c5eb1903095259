//! Allowances: what may be used in a period.

use crate::{StoreResult, Tx};
use domain::{AllowanceId, Cents, Instant, MeterId, PeriodId, ServiceId};

/// What is used of an allowance.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AllowanceRow {
    /// Its period.
    pub period_id: PeriodId,
    /// Units granted.
    pub included: i64,
    /// Units used of its own batch (I2, I11).
    pub used: i64,
    /// Units beyond.
    pub overage: i64,
    /// What they cost.
    pub overage_cents: Cents,
}

/// A new allowance.
#[derive(Debug, Clone)]
pub struct NewAllowance {
    /// Its id.
    pub id: AllowanceId,
    /// Its period.
    pub period_id: PeriodId,
    /// The number of its window within the period, from 1. A pack's period has one window, which is all of it.
    pub window: i64,
    /// First instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// What is counted.
    pub meter_id: MeterId,
    /// What the units may be spent on.
    pub service_id: Option<ServiceId>,
    /// Units.
    pub included: i64,
}

/// Opens an allowance. `allowances_window_unique` answers that it is open already.
pub async fn insert_allowance(tx: &mut Tx, a: &NewAllowance) -> StoreResult<()> {
    exec!(
        tx,
        "insert into allowances (id, period_id, window_no, starts_at, ends_at, meter_id, service_id, included)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        a.id,
        a.period_id,
        a.window,
        a.starts_at,
        a.ends_at,
        a.meter_id,
        a.service_id,
        a.included
    )?;
    Ok(())
}
