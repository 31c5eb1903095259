//! The facts that decide a line, and new lines (VP1–VP3).

use crate::{
    StoreResult, Tx,
    kernel::{exactly, given, lines},
    payables::id_lines,
};
use domain::{
    Cents, ClientId, Currency, Instant, LocalDay, PayableId, PeriodId, PeriodPayment, RequestId, ServiceId, UserId,
    VendorId,
    catalogue::pack::VendorRateMode,
    payables::{Basis, PayableKind, PayableState},
};
use serde::Serialize;
use sqlx::AssertSqlSafe;

/// Holds periods against others who settle them, in the order of their ids, until the transaction ends. On SQLite the
/// transaction already does. Whoever refers to a period goes on.
pub async fn lock_periods(tx: &mut Tx, ids: &[PeriodId]) -> StoreResult<()> {
    if tx.is_postgres() {
        let sql = format!(
            "with {} select id from periods where id in (select value->>'id' from given) order by id for no key update",
            given("given", 1, true)
        );
        rows!(tx, (PeriodId,), AssertSqlSafe(sql), id_lines(ids)?)?;
    }
    Ok(())
}

/// One vendor of a period, and everything that decides what it gets for the pack.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HolderRow {
    /// The period.
    pub period_id: PeriodId,
    /// Its number.
    pub seq: i64,
    /// Its first instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units granted.
    pub included_units: i64,
    /// Whether its fee is paid.
    pub payment_state: PeriodPayment,
    /// Its currency.
    pub currency: Currency,
    /// Whose.
    pub client_id: ClientId,
    /// The pack's service.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// The vendor.
    pub vendor_id: VendorId,
    /// Tri-POD (TP4).
    pub internal: bool,
    /// It has the period.
    pub holds: bool,
    /// VP1: by its own terms, else by the version's.
    pub payment_cents: Cents,
    /// For the pack or for each unit.
    pub rate_mode: VendorRateMode,
    /// The terms are its own.
    pub own: bool,
    /// AS7: the period is split.
    pub split: bool,
    /// AS7: its part of the payment.
    pub share_cents: Option<Cents>,
    /// AS7: included units that it had delivered when it was replaced.
    pub share_units: Option<i64>,
    /// AS7: included units that the others had delivered who were replaced.
    pub by_others: i64,
    /// Included units of the period that were delivered, by whomever.
    pub delivered: i64,
    /// Somebody's payment for the period has accrued.
    pub accrued: bool,
    /// Its line.
    pub line_id: Option<PayableId>,
    /// How far that is.
    pub line_state: Option<PayableState>,
    /// The line's amount with those corrections that came by themselves.
    pub line_cents: Option<Cents>,
    /// How many corrections it has.
    pub corrections: i64,
}

/// VP2: the vendors of some periods with what decides their payment for the pack. Periods without a vendor are left out.
pub async fn holders(tx: &mut Tx, periods: &[PeriodId]) -> StoreResult<Vec<HolderRow>> {
    let sql = format!(
        "with {},
              who as (select p.id as period_id, p.vendor_id from periods p where p.vendor_id is not null and p.id in (select value->>'id' from given)
                      union select x.period_id, x.vendor_id from pack_period_shares x where x.period_id in (select value->>'id' from given))
         select p.id as period_id, p.seq, p.starts_at, p.ends_at, al.included as included_units, p.payment_state, p.currency, s.client_id, s.service_id, v.name as service,
                w.vendor_id, h.kind = 'internal' as internal, coalesce(p.vendor_id, '') = w.vendor_id as holds,
                coalesce(o.payment_cents, p.vendor_payment_cents) as payment_cents, coalesce(o.rate_mode, t.vendor_rate_mode) as rate_mode,
                o.id is not null as own, x.period_id is not null as split, x.amount_cents as share_cents, x.delivered_units as share_units,
                cast(coalesce((select sum(y.delivered_units) from pack_period_shares y where y.period_id = p.id and y.vendor_id <> w.vendor_id), 0) as bigint) as by_others,
                cast(coalesce((select sum(d.included_units) from request_deliveries d where d.period_id = p.id), 0) as bigint) as delivered,
                exists (select 1 from vendor_payables e where e.period_id = p.id and e.kind = 'pack') as accrued,
                l.id as line_id, l.state as line_state,
                cast(l.amount_cents + coalesce((select sum(c.amount_cents) from vendor_payables c where c.corrects_id = l.id and c.made_by is null), 0) as bigint) as line_cents,
                (select count(*) from vendor_payables c where c.corrects_id = l.id) as corrections
         from who w
         join periods p on p.id = w.period_id
         join allowances al on al.period_id = p.id
         join subscriptions s on s.id = p.subscription_id
         join services v on v.id = s.service_id
         join pack_versions t on t.id = p.pack_version_id
         join vendors h on h.id = w.vendor_id
         left join pack_period_shares x on x.period_id = p.id and x.vendor_id = w.vendor_id
         left join vendor_pack_payments o on o.id = case when x.period_id is not null then x.vendor_pack_payment_id else p.vendor_pack_payment_id end
         left join vendor_payables l on l.period_id = p.id and l.vendor_id = w.vendor_id and l.kind = 'pack'
         order by p.id, w.vendor_id",
        given("given", 1, tx.is_postgres())
    );
    rows!(tx, HolderRow, AssertSqlSafe(sql), id_lines(periods)?)
}

