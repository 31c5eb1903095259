//! The two databases behind one type, and the macros that run one SQL text on either.

use crate::kernel::{StoreError, StoreResult};
use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::str::FromStr;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    statements: Arc<AtomicU64>,
}

#[derive(Clone)]
enum Pools {
    /// One writer, so that writers queue here and never meet `SQLITE_BUSY`; readers beside it, on the WAL.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// How large the pools are.
#[derive(Debug, Clone, Copy)]
pub struct DbOptions {
    /// Connections for reading (SQLite), or for everything (PostgreSQL).
    pub connections: u32,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self { connections: 8 }
    }
}

/// The password of a database address never reaches a log.
impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_postgres() {
            "Db(postgres)"
        } else {
            "Db(sqlite)"
        })
    }
}

impl Db {
    /// Opens `sqlite://path` (made when missing) or `postgres://…`. Does not migrate.
    ///
    /// # Errors
    /// The address cannot be read or the database not be reached.
    pub async fn open(url: &str, options: DbOptions) -> StoreResult<Db> {
        let pools = if url.starts_with("postgres") {
            let connect = PgConnectOptions::from_str(url)?;
            Pools::Postgres(
                PgPoolOptions::new()
                    .max_connections(options.connections.max(2))
                    .connect_with(connect)
                    .await?,
            )
        } else {
            // FULL: a commit here acknowledges money, and NORMAL may lose the last commits when the power fails.
            let connect = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .pragma("temp_store", "memory")
                .optimize_on_close(true, None);
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .connect_with(connect.clone())
                .await?;
            let read = SqlitePoolOptions::new()
                .max_connections(options.connections.max(1))
                .connect_with(connect.pragma("query_only", "on"))
                .await?;
            Pools::Sqlite { read, write }
        };
        Ok(Db {
            pools,
            statements: Arc::default(),
        })
    }

    /// Brings the schema up to date. Safe to run again and by several processes.
    ///
    /// # Errors
    /// A migration that was applied has since been changed, or one fails.
    pub async fn migrate(&self) -> StoreResult<()> {
        match &self.pools {
            Pools::Sqlite { write, .. } => sqlx::migrate!("../../migrations/sqlite").run(write).await?,
            Pools::Postgres(pool) => sqlx::migrate!("../../migrations/postgres").run(pool).await?,
        }
        Ok(())
    }

    /// A transaction that may write. On SQLite it holds the one writer from the start (`BEGIN IMMEDIATE`).
    ///
    /// # Errors
    /// The pool is closed or exhausted.
    pub async fn write(&self) -> StoreResult<Tx> {
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx {
            inner,
            statements: self.statements.clone(),
        })
    }

    /// A transaction for reading: one snapshot for all the queries of a page.
    ///
    /// # Errors
    /// The pool is closed or exhausted.
    pub async fn read(&self) -> StoreResult<Tx> {
        let inner = match &self.pools {
            Pools::Sqlite { read, .. } => TxInner::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => TxInner::Postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await?,
            ),
        };
        Ok(Tx {
            inner,
            statements: self.statements.clone(),
        })
    }

    /// Statements run so far through this database, for the tests that bound them by page.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Which of the two it is.
    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// Writes a consistent copy of a SQLite database to `file`.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] on PostgreSQL, which has `pg_dump`; the file exists or cannot be written.
    pub async fn backup(&self, file: &str) -> StoreResult<()> {
        match &self.pools {
            Pools::Sqlite { read, .. } => {
                sqlx::query("vacuum into $1").bind(file).execute(read).await?;
                Ok(())
            }
            Pools::Postgres(_) => Err(StoreError::Unsupported("backup: use pg_dump for PostgreSQL")),
        }
    }

    /// Waits until every connection has been given back and closed.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// One transaction on either database. Dropped without [`Tx::commit`] it rolls back.
pub struct Tx {
    #[doc(hidden)]
    pub inner: TxInner,
    statements: Arc<AtomicU64>,
}

#[doc(hidden)]
pub enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Makes everything since the beginning durable.
    ///
    /// # Errors
    /// The database refused or could not write; nothing of the transaction holds then.
    pub async fn commit(self) -> StoreResult<()> {
        match self.inner {
            TxInner::Sqlite(t) => t.commit().await?,
            TxInner::Postgres(t) => t.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything since the beginning. The same as dropping it, but waits.
    ///
    /// # Errors
    /// The connection is gone (nothing of the transaction holds then either).
    pub async fn rollback(self) -> StoreResult<()> {
        match self.inner {
            TxInner::Sqlite(t) => t.rollback().await?,
            TxInner::Postgres(t) => t.rollback().await?,
        }
        Ok(())
    }

    /// Which database it runs on, for the few statements of `dialect` that differ.
    pub fn is_postgres(&self) -> bool {
        matches!(self.inner, TxInner::Postgres(_))
    }

    #[doc(hidden)]
    pub fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs `$body` on the connection of `$tx`, once for each database type: `on!(tx, c => query.execute(c).await)`.
#[macro_export]
macro_rules! on {
    ($tx:expr, $c:ident => $body:expr) => {{
        let tx: &mut $crate::Tx = $tx;
        tx.count();
        match &mut tx.inner {
            $crate::db_inner::TxInner::Sqlite(t) => {
                let $c = &mut **t;
                $body
            }
            $crate::db_inner::TxInner::Postgres(t) => {
                let $c = &mut **t;
                $body
            }
        }
    }};
}

/// All rows of a query as a struct: `rows!(tx, PackRow, "select … where id = $1", id)`.
macro_rules! rows {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($tx, c => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(c).await).map_err($crate::StoreError::from)
    };
}

/// The one row of a query, or `None`.
macro_rules! row {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($tx, c => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(c).await).map_err($crate::StoreError::from)
    };
}

/// The first column of the one row of a query, or `None`.
macro_rules! scalar {
    ($tx:expr, $ty:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($tx, c => sqlx::query_scalar::<_, $ty>($sql)$(.bind($bind))*.fetch_optional(c).await).map_err($crate::StoreError::from)
    };
}

/// Runs a statement; how many rows it touched.
macro_rules! exec {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($tx, c => sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected())).map_err($crate::StoreError::from)
    };
}

/// A common table expression that makes the lines of the text parameter `$at` a table: `name (value)`, one JSON object a
/// row, read with `value->>'field'`. So one statement writes or asks for any number of rows, and its text stays the same
/// however many they are. See [`lines`].
pub(crate) fn given(name: &str, at: usize, postgres: bool) -> String {
    let rows = if postgres {
        // The inner select hides how many there are: plans do not depend on it, so that one is made once and kept.
        format!("select cast(line as jsonb) as value from unnest((select string_to_array(${at}, chr(10)))) as line")
    } else {
        format!("select value from json_each('[' || replace(${at}, char(10), ',') || ']')")
    };
    format!("{name} as materialized ({rows})")
}

/// Rows as [`given`] takes them: JSON, one to a line.
pub(crate) fn lines<T: serde::Serialize>(rows: impl IntoIterator<Item = T>) -> StoreResult<String> {
    let rows: Result<Vec<String>, _> = rows.into_iter().map(|row| serde_json::to_string(&row)).collect();
    Ok(rows.map_err(|error| sqlx::Error::Encode(error.into()))?.join("\n"))
}

/// "%words%" in lower case with its own signs kept; empty for no words.
pub(crate) fn like(words: &str) -> String {
    let words = words.trim().to_lowercase();
    if words.is_empty() {
        return words;
    }
    let mut pattern = String::from("%");
    for c in words.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
