//! The two schemas mean the same: what a rule leans on in one database, it finds in the other.
//!
//! Each database is asked what it has, in its own catalogue, and answers in the same sentences; a sentence that only one of
//! them says is a difference. Conditions (checks, partial indexes, triggers) are compared by their words and operators,
//! because PostgreSQL writes them anew.

use rstest::rstest;
use std::collections::BTreeSet;
use store::{
    Schema, StoreError, Tx,
    sqlx::{self, migrate::Migrator},
    testing::{Backend, database},
};

/// What only one of the two has, and why.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "counters",
    "PostgreSQL counts requests with a sequence: a counter's row would make all submissions wait for one another's commit",
)];

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

#[rstest]
#[tokio::test]
async fn migrations_run_and_the_internal_vendor_stands(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(test) = database(backend).await else { return };
    let mut tx = test.db.read().await.unwrap();
    let slug = store::on!(&mut tx, c => store::sqlx::query_scalar::<_, String>("select slug from vendors where kind = 'internal'").fetch_one(c).await).unwrap();
    assert_eq!(slug, "tri-pod", "TP1");
}

/// What SQL cannot fold is filled by whoever opens the books; twins that are there already stay two.
#[rstest]
#[tokio::test]
async fn names_are_folded_by_whoever_opens_the_books(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(test) = database(backend).await else { return };
    let names = ["Acme", "ACME", "Ａｃｍｅ", "Łódź"];
    let mut tx = test.db.write().await.unwrap();
    for (at, name) in names.into_iter().enumerate() {
        let (id, alias) = (format!("c{at}"), format!("Client {at}"));
        let sql = "insert into clients (id, name, alias, payment_type, created_at) values ($1, $2, $3, 'monthly', 1)";
        store::on!(&mut tx, c => sqlx::query(sql).bind(&id).bind(name).bind(&alias).execute(c).await.map(|_| ()))
            .unwrap();
    }
    tx.commit().await.unwrap();
    // Again and again it is the same.
    for _ in 0..2 {
        store::migrate(&test.db).await.unwrap();
        let mut tx = test.db.read().await.unwrap();
        let sql = "select name_folded from clients order by id";
        let folded = store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(sql).fetch_all(c).await).unwrap();
        assert_eq!(folded, ["acme", "acme\nc1", "acme\nc2", "łódź"]);
        let sql = "select name_folded from vendors where kind = 'internal'";
        let vendor = store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(sql).fetch_one(c).await).unwrap();
        assert_eq!(vendor, "tri-pod");
    }
}

/// Without it SQLite plans every statement with a bound limit or pattern anew, each time (`.cargo/config.toml`).
#[tokio::test]
async fn sqlite_keeps_its_plans() {
    let test = database(Backend::Sqlite).await.expect("a file");
    let mut tx = test.db.read().await.unwrap();
    let built_with = store::on!(&mut tx, c => store::sqlx::query_scalar::<_, String>("select compile_options from pragma_compile_options").fetch_all(c).await).unwrap();
    assert!(
        built_with.iter().any(|option| option == "ENABLE_QPSG"),
        "{built_with:?}"
    );
}

