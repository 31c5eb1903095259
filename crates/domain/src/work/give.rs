//! Giving a request that no pack brings: to whom, and why not (TP5, RQ10).

use crate::{
    RequestStatus, Role, Transition, UserId, VendorId,
    access::Rights,
    assignment::Effect,
    work::request::{Actor, Hold, step},
};
use serde::{Deserialize, Serialize};

/// What decides whether a request can be given to somebody else (RQ10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiveFacts {
    /// A pack brings it: it follows the pack's vendor (AS9).
    pub of_pack: bool,
    /// It has been in review once (§17).
    pub delivered: bool,
    /// RQ1.
    pub status: RequestStatus,
    /// Who has it: a vendor, and who of it.
    pub holder: (Option<VendorId>, Option<UserId>),
}

/// Why a request cannot be given to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotGiven {
    /// It follows its pack's vendor.
    OfPack,
    /// What has been delivered stays with whoever did it.
    Delivered,
    /// Nothing is worked on in this state.
    State(RequestStatus),
    /// The vendor does not take this service.
    NotOffered,
}

/// RQ10: what giving a request to a vendor, or to somebody of one, does. `offers`: that vendor takes the request's service.
///
/// # Errors
/// Why it cannot be.
pub fn give(request: &GiveFacts, to: (VendorId, Option<UserId>), offers: bool) -> Result<Effect, NotGiven> {
    if request.of_pack {
        return Err(NotGiven::OfPack);
    }
    if request.delivered {
        return Err(NotGiven::Delivered);
    }
    let rights = Rights {
        role: Role::Admin,
        lead: false,
    };
    let giver = Actor::Person(rights, Hold::Elsewhere);
    if step(request.status, Transition::Give, giver).is_err() {
        return Err(NotGiven::State(request.status));
    }
    match request.holder {
        (Some(vendor), designer) if (vendor, designer) == to => Ok(Effect::Already),
        _ if !offers => Err(NotGiven::NotOffered),
        _ => Ok(Effect::Now),
    }
}
