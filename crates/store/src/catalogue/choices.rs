//! What lists may be filtered by, for those who see all.

use crate::{StoreResult, Tx};

/// An id with its name, for a filter's select.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NamedRow {
    /// `service` or `vendor`.
    pub kind: String,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// Services and vendors, by name. Of clients there are too many to choose from: they are looked for by words.
pub async fn choices(tx: &mut Tx) -> StoreResult<Vec<NamedRow>> {
    rows!(
        tx,
        NamedRow,
        "select kind, id, name from (select 'service' as kind, id, name, name_folded from services
         union all select 'vendor', id, name, name_folded from vendors) n order by name_folded, id"
    )
}
