//! What a submission reads and writes (§9). The writes of submissions go to the database in one round trip
//! ([`write_submissions`]); which units come from where is decided by the engine beforehand.

use crate::{
    StoreResult, Tx,
    kernel::{given, lines},
};
use domain::{
    AllowanceId, BatchId, BatchSource, Cents, ChargeLineId, ClientId, Coverage, Currency, Instant, LedgerId, LocalDay,
    PaymentType, PeriodId, RequestId, RequestStatus, ServiceId, SubscriptionId, SubscriptionStatus, UserId, VendorId,
    subscriptions::Slot,
};
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, HashMap};

/// What a quote or a submission asks the books about.
#[derive(Debug, Clone, Copy)]
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
    /// Its allowance of the service.
    pub allowance_id: Option<AllowanceId>,
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
    /// CO9: the hash of what was submitted; `None` also where it is not known.
    pub request_body_hash: Option<String>,
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
    /// The allowance that it belongs to.
    pub batch_allowance_id: Option<AllowanceId>,
}

/// A question as statements read it.
#[derive(Serialize)]
struct Question<'a> {
    at: usize,
    client: ClientId,
    service: ServiceId,
    slot: Slot,
    form_key: &'a str,
}

fn questions(asked: &[Asked<'_>]) -> StoreResult<String> {
    lines(asked.iter().enumerate().map(|(at, one)| Question {
        at,
        client: one.client,
        service: one.service,
        slot: Slot::of_service(one.service),
        form_key: one.form_key,
    }))
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
         select id from subscriptions where (client_id, slot) in (select value->>'client', value->>'slot' from given)
           and status in ('incomplete', 'active', 'past_due', 'suspended') order by id for update",
        given("given", 1, true)
    );
    rows!(tx, (SubscriptionId,), AssertSqlSafe(sql), questions(asked)?)?;
    Ok(())
}

