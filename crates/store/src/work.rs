//! Working on requests (§32): who has taken them, the steps of their life, and what was delivered.
//!
//! Every write says in its condition what it found before, so that of two the second changes nothing. What must not be here:
//! who may take which step; that is `domain`'s.

use crate::{
    StoreResult, Tx,
    db::{given, lines},
    requests::{PACK_REQUEST, Scope},
};
use domain::{ClientId, Instant, PeriodId, RequestId, RequestStatus, ServiceId, UserId, VendorId};
use sqlx::AssertSqlSafe;

/// A request that somebody is to work on.
pub(crate) const TO_DO: &str = "r.status in ('submitted', 'in_progress')";

/// RQ10: no pack brings it, and nobody has delivered it.
pub(crate) const BEYOND: &str =
    "r.period_id is null and not exists (select 1 from request_deliveries z where z.request_id = r.id)";

/// What decides a step of a request.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WorkRow {
    /// Which.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Whose.
    pub client_id: ClientId,
    /// RQ1.
    pub status: RequestStatus,
    /// Counts its changes.
    pub row_version: i64,
    /// Who has the work.
    pub vendor_id: Option<VendorId>,
    /// It is Tri-POD.
    pub internal: bool,
    /// Who of that vendor has taken it.
    pub designer_id: Option<UserId>,
    /// How that person is called.
    pub designer: Option<String>,
    /// The period that it was submitted in.
    pub period_id: Option<PeriodId>,
    /// Units included.
    pub included_units: i64,
    /// Units beyond.
    pub overage_units: i64,
    /// §17: it has been delivered once.
    pub delivered: bool,
    /// RQ4: versions that were delivered.
    pub versions: i64,
}

/// One request, if it is in the scope, held against other writers until the transaction ends. On SQLite the transaction
/// already does.
pub async fn lock(tx: &mut Tx, scope: Scope, id: RequestId) -> StoreResult<Option<WorkRow>> {
    if tx.is_postgres() {
        let held = scalar!(
            tx,
            RequestId,
            "select id from service_requests where id = $1 for update",
            id
        )?;
        if held.is_none() {
            return Ok(None);
        }
    }
    find(tx, scope, id).await
}

/// The same without holding it.
pub async fn find(tx: &mut Tx, scope: Scope, id: RequestId) -> StoreResult<Option<WorkRow>> {
    let sql = format!(
        "select r.id, r.number, r.title, r.client_id, r.status, r.row_version, r.vendor_id, coalesce(h.kind = 'internal', false) as internal,
                r.designer_id, d.name as designer, r.period_id, coalesce(r.included_units, 0) as included_units,
                coalesce(r.overage_units, 0) as overage_units,
                exists (select 1 from request_deliveries x where x.request_id = r.id) as delivered,
                (select count(*) from request_versions n where n.request_id = r.id) as versions
         from service_requests r
         left join vendors h on h.id = r.vendor_id
         left join users d on d.id = r.designer_id
         where r.id = $2 and {}",
        scope.sql()
    );
    row!(tx, WorkRow, AssertSqlSafe(sql), scope.id(), id)
}

/// TP5: gives a request to somebody of its vendor, where nobody has it. `false`: somebody does, or it is not to be worked on
/// any more.
pub async fn take(tx: &mut Tx, id: RequestId, by: UserId, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update service_requests set designer_id = $2, updated_at = $3, row_version = row_version + 1
         where id = $1 and designer_id is null and status in ('submitted', 'in_progress')",
        id,
        by,
        now
    )? == 1)
}

/// Takes a request away from whoever has it. `false`: that person does not have it any more.
pub async fn release(tx: &mut Tx, id: RequestId, from: UserId, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update service_requests set designer_id = null, updated_at = $3, row_version = row_version + 1
         where id = $1 and designer_id = $2 and status in ('submitted', 'in_progress')",
        id,
        from,
        now
    )? == 1)
}

/// Leads a request from one state to the next. `false`: it is not as it was any more.
pub async fn set_status(
    tx: &mut Tx,
    id: RequestId,
    row_version: i64,
    from: RequestStatus,
    to: RequestStatus,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update service_requests set status = $4, updated_at = $5, row_version = row_version + 1
         where id = $1 and row_version = $2 and status = $3",
        id,
        row_version,
        from,
        to,
        now
    )? == 1)
}

