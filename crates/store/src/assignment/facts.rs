//! The facts that decide an assignment, and what a forecast is made of (AH6).

use crate::{StoreResult, Tx, assignment::id_lines, kernel::given, subscriptions::crossable};
use domain::{
    Cents, ClientId, Instant, PackId, PeriodId, ServiceId, SubscriptionId, SubscriptionStatus, VendorId,
    catalogue::pack::VendorRateMode,
};
use sqlx::AssertSqlSafe;

/// Holds subscriptions against other writers until the transaction ends, in the order of their ids (CO3). On SQLite the
/// transaction already does. Gives those of them whose boundary has passed and can be crossed (PD3).
pub async fn lock(tx: &mut Tx, ids: &[SubscriptionId], now: Instant) -> StoreResult<Vec<SubscriptionId>> {
    let (given, all) = (given("given", 1, tx.is_postgres()), id_lines(ids)?);
    if tx.is_postgres() {
        let sql = format!(
            "with {given} select id from subscriptions where id in (select value->>'id' from given) order by id for update"
        );
        rows!(tx, (SubscriptionId,), AssertSqlSafe(sql), &all)?;
    }
    let sql = format!(
        "with {given} select s.id from {} and s.id in (select value->>'id' from given) order by s.id",
        crossable!("$2")
    );
    let passed = rows!(tx, (SubscriptionId,), AssertSqlSafe(sql), &all, now)?;
    Ok(passed.into_iter().map(|(id,)| id).collect())
}

/// Everything that decides an assignment, and what people are told of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FactsRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// The client's name for vendors (AS10).
    pub alias: String,
    /// §4.
    pub status: SubscriptionStatus,
    /// When it will end.
    pub cancel_at: Option<Instant>,
    /// AS6.
    pub assignment_version: i64,
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// The pack of the period.
    pub pack_id: PackId,
    /// The latest period.
    pub period_id: PeriodId,
    /// Its number.
    pub seq: i64,
    /// Its first instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units granted.
    pub included_units: i64,
    /// Units used.
    pub used_units: i64,
    /// What its version pays the vendor (VP1).
    pub vendor_payment_cents: Cents,
    /// For the pack or for each unit.
    pub vendor_rate_mode: VendorRateMode,
    /// Who has it.
    pub vendor_id: Option<VendorId>,
    /// Their name.
    pub vendor: Option<String>,
    /// Who gets the next one.
    pub next_id: Option<VendorId>,
    /// Their name.
    pub next: Option<String>,
    /// Units used of the last closed periods (AH6).
    pub closed_used: i64,
    /// Units that these included.
    pub closed_included: i64,
}

macro_rules! facts {
    ($condition:literal) => {
        concat!(
            "select s.id, s.client_id, c.name as client, c.alias, s.status, s.cancel_at, s.assignment_version, s.service_id, v.name as service,
                t.pack_id, p.id as period_id, p.seq, p.starts_at, p.ends_at, al.included as included_units, al.used as used_units, p.vendor_payment_cents,
                t.vendor_rate_mode, s.vendor_assignee_id as vendor_id, h.name as vendor, n.vendor_id as next_id, w.name as next,
                cast(coalesce((select sum(z.used) from periods q join allowances z on z.period_id = q.id where q.subscription_id = s.id and q.seq < p.seq and q.seq >= p.seq - 3), 0) as bigint) as closed_used,
                cast(coalesce((select sum(z.included) from periods q join allowances z on z.period_id = q.id where q.subscription_id = s.id and q.seq < p.seq and q.seq >= p.seq - 3), 0) as bigint) as closed_included
             from subscriptions s
             join clients c on c.id = s.client_id
             join services v on v.id = s.service_id
             join allowances al on al.running_for = s.id
             join periods p on p.id = al.period_id
             join pack_versions t on t.id = p.pack_version_id
             left join vendors h on h.id = s.vendor_assignee_id
             left join pack_assignments n on n.subscription_id = s.id and n.began_at is null and n.replaced_at is null
             left join vendors w on w.id = n.vendor_id ",
            $condition
        )
    };
}

/// The facts of some subscriptions, by id. Those without a period are left out: nothing can be done there.
pub async fn facts(tx: &mut Tx, ids: &[SubscriptionId]) -> StoreResult<Vec<FactsRow>> {
    let sql = format!(
        "with {} {} where s.id in (select value->>'id' from given) order by c.name_folded, v.name_folded, s.id",
        given("given", 1, tx.is_postgres()),
        facts!("")
    );
    rows!(tx, FactsRow, AssertSqlSafe(sql), id_lines(ids)?)
}

/// AH6: the facts of all running subscriptions that somebody has or gets.
pub async fn running_facts(tx: &mut Tx) -> StoreResult<Vec<FactsRow>> {
    rows!(
        tx,
        FactsRow,
        facts!(
            "where s.status in ('active', 'past_due') and (s.vendor_assignee_id is not null or n.vendor_id is not null)"
        )
    )
}

/// A vendor to choose.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorRow {
    /// Which.
    pub id: VendorId,
    /// Its name.
    pub name: String,
    /// Tri-POD: takes every service (§3).
    pub internal: bool,
    /// Takes work.
    pub active: bool,
    /// Packs whose period it has.
    pub packs: i64,
    /// Requests that it has not delivered.
    pub open: i64,
    /// Their units.
    pub open_units: i64,
}

/// A request that its vendor has still to deliver. Delivered is what has been in review once (§17). `in_review` is named
/// beside the deliveries, because an update that waited for one to be made sees the new status and not the new row.
pub(super) const UNDELIVERED: &str = "r.status not in ('draft', 'cancelled', 'in_review', 'approved')
    and not exists (select 1 from request_deliveries d where d.request_id = r.id)";

/// All vendors with what they have to do, Tri-POD first.
pub async fn vendors(tx: &mut Tx) -> StoreResult<Vec<VendorRow>> {
    let sql = format!(
        "select h.id, h.name, h.kind = 'internal' as internal, h.active, coalesce(k.packs, 0) as packs, coalesce(o.open, 0) as open,
                cast(coalesce(o.units, 0) as bigint) as open_units
         from vendors h
         left join (select vendor_assignee_id as id, count(*) as packs from subscriptions where status in ('active', 'past_due')
                    group by vendor_assignee_id) k on k.id = h.id
         left join (select r.vendor_id as id, count(*) as open, sum(r.quantity) as units from service_requests r
                    where r.vendor_id is not null and r.status not in ('payment_pending', 'payment_failed') and {UNDELIVERED} group by r.vendor_id) o on o.id = h.id
         order by case when h.kind = 'internal' then 0 else 1 end, h.name_folded, h.id"
    );
    rows!(tx, VendorRow, AssertSqlSafe(sql))
}

/// AH6: units that vendors delivered since an instant, by whole weeks since.
pub async fn delivered_by_week(tx: &mut Tx, since: Instant, now: Instant) -> StoreResult<Vec<(VendorId, i64, i64)>> {
    rows!(
        tx,
        (VendorId, i64, i64),
        "select vendor_id, (delivered_at - $1) / 604800000000 as week, cast(sum(included_units + overage_units) as bigint) as units
         from request_deliveries where vendor_id is not null and delivered_at >= $1 and delivered_at < $2 group by 1, 2 order by 1, 2",
        since,
        now
    )
}
