//! Service requests: what a submission reads and writes, drafts, the list, one request with its history and thread.
//!
//! The writes of submissions go to the database in one round trip ([`write_submissions`]); which units come from where
//! is decided by the engine beforehand.

use crate::{
    StoreResult, Tx,
    db::{given, lines},
    subscriptions::{PeriodUse, move_from},
    work::{BEYOND, TO_DO},
};
use domain::{
    BatchId, BatchSource, Cents, ChargeLineId, ClientId, Coverage, Currency, Instant, LedgerId, LocalDay, PaymentType,
    PeriodId, RequestId, RequestStatus, Role, ServiceId, SubscriptionId, SubscriptionStatus, UserId, VendorId,
    request::QueuePart,
};
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

/// What a quote or a submission asks the books about.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Asked<'a> {
    /// Who.
    pub client: ClientId,
    /// What is ordered.
    pub service: ServiceId,
    /// CO9: the form; empty for a quote.
    pub form_key: &'a str,
}

/// Everything that a quote and a submission ask the books, in one row; one row more for each further batch.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FactsRow {
    /// Which of the questions it answers, from 0.
    pub at: i64,
    /// §16: how the client pays for what goes beyond its packs.
    pub payment_type: PaymentType,
    /// §25.
    pub members_may_order_extra: bool,
    /// UN9.
    pub closed_at: Option<Instant>,
    /// The service's name.
    pub service_name: String,
    /// Offered to clients.
    pub service_active: bool,
    /// List price of one unit.
    pub service_price: Cents,
    /// RQ8: business days.
    pub turnaround_days: i64,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// The client's own price.
    pub client_price: Option<Cents>,
    /// The subscription that holds the client's place for the service.
    pub subscription_id: Option<SubscriptionId>,
    /// Its status.
    pub subscription_status: Option<SubscriptionStatus>,
    /// §8.
    pub grace_period_ends_at: Option<Instant>,
    /// Units a month of its pack (of the period's version).
    pub pack_quantity: Option<i64>,
    /// The period that holds the instant asked for (PD2).
    pub period_id: Option<PeriodId>,
    /// Its number.
    pub period_seq: Option<i64>,
    /// Its first instant.
    pub period_starts_at: Option<Instant>,
    /// First instant after it.
    pub period_ends_at: Option<Instant>,
    /// Units used of it.
    pub used_units: Option<i64>,
    /// Units granted for it.
    pub included_units: Option<i64>,
    /// Units beyond it so far.
    pub overage_units: Option<i64>,
    /// AS9: who does its work.
    pub vendor_id: Option<VendorId>,
    /// The overage price of its version.
    pub pack_overage_price: Option<Cents>,
    /// CO9: the request that this form made before.
    pub request_id: Option<RequestId>,
    /// Its state.
    pub request_status: Option<RequestStatus>,
    /// Its number.
    pub request_number: Option<i64>,
    /// A usable batch.
    pub batch_id: Option<BatchId>,
    /// Where its units come from.
    pub batch_source: Option<BatchSource>,
    /// Units left in it.
    pub batch_remaining: Option<i64>,
    /// From when they may be used.
    pub batch_starts_at: Option<Instant>,
    /// When they expire.
    pub batch_expires_at: Option<Instant>,
    /// When they were granted.
    pub batch_granted_at: Option<Instant>,
    /// The pack period that it belongs to.
    pub batch_period_id: Option<PeriodId>,
}

