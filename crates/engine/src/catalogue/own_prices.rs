//! Clients' own prices for a unit of a service (§16 *Common*).

use crate::{
    Caller, Change, Engine, OnConstraint,
    catalogue::{
        words::service_of,
        words::{json, price_words},
    },
    kernel::audit,
};
use domain::{
    AppError, AppResult, Capability, Cents, ClientId, Currency, ServiceId,
    catalogue::{services, view::*},
    error::{FieldError, Problem},
    seen::{TypedAmount, field_of},
};
use serde::Serialize;
use store::{
    catalogue::{self, self as rows, OwnPriceRow},
    log::AuditEntry,
    people,
};

impl Engine {
    /// Sets a client's own prices as typed: an amount, or nothing for the standard price. Only what the person has changed is
    /// written. Fields are named `price[of-…]` by the services' ids.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Invalid`] naming every wrong field, those included that
    /// somebody else has changed meanwhile ([`Problem::ChangedMeanwhile`]).
    pub async fn set_client_prices(&self, caller: &Caller, id: &str, typed: &[TypedAmount]) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let id: ClientId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut wrong = Vec::new();
        let mut prices: Vec<(ServiceId, Option<Cents>, &TypedAmount)> = Vec::new();
        let field = |one: &TypedAmount| field_of("price", &one.of);
        for one in typed {
            let service_id = one.of.parse().map_err(|_| AppError::NotFound)?;
            match one.wanted(services::unit_price) {
                Ok(Some(price)) => prices.push((service_id, price, one)),
                Ok(None) => {}
                Err(problem) => wrong.push(FieldError::new(field(one), problem)),
            }
        }
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if !people::hold_client(&mut tx, id).await.or_internal()? {
            return Err(AppError::NotFound);
        }
        let known = catalogue::client_prices(&mut tx, id).await.or_internal()?;
        for (service, price, one) in &prices {
            let row = known
                .iter()
                .find(|row| row.service_id == *service)
                .ok_or(AppError::NotFound)?;
            if row.agreed_cents != *price && !one.saw(row.agreed_cents) {
                wrong.push(FieldError::new(field(one), self.changed_to(row.agreed_cents)));
            }
        }
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        let (actor, text_id) = (caller.actor(), id.to_string());
        for (service, price, _) in prices {
            let row = known
                .iter()
                .find(|row| row.service_id == service)
                .ok_or(AppError::NotFound)?;
            if row.agreed_cents == price {
                continue;
            }
            catalogue::set_client_price(&mut tx, id, service, price)
                .await
                .or_internal()?;
            let json = |price: Option<Cents>| {
                serde_json::json!({ "service_id": service, "unit_price_cents": price }).to_string()
            };
            let (old, fresh) = (json(row.agreed_cents), json(price));
            let written = AuditEntry {
                actor: &actor,
                action: "client.price_changed",
                entity: "client",
                entity_id: &text_id,
                before: Some(&old),
                after: Some(&fresh),
            };
            audit(&mut tx, self, now, written).await?;
        }
        self.commit(tx, Change::of_client(id)).await
    }

    /// What somebody else has set an amount to.
    pub(crate) fn changed_to(&self, amount: Option<Cents>) -> Problem {
        let now = amount.map(|amount| amount.show(self.currency())).unwrap_or_default();
        Problem::ChangedMeanwhile { now }
    }

    /// Gives a client a price of its own for a service, as typed (§16 *Common*: 0 or chargeable), in place of the one that was
    /// read (`was`, as [`OwnPriceView::was`]; empty: none). Requests submitted before keep theirs.
    ///
    /// # Errors
    /// [`AppError::Invalid`] at `own_price`, also where another one stands there by now
    /// ([`Problem::ChangedMeanwhile`]); [`AppError::NotFound`] for a client or service that is not there.
    pub async fn set_client_price(
        &self,
        caller: &Caller,
        client_id: ClientId,
        service_id: ServiceId,
        price: &str,
        was: &str,
    ) -> AppResult<()> {
        caller.require(Capability::ManageCatalogue)?;
        let price = services::unit_price(price).map_err(|problem| AppError::field("own_price", problem))?;
        self.write_client_price(caller, client_id, service_id, Some(price), Some(was))
            .await
    }

    /// The client pays the list price again. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a client or service that is not there.
    pub async fn remove_client_price(
        &self,
        caller: &Caller,
        client_id: ClientId,
        service_id: ServiceId,
    ) -> AppResult<()> {
        caller.require(Capability::ManageCatalogue)?;
        self.write_client_price(caller, client_id, service_id, None, None).await
    }

    /// The own prices of one client, for its page in the admin's area.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn client_prices(&self, caller: &Caller, client_id: ClientId) -> AppResult<Vec<OwnPriceView>> {
        caller.require(Capability::SeeAdmin)?;
        let mut tx = self.db().read().await.or_internal()?;
        let own = rows::own_prices_of_client(&mut tx, client_id).await.or_internal()?;
        Ok(own.into_iter().map(|o| own_price_view(o, self.currency())).collect())
    }

    async fn write_client_price(
        &self,
        caller: &Caller,
        client_id: ClientId,
        service_id: ServiceId,
        price: Option<Cents>,
        was: Option<&str>,
    ) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        service_of(&mut tx, service_id).await?;
        if !people::hold_client(&mut tx, client_id).await.or_internal()? {
            return Err(AppError::NotFound);
        }
        let before = rows::own_price(&mut tx, client_id, service_id).await.or_internal()?;
        if before == price {
            return Ok(());
        }
        let seen = was.map(|was| TypedAmount {
            was: was.to_owned(),
            ..TypedAmount::default()
        });
        if seen.is_some_and(|seen| !seen.saw(before)) {
            return Err(AppError::field("own_price", self.changed_to(before)));
        }
        match price {
            Some(price) => rows::set_own_price(&mut tx, client_id, service_id, price)
                .await
                .or_internal()?,
            None => {
                rows::remove_own_price(&mut tx, client_id, service_id)
                    .await
                    .or_internal()?;
            }
        }
        let facts = |price| json(&OwnPriceFacts { service_id, price });
        let before = before.map(facts).transpose()?;
        let after = price.map(facts).transpose()?;
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: if price.is_some() {
                "client_price.set"
            } else {
                "client_price.removed"
            },
            entity: "client",
            entity_id: &client_id.to_string(),
            before: before.as_deref(),
            after: after.as_deref(),
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_client(client_id)).await
    }
}
/// What the audit log keeps of a client's own price.
#[derive(Serialize)]
struct OwnPriceFacts {
    service_id: ServiceId,
    price: Cents,
}

pub(super) fn own_price_view(row: OwnPriceRow, currency: Currency) -> OwnPriceView {
    OwnPriceView {
        client_id: row.client_id,
        client: row.client,
        service_id: row.service_id,
        service: row.service,
        price: price_words(row.own_price, currency),
        was: row.own_price.plain(),
        list_price: price_words(row.list_price, currency),
    }
}
