//! Pack subscriptions, their periods, and the batches and ledger rows that a period brings.

use crate::{StoreResult, Tx};
use domain::{
    BatchId, Cents, ClientId, Currency, Instant, LedgerId, LocalDay, MeterId, PackId, PackVersionId, PeriodId,
    PeriodPayment, Rail, ServiceId, SubscriptionId, SubscriptionStatus, UserId, VendorId,
    moving::{first_boundary, told_in_time},
    subscription::{ChargeProblem, EndReason},
};

/// One row of `pack_subscriptions`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SubscriptionRow {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
    /// The pack.
    pub pack_id: PackId,
    /// The terms that hold (of the latest period, or of the first to come).
    pub pack_version_id: PackVersionId,
    /// The pack's service.
    pub service_id: ServiceId,
    /// How the fee is collected (Q2).
    pub rail: Rail,
    /// §4.
    pub status: SubscriptionStatus,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// `sub_…`.
    pub stripe_subscription_id: Option<String>,
    /// Stripe's word, mirrored.
    pub stripe_status: Option<String>,
    /// `in_…` of the first charge.
    pub first_invoice_id: Option<String>,
    /// Where the client can pay the first charge.
    pub payment_url: Option<String>,
    /// Why the first charge is open.
    pub payment_problem: Option<ChargeProblem>,
    /// The bank's words about it, for the client.
    pub payment_message: Option<String>,
    /// PD4.
    pub anchor_at: Option<Instant>,
    /// When it will end.
    pub cancel_at: Option<Instant>,
    /// §8.
    pub grace_period_ends_at: Option<Instant>,
    /// The invoice that the grace is bound to.
    pub grace_invoice_id: Option<String>,
    /// PE5: the terms that an admin moves it to.
    pub move_to_version_id: Option<PackVersionId>,
    /// When the client was told of them.
    pub move_told_at: Option<Instant>,
    /// From which boundary they hold; on the stripe rail once Stripe has confirmed their price.
    pub move_applies_at: Option<Instant>,
    /// The vendor of the current period (AS1).
    pub vendor_assignee_id: Option<VendorId>,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When its first period opened.
    pub activated_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Counts the changes of this row.
    pub row_version: i64,
}

impl SubscriptionRow {
    /// PE5: the terms that the renewal at `boundary` is to bill: those of the move where the client was told in time and
    /// the subscription goes on, else those that hold.
    pub fn terms_at(&self, boundary: Instant) -> PackVersionId {
        match self.move_to_version_id {
            Some(to) if self.cancel_at.is_none() && told_in_time(self.move_told_at, boundary) => to,
            _ => self.pack_version_id,
        }
    }

    /// The boundary from which its move holds: as confirmed, else as the client was told.
    pub fn moves_at(&self) -> Option<Instant> {
        move_from(self.anchor_at, self.cancel_at, self.move_told_at, self.move_applies_at)
    }

    /// Takes the move back, or lets it go once it has been made.
    pub fn drop_move(&mut self) {
        self.move_to_version_id = None;
        self.move_told_at = None;
        self.move_applies_at = None;
    }
}

/// PE5: from when a move holds, for pages; `None` while nobody was told, or while the subscription is set to end.
pub fn move_from(
    anchor: Option<Instant>,
    cancel_at: Option<Instant>,
    told: Option<Instant>,
    applies: Option<Instant>,
) -> Option<Instant> {
    if cancel_at.is_some() {
        return None;
    }
    applies.or_else(|| first_boundary(anchor?, told?))
}

macro_rules! subscription_columns {
    () => {
        "id, client_id, pack_id, pack_version_id, service_id, rail, status, end_reason, stripe_subscription_id, stripe_status, \
         first_invoice_id, payment_url, payment_problem, payment_message, anchor_at, cancel_at, grace_period_ends_at, grace_invoice_id, \
         move_to_version_id, move_told_at, move_applies_at, vendor_assignee_id, created_at, created_by, activated_at, ended_at, row_version"
    };
}

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

