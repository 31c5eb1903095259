//! Sessions, kept by the hash of their secret only.

use crate::{StoreResult, Tx};
use domain::{Instant, UserId};

/// A session as it stands in the table.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SessionRow {
    /// What the server keeps in it, JSON.
    pub data: String,
    /// Who is signed in.
    pub user_id: Option<UserId>,
    /// When it began; the absolute end counts from here.
    pub created_at: Instant,
    /// When it was last used, to some minutes.
    pub last_seen_at: Instant,
}

/// What a new session is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// Hash of the id in the cookie.
    pub id_hash: &'a str,
    /// JSON.
    pub data: &'a str,
    /// Who is signed in.
    pub user_id: Option<UserId>,
    /// What the account page calls it by.
    pub public_id: &'a str,
    /// The browser's own words.
    pub user_agent: &'a str,
    /// Where it came from.
    pub ip: &'a str,
    /// Wall time.
    pub now: Instant,
    /// Wall time.
    pub expires_at: Instant,
}

/// Begins a session.
pub async fn insert_session(tx: &mut Tx, new: &NewSession<'_>) -> StoreResult<()> {
    exec!(
        tx,
        "insert into sessions (id, data, user_id, public_id, user_agent, ip, created_at, last_seen_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
        new.id_hash,
        new.data,
        new.user_id,
        new.public_id,
        new.user_agent,
        new.ip,
        new.now,
        new.expires_at
    )?;
    Ok(())
}

/// Writes what a session holds now. A session that was ended in between stays ended: `false`.
pub async fn update_session(
    tx: &mut Tx,
    id_hash: &str,
    data: &str,
    user_id: Option<UserId>,
    now: Instant,
    expires_at: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update sessions set data = $2, user_id = $3, last_seen_at = $4, expires_at = $5 where id = $1",
        id_hash,
        data,
        user_id,
        now,
        expires_at
    )? == 1)
}

/// A session that is not over.
pub async fn session(tx: &mut Tx, id_hash: &str, wall: Instant) -> StoreResult<Option<SessionRow>> {
    row!(
        tx,
        SessionRow,
        "select data, user_id, created_at, last_seen_at from sessions where id = $1 and expires_at > $2",
        id_hash,
        wall
    )
}

/// Ends a session.
pub async fn delete_session(tx: &mut Tx, id_hash: &str) -> StoreResult<()> {
    exec!(tx, "delete from sessions where id = $1", id_hash)?;
    Ok(())
}

/// A session in its person's list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListedSession {
    /// What ends it.
    pub public_id: String,
    /// The browser's own words.
    pub user_agent: String,
    /// Where it came from.
    pub ip: String,
    /// Wall time.
    pub created_at: Instant,
    /// Wall time.
    pub last_seen_at: Instant,
}

/// A person's sessions that are not over, last used first.
pub async fn sessions_of(tx: &mut Tx, user: UserId, wall: Instant) -> StoreResult<Vec<ListedSession>> {
    rows!(
        tx,
        ListedSession,
        "select public_id, user_agent, ip, created_at, last_seen_at from sessions where user_id = $1 and expires_at > $2 order by last_seen_at desc, public_id",
        user,
        wall
    )
}

/// Ends one session of a person.
pub async fn end_session(tx: &mut Tx, user: UserId, public_id: &str) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "delete from sessions where user_id = $1 and public_id = $2",
        user,
        public_id
    )? == 1)
}

/// Ends all sessions of a person but one; how many.
pub async fn end_other_sessions(tx: &mut Tx, user: UserId, keep_public_id: &str) -> StoreResult<u64> {
    exec!(
        tx,
        "delete from sessions where user_id = $1 and public_id <> $2",
        user,
        keep_public_id
    )
}

/// Removes what is over: sessions, links, and failures that no longer count.
pub async fn sweep(tx: &mut Tx, wall: Instant) -> StoreResult<()> {
    exec!(tx, "delete from sessions where expires_at <= $1", wall)?;
    exec!(
        tx,
        "delete from user_tokens where expires_at <= $1",
        wall.plus_days(-30)
    )?;
    exec!(
        tx,
        "delete from sign_in_failures where last_at <= $1",
        wall.plus_hours(-2)
    )?;
    Ok(())
}

/// Ends all sessions of a person.
pub async fn end_sessions(tx: &mut Tx, user: UserId) -> StoreResult<u64> {
    exec!(tx, "delete from sessions where user_id = $1", user)
}
