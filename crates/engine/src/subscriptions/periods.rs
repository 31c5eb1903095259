//! Opening periods (§6): the one place where a pack's units are granted and where a boundary is crossed.
//!
//! Submissions, jobs, webhooks and pages all come here; the second caller finds the period open and does nothing (Q5).

use crate::{
    Engine, OnConstraint,
    allowance::grants::{expire_rest, grant},
    kernel::{SYSTEM, audit, internal, jobs::enqueue},
    subscriptions::{jobs::Job, terms},
};
use domain::{
    AppError, AppResult, ClientId, Instant, Period, PeriodPayment, Rail, SubscriptionId, SubscriptionStatus,
    subscriptions::{EndReason, entitled_at},
};
use store::{
    Tx,
    allowance::{self, NewAllowance, NewBatch},
    billing,
    catalogue::{self, TermsRow},
    log::AuditEntry,
    subscriptions::{self, PeriodRow, SubscriptionRow},
};

/// Minutes after a boundary until Stripe has surely renewed, or ended, what it is to: it takes an hour for its invoice.
pub(super) const RENEWED_MINUTES: i64 = 75;

/// Boundaries that are read at once.
const AT_ONCE: i64 = 500;

/// PD3: opens every missing period up to `now`, oldest first, each with its allowance, and ends a subscription whose end
/// has come. The row must be held by this transaction (`lock`, `lock_slot`); it is saved when it changed.
///
/// Gives the period that holds `now`, or `None` where the subscription has none (not begun, ended, not entitled).
///
/// # Errors
/// Only failures of ours.
pub async fn ensure_period(
    tx: &mut Tx,
    engine: &Engine,
    row: &mut SubscriptionRow,
    now: Instant,
) -> AppResult<Option<PeriodRow>> {
    Ok(cross(tx, engine, row, now).await?.period)
}

/// What [`cross`] found and did.
pub(super) struct Crossed {
    /// The period that holds `now`.
    pub(super) period: Option<PeriodRow>,
    /// Whether a period was opened or the subscription ended.
    pub(super) changed: bool,
}

/// [`ensure_period`], which also says whether it did anything.
pub(super) async fn cross(tx: &mut Tx, engine: &Engine, row: &mut SubscriptionRow, now: Instant) -> AppResult<Crossed> {
    let mut changed = false;
    let none = |changed| Crossed { period: None, changed };
    let Some(mut latest) = subscriptions::latest_period(tx, row.id).await.or_internal()? else {
        return Ok(none(changed));
    };
    while latest.ends_at <= now {
        let boundary = latest.ends_at;
        if !row.status.has_benefits() {
            return Ok(none(changed));
        }
        if row.cancel_at.is_some_and(|end| end <= boundary) {
            end_subscription(tx, engine, row, EndReason::Cancelled, now).await?;
            return Ok(none(true));
        }
        if !entitled_at(row.status, boundary, row.grace_period_ends_at, row.cancel_at) {
            return Ok(none(changed));
        }
        let anchor = row
            .anchor_at
            .ok_or_else(|| internal("a running subscription without an anchor"))?;
        let seq = u32::try_from(latest.seq + 1).map_err(internal)?;
        let end = domain::subscriptions::period::boundary(anchor, seq)
            .ok_or_else(|| internal("a boundary beyond the calendar"))?;
        terms::cross(tx, engine, row, boundary, now).await?;
        for follower in engine.followers() {
            follower
                .crossing(tx, engine, row, i64::from(seq), boundary, now)
                .await?;
        }
        // The period before ends where Stripe said; the next one goes on from there to the anchor's own boundary.
        let span = Period { start: boundary, end };
        let terms = catalogue::terms(tx, row.pack_version_id)
            .await
            .or_internal()?
            .ok_or_else(|| internal("terms"))?;
        expire_rest(tx, engine, latest.id, now).await?;
        let payment = match row.rail {
            Rail::Stripe => PeriodPayment::Pending,
            Rail::Royalties => PeriodPayment::RoyaltyDue,
        };
        latest = open_period(tx, engine, row, &terms, i64::from(seq), span, payment, None, now).await?;
        changed = true;
    }
    let period = (latest.starts_at <= now && row.status.has_benefits()).then_some(latest);
    Ok(Crossed { period, changed })
}