/// A batch of units with what the draw needs.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BatchRow {
    /// Its id.
    pub id: BatchId,
    /// Units left.
    pub remaining: i64,
    /// Units granted.
    pub granted: i64,
    /// From when they may be used.
    pub starts_at: Instant,
    /// When they expire.
    pub expires_at: Option<Instant>,
    /// When they were granted.
    pub granted_at: Instant,
    /// The pack period that it belongs to.
    pub period_id: Option<PeriodId>,
}

/// What a version says, with its pack's and service's words: enough to open a period or to sell it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TermsRow {
    /// The version.
    pub pack_version_id: PackVersionId,
    /// The pack.
    pub pack_id: PackId,
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// What is counted.
    pub meter_id: MeterId,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// Units a month.
    pub quantity: i64,
    /// A month.
    pub price_cents: Cents,
    /// Currency.
    pub currency: Currency,
    /// To the vendor.
    pub vendor_payment_cents: Cents,
    /// Price of a unit beyond, where the pack has its own.
    pub overage_price_cents: Option<Cents>,
    /// `prod_…`.
    pub stripe_product_id: Option<String>,
    /// `price_…`.
    pub stripe_price_id: Option<String>,
    /// PE9.
    pub visible: bool,
    /// When it was archived.
    pub archived_at: Option<Instant>,
    /// The service's list price.
    pub service_price_cents: Cents,
}

impl TermsRow {
    /// "20 × Logo design".
    pub fn label(&self) -> String {
        domain::PackLabel {
            quantity: self.quantity,
            service: self.service_name.clone(),
        }
        .to_string()
    }
}

macro_rules! terms_select {
    ($tail:literal) => {
        concat!(
            "select v.id as pack_version_id, p.id as pack_id, s.id as service_id, s.name as service_name, m.id as meter_id, \
             m.unit_singular, m.unit_plural, p.quantity, v.price_cents, v.currency, v.vendor_payment_cents, v.overage_price_cents, \
             v.stripe_product_id, v.stripe_price_id, p.visible, p.archived_at, s.unit_price_cents as service_price_cents \
             from pack_versions v join packs p on p.id = v.pack_id join services s on s.id = p.service_id join meters m on m.id = s.meter_id ",
            $tail
        )
    };
}

/// The version whose price Stripe calls so.
pub async fn version_of_price(tx: &mut Tx, price: &str) -> StoreResult<Option<TermsRow>> {
    row!(tx, TermsRow, terms_select!("where v.stripe_price_id = $1"), price)
}

/// The terms of a version.
pub async fn terms(tx: &mut Tx, id: PackVersionId) -> StoreResult<Option<TermsRow>> {
    row!(tx, TermsRow, terms_select!("where v.id = $1"), id)
}

/// The newest terms of a pack.
pub async fn newest_terms(tx: &mut Tx, pack: PackId) -> StoreResult<Option<TermsRow>> {
    row!(
        tx,
        TermsRow,
        terms_select!("where p.id = $1 order by v.version desc limit 1"),
        pack
    )
}

/// The product that an earlier version of the pack made at Stripe.
pub async fn product_of_pack(tx: &mut Tx, pack: PackId) -> StoreResult<Option<String>> {
    scalar!(
        tx,
        String,
        "select stripe_product_id from pack_versions where pack_id = $1 and stripe_product_id is not null order by version desc limit 1",
        pack
    )
}

/// Keeps what Stripe calls a version's product.
pub async fn set_product(tx: &mut Tx, id: PackVersionId, product: &str) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_versions set stripe_product_id = $2 where id = $1 and stripe_product_id is null",
        id,
        product
    )?;
    Ok(())
}

/// Keeps what Stripe calls a version's price.
pub async fn set_price(tx: &mut Tx, id: PackVersionId, price: &str) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_versions set stripe_price_id = $2 where id = $1 and stripe_price_id is null",
        id,
        price
    )?;
    Ok(())
}

