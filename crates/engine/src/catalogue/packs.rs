//! Packs: the list, and what the Pack Editor saves (§2, PE1–PE9).

use crate::{
    Caller, Change, Engine, OnConstraint,
    catalogue::{
        jobs::Job,
        words::{json, label_of, permille_words, vendor_words},
    },
    kernel::{audit, forms::Pressed, internal, jobs::enqueue},
};
use domain::{
    AppError, AppResult, Capability, Currency, FieldError, Instant, PackId, PackLabel, PackVersionId, ServiceId,
    catalogue::{
        pack::{self, PackForm, PackTerms},
        view::*,
    },
    error::Problem,
};
use serde::Serialize;
use store::{
    Tx,
    catalogue::{self as rows, PackRow, ServiceRow},
    log::AuditEntry,
};

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
        let said = (id, row_version, form);
        let claimed = match self.press(&mut tx, caller, "pack", form_key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(first) => return Ok(first),
        };
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
            None => rows::insert_pack(&mut tx, saved.id, valid.service, valid.quantity, valid.visible, now)
                .await
                .map(|()| true),
            Some(row) => {
                rows::update_pack(
                    &mut tx,
                    saved.id,
                    valid.service,
                    valid.quantity,
                    valid.visible,
                    row.row_version,
                    now,
                )
                .await
            }
        };
        match written {
            Ok(true) => {}
            Ok(false) => return Err(AppError::Stale),
            Err(error) if error.is_constraint(ONE_LIVE_PACK) => {
                drop(tx);
                return Err(self.duplicate(valid.service, valid.quantity, &service.name).await?);
            }
            Err(error) => return Err(internal(error)),
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
        claimed.done(&mut tx, &saved).await?;
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
}
pub(crate) async fn pack_of(tx: &mut Tx, id: PackId) -> AppResult<PackRow> {
    rows::pack(tx, id).await.or_internal()?.ok_or(AppError::NotFound)
}

/// What the audit log keeps of a pack.
#[derive(Serialize)]
pub(super) struct PackFacts<'a> {
    service: &'a str,
    quantity: i64,
    visible: bool,
    #[serde(flatten)]
    terms: PackTerms,
}

pub(super) fn facts(row: &PackRow) -> PackFacts<'_> {
    PackFacts {
        service: &row.service,
        quantity: row.quantity,
        visible: row.visible,
        terms: row.terms(),
    }
}

/// What a pack holds a place by (PE3).
fn place_of(row: &PackRow) -> (ServiceId, i64) {
    (row.service_id, row.quantity)
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
            .map(|percent| format!("{percent}%")),
        subscribers: row.subscribers,
        vendor_payment: vendor_words(row.vendor_payment, row.vendor_rate_mode, row.currency),
        margin: pack::margin_permille(row.price, cost).map(permille_words),
        loses: cost > row.price,
        status: status_of(row),
        visible: row.visible,
        service_active: row.service_active,
    }
}
