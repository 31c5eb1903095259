//! People, their sessions, links and failed sign-ins; clients as the people's part of the product sees them.
//!
//! Sessions and links are kept by the hash of their secret only. What must not be here: who may see or change whom.

use crate::{StoreResult, Tx, work::TO_DO};
use domain::{
    Cents, ClientId, Instant, PackId, PaymentType, Role, ServiceId, UserId, VendorId, pack::VendorRateMode,
    people::ValidVendor,
};

/// The internal vendor's id, as the first migration writes it (TP1).
pub const TRI_POD: &str = "00000000-0000-7000-8000-000000000001";

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
        wall.plus_days(-1)
    )?;
    Ok(())
}

/// Who a session belongs to, with what every page's frame shows.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Full name.
    pub name: String,
    /// Sign-in address.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The lead right.
    pub lead: bool,
    /// Whose client.
    pub client_id: Option<ClientId>,
    /// Whose vendor.
    pub vendor_id: Option<VendorId>,
    /// May sign in.
    pub active: bool,
    /// The client's or vendor's name.
    pub org_name: Option<String>,
    /// Has a password: an invited person has none yet.
    pub has_password: bool,
    /// Counts changes.
    pub row_version: i64,
    /// When they last signed in.
    pub last_sign_in_at: Option<Instant>,
}

macro_rules! person {
    ($tail:literal) => {
        concat!(
            "select u.id, u.name, u.email, u.role, u.lead, u.client_id, u.vendor_id, u.active, coalesce(c.name, v.name) as org_name,
                    (u.password_hash is not null) as has_password, u.row_version, u.last_sign_in_at
             from users u left join clients c on c.id = u.client_id left join vendors v on v.id = u.vendor_id ",
            $tail
        )
    };
}

/// One person.
pub async fn person(tx: &mut Tx, id: UserId) -> StoreResult<Option<Person>> {
    row!(tx, Person, person!("where u.id = $1"), id)
}

/// One person by address.
pub async fn person_by_email(tx: &mut Tx, email: &str) -> StoreResult<Option<Person>> {
    row!(tx, Person, person!("where u.email = $1"), email)
}

/// The people of a client, by name.
pub async fn people_of_client(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<Person>> {
    rows!(
        tx,
        Person,
        person!("where u.client_id = $1 order by u.name, u.id"),
        client
    )
}

/// What the list of people is filtered by.
#[derive(Debug, Clone, Copy, Default)]
pub struct PeopleFilter<'a> {
    /// Words in name, address or organisation.
    pub words: &'a str,
    /// A role.
    pub role: Option<Role>,
    /// The name and id of the last row of the page before.
    pub after: Option<(&'a str, &'a str)>,
}

/// A page of all people, by name.
pub async fn people(tx: &mut Tx, filter: PeopleFilter<'_>, limit: i64) -> StoreResult<Vec<Person>> {
    let words = like(filter.words);
    let role = filter.role.map_or("", Role::as_str);
    let (name, id) = filter.after.unwrap_or(("", ""));
    rows!(
        tx,
        Person,
        person!(
            "where ($1 = '' or lower(u.name) like $1 escape '\\' or u.email like $1 escape '\\' or lower(coalesce(c.name, v.name, '')) like $1 escape '\\')
               and ($2 = '' or u.role = $2)
               and (u.name, u.id) > ($3, $4)
             order by u.name, u.id limit $5"
        ),
        &words,
        role,
        name,
        id,
        limit
    )
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

/// The hash of a person's password, if one is set.
pub async fn password_hash(tx: &mut Tx, id: UserId) -> StoreResult<Option<String>> {
    Ok(scalar!(tx, Option<String>, "select password_hash from users where id = $1", id)?.flatten())
}

/// Sets a person's password.
pub async fn set_password(tx: &mut Tx, id: UserId, hash: &str) -> StoreResult<()> {
    exec!(
        tx,
        "update users set password_hash = $2, row_version = row_version + 1 where id = $1",
        id,
        hash
    )?;
    Ok(())
}

/// Notes a sign-in.
pub async fn signed_in(tx: &mut Tx, id: UserId, now: Instant) -> StoreResult<()> {
    exec!(tx, "update users set last_sign_in_at = $2 where id = $1", id, now)?;
    Ok(())
}

/// How many wait behind the entries of the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// Requests that wait for this person.
    pub requests: i64,
    /// Webhooks that gave up.
    pub webhooks: i64,
    /// Open alarms.
    pub integrity: i64,
    /// Payments that want the client.
    pub payment: i64,
    /// Packs without a vendor (AS1).
    pub assignments: i64,
    /// Requests in Tri-POD's queue that nobody has claimed (TP5).
    pub queue: i64,
}

