//! Who is told what happens to a request (§24): the client's side, and those who do its work.
//!
//! What must not be here: what they are told.

use crate::{
    StoreResult, Tx,
    work::{scope::Scope, steps::TO_DO},
};
use domain::{ClientId, Instant, RequestId, Role, UserId, VendorId};
use sqlx::AssertSqlSafe;

/// Of the client: whoever submitted the request, and the owners.
pub async fn clients(tx: &mut Tx, request: RequestId) -> StoreResult<Vec<UserId>> {
    let found = rows!(
        tx,
        (UserId,),
        "select u.id from service_requests r join users u on u.client_id = r.client_id
         where r.id = $1 and u.active and (u.role = 'client_owner' or u.id = coalesce(r.submitted_by, r.created_by)) order by u.created_at, u.id",
        request
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Whoever has taken it; where nobody has, or who did works there no more, those who are told for its vendor: its managers, of
/// Tri-POD those who lead, and where there are none, all of its people. Nobody where meanwhile the work is Tri-POD's and was not
/// (`internal`), or the other way round: what they would be told was worded for others (RQ7).
pub async fn makers(tx: &mut Tx, request: RequestId, internal: bool) -> StoreResult<Vec<UserId>> {
    let found = rows!(
        tx,
        (UserId,),
        "with doing as (
             select r.id, r.vendor_id, d.id as designer_id from service_requests r join vendors v on v.id = r.vendor_id
             left join vendor_members h on h.vendor_id = r.vendor_id and h.user_id = r.designer_id
             left join users d on d.id = h.user_id and d.active
             where r.id = $1 and (v.kind = 'internal') = $2)
         select u.id from doing r join vendor_members m on m.vendor_id = r.vendor_id join users u on u.id = m.user_id
         where u.active and (u.id = r.designer_id or (r.designer_id is null and (u.lead or u.role = 'vendor_manager' or not exists
             (select 1 from vendor_members o join users x on x.id = o.user_id
              where o.vendor_id = r.vendor_id and x.active and (x.lead or x.role = 'vendor_manager')))))
         order by u.created_at, u.id",
        request,
        internal
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Whether somebody `u` can read what is written about a request `r`: its client's people unless it is a note, those who do its work
/// unless it is a note, and the agency's. Uses `$2`, whether it is a note.
const READS: &str = "u.active and (u.role in ('admin', 'internal_designer') or (u.client_id = r.client_id and not $2)
    or exists (select 1 from vendor_members m where m.vendor_id = r.vendor_id and m.user_id = u.id and not $2))";

/// Somebody who has to do with a request.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PersonRow {
    /// The person.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The vendor outside that they work for.
    pub vendor_id: Option<VendorId>,
    /// They can read what is written about it.
    pub reads: bool,
    /// Whoever writes may be reminded of them.
    pub offered: bool,
}

/// Those who can read what is written about a request `$1`, and whoever may be named in it, though they read it no longer: the
/// client's people, vendors', the agency's, and those who wrote or did something of it before.
fn people_sql(offered: &str) -> String {
    format!(
        "select u.id, u.name, u.role, u.vendor_id, coalesce({READS}, false) as reads, coalesce({READS} and {offered}, false) as offered
         from service_requests r join users u on u.client_id = r.client_id or u.vendor_id is not null
             or u.role in ('admin', 'internal_designer') or u.id in (select n.author_id from request_messages n where n.request_id = $1)
             or u.id in (select e.actor_id from request_events e where e.request_id = $1)
         where r.id = $1 order by u.created_at, u.id"
    )
}

/// Those who have to do with a request, and which of them read what is written there, or a note; nobody is reminded of any.
pub async fn people(tx: &mut Tx, request: RequestId, note: bool) -> StoreResult<Vec<PersonRow>> {
    rows!(tx, PersonRow, AssertSqlSafe(people_sql("false")), request, note)
}

/// The same, and of which of its readers somebody may be reminded by name, but for that person: a client of its own people and of
/// those who have written to it, and where clients read who works for them (SU8), of whoever has the request; a vendor of its own
/// people and of the agency's who have written (RQ7: never of the client's); the agency of all.
pub async fn known_to(tx: &mut Tx, scope: Scope, request: RequestId, user: UserId) -> StoreResult<Vec<PersonRow>> {
    let wrote =
        "exists (select 1 from request_messages n where n.request_id = r.id and n.author_id = u.id and not n.internal)";
    let known = match scope {
        Scope::Client(_) => format!(
            "(u.client_id = r.client_id or ((u.id = r.designer_id or {wrote})
              and (u.role not in ('internal_designer', 'vendor_manager', 'vendor_designer') or (select shows_vendor_names from agency))))"
        ),
        Scope::Vendor(_) => format!(
            "(exists (select 1 from vendor_members o where o.vendor_id = r.vendor_id and o.user_id = u.id)
              or (u.role in ('admin', 'internal_designer') and {wrote}))"
        ),
        Scope::All => "true".to_owned(),
    };
    let sql = people_sql(&format!("u.id <> $3 and {known}"));
    rows!(tx, PersonRow, AssertSqlSafe(sql), request, false, user)
}

