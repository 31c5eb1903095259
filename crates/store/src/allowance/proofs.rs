//! The proofs of the allowance (§1): each finds the rows that break it, and none while the books hold.

use crate::kernel::proofs::Proof;

/// What must hold here.
pub(crate) const PROOFS: &[Proof] = &[
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
        entity: "use_allocations",
        holds: "What a use took from a batch, and what came back, is what the ledger says.",
        sql: "select a.use_id as id, 'allocation ' || a.consumed || ' - ' || a.restored || ', ledger ' || coalesce(-sum(l.units), 0) as detail
              from use_allocations a left join consumption_ledger l on l.batch_id = a.batch_id and l.use_id = a.use_id
              group by a.use_id, a.batch_id, a.consumed, a.restored
              having a.consumed <> coalesce(-sum(case when l.kind = 'consume' then l.units end), 0)
                  or a.restored <> coalesce(sum(case when l.kind = 'restore' then l.units end), 0)",
    },
    Proof {
        rule: "I1",
        entity: "consumption_ledger",
        holds: "What was consumed and restored is what the use's allocation says.",
        sql: "select l.id, l.kind || ' ' || l.units || ', allocation ' || a.consumed || ' - ' || a.restored as detail
              from consumption_ledger l join use_allocations a on a.batch_id = l.batch_id and a.use_id = l.use_id
              join (select batch_id, use_id, coalesce(-sum(case when kind = 'consume' then units end), 0) as consumed,
                           coalesce(sum(case when kind = 'restore' then units end), 0) as restored
                    from consumption_ledger where use_id is not null group by batch_id, use_id) t
                on t.batch_id = l.batch_id and t.use_id = l.use_id
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
        sql: "select l.id, 'use ' || coalesce(l.use_id, 'none') as detail from consumption_ledger l
              where l.kind in ('consume', 'restore') and not exists
                  (select 1 from use_allocations a where a.batch_id = l.batch_id and a.use_id = l.use_id)",
    },
    Proof {
        rule: "I1",
        entity: "consumption_ledger",
        holds: "What a use consumed was its client's, when the use was made.",
        sql: "select l.id, l.kind || ' of client ' || b.client_id || ', use of ' || u.client_id as detail from consumption_ledger l
              join uses u on u.id = l.use_id join credit_batches b on b.id = l.batch_id
              where u.client_id <> b.client_id or (l.kind = 'consume' and (l.occurred_at <> u.occurred_at or l.local_day <> u.local_day))",
    },
    Proof {
        rule: "I11",
        entity: "allowances",
        holds: "What is used of an allowance was consumed from its own batch, less what came back.",
        sql: "select al.id, 'used ' || al.used || ', ledger ' || coalesce(-sum(l.units), 0) as detail from allowances al
              left join credit_batches b on b.allowance_id = al.id
              left join consumption_ledger l on l.batch_id = b.id and l.kind in ('consume', 'restore')
              group by al.id, al.used having al.used <> coalesce(-sum(l.units), 0)",
    },
    Proof {
        rule: "I2",
        entity: "allowances",
        holds: "An allowance owns exactly one batch, which grants its units of its meter and service, from its start to its end.",
        sql: "select al.id, 'includes ' || al.included || ', granted ' || coalesce(b.granted, -1) as detail from allowances al
              left join credit_batches b on b.allowance_id = al.id
              where b.id is null or b.granted <> al.included or b.starts_at <> al.starts_at or coalesce(b.expires_at, 0) <> al.ends_at
                 or b.meter_id <> al.meter_id or coalesce(b.service_id, '') <> coalesce(al.service_id, '')",
    },
    Proof {
        rule: "AS1",
        entity: "allowances",
        holds: "What may be used of a running subscription's last period says so, and nothing else does.",
        sql: "select al.id, 'running for ' || coalesce(al.running_for, 'none') || ', subscription ' || s.id || ' ' || s.status || ', period ' || p.seq as detail
              from allowances al join periods p on p.id = al.period_id join subscriptions s on s.id = p.subscription_id
              where coalesce(al.running_for, '') <> case when s.status in ('active', 'past_due')
                    and p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id) then s.id else '' end",
    },
];
