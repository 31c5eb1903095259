//! The list of requests (RQ5).

use super::steps::TO_DO;
use crate::{
    StoreResult, Tx,
    catalogue::{NamedRow, choices},
    kernel::like,
    notices::OF_REQUEST,
    work::{previews::newest_sql, scope::Scope, steps::BEYOND},
};
use domain::{
    Cents, ClientId, Coverage, Currency, FileId, Instant, PaymentType, RequestId, RequestStatus, ServiceId, UserId,
    VendorId, work::request::QueuePart,
};
use sqlx::AssertSqlSafe;
use std::fmt::Write as _;

domain::words! {
    /// By what the list is sorted.
    pub enum SortBy {
        /// The request's number, newest last.
        Number = "number",
        /// Its title.
        Title = "title",
        /// Its service's name.
        Service = "service",
        /// Units.
        Quantity = "quantity",
        /// When it was submitted.
        Submitted = "submitted",
        /// When it is due.
        Due = "due",
    }
}

impl SortBy {
    /// As text where it is a word, so that one type of key does for all: numbers are padded.
    const fn sql(self) -> &'static str {
        match self {
            SortBy::Number => "r.number",
            SortBy::Title => "r.title_folded",
            SortBy::Service => "coalesce(s.name_folded, '')",
            SortBy::Quantity => "coalesce(r.quantity, 0)",
            SortBy::Submitted => "coalesce(r.submitted_at, r.updated_at)",
            // What has no date yet comes after what has one.
            SortBy::Due => "coalesce(r.due_at, 9000000000000000000)",
        }
    }

    /// Whether its key is a word.
    const fn is_text(self) -> bool {
        matches!(self, SortBy::Title | SortBy::Service)
    }
}

/// What the list is asked for (RQ5).
#[derive(Debug, Clone)]
pub struct ListFilter {
    /// Whose.
    pub scope: Scope,
    /// Who looks: for unread counts.
    pub user: UserId,
    /// Internal notes count as messages.
    pub sees_notes: bool,
    /// The status tab.
    pub status: Option<RequestStatus>,
    /// Words in the title.
    pub words: String,
    /// A number.
    pub number: Option<i64>,
    /// A service.
    pub service: Option<ServiceId>,
    /// Words in the client's name.
    pub client: String,
    /// A vendor.
    pub vendor: Option<VendorId>,
    /// A coverage.
    pub coverage: Option<Coverage>,
    /// Submitted from this instant on.
    pub from: Option<Instant>,
    /// Submitted before this instant.
    pub before: Option<Instant>,
    /// Only those about which the person has an unread notice.
    pub news: bool,
    /// RQ8: only what is to do and was due by this instant.
    pub overdue: Option<Instant>,
    /// TP5: only what the person who looks has claimed.
    pub mine: bool,
    /// IN5: leave out what packs cover.
    pub hide_pack: bool,
    /// Only what is to be worked on, of this part of a queue (TP5, RQ10).
    pub queue: Option<QueuePart>,
    /// The order.
    pub sort: SortBy,
    /// Backwards.
    pub descending: bool,
    /// The last row of the page before: its key and number.
    pub after: Option<(String, i64)>,
    /// Rows, at most.
    pub limit: i64,
}

/// IN5: a request that a pack had to do with.
pub(crate) const PACK_REQUEST: &str = "(r.coverage is not null and r.coverage <> 'none')";

impl ListFilter {
    /// The conditions but for the status, the queue, the switch and the page.
    fn conditions(&self) -> String {
        let mut sql = self.scope.sql().to_owned();
        let mut and = |wanted: bool, condition: &str| {
            if wanted {
                sql.push_str(" and ");
                sql.push_str(condition);
            }
        };
        and(
            !self.words.is_empty(),
            r"(r.title_folded like $3 escape '\' or r.number = $4)",
        );
        and(self.service.is_some(), "r.service_id = $5");
        and(
            !self.client.is_empty(),
            r"r.client_id in (select x.id from clients x where x.name_folded like $6 escape '\')",
        );
        and(self.vendor.is_some(), "r.vendor_id = $7");
        and(self.coverage.is_some(), "r.coverage = $8");
        and(self.from.is_some(), "r.submitted_at >= $9");
        and(self.before.is_some(), "r.submitted_at < $10");
        // A person has few notices that are not read: they lead to the requests, not the other way round.
        let news = format!(
            "r.id in (select substr(t.about, {}) from notices t
             where t.user_id = $2 and t.about like '{OF_REQUEST}%' and t.read_at is null and t.in_bell)",
            OF_REQUEST.len() + 1
        );
        and(self.news, &news);
        and(self.overdue.is_some(), TO_DO);
        and(self.overdue.is_some(), "r.due_at <= $11");
        and(self.mine, "r.designer_id = $2");
        sql
    }
}

/// How many requests a status has, apart for those of packs (RQ5, IN5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRow {
    /// The status.
    pub status: RequestStatus,
    /// A pack had to do with them.
    pub of_pack: bool,
    /// How many.
    pub requests: i64,
}