#[test]
fn both_folders_have_the_same_migrations() {
    let names = |migrator: &Migrator| -> Vec<(i64, String)> {
        migrator
            .iter()
            .map(|m| (m.version, m.description.to_string()))
            .collect()
    };
    assert_eq!(names(&SQLITE), names(&POSTGRES));
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let Some(postgres) = database(Backend::Postgres).await else {
        return;
    };
    let sqlite = database(Backend::Sqlite).await.expect("a file");
    let (mut lite, mut pg) = (sqlite.db.read().await.unwrap(), postgres.db.read().await.unwrap());
    let (lite, pg) = (sqlite_facts(&mut lite).await, postgres_facts(&mut pg).await);
    let mut used = BTreeSet::new();
    let mut differences = Vec::new();
    for (only, here, there) in [("SQLite", &lite, &pg), ("PostgreSQL", &pg, &lite)] {
        for fact in here.difference(there) {
            match EXCEPTIONS
                .iter()
                .find(|(table, _)| fact.split(' ').nth(1) == Some(table))
            {
                Some((table, _)) => drop(used.insert(*table)),
                None => differences.push(format!("only {only}: {fact}")),
            }
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
    assert_eq!(used.len(), EXCEPTIONS.len(), "an exception that is none any more");
    // A catalogue that answers nothing agrees with everything.
    for kind in ["column", "unique", "index", "foreign", "check", "named", "trigger"] {
        let of_kind = lite.iter().filter(|fact| fact.split(' ').next() == Some(kind));
        assert!(of_kind.count() > 3, "{kind}: nothing was compared");
    }
}

/// Invariant 6: what is logged of an error names what was asked for, and holds nothing of the row. PostgreSQL's details are
/// whole rows.
#[rstest]
#[tokio::test]
async fn errors_hold_no_rows(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(test) = database(backend).await else { return };
    let person = "insert into users (id, email, name, role, client_id, active, created_at)
                  values ($1, 'olga@secret.test', 'Olga Secret', 'admin', $2, true, 1)";
    let mut tx = test.db.write().await.unwrap();
    store::on!(&mut tx, c => sqlx::query(person).bind("first").bind(None::<&str>).execute(c).await.map(|_| ()))
        .unwrap();
    tx.commit().await.unwrap();
    let mut shown = Vec::new();
    for (id, client) in [("second", None), ("third", Some("Secret & Sons"))] {
        let mut tx = test.db.write().await.unwrap();
        let done = store::on!(&mut tx, c => sqlx::query(person).bind(id).bind(client).execute(c).await.map(|_| ()));
        shown.push(StoreError::from(done.expect_err("refused")));
    }
    let mut tx = test.db.read().await.unwrap();
    // A text where a number is wanted: on PostgreSQL the statement fails, on SQLite the reading of the row.
    let number = "select cast($1 as bigint)";
    let done = store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(number).bind("Secret text").fetch_one(c).await);
    shown.push(StoreError::from(done.expect_err("refused")));
    for error in shown {
        let mut said = format!("{error} {error:?} {error:#?}");
        let mut under = std::error::Error::source(&error);
        while let Some(cause) = under {
            said.push_str(&format!(" {cause} {cause:?}"));
            under = cause.source();
        }
        assert!(!said.to_lowercase().contains("secret"), "{said}");
        assert!(said.len() > 20, "it says something: {said}");
    }
}

/// The comparison can fail: a column, a condition and a rule that only one of them has are seen.
#[tokio::test]
async fn a_difference_is_seen() {
    let sqlite = database(Backend::Sqlite).await.expect("a file");
    let mut tx = sqlite.db.write().await.unwrap();
    let before = sqlite_facts(&mut tx).await;
    for sql in [
        "create table extra (id text not null primary key, n bigint constraint extra_positive check (n > 0 and n <> 7))",
        "create unique index extra_n on extra (n) where n > 5",
        "create trigger extra_no_delete before delete on extra begin select raise(abort, 'extra'); end",
        "drop trigger audit_log_no_delete",
    ] {
        store::on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
    }
    let after = sqlite_facts(&mut tx).await;
    let new: Vec<&str> = after.difference(&before).map(String::as_str).collect();
    assert_eq!(
        new,
        [
            "check extra extra_positive: 0 7 <> > n",
            "column extra id text not null key 1 default none",
            "column extra n bigint key 0 default none",
            "index extra extra_n unique (n) of  where 5 > n",
            "named extra extra_positive",
            "trigger extra delete: extra when ",
        ]
    );
    let gone: Vec<&str> = before.difference(&after).map(String::as_str).collect();
    assert_eq!(gone, ["trigger audit_log delete: audit_log_append_only when "]);
}

/// F6: who only looks asks this before anything else.
#[rstest]
#[tokio::test]
async fn f6_how_far_a_database_is_with_its_migrations_is_known(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(test) = database(backend).await else { return };
    assert_eq!(test.db.schema().await.expect("read"), Schema::Current);
    for (change, then) in [
        (
            "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)",
            Schema::Older,
        ),
        (
            "update _sqlx_migrations set version = 9999 where version = 1",
            Schema::Newer,
        ),
        ("delete from _sqlx_migrations", Schema::Missing),
        ("drop table _sqlx_migrations", Schema::Missing),
    ] {
        let mut tx = test.db.write().await.expect("a transaction");
        store::on!(&mut tx, c => sqlx::query(change).execute(c).await.map(|_| ())).expect(change);
        tx.commit().await.expect("a commit");
        assert_eq!(test.db.schema().await.expect("read"), then, "{change}");
    }
}

async fn texts(tx: &mut Tx, sql: &'static str) -> Vec<String> {
    store::on!(tx, c => sqlx::query_scalar::<_, String>(sql).fetch_all(c).await).expect(sql)
}

async fn conditions(tx: &mut Tx, sql: &'static str) -> Vec<(String, String)> {
    store::on!(tx, c => sqlx::query_as::<_, (String, String)>(sql).fetch_all(c).await).expect(sql)
}

/// The words and operators of a condition, whichever way it is written.
fn words(condition: &str) -> String {
    let text = condition
        .to_lowercase()
        .replace("::text", "")
        .replace("::bigint", "")
        .replace("<> all", "not in")
        .replace("= any", "in");
    let mut out = BTreeSet::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            c if c.is_alphanumeric() || c == '_' => rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len()),
            '<' | '>' | '=' => rest.find(|c| !"<>=".contains(c)).unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        let (word, after) = rest.split_at(taken);
        rest = after;
        match word {
            "and" | "or" | "is" | "array" | "check" => {}
            "in" => drop(out.insert("=".to_owned())),
            // PostgreSQL writes large numbers as text.
            _ if word.trim_matches('\'').parse::<i64>().is_ok() => drop(out.insert(word.trim_matches('\'').to_owned())),
            "between" => out.extend([">=".to_owned(), "<=".to_owned()]),
            _ if word.chars().all(|c| c.is_whitespace() || "()[],.+-".contains(c)) => {}
            _ => drop(out.insert(word.to_owned())),
        }
    }
    out.into_iter().collect::<Vec<_>>().join(" ")
}

