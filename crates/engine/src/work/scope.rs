//! Which requests a reader may see, and what of them (RQ7).

use crate::Caller;
use domain::{AppError, AppResult, Capability, Role};
use store::work::Scope;

/// RQ7: whose requests a caller reads.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn scope(caller: &Caller) -> AppResult<Scope> {
    caller.require(Capability::SeeRequests)?;
    match (caller.client_id, caller.vendor_id) {
        (Some(client), _) => Ok(Scope::Client(client)),
        (None, Some(vendor)) => Ok(Scope::Vendor(vendor)),
        (None, None) if caller.role.is_staff() => Ok(Scope::All),
        (None, None) => Err(AppError::Forbidden),
    }
}

/// RQ3: internal notes are the agency's.
pub(super) const fn sees_notes(role: Role) -> bool {
    role.is_staff()
}

/// IN3.
pub(super) const fn sees_prices(role: Role) -> bool {
    !role.is_vendor()
}

/// IN5: who has the switch *Show pack requests*.
pub(super) const fn has_switch(role: Role) -> bool {
    matches!(role, Role::InternalDesigner | Role::Admin)
}
