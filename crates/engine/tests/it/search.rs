//! Lists find what is looked for in every script, and stand in one order, the same on both databases.

use crate::{assignment::studio, payables};
use domain::{
    Cents, PaymentType, Role,
    assignment::AssignmentQuery,
    operate::view::{MailLine, MailQuery},
    payables::PayablesQuery,
    people::{ClientsQuery, PeopleQuery},
    work::{RequestQuery, form::RequestForm, view::SubmitInput},
};
use engine::{
    Caller,
    testing::{Bench, bench},
};
use rstest::rstest;
use store::{mail::NewMail, testing::Backend};

/// What is looked for: letters that have another case beyond ASCII, one that is written in two signs, and the signs of patterns.
const TEXT: &str = r"E\u{301}clair Łódź ЖАННА 100%_\";
/// What must not be found with it.
const OTHER: &str = "Eclair Lodz 100 anna";

/// The parts of [`TEXT`], as people type them.
const FINDS: &[&str] = &[
    "éclair",
    "ÉCLAIR",
    "e\u{301}clair",
    " łódź ",
    "ŁÓDŹ",
    "жанна",
    "Жанна",
    "100%",
    "%_",
    r"_\",
];

fn text() -> String {
    TEXT.replace(r"\u{301}", "\u{301}")
}

/// A client with a running pack, one request beyond it, a vendor who is owed for the pack and was paid, a person and a mail; all
/// of them are called so.
async fn grown(bench: &Bench, name: &str, n: usize) {
    let engine = &bench.engine;
    let (client, owner) = bench.client(name, PaymentType::Royalties).await;
    let service = bench.service(name, Cents(2_500)).await;
    let (pack, version) = bench.pack(service, 5, Cents(40_000)).await;
    let subscription = bench.subscription(client, pack, version).await;
    let (vendor, _) = studio(bench, &format!("Studio {n}"), &[service]).await;
    bench.assign(engine, &[subscription], vendor).await.expect("a vendor");
    let form = RequestForm {
        service: service.to_string(),
        title: name.to_owned(),
        quantity: "1".into(),
        ..RequestForm::default()
    };
    let terms = engine.quote(&owner, service, 1).await.expect("a quote").quote.terms();
    let input = SubmitInput {
        form_key: format!("request-{n}"),
        form,
        terms: Some(terms),
    };
    engine.submit(&owner, &input).await.expect("a request");
    bench.user(name, Role::Support, None, None).await;
    let line = PayablesQuery {
        vendor: vendor.to_string(),
        ..PayablesQuery::default()
    };
    let lines = engine.payables_report(&bench.admin, &line).await.expect("lines").rows;
    let ids: Vec<String> = lines.iter().map(|line| line.id.to_string()).collect();
    assert!(!ids.is_empty());
    let key = format!("approve-{n}");
    engine
        .approve_payables(&bench.admin, &key, &ids)
        .await
        .expect("approved");
    let mut pays = payables::pays(&format!("pay-{n}"), &ids);
    pays.reference = name.to_owned();
    engine.pay_payables(&bench.admin, &pays).await.expect("paid");
    let mut tx = bench.tx().await;
    let id = format!("00000000-0000-7000-8000-0000000000{n:02}");
    let mail = NewMail {
        id: &id,
        dedupe_key: &id,
        user_id: None,
        to_email: "ana@example.test",
        subject: name,
        body_text: "",
        body_html: "",
        picture: None,
    };
    store::mail::queue(&mut tx, &mail, engine.now()).await.expect("a mail");
    tx.commit().await.expect("a commit");
}

/// Of all mails, for some of what happens is told by mail.
fn to_ana(mails: &[MailLine]) -> usize {
    mails.iter().filter(|mail| mail.to == "ana@example.test").count()
}

