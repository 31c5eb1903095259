//! What has the words that somebody looks for (§20). Reads the words that the kernel keeps, and joins what they are of as it
//! stands now, so that whose it is is asked of the things themselves, as their lists do. May use work and what is below it. What
//! must not be here: writing words; that is a commit's part.

use crate::{
    StoreResult, Tx,
    kernel::{given, lines},
    work::Scope,
};
use domain::{
    ClientId, RequestId, RequestStatus,
    spelling::{begins, common_grams, grams, near, starts},
};
use serde::Serialize;
use sqlx::AssertSqlSafe;

/// Words that may have been meant by one that was typed, at most.
const ALIKE: usize = 20;

/// What stands for one of the words that were typed: all words from one to another, the second left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Range {
    nth: usize,
    from: String,
    to: String,
}

/// What is looked for: things that have, of each word that was typed, one of its ranges.
#[derive(Debug, Clone)]
pub struct Wanted {
    words: Vec<String>,
    ranges: Vec<Range>,
}

impl Wanted {
    /// The words as they were typed, each the beginning of what is looked for.
    pub fn new(words: Vec<String>) -> Self {
        let range = |(nth, word): (usize, &String)| Range {
            nth,
            from: word.clone(),
            // The last of all characters stands after whatever goes on.
            to: format!("{word}{}", if begins(word) { char::MAX } else { '\u{1}' }),
        };
        Wanted {
            ranges: words.iter().enumerate().map(range).collect(),
            words,
        }
    }

    /// Adds the words that somebody may have meant who mistyped theirs, beside those that begin as they typed; whether there
    /// are any.
    pub async fn add_alike(&mut self, tx: &mut Tx) -> StoreResult<bool> {
        let before = self.ranges.len();
        for (nth, typed) in self.words.iter().enumerate() {
            let alike = alike(tx, typed).await?;
            let others = alike.into_iter().filter(|word| !starts(typed, word)).take(ALIKE);
            self.ranges.extend(others.map(|word| Range {
                nth,
                to: format!("{word}\u{1}"),
                from: word,
            }));
        }
        Ok(self.ranges.len() > before)
    }

    fn count(&self) -> i64 {
        i64::try_from(self.words.len()).unwrap_or(i64::MAX)
    }
}

/// Known words that are spelled like one: those that have most in common with it are compared letter by letter.
async fn alike(tx: &mut Tx, typed: &str) -> StoreResult<Vec<String>> {
    let asked = grams(typed).into_iter().map(|gram| serde_json::json!({ "gram": gram }));
    let sql = format!(
        "with {} select g.word from search_grams g where g.gram in (select value->>'gram' from given)
         and exists (select 1 from search_words w where w.word = g.word)
         group by g.word having count(*) >= $2 order by count(*) desc, abs(length(g.word) - $3), g.word limit 300",
        given("given", 1, tx.is_postgres())
    );
    let letters = i64::try_from(typed.chars().count()).unwrap_or(i64::MAX);
    let found = rows!(
        tx,
        (String,),
        AssertSqlSafe(sql),
        lines(asked)?,
        common_grams(typed),
        letters
    )?;
    let words = found.into_iter().map(|(word,)| word);
    Ok(words.filter(|word| near(typed, word)).collect())
}

/// Which texts of these fields have which of the words: `hit (nth, field, object_id)`. Uses `$2`.
fn hits(fields: &str, postgres: bool) -> String {
    let range = format!("w.word >= g.value->>'from' and w.word < g.value->>'to' and w.field in ({fields})");
    // Each word is read as a range of the key. PostgreSQL would rather read all words once, had it the choice; to SQLite
    // `cross join` says what comes first.
    let words = if postgres {
        format!("lateral (select w.field, w.object_id from search_words w where {range} offset 0) w")
    } else {
        format!("search_words w where {range}")
    };
    format!(
        "with {}, hit as materialized (
            select cast(g.value->>'nth' as bigint) as nth, w.field, w.object_id from given g cross join {words})",
        given("given", 2, postgres)
    )
}

/// A request that was found.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RequestHit {
    /// Its id.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its state.
    pub status: RequestStatus,
    /// Its service.
    pub service: Option<String>,
    /// The client's name.
    pub client: String,
    /// The client's name for vendors.
    pub alias: String,
}

