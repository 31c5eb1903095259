//! What vendors are owed (§15): the facts that decide a line, the lines, what becomes of them, and the questions about them.
//!
//! What must not be here: how much is owed, and when; that is `domain`'s.

use crate::{
    StoreResult, Tx,
    db::{given, lines},
};
use domain::{
    Cents, ClientId, Currency, Instant, LocalDay, PayableId, PeriodId, PeriodPayment, QueryId, RequestId, ServiceId,
    UserId, VendorId,
    pack::VendorRateMode,
    payable::{Basis, PayableKind, PayableState},
};
use serde::Serialize;
use sqlx::AssertSqlSafe;

/// Ids as a table `given (value)`; see [`given`].
fn id_lines<T: Serialize + Copy>(ids: &[T]) -> StoreResult<String> {
    #[derive(Serialize)]
    struct One<T> {
        id: T,
    }
    lines(ids.iter().map(|id| One { id: *id }))
}

/// Holds periods against others who settle them, in the order of their ids, until the transaction ends. On SQLite the
/// transaction already does. Whoever refers to a period goes on.
pub async fn lock_periods(tx: &mut Tx, ids: &[PeriodId]) -> StoreResult<()> {
    if tx.is_postgres() {
        let sql = format!(
            "with {} select id from pack_periods where id in (select value->>'id' from given) order by id for no key update",
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
              who as (select p.id as period_id, p.vendor_id from pack_periods p where p.vendor_id is not null and p.id in (select value->>'id' from given)
                      union select x.period_id, x.vendor_id from pack_period_shares x where x.period_id in (select value->>'id' from given))
         select p.id as period_id, p.seq, p.starts_at, p.ends_at, p.included_units, p.payment_state, p.currency, s.client_id, s.service_id, v.name as service,
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
         join pack_periods p on p.id = w.period_id
         join pack_subscriptions s on s.id = p.subscription_id
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
                p.included_units as period_units, coalesce(o.payment_cents, p.vendor_payment_cents) as payment_cents,
                coalesce(o.rate_mode, t.vendor_rate_mode) as rate_mode, o.id is not null as own
         from request_deliveries d
         join service_requests r on r.id = d.request_id
         join services v on v.id = r.service_id
         join vendors h on h.id = d.vendor_id
         left join vendor_services k on k.vendor_id = d.vendor_id and k.service_id = r.service_id
         left join pack_periods p on p.id = d.period_id
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

domain::words! {
    /// By what the report is sorted.
    pub enum SortBy {
        /// The day by which it is counted.
        Day = "day",
        /// The vendor's name.
        Vendor = "vendor",
        /// The client's name.
        Client = "client",
        /// What is owed.
        Amount = "amount",
        /// How far it is.
        State = "state",
        /// When it was paid.
        Paid = "paid",
    }
}

impl SortBy {
    const fn sql(self) -> &'static str {
        match self {
            SortBy::Day => "l.local_day",
            SortBy::Vendor => "lower(h.name)",
            SortBy::Client => "lower(c.name)",
            SortBy::Amount => "l.amount_cents",
            SortBy::State => "l.state",
            SortBy::Paid => "coalesce(l.paid_on, '')",
        }
    }

    /// Whether its key is a word.
    pub const fn is_text(self) -> bool {
        !matches!(self, SortBy::Amount)
    }

    /// What its key is read from, beside the line.
    const fn of(self) -> &'static [&'static str] {
        match self {
            SortBy::Vendor => &["join vendors h on h.id = l.vendor_id"],
            SortBy::Client => &["join clients c on c.id = l.client_id"],
            SortBy::Day | SortBy::Amount | SortBy::State | SortBy::Paid => &[],
        }
    }
}

/// Which lines are asked for.
#[derive(Debug, Clone)]
pub struct PayableFilter {
    /// VP3: those outside of packs (`true`), those of packs, or both.
    pub services: Option<bool>,
    /// Of one vendor. A vendor's own pages always say which.
    pub vendor: Option<VendorId>,
    /// How far they are.
    pub state: Option<PayableState>,
    /// Accrued or approved, and to be paid (TP4).
    pub open: bool,
    /// Counted from this day on, and before that one.
    pub days: Option<(LocalDay, LocalDay)>,
    /// AH7: not paid, or of a period that holds this instant.
    pub running_at: Option<Instant>,
    /// Somebody asks about them.
    pub asked: bool,
    /// Words in client, service or reference.
    pub words: String,
    /// The order.
    pub sort: SortBy,
    /// Backwards.
    pub descending: bool,
    /// The last row of the page before: its key and its id.
    pub after: Option<(String, String)>,
    /// Rows, at most.
    pub limit: i64,
}

impl Default for PayableFilter {
    fn default() -> Self {
        PayableFilter {
            services: None,
            vendor: None,
            state: None,
            open: false,
            days: None,
            running_at: None,
            asked: false,
            words: String::new(),
            sort: SortBy::Day,
            descending: true,
            after: None,
            limit: i64::MAX,
        }
    }
}

/// The period that a line is for.
const PERIOD: &str = "left join pack_periods p on p.id = l.period_id";

/// Those whom a line concerns, and what it is for.
const SHOWN: &str = "join vendors h on h.id = l.vendor_id
    join clients c on c.id = l.client_id
    join services v on v.id = l.service_id
    left join pack_periods p on p.id = l.period_id
    left join service_requests r on r.id = l.request_id";

/// Somebody asks about it.
const ASKED: &str = "exists (select 1 from payable_queries q where q.payable_id = l.id and q.answered_at is null)";

/// What is shown of a line.
const COLUMNS: &str = "l.id, l.vendor_id, h.name as vendor, h.kind = 'internal' as internal, c.name as client, c.alias, v.name as service, l.kind, l.basis,
    l.units, l.rate_cents, l.amount_cents, l.currency, l.state, l.local_day, l.accrued_at, l.paid_on, l.reference,
    p.starts_at, p.ends_at, p.included_units, p.used_units, r.number";

/// Included units of its period that its vendor has delivered.
const DELIVERED: &str =
    "cast(case when p.id is not null then coalesce((select sum(d.included_units) from request_deliveries d
    where d.period_id = p.id and d.vendor_id = l.vendor_id), 0) end as bigint)";