/// Opens one period with its line (I10), its allowance and batch (I2), and on the royalties rail its deduction (SU7). The caller has decided that it may.
#[expect(clippy::too_many_arguments, reason = "everything that a period is made of")]
pub(crate) async fn open_period(
    tx: &mut Tx,
    engine: &Engine,
    row: &SubscriptionRow,
    terms: &TermsRow,
    seq: i64,
    span: Period,
    payment: PeriodPayment,
    invoice: Option<(String, Option<Instant>)>,
    now: Instant,
) -> AppResult<PeriodRow> {
    let (stripe_invoice_id, paid_at) = invoice.map_or((None, None), |(id, at)| (Some(id), at));
    let period = PeriodRow {
        id: engine.new_id(),
        subscription_id: row.id,
        seq,
        starts_at: span.start,
        ends_at: span.end,
        price_cents: terms.price_cents,
        currency: terms.currency,
        pack_version_id: terms.pack_version_id,
        vendor_id: row.vendor_assignee_id,
        vendor_payment_cents: terms.vendor_payment_cents,
        payment_state: payment,
        stripe_invoice_id,
        paid_at,
    };
    subscriptions::insert_period(tx, &period, engine.new_id(), now)
        .await
        .or_internal()?;
    let allowance = NewAllowance {
        id: engine.new_id(),
        period_id: period.id,
        window: 1,
        starts_at: span.start,
        ends_at: span.end,
        meter_id: terms.meter_id,
        service_id: Some(terms.service_id),
        included: terms.quantity,
    };
    allowance::insert_allowance(tx, &allowance).await.or_internal()?;
    let batch = NewBatch {
        id: engine.new_id(),
        client_id: row.client_id,
        source: "pack_period",
        meter_id: terms.meter_id,
        service_id: Some(terms.service_id),
        units: terms.quantity,
        starts_at: span.start,
        expires_at: Some(span.end),
        allowance_id: Some(allowance.id),
    };
    grant(
        tx,
        engine,
        &batch,
        "period opened",
        &format!("grant:{}:{seq}", row.id),
        now,
    )
    .await?;
    if row.rail == Rail::Royalties {
        let due_on = engine.zone().day(span.start);
        billing::insert_deduction(
            tx,
            engine.new_id(),
            row.client_id,
            "pack",
            &period.id.to_string(),
            terms.price_cents,
            terms.currency,
            due_on,
            now,
        )
        .await
        .or_internal()?;
    }
    let after = serde_json::json!({ "seq": seq, "starts_at": span.start.rfc3339(), "ends_at": span.end.rfc3339(), "units": terms.quantity }).to_string();
    let entry = AuditEntry {
        actor: SYSTEM,
        action: "period.opened",
        entity: "subscription",
        entity_id: &row.id.to_string(),
        before: None,
        after: Some(&after),
    };
    audit(tx, engine, now, entry).await?;
    store::log::outbox(
        tx,
        &engine.new_id::<uuid::Uuid>().to_string(),
        "period.opened",
        &after,
        &format!("period.opened:{}", period.id),
        now,
    )
    .await
    .or_internal()?;
    for follower in engine.followers() {
        follower.opened(tx, engine, &period, now).await?;
    }
    // The boundary is crossed by whoever comes first; this job is the one that comes for sure.
    enqueue(
        tx,
        now,
        span.end,
        &Job::EnsurePeriods {
            subscription_id: row.id,
        },
    )
    .await?;
    Ok(period)
}

/// Ends a subscription here: its units expire, its row is closed and saved. Nothing is said to Stripe.
///
/// # Errors
/// [`AppError::Stale`] when somebody changed the row in between.
pub(crate) async fn end_subscription(
    tx: &mut Tx,
    engine: &Engine,
    row: &mut SubscriptionRow,
    reason: EndReason,
    now: Instant,
) -> AppResult<()> {
    if row.status == SubscriptionStatus::Ended {
        return Ok(());
    }
    if let Some(latest) = subscriptions::latest_period(tx, row.id).await.or_internal()? {
        expire_rest(tx, engine, latest.id, now).await?;
        for follower in engine.followers() {
            follower.ending(tx, engine, row, &latest, now).await?;
        }
    }
    let before = row.status;
    row.status = SubscriptionStatus::Ended;
    row.end_reason = Some(reason);
    row.ended_at = Some(now);
    row.payment_url = None;
    row.grace_period_ends_at = None;
    row.drop_move();
    if row.rail == Rail::Stripe && row.stripe_subscription_id.is_some() {
        // Whether it has ended there, too, is looked at although no event may come.
        let job = Job::SeeRenewal {
            subscription_id: row.id,
        };
        enqueue(tx, now, now.plus_minutes(RENEWED_MINUTES), &job).await?;
    }
    save_with_audit(tx, engine, row, before, now).await?;
    if reason == EndReason::Cancelled {
        engine.tell_ended(tx, row, now).await?;
    }
    Ok(())
}

