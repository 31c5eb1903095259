//! Who does the work of packs (§14): the list, the facts that decide an assignment, its history, the split of a period, and
//! what a forecast is made of (AH6).
//!
//! What must not be here: what an assignment does; that is `domain`'s.

use crate::{
    StoreResult, Tx,
    db::{given, lines},
    people::like,
    requests::{NamedRow, Recipient},
};
use domain::{
    Cents, ClientId, Instant, PackId, PeriodId, RequestId, ServiceId, SubscriptionId, SubscriptionStatus, UserId,
    VendorId, pack::VendorRateMode,
};
use sqlx::AssertSqlSafe;
use std::fmt::Write as _;

domain::words! {
    /// By what the list is sorted; pending ones come first in any case (AS1).
    pub enum SortBy {
        /// The client's name.
        Client = "client",
        /// The service's name.
        Service = "service",
        /// Units a month.
        Pack = "pack",
        /// The period's end.
        Period = "period",
        /// The share of its units that is used.
        Used = "used",
        /// The vendor's name.
        Vendor = "vendor",
        /// Since when.
        Since = "since",
    }
}

impl SortBy {
    const fn sql(self) -> &'static str {
        match self {
            SortBy::Client => "lower(c.name)",
            SortBy::Service => "lower(v.name)",
            SortBy::Pack => "p.included_units",
            SortBy::Period => "p.ends_at",
            SortBy::Used => "p.used_units * 1000 / p.included_units",
            SortBy::Vendor => "lower(coalesce(h.name, ''))",
            SortBy::Since => "coalesce(a.began_at, p.opened_at)",
        }
    }

    /// Whether its key is a word.
    pub const fn is_text(self) -> bool {
        matches!(self, SortBy::Client | SortBy::Service | SortBy::Vendor)
    }

    /// What its key is read from, beside the subscription.
    const fn of(self) -> &'static [&'static str] {
        match self {
            SortBy::Client => &["join clients c on c.id = s.client_id"],
            SortBy::Service => &["join services v on v.id = s.service_id"],
            SortBy::Vendor => &["left join vendors h on h.id = s.vendor_assignee_id"],
            SortBy::Pack | SortBy::Period | SortBy::Used => &[PERIOD],
            SortBy::Since => &[PERIOD, HELD],
        }
    }
}

/// What the list is asked for (§14).
#[derive(Debug, Clone)]
pub struct ListFilter {
    /// AS1: only those without a vendor.
    pub pending: bool,
    /// Has the period, or gets the next one.
    pub vendor: Option<VendorId>,
    /// A service.
    pub service: Option<ServiceId>,
    /// The period ends before this instant.
    pub ends_before: Option<Instant>,
    /// Words in client or service.
    pub words: String,
    /// The order.
    pub sort: SortBy,
    /// Backwards.
    pub descending: bool,
    /// The last row of the page before: 0 where it was pending and 1 where not, its key, its id.
    pub after: Option<(i64, String, String)>,
    /// Rows, at most.
    pub limit: i64,
}

/// A subscription's latest period.
const PERIOD: &str = "join pack_periods p on p.subscription_id = s.id
    and p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id)";

/// Since when its vendor has it.
const HELD: &str = "left join pack_assignments a on a.subscription_id = s.id and a.began_at is not null and a.to_seq is null and a.replaced_at is null";

impl ListFilter {
    /// What the conditions are about: `from` the subscriptions, with what they need beside them.
    fn from(&self, more: &[&str]) -> String {
        let mut sql = "from pack_subscriptions s".to_owned();
        let period = [PERIOD]
            .into_iter()
            .filter(|_| self.ends_before.is_some() && !more.contains(&PERIOD));
        for join in more.iter().copied().chain(period) {
            sql.push(' ');
            sql.push_str(join);
        }
        sql
    }

    /// Uses `$1` to `$4`. Words are looked for once in the names, not again with each subscription of theirs.
    fn conditions(&self) -> String {
        let mut sql = "s.status in ('active', 'past_due')".to_owned();
        let mut and = |wanted: bool, condition: &str| {
            if wanted {
                sql.push_str(" and ");
                sql.push_str(condition);
            }
        };
        and(self.pending, "s.vendor_assignee_id is null");
        and(
            self.vendor.is_some(),
            "(s.vendor_assignee_id = $1 or s.id in (select n.subscription_id from pack_assignments n
               where n.vendor_id = $1 and n.began_at is null and n.to_seq is null and n.replaced_at is null))",
        );
        and(self.service.is_some(), "s.service_id = $2");
        and(self.ends_before.is_some(), "p.ends_at < $3");
        and(
            !self.words.trim().is_empty(),
            r"(s.client_id in (select x.id from clients x where lower(x.name) like $4 escape '\')
               or s.service_id in (select x.id from services x where lower(x.name) like $4 escape '\'))",
        );
        sql
    }
}

