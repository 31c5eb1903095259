//! Services and their meters (§1, §2).

use crate::{StoreResult, Tx};
use domain::{Cents, Instant, MeterId, ServiceId, text::fold};

/// A service with its unit's words.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ServiceRow {
    /// Which.
    pub id: ServiceId,
    /// "Logo design".
    pub name: String,
    /// What counts its units.
    pub meter_id: MeterId,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// List price of one unit.
    pub unit_price: Cents,
    /// Business days (RQ8).
    pub turnaround_days: i64,
    /// Offered to clients.
    pub active: bool,
    /// Grows with every change.
    pub row_version: i64,
    /// Packs of it that are not archived.
    pub packs: i64,
    /// Clients with a price of their own.
    pub own_prices: i64,
}

macro_rules! service_sql {
    ($tail:literal) => {
        concat!(
            "select s.id, s.name, s.meter_id, m.unit_singular, m.unit_plural, s.unit_price_cents as unit_price,
                    s.turnaround_days, s.active, s.row_version, coalesce(p.packs, 0) as packs, coalesce(o.own_prices, 0) as own_prices
             from services s
             join meters m on m.id = s.meter_id
             left join (select service_id, count(*) as packs from packs where archived_at is null group by service_id) p on p.service_id = s.id
             left join (select service_id, count(*) as own_prices from client_service_prices group by service_id) o on o.service_id = s.id ",
            $tail
        )
    };
}

/// All services by name.
pub async fn services(tx: &mut Tx) -> StoreResult<Vec<ServiceRow>> {
    rows!(tx, ServiceRow, service_sql!("order by s.name_folded, s.id"))
}

/// One service.
pub async fn service(tx: &mut Tx, id: ServiceId) -> StoreResult<Option<ServiceRow>> {
    row!(tx, ServiceRow, service_sql!("where s.id = $1"), id)
}

/// The columns of a service that its form decides.
#[derive(Debug, Clone, Copy)]
pub struct ServiceColumns<'a> {
    /// "Logo design".
    pub name: &'a str,
    /// What counts its units.
    pub meter_id: MeterId,
    /// List price of one unit.
    pub unit_price: Cents,
    /// Business days.
    pub turnaround_days: i64,
    /// Offered to clients.
    pub active: bool,
}

/// Adds a service; `services_name_unique` refuses a name that is taken.
pub async fn insert_service(tx: &mut Tx, id: ServiceId, columns: ServiceColumns<'_>, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into services (id, name, meter_id, unit_price_cents, turnaround_days, active, created_at, name_folded) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        columns.name,
        columns.meter_id,
        columns.unit_price,
        columns.turnaround_days,
        columns.active,
        now,
        fold(columns.name)
    )?;
    Ok(())
}

/// Changes a service that still has the version that was read. `false` when somebody else was faster.
pub async fn update_service(
    tx: &mut Tx,
    id: ServiceId,
    columns: ServiceColumns<'_>,
    row_version: i64,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update services set name = $2, meter_id = $3, unit_price_cents = $4, turnaround_days = $5, active = $6, name_folded = $8, row_version = row_version + 1
         where id = $1 and row_version = $7",
        id,
        columns.name,
        columns.meter_id,
        columns.unit_price,
        columns.turnaround_days,
        columns.active,
        row_version,
        fold(columns.name)
    )? == 1)
}

/// The meter of a key, made when missing, with these words from now on: services that count the same unit share them.
pub async fn ensure_meter(
    tx: &mut Tx,
    id: MeterId,
    key: &str,
    unit_singular: &str,
    unit_plural: &str,
) -> StoreResult<MeterId> {
    exec!(
        tx,
        "insert into meters (id, key, unit_singular, unit_plural) values ($1, $2, $3, $4)
         on conflict (key) do update set unit_singular = excluded.unit_singular, unit_plural = excluded.unit_plural",
        id,
        key,
        unit_singular,
        unit_plural
    )?;
    let found = scalar!(tx, MeterId, "select id from meters where key = $1", key)?;
    found.ok_or(crate::StoreError::Database(sqlx::Error::RowNotFound))
}

/// A service counts another unit now: what was granted for it is counted in that unit too.
pub async fn recount(tx: &mut Tx, service_id: ServiceId, meter_id: MeterId) -> StoreResult<()> {
    exec!(
        tx,
        "update allowances set meter_id = $2 where service_id = $1 and meter_id <> $2",
        service_id,
        meter_id
    )?;
    exec!(
        tx,
        "update credit_batches set meter_id = $2 where service_id = $1 and meter_id <> $2",
        service_id,
        meter_id
    )?;
    Ok(())
}
