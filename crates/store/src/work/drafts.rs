//! Drafts, and the services to choose from (RQ2).

use crate::{StoreResult, Tx, work::submissions::next_number};
use domain::{ClientId, Instant, RequestId, RequestStatus, ServiceId, UserId, text::fold};
use sqlx::AssertSqlSafe;

/// A form that was saved before it is submitted, or what a submission made of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DraftRow {
    /// Its id.
    pub id: RequestId,
    /// The number it will have.
    pub number: i64,
    /// Draft, or what became of it.
    pub status: RequestStatus,
    /// The chosen service.
    pub service_id: Option<ServiceId>,
    /// As typed.
    pub title: String,
    /// As typed.
    pub brief: String,
    /// As typed.
    pub quantity_typed: String,
    /// As typed.
    pub wished_on: Option<String>,
    /// Its form.
    pub form_key: String,
    /// When it was last saved.
    pub updated_at: Instant,
}

/// §25: the client's owner is asked to approve a draft. The first time counts.
pub async fn ask_owner(tx: &mut Tx, id: RequestId, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update service_requests set asked_owner_at = $2 where id = $1 and status = 'draft' and asked_owner_at is null",
        id,
        now
    )?;
    Ok(())
}

/// Saves a form as it is typed, under its key. `None`: it has been submitted meanwhile, and nothing was saved; see [`sent`].
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn save_draft(
    tx: &mut Tx,
    new_id: RequestId,
    client: ClientId,
    user: UserId,
    form_key: &str,
    service: Option<ServiceId>,
    form: &domain::work::form::RequestForm,
    now: Instant,
) -> StoreResult<Option<RequestId>> {
    let updated = scalar!(
        tx,
        RequestId,
        "update service_requests set service_id = (select id from services where id = $3), title = $4, brief = $5, quantity_typed = $6,
             wished_on = $7, updated_at = $8, title_folded = $9, row_version = row_version + 1
         where client_id = $1 and form_key = $2 and status = 'draft' returning id",
        client, form_key, service, &form.title, &form.brief, &form.quantity, &form.wished_on, now, fold(&form.title)
    )?;
    if updated.is_some() {
        return Ok(updated);
    }
    if !tx.is_postgres() {
        exec!(
            tx,
            "update counters set value = value + 1 where name = 'request_number'"
        )?;
    }
    let sql = format!(
        "insert into service_requests (id, number, client_id, service_id, title, brief, quantity_typed, wished_on, status, created_at,
             created_by, updated_at, form_key, title_folded)
         values ($1, {}, $2, (select id from services where id = $3), $4, $5, $6, $7, 'draft', $8, $9, $8, $10, $11)
         on conflict (client_id, form_key) do update set service_id = excluded.service_id, title = excluded.title, brief = excluded.brief,
             quantity_typed = excluded.quantity_typed, wished_on = excluded.wished_on, updated_at = excluded.updated_at,
             title_folded = excluded.title_folded,
             row_version = service_requests.row_version + 1
         where service_requests.status = 'draft' returning id",
        next_number(tx.is_postgres())
    );
    scalar!(
        tx,
        RequestId,
        AssertSqlSafe(sql),
        new_id,
        client,
        service,
        &form.title,
        &form.brief,
        &form.quantity,
        &form.wished_on,
        now,
        user,
        form_key,
        fold(&form.title)
    )
}

/// How many drafts a person has, where this key would be one more; `None` where its form is known.
pub async fn drafts_beside(tx: &mut Tx, client: ClientId, user: UserId, form_key: &str) -> StoreResult<Option<i64>> {
    let known = scalar!(
        tx,
        i64,
        "select count(*) from service_requests where client_id = $1 and form_key = $2",
        client,
        form_key
    )?;
    if known.is_some_and(|known| known > 0) {
        return Ok(None);
    }
    scalar!(
        tx,
        i64,
        "select count(*) from service_requests where client_id = $1 and created_by = $2 and status = 'draft'",
        client,
        user
    )
}

/// What a form was submitted as: id, number, and the hash of what it said (`None`: by an earlier build, not known).
pub async fn sent(
    tx: &mut Tx,
    client: ClientId,
    form_key: &str,
) -> StoreResult<Option<(RequestId, i64, Option<String>)>> {
    row!(
        tx,
        (RequestId, i64, Option<String>),
        "select id, number, body_hash from service_requests where client_id = $1 and form_key = $2 and status <> 'draft'",
        client,
        form_key
    )
}

/// A client's draft (or what became of it) by id.
pub async fn draft(tx: &mut Tx, client: ClientId, id: RequestId) -> StoreResult<Option<DraftRow>> {
    row!(
        tx,
        DraftRow,
        "select id, number, status, service_id, title, brief, quantity_typed, wished_on, form_key, updated_at from service_requests
         where id = $1 and client_id = $2",
        id,
        client
    )
}

/// Deletes a client's draft. `false`: there is none of this id.
pub async fn delete_draft(tx: &mut Tx, client: ClientId, id: RequestId) -> StoreResult<bool> {
    exec!(
        tx,
        "delete from request_events where request_id in (select id from service_requests where id = $1 and client_id = $2 and status = 'draft')",
        id,
        client
    )?;
    Ok(exec!(
        tx,
        "delete from service_requests where id = $1 and client_id = $2 and status = 'draft'",
        id,
        client
    )? == 1)
}

/// A service that a client may choose in the form.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ServiceChoiceRow {
    /// Its id.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// Units a month of the client's running pack.
    pub pack_quantity: Option<i64>,
}

/// Active services, and those of which the client has a running pack; these first.
pub async fn service_choices(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<ServiceChoiceRow>> {
    rows!(
        tx,
        ServiceChoiceRow,
        "select s.id, s.name, pk.quantity as pack_quantity from services s
         left join subscriptions sub on sub.service_id = s.id and sub.client_id = $1 and sub.status in ('active', 'past_due')
         left join packs pk on pk.id = sub.pack_id
         where s.active or sub.id is not null
         order by case when sub.id is null then 1 else 0 end, s.name_folded",
        client
    )
}