/// CO3: holds the subscriptions of clients to services against other writers until the transaction ends; those of several
/// in the order of their ids, so that two who hold several never wait for each other. On SQLite the transaction already
/// does.
pub async fn lock_subscriptions(tx: &mut Tx, asked: &[Asked<'_>]) -> StoreResult<()> {
    if !tx.is_postgres() {
        return Ok(());
    }
    let sql = format!(
        "with {}
         select id from pack_subscriptions where (client_id, service_id) in (select value->>'client', value->>'service' from given)
           and status in ('incomplete', 'active', 'past_due', 'suspended') order by id for update",
        given("given", 1, true)
    );
    rows!(tx, (SubscriptionId,), AssertSqlSafe(sql), lines(asked)?)?;
    Ok(())
}

/// What decides coverage and price at `now`, in the order of the questions. No row: no such client or service.
pub async fn facts(tx: &mut Tx, asked: &[Asked<'_>], now: Instant) -> StoreResult<Vec<FactsRow>> {
    #[derive(Serialize)]
    struct Question<'a> {
        at: usize,
        #[serde(flatten)]
        asked: &'a Asked<'a>,
    }
    let questions = lines(asked.iter().enumerate().map(|(at, asked)| Question { at, asked }))?;
    let sql = format!(
        "with {},
              a as materialized (select cast(value->>'at' as bigint) as at, value->>'client' as client, value->>'service' as service,
                                        value->>'form_key' as form_key from given)
         select a.at, c.payment_type, c.members_may_order_extra, c.closed_at,
                s.name as service_name, s.active as service_active, s.unit_price_cents as service_price, s.turnaround_days,
                m.unit_singular, m.unit_plural, cp.unit_price_cents as client_price,
                sub.id as subscription_id, sub.status as subscription_status, sub.grace_period_ends_at, pk.quantity as pack_quantity,
                p.id as period_id, p.seq as period_seq, p.starts_at as period_starts_at, p.ends_at as period_ends_at,
                p.used_units, p.included_units, p.overage_units, p.vendor_id, v.overage_price_cents as pack_overage_price,
                r.id as request_id, r.status as request_status, r.number as request_number,
                b.id as batch_id, b.source as batch_source, b.remaining as batch_remaining, b.starts_at as batch_starts_at,
                b.expires_at as batch_expires_at, b.granted_at as batch_granted_at, b.period_id as batch_period_id
         from a
         join clients c on c.id = a.client
         join services s on s.id = a.service
         join meters m on m.id = s.meter_id
         left join client_service_prices cp on cp.client_id = c.id and cp.service_id = s.id
         left join pack_subscriptions sub on sub.client_id = c.id and sub.service_id = s.id
              and sub.status in ('incomplete', 'active', 'past_due', 'suspended')
         left join pack_periods p on p.subscription_id = sub.id and p.starts_at <= $2 and p.ends_at > $2
         left join pack_versions v on v.id = p.pack_version_id
         left join packs pk on pk.id = coalesce(v.pack_id, sub.pack_id)
         left join service_requests r on r.client_id = a.client and r.form_key = a.form_key
         left join credit_batches b on b.client_id = c.id and b.remaining > 0 and b.starts_at <= $2
              and (b.expires_at is null or b.expires_at > $2)
              and (b.service_id = s.id or (b.service_id is null and b.meter_id = s.meter_id))
         order by a.at",
        given("given", 1, tx.is_postgres())
    );
    rows!(tx, FactsRow, AssertSqlSafe(sql), questions, now)
}

/// Units taken from one batch.
#[derive(Debug, Clone, Serialize)]
pub struct Take {
    /// The batch.
    pub batch_id: BatchId,
    /// Units, positive.
    pub units: i64,
    /// The ledger row's id.
    pub ledger_id: LedgerId,
    /// The ledger row's key.
    pub idem_key: String,
}

/// The line for what goes beyond the pack (I4).
#[derive(Debug, Clone, Serialize)]
pub struct NewLine {
    /// Its id.
    #[serde(rename = "line_id")]
    pub id: ChargeLineId,
    /// `overage` beside a pack, `service` without one (CO5).
    #[serde(rename = "line_kind")]
    pub kind: &'static str,
    /// Its key.
    #[serde(rename = "line_key")]
    pub idem_key: String,
}

/// A decided submission, ready to be written.
#[derive(Debug, Clone, Serialize)]
pub struct Submission {
    /// The request: a new id, or the draft's.
    pub request_id: RequestId,
    /// It stands as a draft.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_draft: bool,
    /// Whose.
    pub client_id: ClientId,
    /// What is ordered.
    pub service_id: ServiceId,
    /// Its title.
    pub title: String,
    /// Its brief.
    pub brief: String,
    /// Units.
    pub quantity: i64,
    /// The wished day.
    pub wished_on: Option<LocalDay>,
    /// The state that it enters.
    pub status: RequestStatus,
    /// CO2. All that are written together have the same.
    pub now: Instant,
    /// Its day in the business zone.
    pub local_day: LocalDay,
    /// Who submits.
    pub user_id: UserId,
    /// How they stand in ledgers: "user:…".
    pub actor: String,
    /// How they stand in histories.
    pub actor_name: String,
    /// RQ8.
    pub due_at: Instant,
    /// CO5.
    pub coverage: Coverage,
    /// Units included.
    pub included: i64,
    /// Units beyond.
    pub overage: i64,
    /// §16, snapshotted.
    pub payment_type: PaymentType,
    /// Price of a unit beyond.
    pub unit_price: Cents,
    /// What the units beyond cost.
    pub total: Cents,
    /// Currency of both.
    pub currency: Currency,
    /// The pack subscription that it was submitted in.
    pub subscription_id: Option<SubscriptionId>,
    /// The period that it was submitted in.
    pub period_id: Option<PeriodId>,
    /// Units taken from that period's own batch (I2).
    pub from_period: i64,
    /// AS9.
    pub vendor_id: Option<VendorId>,
    /// AH1, JSON.
    pub receipt: String,
    /// CO9.
    pub form_key: String,
    /// What is taken from where.
    #[serde(skip)]
    pub takes: Vec<Take>,
    /// The line, where something is charged.
    #[serde(flatten)]
    pub line: Option<NewLine>,
    /// The history row's id.
    pub event_id: String,
    /// The history row's words.
    pub event_detail: String,
    /// The audit row's id.
    pub audit_id: String,
    /// The outbox row's id.
    pub outbox_id: String,
    /// What audit log and outbox say, JSON.
    pub summary: String,
}

/// CO3, CO4: writes submissions: requests, batches, ledger, allocations, periods, lines, history, audit, outbox.
///
/// Gives the requests' numbers in order; `None` when a guard did not hold: a batch has meanwhile fewer units (CO4), or a
/// draft is submitted already (CO9). The transaction must then be rolled back; so must it on an error, of which those of a
/// key (`service_requests_form_key_unique`, `…_idem_unique`) mean that the same form was posted twice.
pub async fn write_submissions(tx: &mut Tx, all: &[Submission]) -> StoreResult<Option<Vec<i64>>> {
    let Some(now) = all.first().map(|first| first.now) else {
        return Ok(Some(Vec::new()));
    };
    let mut batches: BTreeMap<BatchId, i64> = BTreeMap::new();
    for take in all.iter().flat_map(|one| &one.takes) {
        *batches.entry(take.batch_id).or_default() += take.units;
    }
    let guards = all.len() + batches.len();
    let mut periods: BTreeMap<PeriodId, PeriodAdds> = BTreeMap::new();
    for (period, one) in all.iter().filter_map(|one| Some((one.period_id?, one))) {
        let adds = periods.entry(period).or_default();
        adds.used += one.from_period;
        adds.overage += one.overage;
        adds.cents += one.total.0;
    }
    let requests = lines(all)?;
    let takes = lines(all.iter().flat_map(|one| {
        one.takes.iter().map(|take| Taking {
            take,
            request_id: one.request_id,
            local_day: one.local_day,
            actor: &one.actor,
        })
    }))?;
    let batches = lines(batches.into_iter().map(|(id, units)| BatchLess { id, units }))?;
    let periods = lines(periods.into_iter().map(|(id, adds)| PeriodMore { id, adds }))?;
    let sql = submissions_sql(tx.is_postgres());
    let held: Vec<(String, i64)> = on!(tx, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(requests).bind(takes).bind(batches).bind(periods).bind(now).fetch_all(c).await)
    .map_err(crate::StoreError::from)?;
    if held.len() != guards {
        return Ok(None);
    }
    let numbers: HashMap<String, i64> = held.into_iter().collect();
    Ok(all
        .iter()
        .map(|one| numbers.get(&one.request_id.to_string()).copied())
        .collect())
}

/// A row of the ledger and of the allocations.
#[derive(Serialize)]
struct Taking<'a> {
    #[serde(flatten)]
    take: &'a Take,
    request_id: RequestId,
    local_day: LocalDay,
    actor: &'a str,
}

