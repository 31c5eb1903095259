//! Periods of subscriptions (§6).

use crate::{StoreResult, Tx, catalogue::TermsRow};
use domain::{Cents, Currency, Instant, PackVersionId, PeriodId, PeriodPayment, SubscriptionId, VendorId};

/// One row of `pack_periods`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PeriodRow {
    /// Its id.
    pub id: PeriodId,
    /// Whose.
    pub subscription_id: SubscriptionId,
    /// Its number, from 1.
    pub seq: i64,
    /// First instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units granted.
    pub included_units: i64,
    /// The fee.
    pub price_cents: Cents,
    /// Its currency.
    pub currency: Currency,
    /// The terms.
    pub pack_version_id: PackVersionId,
    /// Who does the work (AS2).
    pub vendor_id: Option<VendorId>,
    /// What the vendor gets, by the version's mode.
    pub vendor_payment_cents: Cents,
    /// Whether the fee is paid.
    pub payment_state: PeriodPayment,
    /// `in_…`.
    pub stripe_invoice_id: Option<String>,
    /// When the fee was paid.
    pub paid_at: Option<Instant>,
    /// Units used of the period's own batch (I2).
    pub used_units: i64,
    /// Units beyond the pack in this period.
    pub overage_units: i64,
    /// What they cost.
    pub overage_cents: Cents,
}

/// What pages show of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodUse {
    /// First instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units granted.
    pub included_units: i64,
    /// Units used of them.
    pub used_units: i64,
    /// Units beyond.
    pub overage_units: i64,
    /// What they cost.
    pub overage_cents: Cents,
}

impl PeriodRow {
    /// What pages show of it.
    pub fn in_use(&self) -> PeriodUse {
        PeriodUse {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            included_units: self.included_units,
            used_units: self.used_units,
            overage_units: self.overage_units,
            overage_cents: self.overage_cents,
        }
    }
}

macro_rules! period_columns {
    () => {
        "id, subscription_id, seq, starts_at, ends_at, included_units, price_cents, currency, pack_version_id, vendor_id, \
         vendor_payment_cents, payment_state, stripe_invoice_id, paid_at, used_units, overage_units, overage_cents"
    };
}

/// Subscriptions whose last period is over and which may have a next one (PD3's job every minute).
pub async fn boundary_passed(tx: &mut Tx, now: Instant, limit: i64) -> StoreResult<Vec<SubscriptionId>> {
    Ok(rows!(
        tx,
        (SubscriptionId,),
        "select s.id from pack_subscriptions s where s.status in ('active', 'past_due')
           and exists (select 1 from pack_periods p where p.subscription_id = s.id)
           and not exists (select 1 from pack_periods p where p.subscription_id = s.id and p.ends_at > $1)
         order by s.id limit $2",
        now,
        limit
    )?
    .into_iter()
    .map(|(id,)| id)
    .collect())
}

/// The latest period.
pub async fn latest_period(tx: &mut Tx, subscription: SubscriptionId) -> StoreResult<Option<PeriodRow>> {
    row!(
        tx,
        PeriodRow,
        concat!(
            "select ",
            period_columns!(),
            " from pack_periods where subscription_id = $1 order by seq desc limit 1"
        ),
        subscription
    )
}

/// All periods, first to last.
pub async fn periods_of(tx: &mut Tx, subscription: SubscriptionId) -> StoreResult<Vec<PeriodRow>> {
    rows!(
        tx,
        PeriodRow,
        concat!(
            "select ",
            period_columns!(),
            " from pack_periods where subscription_id = $1 order by seq"
        ),
        subscription
    )
}

/// The period that begins at an instant (PD3: how an invoice finds its period).
pub async fn period_starting(tx: &mut Tx, subscription: SubscriptionId, at: Instant) -> StoreResult<Option<PeriodRow>> {
    row!(
        tx,
        PeriodRow,
        concat!(
            "select ",
            period_columns!(),
            " from pack_periods where subscription_id = $1 and starts_at = $2"
        ),
        subscription,
        at
    )
}

/// Opens a period, on its vendor's own terms where it has any (VP1). `pack_periods_seq_unique` answers that it is open already (I5, I6).
pub async fn insert_period(tx: &mut Tx, p: &PeriodRow, opened_at: Instant) -> StoreResult<()> {
    let prev = (p.seq > 1).then(|| p.seq - 1);
    exec!(
        tx,
        "insert into pack_periods (id, subscription_id, seq, prev_seq, starts_at, ends_at, included_units, price_cents, currency, pack_version_id,
             vendor_id, vendor_payment_cents, payment_state, stripe_invoice_id, paid_at, opened_at, vendor_pack_payment_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
             (select o.id from vendor_pack_payments o join pack_versions t on t.pack_id = o.pack_id
              where t.id = $10 and o.vendor_id = $11 and o.replaced_at is null))",
        p.id, p.subscription_id, p.seq, prev, p.starts_at, p.ends_at, p.included_units, p.price_cents, p.currency, p.pack_version_id, p.vendor_id,
        p.vendor_payment_cents, p.payment_state, &p.stripe_invoice_id, p.paid_at, opened_at
    )?;
    Ok(())
}

/// Writes what Stripe said of a period's invoice.
pub async fn set_period_payment(
    tx: &mut Tx,
    id: PeriodId,
    state: PeriodPayment,
    invoice: Option<&str>,
    paid_at: Option<Instant>,
) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_periods set payment_state = $2, stripe_invoice_id = coalesce($3, stripe_invoice_id), paid_at = coalesce(paid_at, $4) where id = $1",
        id,
        state,
        invoice,
        paid_at
    )?;
    Ok(())
}

/// PC7: a period takes the terms that its invoice bills, while nothing of it is used. `false`: something is.
pub async fn set_period_terms(tx: &mut Tx, id: PeriodId, terms: &TermsRow) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update pack_periods set pack_version_id = $2, price_cents = $3, vendor_payment_cents = $4
         where id = $1 and used_units = 0 and overage_units = 0 and included_units = $5 and currency = $6",
        id,
        terms.pack_version_id,
        terms.price_cents,
        terms.vendor_payment_cents,
        terms.quantity,
        terms.currency
    )? == 1)
}

/// Moves a period's end (Stripe's bounds win while nothing of it is used, PD3); its batch's expiry follows.
pub async fn set_period_end(tx: &mut Tx, id: PeriodId, ends_at: Instant) -> StoreResult<bool> {
    let moved = exec!(
        tx,
        "update pack_periods set ends_at = $2 where id = $1 and used_units = 0",
        id,
        ends_at
    )? == 1;
    if moved {
        exec!(
            tx,
            "update credit_batches set expires_at = $2 where period_id = $1",
            id,
            ends_at
        )?;
    }
    Ok(moved)
}
