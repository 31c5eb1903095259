//! The schema brought up to date, with what SQL cannot make: beside each name that must be unique stands what its spellings have
//! in common (`domain::text::fold`), which the statements that write the name write with it.
//!
//! What must not be here: statements of one room.

use crate::{Db, StoreResult};
use domain::text::fold;
use sqlx::AssertSqlSafe;
use std::collections::HashSet;

/// Brings a database up to date. It may be done at any time, and finds what an earlier build wrote since.
///
/// # Errors
/// A migration that was applied has since been changed, or one fails.
pub async fn migrate(db: &Db) -> StoreResult<()> {
    db.migrate().await?;
    fill(db, "clients", "name").await?;
    fill(db, "clients", "alias").await?;
    fill(db, "vendors", "name").await?;
    fill(db, "services", "name").await
}

/// Folds the names that are not. Of twins that are there already, the second keeps a mark that no name can have: whoever changes
/// it must tell it apart.
async fn fill(db: &Db, table: &str, column: &str) -> StoreResult<()> {
    let mut tx = db.write().await?;
    let open = format!("select id, {column} from {table} where {column}_folded is null order by created_at, id");
    let open = rows!(&mut tx, (String, String), AssertSqlSafe(open))?;
    if open.is_empty() {
        return Ok(());
    }
    let taken = format!("select {column}_folded from {table} where {column}_folded is not null");
    let taken = rows!(&mut tx, (String,), AssertSqlSafe(taken))?;
    let mut taken: HashSet<String> = taken.into_iter().map(|(folded,)| folded).collect();
    for (id, name) in open {
        let folded = fold(&name);
        let folded = if taken.insert(folded.clone()) {
            folded
        } else {
            format!("{folded}\n{id}")
        };
        let sql = format!("update {table} set {column}_folded = $2 where id = $1 and {column}_folded is null");
        exec!(&mut tx, AssertSqlSafe(sql), &id, &folded)?;
    }
    tx.commit().await
}
