//! Rows for tests, written directly: the state before a test, not what is tested. And a few that only tests read.
//!
//! What must not be here: anything that the product calls.

use crate::{StoreResult, Tx, operations::OperationRow};
use domain::{
    AllowanceId, BatchId, Cents, ClientId, Instant, LedgerId, LocalDay, PackId, PackVersionId, PaymentType, PeriodId,
    RequestId, Role, ServiceId, SubscriptionId, UserId, VendorId, subscriptions::Slot, text::fold,
};

/// The meter that the first migration makes: designs.
pub const DESIGNS: &str = "00000000-0000-7000-8000-000000000002";

/// A person, active, with an address made from the id and no password.
pub async fn user(
    tx: &mut Tx,
    id: UserId,
    name: &str,
    role: Role,
    client_id: Option<ClientId>,
    vendor_id: Option<VendorId>,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into users (id, email, name, role, client_id, vendor_id, active, created_at, name_folded) values ($1, $2, $3, $4, $5, $6, true, $7, $8)",
        id,
        format!("{id}@example.test"),
        name,
        role,
        client_id,
        vendor_id,
        now,
        fold(name)
    )?;
    Ok(())
}

/// A client, its alias made from the id.
pub async fn client(tx: &mut Tx, id: ClientId, name: &str, payment: PaymentType, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into clients (id, name, alias, payment_type, created_at, name_folded, alias_folded) values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        name,
        format!("Client {id}"),
        payment,
        now,
        fold(name),
        fold(&format!("Client {id}"))
    )?;
    Ok(())
}

/// An external vendor that takes work.
pub async fn vendor(tx: &mut Tx, id: VendorId, name: &str, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into vendors (id, slug, kind, name, active, created_at, name_folded) values ($1, $2, 'external', $3, true, $4, $5)",
        id,
        id.to_string(),
        name,
        now,
        fold(name)
    )?;
    Ok(())
}

/// An active service that is counted in designs and turned round in five days.
pub async fn service(tx: &mut Tx, id: ServiceId, name: &str, unit_price: Cents, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into services (id, name, meter_id, unit_price_cents, turnaround_days, active, created_at, name_folded) values ($1, $2, $3, $4, 5, true, $5, $6)",
        id,
        name,
        DESIGNS,
        unit_price,
        now,
        fold(name)
    )?;
    Ok(())
}

/// A visible pack with one version: 30 % of its price goes to the vendor, overage at the service's price.
pub async fn pack(
    tx: &mut Tx,
    id: PackId,
    version: PackVersionId,
    service: ServiceId,
    quantity: i64,
    price: Cents,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into packs (id, service_id, quantity, visible, created_at, updated_at) values ($1, $2, $3, true, $4, $4)",
        id,
        service,
        quantity,
        now
    )?;
    exec!(
        tx,
        "insert into pack_versions (id, pack_id, version, price_cents, currency, vendor_payment_cents, vendor_rate_mode, created_at)
         values ($1, $2, 1, $3, 'usd', $4, 'per_pack', $5)",
        version,
        id,
        price,
        Cents(price.0 * 3 / 10),
        now
    )?;
    Ok(())
}

/// The ids of a subscription and of what its first period consists of.
#[derive(Debug, Clone, Copy)]
pub struct SubscriptionIds {
    /// The subscription's.
    pub id: SubscriptionId,
    /// Its first period's.
    pub period: PeriodId,
    /// That period's allowance's. Its line has the same.
    pub allowance: AllowanceId,
    /// That allowance's batch's.
    pub batch: BatchId,
    /// The grant's in the ledger.
    pub grant: LedgerId,
}