/// Units that all submissions together take from a batch.
#[derive(Serialize)]
struct BatchLess {
    id: BatchId,
    units: i64,
}

/// What all submissions together add to a period.
#[derive(Default, Serialize)]
struct PeriodAdds {
    used: i64,
    overage: i64,
    cents: i64,
}

#[derive(Serialize)]
struct PeriodMore {
    id: PeriodId,
    #[serde(flatten)]
    adds: PeriodAdds,
}

/// The statements of submissions as one text: one after the other on SQLite, as data-modifying CTEs on PostgreSQL (whose
/// foreign keys are checked at the end of the whole). `$1` are requests, `$2` what each takes, `$3` batches, `$4` periods,
/// `$5` the instant.
fn submissions_sql(postgres: bool) -> String {
    let number = if postgres {
        "nextval('request_number')"
    } else {
        "(select value from counters where name = 'request_number') + row_number() over ()"
    };
    // Each returns one row when it did what it should: the request's id and its number, or the batch's id.
    let guards = [
        "update service_requests set service_id = s.value->>'service_id', title = s.value->>'title', brief = s.value->>'brief',
             quantity_typed = s.value->>'quantity', quantity = cast(s.value->>'quantity' as bigint), wished_on = s.value->>'wished_on',
             status = s.value->>'status', updated_at = $5, submitted_at = $5, submitted_by = s.value->>'user_id',
             local_day = s.value->>'local_day', due_at = cast(s.value->>'due_at' as bigint), coverage = s.value->>'coverage',
             included_units = cast(s.value->>'included' as bigint), overage_units = cast(s.value->>'overage' as bigint),
             payment_type_at_submit = s.value->>'payment_type', unit_price_cents_at_submit = cast(s.value->>'unit_price' as bigint),
             overage_cents = cast(s.value->>'total' as bigint), currency = s.value->>'currency',
             subscription_id = s.value->>'subscription_id', period_id = s.value->>'period_id', receipt = s.value->>'receipt',
             vendor_id = s.value->>'vendor_id', row_version = row_version + 1
         from s
         where service_requests.id = s.value->>'request_id' and client_id = s.value->>'client_id'
               and service_requests.status = 'draft' and s.value->>'is_draft' is not null
         returning service_requests.id, number"
            .to_owned(),
        format!(
            "insert into service_requests (id, number, client_id, service_id, title, brief, quantity_typed, quantity, wished_on, status,
                 created_at, created_by, updated_at, submitted_at, submitted_by, local_day, due_at, coverage, included_units,
                 overage_units, payment_type_at_submit, unit_price_cents_at_submit, overage_cents, currency, subscription_id,
                 period_id, receipt, vendor_id, form_key)
             select value->>'request_id', {number}, value->>'client_id', value->>'service_id', value->>'title', value->>'brief',
                    value->>'quantity', cast(value->>'quantity' as bigint), value->>'wished_on', value->>'status',
                    $5, value->>'user_id', $5, $5, value->>'user_id', value->>'local_day', cast(value->>'due_at' as bigint),
                    value->>'coverage', cast(value->>'included' as bigint), cast(value->>'overage' as bigint),
                    value->>'payment_type', cast(value->>'unit_price' as bigint), cast(value->>'total' as bigint),
                    value->>'currency', value->>'subscription_id', value->>'period_id', value->>'receipt', value->>'vendor_id',
                    value->>'form_key'
             from s where value->>'is_draft' is null
             returning id, number"
        ),
        "update credit_batches set remaining = remaining - cast(b.value->>'units' as bigint)
         from b
         where id = b.value->>'id' and remaining >= cast(b.value->>'units' as bigint) and (expires_at is null or expires_at > $5)
         returning id, cast(0 as bigint)"
            .to_owned(),
    ];
    // On SQLite the numbers are counted up by a statement of its own.
    let count = "update counters set value = value + (select count(*) from s where value->>'is_draft' is null) where name = 'request_number'";
    let after = [
        "insert into consumption_ledger (id, batch_id, request_id, units, kind, occurred_at, local_day, actor, idem_key)
         select value->>'ledger_id', value->>'batch_id', value->>'request_id', 0 - cast(value->>'units' as bigint), 'consume', $5,
                value->>'local_day', value->>'actor', value->>'idem_key'
         from t",
        "insert into request_allocations (request_id, batch_id, consumed)
         select value->>'request_id', value->>'batch_id', cast(value->>'units' as bigint) from t",
        "update pack_periods set used_units = used_units + cast(p.value->>'used' as bigint),
             overage_units = overage_units + cast(p.value->>'overage' as bigint),
             overage_cents = overage_cents + cast(p.value->>'cents' as bigint)
         from p where id = p.value->>'id'",
        "insert into charge_lines (id, client_id, request_id, period_id, kind, units, unit_price_cents, amount_cents, currency,
             payment_type, state, local_day, created_at, idem_key)
         select value->>'line_id', value->>'client_id', value->>'request_id', value->>'period_id', value->>'line_kind',
                cast(value->>'overage' as bigint), cast(value->>'unit_price' as bigint), cast(value->>'total' as bigint),
                value->>'currency', value->>'payment_type', 'accrued', value->>'local_day', $5, value->>'line_key'
         from s where value->>'line_id' is not null",
        // §26 asks for money. Units alone stand in the ledger, with who took them.
        "insert into audit_log (id, actor, action, entity, entity_id, after, at)
         select value->>'audit_id', value->>'actor', 'request.submitted', 'request', value->>'request_id', value->>'summary', $5
         from s where value->>'line_id' is not null",
        "insert into request_events (id, request_id, kind, actor_id, actor_name, detail, at)
         select value->>'event_id', value->>'request_id', 'submitted', value->>'user_id', value->>'actor_name',
                value->>'event_detail', $5
         from s",
        "insert into outbox (id, topic, payload, dedupe_key, created_at)
         select value->>'outbox_id', 'request.submitted', value->>'summary', 'request.submitted:' || (value->>'request_id'), $5 from s",
    ];
    let rows: Vec<String> = [("s", 1), ("t", 2), ("b", 3), ("p", 4)]
        .iter()
        .map(|(name, at)| given(name, *at, postgres))
        .collect();
    let rows = rows.join(", ");
    if postgres {
        let guards = guards.iter().enumerate().map(|(at, sql)| format!("g{at} as ({sql})"));
        let after = after.iter().enumerate().map(|(at, sql)| format!("w{at} as ({sql})"));
        let all: Vec<String> = guards.chain(after).collect();
        format!(
            "with {rows}, {} select * from g0 union all select * from g1 union all select * from g2",
            all.join(", ")
        )
    } else {
        let all = guards.iter().map(String::as_str).chain([count]).chain(after);
        let all: Vec<String> = all.map(|sql| format!("with {rows} {sql}")).collect();
        all.join(";\n")
    }
}

