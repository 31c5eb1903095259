//! Bringing our rows in line with Stripe (ST1–ST3, SU6, §7): retrieve, then apply in one transaction that compares the
//! row's version with what was read before. Events only say *that* something changed; this module asks *what*.

use crate::{
    Change, Engine,
    core::enqueue,
    jobs::Job,
    leases,
    operations::{JobError, Operation},
    periods::{end_subscription, ensure_period, open_period, save_with_audit},
    ports::{Card, Invoice, Subscription, SubscriptionChange},
};
use domain::{
    ClientId, Instant, Period, PeriodPayment, Rail, SubscriptionId, SubscriptionStatus,
    subscription::{ChargeProblem, EndReason, StripeMeaning, StripeStatus, cancel_at, grace_end, meaning_of},
};
use store::{
    Tx,
    billing::{self, InvoiceRow},
    subscriptions::{self, SubscriptionRow},
};

/// An invoice as it was retrieved, and the version of our row of it before.
struct Seen {
    invoice: Invoice,
    version: Option<i64>,
}

/// How often an apply is begun again because somebody changed the row while we asked.
const TRIES: usize = 8;

impl Engine {
    /// Looks at one subscription and applies what stands there.
    pub(crate) async fn sync_subscription(&self, id: SubscriptionId) -> Result<(), JobError> {
        for _ in 0..TRIES {
            let mut tx = self.db().read().await?;
            let Some(row) = subscriptions::by_id(&mut tx, id).await? else {
                return Ok(());
            };
            let sessions = billing::checkouts_of_subscription(&mut tx, id).await?;
            drop(tx);
            if row.rail != Rail::Stripe {
                return Ok(());
            }
            let mut stripe_id = row.stripe_subscription_id.clone();
            if stripe_id.is_none() {
                for session in sessions.iter().filter(|s| s.state != "expired") {
                    let there = self.look(self.gateway().checkout(&session.id)).await?;
                    if there.status != session.state {
                        let mut tx = self.db().write().await?;
                        billing::set_checkout_state(&mut tx, &session.id, &there.status).await?;
                        tx.commit().await?;
                    }
                    if there.subscription.is_some() {
                        stripe_id = there.subscription;
                        break;
                    }
                }
            }
            let Some(stripe_id) = stripe_id else { return Ok(()) };
            let subscription = self.look(self.gateway().subscription(&stripe_id)).await?;
            let applied = match self.invoice_to_see(&row, &subscription).await? {
                Some(id) => {
                    self.with_lease(
                        &leases::of_invoice(&id),
                        Box::pin(async {
                            let seen = self.see_invoice(&id).await?;
                            self.apply(row, &subscription, Some(&seen)).await
                        }),
                    )
                    .await?
                }
                None => self.apply(row, &subscription, None).await?,
            };
            if applied {
                return Ok(());
            }
        }
        Err(JobError::Later("the row kept changing".into()))
    }

    /// Which invoice a look at a subscription is about: the first one while it is unpaid (SU6), also where it is learnt
    /// of only after a renewal; then the latest.
    async fn invoice_to_see(&self, row: &SubscriptionRow, there: &Subscription) -> Result<Option<String>, JobError> {
        if row.status == SubscriptionStatus::Incomplete {
            if row.first_invoice_id.is_some() {
                return Ok(row.first_invoice_id.clone());
            }
            if there.current_period_start > there.billing_cycle_anchor {
                let all = self.look(self.gateway().invoices_of(&there.customer)).await?;
                let first = all.into_iter().find(|i| {
                    i.billing_reason == "subscription_create" && i.subscription.as_deref() == Some(&there.id)
                });
                if let Some(first) = first {
                    return Ok(Some(first.id));
                }
            }
        }
        Ok(there.latest_invoice.clone())
    }

    /// Retrieves an invoice, and says what our row of it was before.
    async fn see_invoice(&self, id: &str) -> Result<Seen, JobError> {
        let mut tx = self.db().read().await?;
        let version = billing::invoice_version(&mut tx, id).await?;
        drop(tx);
        let invoice = self.look(self.gateway().invoice(id)).await?;
        Ok(Seen { invoice, version })
    }

