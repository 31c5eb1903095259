//! Invitations of addresses that somebody elsewhere has: what the inviter's list shows of them.

use crate::{StoreResult, Tx, kernel::exactly};
use domain::{ClientId, Instant, Role, UserId};

/// An invitation that nobody can accept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HeldInvitation {
    /// Its id: in the inviter's list it stands as a person's.
    pub id: UserId,
    /// Of which client.
    pub client_id: ClientId,
    /// The address.
    pub email: String,
    /// The name that the inviter gave.
    pub name: String,
    /// The role that was meant.
    pub role: Role,
    /// The inviter has not taken it back.
    pub active: bool,
}

/// Keeps one; `held_invitations_once` refuses a second one of the same address.
pub async fn insert_held(tx: &mut Tx, held: &HeldInvitation, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into held_invitations (id, client_id, email, name, role, active, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
        held.id,
        held.client_id,
        &held.email,
        &held.name,
        held.role,
        held.active,
        now
    )?;
    Ok(())
}

/// Those of a client.
pub async fn held_of_client(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<HeldInvitation>> {
    rows!(
        tx,
        HeldInvitation,
        "select id, client_id, email, name, role, active from held_invitations where client_id = $1 order by name, id",
        client
    )
}

/// One of a client's.
pub async fn held(tx: &mut Tx, client: ClientId, id: UserId) -> StoreResult<Option<HeldInvitation>> {
    row!(
        tx,
        HeldInvitation,
        "select id, client_id, email, name, role, active from held_invitations where client_id = $1 and id = $2",
        client,
        id
    )
}

/// Takes one back, or gives it again.
pub async fn set_held_active(tx: &mut Tx, id: UserId, active: bool) -> StoreResult<()> {
    let written = exec!(tx, "update held_invitations set active = $2 where id = $1", id, active)?;
    exactly(1, written)
}

/// One is over.
pub async fn delete_held(tx: &mut Tx, id: UserId) -> StoreResult<()> {
    exec!(tx, "delete from held_invitations where id = $1", id)?;
    Ok(())
}
