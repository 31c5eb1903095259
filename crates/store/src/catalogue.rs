//! Services, clients' own prices, packs and their versions (§1, §2): rows and statements.
//!
//! What must not be here: whether a form may be saved, figures such as savings (both are `domain`'s), subscriptions
//! beyond what the editor shows of them.

use crate::{StoreResult, Tx};
use domain::{
    Cents, ClientId, Currency, Instant, MeterId, PackId, PackVersionId, PaymentType, ServiceId, SubscriptionId,
    SubscriptionStatus, UserId,
    pack::{PackTerms, VendorRateMode},
};

/// A service with its unit's words.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ServiceRow {
    /// Which.
    pub id: ServiceId,
    /// "Logo design".
    pub name: String,
    /// What counts its units.
    pub meter_id: MeterId,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// List price of one unit.
    pub unit_price: Cents,
    /// Business days (RQ8).
    pub turnaround_days: i64,
    /// Offered to clients.
    pub active: bool,
    /// Grows with every change.
    pub row_version: i64,
    /// Packs of it that are not archived.
    pub packs: i64,
    /// Clients with a price of their own.
    pub own_prices: i64,
}

macro_rules! service_sql {
    ($tail:literal) => {
        concat!(
            "select s.id, s.name, s.meter_id, m.unit_singular, m.unit_plural, s.unit_price_cents as unit_price,
                    s.turnaround_days, s.active, s.row_version, coalesce(p.packs, 0) as packs, coalesce(o.own_prices, 0) as own_prices
             from services s
             join meters m on m.id = s.meter_id
             left join (select service_id, count(*) as packs from packs where archived_at is null group by service_id) p on p.service_id = s.id
             left join (select service_id, count(*) as own_prices from client_service_prices group by service_id) o on o.service_id = s.id ",
            $tail
        )
    };
}

/// All services by name.
pub async fn services(tx: &mut Tx) -> StoreResult<Vec<ServiceRow>> {
    rows!(tx, ServiceRow, service_sql!("order by s.name, s.id"))
}

/// One service.
pub async fn service(tx: &mut Tx, id: ServiceId) -> StoreResult<Option<ServiceRow>> {
    row!(tx, ServiceRow, service_sql!("where s.id = $1"), id)
}

/// The columns of a service that its form decides.
#[derive(Debug, Clone, Copy)]
pub struct ServiceColumns<'a> {
    /// "Logo design".
    pub name: &'a str,
    /// What counts its units.
    pub meter_id: MeterId,
    /// List price of one unit.
    pub unit_price: Cents,
    /// Business days.
    pub turnaround_days: i64,
    /// Offered to clients.
    pub active: bool,
}

/// Adds a service; `services_name_unique` refuses a name that is taken.
pub async fn insert_service(tx: &mut Tx, id: ServiceId, columns: ServiceColumns<'_>, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into services (id, name, meter_id, unit_price_cents, turnaround_days, active, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        columns.name,
        columns.meter_id,
        columns.unit_price,
        columns.turnaround_days,
        columns.active,
        now
    )?;
    Ok(())
}

/// Changes a service that still has the version that was read. `false` when somebody else was faster.
pub async fn update_service(
    tx: &mut Tx,
    id: ServiceId,
    columns: ServiceColumns<'_>,
    row_version: i64,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update services set name = $2, meter_id = $3, unit_price_cents = $4, turnaround_days = $5, active = $6, row_version = row_version + 1
         where id = $1 and row_version = $7",
        id,
        columns.name,
        columns.meter_id,
        columns.unit_price,
        columns.turnaround_days,
        columns.active,
        row_version
    )? == 1)
}