/// The first time that a request entered review: who is paid for which units (§17, VP2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which.
    pub request_id: RequestId,
    /// When.
    pub delivered_at: Instant,
    /// Whose work it is.
    pub vendor_id: Option<VendorId>,
    /// Who of that vendor had it.
    pub designer_id: Option<UserId>,
    /// The period that it was submitted in.
    pub period_id: Option<PeriodId>,
    /// Units that its pack covers.
    pub included_units: i64,
    /// Units beyond.
    pub overage_units: i64,
}

/// Writes a delivery down, once for each request: a second one is refused by the key, and so is every change.
pub async fn insert_delivery(tx: &mut Tx, delivery: &Delivery) -> StoreResult<()> {
    exec!(
        tx,
        "insert into request_deliveries (request_id, delivered_at, vendor_id, designer_id, period_id, included_units, overage_units)
         values ($1, $2, $3, $4, $5, $6, $7)",
        delivery.request_id,
        delivery.delivered_at,
        delivery.vendor_id,
        delivery.designer_id,
        delivery.period_id,
        delivery.included_units,
        delivery.overage_units
    )?;
    Ok(())
}

/// RQ4: writes a version down.
pub async fn insert_version(
    tx: &mut Tx,
    request: RequestId,
    version: i64,
    by: UserId,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into request_versions (request_id, version, delivered_at, delivered_by) values ($1, $2, $3, $4)",
        request,
        version,
        now,
        by
    )?;
    Ok(())
}

/// RQ4: the versions that were delivered, and when.
pub async fn versions(tx: &mut Tx, request: RequestId) -> StoreResult<Vec<(i64, Instant)>> {
    rows!(
        tx,
        (i64, Instant),
        "select version, delivered_at from request_versions where request_id = $1 order by version",
        request
    )
}

/// RQ6: one line of a request's history.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Its id.
    pub id: &'a str,
    /// Which.
    pub request: RequestId,
    /// `taken`, `started` …
    pub kind: &'a str,
    /// Who; `None`: the product itself.
    pub by: Option<UserId>,
    /// How they are called.
    pub by_name: &'a str,
    /// What more there is to say.
    pub detail: &'a str,
}

/// Writes a line of a history.
pub async fn insert_event(tx: &mut Tx, event: &Event<'_>, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into request_events (id, request_id, kind, actor_id, actor_name, detail, at) values ($1, $2, $3, $4, $5, $6, $7)",
        event.id,
        event.request,
        event.kind,
        event.by,
        event.by_name,
        event.detail,
        now
    )?;
    Ok(())
}

/// TP2: takes what is still to be worked on away from a person who does not work for its vendor any more; which.
pub async fn release_all(tx: &mut Tx, user: UserId, but: Option<&str>, now: Instant) -> StoreResult<Vec<RequestId>> {
    let released = rows!(
        tx,
        (RequestId,),
        "update service_requests set designer_id = null, updated_at = $3, row_version = row_version + 1
         where designer_id = $1 and status in ('submitted', 'in_progress', 'in_review') and coalesce(vendor_id, '') <> $2 returning id",
        user,
        but.unwrap_or(""),
        now
    )?;
    Ok(released.into_iter().map(|(id,)| id).collect())
}

/// How many requests each part of the queue holds, apart for those of packs (IN5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueCount {
    /// A pack had to do with them.
    pub of_pack: bool,
    /// Of the vendor, claimed by nobody.
    pub free: i64,
    /// Of the vendor, claimed by the person.
    pub mine: i64,
    /// Of the vendor.
    pub all_of_it: i64,
    /// Outside of packs, whoever has them.
    pub beyond: i64,
}

/// The counts of the queue of one vendor, for one person: one pass over an index of what is to be done, without a sort.
pub async fn queue_counts(tx: &mut Tx, vendor: VendorId, user: UserId) -> StoreResult<Vec<QueueCount>> {
    let of = |pack: &str| {
        format!(
            "count(case when {pack} and r.vendor_id = $1 and r.designer_id is null then 1 end),
             count(case when {pack} and r.vendor_id = $1 and r.designer_id = $2 then 1 end),
             count(case when {pack} and r.vendor_id = $1 then 1 end),
             count(case when {pack} and {BEYOND} then 1 end)"
        )
    };
    let sql = format!(
        "select {}, {} from service_requests r where {TO_DO}",
        of(PACK_REQUEST),
        of(&format!("not {PACK_REQUEST}"))
    );
    type Eight = (i64, i64, i64, i64, i64, i64, i64, i64);
    let found = row!(tx, Eight, AssertSqlSafe(sql), vendor, user)?.unwrap_or_default();
    let count = |of_pack, free, mine, all_of_it, beyond| QueueCount {
        of_pack,
        free,
        mine,
        all_of_it,
        beyond,
    };
    Ok(vec![
        count(true, found.0, found.1, found.2, found.3),
        count(false, found.4, found.5, found.6, found.7),
    ])
}

