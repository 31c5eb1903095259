//! The terms of a pack version, with what the provider calls them (PE5).

use crate::{StoreResult, Tx};
use domain::{Cents, Currency, Instant, MeterId, PackId, PackVersionId, ServiceId};

/// What a version says, with its pack's and service's words: enough to open a period or to sell it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TermsRow {
    /// The version.
    pub pack_version_id: PackVersionId,
    /// The pack.
    pub pack_id: PackId,
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// What is counted.
    pub meter_id: MeterId,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// Units a month.
    pub quantity: i64,
    /// A month.
    pub price_cents: Cents,
    /// Currency.
    pub currency: Currency,
    /// To the vendor.
    pub vendor_payment_cents: Cents,
    /// Price of a unit beyond, where the pack has its own.
    pub overage_price_cents: Option<Cents>,
    /// `prod_…`.
    pub stripe_product_id: Option<String>,
    /// `price_…`.
    pub stripe_price_id: Option<String>,
    /// PE9.
    pub visible: bool,
    /// When it was archived.
    pub archived_at: Option<Instant>,
    /// The service's list price.
    pub service_price_cents: Cents,
}

impl TermsRow {
    /// "20 × Logo design".
    pub fn label(&self) -> String {
        domain::PackLabel {
            quantity: self.quantity,
            service: self.service_name.clone(),
        }
        .to_string()
    }
}

macro_rules! terms_select {
    ($tail:literal) => {
        concat!(
            "select v.id as pack_version_id, p.id as pack_id, s.id as service_id, s.name as service_name, m.id as meter_id, \
             m.unit_singular, m.unit_plural, p.quantity, v.price_cents, v.currency, v.vendor_payment_cents, v.overage_price_cents, \
             v.stripe_product_id, v.stripe_price_id, p.visible, p.archived_at, s.unit_price_cents as service_price_cents \
             from pack_versions v join packs p on p.id = v.pack_id join services s on s.id = p.service_id join meters m on m.id = s.meter_id ",
            $tail
        )
    };
}

/// The version whose price Stripe calls so.
pub async fn version_of_price(tx: &mut Tx, price: &str) -> StoreResult<Option<TermsRow>> {
    row!(tx, TermsRow, terms_select!("where v.stripe_price_id = $1"), price)
}

/// The terms of a version.
pub async fn terms(tx: &mut Tx, id: PackVersionId) -> StoreResult<Option<TermsRow>> {
    row!(tx, TermsRow, terms_select!("where v.id = $1"), id)
}

/// The newest terms of a pack.
pub async fn newest_terms(tx: &mut Tx, pack: PackId) -> StoreResult<Option<TermsRow>> {
    row!(
        tx,
        TermsRow,
        terms_select!("where p.id = $1 order by v.version desc limit 1"),
        pack
    )
}

/// The product that an earlier version of the pack made at Stripe.
pub async fn product_of_pack(tx: &mut Tx, pack: PackId) -> StoreResult<Option<String>> {
    scalar!(
        tx,
        String,
        "select stripe_product_id from pack_versions where pack_id = $1 and stripe_product_id is not null order by version desc limit 1",
        pack
    )
}

/// Keeps what Stripe calls a version's product.
pub async fn set_product(tx: &mut Tx, id: PackVersionId, product: &str) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_versions set stripe_product_id = $2 where id = $1 and stripe_product_id is null",
        id,
        product
    )?;
    Ok(())
}

/// Keeps what Stripe calls a version's price.
pub async fn set_price(tx: &mut Tx, id: PackVersionId, price: &str) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_versions set stripe_price_id = $2 where id = $1 and stripe_price_id is null",
        id,
        price
    )?;
    Ok(())
}
