//! Invariant 7 on both databases: whatever a person can press twice is done once, and the second press gets the first one's
//! answer; the same key with other words is refused and loses nothing; what is no key of ours is refused.

use crate::{
    allowance::submit,
    assignment::{pack, studio},
    catalogue, payables,
    previews::PNG,
};
use domain::{
    AppError, AppResult, Cents, FileId, PackId, PaymentType, RequestId, Role, ServiceId, SubscriptionId, VendorId,
    assignment::view::AssignInput,
    catalogue::services::ServiceForm,
    error::Problem,
    people::{ClientForm, PersonForm, VendorForm},
    work::{
        form::RequestForm,
        view::{CommentInput, GiveInput, SubmitInput},
    },
};
use engine::{
    Caller,
    subscriptions::Subscribe,
    testing::{Bench, bench},
};
use futures::StreamExt as _;
use rstest::rstest;
use std::{collections::BTreeSet, fs, path::Path};
use store::{
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

/// A write that a person can repeat.
struct Write {
    name: &'static str,
    /// The server function that it stands behind.
    endpoint: &'static str,
    /// There are other words that could be sent under the same key.
    other: bool,
}

const fn write(name: &'static str, endpoint: &'static str) -> Write {
    let other = true;
    Write { name, endpoint, other }
}

/// One that says nothing but what it is of.
const fn bare(name: &'static str, endpoint: &'static str) -> Write {
    let other = false;
    Write { name, endpoint, other }
}

const WRITES: &[Write] = &[
    write("subscribe", "subscribe"),
    bare("retry", "subscriptions/retry"),
    bare("card", "payment/add-card"),
    write("assign", "assignments/assign"),
    bare("keep", "assignments/keep"),
    write("give", "requests/give"),
    write("approve", "payables/approve"),
    write("pay", "payables/pay"),
    write("void", "payables/void"),
    write("correct", "payables/correct"),
    write("ask", "vendor/ask"),
    write("answer", "payables/answer"),
    write("person", "people/save"),
    bare("invite again", "people/invite-again"),
    write("member", "members/invite"),
    write("client", "clients/save"),
    write("vendor", "vendors/save"),
    write("service", "services/save"),
    write("pack", "packs/save"),
    write("message", "requests/message"),
    write("comment", "requests/comment"),
    write("submit", "requests/submit"),
    // Other words under its key are what a draft is for.
    bare("draft", "requests/save-draft"),
];

/// What a write is done to: all of it new.
struct Ground {
    n: usize,
    owner: Caller,
    manager: Caller,
    subscription: SubscriptionId,
    packs: [PackId; 2],
    service: ServiceId,
    vendors: [VendorId; 2],
    assign: AssignInput,
    beyond: RequestId,
    /// The same as it is picked to be given.
    pick: String,
    /// Two lines of a vendor.
    lines: [String; 2],
    query: String,
    invited: String,
    /// What is attached to the request outside of packs.
    file: FileId,
}

async fn one(bench: &Bench, sql: String) -> String {
    let mut tx = bench.tx().await;
    let found = store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_one(c).await);
    found.unwrap()
}