/// The expression of the next request number.
const fn next_number(postgres: bool) -> &'static str {
    if postgres {
        "nextval('request_number')"
    } else {
        "(select value from counters where name = 'request_number')"
    }
}

/// WN3: the thresholds of a period that are written down.
pub async fn notices(tx: &mut Tx, period: PeriodId) -> StoreResult<Vec<domain::usage::Threshold>> {
    Ok(rows!(
        tx,
        (domain::usage::Threshold,),
        "select threshold from usage_notices where period_id = $1",
        period
    )?
    .into_iter()
    .map(|(threshold,)| threshold)
    .collect())
}

/// WN3: writes a threshold down; `false` where it stood already.
pub async fn insert_notice(
    tx: &mut Tx,
    period: PeriodId,
    threshold: domain::usage::Threshold,
    mailed: bool,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into usage_notices (period_id, threshold, mailed, at) values ($1, $2, $3, $4) on conflict (period_id, threshold) do nothing",
        period,
        threshold,
        mailed,
        now
    )? == 1)
}

/// Somebody to write to.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Recipient {
    /// The person.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
}

/// The active people of a client, owners first.
pub async fn people_of_client(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<Recipient>> {
    rows!(
        tx,
        Recipient,
        "select id, email, name, role from users where client_id = $1 and active order by role desc, created_at, id",
        client
    )
}

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

/// Saves a form as it is typed, under its key. `None`: it has been submitted meanwhile, and nothing was saved.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn save_draft(
    tx: &mut Tx,
    new_id: RequestId,
    client: ClientId,
    user: UserId,
    form_key: &str,
    service: Option<ServiceId>,
    form: &domain::request::RequestForm,
    now: Instant,
) -> StoreResult<Option<RequestId>> {
    let updated = scalar!(
        tx,
        RequestId,
        "update service_requests set service_id = (select id from services where id = $3), title = $4, brief = $5, quantity_typed = $6,
             wished_on = $7, updated_at = $8, row_version = row_version + 1
         where client_id = $1 and form_key = $2 and status = 'draft' returning id",
        client, form_key, service, &form.title, &form.brief, &form.quantity, &form.wished_on, now
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
             created_by, updated_at, form_key)
         values ($1, {}, $2, (select id from services where id = $3), $4, $5, $6, $7, 'draft', $8, $9, $8, $10) on conflict (client_id, form_key) do nothing returning id",
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
         left join pack_subscriptions sub on sub.service_id = s.id and sub.client_id = $1 and sub.status in ('active', 'past_due')
         left join packs pk on pk.id = sub.pack_id
         where s.active or sub.id is not null
         order by case when sub.id is null then 1 else 0 end, s.name",
        client
    )
}