impl PayableFilter {
    /// What the conditions are about: `from` the lines, with what they need beside them.
    fn from(&self, more: &[&str]) -> String {
        let mut sql = "from vendor_payables l".to_owned();
        let period = [PERIOD]
            .into_iter()
            .filter(|_| self.running_at.is_some() && !more.contains(&PERIOD));
        for join in more.iter().copied().chain(period) {
            sql.push(' ');
            sql.push_str(join);
        }
        sql
    }

    /// Uses `$1` to `$6`. Words are looked for once in the names, not again with each line of theirs.
    fn conditions(&self) -> String {
        let mut sql = "1 = 1".to_owned();
        let mut and = |wanted: bool, condition: &str| {
            if wanted {
                sql.push_str(" and ");
                sql.push_str(condition);
            }
        };
        and(self.services == Some(true), "l.basis = 'service'");
        and(self.services == Some(false), "l.basis in ('pack', 'unit')");
        and(self.vendor.is_some(), "l.vendor_id = $1");
        and(self.state.is_some(), "l.state = $2");
        and(
            self.open,
            "l.state in ('accrued', 'approved') and l.vendor_id in (select x.id from vendors x where x.kind <> 'internal')",
        );
        and(self.days.is_some(), "l.local_day >= $3 and l.local_day < $4");
        and(
            self.running_at.is_some(),
            "(l.state in ('accrued', 'approved') or (p.starts_at <= $5 and p.ends_at > $5))",
        );
        and(self.asked, ASKED);
        and(
            !self.words.trim().is_empty(),
            r"(l.client_id in (select x.id from clients x where lower(x.name) like $6 escape '\')
               or l.service_id in (select x.id from services x where lower(x.name) like $6 escape '\')
               or lower(coalesce(l.reference, '')) like $6 escape '\')",
        );
        sql
    }
}

/// A line as lists show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PayableRow {
    /// Its id.
    pub id: PayableId,
    /// Who is owed.
    pub vendor_id: VendorId,
    /// Its name.
    pub vendor: String,
    /// Tri-POD (TP4).
    pub internal: bool,
    /// For whose work. Not for vendors.
    pub client: String,
    /// The same, for vendors (RQ7).
    pub alias: String,
    /// For which service.
    pub service: String,
    /// What it is.
    pub kind: PayableKind,
    /// What it is for.
    pub basis: Basis,
    /// Delivered units that it is for.
    pub units: Option<i64>,
    /// For one of them.
    pub rate_cents: Option<Cents>,
    /// What is owed.
    pub amount_cents: Cents,
    /// Its currency.
    pub currency: Currency,
    /// How far it is.
    pub state: PayableState,
    /// The day by which it is counted.
    pub local_day: LocalDay,
    /// When it accrued.
    pub accrued_at: Instant,
    /// When it was paid.
    pub paid_on: Option<LocalDay>,
    /// How the payment can be found.
    pub reference: Option<String>,
    /// Its period's first instant.
    pub starts_at: Option<Instant>,
    /// First instant after it.
    pub ends_at: Option<Instant>,
    /// Units of the period.
    pub included_units: Option<i64>,
    /// Units used of it.
    pub used_units: Option<i64>,
    /// Included units of it that the vendor has delivered.
    pub delivered_units: Option<i64>,
    /// The number of its request.
    pub number: Option<i64>,
    /// AH7: a question about it is open.
    pub asked: bool,
    /// The page's key.
    pub sort_key: String,
}

