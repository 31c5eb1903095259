//! The proofs of who does the work (§1): each finds the rows that break it, and none while the books hold.

use crate::kernel::proofs::Proof;

/// What must hold here.
pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        rule: "AS1",
        entity: "subscriptions",
        holds: "A running subscription's vendor is that of its latest period.",
        sql: "select s.id, 'vendor ' || coalesce(s.vendor_assignee_id, 'none') || ', period ' || coalesce(p.vendor_id, 'none') as detail from subscriptions s
              join periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id)
              where s.status in ('active', 'past_due') and coalesce(s.vendor_assignee_id, '') <> coalesce(p.vendor_id, '')",
    },
    Proof {
        rule: "AS1",
        entity: "periods",
        holds: "A running subscription's latest period is with the subscription's vendor.",
        sql: "select p.id, 'vendor ' || coalesce(p.vendor_id, 'none') || ', subscription ' || coalesce(s.vendor_assignee_id, 'none') as detail from subscriptions s
              join periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id)
              where s.status in ('active', 'past_due') and coalesce(s.vendor_assignee_id, '') <> coalesce(p.vendor_id, '')",
    },
    Proof {
        rule: "AS2",
        entity: "periods",
        holds: "A period is with the vendor whose assignment covers it, unless it was split.",
        sql: "select p.id, 'vendor ' || coalesce(p.vendor_id, 'none') || ', assigned ' || coalesce(a.vendor_id, 'none') as detail from periods p
              left join pack_assignments a on a.subscription_id = p.subscription_id and a.began_at is not null and a.replaced_at is null
                   and a.from_seq <= p.seq and (a.to_seq is null or a.to_seq >= p.seq)
              where coalesce(p.vendor_id, '') <> coalesce(a.vendor_id, '')
                and not exists (select 1 from pack_period_shares x where a.id is not null and x.period_id = p.id and x.vendor_id = p.vendor_id and x.delivered_units is null)",
    },
    Proof {
        rule: "AS2",
        entity: "pack_assignments",
        holds: "The current assignment of a running subscription covers its latest period. A coming one starts with the next.",
        sql: "select a.id, 'vendor ' || a.vendor_id || ' from ' || a.from_seq || ', subscription ' || s.status || ' ' || coalesce(s.vendor_assignee_id, 'none') as detail
              from pack_assignments a join subscriptions s on s.id = a.subscription_id
              where a.to_seq is null and a.replaced_at is null and (s.status not in ('active', 'past_due')
                 or (a.began_at is not null and (coalesce(s.vendor_assignee_id, '') <> a.vendor_id
                     or a.from_seq > (select max(p.seq) from periods p where p.subscription_id = s.id)))
                 or (a.began_at is null and a.from_seq <> (select max(p.seq) + 1 from periods p where p.subscription_id = s.id)))",
    },
    Proof {
        rule: "AS2",
        entity: "pack_assignments",
        holds: "An assignment begins where another ends, or where nobody had the period before.",
        sql: "select a.id, 'from ' || a.from_seq || ', vendor before ' || p.vendor_id as detail from pack_assignments a
              join periods p on p.subscription_id = a.subscription_id and p.seq = a.from_seq - 1
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
        holds: "A replaced vendor keeps the units it delivered and its share of the payment.",
        sql: "select x.period_id as id, 'delivered ' || x.delivered_units || ', amount ' || coalesce(x.amount_cents, -1) as detail from pack_period_shares x
              join periods p on p.id = x.period_id join allowances al on al.period_id = p.id join pack_versions t on t.id = p.pack_version_id
              left join vendor_pack_payments o on o.id = x.vendor_pack_payment_id
              where x.delivered_units is not null and (x.vendor_id = p.vendor_id
                 or x.delivered_units <> coalesce((select sum(d.included_units) from request_deliveries d where d.period_id = x.period_id and d.vendor_id = x.vendor_id), 0)
                 or coalesce(x.amount_cents, -1) <> case when coalesce(o.rate_mode, t.vendor_rate_mode) = 'per_pack'
                    then coalesce(o.payment_cents, p.vendor_payment_cents) * x.delivered_units / al.included else -1 end)",
    },
    Proof {
        rule: "AS7",
        entity: "pack_period_shares",
        holds: "Whoever holds a split period gets what the others leave of the payment.",
        sql: "select x.period_id as id, 'amount ' || coalesce(x.amount_cents, -1) || ' of ' || coalesce(o.payment_cents, p.vendor_payment_cents) as detail
              from pack_period_shares x join periods p on p.id = x.period_id join allowances al on al.period_id = p.id join pack_versions t on t.id = p.pack_version_id
              left join vendor_pack_payments o on o.id = x.vendor_pack_payment_id
              where x.delivered_units is null and (x.vendor_id <> coalesce(p.vendor_id, '')
                 or coalesce(x.vendor_pack_payment_id, '') <> coalesce(p.vendor_pack_payment_id, '')
                 or coalesce(x.amount_cents, -1) <> case when coalesce(o.rate_mode, t.vendor_rate_mode) = 'per_pack'
                    then coalesce(o.payment_cents, p.vendor_payment_cents) - (select coalesce(sum(coalesce(o.payment_cents, p.vendor_payment_cents) * y.delivered_units / al.included), 0)
                         from pack_period_shares y where y.period_id = x.period_id and y.delivered_units is not null) else -1 end)",
    },
    Proof {
        rule: "AS9",
        entity: "service_requests",
        holds: "A request of a pack is with the vendor of its period, or with one whose share of the period is written down.",
        sql: "select r.id, 'vendor ' || coalesce(r.vendor_id, 'none') || ', period ' || coalesce(p.vendor_id, 'none') as detail from service_requests r
              join periods p on p.id = r.period_id
              where r.status not in ('draft', 'cancelled') and coalesce(r.vendor_id, '') <> coalesce(p.vendor_id, '')
                and not exists (select 1 from pack_period_shares x where x.period_id = p.id and x.vendor_id = r.vendor_id)",
    },
];