/// Whose requests are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One client's, drafts included.
    Client(ClientId),
    /// Those given to one vendor.
    Vendor(VendorId),
    /// All that were submitted.
    All,
}

impl Scope {
    pub(crate) fn id(self) -> String {
        match self {
            Scope::Client(id) => id.to_string(),
            Scope::Vendor(id) => id.to_string(),
            Scope::All => String::new(),
        }
    }

    /// RQ7. Uses `$1`.
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Scope::Client(_) => "r.client_id = $1",
            Scope::Vendor(_) => "r.vendor_id = $1 and r.status not in ('draft', 'payment_pending', 'payment_failed')",
            Scope::All => "r.status <> 'draft' and $1 = ''",
        }
    }
}

domain::words! {
    /// By what the list is sorted.
    pub enum SortBy {
        /// The request's number, newest last.
        Number = "number",
        /// Its title.
        Title = "title",
        /// Its service's name.
        Service = "service",
        /// Units.
        Quantity = "quantity",
        /// When it was submitted.
        Submitted = "submitted",
        /// When it is due.
        Due = "due",
    }
}

impl SortBy {
    /// As text where it is a word, so that one type of key does for all: numbers are padded.
    const fn sql(self) -> &'static str {
        match self {
            SortBy::Number => "r.number",
            SortBy::Title => "lower(r.title)",
            SortBy::Service => "lower(coalesce(s.name, ''))",
            SortBy::Quantity => "coalesce(r.quantity, 0)",
            SortBy::Submitted => "coalesce(r.submitted_at, r.updated_at)",
            // What has no date yet comes after what has one.
            SortBy::Due => "coalesce(r.due_at, 9000000000000000000)",
        }
    }

    /// Whether its key is a word.
    const fn is_text(self) -> bool {
        matches!(self, SortBy::Title | SortBy::Service)
    }
}

/// What the list is asked for (RQ5).
#[derive(Debug, Clone)]
pub struct ListFilter {
    /// Whose.
    pub scope: Scope,
    /// Who looks: for unread counts.
    pub user: UserId,
    /// Internal notes count as messages.
    pub sees_notes: bool,
    /// The status tab.
    pub status: Option<RequestStatus>,
    /// Words in the title.
    pub words: Option<String>,
    /// A number.
    pub number: Option<i64>,
    /// A service.
    pub service: Option<ServiceId>,
    /// A client.
    pub client: Option<ClientId>,
    /// A vendor.
    pub vendor: Option<VendorId>,
    /// A coverage.
    pub coverage: Option<Coverage>,
    /// Submitted from this instant on.
    pub from: Option<Instant>,
    /// Submitted before this instant.
    pub before: Option<Instant>,
    /// IN5: leave out what packs cover.
    pub hide_pack: bool,
    /// Only what is to be worked on, of this part of a queue (TP5, RQ10).
    pub queue: Option<QueuePart>,
    /// The order.
    pub sort: SortBy,
    /// Backwards.
    pub descending: bool,
    /// The last row of the page before: its key and number.
    pub after: Option<(String, i64)>,
    /// Rows, at most.
    pub limit: i64,
}

/// IN5: a request that a pack had to do with.
pub(crate) const PACK_REQUEST: &str = "(r.coverage is not null and r.coverage <> 'none')";

impl ListFilter {
    /// The conditions but for the status, the queue, the switch and the page.
    fn conditions(&self) -> String {
        let mut sql = self.scope.sql().to_owned();
        let mut and = |wanted: bool, condition: &str| {
            if wanted {
                sql.push_str(" and ");
                sql.push_str(condition);
            }
        };
        and(
            self.words.is_some() || self.number.is_some(),
            r"(lower(r.title) like $3 escape '\' or r.number = $4)",
        );
        and(self.service.is_some(), "r.service_id = $5");
        and(self.client.is_some(), "r.client_id = $6");
        and(self.vendor.is_some(), "r.vendor_id = $7");
        and(self.coverage.is_some(), "r.coverage = $8");
        and(self.from.is_some(), "r.submitted_at >= $9");
        and(self.before.is_some(), "r.submitted_at < $10");
        sql
    }

    fn like(&self) -> Option<String> {
        self.words.as_ref().map(|words| {
            let escaped = words
                .to_lowercase()
                .replace('\\', r"\\")
                .replace('%', r"\%")
                .replace('_', r"\_");
            format!("%{escaped}%")
        })
    }
}

/// How many requests a status has, apart for those of packs (RQ5, IN5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRow {
    /// The status.
    pub status: RequestStatus,
    /// A pack had to do with them.
    pub of_pack: bool,
    /// How many.
    pub requests: i64,
}

/// The counts of the status tabs under the other filters. Grouped by the status alone, because indexes have that order.
pub async fn counts(tx: &mut Tx, f: &ListFilter) -> StoreResult<Vec<CountRow>> {
    let sql = format!(
        "select r.status, count(*) as requests, count(case when {PACK_REQUEST} then 1 end) as of_pack
         from service_requests r where {} group by r.status",
        f.conditions()
    );
    let found = rows!(
        tx,
        (RequestStatus, i64, i64),
        AssertSqlSafe(sql),
        f.scope.id(),
        f.user,
        f.like(),
        f.number,
        f.service,
        f.client,
        f.vendor,
        f.coverage,
        f.from,
        f.before
    )?;
    let apart = |(status, all, of_pack): (RequestStatus, i64, i64)| {
        [(true, of_pack), (false, all - of_pack)].map(|(of_pack, requests)| CountRow {
            status,
            of_pack,
            requests,
        })
    };
    Ok(found
        .into_iter()
        .flat_map(apart)
        .filter(|row| row.requests > 0)
        .collect())
}