/// The meter of a key, made when missing, with these words from now on: services that count the same unit share them.
pub async fn ensure_meter(
    tx: &mut Tx,
    id: MeterId,
    key: &str,
    unit_singular: &str,
    unit_plural: &str,
) -> StoreResult<MeterId> {
    exec!(
        tx,
        "insert into meters (id, key, unit_singular, unit_plural) values ($1, $2, $3, $4)
         on conflict (key) do update set unit_singular = excluded.unit_singular, unit_plural = excluded.unit_plural",
        id,
        key,
        unit_singular,
        unit_plural
    )?;
    let found = scalar!(tx, MeterId, "select id from meters where key = $1", key)?;
    found.ok_or(crate::StoreError::Database(sqlx::Error::RowNotFound))
}

/// A service counts another unit now: what was granted for it is counted in that unit too.
pub async fn recount_batches(tx: &mut Tx, service_id: ServiceId, meter_id: MeterId) -> StoreResult<u64> {
    exec!(
        tx,
        "update credit_batches set meter_id = $2 where service_id = $1 and meter_id <> $2",
        service_id,
        meter_id
    )
}

/// A client's own price of a service.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnPriceRow {
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// Of which service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service: String,
    /// What the client pays for one unit.
    pub own_price: Cents,
    /// What others pay.
    pub list_price: Cents,
}

macro_rules! own_price_sql {
    ($tail:literal) => {
        concat!(
            "select o.client_id, c.name as client, o.service_id, s.name as service, o.unit_price_cents as own_price,
                    s.unit_price_cents as list_price
             from client_service_prices o
             join clients c on c.id = o.client_id
             join services s on s.id = o.service_id ",
            $tail
        )
    };
}

/// The clients that have a price of their own for a service, by name.
pub async fn own_prices_of_service(tx: &mut Tx, service_id: ServiceId) -> StoreResult<Vec<OwnPriceRow>> {
    rows!(
        tx,
        OwnPriceRow,
        own_price_sql!("where o.service_id = $1 order by c.name, c.id"),
        service_id
    )
}

/// The own prices of one client, by service.
pub async fn own_prices_of_client(tx: &mut Tx, client_id: ClientId) -> StoreResult<Vec<OwnPriceRow>> {
    rows!(
        tx,
        OwnPriceRow,
        own_price_sql!("where o.client_id = $1 order by s.name, s.id"),
        client_id
    )
}

/// A client's own price of a service, if it has one.
pub async fn own_price(tx: &mut Tx, client_id: ClientId, service_id: ServiceId) -> StoreResult<Option<Cents>> {
    scalar!(
        tx,
        Cents,
        "select unit_price_cents from client_service_prices where client_id = $1 and service_id = $2",
        client_id,
        service_id
    )
}

/// Sets a client's own price of a service.
pub async fn set_own_price(tx: &mut Tx, client_id: ClientId, service_id: ServiceId, price: Cents) -> StoreResult<()> {
    exec!(
        tx,
        "insert into client_service_prices (client_id, service_id, unit_price_cents) values ($1, $2, $3)
         on conflict (client_id, service_id) do update set unit_price_cents = excluded.unit_price_cents",
        client_id,
        service_id,
        price
    )?;
    Ok(())
}

/// The client pays the list price again. `false` when it did already.
pub async fn remove_own_price(tx: &mut Tx, client_id: ClientId, service_id: ServiceId) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "delete from client_service_prices where client_id = $1 and service_id = $2",
        client_id,
        service_id
    )? == 1)
}

/// An id and its name, to choose from.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ClientName {
    /// Which.
    pub id: ClientId,
    /// Its name.
    pub name: String,
}

/// Clients that are not closed, by name.
pub async fn client_names(tx: &mut Tx) -> StoreResult<Vec<ClientName>> {
    rows!(
        tx,
        ClientName,
        "select id, name from clients where closed_at is null order by name, id"
    )
}

/// One client's name.
pub async fn client_name(tx: &mut Tx, id: ClientId) -> StoreResult<Option<String>> {
    scalar!(tx, String, "select name from clients where id = $1", id)
}

