//! On which terms vendors work: the services that they offer, and what they get for a pack (§14, VP1, VP3).

use crate::{StoreResult, Tx};
use domain::{Cents, Instant, PackId, ServiceId, UserId, VendorId, catalogue::pack::VendorRateMode};

/// A service with what a vendor gets for one unit of it, where it offers it (VP3).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorService {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// What clients pay for one unit.
    pub standard_cents: Cents,
    /// What the vendor gets; `None`: not offered.
    pub rate_cents: Option<Cents>,
}

/// The active services and those that the vendor offers, by name.
pub async fn vendor_services(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<VendorService>> {
    rows!(
        tx,
        VendorService,
        "select s.id as service_id, s.name as service, s.unit_price_cents as standard_cents, o.rate_cents from services s
         left join vendor_services o on o.service_id = s.id and o.vendor_id = $1
         where s.active or o.vendor_id is not null order by s.name_folded, s.id",
        vendor
    )
}

/// A pack that is sold, with what a vendor gets for it (VP1).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorPack {
    /// The pack.
    pub pack_id: PackId,
    /// The service's name.
    pub service: String,
    /// Units a month.
    pub quantity: i64,
    /// What its newest version pays.
    pub payment_cents: Cents,
    /// For the pack or for each unit.
    pub rate_mode: VendorRateMode,
    /// What this vendor gets instead.
    pub own_cents: Option<Cents>,
    /// For the pack or for each unit.
    pub own_mode: Option<VendorRateMode>,
}

/// The packs that are not archived, and those of which a vendor has its own terms.
pub async fn vendor_packs(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<VendorPack>> {
    rows!(
        tx,
        VendorPack,
        "select p.id as pack_id, s.name as service, p.quantity, v.vendor_payment_cents as payment_cents, v.vendor_rate_mode as rate_mode,
                o.payment_cents as own_cents, o.rate_mode as own_mode
         from packs p
         join services s on s.id = p.service_id
         join pack_versions v on v.pack_id = p.id and v.version = (select max(w.version) from pack_versions w where w.pack_id = p.id)
         left join vendor_pack_payments o on o.pack_id = p.id and o.vendor_id = $1 and o.replaced_at is null
         where p.archived_at is null or o.id is not null order by s.name_folded, p.quantity, p.id",
        vendor
    )
}

/// Which external vendor offers which service, for how much a unit (VP3).
pub async fn offers(tx: &mut Tx) -> StoreResult<Vec<(VendorId, ServiceId, Cents)>> {
    rows!(
        tx,
        (VendorId, ServiceId, Cents),
        "select vendor_id, service_id, rate_cents from vendor_services order by vendor_id, service_id"
    )
}

/// What a vendor gets for a pack by its own terms (VP1).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnPaymentRow {
    /// The row.
    pub id: String,
    /// Whose.
    pub vendor_id: VendorId,
    /// Which pack.
    pub pack_id: PackId,
    /// The amount.
    pub payment_cents: Cents,
    /// For the pack or for each unit.
    pub rate_mode: VendorRateMode,
}

/// The own terms that hold, of all vendors.
pub async fn own_payments(tx: &mut Tx) -> StoreResult<Vec<OwnPaymentRow>> {
    rows!(
        tx,
        OwnPaymentRow,
        "select id, vendor_id, pack_id, payment_cents, rate_mode from vendor_pack_payments where replaced_at is null"
    )
}

/// VP1: sets a vendor's own terms for a pack; without any it has none any more. Periods that have begun keep theirs.
pub async fn set_own_payment(
    tx: &mut Tx,
    id: &str,
    vendor: VendorId,
    pack: PackId,
    terms: Option<domain::payables::VendorTerms>,
    by: UserId,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "update vendor_pack_payments set replaced_at = $3 where vendor_id = $1 and pack_id = $2 and replaced_at is null",
        vendor,
        pack,
        now
    )?;
    if let Some(terms) = terms {
        exec!(
            tx,
            "insert into vendor_pack_payments (id, vendor_id, pack_id, payment_cents, rate_mode, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7)",
            id,
            vendor,
            pack,
            terms.payment,
            terms.mode,
            by,
            now
        )?;
    }
    Ok(())
}

/// VP3: a vendor takes a service at a rate, or not any more.
pub async fn set_offer(tx: &mut Tx, vendor: VendorId, service: ServiceId, rate: Option<Cents>) -> StoreResult<()> {
    match rate {
        Some(rate) => exec!(
            tx,
            "insert into vendor_services (vendor_id, service_id, rate_cents) values ($1, $2, $3)
             on conflict (vendor_id, service_id) do update set rate_cents = excluded.rate_cents",
            vendor,
            service,
            rate
        )?,
        None => exec!(
            tx,
            "delete from vendor_services where vendor_id = $1 and service_id = $2",
            vendor,
            service
        )?,
    };
    Ok(())
}
