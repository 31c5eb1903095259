//! Invoices that bill a period: mirrored, and applied to the period's payment (IV1, PD3, §7).

use crate::{
    Change, Engine,
    kernel::{alarms::AlarmKind, jobs::enqueue, operations::JobError, ports::Invoice},
    subscriptions::{jobs::Job, leases::TRIES, periods::cross},
};
use domain::{Cents, ClientId, Currency, Instant, PeriodPayment, SubscriptionStatus};
use store::{
    Tx,
    billing::{self, InvoiceRow, Mirrored},
    catalogue,
    subscriptions::{self, SubscriptionRow},
};

/// An invoice as it was retrieved, and the version of our row of it before.
pub(super) struct Seen {
    pub(super) invoice: Invoice,
    version: Option<i64>,
}

/// The kind of the operations that give an invoice's payment back.
pub(super) const REFUND: &str = "invoice.refund";

/// "400.00 usd": two currencies may have one sign.
fn exact(amount: Cents, currency: Currency) -> String {
    format!("{} {}", amount.plain(), currency.code())
}

/// What staff are told of money that came for what is over here.
pub(super) fn paid_after_end(invoice: &Invoice) -> String {
    format!(
        "{} paid, and its pack was given up or had ended",
        invoice.amount_paid.show(invoice.currency)
    )
}

impl Engine {
    /// Retrieves an invoice, and says what our row of it was before.
    pub(super) async fn see_invoice(&self, id: &str) -> Result<Seen, JobError> {
        let mut tx = self.db().read().await?;
        let version = billing::invoice_version(&mut tx, id).await?;
        drop(tx);
        let invoice = self.look(self.gateway().invoice(id)).await?;
        Ok(Seen { invoice, version })
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
        let mut changed = false;
        let mirrored;
        // What is paid for may be owed to the pack's vendor (VP2): its open pages are told, too.
        let mut vendor_id = None;
        if let Some(mut held) = match row {
            Some(r) => subscriptions::lock(&mut tx, r.id).await?,
            None => None,
        } {
            // The boundary that this invoice bills is crossed before the invoice looks for its period (PD3).
            if held.status.has_benefits() {
                changed = cross(&mut tx, self, &mut held, now).await?.changed;
            }
            mirrored = self
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
            mirrored = self.apply_invoice(&mut tx, None, client.id, seen, now).await?;
        }
        if mirrored == Mirrored::Moved {
            return Ok(false);
        }
        let change = (changed || mirrored == Mirrored::Changed).then_some(Change {
            client_id: Some(client.id),
            vendor_id,
        });
        self.commit(tx, change).await?;
        Ok(true)
    }

    /// PC7: an invoice of a period is of its price, to the cent and in its currency; staff are alarmed otherwise. What was
    /// void is of nothing. `true`: they are.
    async fn match_amount(
        &self,
        tx: &mut Tx,
        row: &SubscriptionRow,
        start: Instant,
        invoice: &Invoice,
        now: Instant,
    ) -> Result<bool, JobError> {
        let bills = ["subscription_create", "subscription_cycle"].contains(&invoice.billing_reason.as_str());
        let Some(period) = subscriptions::period_starting(tx, row.id, start)
            .await?
            .filter(|_| bills && invoice.status != "void")
        else {
            return Ok(false);
        };
        if (invoice.amount_due, invoice.currency) == (period.price_cents, period.currency) {
            return Ok(false);
        }
        let detail = format!(
            "Period {}: {} billed, {} expected",
            period.seq,
            exact(invoice.amount_due, invoice.currency),
            exact(period.price_cents, period.currency)
        );
        Ok(self
            .alarm(tx, AlarmKind::AmountMismatch, "invoice", &invoice.id, &detail, now)
            .await?)
    }

    /// Writes the mirror row (IV1) and, where the invoice bills a period, that period's payment state. Matched by the
    /// line's period start (PD3); staff are alarmed when the bounds differ. [`Mirrored::Moved`]: the mirror row has
    /// changed since the invoice was asked for, and nothing of this transaction may stay (WH3).
    pub(super) async fn apply_invoice(
        &self,
        tx: &mut Tx,
        mut row: Option<&mut SubscriptionRow>,
        client_id: ClientId,
        seen: &Seen,
        now: Instant,
    ) -> Result<Mirrored, JobError> {
        let invoice = &seen.invoice;
        let mut changed = false;
        let mut mismatch = None;
        let mut period_id = None;
        let mut description = String::new();
        if let Some(row) = row.as_deref_mut() {
            if let Some(terms) = catalogue::terms(tx, row.pack_version_id).await? {
                description = terms.label();
            }
            if let (Some(start), Some(end)) = (invoice.line_period_start, invoice.line_period_end) {
                match subscriptions::period_starting(tx, row.id, start).await? {
                    Some(period) => {
                        period_id = Some(period.id);
                        if invoice.billing_reason == "subscription_cycle" {
                            changed |= self.match_terms(tx, row, &period, invoice, now).await?;
                        }
                        changed |= self.match_amount(tx, row, start, invoice, now).await?;
                        if period.ends_at != end {
                            // Stripe's bounds win while nothing of the period is used.
                            if subscriptions::set_period_end(tx, period.id, end).await? {
                                changed = true;
                            } else {
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
                            changed = true;
                            if state == PeriodPayment::Paid && period.seq > 1 {
                                self.tell_renewed(tx, row, period.id, invoice, now).await?;
                            }
                        }
                        // It may be paid for now, or on other terms than it was opened on.
                        for follower in self.followers() {
                            follower.billed(tx, self, &period, now).await?;
                        }
                    }
                    None if row.status.has_benefits() && invoice.status != "void" => {
                        mismatch = Some(format!("no period begins {start}"));
                    }
                    None => {}
                }
            }
        }
        if invoice.status == "paid"
            && invoice.amount_paid > Cents::ZERO
            && period_id.is_none()
            && row
                .as_ref()
                .is_some_and(|r| r.status == SubscriptionStatus::Ended && r.cancel_state.is_none())
            && store::operations::latest_operation(tx, &invoice.id, REFUND)
                .await?
                .is_none()
        {
            let detail = paid_after_end(invoice);
            changed |= self
                .alarm(tx, AlarmKind::PaidAfterEnd, "invoice", &invoice.id, &detail, now)
                .await?;
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
            changed |= self
                .alarm(tx, AlarmKind::PeriodMismatch, "invoice", &invoice.id, &detail, now)
                .await?;
        }
        Ok(match billing::upsert_invoice(tx, &mirror, seen.version, now).await? {
            Mirrored::Same if changed => Mirrored::Changed,
            mirrored => mirrored,
        })
    }
}
