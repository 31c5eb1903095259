//! Bringing our rows in line with Stripe (ST1–ST3, SU6, §7): retrieve, then apply in one transaction that compares the
//! row's version with what was read before. Events only say *that* something changed; this module asks *what*.

use super::leases::TRIES;
use crate::{
    Change, Engine,
    billing::leases,
    kernel::{
        alarms::AlarmKind,
        jobs::enqueue,
        operations::JobError,
        ports::{GatewayError, Invoice, Subscription},
    },
    subscriptions::{
        invoices::Seen,
        jobs::Job,
        periods::{RENEWED_MINUTES, cross, end_subscription, open_period, save_with_audit},
    },
};
use domain::{
    Instant, Period, PeriodPayment, Rail, SubscriptionId, SubscriptionStatus,
    subscriptions::{ChargeProblem, EndReason, StripeMeaning, StripeStatus, cancel_at, ends_at, grace_end, meaning_of},
};
use store::{
    Tx,
    billing::{self, Mirrored},
    catalogue,
    subscriptions::{self, SubscriptionRow},
};

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

    /// WH5: an event says that a subscription at Stripe is ours. It is linked once Stripe itself says so, of our client;
    /// whoever made the event up has made nothing. A link that stands meanwhile stays.
    pub(crate) async fn see_subscription(&self, id: SubscriptionId, stripe_id: &str) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let Some(row) = subscriptions::by_id(&mut tx, id).await? else {
            return Ok(());
        };
        let customer = billing::client(&mut tx, row.client_id)
            .await?
            .and_then(|client| client.stripe_customer_id);
        drop(tx);
        if row.stripe_subscription_id.is_none() {
            let there = match self.gateway().subscription(stripe_id).await {
                Err(GatewayError::NotFound(_)) => None,
                there => Some(there?),
            };
            let (us, wanted) = (id.to_string(), customer.as_ref());
            if !there.is_some_and(|s| s.pack_subscription_id == Some(us) && Some(&s.customer) == wanted) {
                return self
                    .raise(
                        AlarmKind::ForeignSubscription,
                        "subscription",
                        &id.to_string(),
                        stripe_id,
                    )
                    .await;
            }
            self.link_subscription(id, stripe_id).await?;
        }
        self.sync_subscription(id).await
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

    /// Applies a retrieved subscription; `false`: a row has changed since it was read.
    pub(super) async fn apply(
        &self,
        read: SubscriptionRow,
        there: &Subscription,
        seen: Option<&Seen>,
    ) -> Result<bool, JobError> {
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
        let mut alarms: Vec<(AlarmKind, String)> = Vec::new();
        let meaning = meaning_of(&word, row.status, row.grace_period_ends_at, now);
        let mut to_end = None;
        match meaning {
            StripeMeaning::StaysWithAlarm => alarms.push((AlarmKind::StripeStatus, there.status.clone())),
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
                    _ => alarms.push((AlarmKind::ActiveWithoutPaidInvoice, there.id.clone())),
                }
            }
            StripeMeaning::Becomes(SubscriptionStatus::Active) => {
                row.status = SubscriptionStatus::Active;
                if row.grace_invoice_id.is_some() {
                    self.settle_grace(&mut tx, &row, now).await?;
                }
                row.grace_period_ends_at = None;
                row.grace_invoice_id = None;
            }
            StripeMeaning::Becomes(SubscriptionStatus::PastDue) => {
                if row.status == SubscriptionStatus::Incomplete {
                    alarms.push((AlarmKind::PastDueBeforeFirstPayment, there.id.clone()));
                } else {
                    row.status = SubscriptionStatus::PastDue;
                    // GR1: bound to the renewal invoice that failed; later failures of it never move the end.
                    if row.grace_invoice_id.is_none()
                        && let Some(failed) = invoice.filter(|i| i.status == "open" && i.attempted)
                        && let Some(finalized) = failed.finalized_at
                    {
                        row.grace_invoice_id = Some(failed.id.clone());
                        let ends = grace_end(finalized, now);
                        row.grace_period_ends_at = Some(ends);
                        self.tell_grace(&mut tx, &row, (failed, ends), now).await?;
                    }
                }
            }
            StripeMeaning::Becomes(SubscriptionStatus::Ended) if row.status == SubscriptionStatus::Ended => {}
            StripeMeaning::Becomes(SubscriptionStatus::Ended) => {
                to_end = Some(if row.status == SubscriptionStatus::Incomplete {
                    EndReason::IncompleteExpired
                } else {
                    EndReason::Cancelled
                });
            }
            StripeMeaning::Becomes(SubscriptionStatus::Suspended) => {}
        }
        let ends = cancel_at(
            there.cancel_at,
            there.cancel_at_period_end,
            Some(there.current_period_end),
        );
        if row.status.is_live() {
            row.cancel_at = ends_at(row.cancel_at, row.cancel_state, ends);
            if untouched.cancel_at.is_some() && row.cancel_at.is_none() && row.move_told_at.is_none() {
                // PE5: one that was set to end was skipped; it goes on, and its move with it.
                self.tell_of_move(&mut tx, &mut row, now).await?;
            }
        }
        let told = row.cancel_state.is_none();
        if !told {
            // UN2: it has not heard of what was asked for, or what follows from that is not done.
            let job = Job::SettleTerms {
                subscription_id: row.id,
            };
            enqueue(&mut tx, now, now, &job).await?;
        }
        if before == SubscriptionStatus::Ended
            && told
            && !there.is_over()
            && ends.is_none_or(|end| end.plus_minutes(RENEWED_MINUTES) <= now)
        {
            // It bills on, or will: people decide whether it ends there or begins here.
            alarms.push((
                AlarmKind::AliveAfterEnd,
                format!("{} is {} at Stripe", there.id, there.status),
            ));
        }
        // What was billed from its end on is taken back first, by whoever clears it then.
        if there.is_over() && row.cancel_at.is_none_or(|end| there.current_period_start < end) {
            row.cancel_state = None;
        }
        if let Some(reason) = to_end {
            end_subscription(&mut tx, self, &mut row, reason, now).await?;
        } else if row != untouched {
            save_with_audit(&mut tx, self, &mut row, before, now).await?;
        }
        let mut changed = row != untouched;
        if row.status.has_benefits() {
            changed |= cross(&mut tx, self, &mut row, now).await?.changed;
        }
        if row.status.has_benefits() && there.ended_at.is_none() && self.terms_differ(&mut tx, &row, there).await? {
            let job = Job::SettleTerms {
                subscription_id: row.id,
            };
            enqueue(&mut tx, now, now, &job).await?;
        }
        let client_id = row.client_id;
        if let Some(seen) = seen {
            match self
                .apply_invoice(&mut tx, Some(&mut row), client_id, seen, now)
                .await?
            {
                Mirrored::Same => {}
                Mirrored::Changed => changed = true,
                Mirrored::Moved => return Ok(false),
            }
        }
        for (kind, detail) in alarms {
            changed |= self
                .alarm(&mut tx, kind, "subscription", &row.id.to_string(), &detail, now)
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
        // Whoever reads the page of a first charge has it looked at: what is as it was must not have it read again.
        self.commit(tx, Change::of_client(row.client_id).filter(|_| changed))
            .await?;
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
        alarms: &mut Vec<(AlarmKind, String)>,
    ) -> Result<(), JobError> {
        let anchor = there.billing_cycle_anchor.whole_second();
        let ours = domain::subscriptions::period::period(anchor, 1)
            .ok_or_else(|| JobError::Dead("an anchor beyond the calendar".into()))?;
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
                AlarmKind::PeriodMismatch,
                format!("1: {} – {} at Stripe", theirs.start, theirs.end),
            ));
        }
        let terms = catalogue::terms(tx, row.pack_version_id)
            .await?
            .ok_or_else(|| JobError::Dead("no terms".into()))?;
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
}
/// Why a first charge is still open, and the bank's words where it said no (SU4, SU9).
fn problem_of(invoice: &Invoice) -> (Option<ChargeProblem>, Option<String>) {
    match (invoice.payment_intent_status.as_deref(), &invoice.last_decline) {
        (Some("requires_action"), _) => (Some(ChargeProblem::Confirm), None),
        (_, Some(words)) => (Some(ChargeProblem::Declined), Some(words.clone())),
        _ => (None, None),
    }
}
