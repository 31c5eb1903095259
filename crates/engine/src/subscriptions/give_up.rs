//! SU9: giving up what was never paid, after a last look.

use super::jobs::NextSubscribe;
use crate::{
    Change, Engine,
    billing::leases,
    kernel::{
        alarms::AlarmKind,
        forms::derived_key,
        operations::{JobError, Operation},
        ports::{Checkout, GatewayResult, Invoice, NewRefund, Refund, Subscription},
    },
    subscriptions::{
        invoices::{REFUND, paid_after_end},
        periods::end_subscription,
        subscribe::Subscribe,
    },
};
use domain::{Cents, SubscriptionId, SubscriptionStatus, subscriptions::EndReason};
use store::{
    billing, operations,
    subscriptions::{self, SubscriptionRow},
};

impl Engine {
    /// SU9: gives up a subscription that was never paid, after a last look: paid meanwhile → it is activated instead.
    /// Before its time (23 h) only a replacement gives up.
    pub(crate) async fn give_up_subscription(
        &self,
        id: SubscriptionId,
        reason: &str,
        then: Option<NextSubscribe>,
    ) -> Result<(), JobError> {
        let reason: EndReason = reason
            .parse()
            .map_err(|_| JobError::Dead(format!("unknown end reason {reason}")))?;
        self.sync_subscription(id).await?;
        let mut tx = self.db().read().await?;
        let Some(row) = subscriptions::by_id(&mut tx, id).await? else {
            return Ok(());
        };
        let sessions = billing::checkouts_of_subscription(&mut tx, id).await?;
        drop(tx);
        if row.status == SubscriptionStatus::Incomplete {
            for session in sessions.iter().filter(|s| s.state == "open") {
                let op = Operation {
                    key: format!("checkout:{}:expire", session.id),
                    kind: "checkout.expire",
                    entity_id: session.id.clone(),
                    client_id: Some(row.client_id),
                };
                let page = &session.id;
                let over = self
                    .bring_about(
                        op,
                        page,
                        |key| async move { self.gateway().expire_checkout(&key, page).await },
                        |_| async move {
                            let there = self.look(self.gateway().checkout(page)).await?;
                            Ok((there.status != "open").then_some(there))
                        },
                        |c: &Checkout| c.id.clone(),
                    )
                    .await?;
                let state = over.status;
                if state == "complete" {
                    // Paid at the last second: the look activates it.
                    return self.sync_subscription(id).await;
                }
                let mut tx = self.db().write().await?;
                billing::set_checkout_state(&mut tx, &session.id, &state).await?;
                tx.commit().await?;
            }
            // An operation that was sent and never answered may have made a subscription that we do not know.
            let mut stripe_id = row.stripe_subscription_id.clone();
            if stripe_id.is_none() {
                let mut tx = self.db().read().await?;
                let sent = operations::latest_operation(&mut tx, &id.to_string(), "subscription.create").await?;
                let customer = billing::client(&mut tx, row.client_id)
                    .await?
                    .and_then(|c| c.stripe_customer_id);
                drop(tx);
                if let (Some(_), Some(customer)) = (sent, customer)
                    && let Some(found) = self.find_subscription(&customer, id).await?
                {
                    self.link_subscription(id, &found.id).await?;
                    if found.status == "active" {
                        return self.sync_subscription(id).await;
                    }
                    stripe_id = Some(found.id);
                }
            }
            if let Some(stripe_id) = &stripe_id {
                let there = self.look(self.gateway().subscription(stripe_id)).await?;
                if there.status == "active" {
                    return self.sync_subscription(id).await;
                }
                if !there.is_over() {
                    self.cancel_at_once(&row, stripe_id).await?;
                }
                if let Some(invoice) = &there.latest_invoice {
                    let object = leases::of_invoice(invoice);
                    self.with_lease(&object, Box::pin(self.take_bill_back(&row, invoice)))
                        .await?;
                }
            }
            let mut tx = self.db().write().await?;
            let now = self.now();
            if let Some(mut current) = subscriptions::lock(&mut tx, id).await?
                && current.status == SubscriptionStatus::Incomplete
            {
                end_subscription(&mut tx, self, &mut current, reason, now).await?;
            }
            self.commit(tx, Change::of_client(row.client_id)).await?;
        }
        if let Some(next) = then {
            let input = Subscribe {
                pack_id: next.pack_id,
                // The form's own key answers with the row that gave way.
                form_key: derived_key(&next.form_key),
                expected_price: next.expected_price,
            };
            // Whatever SU1 says now is shown by the page: the old one was paid after all, the price has changed …
            if let Err(error) = self.subscribe(&next.caller, input).await {
                tracing::info!(error = error.code(), subscription.id = %id, "the replacing subscription was refused");
            }
        }
        Ok(())
    }

