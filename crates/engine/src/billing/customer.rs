//! A client's customer at the provider, made once, and its default card.

use crate::{
    Engine,
    billing::leases,
    kernel::{
        operations::{JobError, Operation, Outcome},
        ports::{Customer, NewCustomer},
    },
};
use domain::ClientId;
use store::{billing, operations};

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
        let id = match self
            .operate(
                op,
                &new,
                |key| async {
                    let (key, new) = (key, &new);
                    self.gateway().create_customer(&key, new).await
                },
                |c: &Customer| c.id.clone(),
            )
            .await?
        {
            Outcome::Done(customer) => customer.id,
            Outcome::Was(id) => id,
            Outcome::TooOld | Outcome::Failed => {
                let found = self
                    .look(self.gateway().find_customers(&new.client_id, &new.email))
                    .await?;
                match found.into_iter().find(|c| !c.deleted) {
                    Some(customer) => customer.id,
                    None => {
                        let op = Operation {
                            key: format!("client:{client_id}:customer:2"),
                            kind: "customer.create",
                            entity_id: client_id.to_string(),
                            client_id: Some(client_id),
                        };
                        match self
                            .operate(
                                op,
                                &new,
                                |key| async {
                                    let (key, new) = (key, &new);
                                    self.gateway().create_customer(&key, new).await
                                },
                                |c: &Customer| c.id.clone(),
                            )
                            .await?
                        {
                            Outcome::Done(customer) => customer.id,
                            Outcome::Was(id) => id,
                            Outcome::TooOld | Outcome::Failed => {
                                return Err(JobError::Dead("the customer could not be made".into()));
                            }
                        }
                    }
                }
            }
        };
        let mut tx = self.db().write().await?;
        billing::set_customer(&mut tx, client_id, &id).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(crate) async fn set_default(
        &self,
        customer: &str,
        client_id: ClientId,
        card: &str,
    ) -> Result<Customer, JobError> {
        let mut tx = self.db().read().await?;
        let n = operations::count_operations(&mut tx, &client_id.to_string(), "customer.card").await?;
        let last = operations::latest_operation(&mut tx, &client_id.to_string(), "customer.card").await?;
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
            |c: &Customer| c.id.clone(),
        )
        .await?;
        self.look(self.gateway().customer(customer)).await
    }
}
