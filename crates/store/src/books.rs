//! The proofs of §1: each is a query that finds the rows which break an invariant, and finds none while the books hold.
//!
//! Where two rows must say the same, there is a proof from either side: which of them is wrong nobody can know, so both are
//! named. Who has a period is compared with the subscription, with the assignments, and with the requests (AS1, AS2, AS9).

use crate::{StoreResult, Tx};
use domain::{
    Cents, Coverage, CoverageReceipt, Currency, Instant, LocalDay, PayableId, PaymentType, RequestId,
    payable::{Decision, PayableReceipt},
};
use serde::Serialize;

/// One row that breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Finding {
    /// "I1" …
    #[sqlx(default)]
    pub rule: String,
    /// The table.
    #[sqlx(default)]
    pub entity: String,
    /// The row.
    pub id: String,
    /// What does not add up.
    pub detail: String,
}

/// A proof: the rule, the table that its rows are of, what holds, and the query for what does not.
struct Proof {
    rule: &'static str,
    entity: &'static str,
    holds: &'static str,
    sql: &'static str,
}

/// What the books check looks at: rule, table and the sentence that must hold, for the page that shows it green.
pub fn proofs() -> Vec<(&'static str, &'static str, &'static str)> {
    let queries = PROOFS.iter().map(|p| (p.rule, p.entity, p.holds));
    queries.chain([RECEIPTS, PAYABLE_RECEIPTS]).collect()
}

/// The proofs that no query can make, because they read what was stored as JSON.
const RECEIPTS: (&str, &str, &str) = (
    "AH1",
    "service_requests",
    "A request says what the receipt of its decision says.",
);
const PAYABLE_RECEIPTS: (&str, &str, &str) = (
    "AH1",
    "vendor_payables",
    "What a vendor is owed is what the receipt of its line says.",
);