/// A delivery with everything that decides what its units come to.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeliveryRow {
    /// The request.
    pub request_id: RequestId,
    /// Its number.
    pub number: i64,
    /// When it was delivered.
    pub delivered_at: Instant,
    /// Who delivered it.
    pub vendor_id: VendorId,
    /// Tri-POD (TP4).
    pub internal: bool,
    /// Units that the pack covers.
    pub included_units: i64,
    /// Units beyond.
    pub overage_units: i64,
    /// Whose.
    pub client_id: ClientId,
    /// What was ordered.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// VP3: what the vendor gets for one unit outside of packs.
    pub service_rate: Option<Cents>,
    /// The period that it was submitted in, and its parts: all or none.
    pub period_id: Option<PeriodId>,
    /// Its number.
    pub seq: Option<i64>,
    /// Its first instant.
    pub starts_at: Option<Instant>,
    /// First instant after it.
    pub ends_at: Option<Instant>,
    /// Units granted.
    pub period_units: Option<i64>,
    /// VP1: by the vendor's own terms, else by the version's.
    pub payment_cents: Option<Cents>,
    /// For the pack or for each unit.
    pub rate_mode: Option<VendorRateMode>,
    /// The terms are its own.
    pub own: bool,
}

/// A request's delivery by a vendor; `None` where it was not delivered, or by nobody's.
pub async fn delivery(tx: &mut Tx, request: RequestId) -> StoreResult<Option<DeliveryRow>> {
    row!(
        tx,
        DeliveryRow,
        "select d.request_id, r.number, d.delivered_at, d.vendor_id, h.kind = 'internal' as internal, d.included_units, d.overage_units,
                r.client_id, r.service_id, v.name as service, k.rate_cents as service_rate, p.id as period_id, p.seq, p.starts_at, p.ends_at,
                al.included as period_units, coalesce(o.payment_cents, p.vendor_payment_cents) as payment_cents,
                coalesce(o.rate_mode, t.vendor_rate_mode) as rate_mode, o.id is not null as own
         from request_deliveries d
         join service_requests r on r.id = d.request_id
         join services v on v.id = r.service_id
         join vendors h on h.id = d.vendor_id
         left join vendor_services k on k.vendor_id = d.vendor_id and k.service_id = r.service_id
         left join periods p on p.id = d.period_id
         left join allowances al on al.period_id = p.id
         left join pack_versions t on t.id = p.pack_version_id
         left join pack_period_shares x on x.period_id = p.id and x.vendor_id = d.vendor_id
         left join vendor_pack_payments o on o.id = case when x.period_id is not null then x.vendor_pack_payment_id
              when p.vendor_id = d.vendor_id then p.vendor_pack_payment_id end
         where d.request_id = $1",
        request
    )
}

/// A line to be written.
#[derive(Debug, Clone, Serialize)]
pub struct NewPayable {
    /// Its id.
    pub id: PayableId,
    /// Who is owed.
    pub vendor_id: VendorId,
    /// What it is.
    pub kind: PayableKind,
    /// What it is for.
    pub basis: Basis,
    /// For whose work.
    pub client_id: ClientId,
    /// For which service.
    pub service_id: ServiceId,
    /// In which period.
    pub period_id: Option<PeriodId>,
    /// For which request.
    pub request_id: Option<RequestId>,
    /// What it corrects.
    pub corrects_id: Option<PayableId>,
    /// Which of that line's corrections it is, from 1.
    pub nth: Option<i64>,
    /// Delivered units.
    pub units: Option<i64>,
    /// For one of them.
    pub rate_cents: Option<Cents>,
    /// What is owed.
    pub amount_cents: Cents,
    /// Its currency.
    pub currency: String,
    /// When it accrued.
    pub accrued_at: Instant,
    /// That day.
    pub accrued_on: LocalDay,
    /// The day by which reports count it.
    pub local_day: LocalDay,
    /// AH1, JSON.
    pub receipt: String,
    /// Who corrected.
    pub made_by: Option<UserId>,
}

/// Writes lines of which none is there: whoever decided them holds what decides them. Fewer are a failure, because what they
/// say would be lost without a word.
pub async fn insert_all(tx: &mut Tx, new: &[NewPayable]) -> StoreResult<()> {
    exactly(new.len(), insert(tx, new).await?)
}

/// Holds the lines for packs of some periods, in the order of their ids, until the transaction ends: people correct them and
/// make them void. After the periods ([`lock_periods`]), never before. On SQLite the transaction already does.
pub async fn lock_of_periods(tx: &mut Tx, ids: &[PeriodId]) -> StoreResult<()> {
    if tx.is_postgres() {
        let sql = format!(
            "with {} select id from vendor_payables where period_id in (select value->>'id' from given) order by id for update",
            given("given", 1, true)
        );
        rows!(tx, (PayableId,), AssertSqlSafe(sql), id_lines(ids)?)?;
    }
    Ok(())
}

/// Writes lines; one that is there already stays as it is (VP2). How many are new.
pub async fn insert(tx: &mut Tx, new: &[NewPayable]) -> StoreResult<u64> {
    if new.is_empty() {
        return Ok(0);
    }
    let sql = format!(
        "with {}
         insert into vendor_payables (id, vendor_id, kind, basis, client_id, service_id, period_id, request_id, corrects_id, nth, units, rate_cents,
             amount_cents, currency, state, accrued_at, accrued_on, local_day, receipt, made_by)
         select value->>'id', value->>'vendor_id', value->>'kind', value->>'basis', value->>'client_id', value->>'service_id', value->>'period_id',
             value->>'request_id', value->>'corrects_id', cast(value->>'nth' as bigint), cast(value->>'units' as bigint),
             cast(value->>'rate_cents' as bigint), cast(value->>'amount_cents' as bigint), value->>'currency', 'accrued',
             cast(value->>'accrued_at' as bigint), value->>'accrued_on', value->>'local_day', value->>'receipt', value->>'made_by'
         from given where true on conflict do nothing",
        given("given", 1, tx.is_postgres())
    );
    exec!(tx, AssertSqlSafe(sql), lines(new)?)
}