/// One page of lines, in one statement: which, along an index that has the order where there is one; then what is shown of
/// them, and of them alone. The limit stands in the text: databases plan by it.
pub async fn list(tx: &mut Tx, f: &PayableFilter) -> StoreResult<Vec<PayableRow>> {
    let key = f.sort.sql();
    let (order, beyond) = if f.descending { ("desc", "<") } else { ("asc", ">") };
    let mut conditions = f.conditions();
    if f.after.is_some() {
        let bound = if f.sort.is_text() { "$7" } else { "cast($7 as bigint)" };
        // The first half is what an index is entered by.
        conditions = format!("{conditions} and {key} {beyond}= {bound} and ({key}, l.id) {beyond} ({bound}, $8)");
    }
    let sql = format!(
        "with page as materialized (
            select l.id, {key} as sort_key {from} where {conditions} order by {key} {order}, l.id {order} limit {limit}
         )
         select {COLUMNS}, {DELIVERED} as delivered_units, {ASKED} as asked, cast(page.sort_key as text) as sort_key
         from page
         join vendor_payables l on l.id = page.id
         {SHOWN}
         order by page.sort_key {order}, l.id {order}",
        from = f.from(f.sort.of()),
        limit = f.limit,
    );
    let after = f.after.as_ref();
    rows!(
        tx,
        PayableRow,
        AssertSqlSafe(sql),
        f.vendor,
        f.state,
        f.days.map(|(from, _)| from),
        f.days.map(|(_, to)| to),
        f.running_at,
        crate::people::like(&f.words),
        after.map(|(key, _)| key.clone()),
        after.map(|(_, id)| id.clone())
    )
}

