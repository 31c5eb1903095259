//! The one row of the agency. Its name is that of the in-house vendor, which is joined; people write it there.

use crate::{StoreResult, Tx, kernel::exactly};
use domain::agency::{Accent, Brand};

/// What every page shows of the agency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BrandRow {
    /// Its name.
    pub agency_name: String,
    /// Its color.
    pub agency_accent: Accent,
    /// The hash of its logo.
    pub agency_logo: Option<String>,
}

impl From<BrandRow> for Brand {
    fn from(row: BrandRow) -> Self {
        Brand {
            name: row.agency_name,
            accent: row.agency_accent,
            logo: row.agency_logo,
        }
    }
}

/// All of it but the logo's bytes.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AgencyRow {
    /// What pages show.
    #[sqlx(flatten)]
    pub brand: BrandRow,
    /// Where answers to mails go; may be empty.
    pub reply_to: String,
    /// SU8: clients read who does their work.
    pub shows_vendor_names: bool,
    /// Counts changes, those of the in-house vendor too: both only grow, so it is the same only where both are.
    pub version: i64,
}

/// The agency.
pub async fn agency(tx: &mut Tx) -> StoreResult<AgencyRow> {
    let row = row!(
        tx,
        AgencyRow,
        "select v.name as agency_name, a.accent as agency_accent, a.logo_hash as agency_logo, a.reply_to, a.shows_vendor_names,
                a.row_version + v.row_version as version
         from agency a join vendors v on v.id = a.vendor_id"
    )?;
    Ok(row.ok_or(sqlx::Error::RowNotFound)?)
}

/// What the agency has chosen.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The color.
    pub accent: Accent,
    /// Where answers to mails go.
    pub reply_to: &'a str,
    /// SU8.
    pub shows_vendor_names: bool,
    /// The logo goes.
    pub drops_logo: bool,
}

/// Changes it where it stands as it was seen; `false` where it does not.
pub async fn update_agency(tx: &mut Tx, chosen: Chosen<'_>, version: i64) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update agency set accent = $1, reply_to = $2, shows_vendor_names = $3, row_version = row_version + 1,
                logo = case when $4 then null else logo end, logo_hash = case when $4 then null else logo_hash end
         where row_version + (select v.row_version from vendors v where v.id = agency.vendor_id) = $5",
        chosen.accent,
        chosen.reply_to,
        chosen.shows_vendor_names,
        chosen.drops_logo,
        version
    )? == 1)
}

/// Sets the logo: the hash of its bytes, and these in hex.
pub async fn set_logo(tx: &mut Tx, hash: &str, hex: &str) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update agency set logo = $1, logo_hash = $2, row_version = row_version + 1",
        hex,
        hash
    )?;
    exactly(1, written)
}

/// The bytes of the logo of this hash, in hex.
pub async fn logo(tx: &mut Tx, hash: &str) -> StoreResult<Option<String>> {
    scalar!(tx, String, "select logo from agency where logo_hash = $1", hash)
}
