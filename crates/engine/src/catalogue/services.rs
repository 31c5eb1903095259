//! Services: what is ordered, in which unit, at which list price (§2).

use super::words::service_of;
use crate::{
    Caller, Change, Engine, OnConstraint,
    catalogue::{
        own_prices::own_price_view,
        words::{json, price_words},
    },
    kernel::{audit, forms::Pressed},
};
use domain::{
    AppError, AppResult, Capability, Cents, MeterId, ServiceId,
    catalogue::{services::ServiceForm, view::*},
    error::Problem,
    shown::counted,
};
use serde::Serialize;
use store::{
    catalogue::{self as rows, ServiceColumns, ServiceRow},
    log::AuditEntry,
};

impl Engine {
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
        let said = (id, row_version, form);
        let claimed = match self.press(&mut tx, caller, "service", form_key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(first) => return Ok(first),
        };
        let now = self.now();
        let before = match id {
            None => None,
            Some(id) => Some(service_of(&mut tx, id).await?),
        };
        let service_id: ServiceId = id.unwrap_or_else(|| self.new_id());
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
                    rows::recount(&mut tx, service_id, meter_id).await.or_internal()?;
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
        claimed.done(&mut tx, &service_id).await?;
        self.commit(tx, Change::of_staff()).await?;
        Ok(service_id)
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

/// "5 business days".
pub(crate) fn turnaround_words(days: i64) -> String {
    counted(days, "business day", "business days")
}
