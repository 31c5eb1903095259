//! Zero N+1: what a page asks of the database does not grow with what it shows.

use crate::world::{World, everybody, two, world};
use domain::{
    Cents, PaymentType, Role, SubscriptionId,
    work::{form::RequestForm, view::SubmitInput},
};
use engine::{Caller, inbox::ReceivedEvent};
use http::StatusCode;
use monthly_packs::server::routes::{DOCUMENTS, EXPORTS};
use rstest::rstest;
use std::collections::BTreeMap;
use store::{
    billing::{InvoiceRow, upsert_invoice},
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

/// The most statements that a document may need, the session, the rights and the frame's counts included.
const BOUND: u64 = 12;

/// The most transactions that a document may read in: all of it is of one moment. One that writes (a boundary that is
/// crossed, a message that has been seen) reads anew afterwards.
const READS: u64 = 1;

/// The documents that need more, and how many. Integrity runs every proof of the books.
const LARGER: &[(&str, u64)] = &[("/admin/integrity", 80)];

/// The line with the most corrections.
const CORRECTED: &str = "select corrects_id from vendor_payables where corrects_id is not null group by corrects_id order by count(*) desc limit 1";

/// What stands in the addresses: always the fullest row of its kind.
pub(super) struct Ids(pub(super) BTreeMap<&'static str, String>);

pub(super) async fn rows(world: &World, sql: String) -> Vec<String> {
    let mut tx = world.bench.tx().await;
    store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_all(c).await).expect("rows")
}

async fn submit(world: &World, owner: &Caller, service: &str, key: &str) -> String {
    let engine = &world.bench.engine;
    let quote = engine
        .quote(owner, service.parse().expect("a service"), 1)
        .await
        .expect("a quote");
    let input = SubmitInput {
        form_key: key.to_owned(),
        form: RequestForm {
            service: service.to_owned(),
            title: format!("Request {key}"),
            quantity: "1".into(),
            brief: "Something green.".into(),
            wished_on: String::new(),
        },
        terms: Some(quote.quote.terms()),
    };
    engine.submit(owner, &input).await.expect("a request").id
}

/// Adds `times` of everything that a page can list, to the first client, to the vendor, and to the agency; `words` stand in what
/// is said of payments.
pub(super) async fn grow(world: &World, people: &[(&'static str, Caller)], from: u32, times: u32, words: &str) {
    let bench = &world.bench;
    let engine = &bench.engine;
    let owner = &people
        .iter()
        .find(|(name, _)| *name == "client owner")
        .expect("an owner")
        .1;
    let client = owner.client_id.expect("a client");
    let vendor = people
        .iter()
        .find_map(|(_, caller)| caller.vendor_id)
        .expect("a vendor");
    for n in from..from + times {
        let service = bench.service(&format!("Service {n}"), Cents(2_500)).await;
        let (pack, version) = bench.pack(service, 20, Cents(40_000)).await;
        // A pack that the client has not, beside the one that it has.
        bench.pack(service, 30, Cents(55_000)).await;
        bench.subscription(client, pack, version).await;
        let request = submit(world, owner, &service.to_string(), &format!("request-{n}")).await;
        let unpacked = bench.service(&format!("Unpacked {n}"), Cents(900)).await;
        let first = rows(
            world,
            format!("select min(id) from service_requests where client_id = '{client}'"),
        )
        .await
        .remove(0);
        submit(world, owner, &unpacked.to_string(), &format!("beyond-{n}")).await;
        engine
            .set_client_price(&bench.admin, client, unpacked, "8.00", "")
            .await
            .expect("a price");
        for (at, id) in [&request, &first].into_iter().enumerate() {
            let id = id.parse().expect("an id");
            for internal in [false, true] {
                let key = format!("message-{n}-{at}-{internal}");
                engine
                    .post_message(&bench.admin, id, &key, "Looks good.", internal)
                    .await
                    .expect("a message");
            }
        }
        let draft = RequestForm {
            title: format!("Draft {n}"),
            ..RequestForm::default()
        };
        engine
            .save_draft(owner, &format!("draft-{n}"), &draft)
            .await
            .expect("a draft");
        bench
            .user(&format!("Member {n}"), Role::ClientMember, Some(client), None)
            .await;
        bench
            .user(&format!("Designer {n}"), Role::VendorDesigner, None, Some(vendor))
            .await;
        let (other, other_owner) = bench.client(&format!("Client {n}"), PaymentType::Monthly).await;
        bench.subscription(other, pack, version).await;
        submit(world, &other_owner, &service.to_string(), &format!("other-{n}")).await;
        world.sign_in(owner).await;
        engine
            .invite_member(
                owner,
                &format!("invite-{n}"),
                "New",
                &format!("new-{n}@example.test"),
                false,
            )
            .await
            .expect("an invitation");
        let event = ReceivedEvent {
            id: &format!("evt_{n}"),
            kind: "invoice.paid",
            api_version: "",
            created: engine.now(),
            object_id: "in_1",
            payload: "{}",
        };
        engine.receive_event(&event).await.expect("an event");
        let mut tx = bench.tx().await;
        let key = format!("alarm-{n}");
        store::log::raise_alarm(&mut tx, &key, "test", "test", "1", "detail", &key, false, engine.now())
            .await
            .expect("an alarm");
        let external: domain::VendorId = engine.new_id();
        store::makers::vendor(&mut tx, external, &format!("Vendor {n}"), engine.now())
            .await
            .expect("a vendor");
        let subscription: SubscriptionId = store::on!(&mut tx, c =>
            sqlx::query_scalar::<_, SubscriptionId>("select id from subscriptions where client_id = $1 order by id limit 1").bind(client).fetch_one(c).await)
        .expect("a subscription");
        let invoice = InvoiceRow {
            id: format!("in_{n}"),
            client_id: client,
            subscription_id: Some(subscription),
            period_id: None,
            number: Some(format!("A-{n}")),
            status: "paid".into(),
            billing_reason: "subscription_cycle".into(),
            amount_due: Cents(40_000),
            amount_paid: Cents(40_000),
            currency: domain::Currency::USD,
            hosted_url: None,
            pdf_url: None,
            description: "20 × Logo design".into(),
            lines: "[]".into(),
            created_at: engine.now(),
            finalized_at: None,
            paid_at: Some(engine.now()),
        };
        upsert_invoice(&mut tx, &invoice, None, engine.now())
            .await
            .expect("an invoice");
        let sql = format!("update service_requests set vendor_id = '{vendor}' where status <> 'draft'");
        store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ())).expect("vendors");
        let sql = format!(
            "update periods set vendor_id = '{vendor}' where subscription_id in (select id from subscriptions where client_id = '{client}')"
        );
        store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ())).expect("vendors");
        tx.commit().await.expect("a commit");
        owe(world, people, n, words).await;
    }
}