/// Writes a new row as it stands. The unique index answers `pack_subscriptions_one_live` (I7).
pub async fn insert(tx: &mut Tx, r: &SubscriptionRow) -> StoreResult<()> {
    exec!(
        tx,
        "insert into pack_subscriptions (id, client_id, pack_id, pack_version_id, service_id, rail, status, anchor_at, vendor_assignee_id,
             created_at, created_by, activated_at, updated_at, row_version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10, 0)",
        r.id, r.client_id, r.pack_id, r.pack_version_id, r.service_id, r.rail, r.status, r.anchor_at, r.vendor_assignee_id, r.created_at,
        r.created_by, r.activated_at
    )?;
    Ok(())
}

/// Writes every field that may change, if the row still is as it was read; counts it up. `false`: somebody was faster.
pub async fn save(tx: &mut Tx, r: &SubscriptionRow, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update pack_subscriptions set pack_version_id = $3, status = $4, end_reason = $5, stripe_subscription_id = $6, stripe_status = $7,
             first_invoice_id = $8, payment_url = $9, payment_problem = $10, anchor_at = $11, cancel_at = $12, grace_period_ends_at = $13,
             grace_invoice_id = $14, move_to_version_id = $15, vendor_assignee_id = $16, activated_at = $17, ended_at = $18,
             updated_at = $19, payment_message = $20, move_told_at = $21, move_applies_at = $22,
             row_version = row_version + 1
         where id = $1 and row_version = $2",
        r.id, r.row_version, r.pack_version_id, r.status, r.end_reason, &r.stripe_subscription_id, &r.stripe_status, &r.first_invoice_id,
        &r.payment_url, r.payment_problem, r.anchor_at, r.cancel_at, r.grace_period_ends_at, &r.grace_invoice_id, r.move_to_version_id,
        r.vendor_assignee_id, r.activated_at, r.ended_at, now, &r.payment_message, r.move_told_at, r.move_applies_at
    )? == 1)
}

