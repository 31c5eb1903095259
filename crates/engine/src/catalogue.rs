//! The catalogue: services, clients' own prices, and the Pack Editor (§2).
//!
//! What must not be here: subscribing (a client's own use case), what a form's fields may hold (`domain`).

use crate::{
    Caller, Change, Engine, OnConstraint,
    core::{audit, enqueue, internal},
    jobs::Job,
};
use domain::{
    AppError, AppResult, Capability, Cents, ClientId, Currency, FieldError, Instant, MeterId, PackId, PackLabel,
    PackVersionId, PaymentType, ServiceId, SubscriptionStatus,
    error::Problem,
    pack::{self, PackForm, PackTerms, VendorRateMode},
    services::{self, ServiceForm},
    view::catalogue::*,
};
use serde::Serialize;
use store::{
    Tx,
    catalogue::{self as rows, OwnPriceRow, PackRow, ServiceColumns, ServiceRow, SubscriberRow, VersionRow},
    log::AuditEntry,
    subscriptions::move_from,
};

/// Subscribers that the editor lists; more are only counted.
const SUBSCRIBERS_SHOWN: i64 = 100;

/// The constraint behind PE3.
const ONE_LIVE_PACK: &str = "packs_service_quantity_unique";

impl Engine {
    /// PE8: the list of packs, filtered and sorted.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn pack_list(&self, caller: &Caller, query: &PackQuery) -> AppResult<PackList> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().read().await.or_internal()?;
        let all = rows::packs(&mut tx).await.or_internal()?;
        let count = |status| all.iter().filter(|row| status_of(row) == status).count() as i64;
        let (on_sale, hidden, archived) = (
            count(PackStatus::OnSale),
            count(PackStatus::Hidden),
            count(PackStatus::Archived),
        );
        let mut services: Vec<ServiceChoice> = Vec::new();
        for row in &all {
            if services.last().is_none_or(|last| last.id != row.service_id) {
                services.push(ServiceChoice {
                    id: row.service_id,
                    name: row.service.clone(),
                    active: row.service_active,
                    unit_price: row.service_unit_price,
                });
            }
        }
        let status = query.status.parse::<PackStatus>().ok();
        let service = query.service.parse::<ServiceId>().ok();
        let mut asked: Vec<&PackRow> = all
            .iter()
            .filter(|row| match status {
                Some(status) => status_of(row) == status,
                None => row.archived_at.is_none(),
            })
            .filter(|row| service.is_none_or(|service| row.service_id == service))
            .collect();
        let (column, down) = query.order();
        // The rows come by service and quantity, and the sort is stable: equal figures stay in that order.
        match column {
            PackSort::Pack if down => asked.reverse(),
            PackSort::Pack => {}
            column => asked.sort_by_key(|row| {
                let figure = figure(row, column);
                if down { -figure } else { figure }
            }),
        }
        let currency = self.currency();
        Ok(PackList {
            rows: asked.into_iter().map(|row| list_row(row, currency)).collect(),
            services,
            live: on_sale + hidden,
            on_sale,
            hidden,
            archived,
        })
    }

    /// What the Pack Editor shows: a new pack's empty form, or an existing pack with its versions and subscribers.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
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
                let subscribers = rows::subscribers(&mut tx, id, SUBSCRIBERS_SHOWN).await.or_internal()?;
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

    /// PE1–PE6: saves the Pack Editor's form, as a new pack (`id` = `None`) or into an existing one that must still
    /// have `row_version`. The same `form_key` again answers what it answered first and writes nothing.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming every wrong field, the duplicate ([`Problem::PackDuplicate`], at the quantity) and
    /// the inactive service included; [`AppError::PackStale`]; [`AppError::PackInUse`]; [`AppError::NotFound`].
    pub async fn save_pack(
        &self,
        caller: &Caller,
        id: Option<PackId>,
        row_version: i64,
        form: &PackForm,
        form_key: &str,
    ) -> AppResult<SavedPack> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let before = match id {
            None => None,
            Some(id) => {
                rows::lock_pack(&mut tx, id).await.or_internal()?;
                Some(pack_of(&mut tx, id).await?)
            }
        };
        let (valid, service) = self.check_pack(&mut tx, form).await?;
        let new_version = match &before {
            // A pack that is called otherwise needs a product of its new name, and so a version of its own.
            Some(row) if row.terms() == valid.terms && place_of(row) == (valid.service, valid.quantity) => None,
            Some(row) => Some(row.version + 1),
            None => Some(1),
        };
        let saved = SavedPack {
            id: id.unwrap_or_else(|| self.new_id()),
            created: id.is_none(),
            new_version,
            pays_more_than_it_earns: valid.pays_more_than_it_earns,
        };
        // The key is taken before anything is written: a second post of the same form waits here for the first, and
        // a form that is refused gives its key back with the transaction.
        let scope = format!("user:{}:pack", caller.user_id);
        if let Some(first) = claim_form(&mut tx, &scope, form_key, &saved, now).await? {
            return Ok(first);
        }
        if let Some(row) = &before {
            if row.row_version != row_version {
                return Err(AppError::PackStale {
                    at: self.zone().show_time(row.updated_at),
                });
            }
            let counts = rows::pack_use(&mut tx, saved.id, row.version_id).await.or_internal()?;
            if place_of(row) != (valid.service, valid.quantity) {
                if counts.ever > 0 {
                    return Err(AppError::PackInUse);
                }
                rows::forget_products(&mut tx, saved.id).await.or_internal()?;
            }
        }
        let written = match &before {
            None => rows::insert_pack(&mut tx, saved.id, valid.service, valid.quantity, valid.visible, now).await,
            Some(row) => rows::update_pack(
                &mut tx,
                saved.id,
                valid.service,
                valid.quantity,
                valid.visible,
                row.row_version,
                now,
            )
            .await
            .map(|_| ()),
        };
        if let Err(error) = written {
            drop(tx);
            return Err(if error.is_constraint(ONE_LIVE_PACK) {
                self.duplicate(valid.service, valid.quantity, &service.name).await?
            } else {
                internal(error)
            });
        }
        if let Some(version) = new_version {
            let version_id: PackVersionId = self.new_id();
            let by = Some(caller.user_id);
            rows::insert_version(
                &mut tx,
                version_id,
                saved.id,
                version,
                &valid.terms,
                self.currency(),
                by,
                now,
            )
            .await
            .or_internal()?;
            let job = Job::PublishVersion {
                pack_version_id: version_id,
            };
            enqueue(&mut tx, now, now, &job).await?;
        }
        let after = PackFacts {
            service: &service.name,
            quantity: valid.quantity,
            visible: valid.visible,
            terms: valid.terms,
        };
        let action = if saved.created { "pack.created" } else { "pack.changed" };
        self.audit_pack(
            &mut tx,
            caller,
            now,
            action,
            saved.id,
            before.as_ref().map(facts),
            Some(after),
        )
        .await?;
        self.commit(tx, Change::of_staff()).await?;
        Ok(saved)
    }

    /// PE9: shows or hides a pack, at once and without a new version.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn set_pack_visible(&self, caller: &Caller, id: PackId, visible: bool) -> AppResult<()> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let row = pack_of(&mut tx, id).await?;
        if rows::set_visible(&mut tx, id, visible, now).await.or_internal()? {
            let after = PackFacts { visible, ..facts(&row) };
            let action = if visible { "pack.shown" } else { "pack.hidden" };
            self.audit_pack(&mut tx, caller, now, action, id, Some(facts(&row)), Some(after))
                .await?;
        }
        self.commit(tx, Change::of_staff()).await
    }

    /// PE6: takes a pack out of the catalogue; its subscriptions go on. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`AppError::PackInPendingChange`] while clients are to change to it; [`AppError::NotFound`].
    pub async fn archive_pack(&self, caller: &Caller, id: PackId) -> AppResult<()> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::lock_pack(&mut tx, id).await.or_internal()?;
        let row = pack_of(&mut tx, id).await?;
        let count = rows::pending_changes_to(&mut tx, id).await.or_internal()?;
        if count > 0 {
            return Err(AppError::PackInPendingChange { count });
        }
        if rows::set_archived(&mut tx, id, Some(now), now).await.or_internal()? {
            self.audit_pack(&mut tx, caller, now, "pack.archived", id, Some(facts(&row)), None)
                .await?;
        }
        self.commit(tx, Change::of_staff()).await
    }

    /// PE7: brings an archived pack back, if its service and quantity are still free.
    ///
    /// # Errors
    /// [`Problem::PackDuplicate`], [`AppError::NotFound`].
    pub async fn unarchive_pack(&self, caller: &Caller, id: PackId) -> AppResult<()> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let row = pack_of(&mut tx, id).await?;
        match rows::set_archived(&mut tx, id, None, now).await {
            Ok(changed) => {
                if changed {
                    self.audit_pack(&mut tx, caller, now, "pack.unarchived", id, None, Some(facts(&row)))
                        .await?;
                }
                self.commit(tx, Change::of_staff()).await
            }
            Err(error) if error.is_constraint(ONE_LIVE_PACK) => {
                drop(tx);
                Err(self.duplicate(row.service_id, row.quantity, &row.service).await?)
            }
            Err(error) => Err(internal(error)),
        }
    }

    /// PE5: *Move existing subscribers at next renewal*: every running subscription on older terms is to take the
    /// newest ones at a renewal. How many were set by this call.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn move_pack_subscribers(&self, caller: &Caller, id: PackId) -> AppResult<i64> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::lock_pack(&mut tx, id).await.or_internal()?;
        let row = pack_of(&mut tx, id).await?;
        let moved = rows::move_subscribers(&mut tx, id, row.version_id, now)
            .await
            .or_internal()?;
        for m in &moved {
            self.begin_move(&mut tx, m.id, now).await?;
        }
        self.finish_move(tx, caller, id, now, "pack.move_scheduled", row.version, moved)
            .await
    }

    /// PE5: takes the move of a pack's subscribers back; only an admin can. How many it concerned.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::PackChangeTooLate`] when all of them renew within minutes. Where some do,
    /// the others stay and these move.
    pub async fn withdraw_pack_move(&self, caller: &Caller, id: PackId) -> AppResult<i64> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::lock_pack(&mut tx, id).await.or_internal()?;
        let row = pack_of(&mut tx, id).await?;
        let mut stay = Vec::new();
        let mut late = None;
        for moving in rows::moving(&mut tx, id).await.or_internal()? {
            match self.take_move_back(&mut tx, moving.id, now).await {
                Ok(true) => stay.push(moving),
                Ok(false) => {}
                Err(error @ AppError::PackChangeTooLate { .. }) => late = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let Some(error) = late.filter(|_| stay.is_empty()) {
            return Err(error);
        }
        self.finish_move(tx, caller, id, now, "pack.move_withdrawn", row.version, stay)
            .await
    }

    /// All services, for admins.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn service_list(&self, caller: &Caller) -> AppResult<ServiceList> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().read().await.or_internal()?;
        let all = rows::services(&mut tx).await.or_internal()?;
        let rows = all
            .into_iter()
            .map(|row| ServiceListRow {
                id: row.id,
                price: format!(
                    "{} per {}",
                    price_words(row.unit_price, self.currency()),
                    row.unit_singular
                ),
                name: row.name,
                turnaround: turnaround_words(row.turnaround_days),
                packs: row.packs,
                own_prices: row.own_prices,
                active: row.active,
            })
            .collect();
        Ok(ServiceList { rows })
    }

    /// What the service editor shows.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn service_editor(&self, caller: &Caller, id: Option<ServiceId>) -> AppResult<ServiceEditor> {
        caller.require(Capability::ManageCatalogue)?;
        let (form, service) = match id {
            None => {
                let form = ServiceForm {
                    active: true,
                    turnaround_days: "5".into(),
                    ..ServiceForm::default()
                };
                (form, None)
            }
            Some(id) => {
                let mut tx = self.db().read().await.or_internal()?;
                let row = service_of(&mut tx, id).await?;
                let own = rows::own_prices_of_service(&mut tx, id).await.or_internal()?;
                let clients = rows::client_names(&mut tx).await.or_internal()?;
                let form = ServiceForm {
                    name: row.name.clone(),
                    unit_singular: row.unit_singular.clone(),
                    unit_plural: row.unit_plural.clone(),
                    unit_price: row.unit_price.plain(),
                    turnaround_days: row.turnaround_days.to_string(),
                    active: row.active,
                };
                let edited = EditedService {
                    id,
                    name: row.name,
                    row_version: row.row_version,
                    packs: row.packs,
                    own_prices: own.into_iter().map(|o| own_price_view(o, self.currency())).collect(),
                    clients: clients
                        .into_iter()
                        .map(|c| ClientChoice { id: c.id, name: c.name })
                        .collect(),
                };
                (form, Some(edited))
            }
        };
        Ok(ServiceEditor {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            form,
            service,
        })
    }

    /// Saves a service, new (`id` = `None`) or existing with `row_version`. The unit's words stand on its meter:
    /// services that count the same unit share them.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming every wrong field ([`Problem::NameTaken`] included), [`AppError::Stale`],
    /// [`AppError::NotFound`].
    pub async fn save_service(
        &self,
        caller: &Caller,
        id: Option<ServiceId>,
        row_version: i64,
        form: &ServiceForm,
        form_key: &str,
    ) -> AppResult<ServiceId> {
        caller.require(Capability::ManageCatalogue)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let before = match id {
            None => None,
            Some(id) => Some(service_of(&mut tx, id).await?),
        };
        let service_id: ServiceId = id.unwrap_or_else(|| self.new_id());
        let scope = format!("user:{}:service", caller.user_id);
        if let Some(first) = claim_form(&mut tx, &scope, form_key, &service_id, now).await? {
            return Ok(first);
        }
        let key = match valid.meter_key() {
            key if key.is_empty() => valid.unit_singular.to_lowercase(),
            key => key,
        };
        let meter_id = rows::ensure_meter(
            &mut tx,
            self.new_id::<MeterId>(),
            &key,
            &valid.unit_singular,
            &valid.unit_plural,
        )
        .await
        .or_internal()?;
        let columns = ServiceColumns {
            name: &valid.name,
            meter_id,
            unit_price: valid.unit_price,
            turnaround_days: i64::from(valid.turnaround_days),
            active: valid.active,
        };
        let taken = || AppError::field("name", Problem::NameTaken);
        match &before {
            None => rows::insert_service(&mut tx, service_id, columns, now)
                .await
                .on_constraint("services_name_unique", taken)?,
            Some(row) => {
                let changed = rows::update_service(&mut tx, service_id, columns, row_version)
                    .await
                    .on_constraint("services_name_unique", taken)?;
                if !changed {
                    return Err(AppError::Stale);
                }
                if row.meter_id != meter_id {
                    rows::recount_batches(&mut tx, service_id, meter_id)
                        .await
                        .or_internal()?;
                }
            }
        }
        let after = ServiceFacts {
            name: &valid.name,
            unit: &valid.unit_singular,
            unit_price: valid.unit_price,
            turnaround_days: columns.turnaround_days,
            active: valid.active,
        };
        let before_json = before.as_ref().map(service_facts).map(|f| json(&f)).transpose()?;
        audit(
            &mut tx,
            self,
            now,
            AuditEntry {
                actor: &caller.actor(),
                action: if before.is_none() {
                    "service.created"
                } else {
                    "service.changed"
                },
                entity: "service",
                entity_id: &service_id.to_string(),
                before: before_json.as_deref(),
                after: Some(&json(&after)?),
            },
        )
        .await?;
        self.commit(tx, Change::of_staff()).await?;
        Ok(service_id)
    }

    /// Gives a client a price of its own for a service, as typed (§16 *Common*: 0 or chargeable). Requests submitted
    /// before keep theirs.
    ///
    /// # Errors
    /// [`AppError::Invalid`] at `own_price`, [`AppError::NotFound`] for a client or service that is not there.
    pub async fn set_client_price(
        &self,
        caller: &Caller,
        client_id: ClientId,
        service_id: ServiceId,
        price: &str,
    ) -> AppResult<()> {
        caller.require(Capability::ManageCatalogue)?;
        let price = services::unit_price(price).map_err(|problem| AppError::field("own_price", problem))?;
        self.write_client_price(caller, client_id, service_id, Some(price))
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
        self.write_client_price(caller, client_id, service_id, None).await
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

    /// The services on offer, with the caller's own prices.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for everybody but a client's people.
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

    /// *Services › Monthly Packs*: the packs on sale by service, and what the caller's client can do with each (SU1).
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for everybody but a client's people.
    pub async fn client_packs(&self, caller: &Caller) -> AppResult<ClientPacks> {
        caller.require(Capability::ClientArea)?;
        let client_id = caller.client()?;
        let mut tx = self.db().read().await.or_internal()?;
        let offers = rows::offers(&mut tx, client_id).await.or_internal()?;
        let held = rows::held(&mut tx, client_id).await.or_internal()?;
        let payment = rows::payment_type(&mut tx, client_id).await.or_internal()?;
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
            let state = offer_state(row.id, held.iter().find(|h| h.service_id == row.service_id));
            let offer = Offer {
                pack_id: row.id,
                price: row.price.show(row.currency),
                unit_price: format!(
                    "{} per {}",
                    pack::unit_price_shown(row.price, row.quantity).show(row.currency),
                    row.unit_singular
                ),
                saving: pack::saving_percent(row.price, row.quantity, row.unit_price)
                    .map(|percent| format!("Save {percent} %")),
                beyond: format!(
                    "{} per {} beyond the pack",
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
        Ok(ClientPacks {
            may_subscribe: caller.can(Capability::Billing),
            from_royalties: payment == Some(PaymentType::Royalties),
            groups,
        })
    }

    /// PE1, PE2: the form's own rules and the service's, all wrong fields together.
    async fn check_pack(&self, tx: &mut Tx, form: &PackForm) -> AppResult<(pack::ValidPack, ServiceRow)> {
        let service = match form.service.trim().parse::<ServiceId>() {
            Ok(id) => rows::service(tx, id).await.or_internal()?,
            Err(_) => None,
        };
        let problem = match &service {
            Some(service) if !service.active => Some(Problem::PackServiceInactive),
            Some(_) => None,
            None => Some(Problem::PackServiceRequired),
        };
        match (form.check(), service, problem) {
            (Ok(valid), Some(service), None) => Ok((valid, service)),
            (Ok(_), _, problem) => Err(AppError::field(
                "service",
                problem.unwrap_or(Problem::PackServiceRequired),
            )),
            (Err(AppError::Invalid { mut fields }), _, Some(problem))
                if fields.iter().all(|wrong| wrong.field != "service") =>
            {
                fields.insert(0, FieldError::new("service", problem));
                Err(AppError::Invalid { fields })
            }
            (Err(error), _, _) => Err(error),
        }
    }

    /// PE3: what the database's refusal means for a person: which pack stands there already.
    async fn duplicate(&self, service_id: ServiceId, quantity: i64, service: &str) -> AppResult<AppError> {
        let mut tx = self.db().read().await.or_internal()?;
        let label = PackLabel {
            quantity,
            service: service.to_owned(),
        };
        match rows::live_pack(&mut tx, service_id, quantity).await.or_internal()? {
            Some(id) => Ok(AppError::field(
                "quantity",
                Problem::PackDuplicate {
                    label: label.to_string(),
                    pack_id: id.to_string(),
                },
            )),
            // It was archived between the refusal and this look: saving again will do.
            None => Ok(AppError::Stale),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one audit row")]
    async fn audit_pack(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        now: Instant,
        action: &str,
        id: PackId,
        before: Option<PackFacts<'_>>,
        after: Option<PackFacts<'_>>,
    ) -> AppResult<()> {
        let before = before.map(|facts| json(&facts)).transpose()?;
        let after = after.map(|facts| json(&facts)).transpose()?;
        let entry = AuditEntry {
            actor: &caller.actor(),
            action,
            entity: "pack",
            entity_id: &id.to_string(),
            before: before.as_deref(),
            after: after.as_deref(),
        };
        audit(tx, self, now, entry).await
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one audit row")]
    async fn finish_move(
        &self,
        mut tx: Tx,
        caller: &Caller,
        id: PackId,
        now: Instant,
        action: &str,
        version: i64,
        moved: Vec<rows::Moved>,
    ) -> AppResult<i64> {
        if !moved.is_empty() {
            let after = MoveFacts {
                version,
                subscriptions: moved.iter().map(|m| m.id.to_string()).collect(),
            };
            let entry = AuditEntry {
                actor: &caller.actor(),
                action,
                entity: "pack",
                entity_id: &id.to_string(),
                before: None,
                after: Some(&json(&after)?),
            };
            audit(&mut tx, self, now, entry).await?;
        }
        self.commit(tx, Change::of_staff()).await?;
        for client_id in moved.iter().map(|m| m.client_id) {
            if let Some(change) = Change::of_client(client_id) {
                self.tell(change);
            }
        }
        Ok(moved.len() as i64)
    }

    async fn write_client_price(
        &self,
        caller: &Caller,
        client_id: ClientId,
        service_id: ServiceId,
        price: Option<Cents>,
    ) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        service_of(&mut tx, service_id).await?;
        rows::client_name(&mut tx, client_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let before = rows::own_price(&mut tx, client_id, service_id).await.or_internal()?;
        if before == price {
            return Ok(());
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

    fn version_view(&self, row: &VersionRow) -> PackVersionView {
        let currency = self.currency();
        PackVersionView {
            version: row.version,
            price: row.price.show(currency),
            vendor_payment: vendor_words(row.vendor_payment, row.vendor_rate_mode, currency),
            overage_price: row.overage_price.map(|price| price_words(price, currency)),
            created_at: self.zone().show(row.created_at),
            created_by: row.created_by.clone().unwrap_or_else(|| "Monthly Packs".to_owned()),
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
                    None => format!("Version {version} once it goes on"),
                }
            }),
        }
    }
}

/// Takes a form's key, or answers what it answered before. An empty key (no form of ours sends one) repeats nothing.
async fn claim_form<T: Serialize + serde::de::DeserializeOwned>(
    tx: &mut Tx,
    scope: &str,
    key: &str,
    answer: &T,
    now: Instant,
) -> AppResult<Option<T>> {
    if key.is_empty() {
        return Ok(None);
    }
    let answer = serde_json::to_string(answer).map_err(internal)?;
    if store::log::remember_form(tx, scope, key, &answer, now)
        .await
        .or_internal()?
    {
        return Ok(None);
    }
    let first = store::log::form_result(tx, scope, key).await.or_internal()?;
    let first = first.ok_or(AppError::Stale)?;
    serde_json::from_str(&first).map(Some).map_err(internal)
}

async fn pack_of(tx: &mut Tx, id: PackId) -> AppResult<PackRow> {
    rows::pack(tx, id).await.or_internal()?.ok_or(AppError::NotFound)
}

async fn service_of(tx: &mut Tx, id: ServiceId) -> AppResult<ServiceRow> {
    rows::service(tx, id).await.or_internal()?.ok_or(AppError::NotFound)
}

/// What the audit log keeps of a pack.
#[derive(Serialize)]
struct PackFacts<'a> {
    service: &'a str,
    quantity: i64,
    visible: bool,
    #[serde(flatten)]
    terms: PackTerms,
}

fn facts(row: &PackRow) -> PackFacts<'_> {
    PackFacts {
        service: &row.service,
        quantity: row.quantity,
        visible: row.visible,
        terms: row.terms(),
    }
}

/// What the audit log keeps of a service.
#[derive(Serialize)]
struct ServiceFacts<'a> {
    name: &'a str,
    unit: &'a str,
    unit_price: Cents,
    turnaround_days: i64,
    active: bool,
}

fn service_facts(row: &ServiceRow) -> ServiceFacts<'_> {
    ServiceFacts {
        name: &row.name,
        unit: &row.unit_singular,
        unit_price: row.unit_price,
        turnaround_days: row.turnaround_days,
        active: row.active,
    }
}

