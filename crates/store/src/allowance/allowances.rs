//! Allowances: what may be used in a period.

use crate::{StoreResult, Tx};
use domain::{AllowanceId, Cents, Instant, MeterId, PeriodId, ServiceId, SubscriptionId};

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

/// Opens an allowance of a subscription's last period. `allowances_window_unique` answers that it is open already.
pub async fn insert_allowance(tx: &mut Tx, a: &NewAllowance) -> StoreResult<()> {
    exec!(
        tx,
        "update allowances set running_for = null
         where running_for = (select p.subscription_id from periods p where p.id = $1) and period_id <> $1",
        a.period_id
    )?;
    exec!(
        tx,
        "insert into allowances (id, period_id, window_no, starts_at, ends_at, meter_id, service_id, included, running_for)
         values ($1, $2, $3, $4, $5, $6, $7, $8, (select s.id from periods p join subscriptions s on s.id = p.subscription_id
             where p.id = $2 and s.status in ('active', 'past_due')))",
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

/// Keeps `running_for` as a subscription's state changes: on what its last period allows while it runs, on nothing otherwise.
pub async fn set_running(tx: &mut Tx, subscription: SubscriptionId, runs: bool) -> StoreResult<()> {
    if runs {
        exec!(
            tx,
            "update allowances set running_for = $1 where running_for is null
               and period_id = (select p.id from periods p where p.subscription_id = $1 order by p.seq desc limit 1)",
            subscription
        )?;
    } else {
        exec!(
            tx,
            "update allowances set running_for = null where running_for = $1",
            subscription
        )?;
    }
    Ok(())
}
