//! The inbox of the provider's events (WH2, WH7).

use crate::{StoreResult, Tx};
use domain::Instant;

/// An event in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EventRow {
    /// `evt_…`.
    pub id: String,
    /// "invoice.paid".
    #[sqlx(rename = "type")]
    pub kind: String,
    /// The version it was rendered at.
    pub api_version: String,
    /// Stripe's instant of it.
    pub created: Instant,
    /// The raw JSON.
    pub payload: String,
    /// `data.object.id`.
    pub object_id: String,
    /// `received`, `processed`, `unmatched`, `ignored`, `dead`.
    pub state: String,
    /// Tries.
    pub attempts: i64,
    /// When it came.
    pub received_at: Instant,
    /// When it was done.
    pub processed_at: Option<Instant>,
    /// What went wrong, or why it was ignored.
    pub error: Option<String>,
}

/// WH2: stores the raw event. `false`: it was there.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn insert_event(
    tx: &mut Tx,
    id: &str,
    kind: &str,
    api_version: &str,
    created: Instant,
    object_id: &str,
    payload: &str,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into stripe_events (id, type, api_version, created, payload, object_id, state, received_at)
         values ($1, $2, $3, $4, $5, $6, 'received', $7) on conflict (id) do nothing",
        id,
        kind,
        api_version,
        created,
        payload,
        object_id,
        now
    )? == 1)
}

/// An event by id.
pub async fn event(tx: &mut Tx, id: &str) -> StoreResult<Option<EventRow>> {
    row!(
        tx,
        EventRow,
        "select id, type, api_version, created, payload, object_id, state, attempts, received_at, processed_at, error from stripe_events where id = $1",
        id
    )
}

/// Writes what became of an event.
pub async fn set_event_state(
    tx: &mut Tx,
    id: &str,
    state: &str,
    error: Option<&str>,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update stripe_events set state = $2, error = $3, attempts = attempts + 1, processed_at = case when $2 = 'received' then null else $4 end where id = $1",
        id,
        state,
        error,
        now
    )? == 1)
}

/// The inbox, newest first; a state or all (empty), before an instant and id. Without the bodies.
pub async fn events(
    tx: &mut Tx,
    state: &str,
    before: Option<(Instant, &str)>,
    limit: i64,
) -> StoreResult<Vec<EventRow>> {
    let (at, id) = before.unwrap_or((Instant(i64::MAX), ""));
    let of_state = if state.is_empty() { "" } else { "state = $1 and " };
    let sql = format!(
        "select id, type, api_version, created, '' as payload, object_id, state, attempts, received_at, processed_at, error from stripe_events
         where {of_state}(received_at, id) < ($2, $3) order by received_at desc, id desc limit {limit}"
    );
    rows!(tx, EventRow, sqlx::AssertSqlSafe(sql), state, at, id)
}

/// How many events stand in each state.
pub async fn event_counts(tx: &mut Tx) -> StoreResult<Vec<(String, i64)>> {
    rows!(
        tx,
        (String, i64),
        "select state, count(*) from stripe_events group by state order by state"
    )
}

/// Forgets events that were done or ignored and came before an instant: the oldest first, at most so many; how many they were.
/// What is received, unmatched or dead stays.
pub async fn forget(tx: &mut Tx, before: Instant, limit: i64) -> StoreResult<u64> {
    exec!(
        tx,
        "delete from stripe_events where id in (select id from stripe_events where state in ('processed', 'ignored') and received_at < $1
                                                order by received_at, id limit $2)",
        before,
        limit
    )
}