/// What the audit log keeps of a client's own price.
#[derive(Serialize)]
struct OwnPriceFacts {
    service_id: ServiceId,
    price: Cents,
}

/// What the audit log keeps of a move of subscribers.
#[derive(Serialize)]
struct MoveFacts {
    version: i64,
    subscriptions: Vec<String>,
}

fn json(value: &impl Serialize) -> AppResult<String> {
    serde_json::to_string(value).map_err(internal)
}

fn label_of(row: &PackRow) -> PackLabel {
    PackLabel {
        quantity: row.quantity,
        service: row.service.clone(),
    }
}

/// What a pack holds a place by (PE3).
fn place_of(row: &PackRow) -> (ServiceId, i64) {
    (row.service_id, row.quantity)
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

fn status_of(row: &PackRow) -> PackStatus {
    if row.archived_at.is_some() {
        PackStatus::Archived
    } else if row.visible && row.service_active {
        PackStatus::OnSale
    } else {
        PackStatus::Hidden
    }
}

/// The figure that a column is sorted by; where there is none, below all others.
fn figure(row: &PackRow, column: PackSort) -> i64 {
    let terms = row.terms();
    match column {
        PackSort::Pack => row.quantity,
        PackSort::Price => row.price.0,
        PackSort::Unit => pack::unit_price_shown(row.price, row.quantity).0,
        PackSort::Saving => pack::saving_percent(row.price, row.quantity, row.service_unit_price).unwrap_or(0),
        PackSort::Subscribers => row.subscribers,
        PackSort::Vendor => terms.vendor_cost(row.quantity).0,
        PackSort::Margin => pack::margin_permille(row.price, terms.vendor_cost(row.quantity)).unwrap_or(i64::MIN / 2),
    }
}

fn list_row(row: &PackRow, currency: Currency) -> PackListRow {
    let cost = row.terms().vendor_cost(row.quantity);
    PackListRow {
        id: row.id,
        label: label_of(row),
        price: row.price.show(row.currency),
        unit_price: pack::unit_price_shown(row.price, row.quantity).show(row.currency),
        standard_price: row.service_unit_price.show(currency),
        saving: pack::saving_percent(row.price, row.quantity, row.service_unit_price)
            .map(|percent| format!("{percent} %")),
        subscribers: row.subscribers,
        vendor_payment: vendor_words(row.vendor_payment, row.vendor_rate_mode, row.currency),
        margin: pack::margin_permille(row.price, cost).map(permille_words),
        loses: cost > row.price,
        status: status_of(row),
        visible: row.visible,
        service_active: row.service_active,
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

/// "$120.00 per pack" or "$6.00 per unit".
fn vendor_words(payment: Cents, mode: VendorRateMode, currency: Currency) -> String {
    let per = match mode {
        VendorRateMode::PerPack => "per pack",
        VendorRateMode::PerUnit => "per unit",
    };
    format!("{} {per}", payment.show(currency))
}

/// "42.5 %" for 425 tenths of a percent.
fn permille_words(permille: i64) -> String {
    let sign = if permille < 0 { "-" } else { "" };
    let all = permille.unsigned_abs();
    format!("{sign}{}.{} %", all / 10, all % 10)
}

/// "$25.00", or "Free".
fn price_words(price: Cents, currency: Currency) -> String {
    if price == Cents::ZERO {
        "Free".to_owned()
    } else {
        price.show(currency)
    }
}

/// "5 business days".
fn turnaround_words(days: i64) -> String {
    if days == 1 {
        "1 business day".to_owned()
    } else {
        format!("{days} business days")
    }
}

fn own_price_view(row: OwnPriceRow, currency: Currency) -> OwnPriceView {
    OwnPriceView {
        client_id: row.client_id,
        client: row.client,
        service_id: row.service_id,
        service: row.service,
        price: price_words(row.own_price, currency),
        list_price: price_words(row.list_price, currency),
    }
}