/// What decides coverage and price at `now`, in the order of the questions. No row: no such client or service.
pub async fn facts(tx: &mut Tx, asked: &[Asked<'_>], now: Instant) -> StoreResult<Vec<FactsRow>> {
    let sql = format!(
        "with {},
              a as materialized (select cast(value->>'at' as bigint) as at, value->>'client' as client, value->>'service' as service,
                                        value->>'slot' as slot, value->>'form_key' as form_key from given)
         select a.at, c.payment_type, c.members_may_order_extra, c.closed_at,
                s.name as service_name, s.active as service_active, s.unit_price_cents as service_price, s.turnaround_days,
                m.unit_singular, m.unit_plural, cp.unit_price_cents as client_price,
                sub.id as subscription_id, sub.status as subscription_status, sub.grace_period_ends_at, pk.quantity as pack_quantity,
                p.id as period_id, p.seq as period_seq, p.starts_at as period_starts_at, p.ends_at as period_ends_at,
                al.id as allowance_id, al.used as used_units, al.included as included_units, al.overage as overage_units, p.vendor_id, v.overage_price_cents as pack_overage_price,
                r.id as request_id, r.status as request_status, r.number as request_number, r.body_hash as request_body_hash,
                b.id as batch_id, b.source as batch_source, b.remaining as batch_remaining, b.starts_at as batch_starts_at,
                b.expires_at as batch_expires_at, b.granted_at as batch_granted_at, b.allowance_id as batch_allowance_id
         from a
         join clients c on c.id = a.client
         join services s on s.id = a.service
         join meters m on m.id = s.meter_id
         left join client_service_prices cp on cp.client_id = c.id and cp.service_id = s.id
         left join subscriptions sub on sub.client_id = c.id and sub.slot = a.slot
              and sub.status in ('incomplete', 'active', 'past_due', 'suspended')
         left join periods p on p.subscription_id = sub.id and p.starts_at <= $2 and p.ends_at > $2
         left join allowances al on al.period_id = p.id and al.starts_at <= $2 and al.ends_at > $2 and al.service_id = s.id
         left join pack_versions v on v.id = p.pack_version_id
         left join packs pk on pk.id = coalesce(v.pack_id, sub.pack_id)
         left join service_requests r on r.client_id = a.client and r.form_key = a.form_key
         left join credit_batches b on b.client_id = c.id and b.remaining > 0 and b.starts_at <= $2
              and (b.expires_at is null or b.expires_at > $2)
              and (b.service_id = s.id or (b.service_id is null and b.meter_id = s.meter_id))
         order by a.at",
        given("given", 1, tx.is_postgres())
    );
    rows!(tx, FactsRow, AssertSqlSafe(sql), questions(asked)?, now)
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
    /// The same as it is looked for and sorted by ([`domain::text::fold`]).
    pub title_folded: String,
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
    /// That period's allowance of the service.
    pub allowance_id: Option<AllowanceId>,
    /// Units taken from that allowance's own batch (I2).
    pub from_allowance: i64,
    /// AS9.
    pub vendor_id: Option<VendorId>,
    /// AH1, JSON.
    pub receipt: String,
    /// CO9.
    pub form_key: String,
    /// CO9: of what the form says.
    pub body_hash: String,
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
    let mut allowances: BTreeMap<AllowanceId, AllowanceAdds> = BTreeMap::new();
    for (allowance, one) in all.iter().filter_map(|one| Some((one.allowance_id?, one))) {
        let adds = allowances.entry(allowance).or_default();
        adds.used += one.from_allowance;
        adds.overage += one.overage;
        adds.cents += one.total.0;
    }
    let requests = lines(all)?;
    let takes = lines(all.iter().flat_map(|one| {
        one.takes.iter().map(|take| Taking {
            take,
            use_id: one.request_id,
            local_day: one.local_day,
            actor: &one.actor,
        })
    }))?;
    let batches = lines(batches.into_iter().map(|(id, units)| BatchLess { id, units }))?;
    let allowances = lines(allowances.into_iter().map(|(id, adds)| AllowanceMore { id, adds }))?;
    let sql = submissions_sql(tx.is_postgres());
    let held: Vec<(String, i64)> = on!(tx, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(requests).bind(takes).bind(batches).bind(allowances).bind(now).fetch_all(c).await)
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

/// A row of the ledger and of the allocations: what a use takes from a batch.
#[derive(Serialize)]
struct Taking<'a> {
    #[serde(flatten)]
    take: &'a Take,
    use_id: RequestId,
    local_day: LocalDay,
    actor: &'a str,
}

/// Units that all submissions together take from a batch.
#[derive(Serialize)]
struct BatchLess {
    id: BatchId,
    units: i64,
}

/// What all submissions together add to an allowance.
#[derive(Default, Serialize)]
struct AllowanceAdds {
    used: i64,
    overage: i64,
    cents: i64,
}

#[derive(Serialize)]
struct AllowanceMore {
    id: AllowanceId,
    #[serde(flatten)]
    adds: AllowanceAdds,
}

/// The statements of submissions as one text: one after the other on SQLite, as data-modifying CTEs on PostgreSQL (whose
/// foreign keys are checked at the end of the whole). `$1` are requests, `$2` what each takes, `$3` batches, `$4`
/// allowances, `$5` the instant.
fn submissions_sql(postgres: bool) -> String {
    let number = if postgres {
        "nextval('request_number')"
    } else {
        "(select value from counters where name = 'request_number') + row_number() over ()"
    };
    // Each returns one row when it did what it should: the request's id and its number, or the batch's id.
    let guards = [
        "update service_requests set service_id = s.value->>'service_id', title = s.value->>'title', title_folded = s.value->>'title_folded', brief = s.value->>'brief',
             quantity_typed = s.value->>'quantity', quantity = cast(s.value->>'quantity' as bigint), wished_on = s.value->>'wished_on',
             status = s.value->>'status', updated_at = $5, submitted_at = $5, submitted_by = s.value->>'user_id',
             local_day = s.value->>'local_day', due_at = cast(s.value->>'due_at' as bigint), coverage = s.value->>'coverage',
             included_units = cast(s.value->>'included' as bigint), overage_units = cast(s.value->>'overage' as bigint),
             payment_type_at_submit = s.value->>'payment_type', unit_price_cents_at_submit = cast(s.value->>'unit_price' as bigint),
             overage_cents = cast(s.value->>'total' as bigint), currency = s.value->>'currency',
             subscription_id = s.value->>'subscription_id', period_id = s.value->>'period_id', receipt = s.value->>'receipt',
             vendor_id = s.value->>'vendor_id', body_hash = s.value->>'body_hash', row_version = row_version + 1
         from s
         where service_requests.id = s.value->>'request_id' and client_id = s.value->>'client_id'
               and service_requests.status = 'draft' and s.value->>'is_draft' is not null
         returning service_requests.id, number"
            .to_owned(),
        format!(
            "insert into service_requests (id, number, client_id, service_id, title, brief, quantity_typed, quantity, wished_on, status,
                 created_at, created_by, updated_at, submitted_at, submitted_by, local_day, due_at, coverage, included_units,
                 overage_units, payment_type_at_submit, unit_price_cents_at_submit, overage_cents, currency, subscription_id,
                 period_id, receipt, vendor_id, form_key, body_hash, title_folded)
             select value->>'request_id', {number}, value->>'client_id', value->>'service_id', value->>'title', value->>'brief',
                    value->>'quantity', cast(value->>'quantity' as bigint), value->>'wished_on', value->>'status',
                    $5, value->>'user_id', $5, $5, value->>'user_id', value->>'local_day', cast(value->>'due_at' as bigint),
                    value->>'coverage', cast(value->>'included' as bigint), cast(value->>'overage' as bigint),
                    value->>'payment_type', cast(value->>'unit_price' as bigint), cast(value->>'total' as bigint),
                    value->>'currency', value->>'subscription_id', value->>'period_id', value->>'receipt', value->>'vendor_id',
                    value->>'form_key', value->>'body_hash', value->>'title_folded'
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
        // What draws (§9): each request is a use, also where all of it goes beyond.
        "insert into uses (id, client_id, kind, occurred_at, local_day)
         select value->>'request_id', value->>'client_id', 'request', $5, value->>'local_day' from s",
        "insert into consumption_ledger (id, batch_id, use_id, units, kind, occurred_at, local_day, actor, idem_key)
         select value->>'ledger_id', value->>'batch_id', value->>'use_id', 0 - cast(value->>'units' as bigint), 'consume', $5,
                value->>'local_day', value->>'actor', value->>'idem_key'
         from t",
        "insert into use_allocations (use_id, batch_id, consumed)
         select value->>'use_id', value->>'batch_id', cast(value->>'units' as bigint) from t",
        "update allowances set used = used + cast(al.value->>'used' as bigint), overage = overage + cast(al.value->>'overage' as bigint),
             overage_cents = overage_cents + cast(al.value->>'cents' as bigint)
         from al where id = al.value->>'id'",
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
    let rows: Vec<String> = [("s", 1), ("t", 2), ("b", 3), ("al", 4)]
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
pub(super) const fn next_number(postgres: bool) -> &'static str {
    if postgres {
        "nextval('request_number')"
    } else {
        "(select value from counters where name = 'request_number')"
    }
}