async fn ground(bench: &Bench, write: &Write, n: usize) -> Ground {
    let engine = &bench.engine;
    let p = pack(bench, &format!("Client {n}"), &format!("Logo {n}")).await;
    let service = bench.service(&format!("Voice {n}"), Cents(900)).await;
    let (first, _) = bench.pack(service, 5, Cents(4_000)).await;
    let (second, _) = bench.pack(service, 10, Cents(7_000)).await;
    let offers = [p.service, service];
    let (pixel, manager) = studio(bench, &format!("PixelCo {n}"), &offers).await;
    let (thread, _) = studio(bench, &format!("Threadline {n}"), &offers).await;
    bench.assign(engine, &[p.id], pixel).await.unwrap();
    let beyond = submit(engine, &p.owner, &format!("beyond-{n}"), service, 2).await;
    let picks = [format!("{}~0", beyond.id)];
    let pick = engine
        .give_dialog(&bench.admin, &picks)
        .await
        .unwrap()
        .requests
        .remove(0)
        .pick;
    let line = one(
        bench,
        format!("select id from vendor_payables where vendor_id = '{pixel}'"),
    )
    .await;
    let more = engine
        .correct_payable(&bench.admin, &format!("more-{n}"), &line, "3", "Extra work")
        .await
        .unwrap();
    let lines = [line, more.to_string()];
    let mut query = String::new();
    let mut file = engine.new_id();
    match write.name {
        "pay" => {
            let key = format!("approved-{n}");
            engine.approve_payables(&bench.admin, &key, &lines).await.unwrap();
        }
        "answer" => {
            let key = format!("asked-{n}");
            engine
                .ask_about_payable(&manager, &key, &lines[0], "Why?")
                .await
                .unwrap();
            let sql = format!("select id from payable_queries where payable_id = '{}'", lines[0]);
            query = one(bench, sql).await;
        }
        "keep" => {
            bench.assign(engine, &[p.id], thread).await.unwrap();
        }
        "comment" => {
            let bytes = futures::stream::once(async { Ok(bytes::Bytes::from_static(PNG)) }).boxed();
            let request = beyond.id.parse().unwrap();
            engine.add_file(&p.owner, request, "idea.png", bytes).await.unwrap();
            let sql = format!("select id from request_files where request_id = '{request}'");
            file = one(bench, sql).await.parse().unwrap();
        }
        _ => {}
    }
    let invited = engine
        .invite_member(
            &p.owner,
            &format!("mia-{n}"),
            "Mia",
            &format!("mia{n}@example.test"),
            false,
        )
        .await
        .unwrap();
    Ground {
        n,
        assign: bench.assign_input(&[p.id], thread).await,
        owner: p.owner,
        manager,
        subscription: p.id,
        packs: [first, second],
        service,
        vendors: [pixel, thread],
        beyond: beyond.id.parse().unwrap(),
        pick,
        lines,
        query,
        invited: invited.to_string(),
        file,
    }
}

fn told<T: std::fmt::Debug>(answer: AppResult<T>) -> AppResult<String> {
    answer.map(|answer| format!("{answer:?}"))
}

/// The press itself: of the same words, or of others.
async fn press(bench: &Bench, write: &Write, g: &Ground, key: &str, other: bool) -> AppResult<String> {
    let (engine, admin, n) = (&bench.engine, &bench.admin, g.n);
    let word = if other { "Other" } else { "Same" };
    let named = format!("{word} {n}");
    let address = format!("{word}{n}@example.test");
    match write.name {
        "subscribe" => {
            let input = Subscribe {
                pack_id: g.packs[usize::from(other)],
                form_key: key.to_owned(),
                expected_price: Cents(if other { 7_000 } else { 4_000 }),
            };
            told(engine.subscribe(&g.owner, input).await)
        }
        "retry" => told(engine.retry_first_payment(&g.owner, g.subscription, key).await),
        "card" => told(engine.add_card(&g.owner, key).await),
        "assign" => {
            let input = AssignInput {
                form_key: key.to_owned(),
                vendor: g.vendors[usize::from(!other)].to_string(),
                ..g.assign.clone()
            };
            told(engine.assign(admin, &input).await)
        }
        "keep" => told(engine.keep_vendor(admin, key, &g.assign.picks[0]).await),
        "give" => {
            let input = GiveInput {
                form_key: key.to_owned(),
                picks: vec![g.pick.clone()],
                to: format!("vendor:{}", g.vendors[usize::from(other)]),
                partial: false,
            };
            told(engine.give(admin, &input).await)
        }
        "approve" => {
            let ids = &g.lines[usize::from(other)..];
            told(engine.approve_payables(admin, key, ids).await)
        }
        "pay" => {
            let mut input = payables::pays(key, &g.lines);
            if other {
                input.reference = "WIRE-8".into();
            }
            told(engine.pay_payables(admin, &input).await)
        }
        "void" => told(engine.void_payable(admin, key, &g.lines[0], word).await),
        "correct" => {
            let amount = if other { "2" } else { "1" };
            told(engine.correct_payable(admin, key, &g.lines[0], amount, "Extra").await)
        }
        "ask" => told(engine.ask_about_payable(&g.manager, key, &g.lines[0], word).await),
        "answer" => told(engine.answer_query(admin, key, &g.query, word).await),
        "person" => {
            let form = PersonForm {
                name: named,
                email: address,
                role: Role::Support.as_str().into(),
                ..PersonForm::default()
            };
            told(engine.invite_person(admin, key, &form).await)
        }
        "invite again" => told(engine.invite_again(&g.owner, key, &g.invited).await),
        "member" => told(engine.invite_member(&g.owner, key, &named, &address, false).await),
        "client" => {
            let form = ClientForm {
                alias: format!("Alias of {named}"),
                name: named,
                payment_type: PaymentType::Monthly.as_str().into(),
            };
            told(engine.create_client(admin, key, &form).await)
        }
        "vendor" => {
            let form = VendorForm {
                name: named,
                active: true,
                ..VendorForm::default()
            };
            told(engine.create_vendor(admin, key, &form).await)
        }
        "service" => {
            let form = ServiceForm {
                name: named,
                unit_singular: "design".into(),
                unit_plural: "designs".into(),
                unit_price: "25".into(),
                turnaround_days: "5".into(),
                active: true,
            };
            told(engine.save_service(admin, None, 0, &form, key).await)
        }
        "pack" => {
            let form = catalogue::form(g.service, if other { "40" } else { "30" }, "120");
            told(engine.save_pack(admin, None, 0, &form, key).await)
        }
        "message" => told(engine.post_message(&g.owner, g.beyond, key, word, false).await),
        "comment" => {
            let comment = CommentInput {
                body: word.to_owned(),
                place: "250,750".into(),
                ..CommentInput::default()
            };
            told(engine.comment_on_file(&g.owner, g.file, key, &comment).await)
        }
        "submit" => {
            let quote = engine.quote(&g.owner, g.service, 1).await?;
            let input = SubmitInput {
                form_key: key.to_owned(),
                form: request(g, &named),
                terms: Some(quote.quote.terms()),
            };
            let done = engine.submit(&g.owner, &input).await;
            told(done.map(|done| (done.id, done.number)))
        }
        "draft" => told(engine.save_draft(&g.owner, key, &request(g, &named)).await),
        other => panic!("{other} is not written"),
    }
}