/// How many rows each list finds.
async fn found(bench: &Bench, admin: &Caller, q: &str) -> Vec<(&'static str, usize)> {
    let engine = &bench.engine;
    let q = q.to_owned();
    let requests = RequestQuery {
        q: q.clone(),
        ..RequestQuery::default()
    };
    let by_client = RequestQuery {
        client: q.clone(),
        ..RequestQuery::default()
    };
    let assignments = AssignmentQuery {
        q: q.clone(),
        ..AssignmentQuery::default()
    };
    let lines = PayablesQuery {
        q: q.clone(),
        ..PayablesQuery::default()
    };
    let people = PeopleQuery {
        q: q.clone(),
        role: Role::Support.as_str().into(),
        ..PeopleQuery::default()
    };
    let clients = ClientsQuery {
        q: q.clone(),
        ..ClientsQuery::default()
    };
    let mails = MailQuery {
        q,
        ..MailQuery::default()
    };
    vec![
        (
            "requests",
            engine.request_list(admin, &requests).await.expect("a list").rows.len(),
        ),
        (
            "requests of clients",
            engine.request_list(admin, &by_client).await.expect("a list").rows.len(),
        ),
        (
            "assignments",
            engine
                .assignment_list(admin, &assignments)
                .await
                .expect("a list")
                .rows
                .len(),
        ),
        (
            "payables",
            engine.payables_report(admin, &lines).await.expect("a list").rows.len(),
        ),
        (
            "people",
            engine.people(admin, &people).await.expect("a list").people.len(),
        ),
        (
            "clients",
            engine.clients(admin, &clients).await.expect("a list").clients.len(),
        ),
        (
            "mails",
            to_ana(&engine.mails(admin, &mails).await.expect("a list").mails),
        ),
    ]
}

#[rstest]
#[tokio::test]
async fn s20_what_is_looked_for_is_found_in_every_script(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    grown(&bench, &text(), 1).await;
    grown(&bench, OTHER, 2).await;
    for words in FINDS {
        for (list, rows) in found(&bench, &bench.admin, words).await {
            assert_eq!(rows, 1, "{words:?} in {list}");
        }
    }
    // The signs of patterns stand for themselves.
    for words in ["1_0", "%anna", r"\%", "100%%"] {
        for (list, rows) in found(&bench, &bench.admin, words).await {
            assert_eq!(rows, 0, "{words:?} in {list}");
        }
    }
    for (list, rows) in found(&bench, &bench.admin, "ｅｃｌａｉｒ ＬＯＤＺ").await {
        assert_eq!(rows, 1, "wide letters in {list}");
    }
}

/// However a server sorts by itself: names stand in the order of their folded spelling.
#[rstest]
#[tokio::test]
async fn lists_stand_in_one_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let names = [
        "Zebra",
        "zebra crossing",
        "apple",
        "Banana",
        "Éclair",
        "eclair",
        "Łódź",
        "lodz",
        "ЖАННА",
        "東京",
        "Äpfel",
        "10 things",
    ];
    for name in names {
        bench.client(name, PaymentType::Monthly).await;
        bench.vendor(name).await;
        bench.service(name, Cents(900)).await;
    }
    let sorted = [
        "10 things",
        "apple",
        "Banana",
        "eclair",
        "lodz",
        "Zebra",
        "zebra crossing",
        "Äpfel",
        "Éclair",
        "Łódź",
        "ЖАННА",
        "東京",
    ];
    let (engine, admin) = (&bench.engine, &bench.admin);
    let clients = engine
        .clients(admin, &ClientsQuery::default())
        .await
        .expect("clients")
        .clients;
    let clients: Vec<&str> = clients.iter().map(|client| client.name.as_str()).collect();
    assert_eq!(clients, sorted);
    let vendors = engine.vendors(admin).await.expect("vendors");
    let vendors: Vec<&str> = vendors.iter().skip(1).map(|vendor| vendor.name.as_str()).collect();
    assert_eq!(vendors, sorted);
    let services = engine
        .request_list(admin, &RequestQuery::default())
        .await
        .expect("a list")
        .services;
    let services: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(services, sorted);
}