/// A pack with the terms that are sold now.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PackRow {
    /// Which.
    pub id: PackId,
    /// Of which service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service: String,
    /// The service is offered.
    pub service_active: bool,
    /// List price of one unit of the service.
    pub service_unit_price: Cents,
    /// Units a month.
    pub quantity: i64,
    /// PE9.
    pub visible: bool,
    /// PE6.
    pub archived_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Grows with every change.
    pub row_version: i64,
    /// The newest version.
    pub version_id: PackVersionId,
    /// Its number.
    pub version: i64,
    /// Its price a month.
    pub price: Cents,
    /// Its currency.
    pub currency: Currency,
    /// What the vendor gets.
    pub vendor_payment: Cents,
    /// For the pack or for each unit.
    pub vendor_rate_mode: VendorRateMode,
    /// Price of a unit beyond.
    pub overage_price: Option<Cents>,
    /// Subscriptions that run (active or past due).
    pub subscribers: i64,
}

impl PackRow {
    /// The terms of the newest version.
    pub fn terms(&self) -> PackTerms {
        PackTerms {
            price: self.price,
            vendor_payment: self.vendor_payment,
            vendor_rate_mode: self.vendor_rate_mode,
            overage_price: self.overage_price,
        }
    }
}

macro_rules! pack_sql {
    ($tail:literal) => {
        concat!(
            "select p.id, p.service_id, s.name as service, s.active as service_active, s.unit_price_cents as service_unit_price,
                    p.quantity, p.visible, p.archived_at, p.created_at, p.updated_at, p.row_version,
                    v.id as version_id, v.version, v.price_cents as price, v.currency, v.vendor_payment_cents as vendor_payment,
                    v.vendor_rate_mode, v.overage_price_cents as overage_price,
                    (select count(*) from pack_subscriptions n where n.pack_id = p.id and n.status in ('active', 'past_due')) as subscribers
             from packs p
             join services s on s.id = p.service_id
             join pack_versions v on v.pack_id = p.id and v.version = (select max(w.version) from pack_versions w where w.pack_id = p.id) ",
            $tail
        )
    };
}

/// PE8: all packs, archived ones included, by service and quantity, in one query.
pub async fn packs(tx: &mut Tx) -> StoreResult<Vec<PackRow>> {
    rows!(
        tx,
        PackRow,
        pack_sql!("order by s.name, p.quantity, p.created_at, p.id")
    )
}

/// One pack.
pub async fn pack(tx: &mut Tx, id: PackId) -> StoreResult<Option<PackRow>> {
    row!(tx, PackRow, pack_sql!("where p.id = $1"), id)
}

/// The pack that holds the place of a service and quantity (PE3), if one does.
pub async fn live_pack(tx: &mut Tx, service_id: ServiceId, quantity: i64) -> StoreResult<Option<PackId>> {
    scalar!(
        tx,
        PackId,
        "select id from packs where service_id = $1 and quantity = $2 and archived_at is null",
        service_id,
        quantity
    )
}

/// Takes a pack's row for the rest of the transaction, so that no subscription begins and no pending change is made
/// to it meanwhile: both reference the row. SQLite has one writer and needs nothing. `false` where there is no such pack.
pub async fn lock_pack(tx: &mut Tx, id: PackId) -> StoreResult<bool> {
    let found = if tx.is_postgres() {
        scalar!(tx, PackId, "select id from packs where id = $1 for update", id)?
    } else {
        scalar!(tx, PackId, "select id from packs where id = $1", id)?
    };
    Ok(found.is_some())
}

/// Adds a pack; `packs_service_quantity_unique` refuses a second live one (PE3).
pub async fn insert_pack(
    tx: &mut Tx,
    id: PackId,
    service_id: ServiceId,
    quantity: i64,
    visible: bool,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into packs (id, service_id, quantity, visible, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)",
        id,
        service_id,
        quantity,
        visible,
        now
    )?;
    Ok(())
}

/// Changes a pack that still has the version that was read. `false` when somebody else was faster (PE4 `pack_stale`).
pub async fn update_pack(
    tx: &mut Tx,
    id: PackId,
    service_id: ServiceId,
    quantity: i64,
    visible: bool,
    row_version: i64,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update packs set service_id = $2, quantity = $3, visible = $4, updated_at = $5, row_version = row_version + 1
         where id = $1 and row_version = $6",
        id,
        service_id,
        quantity,
        visible,
        now,
        row_version
    )? == 1)
}