/// One row of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// AS6.
    pub assignment_version: i64,
    /// §4.
    pub status: SubscriptionStatus,
    /// When it will end.
    pub cancel_at: Option<Instant>,
    /// The client's name.
    pub client: String,
    /// The service's name.
    pub service: String,
    /// The latest period's number.
    pub seq: i64,
    /// Its first instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units granted.
    pub included_units: i64,
    /// Units used.
    pub used_units: i64,
    /// Who has it.
    pub vendor: Option<String>,
    /// Whether that vendor takes work (AS8).
    pub vendor_active: Option<bool>,
    /// Who gets the next one.
    pub next: Option<String>,
    /// Whether that vendor takes work.
    pub next_active: Option<bool>,
    /// Since when it has this vendor, or none.
    pub since: Instant,
    /// AS9: requests that wait for a vendor.
    pub waiting: i64,
    /// 0: pending.
    pub flag: i64,
    /// The page's key.
    pub sort_key: String,
}

/// AS1: since when a subscription has had no vendor: since the first of its last periods that have none was opened.
const PENDING_SINCE: &str = "(select min(o.opened_at) from pack_periods o where o.subscription_id = s.id
    and o.seq > coalesce((select max(z.seq) from pack_periods z where z.subscription_id = s.id and z.vendor_id is not null), 0))";

/// AS9: a request that waits for its pack's first vendor.
const WAITS: &str = "r.vendor_id is null and r.period_id is not null and r.status not in ('draft', 'cancelled')";

/// One page of the list: those without a vendor, then the others, each of them in a statement.
pub async fn list(tx: &mut Tx, f: &ListFilter) -> StoreResult<Vec<ListRow>> {
    let begins_at = f.after.as_ref().map_or(0, |(flag, ..)| *flag);
    let mut found = Vec::new();
    // The key comes from an address, and may be any number.
    for flag in (0..=i64::from(!f.pending)).filter(|flag| *flag >= begins_at) {
        let left = f.limit - i64::try_from(found.len()).unwrap_or(i64::MAX);
        if left > 0 {
            found.extend(part(tx, f, flag, left).await?);
        }
    }
    Ok(found)
}

/// Those of the list that have a vendor (`flag` 1) or none (0). First which, along an index that has the order where there
/// is one; then what is shown of them, and of them alone. The limit stands in the text: databases plan by it.
async fn part(tx: &mut Tx, f: &ListFilter, flag: i64, limit: i64) -> StoreResult<Vec<ListRow>> {
    let key = f.sort.sql();
    let (order, beyond) = if f.descending { ("desc", "<") } else { ("asc", ">") };
    let mut conditions = f.conditions();
    conditions.push_str(if flag == 0 {
        " and s.vendor_assignee_id is null"
    } else {
        " and s.vendor_assignee_id is not null"
    });
    let after = f.after.as_ref().filter(|(of, ..)| *of == flag);
    if after.is_some() {
        let bound = if f.sort.is_text() { "$5" } else { "cast($5 as bigint)" };
        // The first half is what an index is entered by.
        let _ = write!(
            conditions,
            " and {key} {beyond}= {bound} and ({key}, s.id) {beyond} ({bound}, $6)"
        );
    }
    let sql = format!(
        "with page as materialized (
            select s.id, {key} as sort_key {from} where {conditions} order by {key} {order}, s.id {order} limit {limit}
         )
         select s.id, s.assignment_version, s.status, s.cancel_at, c.name as client, v.name as service, p.seq, p.starts_at, p.ends_at,
                p.included_units, p.used_units, h.name as vendor, h.active as vendor_active, w.name as next, w.active as next_active,
                case when s.vendor_assignee_id is null then coalesce({PENDING_SINCE}, p.opened_at) else coalesce(a.began_at, p.opened_at) end as since,
                (select count(*) from service_requests r where r.subscription_id = s.id and {WAITS}) as waiting,
                cast({flag} as bigint) as flag, cast(page.sort_key as text) as sort_key
         from page
         join pack_subscriptions s on s.id = page.id
         join clients c on c.id = s.client_id
         join services v on v.id = s.service_id
         {PERIOD}
         left join vendors h on h.id = s.vendor_assignee_id
         left join pack_assignments n on n.subscription_id = s.id and n.began_at is null and n.replaced_at is null
         left join vendors w on w.id = n.vendor_id
         {HELD}
         order by page.sort_key {order}, s.id {order}",
        from = f.from(f.sort.of()),
    );
    rows!(
        tx,
        ListRow,
        AssertSqlSafe(sql),
        f.vendor,
        f.service,
        f.ends_before,
        like(&f.words),
        after.map(|(_, key, _)| key.clone()),
        after.map(|(.., id)| id.clone())
    )
}