/// *Select all matching*: the ids of the lines that the filters let through, in the list's order.
pub async fn matching(tx: &mut Tx, f: &PayableFilter) -> StoreResult<Vec<PayableId>> {
    let (key, order) = (f.sort.sql(), if f.descending { "desc" } else { "asc" });
    let sql = format!(
        "select l.id {} where {} order by {key} {order}, l.id {order} limit {}",
        f.from(f.sort.of()),
        f.conditions(),
        f.limit
    );
    let found = rows!(
        tx,
        (PayableId,),
        AssertSqlSafe(sql),
        f.vendor,
        f.state,
        f.days.map(|(from, _)| from),
        f.days.map(|(_, to)| to),
        f.running_at,
        crate::people::like(&f.words)
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// What a vendor is owed within some filters.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TotalRow {
    /// The vendor.
    pub vendor_id: VendorId,
    /// Its name.
    pub vendor: String,
    /// Tri-POD (TP4).
    pub internal: bool,
    /// How many lines.
    pub lines: i64,
    /// Their sum by state.
    pub accrued: Cents,
    /// Their sum by state.
    pub approved: Cents,
    /// Their sum by state.
    pub paid: Cents,
}

/// The totals by vendor and state (VP5). Summed along an index before vendors are looked up.
pub async fn totals(tx: &mut Tx, f: &PayableFilter) -> StoreResult<Vec<TotalRow>> {
    let sum = |state: &str| {
        format!("cast(coalesce(sum(case when x.state = '{state}' then x.cents end), 0) as bigint) as {state}")
    };
    let sql = format!(
        "with x as materialized (
            select l.vendor_id, l.basis, l.state, count(*) as lines, sum(l.amount_cents) as cents
            {} where {} group by l.vendor_id, l.basis, l.state
         )
         select x.vendor_id, h.name as vendor, h.kind = 'internal' as internal, cast(sum(x.lines) as bigint) as lines, {}, {}, {}
         from x join vendors h on h.id = x.vendor_id
         group by x.vendor_id, h.name, h.kind order by case when h.kind = 'internal' then 1 else 0 end, lower(h.name)",
        f.from(&[]),
        f.conditions(),
        sum("accrued"),
        sum("approved"),
        sum("paid")
    );
    rows!(
        tx,
        TotalRow,
        AssertSqlSafe(sql),
        f.vendor,
        f.state,
        f.days.map(|(from, _)| from),
        f.days.map(|(_, to)| to),
        f.running_at,
        crate::people::like(&f.words)
    )
}

/// What stands around the list, whatever its filters.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FrameRow {
    /// Lines for packs that are to be paid.
    pub packs: i64,
    /// Lines outside of packs that are to be paid.
    pub services: i64,
    /// AH7: questions that are open.
    pub asked: i64,
    /// The first day by which a line is counted.
    pub first: Option<LocalDay>,
    /// The last.
    pub last: Option<LocalDay>,
}

/// The frame of the report, or of one vendor's slip.
pub async fn frame(tx: &mut Tx, vendor: Option<VendorId>) -> StoreResult<Option<FrameRow>> {
    let of = match vendor {
        Some(_) => "l.vendor_id = $1",
        None => "1 = 1",
    };
    let open = format!(
        "select count(*) from vendor_payables l
         where l.state in ('accrued', 'approved') and l.vendor_id in (select x.id from vendors x where x.kind <> 'internal')
           and {of} and l.basis"
    );
    let sql = format!(
        "select ({open} in ('pack', 'unit')) as packs, ({open} = 'service') as services,
                (select count(*) from payable_queries q join vendor_payables l on l.id = q.payable_id where q.answered_at is null and {of}) as asked,
                (select min(l.local_day) from vendor_payables l where {of}) as first, (select max(l.local_day) from vendor_payables l where {of}) as last"
    );
    row!(tx, FrameRow, AssertSqlSafe(sql), vendor)
}

