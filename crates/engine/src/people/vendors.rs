//! Vendors as parties: outside companies that do the work. Tri-POD, the internal one, is made by the migration (TP1).

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{audit, forms::Pressed},
};
use domain::{
    AppError, AppResult, Capability, VendorId,
    error::Problem,
    people::{ValidVendor, VendorForm, view::VendorLine},
};
use store::{log::AuditEntry, people};

impl Engine {
    /// Adds an outside vendor. `form_key` makes a repeated post the same vendor.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::Invalid`] naming the field, a taken name included.
    pub async fn create_vendor(&self, caller: &Caller, form_key: &str, form: &VendorForm) -> AppResult<VendorId> {
        caller.require(Capability::ManagePeople)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        let said = facts(&valid);
        let claimed = match self.press(&mut tx, caller, "vendor", form_key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(id) => return Ok(id),
        };
        let now = self.now();
        let id: VendorId = self.new_id();
        people::insert_vendor(&mut tx, id, &valid, now)
            .await
            .on_constraint("vendors_name_unique", || AppError::field("name", Problem::NameTaken))?;
        let (actor, text_id) = (caller.actor(), id.to_string());
        let entry = AuditEntry {
            actor: &actor,
            action: "vendor.created",
            entity: "vendor",
            entity_id: &text_id,
            before: None,
            after: Some(&said),
        };
        audit(&mut tx, self, now, entry).await?;
        claimed.done(&mut tx, &id).await?;
        self.commit(tx, Change::of_staff()).await?;
        Ok(id)
    }
}
pub(crate) fn line(row: people::VendorRow) -> VendorLine {
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
        version: row.row_version,
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

    /// Changes a vendor's profile and whether it takes work. Tri-POD always does (TP1). One that does not any more keeps what
    /// it has until the boundaries (AS8).
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Stale`] where `version` is not the present one,
    /// [`AppError::VendorInternalRequired`]; [`AppError::Invalid`] naming the field, a taken name included.
    pub async fn save_vendor(&self, caller: &Caller, id: &str, form: &VendorForm, version: i64) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let id: VendorId = id.parse().map_err(|_| AppError::NotFound)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let before = people::vendor(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let changed = match people::update_vendor(&mut tx, id, &valid, version).await {
            Err(error) if error.is_constraint("vendors_internal_active") => {
                return Err(AppError::VendorInternalRequired);
            }
            other => other.on_constraint("vendors_name_unique", || AppError::field("name", Problem::NameTaken))?,
        };
        if !changed {
            return Err(AppError::Stale);
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
}
/// The internal vendor (TP1).
pub(crate) const TRI_POD: VendorId = VendorId(uuid::Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