/// How many the filters let through.
pub async fn count(tx: &mut Tx, f: &ListFilter) -> StoreResult<i64> {
    let sql = format!("select count(*) {} where {}", f.from(&[]), f.conditions());
    let found = scalar!(
        tx,
        i64,
        AssertSqlSafe(sql),
        f.vendor,
        f.service,
        f.ends_before,
        like(&f.words)
    )?;
    Ok(found.unwrap_or(0))
}

/// *Select all matching*: the subscriptions that the filters let through, in the list's order, each with what is seen of
/// it: its version and the number of its period (AS6).
pub async fn matching(tx: &mut Tx, f: &ListFilter) -> StoreResult<Vec<(SubscriptionId, i64, i64)>> {
    let (key, order) = (f.sort.sql(), if f.descending { "desc" } else { "asc" });
    let mut of = f.sort.of().to_vec();
    if !of.contains(&PERIOD) {
        of.push(PERIOD);
    }
    let sql = format!(
        "select s.id, s.assignment_version, p.seq {} where {}
         order by case when s.vendor_assignee_id is null then 0 else 1 end, {key} {order}, s.id {order} limit {}",
        f.from(&of),
        f.conditions(),
        f.limit
    );
    rows!(
        tx,
        (SubscriptionId, i64, i64),
        AssertSqlSafe(sql),
        f.vendor,
        f.service,
        f.ends_before,
        like(&f.words)
    )
}

/// AS1: how many packs have no vendor, and how many requests wait for one (AS9).
pub async fn pending_counts(tx: &mut Tx) -> StoreResult<(i64, i64)> {
    let sql = format!(
        "select (select count(*) from pack_subscriptions where status in ('active', 'past_due') and vendor_assignee_id is null),
                (select count(*) from service_requests r where {WAITS})"
    );
    Ok(row!(tx, (i64, i64), AssertSqlSafe(sql))?.unwrap_or_default())
}

/// What the list may be filtered by: services and vendors, by name.
pub async fn filter_choices(tx: &mut Tx) -> StoreResult<Vec<NamedRow>> {
    rows!(
        tx,
        NamedRow,
        "select 'service' as kind, id, name from services union all select 'vendor', id, name from vendors order by 3"
    )
}

/// A request in the queue *Unassigned pack requests* (AS9).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WaitingRow {
    /// Which.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// The client's name.
    pub client: String,
    /// The service's name.
    pub service: String,
    /// Units a month of its pack.
    pub pack_quantity: i64,
    /// Units.
    pub quantity: i64,
    /// When it was submitted.
    pub submitted_at: Instant,
}

/// AS9: the queue, the longest wait first. `after`: the last row of the page before.
pub async fn waiting_requests(tx: &mut Tx, after: Option<(Instant, i64)>, limit: i64) -> StoreResult<Vec<WaitingRow>> {
    let (at, number) = after.unwrap_or((Instant(i64::MIN), 0));
    let sql = format!(
        "select r.id, r.number, r.title, c.name as client, v.name as service, p.included_units as pack_quantity, r.quantity, r.submitted_at
         from service_requests r
         join clients c on c.id = r.client_id
         join services v on v.id = r.service_id
         join pack_periods p on p.id = r.period_id
         where {WAITS} and (r.submitted_at, r.number) > ($1, $2) order by r.submitted_at, r.number limit $3"
    );
    rows!(tx, WaitingRow, AssertSqlSafe(sql), at, number, limit)
}