/// Holds lines against others who decide about them, in the order of their ids, until the transaction ends. On SQLite the
/// transaction already does.
pub async fn lock(tx: &mut Tx, ids: &[PayableId]) -> StoreResult<()> {
    if tx.is_postgres() {
        let sql = format!(
            "with {} select id from vendor_payables where id in (select value->>'id' from given)
                or corrects_id in (select value->>'id' from given) order by id for update",
            given("given", 1, true)
        );
        rows!(tx, (PayableId,), AssertSqlSafe(sql), id_lines(ids)?)?;
    }
    Ok(())
}

/// A line with what decides what may become of it, and who decided before.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DecidedRow {
    /// Its id.
    pub id: PayableId,
    /// Who is owed.
    pub vendor_id: VendorId,
    /// Its name.
    pub vendor: String,
    /// Tri-POD (TP4).
    pub internal: bool,
    /// What it is for.
    pub basis: Basis,
    /// What it corrects.
    pub corrects_id: Option<PayableId>,
    /// Somebody corrected; else it came by itself.
    pub by_hand: bool,
    /// For whose work.
    pub client_id: ClientId,
    /// For which service.
    pub service_id: ServiceId,
    /// In which period.
    pub period_id: Option<PeriodId>,
    /// For which request.
    pub request_id: Option<RequestId>,
    /// What is owed.
    pub amount_cents: Cents,
    /// Its currency.
    pub currency: Currency,
    /// The day by which it is counted.
    pub local_day: LocalDay,
    /// When it accrued.
    pub accrued_on: LocalDay,
    /// AH1.
    pub receipt: String,
    /// How far it is.
    pub state: PayableState,
    /// When it was approved.
    pub approved_at: Option<Instant>,
    /// By whom.
    pub approved_by: Option<String>,
    /// On which day it was paid.
    pub paid_on: Option<LocalDay>,
    /// How the payment can be found.
    pub reference: Option<String>,
    /// When that was said.
    pub paid_at: Option<Instant>,
    /// By whom.
    pub paid_by: Option<String>,
    /// When it was made void.
    pub voided_at: Option<Instant>,
    /// By whom.
    pub voided_by: Option<String>,
    /// Why.
    pub void_reason: Option<String>,
}

/// Some lines, and with `corrections` what corrects them, by id.
pub async fn decided(tx: &mut Tx, ids: &[PayableId], corrections: bool) -> StoreResult<Vec<DecidedRow>> {
    let also = if corrections {
        " or l.corrects_id in (select value->>'id' from given)"
    } else {
        ""
    };
    let sql = format!(
        "with {}
         select l.id, l.vendor_id, h.name as vendor, h.kind = 'internal' as internal, l.basis, l.corrects_id, l.made_by is not null as by_hand, l.client_id,
                l.service_id, l.period_id, l.request_id, l.amount_cents, l.currency, l.local_day, l.accrued_on, l.receipt, l.state,
                l.approved_at, a.name as approved_by, l.paid_on, l.reference, l.paid_at, b.name as paid_by, l.voided_at, d.name as voided_by, l.void_reason
         from vendor_payables l join vendors h on h.id = l.vendor_id
         left join users a on a.id = l.approved_by left join users b on b.id = l.paid_by left join users d on d.id = l.voided_by
         where l.id in (select value->>'id' from given){also} order by l.accrued_at, l.id",
        given("given", 1, tx.is_postgres())
    );
    rows!(tx, DecidedRow, AssertSqlSafe(sql), id_lines(ids)?)
}

/// VP4: approves those of some lines that have accrued; which.
pub async fn approve(tx: &mut Tx, ids: &[PayableId], by: UserId, now: Instant) -> StoreResult<Vec<PayableId>> {
    let sql = format!(
        "with {}
         update vendor_payables set state = 'approved', approved_at = $2, approved_by = $3
         where state = 'accrued' and id in (select value->>'id' from given) returning id",
        given("given", 1, tx.is_postgres())
    );
    let done = rows!(tx, (PayableId,), AssertSqlSafe(sql), id_lines(ids)?, now, by)?;
    Ok(done.into_iter().map(|(id,)| id).collect())
}