/// ST4: saves a row whose status may have changed, with its audit and outbox rows.
pub(crate) async fn save_with_audit(
    tx: &mut Tx,
    engine: &Engine,
    row: &mut SubscriptionRow,
    before: SubscriptionStatus,
    now: Instant,
) -> AppResult<()> {
    if !subscriptions::save(tx, row, now).await.or_internal()? {
        return Err(AppError::Stale);
    }
    row.row_version += 1;
    if before != row.status {
        let id = row.id.to_string();
        let (was, is) = (
            format!("{{\"status\":\"{before}\"}}"),
            serde_json::json!({ "status": row.status, "reason": row.end_reason, "client_id": row.client_id })
                .to_string(),
        );
        let action = format!("subscription.{}", row.status);
        audit(
            tx,
            engine,
            now,
            AuditEntry {
                actor: SYSTEM,
                action: &action,
                entity: "subscription",
                entity_id: &id,
                before: Some(&was),
                after: Some(&is),
            },
        )
        .await?;
        store::log::outbox(
            tx,
            &engine.new_id::<uuid::Uuid>().to_string(),
            &action,
            &is,
            &format!("{action}:{id}:{}", row.row_version),
            now,
        )
        .await
        .or_internal()?;
    }
    Ok(())
}

impl Engine {
    /// The job and the page at a boundary: opens what is missing of one subscription (PD3).
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn ensure_periods(&self, id: SubscriptionId) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let Some(mut row) = subscriptions::lock(&mut tx, id).await.or_internal()? else {
            return Ok(());
        };
        let now = self.now();
        // Whoever opened the period, the next boundary is this job's again.
        let crossed = cross(&mut tx, self, &mut row, now).await?;
        if let Some(period) = crossed.period {
            let job = Job::EnsurePeriods { subscription_id: id };
            enqueue(&mut tx, now, period.ends_at, &job).await?;
        }
        // Stripe's own renewal is looked at, so that a payment state does not wait for a webhook that may never come.
        if row.rail == Rail::Stripe && row.status.is_live() && row.stripe_subscription_id.is_some() {
            enqueue(
                &mut tx,
                now,
                now.plus_minutes(RENEWED_MINUTES),
                &Job::SeeRenewal { subscription_id: id },
            )
            .await?;
        }
        // Pages come here whenever they are read: what is as it was must not have them read again.
        let change = crossed.changed.then_some(crate::Change {
            client_id: Some(row.client_id),
            vendor_id: row.vendor_assignee_id,
        });
        self.commit(tx, change).await
    }

    /// PD3's minutely look: enqueues the subscriptions whose boundary has passed.
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn sweep_boundaries(&self) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let mut after = SubscriptionId::from(uuid::Uuid::nil());
        loop {
            let passed = subscriptions::boundary_passed(&mut tx, now, after, AT_ONCE)
                .await
                .or_internal()?;
            for id in &passed {
                enqueue(&mut tx, now, now, &Job::EnsurePeriods { subscription_id: *id }).await?;
            }
            match passed.last() {
                Some(last) => after = *last,
                None => break,
            }
        }
        enqueue(&mut tx, now, now.plus_minutes(1), &Job::Boundaries).await?;
        self.commit(tx, None).await
    }
}
/// What a client's page needs before it reads: the boundaries that have passed are crossed (PD3).
pub(crate) async fn cross_boundaries(engine: &Engine, client: ClientId) -> AppResult<()> {
    let mut tx = engine.db().read().await.or_internal()?;
    let passed = subscriptions::boundaries_of_client(&mut tx, client, engine.now())
        .await
        .or_internal()?;
    drop(tx);
    for id in passed {
        engine.ensure_periods(id).await?;
    }
    Ok(())
}
