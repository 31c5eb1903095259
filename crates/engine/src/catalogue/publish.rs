//! A pack version's product and price at the provider, each made once (PE5).

use crate::{
    Engine,
    kernel::{
        operations::{JobError, Operation, Outcome},
        ports::NewPrice,
    },
};
use domain::{Cents, PackId, PackVersionId};
use store::catalogue;

/// A pack's product and prices.
pub(crate) fn of_pack(id: PackId) -> String {
    format!("pack:{id}")
}

impl Engine {
    /// The version's price at the provider, made once, with the pack's one product (PE5).
    pub(crate) async fn ensure_price(&self, id: PackVersionId) -> Result<String, JobError> {
        let mut tx = self.db().read().await?;
        let terms = catalogue::terms(&mut tx, id)
            .await?
            .ok_or_else(|| JobError::Dead("no such version".into()))?;
        drop(tx);
        match terms.stripe_price_id {
            Some(price) => Ok(price),
            None => {
                self.with_lease(&of_pack(terms.pack_id), Box::pin(self.make_price(id)))
                    .await
            }
        }
    }

    async fn make_price(&self, id: PackVersionId) -> Result<String, JobError> {
        let mut tx = self.db().read().await?;
        let terms = catalogue::terms(&mut tx, id)
            .await?
            .ok_or_else(|| JobError::Dead("no such version".into()))?;
        if let Some(price) = terms.stripe_price_id {
            return Ok(price);
        }
        let known = catalogue::product_of_pack(&mut tx, terms.pack_id).await?;
        drop(tx);
        let mut new = NewPrice {
            product_name: terms.label(),
            product: None,
            pack_version_id: id.to_string(),
            amount: terms.price_cents,
            currency: terms.currency,
        };
        let product = match known {
            Some(product) => product,
            None => {
                let op = Operation {
                    key: format!("pack:{}:product", terms.pack_id),
                    kind: "product.create",
                    entity_id: terms.pack_id.to_string(),
                    client_id: None,
                };
                // The product is the pack's, not the version's: its parameters must not change from version to version.
                let words = NewPrice {
                    pack_version_id: String::new(),
                    amount: Cents::ZERO,
                    ..new.clone()
                };
                match self
                    .operate(
                        op,
                        &words.product_name,
                        |key| async {
                            let (key, new) = (key, &words);
                            self.gateway().create_product(&key, new).await
                        },
                        Clone::clone,
                    )
                    .await?
                {
                    Outcome::Done(id) | Outcome::Was(id) => id,
                    Outcome::TooOld | Outcome::Failed => {
                        return Err(JobError::Dead("the product could not be made".into()));
                    }
                }
            }
        };
        let mut tx = self.db().write().await?;
        catalogue::set_product(&mut tx, id, &product).await?;
        tx.commit().await?;
        new.product = Some(product);
        let op = Operation {
            key: format!("packver:{id}:price"),
            kind: "price.create",
            entity_id: id.to_string(),
            client_id: None,
        };
        let price = match self
            .operate(
                op,
                &new,
                |key| async {
                    let (key, new) = (key, &new);
                    self.gateway().create_price(&key, new).await
                },
                Clone::clone,
            )
            .await?
        {
            Outcome::Done(id) | Outcome::Was(id) => id,
            Outcome::TooOld | Outcome::Failed => return Err(JobError::Dead("the price could not be made".into())),
        };
        let mut tx = self.db().write().await?;
        catalogue::set_price(&mut tx, id, &price).await?;
        tx.commit().await?;
        Ok(price)
    }
}