/// VP4: marks those of some lines as paid that are approved; which. `vendor_payables_paid_after` refuses a day before one of
/// them accrued.
pub async fn pay(
    tx: &mut Tx,
    ids: &[PayableId],
    by: UserId,
    on: LocalDay,
    reference: &str,
    now: Instant,
) -> StoreResult<Vec<PayableId>> {
    let sql = format!(
        "with {}
         update vendor_payables set state = 'paid', paid_at = $2, paid_by = $3, paid_on = $4, reference = $5
         where state = 'approved' and id in (select value->>'id' from given) returning id",
        given("given", 1, tx.is_postgres())
    );
    let done = rows!(
        tx,
        (PayableId,),
        AssertSqlSafe(sql),
        id_lines(ids)?,
        now,
        by,
        on,
        reference
    )?;
    Ok(done.into_iter().map(|(id,)| id).collect())
}

/// VP4: makes those of some lines void that are not paid; which.
pub async fn void(
    tx: &mut Tx,
    ids: &[PayableId],
    by: UserId,
    reason: &str,
    now: Instant,
) -> StoreResult<Vec<PayableId>> {
    let sql = format!(
        "with {}
         update vendor_payables set state = 'void', voided_at = $2, voided_by = $3, void_reason = $4
         where state in ('accrued', 'approved') and id in (select value->>'id' from given) returning id",
        given("given", 1, tx.is_postgres())
    );
    let done = rows!(tx, (PayableId,), AssertSqlSafe(sql), id_lines(ids)?, now, by, reason)?;
    Ok(done.into_iter().map(|(id,)| id).collect())
}

/// One line as lists show it; with a vendor, only if it is its own.
pub async fn one(tx: &mut Tx, id: PayableId, vendor: Option<VendorId>) -> StoreResult<Option<PayableRow>> {
    let of = match vendor {
        Some(_) => "l.vendor_id = $2",
        None => "1 = 1",
    };
    let sql = format!(
        "select {COLUMNS}, {DELIVERED} as delivered_units, {ASKED} as asked, '' as sort_key from vendor_payables l {SHOWN} where l.id = $1 and {of}"
    );
    row!(tx, PayableRow, AssertSqlSafe(sql), id, vendor)
}

/// A question about a line (AH7).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct QueryRow {
    /// Its id.
    pub id: QueryId,
    /// Who asks.
    pub asked_by: String,
    /// When.
    pub asked_at: Instant,
    /// What.
    pub question: String,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<Instant>,
    /// What.
    pub answer: Option<String>,
}

/// The questions about a line, the newest first.
pub async fn queries(tx: &mut Tx, payable: PayableId) -> StoreResult<Vec<QueryRow>> {
    rows!(
        tx,
        QueryRow,
        "select q.id, a.name as asked_by, q.asked_at, q.question, b.name as answered_by, q.answered_at, q.answer
         from payable_queries q join users a on a.id = q.asked_by left join users b on b.id = q.answered_by
         where q.payable_id = $1 order by q.asked_at desc, q.id desc",
        payable
    )
}

/// Asks about a line. `payable_queries_one_open` answers that somebody has.
pub async fn ask(
    tx: &mut Tx,
    id: QueryId,
    payable: PayableId,
    by: UserId,
    question: &str,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into payable_queries (id, payable_id, asked_by, asked_at, question) values ($1, $2, $3, $4, $5)",
        id,
        payable,
        by,
        now,
        question
    )?;
    Ok(())
}

/// Who asked, about which line; `None` where there is no such question.
pub async fn asker(tx: &mut Tx, id: QueryId) -> StoreResult<Option<(PayableId, UserId, String, String, bool)>> {
    row!(
        tx,
        (PayableId, UserId, String, String, bool),
        "select q.payable_id, u.id, u.email, u.name, u.active from payable_queries q join users u on u.id = q.asked_by where q.id = $1",
        id
    )
}