/// PE9: shows or hides a pack. `false` when it stood so already.
pub async fn set_visible(tx: &mut Tx, id: PackId, visible: bool, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update packs set visible = $2, updated_at = $3, row_version = row_version + 1 where id = $1 and visible <> $2",
        id,
        visible,
        now
    )? == 1)
}

/// PE6, PE7: archives (`Some`) or brings back (`None`); bringing back may meet `packs_service_quantity_unique`.
/// `false` when it stood so already.
pub async fn set_archived(tx: &mut Tx, id: PackId, archived_at: Option<Instant>, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update packs set archived_at = $2, updated_at = $3, row_version = row_version + 1
         where id = $1 and (archived_at is null) <> ($4)",
        id,
        archived_at,
        now,
        archived_at.is_none()
    )? == 1)
}

/// Adds a version of a pack's terms (PE5).
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn insert_version(
    tx: &mut Tx,
    id: PackVersionId,
    pack_id: PackId,
    version: i64,
    terms: &PackTerms,
    currency: Currency,
    created_by: Option<UserId>,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into pack_versions (id, pack_id, version, price_cents, currency, vendor_payment_cents, vendor_rate_mode, overage_price_cents, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id,
        pack_id,
        version,
        terms.price,
        currency,
        terms.vendor_payment,
        terms.vendor_rate_mode,
        terms.overage_price,
        now,
        created_by
    )?;
    Ok(())
}

/// A pack that nobody ever had is called otherwise now: what its versions made at the payment provider bears the old
/// name and is not used again.
pub async fn forget_products(tx: &mut Tx, pack_id: PackId) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_versions set stripe_product_id = null where pack_id = $1",
        pack_id
    )?;
    Ok(())
}

/// A version as the editor lists it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VersionRow {
    /// Which.
    pub id: PackVersionId,
    /// 1, 2, 3 …
    pub version: i64,
    /// Price a month.
    pub price: Cents,
    /// What the vendor gets.
    pub vendor_payment: Cents,
    /// For the pack or for each unit.
    pub vendor_rate_mode: VendorRateMode,
    /// Price of a unit beyond.
    pub overage_price: Option<Cents>,
    /// When it was saved.
    pub created_at: Instant,
    /// Who saved it; `None` for the product itself.
    pub created_by: Option<String>,
    /// It has a price at the payment provider.
    pub published: bool,
    /// Running subscriptions on these terms.
    pub subscribers: i64,
}

/// All versions of a pack, newest first.
pub async fn versions(tx: &mut Tx, pack_id: PackId) -> StoreResult<Vec<VersionRow>> {
    rows!(
        tx,
        VersionRow,
        "select v.id, v.version, v.price_cents as price, v.vendor_payment_cents as vendor_payment, v.vendor_rate_mode,
                v.overage_price_cents as overage_price, v.created_at, u.name as created_by,
                v.stripe_price_id is not null as published, coalesce(n.subscribers, 0) as subscribers
         from pack_versions v
         left join users u on u.id = v.created_by
         left join (select pack_version_id, count(*) as subscribers from pack_subscriptions
                    where pack_id = $1 and status in ('active', 'past_due') group by pack_version_id) n on n.pack_version_id = v.id
         where v.pack_id = $1 order by v.version desc",
        pack_id
    )
}

