//! What the admin's home counts and lists: sums over rows that the writes already keep, each from an index.

use crate::{StoreResult, Tx, assignment::WAITS, people::TRI_POD, work::steps::TO_DO};
use domain::{Cents, ClientId, Instant, RequestId, RequestStatus, SubscriptionId};
use sqlx::AssertSqlSafe;

/// The running subscriptions in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct RunningFigures {
    /// Active or past due.
    pub running: i64,
    /// Σ of their prices a month.
    pub monthly: Cents,
    /// Without a vendor (AS1).
    pub pending: i64,
    /// Past due.
    pub past_due: i64,
    /// 1: there is a service. 0: none.
    pub services: i64,
    /// The same of packs.
    pub packs: i64,
    /// Of vendors besides the agency itself.
    pub vendors: i64,
    /// Of clients.
    pub clients: i64,
    /// How many of the newest mails have gone out.
    pub mails: i64,
}

/// The running subscriptions in figures: counted along indexes, those of each price by itself; and what there is at all.
pub async fn running(tx: &mut Tx) -> StoreResult<RunningFigures> {
    Ok(row!(
        tx,
        RunningFigures,
        "with x as materialized (
            select v.price_cents, (select count(*) from subscriptions s where s.pack_version_id = v.id and s.status in ('active', 'past_due')) as packs
            from pack_versions v
         )
         select cast(coalesce(sum(x.packs), 0) as bigint) as running, cast(coalesce(sum(x.packs * x.price_cents), 0) as bigint) as monthly,
                (select count(*) from subscriptions s where s.status in ('active', 'past_due') and s.vendor_assignee_id is null) as pending,
                (select count(*) from subscriptions s where s.status = 'past_due') as past_due,
                (select count(*) from (select 1 from services limit 1) a) as services,
                (select count(*) from (select 1 from packs limit 1) b) as packs,
                (select count(*) from (select 1 from vendors where kind = 'external' limit 1) c) as vendors,
                (select count(*) from (select 1 from clients limit 1) d) as clients,
                (select count(*) from (select m.state from mails m order by m.created_at desc, m.id desc limit 20) e where e.state = 'sent') as mails
         from x"
    )?
    .unwrap_or_default())
}

/// Units used and included in the periods of running subscriptions that are open at `now`: of nearly all of them, so that
/// no index (`+` forbids it) is to look for their instants.
pub async fn units(tx: &mut Tx, now: Instant) -> StoreResult<(i64, i64)> {
    Ok(row!(
        tx,
        (i64, i64),
        "select cast(coalesce(sum(al.used), 0) as bigint), cast(coalesce(sum(al.included), 0) as bigint)
         from allowances al where al.running_for is not null and +al.starts_at <= $1 and +al.ends_at > $1",
        now
    )?
    .unwrap_or_default())
}

/// How many requests stand in each state that somebody works on.
pub async fn open_requests(tx: &mut Tx) -> StoreResult<Vec<(RequestStatus, i64)>> {
    rows!(
        tx,
        (RequestStatus, i64),
        "select status, count(*) from service_requests where status in ('submitted', 'in_progress', 'in_review') group by status"
    )
}

/// A subscription that needs a look.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AttentionRow {
    /// Which.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// The service's name.
    pub service: String,
    /// Units a month.
    pub quantity: i64,
    /// Price a month.
    pub price: Cents,
    /// When the benefits end, for one in grace.
    pub grace_period_ends_at: Option<Instant>,
    /// When it began.
    pub activated_at: Option<Instant>,
    /// Requests that wait for its vendor.
    pub requests: i64,
    /// When the first of them was submitted.
    pub oldest: Option<Instant>,
}

/// What is shown of such a subscription; `waits`: how many requests wait for it, and since when.
fn attention(waits: &str, tail: &str) -> String {
    format!(
        "select s.id, s.client_id, c.name as client, v.name as service, k.quantity, t.price_cents as price, s.grace_period_ends_at,
                s.activated_at, {waits}
         from subscriptions s
         join clients c on c.id = s.client_id
         join packs k on k.id = s.pack_id
         join services v on v.id = s.service_id
         join pack_versions t on t.id = s.pack_version_id
         {tail} limit $1"
    )
}

/// Past due subscriptions, the one whose grace ends first before the others.
pub async fn past_due(tx: &mut Tx, limit: i64) -> StoreResult<Vec<AttentionRow>> {
    let sql = attention(
        "cast(0 as bigint) as requests, cast(null as bigint) as oldest",
        "where s.status = 'past_due' order by coalesce(s.grace_period_ends_at, 0), s.activated_at, s.id",
    );
    rows!(tx, AttentionRow, AssertSqlSafe(sql), limit)
}

