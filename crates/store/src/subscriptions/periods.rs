//! Periods of subscriptions (§6).

use crate::{StoreResult, Tx, allowance::AllowanceRow, catalogue::TermsRow, kernel::exactly};
use domain::{
    Cents, Currency, Instant, PackVersionId, PeriodId, PeriodLineId, PeriodPayment, SubscriptionId, VendorId,
};

/// One row of `periods`, of a pack.
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
    /// What it bills (I10).
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
}

/// What pages show of a pack's period.
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
    /// What pages show of it and its allowance.
    pub fn in_use(&self, allowance: &AllowanceRow) -> PeriodUse {
        PeriodUse {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            included_units: allowance.included,
            used_units: allowance.used,
            overage_units: allowance.overage,
            overage_cents: allowance.overage_cents,
        }
    }
}

macro_rules! period_columns {
    () => {
        "id, subscription_id, seq, starts_at, ends_at, price_cents, currency, pack_version_id, vendor_id, \
         vendor_payment_cents, payment_state, stripe_invoice_id, paid_at"
    };
}

/// PD3: subscriptions `s` whose last period `p` is over, and whose boundary can be crossed: the next period opens, or the
/// subscription ends. What `domain::subscriptions::entitled_at` says, in SQL; a pack past its grace rests.
macro_rules! crossable {
    ($now:literal) => {
        concat!(
            "subscriptions s join periods p on p.subscription_id = s.id
               and p.seq = (select max(l.seq) from periods l where l.subscription_id = s.id)
             where s.status in ('active', 'past_due') and p.ends_at <= ",
            $now,
            " and (s.status = 'active' or s.grace_period_ends_at > p.ends_at or s.cancel_at <= p.ends_at)"
        )
    };
}
pub(crate) use crossable;

/// Subscriptions whose boundary has passed and can be crossed, in the order of their ids, after one of them (PD3's job every
/// minute).
pub async fn boundary_passed(
    tx: &mut Tx,
    now: Instant,
    after: SubscriptionId,
    limit: i64,
) -> StoreResult<Vec<SubscriptionId>> {
    Ok(rows!(
        tx,
        (SubscriptionId,),
        concat!(
            "select s.id from ",
            crossable!("$1"),
            " and s.id > $2 order by s.id limit $3"
        ),
        now,
        after,
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
            " from periods where subscription_id = $1 order by seq desc limit 1"
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
            " from periods where subscription_id = $1 order by seq"
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
            " from periods where subscription_id = $1 and starts_at = $2"
        ),
        subscription,
        at
    )
}

/// Opens a pack's period with its one line, the fee (I10), on its vendor's own terms where it has any (VP1).
/// `periods_seq_unique` answers that it is open already (I5, I6). Its allowance is the allowance's.
pub async fn insert_period(tx: &mut Tx, p: &PeriodRow, line: PeriodLineId, opened_at: Instant) -> StoreResult<()> {
    let prev = (p.seq > 1).then(|| p.seq - 1);
    exec!(
        tx,
        "insert into periods (id, subscription_id, seq, prev_seq, starts_at, ends_at, price_cents, currency, pack_version_id,
             vendor_id, vendor_payment_cents, payment_state, stripe_invoice_id, paid_at, opened_at, vendor_pack_payment_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
             (select o.id from vendor_pack_payments o join pack_versions t on t.pack_id = o.pack_id
              where t.id = $9 and o.vendor_id = $10 and o.replaced_at is null))",
        p.id, p.subscription_id, p.seq, prev, p.starts_at, p.ends_at, p.price_cents, p.currency, p.pack_version_id, p.vendor_id,
        p.vendor_payment_cents, p.payment_state, &p.stripe_invoice_id, p.paid_at, opened_at
    )?;
    exec!(
        tx,
        "insert into period_lines (id, period_id, line_no, pack_version_id, quantity, unit_price_cents, amount_cents)
         values ($1, $2, 1, $3, 1, $4, $4)",
        line,
        p.id,
        p.pack_version_id,
        p.price_cents
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
    let written = exec!(
        tx,
        "update periods set payment_state = $2, stripe_invoice_id = coalesce($3, stripe_invoice_id), paid_at = coalesce(paid_at, $4) where id = $1",
        id,
        state,
        invoice,
        paid_at
    )?;
    exactly(1, written)
}

/// PC7: a pack's period takes the terms that its invoice bills, and so does its line, while nothing of it is used. `false`:
/// something is.
pub async fn set_period_terms(tx: &mut Tx, id: PeriodId, terms: &TermsRow) -> StoreResult<bool> {
    let taken = exec!(
        tx,
        "update periods set pack_version_id = $2, price_cents = $3, vendor_payment_cents = $4
         where id = $1 and currency = $6 and not exists (select 1 from allowances al where al.period_id = periods.id
               and (al.used <> 0 or al.overage <> 0 or al.included <> $5))",
        id,
        terms.pack_version_id,
        terms.price_cents,
        terms.vendor_payment_cents,
        terms.quantity,
        terms.currency
    )? == 1;
    if taken {
        exec!(
            tx,
            "update period_lines set pack_version_id = $2, unit_price_cents = $3, amount_cents = quantity * $3 where period_id = $1",
            id,
            terms.pack_version_id,
            terms.price_cents
        )?;
    }
    Ok(taken)
}

/// Moves a period's end (Stripe's bounds win while nothing of it is used, PD3); its allowance's end and its batch's expiry
/// follow.
pub async fn set_period_end(tx: &mut Tx, id: PeriodId, ends_at: Instant) -> StoreResult<bool> {
    let moved = exec!(
        tx,
        "update periods set ends_at = $2 where id = $1
           and not exists (select 1 from allowances al where al.period_id = periods.id and al.used <> 0)",
        id,
        ends_at
    )? == 1;
    if moved {
        exec!(
            tx,
            "update allowances set ends_at = $2 where period_id = $1",
            id,
            ends_at
        )?;
        exec!(
            tx,
            "update credit_batches set expires_at = $2 where allowance_id in (select al.id from allowances al where al.period_id = $1)",
            id,
            ends_at
        )?;
    }
    Ok(moved)
}

/// The allowances of a subscription's periods, first to last.
pub async fn allowances_of(tx: &mut Tx, subscription: SubscriptionId) -> StoreResult<Vec<AllowanceRow>> {
    rows!(
        tx,
        AllowanceRow,
        "select al.period_id, al.included, al.used, al.overage, al.overage_cents
         from periods p join allowances al on al.period_id = p.id where p.subscription_id = $1 order by p.seq, al.window_no",
        subscription
    )
}
