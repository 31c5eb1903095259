//! The migrations, and how far a database is with them.

use crate::{Db, StoreResult};
use sqlx::migrate::Migrator;

pub(super) static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
pub(super) static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// How a database's schema stands to this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Nothing of ours is there.
    Missing,
    /// It has to be migrated first.
    Older,
    /// It is this program's.
    Current,
    /// A newer program has migrated it.
    Newer,
}

impl Db {
    /// How its schema stands to this program's. Only reads.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn schema(&self) -> StoreResult<Schema> {
        let (migrations, there) = if self.is_postgres() {
            (&POSTGRES, "select count(to_regclass('_sqlx_migrations'))")
        } else {
            (
                &SQLITE,
                "select count(*) from sqlite_master where name = '_sqlx_migrations'",
            )
        };
        let mut tx = self.read().await?;
        if scalar!(&mut tx, i64, there)? == Some(0) {
            return Ok(Schema::Missing);
        }
        let applied =
            on!(&mut tx, c => sqlx::query_scalar::<_, i64>("select version from _sqlx_migrations").fetch_all(c).await)?;
        Ok(if applied.is_empty() {
            Schema::Missing
        } else if applied.iter().any(|version| !migrations.version_exists(*version)) {
            Schema::Newer
        } else if migrations.iter().any(|wanted| !applied.contains(&wanted.version)) {
            Schema::Older
        } else {
            Schema::Current
        })
    }
}