/// Running subscriptions without a vendor, the longest wait first, with the requests that wait for one (AS9).
pub async fn unassigned(tx: &mut Tx, limit: i64) -> StoreResult<Vec<AttentionRow>> {
    let of = format!("from service_requests r where r.subscription_id = s.id and {WAITS}");
    let sql = attention(
        &format!("(select count(*) {of}) as requests, (select min(r.submitted_at) {of}) as oldest"),
        "where s.status in ('active', 'past_due') and s.vendor_assignee_id is null order by s.activated_at, s.id",
    );
    rows!(tx, AttentionRow, AssertSqlSafe(sql), limit)
}

/// What waits for the agency's people, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitsRow {
    /// Events that gave up.
    pub dead_events: i64,
    /// Events that nothing of ours is known for.
    pub unmatched_events: i64,
    /// Alarms that nobody has resolved.
    pub alarms: i64,
    /// Mails that were not delivered.
    pub failed_mails: i64,
    /// AH7: open questions about lines of packs.
    pub pack_questions: i64,
    /// AH7: open questions about other lines.
    pub service_questions: i64,
    /// RQ8: requests of Tri-POD's queue that are late.
    pub overdue: i64,
    /// AS9: requests that wait for a vendor.
    pub cannot_start: i64,
    /// WN1: running packs of which 90% or more is used.
    pub nearly_used: i64,
    /// VP4: lines that have accrued (without Tri-POD's: TP4), of how many vendors, and their sum.
    pub accrued_lines: i64,
    /// Of how many vendors.
    pub accrued_vendors: i64,
    /// Their sum.
    pub accrued: Cents,
    /// The same of lines that are approved.
    pub approved_lines: i64,
    /// Of how many vendors.
    pub approved_vendors: i64,
    /// Their sum.
    pub approved: Cents,
}

/// What waits for the agency's people at `now`, counted along the indexes of what waits alone.
pub async fn waits(tx: &mut Tx, now: Instant) -> StoreResult<WaitsRow> {
    let asked = |basis: &str| {
        format!(
            "(select count(*) from payable_queries q join vendor_payables l on l.id = q.payable_id where q.answered_at is null and l.basis {basis})"
        )
    };
    let owed = |state: &str| {
        format!(
            "count(case when l.state = '{state}' then 1 end) as {state}_lines,
             count(distinct case when l.state = '{state}' then l.vendor_id end) as {state}_vendors,
             cast(coalesce(sum(case when l.state = '{state}' then l.amount_cents end), 0) as bigint) as {state}"
        )
    };
    let sql = format!(
        "select (select count(*) from stripe_events where state = 'dead') as dead_events,
                (select count(*) from stripe_events where state = 'unmatched') as unmatched_events,
                (select count(*) from alarms where resolved_at is null) as alarms,
                (select count(*) from mails where state = 'failed') as failed_mails,
                {} as pack_questions, {} as service_questions,
                (select count(*) from service_requests r
                 where r.vendor_id = $1 and {TO_DO} and coalesce(r.due_at, 9000000000000000000) <= $2) as overdue,
                (select count(*) from service_requests r where {WAITS}) as cannot_start,
                (select count(*) from allowances al where al.running_for is not null and al.used * 1000 / nullif(al.included, 0) >= 900
                  and al.starts_at <= $2 and al.ends_at > $2) as nearly_used,
                {}, {}
         from vendor_payables l where l.state in ('accrued', 'approved') and l.vendor_id <> $1",
        asked("in ('pack', 'unit')"),
        asked("= 'service'"),
        owed("accrued"),
        owed("approved"),
    );
    Ok(row!(tx, WaitsRow, AssertSqlSafe(sql), TRI_POD, now)?.unwrap_or_default())
}

/// A draft that its client's owner was asked to approve (§25), the one that waits longest, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DraftsRow {
    /// How many there are.
    pub drafts: i64,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// When an owner was first asked.
    pub since: Instant,
}

/// What waits for owners.
pub async fn drafts(tx: &mut Tx) -> StoreResult<Option<DraftsRow>> {
    row!(
        tx,
        DraftsRow,
        "select (select count(*) from service_requests d where d.status = 'draft' and d.asked_owner_at is not null) as drafts,
                r.client_id, c.name as client, r.asked_owner_at as since
         from service_requests r join clients c on c.id = r.client_id
         where r.status = 'draft' and r.asked_owner_at is not null order by r.asked_owner_at, r.id limit 1"
    )
}

/// A request in the list of the newest.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RecentRequestRow {
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
    /// Units ordered.
    pub quantity: Option<i64>,
    /// Its state.
    pub status: RequestStatus,
    /// When it was submitted.
    pub submitted_at: Instant,
}

/// The requests submitted last, newest first.
pub async fn recent_requests(tx: &mut Tx, limit: i64) -> StoreResult<Vec<RecentRequestRow>> {
    rows!(
        tx,
        RecentRequestRow,
        "select r.id, r.number, r.title, c.name as client, v.name as service, r.quantity, r.status, r.submitted_at
         from service_requests r
         join clients c on c.id = r.client_id
         join services v on v.id = r.service_id
         where r.submitted_at is not null and r.status <> 'draft' order by r.submitted_at desc, r.id desc limit $1",
        limit
    )
}