/// A row by id.
pub async fn by_id(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Option<SubscriptionRow>> {
    row!(
        tx,
        SubscriptionRow,
        concat!(
            "select ",
            subscription_columns!(),
            " from pack_subscriptions where id = $1"
        ),
        id
    )
}

/// A row by id, held against other writers until the transaction ends.
pub async fn lock(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Option<SubscriptionRow>> {
    if tx.is_postgres() {
        row!(
            tx,
            SubscriptionRow,
            concat!(
                "select ",
                subscription_columns!(),
                " from pack_subscriptions where id = $1 for update"
            ),
            id
        )
    } else {
        by_id(tx, id).await
    }
}

/// The row that holds the client's place for a service (live or suspended), held against other writers.
pub async fn lock_for_service(
    tx: &mut Tx,
    client: ClientId,
    service: ServiceId,
) -> StoreResult<Option<SubscriptionRow>> {
    if tx.is_postgres() {
        row!(
            tx,
            SubscriptionRow,
            concat!(
                "select ",
                subscription_columns!(),
                " from pack_subscriptions where client_id = $1 and service_id = $2 and status in ('incomplete', 'active', 'past_due', 'suspended') for update"
            ),
            client,
            service
        )
    } else {
        holding_service(tx, client, service).await
    }
}

/// The same without holding it.
pub async fn holding_service(
    tx: &mut Tx,
    client: ClientId,
    service: ServiceId,
) -> StoreResult<Option<SubscriptionRow>> {
    row!(
        tx,
        SubscriptionRow,
        concat!(
            "select ",
            subscription_columns!(),
            " from pack_subscriptions where client_id = $1 and service_id = $2 and status in ('incomplete', 'active', 'past_due', 'suspended')"
        ),
        client,
        service
    )
}

/// A row by Stripe's id.
pub async fn by_stripe_id(tx: &mut Tx, id: &str) -> StoreResult<Option<SubscriptionRow>> {
    row!(
        tx,
        SubscriptionRow,
        concat!(
            "select ",
            subscription_columns!(),
            " from pack_subscriptions where stripe_subscription_id = $1"
        ),
        id
    )
}

/// The newest subscription of a client to a service, whatever its state.
pub async fn newest_for_service(
    tx: &mut Tx,
    client: ClientId,
    service: ServiceId,
) -> StoreResult<Option<SubscriptionRow>> {
    row!(
        tx,
        SubscriptionRow,
        concat!(
            "select ",
            subscription_columns!(),
            " from pack_subscriptions where client_id = $1 and service_id = $2 order by created_at desc, id desc limit 1"
        ),
        client,
        service
    )
}

/// All subscriptions of a client, newest first.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<SubscriptionRow>> {
    rows!(
        tx,
        SubscriptionRow,
        concat!(
            "select ",
            subscription_columns!(),
            " from pack_subscriptions where client_id = $1 order by created_at desc, id desc"
        ),
        client
    )
}

/// What a client owes for packs: the fees of unpaid periods of subscriptions that are past due or suspended (SU1).
pub async fn open_pack_debt(tx: &mut Tx, client: ClientId) -> StoreResult<Cents> {
    Ok(scalar!(
        tx,
        Cents,
        "select cast(coalesce(sum(p.price_cents), 0) as bigint) from pack_periods p join pack_subscriptions s on s.id = p.subscription_id
         where s.client_id = $1 and s.status in ('past_due', 'suspended') and p.payment_state in ('failed', 'pending')",
        client
    )?
    .unwrap_or(Cents::ZERO))
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

/// A new batch of units.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// Its id.
    pub id: BatchId,
    /// Whose.
    pub client_id: ClientId,
    /// `pack_period`, `compensation` …
    pub source: &'static str,
    /// What is counted.
    pub meter_id: MeterId,
    /// What the units may be spent on.
    pub service_id: Option<ServiceId>,
    /// Units.
    pub units: i64,
    /// From when.
    pub starts_at: Instant,
    /// Until when.
    pub expires_at: Option<Instant>,
    /// The pack period.
    pub period_id: Option<PeriodId>,
}

/// Grants a batch with its ledger row (I1). The idempotency key makes it one.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn grant(
    tx: &mut Tx,
    b: &NewBatch,
    ledger_id: LedgerId,
    local_day: LocalDay,
    actor: &str,
    reason: &str,
    idem_key: &str,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into credit_batches (id, client_id, source, meter_id, service_id, granted, remaining, starts_at, expires_at, period_id, granted_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)",
        b.id, b.client_id, b.source, b.meter_id, b.service_id, b.units, b.starts_at, b.expires_at, b.period_id, now
    )?;
    exec!(
        tx,
        "insert into consumption_ledger (id, batch_id, units, kind, occurred_at, local_day, actor, reason, idem_key)
         values ($1, $2, $3, 'grant', $4, $5, $6, $7, $8)",
        ledger_id,
        b.id,
        b.units,
        now,
        local_day,
        actor,
        reason,
        idem_key
    )?;
    Ok(())
}

/// The batch of a period.
pub async fn batch_of_period(tx: &mut Tx, period: PeriodId) -> StoreResult<Option<BatchRow>> {
    row!(
        tx,
        BatchRow,
        "select id, remaining, granted, starts_at, expires_at, granted_at, period_id from credit_batches where period_id = $1",
        period
    )
}

/// Lets what is left of a batch expire, in batch and ledger at once (CR2). Zero left: nothing happens.
pub async fn expire_batch(
    tx: &mut Tx,
    batch: &BatchRow,
    ledger_id: LedgerId,
    local_day: LocalDay,
    now: Instant,
) -> StoreResult<()> {
    if batch.remaining == 0 {
        return Ok(());
    }
    exec!(
        tx,
        "update credit_batches set remaining = remaining - $2 where id = $1",
        batch.id,
        batch.remaining
    )?;
    exec!(
        tx,
        "insert into consumption_ledger (id, batch_id, units, kind, occurred_at, local_day, actor, reason, idem_key)
         values ($1, $2, $3, 'expire', $4, $5, 'system', 'period over', $6)",
        ledger_id,
        batch.id,
        -batch.remaining,
        now,
        local_day,
        format!("expire:{}", batch.id)
    )?;
    Ok(())
}