/// What waits for a client: designs to look at, and payments that stopped.
pub async fn waiting_for_client(tx: &mut Tx, client: ClientId) -> StoreResult<Waiting> {
    let found = row!(
        tx,
        Waiting,
        "select (select count(*) from service_requests where client_id = $1 and status = 'in_review') as requests,
                cast(0 as bigint) as webhooks, cast(0 as bigint) as integrity,
                (select count(*) from pack_subscriptions where client_id = $1
                  and (status in ('past_due', 'suspended') or (status = 'incomplete' and (payment_url is not null or payment_problem is not null)))) as payment,
                cast(0 as bigint) as assignments, cast(0 as bigint) as queue",
        client
    )?;
    Ok(found.unwrap_or_default())
}

/// What waits for a vendor: work that has not begun.
pub async fn waiting_for_vendor(tx: &mut Tx, vendor: VendorId) -> StoreResult<Waiting> {
    let found = row!(
        tx,
        Waiting,
        "select (select count(*) from service_requests where vendor_id = $1 and status = 'submitted') as requests,
                cast(0 as bigint) as webhooks, cast(0 as bigint) as integrity, cast(0 as bigint) as payment, cast(0 as bigint) as assignments, cast(0 as bigint) as queue",
        vendor
    )?;
    Ok(found.unwrap_or_default())
}

/// What waits for the agency's people: work that has not begun, and what operators must see.
pub async fn waiting_for_staff(tx: &mut Tx) -> StoreResult<Waiting> {
    let sql = format!(
        "select (select count(*) from service_requests where status = 'submitted') as requests,
                (select count(*) from stripe_events where state = 'dead') as webhooks,
                (select count(*) from alarms where resolved_at is null) as integrity, cast(0 as bigint) as payment,
                (select count(*) from pack_subscriptions where status in ('active', 'past_due') and vendor_assignee_id is null) as assignments,
                (select count(*) from service_requests r where r.vendor_id = $1 and r.designer_id is null and {TO_DO}) as queue"
    );
    let found = row!(tx, Waiting, sqlx::AssertSqlSafe(sql), TRI_POD)?;
    Ok(found.unwrap_or_default())
}

/// What a new person is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewPerson<'a> {
    /// Their id.
    pub id: UserId,
    /// Normalised address.
    pub email: &'a str,
    /// Full name.
    pub name: &'a str,
    /// The password's hash, if it is known already.
    pub password_hash: Option<&'a str>,
    /// The role.
    pub role: Role,
    /// The lead right.
    pub lead: bool,
    /// Whose client.
    pub client_id: Option<ClientId>,
    /// Whose vendor.
    pub vendor_id: Option<VendorId>,
}

/// Adds a person; `users_email_unique` refuses a taken address.
pub async fn insert_person(tx: &mut Tx, new: &NewPerson<'_>, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into users (id, email, name, password_hash, role, lead, client_id, vendor_id, active, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, true, $9)",
        new.id,
        new.email,
        new.name,
        new.password_hash,
        new.role,
        new.lead,
        new.client_id,
        new.vendor_id,
        now
    )?;
    Ok(())
}

