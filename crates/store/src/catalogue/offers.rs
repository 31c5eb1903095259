//! What a client is offered, and what it holds (PE8).

use crate::{StoreResult, Tx};
use domain::{Cents, ClientId, Currency, PackId, ServiceId, SubscriptionId, SubscriptionStatus};

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
         order by s.name_folded, s.id, p.quantity",
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
    /// What the client pays for it a month.
    pub price: Cents,
    /// Its state.
    pub status: SubscriptionStatus,
}

/// The packs that a client has (I7: at most one for each service).
pub async fn held(tx: &mut Tx, client_id: ClientId) -> StoreResult<Vec<HeldRow>> {
    rows!(
        tx,
        HeldRow,
        "select s.id, s.service_id, s.pack_id, p.quantity, v.name as service, t.price_cents as price, s.status
         from subscriptions s
         join packs p on p.id = s.pack_id
         join pack_versions t on t.id = s.pack_version_id
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
         where s.active order by s.name_folded, s.id",
        client_id
    )
}