/// Usable batches of a client for a service: its own and those of the whole meter. The caller filters by time.
pub async fn batches_for(tx: &mut Tx, client: ClientId, service: ServiceId) -> StoreResult<Vec<BatchRow>> {
    rows!(
        tx,
        BatchRow,
        "select b.id, b.remaining, b.granted, b.starts_at, b.expires_at, b.granted_at, b.period_id from credit_batches b
         join services s on s.id = $2
         where b.client_id = $1 and b.remaining > 0 and (b.service_id = $2 or (b.service_id is null and b.meter_id = s.meter_id))",
        client, service
    )
}

/// A deduction from royalties that is due (SU7, DR1). `royalty_deductions_source_unique` makes it one per source.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn insert_deduction(
    tx: &mut Tx,
    id: domain::DeductionId,
    client: ClientId,
    kind: &str,
    source_id: &str,
    amount: Cents,
    currency: Currency,
    due_on: LocalDay,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into royalty_deductions (id, client_id, kind, source_id, amount_cents, currency, due_on, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'due', $8)",
        id, client, kind, source_id, amount, currency, due_on, now
    )?;
    Ok(())
}

/// The name of a vendor, if one is given.
pub async fn vendor_name(tx: &mut Tx, id: Option<VendorId>) -> StoreResult<Option<String>> {
    match id {
        Some(id) => scalar!(tx, String, "select name from vendors where id = $1", id),
        None => Ok(None),
    }
}

/// A subscription with its pack's words and its latest period, for *Payment › Monthly Packs* (IN4).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UseRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// §4.
    pub status: SubscriptionStatus,
    /// How it is paid.
    pub rail: Rail,
    /// When it will end.
    pub cancel_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// §8.
    pub grace_period_ends_at: Option<Instant>,
    /// The service's name.
    pub service_name: String,
    /// Units a month.
    pub quantity: i64,
    /// A month.
    pub price_cents: Cents,
    /// Currency.
    pub currency: Currency,
    /// The latest period's parts, all or none.
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    included_units: Option<i64>,
    used_units: Option<i64>,
    overage_units: Option<i64>,
    overage_cents: Option<Cents>,
    anchor_at: Option<Instant>,
    move_told_at: Option<Instant>,
    move_applies_at: Option<Instant>,
    move_price_cents: Option<Cents>,
}

impl UseRow {
    /// PE5: from when it has a new price, and which.
    pub fn moves(&self) -> Option<(Instant, Cents)> {
        let at = move_from(self.anchor_at, self.cancel_at, self.move_told_at, self.move_applies_at)?;
        Some((at, self.move_price_cents?))
    }

    /// The latest period, if it holds `now`.
    pub fn period(&self, now: Instant) -> Option<PeriodUse> {
        let (starts_at, ends_at) = (self.starts_at?, self.ends_at?);
        (starts_at <= now && now < ends_at).then_some(PeriodUse {
            starts_at,
            ends_at,
            included_units: self.included_units?,
            used_units: self.used_units?,
            overage_units: self.overage_units?,
            overage_cents: self.overage_cents?,
        })
    }
}

/// A client's subscriptions with their latest periods, live ones first, in one query.
pub async fn use_of_client(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<UseRow>> {
    rows!(
        tx,
        UseRow,
        "select s.id, s.status, s.rail, s.cancel_at, s.ended_at, s.grace_period_ends_at, v.name as service_name, k.quantity, t.price_cents, t.currency,
             p.starts_at, p.ends_at, p.included_units, p.used_units, p.overage_units, p.overage_cents,
             s.anchor_at, s.move_told_at, s.move_applies_at, w.price_cents as move_price_cents
         from pack_subscriptions s join packs k on k.id = s.pack_id join services v on v.id = s.service_id join pack_versions t on t.id = s.pack_version_id
         left join pack_periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id)
         left join pack_versions w on w.id = s.move_to_version_id
         where s.client_id = $1 order by case when s.status = 'ended' then 1 else 0 end, v.name, s.created_at desc",
        client
    )
}