/// Changes a person whose row version is still the one that was shown; `false` when it is not.
pub async fn update_person(tx: &mut Tx, new: &NewPerson<'_>, active: bool, row_version: i64) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update users set email = $2, name = $3, role = $4, lead = $5, client_id = $6, vendor_id = $7, active = $8, row_version = row_version + 1
         where id = $1 and row_version = $9",
        new.id,
        new.email,
        new.name,
        new.role,
        new.lead,
        new.client_id,
        new.vendor_id,
        active,
        row_version
    )? == 1)
}

/// Changes the name that a person has given themselves.
pub async fn rename_person(tx: &mut Tx, id: UserId, name: &str) -> StoreResult<()> {
    exec!(
        tx,
        "update users set name = $2, row_version = row_version + 1 where id = $1",
        id,
        name
    )?;
    Ok(())
}

/// How many active people have a role, but for one person.
pub async fn others_with_role(tx: &mut Tx, role: Role, client: Option<ClientId>, but: UserId) -> StoreResult<i64> {
    let client = client.map_or_else(String::new, |id| id.to_string());
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from users where role = $1 and active and id <> $2 and ($3 = '' or client_id = $3)",
        role,
        but,
        client
    )?
    .unwrap_or(0))
}

/// Ends all sessions of a person.
pub async fn end_sessions(tx: &mut Tx, user: UserId) -> StoreResult<u64> {
    exec!(tx, "delete from sessions where user_id = $1", user)
}

/// TP2, TP3: makes a person a member of one vendor and of no other, or of none.
pub async fn set_membership(tx: &mut Tx, user: UserId, vendor: Option<&str>) -> StoreResult<()> {
    let vendor = vendor.unwrap_or("");
    exec!(
        tx,
        "delete from vendor_members where user_id = $1 and vendor_id <> $2",
        user,
        vendor
    )?;
    if !vendor.is_empty() {
        exec!(
            tx,
            "insert into vendor_members (vendor_id, user_id) values ($1, $2) on conflict (vendor_id, user_id) do nothing",
            vendor,
            user
        )?;
    }
    Ok(())
}

/// The vendors that a person is a member of.
pub async fn memberships(tx: &mut Tx, user: UserId) -> StoreResult<Vec<VendorId>> {
    let found = rows!(
        tx,
        (VendorId,),
        "select vendor_id from vendor_members where user_id = $1 order by vendor_id",
        user
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// TP2: adds internal designers who are missing from the internal vendor, and takes memberships away that no role gives.
/// How many rows were wrong.
pub async fn repair_memberships(tx: &mut Tx) -> StoreResult<u64> {
    let missing = exec!(
        tx,
        "insert into vendor_members (vendor_id, user_id)
         select case when u.role = 'internal_designer' then $1 else u.vendor_id end, u.id from users u
         where u.active and (u.role = 'internal_designer' or u.vendor_id is not null)
         on conflict (vendor_id, user_id) do nothing",
        TRI_POD
    )?;
    let extra = exec!(
        tx,
        "delete from vendor_members where not exists (
             select 1 from users u where u.id = vendor_members.user_id and u.active
                and case when u.role = 'internal_designer' then $1 else coalesce(u.vendor_id, '') end = vendor_members.vendor_id)",
        TRI_POD
    )?;
    Ok(missing + extra)
}

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

/// A choice in a form: an id and a name.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// The clients that are not closed, by name.
pub async fn client_choices(tx: &mut Tx) -> StoreResult<Vec<Named>> {
    rows!(
        tx,
        Named,
        "select id, name from clients where closed_at is null order by name, id"
    )
}

/// The external vendors that take work, by name: those that people can belong to (TP3).
pub async fn vendor_choices(tx: &mut Tx) -> StoreResult<Vec<Named>> {
    rows!(
        tx,
        Named,
        "select id, name from vendors where kind = 'external' and active order by name, id"
    )
}

/// Whether a client exists and is not closed.
pub async fn client_is_open(tx: &mut Tx, id: ClientId) -> StoreResult<bool> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from clients where id = $1 and closed_at is null",
        id
    )? == Some(1))
}

