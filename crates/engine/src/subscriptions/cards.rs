//! GR6: a card that a hosted page left on a subscription goes to its one place, the customer.

use super::leases::of_subscription;
use crate::{
    Caller, Change, Engine, OnConstraint,
    billing::leases,
    kernel::{
        jobs::enqueue,
        operations::{JobError, Operation},
        ports::{Card, Subscription, SubscriptionChange},
    },
    subscriptions::{jobs::Job, leases::TRIES},
};
use domain::{AppResult, Capability, ClientId, SubscriptionStatus};
use store::{
    billing, operations,
    subscriptions::{self, SubscriptionRow},
};

impl Engine {
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
                let object = of_subscription(row.id);
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
        let n = operations::count_operations(&mut tx, &entity, "subscription.card").await?;
        let last = operations::latest_operation(&mut tx, &entity, "subscription.card").await?;
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

    /// The return page of a hosted card page: looks at it again.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`] for everybody but a client's owner.
    pub async fn look_at_card(&self, caller: &Caller) -> AppResult<()> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        enqueue(&mut tx, now, now, &Job::SyncCard { client_id }).await?;
        self.commit(tx, None).await
    }
}