/// "create trigger … before update of a, b or delete on t … 'word'" as one sentence for each event. What refuses does so before;
/// what tells searches does so after, and its word is the field.
fn trigger_facts(sql: &str) -> Vec<String> {
    let text = sql.to_lowercase();
    let words_of = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let (time, after) = match text.split_once(" before ") {
        Some((_, after)) => ("", after),
        None => ("after ", text.split_once(" after ").expect("before or after").1),
    };
    let (events, after) = after.split_once(" on ").expect("a table");
    let table = after
        .split_whitespace()
        .next()
        .expect("a table")
        .trim_start_matches("public.");
    let when = after.split_once(" when ").map_or("", |(_, rest)| {
        let end = rest
            .find(" execute ")
            .or_else(|| rest.find("begin"))
            .unwrap_or(rest.len());
        &rest[..end]
    });
    let word = after.rsplit('\'').nth(1).expect("the name of the rule");
    words_of(events)
        .split(" or ")
        .map(|event| format!("trigger {table} {time}{event}: {word} when {}", words(when)))
        .collect()
}

/// An index by its columns (`name`), by the words of what it computes, and by its condition.
fn index_facts(name: &str, definition: &str) -> [String; 1] {
    let text = definition.to_lowercase();
    let (of, predicate) = text.split_once(" where ").unwrap_or((&text, ""));
    let computed = of
        .split_once('(')
        .map(|(_, columns)| columns)
        .filter(|columns| columns.contains('('));
    [format!(
        "{name} of {} where {}",
        words(computed.unwrap_or("")),
        words(predicate)
    )]
}

