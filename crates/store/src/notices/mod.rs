//! What people are told in the app, what of it waits to be mailed, and what each of them has chosen (§24). Owns notices and
//! choices. May use people and the kernel. What must not be here: what is worth telling, and to whom.

use crate::{
    StoreResult, Tx,
    kernel::{given, lines},
};
use domain::{
    ClientId, Instant, UserId,
    notices::{NoticeKind, Ways},
};
use serde::Serialize;
use sqlx::AssertSqlSafe;

/// What notices about a request are about: this and its id.
pub const OF_REQUEST: &str = "request:";

/// A notice for one person.
#[derive(Debug, Clone, Serialize)]
pub struct NewNotice<'a> {
    /// Its id.
    pub id: String,
    /// Whom it is for.
    pub user_id: UserId,
    /// The person is told once of the same key.
    pub dedupe_key: &'a str,
    /// What happened.
    pub kind: NoticeKind,
    /// What it is about: "request:…".
    pub about: &'a str,
    /// One sentence.
    pub text: &'a str,
    /// A sentence more, for the mail.
    pub detail: Option<&'a str>,
    /// Where it leads.
    pub href: &'a str,
    /// The words of the mail's button.
    pub action: &'a str,
    /// Where the bytes of a picture are, for the mail.
    pub picture: Option<&'a str>,
    /// It stands in the bell.
    pub in_bell: bool,
    /// When it is mailed.
    pub mail_at: Option<Instant>,
}

/// Writes notices down, in one statement; those that are there stay as they are.
pub async fn insert(tx: &mut Tx, new: &[NewNotice<'_>], now: Instant) -> StoreResult<()> {
    if new.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "with {} insert into notices (id, user_id, dedupe_key, kind, about, text, detail, href, action, picture, at, in_bell, mail_at)
         select value->>'id', value->>'user_id', value->>'dedupe_key', value->>'kind', value->>'about', value->>'text', value->>'detail',
                value->>'href', value->>'action', value->>'picture', $2, cast(value->>'in_bell' as {boolean}), cast(value->>'mail_at' as bigint)
         from given where true on conflict (user_id, dedupe_key) do nothing",
        given("given", 1, tx.is_postgres()),
        // SQLite reads JSON's true as 1 already, and has no type of that name.
        boolean = if tx.is_postgres() { "boolean" } else { "integer" },
    );
    exec!(tx, AssertSqlSafe(sql), lines(new)?, now)?;
    Ok(())
}

/// What people have chosen for one kind, of those who have chosen anything.
pub async fn chosen_by(tx: &mut Tx, users: &[UserId], kind: NoticeKind) -> StoreResult<Vec<(UserId, Ways)>> {
    #[derive(Serialize)]
    struct One {
        id: UserId,
    }
    let sql = format!(
        "with {} select c.user_id, c.bell, c.mail from notice_choices c
         where c.kind = $2 and c.user_id in (select value->>'id' from given)",
        given("given", 1, tx.is_postgres())
    );
    let of = lines(users.iter().map(|id| One { id: *id }))?;
    let found = rows!(tx, (UserId, bool, bool), AssertSqlSafe(sql), of, kind)?;
    Ok(found
        .into_iter()
        .map(|(id, bell, mail)| (id, Ways { bell, mail }))
        .collect())
}

/// All that a person has chosen.
pub async fn choices(tx: &mut Tx, user: UserId) -> StoreResult<Vec<(NoticeKind, Ways)>> {
    let found = rows!(
        tx,
        (NoticeKind, bool, bool),
        "select kind, bell, mail from notice_choices where user_id = $1",
        user
    )?;
    Ok(found
        .into_iter()
        .map(|(kind, bell, mail)| (kind, Ways { bell, mail }))
        .collect())
}

/// A person's choice for one kind.
pub async fn choose(tx: &mut Tx, user: UserId, kind: NoticeKind, ways: Ways) -> StoreResult<()> {
    exec!(
        tx,
        "insert into notice_choices (user_id, kind, bell, mail) values ($1, $2, $3, $4)
         on conflict (user_id, kind) do update set bell = excluded.bell, mail = excluded.mail",
        user,
        kind,
        ways.bell,
        ways.mail
    )?;
    Ok(())
}

/// A notice as the bell shows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NoticeRow {
    /// Its id.
    pub id: String,
    /// What happened.
    pub kind: NoticeKind,
    /// One sentence.
    pub text: String,
    /// A sentence more.
    pub detail: Option<String>,
    /// Where it leads.
    pub href: String,
    /// The words of the mail's button.
    pub action: String,
    /// Where the bytes of a picture are, for the mail.
    pub picture: Option<String>,
    /// When it happened.
    pub at: Instant,
    /// When it was read.
    pub read_at: Option<Instant>,
}