/// What decides whether a request can be given to somebody else, and what people are told of it (RQ10).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct GiveRow {
    /// Which.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// The client's name for vendors.
    pub alias: String,
    /// What is ordered.
    pub service_id: ServiceId,
    /// The service's name.
    pub service: String,
    /// Units.
    pub quantity: i64,
    /// RQ8.
    pub due_at: Option<Instant>,
    /// RQ1.
    pub status: RequestStatus,
    /// Counts its changes.
    pub row_version: i64,
    /// Who has the work.
    pub vendor_id: Option<VendorId>,
    /// How it is called.
    pub vendor: Option<String>,
    /// Who of that vendor has taken it.
    pub designer_id: Option<UserId>,
    /// How that person is called.
    pub designer: Option<String>,
    /// A pack brings it.
    pub of_pack: bool,
    /// §17: it has been delivered once.
    pub delivered: bool,
}

/// Requests that were submitted, by their ids, what is due first first; with `hold` against other writers until the
/// transaction ends, in the order of their ids (CO3). On SQLite the transaction already does.
pub async fn give_rows(tx: &mut Tx, ids: &[RequestId], hold: bool) -> StoreResult<Vec<GiveRow>> {
    #[derive(serde::Serialize)]
    struct One {
        id: RequestId,
    }
    let (table, all) = (
        given("given", 1, tx.is_postgres()),
        lines(ids.iter().map(|id| One { id: *id }))?,
    );
    if hold && tx.is_postgres() {
        let sql = format!(
            "with {table} select id from service_requests where id in (select value->>'id' from given) order by id for update"
        );
        rows!(tx, (RequestId,), AssertSqlSafe(sql), &all)?;
    }
    let sql = format!(
        "with {table}
         select r.id, r.number, r.title, r.client_id, c.name as client, c.alias, r.service_id, s.name as service, r.quantity, r.due_at,
                r.status, r.row_version, r.vendor_id, v.name as vendor, r.designer_id, d.name as designer,
                (r.period_id is not null) as of_pack,
                exists (select 1 from request_deliveries z where z.request_id = r.id) as delivered
         from service_requests r
         join clients c on c.id = r.client_id
         join services s on s.id = r.service_id
         left join vendors v on v.id = r.vendor_id
         left join users d on d.id = r.designer_id
         where r.id in (select value->>'id' from given) and r.status <> 'draft'
         order by r.due_at, r.number"
    );
    rows!(tx, GiveRow, AssertSqlSafe(sql), &all)
}

/// RQ10: gives a request to a vendor, and maybe to somebody of it. `false`: it is not as it was any more.
pub async fn give(
    tx: &mut Tx,
    id: RequestId,
    row_version: i64,
    to: (VendorId, Option<UserId>),
    now: Instant,
) -> StoreResult<bool> {
    let sql = format!(
        "update service_requests as r set vendor_id = $3, designer_id = $4, updated_at = $5, row_version = row_version + 1
         where r.id = $1 and r.row_version = $2 and {TO_DO} and {BEYOND}"
    );
    Ok(exec!(tx, AssertSqlSafe(sql), id, row_version, to.0, to.1, now)? == 1)
}

/// The people of a vendor who work on requests, by name.
pub async fn designers(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<DesignerRow>> {
    let sql = format!(
        "select u.id, u.name, u.email, coalesce(o.open, 0) as open
         from vendor_members m
         join users u on u.id = m.user_id
         left join (select r.designer_id as id, count(*) as open from service_requests r where r.designer_id is not null and {TO_DO}
                    group by r.designer_id) o on o.id = u.id
         where m.vendor_id = $1 and u.active order by u.name, u.id"
    );
    rows!(tx, DesignerRow, AssertSqlSafe(sql), vendor)
}

/// Somebody who works on requests.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DesignerRow {
    /// Who.
    pub id: UserId,
    /// How they are called.
    pub name: String,
    /// Where they are mailed.
    pub email: String,
    /// Requests that they have and have still to deliver.
    pub open: i64,
}
