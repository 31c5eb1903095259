//! The proofs of subscriptions and their periods (§1): each finds the rows that break it, and none while the books hold.

use crate::kernel::proofs::Proof;

/// What must hold here.
pub(crate) const PROOFS: &[Proof] = &[
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