/// One row of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListRow {
    /// Its id.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its state.
    pub status: RequestStatus,
    /// Units, once submitted.
    pub quantity: Option<i64>,
    /// Units as typed, for a draft.
    pub quantity_typed: String,
    /// The service.
    pub service: Option<String>,
    /// The client's name.
    pub client: String,
    /// The client's name for vendors.
    pub alias: String,
    /// The vendor.
    pub vendor: Option<String>,
    /// The designer.
    pub designer: Option<String>,
    /// The designer.
    pub designer_id: Option<UserId>,
    /// The vendor is Tri-POD.
    pub internal: bool,
    /// Counts its changes.
    pub row_version: i64,
    /// RQ10: no pack brings it, and it has not been delivered.
    pub beyond: bool,
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
    /// When it was submitted.
    pub submitted_at: Option<Instant>,
    /// RQ8.
    pub due_at: Option<Instant>,
    /// When it was last changed.
    pub updated_at: Instant,
    /// The pack's units a month, of its period.
    pub pack_quantity: Option<i64>,
    /// Its period.
    pub period_starts_at: Option<Instant>,
    /// First instant after it.
    pub period_ends_at: Option<Instant>,
    /// Messages that this person has not read (RQ3).
    pub unread: i64,
    /// The page's key.
    pub sort_key: String,
}

/// Messages of a request that the person `$2` has not read; their own never count.
fn unread_sql(sees_notes: bool) -> &'static str {
    if sees_notes {
        "(select count(*) from request_messages n where n.request_id = r.id and n.author_id <> $2
          and n.at > coalesce((select x.read_at from request_reads x where x.request_id = r.id and x.user_id = $2), 0))"
    } else {
        "(select count(*) from request_messages n where n.request_id = r.id and n.author_id <> $2 and not n.internal
          and n.at > coalesce((select x.read_at from request_reads x where x.request_id = r.id and x.user_id = $2), 0))"
    }
}

/// One page of the list: which, along an index that has the order where there is one; then what is shown of them, and of
/// them alone. The limit stands in the text: databases plan by it.
pub async fn list(tx: &mut Tx, f: &ListFilter) -> StoreResult<Vec<ListRow>> {
    let key = f.sort.sql();
    let (order, beyond) = if f.descending { ("desc", "<") } else { ("asc", ">") };
    let mut conditions = f.conditions();
    if f.status.is_some() {
        conditions.push_str(" and r.status = $11");
    }
    if f.hide_pack {
        let _ = write!(conditions, " and not {PACK_REQUEST}");
    }
    if let Some(part) = f.queue {
        let part = match part {
            QueuePart::Free => "r.designer_id is null",
            QueuePart::Mine => "r.designer_id = $2",
            QueuePart::Beyond => BEYOND,
            QueuePart::All => "true",
        };
        let _ = write!(conditions, " and {TO_DO} and {part}");
    }
    if f.after.is_some() {
        let bound = if f.sort.is_text() { "$12" } else { "cast($12 as bigint)" };
        // The first half is what an index is entered by.
        let _ = write!(
            conditions,
            " and {key} {beyond}= {bound} and ({key}, r.number) {beyond} ({bound}, $13)"
        );
    }
    let of = match f.sort {
        SortBy::Service => "left join services s on s.id = r.service_id",
        _ => "",
    };
    let sql = format!(
        "with page as materialized (
            select r.id, {key} as sort_key from service_requests r {of} where {conditions}
            order by {key} {order}, r.number {order} limit {limit}
         )
         select r.id, r.number, r.title, r.status, r.quantity, r.quantity_typed, s.name as service, c.name as client, c.alias,
                v.name as vendor, d.name as designer, r.designer_id, coalesce(v.kind = 'internal', false) as internal, r.row_version,
                ({TO_DO} and {BEYOND}) as beyond, r.coverage, r.included_units, r.overage_units, r.overage_cents, r.currency,
                r.payment_type_at_submit, r.submitted_at, r.due_at, r.updated_at, pk.quantity as pack_quantity,
                p.starts_at as period_starts_at, p.ends_at as period_ends_at, {unread} as unread, cast(page.sort_key as text) as sort_key
         from page
         join service_requests r on r.id = page.id
         join clients c on c.id = r.client_id
         left join services s on s.id = r.service_id
         left join vendors v on v.id = r.vendor_id
         left join users d on d.id = r.designer_id
         left join pack_periods p on p.id = r.period_id
         left join pack_versions pv on pv.id = p.pack_version_id
         left join packs pk on pk.id = pv.pack_id
         order by page.sort_key {order}, r.number {order}",
        limit = f.limit,
        unread = unread_sql(f.sees_notes)
    );
    rows!(
        tx,
        ListRow,
        AssertSqlSafe(sql),
        f.scope.id(),
        f.user,
        f.like(),
        f.number,
        f.service,
        f.client,
        f.vendor,
        f.coverage,
        f.from,
        f.before,
        f.status,
        f.after.as_ref().map(|(key, _)| key.clone()),
        f.after.as_ref().map(|(_, number)| *number)
    )
}

