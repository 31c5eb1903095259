//! What we know of Stripe: operations of ours, its events, its invoices, hosted sessions, and the card on file.

use crate::{StoreResult, Tx};
use domain::{Cents, ClientId, Currency, Instant, PaymentType, PeriodId, SubscriptionId};

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
        "select key, params_hash, state, result_id, error, created_at from stripe_operations where entity_id = $1 and kind = $2 order by created_at desc, key desc limit 1",
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

/// Operations that have waited for an answer since before `before`, for the integrity page.
pub async fn stuck_operations(tx: &mut Tx, before: Instant) -> StoreResult<Vec<OperationRow>> {
    rows!(
        tx,
        OperationRow,
        "select key, params_hash, state, result_id, error, created_at from stripe_operations where state = 'pending' and created_at < $1 order by created_at limit 100",
        before
    )
}

/// A client as billing sees it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BillingClientRow {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// §16.
    pub payment_type: PaymentType,
    /// `cus_…`.
    pub stripe_customer_id: Option<String>,
    /// `pm_…` of the card on file.
    pub card_payment_method_id: Option<String>,
    /// "visa".
    pub card_brand: Option<String>,
    /// "4242".
    pub card_last4: Option<String>,
    /// 1–12.
    pub card_exp_month: Option<i64>,
    /// Four digits.
    pub card_exp_year: Option<i64>,
    /// When it was closed (UN9).
    pub closed_at: Option<Instant>,
    /// Counts the changes of this row.
    pub row_version: i64,
}

macro_rules! billing_client_columns {
    () => {
        "id, name, payment_type, stripe_customer_id, card_payment_method_id, card_brand, card_last4, card_exp_month, card_exp_year, closed_at, row_version"
    };
}

/// A client as billing sees it.
pub async fn client(tx: &mut Tx, id: ClientId) -> StoreResult<Option<BillingClientRow>> {
    row!(
        tx,
        BillingClientRow,
        concat!("select ", billing_client_columns!(), " from clients where id = $1"),
        id
    )
}

/// The client of a Stripe customer.
pub async fn client_of_customer(tx: &mut Tx, customer: &str) -> StoreResult<Option<BillingClientRow>> {
    row!(
        tx,
        BillingClientRow,
        concat!(
            "select ",
            billing_client_columns!(),
            " from clients where stripe_customer_id = $1"
        ),
        customer
    )
}

/// The address that Stripe's customer gets: the first active owner's.
pub async fn billing_email(tx: &mut Tx, id: ClientId) -> StoreResult<Option<String>> {
    scalar!(
        tx,
        String,
        "select email from users where client_id = $1 and role = 'client_owner' and active order by created_at, id limit 1",
        id
    )
}

/// Keeps a client's customer id.
pub async fn set_customer(tx: &mut Tx, id: ClientId, customer: &str) -> StoreResult<()> {
    exec!(
        tx,
        "update clients set stripe_customer_id = $2, row_version = row_version + 1 where id = $1 and stripe_customer_id is null",
        id,
        customer
    )?;
    Ok(())
}

/// Writes the card on file, or that there is none, if the row still is as it was before Stripe was asked (WH3). `true`
/// when something changed.
pub async fn set_card(
    tx: &mut Tx,
    id: ClientId,
    card: Option<(&str, &str, &str, i64, i64)>,
    read: i64,
) -> StoreResult<bool> {
    let (pm, brand, last4, month, year) = match card {
        Some((pm, brand, last4, month, year)) => (Some(pm), Some(brand), Some(last4), Some(month), Some(year)),
        None => (None, None, None, None, None),
    };
    Ok(exec!(
        tx,
        "update clients set card_payment_method_id = $2, card_brand = $3, card_last4 = $4, card_exp_month = $5, card_exp_year = $6, row_version = row_version + 1
         where id = $1 and row_version = $7 and (coalesce(card_payment_method_id, '') <> coalesce($2, '') or coalesce(card_exp_year, 0) <> coalesce($6, 0) or coalesce(card_exp_month, 0) <> coalesce($5, 0))",
        id, pm, brand, last4, month, year, read
    )? == 1)
}

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

/// Writes a hosted session's state.
pub async fn set_checkout_state(tx: &mut Tx, id: &str, state: &str) -> StoreResult<()> {
    exec!(tx, "update checkout_sessions set state = $2 where id = $1", id, state)?;
    Ok(())
}

/// A mirrored invoice (IV1).
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct InvoiceRow {
    /// `in_…`.
    pub id: String,
    /// Whose.
    pub client_id: ClientId,
    /// For which subscription.
    pub subscription_id: Option<SubscriptionId>,
    /// For which period.
    pub period_id: Option<PeriodId>,
    /// The human number.
    pub number: Option<String>,
    /// Stripe's word.
    pub status: String,
    /// Why it was made.
    pub billing_reason: String,
    /// Amount due.
    pub amount_due: Cents,
    /// Amount paid.
    pub amount_paid: Cents,
    /// Currency.
    pub currency: Currency,
    /// Where it can be seen and paid.
    pub hosted_url: Option<String>,
    /// The PDF.
    pub pdf_url: Option<String>,
    /// What it is for, in words.
    pub description: String,
    /// Its lines, JSON.
    pub lines: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was finalized.
    pub finalized_at: Option<Instant>,
    /// When it was paid.
    pub paid_at: Option<Instant>,
}

/// How often a mirrored invoice has been written; `None` before the first time.
pub async fn invoice_version(tx: &mut Tx, id: &str) -> StoreResult<Option<i64>> {
    scalar!(tx, i64, "select row_version from invoices where id = $1", id)
}

/// Writes what an invoice says now, if the row still is as it was before Stripe was asked (WH3). `false`: it is not.
pub async fn upsert_invoice(tx: &mut Tx, i: &InvoiceRow, read: Option<i64>, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into invoices (id, client_id, subscription_id, period_id, number, status, billing_reason, amount_due, amount_paid, currency,
             hosted_url, pdf_url, description, created_at, finalized_at, paid_at, synced_at, lines)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $19)
         on conflict (id) do update set period_id = coalesce(excluded.period_id, invoices.period_id), number = excluded.number, status = excluded.status,
             amount_due = excluded.amount_due, amount_paid = excluded.amount_paid, hosted_url = excluded.hosted_url, pdf_url = excluded.pdf_url,
             finalized_at = excluded.finalized_at, paid_at = excluded.paid_at, synced_at = excluded.synced_at,
             lines = excluded.lines, row_version = invoices.row_version + 1
         where invoices.row_version = $18",
        &i.id, i.client_id, i.subscription_id, i.period_id, &i.number, &i.status, &i.billing_reason, i.amount_due, i.amount_paid, i.currency,
        &i.hosted_url, &i.pdf_url, &i.description, i.created_at, i.finalized_at, i.paid_at, now, read.unwrap_or(-1), &i.lines
    )? == 1)
}

/// A client's invoices, newest first, drafts left out.
pub async fn invoices_of(tx: &mut Tx, client: ClientId, limit: i64) -> StoreResult<Vec<InvoiceRow>> {
    rows!(
        tx,
        InvoiceRow,
        "select id, client_id, subscription_id, period_id, number, status, billing_reason, amount_due, amount_paid, currency, hosted_url, pdf_url,
             description, lines, created_at, finalized_at, paid_at from invoices where client_id = $1 and status <> 'draft' order by created_at desc, id desc limit $2",
        client, limit
    )
}

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