/// A page of somebody's notices, the newest first, after an instant and an id; only mentions where it is asked for.
pub async fn list(
    tx: &mut Tx,
    user: UserId,
    mentions: bool,
    after: (Instant, &str),
    limit: i64,
) -> StoreResult<Vec<NoticeRow>> {
    let only = if mentions { "and kind = 'mention'" } else { "" };
    let sql = format!(
        "select id, kind, text, detail, href, action, picture, at, read_at from notices
         where user_id = $1 and in_bell {only} and (at, id) < ($2, $3) order by at desc, id desc limit {limit}"
    );
    rows!(tx, NoticeRow, AssertSqlSafe(sql), user, after.0, after.1)
}

/// Reads one; where it leads.
pub async fn read(tx: &mut Tx, user: UserId, id: &str, now: Instant) -> StoreResult<Option<String>> {
    exec!(
        tx,
        "update notices set read_at = $3 where user_id = $1 and id = $2 and read_at is null",
        user,
        id,
        now
    )?;
    scalar!(
        tx,
        String,
        "select href from notices where user_id = $1 and id = $2 and in_bell",
        user,
        id
    )
}

/// Reads all that the bell has, or all about one thing, as of now. How many were unread.
pub async fn read_all(tx: &mut Tx, user: UserId, about: Option<&str>, now: Instant) -> StoreResult<u64> {
    let only = if about.is_some() {
        "about = $3"
    } else {
        "in_bell and $3 is null"
    };
    let sql = format!("update notices set read_at = $2 where user_id = $1 and read_at is null and at <= $2 and {only}");
    exec!(tx, AssertSqlSafe(sql), user, now, about)
}

/// Reads what a client's people were told of one kind about one thing that is settled: nobody has anything to do about it any more.
pub async fn settle(tx: &mut Tx, client: ClientId, (kind, about): (NoticeKind, &str), now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update notices set read_at = $4 where read_at is null and kind = $2 and about = $3
         and user_id in (select id from users where client_id = $1)",
        client,
        kind,
        about,
        now
    )?;
    Ok(())
}

/// RQ10: reads what others were told when a thing was given to them, once it has gone on; `key`: of the notice that holds now.
pub async fn gone_on(tx: &mut Tx, about: &str, key: &str, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update notices set read_at = $3 where read_at is null and kind = 'assigned' and about = $1 and dedupe_key <> $2",
        about,
        key,
        now
    )?;
    Ok(())
}

/// How many somebody has not read.
pub async fn unread(tx: &mut Tx, user: UserId) -> StoreResult<i64> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from notices where user_id = $1 and read_at is null and in_bell",
        user
    )?
    .unwrap_or(0))
}

/// How many about one thing somebody has not read; looked at before anything is written.
pub async fn unread_about(tx: &mut Tx, user: UserId, about: &str) -> StoreResult<i64> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from notices where user_id = $1 and about = $2 and read_at is null",
        user,
        about
    )?
    .unwrap_or(0))
}

/// What is to be mailed to somebody: what has been read on the way is not.
pub async fn to_mail(tx: &mut Tx, user: UserId) -> StoreResult<Vec<NoticeRow>> {
    rows!(
        tx,
        NoticeRow,
        "select id, kind, text, detail, href, action, picture, at, read_at from notices
         where user_id = $1 and mail_at is not null and read_at is null order by at, id",
        user
    )
}

/// These have been mailed, and what was read on the way is not mailed any more. What comes meanwhile waits for the next mail. One
/// that was only mailed stays, so that its key is not told again.
pub async fn mailed(tx: &mut Tx, user: UserId, ids: &[&str], now: Instant) -> StoreResult<()> {
    #[derive(Serialize)]
    struct One<'a> {
        id: &'a str,
    }
    let sql = format!(
        "with {} update notices set mail_at = null, read_at = case when in_bell then read_at else coalesce(read_at, $3) end
         where user_id = $2 and mail_at is not null and (read_at is not null or id in (select value->>'id' from given))",
        given("given", 1, tx.is_postgres())
    );
    let of = lines(ids.iter().map(|id| One { id }))?;
    exec!(tx, AssertSqlSafe(sql), of, user, now)?;
    Ok(())
}

/// Forgets all that somebody was told: they are of another side now.
pub async fn forget_of(tx: &mut Tx, user: UserId) -> StoreResult<u64> {
    exec!(tx, "delete from notices where user_id = $1", user)
}

/// Reads everybody's from before an instant.
pub async fn read_until(tx: &mut Tx, before: Instant) -> StoreResult<u64> {
    exec!(
        tx,
        "update notices set read_at = at where read_at is null and at < $1",
        before
    )
}

/// Forgets what is old, so many at most.
pub async fn forget(tx: &mut Tx, before: Instant, limit: i64) -> StoreResult<u64> {
    let sql =
        format!("delete from notices where id in (select id from notices where at < $1 order by at limit {limit})");
    exec!(tx, AssertSqlSafe(sql), before)
}
