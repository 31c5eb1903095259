//! What a client is offered: services, and the packs of each (PE8).

use crate::{
    Caller, Engine, OnConstraint,
    catalogue::{services::turnaround_words, words::price_words},
};
use domain::{
    AppResult, Capability, PackId, PackLabel, PaymentType, SubscriptionStatus,
    catalogue::{pack, view::*},
};
use store::{catalogue as rows, people};

impl Engine {
    /// The services on offer, with the caller's own prices.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`] for everybody but a client's people.
    pub async fn client_services(&self, caller: &Caller) -> AppResult<ClientServices> {
        caller.require(Capability::ClientArea)?;
        let client_id = caller.client()?;
        let mut tx = self.db().read().await.or_internal()?;
        let all = rows::client_services(&mut tx, client_id).await.or_internal()?;
        let held = rows::held(&mut tx, client_id).await.or_internal()?;
        let rows = all
            .into_iter()
            .map(|row| {
                let pack = held.iter().find(|h| h.service_id == row.id);
                ClientServiceView {
                    id: row.id,
                    price: price_words(row.own_price.unwrap_or(row.list_price), self.currency()),
                    per: format!("per {}", row.unit_singular),
                    list_price: row
                        .own_price
                        .filter(|own| *own != row.list_price)
                        .map(|_| price_words(row.list_price, self.currency())),
                    turnaround: turnaround_words(row.turnaround_days),
                    packs: row.packs,
                    held: pack.map(|h| PackLabel {
                        quantity: h.quantity,
                        service: row.name.clone(),
                    }),
                    held_status: pack.map(|h| h.status),
                    name: row.name,
                }
            })
            .collect();
        Ok(ClientServices { rows })
    }

    /// *Services › Monthly Packs*: the packs on sale by service, and what the caller's client can do with each (SU1). First come the
    /// services of which it has one, and that one has the price that the client pays (PE5).
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`] for everybody but a client's people.
    pub async fn client_packs(&self, caller: &Caller) -> AppResult<ClientPacks> {
        caller.require(Capability::ClientArea)?;
        let client_id = caller.client()?;
        let mut tx = self.db().read().await.or_internal()?;
        let offers = rows::offers(&mut tx, client_id).await.or_internal()?;
        let held = rows::held(&mut tx, client_id).await.or_internal()?;
        let payment = people::payment_type(&mut tx, client_id).await.or_internal()?;
        let mut groups: Vec<OfferGroup> = Vec::new();
        for row in offers {
            if groups.last().is_none_or(|group| group.service_id != row.service_id) {
                groups.push(OfferGroup {
                    service_id: row.service_id,
                    service: row.service.clone(),
                    about: format!(
                        "{} per {} without a pack · {}",
                        price_words(row.unit_price, row.currency),
                        row.unit_singular,
                        turnaround_words(row.turnaround_days)
                    ),
                    offers: Vec::new(),
                });
            }
            let own = held.iter().find(|h| h.service_id == row.service_id);
            let state = offer_state(row.id, own);
            let price = own
                .filter(|own| own.pack_id == row.id)
                .map_or(row.price, |own| own.price);
            let offer = Offer {
                pack_id: row.id,
                price: price.show(row.currency),
                unit_price: format!(
                    "{} per {}",
                    pack::unit_price_shown(price, row.quantity).show(row.currency),
                    row.unit_singular
                ),
                saving: pack::saving_percent(price, row.quantity, row.unit_price)
                    .map(|percent| format!("Save {percent}%")),
                beyond: format!(
                    "{} per extra {}",
                    price_words(row.overage_price.unwrap_or(row.unit_price), row.currency),
                    row.unit_singular
                ),
                label: PackLabel {
                    quantity: row.quantity,
                    service: row.service,
                },
                state,
            };
            if let Some(group) = groups.last_mut() {
                group.offers.push(offer);
            }
        }
        groups.sort_by_key(|group| held.iter().all(|held| held.service_id != group.service_id));
        Ok(ClientPacks {
            may_subscribe: caller.can(Capability::Billing),
            from_royalties: payment == Some(PaymentType::Royalties),
            groups,
        })
    }
}
fn offer_state(pack_id: PackId, held: Option<&rows::HeldRow>) -> OfferState {
    match held {
        None => OfferState::Open,
        Some(held) if held.pack_id == pack_id && held.status == SubscriptionStatus::Incomplete => {
            OfferState::FinishPayment {
                subscription_id: held.id,
            }
        }
        // SU9: another pack that was begun and never paid gives way.
        Some(held) if held.status == SubscriptionStatus::Incomplete => OfferState::Open,
        Some(held) if held.pack_id == pack_id => OfferState::Held {
            subscription_id: held.id,
            status: held.status,
        },
        Some(held) => OfferState::Other {
            subscription_id: held.id,
            label: PackLabel {
                quantity: held.quantity,
                service: held.service.clone(),
            },
            status: held.status,
        },
    }
}
