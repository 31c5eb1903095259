//! The proofs of §1: each is a query that finds the rows which break an invariant, and finds none while the books hold.

use crate::{StoreResult, Tx};
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
    PROOFS.iter().map(|p| (p.rule, p.entity, p.holds)).collect()
}

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
        holds: "What a request took from a batch is what the ledger says.",
        sql: "select a.request_id as id, 'allocation ' || (a.consumed - a.restored) || ', ledger ' || coalesce(-sum(l.units), 0) as detail
              from request_allocations a left join consumption_ledger l on l.batch_id = a.batch_id and l.request_id = a.request_id
              group by a.request_id, a.batch_id, a.consumed, a.restored having a.consumed - a.restored <> coalesce(-sum(l.units), 0)",
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
        holds: "A line's amount is its units times its price.",
        sql: "select id, units || ' x ' || unit_price_cents || ' = ' || amount_cents as detail from charge_lines
              where kind <> 'adjustment' and amount_cents <> units * unit_price_cents",
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
        holds: "A paid period was paid in full by its invoice.",
        sql: "select p.id, 'fee ' || p.price_cents || ', invoice ' || i.status || ' ' || i.amount_paid as detail from pack_periods p
              join invoices i on i.id = p.stripe_invoice_id where p.payment_state = 'paid' and (i.status <> 'paid' or i.amount_paid <> p.price_cents)",
    },
    Proof {
        rule: "I6",
        entity: "pack_periods",
        holds: "A period on the royalties rail has one deduction of its fee.",
        sql: "select p.id, 'fee ' || p.price_cents || ', deduction ' || coalesce(d.amount_cents, 0) as detail from pack_periods p
              join pack_subscriptions s on s.id = p.subscription_id and s.rail = 'royalties'
              left join royalty_deductions d on d.kind = 'pack' and d.source_id = p.id and d.reverses_id is null
              where d.id is null or d.amount_cents <> p.price_cents or d.client_id <> s.client_id",
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
    Ok(out)
}
