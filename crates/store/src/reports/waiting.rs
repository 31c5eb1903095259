//! What waits for somebody, for the navigation.

use crate::work::steps::TO_DO;
use crate::{StoreResult, Tx, people::TRI_POD};
use domain::{ClientId, UserId, VendorId};

/// How many wait behind the entries of the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// Requests that wait for this person.
    pub requests: i64,
    /// Webhooks that gave up.
    pub webhooks: i64,
    /// Open alarms.
    pub integrity: i64,
    /// Payments that want the client.
    pub payment: i64,
    /// Packs without a vendor (AS1).
    pub assignments: i64,
    /// Requests in Tri-POD's queue that nobody has claimed (TP5).
    pub queue: i64,
    /// Notices that have not been read (§24).
    pub notices: i64,
}

/// Of whom the session is, as the last parameter.
fn unread(parameter: &str) -> String {
    format!("(select count(*) from notices where user_id = {parameter} and read_at is null and in_bell) as notices")
}

/// What waits for a client: designs to look at, and payments that stopped.
pub async fn waiting_for_client(tx: &mut Tx, client: ClientId, user: UserId) -> StoreResult<Waiting> {
    let sql = format!(
        "select (select count(*) from service_requests where client_id = $1 and status = 'in_review') as requests,
                cast(0 as bigint) as webhooks, cast(0 as bigint) as integrity,
                (select count(*) from subscriptions where client_id = $1
                  and (status in ('past_due', 'suspended') or (status = 'incomplete' and (payment_url is not null or payment_problem is not null)))) as payment,
                cast(0 as bigint) as assignments, cast(0 as bigint) as queue, {}",
        unread("$2")
    );
    let found = row!(tx, Waiting, sqlx::AssertSqlSafe(sql), client, user)?;
    Ok(found.unwrap_or_default())
}

/// What waits for a vendor: work that has not begun.
pub async fn waiting_for_vendor(tx: &mut Tx, vendor: VendorId, user: UserId) -> StoreResult<Waiting> {
    let sql = format!(
        "select (select count(*) from service_requests where vendor_id = $1 and status = 'submitted') as requests,
                cast(0 as bigint) as webhooks, cast(0 as bigint) as integrity, cast(0 as bigint) as payment, cast(0 as bigint) as assignments, cast(0 as bigint) as queue, {}",
        unread("$2")
    );
    let found = row!(tx, Waiting, sqlx::AssertSqlSafe(sql), vendor, user)?;
    Ok(found.unwrap_or_default())
}

/// What waits for the agency's people: work that has not begun, and what operators must see.
pub async fn waiting_for_staff(tx: &mut Tx, user: UserId) -> StoreResult<Waiting> {
    let sql = format!(
        "select (select count(*) from service_requests where status = 'submitted') as requests,
                (select count(*) from stripe_events where state = 'dead') as webhooks,
                (select count(*) from alarms where resolved_at is null) as integrity, cast(0 as bigint) as payment,
                (select count(*) from subscriptions where status in ('active', 'past_due') and vendor_assignee_id is null) as assignments,
                (select count(*) from service_requests r where r.vendor_id = $1 and r.designer_id is null and {TO_DO}) as queue, {}",
        unread("$2")
    );
    let found = row!(tx, Waiting, sqlx::AssertSqlSafe(sql), TRI_POD, user)?;
    Ok(found.unwrap_or_default())
}