/// Requests of the scope, the best first and of those the newest: found by number, title, brief, service and the files that the
/// scope sees; staff also by the client's names, the vendor and the designer, vendors by the client's alias and their designers.
pub async fn requests(tx: &mut Tx, scope: Scope, wanted: &Wanted, limit: i64) -> StoreResult<Vec<RequestHit>> {
    let mut fields = "'request_number', 'request_title', 'request_brief', 'file_name', 'service_name'".to_owned();
    let mut found = format!(
        "select h.object_id as id, h.nth, case h.field when 'request_number' then 16 when 'request_title' then 8 else 1 end as weight
         from hit h where h.field in ('request_number', 'request_title', 'request_brief')
         union all select r.id, h.nth, 2 from hit h join request_files f on f.id = h.object_id join service_requests r on r.id = f.request_id
         where h.field = 'file_name' and {}
         union all select r.id, h.nth, 3 from hit h cross join service_requests r where h.field = 'service_name' and r.service_id = h.object_id and {}",
        scope.files_sql(),
        scope.sql()
    );
    let mut also = |names: &str, rows: &str| {
        fields.push_str(", ");
        fields.push_str(names);
        found.push_str(" union all ");
        found.push_str(rows);
    };
    match scope {
        Scope::Client(_) => {}
        Scope::Vendor(_) => {
            also(
                "'client_alias'",
                "select r.id, h.nth, 4 from hit h cross join service_requests r where r.client_id = h.object_id and h.field = 'client_alias'",
            );
            also(
                "'person_name'",
                "select r.id, h.nth, 2 from hit h join users u on u.id = h.object_id join service_requests r on r.designer_id = u.id
                 where h.field = 'person_name' and u.vendor_id = $1",
            );
        }
        Scope::All => {
            also(
                "'client_name', 'client_alias'",
                "select r.id, h.nth, 4 from hit h cross join service_requests r where r.client_id = h.object_id and h.field in ('client_name', 'client_alias')",
            );
            also(
                "'vendor_name', 'person_name'",
                "select r.id, h.nth, 2 from hit h cross join service_requests r where r.vendor_id = h.object_id and h.field = 'vendor_name'
                 union all select r.id, h.nth, 2 from hit h join service_requests r on r.designer_id = h.object_id where h.field = 'person_name'",
            );
        }
    }
    let sql = format!(
        "{hits}, found as ({found}),
         ranked as (select id, nth, max(weight) as weight from found group by id, nth),
         best as materialized (
            select r.id, sum(k.weight) as score from ranked k join service_requests r on r.id = k.id where {scope}
            group by r.id, r.number having count(*) = $3 order by sum(k.weight) desc, r.number desc limit {limit})
         select r.id, r.number, r.title, r.status, s.name as service, c.name as client, c.alias
         from best b join service_requests r on r.id = b.id join clients c on c.id = r.client_id left join services s on s.id = r.service_id
         order by b.score desc, r.number desc",
        hits = hits(&fields, tx.is_postgres()),
        scope = scope.sql(),
    );
    rows!(
        tx,
        RequestHit,
        AssertSqlSafe(sql),
        scope.id(),
        lines(&wanted.ranges)?,
        wanted.count()
    )
}

/// What else is found, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Clients, by name and alias.
    Client,
    /// People, by name and address.
    Person,
    /// Packs, by service and units a month.
    Pack,
    /// Services, by name.
    Service,
    /// Vendors, by name.
    Vendor,
    /// Invoices, by number.
    Invoice,
}