/// An id with its name, for a filter's select.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NamedRow {
    /// `service`, `client` or `vendor`.
    pub kind: String,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// What the list may be filtered by: services for all, clients and vendors for those who see all.
pub async fn filter_choices(tx: &mut Tx, scope: Scope) -> StoreResult<Vec<NamedRow>> {
    match scope {
        Scope::All => rows!(
            tx,
            NamedRow,
            "select 'service' as kind, id, name from services union all select 'client', id, name from clients
             union all select 'vendor', id, name from vendors order by 3"
        ),
        Scope::Client(_) | Scope::Vendor(_) => {
            let sql = format!(
                "select 'service' as kind, s.id, s.name from services s
                 where exists (select 1 from service_requests r where r.service_id = s.id and {}) order by 3",
                scope.sql()
            );
            rows!(tx, NamedRow, AssertSqlSafe(sql), scope.id())
        }
    }
}

/// IN5: whether a person wants to see pack requests.
pub async fn shows_pack_requests(tx: &mut Tx, user: UserId) -> StoreResult<bool> {
    Ok(scalar!(tx, bool, "select show_pack_requests from users where id = $1", user)?.unwrap_or(true))
}

/// IN5: stores what a person wants to see.
pub async fn set_shows_pack_requests(tx: &mut Tx, user: UserId, show: bool) -> StoreResult<()> {
    exec!(tx, "update users set show_pack_requests = $2 where id = $1", user, show)?;
    Ok(())
}

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
}

