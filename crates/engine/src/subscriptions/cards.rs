//! GR6: a card that a hosted page left on a subscription goes to its one place, the customer.

use super::leases::of_subscription;
use crate::{
    Caller, Change, Engine,
    billing::{customer::CARD_OPERATION, leases},
    kernel::{
        jobs::enqueue,
        operations::{JobError, Operation},
        ports::{Card, Subscription, SubscriptionChange},
    },
    subscriptions::{jobs::Job, leases::TRIES},
};
use domain::{AppResult, Capability, ClientId, SubscriptionStatus};
use store::{
    billing,
    subscriptions::{self, SubscriptionRow},
};

/// The kind of the operations that take a card off a subscription.
const CARD_OFF: &str = "subscription.card";

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
    /// One that we know already was put there by a payment that succeeded, and only goes. It goes once a look has shown
    /// that the customer has a card to be charged.
    async fn take_card_off(
        &self,
        row: &SubscriptionRow,
        stripe_id: &str,
        customer_id: &str,
        known: Option<&str>,
    ) -> Result<(), JobError> {
        let entity = row.id.to_string();
        let change = &SubscriptionChange {
            clear_default_payment_method: true,
            ..Default::default()
        };
        let there = self.look(self.gateway().subscription(stripe_id)).await?;
        let Some(card) = there.default_payment_method else {
            // Taken off already: a call that was cut off before its answer came had done its work.
            return self.settle_seen(&entity, CARD_OFF, change, stripe_id).await;
        };
        self.with_lease(
            &leases::of_client(row.client_id),
            Box::pin(async {
                let customer = self.look(self.gateway().customer(customer_id)).await?;
                let at = customer.default_payment_method.as_deref();
                if at == Some(card.as_str()) || (known == Some(card.as_str()) && at.is_some()) {
                    return Ok(());
                }
                let set = self.set_default(customer_id, row.client_id, &card).await?;
                if set.default_payment_method.as_deref() == Some(card.as_str()) {
                    Ok(())
                } else {
                    Err(JobError::Later("the card is not at the customer yet".into()))
                }
            }),
        )
        .await?;
        // Each renewal puts it back, so each time is an operation of its own.
        let op = Operation {
            key: format!("packsub:{entity}:card"),
            kind: CARD_OFF,
            entity_id: entity,
            client_id: Some(row.client_id),
        };
        self.bring_about(
            op,
            change,
            |key| async move { self.gateway().change_subscription(&key, stripe_id, change).await },
            |_| async move {
                let there = self.look(self.gateway().subscription(stripe_id)).await?;
                Ok(there.default_payment_method.is_none().then_some(there))
            },
            |s: &Subscription| s.id.clone(),
        )
        .await
        .map(drop)
    }

    /// Reads the customer's card and the hosted pages for it into our rows; `false`: the row has changed since it was read.
    async fn see_card(&self, client_id: ClientId, customer_id: &str) -> Result<bool, JobError> {
        let mut tx = self.db().read().await?;
        let Some(read) = billing::client(&mut tx, client_id).await? else {
            return Ok(true);
        };
        let subscriptions = subscriptions::of_client(&mut tx, client_id).await?;
        let setups = billing::open_setups(&mut tx, client_id).await?;
        drop(tx);
        let mut pages = Vec::new();
        for page in setups {
            let there = self.look(self.gateway().checkout(&page.id)).await?;
            pages.push((page.id, there.status));
        }
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
        if let Some(card) = &customer.default_payment_method {
            self.settle_seen(&client_id.to_string(), CARD_OPERATION, card, customer_id)
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
        let mut pages_changed = false;
        for (id, state) in pages {
            pages_changed |= billing::set_checkout_state(&mut tx, &id, &state).await?;
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
        if customer.deleted {
            // Whatever the client buys next is bought by a customer that is there.
            billing::forget_customer(&mut tx, client_id, customer_id).await?;
        }
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
        // Whoever reads the page of the card has it looked at: what is as it was must not have it read again.
        let change = Change::of_client(client_id).filter(|_| changed || pages_changed);
        self.commit(tx, change).await?;
        Ok(true)
    }

    /// The return page of a hosted card page: looks at it again, unless that was done just now.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`] for everybody but a client's owner.
    pub async fn look_at_card(&self, caller: &Caller) -> AppResult<()> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        self.look_for_page(&leases::of_client(client_id), &Job::SyncCard { client_id })
            .await
    }
}
