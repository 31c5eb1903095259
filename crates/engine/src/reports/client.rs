//! A client as staff sees it: its people, prices and packs (§25).

use crate::{Caller, Engine, OnConstraint};
use domain::{
    AppError, AppResult, Capability, ClientId,
    catalogue::pack::PackLabel,
    reports::view::{ClientPackView, ClientPage, ClientPriceView},
    work::file::size_words,
};
use store::{catalogue, people as rows, subscriptions};

impl Engine {
    /// One client with its people, prices and subscriptions.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn client(&self, caller: &Caller, id: &str) -> AppResult<ClientPage> {
        caller.require(Capability::SeeAdmin)?;
        let id: ClientId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().read().await.or_internal()?;
        let client = rows::client(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let people = rows::people_of_client(&mut tx, id).await.or_internal()?;
        let prices = catalogue::client_prices(&mut tx, id).await.or_internal()?;
        let packs = subscriptions::client_packs(&mut tx, id).await.or_internal()?;
        let room = store::work::files::room(&mut tx, id).await.or_internal()?;
        drop(tx);
        let card = client.card_brand.zip(client.card_last4).map(|(brand, last4)| {
            let mut letters = brand.chars();
            let brand: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters)
                .collect();
            format!("{brand} ending in {last4}")
        });
        Ok(ClientPage {
            id: id.to_string(),
            name: client.name,
            alias: client.alias,
            payment_type: client.payment_type,
            members_may_order_extra: client.members_may_order_extra,
            card,
            since: self.zone().show_date(client.created_at),
            storage: match room.files {
                0 => "No files".to_owned(),
                1 => format!("{} in 1 file", size_words(room.bytes)),
                files => format!("{} in {files} files", size_words(room.bytes)),
            },
            version: client.row_version,
            currency: self.currency(),
            people: people.into_iter().map(|p| self.person_view(p)).collect(),
            prices: prices
                .into_iter()
                .map(|row| ClientPriceView {
                    service_id: row.service_id.to_string(),
                    service: row.service,
                    standard: row.standard_cents,
                    agreed: row.agreed_cents,
                })
                .collect(),
            packs: packs
                .into_iter()
                .map(|row| ClientPackView {
                    id: row.id.to_string(),
                    label: PackLabel {
                        quantity: row.quantity,
                        service: row.service,
                    }
                    .to_string(),
                    status: row.status,
                    price: row.price_cents,
                    usage: row.used_units.zip(row.included_units),
                    until: row.ends_at.map(|at| self.zone().show_date(at)),
                })
                .collect(),
        })
    }
}
