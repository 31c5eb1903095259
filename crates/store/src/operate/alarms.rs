//! Alarms that are open.

use crate::{StoreResult, Tx};
use domain::Instant;

/// Something that staff must see.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AlarmRow {
    /// Which.
    pub id: String,
    /// Its kind's word.
    pub kind: String,
    /// The table's word of what it is about.
    pub entity: String,
    /// Its id.
    pub entity_id: String,
    /// What was found.
    pub detail: String,
    /// When.
    pub raised_at: Instant,
}

/// Alarms that nobody has resolved, newest first.
pub async fn open_alarms(tx: &mut Tx, limit: i64) -> StoreResult<Vec<AlarmRow>> {
    rows!(
        tx,
        AlarmRow,
        "select id, kind, entity, entity_id, detail, raised_at from alarms where resolved_at is null order by raised_at desc, id desc limit $1",
        limit
    )
}

/// Somebody has looked after an alarm. `false` when there is no such open one.
pub async fn resolve_alarm(tx: &mut Tx, id: &str, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update alarms set resolved_at = $2 where id = $1 and resolved_at is null",
        id,
        now
    )? == 1)
}