/// Where the bytes of the first file of a delivered version are that has a picture, or is to have one.
pub async fn first_of_version(tx: &mut Tx, request: RequestId, version: i64) -> StoreResult<Option<String>> {
    scalar!(
        tx,
        String,
        "select f.object_key from request_files f join file_previews p on p.file_id = f.id
         where f.request_id = $1 and f.version = $2 and f.delivered_at is not null and p.state <> 'none'
         order by lower(f.name), f.id limit 1",
        request,
        version
    )
}

/// A request, as what is told about it names it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ToldRow {
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Whose.
    pub client_id: ClientId,
    /// The client.
    pub client: String,
    /// The client, as a vendor outside knows it.
    pub alias: String,
    /// Who has the work.
    pub vendor_id: Option<VendorId>,
    /// Tri-POD's people work on it, or nobody yet.
    pub internal: bool,
    /// The service.
    pub service: String,
    /// Units.
    pub quantity: i64,
    /// RQ8.
    pub due_at: Option<Instant>,
    /// SU8: clients read who does their work.
    pub shows_vendor_names: bool,
}

/// What is told of a request.
pub async fn told(tx: &mut Tx, request: RequestId) -> StoreResult<Option<ToldRow>> {
    row!(
        tx,
        ToldRow,
        "select r.number, r.title, r.client_id, c.name as client, c.alias, r.vendor_id,
                coalesce(v.kind, 'internal') = 'internal' as internal, coalesce(s.name, '') as service, coalesce(r.quantity, 0) as quantity, r.due_at,
                (select shows_vendor_names from agency) as shows_vendor_names
         from service_requests r left join services s on s.id = r.service_id join clients c on c.id = r.client_id left join vendors v on v.id = r.vendor_id where r.id = $1",
        request
    )
}

/// Requests that were submitted and of which nobody who is to do them has been told, so many at most.
pub async fn untold(tx: &mut Tx, limit: i64) -> StoreResult<Vec<RequestId>> {
    let sql = format!(
        "select id from service_requests where told_at is null and status = 'submitted' order by submitted_at limit {limit}"
    );
    let found = rows!(tx, (RequestId,), AssertSqlSafe(sql))?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// They have been told.
pub async fn set_told(tx: &mut Tx, request: RequestId, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update service_requests set told_at = $2 where id = $1 and told_at is null",
        request,
        now
    )?;
    Ok(())
}

/// Requests still to be done that are due within a span, its end included.
pub async fn due_between(tx: &mut Tx, after: Instant, until: Instant) -> StoreResult<Vec<RequestId>> {
    let sql = format!(
        "select r.id from service_requests r where {TO_DO} and coalesce(r.due_at, 9000000000000000000) > $1
         and coalesce(r.due_at, 9000000000000000000) <= $2 and r.status <> 'draft' order by coalesce(r.due_at, 9000000000000000000), r.number"
    );
    let found = rows!(tx, (RequestId,), AssertSqlSafe(sql), after, until)?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
