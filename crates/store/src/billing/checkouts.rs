//! Hosted sessions.

use crate::{StoreResult, Tx};
use domain::{ClientId, Instant, SubscriptionId};

/// A hosted session.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CheckoutRow {
    /// `cs_…`.
    pub id: String,
    /// Whose.
    pub client_id: ClientId,
    /// The pending subscription (none in setup mode).
    pub subscription_id: Option<SubscriptionId>,
    /// `subscription` or `setup`.
    pub mode: String,
    /// `open`, `complete`, `expired`.
    pub state: String,
    /// Where the client goes.
    pub url: String,
    /// When it expires by itself.
    pub expires_at: Instant,
}

/// Keeps a hosted session. `checkout_sessions_one_open` refuses a second open one for a subscription (SU5).
pub async fn insert_checkout(tx: &mut Tx, c: &CheckoutRow, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into checkout_sessions (id, client_id, subscription_id, mode, state, url, expires_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do nothing",
        &c.id, c.client_id, c.subscription_id, &c.mode, &c.state, &c.url, c.expires_at, now
    )?;
    Ok(())
}

/// Hosted sessions of a subscription, newest first.
pub async fn checkouts_of_subscription(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Vec<CheckoutRow>> {
    rows!(
        tx,
        CheckoutRow,
        "select id, client_id, subscription_id, mode, state, url, expires_at from checkout_sessions where subscription_id = $1 order by created_at desc, id desc",
        id
    )
}

/// A hosted session.
pub async fn checkout(tx: &mut Tx, id: &str) -> StoreResult<Option<CheckoutRow>> {
    row!(
        tx,
        CheckoutRow,
        "select id, client_id, subscription_id, mode, state, url, expires_at from checkout_sessions where id = $1",
        id
    )
}

/// Hosted pages for a card that a client may still fill, as far as we know.
pub async fn open_setups(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<CheckoutRow>> {
    rows!(
        tx,
        CheckoutRow,
        "select id, client_id, subscription_id, mode, state, url, expires_at from checkout_sessions
         where client_id = $1 and mode = 'setup' and state = 'open' order by created_at, id",
        client
    )
}

/// Writes a hosted session's state. `true` when it is another one than before.
pub async fn set_checkout_state(tx: &mut Tx, id: &str, state: &str) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update checkout_sessions set state = $2 where id = $1 and state <> $2",
        id,
        state
    )? == 1)
}
