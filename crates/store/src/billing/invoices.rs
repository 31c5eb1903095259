//! The mirror of invoices (IV1).

use crate::{StoreResult, Tx};
use domain::{Cents, ClientId, Currency, Instant, PeriodId, SubscriptionId};

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

/// What became of a mirrored invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mirrored {
    /// It says what it said before; nothing was written.
    Same,
    /// It was written.
    Changed,
    /// The row is not as it was before Stripe was asked (WH3); nothing was written.
    Moved,
}

impl InvoiceRow {
    /// Whether writing `new` over this would change nothing.
    fn says(&self, new: &InvoiceRow) -> bool {
        let written = InvoiceRow {
            client_id: self.client_id,
            subscription_id: self.subscription_id,
            period_id: new.period_id.or(self.period_id),
            billing_reason: self.billing_reason.clone(),
            currency: self.currency,
            description: self.description.clone(),
            created_at: self.created_at,
            ..new.clone()
        };
        *self == written
    }
}

/// Writes what an invoice says now, where that differs, if the row still is as it was before Stripe was asked (WH3).
pub async fn upsert_invoice(tx: &mut Tx, i: &InvoiceRow, read: Option<i64>, now: Instant) -> StoreResult<Mirrored> {
    let before = row!(
        tx,
        InvoiceRow,
        "select id, client_id, subscription_id, period_id, number, status, billing_reason, amount_due, amount_paid, currency, hosted_url, pdf_url,
             description, lines, created_at, finalized_at, paid_at from invoices where id = $1 and row_version = $2",
        &i.id,
        read.unwrap_or(-1)
    )?;
    if before.is_some_and(|before| before.says(i)) {
        return Ok(Mirrored::Same);
    }
    let written = exec!(
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
    )?;
    Ok(if written == 1 {
        Mirrored::Changed
    } else {
        Mirrored::Moved
    })
}

/// A page of a client's invoices, newest first, from before an instant and id; drafts left out.
pub async fn invoices_of(
    tx: &mut Tx,
    client: ClientId,
    before: Option<(Instant, &str)>,
    limit: i64,
) -> StoreResult<Vec<InvoiceRow>> {
    let (at, id) = before.unwrap_or((Instant(i64::MAX), ""));
    rows!(
        tx,
        InvoiceRow,
        "select id, client_id, subscription_id, period_id, number, status, billing_reason, amount_due, amount_paid, currency, hosted_url, pdf_url,
             description, lines, created_at, finalized_at, paid_at from invoices
         where client_id = $1 and status <> 'draft' and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4",
        client, at, id, limit
    )
}

/// The newest invoices of a client's subscription, drafts left out.
pub async fn invoices_of_subscription(
    tx: &mut Tx,
    client: ClientId,
    subscription: SubscriptionId,
    limit: i64,
) -> StoreResult<Vec<InvoiceRow>> {
    rows!(
        tx,
        InvoiceRow,
        "select id, client_id, subscription_id, period_id, number, status, billing_reason, amount_due, amount_paid, currency, hosted_url, pdf_url,
             description, lines, created_at, finalized_at, paid_at from invoices
         where client_id = $1 and subscription_id = $2 and status <> 'draft' order by created_at desc, id desc limit $3",
        client, subscription, limit
    )
}