    /// Applies a retrieved subscription; `false`: a row has changed since it was read.
    async fn apply(&self, read: SubscriptionRow, there: &Subscription, seen: Option<&Seen>) -> Result<bool, JobError> {
        let invoice = seen.map(|s| &s.invoice);
        let mut tx = self.db().write().await?;
        let now = self.now();
        let Some(mut row) = subscriptions::lock(&mut tx, read.id).await? else {
            return Ok(true);
        };
        if row.row_version != read.row_version {
            return Ok(false);
        }
        let before = row.status;
        let untouched = row.clone();
        row.stripe_subscription_id = Some(there.id.clone());
        row.stripe_status = Some(there.status.clone());
        let word = StripeStatus::from(there.status.as_str());
        let mut alarms: Vec<(&str, String)> = Vec::new();
        let meaning = meaning_of(&word, row.status, row.grace_period_ends_at, now);
        let mut to_end = None;
        match meaning {
            StripeMeaning::StaysWithAlarm => alarms.push(("stripe_status", there.status.clone())),
            StripeMeaning::Becomes(SubscriptionStatus::Incomplete) => {
                if row.status == SubscriptionStatus::Incomplete
                    && let Some(invoice) = invoice
                {
                    row.first_invoice_id = Some(invoice.id.clone());
                    if invoice.status == "void" || invoice.status == "uncollectible" {
                        to_end = Some(EndReason::FirstInvoiceVoided);
                    } else {
                        row.payment_url = invoice.hosted_url.clone().or(row.payment_url);
                        (row.payment_problem, row.payment_message) = problem_of(invoice);
                    }
                }
            }
            StripeMeaning::Becomes(SubscriptionStatus::Active) if row.status == SubscriptionStatus::Incomplete => {
                // SU6: the grant follows the paid first invoice and nothing else.
                match invoice {
                    Some(first) if first.status == "paid" => {
                        self.activate(&mut tx, &mut row, there, first, now, &mut alarms).await?
                    }
                    _ => alarms.push(("active_without_paid_invoice", there.id.clone())),
                }
            }
            StripeMeaning::Becomes(SubscriptionStatus::Active) => {
                row.status = SubscriptionStatus::Active;
                row.grace_period_ends_at = None;
                row.grace_invoice_id = None;
            }
            StripeMeaning::Becomes(SubscriptionStatus::PastDue) => {
                if row.status == SubscriptionStatus::Incomplete {
                    alarms.push(("past_due_before_first_payment", there.id.clone()));
                } else {
                    row.status = SubscriptionStatus::PastDue;
                    // GR1: bound to the renewal invoice that failed; later failures of it never move the end.
                    if row.grace_invoice_id.is_none()
                        && let Some(failed) = invoice.filter(|i| i.status == "open" && i.attempted)
                        && let Some(finalized) = failed.finalized_at
                    {
                        row.grace_invoice_id = Some(failed.id.clone());
                        row.grace_period_ends_at = Some(grace_end(finalized, now));
                    }
                }
            }
            StripeMeaning::Becomes(SubscriptionStatus::Ended) => {
                to_end = Some(if row.status == SubscriptionStatus::Incomplete {
                    EndReason::IncompleteExpired
                } else {
                    EndReason::Cancelled
                });
            }
            StripeMeaning::Becomes(SubscriptionStatus::Suspended) => {}
        }
        if row.status.is_live() {
            row.cancel_at = cancel_at(
                there.cancel_at,
                there.cancel_at_period_end,
                Some(there.current_period_end),
            );
            if untouched.cancel_at.is_some() && row.cancel_at.is_none() && row.move_told_at.is_none() {
                // PE5: one that was set to end was skipped; it goes on, and its move with it.
                self.tell_of_move(&mut tx, &mut row, now).await?;
            }
        }
        if let Some(reason) = to_end {
            end_subscription(&mut tx, self, &mut row, reason, now).await?;
        } else if row != untouched {
            save_with_audit(&mut tx, self, &mut row, before, now).await?;
        }
        if row.status.has_benefits() {
            ensure_period(&mut tx, self, &mut row, now).await?;
        }
        if row.status.has_benefits() && there.ended_at.is_none() && self.terms_differ(&mut tx, &row, there).await? {
            let job = Job::SettleTerms {
                subscription_id: row.id,
            };
            enqueue(&mut tx, now, now, &job).await?;
        }
        let client_id = row.client_id;
        if let Some(seen) = seen
            && !self
                .apply_invoice(&mut tx, Some(&mut row), client_id, seen, now)
                .await?
        {
            return Ok(false);
        }
        for (kind, detail) in alarms {
            self.alarm(&mut tx, kind, "subscription", &row.id.to_string(), &detail, now)
                .await?;
        }
        if there.default_payment_method.is_some() && row.status.has_benefits() {
            // GR6: after Checkout the card is copied to its one place.
            enqueue(
                &mut tx,
                now,
                now,
                &Job::SyncCard {
                    client_id: row.client_id,
                },
            )
            .await?;
        }
        self.commit(tx, Change::of_client(row.client_id)).await?;
        Ok(true)
    }

