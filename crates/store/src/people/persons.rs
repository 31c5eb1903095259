//! People and their memberships (§25, TP2, TP3). What must not be here: who may see or change whom.

use crate::{
    StoreResult, Tx,
    kernel::{agency::BrandRow, exactly, like},
    people::TRI_POD,
};
use domain::{ClientId, Instant, Role, UserId, VendorId, text::fold};
use sqlx::AssertSqlSafe;

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
    /// The agency has taken their access away.
    pub off_by_staff: bool,
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
        person!("", $tail)
    };
    ($more:literal, $tail:literal) => {
        concat!(
            "select u.id, u.name, u.email, u.role, u.lead, u.client_id, u.vendor_id, u.active, u.off_by_staff, coalesce(c.name, v.name) as org_name,
                    (u.password_hash is not null) as has_password, u.row_version, u.last_sign_in_at ", $more, "
             from users u left join clients c on c.id = u.client_id left join vendors v on v.id = u.vendor_id ",
            $tail
        )
    };
}

/// One person.
pub async fn person(tx: &mut Tx, id: UserId) -> StoreResult<Option<Person>> {
    row!(tx, Person, person!("where u.id = $1"), id)
}

/// Who a session belongs to, and whose product they see.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SessionPerson {
    /// The person.
    #[sqlx(flatten)]
    pub person: Person,
    /// The agency.
    #[sqlx(flatten)]
    pub brand: BrandRow,
    /// Where answers to the agency's mails go; may be empty.
    pub reply_to: String,
    /// Their client's payment type is royalties.
    pub royalties: bool,
    /// Their client has, or had, a card or an invoice.
    pub uses_cards: bool,
    /// Royalties pay, or have paid, for something of their client's.
    pub has_deductions: bool,
}

/// One person with what every page shows of the agency and of how their client pays, as one statement.
pub async fn session_person(tx: &mut Tx, id: UserId) -> StoreResult<Option<SessionPerson>> {
    row!(
        tx,
        SessionPerson,
        person!(
            ", av.name as agency_name, a.accent as agency_accent, a.logo_hash as agency_logo, a.reply_to,
               coalesce(c.payment_type = 'royalties', false) as royalties,
               (c.card_last4 is not null or exists (select 1 from invoices i where i.client_id = u.client_id)) as uses_cards,
               exists (select 1 from royalty_deductions d where d.client_id = u.client_id) as has_deductions",
            "cross join agency a join vendors av on av.id = a.vendor_id where u.id = $1"
        ),
        id
    )
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
        person!("where u.client_id = $1 order by u.name_folded, u.id"),
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
            "where ($1 = '' or u.name_folded like $1 escape '\\' or u.email like $1 escape '\\' or coalesce(c.name_folded, v.name_folded, '') like $1 escape '\\')
               and ($2 = '' or u.role = $2)
               and (u.name_folded, u.id) > ($3, $4)
             order by u.name_folded, u.id limit $5"
        ),
        &words,
        role,
        fold(name),
        id,
        limit
    )
}

/// The hash of a person's password, if one is set.
pub async fn password_hash(tx: &mut Tx, id: UserId) -> StoreResult<Option<String>> {
    Ok(scalar!(tx, Option<String>, "select password_hash from users where id = $1", id)?.flatten())
}

/// Sets a person's password.
pub async fn set_password(tx: &mut Tx, id: UserId, hash: &str) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update users set password_hash = $2, row_version = row_version + 1 where id = $1",
        id,
        hash
    )?;
    exactly(1, written)
}

/// Notes a sign-in.
pub async fn signed_in(tx: &mut Tx, id: UserId, now: Instant) -> StoreResult<()> {
    exec!(tx, "update users set last_sign_in_at = $2 where id = $1", id, now)?;
    Ok(())
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
        "insert into users (id, email, name, password_hash, role, lead, client_id, vendor_id, active, created_at, name_folded)
         values ($1, $2, $3, $4, $5, $6, $7, $8, true, $9, $10)",
        new.id,
        new.email,
        new.name,
        new.password_hash,
        new.role,
        new.lead,
        new.client_id,
        new.vendor_id,
        now,
        fold(new.name)
    )?;
    Ok(())
}

/// Whether a person may sign in, and who said that they may not.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    /// May sign in.
    pub active: bool,
    /// The agency has taken their access away.
    pub off_by_staff: bool,
}

/// Changes a person whose row version is still the one that was shown; `false` when it is not.
pub async fn update_person(tx: &mut Tx, new: &NewPerson<'_>, access: Access, row_version: i64) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update users set email = $2, name = $3, role = $4, lead = $5, client_id = $6, vendor_id = $7, active = $8, off_by_staff = $9,
             name_folded = $11, row_version = row_version + 1
         where id = $1 and row_version = $10",
        new.id,
        new.email,
        new.name,
        new.role,
        new.lead,
        new.client_id,
        new.vendor_id,
        access.active,
        access.off_by_staff,
        row_version,
        fold(new.name)
    )? == 1)
}

/// Changes the name that a person has given themselves.
pub async fn rename_person(tx: &mut Tx, id: UserId, name: &str) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update users set name = $2, name_folded = $3, row_version = row_version + 1 where id = $1",
        id,
        name,
        fold(name)
    )?;
    exactly(1, written)
}

/// Everybody who has a role, of one client where one is given, and whether they can sign in. They are held until the
/// transaction ends, so that of two who take each other's right away the second finds what the first has left.
pub async fn hold_role(tx: &mut Tx, role: Role, client: Option<ClientId>) -> StoreResult<Vec<(UserId, bool)>> {
    let sql = format!(
        "select id, active and password_hash is not null from users where role = $1 and ($2 = '' or client_id = $2) order by id{}",
        if tx.is_postgres() { " for update" } else { "" }
    );
    let client = client.map_or_else(String::new, |id| id.to_string());
    rows!(tx, (UserId, bool), AssertSqlSafe(sql), role, client)
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

/// A choice in a form: an id and a name.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// Whether anybody exists at all: a fresh installation has nobody.
pub async fn any(tx: &mut Tx) -> StoreResult<bool> {
    Ok(scalar!(tx, i64, "select count(*) from (select 1 as one from users limit 1) u")?.unwrap_or(0) > 0)
}

/// Whether anybody signs in with an address of a mail domain.
pub async fn any_at(tx: &mut Tx, domain: &str) -> StoreResult<bool> {
    let pattern = format!("%@{domain}");
    let found = scalar!(
        tx,
        i64,
        "select count(*) from (select 1 as one from users where email like $1 limit 1) u",
        &pattern
    )?;
    Ok(found.unwrap_or(0) > 0)
}
