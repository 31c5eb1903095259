//! Subscriptions: rows, locks, and whose boundary has passed.

use super::periods::crossable;
use crate::{StoreResult, Tx, allowance, subscriptions::move_from};
use domain::{
    Cents, ClientId, Currency, Instant, PackId, PackVersionId, Rail, ServiceId, SubscriptionId, SubscriptionStatus,
    UserId, VendorId,
    subscriptions::{CancelState, ChargeProblem, EndReason, LeaveReason, Slot, moving::told_in_time},
};

/// One row of `subscriptions`, of a pack.
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
    /// What it is billed in.
    pub currency: Currency,
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
    /// UN2: what of that the provider has not confirmed.
    pub cancel_state: Option<CancelState>,
    /// UN1: who asked for it.
    pub canceled_by: Option<UserId>,
    /// UN1: why.
    pub cancel_reason: Option<LeaveReason>,
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

    /// Lets go of an end that was asked for.
    pub fn drop_end(&mut self) {
        self.cancel_at = None;
        self.cancel_state = None;
        self.canceled_by = None;
        self.cancel_reason = None;
    }

    /// Takes the move back, or lets it go once it has been made.
    pub fn drop_move(&mut self) {
        self.move_to_version_id = None;
        self.move_told_at = None;
        self.move_applies_at = None;
    }
}

macro_rules! subscription_columns {
    () => {
        "id, client_id, pack_id, pack_version_id, service_id, currency, rail, status, end_reason, stripe_subscription_id, stripe_status, \
         first_invoice_id, payment_url, payment_problem, payment_message, anchor_at, cancel_at, cancel_state, canceled_by, cancel_reason, grace_period_ends_at, grace_invoice_id, \
         move_to_version_id, move_told_at, move_applies_at, vendor_assignee_id, created_at, created_by, activated_at, ended_at, row_version"
    };
}

/// Writes a new row as it stands. The unique index answers `subscriptions_one_live` (I9, I7).
pub async fn insert(tx: &mut Tx, r: &SubscriptionRow) -> StoreResult<()> {
    exec!(
        tx,
        "insert into subscriptions (id, client_id, kind, slot, pack_id, pack_version_id, service_id, billing_interval, currency, rail, status, anchor_at,
             vendor_assignee_id, created_at, created_by, activated_at, updated_at, row_version)
         values ($1, $2, 'pack', $3, $4, $5, $6, 'month', $7, $8, $9, $10, $11, $12, $13, $14, $12, 0)",
        r.id, r.client_id, Slot::of_service(r.service_id).to_string(), r.pack_id, r.pack_version_id, r.service_id, r.currency, r.rail, r.status,
        r.anchor_at, r.vendor_assignee_id, r.created_at, r.created_by, r.activated_at
    )?;
    Ok(())
}

/// Writes every field that may change, if the row still is as it was read; counts it up. `false`: somebody was faster.
pub async fn save(tx: &mut Tx, r: &SubscriptionRow, now: Instant) -> StoreResult<bool> {
    let saved = exec!(
        tx,
        "update subscriptions set pack_version_id = $3, status = $4, end_reason = $5, stripe_subscription_id = $6, stripe_status = $7,
             first_invoice_id = $8, payment_url = $9, payment_problem = $10, anchor_at = $11, cancel_at = $12, grace_period_ends_at = $13,
             grace_invoice_id = $14, move_to_version_id = $15, vendor_assignee_id = $16, activated_at = $17, ended_at = $18,
             updated_at = $19, payment_message = $20, move_told_at = $21, move_applies_at = $22, cancel_state = $23,
             canceled_by = $24, cancel_reason = $25,
             row_version = row_version + 1
         where id = $1 and row_version = $2",
        r.id, r.row_version, r.pack_version_id, r.status, r.end_reason, &r.stripe_subscription_id, &r.stripe_status, &r.first_invoice_id,
        &r.payment_url, r.payment_problem, r.anchor_at, r.cancel_at, r.grace_period_ends_at, &r.grace_invoice_id, r.move_to_version_id,
        r.vendor_assignee_id, r.activated_at, r.ended_at, now, &r.payment_message, r.move_told_at, r.move_applies_at, r.cancel_state,
        r.canceled_by, r.cancel_reason
    )? == 1;
    if saved {
        allowance::set_running(tx, r.id, r.status.has_benefits()).await?;
    }
    Ok(saved)
}

/// A row by id.
pub async fn by_id(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Option<SubscriptionRow>> {
    row!(
        tx,
        SubscriptionRow,
        concat!("select ", subscription_columns!(), " from subscriptions where id = $1"),
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
                " from subscriptions where id = $1 for update"
            ),
            id
        )
    } else {
        by_id(tx, id).await
    }
}

/// The row that holds a client's slot (live or suspended), held against other writers.
pub async fn lock_slot(tx: &mut Tx, client: ClientId, slot: &Slot) -> StoreResult<Option<SubscriptionRow>> {
    if tx.is_postgres() {
        row!(
            tx,
            SubscriptionRow,
            concat!(
                "select ",
                subscription_columns!(),
                " from subscriptions where client_id = $1 and slot = $2 and status in ('incomplete', 'active', 'past_due', 'suspended') for update"
            ),
            client,
            slot.to_string()
        )
    } else {
        holding_slot(tx, client, slot).await
    }
}

/// The same without holding it.
pub async fn holding_slot(tx: &mut Tx, client: ClientId, slot: &Slot) -> StoreResult<Option<SubscriptionRow>> {
    row!(
        tx,
        SubscriptionRow,
        concat!(
            "select ",
            subscription_columns!(),
            " from subscriptions where client_id = $1 and slot = $2 and status in ('incomplete', 'active', 'past_due', 'suspended')"
        ),
        client,
        slot.to_string()
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
            " from subscriptions where stripe_subscription_id = $1"
        ),
        id
    )
}

/// The newest subscription of a client in a slot, whatever its state.
pub async fn newest_of_slot(tx: &mut Tx, client: ClientId, slot: &Slot) -> StoreResult<Option<SubscriptionRow>> {
    row!(
        tx,
        SubscriptionRow,
        concat!(
            "select ",
            subscription_columns!(),
            " from subscriptions where client_id = $1 and slot = $2 order by created_at desc, id desc limit 1"
        ),
        client,
        slot.to_string()
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
            " from subscriptions where client_id = $1 order by created_at desc, id desc"
        ),
        client
    )
}

/// What a client owes for packs: the fees of unpaid periods of subscriptions that are past due or suspended (SU1), or that were
/// left while something was owed (UN3).
pub async fn open_pack_debt(tx: &mut Tx, client: ClientId) -> StoreResult<Cents> {
    Ok(scalar!(
        tx,
        Cents,
        "select cast(coalesce(sum(p.price_cents), 0) as bigint) from periods p join subscriptions s on s.id = p.subscription_id
         where s.client_id = $1 and (s.status in ('past_due', 'suspended') and p.payment_state in ('failed', 'pending')
             or s.status = 'ended' and s.end_reason = 'cancelled' and p.payment_state = 'failed')",
        client
    )?
    .unwrap_or(Cents::ZERO))
}

/// Subscriptions of a client whose boundary has passed and can be crossed (PD3).
pub async fn boundaries_of_client(tx: &mut Tx, client: ClientId, now: Instant) -> StoreResult<Vec<SubscriptionId>> {
    Ok(rows!(
        tx,
        (SubscriptionId,),
        concat!("select s.id from ", crossable!("$2"), " and s.client_id = $1"),
        client,
        now
    )?
    .into_iter()
    .map(|(id,)| id)
    .collect())
}