    /// SU6: the first period and its batch, from the paid first invoice.
    async fn activate(
        &self,
        tx: &mut Tx,
        row: &mut SubscriptionRow,
        there: &Subscription,
        first: &Invoice,
        now: Instant,
        alarms: &mut Vec<(&str, String)>,
    ) -> Result<(), JobError> {
        let anchor = there.billing_cycle_anchor.whole_second();
        let ours =
            domain::period::period(anchor, 1).ok_or_else(|| JobError::Dead("an anchor beyond the calendar".into()))?;
        // The invoice's own line says which month it paid; a look that comes a month late must not open the second as
        // the first.
        let theirs = match (
            first.billing_reason.as_str(),
            first.line_period_start,
            first.line_period_end,
        ) {
            ("subscription_create", Some(start), Some(end)) if start < end => Period { start, end },
            _ => ours,
        };
        if theirs != ours {
            alarms.push((
                "period_mismatch",
                format!("1: {} – {} at Stripe", theirs.start, theirs.end),
            ));
        }
        let terms = subscriptions::terms(tx, row.pack_version_id)
            .await?
            .ok_or_else(|| JobError::Dead("no terms".into()))?;
        if first.amount_paid != terms.price_cents {
            alarms.push((
                "price_mismatch",
                format!(
                    "{}: {} paid, {} expected",
                    first.id, first.amount_paid.0, terms.price_cents.0
                ),
            ));
        }
        row.anchor_at = Some(anchor);
        row.status = SubscriptionStatus::Active;
        row.activated_at = Some(now);
        row.first_invoice_id.get_or_insert_with(|| first.id.clone());
        row.payment_url = None;
        (row.payment_problem, row.payment_message) = (None, None);
        let invoice = Some((first.id.clone(), first.paid_at));
        open_period(tx, self, row, &terms, 1, theirs, PeriodPayment::Paid, invoice, now).await?;
        Ok(self
            .tell_subscribed(
                tx,
                row,
                &terms.label(),
                terms.price_cents.show(terms.currency),
                theirs,
                now,
            )
            .await?)
    }

    /// Looks at an invoice that an event named, and at its subscription.
    pub(crate) async fn sync_invoice(&self, invoice_id: &str) -> Result<(), JobError> {
        for _ in 0..TRIES {
            let seen = self.see_invoice(invoice_id).await?;
            if self.apply_seen(&seen).await? {
                return Ok(());
            }
        }
        Err(JobError::Later("the invoice's row kept changing".into()))
    }

