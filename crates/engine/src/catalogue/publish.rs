//! A pack version's product and price at the provider, each made once (PE5).

use crate::{
    Engine,
    kernel::{
        operations::{JobError, Operation},
        ports::{NewPrice, NewProduct},
    },
};
use domain::{PackId, PackVersionId};
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
        let product = match known {
            Some(product) => product,
            None => {
                let product = NewProduct {
                    pack_id: terms.pack_id.to_string(),
                    name: terms.label(),
                };
                self.make_product(&product).await?
            }
        };
        let mut tx = self.db().write().await?;
        catalogue::set_product(&mut tx, id, &product).await?;
        tx.commit().await?;
        let new = &NewPrice {
            product,
            pack_version_id: id.to_string(),
            amount: terms.price_cents,
            currency: terms.currency,
        };
        let op = Operation {
            key: format!("packver:{id}:price"),
            kind: "price.create",
            entity_id: id.to_string(),
            client_id: None,
        };
        let price = self
            .bring_about(
                op,
                new,
                |key| async move { self.gateway().create_price(&key, new).await },
                |known| async move {
                    match known {
                        Some(price) => Ok(Some(price)),
                        None => self.look(self.gateway().find_price(new)).await,
                    }
                },
                Clone::clone,
            )
            .await?;
        let mut tx = self.db().write().await?;
        catalogue::set_price(&mut tx, id, &price).await?;
        tx.commit().await?;
        Ok(price)
    }
    /// The pack's product, which its versions share. One that was never sold may have been called otherwise before: the
    /// product of its old name is not this one.
    async fn make_product(&self, new: &NewProduct) -> Result<String, JobError> {
        let op = Operation {
            key: format!("pack:{}:product", new.pack_id),
            kind: "product.create",
            entity_id: new.pack_id.clone(),
            client_id: None,
        };
        self.bring_about(
            op,
            new,
            |key| async move { self.gateway().create_product(&key, new).await },
            |known| async move {
                match known {
                    Some(product) => Ok(Some(product)),
                    None => self.look(self.gateway().find_product(new)).await,
                }
            },
            Clone::clone,
        )
        .await
    }
}