const PROOFS: &[Proof] = &[
    Proof {
        rule: "I1",
        entity: "credit_batches",
        holds: "What a batch granted is the sum of its grant and adjust rows.",
        sql: "select b.id, 'granted ' || b.granted || ', ledger ' || coalesce(sum(l.units), 0) as detail from credit_batches b
              left join consumption_ledger l on l.batch_id = b.id and l.kind in ('grant', 'adjust')
              group by b.id, b.granted having b.granted <> coalesce(sum(l.units), 0)",
    },
    Proof {
        rule: "I1",
        entity: "credit_batches",
        holds: "What is left of a batch is the sum of all its ledger rows.",
        sql: "select b.id, 'remaining ' || b.remaining || ', ledger ' || coalesce(sum(l.units), 0) as detail from credit_batches b
              left join consumption_ledger l on l.batch_id = b.id group by b.id, b.remaining having b.remaining <> coalesce(sum(l.units), 0)",
    },
    Proof {
        rule: "I1",
        entity: "request_allocations",
        holds: "What a request took from a batch, and what came back, is what the ledger says.",
        sql: "select a.request_id as id, 'allocation ' || a.consumed || ' - ' || a.restored || ', ledger ' || coalesce(-sum(l.units), 0) as detail
              from request_allocations a left join consumption_ledger l on l.batch_id = a.batch_id and l.request_id = a.request_id
              group by a.request_id, a.batch_id, a.consumed, a.restored
              having a.consumed <> coalesce(-sum(case when l.kind = 'consume' then l.units end), 0)
                  or a.restored <> coalesce(sum(case when l.kind = 'restore' then l.units end), 0)",
    },
    Proof {
        rule: "I1",
        entity: "consumption_ledger",
        holds: "What was consumed and restored is what the request's allocation says.",
        sql: "select l.id, l.kind || ' ' || l.units || ', allocation ' || a.consumed || ' - ' || a.restored as detail
              from consumption_ledger l join request_allocations a on a.batch_id = l.batch_id and a.request_id = l.request_id
              join (select batch_id, request_id, coalesce(-sum(case when kind = 'consume' then units end), 0) as consumed,
                           coalesce(sum(case when kind = 'restore' then units end), 0) as restored
                    from consumption_ledger where request_id is not null group by batch_id, request_id) t
                on t.batch_id = l.batch_id and t.request_id = l.request_id
              where (l.kind = 'consume' and t.consumed <> a.consumed) or (l.kind = 'restore' and t.restored <> a.restored)",
    },
    Proof {
        rule: "I1",
        entity: "consumption_ledger",
        holds: "Grants, adjustments and expiries add up to what their batch says.",
        sql: "select l.id, l.kind || ' ' || l.units || '; ledger ' || t.granted || ' / ' || t.remaining || ', batch ' || b.granted || ' / ' || b.remaining as detail
              from consumption_ledger l join credit_batches b on b.id = l.batch_id
              join (select batch_id, sum(units) as remaining, coalesce(sum(case when kind in ('grant', 'adjust') then units end), 0) as granted
                    from consumption_ledger group by batch_id) t on t.batch_id = l.batch_id
              where (l.kind in ('grant', 'adjust') and t.granted <> b.granted) or (l.kind = 'expire' and t.remaining <> b.remaining)",
    },
    Proof {
        rule: "I1",
        entity: "consumption_ledger",
        holds: "Every consumption belongs to an allocation.",
        sql: "select l.id, 'request ' || coalesce(l.request_id, 'none') as detail from consumption_ledger l
              where l.kind in ('consume', 'restore') and not exists
                  (select 1 from request_allocations a where a.batch_id = l.batch_id and a.request_id = l.request_id)",
    },
    Proof {
        rule: "I2",
        entity: "pack_periods",
        holds: "A period's used units are what was consumed from its own batch, less what came back.",
        sql: "select p.id, 'used ' || p.used_units || ', ledger ' || coalesce(-sum(l.units), 0) as detail from pack_periods p
              left join credit_batches b on b.period_id = p.id
              left join consumption_ledger l on l.batch_id = b.id and l.kind in ('consume', 'restore')
              group by p.id, p.used_units having p.used_units <> coalesce(-sum(l.units), 0)",
    },
    Proof {
        rule: "I2",
        entity: "pack_periods",
        holds: "A period's batch grants exactly the units that the period includes, from its start to its end.",
        sql: "select p.id, 'includes ' || p.included_units || ', granted ' || b.granted as detail from pack_periods p
              join credit_batches b on b.period_id = p.id
              where b.granted <> p.included_units or b.starts_at <> p.starts_at or b.expires_at is null or b.expires_at <> p.ends_at",
    },
    Proof {
        rule: "I2",
        entity: "credit_batches",
        holds: "A period's batch is of its client and service, and grants its units from its start to its end.",
        sql: "select b.id, 'granted ' || b.granted || ', period includes ' || p.included_units as detail from credit_batches b
              join pack_periods p on p.id = b.period_id join pack_subscriptions s on s.id = p.subscription_id
              where b.granted <> p.included_units or b.starts_at <> p.starts_at or b.expires_at is null or b.expires_at <> p.ends_at
                 or b.client_id <> s.client_id or b.service_id is null or b.service_id <> s.service_id",
    },
    Proof {
        rule: "I3",
        entity: "service_requests",
        holds: "Included and overage units of a request are its quantity.",
        sql: "select r.id, r.included_units || ' + ' || r.overage_units || ' of ' || r.quantity as detail from service_requests r
              where r.status <> 'draft' and r.included_units + r.overage_units <> r.quantity",
    },
    Proof {
        rule: "I3",
        entity: "service_requests",
        holds: "The included units of a request are those that it took from batches.",
        sql: "select r.id, 'included ' || r.included_units || ', taken ' || coalesce(sum(a.consumed), 0) as detail from service_requests r
              left join request_allocations a on a.request_id = r.id where r.status <> 'draft'
              group by r.id, r.included_units having r.included_units <> coalesce(sum(a.consumed), 0)",
    },
    Proof {
        rule: "I4",
        entity: "service_requests",
        holds: "Each unit beyond the pack stands in one charge line at the price that was decided.",
        sql: "select r.id, 'beyond ' || r.overage_units || ' at ' || coalesce(r.unit_price_cents_at_submit, -1) || ', line ' || coalesce(c.units, 0) || ' at ' || coalesce(c.unit_price_cents, -1) as detail
              from service_requests r left join charge_lines c on c.request_id = r.id and c.kind in ('overage', 'service')
              where r.status <> 'draft' and (
                  (r.overage_units > 0 and coalesce(r.unit_price_cents_at_submit, 0) > 0 and
                      (c.id is null or c.units <> r.overage_units or c.unit_price_cents <> r.unit_price_cents_at_submit or c.client_id <> r.client_id or c.payment_type <> r.payment_type_at_submit))
                  or ((r.overage_units = 0 or coalesce(r.unit_price_cents_at_submit, 0) = 0) and c.id is not null))",
    },
    Proof {
        rule: "I4",
        entity: "service_requests",
        holds: "What a request costs beyond the pack is units times price, in row and line alike.",
        sql: "select r.id, 'overage ' || coalesce(r.overage_cents, -1) || ', line ' || coalesce(c.amount_cents, 0) as detail from service_requests r
              left join charge_lines c on c.request_id = r.id and c.kind in ('overage', 'service')
              where r.status <> 'draft' and (coalesce(r.overage_cents, 0) <> r.overage_units * coalesce(r.unit_price_cents_at_submit, 0)
                  or coalesce(c.amount_cents, 0) <> coalesce(r.overage_cents, 0))",
    },
    Proof {
        rule: "I4",
        entity: "charge_lines",
        holds: "A line's amount is its units times its price, and no tax is in it.",
        sql: "select id, units || ' x ' || unit_price_cents || ' = ' || amount_cents || ', tax ' || tax_cents as detail from charge_lines
              where (kind <> 'adjustment' and amount_cents <> units * unit_price_cents) or tax_cents <> 0",
    },
    Proof {
        rule: "I4",
        entity: "charge_lines",
        holds: "A line for units beyond a pack, or without one, is what its request says.",
        sql: "select c.id, c.units || ' at ' || c.unit_price_cents || ', request ' || coalesce(r.overage_units, -1) || ' at ' || coalesce(r.unit_price_cents_at_submit, -1) as detail
              from charge_lines c left join service_requests r on r.id = c.request_id and r.status <> 'draft'
              where c.kind in ('overage', 'service') and (r.id is null or c.units <> r.overage_units or c.unit_price_cents <> coalesce(r.unit_price_cents_at_submit, -1)
                  or c.amount_cents <> coalesce(r.overage_cents, -1) or c.currency <> coalesce(r.currency, '') or c.client_id <> r.client_id
                  or c.payment_type <> r.payment_type_at_submit or coalesce(c.period_id, '') <> coalesce(r.period_id, ''))",
    },
    Proof {
        rule: "I4",
        entity: "charge_lines",
        holds: "A line that was invoiced names its invoice, and one that a royalty pays has its deduction.",
        sql: "select c.id, c.state || ', invoice ' || coalesce(c.stripe_invoice_id, 'none') as detail from charge_lines c
              where (c.state in ('processing', 'paid', 'failed', 'invoiced', 'refunded') and c.stripe_invoice_id is null)
                 or (c.state in ('pending', 'accrued') and c.stripe_invoice_id is not null)
                 or (c.state in ('royalty_due', 'royalty_paid') and not exists
                     (select 1 from royalty_deductions d where d.kind = 'service' and d.source_id in (c.id, c.request_id)))",
    },
    Proof {
        rule: "I4",
        entity: "pack_periods",
        holds: "A period's extra units and their price are the sums of its requests'.",
        sql: "select p.id, 'extra ' || p.overage_units || ' / ' || p.overage_cents || ', requests ' || coalesce(sum(r.overage_units), 0) || ' / ' || coalesce(sum(r.overage_cents), 0) as detail
              from pack_periods p left join service_requests r on r.period_id = p.id and r.status not in ('draft', 'cancelled')
              group by p.id, p.overage_units, p.overage_cents
              having p.overage_units <> coalesce(sum(r.overage_units), 0) or p.overage_cents <> coalesce(sum(r.overage_cents), 0)",
    },
    Proof {
        rule: "I5",
        entity: "pack_periods",
        holds: "The periods of a subscription follow one another without gap or overlap.",
        sql: "select p.id, 'begins ' || p.starts_at || ', the one before ends ' || coalesce(q.ends_at, 0) as detail from pack_periods p
              left join pack_periods q on q.subscription_id = p.subscription_id and q.seq = p.seq - 1
              where p.seq > 1 and (q.id is null or q.ends_at <> p.starts_at)",
    },
    Proof {
        rule: "I5",
        entity: "pack_periods",
        holds: "A running subscription's first period begins at its anchor.",
        sql: "select p.id, 'begins ' || p.starts_at || ', anchor ' || coalesce(s.anchor_at, 0) as detail from pack_periods p
              join pack_subscriptions s on s.id = p.subscription_id where p.seq = 1 and (s.anchor_at is null or s.anchor_at <> p.starts_at)",
    },
    Proof {
        rule: "I5",
        entity: "pack_subscriptions",
        holds: "A subscription's anchor is where its first period begins.",
        sql: "select s.id, 'anchor ' || coalesce(s.anchor_at, 0) || ', first period begins ' || p.starts_at as detail from pack_subscriptions s
              join pack_periods p on p.subscription_id = s.id and p.seq = 1 where s.anchor_at is null or s.anchor_at <> p.starts_at",
    },
    Proof {
        rule: "I6",
        entity: "pack_subscriptions",
        holds: "A subscription's terms are those of its latest period, and of its own pack and service.",
        sql: "select s.id, 'version ' || s.pack_version_id || ', period ' || coalesce(p.pack_version_id, 'none') as detail from pack_subscriptions s
              join pack_versions v on v.id = s.pack_version_id join packs k on k.id = v.pack_id
              left join pack_periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id)
              where v.pack_id <> s.pack_id or k.service_id <> s.service_id or coalesce(p.pack_version_id, s.pack_version_id) <> s.pack_version_id",
    },
    Proof {
        rule: "I6",
        entity: "packs",
        holds: "A pack's quantity is what its periods include.",
        sql: "select k.id, k.quantity || ' units, ' || count(*) || ' periods include another number' as detail from packs k
              join pack_versions v on v.pack_id = k.id join pack_periods p on p.pack_version_id = v.id
              where p.included_units <> k.quantity group by k.id, k.quantity",
    },
    Proof {
        rule: "I6",
        entity: "pack_periods",
        holds: "Every period owns exactly one batch, of its own client and service.",
        sql: "select p.id, count(b.id) || ' batches' as detail from pack_periods p join pack_subscriptions s on s.id = p.subscription_id
              left join credit_batches b on b.period_id = p.id and b.client_id = s.client_id and b.service_id = s.service_id
              group by p.id having count(b.id) <> 1",
    },
    Proof {
        rule: "I6",
        entity: "pack_periods",
        holds: "A period's fee and units are those of its version.",
        sql: "select p.id, 'fee ' || p.price_cents || ', version ' || v.price_cents || '; units ' || p.included_units || ' of ' || k.quantity as detail
              from pack_periods p join pack_versions v on v.id = p.pack_version_id join packs k on k.id = v.pack_id
              where p.price_cents <> v.price_cents or p.included_units <> k.quantity or p.currency <> v.currency or p.vendor_payment_cents <> v.vendor_payment_cents",
    },
    Proof {
        rule: "I6",
        entity: "pack_periods",
        holds: "A period that a card pays is as paid as its invoice, and in full.",
        sql: "select p.id, p.payment_state || ', fee ' || p.price_cents || ', invoice ' || coalesce(i.status || ' ' || i.amount_paid, 'none') as detail
              from pack_periods p join pack_subscriptions s on s.id = p.subscription_id and s.rail = 'stripe'
              left join invoices i on i.id = p.stripe_invoice_id
              where p.payment_state in ('royalty_due', 'royalty_paid')
                 or (p.stripe_invoice_id is null and p.payment_state <> 'pending')
                 or (p.stripe_invoice_id is not null and (i.id is null or coalesce(i.period_id, '') <> p.id or i.client_id <> s.client_id
                     or (i.status = 'paid') <> (p.payment_state in ('paid', 'refunded'))
                     or (i.status in ('void', 'uncollectible')) <> (p.payment_state = 'written_off')
                     or (i.status = 'paid' and i.amount_paid <> p.price_cents)))",
    },
    Proof {
        rule: "I6",
        entity: "invoices",
        holds: "A period's invoice is of its fee, and as paid as the period.",
        sql: "select i.id, i.status || ' ' || i.amount_paid || ' of ' || i.amount_due || ', period ' || p.payment_state || ' ' || p.price_cents as detail
              from invoices i join pack_periods p on p.stripe_invoice_id = i.id join pack_subscriptions s on s.id = p.subscription_id
              where i.amount_due <> p.price_cents or i.currency <> p.currency or i.client_id <> s.client_id
                 or (i.status = 'paid') <> (p.payment_state in ('paid', 'refunded'))
                 or (i.status in ('void', 'uncollectible')) <> (p.payment_state = 'written_off')",
    },
    Proof {
        rule: "IV1",
        entity: "invoices",
        holds: "An invoice is paid in full or not at all.",
        sql: "select id, status || ' ' || amount_paid || ' of ' || amount_due as detail from invoices
              where amount_paid <> case when status = 'paid' then amount_due else 0 end",
    },
    Proof {
        rule: "I6",
        entity: "pack_periods",
        holds: "A period on the royalties rail has one deduction of its fee, in the same state.",
        sql: "select p.id, p.payment_state || ', fee ' || p.price_cents || ', deduction ' || coalesce(d.state || ' ' || d.amount_cents, 'none') as detail
              from pack_periods p join pack_subscriptions s on s.id = p.subscription_id and s.rail = 'royalties'
              left join royalty_deductions d on d.kind = 'pack' and d.source_id = p.id and d.reverses_id is null
              where d.id is null or d.amount_cents <> p.price_cents or d.currency <> p.currency or d.client_id <> s.client_id
                 or p.payment_state in ('pending', 'paid', 'failed')
                 or (d.state = 'due') <> (p.payment_state = 'royalty_due') or (d.state = 'paid') <> (p.payment_state = 'royalty_paid')",
    },
    Proof {
        rule: "I6",
        entity: "royalty_deductions",
        holds: "A deduction for a pack is of its period's fee, in the same state.",
        sql: "select d.id, d.state || ' ' || d.amount_cents || ', period ' || coalesce(p.payment_state || ' ' || p.price_cents, 'none') as detail
              from royalty_deductions d left join pack_periods p on p.id = d.source_id left join pack_subscriptions s on s.id = p.subscription_id
              where d.kind = 'pack' and d.reverses_id is null and (p.id is null or s.rail <> 'royalties' or d.amount_cents <> p.price_cents
                 or d.currency <> p.currency or d.client_id <> s.client_id
                 or (d.state = 'due') <> (p.payment_state = 'royalty_due') or (d.state = 'paid') <> (p.payment_state = 'royalty_paid'))",
    },
    Proof {
        rule: "AS1",
        entity: "pack_subscriptions",
        holds: "A running subscription's vendor is that of its latest period.",
        sql: "select s.id, 'vendor ' || coalesce(s.vendor_assignee_id, 'none') || ', period ' || coalesce(p.vendor_id, 'none') as detail from pack_subscriptions s
              join pack_periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id)
              where s.status in ('active', 'past_due') and coalesce(s.vendor_assignee_id, '') <> coalesce(p.vendor_id, '')",
    },
    Proof {
        rule: "AS1",
        entity: "pack_periods",
        holds: "A running subscription's latest period is with the subscription's vendor.",
        sql: "select p.id, 'vendor ' || coalesce(p.vendor_id, 'none') || ', subscription ' || coalesce(s.vendor_assignee_id, 'none') as detail from pack_subscriptions s
              join pack_periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from pack_periods q where q.subscription_id = s.id)
              where s.status in ('active', 'past_due') and coalesce(s.vendor_assignee_id, '') <> coalesce(p.vendor_id, '')",
    },
    Proof {
        rule: "AS2",
        entity: "pack_periods",
        holds: "A period is with the vendor whose assignment covers it, unless it was split.",
        sql: "select p.id, 'vendor ' || coalesce(p.vendor_id, 'none') || ', assigned ' || coalesce(a.vendor_id, 'none') as detail from pack_periods p
              left join pack_assignments a on a.subscription_id = p.subscription_id and a.began_at is not null and a.replaced_at is null
                   and a.from_seq <= p.seq and (a.to_seq is null or a.to_seq >= p.seq)
              where coalesce(p.vendor_id, '') <> coalesce(a.vendor_id, '')
                and not exists (select 1 from pack_period_shares x where a.id is not null and x.period_id = p.id and x.vendor_id = p.vendor_id and x.delivered_units is null)",
    },
    Proof {
        rule: "AS2",
        entity: "pack_assignments",
        holds: "Who holds a subscription holds one that runs, with its latest period; who is to take over gets the next one.",
        sql: "select a.id, 'vendor ' || a.vendor_id || ' from ' || a.from_seq || ', subscription ' || s.status || ' ' || coalesce(s.vendor_assignee_id, 'none') as detail
              from pack_assignments a join pack_subscriptions s on s.id = a.subscription_id
              where a.to_seq is null and a.replaced_at is null and (s.status not in ('active', 'past_due')
                 or (a.began_at is not null and (coalesce(s.vendor_assignee_id, '') <> a.vendor_id
                     or a.from_seq > (select max(p.seq) from pack_periods p where p.subscription_id = s.id)))
                 or (a.began_at is null and a.from_seq <> (select max(p.seq) + 1 from pack_periods p where p.subscription_id = s.id)))",
    },
    Proof {
        rule: "AS2",
        entity: "pack_assignments",
        holds: "An assignment begins where another ends, or where nobody had the period before.",
        sql: "select a.id, 'from ' || a.from_seq || ', vendor before ' || p.vendor_id as detail from pack_assignments a
              join pack_periods p on p.subscription_id = a.subscription_id and p.seq = a.from_seq - 1
              where a.began_at is not null and a.replaced_at is null and p.vendor_id is not null
                and not exists (select 1 from pack_assignments b where b.subscription_id = a.subscription_id and b.began_at is not null
                    and b.replaced_at is null and b.from_seq <= p.seq and coalesce(b.to_seq, p.seq) >= p.seq and b.id <> a.id)",
    },
    Proof {
        rule: "AS2",
        entity: "pack_assignments",
        holds: "No two assignments cover the same period.",
        sql: "select a.id, 'from ' || a.from_seq || ' overlaps one from ' || b.from_seq as detail from pack_assignments a
              join pack_assignments b on b.subscription_id = a.subscription_id and b.id <> a.id and b.replaced_at is null
                   and b.from_seq <= coalesce(a.to_seq, b.from_seq) and a.from_seq <= coalesce(b.to_seq, a.from_seq)
              where a.replaced_at is null and a.began_at is not null and b.began_at is not null",
    },
    Proof {
        rule: "AS7",
        entity: "pack_period_shares",
        holds: "A vendor that was replaced has the units that it delivered, and its part of the payment.",
        sql: "select x.period_id as id, 'delivered ' || x.delivered_units || ', amount ' || coalesce(x.amount_cents, -1) as detail from pack_period_shares x
              join pack_periods p on p.id = x.period_id join pack_versions t on t.id = p.pack_version_id
              left join vendor_pack_payments o on o.id = x.vendor_pack_payment_id
              where x.delivered_units is not null and (x.vendor_id = p.vendor_id
                 or x.delivered_units <> coalesce((select sum(d.included_units) from request_deliveries d where d.period_id = x.period_id and d.vendor_id = x.vendor_id), 0)
                 or coalesce(x.amount_cents, -1) <> case when coalesce(o.rate_mode, t.vendor_rate_mode) = 'per_pack'
                    then coalesce(o.payment_cents, p.vendor_payment_cents) * x.delivered_units / p.included_units else -1 end)",
    },
    Proof {
        rule: "AS7",
        entity: "pack_period_shares",
        holds: "Whoever holds a split period gets what the others leave of the payment.",
        sql: "select x.period_id as id, 'amount ' || coalesce(x.amount_cents, -1) || ' of ' || coalesce(o.payment_cents, p.vendor_payment_cents) as detail
              from pack_period_shares x join pack_periods p on p.id = x.period_id join pack_versions t on t.id = p.pack_version_id
              left join vendor_pack_payments o on o.id = x.vendor_pack_payment_id
              where x.delivered_units is null and (x.vendor_id <> coalesce(p.vendor_id, '')
                 or coalesce(x.vendor_pack_payment_id, '') <> coalesce(p.vendor_pack_payment_id, '')
                 or coalesce(x.amount_cents, -1) <> case when coalesce(o.rate_mode, t.vendor_rate_mode) = 'per_pack'
                    then coalesce(o.payment_cents, p.vendor_payment_cents) - (select coalesce(sum(coalesce(o.payment_cents, p.vendor_payment_cents) * y.delivered_units / p.included_units), 0)
                         from pack_period_shares y where y.period_id = x.period_id and y.delivered_units is not null) else -1 end)",
    },
    Proof {
        rule: "VP1",
        entity: "pack_periods",
        holds: "A vendor's own terms of a period are that vendor's, for that pack.",
        sql: "select p.id, 'terms ' || o.id || ' of vendor ' || o.vendor_id as detail from pack_periods p
              join vendor_pack_payments o on o.id = p.vendor_pack_payment_id join pack_versions t on t.id = p.pack_version_id
              where o.vendor_id <> coalesce(p.vendor_id, '') or o.pack_id <> t.pack_id",
    },
    Proof {
        rule: "AS9",
        entity: "service_requests",
        holds: "A request of a pack is with the vendor of its period, or with one whose share of the period is written down.",
        sql: "select r.id, 'vendor ' || coalesce(r.vendor_id, 'none') || ', period ' || coalesce(p.vendor_id, 'none') as detail from service_requests r
              join pack_periods p on p.id = r.period_id
              where r.status not in ('draft', 'cancelled') and coalesce(r.vendor_id, '') <> coalesce(p.vendor_id, '')
                and not exists (select 1 from pack_period_shares x where x.period_id = p.id and x.vendor_id = r.vendor_id)",
    },
    Proof {
        rule: "VP2",
        entity: "request_deliveries",
        holds: "A delivery is of its request's units, period and vendor.",
        sql: "select d.request_id as id, 'units ' || d.included_units || ' + ' || d.overage_units || ', request ' || r.included_units || ' + ' || r.overage_units as detail
              from request_deliveries d join service_requests r on r.id = d.request_id
              where d.included_units <> r.included_units or d.overage_units <> r.overage_units
                 or coalesce(d.period_id, '') <> coalesce(r.period_id, '') or coalesce(d.vendor_id, '') <> coalesce(r.vendor_id, '')",
    },
    Proof {
        rule: "VP2",
        entity: "service_requests",
        holds: "What is in review or approved has been delivered; what nobody has started has not.",
        sql: "select r.id, r.status || ', delivery ' || case when d.request_id is null then 'none' else 'there' end as detail from service_requests r
              left join request_deliveries d on d.request_id = r.id
              where (r.status in ('in_review', 'approved') and d.request_id is null)
                 or (r.status in ('draft', 'payment_pending', 'payment_failed', 'submitted') and d.request_id is not null)",
    },
    Proof {
        rule: "VP2",
        entity: "request_deliveries",
        holds: "What was delivered is the first version that the client got.",
        sql: "select d.request_id as id, 'delivered ' || d.delivered_at || ', version ' || coalesce(v.delivered_at, 0) as detail from request_deliveries d
              left join request_versions v on v.request_id = d.request_id and v.version = 1 where coalesce(v.delivered_at, 0) <> d.delivered_at",
    },
    Proof {
        rule: "RQ4",
        entity: "request_versions",
        holds: "Versions are counted from the delivery on, each after the one before.",
        sql: "select v.request_id as id, 'version ' || v.version as detail from request_versions v
              where not exists (select 1 from request_deliveries d where d.request_id = v.request_id)
                 or (v.version > 1 and not exists (select 1 from request_versions b
                     where b.request_id = v.request_id and b.version = v.version - 1 and b.delivered_at <= v.delivered_at))",
    },
    Proof {
        rule: "RQ4",
        entity: "request_versions",
        holds: "A version that was delivered has files, and they were delivered with it.",
        sql: "select v.request_id as id, 'version ' || v.version as detail from request_versions v
              where not exists (select 1 from request_files f where f.request_id = v.request_id and f.version = v.version and f.delivered_at = v.delivered_at)",
    },
    Proof {
        rule: "RQ9",
        entity: "request_files",
        holds: "A file is of the attachments, of a version that was delivered or of the one being made, and its object is nobody else's.",
        sql: "select f.id, 'version ' || f.version || case when f.delivered_at is null then ', not delivered' else ', delivered' end as detail from request_files f
              where (f.delivered_at is not null and not exists (select 1 from request_versions v
                       where v.request_id = f.request_id and v.version = f.version and v.delivered_at = f.delivered_at))
                 or (f.delivered_at is null and f.version > 0 and exists (select 1 from request_versions v
                       where v.request_id = f.request_id and v.version >= f.version) and exists (select 1 from service_requests r
                       where r.id = f.request_id and r.vendor_id = f.vendor_id))
                 or f.version > 1 + (select count(*) from request_versions v where v.request_id = f.request_id)
                 or exists (select 1 from loose_objects o where o.object_key = f.object_key)",
    },
    Proof {
        rule: "RQ10",
        entity: "service_requests",
        holds: "A request outside of a pack always has a vendor.",
        sql: "select r.id, r.status as detail from service_requests r where r.status <> 'draft' and r.period_id is null and r.vendor_id is null",
    },
    Proof {
        rule: "TP5",
        entity: "service_requests",
        holds: "Whoever has a request that is still worked on works for its vendor.",
        sql: "select r.id, 'designer ' || r.designer_id || ', vendor ' || coalesce(r.vendor_id, 'none') as detail from service_requests r
              join users u on u.id = r.designer_id
              where r.status in ('submitted', 'in_progress', 'in_review') and (not u.active or coalesce(r.vendor_id, '') <>
                 coalesce(case when u.role = 'internal_designer' then (select v.id from vendors v where v.kind = 'internal') else u.vendor_id end, '-'))",
    },
    Proof {
        rule: "VP2",
        entity: "pack_periods",
        holds: "A period whose payment for the pack is owed has its vendor's one line.",
        sql: "select p.id, 'vendor ' || p.vendor_id || ', ' || p.payment_state as detail from pack_periods p join pack_versions t on t.id = p.pack_version_id
              left join vendor_pack_payments o on o.id = p.vendor_pack_payment_id
              where p.vendor_id is not null and coalesce(o.rate_mode, t.vendor_rate_mode) = 'per_pack'
                and (p.payment_state in ('paid', 'refunded', 'royalty_due', 'royalty_paid')
                     or exists (select 1 from request_deliveries d where d.period_id = p.id and d.included_units > 0))
                and not exists (select 1 from vendor_payables l where l.kind = 'pack' and l.period_id = p.id and l.vendor_id = p.vendor_id)",
    },
    Proof {
        rule: "VP1",
        entity: "vendor_payables",
        holds: "A line for a pack, with what corrected it by itself, is what the terms or the split say; Tri-POD's is nothing.",
        sql: "select l.id, 'accrued ' || l.amount_cents || ', split ' || coalesce(x.amount_cents, -1) || ', terms ' || coalesce(o.payment_cents, p.vendor_payment_cents) as detail
              from vendor_payables l join pack_periods p on p.id = l.period_id join pack_versions t on t.id = p.pack_version_id join vendors h on h.id = l.vendor_id
              left join pack_period_shares x on x.period_id = p.id and x.vendor_id = l.vendor_id
              left join vendor_pack_payments o on o.id = case when x.period_id is not null then x.vendor_pack_payment_id else p.vendor_pack_payment_id end
              where l.kind = 'pack' and ((x.period_id is null and coalesce(p.vendor_id, '') <> l.vendor_id)
                 or (l.state <> 'void' and l.amount_cents + coalesce((select sum(c.amount_cents) from vendor_payables c where c.corrects_id = l.id and c.made_by is null), 0)
                    <> case when h.kind = 'internal' or coalesce(o.rate_mode, t.vendor_rate_mode) = 'per_unit' then 0
                            when x.period_id is not null then coalesce(x.amount_cents, 0) else coalesce(o.payment_cents, p.vendor_payment_cents) end))",
    },
    Proof {
        rule: "VP2",
        entity: "vendor_payables",
        holds: "Nothing accrues for a pack before it is paid for, opened or delivered from.",
        sql: "select l.id, 'period ' || p.payment_state as detail from vendor_payables l join pack_periods p on p.id = l.period_id
              where l.kind = 'pack' and p.payment_state in ('pending', 'failed')
                and not exists (select 1 from request_deliveries d where d.period_id = p.id and d.included_units > 0)",
    },
    Proof {
        rule: "VP2",
        entity: "request_deliveries",
        holds: "Delivered units that are paid one by one have their line, and so have those outside of packs.",
        sql: "select d.request_id as id, 'units ' || d.included_units || ' + ' || d.overage_units || ' of vendor ' || d.vendor_id as detail from request_deliveries d
              left join pack_periods p on p.id = d.period_id left join pack_versions t on t.id = p.pack_version_id
              left join pack_period_shares x on x.period_id = p.id and x.vendor_id = d.vendor_id
              left join vendor_pack_payments o on o.id = case when x.period_id is not null then x.vendor_pack_payment_id when p.vendor_id = d.vendor_id then p.vendor_pack_payment_id end
              where d.vendor_id is not null and (
                 (d.included_units > 0 and coalesce(o.rate_mode, t.vendor_rate_mode, '') = 'per_unit' and not exists (select 1 from vendor_payables l
                     where l.kind = 'unit' and l.request_id = d.request_id and l.vendor_id = d.vendor_id and l.units = d.included_units))
                 or (d.overage_units > 0 and not exists (select 1 from vendor_payables l
                     where l.kind = 'service' and l.request_id = d.request_id and l.vendor_id = d.vendor_id and l.units = d.overage_units)))",
    },
    Proof {
        rule: "VP2",
        entity: "vendor_payables",
        holds: "A line for units is of its delivery's units, vendor and period; Tri-POD's is nothing.",
        sql: "select l.id, l.units || ' units, delivered ' || coalesce(d.included_units, -1) || ' + ' || coalesce(d.overage_units, -1) as detail
              from vendor_payables l join vendors h on h.id = l.vendor_id left join request_deliveries d on d.request_id = l.request_id
              where l.kind in ('unit', 'service') and (d.request_id is null or coalesce(d.vendor_id, '') <> l.vendor_id or coalesce(d.period_id, '') <> coalesce(l.period_id, '')
                 or l.units <> case when l.kind = 'unit' then d.included_units else d.overage_units end or (h.kind = 'internal' and l.amount_cents <> 0))",
    },
    Proof {
        rule: "VP1",
        entity: "vendor_payables",
        holds: "A line for included units is at the rate of its period's terms.",
        sql: "select l.id, 'rate ' || l.rate_cents || ', terms ' || coalesce(o.payment_cents, p.vendor_payment_cents) as detail
              from vendor_payables l join pack_periods p on p.id = l.period_id join pack_versions t on t.id = p.pack_version_id join vendors h on h.id = l.vendor_id
              left join pack_period_shares x on x.period_id = p.id and x.vendor_id = l.vendor_id
              left join vendor_pack_payments o on o.id = case when x.period_id is not null then x.vendor_pack_payment_id else p.vendor_pack_payment_id end
              where l.kind = 'unit' and (coalesce(o.rate_mode, t.vendor_rate_mode) <> 'per_unit'
                 or l.rate_cents <> case when h.kind = 'internal' then 0 else coalesce(o.payment_cents, p.vendor_payment_cents) end)",
    },
    Proof {
        rule: "VP4",
        entity: "vendor_payables",
        holds: "A correction is of a line that accrued, and counts where that line does.",
        sql: "select c.id, 'corrects ' || l.kind || ' of ' || l.local_day as detail from vendor_payables c join vendor_payables l on l.id = c.corrects_id
              where l.kind = 'correction' or l.client_id <> c.client_id or l.service_id <> c.service_id or coalesce(l.period_id, '') <> coalesce(c.period_id, '')
                 or coalesce(l.request_id, '') <> coalesce(c.request_id, '') or l.currency <> c.currency or l.local_day <> c.local_day or l.accrued_at > c.accrued_at",
    },
    Proof {
        rule: "VP4",
        entity: "vendor_payables",
        holds: "What was approved, paid or made void is so in the audit log, at that instant and by that person.",
        sql: "select l.id, l.state || ', not in the audit log' as detail from vendor_payables l
              where (l.approved_at is not null and not exists (select 1 from audit_log a where a.entity = 'payable' and a.entity_id = l.id
                        and a.action = 'payable.approved' and a.at = l.approved_at and a.actor = 'user:' || l.approved_by))
                 or (l.paid_at is not null and not exists (select 1 from audit_log a where a.entity = 'payable' and a.entity_id = l.id
                        and a.action = 'payable.paid' and a.at = l.paid_at and a.actor = 'user:' || l.paid_by))
                 or (l.voided_at is not null and not exists (select 1 from audit_log a where a.entity = 'payable' and a.entity_id = l.id
                        and a.action = 'payable.voided' and a.at = l.voided_at and a.actor = 'user:' || l.voided_by))",
    },
    Proof {
        rule: "CO5",
        entity: "service_requests",
        holds: "The period that a request was submitted in is of its client, service and subscription.",
        sql: "select r.id, 'period ' || p.id as detail from service_requests r join pack_periods p on p.id = r.period_id
              join pack_subscriptions s on s.id = p.subscription_id
              where s.client_id <> r.client_id or s.service_id <> r.service_id or coalesce(r.subscription_id, '') <> s.id",
    },
    Proof {
        rule: "I7",
        entity: "pack_subscriptions",
        holds: "A client has at most one live pack of a service.",
        sql: "select min(id) as id, count(*) || ' live' as detail from pack_subscriptions
              where status in ('incomplete', 'active', 'past_due', 'suspended') group by client_id, service_id having count(*) > 1",
    },
    Proof {
        rule: "SU6",
        entity: "pack_subscriptions",
        holds: "A subscription with benefits has a period, one without a first payment has none.",
        sql: "select s.id, s.status || ', ' || count(p.id) || ' periods' as detail from pack_subscriptions s left join pack_periods p on p.subscription_id = s.id
              group by s.id, s.status having (s.status in ('active', 'past_due') and count(p.id) = 0) or (s.status = 'incomplete' and count(p.id) > 0)",
    },
    Proof {
        rule: "CR2",
        entity: "credit_batches",
        holds: "Nothing is left in the batches of a subscription that has ended.",
        sql: "select b.id, 'remaining ' || b.remaining as detail from credit_batches b join pack_periods p on p.id = b.period_id
              join pack_subscriptions s on s.id = p.subscription_id where s.status = 'ended' and b.remaining > 0",
    },
];

