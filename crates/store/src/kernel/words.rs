//! The words by which things are found (§20), kept by the transaction that writes the texts: triggers put each text that is
//! written into an inbox, and before it commits its words are taken from there. One form for both databases: folding is ours, and
//! a word is found along an ordinary index.
//!
//! What must not be here: whose texts they are, and who may find what; that is the room `search`.

use super::db::{Db, Tx, given, lines};
use crate::StoreResult;
use domain::spelling;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;

/// So many texts at a time: more come only when a database is migrated.
const BATCH: i64 = 500;
/// So many rows in one statement.
const ROWS: usize = 5_000;

/// A text of which the words are written anew.
#[derive(Serialize)]
struct Text<'a> {
    field: &'a str,
    object_id: &'a str,
}

/// A word of a text.
#[derive(Serialize)]
struct Word<'a> {
    word: String,
    field: &'a str,
    object_id: &'a str,
}

/// A word that has not been there, and a part of it.
#[derive(Serialize)]
struct Gram<'a> {
    gram: String,
    word: &'a str,
}

impl Tx {
    /// Makes everything since the beginning durable, and findable.
    ///
    /// # Errors
    /// The database refused or could not write; nothing of the transaction holds then.
    pub async fn commit(mut self) -> StoreResult<()> {
        if self.may_write() {
            while self.keep_words().await? {}
        }
        self.end().await
    }

    /// Writes down the words of what the inbox holds, a batch of it; whether there may be more.
    async fn keep_words(&mut self) -> StoreResult<bool> {
        let told = rows!(
            self,
            (String, String, String),
            "delete from search_inbox where (object_id, field) in (select object_id, field from search_inbox order by object_id, field limit $1)
             returning object_id, field, text",
            BATCH
        )?;
        if told.is_empty() {
            return Ok(false);
        }
        let more = i64::try_from(told.len()).is_ok_and(|count| count == BATCH);
        let postgres = self.is_postgres();
        let texts = told.iter().map(|(object_id, field, _)| Text { field, object_id });
        let sql = format!(
            "with {}
             delete from search_words where (object_id, field) in (select value->>'object_id', value->>'field' from given)",
            given("given", 1, postgres)
        );
        exec!(self, AssertSqlSafe(sql), lines(texts)?)?;
        let mut written = Vec::new();
        for (object_id, field, text) in &told {
            written.extend(
                spelling::words(text)
                    .into_iter()
                    .map(|word| Word { word, field, object_id }),
            );
        }
        let sql = format!(
            "with {} insert into search_words (word, field, object_id)
             select value->>'word', value->>'field', value->>'object_id' from given where true on conflict do nothing",
            given("given", 1, postgres)
        );
        for rows in written.chunks(ROWS) {
            exec!(self, AssertSqlSafe(sql.clone()), lines(rows)?)?;
        }
        let all: BTreeSet<&str> = written.iter().map(|row| row.word.as_str()).collect();
        self.learn(&all.into_iter().collect::<Vec<_>>()).await?;
        Ok(more)
    }

    /// Writes down the parts of words that have not been there. In their order: two transactions that learn the same words wait
    /// for one another, and never both.
    async fn learn(&mut self, words: &[&str]) -> StoreResult<()> {
        let postgres = self.is_postgres();
        let known = format!(
            "with {} insert into search_vocabulary (word) select value->>'word' from given where true on conflict do nothing returning word",
            given("given", 1, postgres)
        );
        let parts = format!(
            "with {} insert into search_grams (gram, word) select value->>'gram', value->>'word' from given where true on conflict do nothing",
            given("given", 1, postgres)
        );
        for words in words.chunks(ROWS) {
            let asked = words.iter().map(|word| serde_json::json!({ "word": word }));
            let new = rows!(self, (String,), AssertSqlSafe(known.clone()), lines(asked)?)?;
            let grams: Vec<Gram<'_>> = new
                .iter()
                .flat_map(|(word,)| spelling::grams(word).into_iter().map(move |gram| Gram { gram, word }))
                .collect();
            for rows in grams.chunks(ROWS) {
                exec!(self, AssertSqlSafe(parts.clone()), lines(rows)?)?;
            }
        }
        Ok(())
    }
}

/// Writes down what a migration has put into the inbox, a batch in each transaction.
///
/// # Errors
/// The database refused or could not write.
pub(crate) async fn take_up(db: &Db) -> StoreResult<()> {
    loop {
        let mut tx = db.write().await?;
        let more = tx.keep_words().await?;
        tx.end().await?;
        if !more {
            return Ok(());
        }
    }
}

/// Forgets words that no text has any more, so many at most: a draft leaves one behind at each stop. How many.
///
/// # Errors
/// The database refused or could not write.
pub async fn forget_words(tx: &mut Tx, limit: i64) -> StoreResult<u64> {
    let sql = format!(
        "select v.word from search_vocabulary v where not exists (select 1 from search_words w where w.word = v.word) limit {limit}"
    );
    let words = rows!(tx, (String,), AssertSqlSafe(sql))?;
    let postgres = tx.is_postgres();
    let grams: Vec<Gram<'_>> = words
        .iter()
        .flat_map(|(word,)| spelling::grams(word).into_iter().map(move |gram| Gram { gram, word }))
        .collect();
    let sql = format!(
        "with {} delete from search_grams where (gram, word) in (select value->>'gram', value->>'word' from given)",
        given("given", 1, postgres)
    );
    for rows in grams.chunks(ROWS) {
        exec!(tx, AssertSqlSafe(sql.clone()), lines(rows)?)?;
    }
    let sql = format!(
        "with {} delete from search_vocabulary where word in (select value->>'word' from given)",
        given("given", 1, postgres)
    );
    let gone = words.iter().map(|(word,)| serde_json::json!({ "word": word }));
    exec!(tx, AssertSqlSafe(sql), lines(gone)?)
}
