//! The audit log, the outbox, alarms, form keys and settings: small tables that every family of use cases writes.

use crate::{
    StoreResult, Tx,
    kernel::{exactly, given, lines},
};
use domain::Instant;
use serde::Serialize;
use sqlx::AssertSqlSafe;

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

/// One row of many that are appended together.
#[derive(Debug, Clone, Serialize)]
pub struct AuditOf {
    /// The row's id.
    pub id: String,
    /// The id of the thing.
    pub entity_id: String,
    /// What stood before, JSON.
    pub before: Option<String>,
    /// What stands now, JSON.
    pub after: Option<String>,
}

/// Appends a row for each of many things that one act has changed, in one statement. The entry says who, what and of which
/// kind; its own id, before and after are not used.
pub async fn audit_many(tx: &mut Tx, now: Instant, entry: &AuditEntry<'_>, of: &[AuditOf]) -> StoreResult<()> {
    if of.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "with {}
         insert into audit_log (id, actor, action, entity, entity_id, before, after, at)
         select value->>'id', $2, $3, $4, value->>'entity_id', value->>'before', value->>'after', $5 from given",
        given("given", 1, tx.is_postgres())
    );
    exec!(
        tx,
        AssertSqlSafe(sql),
        lines(of)?,
        entry.actor,
        entry.action,
        entry.entity,
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

/// Raises an alarm for staff once per dedupe key. One with the same key that was resolved is open again where `again` says
/// so, and stays resolved otherwise. `true` when it is new or open again.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn raise_alarm(
    tx: &mut Tx,
    id: &str,
    kind: &str,
    entity: &str,
    entity_id: &str,
    detail: &str,
    dedupe_key: &str,
    again: bool,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into alarms (id, kind, entity, entity_id, detail, dedupe_key, raised_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (dedupe_key) do update set raised_at = excluded.raised_at, resolved_at = null, detail = excluded.detail
         where $8 and alarms.resolved_at is not null",
        id,
        kind,
        entity,
        entity_id,
        detail,
        dedupe_key,
        now,
        again
    )? == 1)
}

/// Takes a form's key (PE2, invariant 7), whose result follows by [`finish_form`]. `false` where it is taken: whoever comes
/// second waits here until the first has committed, or has gone away and left it.
pub async fn claim_form(tx: &mut Tx, scope: &str, key: &str, body_hash: &str, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into form_keys (scope, key, result, created_at, body_hash) values ($1, $2, '', $3, $4)
         on conflict (scope, key) do nothing",
        scope,
        key,
        now,
        body_hash
    )? == 1)
}

/// Writes down what came of a form whose key this transaction has taken.
pub async fn finish_form(tx: &mut Tx, scope: &str, key: &str, result: &str) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update form_keys set result = $3 where scope = $1 and key = $2",
        scope,
        key,
        result
    )?;
    exactly(1, written)
}

/// What came of the form that was posted before under this key, and the hash of what it said (empty: not known).
pub async fn form_result(tx: &mut Tx, scope: &str, key: &str) -> StoreResult<Option<(String, String)>> {
    row!(
        tx,
        (String, String),
        "select result, body_hash from form_keys where scope = $1 and key = $2",
        scope,
        key
    )
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

/// Forgets events of ours that were written before an instant, the oldest first, at most so many; how many they were.
pub async fn forget_outbox(tx: &mut Tx, before: Instant, limit: i64) -> StoreResult<u64> {
    exec!(
        tx,
        "delete from outbox where id in (select id from outbox where created_at < $1 order by created_at, id limit $2)",
        before,
        limit
    )
}
