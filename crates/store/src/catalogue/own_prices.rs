//! Clients' own prices (§16 *Common*).

use crate::{StoreResult, Tx};
use domain::{Cents, ClientId, ServiceId};

/// Sets or takes away a client's own price of a service.
pub async fn set_client_price(
    tx: &mut Tx,
    client: ClientId,
    service: ServiceId,
    price: Option<Cents>,
) -> StoreResult<()> {
    match price {
        Some(price) => exec!(
            tx,
            "insert into client_service_prices (client_id, service_id, unit_price_cents) values ($1, $2, $3)
             on conflict (client_id, service_id) do update set unit_price_cents = excluded.unit_price_cents",
            client,
            service,
            price
        )?,
        None => exec!(
            tx,
            "delete from client_service_prices where client_id = $1 and service_id = $2",
            client,
            service
        )?,
    };
    Ok(())
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
        own_price_sql!("where o.service_id = $1 order by c.name_folded, c.id"),
        service_id
    )
}

/// The own prices of one client, by service.
pub async fn own_prices_of_client(tx: &mut Tx, client_id: ClientId) -> StoreResult<Vec<OwnPriceRow>> {
    rows!(
        tx,
        OwnPriceRow,
        own_price_sql!("where o.client_id = $1 order by s.name_folded, s.id"),
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
        "select id, name from clients where closed_at is null order by name_folded, id"
    )
}

/// One client's name.
pub async fn client_name(tx: &mut Tx, id: ClientId) -> StoreResult<Option<String>> {
    scalar!(tx, String, "select name from clients where id = $1", id)
}

/// A service with the price that a client has agreed, if it has.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientPrice {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// What everybody pays for a unit.
    pub standard_cents: Cents,
    /// What this client pays for a unit.
    pub agreed_cents: Option<Cents>,
}

/// All active services with a client's prices, by name.
pub async fn client_prices(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<ClientPrice>> {
    rows!(
        tx,
        ClientPrice,
        "select s.id as service_id, s.name as service, s.unit_price_cents as standard_cents, p.unit_price_cents as agreed_cents
         from services s left join client_service_prices p on p.service_id = s.id and p.client_id = $1
         where s.active or p.client_id is not null order by s.name_folded, s.id",
        client
    )
}
