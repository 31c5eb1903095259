//! What a vendor sees of its packs and payments (§20, AH7).

use crate::{StoreResult, Tx};
use domain::{Cents, Instant, LocalDay, PeriodId, VendorId, catalogue::pack::VendorRateMode};
use sqlx::AssertSqlSafe;

/// Which of a vendor's periods are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Periods {
    /// Those that run, those that are to come, and earlier ones of which requests wait.
    Running,
    /// Those that began from one instant on, and before another.
    Began(Instant, Instant),
}

/// A period that a vendor has, had a part of, or gets, with what it brings.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorPackRow {
    /// The period.
    pub period_id: PeriodId,
    /// The client's alias (RQ7).
    pub alias: String,
    /// The service's name.
    pub service: String,
    /// Its first instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units granted.
    pub included_units: i64,
    /// Units used.
    pub used_units: i64,
    /// The vendor has it.
    pub holds: bool,
    /// The vendor is to get the next one.
    pub gets_next: bool,
    /// Somebody else is to get the next one.
    pub goes: bool,
    /// It is the subscription's latest.
    pub latest: bool,
    /// The subscription goes on, as far as anybody knows.
    pub goes_on: bool,
    /// The vendor takes work (AS8).
    pub active: bool,
    /// Tri-POD (TP4).
    pub internal: bool,
    /// VP1.
    pub payment_cents: Cents,
    /// For the pack or for each unit.
    pub rate_mode: VendorRateMode,
    /// AS7: the period is split.
    pub split: bool,
    /// AS7: this vendor's part.
    pub share_cents: Option<Cents>,
    /// VP3.
    pub service_rate: Option<Cents>,
    /// Its payment as a whole has accrued.
    pub accrued: bool,
    /// What has accrued in all, but what is void.
    pub earned: Cents,
    /// Of that, what is paid.
    pub paid: Cents,
    /// Included units that this vendor has delivered.
    pub delivered: i64,
    /// Requests that it has still to deliver.
    pub waiting: i64,
    /// Their included units.
    pub waiting_included: i64,
    /// Their units beyond.
    pub waiting_overage: i64,
    /// The one of them that is due first.
    pub next_number: Option<i64>,
    /// Its included units.
    pub next_included: Option<i64>,
    /// Its units beyond.
    pub next_overage: Option<i64>,
}

/// A vendor's periods with what they bring, in one statement, those that end first before the others.
pub async fn vendor_packs(
    tx: &mut Tx,
    vendor: VendorId,
    which: Periods,
    now: Instant,
) -> StoreResult<Vec<VendorPackRow>> {
    const UNDELIVERED: &str =
        "r.vendor_id = $1 and r.status not in ('draft', 'cancelled', 'approved', 'payment_pending', 'payment_failed')
        and not exists (select 1 from request_deliveries d where d.request_id = r.id)";
    let (when, coming, from, to) = match which {
        Periods::Running => (
            "p.starts_at <= $2 and p.ends_at > $2",
            format!(
                " union select p.id from pack_assignments n join subscriptions s on s.id = n.subscription_id join periods p on p.subscription_id = s.id
                    where n.vendor_id = $1 and n.began_at is null and n.replaced_at is null and n.to_seq is null and s.status in ('active', 'past_due')
                      and p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id)
                  union select r.period_id from service_requests r where r.period_id is not null and {UNDELIVERED}"
            ),
            now,
            now,
        ),
        Periods::Began(from, to) => ("p.starts_at >= $3 and p.starts_at < $4", String::new(), from, to),
    };
    let open = format!("r.period_id = p.id and {UNDELIVERED}");
    let earned = |paid: &str| {
        format!(
            "cast(coalesce((select sum(l.amount_cents) from vendor_payables l where l.period_id = p.id and l.vendor_id = $1 and {paid}), 0) as bigint)"
        )
    };
    let sum = |what: &str| {
        format!("cast(coalesce((select sum(r.{what}) from service_requests r where {open}), 0) as bigint)")
    };
    let first = |what: &str| {
        format!("(select r.{what} from service_requests r where {open} order by r.due_at, r.number limit 1)")
    };
    let sql = format!(
        "with mine as (select p.id from periods p where p.vendor_id = $1 and {when}
                       union select p.id from pack_period_shares y join periods p on p.id = y.period_id where y.vendor_id = $1 and {when}{coming})
         select p.id as period_id, c.alias, v.name as service, p.starts_at, p.ends_at, al.included as included_units, al.used as used_units,
                coalesce(p.vendor_id, '') = $1 as holds, coalesce(n.vendor_id, '') = $1 as gets_next, coalesce(n.vendor_id, $1) <> $1 as goes,
                p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id) as latest, s.status in ('active', 'past_due') and (s.cancel_at is null or s.cancel_at > p.ends_at) as goes_on,
                h.active, h.kind = 'internal' as internal,
                coalesce(o.payment_cents, p.vendor_payment_cents) as payment_cents, coalesce(o.rate_mode, t.vendor_rate_mode) as rate_mode,
                x.period_id is not null as split, x.amount_cents as share_cents, k.rate_cents as service_rate,
                exists (select 1 from vendor_payables l where l.period_id = p.id and l.vendor_id = $1 and l.kind = 'pack') as accrued,
                {} as earned, {} as paid,
                cast(coalesce((select sum(d.included_units) from request_deliveries d where d.period_id = p.id and d.vendor_id = $1), 0) as bigint) as delivered,
                (select count(*) from service_requests r where {open}) as waiting, {} as waiting_included, {} as waiting_overage,
                {} as next_number, {} as next_included, {} as next_overage
         from mine
         join periods p on p.id = mine.id
         join allowances al on al.period_id = p.id
         join subscriptions s on s.id = p.subscription_id
         join clients c on c.id = s.client_id
         join services v on v.id = s.service_id
         join pack_versions t on t.id = p.pack_version_id
         join vendors h on h.id = $1
         left join pack_assignments n on n.subscription_id = s.id and n.began_at is null and n.replaced_at is null
         left join vendor_services k on k.vendor_id = $1 and k.service_id = s.service_id
         left join pack_period_shares x on x.period_id = p.id and x.vendor_id = $1
         left join vendor_pack_payments o on o.id = case when x.period_id is not null then x.vendor_pack_payment_id
              when p.vendor_id = $1 then p.vendor_pack_payment_id
              else (select z.id from vendor_pack_payments z where z.vendor_id = $1 and z.pack_id = t.pack_id and z.replaced_at is null) end
         order by p.ends_at, c.alias, p.id",
        earned("l.state <> 'void'"),
        earned("l.state = 'paid'"),
        sum("included_units"),
        sum("overage_units"),
        first("number"),
        first("included_units"),
        first("overage_units"),
    );
    rows!(tx, VendorPackRow, AssertSqlSafe(sql), vendor, now, from, to)
}

/// Lines that were paid together.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PaymentRow {
    /// The day.
    pub paid_on: LocalDay,
    /// How it can be found.
    pub reference: String,
    /// How many lines.
    pub lines: i64,
    /// Their sum.
    pub amount: Cents,
}

/// A vendor's last payments.
pub async fn payments(tx: &mut Tx, vendor: VendorId, limit: i64) -> StoreResult<Vec<PaymentRow>> {
    rows!(
        tx,
        PaymentRow,
        "select paid_on, reference, count(*) as lines, cast(sum(amount_cents) as bigint) as amount from vendor_payables
         where vendor_id = $1 and state = 'paid' group by paid_on, reference order by paid_on desc, max(paid_at) desc limit $2",
        vendor,
        limit
    )
}