/// Adds a line for each pack of the vendor and for a delivered unit; corrects the first line of all, asks about it, and pays the
/// newest.
async fn owe(world: &World, people: &[(&'static str, Caller)], n: u32, words: &str) {
    let bench = &world.bench;
    let engine = &bench.engine;
    let of = |wanted: &str| &people.iter().find(|(name, _)| *name == wanted).expect("somebody").1;
    let manager = of("vendor manager");
    let vendor = manager.vendor_id.expect("a vendor");
    let periods = rows(world, format!("select id from periods where vendor_id = '{vendor}'")).await;
    let periods: Vec<domain::PeriodId> = periods.iter().map(|id| id.parse().expect("an id")).collect();
    let mut tx = bench.tx().await;
    engine::payables::settle(&mut tx, engine, &periods, engine.now())
        .await
        .expect("lines");
    tx.commit().await.expect("a commit");
    bench
        .deliver(&format!(
            "select id from service_requests where form_key = 'beyond-{n}'"
        ))
        .await;
    let lines = format!("select id from vendor_payables where vendor_id = '{vendor}' and kind = 'pack' order by id");
    let lines = rows(world, lines).await;
    engine
        .correct_payable(
            &bench.admin,
            &format!("correct-{n}"),
            &lines[0],
            "1",
            &format!("A gift.{words}"),
        )
        .await
        .expect("a correction");
    engine
        .ask_about_payable(manager, &format!("ask-{n}"), &lines[0], &format!("Why?{words}"))
        .await
        .expect("a question");
    let asked = engine
        .payable(&bench.admin, &lines[0])
        .await
        .expect("a line")
        .queries
        .remove(0);
    engine
        .answer_query(&bench.admin, &format!("answer-{n}"), &asked.id, &format!("So.{words}"))
        .await
        .expect("an answer");
    let open = rows(
        world,
        format!(
            "select id from vendor_payables where vendor_id = '{vendor}' and kind = 'service' and state = 'accrued'"
        ),
    )
    .await;
    engine
        .approve_payables(&bench.admin, &format!("approve-{n}"), &open)
        .await
        .expect("approved");
    let paid = domain::payables::view::PayInput {
        form_key: format!("pay-{n}"),
        ids: open,
        paid_on: engine.zone().day(engine.now()).to_string(),
        reference: format!("WIRE-{n}{words}"),
        ..domain::payables::view::PayInput::default()
    };
    engine.pay_payables(&bench.admin, &paid).await.expect("paid");
}

impl Ids {
    pub(super) async fn of(world: &World, client: &str) -> Self {
        let mut ids = BTreeMap::new();
        for (pattern, sql) in [
            (
                "/requests/{id}",
                format!(
                    "select r.id from service_requests r where r.client_id = '{client}' and r.status <> 'draft' order by (select count(*) from request_messages m where m.request_id = r.id) desc, r.id limit 1"
                ),
            ),
            (
                "/payment/packs/{id}",
                format!("select id from subscriptions where client_id = '{client}' order by id limit 1"),
            ),
            (
                "/services/packs/{id}",
                "select id from packs where quantity = 30 order by id limit 1".to_owned(),
            ),
            (
                "/admin/packs/{id}",
                "select pack_id from subscriptions group by pack_id order by count(*) desc, pack_id limit 1".to_owned(),
            ),
            (
                "/admin/services/{id}",
                "select service_id from client_service_prices order by service_id limit 1".to_owned(),
            ),
            (
                "/admin/clients/{id}",
                format!("select id from clients where id = '{client}'"),
            ),
            (
                "/admin/vendors/{id}",
                "select vendor_id from vendor_members group by vendor_id order by count(*) desc, vendor_id limit 1"
                    .to_owned(),
            ),
            ("/admin/reports/vendor-payments/{id}", CORRECTED.to_owned()),
            ("/vendor/payments/{id}", CORRECTED.to_owned()),
            (
                "/admin/people/{id}",
                "select id from users where role = 'client_owner' order by id limit 1".to_owned(),
            ),
            (
                "/admin/webhooks/{id}",
                "select id from stripe_events order by id limit 1".to_owned(),
            ),
            (
                "/admin/mail/{id}",
                "select id from mails order by id limit 1".to_owned(),
            ),
        ] {
            let id = rows(world, sql).await.into_iter().next();
            ids.insert(pattern, id.unwrap_or_else(|| panic!("{pattern}: no row")));
        }
        Ids(ids)
    }
}

/// What a document asks of the database.
#[derive(Clone, Copy, Default)]
struct Asked {
    statements: u64,
    reads: u64,
}

/// What every document asks for everybody who may open it, once it has been opened before.
async fn measure(world: &World, people: &[(&'static str, Caller)]) -> BTreeMap<(String, &'static str), Asked> {
    let client = people[0].1.client_id.expect("the owner's client").to_string();
    let ids = Ids::of(world, &client).await;
    let db = world.bench.engine.db();
    let mut all = BTreeMap::new();
    // One of each side and of each kind of staff: the others see parts of the same.
    let sides = [
        "client owner",
        "internal designer",
        "vendor manager",
        "admin",
        "support",
    ];
    for (name, caller) in people.iter().filter(|(name, _)| sides.contains(name)) {
        let browser = world.sign_in(caller).await;
        for (pattern, access) in DOCUMENTS.iter().chain(EXPORTS) {
            if pattern.contains("{token}") || !access.lets_in(Some(caller.rights())) {
                continue;
            }
            let path = match ids.0.get(pattern) {
                Some(id) => pattern.replace("{id}", id),
                None => (*pattern).to_owned(),
            };
            assert!(!path.contains('{'), "{pattern}: which row?");
            let mut asked = Asked::default();
            for _ in 0..2 {
                let before = (db.statements(), db.reads());
                let answer = world.get(&browser, &path).await;
                asked = Asked {
                    statements: db.statements() - before.0,
                    reads: db.reads() - before.1,
                };
                let there = [StatusCode::OK, StatusCode::SEE_OTHER];
                assert!(there.contains(&answer.status), "{path} for {name}: {}", answer.status);
            }
            all.insert(((*pattern).to_owned(), *name), asked);
        }
    }
    all
}

#[rstest]
#[tokio::test]
async fn no_page_asks_more_of_a_larger_database(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let people = everybody(&world, &two).await;
    grow(&world, &people, 0, 2, "").await;
    let small = measure(&world, &people).await;
    grow(&world, &people, 2, 18, "").await;
    let large = measure(&world, &people).await;
    let mut wrong = Vec::new();
    let mut by_page: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((pattern, name), few) in &small {
        let many = large[&(pattern.clone(), *name)];
        let reads = few.reads.max(many.reads);
        // What a vendor has and what it has to do are read at the same time, so one of them in a transaction of its own.
        let most = if pattern == "/vendor" { READS + 1 } else { READS };
        if reads > most {
            wrong.push(format!(
                "{pattern} for {name}: read in {reads} transactions, {most} at most"
            ));
        }
        let (few, many) = (&few.statements, many.statements);
        let page = by_page.entry(pattern).or_default();
        *page = (page.0.max(*few), page.1.max(many));
        if many > *few {
            wrong.push(format!(
                "{pattern} for {name}: {few} statements, {many} with ten times the rows"
            ));
        }
        let bound = LARGER
            .iter()
            .find(|(known, _)| known == pattern)
            .map_or(BOUND, |(_, bound)| *bound);
        if many > bound {
            wrong.push(format!("{pattern} for {name}: {many} statements, {bound} at most"));
        }
    }
    for (pattern, (few, many)) in &by_page {
        eprintln!("{pattern:28} {few:3} {many:3}");
    }
    assert!(by_page.len() > 35, "{}", by_page.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
