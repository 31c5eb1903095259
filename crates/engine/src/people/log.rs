//! How what is done to people stands in the audit log.

use store::log::AuditEntry;

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
