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
];
