//! One request with its history and thread (RQ3, RQ6).

use crate::{StoreResult, Tx, work::scope::Scope};
use domain::{
    Cents, ClientId, Coverage, Currency, FileId, Instant, PaymentType, RequestId, RequestStatus, Role, UserId,
    VendorId, work::pin::Place,
};
use sqlx::AssertSqlSafe;

/// One request with everything that its page shows but the thread and the history.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DetailRow {
    /// Its id.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// The client's name for vendors.
    pub alias: String,
    /// The service.
    pub service: Option<String>,
    /// Its title.
    pub title: String,
    /// Its brief, Markdown.
    pub brief: String,
    /// Units.
    pub quantity: Option<i64>,
    /// The wished day.
    pub wished_on: Option<String>,
    /// Its state.
    pub status: RequestStatus,
    /// When it was submitted.
    pub submitted_at: Option<Instant>,
    /// By whom.
    pub submitted_by: Option<String>,
    /// RQ8.
    pub due_at: Option<Instant>,
    /// CO5.
    pub coverage: Option<Coverage>,
    /// Units included.
    pub included_units: Option<i64>,
    /// Units beyond.
    pub overage_units: Option<i64>,
    /// What these cost.
    pub overage_cents: Option<Cents>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// How that is paid.
    pub payment_type_at_submit: Option<PaymentType>,
    /// AH1.
    pub receipt: Option<String>,
    /// The vendor.
    pub vendor_id: Option<VendorId>,
    /// Its name.
    pub vendor: Option<String>,
    /// It is Tri-POD.
    pub internal: bool,
    /// Who of the vendor has taken it.
    pub designer_id: Option<UserId>,
    /// That person's name.
    pub designer: Option<String>,
    /// Counts its changes.
    pub row_version: i64,
    /// RQ4: versions that were delivered.
    pub versions: i64,
    /// The pack's units a month, of its period.
    pub pack_quantity: Option<i64>,
    /// Its period.
    pub period_starts_at: Option<Instant>,
    /// First instant after it.
    pub period_ends_at: Option<Instant>,
    /// When this person last read the thread.
    pub read_at: Option<Instant>,
    /// The agency's name.
    pub agency: String,
    /// SU8: clients read who does their work.
    pub shows_vendor_names: bool,
}

/// One request, if it is in the scope; drafts only for their client.
pub async fn detail(tx: &mut Tx, scope: Scope, id: RequestId, user: UserId) -> StoreResult<Option<DetailRow>> {
    let sql = format!(
        "select r.id, r.number, r.client_id, c.name as client, c.alias, s.name as service, r.title, r.brief, r.quantity, r.wished_on,
                r.status, r.submitted_at, u.name as submitted_by, r.due_at, r.coverage, r.included_units, r.overage_units,
                r.overage_cents, r.currency, r.payment_type_at_submit, r.receipt, r.vendor_id, v.name as vendor,
                coalesce(v.kind = 'internal', false) as internal, r.designer_id, d.name as designer, r.row_version,
                (select count(*) from request_versions n where n.request_id = r.id) as versions, pk.quantity as pack_quantity, p.starts_at as period_starts_at, p.ends_at as period_ends_at, x.read_at,
                agv.name as agency, ag.shows_vendor_names
         from service_requests r
         join clients c on c.id = r.client_id
         left join services s on s.id = r.service_id
         left join users u on u.id = r.submitted_by
         left join vendors v on v.id = r.vendor_id
         left join users d on d.id = r.designer_id
         left join periods p on p.id = r.period_id
         left join pack_versions pv on pv.id = p.pack_version_id
         left join packs pk on pk.id = pv.pack_id
         left join request_reads x on x.request_id = r.id and x.user_id = $3
         cross join agency ag
         join vendors agv on agv.id = ag.vendor_id
         where r.id = $2 and {}",
        scope.sql()
    );
    row!(tx, DetailRow, AssertSqlSafe(sql), scope.id(), id, user)
}

/// One line of a request's history (RQ6).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    /// `submitted` …
    pub kind: String,
    /// Who.
    pub actor_name: String,
    /// Their role, where it was a person.
    pub actor_role: Option<Role>,
    /// The vendor that they work for.
    pub actor_vendor: Option<VendorId>,
    /// What more there is to say.
    pub detail: String,
    /// When.
    pub at: Instant,
}

/// A request's history, oldest first.
pub async fn events(tx: &mut Tx, id: RequestId) -> StoreResult<Vec<EventRow>> {
    rows!(
        tx,
        EventRow,
        "select e.kind, e.actor_name, u.role as actor_role, u.vendor_id as actor_vendor, e.detail, e.at from request_events e left join users u on u.id = e.actor_id
         where e.request_id = $1 order by e.at, e.id",
        id
    )
}

/// One message of a request's thread (RQ3).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MessageRow {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author_id: UserId,
    /// How they are called.
    pub author: String,
    /// Their role.
    pub role: Role,
    /// The vendor that they work for.
    pub vendor_id: Option<VendorId>,
    /// What they wrote, Markdown.
    pub body: String,
    /// An internal note.
    pub internal: bool,
    /// The key of what it was written with.
    pub form_key: String,
    /// When.
    pub at: Instant,
    /// The file that it is about.
    pub pin_file: Option<FileId>,
    /// Where on its picture, in thousandths of the width.
    pub pin_x: Option<i64>,
    /// The same of the height.
    pub pin_y: Option<i64>,
}

/// A request's thread, oldest first. Internal notes leave the database only for those who may read them (RQ3).
pub async fn messages(tx: &mut Tx, id: RequestId, sees_notes: bool) -> StoreResult<Vec<MessageRow>> {
    rows!(
        tx,
        MessageRow,
        "select m.id, m.author_id, u.name as author, u.role, u.vendor_id, m.body, m.internal, m.form_key, m.at,
                p.file_id as pin_file, p.x as pin_x, p.y as pin_y
         from request_messages m join users u on u.id = m.author_id left join request_pins p on p.message_id = m.id
         where m.request_id = $1 and ($2 or not m.internal) order by m.at, m.id",
        id,
        sees_notes
    )
}

/// Adds a message; the same form adds it once (invariant 7). `false` where it stood already.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn insert_message(
    tx: &mut Tx,
    id: &str,
    request: RequestId,
    author: UserId,
    body: &str,
    internal: bool,
    form_key: &str,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into request_messages (id, request_id, author_id, body, internal, at, form_key) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (request_id, author_id, form_key) do nothing",
        id,
        request,
        author,
        body,
        internal,
        now,
        form_key
    )? == 1)
}

/// Notes which file a message is about, and where on its picture.
pub async fn insert_pin(tx: &mut Tx, message: &str, file: FileId, place: Option<Place>) -> StoreResult<()> {
    exec!(
        tx,
        "insert into request_pins (message_id, file_id, x, y) values ($1, $2, $3, $4)",
        message,
        file,
        place.map(Place::x),
        place.map(Place::y)
    )?;
    Ok(())
}

/// Notes until when a person has read the thread.
pub async fn mark_read(tx: &mut Tx, request: RequestId, user: UserId, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into request_reads (request_id, user_id, read_at) values ($1, $2, $3)
         on conflict (request_id, user_id) do update set read_at = case when excluded.read_at > request_reads.read_at then excluded.read_at else request_reads.read_at end",
        request,
        user,
        now
    )?;
    Ok(())
}
