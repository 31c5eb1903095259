//! *Pack Assignments*: the list, its counts, and the requests that wait for a vendor.

use crate::{StoreResult, Tx, kernel::like};
use domain::{Instant, RequestId, ServiceId, SubscriptionId, SubscriptionStatus, VendorId};
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
    /// Whether its key is a word.
    pub const fn is_text(self) -> bool {
        matches!(self, SortBy::Client | SortBy::Service | SortBy::Vendor)
    }

    /// What its key is read from, for those that have a vendor or for the pending ones.
    const fn order(self, pending: bool) -> Order {
        match self {
            SortBy::Client => Order::of("c.name_folded", "s.id", CLIENT),
            SortBy::Service => Order::of("v.name_folded", "s.id", ("services v", "v.id = s.service_id")),
            SortBy::Pack => Order::of("al.included", "al.running_for", ALLOWANCE),
            SortBy::Period => Order::of("al.ends_at", "al.running_for", ALLOWANCE),
            SortBy::Used => Order::of(USED, "al.running_for", ALLOWANCE),
            SortBy::Vendor if pending => Order::own("lower('')"),
            SortBy::Vendor => Order::of("h.name_folded", "s.id", ("vendors h", "h.id = s.vendor_assignee_id")),
            SortBy::Since if pending => Order::own(PENDING_SINCE),
            SortBy::Since => Order::of("a.began_at", "a.subscription_id", HELD),
        }
    }
}

/// A table and what joins it to the subscription `s`.
type Joined = (&'static str, &'static str);

/// An order of the list: its key, the id after it, and the table whose index has both.
struct Order {
    key: &'static str,
    id: &'static str,
    of: Option<Joined>,
}

impl Order {
    const fn of(key: &'static str, id: &'static str, table: Joined) -> Self {
        Order {
            key,
            id,
            of: Some(table),
        }
    }

