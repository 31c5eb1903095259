//! The schema brought up to date, with what SQL cannot make: beside each text that must be unique, is looked for or sorted by
//! stands what its spellings have in common (`domain::text::fold`), which the statements that write the text write with it.
//!
//! What must not be here: statements of one room.

use crate::{
    Db, StoreResult,
    kernel::{given, lines},
};
use domain::text::fold;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::HashSet;

/// A text that is folded.
struct Folded {
    table: &'static str,
    column: &'static str,
    /// No two rows may have the same.
    unique: bool,
}

const fn folded(table: &'static str, column: &'static str, unique: bool) -> Folded {
    Folded { table, column, unique }
}

const ALL: &[Folded] = &[
    folded("clients", "name", true),
    folded("clients", "alias", true),
    folded("vendors", "name", true),
    folded("users", "name", false),
    folded("services", "name", true),
    folded("service_requests", "title", false),
    folded("vendor_payables", "reference", false),
    folded("mails", "subject", false),
];

/// So many rows in one statement.
const BATCH: usize = 1_000;

/// A row that is filled.
#[derive(Serialize)]
struct Filled {
    id: String,
    folded: String,
}

/// Brings a database up to date. It may be done at any time, and finds what an earlier build wrote since.
///
/// # Errors
/// A migration that was applied has since been changed, or one fails.
pub async fn migrate(db: &Db) -> StoreResult<()> {
    db.migrate().await?;
    for text in ALL {
        fill(db, text).await?;
    }
    crate::kernel::words::take_up(db).await
}

/// Folds the texts that are not. Of twins where none may be, the second keeps a mark that no name can have: whoever changes it
/// must tell it apart.
async fn fill(db: &Db, of: &Folded) -> StoreResult<()> {
    let Folded { table, column, unique } = of;
    let mut tx = db.write().await?;
    let order = if *unique { " order by created_at, id" } else { "" };
    let open = format!("select id, {column} from {table} where {column}_folded = '' and {column} <> ''{order}");
    let open = rows!(&mut tx, (String, String), AssertSqlSafe(open))?;
    if open.is_empty() {
        return Ok(());
    }
    let mut taken = HashSet::new();
    if *unique {
        let known = format!("select {column}_folded from {table} where {column}_folded <> ''");
        let known = rows!(&mut tx, (String,), AssertSqlSafe(known))?;
        taken.extend(known.into_iter().map(|(folded,)| folded));
    }
    let mut filled = Vec::new();
    for (id, text) in open {
        let mut folded = fold(&text);
        if *unique && !taken.insert(folded.clone()) {
            folded = format!("{folded}\n{id}");
        }
        filled.push(Filled { id, folded });
    }
    let sql = format!(
        "with {}
         update {table} set {column}_folded = (select value->>'folded' from given where value->>'id' = {table}.id)
         where id in (select value->>'id' from given) and {column}_folded = ''",
        given("given", 1, tx.is_postgres())
    );
    for batch in filled.chunks(BATCH) {
        exec!(&mut tx, AssertSqlSafe(sql.clone()), lines(batch)?)?;
    }
    tx.commit().await
}
