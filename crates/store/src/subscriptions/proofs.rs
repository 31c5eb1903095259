//! The proofs of subscriptions and their periods (§1): each finds the rows that break it, and none while the books hold.

use crate::kernel::proofs::Proof;

/// What must hold here.
pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        rule: "I2",
        entity: "periods",
        holds: "A pack's period has exactly one allowance, of all of it, of the pack's service and units.",
        sql: "select p.id, count(al.id) || ' allowances' as detail from periods p join subscriptions s on s.id = p.subscription_id and s.kind = 'pack'
              left join pack_versions v on v.id = p.pack_version_id left join packs k on k.id = v.pack_id
              left join allowances al on al.period_id = p.id and al.window_no = 1 and al.starts_at = p.starts_at and al.ends_at = p.ends_at
                   and al.service_id = s.service_id and al.included = k.quantity
              group by p.id having count(al.id) <> 1",
    },
    Proof {
        rule: "I2",
        entity: "allowances",
        holds: "A pack's allowance is of all of its period, and the only one.",
        sql: "select al.id, 'window ' || al.window_no || ', includes ' || al.included || ' of ' || coalesce(k.quantity, -1) as detail from allowances al
              join periods p on p.id = al.period_id join subscriptions s on s.id = p.subscription_id and s.kind = 'pack'
              left join pack_versions v on v.id = p.pack_version_id left join packs k on k.id = v.pack_id
              where al.window_no <> 1 or al.starts_at <> p.starts_at or al.ends_at <> p.ends_at or coalesce(al.service_id, '') <> s.service_id
                 or al.included <> coalesce(k.quantity, -1)
                 or exists (select 1 from allowances o where o.period_id = al.period_id and o.id <> al.id)",
    },
    Proof {
        rule: "I2",
        entity: "credit_batches",
        holds: "An allowance's batch is of its client, meter and service, and grants its units from its start to its end.",
        sql: "select b.id, 'granted ' || b.granted || ', allowance includes ' || al.included as detail from credit_batches b
              join allowances al on al.id = b.allowance_id join periods p on p.id = al.period_id join subscriptions s on s.id = p.subscription_id
              where b.granted <> al.included or b.starts_at <> al.starts_at or b.expires_at is null or b.expires_at <> al.ends_at
                 or b.client_id <> s.client_id or b.meter_id <> al.meter_id or coalesce(b.service_id, '') <> coalesce(al.service_id, '')",
    },
    Proof {
        rule: "I5",
        entity: "periods",
        holds: "The periods of a subscription follow one another without gap or overlap.",
        sql: "select p.id, 'begins ' || p.starts_at || ', the one before ends ' || coalesce(q.ends_at, 0) as detail from periods p
              left join periods q on q.subscription_id = p.subscription_id and q.seq = p.seq - 1
              where p.seq > 1 and (q.id is null or q.ends_at <> p.starts_at)",
    },
    Proof {
        rule: "I5",
        entity: "periods",
        holds: "A running subscription's first period begins at its anchor.",
        sql: "select p.id, 'begins ' || p.starts_at || ', anchor ' || coalesce(s.anchor_at, 0) as detail from periods p
              join subscriptions s on s.id = p.subscription_id where p.seq = 1 and (s.anchor_at is null or s.anchor_at <> p.starts_at)",
    },
    Proof {
        rule: "I5",
        entity: "subscriptions",
        holds: "A subscription's anchor is where its first period begins.",
        sql: "select s.id, 'anchor ' || coalesce(s.anchor_at, 0) || ', first period begins ' || p.starts_at as detail from subscriptions s
              join periods p on p.subscription_id = s.id and p.seq = 1 where s.anchor_at is null or s.anchor_at <> p.starts_at",
    },
    Proof {
        rule: "I6",
        entity: "subscriptions",
        holds: "A subscription's terms are those of its latest period, and of its own pack and service.",
        sql: "select s.id, 'version ' || s.pack_version_id || ', period ' || coalesce(p.pack_version_id, 'none') as detail from subscriptions s
              join pack_versions v on v.id = s.pack_version_id join packs k on k.id = v.pack_id
              left join periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id)
              where v.pack_id <> s.pack_id or k.service_id <> s.service_id or coalesce(p.pack_version_id, s.pack_version_id) <> s.pack_version_id",
    },
    Proof {
        rule: "I6",
        entity: "packs",
        holds: "A pack's quantity is what its periods include.",
        sql: "select k.id, k.quantity || ' units, ' || count(*) || ' periods include another number' as detail from packs k
              join pack_versions v on v.pack_id = k.id join periods p on p.pack_version_id = v.id join allowances al on al.period_id = p.id
              where al.included <> k.quantity group by k.id, k.quantity",
    },
    Proof {
        rule: "I6",
        entity: "periods",
        holds: "A pack's period owns exactly one batch, of its own client and service.",
        sql: "select p.id, count(b.id) || ' batches' as detail from periods p join subscriptions s on s.id = p.subscription_id and s.kind = 'pack'
              left join allowances al on al.period_id = p.id
              left join credit_batches b on b.allowance_id = al.id and b.client_id = s.client_id and b.service_id = s.service_id
              group by p.id having count(b.id) <> 1",
    },
    Proof {
        rule: "I6",
        entity: "periods",
        holds: "A pack's period has the fee and currency of its version, and the currency of its subscription.",
        sql: "select p.id, 'fee ' || p.price_cents || ' ' || p.currency || ', version ' || coalesce(v.price_cents, -1) || ' ' || coalesce(v.currency, 'none') as detail
              from periods p join subscriptions s on s.id = p.subscription_id and s.kind = 'pack' left join pack_versions v on v.id = p.pack_version_id
              where v.id is null or p.price_cents <> v.price_cents or p.currency <> v.currency or p.vendor_payment_cents <> v.vendor_payment_cents
                 or p.currency <> s.currency",
    },
    Proof {
        rule: "I6",
        entity: "subscriptions",
        holds: "A pack is billed each month, in the currency of its terms.",
        sql: "select s.id, s.billing_interval || ' ' || s.currency || ', version ' || v.currency as detail from subscriptions s
              join pack_versions v on v.id = s.pack_version_id where s.billing_interval <> 'month' or s.currency <> v.currency",
    },
    Proof {
        rule: "I10",
        entity: "periods",
        holds: "What a period bills is the sum of its lines, less their discounts.",
        sql: "select p.id, 'bills ' || p.price_cents || ', lines ' || coalesce(sum(x.amount_cents - x.discount_cents), -1) as detail from periods p
              left join period_lines x on x.period_id = p.id
              group by p.id, p.price_cents having p.price_cents <> coalesce(sum(x.amount_cents - x.discount_cents), -1)",
    },
    Proof {
        rule: "I10",
        entity: "period_lines",
        holds: "A line is its units at its price, with the others of its period what that bills, and no more than that is credited.",
        sql: "select x.id, 'line ' || x.amount_cents || ' - ' || x.discount_cents || ', period bills ' || p.price_cents as detail from period_lines x
              join periods p on p.id = x.period_id
              where x.amount_cents <> x.quantity * x.unit_price_cents or x.credited_cents < 0 or x.credited_cents > x.amount_cents - x.discount_cents
                 or p.price_cents <> (select sum(y.amount_cents - y.discount_cents) from period_lines y where y.period_id = p.id)",
    },
    Proof {
        rule: "I10",
        entity: "period_lines",
        holds: "A pack's line is one month of its period's terms, and the only one.",
        sql: "select x.id, x.quantity || ' of version ' || coalesce(x.pack_version_id, 'none') as detail from period_lines x
              join periods p on p.id = x.period_id join subscriptions s on s.id = p.subscription_id and s.kind = 'pack'
              where x.quantity <> 1 or x.line_no <> 1 or coalesce(x.pack_version_id, '') <> coalesce(p.pack_version_id, '-')",
    },
    Proof {
        rule: "I6",
        entity: "periods",
        holds: "A period paid by card has the state of its invoice. Paid means paid in full.",
        sql: "select p.id, p.payment_state || ', fee ' || p.price_cents || ', invoice ' || coalesce(i.status || ' ' || i.amount_paid, 'none') as detail
              from periods p join subscriptions s on s.id = p.subscription_id and s.rail = 'stripe'
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
        holds: "A period's invoice is for its fee and has the period's state.",
        sql: "select i.id, i.status || ' ' || i.amount_paid || ' of ' || i.amount_due || ', period ' || p.payment_state || ' ' || p.price_cents as detail
              from invoices i join periods p on p.stripe_invoice_id = i.id join subscriptions s on s.id = p.subscription_id
              where i.amount_due <> p.price_cents or i.currency <> p.currency or i.client_id <> s.client_id
                 or (i.status = 'paid') <> (p.payment_state in ('paid', 'refunded'))
                 or (i.status in ('void', 'uncollectible')) <> (p.payment_state = 'written_off')",
    },
    Proof {
        rule: "I6",
        entity: "periods",
        holds: "A period on the royalties rail has one deduction of its fee, in the same state.",
        sql: "select p.id, p.payment_state || ', fee ' || p.price_cents || ', deduction ' || coalesce(d.state || ' ' || d.amount_cents, 'none') as detail
              from periods p join subscriptions s on s.id = p.subscription_id and s.rail = 'royalties'
              left join royalty_deductions d on d.kind = 'pack' and d.source_id = p.id and d.reverses_id is null
              where d.id is null or d.amount_cents <> p.price_cents or d.currency <> p.currency or d.client_id <> s.client_id
                 or p.payment_state in ('pending', 'paid', 'failed')
                 or (d.state = 'due') <> (p.payment_state = 'royalty_due') or (d.state = 'paid') <> (p.payment_state = 'royalty_paid')",
    },
    Proof {
        rule: "I6",
        entity: "royalty_deductions",
        holds: "A deduction for a pack is for its period's fee, in the same state.",
        sql: "select d.id, d.state || ' ' || d.amount_cents || ', period ' || coalesce(p.payment_state || ' ' || p.price_cents, 'none') as detail
              from royalty_deductions d left join periods p on p.id = d.source_id left join subscriptions s on s.id = p.subscription_id
              where d.kind = 'pack' and d.reverses_id is null and (p.id is null or s.rail <> 'royalties' or d.amount_cents <> p.price_cents
                 or d.currency <> p.currency or d.client_id <> s.client_id
                 or (d.state = 'due') <> (p.payment_state = 'royalty_due') or (d.state = 'paid') <> (p.payment_state = 'royalty_paid'))",
    },
    Proof {
        rule: "I7",
        entity: "subscriptions",
        holds: "A client has at most one live pack of a service.",
        sql: "select min(id) as id, count(*) || ' live' as detail from subscriptions
              where kind = 'pack' and status in ('incomplete', 'active', 'past_due', 'suspended') group by client_id, service_id having count(*) > 1",
    },
    Proof {
        rule: "I9",
        entity: "subscriptions",
        holds: "A client has at most one live subscription in a slot.",
        sql: "select min(id) as id, count(*) || ' live in ' || slot as detail from subscriptions
              where status in ('incomplete', 'active', 'past_due', 'suspended') group by client_id, slot having count(*) > 1",
    },
    Proof {
        rule: "SU6",
        entity: "subscriptions",
        holds: "A subscription with benefits has a period, one without a first payment has none.",
        sql: "select s.id, s.status || ', ' || count(p.id) || ' periods' as detail from subscriptions s left join periods p on p.subscription_id = s.id
              group by s.id, s.status having (s.status in ('active', 'past_due') and count(p.id) = 0) or (s.status = 'incomplete' and count(p.id) > 0)",
    },
    Proof {
        rule: "CR2",
        entity: "credit_batches",
        holds: "Nothing is left in the batches of a subscription that has ended.",
        sql: "select b.id, 'remaining ' || b.remaining as detail from credit_batches b join allowances al on al.id = b.allowance_id join periods p on p.id = al.period_id
              join subscriptions s on s.id = p.subscription_id where s.status = 'ended' and b.remaining > 0",
    },
];
