//! Working on requests (§32): who has taken them, the steps of their life, and what was delivered.
//!
//! Every write says in its condition what it found before, so that of two the second changes nothing. What must not be here:
//! who may take which step; that is `domain`'s.

use crate::{StoreResult, Tx, work::scope::Scope};
use domain::{ClientId, Instant, PeriodId, RequestId, RequestStatus, UserId, VendorId};
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
