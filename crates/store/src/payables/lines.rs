//! Lines as they are listed, summed and shown (VP5).

use crate::{StoreResult, Tx, kernel::like};
use domain::{
    Cents, Currency, Instant, LocalDay, PayableId, VendorId,
    payables::{Basis, PayableKind, PayableState},
};
use sqlx::AssertSqlSafe;

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
            SortBy::Vendor => "h.name_folded",
            SortBy::Client => "c.name_folded",
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
    /// TP4: not Tri-POD's.
    pub external: bool,
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
            external: false,
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
const PERIOD: &str = "left join periods p on p.id = l.period_id";

/// Those whom a line concerns, and what it is for.
const SHOWN: &str = "join vendors h on h.id = l.vendor_id
    join clients c on c.id = l.client_id
    join services v on v.id = l.service_id
    left join periods p on p.id = l.period_id
    left join allowances al on al.period_id = p.id
    left join service_requests r on r.id = l.request_id";

/// Somebody asks about it.
const ASKED: &str = "exists (select 1 from payable_queries q where q.payable_id = l.id and q.answered_at is null)";

/// What is shown of a line.
const COLUMNS: &str = "l.id, l.vendor_id, h.name as vendor, h.kind = 'internal' as internal, c.name as client, c.alias, v.name as service, l.kind, l.basis,
    l.units, l.rate_cents, l.amount_cents, l.currency, l.state, l.local_day, l.accrued_at, l.paid_on, l.reference,
    p.starts_at, p.ends_at, al.included as included_units, al.used as used_units, r.number";

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
        and(self.open, "l.state in ('accrued', 'approved')");
        and(
            self.open || self.external,
            "l.vendor_id in (select x.id from vendors x where x.kind <> 'internal')",
        );
        and(self.days.is_some(), "l.local_day >= $3 and l.local_day < $4");
        and(
            self.running_at.is_some(),
            "(l.state in ('accrued', 'approved') or (p.starts_at <= $5 and p.ends_at > $5))",
        );
        and(self.asked, ASKED);
        and(
            !self.words.trim().is_empty(),
            r"(l.client_id in (select x.id from clients x where x.name_folded like $6 escape '\')
               or l.service_id in (select x.id from services x where x.name_folded like $6 escape '\')
               or l.reference_folded like $6 escape '\')",
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
        like(&f.words),
        after.map(|(key, _)| key.clone()),
        after.map(|(_, id)| id.clone())
    )
}

/// *Select all matching*: the lines that the filters let through with what is owed, in the list's order.
pub async fn matching(tx: &mut Tx, f: &PayableFilter) -> StoreResult<Vec<MatchingRow>> {
    let (key, order) = (f.sort.sql(), if f.descending { "desc" } else { "asc" });
    let sql = format!(
        "select l.id, l.vendor_id, l.amount_cents {} where {} order by {key} {order}, l.id {order} limit {}",
        f.from(f.sort.of()),
        f.conditions(),
        f.limit
    );
    rows!(
        tx,
        MatchingRow,
        AssertSqlSafe(sql),
        f.vendor,
        f.state,
        f.days.map(|(from, _)| from),
        f.days.map(|(_, to)| to),
        f.running_at,
        like(&f.words)
    )
}

/// A line of a selection.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct MatchingRow {
    /// Its id.
    pub id: PayableId,
    /// Who is owed.
    pub vendor_id: VendorId,
    /// What is owed.
    pub amount_cents: Cents,
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
    /// Of these, how many have accrued.
    pub accrued_lines: i64,
    /// Of these, how many are approved.
    pub approved_lines: i64,
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
    let lines = |state: &str| {
        format!("cast(coalesce(sum(case when x.state = '{state}' then x.lines end), 0) as bigint) as {state}_lines")
    };
    let sql = format!(
        "with x as materialized (
            select l.vendor_id, l.basis, l.state, count(*) as lines, sum(l.amount_cents) as cents
            {} where {} group by l.vendor_id, l.basis, l.state
         )
         select x.vendor_id, h.name as vendor, h.kind = 'internal' as internal, cast(sum(x.lines) as bigint) as lines, {}, {}, {}, {}, {}
         from x join vendors h on h.id = x.vendor_id
         group by x.vendor_id, h.name, h.name_folded, h.kind order by case when h.kind = 'internal' then 1 else 0 end, h.name_folded",
        f.from(&[]),
        f.conditions(),
        lines("accrued"),
        lines("approved"),
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
        like(&f.words)
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