/// One request, if it is in the scope; drafts only for their client.
pub async fn detail(tx: &mut Tx, scope: Scope, id: RequestId, user: UserId) -> StoreResult<Option<DetailRow>> {
    let sql = format!(
        "select r.id, r.number, r.client_id, c.name as client, c.alias, s.name as service, r.title, r.brief, r.quantity, r.wished_on,
                r.status, r.submitted_at, u.name as submitted_by, r.due_at, r.coverage, r.included_units, r.overage_units,
                r.overage_cents, r.currency, r.payment_type_at_submit, r.receipt, r.vendor_id, v.name as vendor,
                coalesce(v.kind = 'internal', false) as internal, r.designer_id, d.name as designer, r.row_version,
                (select count(*) from request_versions n where n.request_id = r.id) as versions, pk.quantity as pack_quantity, p.starts_at as period_starts_at, p.ends_at as period_ends_at, x.read_at
         from service_requests r
         join clients c on c.id = r.client_id
         left join services s on s.id = r.service_id
         left join users u on u.id = r.submitted_by
         left join vendors v on v.id = r.vendor_id
         left join users d on d.id = r.designer_id
         left join pack_periods p on p.id = r.period_id
         left join pack_versions pv on pv.id = p.pack_version_id
         left join packs pk on pk.id = pv.pack_id
         left join request_reads x on x.request_id = r.id and x.user_id = $3
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
    /// When.
    pub at: Instant,
}

/// A request's thread, oldest first. Internal notes leave the database only for those who may read them (RQ3).
pub async fn messages(tx: &mut Tx, id: RequestId, sees_notes: bool) -> StoreResult<Vec<MessageRow>> {
    rows!(
        tx,
        MessageRow,
        "select m.id, m.author_id, u.name as author, u.role, u.vendor_id, m.body, m.internal, m.at from request_messages m
         join users u on u.id = m.author_id where m.request_id = $1 and ($2 or not m.internal) order by m.at, m.id",
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

/// How many requests wait for a person: those with unread messages, and for workers those not begun.
pub async fn waiting(tx: &mut Tx, scope: Scope, user: UserId, sees_notes: bool, works: bool) -> StoreResult<i64> {
    let submitted = if works { "r.status = 'submitted' or " } else { "" };
    let sql = format!(
        "select count(*) from service_requests r where {} and r.status <> 'cancelled' and ({submitted}{} > 0)",
        scope.sql(),
        unread_sql(sees_notes)
    );
    Ok(scalar!(tx, i64, AssertSqlSafe(sql), scope.id(), user)?.unwrap_or(0))
}

/// A pack of a client as its dashboard shows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CardRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// Its status.
    pub status: SubscriptionStatus,
    /// §8.
    pub grace_period_ends_at: Option<Instant>,
    /// When it will end.
    pub cancel_at: Option<Instant>,
    /// Where its first payment can be finished.
    pub payment_url: Option<String>,
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// Units a month.
    pub quantity: i64,
    /// The list price.
    pub service_price: Cents,
    /// The client's own price.
    pub client_price: Option<Cents>,
    /// The overage price of the period's version.
    pub pack_overage_price: Option<Cents>,
    /// The current period's first instant.
    pub starts_at: Option<Instant>,
    /// First instant after it.
    pub ends_at: Option<Instant>,
    /// Units used.
    pub used_units: Option<i64>,
    /// Units granted.
    pub included_units: Option<i64>,
    /// Units beyond.
    pub overage_units: Option<i64>,
    /// What these cost.
    pub overage_cents: Option<Cents>,
    /// I2: units of other batches that count beside the meter.
    pub extra_units: i64,
    /// Who does the work.
    pub vendor: Option<String>,
    /// When its first period began.
    pub anchor_at: Option<Instant>,
    /// PE5: when the client was told of new terms.
    pub move_told_at: Option<Instant>,
    /// From which boundary they hold, once that is certain.
    pub move_applies_at: Option<Instant>,
    /// Their price.
    pub move_price: Option<Cents>,
    /// The price of the period's version.
    pub price: Option<Cents>,
}

impl CardRow {
    /// The current period.
    pub fn period(&self) -> Option<PeriodUse> {
        Some(PeriodUse {
            starts_at: self.starts_at?,
            ends_at: self.ends_at?,
            included_units: self.included_units?,
            used_units: self.used_units?,
            overage_units: self.overage_units?,
            overage_cents: self.overage_cents?,
        })
    }

    /// PE5: from when it has a new price, and which.
    pub fn moves(&self) -> Option<(Instant, Cents)> {
        let at = move_from(self.anchor_at, self.cancel_at, self.move_told_at, self.move_applies_at)?;
        Some((at, self.move_price?))
    }
}

/// The packs of a client that are not over, in the order of their services.
pub async fn cards(tx: &mut Tx, client: ClientId, now: Instant) -> StoreResult<Vec<CardRow>> {
    rows!(
        tx,
        CardRow,
        "select sub.id, sub.status, sub.grace_period_ends_at, sub.cancel_at, sub.payment_url, s.id as service_id, s.name as service,
                m.unit_singular, m.unit_plural, pk.quantity, s.unit_price_cents as service_price, cp.unit_price_cents as client_price,
                v.overage_price_cents as pack_overage_price, p.starts_at, p.ends_at, p.used_units, p.included_units,
                p.overage_units, p.overage_cents, ven.name as vendor,
                sub.anchor_at, sub.move_told_at, sub.move_applies_at, mv.price_cents as move_price, v.price_cents as price,
                cast((select coalesce(sum(b.remaining), 0) from credit_batches b where b.client_id = sub.client_id and b.period_id is null
                      and b.remaining > 0 and b.starts_at <= $2 and (b.expires_at is null or b.expires_at > $2)
                      and (b.service_id = s.id or (b.service_id is null and b.meter_id = s.meter_id))) as bigint) as extra_units
         from pack_subscriptions sub
         join services s on s.id = sub.service_id
         join meters m on m.id = s.meter_id
         left join client_service_prices cp on cp.client_id = sub.client_id and cp.service_id = s.id
         left join pack_periods p on p.subscription_id = sub.id and p.starts_at <= $2 and p.ends_at > $2
         left join pack_versions v on v.id = p.pack_version_id
         join packs pk on pk.id = coalesce(v.pack_id, sub.pack_id)
         left join vendors ven on ven.id = p.vendor_id
         left join pack_versions mv on mv.id = sub.move_to_version_id
         where sub.client_id = $1 and sub.status <> 'ended' order by s.name",
        client,
        now
    )
}

/// Subscriptions of a client whose boundary has passed and which may have a next period (PD3).
pub async fn boundaries_of_client(tx: &mut Tx, client: ClientId, now: Instant) -> StoreResult<Vec<SubscriptionId>> {
    Ok(rows!(
        tx,
        (SubscriptionId,),
        "select s.id from pack_subscriptions s where s.client_id = $1 and s.status in ('active', 'past_due')
           and exists (select 1 from pack_periods p where p.subscription_id = s.id)
           and not exists (select 1 from pack_periods p where p.subscription_id = s.id and p.ends_at > $2)",
        client,
        now
    )?
    .into_iter()
    .map(|(id,)| id)
    .collect())
}

/// An amount beyond the packs.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ExtraRow {
    /// The request.
    pub request_id: Option<RequestId>,
    /// Its number.
    pub number: Option<i64>,
    /// Its title.
    pub title: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// Units.
    pub units: i64,
    /// Price of one.
    pub unit_price_cents: Cents,
    /// All.
    pub amount_cents: Cents,
    /// Its currency.
    pub currency: Currency,
    /// How it is paid.
    pub payment_type: PaymentType,
    /// Its day in the business zone.
    pub local_day: LocalDay,
}

/// Lines of a client from `from` to `to`, both included, newest first; void ones left out.
pub async fn extras(
    tx: &mut Tx,
    client: ClientId,
    from: LocalDay,
    to: LocalDay,
    limit: i64,
) -> StoreResult<Vec<ExtraRow>> {
    rows!(
        tx,
        ExtraRow,
        "select l.request_id, r.number, r.title, s.name as service, l.units, l.unit_price_cents, l.amount_cents, l.currency, l.payment_type,
                l.local_day
         from charge_lines l left join service_requests r on r.id = l.request_id left join services s on s.id = r.service_id
         where l.client_id = $1 and l.local_day >= $2 and l.local_day <= $3 and l.state <> 'void'
         order by l.local_day desc, l.created_at desc, l.id desc limit $4",
        client, from, to, limit
    )
}

/// How many lines of a client from `from` to `to`, and what they come to.
pub async fn extras_total(tx: &mut Tx, client: ClientId, from: LocalDay, to: LocalDay) -> StoreResult<(i64, Cents)> {
    Ok(row!(
        tx,
        (i64, Cents),
        "select count(*), cast(coalesce(sum(amount_cents), 0) as bigint) from charge_lines
         where client_id = $1 and local_day >= $2 and local_day <= $3 and state <> 'void'",
        client,
        from,
        to
    )?
    .unwrap_or((0, Cents::ZERO)))
}

/// How a client pays for what goes beyond its packs.
pub async fn payment_type(tx: &mut Tx, client: ClientId) -> StoreResult<Option<PaymentType>> {
    scalar!(
        tx,
        PaymentType,
        "select payment_type from clients where id = $1",
        client
    )
}