/// Runs every proof; the rows that break one. Reads whole tables: a nightly job and an admin's button, not a page's load.
pub async fn check(tx: &mut Tx) -> StoreResult<Vec<Finding>> {
    let mut out = Vec::new();
    for proof in PROOFS {
        for mut finding in rows!(tx, Finding, proof.sql)? {
            proof.rule.clone_into(&mut finding.rule);
            proof.entity.clone_into(&mut finding.entity);
            out.push(finding);
        }
    }
    receipts(tx, &mut out).await?;
    payable_receipts(tx, &mut out).await?;
    Ok(out)
}

/// What a request says of its decision, beside the receipt that was stored with it.
#[derive(sqlx::FromRow)]
struct Decided {
    id: RequestId,
    receipt: Option<String>,
    quantity: i64,
    included_units: i64,
    overage_units: i64,
    coverage: Coverage,
    payment_type_at_submit: PaymentType,
    unit_price_cents_at_submit: Option<Cents>,
    overage_cents: Option<Cents>,
    currency: Option<Currency>,
    local_day: Option<LocalDay>,
}

impl Decided {
    /// The first thing that differs.
    fn differs(&self) -> Option<&'static str> {
        let Some(text) = &self.receipt else {
            return Some("no receipt");
        };
        let Ok(receipt) = serde_json::from_str::<CoverageReceipt>(text) else {
            return Some("a receipt that cannot be read");
        };
        [
            ("quantity", receipt.quantity == self.quantity),
            ("included units", receipt.split.included == self.included_units),
            ("units beyond", receipt.split.overage == self.overage_units),
            ("coverage", receipt.coverage == self.coverage),
            ("payment type", receipt.payment_type == self.payment_type_at_submit),
            ("price", Some(receipt.unit_price) == self.unit_price_cents_at_submit),
            ("total", Some(receipt.total) == self.overage_cents),
            ("currency", Some(receipt.currency) == self.currency),
            ("day", Some(receipt.local_day) == self.local_day),
        ]
        .into_iter()
        .find_map(|(what, same)| (!same).then_some(what))
    }
}

