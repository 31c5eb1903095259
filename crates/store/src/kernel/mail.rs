//! Mails: written in the transaction that they follow from, sent by a job, kept for `/admin/mail`.

use crate::{
    StoreResult, Tx,
    kernel::{exactly, like},
};
use domain::{Instant, UserId, text::fold};
use sqlx::AssertSqlSafe;

/// What a queued mail is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewMail<'a> {
    /// Its id.
    pub id: &'a str,
    /// The same key is one mail.
    pub dedupe_key: &'a str,
    /// Whom it is for.
    pub user_id: Option<UserId>,
    /// The address.
    pub to_email: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// Plain text.
    pub body_text: &'a str,
    /// HTML.
    pub body_html: &'a str,
    /// Where the bytes of the picture are that it shows.
    pub picture: Option<&'a str>,
}

/// Queues a mail once per dedupe key. `true` when it was new.
pub async fn queue(tx: &mut Tx, new: &NewMail<'_>, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into mails (id, dedupe_key, user_id, to_email, subject, body_text, body_html, state, created_at, subject_folded, picture)
         values ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, $10) on conflict (dedupe_key) do nothing",
        new.id,
        new.dedupe_key,
        new.user_id,
        new.to_email,
        new.subject,
        new.body_text,
        new.body_html,
        now,
        fold(new.subject),
        new.picture
    )? == 1)
}

/// A mail in the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MailLineRow {
    /// Its id.
    pub id: String,
    /// The address.
    pub to_email: String,
    /// The subject.
    pub subject: String,
    /// `queued`, `sent`, `kept` or `failed`.
    pub state: String,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: Instant,
    /// When it went.
    pub sent_at: Option<Instant>,
}

/// A mail with its text.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MailRow {
    /// What the list says of it.
    #[sqlx(flatten)]
    pub line: MailLineRow,
    /// Plain text.
    pub body_text: String,
    /// HTML.
    pub body_html: String,
    /// Where the bytes of the picture are that it shows.
    pub picture: Option<String>,
}

/// One mail.
pub async fn mail(tx: &mut Tx, id: &str) -> StoreResult<Option<MailRow>> {
    row!(
        tx,
        MailRow,
        "select id, to_email, subject, state, error, created_at, sent_at, body_text, body_html, picture from mails where id = $1",
        id
    )
}

/// A page of mails without their texts, newest first, from before an instant and id; words are looked for in address and
/// subject. `failed`: only those that were not delivered.
pub async fn mails(
    tx: &mut Tx,
    words: &str,
    failed: bool,
    before: Option<(Instant, &str)>,
    limit: i64,
) -> StoreResult<Vec<MailLineRow>> {
    let words = like(words);
    let (at, id) = before.unwrap_or((Instant(i64::MAX), ""));
    // In the text, because an index holds these alone.
    let of = if failed { " and state = 'failed'" } else { "" };
    let sql = format!(
        "select id, to_email, subject, state, error, created_at, sent_at from mails
         where ($1 = '' or to_email like $1 escape '\\' or subject_folded like $1 escape '\\') and (created_at, id) < ($2, $3){of}
         order by created_at desc, id desc limit $4"
    );
    rows!(tx, MailLineRow, AssertSqlSafe(sql), &words, at, id, limit)
}

/// Marks a mail that waits, or that a server has not taken, as handed over. `false`: it is nothing to hand over, or somebody has
/// handed it over and does not know yet what became of it.
pub async fn hand_over(tx: &mut Tx, id: &str, wall: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update mails set state = 'queued', handed_at = $2 where id = $1 and state in ('queued', 'failed') and handed_at is null",
        id,
        wall
    )? == 1)
}

/// When a mail was handed over whose end is not known yet.
pub async fn handed_at(tx: &mut Tx, id: &str) -> StoreResult<Option<Instant>> {
    scalar!(
        tx,
        Instant,
        "select handed_at from mails where id = $1 and state = 'queued' and handed_at is not null",
        id
    )
}

/// What became of a mail: `sent`, `kept`, or `failed`, which may be handed over again.
pub async fn settle(tx: &mut Tx, id: &str, state: &str, error: Option<&str>, now: Instant) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update mails set state = $2, error = $3, sent_at = case when $2 = 'failed' then null else $4 end, handed_at = null where id = $1",
        id,
        state,
        error,
        now
    )?;
    exactly(1, written)
}

/// Nobody will ever know whether a mail was taken: it failed, and stays handed over, so that it is not sent again.
pub async fn settle_unknown(tx: &mut Tx, id: &str, error: &str) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update mails set state = 'failed', error = $2 where id = $1",
        id,
        error
    )?;
    exactly(1, written)
}

/// Makes a mail that failed wait again, as if nobody had handed it over. `false`: it has not failed.
pub async fn send_again(tx: &mut Tx, id: &str) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update mails set state = 'queued', error = null, handed_at = null where id = $1 and state = 'failed'",
        id
    )? == 1)
}

/// Replaces the texts of a mail whose dedupe key begins with `prefix`: it held a personal link.
pub async fn forget_link(tx: &mut Tx, id: &str, prefix: &str, words: &str) -> StoreResult<()> {
    let pattern = format!("{prefix}%");
    exec!(
        tx,
        "update mails set body_text = $3, body_html = $3 where id = $1 and dedupe_key like $2",
        id,
        &pattern,
        words
    )?;
    Ok(())
}

/// Forgets mails that went, or were kept, and were queued before an instant: the oldest first, at most so many; how many they
/// were. What waits or failed stays.
pub async fn forget(tx: &mut Tx, before: Instant, limit: i64) -> StoreResult<u64> {
    exec!(
        tx,
        "delete from mails where id in (select id from mails where state in ('sent', 'kept') and created_at < $1
                                        order by created_at, id limit $2)",
        before,
        limit
    )
}
