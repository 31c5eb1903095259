//! Vendors as parties (TP1).

use crate::{
    StoreResult, Tx,
    kernel::exactly,
    people::{Named, Person},
};
use domain::{Instant, VendorId, agency::for_client, people::ValidVendor, text::fold};

/// The internal vendor's id, as the first migration writes it (TP1).
pub const TRI_POD: &str = "00000000-0000-7000-8000-000000000001";

/// The external vendors that take work, by name: those that people can belong to (TP3).
pub async fn vendor_choices(tx: &mut Tx) -> StoreResult<Vec<Named>> {
    rows!(
        tx,
        Named,
        "select id, name from vendors where kind = 'external' and active order by name_folded, id"
    )
}

/// Whether a vendor exists and people can belong to it (TP3).
pub async fn vendor_is_external(tx: &mut Tx, id: VendorId) -> StoreResult<bool> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from vendors where id = $1 and kind = 'external' and active",
        id
    )? == Some(1))
}

/// Adds an outside vendor; its id is its slug. `vendors_name_unique` answers a taken name.
pub async fn insert_vendor(tx: &mut Tx, id: VendorId, v: &ValidVendor, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into vendors (id, slug, kind, name, active, created_at, email, phone, notes, name_folded) values ($1, $1, 'external', $2, true, $3, $4, $5, $6, $7)",
        id,
        &v.name,
        now,
        &v.email,
        &v.phone,
        &v.notes,
        fold(&v.name)
    )?;
    Ok(())
}

/// A vendor with the people who belong to it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorRow {
    /// Its id.
    pub id: VendorId,
    /// Its name.
    pub name: String,
    /// Tri-POD (TP1).
    pub internal: bool,
    /// Takes work.
    pub active: bool,
    /// Active members.
    pub people: i64,
    /// Where staff write to.
    pub email: String,
    /// Where staff call.
    pub phone: String,
    /// What staff should know.
    pub notes: String,
    /// Packs whose period it has.
    pub packs: i64,
    /// Services that it offers.
    pub services: i64,
    /// Counts its changes.
    pub row_version: i64,
}

macro_rules! vendor {
    ($tail:literal) => {
        concat!(
            "select v.id, v.name, v.kind = 'internal' as internal, v.active,
                    (select count(*) from vendor_members m join users u on u.id = m.user_id where m.vendor_id = v.id and u.active) as people,
                    v.email, v.phone, v.notes,
                    (select count(*) from subscriptions p where p.vendor_assignee_id = v.id and p.status in ('active', 'past_due')) as packs,
                    (select count(*) from vendor_services o where o.vendor_id = v.id) as services, v.row_version
             from vendors v ",
            $tail
        )
    };
}

/// All vendors, Tri-POD first, then by name.
pub async fn vendors(tx: &mut Tx) -> StoreResult<Vec<VendorRow>> {
    rows!(
        tx,
        VendorRow,
        vendor!("order by case when v.kind = 'internal' then 0 else 1 end, v.name_folded, v.id")
    )
}

/// The names of all vendors, Tri-POD's first.
pub async fn vendor_names(tx: &mut Tx) -> StoreResult<Vec<(VendorId, String)>> {
    rows!(
        tx,
        (VendorId, String),
        "select id, name from vendors order by case when kind = 'internal' then 0 else 1 end, name_folded, id"
    )
}

/// One vendor.
pub async fn vendor(tx: &mut Tx, id: VendorId) -> StoreResult<Option<VendorRow>> {
    row!(tx, VendorRow, vendor!("where v.id = $1"), id)
}

/// Changes a vendor that stands as it was seen; `false` where it does not. `vendors_name_unique` answers a taken name,
/// `vendors_internal_active` an inactive Tri-POD (TP1).
pub async fn update_vendor(tx: &mut Tx, id: VendorId, v: &ValidVendor, version: i64) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update vendors set name = $2, active = $3, email = $4, phone = $5, notes = $6, name_folded = $7, row_version = row_version + 1
          where id = $1 and row_version = $8",
        id,
        &v.name,
        v.active,
        &v.email,
        &v.phone,
        &v.notes,
        fold(&v.name),
        version
    )? == 1)
}

/// Gives a vendor another name. `vendors_name_unique` answers a taken one.
pub async fn rename_vendor(tx: &mut Tx, id: VendorId, name: &str) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update vendors set name = $2, name_folded = $3, row_version = row_version + 1 where id = $1",
        id,
        name,
        fold(name)
    )?;
    exactly(1, written)
}

/// The active people of a vendor, by name.
pub async fn people_of_vendor(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<Person>> {
    rows!(
        tx,
        Person,
        person!(
            "join vendor_members m on m.user_id = u.id where m.vendor_id = $1 and u.active order by u.name_folded, u.id"
        ),
        vendor
    )
}

/// The names of a vendor and of the agency that pays it.
pub async fn vendor_and_agency(tx: &mut Tx, id: VendorId) -> StoreResult<Option<(String, String)>> {
    row!(
        tx,
        (String, String),
        "select v.name, av.name as agency from vendors v cross join agency a join vendors av on av.id = a.vendor_id where v.id = $1",
        id
    )
}

/// The name of a vendor, if one is given, as a client reads it (SU8).
pub async fn vendor_for_client(tx: &mut Tx, id: Option<VendorId>) -> StoreResult<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    let found = row!(
        tx,
        (String, bool),
        "select v.name, a.shows_vendor_names from vendors v cross join agency a where v.id = $1",
        id
    )?;
    Ok(found.map(|(name, shown)| for_client(name, shown)))
}

/// Holds a vendor against other writers until the transaction ends. On SQLite the transaction already does.
pub async fn hold_vendor(tx: &mut Tx, id: VendorId) -> StoreResult<()> {
    if tx.is_postgres() {
        scalar!(tx, String, "select id from vendors where id = $1 for update", id)?;
    }
    Ok(())
}
