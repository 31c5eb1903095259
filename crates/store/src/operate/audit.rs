//! The audit log as it is read (§26): each row with the names of who did it and of what it was done to.

use crate::{StoreResult, Tx, kernel::like};
use domain::Instant;
use sqlx::AssertSqlSafe;

/// One row of the audit log, with the name of the person behind it and of the thing.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditRow {
    /// Its id.
    pub id: String,
    /// "user:…", "system" or "stripe".
    pub actor: String,
    /// The person's name.
    pub actor_name: Option<String>,
    /// "pack.created".
    pub action: String,
    /// "pack".
    pub entity: String,
    /// Its id.
    pub entity_id: String,
    /// What the thing is called now: "20 × Logo design".
    pub thing: Option<String>,
    /// What stood before, JSON.
    pub before: Option<String>,
    /// What stands now, JSON.
    pub after: Option<String>,
    /// When.
    pub at: Instant,
}

/// What the audit log is filtered by; empty fields are not.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditFilter<'a> {
    /// A kind of thing.
    pub entity: &'a str,
    /// One thing.
    pub entity_id: &'a str,
    /// Who did it.
    pub actor: &'a str,
    /// Words in the name of who did it.
    pub who: &'a str,
    /// Not before this instant.
    pub from: Option<Instant>,
    /// Before this one.
    pub until: Option<Instant>,
    /// The instant and id of the last row of the page before.
    pub before: Option<(Instant, &'a str)>,
}

/// The audit log, newest first. Only what it is filtered by stands in the text, so that an index can be chosen by it; names are
/// looked up for the rows of the page alone.
pub async fn audit_page(tx: &mut Tx, filter: &AuditFilter<'_>, limit: i64) -> StoreResult<Vec<AuditRow>> {
    let (at, id) = filter.before.unwrap_or((Instant(i64::MAX), ""));
    let mut conditions = "(a.at, a.id) < ($4, $5)".to_owned();
    for (is_on, condition) in [
        (!filter.entity.is_empty(), " and a.entity = $1"),
        (!filter.entity_id.is_empty(), " and a.entity_id = $2"),
        (!filter.actor.is_empty(), " and a.actor = $3"),
        (
            !filter.who.is_empty(),
            r" and a.actor in (select 'user:' || u.id from users u where u.name_folded like $6 escape '\')",
        ),
        (filter.from.is_some(), " and a.at >= $7"),
        (filter.until.is_some(), " and a.at < $8"),
    ] {
        if is_on {
            conditions.push_str(condition);
        }
    }
    let sql = format!(
        "select p.id, p.actor, u.name as actor_name, p.action, p.entity, p.entity_id, p.before, p.after, p.at,
             case p.entity
                 when 'request' then (select case when r.number is null then r.title else '#' || r.number || ' ' || r.title end
                     from service_requests r where r.id = p.entity_id)
                 when 'pack' then (select k.quantity || ' × ' || s.name
                     from packs k join services s on s.id = k.service_id where k.id = p.entity_id)
                 when 'subscription' then (select c.name || ' · ' || k.quantity || ' × ' || s.name
                     from subscriptions b join clients c on c.id = b.client_id
                     join packs k on k.id = b.pack_id join services s on s.id = k.service_id where b.id = p.entity_id)
                 when 'service' then (select s.name from services s where s.id = p.entity_id)
                 when 'client' then (select c.name from clients c where c.id = p.entity_id)
                 when 'vendor' then (select v.name from vendors v where v.id = p.entity_id)
                 when 'user' then (select o.name from users o where o.id = p.entity_id)
                 when 'payable' then (select v.name
                     from vendor_payables l join vendors v on v.id = l.vendor_id where l.id = p.entity_id)
                 when 'mail' then (select m.subject from mails m where m.id = p.entity_id)
                 when 'stripe_event' then (select e.type from stripe_events e where e.id = p.entity_id)
                 when 'agency' then (select v.name from agency g join vendors v on v.id = g.vendor_id)
                 when 'alarm' then (select l.kind from alarms l where l.id = p.entity_id)
             end as thing
         from (select a.id, a.actor, a.action, a.entity, a.entity_id, a.before, a.after, a.at
               from audit_log a where {conditions} order by a.at desc, a.id desc limit {limit}) p
         left join users u on u.id = case when substr(p.actor, 1, 5) = 'user:' then substr(p.actor, 6) end
         order by p.at desc, p.id desc"
    );
    rows!(
        tx,
        AuditRow,
        AssertSqlSafe(sql),
        filter.entity,
        filter.entity_id,
        filter.actor,
        at,
        id,
        like(filter.who),
        filter.from,
        filter.until
    )
}
