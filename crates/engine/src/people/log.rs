//! How what is done to people stands in the audit log.

use crate::{Caller, Engine, kernel::audit};
use domain::{AppResult, Instant, Role, UserId};
use store::{Tx, log::AuditEntry};

pub(super) fn entry<'a>(actor: &'a str, action: &'a str, id: &'a str) -> AuditEntry<'a> {
    AuditEntry {
        actor,
        action,
        entity: "user",
        entity_id: id,
        before: None,
        after: None,
    }
}

/// What somebody may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub role: Role,
    pub lead: bool,
    pub active: bool,
}

impl Standing {
    pub(super) fn json(self) -> String {
        let Standing { role, lead, active } = self;
        serde_json::json!({ "role": role, "lead": lead, "active": active }).to_string()
    }
}

impl Engine {
    /// Somebody may do something else by now.
    pub(super) async fn log_rights(
        &self,
        tx: &mut Tx,
        now: Instant,
        caller: &Caller,
        id: UserId,
        before: Standing,
        after: Standing,
    ) -> AppResult<()> {
        let (actor, text_id) = (caller.actor(), id.to_string());
        let (before, after) = (before.json(), after.json());
        let written = AuditEntry {
            before: Some(&before),
            after: Some(&after),
            ..entry(&actor, "user.changed", &text_id)
        };
        audit(tx, self, now, written).await
    }
}