    /// Applies a retrieved invoice to whoever it concerns; `false`: its row has changed since it was read.
    async fn apply_seen(&self, seen: &Seen) -> Result<bool, JobError> {
        let invoice = &seen.invoice;
        let mut tx = self.db().write().await?;
        let now = self.now();
        let mut row = match &invoice.subscription {
            Some(id) => subscriptions::by_stripe_id(&mut tx, id).await?,
            None => None,
        };
        if row.is_none()
            && let Some(id) = invoice.pack_subscription_id.as_deref().and_then(|id| id.parse().ok())
        {
            row = subscriptions::by_id(&mut tx, id).await?;
        }
        let client = billing::client_of_customer(&mut tx, &invoice.customer).await?;
        let Some(client) = client else {
            return Err(JobError::Dead("unmatched".into()));
        };
        let row = row.filter(|r| r.client_id == client.id);
        let applied;
        // What is paid for may be owed to the pack's vendor (VP2): its open pages are told, too.
        let mut vendor_id = None;
        if let Some(mut held) = match row {
            Some(r) => subscriptions::lock(&mut tx, r.id).await?,
            None => None,
        } {
            // The boundary that this invoice bills is crossed before the invoice looks for its period (PD3).
            if held.status.has_benefits() {
                ensure_period(&mut tx, self, &mut held, now).await?;
            }
            applied = self
                .apply_invoice(&mut tx, Some(&mut held), client.id, seen, now)
                .await?;
            vendor_id = held.vendor_assignee_id;
            enqueue(
                &mut tx,
                now,
                now,
                &Job::SyncSubscription {
                    subscription_id: held.id,
                },
            )
            .await?;
        } else {
            applied = self.apply_invoice(&mut tx, None, client.id, seen, now).await?;
        }
        if applied {
            let change = Change {
                client_id: Some(client.id),
                vendor_id,
            };
            self.commit(tx, Some(change)).await?;
        }
        Ok(applied)
    }

    /// Writes the mirror row (IV1) and, where the invoice bills a period, that period's payment state. Matched by the
    /// line's period start (PD3); staff are alarmed when the bounds differ. `false`: the mirror row has changed since
    /// the invoice was asked for, and nothing of this transaction may stay (WH3).
    async fn apply_invoice(
        &self,
        tx: &mut Tx,
        mut row: Option<&mut SubscriptionRow>,
        client_id: ClientId,
        seen: &Seen,
        now: Instant,
    ) -> Result<bool, JobError> {
        let invoice = &seen.invoice;
        let mut mismatch = None;
        let mut period_id = None;
        let mut description = String::new();
        if let Some(row) = row.as_deref_mut() {
            if let Some(terms) = subscriptions::terms(tx, row.pack_version_id).await? {
                description = terms.label();
            }
            if let (Some(start), Some(end)) = (invoice.line_period_start, invoice.line_period_end) {
                match subscriptions::period_starting(tx, row.id, start).await? {
                    Some(period) => {
                        period_id = Some(period.id);
                        if invoice.billing_reason == "subscription_cycle" {
                            self.match_terms(tx, row, &period, invoice, now).await?;
                        }
                        if period.ends_at != end {
                            // Stripe's bounds win while nothing of the period is used.
                            if !subscriptions::set_period_end(tx, period.id, end).await? {
                                mismatch = Some(format!(
                                    "{}: ends {} here, {} at Stripe",
                                    period.seq, period.ends_at, end
                                ));
                            }
                        }
                        let state = match invoice.status.as_str() {
                            "paid" => PeriodPayment::Paid,
                            "void" | "uncollectible" => PeriodPayment::WrittenOff,
                            "open" if invoice.attempted => PeriodPayment::Failed,
                            _ => PeriodPayment::Pending,
                        };
                        let settled = matches!(period.payment_state, PeriodPayment::Paid | PeriodPayment::Refunded);
                        if !settled && (period.payment_state != state || period.stripe_invoice_id.is_none()) {
                            subscriptions::set_period_payment(tx, period.id, state, Some(&invoice.id), invoice.paid_at)
                                .await?;
                            if state == PeriodPayment::Paid && period.seq > 1 {
                                self.tell_renewed(tx, row, period.id, invoice, now).await?;
                            }
                        }
                        // VP2: it may be paid for now, or on other terms than it was opened on.
                        if period.vendor_id.is_some() {
                            crate::payables::settle(tx, self, &[period.id], now).await?;
                        }
                    }
                    None if row.status.has_benefits() && invoice.status != "void" => {
                        mismatch = Some(format!("no period begins {start}"));
                    }
                    None => {}
                }
            }
        }
        let mirror = InvoiceRow {
            id: invoice.id.clone(),
            client_id,
            subscription_id: row.map(|r| r.id),
            period_id,
            number: invoice.number.clone(),
            status: invoice.status.clone(),
            billing_reason: invoice.billing_reason.clone(),
            amount_due: invoice.amount_due,
            amount_paid: invoice.amount_paid,
            currency: invoice.currency,
            hosted_url: invoice.hosted_url.clone(),
            pdf_url: invoice.pdf_url.clone(),
            description,
            lines: serde_json::to_string(&invoice.lines).map_err(|e| JobError::Dead(e.to_string()))?,
            created_at: invoice.created,
            finalized_at: invoice.finalized_at,
            paid_at: invoice.paid_at,
        };
        if let Some(detail) = mismatch {
            self.alarm(tx, "period_mismatch", "invoice", &invoice.id, &detail, now)
                .await?;
        }
        Ok(billing::upsert_invoice(tx, &mirror, seen.version, now).await?)
    }