/// Whether a vendor exists and people can belong to it (TP3).
pub async fn vendor_is_external(tx: &mut Tx, id: VendorId) -> StoreResult<bool> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from vendors where id = $1 and kind = 'external' and active",
        id
    )? == Some(1))
}

/// A client in the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListedClient {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// What vendors read.
    pub alias: String,
    /// How it pays.
    pub payment_type: PaymentType,
    /// Packs that are running.
    pub packs: i64,
    /// People who can sign in.
    pub people: i64,
}

/// A page of clients, by name, after a name and id.
pub async fn clients(
    tx: &mut Tx,
    words: &str,
    payment_type: Option<PaymentType>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> StoreResult<Vec<ListedClient>> {
    let words = like(words);
    let payment = payment_type.map_or("", PaymentType::as_str);
    let (name, id) = after.unwrap_or(("", ""));
    rows!(
        tx,
        ListedClient,
        "select c.id, c.name, c.alias, c.payment_type,
                (select count(*) from pack_subscriptions s where s.client_id = c.id and s.status in ('active', 'past_due')) as packs,
                (select count(*) from users u where u.client_id = c.id and u.active) as people
         from clients c
         where ($1 = '' or lower(c.name) like $1 escape '\\' or lower(c.alias) like $1 escape '\\')
           and ($2 = '' or c.payment_type = $2)
           and (c.name, c.id) > ($3, $4)
         order by c.name, c.id limit $5",
        &words,
        payment,
        name,
        id,
        limit
    )
}

/// A client.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientRow {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// What vendors read.
    pub alias: String,
    /// How it pays.
    pub payment_type: PaymentType,
    /// §25.
    pub members_may_order_extra: bool,
    /// "visa".
    pub card_brand: Option<String>,
    /// "4242".
    pub card_last4: Option<String>,
    /// When it was added.
    pub created_at: Instant,
    /// Counts changes.
    pub row_version: i64,
}

/// One client.
pub async fn client(tx: &mut Tx, id: ClientId) -> StoreResult<Option<ClientRow>> {
    row!(
        tx,
        ClientRow,
        "select id, name, alias, payment_type, members_may_order_extra, card_brand, card_last4, created_at, row_version from clients where id = $1",
        id
    )
}

/// Adds a client; `clients_name_unique` and `clients_alias_unique` refuse taken names.
pub async fn insert_client(
    tx: &mut Tx,
    id: ClientId,
    name: &str,
    alias: &str,
    payment_type: PaymentType,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into clients (id, name, alias, payment_type, created_at) values ($1, $2, $3, $4, $5)",
        id,
        name,
        alias,
        payment_type,
        now
    )?;
    Ok(())
}

/// Changes a client whose row version is still the one that was shown.
pub async fn update_client(
    tx: &mut Tx,
    id: ClientId,
    name: &str,
    alias: &str,
    payment_type: PaymentType,
    row_version: i64,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update clients set name = $2, alias = $3, payment_type = $4, row_version = row_version + 1 where id = $1 and row_version = $5",
        id,
        name,
        alias,
        payment_type,
        row_version
    )? == 1)
}

/// §25: whether members may order what is charged.
pub async fn set_members_may_order_extra(tx: &mut Tx, id: ClientId, on: bool) -> StoreResult<()> {
    exec!(
        tx,
        "update clients set members_may_order_extra = $2, row_version = row_version + 1 where id = $1",
        id,
        on
    )?;
    Ok(())
}

/// A service with the price that a client has agreed, if it has.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientPrice {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// What everybody pays for a unit.
    pub standard_cents: Cents,
    /// What this client pays for a unit.
    pub agreed_cents: Option<Cents>,
}