async fn sqlite_facts(tx: &mut Tx) -> BTreeSet<String> {
    let mut facts: BTreeSet<String> = BTreeSet::new();
    for sql in [
        "select 'column ' || m.name || ' ' || p.name || ' ' || lower(p.type) || case when p.\"notnull\" then ' not null' else '' end
           || ' key ' || p.pk || ' default ' || coalesce(p.dflt_value, 'none')
         from sqlite_master m join pragma_table_xinfo(m.name) p where m.type = 'table' and m.name not like 'sqlite%' and m.name not like '\\_sqlx%' escape '\\'",
        "select 'unique ' || m.name || ' (' || (select group_concat(name, ', ') from (select name from pragma_index_info(i.name) order by seqno)) || ')'
         from sqlite_master m join pragma_index_list(m.name) i where m.type = 'table' and i.origin = 'u'",
        "select 'foreign ' || m.name || ' (' || group_concat(f.\"from\", ', ' order by f.seq) || ') to ' || f.\"table\" || ' ('
           || group_concat(f.\"to\", ', ' order by f.seq) || ') update ' || lower(f.on_update) || ' delete ' || lower(f.on_delete)
         from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table' group by m.name, f.id",
    ] {
        facts.extend(texts(tx, sql).await);
    }
    for (name, sql) in conditions(
        tx,
        "select 'index ' || m.tbl_name || ' ' || m.name || case when i.\"unique\" then ' unique' else '' end || ' ('
           || (select group_concat(name, ', ') from (select name from pragma_index_info(m.name) order by seqno)) || ')', m.sql
         from sqlite_master m join pragma_index_list(m.tbl_name) i on i.name = m.name where m.type = 'index' and m.sql is not null",
    )
    .await
    {
        facts.extend(index_facts(&name, &sql));
    }
    for (table, sql) in conditions(
        tx,
        "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '\\_sqlx%' escape '\\'",
    )
    .await
    {
        let bare: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
        let bare = bare.join(" ");
        for part in bare.split("constraint ").skip(1) {
            let (name, rest) = part.split_once(' ').expect("a name");
            facts.insert(format!("named {table} {name}"));
            if let Some(rest) = rest.trim_start().strip_prefix("check") {
                facts.insert(format!("check {table} {name}: {}", words(balanced(rest))));
            }
        }
        let (all, named) = (bare.matches("check (").count(), bare.matches("constraint ").count());
        assert!(all <= named, "{table}: every check has a name");
    }
    for (_, sql) in conditions(tx, "select name, sql from sqlite_master where type = 'trigger'").await {
        facts.extend(trigger_facts(&sql));
    }
    facts
}

/// From the first bracket to the one that closes it.
fn balanced(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return &text[..=at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    text
}

async fn postgres_facts(tx: &mut Tx) -> BTreeSet<String> {
    let mut facts: BTreeSet<String> = BTreeSet::new();
    for sql in [
        "select 'column ' || t.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
           || ' key ' || coalesce(array_position(k.conkey, a.attnum), 0)
           || ' default ' || coalesce(replace(pg_get_expr(d.adbin, d.adrelid), '::text', ''), 'none')
         from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
         left join pg_constraint k on k.conrelid = t.oid and k.contype = 'p'
         left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
         where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace and t.relname not like '\\_sqlx%'",
        "select 'unique ' || t.relname || ' (' || (select string_agg(a.attname, ', ' order by n.ord) from unnest(k.conkey) with ordinality n (num, ord)
             join pg_attribute a on a.attrelid = t.oid and a.attnum = n.num) || ')'
         from pg_constraint k join pg_class t on t.oid = k.conrelid where k.contype = 'u' and t.relnamespace = 'public'::regnamespace",
        "select 'named ' || t.relname || ' ' || k.conname from pg_constraint k join pg_class t on t.oid = k.conrelid
         where (k.contype in ('c', 'u') or (k.contype = 'f' and k.conname not like '%\\_fkey')) and t.relnamespace = 'public'::regnamespace",
        "select 'foreign ' || t.relname || ' (' || (select string_agg(a.attname, ', ' order by n.ord) from unnest(k.conkey) with ordinality n (num, ord)
             join pg_attribute a on a.attrelid = t.oid and a.attnum = n.num) || ') to ' || o.relname || ' ('
           || (select string_agg(a.attname, ', ' order by n.ord) from unnest(k.confkey) with ordinality n (num, ord)
             join pg_attribute a on a.attrelid = o.oid and a.attnum = n.num) || ')'
           || ' update ' || case k.confupdtype when 'a' then 'no action' when 'c' then 'cascade' when 'n' then 'set null' when 'r' then 'restrict' else 'set default' end
           || ' delete ' || case k.confdeltype when 'a' then 'no action' when 'c' then 'cascade' when 'n' then 'set null' when 'r' then 'restrict' else 'set default' end
         from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class o on o.oid = k.confrelid
         where k.contype = 'f' and t.relnamespace = 'public'::regnamespace",
    ] {
        facts.extend(texts(tx, sql).await);
    }
    for (name, definition) in conditions(
        tx,
        "select 'index ' || t.relname || ' ' || i.relname || case when x.indisunique then ' unique' else '' end || ' ('
           || (select string_agg(a.attname, ', ' order by n.ord) from unnest(x.indkey::int2[]) with ordinality n (num, ord)
             join pg_attribute a on a.attrelid = t.oid and a.attnum = n.num) || ')', pg_get_indexdef(x.indexrelid)
         from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
         where t.relnamespace = 'public'::regnamespace and t.relname not like '\\_sqlx%'
           and not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u'))",
    )
    .await
    {
        facts.extend(index_facts(&name, &definition));
    }
    for (name, definition) in conditions(
        tx,
        "select 'check ' || t.relname || ' ' || k.conname, pg_get_constraintdef(k.oid) from pg_constraint k join pg_class t on t.oid = k.conrelid
         where k.contype = 'c' and t.relnamespace = 'public'::regnamespace",
    )
    .await
    {
        facts.insert(format!("{name}: {}", words(&definition)));
    }
    for sql in texts(
        tx,
        "select pg_get_triggerdef(g.oid) from pg_trigger g join pg_class t on t.oid = g.tgrelid where not g.tgisinternal and t.relnamespace = 'public'::regnamespace",
    )
    .await
    {
        facts.extend(trigger_facts(&sql));
    }
    facts
}
