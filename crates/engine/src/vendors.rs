//! Vendors: outside companies that do the work. Tri-POD, the internal one, is made by the migration (TP1).

use crate::{Caller, Change, Engine, OnConstraint, core::audit};
use domain::{
    AppError, AppResult, Capability, Cents, PackId, PackLabel, ServiceId, VendorId,
    assignment::VendorTerms,
    error::{FieldError, Problem},
    people::{ValidVendor, VendorForm, VendorPaymentForm, vendor_amount},
    view::people::{VendorLine, VendorPage, VendorPaymentView, VendorServiceView},
};
use store::{assignments, log::AuditEntry, people};

impl Engine {
    /// Adds an outside vendor.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::Invalid`] naming the field, a taken name included.
    pub async fn create_vendor(&self, caller: &Caller, form: &VendorForm) -> AppResult<VendorId> {
        caller.require(Capability::ManagePeople)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let id: VendorId = self.new_id();
        people::insert_vendor(&mut tx, id, &valid, now)
            .await
            .on_constraint("vendors_name_unique", || AppError::field("name", Problem::NameTaken))?;
        let (actor, text_id) = (caller.actor(), id.to_string());
        let after = facts(&valid);
        let entry = AuditEntry {
            actor: &actor,
            action: "vendor.created",
            entity: "vendor",
            entity_id: &text_id,
            before: None,
            after: Some(&after),
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_staff()).await?;
        Ok(id)
    }
}

fn line(row: people::VendorRow) -> VendorLine {
    VendorLine {
        id: row.id.to_string(),
        name: row.name,
        internal: row.internal,
        active: row.active,
        people: row.people,
        email: row.email,
        phone: row.phone,
        notes: row.notes,
        packs: row.packs,
        services: row.services,
    }
}

fn facts(v: &ValidVendor) -> String {
    serde_json::json!({ "name": v.name, "active": v.active, "email": v.email, "phone": v.phone, "notes": v.notes })
        .to_string()
}