/// A subscription as the editor lists it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SubscriberRow {
    /// Which.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// Its state.
    pub status: SubscriptionStatus,
    /// Number of the version that it is on.
    pub version: i64,
    /// That version's price.
    pub price: Cents,
    /// When it is to end.
    pub cancel_at: Option<Instant>,
    /// When its first period began.
    pub anchor_at: Option<Instant>,
    /// Number of the version that an admin moves it to.
    pub move_to_version: Option<i64>,
    /// When the client was told.
    pub move_told_at: Option<Instant>,
    /// From which boundary, once that is certain.
    pub move_applies_at: Option<Instant>,
    /// That version's price.
    pub move_to_price: Option<Cents>,
    /// Units used in the newest period; none before the first.
    pub used_units: Option<i64>,
    /// Units of that period.
    pub included_units: Option<i64>,
    /// Its end.
    pub period_ends_at: Option<Instant>,
}

/// Subscriptions of a pack that have not ended, by client. At most `limit`.
pub async fn subscribers(tx: &mut Tx, pack_id: PackId, limit: i64) -> StoreResult<Vec<SubscriberRow>> {
    rows!(
        tx,
        SubscriberRow,
        "select s.id, s.client_id, c.name as client, s.status, v.version, v.price_cents as price, s.cancel_at,
                s.anchor_at, m.version as move_to_version, m.price_cents as move_to_price, s.move_told_at, s.move_applies_at,
                p.used_units, p.included_units, p.ends_at as period_ends_at
         from pack_subscriptions s
         join clients c on c.id = s.client_id
         join pack_versions v on v.id = s.pack_version_id
         left join pack_versions m on m.id = s.move_to_version_id
         left join pack_periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id)
         where s.pack_id = $1 and s.status <> 'ended'
         order by c.name, s.id limit $2",
        pack_id,
        limit
    )
}

/// How a pack's subscriptions stand, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct PackUse {
    /// All that ever were (PE6).
    pub ever: i64,
    /// Not ended.
    pub open: i64,
    /// Running on older terms and not yet set to move to the newest.
    pub movable: i64,
    /// Set to move (PE5).
    pub moving: i64,
}

/// PE5, PE6: counts of a pack's subscriptions; `newest` is its newest version.
pub async fn pack_use(tx: &mut Tx, pack_id: PackId, newest: PackVersionId) -> StoreResult<PackUse> {
    Ok(row!(
        tx,
        PackUse,
        "select count(*) as ever,
                count(case when status <> 'ended' then 1 end) as open,
                count(case when status in ('active', 'past_due') and pack_version_id <> $2
                            and (move_to_version_id is null or move_to_version_id <> $2) then 1 end) as movable,
                count(case when status in ('active', 'past_due') and move_to_version_id is not null then 1 end) as moving
         from pack_subscriptions where pack_id = $1",
        pack_id,
        newest
    )?
    .unwrap_or_default())
}

/// PE6: clients whose pending change leads to a version of this pack.
pub async fn pending_changes_to(tx: &mut Tx, pack_id: PackId) -> StoreResult<i64> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from pack_subscriptions s join pack_versions v on v.id = s.pending_pack_version_id
         where v.pack_id = $1 and s.status in ('incomplete', 'active', 'past_due', 'suspended')",
        pack_id
    )?
    .unwrap_or(0))
}

/// A subscription and its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Moved {
    /// Which.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
}

/// PE5: sets the running subscriptions on older terms to move to the newest at a renewal; those that changed.
pub async fn move_subscribers(
    tx: &mut Tx,
    pack_id: PackId,
    newest: PackVersionId,
    now: Instant,
) -> StoreResult<Vec<Moved>> {
    rows!(
        tx,
        Moved,
        "update pack_subscriptions set move_to_version_id = $2, move_told_at = null, move_applies_at = null, updated_at = $3, row_version = row_version + 1
         where pack_id = $1 and status in ('active', 'past_due') and pack_version_id <> $2
           and (move_to_version_id is null or move_to_version_id <> $2)
         returning id, client_id",
        pack_id,
        newest,
        now
    )
}

/// PE5: the subscriptions of a pack that are set to move.
pub async fn moving(tx: &mut Tx, pack_id: PackId) -> StoreResult<Vec<Moved>> {
    rows!(
        tx,
        Moved,
        "select id, client_id from pack_subscriptions where pack_id = $1 and move_to_version_id is not null and status <> 'ended' order by id",
        pack_id
    )
}

