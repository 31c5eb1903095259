//! Whom a mail is for.

use crate::{StoreResult, Tx};
use domain::{ClientId, Role, UserId, VendorId};

/// The active admins.
pub async fn admins(tx: &mut Tx) -> StoreResult<Vec<Recipient>> {
    rows!(
        tx,
        Recipient,
        "select id, email, name, role from users where role = 'admin' and active order by created_at, id"
    )
}

/// AS10: who of a vendor is told: its managers, of Tri-POD those who lead; where there are none, all of its people.
pub async fn people_to_tell(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<Recipient>> {
    rows!(
        tx,
        Recipient,
        "select u.id, u.email, u.name, u.role from vendor_members m join users u on u.id = m.user_id
         where m.vendor_id = $1 and u.active and (u.lead or u.role = 'vendor_manager' or not exists
             (select 1 from vendor_members o join users x on x.id = o.user_id where o.vendor_id = $1 and x.active and (x.lead or x.role = 'vendor_manager')))
         order by u.created_at, u.id",
        vendor
    )
}

/// An active person.
pub async fn person_to_tell(tx: &mut Tx, id: UserId) -> StoreResult<Option<Recipient>> {
    row!(
        tx,
        Recipient,
        "select id, email, name, role from users where id = $1 and active",
        id
    )
}

/// Somebody to write to.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Recipient {
    /// The person.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
}

/// The active owners of a client's account.
pub async fn owners(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<Recipient>> {
    rows!(
        tx,
        Recipient,
        "select id, email, name, role from users where client_id = $1 and active and role = 'client_owner' order by created_at, id",
        client
    )
}