/// The counts of the status tabs under the other filters. Grouped by the status alone, because indexes have that order.
pub async fn counts(tx: &mut Tx, f: &ListFilter) -> StoreResult<Vec<CountRow>> {
    let sql = format!(
        "select r.status, count(*) as requests, count(case when {PACK_REQUEST} then 1 end) as of_pack
         from service_requests r where {} group by r.status",
        f.conditions()
    );
    let found = rows!(
        tx,
        (RequestStatus, i64, i64),
        AssertSqlSafe(sql),
        f.scope.id(),
        f.user,
        like(&f.words),
        f.number,
        f.service,
        like(&f.client),
        f.vendor,
        f.coverage,
        f.from,
        f.before,
        f.overdue
    )?;
    let apart = |(status, all, of_pack): (RequestStatus, i64, i64)| {
        [(true, of_pack), (false, all - of_pack)].map(|(of_pack, requests)| CountRow {
            status,
            of_pack,
            requests,
        })
    };
    Ok(found
        .into_iter()
        .flat_map(apart)
        .filter(|row| row.requests > 0)
        .collect())
}

/// One row of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListRow {
    /// Its id.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its state.
    pub status: RequestStatus,
    /// Units, once submitted.
    pub quantity: Option<i64>,
    /// Units as typed, for a draft.
    pub quantity_typed: String,
    /// The service.
    pub service: Option<String>,
    /// The client's name.
    pub client: String,
    /// The client's name for vendors.
    pub alias: String,
    /// The vendor.
    pub vendor: Option<String>,
    /// The designer.
    pub designer: Option<String>,
    /// The designer.
    pub designer_id: Option<UserId>,
    /// The vendor is Tri-POD.
    pub internal: bool,
    /// Counts its changes.
    pub row_version: i64,
    /// RQ10: no pack brings it, and it has not been delivered.
    pub beyond: bool,
    /// CO5.
    pub coverage: Option<Coverage>,
    /// Units included.
    pub included_units: Option<i64>,
    /// Units beyond.
    pub overage_units: Option<i64>,
    /// What these cost.
    pub overage_cents: Option<Cents>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// How that is paid.
    pub payment_type_at_submit: Option<PaymentType>,
    /// When it was submitted.
    pub submitted_at: Option<Instant>,
    /// RQ8.
    pub due_at: Option<Instant>,
    /// When it was last changed.
    pub updated_at: Instant,
    /// The pack's units a month, of its period.
    pub pack_quantity: Option<i64>,
    /// Its period.
    pub period_starts_at: Option<Instant>,
    /// First instant after it.
    pub period_ends_at: Option<Instant>,
    /// Messages that this person has not read (RQ3).
    pub unread: i64,
    /// This person has an unread notice about it (§24).
    pub news: bool,
    /// The file whose preview stands for it.
    pub picture: Option<FileId>,
    /// The page's key.
    pub sort_key: String,
}

/// Messages of a request that the person `$2` has not read; their own never count.
pub(super) fn unread_sql(sees_notes: bool) -> &'static str {
    if sees_notes {
        "(select count(*) from request_messages n where n.request_id = r.id and n.author_id <> $2
          and n.at > coalesce((select x.read_at from request_reads x where x.request_id = r.id and x.user_id = $2), 0))"
    } else {
        "(select count(*) from request_messages n where n.request_id = r.id and n.author_id <> $2 and not n.internal
          and n.at > coalesce((select x.read_at from request_reads x where x.request_id = r.id and x.user_id = $2), 0))"
    }
}

/// Whether the person `$2` has an unread notice about a request, by what notices about requests are about.
fn news_sql() -> String {
    format!(
        "exists (select 1 from notices t where t.user_id = $2 and t.about = '{OF_REQUEST}' || r.id and t.read_at is null and t.in_bell)"
    )
}

