//! Packs and their versions (§1, §2).

use crate::{StoreResult, Tx};
use domain::{
    Cents, Currency, Instant, PackId, PackVersionId, ServiceId, UserId,
    catalogue::pack::{PackTerms, VendorRateMode},
};

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
                    (select count(*) from subscriptions n where n.pack_id = p.id and n.status in ('active', 'past_due')) as subscribers
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
        pack_sql!("order by s.name_folded, p.quantity, p.created_at, p.id")
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
         left join (select pack_version_id, count(*) as subscribers from subscriptions
                    where pack_id = $1 and status in ('active', 'past_due') group by pack_version_id) n on n.pack_version_id = v.id
         where v.pack_id = $1 order by v.version desc",
        pack_id
    )
}