/// Answers a question that is open. `false`: somebody has.
pub async fn answer(tx: &mut Tx, id: QueryId, by: UserId, answer: &str, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update payable_queries set answered_at = $2, answered_by = $3, answer = $4 where id = $1 and answered_at is null",
        id,
        now,
        by,
        answer
    )? == 1)
}

/// Which of a vendor's periods are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Periods {
    /// Those that run, those that are to come, and earlier ones of which requests wait.
    Running,
    /// Those that began from one instant on, and before another.
    Began(Instant, Instant),
}

/// A period that a vendor has, had a part of, or gets, with what it brings.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorPackRow {
    /// The period.
    pub period_id: PeriodId,
    /// The client's alias (RQ7).
    pub alias: String,
    /// The service's name.
    pub service: String,
    /// Its first instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units granted.
    pub included_units: i64,
    /// Units used.
    pub used_units: i64,
    /// The vendor has it.
    pub holds: bool,
    /// The vendor is to get the next one.
    pub gets_next: bool,
    /// Somebody else is to get the next one.
    pub goes: bool,
    /// It is the subscription's latest.
    pub latest: bool,
    /// The subscription goes on, as far as anybody knows.
    pub goes_on: bool,
    /// The vendor takes work (AS8).
    pub active: bool,
    /// Tri-POD (TP4).
    pub internal: bool,
    /// VP1.
    pub payment_cents: Cents,
    /// For the pack or for each unit.
    pub rate_mode: VendorRateMode,
    /// AS7: the period is split.
    pub split: bool,
    /// AS7: this vendor's part.
    pub share_cents: Option<Cents>,
    /// VP3.
    pub service_rate: Option<Cents>,
    /// Its payment as a whole has accrued.
    pub accrued: bool,
    /// What has accrued in all, but what is void.
    pub earned: Cents,
    /// Of that, what is paid.
    pub paid: Cents,
    /// Included units that this vendor has delivered.
    pub delivered: i64,
    /// Requests that it has still to deliver.
    pub waiting: i64,
    /// Their included units.
    pub waiting_included: i64,
    /// Their units beyond.
    pub waiting_overage: i64,
    /// The one of them that is due first.
    pub next_number: Option<i64>,
    /// Its included units.
    pub next_included: Option<i64>,
    /// Its units beyond.
    pub next_overage: Option<i64>,
}