impl Engine {
    /// All vendors, Tri-POD first.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn vendors(&self, caller: &Caller) -> AppResult<Vec<VendorLine>> {
        caller.require(Capability::ManagePeople)?;
        let mut tx = self.db().read().await.or_internal()?;
        let rows = people::vendors(&mut tx).await.or_internal()?;
        Ok(rows.into_iter().map(line).collect())
    }

    /// One vendor and its people.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn vendor(&self, caller: &Caller, id: &str) -> AppResult<VendorPage> {
        caller.require(Capability::ManagePeople)?;
        let id: VendorId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().read().await.or_internal()?;
        let row = people::vendor(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let members = people::people_of_vendor(&mut tx, id).await.or_internal()?;
        let (services, packs) = if row.internal {
            (Vec::new(), Vec::new())
        } else {
            (
                people::vendor_services(&mut tx, id).await.or_internal()?,
                people::vendor_packs(&mut tx, id).await.or_internal()?,
            )
        };
        let pay = if row.internal {
            None
        } else {
            Some(self.slip_totals(&mut tx, id).await?)
        };
        drop(tx);
        let services = services.into_iter().map(|s| VendorServiceView {
            service_id: s.service_id.to_string(),
            service: s.service,
            standard: s.standard_cents.show(self.currency()),
            rate: s.rate_cents.map(Cents::plain),
        });
        let words = |payment, mode| self.payment_words(Some(VendorTerms { payment, mode }));
        let payments = packs.into_iter().map(|p| VendorPaymentView {
            pack_id: p.pack_id.to_string(),
            pack: PackLabel {
                quantity: p.quantity,
                service: p.service,
            }
            .to_string(),
            standard: words(p.payment_cents, p.rate_mode),
            own: p.own_cents.zip(p.own_mode).map(|(payment, mode)| words(payment, mode)),
        });
        Ok(VendorPage {
            vendor: line(row),
            services: services.collect(),
            payments: payments.collect(),
            pay,
            people: members.into_iter().map(|p| self.person_view(p)).collect(),
        })
    }

    /// Changes a vendor's profile and whether it takes work. Tri-POD always does (TP1). One that does not any more keeps what
    /// it has until the boundaries (AS8).
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::VendorInternalRequired`]; [`AppError::Invalid`] naming
    /// the field, a taken name included.
    pub async fn save_vendor(&self, caller: &Caller, id: &str, form: &VendorForm) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let id: VendorId = id.parse().map_err(|_| AppError::NotFound)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let before = people::vendor(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        match people::update_vendor(&mut tx, id, &valid).await {
            Err(error) if error.is_constraint("vendors_internal_active") => {
                return Err(AppError::VendorInternalRequired);
            }
            other => {
                other.on_constraint("vendors_name_unique", || AppError::field("name", Problem::NameTaken))?;
            }
        }
        let was = ValidVendor {
            name: before.name,
            email: before.email,
            phone: before.phone,
            notes: before.notes,
            active: before.active,
        };
        let (old, fresh) = (facts(&was), facts(&valid));
        let (actor, text_id) = (caller.actor(), id.to_string());
        let entry = AuditEntry {
            actor: &actor,
            action: "vendor.changed",
            entity: "vendor",
            entity_id: &text_id,
            before: Some(&old),
            after: Some(&fresh),
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_staff()).await
    }

    /// An outside vendor. Tri-POD takes every service and is paid nothing (§3, TP4).
    async fn external(&self, tx: &mut store::Tx, id: &str) -> AppResult<people::VendorRow> {
        let id: VendorId = id.parse().map_err(|_| AppError::NotFound)?;
        let row = people::vendor(tx, id).await.or_internal()?.ok_or(AppError::NotFound)?;
        if row.internal {
            return Err(AppError::VendorInternalRequired);
        }
        Ok(row)
    }

    /// §14, VP3: which services an outside vendor offers, and what it gets for one unit of each; a service with an empty
    /// amount is not offered. Who has a pack keeps it.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a vendor or service that is none,
    /// [`AppError::VendorInternalRequired`] for Tri-POD, [`AppError::Invalid`] with the service's id as the field.
    pub async fn set_vendor_services(&self, caller: &Caller, id: &str, typed: &[(String, String)]) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let mut wrong = Vec::new();
        let mut rates: Vec<(ServiceId, Option<Cents>)> = Vec::new();
        for (service, text) in typed {
            let service_id = service.parse().map_err(|_| AppError::NotFound)?;
            let rate = match text.trim() {
                "" => Ok(None),
                text => vendor_amount(text).map(Some),
            };
            match rate {
                Ok(rate) => rates.push((service_id, rate)),
                Err(problem) => wrong.push(FieldError::new(service.clone(), problem)),
            }
        }
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let vendor = self.external(&mut tx, id).await?.id;
        let known = people::vendor_services(&mut tx, vendor).await.or_internal()?;
        let (actor, text_id) = (caller.actor(), vendor.to_string());
        for (service, rate) in rates {
            let row = known
                .iter()
                .find(|row| row.service_id == service)
                .ok_or(AppError::NotFound)?;
            if row.rate_cents == rate {
                continue;
            }
            assignments::set_offer(&mut tx, vendor, service, rate)
                .await
                .or_internal()?;
            let json = |rate: Option<Cents>| {
                serde_json::json!({ "service": row.service, "service_id": service, "rate_cents": rate }).to_string()
            };
            let (old, fresh) = (json(row.rate_cents), json(rate));
            let entry = AuditEntry {
                actor: &actor,
                action: "vendor.service_changed",
                entity: "vendor",
                entity_id: &text_id,
                before: Some(&old),
                after: Some(&fresh),
            };
            audit(&mut tx, self, now, entry).await?;
        }
        self.commit(tx, Change::of_staff()).await
    }

    /// VP1: what an outside vendor gets for a pack instead of what the pack says. Periods that have begun keep theirs.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::VendorInternalRequired`] for Tri-POD (TP4),
    /// [`AppError::Invalid`] naming the fields.
    pub async fn set_vendor_payment(&self, caller: &Caller, id: &str, form: &VendorPaymentForm) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let (pack, terms) = form.check()?;
        self.write_vendor_payment(caller, id, pack, Some(terms)).await
    }

    /// VP1: the vendor gets what the pack says again. Doing it again changes nothing.
    ///
    /// # Errors
    /// As [`Engine::set_vendor_payment`].
    pub async fn remove_vendor_payment(&self, caller: &Caller, id: &str, pack: PackId) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        self.write_vendor_payment(caller, id, pack, None).await
    }

    async fn write_vendor_payment(
        &self,
        caller: &Caller,
        id: &str,
        pack: PackId,
        terms: Option<VendorTerms>,
    ) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let vendor = self.external(&mut tx, id).await?.id;
        let packs = people::vendor_packs(&mut tx, vendor).await.or_internal()?;
        let known = packs.iter().find(|p| p.pack_id == pack).ok_or(AppError::NotFound)?;
        let before = known.own_cents.zip(known.own_mode);
        let after = terms.map(|terms| (terms.payment, terms.mode));
        if before == after {
            return Ok(());
        }
        let row_id = self.new_id::<uuid::Uuid>().to_string();
        assignments::set_own_payment(&mut tx, &row_id, vendor, pack, terms, caller.user_id, now)
            .await
            .or_internal()?;
        let json = |of: Option<(Cents, domain::pack::VendorRateMode)>| {
            serde_json::json!({
                "pack_id": pack, "quantity": known.quantity, "service": known.service,
                "payment_cents": of.map(|(payment, _)| payment), "rate_mode": of.map(|(_, mode)| mode),
            })
            .to_string()
        };
        let (old, fresh) = (json(before), json(after));
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "vendor.payment_changed",
            entity: "vendor",
            entity_id: &vendor.to_string(),
            before: Some(&old),
            after: Some(&fresh),
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_staff()).await
    }
}
