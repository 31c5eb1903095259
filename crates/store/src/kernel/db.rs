//! The two databases behind one type, and the macros that run one SQL text on either.

use crate::kernel::{StoreError, StoreResult, schema};
use domain::text::fold;
use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::str::FromStr;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    counts: Arc<Counts>,
    /// How many snapshots may be kept at a time; see [`Db::snapshot`]. `None`: too few connections for any.
    keep: Option<Arc<Semaphore>>,
    snapshot: Option<Arc<Snapshot>>,
}

/// What has been done so far, for the tests that bound it by page.
#[derive(Default)]
struct Counts {
    statements: AtomicU64,
    reads: AtomicU64,
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
    /// Two for each core: a page keeps one while it is rendered. PostgreSQL lets a hundred in by default.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let connections = u32::try_from(cores * 2).unwrap_or(u32::MAX);
        Self {
            connections: connections.clamp(8, 32),
        }
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
        Self::open_with(url, options, true).await
    }

    /// Opens a database that is there: for what only looks, and therefore makes nothing. Does not migrate.
    ///
    /// # Errors
    /// As [`Db::open`]; the SQLite file is missing.
    pub async fn open_existing(url: &str, options: DbOptions) -> StoreResult<Db> {
        Self::open_with(url, options, false).await
    }

    async fn open_with(url: &str, options: DbOptions, make: bool) -> StoreResult<Db> {
        let pools = if url.starts_with("postgres") {
            let connect = PgConnectOptions::from_str(url)?;
            Pools::Postgres(
                PgPoolOptions::new()
                    .max_connections(options.connections.max(2))
                    .connect_with(connect)
                    .await?,
            )
        } else {
            // A file is not lost as a network is: connections are not tried out before they are used.
            // FULL: a commit here acknowledges money, and NORMAL may lose the last commits when the power fails.
            let connect = SqliteConnectOptions::from_str(url)?
                .create_if_missing(make)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .pragma("temp_store", "memory")
                .optimize_on_close(true, None);
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .test_before_acquire(false)
                .connect_with(connect.clone())
                .await?;
            let read = SqlitePoolOptions::new()
                .max_connections(options.connections.max(1))
                .test_before_acquire(false)
                .connect_with(connect.pragma("query_only", "on"))
                .await?;
            Pools::Sqlite { read, write }
        };
        // On PostgreSQL writers and the worker use the same connections.
        let keep = if matches!(pools, Pools::Postgres(_)) {
            options.connections / 2
        } else {
            options.connections.saturating_sub(2)
        };
        Ok(Db {
            pools,
            counts: Arc::default(),
            keep: usize::try_from(keep)
                .ok()
                .filter(|keep| *keep > 0)
                .map(|keep| Arc::new(Semaphore::new(keep))),
            snapshot: None,
        })
    }

    /// Brings the schema up to date. Safe to run again and by several processes.
    ///
    /// # Errors
    /// A migration that was applied has since been changed, or one fails.
    pub(crate) async fn migrate(&self) -> StoreResult<()> {
        match &self.pools {
            Pools::Sqlite { write, .. } => schema::SQLITE.run(write).await?,
            Pools::Postgres(pool) => schema::POSTGRES.run(pool).await?,
        }
        Ok(())
    }

    /// A transaction that may write. On SQLite it holds the one writer from the start (`BEGIN IMMEDIATE`). Ends the
    /// snapshot for good: who writes reads what is written from then on.
    ///
    /// # Errors
    /// The pool is closed or exhausted.
    pub async fn write(&self) -> StoreResult<Tx> {
        self.end_snapshot();
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        let mut tx = self.tx(inner, None);
        tx.writes = true;
        Ok(tx)
    }

    /// A transaction for reading: one snapshot for all the queries of a use case; with [`Db::snapshot`] for those of
    /// several.
    ///
    /// # Errors
    /// The pool is closed or exhausted.
    pub async fn read(&self) -> StoreResult<Tx> {
        let (Some(snapshot), Some(keep)) = (&self.snapshot, &self.keep) else {
            return Ok(self.tx(self.begin_read().await?, None));
        };
        match snapshot.lend() {
            Lent::Begun(kept, round) => {
                let home = Home {
                    snapshot: snapshot.clone(),
                    round,
                    permit: kept.permit,
                };
                Ok(self.tx(kept.inner, Some(home)))
            }
            Lent::First(round) => {
                // An error would mean that it was closed, and nobody closes it.
                let permit = keep.clone().acquire_owned().await.ok();
                let inner = self.begin_read().await?;
                let home = permit.map(|permit| Home {
                    snapshot: snapshot.clone(),
                    round,
                    permit,
                });
                Ok(self.tx(inner, home))
            }
            Lent::Not => Ok(self.tx(self.begin_read().await?, None)),
        }
    }

    async fn begin_read(&self) -> StoreResult<TxInner> {
        self.counts.reads.fetch_add(1, Ordering::Relaxed);
        Ok(match &self.pools {
            Pools::Sqlite { read, .. } => TxInner::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => TxInner::Postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await?,
            ),
        })
    }

    fn tx(&self, inner: TxInner, home: Option<Home>) -> Tx {
        Tx {
            inner: Some(inner),
            home,
            unsettled: false,
            writes: false,
            counts: self.counts.clone(),
        }
    }

    /// The same database, whose reads share one snapshot: what a page shows then is of one moment, and one transaction is
    /// begun for all of it. It lasts from the first read to the first write, or until [`Db::let_go`]. Each call gives a
    /// snapshot of its own.
    ///
    /// A read inside another (or beside it) has a transaction of its own. A snapshot keeps a connection between its reads,
    /// so there may be fewer of them than connections: who wants one waits for it holding nothing, and what needs a
    /// connection for a moment always gets one.
    #[must_use]
    pub fn snapshot(&self) -> Db {
        let mut db = self.clone();
        db.snapshot = db.keep.is_some().then(Arc::default);
        db
    }

    /// Lets the snapshot go, if there is one: before anything outside is waited for. The next read begins another.
    pub fn let_go(&self) {
        if let Some(snapshot) = &self.snapshot {
            snapshot.leave(State::New);
        }
    }

    /// Ends the snapshot for good: from now on each read has a transaction of its own.
    pub fn end_snapshot(&self) {
        if let Some(snapshot) = &self.snapshot {
            snapshot.leave(State::Over);
        }
    }

    /// Statements run so far through this database, for the tests that bound them by page.
    pub fn statements(&self) -> u64 {
        self.counts.statements.load(Ordering::Relaxed)
    }

    /// Transactions for reading that were begun so far, for the same tests.
    pub fn reads(&self) -> u64 {
        self.counts.reads.load(Ordering::Relaxed)
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
            // Not by a connection that may only read: SQLite counts the copy as written by it.
            Pools::Sqlite { write, .. } => {
                sqlx::query("vacuum into $1").bind(file).execute(write).await?;
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

/// The transaction that the reads of a [`Db::snapshot`] share.
#[derive(Default)]
struct Snapshot(Mutex<Keeping>);

#[derive(Default)]
struct Keeping {
    state: State,
    /// Counts how often it was given up: a read that began before does not come back.
    round: u64,
}

#[derive(Default)]
enum State {
    /// Nothing has been read in it.
    #[default]
    New,
    /// Somebody reads in it.
    Lent,
    /// Between two reads.
    Kept(Kept),
    /// It has ended.
    Over,
}

struct Kept {
    inner: TxInner,
    permit: OwnedSemaphorePermit,
}

/// What a read gets of a snapshot.
enum Lent {
    /// It has begun.
    Begun(Kept, u64),
    /// It is to be begun.
    First(u64),
    /// Nothing: it is in use, or over.
    Not,
}

/// The snapshot that a transaction is of, and goes back to.
struct Home {
    snapshot: Arc<Snapshot>,
    round: u64,
    permit: OwnedSemaphorePermit,
}

impl Snapshot {
    fn lend(&self) -> Lent {
        let mut keeping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let round = keeping.round;
        match std::mem::replace(&mut keeping.state, State::Lent) {
            State::Kept(kept) => Lent::Begun(kept, round),
            State::New => Lent::First(round),
            State::Lent => Lent::Not,
            State::Over => {
                keeping.state = State::Over;
                Lent::Not
            }
        }
    }

    fn leave(&self, next: State) {
        let mut keeping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keeping.round += 1;
        if !matches!(keeping.state, State::Over) {
            keeping.state = next;
        }
    }
}

impl Home {
    /// A read is done.
    fn back(self, inner: TxInner) {
        let mut keeping = self.snapshot.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keeping.round == self.round {
            keeping.state = State::Kept(Kept {
                inner,
                permit: self.permit,
            });
        }
    }
}

/// One transaction on either database. Dropped without [`Tx::commit`] it rolls back.
pub struct Tx {
    /// Taken out only when it ends.
    inner: Option<TxInner>,
    home: Option<Home>,
    /// A statement has failed, or was left while it ran.
    unsettled: bool,
    /// Begun by [`Db::write`].
    writes: bool,
    counts: Arc<Counts>,
}

#[doc(hidden)]
pub enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Whether it was begun to write.
    pub(super) const fn may_write(&self) -> bool {
        self.writes
    }

    /// Makes everything since the beginning durable; see [`Tx::commit`].
    pub(super) async fn end(mut self) -> StoreResult<()> {
        // A snapshot has written nothing; it goes on.
        match self.inner.take_if(|_| self.home.is_none()) {
            Some(TxInner::Sqlite(t)) => t.commit().await?,
            Some(TxInner::Postgres(t)) => t.commit().await?,
            None => {}
        }
        Ok(())
    }

    /// Undoes everything since the beginning. The same as dropping it, but waits.
    ///
    /// # Errors
    /// The connection is gone (nothing of the transaction holds then either).
    pub async fn rollback(mut self) -> StoreResult<()> {
        match self.inner.take_if(|_| self.home.is_none()) {
            Some(TxInner::Sqlite(t)) => t.rollback().await?,
            Some(TxInner::Postgres(t)) => t.rollback().await?,
            None => {}
        }
        Ok(())
    }

    /// Which database it runs on, for the few statements of `dialect` that differ.
    pub fn is_postgres(&self) -> bool {
        matches!(self.inner, Some(TxInner::Postgres(_)))
    }

    /// A statement begins on this connection.
    #[doc(hidden)]
    pub fn begin_statement(&mut self) -> &mut TxInner {
        self.counts.statements.fetch_add(1, Ordering::Relaxed);
        self.unsettled = true;
        self.inner.as_mut().expect("a transaction that has not ended")
    }

    /// It has come to its end, and how.
    #[doc(hidden)]
    pub fn end_statement<T, E>(&mut self, done: &Result<T, E>) {
        self.unsettled = done.is_err();
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        // PostgreSQL reads no more in a transaction in which a statement has failed.
        if let (Some(inner), Some(home), false) = (self.inner.take(), self.home.take(), self.unsettled) {
            home.back(inner);
        }
    }
}

/// Runs `$body` on the connection of `$tx`, once for each database type: `on!(tx, c => query.execute(c).await)`.
#[macro_export]
macro_rules! on {
    ($tx:expr, $c:ident => $body:expr) => {{
        let tx: &mut $crate::Tx = $tx;
        let done = match tx.begin_statement() {
            $crate::db_inner::TxInner::Sqlite(t) => {
                let $c = &mut **t;
                $body
            }
            $crate::db_inner::TxInner::Postgres(t) => {
                let $c = &mut **t;
                $body
            }
        };
        tx.end_statement(&done);
        done
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

/// Whether a statement has written what it was meant to. For whoever has made sure of it before, with what it rests on in hand:
/// otherwise something would be said to be done that was not.
///
/// # Errors
/// [`StoreError::Fewer`].
pub(crate) fn exactly(meant: usize, written: u64) -> StoreResult<()> {
    if u64::try_from(meant).is_ok_and(|meant| meant == written) {
        Ok(())
    } else {
        Err(StoreError::Fewer { meant, written })
    }
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

/// "%words%" as what is looked for stands folded, with its own signs kept; empty for no words.
pub(crate) fn like(words: &str) -> String {
    let words = fold(words);
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