/// Subscriptions as a table `given (value)`; see [`given`].
fn id_lines(ids: &[SubscriptionId]) -> StoreResult<String> {
    #[derive(serde::Serialize)]
    struct One {
        id: SubscriptionId,
    }
    lines(ids.iter().map(|id| One { id: *id }))
}

/// Holds subscriptions against other writers until the transaction ends, in the order of their ids (CO3). On SQLite the
/// transaction already does. Gives those of them whose boundary has passed (PD3).
pub async fn lock(tx: &mut Tx, ids: &[SubscriptionId], now: Instant) -> StoreResult<Vec<SubscriptionId>> {
    let (given, all) = (given("given", 1, tx.is_postgres()), id_lines(ids)?);
    if tx.is_postgres() {
        let sql = format!(
            "with {given} select id from pack_subscriptions where id in (select value->>'id' from given) order by id for update"
        );
        rows!(tx, (SubscriptionId,), AssertSqlSafe(sql), &all)?;
    }
    let sql = format!(
        "with {given} select s.id from pack_subscriptions s
         where s.status in ('active', 'past_due') and s.id in (select value->>'id' from given)
           and not exists (select 1 from pack_periods p where p.subscription_id = s.id and p.ends_at > $2) order by s.id"
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
                t.pack_id, p.id as period_id, p.seq, p.starts_at, p.ends_at, p.included_units, p.used_units, p.vendor_payment_cents,
                t.vendor_rate_mode, s.vendor_assignee_id as vendor_id, h.name as vendor, n.vendor_id as next_id, w.name as next,
                cast(coalesce((select sum(q.used_units) from pack_periods q where q.subscription_id = s.id and q.seq < p.seq and q.seq >= p.seq - 3), 0) as bigint) as closed_used,
                cast(coalesce((select sum(q.included_units) from pack_periods q where q.subscription_id = s.id and q.seq < p.seq and q.seq >= p.seq - 3), 0) as bigint) as closed_included
             from pack_subscriptions s
             join clients c on c.id = s.client_id
             join services v on v.id = s.service_id
             join pack_periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id)
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
        "with {} {} where s.id in (select value->>'id' from given) order by lower(c.name), lower(v.name), s.id",
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
const UNDELIVERED: &str = "r.status not in ('draft', 'cancelled', 'in_review', 'approved')
    and not exists (select 1 from request_deliveries d where d.request_id = r.id)";

/// All vendors with what they have to do, Tri-POD first.
pub async fn vendors(tx: &mut Tx) -> StoreResult<Vec<VendorRow>> {
    let sql = format!(
        "select h.id, h.name, h.kind = 'internal' as internal, h.active, coalesce(k.packs, 0) as packs, coalesce(o.open, 0) as open,
                cast(coalesce(o.units, 0) as bigint) as open_units
         from vendors h
         left join (select vendor_assignee_id as id, count(*) as packs from pack_subscriptions where status in ('active', 'past_due')
                    group by vendor_assignee_id) k on k.id = h.id
         left join (select r.vendor_id as id, count(*) as open, sum(r.quantity) as units from service_requests r
                    where r.vendor_id is not null and r.status not in ('payment_pending', 'payment_failed') and {UNDELIVERED} group by r.vendor_id) o on o.id = h.id
         order by case when h.kind = 'internal' then 0 else 1 end, h.name, h.id"
    );
    rows!(tx, VendorRow, AssertSqlSafe(sql))
}

/// Which external vendor offers which service, for how much a unit (VP3).
pub async fn offers(tx: &mut Tx) -> StoreResult<Vec<(VendorId, ServiceId, Cents)>> {
    rows!(
        tx,
        (VendorId, ServiceId, Cents),
        "select vendor_id, service_id, rate_cents from vendor_services order by vendor_id, service_id"
    )
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

/// What was last done to who has a subscription (AS6).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LastChange {
    /// When.
    pub at: Instant,
    /// By whom; `None`: by a boundary.
    pub by_name: Option<String>,
    /// To whom; `None`: who was to take over does not.
    pub vendor: Option<String>,
}

/// The last change of who has a subscription.
pub async fn last_change(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Option<LastChange>> {
    row!(
        tx,
        LastChange,
        "select x.at, u.name as by_name, h.name as vendor from (
             select made_at as at, made_by as who, vendor_id, 1 as place from pack_assignments where subscription_id = $1
             union all
             select replaced_at, replaced_by, null, 0 from pack_assignments where subscription_id = $1 and replaced_at is not null) x
         left join users u on u.id = x.who left join vendors h on h.id = x.vendor_id order by x.at desc, x.place desc limit 1",
        id
    )
}

/// A new line of the history.
#[derive(Debug, Clone, Copy)]
pub struct NewAssignment<'a> {
    /// Its id.
    pub id: &'a str,
    /// Which subscription.
    pub subscription_id: SubscriptionId,
    /// To whom.
    pub vendor_id: VendorId,
    /// From which period.
    pub from_seq: i64,
    /// It holds at once.
    pub begins: bool,
    /// By whom.
    pub made_by: UserId,
}

