//! What goes with an assignment: periods and their requests (AS9).

use super::facts::UNDELIVERED;
use super::list::WAITS;
use crate::{StoreResult, Tx};
use domain::{Instant, PeriodId, RequestId, SubscriptionId, UserId, VendorId};
use sqlx::AssertSqlSafe;

/// AS9: the first of the last periods without a vendor in which a request waits for one.
pub async fn first_waiting(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Option<i64>> {
    let sql = format!(
        "select min(p.seq) from periods p where p.subscription_id = $1
           and p.seq > coalesce((select max(z.seq) from periods z where z.subscription_id = $1 and z.vendor_id is not null), 0)
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
        "update periods set vendor_id = $3, vendor_pack_payment_id =
             (select o.id from vendor_pack_payments o join pack_versions t on t.id = periods.pack_version_id and t.pack_id = o.pack_id
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
           and exists (select 1 from periods p where p.id = r.period_id and p.vendor_id = $2) returning id"
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