fn request(g: &Ground, title: &str) -> RequestForm {
    RequestForm {
        service: g.service.to_string(),
        title: title.to_owned(),
        quantity: "1".into(),
        ..RequestForm::default()
    }
}

/// How much there is of everything that a press may leave behind.
async fn counts(bench: &Bench) -> Vec<i64> {
    let mut found = Vec::new();
    for table in [
        "audit_log",
        "mails",
        // Not those of which there is one for all.
        "jobs where key <> kind",
        "outbox",
        "form_keys",
        "users",
        "user_tokens",
        "clients",
        "vendors",
        "services",
        "packs",
        "pack_versions",
        "subscriptions",
        "periods",
        "pack_assignments",
        "vendor_payables",
        "payable_queries",
        "service_requests",
        "request_messages",
        "request_pins",
        "request_events",
        "consumption_ledger",
        "charge_lines",
    ] {
        let sql = format!("select count(*) from {table}");
        let mut tx = bench.tx().await;
        let count = store::on!(&mut tx, c => sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).fetch_one(c).await);
        found.push(count.unwrap());
    }
    found
}

fn more(after: &[i64], before: &[i64]) -> Vec<i64> {
    after.iter().zip(before).map(|(after, before)| after - before).collect()
}

#[rstest]
#[tokio::test]
async fn double_presses_are_one_press(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    for (at, write) in WRITES.iter().enumerate() {
        // The first one begins what others are gathered in, such as a mail.
        let g = ground(&bench, write, at * 10 + 9).await;
        press(&bench, write, &g, &format!("first-{at}"), false).await.unwrap();
        let g = ground(&bench, write, at * 10).await;
        let before = counts(&bench).await;
        press(&bench, write, &g, &format!("single-{at}"), false).await.unwrap();
        let single = more(&counts(&bench).await, &before);
        for round in 1..4 {
            let g = ground(&bench, write, at * 10 + round).await;
            let key = format!("double-{at}-{round}");
            let before = counts(&bench).await;
            let (first, second) = tokio::join!(
                press(&bench, write, &g, &key, false),
                press(&bench, write, &g, &key, false)
            );
            assert_eq!(first, second, "{}, at once", write.name);
            assert!(first.is_ok(), "{}: {first:?}", write.name);
            let later = press(&bench, write, &g, &key, false).await;
            assert_eq!(later, first, "{}, later", write.name);
            let double = more(&counts(&bench).await, &before);
            assert_eq!(double, single, "{}: once, whatever it leaves behind", write.name);
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_used_key_with_other_words_is_said_and_loses_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    for (at, write) in WRITES.iter().enumerate().filter(|(_, write)| write.other) {
        let g = ground(&bench, write, at).await;
        let key = format!("used-{at}");
        let first = press(&bench, write, &g, &key, false).await.unwrap();
        let before = counts(&bench).await;
        let refused = press(&bench, write, &g, &key, true).await;
        let Err(AppError::FormUsed { key: new, sent, .. }) = refused else {
            panic!("{}: {refused:?}", write.name);
        };
        assert_eq!(
            sent.starts_with('#'),
            write.name == "submit",
            "{}: {sent:?}",
            write.name
        );
        assert_eq!(counts(&bench).await, before, "{}: nothing is written", write.name);
        let again = press(&bench, write, &g, &key, false).await;
        assert_eq!(again, Ok(first), "{}: the first press has its answer", write.name);
        // Under the new key they are a press of their own, with whatever answer that has.
        let fresh = press(&bench, write, &g, &new, true).await;
        assert!(
            !matches!(fresh, Err(AppError::FormUsed { .. } | AppError::Internal)),
            "{}: {fresh:?}",
            write.name
        );
    }
}

/// CO9: somebody comes back to a form that was sent, and changes it.
#[rstest]
#[tokio::test]
async fn co9_a_used_form_with_other_words_is_a_new_request(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] as_draft: bool,
) {
    let Some(bench) = bench(backend).await else { return };
    let (_, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let service = bench.service("Logo design", Cents(2_500)).await;
    let engine = &bench.engine;
    let form = |title: &str| RequestForm {
        service: service.to_string(),
        title: title.to_owned(),
        quantity: "1".into(),
        ..RequestForm::default()
    };
    let terms = engine.quote(&owner, service, 1).await.unwrap().quote.terms();
    let send = async |key: &str, title: &str| {
        let input = SubmitInput {
            form_key: key.to_owned(),
            form: form(title),
            terms: Some(terms),
        };
        engine.submit(&owner, &input).await
    };
    if as_draft {
        engine.save_draft(&owner, "form", &form("Lo")).await.unwrap();
    }
    let first = send("form", "Logo").await.unwrap();
    assert!(
        send("form", "Logo").await.unwrap().again,
        "the same words are the same press"
    );
    // What saves itself is told the same; what was sent has nothing left to save.
    assert_eq!(engine.save_draft(&owner, "form", &form("Logo")).await, Ok(None));
    let saved = engine.save_draft(&owner, "form", &form("Logo and card")).await;
    let sent = send("form", "Logo and card").await;
    for refused in [saved.map(|_| ()), sent.map(|_| ())] {
        let Err(AppError::FormUsed { sent, href, .. }) = &refused else {
            panic!("{refused:?}");
        };
        let words = (format!("#{}", first.number), format!("/requests/{}", first.id));
        assert_eq!((sent, href), (&words.0, &words.1));
    }
    let Err(AppError::FormUsed { key, .. }) = send("form", "Logo and card").await else {
        panic!("used");
    };
    let second = send(&key, "Logo and card").await.unwrap();
    assert!(!second.again && second.id != first.id);
    let titles = one(
        &bench,
        "select min(title) || ' / ' || max(title) || ' ' || count(*) from service_requests where status <> 'draft'"
            .into(),
    );
    assert_eq!(titles.await, "Logo / Logo and card 2");
}

#[rstest]
#[tokio::test]
async fn a_key_that_is_none_is_refused(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let long = "a".repeat(65);
    for (at, write) in WRITES.iter().enumerate() {
        let g = ground(&bench, write, at).await;
        let before = counts(&bench).await;
        for key in ["", &long, "a b", "a\0b", "ключ", "a_b"] {
            let refused = press(&bench, write, &g, key, false).await;
            let wrong = AppError::field("form_key", Problem::ChoiceInvalid);
            assert_eq!(refused, Err(wrong), "{} with {key:?}", write.name);
        }
        assert_eq!(counts(&bench).await, before, "{}", write.name);
    }
}

/// Every server function that takes a form's key is in the table, and only one place takes keys.
#[test]
fn every_form_with_a_key_is_pressed_here() {
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/api");
    let mut found = BTreeSet::new();
    for file in fs::read_dir(api).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for function in text.replace("#[server(default)] ", "").split("#[server(").skip(1) {
            let Some(endpoint) = function
                .split("endpoint = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            let arguments = function.split("->").next().unwrap_or_default();
            if arguments.contains("form_key: String") || arguments.contains("idem_key: String") {
                found.insert(endpoint.to_owned());
            }
        }
    }
    let here: BTreeSet<String> = WRITES.iter().map(|write| write.endpoint.to_owned()).collect();
    assert_eq!(found, here);
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut rooms = vec![engine.clone()];
    while let Some(folder) = rooms.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rooms.push(path);
            } else if !path.ends_with("kernel/forms.rs") {
                let text = fs::read_to_string(&path).unwrap();
                assert!(!text.contains("claim_form("), "{}: by Engine::press", path.display());
            }
        }
    }
}
