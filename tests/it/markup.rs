//! What people type is words and never markup, wherever it reaches somebody: in every document of every role, in mails and in files.

use crate::{
    statements::{Ids, grow, rows},
    world::{World, everybody, two, world},
};
use http::StatusCode;
use monthly_packs::server::routes::{DOCUMENTS, EXPORTS};
use rstest::rstest;
use store::{
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

/// Ends everything that text could stand in, and begins an element with an attribute that runs.
const EVIL: &str = "\"'--></title></textarea></script><evil-x onfocus=a>&amp;";

/// Columns of what people type, what they are called, and what others say that we show. What may not be changed is written by the
/// use cases.
const TYPED: &[(&str, &[&str])] = &[
    ("clients", &["name", "alias"]),
    ("vendors", &["name", "phone", "notes"]),
    ("users", &["name"]),
    ("services", &["name"]),
    ("meters", &["unit_singular", "unit_plural"]),
    ("service_requests", &["title", "brief", "quantity_typed"]),
    ("request_events", &["actor_name", "detail"]),
    ("request_messages", &["body"]),
    ("payable_queries", &["question", "answer"]),
    ("alarms", &["kind", "detail"]),
    ("stripe_events", &["type", "object_id", "error", "payload"]),
    ("mails", &["subject", "body_text", "error"]),
    ("invoices", &["number", "description"]),
];

/// Every text of the product says it.
async fn spoil(world: &World) {
    let engine = &world.bench.engine;
    let admin = &world.bench.admin;
    // So that the log says it too.
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("idem_key", "a-vendor")
        .append_pair("name", &format!("Spoilt {EVIL}"))
        .append_pair("notes", EVIL)
        .finish();
    let browser = world.sign_in(admin).await;
    let saved = world.post(&browser, "/api/vendors/save", &form).await;
    assert!(saved.location().starts_with("/admin/vendors/"), "{}", saved.body);
    let open = "select id from vendor_payables where state = 'accrued' and corrects_id is null order by id";
    if let Some(line) = rows(world, open.to_owned()).await.last() {
        let voided = engine.void_payable(admin, "void-it", line, EVIL).await;
        voided.expect("a line that is void");
    }
    let mut tx = world.bench.tx().await;
    for (table, columns) in TYPED {
        let set: Vec<String> = columns
            .iter()
            .map(|column| format!("{column} = coalesce({column}, '') || $1"))
            .collect();
        let sql = format!("update {table} set {}", set.join(", "));
        let done = store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).bind(EVIL).execute(c).await.map(|done| done.rows_affected()));
        assert!(done.expect("an update") > 0, "{table}: a row to look at");
    }
    tx.commit().await.expect("a commit");
}

/// What was typed is not an element, not an attribute, and ends none.
fn assert_words_only(what: &str, html: &str) {
    assert!(!html.contains("<evil"), "{what}: an element was typed");
    for (at, _) in html.match_indices("onfocus=a") {
        assert!(html[..at].ends_with("evil-x "), "{what}: an attribute was typed");
    }
    for (begin, end) in [
        ("<title", "</title>"),
        ("<textarea", "</textarea>"),
        ("<script", "</script>"),
    ] {
        assert_eq!(html.matches(begin).count(), html.matches(end).count(), "{what}: {end}");
    }
}

#[rstest]
#[tokio::test]
async fn nothing_that_is_typed_is_markup_anywhere(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let people = everybody(&world, &two).await;
    grow(&world, &people, 0, 2, EVIL).await;
    spoil(&world).await;
    let client = two.clients[0].to_string();
    let ids = Ids::of(&world, &client).await;
    let draft = rows(
        &world,
        format!("select id from service_requests where client_id = '{client}' and status = 'draft'"),
    )
    .await
    .remove(0);
    let (mut seen, mut said) = (0, 0);
    for (name, caller) in &people {
        let browser = world.sign_in(caller).await;
        for (pattern, access) in DOCUMENTS {
            if pattern.contains("{token}") || !access.lets_in(Some(caller.rights())) {
                continue;
            }
            let path = match (ids.0.get(pattern), *pattern) {
                (Some(id), _) => pattern.replace("{id}", id),
                (None, "/requests/new") => format!("/requests/new?draft={draft}&check=1"),
                (None, _) => (*pattern).to_owned(),
            };
            let answer = world.get(&browser, &path).await;
            assert!(!answer.status.is_server_error(), "{path} for {name}: {}", answer.status);
            assert_words_only(&format!("{path} for {name}"), &answer.body);
            seen += 1;
            said += usize::from(answer.body.contains("&lt;evil-x"));
        }
    }
    eprintln!("{said} of {seen} documents say it");
    assert!(seen > 100 && said > 60, "{said} of {seen}");

    // Mails that the words are put into.
    let html = rows(&world, "select body_html from mails".to_owned()).await;
    assert!(
        html.iter()
            .any(|mail| mail.contains("&lt;evil-x") || mail.contains("&#60;evil-x")),
        "a mail says it"
    );
    for mail in &html {
        assert_words_only("a mail", mail);
    }
}

/// VP5: what a spreadsheet would calculate is text for it, whatever it begins with.
#[rstest]
#[tokio::test]
async fn vp5_no_cell_that_was_typed_is_a_formula(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let people = everybody(&world, &two).await;
    grow(&world, &people, 0, 1, "").await;
    let admin = world.sign_in(&world.bench.admin).await;
    let manager = people
        .iter()
        .find(|(name, _)| *name == "vendor manager")
        .expect("a manager");
    let manager = world.sign_in(&manager.1).await;
    for begins in ["=1+1", "+1", "-1", "@A1", "\u{ff1d}1", "\u{ff20}A1", " =1", "\u{a0}=1"] {
        let mut tx = world.bench.tx().await;
        for (table, columns) in TYPED
            .iter()
            .filter(|(table, _)| ["clients", "vendors", "services"].contains(table))
        {
            for column in *columns {
                let sql = format!("update {table} set {column} = $1 || id");
                store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).bind(begins).execute(c).await.map(|_| ()))
                    .expect("an update");
            }
        }
        tx.commit().await.expect("a commit");
        for (path, _) in EXPORTS.iter().filter(|(path, _)| path.ends_with(".csv")) {
            let browser = if path.starts_with("/admin") { &admin } else { &manager };
            let answer = world.get(browser, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            let text = answer.body.trim_start_matches('\u{feff}');
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let mut cells = 0;
            for row in reader.records() {
                for cell in &row.expect("a row") {
                    let first = cell.trim_start().chars().next();
                    // An amount may be less than nothing.
                    let amount = cell.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'.');
                    assert!(
                        amount || !first.is_some_and(|c| "=+-@＝＋－＠".contains(c)),
                        "{path}: {cell:?} after {begins:?}"
                    );
                    cells += 1;
                }
            }
            assert!(cells > 10, "{path}: {cells}");
        }
    }
}
