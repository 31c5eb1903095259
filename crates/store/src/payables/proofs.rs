//! The proofs of what vendors are owed (§1): each finds the rows that break it, and none while the books hold.

use crate::kernel::proofs::Proof;

/// What must hold here.
pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        rule: "VP1",
        entity: "periods",
        holds: "A vendor's own terms of a period are that vendor's, for that pack.",
        sql: "select p.id, 'terms ' || o.id || ' of vendor ' || o.vendor_id as detail from periods p
              join vendor_pack_payments o on o.id = p.vendor_pack_payment_id join pack_versions t on t.id = p.pack_version_id
              where o.vendor_id <> coalesce(p.vendor_id, '') or o.pack_id <> t.pack_id",
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
        holds: "Requests in review or approved were delivered. Requests not started were not.",
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
        rule: "VP2",
        entity: "periods",
        holds: "A period whose payment for the pack is owed has its vendor's one line.",
        sql: "select p.id, 'vendor ' || p.vendor_id || ', ' || p.payment_state as detail from periods p join pack_versions t on t.id = p.pack_version_id
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
              from vendor_payables l join periods p on p.id = l.period_id join pack_versions t on t.id = p.pack_version_id join vendors h on h.id = l.vendor_id
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
        holds: "Nothing accrues for a pack before its period is paid, opened or delivered from.",
        sql: "select l.id, 'period ' || p.payment_state as detail from vendor_payables l join periods p on p.id = l.period_id
              where l.kind = 'pack' and p.payment_state in ('pending', 'failed')
                and not exists (select 1 from request_deliveries d where d.period_id = p.id and d.included_units > 0)",
    },
    Proof {
        rule: "VP2",
        entity: "request_deliveries",
        holds: "Delivered units that are paid per unit have a line, and so have those not in a pack.",
        sql: "select d.request_id as id, 'units ' || d.included_units || ' + ' || d.overage_units || ' of vendor ' || d.vendor_id as detail from request_deliveries d
              left join periods p on p.id = d.period_id left join pack_versions t on t.id = p.pack_version_id
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
              from vendor_payables l join periods p on p.id = l.period_id join pack_versions t on t.id = p.pack_version_id join vendors h on h.id = l.vendor_id
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
        holds: "Each line that was approved, paid or voided is in the audit log, at that instant and by that person.",
        sql: "select l.id, l.state || ', not in the audit log' as detail from vendor_payables l
              where (l.approved_at is not null and not exists (select 1 from audit_log a where a.entity = 'payable' and a.entity_id = l.id
                        and a.action = 'payable.approved' and a.at = l.approved_at and a.actor = 'user:' || l.approved_by))
                 or (l.paid_at is not null and not exists (select 1 from audit_log a where a.entity = 'payable' and a.entity_id = l.id
                        and a.action = 'payable.paid' and a.at = l.paid_at and a.actor = 'user:' || l.paid_by))
                 or (l.voided_at is not null and not exists (select 1 from audit_log a where a.entity = 'payable' and a.entity_id = l.id
                        and a.action = 'payable.voided' and a.at = l.voided_at and a.actor = 'user:' || l.voided_by))",
    },
];
