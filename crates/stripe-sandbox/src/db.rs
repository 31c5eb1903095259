//! The file behind the state: written through, one transaction for each unit of work, read once at the start.
//! Without a file every call does nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqlitePool};

use crate::state::{Idem, Settings, State, Writes, kind};
use crate::webhooks::Delivery;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS objects (kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS deliveries (seq INTEGER PRIMARY KEY, json TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, target TEXT NOT NULL, hash TEXT NOT NULL, created INTEGER NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS journal (pos INTEGER PRIMARY KEY, json TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
];

/// The file, or nothing.
pub struct Db(Option<SqlitePool>);

impl Db {
    /// Opens or creates the file; `None` keeps everything in memory.
    pub async fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self(None)) };
        if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
            std::fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .with_context(|| format!("cannot open the sandbox's file {}", path.display()))?;
        for sql in SCHEMA {
            sqlx::query(*sql).execute(&pool).await?;
        }
        Ok(Self(Some(pool)))
    }

    /// Lets go of the file: what was written stands in it alone.
    pub async fn close(&self) {
        if let Some(pool) = &self.0 {
            pool.close().await;
        }
    }

    /// Reads everything. `pages` is where the hosted pages are now: addresses that were stored with another place are
    /// rewritten first.
    pub async fn load(&self, seed: Option<u64>, pages: &str) -> anyhow::Result<State> {
        let mut st = State::default();
        st.seed = seed.unwrap_or_else(rand::random);
        let Some(pool) = &self.0 else { return Ok(st) };
        let meta = sqlx::query("SELECT key, value FROM meta").fetch_all(pool).await?;
        let mut known = false;
        let mut was = None;
        for row in &meta {
            let value: String = row.try_get(1)?;
            match row.try_get::<String, _>(0)?.as_str() {
                // The seed of the file holds: its ids follow from it.
                "seed" => {
                    st.seed = value.parse()?;
                    known = true;
                }
                "ids" => st.ids = value.parse()?,
                "pages" => was = Some(value),
                "settings" => st.settings = Settings::from_json(&serde_json::from_str(&value)?),
                _ => {}
            }
        }
        if !known {
            sqlx::query("INSERT INTO meta (key, value) VALUES ('seed', ?)")
                .bind(st.seed.to_string())
                .execute(pool)
                .await?;
        }
        if was.as_deref() != Some(pages) {
            let mut tx = pool.begin().await?;
            if let Some(was) = was {
                for sql in [
                    "UPDATE objects SET json = replace(json, ?, ?)",
                    "UPDATE events SET json = replace(json, ?, ?)",
                    "UPDATE idempotency SET body = replace(body, ?, ?)",
                ] {
                    // With the slash that follows it, so that no longer address is mistaken for it.
                    sqlx::query(sql)
                        .bind(format!("\"{was}/"))
                        .bind(format!("\"{pages}/"))
                        .execute(&mut *tx)
                        .await?;
                }
            }
            sqlx::query("INSERT OR REPLACE INTO meta (key, value) VALUES ('pages', ?)")
                .bind(pages)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        for row in sqlx::query("SELECT kind, seq, json FROM objects ORDER BY seq")
            .fetch_all(pool)
            .await?
        {
            let name: String = row.try_get(0)?;
            let seq = u64::try_from(row.try_get::<i64, _>(1)?)?;
            let v: Value = serde_json::from_str(row.try_get::<&str, _>(2)?)?;
            let k = kind(&name).with_context(|| format!("the file holds an unknown kind of object: {name}"))?;
            st.write(k, Some(seq), &v);
        }
        for row in sqlx::query("SELECT seq, json FROM events ORDER BY seq")
            .fetch_all(pool)
            .await?
        {
            let seq = u64::try_from(row.try_get::<i64, _>(0)?)?;
            st.write("event", Some(seq), &serde_json::from_str(row.try_get::<&str, _>(1)?)?);
        }
        for row in sqlx::query("SELECT json FROM deliveries ORDER BY seq")
            .fetch_all(pool)
            .await?
        {
            let d = Delivery::from_json(&serde_json::from_str(row.try_get::<&str, _>(0)?)?);
            if d.state == "pending" {
                st.pending.insert((d.due, d.seq));
            }
            st.seq = st.seq.max(d.seq);
            st.deliveries.insert(d.seq, d);
        }
        for row in sqlx::query("SELECT key, target, hash, created, status, body FROM idempotency")
            .fetch_all(pool)
            .await?
        {
            let body: String = row.try_get(5)?;
            st.idem.insert(
                row.try_get(0)?,
                Idem {
                    target: row.try_get(1)?,
                    hash: row.try_get(2)?,
                    created: row.try_get(3)?,
                    answer: Some((u16::try_from(row.try_get::<i64, _>(4)?)?, body.into())),
                },
            );
        }
        for row in sqlx::query("SELECT json FROM journal ORDER BY pos")
            .fetch_all(pool)
            .await?
        {
            st.journal.push(serde_json::from_str(row.try_get::<&str, _>(0)?)?);
        }
        Ok(st)
    }

    async fn try_save(pool: &SqlitePool, w: &Writes, idem: Option<(&str, &Idem)>) -> sqlx::Result<()> {
        let mut tx = pool.begin().await?;
        for (kind, id, row) in &w.objects {
            let events = *kind == "event";
            match row {
                Some((seq, json)) if events => {
                    sqlx::query("INSERT OR REPLACE INTO events (id, seq, json) VALUES (?, ?, ?)")
                        .bind(&**id)
                        .bind(i64::try_from(*seq).unwrap_or(i64::MAX))
                        .bind(&**json)
                        .execute(&mut *tx)
                        .await?;
                }
                Some((seq, json)) => {
                    sqlx::query("INSERT OR REPLACE INTO objects (kind, id, seq, json) VALUES (?, ?, ?, ?)")
                        .bind(*kind)
                        .bind(&**id)
                        .bind(i64::try_from(*seq).unwrap_or(i64::MAX))
                        .bind(&**json)
                        .execute(&mut *tx)
                        .await?;
                }
                None if events => {
                    sqlx::query("DELETE FROM events WHERE id = ?")
                        .bind(&**id)
                        .execute(&mut *tx)
                        .await?;
                }
                None => {
                    sqlx::query("DELETE FROM objects WHERE kind = ? AND id = ?")
                        .bind(*kind)
                        .bind(&**id)
                        .execute(&mut *tx)
                        .await?;
                }
            }
        }
        for (pos, json) in &w.journal {
            sqlx::query("INSERT INTO journal (pos, json) VALUES (?, ?)")
                .bind(i64::try_from(*pos).unwrap_or(i64::MAX))
                .bind(json.as_str())
                .execute(&mut *tx)
                .await?;
        }
        for d in &w.deliveries {
            sqlx::query("INSERT OR REPLACE INTO deliveries (seq, json) VALUES (?, ?)")
                .bind(i64::try_from(d.seq).unwrap_or(i64::MAX))
                .bind(d.to_json().to_string())
                .execute(&mut *tx)
                .await?;
        }
        for (key, value) in [("ids", w.ids.map(|i| i.to_string())), ("settings", w.settings.clone())] {
            if let Some(value) = value {
                sqlx::query("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")
                    .bind(key)
                    .bind(value)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        if let Some((key, i)) = idem
            && let Some((status, body)) = &i.answer
        {
            sqlx::query(
                "INSERT OR REPLACE INTO idempotency (key, target, hash, created, status, body) VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(key)
            .bind(i.target.as_str())
            .bind(i.hash.as_str())
            .bind(i.created)
            .bind(i64::from(*status))
            .bind(&**body)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await
    }

    /// Writes one unit of work and the answer that belongs to it. `false` when the file could not be written.
    pub async fn commit(&self, w: Writes, idem: Option<(&str, &Idem)>) -> bool {
        let Some(pool) = &self.0 else { return true };
        match Self::try_save(pool, &w, idem).await {
            Ok(()) => true,
            Err(e) => {
                tracing::error!(error = %e, "the sandbox cannot write its file");
                false
            }
        }
    }

    /// Writes one unit of work.
    pub async fn save(&self, w: Writes) -> bool {
        self.commit(w, None).await
    }

    /// Writes the state of one delivery.
    pub async fn delivery(&self, d: &Delivery) {
        self.save(Writes {
            deliveries: vec![d.clone()],
            ..Writes::default()
        })
        .await;
    }

    /// Drops a finished delivery from the log.
    pub async fn forget_delivery(&self, seq: u64) {
        if let Some(pool) = &self.0 {
            let done = sqlx::query("DELETE FROM deliveries WHERE seq = ?")
                .bind(i64::try_from(seq).unwrap_or(i64::MAX))
                .execute(pool)
                .await;
            if let Err(e) = done {
                tracing::error!(error = %e, "the sandbox cannot write its file");
            }
        }
    }

    /// Drops answers that were stored before `created` (seconds).
    pub async fn forget_answers(&self, before: i64) {
        if let Some(pool) = &self.0 {
            let done = sqlx::query("DELETE FROM idempotency WHERE created < ?")
                .bind(before)
                .execute(pool)
                .await;
            if let Err(e) = done {
                tracing::error!(error = %e, "the sandbox cannot write its file");
            }
        }
    }
}

/// A stored answer with its body shared.
pub fn answered(target: &str, hash: &str, created: i64, status: u16, body: Arc<str>) -> Idem {
    Idem {
        target: target.to_owned(),
        hash: hash.to_owned(),
        created,
        answer: Some((status, body)),
    }
}