/// One page of the list: which, along an index that has the order where there is one; then what is shown of them, and of
/// them alone. The limit stands in the text: databases plan by it.
pub async fn list(tx: &mut Tx, f: &ListFilter) -> StoreResult<Vec<ListRow>> {
    // What was submitted has a service; a client's draft may have none yet. `cross join` says to SQLite what comes first.
    let (key, from, on) = match (f.sort, f.scope) {
        (SortBy::Service, Scope::All) => (
            "s.name_folded",
            "services s cross join service_requests r",
            "s.id = r.service_id and ",
        ),
        (sort @ SortBy::Service, _) => (
            sort.sql(),
            "service_requests r left join services s on s.id = r.service_id",
            "",
        ),
        (sort, _) => (sort.sql(), "service_requests r", ""),
    };
    let (order, beyond) = if f.descending { ("desc", "<") } else { ("asc", ">") };
    let mut conditions = f.conditions();
    if f.status.is_some() {
        conditions.push_str(" and r.status = $12");
    }
    if f.hide_pack {
        let _ = write!(conditions, " and not {PACK_REQUEST}");
    }
    if let Some(part) = f.queue {
        let part = match part {
            QueuePart::Free => "r.designer_id is null",
            QueuePart::Mine => "r.designer_id = $2",
            QueuePart::Beyond => BEYOND,
            QueuePart::All => "true",
        };
        let _ = write!(conditions, " and {TO_DO} and {part}");
    }
    if f.after.is_some() {
        let bound = if f.sort.is_text() { "$13" } else { "cast($13 as bigint)" };
        // The first half is what an index is entered by.
        let _ = write!(
            conditions,
            " and {key} {beyond}= {bound} and ({key}, r.number) {beyond} ({bound}, $14)"
        );
    }
    let news = news_sql();
    let sql = format!(
        "with page as materialized (
            select r.id, {key} as sort_key from {from} where {on}{conditions}
            order by {key} {order}, r.number {order} limit {limit}
         )
         select r.id, r.number, r.title, r.status, r.quantity, r.quantity_typed, s.name as service, c.name as client, c.alias,
                v.name as vendor, d.name as designer, r.designer_id, coalesce(v.kind = 'internal', false) as internal, r.row_version,
                ({TO_DO} and {BEYOND}) as beyond, r.coverage, r.included_units, r.overage_units, r.overage_cents, r.currency,
                r.payment_type_at_submit, r.submitted_at, r.due_at, r.updated_at, pk.quantity as pack_quantity,
                p.starts_at as period_starts_at, p.ends_at as period_ends_at, {unread} as unread, {news} as news,
                {picture} as picture, cast(page.sort_key as text) as sort_key
         from page
         join service_requests r on r.id = page.id
         join clients c on c.id = r.client_id
         left join services s on s.id = r.service_id
         left join vendors v on v.id = r.vendor_id
         left join users d on d.id = r.designer_id
         left join periods p on p.id = r.period_id
         left join pack_versions pv on pv.id = p.pack_version_id
         left join packs pk on pk.id = pv.pack_id
         order by page.sort_key {order}, r.number {order}",
        limit = f.limit,
        unread = unread_sql(f.sees_notes),
        picture = newest_sql(f.scope)
    );
    rows!(
        tx,
        ListRow,
        AssertSqlSafe(sql),
        f.scope.id(),
        f.user,
        like(&f.words),
        f.number,
        f.service,
        like(&f.client),
        f.vendor,
        f.coverage,
        f.from,
        f.before,
        f.overdue,
        f.status,
        f.after.as_ref().map(|(key, _)| key.clone()),
        f.after.as_ref().map(|(_, number)| *number)
    )
}

/// What the list may be filtered by: services for all, vendors for those who see all.
pub async fn filter_choices(tx: &mut Tx, scope: Scope) -> StoreResult<Vec<NamedRow>> {
    match scope {
        Scope::All => choices(tx).await,
        Scope::Client(_) | Scope::Vendor(_) => {
            let sql = format!(
                "select 'service' as kind, s.id, s.name from services s
                 where exists (select 1 from service_requests r where r.service_id = s.id and {}) order by s.name_folded, s.id",
                scope.sql()
            );
            rows!(tx, NamedRow, AssertSqlSafe(sql), scope.id())
        }
    }
}

/// IN5: whether a person wants to see pack requests.
pub async fn shows_pack_requests(tx: &mut Tx, user: UserId) -> StoreResult<bool> {
    Ok(scalar!(tx, bool, "select show_pack_requests from users where id = $1", user)?.unwrap_or(true))
}

/// IN5: stores what a person wants to see.
pub async fn set_shows_pack_requests(tx: &mut Tx, user: UserId, show: bool) -> StoreResult<()> {
    exec!(tx, "update users set show_pack_requests = $2 where id = $1", user, show)?;
    Ok(())
}

/// A request whose newest version waits for its client, with what there is of them in all.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReviewRow {
    /// Its id.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// The service.
    pub service: String,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// Units.
    pub quantity: i64,
    /// The file whose preview stands for it.
    pub picture: Option<FileId>,
    /// Requests that wait, those that are not shown included.
    pub requests: i64,
    /// Units of all of them.
    pub units: i64,
    /// All are counted in the same unit.
    pub alike: bool,
}

/// RQ1: what waits for a client's approval, the oldest first.
pub async fn in_review(tx: &mut Tx, client: ClientId, limit: i64) -> StoreResult<Vec<ReviewRow>> {
    let scope = Scope::Client(client);
    let sql = format!(
        "select r.id, r.number, r.title, s.name as service, m.unit_singular, m.unit_plural, r.quantity, {picture} as picture,
                count(*) over () as requests, cast(sum(r.quantity) over () as bigint) as units,
                min(m.unit_plural) over () = max(m.unit_plural) over () as alike
         from service_requests r join services s on s.id = r.service_id join meters m on m.id = s.meter_id
         where {scoped} and r.status = 'in_review' order by r.number limit $2",
        picture = newest_sql(scope),
        scoped = scope.sql()
    );
    rows!(tx, ReviewRow, AssertSqlSafe(sql), scope.id(), limit)
}
