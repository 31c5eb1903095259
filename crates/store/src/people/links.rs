//! Links by mail, kept by the hash of their secret only, and failed sign-ins.

use crate::{StoreResult, Tx};
use domain::{Instant, UserId};

/// Keeps a link's hash. Earlier unused links of the same kind and person stop working.
pub async fn insert_token(
    tx: &mut Tx,
    hash: &str,
    user: UserId,
    kind: &str,
    now: Instant,
    expires_at: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "update user_tokens set used_at = $3 where user_id = $1 and kind = $2 and used_at is null",
        user,
        kind,
        now
    )?;
    exec!(
        tx,
        "insert into user_tokens (token_hash, user_id, kind, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        hash,
        user,
        kind,
        now,
        expires_at
    )?;
    Ok(())
}

/// Until when the newest invitation of a person holds, if it has not been used.
pub async fn invited_until(tx: &mut Tx, user: UserId) -> StoreResult<Option<Instant>> {
    let found = scalar!(
        tx,
        Option<Instant>,
        "select max(expires_at) from user_tokens where user_id = $1 and kind = 'invite' and used_at is null",
        user
    )?;
    Ok(found.flatten())
}

/// Whose a link is, while it can be used.
pub async fn token_owner(tx: &mut Tx, hash: &str, kind: &str, wall: Instant) -> StoreResult<Option<UserId>> {
    scalar!(
        tx,
        UserId,
        "select t.user_id from user_tokens t join users u on u.id = t.user_id
         where t.token_hash = $1 and t.kind = $2 and t.used_at is null and t.expires_at > $3 and u.active",
        hash,
        kind,
        wall
    )
}

/// Uses a link up. `false` when somebody was faster.
pub async fn use_token(tx: &mut Tx, hash: &str, wall: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update user_tokens set used_at = $2 where token_hash = $1 and used_at is null",
        hash,
        wall
    )? == 1)
}

/// All unused links of a person stop working.
pub async fn void_tokens(tx: &mut Tx, user: UserId, wall: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update user_tokens set used_at = $2 where user_id = $1 and used_at is null",
        user,
        wall
    )?;
    Ok(())
}

/// The mails by which links of a person were sent that are used, replaced or expired, but for those that say `gone` already.
pub async fn mails_of_links_over(tx: &mut Tx, user: UserId, wall: Instant, gone: &str) -> StoreResult<Vec<String>> {
    let found = rows!(
        tx,
        (String,),
        "select m.id from user_tokens t join mails m on m.dedupe_key = 'link:' || t.kind || ':' || t.token_hash
         where t.user_id = $1 and (t.used_at is not null or t.expires_at <= $2) and m.body_text <> $3",
        user,
        wall,
        gone
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// The same for everybody, those included whose links are not known any more.
pub async fn mails_of_all_links_over(tx: &mut Tx, wall: Instant, gone: &str) -> StoreResult<Vec<String>> {
    let found = rows!(
        tx,
        (String,),
        "select m.id from mails m left join user_tokens t on m.dedupe_key = 'link:' || t.kind || ':' || t.token_hash
         where m.dedupe_key like 'link:%' and m.body_text <> $2
           and (t.token_hash is null or t.used_at is not null or t.expires_at <= $1)",
        wall,
        gone
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Whether a mail was sent for a link that is used, replaced, expired or not known any more.
pub async fn mail_of_link_over(tx: &mut Tx, mail: &str, wall: Instant) -> StoreResult<bool> {
    let found = scalar!(
        tx,
        i64,
        "select count(*) from mails m left join user_tokens t on m.dedupe_key = 'link:' || t.kind || ':' || t.token_hash
         where m.id = $1 and m.dedupe_key like 'link:%'
           and (t.token_hash is null or t.used_at is not null or t.expires_at <= $2)",
        mail,
        wall
    )?;
    Ok(found.is_some_and(|found| found > 0))
}

/// Failures counted under a key.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Failures {
    /// How many in a row, without a pause of the window's length.
    pub failures: i64,
    /// The last one, wall time.
    pub last_at: Instant,
}

/// The failures under a key, if any.
pub async fn failures(tx: &mut Tx, key: &str) -> StoreResult<Option<Failures>> {
    row!(
        tx,
        Failures,
        "select failures, last_at from sign_in_failures where key = $1",
        key
    )
}

/// Counts one more failure; one whose last is before `since` begins anew.
pub async fn count_failure(tx: &mut Tx, key: &str, wall: Instant, since: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into sign_in_failures (key, failures, last_at) values ($1, 1, $2)
         on conflict (key) do update set
             failures = case when sign_in_failures.last_at < $3 then 1 else sign_in_failures.failures + 1 end,
             last_at = excluded.last_at",
        key,
        wall,
        since
    )?;
    Ok(())
}

/// Forgets the failures under a key.
pub async fn forget_failures(tx: &mut Tx, key: &str) -> StoreResult<()> {
    exec!(tx, "delete from sign_in_failures where key = $1", key)?;
    Ok(())
}
