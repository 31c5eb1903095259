//! What the Pack Editor shows (§2): a pack, its versions and its subscribers.

use crate::{
    Caller, Engine, OnConstraint,
    catalogue::{
        packs::pack_of,
        words::{label_of, price_words, vendor_words},
    },
};
use domain::{
    AppResult, Capability, Cents, Instant, PackId, SubscriptionStatus,
    catalogue::{
        pack::{PackForm, VendorRateMode},
        view::*,
    },
    subscriptions::moving::price_moves,
};
use store::{
    catalogue::{self as rows, PackRow, VersionRow},
    subscriptions::{self, SubscriberRow, move_from},
};

/// Subscribers that the editor lists; more are only counted.
const SUBSCRIBERS_SHOWN: i64 = 100;

impl Engine {
    /// What the Pack Editor shows: a new pack's empty form, or an existing pack with its versions and subscribers.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`], [`domain::AppError::NotFound`].
    pub async fn pack_editor(&self, caller: &Caller, id: Option<PackId>) -> AppResult<PackEditor> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().read().await.or_internal()?;
        let services = rows::services(&mut tx).await.or_internal()?;
        let services = services
            .into_iter()
            .map(|row| ServiceChoice {
                id: row.id,
                name: row.name,
                active: row.active,
                unit_price: row.unit_price,
            })
            .collect();
        let (form, pack) = match id {
            None => {
                let form = PackForm {
                    vendor_rate_mode: VendorRateMode::PerPack.to_string(),
                    visible: true,
                    ..PackForm::default()
                };
                (form, None)
            }
            Some(id) => {
                let row = pack_of(&mut tx, id).await?;
                let counts = rows::pack_use(&mut tx, id, row.version_id).await.or_internal()?;
                let versions = rows::versions(&mut tx, id).await.or_internal()?;
                let subscribers = subscriptions::subscribers(&mut tx, id, SUBSCRIBERS_SHOWN)
                    .await
                    .or_internal()?;
                let edited = EditedPack {
                    id,
                    label: label_of(&row),
                    row_version: row.row_version,
                    locked: counts.ever > 0,
                    archived_at: row.archived_at.map(|at| self.zone().show(at)),
                    updated_at: self.zone().show(row.updated_at),
                    visible: row.visible,
                    versions: versions.iter().map(|v| self.version_view(v)).collect(),
                    subscribers: subscribers.iter().map(|s| self.subscriber_view(s)).collect(),
                    open: counts.open,
                    movable: counts.movable,
                    ahead: self.moves_ahead(&row, &subscribers, counts.movable),
                    moving: counts.moving,
                };
                (form_of(&row), Some(edited))
            }
        };
        Ok(PackEditor {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            currency: self.currency(),
            services,
            form,
            pack,
        })
    }

    /// PE5: what moving those on older terms would mean, were it asked for now.
    fn moves_ahead(&self, pack: &PackRow, subscribers: &[SubscriberRow], movable: i64) -> MovesAhead {
        let (currency, now) = (self.currency(), self.now());
        let moves = |row: &&SubscriberRow| {
            matches!(row.status, SubscriptionStatus::Active | SubscriptionStatus::PastDue)
                && row.version != pack.version
                && row.move_to_version != Some(pack.version)
        };
        let moving: Vec<_> = subscribers.iter().filter(moves).collect();
        let from = |row: &SubscriberRow| move_from(row.anchor_at, row.cancel_at, Some(now), None);
        let goes_on = moving.iter().filter(|row| row.cancel_at.is_none());
        let change: Cents = goes_on.map(|row| pack.price - row.price).sum();
        let mail = moving.iter().filter(|row| row.price != pack.price).find_map(|row| {
            let at = self.zone().show(from(row)?);
            let label = label_of(pack).to_string();
            Some(price_moves(&at, &label, row.price, pack.price, currency))
        });
        MovesAhead {
            mail,
            // A sum of some of them would be wrong of all.
            monthly: (change != Cents(0) && moving.len() as i64 == movable).then(|| {
                let sign = if change > Cents(0) { "+" } else { "" };
                format!("{sign}{} a month", change.show(currency))
            }),
            rows: moving
                .into_iter()
                .map(|row| MoveAhead {
                    client: row.client.clone(),
                    from: match from(row) {
                        Some(from) => format!("from {}", self.zone().show_date(from)),
                        None => "if resumed".to_owned(),
                    },
                    price: if row.price == pack.price {
                        format!("{} a month, as before", row.price.show(currency))
                    } else {
                        format!("{} → {}", row.price.show(currency), pack.price.show(currency))
                    },
                })
                .collect(),
        }
    }

    fn version_view(&self, row: &VersionRow) -> PackVersionView {
        let currency = self.currency();
        PackVersionView {
            version: row.version,
            price: row.price.show(currency),
            vendor_payment: vendor_words(row.vendor_payment, row.vendor_rate_mode, currency),
            overage_price: row.overage_price.map(|price| price_words(price, currency)),
            created_at: self.zone().show(row.created_at),
            created_by: row.created_by.clone().unwrap_or_else(|| "The system".to_owned()),
            published: row.published,
            subscribers: row.subscribers,
        }
    }

    fn subscriber_view(&self, row: &SubscriberRow) -> SubscriberView {
        let currency = self.currency();
        let day = |at: Instant| self.zone().show_date(at);
        SubscriberView {
            id: row.id,
            client_id: row.client_id,
            client: row.client.clone(),
            status: row.status,
            terms: format!("Version {} · {}", row.version, row.price.show(currency)),
            used: row
                .used_units
                .zip(row.included_units)
                .map(|(used, included)| format!("{used} of {included}")),
            next: match (row.cancel_at, row.period_ends_at) {
                (Some(end), _) => Some(format!("Ends {}", day(end))),
                (None, Some(end)) if row.status != SubscriptionStatus::Suspended => {
                    Some(format!("Renews {}", day(end)))
                }
                _ => None,
            },
            moves: row.move_to_version.zip(row.move_to_price).map(|(version, price)| {
                let from = move_from(row.anchor_at, row.cancel_at, row.move_told_at, row.move_applies_at);
                match from {
                    Some(from) => self.move_words(from, price),
                    None => format!("Version {version} once resumed"),
                }
            }),
        }
    }
}
fn form_of(row: &PackRow) -> PackForm {
    PackForm {
        service: row.service_id.to_string(),
        quantity: row.quantity.to_string(),
        price: row.price.plain(),
        vendor_payment: row.vendor_payment.plain(),
        vendor_rate_mode: row.vendor_rate_mode.to_string(),
        overage_price: row.overage_price.map(Cents::plain).unwrap_or_default(),
        visible: row.visible,
    }
}