/// All active services with a client's prices, by name.
pub async fn client_prices(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<ClientPrice>> {
    rows!(
        tx,
        ClientPrice,
        "select s.id as service_id, s.name as service, s.unit_price_cents as standard_cents, p.unit_price_cents as agreed_cents
         from services s left join client_service_prices p on p.service_id = s.id and p.client_id = $1
         where s.active or p.client_id is not null order by s.name, s.id",
        client
    )
}

/// Sets or takes away a client's own price of a service.
pub async fn set_client_price(
    tx: &mut Tx,
    client: ClientId,
    service: ServiceId,
    price: Option<Cents>,
) -> StoreResult<()> {
    match price {
        Some(price) => exec!(
            tx,
            "insert into client_service_prices (client_id, service_id, unit_price_cents) values ($1, $2, $3)
             on conflict (client_id, service_id) do update set unit_price_cents = excluded.unit_price_cents",
            client,
            service,
            price
        )?,
        None => exec!(
            tx,
            "delete from client_service_prices where client_id = $1 and service_id = $2",
            client,
            service
        )?,
    };
    Ok(())
}

/// A subscription of a client with its newest period.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientPack {
    /// The subscription.
    pub id: domain::SubscriptionId,
    /// The service's name.
    pub service: String,
    /// Units a month.
    pub quantity: i64,
    /// The subscription's state.
    pub status: domain::SubscriptionStatus,
    /// A month, minor units.
    pub price_cents: Cents,
    /// Units used in the newest period.
    pub used_units: Option<i64>,
    /// Units included in the newest period.
    pub included_units: Option<i64>,
    /// When the newest period ends.
    pub ends_at: Option<Instant>,
}

/// The subscriptions of a client, live ones first.
pub async fn client_packs(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<ClientPack>> {
    rows!(
        tx,
        ClientPack,
        "select s.id, sv.name as service, p.quantity, s.status, v.price_cents, pp.used_units, pp.included_units, pp.ends_at
         from pack_subscriptions s
         join packs p on p.id = s.pack_id
         join services sv on sv.id = s.service_id
         join pack_versions v on v.id = s.pack_version_id
         left join pack_periods pp on pp.subscription_id = s.id
              and pp.seq = (select max(seq) from pack_periods l where l.subscription_id = s.id)
         where s.client_id = $1
         order by case when s.status = 'ended' then 1 else 0 end, sv.name, s.created_at desc limit 200",
        client
    )
}

/// Adds an outside vendor; its id is its slug. `vendors_name_unique` answers a taken name.
pub async fn insert_vendor(tx: &mut Tx, id: VendorId, v: &ValidVendor, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into vendors (id, slug, kind, name, active, created_at, email, phone, notes) values ($1, $1, 'external', $2, true, $3, $4, $5, $6)",
        id,
        &v.name,
        now,
        &v.email,
        &v.phone,
        &v.notes
    )?;
    Ok(())
}

/// Whether anybody exists at all: a fresh installation has nobody.
pub async fn any(tx: &mut Tx) -> StoreResult<bool> {
    Ok(scalar!(tx, i64, "select count(*) from (select 1 as one from users limit 1) u")?.unwrap_or(0) > 0)
}

/// A vendor with the people who belong to it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorRow {
    /// Its id.
    pub id: VendorId,
    /// Its name.
    pub name: String,
    /// Tri-POD (TP1).
    pub internal: bool,
    /// Takes work.
    pub active: bool,
    /// Active members.
    pub people: i64,
    /// Where staff write to.
    pub email: String,
    /// Where staff call.
    pub phone: String,
    /// What staff should know.
    pub notes: String,
    /// Packs whose period it has.
    pub packs: i64,
    /// Services that it offers.
    pub services: i64,
}

macro_rules! vendor {
    ($tail:literal) => {
        concat!(
            "select v.id, v.name, v.kind = 'internal' as internal, v.active,
                    (select count(*) from vendor_members m join users u on u.id = m.user_id where m.vendor_id = v.id and u.active) as people,
                    v.email, v.phone, v.notes,
                    (select count(*) from pack_subscriptions p where p.vendor_assignee_id = v.id and p.status in ('active', 'past_due')) as packs,
                    (select count(*) from vendor_services o where o.vendor_id = v.id) as services
             from vendors v ",
            $tail
        )
    };
}