/// What a client sees of a pack on sale.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OfferRow {
    /// Which.
    pub id: PackId,
    /// Of which service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service: String,
    /// "design".
    pub unit_singular: String,
    /// Business days.
    pub turnaround_days: i64,
    /// What one unit costs this client without a pack: its own price, else the list price.
    pub unit_price: Cents,
    /// Units a month.
    pub quantity: i64,
    /// Price a month.
    pub price: Cents,
    /// Its currency.
    pub currency: Currency,
    /// Price of a unit beyond, where the pack has one of its own.
    pub overage_price: Option<Cents>,
}

/// The packs on sale to a client: visible, not archived, of services that are offered; by service and quantity.
pub async fn offers(tx: &mut Tx, client_id: ClientId) -> StoreResult<Vec<OfferRow>> {
    rows!(
        tx,
        OfferRow,
        "select p.id, p.service_id, s.name as service, m.unit_singular, s.turnaround_days,
                coalesce(o.unit_price_cents, s.unit_price_cents) as unit_price,
                p.quantity, v.price_cents as price, v.currency, v.overage_price_cents as overage_price
         from packs p
         join services s on s.id = p.service_id
         join meters m on m.id = s.meter_id
         join pack_versions v on v.pack_id = p.id and v.version = (select max(w.version) from pack_versions w where w.pack_id = p.id)
         left join client_service_prices o on o.service_id = s.id and o.client_id = $1
         where p.visible and p.archived_at is null and s.active
         order by s.name, s.id, p.quantity",
        client_id
    )
}

/// A pack that a client has, in whatever state before its end.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct HeldRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// Of which service.
    pub service_id: ServiceId,
    /// Which pack.
    pub pack_id: PackId,
    /// Its units a month.
    pub quantity: i64,
    /// The service's name.
    pub service: String,
    /// Its state.
    pub status: SubscriptionStatus,
}

/// The packs that a client has (I7: at most one for each service).
pub async fn held(tx: &mut Tx, client_id: ClientId) -> StoreResult<Vec<HeldRow>> {
    rows!(
        tx,
        HeldRow,
        "select s.id, s.service_id, s.pack_id, p.quantity, v.name as service, s.status
         from pack_subscriptions s
         join packs p on p.id = s.pack_id
         join services v on v.id = s.service_id
         where s.client_id = $1 and s.status in ('incomplete', 'active', 'past_due', 'suspended')",
        client_id
    )
}

/// What a client sees of a service.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ClientServiceRow {
    /// Which.
    pub id: ServiceId,
    /// "Logo design".
    pub name: String,
    /// "design".
    pub unit_singular: String,
    /// List price of one unit.
    pub list_price: Cents,
    /// The client's own price.
    pub own_price: Option<Cents>,
    /// Business days.
    pub turnaround_days: i64,
    /// Packs of it on sale.
    pub packs: i64,
}

/// The services that are offered, with a client's own prices, by name.
pub async fn client_services(tx: &mut Tx, client_id: ClientId) -> StoreResult<Vec<ClientServiceRow>> {
    rows!(
        tx,
        ClientServiceRow,
        "select s.id, s.name, m.unit_singular, s.unit_price_cents as list_price, o.unit_price_cents as own_price,
                s.turnaround_days, coalesce(p.packs, 0) as packs
         from services s
         join meters m on m.id = s.meter_id
         left join client_service_prices o on o.service_id = s.id and o.client_id = $1
         left join (select service_id, count(*) as packs from packs where visible and archived_at is null group by service_id) p on p.service_id = s.id
         where s.active order by s.name, s.id",
        client_id
    )
}

/// How a client pays for what goes beyond its packs, which also decides its packs' rail (Q2).
pub async fn payment_type(tx: &mut Tx, client_id: ClientId) -> StoreResult<Option<PaymentType>> {
    scalar!(
        tx,
        PaymentType,
        "select payment_type from clients where id = $1",
        client_id
    )
}