impl Kind {
    /// The fields that it is found by.
    const fn fields(self) -> &'static str {
        match self {
            Kind::Client => "'client_name', 'client_alias'",
            Kind::Person => "'person_name', 'person_email'",
            Kind::Pack => "'service_name', 'pack_quantity'",
            Kind::Service => "'service_name'",
            Kind::Vendor => "'vendor_name'",
            Kind::Invoice => "'invoice_number'",
        }
    }

    /// Things from `found`, with [`ThingHit`]'s columns and what they are sorted by. Uses `$1`, the client of whoever looks; empty
    /// for staff.
    const fn sql(self) -> &'static str {
        match self {
            Kind::Client => {
                "select c.id, c.name, c.alias as detail, c.id as of_id, '' as word, c.name_folded as sort_name, 0 as sort_number
                 from found x join clients c on c.id = x.id where $1 = ''"
            }
            Kind::Person => {
                "select u.id, u.name, u.email as detail, u.role as of_id, '' as word, u.name_folded as sort_name, 0 as sort_number
                 from found x join users u on u.id = x.id where ($1 = '' or u.client_id = $1)"
            }
            Kind::Pack => {
                "select p.id, s.name, cast(p.quantity as text) as detail, p.service_id as of_id,
                        case when p.archived_at is not null then 'archived' when not p.visible then 'hidden' else '' end as word,
                        s.name_folded as sort_name, p.quantity as sort_number
                 from found x join packs p on p.id = x.id join services s on s.id = p.service_id
                 where ($1 = '' or (p.visible and p.archived_at is null and s.active))"
            }
            Kind::Service => {
                "select s.id, s.name, '' as detail, s.id as of_id, case when s.active then '' else 'inactive' end as word,
                        s.name_folded as sort_name, 0 as sort_number
                 from found x join services s on s.id = x.id where ($1 = '' or s.active)"
            }
            Kind::Vendor => {
                "select v.id, v.name, '' as detail, v.id as of_id, case when v.active then '' else 'inactive' end as word,
                        v.name_folded as sort_name, 0 as sort_number
                 from found x join vendors v on v.id = x.id where $1 = ''"
            }
            Kind::Invoice => {
                "select i.id, i.number as name, c.name as detail, i.client_id as of_id, i.status as word, '' as sort_name, -i.created_at as sort_number
                 from found x join invoices i on i.id = x.id join clients c on c.id = i.client_id
                 where i.status <> 'draft' and ($1 = '' or i.client_id = $1)"
            }
        }
    }
}

/// A thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ThingHit {
    /// Its kind's place among those that were asked for.
    pub place: i64,
    /// Its id.
    pub id: String,
    /// Its name; of a pack, that of its service.
    pub name: String,
    /// A client's alias, a person's address, a pack's units a month, an invoice's client.
    pub detail: String,
    /// An invoice's client; a person's role.
    pub of_id: String,
    /// A word about its state; empty for none.
    pub word: String,
}

/// Things of these kinds, of each so many; with a client, what its people may see. One statement, because each word is read once
/// for all of them.
pub async fn things(
    tx: &mut Tx,
    kinds: &[Kind],
    client: Option<ClientId>,
    wanted: &Wanted,
    limit: i64,
) -> StoreResult<Vec<ThingHit>> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let found = kinds.iter().enumerate().map(|(place, kind)| {
        // A pack has the words of its service.
        let texts = match kind {
            Kind::Pack => {
                "select h.object_id as id, h.nth from hit h where h.field = 'pack_quantity'
                 union all select p.id, h.nth from hit h join packs p on p.service_id = h.object_id where h.field = 'service_name'"
                    .to_owned()
            }
            _ => format!("select h.object_id as id, h.nth from hit h where h.field in ({})", kind.fields()),
        };
        format!(
            "select * from (
                select cast({place} as bigint) as place, of_kind.* from (
                    with found as (select t.id from ({texts}) t group by t.id having count(distinct t.nth) = $3) {}
                ) of_kind order by sort_name, sort_number, id limit {limit}
             ) few{place}",
            kind.sql()
        )
    });
    let found: Vec<String> = found.collect();
    let fields: Vec<&str> = kinds.iter().map(|kind| kind.fields()).collect();
    let sql = format!(
        "{} select place, id, name, detail, of_id, word from ({}) found order by place, sort_name, sort_number, id",
        hits(&fields.join(", "), tx.is_postgres()),
        found.join(" union all ")
    );
    let client = client.map(|id| id.to_string()).unwrap_or_default();
    rows!(
        tx,
        ThingHit,
        AssertSqlSafe(sql),
        client,
        lines(&wanted.ranges)?,
        wanted.count()
    )
}
