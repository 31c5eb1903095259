//! The proofs of requests (§1): each finds the rows that break it, and none while the books hold.

use crate::kernel::proofs::Proof;

/// What must hold here.
pub(crate) const PROOFS: &[Proof] = &[
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
              left join use_allocations a on a.use_id = r.id where r.status <> 'draft'
              group by r.id, r.included_units having r.included_units <> coalesce(sum(a.consumed), 0)",
    },
    Proof {
        rule: "I4",
        entity: "service_requests",
        holds: "Each extra unit is in exactly one charge line, at the price that was decided.",
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
        holds: "A request's extra cost is units times price, in its row and in its line.",
        sql: "select r.id, 'overage ' || coalesce(r.overage_cents, -1) || ', line ' || coalesce(c.amount_cents, 0) as detail from service_requests r
              left join charge_lines c on c.request_id = r.id and c.kind in ('overage', 'service')
              where r.status <> 'draft' and (coalesce(r.overage_cents, 0) <> r.overage_units * coalesce(r.unit_price_cents_at_submit, 0)
                  or coalesce(c.amount_cents, 0) <> coalesce(r.overage_cents, 0))",
    },
    Proof {
        rule: "I4",
        entity: "charge_lines",
        holds: "A line's amount is its units times its price, without tax.",
        sql: "select id, units || ' x ' || unit_price_cents || ' = ' || amount_cents || ', tax ' || tax_cents as detail from charge_lines
              where (kind <> 'adjustment' and amount_cents <> units * unit_price_cents) or tax_cents <> 0",
    },
    Proof {
        rule: "I4",
        entity: "charge_lines",
        holds: "A line for extra units, or for units without a pack, matches its request.",
        sql: "select c.id, c.units || ' at ' || c.unit_price_cents || ', request ' || coalesce(r.overage_units, -1) || ' at ' || coalesce(r.unit_price_cents_at_submit, -1) as detail
              from charge_lines c left join service_requests r on r.id = c.request_id and r.status <> 'draft'
              where c.kind in ('overage', 'service') and (r.id is null or c.units <> r.overage_units or c.unit_price_cents <> coalesce(r.unit_price_cents_at_submit, -1)
                  or c.amount_cents <> coalesce(r.overage_cents, -1) or c.currency <> coalesce(r.currency, '') or c.client_id <> r.client_id
                  or c.payment_type <> r.payment_type_at_submit or coalesce(c.period_id, '') <> coalesce(r.period_id, ''))",
    },
    Proof {
        rule: "I4",
        entity: "charge_lines",
        holds: "An invoiced line names its invoice, and a line paid by royalties has its deduction.",
        sql: "select c.id, c.state || ', invoice ' || coalesce(c.stripe_invoice_id, 'none') as detail from charge_lines c
              where (c.state in ('processing', 'paid', 'failed', 'invoiced', 'refunded') and c.stripe_invoice_id is null)
                 or (c.state in ('pending', 'accrued') and c.stripe_invoice_id is not null)
                 or (c.state in ('royalty_due', 'royalty_paid') and not exists
                     (select 1 from royalty_deductions d where d.kind = 'service' and d.source_id in (c.id, c.request_id)))",
    },
    Proof {
        rule: "I4",
        entity: "allowances",
        holds: "An allowance's extra units and their price are the sums of its requests.",
        sql: "select al.id, 'beyond ' || al.overage || ' / ' || al.overage_cents || ', requests ' || coalesce(sum(r.overage_units), 0) || ' / ' || coalesce(sum(r.overage_cents), 0) as detail
              from allowances al left join service_requests r on r.period_id = al.period_id and r.status not in ('draft', 'cancelled')
              group by al.id, al.overage, al.overage_cents
              having al.overage <> coalesce(sum(r.overage_units), 0) or al.overage_cents <> coalesce(sum(r.overage_cents), 0)",
    },
    Proof {
        rule: "CO2",
        entity: "service_requests",
        holds: "A submitted request is a use by its client, at the instant of submission.",
        sql: "select r.id, 'submitted ' || r.submitted_at || ', use ' || coalesce(u.occurred_at, 0) as detail from service_requests r
              left join uses u on u.id = r.id and u.kind = 'request'
              where r.status <> 'draft' and (u.id is null or u.client_id <> r.client_id or u.occurred_at <> r.submitted_at or u.local_day <> r.local_day)",
    },
    Proof {
        rule: "CO2",
        entity: "uses",
        holds: "A use by a request belongs to one that its client submitted at that instant.",
        sql: "select u.id, 'used ' || u.occurred_at || ', submitted ' || coalesce(r.submitted_at, 0) as detail from uses u
              left join service_requests r on r.id = u.id and r.status <> 'draft'
              where u.kind = 'request' and (r.id is null or u.client_id <> r.client_id or u.occurred_at <> r.submitted_at or u.local_day <> r.local_day)",
    },
    Proof {
        rule: "RQ4",
        entity: "request_versions",
        holds: "Versions are numbered from 1 without gaps, in the order of delivery.",
        sql: "select v.request_id as id, 'version ' || v.version as detail from request_versions v
              where not exists (select 1 from request_deliveries d where d.request_id = v.request_id)
                 or (v.version > 1 and not exists (select 1 from request_versions b
                     where b.request_id = v.request_id and b.version = v.version - 1 and b.delivered_at <= v.delivered_at))",
    },
    Proof {
        rule: "RQ4",
        entity: "request_versions",
        holds: "A delivered version has files, delivered at the same instant.",
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
        holds: "A request that isn't in a pack always has a vendor.",
        sql: "select r.id, r.status as detail from service_requests r where r.status <> 'draft' and r.period_id is null and r.vendor_id is null",
    },
    Proof {
        rule: "TP5",
        entity: "service_requests",
        holds: "The designer of an open request works for its vendor.",
        sql: "select r.id, 'designer ' || r.designer_id || ', vendor ' || coalesce(r.vendor_id, 'none') as detail from service_requests r
              join users u on u.id = r.designer_id
              where r.status in ('submitted', 'in_progress', 'in_review') and (not u.active or coalesce(r.vendor_id, '') <>
                 coalesce(case when u.role = 'internal_designer' then (select v.id from vendors v where v.kind = 'internal') else u.vendor_id end, '-'))",
    },
    Proof {
        rule: "CO5",
        entity: "service_requests",
        holds: "The period that a request was submitted in is of its client, service and subscription.",
        sql: "select r.id, 'period ' || p.id as detail from service_requests r join periods p on p.id = r.period_id
              join subscriptions s on s.id = p.subscription_id
              where s.client_id <> r.client_id or s.service_id <> r.service_id or coalesce(r.subscription_id, '') <> s.id",
    },
];
