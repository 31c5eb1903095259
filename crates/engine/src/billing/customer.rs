//! A client's customer at the provider, made once, and its default card.

use crate::{
    Engine,
    billing::leases,
    kernel::{
        operations::{JobError, Operation},
        ports::{Customer, NewCustomer},
    },
};
use domain::ClientId;
use store::billing;

/// The kind of the operations that set a customer's card.
pub(crate) const CARD_OPERATION: &str = "customer.card";

impl Engine {
    /// The client's customer at the provider, made once.
    pub(crate) async fn ensure_customer(&self, client_id: ClientId) -> Result<String, JobError> {
        let mut tx = self.db().read().await?;
        let client = billing::client(&mut tx, client_id)
            .await?
            .ok_or_else(|| JobError::Dead("no client".into()))?;
        drop(tx);
        match client.stripe_customer_id {
            Some(id) => Ok(id),
            None => {
                self.with_lease(&leases::of_client(client_id), Box::pin(self.make_customer(client_id)))
                    .await
            }
        }
    }

    async fn make_customer(&self, client_id: ClientId) -> Result<String, JobError> {
        let mut tx = self.db().read().await?;
        let client = billing::client(&mut tx, client_id)
            .await?
            .ok_or_else(|| JobError::Dead("no client".into()))?;
        if let Some(id) = client.stripe_customer_id {
            return Ok(id);
        }
        let email = billing::billing_email(&mut tx, client_id).await?.unwrap_or_default();
        drop(tx);
        let new = NewCustomer {
            client_id: client_id.to_string(),
            name: client.name,
            email,
        };
        let op = Operation {
            key: format!("client:{client_id}:customer"),
            kind: "customer.create",
            entity_id: client_id.to_string(),
            client_id: Some(client_id),
        };
        let new = &new;
        let customer = self
            .bring_about(
                op,
                new,
                |key| async move { self.gateway().create_customer(&key, new).await },
                |known| async move {
                    let found = match known {
                        Some(id) => self.find(self.gateway().customer(&id)).await?.into_iter().collect(),
                        None => {
                            self.look(self.gateway().find_customers(&new.client_id, &new.email))
                                .await?
                        }
                    };
                    Ok(found.into_iter().find(|c: &Customer| !c.deleted))
                },
                |c: &Customer| c.id.clone(),
            )
            .await?;
        let mut tx = self.db().write().await?;
        billing::set_customer(&mut tx, client_id, &customer.id).await?;
        tx.commit().await?;
        Ok(customer.id)
    }

    /// GR6: makes a card the customer's one, and gives the customer as a look shows it then.
    pub(crate) async fn set_default(
        &self,
        customer: &str,
        client_id: ClientId,
        card: &str,
    ) -> Result<Customer, JobError> {
        let op = Operation {
            key: format!("client:{client_id}:card"),
            kind: CARD_OPERATION,
            entity_id: client_id.to_string(),
            client_id: Some(client_id),
        };
        self.bring_about(
            op,
            &card,
            |key| async move { self.gateway().set_default_card(&key, customer, card).await },
            |_| async move {
                let there = self.look(self.gateway().customer(customer)).await?;
                Ok((there.default_payment_method.as_deref() == Some(card)).then_some(there))
            },
            |c: &Customer| c.id.clone(),
        )
        .await?;
        // An answer that is given again says what was, not what is.
        self.look(self.gateway().customer(customer)).await
    }
}
