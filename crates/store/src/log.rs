//! The audit log, the outbox, alarms, form keys and settings: small tables that every family of use cases writes.

use crate::{StoreResult, Tx};
use domain::Instant;

/// Who changed what (§26).
#[derive(Debug, Clone, Copy)]
pub struct AuditEntry<'a> {
    /// "user:…", "system" or "stripe".
    pub actor: &'a str,
    /// "pack.created", "subscription.activated" …
    pub action: &'a str,
    /// The table's word: "pack", "subscription" …
    pub entity: &'a str,
    /// Its id.
    pub entity_id: &'a str,
    /// What stood before, JSON.
    pub before: Option<&'a str>,
    /// What stands now, JSON.
    pub after: Option<&'a str>,
}

/// Appends one row to the audit log.
pub async fn audit(tx: &mut Tx, id: &str, now: Instant, entry: &AuditEntry<'_>) -> StoreResult<()> {
    exec!(
        tx,
        "insert into audit_log (id, actor, action, entity, entity_id, before, after, at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        entry.actor,
        entry.action,
        entry.entity,
        entry.entity_id,
        entry.before,
        entry.after,
        now
    )?;
    Ok(())
}

/// Writes an event of ours for those who listen outside; the same dedupe key is written once. `true` when it was new.
pub async fn outbox(
    tx: &mut Tx,
    id: &str,
    topic: &str,
    payload: &str,
    dedupe_key: &str,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into outbox (id, topic, payload, dedupe_key, created_at) values ($1, $2, $3, $4, $5) on conflict (dedupe_key) do nothing",
        id,
        topic,
        payload,
        dedupe_key,
        now
    )? == 1)
}

/// Raises an alarm for staff once per dedupe key; a resolved one with the same key stays resolved. `true` when new.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn raise_alarm(
    tx: &mut Tx,
    id: &str,
    kind: &str,
    entity: &str,
    entity_id: &str,
    detail: &str,
    dedupe_key: &str,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into alarms (id, kind, entity, entity_id, detail, dedupe_key, raised_at) values ($1, $2, $3, $4, $5, $6, $7) on conflict (dedupe_key) do nothing",
        id,
        kind,
        entity,
        entity_id,
        detail,
        dedupe_key,
        now
    )? == 1)
}

/// The result of a form that was posted before under this key (PE2, invariant 7).
pub async fn form_result(tx: &mut Tx, scope: &str, key: &str) -> StoreResult<Option<String>> {
    scalar!(
        tx,
        String,
        "select result from form_keys where scope = $1 and key = $2",
        scope,
        key
    )
}

/// Remembers a form's result. `false` when the key was taken in between.
pub async fn remember_form(tx: &mut Tx, scope: &str, key: &str, result: &str, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into form_keys (scope, key, result, created_at) values ($1, $2, $3, $4) on conflict (scope, key) do nothing",
        scope,
        key,
        result,
        now
    )? == 1)
}

/// A fact of the installation.
pub async fn setting(tx: &mut Tx, key: &str) -> StoreResult<Option<String>> {
    scalar!(tx, String, "select value from settings where key = $1", key)
}

/// Sets a fact of the installation.
pub async fn set_setting(tx: &mut Tx, key: &str, value: &str) -> StoreResult<()> {
    exec!(
        tx,
        "insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
        key,
        value
    )?;
    Ok(())
}

/// Forgets the results of forms that were posted before an instant.
pub async fn forget_forms(tx: &mut Tx, before: Instant) -> StoreResult<u64> {
    exec!(tx, "delete from form_keys where created_at < $1", before)
}