    const fn own(key: &'static str) -> Self {
        Order {
            key,
            id: "s.id",
            of: None,
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

/// How many are sorted rather than found in order.
const FEW: i64 = 200;

/// Whose it is.
const CLIENT: Joined = ("clients c", "c.id = s.client_id");

/// What may be used in the last period of a running subscription.
const ALLOWANCE: Joined = ("allowances al", "al.running_for = s.id");

/// The share of it that is used, in thousandths.
const USED: &str = "al.used * 1000 / nullif(al.included, 0)";

/// The running subscriptions with words in the name of client or service, by one index and the other. Uses `$4`.
const FOUND: Joined = (
    r"(select y.id from clients x cross join subscriptions y
        where y.client_id = x.id and y.status in ('active', 'past_due') and x.name_folded like $4 escape '\'
       union select y.id from services x cross join subscriptions y
        where y.service_id = x.id and y.status in ('active', 'past_due') and x.name_folded like $4 escape '\') m",
    "m.id = s.id",
);

/// The same of one after the other. Uses `$4`.
const NAMED: &str = r" and (c.name_folded like $4 escape '\'
    or s.service_id in (select x.id from services x where x.name_folded like $4 escape '\'))";

/// In which order tables are looked up.
#[derive(Clone, Copy)]
enum Way {
    /// Along the list's order, until the page is full.
    Walk,
    /// First those that the filters say most of.
    Find,
    /// First those without a vendor, of which there are few.
    Pending,
}

/// Since when its vendor has it.
const HELD: Joined = (
    "pack_assignments a",
    "a.subscription_id = s.id and a.began_at is not null and a.to_seq is null and a.replaced_at is null",
);

impl ListFilter {
    /// The subscriptions that the filters let through, with the table of an order, in the order in which they are to be looked
    /// up. `cross join` says so to SQLite, which knows no numbers of rows.
    fn from(&self, of: Option<Joined>, way: Way) -> String {
        let subscription = ("subscriptions s", "");
        let ends = self.ends_before.is_some().then_some(ALLOWANCE);
        let words = !self.words.trim().is_empty();
        let (first, named) = match way {
            Way::Walk => (of, CLIENT),
            Way::Pending => (None, CLIENT),
            Way::Find if words => (Some(FOUND), FOUND),
            Way::Find => (ends, FOUND),
        };
        let named = words.then_some(named);
        let mut tables: Vec<Joined> = Vec::new();
        for table in [first, Some(subscription), of, ends, named].into_iter().flatten() {
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
        let names: Vec<&str> = tables.iter().map(|(name, _)| *name).collect();
        let mut sql = format!("{} where {}", names.join(" cross join "), self.conditions());
        if named == Some(CLIENT) {
            sql.push_str(NAMED);
        }
        for (_, on) in tables.iter().filter(|(_, on)| !on.is_empty()) {
            sql.push_str(" and ");
            sql.push_str(on);
        }
        sql
    }

    /// Those that have a vendor (`flag` 1) or none (0), in the list's order, at most `limit` of them. Where the filters leave
    /// [`FEW`], these are looked for and sorted; otherwise the order is walked until the page is full. The limit stands in the
    /// text: databases plan by it.
    fn page(&self, flag: i64, limit: i64, total: i64) -> String {
        let Order { key, id, of } = self.sort.order(flag == 0);
        let (direction, beyond) = if self.descending { ("desc", "<") } else { ("asc", ">") };
        let way = match flag {
            0 => Way::Pending,
            _ if total > FEW => Way::Walk,
            _ => Way::Find,
        };
        let mut from = self.from(of, way);
        from.push_str(if flag == 0 {
            " and s.vendor_assignee_id is null"
        } else {
            " and s.vendor_assignee_id is not null"
        });
        if self.after.as_ref().is_some_and(|(of, ..)| *of == flag) {
            let bound = if self.sort.is_text() {
                "$5"
            } else {
                "cast($5 as bigint)"
            };
            // The first half is what an index is entered by.
            let _ = write!(
                from,
                " and {key} {beyond}= {bound} and ({key}, {id}) {beyond} ({bound}, $6)"
            );
        }
        format!("select s.id, {key} as sort_key from {from} order by {key} {direction}, {id} {direction} limit {limit}")
    }

    /// The parts of the list that a page can be of: the pending ones, then the others.
    fn parts(&self) -> impl Iterator<Item = i64> + use<> {
        // The key comes from an address, and may be any number.
        let begins_at = self.after.as_ref().map_or(0, |(flag, ..)| *flag);
        (0..=i64::from(!self.pending)).filter(move |flag| *flag >= begins_at)
    }

    /// Those that need no other table but for the period's end. Use `$1` to `$3`.
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
        and(self.ends_before.is_some(), "al.ends_at < $3");
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
pub(super) const PENDING_SINCE: &str = "(select min(o.opened_at) from periods o where o.subscription_id = s.id
    and o.seq > coalesce((select max(z.seq) from periods z where z.subscription_id = s.id and z.vendor_id is not null), 0))";

/// AS9: a request that waits for its pack's first vendor.
pub(crate) const WAITS: &str =
    "r.vendor_id is null and r.period_id is not null and r.status not in ('draft', 'cancelled')";

/// One page of the list, of which the filters let `total` through ([`count`]): those without a vendor, then the others, each
/// of them in a statement.
pub async fn list(tx: &mut Tx, f: &ListFilter, total: i64) -> StoreResult<Vec<ListRow>> {
    let mut found = Vec::new();
    for flag in f.parts() {
        let left = f.limit - i64::try_from(found.len()).unwrap_or(i64::MAX);
        if left > 0 {
            found.extend(part(tx, f, flag, left, total).await?);
        }
    }
    Ok(found)
}

/// One part of it. First which, along an index that has the order; then what is shown of them, and of them alone.
async fn part(tx: &mut Tx, f: &ListFilter, flag: i64, limit: i64, total: i64) -> StoreResult<Vec<ListRow>> {
    let direction = if f.descending { "desc" } else { "asc" };
    let sql = format!(
        "with page as materialized ({page})
         select s.id, s.assignment_version, s.status, s.cancel_at, c.name as client, v.name as service, p.seq, p.starts_at, p.ends_at,
                al.included as included_units, al.used as used_units, h.name as vendor, h.active as vendor_active, w.name as next, w.active as next_active,
                coalesce(case when s.vendor_assignee_id is null then {PENDING_SINCE} else a.began_at end, p.opened_at) as since,
                (select count(*) from service_requests r where r.subscription_id = s.id and {WAITS}) as waiting,
                cast({flag} as bigint) as flag, cast(page.sort_key as text) as sort_key
         from page
         join subscriptions s on s.id = page.id
         join clients c on c.id = s.client_id
         join services v on v.id = s.service_id
         join allowances al on al.running_for = s.id
         join periods p on p.id = al.period_id
         left join vendors h on h.id = s.vendor_assignee_id
         left join pack_assignments n on n.subscription_id = s.id and n.began_at is null and n.replaced_at is null
         left join vendors w on w.id = n.vendor_id
         left join pack_assignments a on {held}
         order by page.sort_key {direction}, s.id {direction}",
        page = f.page(flag, limit, total),
        held = HELD.1,
    );
    let after = f.after.as_ref().filter(|(of, ..)| *of == flag);
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
    let only =
        |words: bool| f.vendor.is_none() && f.service.is_none() && !f.pending && f.words.trim().is_empty() != words;
    let from = match f.ends_before {
        // What is found by words, and an allowance by itself, says that its subscription runs.
        None if only(true) => FOUND.0.to_owned(),
        Some(_) if only(false) => "allowances al where al.running_for is not null and al.ends_at < $3".to_owned(),
        _ => f.from(None, Way::Find),
    };
    let found = scalar!(
        tx,
        i64,
        AssertSqlSafe(format!("select count(*) from {from}")),
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
    let direction = if f.descending { "desc" } else { "asc" };
    let mut found = Vec::new();
    for flag in f.parts() {
        let sql = format!(
            "with page as materialized ({page})
             select s.id, s.assignment_version, p.seq from page
             join subscriptions s on s.id = page.id
             join allowances al on al.running_for = s.id
             join periods p on p.id = al.period_id
             order by page.sort_key {direction}, s.id {direction}",
            page = f.page(flag, f.limit, f.limit),
        );
        found.extend(rows!(
            tx,
            (SubscriptionId, i64, i64),
            AssertSqlSafe(sql),
            f.vendor,
            f.service,
            f.ends_before,
            like(&f.words)
        )?);
    }
    found.truncate(usize::try_from(f.limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// AS1: how many packs have no vendor, and how many requests wait for one (AS9).
pub async fn pending_counts(tx: &mut Tx) -> StoreResult<(i64, i64)> {
    let sql = format!(
        "select (select count(*) from subscriptions where status in ('active', 'past_due') and vendor_assignee_id is null),
                (select count(*) from service_requests r where {WAITS})"
    );
    Ok(row!(tx, (i64, i64), AssertSqlSafe(sql))?.unwrap_or_default())
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
        "select r.id, r.number, r.title, c.name as client, v.name as service, al.included as pack_quantity, r.quantity, r.submitted_at
         from service_requests r
         join clients c on c.id = r.client_id
         join services v on v.id = r.service_id
         join periods p on p.id = r.period_id
         join allowances al on al.period_id = p.id
         where {WAITS} and (r.submitted_at, r.number) > ($1, $2) order by r.submitted_at, r.number limit $3"
    );
    rows!(tx, WaitingRow, AssertSqlSafe(sql), at, number, limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Backend, database};

    /// Every order of the list is that of an index: a page reads its rows and no more. Within one name it may sort by id.
    #[tokio::test]
    async fn s14_no_order_sorts_the_whole_list() {
        let test = database(Backend::Sqlite).await.expect("a file");
        let mut tx = test.db.read().await.unwrap();
        for sort in SortBy::ALL {
            for ends_before in [None, Some(Instant(1))] {
                let filter = ListFilter {
                    pending: false,
                    vendor: None,
                    service: None,
                    ends_before,
                    words: String::new(),
                    sort: *sort,
                    descending: true,
                    after: Some((1, "1".into(), "x".into())),
                    limit: 26,
                };
                let sql = AssertSqlSafe(format!("explain query plan {}", filter.page(1, 26, 5_000)));
                let plan =
                    crate::on!(&mut tx, c => sqlx::query_as::<_, (i64, i64, i64, String)>(sql).fetch_all(c).await)
                        .unwrap()
                        .into_iter()
                        .map(|(.., step)| step)
                        .collect::<Vec<_>>()
                        .join("\n");
                assert!(!plan.contains("B-TREE FOR ORDER BY"), "{sort:?}:\n{plan}");
            }
        }
    }
}