/// [`RECEIPTS`], a few hundred rows at a time.
async fn receipts(tx: &mut Tx, out: &mut Vec<Finding>) -> StoreResult<()> {
    let (rule, entity, _) = RECEIPTS;
    let mut after = String::new();
    loop {
        let page = rows!(
            tx,
            Decided,
            "select id, receipt, quantity, included_units, overage_units, coverage, payment_type_at_submit, unit_price_cents_at_submit, overage_cents,
                 currency, local_day from service_requests where status <> 'draft' and id > $1 order by id limit 500",
            &after
        )?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        out.extend(page.iter().filter_map(|row| {
            row.differs().map(|what| Finding {
                rule: rule.to_owned(),
                entity: entity.to_owned(),
                id: row.id.to_string(),
                detail: format!("differs from its receipt: {what}"),
            })
        }));
    }
}

/// What a line says of its decision, beside the receipt that was stored with it.
#[derive(sqlx::FromRow)]
struct Owed {
    id: PayableId,
    receipt: String,
    units: Option<i64>,
    rate_cents: Option<Cents>,
    amount_cents: Cents,
    currency: Currency,
    local_day: LocalDay,
    accrued_at: Instant,
}

impl Owed {
    /// The first thing that differs.
    fn differs(&self) -> Option<&'static str> {
        let Ok(receipt) = serde_json::from_str::<PayableReceipt>(&self.receipt) else {
            return Some("a receipt that cannot be read");
        };
        let (units, rate) = match &receipt.decision {
            Decision::Units { units, rate, .. } => (Some(*units), Some(*rate)),
            Decision::Service { units, rate, .. } => (Some(*units), Some(rate.unwrap_or(Cents::ZERO))),
            _ => (None, None),
        };
        let rate = rate.map(|rate| if receipt.internal { Cents::ZERO } else { rate });
        [
            ("amount", receipt.amount == self.amount_cents),
            ("units", units == self.units),
            ("rate", rate == self.rate_cents),
            ("currency", receipt.currency == self.currency),
            ("day", receipt.local_day == self.local_day),
            ("instant", receipt.decided_at == self.accrued_at),
        ]
        .into_iter()
        .find_map(|(what, same)| (!same).then_some(what))
    }
}

/// [`PAYABLE_RECEIPTS`], a few hundred rows at a time.
async fn payable_receipts(tx: &mut Tx, out: &mut Vec<Finding>) -> StoreResult<()> {
    let (rule, entity, _) = PAYABLE_RECEIPTS;
    let mut after = String::new();
    loop {
        let page = rows!(
            tx,
            Owed,
            "select id, receipt, units, rate_cents, amount_cents, currency, local_day, accrued_at from vendor_payables
             where id > $1 order by id limit 500",
            &after
        )?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        out.extend(page.iter().filter_map(|row| {
            row.differs().map(|what| Finding {
                rule: rule.to_owned(),
                entity: entity.to_owned(),
                id: row.id.to_string(),
                detail: format!("differs from its receipt: {what}"),
            })
        }));
    }
}
