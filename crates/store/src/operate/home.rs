//! What the admin's home counts and lists: sums over rows that the writes already keep, each from an index.

use crate::{StoreResult, Tx};
use domain::{Cents, ClientId, Instant, RequestId, RequestStatus, SubscriptionId, SubscriptionStatus};

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
    /// Σ of the past due ones' prices.
    pub at_risk: Cents,
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
                (select cast(coalesce(sum(v.price_cents), 0) as bigint) from subscriptions s join pack_versions v on v.id = s.pack_version_id
                 where s.status = 'past_due') as at_risk,
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
    /// Its state.
    pub status: SubscriptionStatus,
    /// When the benefits end, for one in grace.
    pub grace_period_ends_at: Option<Instant>,
    /// When it began.
    pub activated_at: Option<Instant>,
}

macro_rules! attention_sql {
    ($tail:literal) => {
        concat!(
            "select s.id, s.client_id, c.name as client, v.name as service, k.quantity, t.price_cents as price, s.status,
                    s.grace_period_ends_at, s.activated_at
             from subscriptions s
             join clients c on c.id = s.client_id
             join packs k on k.id = s.pack_id
             join services v on v.id = s.service_id
             join pack_versions t on t.id = s.pack_version_id ",
            $tail
        )
    };
}

/// Past due subscriptions, the one whose grace ends first before the others.
pub async fn past_due(tx: &mut Tx, limit: i64) -> StoreResult<Vec<AttentionRow>> {
    rows!(
        tx,
        AttentionRow,
        attention_sql!(
            "where s.status = 'past_due' order by coalesce(s.grace_period_ends_at, 0), s.activated_at, s.id limit $1"
        ),
        limit
    )
}

/// Running subscriptions without a vendor, the longest wait first.
pub async fn unassigned(tx: &mut Tx, limit: i64) -> StoreResult<Vec<AttentionRow>> {
    rows!(
        tx,
        AttentionRow,
        attention_sql!(
            "where s.status in ('active', 'past_due') and s.vendor_assignee_id is null order by s.activated_at, s.id limit $1"
        ),
        limit
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
