//! The queue, and giving requests that no pack brings (TP5, RQ10).

use super::list::PACK_REQUEST;
use super::steps::{BEYOND, TO_DO};
use crate::{
    StoreResult, Tx,
    kernel::{given, lines},
};
use domain::{ClientId, Instant, RequestId, RequestStatus, ServiceId, UserId, VendorId};
use sqlx::AssertSqlSafe;

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
         where m.vendor_id = $1 and u.active order by u.name_folded, u.id"
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
