//! The split of a period (AS7).

use crate::{StoreResult, Tx, kernel::exactly};
use domain::{Cents, Instant, PeriodId, VendorId, catalogue::pack::VendorRateMode};

/// A period that is split among vendors (AS7), with the terms of each (VP1).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ShareRow {
    /// Who.
    pub vendor_id: VendorId,
    /// Their own terms.
    pub vendor_pack_payment_id: Option<String>,
    /// Included units that it had delivered when it was replaced; `None`: it holds the period.
    pub delivered_units: Option<i64>,
    /// What it gets for the pack; `None`: paid for each unit.
    pub amount_cents: Option<Cents>,
    /// By its terms.
    pub payment_cents: Cents,
    /// By its terms.
    pub rate_mode: VendorRateMode,
}

/// The split of a period; empty where there is none.
pub async fn shares(tx: &mut Tx, period: PeriodId) -> StoreResult<Vec<ShareRow>> {
    rows!(
        tx,
        ShareRow,
        "select x.vendor_id, x.vendor_pack_payment_id, x.delivered_units, x.amount_cents,
                coalesce(o.payment_cents, p.vendor_payment_cents) as payment_cents, coalesce(o.rate_mode, t.vendor_rate_mode) as rate_mode
         from pack_period_shares x
         join periods p on p.id = x.period_id
         join pack_versions t on t.id = p.pack_version_id
         left join vendor_pack_payments o on o.id = x.vendor_pack_payment_id
         where x.period_id = $1 order by x.since, x.vendor_id",
        period
    )
}

/// AS7: the period goes from the vendor that has it to another: both have their share from now on, and the one that goes has
/// its delivered units written down. One that had the period before has it again on the terms that it had then, so that it is
/// paid in one way for all of it. What the shares come to is for [`set_share`].
pub async fn split_period(tx: &mut Tx, period: PeriodId, to: VendorId, now: Instant) -> StoreResult<()> {
    // Who has it so far gets its row, if this is its first split.
    exec!(
        tx,
        "insert into pack_period_shares (period_id, vendor_id, vendor_pack_payment_id, since)
         select p.id, p.vendor_id, p.vendor_pack_payment_id, p.starts_at from periods p where p.id = $1 and p.vendor_id is not null
         on conflict (period_id, vendor_id) do nothing",
        period
    )?;
    exec!(
        tx,
        "update pack_period_shares set delivered_units = coalesce((select sum(d.included_units) from request_deliveries d
             where d.period_id = pack_period_shares.period_id and d.vendor_id = pack_period_shares.vendor_id), 0)
         where period_id = $1",
        period
    )?;
    exec!(
        tx,
        "update periods set vendor_id = $2, vendor_pack_payment_id =
             case when exists (select 1 from pack_period_shares x where x.period_id = $1 and x.vendor_id = $2)
             then (select x.vendor_pack_payment_id from pack_period_shares x where x.period_id = $1 and x.vendor_id = $2)
             else (select o.id from vendor_pack_payments o join pack_versions t on t.id = periods.pack_version_id and t.pack_id = o.pack_id
              where o.vendor_id = $2 and o.replaced_at is null) end
         where id = $1",
        period,
        to
    )?;
    exec!(
        tx,
        "insert into pack_period_shares (period_id, vendor_id, vendor_pack_payment_id, since)
         select p.id, p.vendor_id, p.vendor_pack_payment_id, $2 from periods p where p.id = $1
         on conflict (period_id, vendor_id) do update set delivered_units = null",
        period,
        now
    )?;
    Ok(())
}

/// AS7: what a share comes to.
pub async fn set_share(tx: &mut Tx, period: PeriodId, vendor: VendorId, amount: Option<Cents>) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update pack_period_shares set amount_cents = $3 where period_id = $1 and vendor_id = $2",
        period,
        vendor,
        amount
    )?;
    exactly(1, written)
}

/// Units that a pack's period includes.
pub async fn included_units(tx: &mut Tx, period: PeriodId) -> StoreResult<i64> {
    Ok(scalar!(tx, i64, "select included from allowances where period_id = $1", period)?.unwrap_or(0))
}