/// AS2: writes down who has a subscription from a period on. The unique indexes refuse a second one that holds, or is to.
pub async fn insert(tx: &mut Tx, new: &NewAssignment<'_>, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into pack_assignments (id, subscription_id, vendor_id, from_seq, began_at, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.subscription_id,
        new.vendor_id,
        new.from_seq,
        new.begins.then_some(now),
        new.made_by,
        now
    )?;
    Ok(())
}

/// AS5: who was to take over does not. `by`: a person, or `None` where it came so by itself.
pub async fn drop_coming(tx: &mut Tx, id: SubscriptionId, by: Option<UserId>, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update pack_assignments set replaced_at = $2, replaced_by = $3 where subscription_id = $1 and began_at is null and replaced_at is null",
        id,
        now,
        by
    )? > 0)
}

/// Whoever holds a subscription held it up to a period, that one included. One that held no period is replaced (AS7).
pub async fn close_holder(
    tx: &mut Tx,
    id: SubscriptionId,
    to_seq: i64,
    by: Option<UserId>,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_assignments set to_seq = case when from_seq <= $2 then $2 end, replaced_at = case when from_seq <= $2 then null else $3 end,
             replaced_by = case when from_seq <= $2 then null else $4 end
         where subscription_id = $1 and began_at is not null and to_seq is null and replaced_at is null",
        id,
        to_seq,
        now,
        by
    )?;
    Ok(())
}

/// AS2: at a boundary, who was to take over does.
pub async fn begin_coming(tx: &mut Tx, id: SubscriptionId, at: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_assignments set began_at = $2 where subscription_id = $1 and began_at is null and replaced_at is null",
        id,
        at
    )?;
    Ok(())
}

/// Who holds a subscription, who is to, and whether these take work (AS8).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AtBoundary {
    /// Who.
    pub vendor_id: VendorId,
    /// Their name.
    pub name: String,
    /// It is to take over; else it holds.
    pub coming: bool,
    /// Takes work.
    pub active: bool,
}

/// What decides at a boundary.
pub async fn at_boundary(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Vec<AtBoundary>> {
    rows!(
        tx,
        AtBoundary,
        "select a.vendor_id, h.name, a.began_at is null as coming, h.active from pack_assignments a join vendors h on h.id = a.vendor_id
         where a.subscription_id = $1 and a.to_seq is null and a.replaced_at is null",
        id
    )
}

/// Writes who has the latest period of a subscription, and counts the change; `false` where it is not as it was seen any
/// more (AS6).
pub async fn set_vendor(
    tx: &mut Tx,
    id: SubscriptionId,
    version: Option<i64>,
    vendor: Option<VendorId>,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update pack_subscriptions set vendor_assignee_id = $3, assignment_version = assignment_version + 1, row_version = row_version + 1,
             pending_mailed_at = null, updated_at = $4
         where id = $1 and (cast($2 as bigint) is null or assignment_version = $2)",
        id,
        version,
        vendor,
        now
    )? == 1)
}