/// All vendors, Tri-POD first, then by name.
pub async fn vendors(tx: &mut Tx) -> StoreResult<Vec<VendorRow>> {
    rows!(
        tx,
        VendorRow,
        vendor!("order by case when v.kind = 'internal' then 0 else 1 end, v.name, v.id")
    )
}

/// The names of all vendors, Tri-POD's first.
pub async fn vendor_names(tx: &mut Tx) -> StoreResult<Vec<(VendorId, String)>> {
    rows!(
        tx,
        (VendorId, String),
        "select id, name from vendors order by case when kind = 'internal' then 0 else 1 end, lower(name), id"
    )
}

/// One vendor.
pub async fn vendor(tx: &mut Tx, id: VendorId) -> StoreResult<Option<VendorRow>> {
    row!(tx, VendorRow, vendor!("where v.id = $1"), id)
}

/// Changes a vendor; `vendors_name_unique` answers a taken name, `vendors_internal_active` an inactive Tri-POD (TP1).
pub async fn update_vendor(tx: &mut Tx, id: VendorId, v: &ValidVendor) -> StoreResult<()> {
    exec!(
        tx,
        "update vendors set name = $2, active = $3, email = $4, phone = $5, notes = $6 where id = $1",
        id,
        &v.name,
        v.active,
        &v.email,
        &v.phone,
        &v.notes
    )?;
    Ok(())
}

/// A service with what a vendor gets for one unit of it, where it offers it (VP3).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorService {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// What clients pay for one unit.
    pub standard_cents: Cents,
    /// What the vendor gets; `None`: not offered.
    pub rate_cents: Option<Cents>,
}

/// The active services and those that the vendor offers, by name.
pub async fn vendor_services(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<VendorService>> {
    rows!(
        tx,
        VendorService,
        "select s.id as service_id, s.name as service, s.unit_price_cents as standard_cents, o.rate_cents from services s
         left join vendor_services o on o.service_id = s.id and o.vendor_id = $1
         where s.active or o.vendor_id is not null order by s.name, s.id",
        vendor
    )
}

/// A pack that is sold, with what a vendor gets for it (VP1).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorPack {
    /// The pack.
    pub pack_id: PackId,
    /// The service's name.
    pub service: String,
    /// Units a month.
    pub quantity: i64,
    /// What its newest version pays.
    pub payment_cents: Cents,
    /// For the pack or for each unit.
    pub rate_mode: VendorRateMode,
    /// What this vendor gets instead.
    pub own_cents: Option<Cents>,
    /// For the pack or for each unit.
    pub own_mode: Option<VendorRateMode>,
}

/// The packs that are not archived, and those of which a vendor has its own terms.
pub async fn vendor_packs(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<VendorPack>> {
    rows!(
        tx,
        VendorPack,
        "select p.id as pack_id, s.name as service, p.quantity, v.vendor_payment_cents as payment_cents, v.vendor_rate_mode as rate_mode,
                o.payment_cents as own_cents, o.rate_mode as own_mode
         from packs p
         join services s on s.id = p.service_id
         join pack_versions v on v.pack_id = p.id and v.version = (select max(w.version) from pack_versions w where w.pack_id = p.id)
         left join vendor_pack_payments o on o.pack_id = p.id and o.vendor_id = $1 and o.replaced_at is null
         where p.archived_at is null or o.id is not null order by s.name, p.quantity, p.id",
        vendor
    )
}

/// The active people of a vendor, by name.
pub async fn people_of_vendor(tx: &mut Tx, vendor: VendorId) -> StoreResult<Vec<Person>> {
    rows!(
        tx,
        Person,
        person!("join vendor_members m on m.user_id = u.id where m.vendor_id = $1 and u.active order by u.name, u.id"),
        vendor
    )
}