    /// Reads the card on file (WH3's order: subscriptions before their client); where the customer has none yet, the newest saved card becomes it (GR6).
    pub(crate) async fn sync_card(&self, client_id: ClientId) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let Some(client) = billing::client(&mut tx, client_id).await? else {
            return Ok(());
        };
        let subscriptions = subscriptions::of_client(&mut tx, client_id).await?;
        drop(tx);
        let Some(customer_id) = client.stripe_customer_id else {
            return Ok(());
        };
        for row in subscriptions.iter().filter(|r| r.status.is_live()) {
            if let Some(stripe_id) = &row.stripe_subscription_id {
                let object = leases::of_subscription(row.id);
                let known = client.card_payment_method_id.as_deref();
                self.with_lease(
                    &object,
                    Box::pin(self.take_card_off(row, stripe_id, &customer_id, known)),
                )
                .await?;
            }
        }
        self.with_lease(
            &leases::of_client(client_id),
            Box::pin(async {
                for _ in 0..TRIES {
                    if self.see_card(client_id, &customer_id).await? {
                        return Ok(());
                    }
                }
                Err(JobError::Later("the client's row kept changing".into()))
            }),
        )
        .await
    }

    /// GR6: a card that a hosted page left on a subscription is the newest word of the client; it goes to its one place.
    /// One that we know already was put there by a payment that succeeded, and only goes.
    async fn take_card_off(
        &self,
        row: &SubscriptionRow,
        stripe_id: &str,
        customer_id: &str,
        known: Option<&str>,
    ) -> Result<(), JobError> {
        let there = self.look(self.gateway().subscription(stripe_id)).await?;
        let Some(card) = there.default_payment_method else {
            // Taken off already: a call that was cut off before its answer came had done its work.
            return self
                .settle_seen(&row.id.to_string(), "subscription.card", stripe_id)
                .await;
        };
        self.with_lease(
            &leases::of_client(row.client_id),
            Box::pin(async {
                let customer = self.look(self.gateway().customer(customer_id)).await?;
                if known != Some(&card) && customer.default_payment_method.as_deref() != Some(&card) {
                    self.set_default(customer_id, row.client_id, &card).await?;
                }
                Ok(())
            }),
        )
        .await?;
        let change = SubscriptionChange {
            clear_default_payment_method: true,
            ..Default::default()
        };
        let entity = row.id.to_string();
        let mut tx = self.db().read().await?;
        let n = billing::count_operations(&mut tx, &entity, "subscription.card").await?;
        let last = billing::latest_operation(&mut tx, &entity, "subscription.card").await?;
        drop(tx);
        // Each renewal puts it back, so each time is an operation of its own; repeating one that waits is the same one.
        let key = match last {
            Some(op) if op.state == "pending" => op.key,
            _ => format!("packsub:{entity}:card:{}", n + 1),
        };
        let op = Operation {
            key,
            kind: "subscription.card",
            entity_id: entity,
            client_id: Some(row.client_id),
        };
        self.operate(
            op,
            &change,
            |key| async {
                let (key, id, change) = (key, stripe_id, &change);
                self.gateway().change_subscription(&key, id, change).await
            },
            |s: &Subscription| s.id.clone(),
        )
        .await
        .map(drop)
    }

    /// Reads the customer's card into our row; `false`: the row has changed since it was read.
    async fn see_card(&self, client_id: ClientId, customer_id: &str) -> Result<bool, JobError> {
        let mut tx = self.db().read().await?;
        let Some(read) = billing::client(&mut tx, client_id).await? else {
            return Ok(true);
        };
        let subscriptions = subscriptions::of_client(&mut tx, client_id).await?;
        drop(tx);
        let mut customer = self.look(self.gateway().customer(customer_id)).await?;
        let cards = if customer.deleted {
            Vec::new()
        } else {
            self.look(self.gateway().cards(customer_id)).await?
        };
        if customer.default_payment_method.is_none()
            && let Some(card) = cards.first()
        {
            customer = self.set_default(customer_id, client_id, &card.id).await?;
        }
        if customer.default_payment_method.is_some() {
            self.settle_seen(&client_id.to_string(), "customer.card", customer_id)
                .await?;
        }
        let card: Option<&Card> = cards
            .iter()
            .find(|c| Some(&c.id) == customer.default_payment_method.as_ref());
        let mut tx = self.db().write().await?;
        let now = self.now();
        if billing::client(&mut tx, client_id)
            .await?
            .is_some_and(|c| c.row_version != read.row_version)
        {
            return Ok(false);
        }
        let changed = billing::set_card(
            &mut tx,
            client_id,
            card.map(|c| {
                (
                    c.id.as_str(),
                    c.brand.as_str(),
                    c.last4.as_str(),
                    c.exp_month,
                    c.exp_year,
                )
            }),
            read.row_version,
        )
        .await?;
        if changed && card.is_some() {
            // A new card goes to a first charge that waits for one (SU3).
            for row in subscriptions
                .iter()
                .filter(|r| r.status == SubscriptionStatus::Incomplete && r.first_invoice_id.is_some())
            {
                enqueue(
                    &mut tx,
                    now,
                    now,
                    &Job::SyncSubscription {
                        subscription_id: row.id,
                    },
                )
                .await?;
            }
        }
        self.commit(tx, Change::of_client(client_id)).await?;
        Ok(true)
    }

    /// Closes an operation whose answer was lost, once a look has shown that what it asked for stands.
    pub(crate) async fn settle_seen(&self, entity: &str, kind: &str, result: &str) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let last = billing::latest_operation(&mut tx, entity, kind).await?;
        drop(tx);
        if let Some(open) = last.filter(|op| op.state == "pending") {
            let mut tx = self.db().write().await?;
            let now = self.now();
            billing::end_operation(&mut tx, &open.key, "done", Some(result), None, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    pub(crate) async fn set_default(
        &self,
        customer: &str,
        client_id: ClientId,
        card: &str,
    ) -> Result<crate::ports::Customer, JobError> {
        let mut tx = self.db().read().await?;
        let n = billing::count_operations(&mut tx, &client_id.to_string(), "customer.card").await?;
        let last = billing::latest_operation(&mut tx, &client_id.to_string(), "customer.card").await?;
        drop(tx);
        // Setting A, then B, then A again are three operations; repeating one that waits is the same one.
        let key = match last {
            Some(op) if op.state == "pending" => op.key,
            _ => format!("client:{client_id}:card:{}", n + 1),
        };
        let op = Operation {
            key,
            kind: "customer.card",
            entity_id: client_id.to_string(),
            client_id: Some(client_id),
        };
        self.operate(
            op,
            &card,
            |key| async move { self.gateway().set_default_card(&key, customer, card).await },
            |c: &crate::ports::Customer| c.id.clone(),
        )
        .await?;
        self.look(self.gateway().customer(customer)).await
    }
}

/// Why a first charge is still open, and the bank's words where it said no (SU4, SU9).
fn problem_of(invoice: &Invoice) -> (Option<ChargeProblem>, Option<String>) {
    match (invoice.payment_intent_status.as_deref(), &invoice.last_decline) {
        (Some("requires_action"), _) => (Some(ChargeProblem::Confirm), None),
        (_, Some(words)) => (Some(ChargeProblem::Declined), Some(words.clone())),
        _ => (None, None),
    }
}
