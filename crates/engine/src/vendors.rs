//! Vendors: outside companies that do the work. Tri-POD, the internal one, is made by the migration (TP1).

use crate::{Caller, Change, Engine, OnConstraint, core::audit};
use domain::{
    AppError, AppResult, Capability, VendorId,
    error::Problem,
    people::VendorForm,
    view::people::{VendorLine, VendorPage},
};
use store::log::AuditEntry;

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
        store::people::insert_vendor(&mut tx, id, &valid.name, now)
            .await
            .on_constraint("vendors_name_unique", || AppError::field("name", Problem::NameTaken))?;
        let (actor, text_id) = (caller.actor(), id.to_string());
        let after = serde_json::json!({ "name": valid.name }).to_string();
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

fn line(row: store::people::VendorRow) -> VendorLine {
    VendorLine {
        id: row.id.to_string(),
        name: row.name,
        internal: row.internal,
        active: row.active,
        people: row.people,
    }
}

impl Engine {
    /// All vendors, Tri-POD first.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn vendors(&self, caller: &Caller) -> AppResult<Vec<VendorLine>> {
        caller.require(Capability::ManagePeople)?;
        let mut tx = self.db().read().await.or_internal()?;
        let rows = store::people::vendors(&mut tx).await.or_internal()?;
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
        let row = store::people::vendor(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let people = store::people::people_of_vendor(&mut tx, id).await.or_internal()?;
        drop(tx);
        Ok(VendorPage {
            vendor: line(row),
            people: people.into_iter().map(|p| self.person_view(p)).collect(),
        })
    }

    /// Changes a vendor's name and whether it takes work. Tri-POD can be renamed and nothing else (TP1).
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
        let before = store::people::vendor(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        match store::people::update_vendor(&mut tx, id, &valid.name, valid.active).await {
            Err(error) if error.is_constraint("vendors_internal_active") => {
                return Err(AppError::VendorInternalRequired);
            }
            other => {
                other.on_constraint("vendors_name_unique", || AppError::field("name", Problem::NameTaken))?;
            }
        }
        let json = |name: &str, active: bool| serde_json::json!({ "name": name, "active": active }).to_string();
        let (old, fresh) = (json(&before.name, before.active), json(&valid.name, valid.active));
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
}
