//! Operations at the payment provider: the key and the parameters' hash before the call, the result after it (SU2).

use crate::{StoreResult, Tx};
use domain::{ClientId, Instant};

/// An operation at Stripe, written before its call (STRIPE.md 0.5).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OperationRow {
    /// Our idempotency key.
    pub key: String,
    /// What was sent, hashed.
    pub params_hash: String,
    /// `pending`, `done`, `failed`.
    pub state: String,
    /// The object that came of it.
    pub result_id: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// When it was first written.
    pub created_at: Instant,
}

/// Writes an operation if it is new, and gives it as it stands.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn begin_operation(
    tx: &mut Tx,
    id: &str,
    key: &str,
    kind: &str,
    entity_id: &str,
    client: Option<ClientId>,
    params_hash: &str,
    now: Instant,
) -> StoreResult<OperationRow> {
    exec!(
        tx,
        "insert into stripe_operations (id, key, kind, entity_id, client_id, params_hash, state, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, 'pending', $7, $7) on conflict (key) do nothing",
        id, key, kind, entity_id, client, params_hash, now
    )?;
    exec!(
        tx,
        "update stripe_operations set attempts = attempts + 1 where key = $1 and state = 'pending'",
        key
    )?;
    row!(
        tx,
        OperationRow,
        "select key, params_hash, state, result_id, error, created_at from stripe_operations where key = $1",
        key
    )?
    .ok_or_else(|| sqlx::Error::RowNotFound.into())
}

/// An operation by its key.
pub async fn operation(tx: &mut Tx, key: &str) -> StoreResult<Option<OperationRow>> {
    row!(
        tx,
        OperationRow,
        "select key, params_hash, state, result_id, error, created_at from stripe_operations where key = $1",
        key
    )
}

/// How many operations of a kind an entity has had: the number in keys like `…:checkout:{n}`.
pub async fn count_operations(tx: &mut Tx, entity_id: &str, kind: &str) -> StoreResult<i64> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from stripe_operations where entity_id = $1 and kind = $2",
        entity_id,
        kind
    )?
    .unwrap_or(0))
}

/// The latest operation of a kind that an entity has.
pub async fn latest_operation(tx: &mut Tx, entity_id: &str, kind: &str) -> StoreResult<Option<OperationRow>> {
    row!(
        tx,
        OperationRow,
        "select key, params_hash, state, result_id, error, created_at from stripe_operations where entity_id = $1 and kind = $2 order by created_at desc, id desc limit 1",
        entity_id,
        kind
    )
}

/// Writes how an operation ended.
pub async fn end_operation(
    tx: &mut Tx,
    key: &str,
    state: &str,
    result_id: Option<&str>,
    error: Option<&str>,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "update stripe_operations set state = $2, result_id = coalesce($3, result_id), error = $4, updated_at = $5 where key = $1 and state = 'pending'",
        key,
        state,
        result_id,
        error,
        now
    )?;
    Ok(())
}