/// AS9: the first of the last periods without a vendor in which a request waits for one.
pub async fn first_waiting(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Option<i64>> {
    let sql = format!(
        "select min(p.seq) from pack_periods p where p.subscription_id = $1
           and p.seq > coalesce((select max(z.seq) from pack_periods z where z.subscription_id = $1 and z.vendor_id is not null), 0)
           and exists (select 1 from service_requests r where r.period_id = p.id and {WAITS})"
    );
    Ok(scalar!(tx, Option<i64>, AssertSqlSafe(sql), id)?.flatten())
}

/// AS2: gives the periods from a number on that have no vendor to one, on its own terms where it has any (VP1); which.
pub async fn give_periods(
    tx: &mut Tx,
    id: SubscriptionId,
    from_seq: i64,
    vendor: VendorId,
) -> StoreResult<Vec<PeriodId>> {
    let given = rows!(
        tx,
        (PeriodId,),
        "update pack_periods set vendor_id = $3, vendor_pack_payment_id =
             (select o.id from vendor_pack_payments o join pack_versions t on t.id = pack_periods.pack_version_id and t.pack_id = o.pack_id
              where o.vendor_id = $3 and o.replaced_at is null)
         where subscription_id = $1 and seq >= $2 and vendor_id is null returning id",
        id,
        from_seq,
        vendor
    )?;
    Ok(given.into_iter().map(|(id,)| id).collect())
}

/// AS9: gives the requests that wait in these periods to the vendor; which.
pub async fn give_requests(
    tx: &mut Tx,
    id: SubscriptionId,
    vendor: VendorId,
    now: Instant,
) -> StoreResult<Vec<RequestId>> {
    let sql = format!(
        "update service_requests as r set vendor_id = $2, updated_at = $3, row_version = row_version + 1
         where r.subscription_id = $1 and {WAITS}
           and exists (select 1 from pack_periods p where p.id = r.period_id and p.vendor_id = $2) returning id"
    );
    let moved = rows!(tx, (RequestId,), AssertSqlSafe(sql), id, vendor, now)?;
    Ok(moved.into_iter().map(|(id,)| id).collect())
}

/// AS7: gives the requests of a subscription that a vendor has not delivered to another; which, and of which period.
pub async fn move_requests(
    tx: &mut Tx,
    id: SubscriptionId,
    from: VendorId,
    to: VendorId,
    now: Instant,
) -> StoreResult<Vec<(RequestId, PeriodId)>> {
    let sql = format!(
        "update service_requests as r set vendor_id = $3, designer_id = null, updated_at = $4, row_version = row_version + 1
         where r.subscription_id = $1 and r.vendor_id = $2 and r.period_id is not null and {UNDELIVERED} returning id, period_id"
    );
    rows!(tx, (RequestId, PeriodId), AssertSqlSafe(sql), id, from, to, now)
}

/// RQ6: one line in the history of each request.
pub async fn request_event(
    tx: &mut Tx,
    id: &str,
    request: RequestId,
    kind: &str,
    by: UserId,
    by_name: &str,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into request_events (id, request_id, kind, actor_id, actor_name, at) values ($1, $2, $3, $4, $5, $6)",
        id,
        request,
        kind,
        by,
        by_name,
        now
    )?;
    Ok(())
}

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
         join pack_periods p on p.id = x.period_id
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
         select p.id, p.vendor_id, p.vendor_pack_payment_id, p.starts_at from pack_periods p where p.id = $1 and p.vendor_id is not null
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
        "update pack_periods set vendor_id = $2, vendor_pack_payment_id =
             case when exists (select 1 from pack_period_shares x where x.period_id = $1 and x.vendor_id = $2)
             then (select x.vendor_pack_payment_id from pack_period_shares x where x.period_id = $1 and x.vendor_id = $2)
             else (select o.id from vendor_pack_payments o join pack_versions t on t.id = pack_periods.pack_version_id and t.pack_id = o.pack_id
              where o.vendor_id = $2 and o.replaced_at is null) end
         where id = $1",
        period,
        to
    )?;
    exec!(
        tx,
        "insert into pack_period_shares (period_id, vendor_id, vendor_pack_payment_id, since)
         select p.id, p.vendor_id, p.vendor_pack_payment_id, $2 from pack_periods p where p.id = $1
         on conflict (period_id, vendor_id) do update set delivered_units = null",
        period,
        now
    )?;
    Ok(())
}

/// AS7: what a share comes to.
pub async fn set_share(tx: &mut Tx, period: PeriodId, vendor: VendorId, amount: Option<Cents>) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_period_shares set amount_cents = $3 where period_id = $1 and vendor_id = $2",
        period,
        vendor,
        amount
    )?;
    Ok(())
}

/// Units that a period includes.
pub async fn included_units(tx: &mut Tx, period: PeriodId) -> StoreResult<i64> {
    Ok(scalar!(tx, i64, "select included_units from pack_periods where id = $1", period)?.unwrap_or(0))
}

/// A pack that has no vendor (AS1).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PendingRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// The client's name.
    pub client: String,
    /// The service's name.
    pub service: String,
    /// Units a month.
    pub quantity: i64,
    /// Since when.
    pub since: Instant,
    /// When admins were last mailed.
    pub pending_mailed_at: Option<Instant>,
}