/// A vendor's periods with what they bring, in one statement, those that end first before the others.
pub async fn vendor_packs(
    tx: &mut Tx,
    vendor: VendorId,
    which: Periods,
    now: Instant,
) -> StoreResult<Vec<VendorPackRow>> {
    const UNDELIVERED: &str =
        "r.vendor_id = $1 and r.status not in ('draft', 'cancelled', 'approved', 'payment_pending', 'payment_failed')
        and not exists (select 1 from request_deliveries d where d.request_id = r.id)";
    let (when, coming, from, to) = match which {
        Periods::Running => (
            "p.starts_at <= $2 and p.ends_at > $2",
            format!(
                " union select p.id from pack_assignments n join pack_subscriptions s on s.id = n.subscription_id join pack_periods p on p.subscription_id = s.id
                    where n.vendor_id = $1 and n.began_at is null and n.replaced_at is null and n.to_seq is null and s.status in ('active', 'past_due')
                      and p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id)
                  union select r.period_id from service_requests r where r.period_id is not null and {UNDELIVERED}"
            ),
            now,
            now,
        ),
        Periods::Began(from, to) => ("p.starts_at >= $3 and p.starts_at < $4", String::new(), from, to),
    };
    let open = format!("r.period_id = p.id and {UNDELIVERED}");
    let earned = |paid: &str| {
        format!(
            "cast(coalesce((select sum(l.amount_cents) from vendor_payables l where l.period_id = p.id and l.vendor_id = $1 and {paid}), 0) as bigint)"
        )
    };
    let sum = |what: &str| {
        format!("cast(coalesce((select sum(r.{what}) from service_requests r where {open}), 0) as bigint)")
    };
    let first = |what: &str| {
        format!("(select r.{what} from service_requests r where {open} order by r.due_at, r.number limit 1)")
    };
    let sql = format!(
        "with mine as (select p.id from pack_periods p where p.vendor_id = $1 and {when}
                       union select p.id from pack_period_shares y join pack_periods p on p.id = y.period_id where y.vendor_id = $1 and {when}{coming})
         select p.id as period_id, c.alias, v.name as service, p.starts_at, p.ends_at, p.included_units, p.used_units,
                coalesce(p.vendor_id, '') = $1 as holds, coalesce(n.vendor_id, '') = $1 as gets_next, coalesce(n.vendor_id, $1) <> $1 as goes,
                p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id) as latest, s.status in ('active', 'past_due') and (s.cancel_at is null or s.cancel_at > p.ends_at) as goes_on,
                h.active, h.kind = 'internal' as internal,
                coalesce(o.payment_cents, p.vendor_payment_cents) as payment_cents, coalesce(o.rate_mode, t.vendor_rate_mode) as rate_mode,
                x.period_id is not null as split, x.amount_cents as share_cents, k.rate_cents as service_rate,
                exists (select 1 from vendor_payables l where l.period_id = p.id and l.vendor_id = $1 and l.kind = 'pack') as accrued,
                {} as earned, {} as paid,
                cast(coalesce((select sum(d.included_units) from request_deliveries d where d.period_id = p.id and d.vendor_id = $1), 0) as bigint) as delivered,
                (select count(*) from service_requests r where {open}) as waiting, {} as waiting_included, {} as waiting_overage,
                {} as next_number, {} as next_included, {} as next_overage
         from mine
         join pack_periods p on p.id = mine.id
         join pack_subscriptions s on s.id = p.subscription_id
         join clients c on c.id = s.client_id
         join services v on v.id = s.service_id
         join pack_versions t on t.id = p.pack_version_id
         join vendors h on h.id = $1
         left join pack_assignments n on n.subscription_id = s.id and n.began_at is null and n.replaced_at is null
         left join vendor_services k on k.vendor_id = $1 and k.service_id = s.service_id
         left join pack_period_shares x on x.period_id = p.id and x.vendor_id = $1
         left join vendor_pack_payments o on o.id = case when x.period_id is not null then x.vendor_pack_payment_id
              when p.vendor_id = $1 then p.vendor_pack_payment_id
              else (select z.id from vendor_pack_payments z where z.vendor_id = $1 and z.pack_id = t.pack_id and z.replaced_at is null) end
         order by p.ends_at, c.alias, p.id",
        earned("l.state <> 'void'"),
        earned("l.state = 'paid'"),
        sum("included_units"),
        sum("overage_units"),
        first("number"),
        first("included_units"),
        first("overage_units"),
    );
    rows!(tx, VendorPackRow, AssertSqlSafe(sql), vendor, now, from, to)
}

/// Lines that were paid together.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PaymentRow {
    /// The day.
    pub paid_on: LocalDay,
    /// How it can be found.
    pub reference: String,
    /// How many lines.
    pub lines: i64,
    /// Their sum.
    pub amount: Cents,
}

/// A vendor's last payments.
pub async fn payments(tx: &mut Tx, vendor: VendorId, limit: i64) -> StoreResult<Vec<PaymentRow>> {
    rows!(
        tx,
        PaymentRow,
        "select paid_on, reference, count(*) as lines, cast(sum(amount_cents) as bigint) as amount from vendor_payables
         where vendor_id = $1 and state = 'paid' group by paid_on, reference order by paid_on desc, max(paid_at) desc limit $2",
        vendor,
        limit
    )
}