    /// Ends a subscription at the provider now, without a final invoice.
    pub(super) async fn cancel_at_once(
        &self,
        row: &SubscriptionRow,
        stripe_id: &str,
    ) -> Result<Subscription, JobError> {
        let op = Operation {
            key: format!("packsub:{}:cancel", row.id),
            kind: "subscription.cancel",
            entity_id: row.id.to_string(),
            client_id: Some(row.client_id),
        };
        self.bring_about(
            op,
            &stripe_id,
            |key| async move { self.gateway().cancel_subscription(&key, stripe_id).await },
            |_| async move {
                let there = self.look(self.gateway().subscription(stripe_id)).await?;
                Ok(there.is_over().then_some(there))
            },
            |s: &Subscription| s.id.clone(),
        )
        .await
    }

    /// What was billed for a subscription that is given up (SU9), or for a month after somebody left in time (UN2): nobody is to
    /// pay it. Who left in time and has paid gets the money back.
    pub(super) async fn take_bill_back(&self, row: &SubscriptionRow, invoice: &str) -> Result<(), JobError> {
        let mut there = self.look(self.gateway().invoice(invoice)).await?;
        if there.status == "draft" {
            // Only what is finalized can be voided.
            let call = |key: String| async move { self.gateway().finalize_invoice(&key, invoice).await };
            there = self.leave_state(row, invoice, ("finalize", "draft"), call).await?;
        }
        if there.status == "open" {
            let call = |key: String| async move { self.gateway().void_invoice(&key, invoice).await };
            there = self.leave_state(row, invoice, ("void", "open"), call).await?;
        }
        if there.status == "paid" && row.cancel_state.is_some() {
            return self.refund_left(row, &there).await;
        }
        if there.status == "paid" {
            // Paid between the look and the cancel: the money is there and the subscription is not. People decide.
            self.raise(AlarmKind::PaidAfterEnd, "invoice", invoice, &paid_after_end(&there))
                .await?;
        }
        Ok(())
    }

    /// Does to an invoice what takes it out of a state.
    async fn leave_state<C, F>(
        &self,
        row: &SubscriptionRow,
        invoice: &str,
        (verb, state): (&str, &str),
        call: C,
    ) -> Result<Invoice, JobError>
    where
        C: Fn(String) -> F,
        F: Future<Output = GatewayResult<Invoice>>,
    {
        let op = Operation {
            key: format!("packsub:{}:{verb}:{invoice}", row.id),
            kind: &format!("invoice.{verb}"),
            entity_id: invoice.to_owned(),
            client_id: Some(row.client_id),
        };
        self.bring_about(
            op,
            &invoice,
            call,
            |_| async move {
                let there = self.look(self.gateway().invoice(invoice)).await?;
                Ok((there.status != state).then_some(there))
            },
            |i: &Invoice| i.id.clone(),
        )
        .await
    }

    /// UN2: the whole of what an invoice has taken, once.
    async fn refund_left(&self, row: &SubscriptionRow, invoice: &Invoice) -> Result<(), JobError> {
        let Some(payment_intent) = invoice
            .payment_intent
            .clone()
            .filter(|_| invoice.amount_paid > Cents::ZERO)
        else {
            return Ok(());
        };
        let new = NewRefund {
            payment_intent,
            amount: invoice.amount_paid,
        };
        let op = Operation {
            key: format!("packsub:{}:refund:{}", row.id, invoice.id),
            kind: REFUND,
            entity_id: invoice.id.clone(),
            client_id: Some(row.client_id),
        };
        let wanted = &new;
        self.bring_about(
            op,
            wanted,
            |key| async move { self.gateway().refund(&key, wanted).await },
            |_| async move {
                let all = self.look(self.gateway().refunds_of(&wanted.payment_intent)).await?;
                Ok(all.into_iter().find(Refund::counts))
            },
            |refund: &Refund| refund.id.clone(),
        )
        .await?;
        Ok(())
    }
}
