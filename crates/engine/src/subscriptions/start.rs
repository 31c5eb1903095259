//! The first charge (SU2–SU5): the job that carries a new subscription to it, and paying it with another card.

use crate::{
    Change, Engine,
    billing::leases,
    kernel::{
        operations::{JobError, Operation},
        ports::{Checkout, Invoice, NewCheckout, NewSubscription, Subscription},
    },
    subscriptions::subscribe::FIRST_CHARGE_HOURS,
};
use domain::{SubscriptionId, SubscriptionStatus};
use store::{
    billing::{self, CheckoutRow},
    operations,
    subscriptions::{self, SubscriptionRow},
};

impl Engine {
    /// The job that carries a new subscription to its first charge (SU2–SU5). Safe to run any number of times.
    pub(crate) async fn start_subscription(&self, id: SubscriptionId) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let Some(row) = subscriptions::by_id(&mut tx, id).await? else {
            return Ok(());
        };
        let client = billing::client(&mut tx, row.client_id)
            .await?
            .ok_or_else(|| JobError::Dead("no client".into()))?;
        let sessions = billing::checkouts_of_subscription(&mut tx, id).await?;
        drop(tx);
        if row.status != SubscriptionStatus::Incomplete || row.stripe_subscription_id.is_some() {
            return self.sync_subscription(id).await;
        }
        let customer = self.ensure_customer(row.client_id).await?;
        let price = self.ensure_price(row.pack_version_id).await?;
        let new = NewSubscription {
            customer: customer.clone(),
            price,
            pack_subscription_id: id.to_string(),
            client_id: row.client_id.to_string(),
            pack_version_id: row.pack_version_id.to_string(),
        };
        // A client that was sent to Checkout stays there: the card may be given on that page at this very moment, and a
        // direct charge beside it would be a second subscription.
        if client.card_payment_method_id.is_some() && sessions.is_empty() {
            let subscription = self.create_subscription(&row, &new).await?;
            self.link_subscription(id, &subscription.id).await?;
        } else {
            self.open_checkout(&row, new, &sessions).await?;
        }
        self.sync_subscription(id).await
    }

    async fn create_subscription(
        &self,
        row: &SubscriptionRow,
        new: &NewSubscription,
    ) -> Result<Subscription, JobError> {
        let op = Operation {
            key: format!("packsub:{}:create", row.id),
            kind: "subscription.create",
            entity_id: row.id.to_string(),
            client_id: Some(row.client_id),
        };
        self.bring_about(
            op,
            new,
            |key| async move { self.gateway().create_subscription(&key, new).await },
            |known| async move {
                match known {
                    Some(id) => self.find(self.gateway().subscription(&id)).await,
                    None => self.find_subscription(&new.customer, row.id).await,
                }
            },
            |s: &Subscription| s.id.clone(),
        )
        .await
    }

    /// SU2's look-up: the customer's subscription whose metadata names ours.
    pub(super) async fn find_subscription(
        &self,
        customer: &str,
        id: SubscriptionId,
    ) -> Result<Option<Subscription>, JobError> {
        let wanted = id.to_string();
        let all = self.look(self.gateway().subscriptions_of(customer)).await?;
        Ok(all
            .into_iter()
            .find(|s| s.pack_subscription_id.as_deref() == Some(&wanted)))
    }

    async fn open_checkout(
        &self,
        row: &SubscriptionRow,
        subscription: NewSubscription,
        sessions: &[CheckoutRow],
    ) -> Result<(), JobError> {
        for session in sessions.iter().filter(|s| s.state == "open") {
            let there = self.look(self.gateway().checkout(&session.id)).await?;
            if there.status == "open" && there.expires_at > self.now() {
                return Ok(());
            }
            let mut tx = self.db().write().await?;
            billing::set_checkout_state(&mut tx, &session.id, &there.status).await?;
            tx.commit().await?;
            if there.status == "complete" {
                return Ok(());
            }
        }
        let entity = row.id.to_string();
        let base = &self.settings().base_url;
        let new = NewCheckout {
            subscription,
            success_url: format!("{base}/payment/packs/{entity}?from=checkout"),
            cancel_url: format!("{base}/payment/packs/{entity}?from=cancelled"),
            expires_at: row.created_at.plus_hours(FIRST_CHARGE_HOURS).whole_second(),
        };
        let op = Operation {
            key: format!("packsub:{entity}:checkout"),
            kind: "checkout.create",
            entity_id: entity.clone(),
            client_id: Some(row.client_id),
        };
        let (new, wanted) = (&new, Some(&entity));
        let unused = |c: &Checkout| c.status != "expired" && !sessions.iter().any(|s| s.id == c.id);
        let checkout = self
            .bring_about(
                op,
                new,
                |key| async move { self.gateway().create_checkout(&key, new).await },
                |known| async move {
                    if let Some(id) = known {
                        return Ok(self.find(self.gateway().checkout(&id)).await?.filter(unused));
                    }
                    let all = self
                        .look(self.gateway().checkouts_of(&new.subscription.customer))
                        .await?;
                    let ours = |c: &Checkout| c.pack_subscription_id.as_ref() == wanted && unused(c);
                    Ok(all.into_iter().find(ours))
                },
                |c: &Checkout| c.id.clone(),
            )
            .await?;
        let mut tx = self.db().write().await?;
        let now = self.now();
        let kept = CheckoutRow {
            id: checkout.id.clone(),
            client_id: row.client_id,
            subscription_id: Some(row.id),
            mode: checkout.mode.clone(),
            state: checkout.status.clone(),
            url: checkout.url.clone().unwrap_or_default(),
            expires_at: checkout.expires_at,
        };
        billing::insert_checkout(&mut tx, &kept, now).await?;
        if let Some(mut current) = subscriptions::lock(&mut tx, row.id).await?
            && current.status == SubscriptionStatus::Incomplete
        {
            current.payment_url = checkout.url;
            subscriptions::save(&mut tx, &current, now).await?;
        }
        Ok(self.commit(tx, Change::of_client(row.client_id)).await?)
    }

    pub(crate) async fn link_subscription(&self, id: SubscriptionId, stripe_id: &str) -> Result<(), JobError> {
        let mut tx = self.db().write().await?;
        let now = self.now();
        if let Some(mut row) = subscriptions::lock(&mut tx, id).await?
            && row.stripe_subscription_id.is_none()
        {
            row.stripe_subscription_id = Some(stripe_id.to_owned());
            subscriptions::save(&mut tx, &row, now).await?;
        }
        Ok(tx.commit().await?)
    }

    /// SU3 *Try another card*: pays the same first invoice with the card on file. Paid already: nothing is sent.
    pub(crate) async fn pay_first_invoice(&self, id: SubscriptionId, attempt: &str) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let Some(row) = subscriptions::by_id(&mut tx, id).await? else {
            return Ok(());
        };
        let client = billing::client(&mut tx, row.client_id)
            .await?
            .ok_or_else(|| JobError::Dead("no client".into()))?;
        drop(tx);
        let (SubscriptionStatus::Incomplete, Some(invoice), Some(card)) =
            (row.status, row.first_invoice_id, client.card_payment_method_id)
        else {
            return self.sync_subscription(id).await;
        };
        self.with_lease(
            &leases::of_invoice(&invoice),
            Box::pin(async {
                if self.look(self.gateway().invoice(&invoice)).await?.status != "open" {
                    return Ok(());
                }
                let op = Operation {
                    key: format!("packsub:{id}:first:{attempt}"),
                    kind: "invoice.pay",
                    entity_id: format!("{id}:{attempt}"),
                    client_id: Some(row.client_id),
                };
                let mut tx = self.db().read().await?;
                let before = operations::operation(&mut tx, &op.key).await?;
                drop(tx);
                if before.is_some_and(|op| op.state != "pending") {
                    // One press is one try, whatever the bank said to it (SU9).
                    return Ok(());
                }
                let (invoice, card) = (&invoice, &card);
                let paid = self
                    .bring_about(
                        op,
                        &(invoice, card),
                        |key| async move { self.gateway().pay_invoice(&key, invoice, Some(card), false).await },
                        |_| async move {
                            let there = self.look(self.gateway().invoice(invoice)).await?;
                            Ok((there.status == "paid").then_some(there))
                        },
                        |i: &Invoice| i.id.clone(),
                    )
                    .await;
                match paid {
                    // A decline is an answer: the look below reads the bank's words from the invoice.
                    Ok(_) | Err(JobError::Declined(_)) => Ok(()),
                    Err(other) => Err(other),
                }
            }),
        )
        .await?;
        self.sync_subscription(id).await
    }
}
