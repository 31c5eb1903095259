//! What a client's row knows of the provider: its customer and its card.

use crate::{StoreResult, Tx};
use domain::{ClientId, Instant, PaymentType};

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

/// Forgets a customer that is gone at Stripe.
pub async fn forget_customer(tx: &mut Tx, id: ClientId, customer: &str) -> StoreResult<()> {
    exec!(
        tx,
        "update clients set stripe_customer_id = null, row_version = row_version + 1 where id = $1 and stripe_customer_id = $2",
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

/// The newest clients' customers at the provider.
pub async fn newest_customers(tx: &mut Tx, limit: i64) -> StoreResult<Vec<String>> {
    on!(tx, c => sqlx::query_scalar::<_, String>(
        "select stripe_customer_id from clients where stripe_customer_id is not null order by created_at desc, id desc limit $1"
    ).bind(limit).fetch_all(c).await)
    .map_err(Into::into)
}