/// AS1: all packs that have no vendor, the longest wait first.
pub async fn pending(tx: &mut Tx) -> StoreResult<Vec<PendingRow>> {
    let sql = format!(
        "select s.id, c.name as client, v.name as service, k.quantity, coalesce({PENDING_SINCE}, s.created_at) as since, s.pending_mailed_at
         from pack_subscriptions s
         join clients c on c.id = s.client_id
         join services v on v.id = s.service_id
         join packs k on k.id = s.pack_id
         where s.status in ('active', 'past_due') and s.vendor_assignee_id is null order by 5, s.id"
    );
    rows!(tx, PendingRow, AssertSqlSafe(sql))
}

/// AS1: admins have been mailed of a pack.
pub async fn set_pending_mailed(tx: &mut Tx, id: SubscriptionId, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_subscriptions set pending_mailed_at = $2 where id = $1",
        id,
        now
    )?;
    Ok(())
}

/// The active admins.
pub async fn admins(tx: &mut Tx) -> StoreResult<Vec<Recipient>> {
    rows!(
        tx,
        Recipient,
        "select id, email, name, role from users where role = 'admin' and active order by created_at, id"
    )
}

/// AS10: who of a vendor is told: its managers, of Tri-POD those who lead; where there are none, all of its people.
pub async fn people_to_tell(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<Recipient>> {
    rows!(
        tx,
        Recipient,
        "select u.id, u.email, u.name, u.role from vendor_members m join users u on u.id = m.user_id
         where m.vendor_id = $1 and u.active and (u.lead or u.role = 'vendor_manager' or not exists
             (select 1 from vendor_members o join users x on x.id = o.user_id where o.vendor_id = $1 and x.active and (x.lead or x.role = 'vendor_manager')))
         order by u.created_at, u.id",
        vendor
    )
}

/// An active person.
pub async fn person_to_tell(tx: &mut Tx, id: UserId) -> StoreResult<Option<Recipient>> {
    row!(
        tx,
        Recipient,
        "select id, email, name, role from users where id = $1 and active",
        id
    )
}

/// What a vendor gets for a pack by its own terms (VP1).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnPaymentRow {
    /// The row.
    pub id: String,
    /// Whose.
    pub vendor_id: VendorId,
    /// Which pack.
    pub pack_id: PackId,
    /// The amount.
    pub payment_cents: Cents,
    /// For the pack or for each unit.
    pub rate_mode: VendorRateMode,
}

/// The own terms that hold, of all vendors.
pub async fn own_payments(tx: &mut Tx) -> StoreResult<Vec<OwnPaymentRow>> {
    rows!(
        tx,
        OwnPaymentRow,
        "select id, vendor_id, pack_id, payment_cents, rate_mode from vendor_pack_payments where replaced_at is null"
    )
}

/// VP1: sets a vendor's own terms for a pack; without any it has none any more. Periods that have begun keep theirs.
pub async fn set_own_payment(
    tx: &mut Tx,
    id: &str,
    vendor: VendorId,
    pack: PackId,
    terms: Option<domain::assignment::VendorTerms>,
    by: UserId,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "update vendor_pack_payments set replaced_at = $3 where vendor_id = $1 and pack_id = $2 and replaced_at is null",
        vendor,
        pack,
        now
    )?;
    if let Some(terms) = terms {
        exec!(
            tx,
            "insert into vendor_pack_payments (id, vendor_id, pack_id, payment_cents, rate_mode, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7)",
            id,
            vendor,
            pack,
            terms.payment,
            terms.mode,
            by,
            now
        )?;
    }
    Ok(())
}

/// VP3: a vendor takes a service at a rate, or not any more.
pub async fn set_offer(tx: &mut Tx, vendor: VendorId, service: ServiceId, rate: Option<Cents>) -> StoreResult<()> {
    match rate {
        Some(rate) => exec!(
            tx,
            "insert into vendor_services (vendor_id, service_id, rate_cents) values ($1, $2, $3)
             on conflict (vendor_id, service_id) do update set rate_cents = excluded.rate_cents",
            vendor,
            service,
            rate
        )?,
        None => exec!(
            tx,
            "delete from vendor_services where vendor_id = $1 and service_id = $2",
            vendor,
            service
        )?,
    };
    Ok(())
}