/// An active subscription on the royalties rail with its first period, from `now` to `ends`, its line, allowance, batch and grant.
#[expect(clippy::too_many_arguments, reason = "ids and facts of six rows")]
pub async fn subscription(
    tx: &mut Tx,
    ids: SubscriptionIds,
    client: ClientId,
    pack: PackId,
    version: PackVersionId,
    now: Instant,
    ends: Instant,
    day: LocalDay,
) -> StoreResult<()> {
    let service = scalar!(tx, ServiceId, "select service_id from packs where id = $1", pack)?;
    exec!(
        tx,
        "insert into subscriptions (id, client_id, kind, slot, pack_id, pack_version_id, service_id, billing_interval, currency, rail, status, anchor_at,
             created_at, activated_at, updated_at)
         select $1, $2, 'pack', $3, p.id, v.id, p.service_id, 'month', v.currency, 'royalties', 'active', $4, $4, $4, $4
         from pack_versions v join packs p on p.id = v.pack_id where v.id = $5",
        ids.id,
        client,
        service.map(|service| Slot::of_service(service).to_string()),
        now,
        version
    )?;
    exec!(
        tx,
        "insert into periods (id, subscription_id, seq, starts_at, ends_at, price_cents, currency, pack_version_id, vendor_payment_cents, payment_state, opened_at)
         select $1, $2, 1, $3, $4, v.price_cents, v.currency, v.id, v.vendor_payment_cents, 'royalty_due', $3 from pack_versions v where v.id = $5",
        ids.period,
        ids.id,
        now,
        ends,
        version
    )?;
    exec!(
        tx,
        "insert into period_lines (id, period_id, line_no, pack_version_id, quantity, unit_price_cents, amount_cents)
         select $1, $2, 1, v.id, 1, v.price_cents, v.price_cents from pack_versions v where v.id = $3",
        ids.allowance,
        ids.period,
        version
    )?;
    exec!(
        tx,
        "insert into allowances (id, period_id, window_no, starts_at, ends_at, meter_id, service_id, included, running_for)
         select $1, $2, 1, $3, $4, s.meter_id, s.id, p.quantity, $6 from packs p join services s on s.id = p.service_id where p.id = $5",
        ids.allowance,
        ids.period,
        now,
        ends,
        pack,
        ids.id
    )?;
    exec!(
        tx,
        "insert into credit_batches (id, client_id, source, meter_id, service_id, granted, remaining, starts_at, expires_at, allowance_id, granted_at)
         select $1, $2, 'pack_period', s.meter_id, s.id, p.quantity, p.quantity, $3, $4, $5, $3
         from packs p join services s on s.id = p.service_id where p.id = $6",
        ids.batch,
        client,
        now,
        ends,
        ids.allowance,
        pack
    )?;
    exec!(
        tx,
        "insert into consumption_ledger (id, batch_id, units, kind, occurred_at, local_day, actor, idem_key)
         select $1, $2, p.quantity, 'grant', $3, $4, 'system', $5 from packs p where p.id = $6",
        ids.grant,
        ids.batch,
        now,
        day,
        format!("grant:{}", ids.period),
        pack
    )?;
    Ok(())
}

/// Writes down the delivery of the requests that a query gives, by whoever has them (§17), and puts them into review; which.
pub async fn deliver(tx: &mut Tx, ids: &str, now: Instant) -> StoreResult<Vec<RequestId>> {
    let delivery = format!(
        "insert into request_deliveries (request_id, delivered_at, vendor_id, designer_id, period_id, included_units, overage_units)
         select r.id, $1, r.vendor_id, r.designer_id, r.period_id, r.included_units, r.overage_units from service_requests r where r.id in ({ids})
         returning request_id"
    );
    let delivered = rows!(tx, (RequestId,), sqlx::AssertSqlSafe(delivery), now)?;
    let version = format!(
        "insert into request_versions (request_id, version, delivered_at, delivered_by)
         select r.id, 1, $1, r.created_by from service_requests r where r.id in ({ids})"
    );
    exec!(tx, sqlx::AssertSqlSafe(version), now)?;
    let file = format!(
        "insert into request_files (id, request_id, version, vendor_id, name, media_type, size_bytes, sha256, object_key, uploaded_by,
             uploaded_at, delivered_at)
         select r.id, r.id, 1, coalesce(r.vendor_id, '00000000-0000-7000-8000-000000000001'), 'work.png', 'image/png', 1, '-',
                'object-' || r.id, r.created_by, $1, $1
         from service_requests r where r.id in ({ids})"
    );
    exec!(tx, sqlx::AssertSqlSafe(file), now)?;
    let status = format!("update service_requests set status = 'in_review', updated_at = $1 where id in ({ids})");
    exec!(tx, sqlx::AssertSqlSafe(status), now)?;
    Ok(delivered.into_iter().map(|(id,)| id).collect())
}

/// A job that waits, or is dead.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// What makes it one.
    pub key: String,
    /// Tries so far.
    pub attempts: i64,
    /// When it is due.
    pub run_at: Instant,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// It is not tried again.
    pub dead: bool,
}

/// The jobs of a kind, the next one first.
pub async fn waiting(tx: &mut Tx, kind: &str) -> StoreResult<Vec<Waiting>> {
    rows!(
        tx,
        Waiting,
        "select key, attempts, run_at, last_error, dead from jobs where kind = $1 order by run_at, key limit 1000",
        kind
    )
}

/// Operations that have waited for an answer since before `before`.
pub async fn stuck_operations(tx: &mut Tx, before: Instant) -> StoreResult<Vec<OperationRow>> {
    rows!(
        tx,
        OperationRow,
        "select key, params_hash, state, result_id, error, created_at from stripe_operations where state = 'pending' and created_at < $1 order by created_at limit 100",
        before
    )
}

/// The vendors that a person is a member of.
pub async fn memberships(tx: &mut Tx, user: UserId) -> StoreResult<Vec<VendorId>> {
    let found = rows!(
        tx,
        (VendorId,),
        "select vendor_id from vendor_members where user_id = $1 order by vendor_id",
        user
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
