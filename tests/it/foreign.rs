//! §25, RQ7: the id of somebody else's row in every server function that takes one, for every role that may call it. The
//! answer is the same as for an id of nobody, and says nothing of the other one's.

use crate::world::{Answer, Browser, Two, World, everybody, two, world};
use domain::{
    Role, VendorId,
    notices::NoticeKind,
    work::{form::RequestForm, view::SubmitInput},
};
use engine::{Caller, inbox::ReceivedEvent};
use futures::{FutureExt as _, StreamExt as _};
use http::{Method, StatusCode};
use monthly_packs::server::routes::{DOCUMENTS, FUNCTIONS};
use rstest::rstest;
use std::cell::Cell;
use store::{
    notices::{self, NewNotice},
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

const NOBODY: &str = "00000000-0000-7000-8000-00000000dead";

/// What an argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id {
    Session,
    Person,
    Client,
    Vendor,
    Subscription,
    Draft,
    Request,
    File,
    Pack,
    Service,
    Mail,
    /// What somebody was told.
    Notice,
    Event,
    Alarm,
    /// A line of what a vendor is owed.
    Payable,
    /// A question about one.
    Query,
    /// A pack in a selection, with what was seen of it.
    Pick,
    /// A request outside of packs in a selection, with what was seen of it.
    Beyond,
    /// A choice in a form: one that is not there is said at its field, or leaves the form without it.
    Choice,
    /// A form's key, or a filter: somebody else's finds nothing of theirs.
    Other(&'static str),
}

/// Every argument that is an id: function, argument, what it names, the other fields of a call that could be good.
pub(super) const IDS: &[(&str, &str, Id, &str)] = &[
    ("/api/account/end-session", "id", Id::Session, ""),
    ("/api/people/form", "id", Id::Person, ""),
    (
        "/api/people/save",
        "id",
        Id::Person,
        "name=Somebody&email=some%40example.test&role=admin&active=true",
    ),
    (
        "/api/people/save",
        "client",
        Id::Choice,
        "name=Somebody&email=one%40example.test&role=client_member&idem_key=person-1",
    ),
    (
        "/api/people/save",
        "vendor",
        Id::Choice,
        "name=Somebody&email=two%40example.test&role=vendor_manager&idem_key=person-2",
    ),
    ("/api/people/invite-again", "id", Id::Person, "idem_key=again-1"),
    (
        "/api/members/invite",
        "idem_key",
        Id::Other("boreal-key"),
        "name=New&email=new%40example.test",
    ),
    ("/api/members/set-active", "id", Id::Person, ""),
    ("/api/clients/members-may-order-extra", "client", Id::Client, "on=true"),
    ("/api/clients/one", "id", Id::Client, ""),
    (
        "/api/clients/save",
        "id",
        Id::Client,
        "name=Renamed&alias=Other&payment_type=monthly",
    ),
    ("/api/clients/prices", "id", Id::Client, ""),
    ("/api/vendors/one", "id", Id::Vendor, ""),
    ("/api/vendors/save", "id", Id::Vendor, "name=Renamed&active=true"),
    ("/api/vendors/services", "id", Id::Vendor, ""),
    (
        "/api/vendors/payment",
        "id",
        Id::Vendor,
        "pack={pack}&payment=9&mode=per_pack",
    ),
    (
        "/api/vendors/payment",
        "pack",
        Id::Choice,
        "id={vendor}&payment=9&mode=per_pack",
    ),
    ("/api/vendors/remove-payment", "id", Id::Vendor, "pack={pack}"),
    ("/api/vendors/remove-payment", "pack", Id::Choice, "id={vendor}"),
    ("/api/assignments/list", "query", Id::Other("boreal"), ""),
    ("/api/assignments/dialog", "picks", Id::Pick, ""),
    ("/api/assignments/dialog", "query", Id::Other("boreal"), ""),
    ("/api/assignments/matching", "query", Id::Other("boreal"), ""),
    (
        "/api/assignments/assign",
        "picks",
        Id::Pick,
        "form_key={key}&vendor={vendor}",
    ),
    (
        "/api/assignments/assign",
        "vendor",
        Id::Choice,
        "form_key={key}&picks[0]={pick}",
    ),
    ("/api/assignments/keep", "pick", Id::Pick, "form_key={key}"),
    ("/api/payables/report", "query", Id::Other("boreal"), ""),
    ("/api/payables/matching", "query", Id::Other("boreal"), ""),
    ("/api/payables/dialog", "ids", Id::Payable, ""),
    ("/api/payables/dialog", "query", Id::Other("boreal"), ""),
    ("/api/payables/one", "id", Id::Payable, ""),
    ("/api/payables/approve", "ids", Id::Payable, "form_key={key}"),
    (
        "/api/payables/pay",
        "ids",
        Id::Payable,
        "form_key={key}&paid_on=2027-03-10&reference=WIRE-1",
    ),
    ("/api/payables/void", "id", Id::Payable, "form_key={key}&reason=Wrong"),
    (
        "/api/payables/correct",
        "id",
        Id::Payable,
        "form_key={key}&amount=1&reason=Wrong",
    ),
    ("/api/payables/answer", "id", Id::Query, "form_key={key}&answer=Yes"),
    ("/api/vendor/payable", "id", Id::Payable, ""),
    ("/api/vendor/ask", "id", Id::Payable, "form_key={key}&question=Why"),
    (
        "/api/vendor/ask",
        "form_key",
        Id::Other("boreal-key"),
        "id=00000000-0000-7000-8000-00000000dead&question=Why",
    ),
    ("/api/mails/one", "id", Id::Mail, ""),
    ("/api/requests/list", "query", Id::Other("boreal"), ""),
    ("/api/requests/form", "draft", Id::Draft, ""),
    ("/api/requests/form", "from", Id::Request, ""),
    ("/api/requests/form", "service", Id::Choice, ""),
    ("/api/requests/quote", "service", Id::Choice, "quantity=1"),
    (
        "/api/requests/save-draft",
        "form_key",
        Id::Other("boreal-draft"),
        "form[title]=Mine",
    ),
    (
        "/api/requests/save-draft",
        "form",
        Id::Other("{}"),
        "form_key=some-key&form[title]=Mine&form[service]={id}",
    ),
    ("/api/requests/delete-draft", "id", Id::Draft, ""),
    (
        "/api/requests/submit",
        "form_key",
        Id::Other("boreal-request"),
        "title=Mine&quantity=1&brief=x",
    ),
    (
        "/api/requests/submit",
        "service",
        Id::Choice,
        "form_key=fresh-key&title=Mine&quantity=1&brief=x",
    ),
    ("/api/requests/one", "id", Id::Request, ""),
    (
        "/api/requests/message",
        "id",
        Id::Request,
        "form_key=a-message&body=Hello",
    ),
    (
        "/api/requests/message",
        "form_key",
        Id::Other("boreal-message"),
        "body=Hello&id=00000000-0000-7000-8000-00000000dead",
    ),
    (
        "/api/requests/comment",
        "file",
        Id::File,
        "form_key=a-comment&body=Hello",
    ),
    (
        "/api/requests/comment",
        "form_key",
        Id::Other("boreal-message"),
        "body=Hello&file=00000000-0000-7000-8000-00000000dead",
    ),
    ("/api/requests/work", "id", Id::Request, "step=start&version=0"),
    ("/api/requests/give-dialog", "picks", Id::Beyond, ""),
    (
        "/api/requests/give",
        "picks",
        Id::Beyond,
        "form_key={key}&to=vendor:{vendor}",
    ),
    (
        "/api/requests/give",
        "to",
        Id::Choice,
        "form_key={key}&picks[0]={beyond}",
    ),
    ("/api/requests/remove-file", "id", Id::File, ""),
    ("/api/subscribe/view", "pack_id", Id::Pack, ""),
    (
        "/api/subscribe",
        "pack_id",
        Id::Pack,
        "idem_key=one&expected_price_cents=40000",
    ),
    (
        "/api/subscribe",
        "idem_key",
        Id::Other("boreal-key"),
        "pack_id=00000000-0000-7000-8000-00000000dead&expected_price_cents=40000",
    ),
    ("/api/subscriptions/view", "id", Id::Subscription, ""),
    ("/api/subscriptions/unsubscribe", "id", Id::Subscription, ""),
    ("/api/subscriptions/resume", "id", Id::Subscription, ""),
    ("/api/subscriptions/retry", "id", Id::Subscription, "idem_key=again"),
    (
        "/api/subscriptions/retry",
        "idem_key",
        Id::Other("boreal-key"),
        "id=00000000-0000-7000-8000-00000000dead",
    ),
    ("/api/payment/methods", "setup", Id::Other("boreal-key"), ""),
    ("/api/payment/add-card", "idem_key", Id::Other("boreal-key"), ""),
    ("/api/packs/list", "query", Id::Other("boreal"), ""),
    ("/api/packs/editor", "id", Id::Pack, ""),
    (
        "/api/packs/save",
        "id",
        Id::Pack,
        "quantity=20&price=500&vendor_payment=1&vendor_rate_mode=per_pack&idem_key=pack-1",
    ),
    (
        "/api/packs/save",
        "service",
        Id::Choice,
        "quantity=7&price=500&vendor_payment=1&vendor_rate_mode=per_pack&idem_key=pack-2",
    ),
    ("/api/packs/visible", "id", Id::Pack, "visible=true"),
    ("/api/packs/archive", "id", Id::Pack, ""),
    ("/api/packs/unarchive", "id", Id::Pack, ""),
    ("/api/packs/move", "id", Id::Pack, ""),
    ("/api/packs/withdraw-move", "id", Id::Pack, ""),
    ("/api/packs/withdraw-one-move", "id", Id::Subscription, ""),
    ("/api/audit", "query", Id::Other("boreal"), ""),
    ("/api/services/editor", "id", Id::Service, ""),
    (
        "/api/services/save",
        "id",
        Id::Service,
        "name=Renamed&unit_singular=design&unit_plural=designs&unit_price=25&turnaround_days=5&active=true&idem_key=service-1",
    ),
    (
        "/api/services/own-price",
        "service_id",
        Id::Service,
        "client_id={client}&own_price=20",
    ),
    (
        "/api/services/own-price",
        "client_id",
        Id::Choice,
        "service_id={service}&own_price=20",
    ),
    (
        "/api/services/remove-own-price",
        "service_id",
        Id::Service,
        "client_id={client}",
    ),
    (
        "/api/services/remove-own-price",
        "client_id",
        Id::Client,
        "service_id={service}",
    ),
    ("/api/webhooks/list", "query", Id::Other("boreal"), ""),
    ("/api/webhooks/one", "id", Id::Event, ""),
    ("/api/webhooks/replay", "id", Id::Event, ""),
    ("/api/webhooks/ignore", "id", Id::Event, "reason=known"),
    ("/api/alarms/resolve", "id", Id::Alarm, ""),
    ("/api/mails/send-again", "id", Id::Mail, ""),
    ("/api/notices/open", "id", Id::Notice, ""),
];

/// Arguments that name no row: what people type, what they choose from words of ours, and pages of lists. A form's key is one
/// of staff's where it stands here: staff see everything.
const NO_IDS: &[&str] = &[
    "q",
    "accent",
    "tab",
    "owner_name",
    "owner_email",
    "reply_to",
    "role",
    "after",
    "name",
    "email",
    "owner",
    "title",
    "quantity",
    "brief",
    "wished_on",
    "shown",
    "intent",
    "status",
    "present",
    "password",
    "again",
    "payment",
    "alias",
    "payment_type",
    "price",
    "vendor_payment",
    "vendor_rate_mode",
    "overage_price",
    "unit_singular",
    "unit_plural",
    "unit_price",
    "turnaround_days",
    "own_price",
    "reason",
    "body",
    "place",
    "phone",
    "notes",
    "rate",
    "was",
    "mode",
    "back",
    "step",
    "text",
    "paid_on",
    "reference",
    // by vendor: one that is not among the lines is not looked up
    "references",
    "amount",
    "answer",
    "question",
    "month",
];
/// The same in one function only.
const NO_IDS_HERE: &[(&str, &str)] = &[
    // words, a role or payment type, a key
    ("/api/people", "query"),
    ("/api/clients", "query"),
    ("/api/mails", "query"),
    // a place in one's own list: compared with, never looked up
    ("/api/payment/invoices", "query"),
    ("/api/payment/deductions", "query"),
    ("/api/notices", "query"),
    // kinds of notices
    ("/api/notices/choose", "bell"),
    ("/api/notices/choose", "mail"),
    ("/api/link-owner", "token"),
    ("/api/people/save", "idem_key"),
    ("/api/people/invite-again", "idem_key"),
    ("/api/vendors/save", "idem_key"),
    ("/api/clients/save", "idem_key"),
    ("/api/packs/save", "idem_key"),
    ("/api/services/save", "idem_key"),
    ("/api/assignments/assign", "form_key"),
    ("/api/assignments/keep", "form_key"),
    ("/api/requests/queue", "part"),
    ("/api/requests/queue", "after"),
    ("/api/requests/give", "form_key"),
    ("/api/payables/approve", "form_key"),
    ("/api/payables/pay", "form_key"),
    ("/api/payables/void", "form_key"),
    ("/api/payables/correct", "form_key"),
    ("/api/payables/answer", "form_key"),
];

/// Roles that a function lets in to read and whose use case refuses to write, whatever the id.
const NARROWER: &[(&str, Role)] = &[
    ("/api/requests/message", Role::Support),
    ("/api/requests/comment", Role::Support),
];

/// The arguments of every server function that can carry an id, read from the sources.
pub(super) fn arguments() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api");
    let mut all = Vec::new();
    for file in std::fs::read_dir(folder).expect("the folder of server functions") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("a source file");
        // Arguments carry the same attribute, and comments show how it is written.
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let text = code.collect::<Vec<_>>().join("\n").replace("#[server(default)]", "");
        for part in text.split("#[server(").skip(1) {
            let Some(endpoint) = part
                .split("endpoint = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            let path = format!("/api/{endpoint}");
            if !FUNCTIONS.iter().any(|(function, _)| *function == path) {
                continue;
            }
            let after = part.split_once("pub async fn").expect("a function").1;
            let list = after
                .split_once('(')
                .expect("arguments")
                .1
                .split_once("->")
                .expect("a result")
                .0;
            for argument in list.split(',') {
                if let Some((name, kind)) = argument.split_once(':')
                    && !["bool", "i64"].contains(&kind.trim().trim_end_matches(')'))
                {
                    all.push((path.clone(), name.trim().to_owned()));
                }
            }
        }
    }
    all
}

#[test]
fn every_argument_that_is_an_id_has_its_line() {
    let arguments = arguments();
    assert!(arguments.len() > 80, "{}", arguments.len());
    for (path, name) in &arguments {
        let known = IDS
            .iter()
            .any(|(function, argument, ..)| function == path && argument == name);
        let none = NO_IDS.contains(&name.as_str())
            || NO_IDS_HERE
                .iter()
                .any(|(function, argument)| function == path && argument == name);
        assert!(
            known != none,
            "{path}, argument {name}: a line in IDS, or one that it is no id (not both)"
        );
    }
    for (path, name, ..) in IDS {
        assert!(
            arguments
                .iter()
                .any(|(function, argument)| function == path && argument == name),
            "{path} has no argument {name}"
        );
    }
}

/// Two of everything: the second client's and the second vendor's rows are called Boreal and Southwind.
pub(super) struct Ground<'a> {
    world: &'a World,
    pub(super) two: Two,
    pub(super) people: Vec<(&'static str, Caller)>,
    vendors: [VendorId; 2],
    next: Cell<u32>,
}

pub(super) async fn ground(world: &World) -> Ground<'_> {
    let two = two(world).await;
    let people = everybody(world, &two).await;
    let first = people
        .iter()
        .find_map(|(_, caller)| caller.vendor_id)
        .expect("a vendor's person");
    let second: VendorId = world.bench.engine.new_id();
    let mut tx = world.bench.tx().await;
    store::makers::vendor(&mut tx, second, "Southwind", world.bench.engine.now())
        .await
        .expect("a vendor");
    tx.commit().await.expect("a commit");
    let ground = Ground {
        world,
        two,
        people,
        vendors: [first, second],
        next: Cell::new(0),
    };
    for (vendor, subscription) in ground.vendors.into_iter().zip(ground.two.subscriptions) {
        let service = ground.service().await.parse().expect("a service");
        world.bench.offer(vendor, service).await;
        let packs = [subscription];
        let assigned = world.bench.assign(&world.bench.engine, &packs, vendor);
        assigned.await.expect("an assignment");
    }
    // What the second client has under keys that the first one will send.
    let boreal = &ground.two.owners[1];
    let engine = &world.bench.engine;
    ground.request(1, "boreal-request").await;
    ground.draft(1, "boreal-draft").await;
    engine.add_card(boreal, "boreal-key").await.expect("a card's page");
    engine
        .invite_member(
            boreal,
            "boreal-key",
            "Boreal member",
            "boreal-member@example.test",
            false,
        )
        .await
        .expect("an invitation");
    ground
}

impl Ground<'_> {
    fn number(&self) -> u32 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    async fn scalar(&self, sql: String) -> String {
        let mut tx = self.world.bench.tx().await;
        store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_one(c).await).expect("a row")
    }

    async fn sessions(&self, whose: &Caller) -> Vec<String> {
        let sql = format!("select public_id from sessions where user_id = '{}'", whose.user_id);
        let mut tx = self.world.bench.tx().await;
        store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_all(c).await).expect("rows")
    }

    async fn form(&self, side: usize) -> RequestForm {
        let name = ["Acme", "Boreal"][side];
        RequestForm {
            service: self.service().await,
            title: format!("Logo for {name}"),
            quantity: "1".into(),
            brief: format!("{name}'s secret"),
            wished_on: String::new(),
        }
    }

    async fn service(&self) -> String {
        self.scalar("select id from services order by created_at, id limit 1".into())
            .await
    }

    /// A submitted request of a client; its pack is with the vendor of the same side.
    async fn request(&self, side: usize, key: &str) -> String {
        let engine = &self.world.bench.engine;
        let form = self.form(side).await;
        let owner = &self.two.owners[side];
        let terms = engine
            .quote(owner, form.service.parse().expect("a service"), 1)
            .await
            .expect("a quote")
            .quote
            .terms();
        let input = SubmitInput {
            form_key: key.to_owned(),
            form,
            terms: Some(terms),
        };
        engine.submit(owner, &input).await.expect("a request").id
    }

    /// A file that a client has attached to a request.
    async fn file(&self, side: usize, key: &str) -> String {
        let request = self.request(side, key).await;
        let bytes = bytes::Bytes::from_static(b"%PDF-1.7 a brief");
        let name = format!("{}.pdf", ["Acme", "Boreal"][side]);
        let stream = futures::stream::once(async { Ok(bytes) }).boxed();
        let id = request.parse().expect("an id");
        let engine = &self.world.bench.engine;
        let added = engine.add_file(&self.two.owners[side], id, &name, stream);
        added.await.expect("a file");
        self.scalar(format!("select id from request_files where request_id = '{request}'"))
            .await
    }

    async fn draft(&self, side: usize, key: &str) -> String {
        let form = self.form(side).await;
        let saved = self
            .world
            .bench
            .engine
            .save_draft(&self.two.owners[side], key, &form)
            .await;
        saved.expect("a draft").expect("its id").to_string()
    }

    /// A row that nothing else uses, of the first side or the second.
    pub(super) async fn fresh(&self, id: Id, side: usize, caller: &Caller) -> String {
        let bench = &self.world.bench;
        let n = self.number();
        match id {
            Id::Session => {
                let whose = if side == 0 { caller } else { &self.two.owners[1] };
                // A session besides the one that the browser has.
                let before = self.sessions(whose).await;
                self.world.sign_in(whose).await;
                let after = self.sessions(whose).await;
                after
                    .into_iter()
                    .find(|id| !before.contains(id))
                    .expect("a new session")
            }
            Id::Notice => {
                let whose = if side == 0 { caller } else { &self.two.owners[1] };
                let new = NewNotice {
                    id: bench.engine.new_id::<domain::UserId>().to_string(),
                    user_id: whose.user_id,
                    dedupe_key: &format!("notice-{n}"),
                    kind: NoticeKind::Message,
                    about: "request:1",
                    text: "Boreal wrote.",
                    detail: None,
                    href: "/account",
                    action: "Read it",
                    picture: None,
                    in_bell: true,
                    mail_at: None,
                };
                let id = new.id.clone();
                let mut tx = bench.tx().await;
                notices::insert(&mut tx, &[new], bench.engine.now())
                    .await
                    .expect("a notice");
                tx.commit().await.expect("a commit");
                id
            }
            Id::Person => {
                let client = Some(self.two.clients[side]);
                let name = format!("{} person {n}", ["Acme", "Boreal"][side]);
                bench
                    .user(&name, Role::ClientMember, client, None)
                    .await
                    .user_id
                    .to_string()
            }
            Id::Client => self.two.clients[side].to_string(),
            Id::Vendor => self.vendors[side].to_string(),
            Id::Subscription => self.two.subscriptions[side].to_string(),
            Id::Pick => self.pick(side).await,
            Id::Beyond => self.beyond(side).await,
            Id::Payable => self.payable(side).await,
            Id::Query => {
                let payable = self.payable(side).await.parse().expect("a line");
                let id: domain::QueryId = bench.engine.new_id();
                let mut tx = bench.tx().await;
                store::payables::ask(&mut tx, id, payable, caller.user_id, "Why?", bench.engine.now())
                    .await
                    .expect("a question");
                tx.commit().await.expect("a commit");
                id.to_string()
            }
            Id::Draft => self.draft(side, &format!("draft-{n}")).await,
            Id::Request => self.request(side, &format!("request-{n}")).await,
            Id::File => self.file(side, &format!("request-{n}")).await,
            Id::Pack => {
                let service = bench.service(&format!("Service {n}"), domain::Cents(2_500)).await;
                bench.pack(service, 20, domain::Cents(40_000)).await.0.to_string()
            }
            Id::Service => bench
                .service(&format!("Service {n}"), domain::Cents(2_500))
                .await
                .to_string(),
            Id::Mail => self.scalar("select id from mails limit 1".into()).await,
            Id::Event => {
                let id = format!("evt_{n}");
                let event = ReceivedEvent {
                    id: &id,
                    kind: "invoice.paid",
                    api_version: "",
                    created: bench.engine.now(),
                    object_id: "in_1",
                    payload: "{}",
                };
                bench.engine.receive_event(&event).await.expect("an event");
                id
            }
            Id::Alarm => {
                let id = bench.engine.new_id::<domain::UserId>().to_string();
                let mut tx = bench.tx().await;
                store::log::raise_alarm(
                    &mut tx,
                    &id,
                    "test",
                    "test",
                    "1",
                    "detail",
                    &id,
                    false,
                    bench.engine.now(),
                )
                .await
                .expect("an alarm");
                tx.commit().await.expect("a commit");
                id
            }
            Id::Choice | Id::Other(_) => unreachable!("no row of its own"),
        }
    }

    /// The line of a side's vendor for its pack, about which nobody asks.
    async fn payable(&self, side: usize) -> String {
        let bench = &self.world.bench;
        let mut tx = bench.tx().await;
        let answered = format!(
            "update payable_queries set answered_at = 1, answer = 'x', answered_by = '{}' where answered_at is null",
            bench.admin.user_id
        );
        store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(answered)).execute(c).await.map(|_| ())).expect("answers");
        tx.commit().await.expect("a commit");
        let vendor = self.vendors[side];
        self.scalar(format!(
            "select id from vendor_payables where vendor_id = '{vendor}' and kind = 'pack' order by id limit 1"
        ))
        .await
    }

    /// What a selection sends of a side's pack.
    async fn pick(&self, side: usize) -> String {
        let bench = &self.world.bench;
        let packs = [self.two.subscriptions[side]];
        let seen = bench.assign_input(&packs, self.vendors[side]);
        seen.await.picks.remove(0)
    }

    /// What a selection sends of a request that no pack brings.
    async fn beyond(&self, side: usize) -> String {
        let bench = &self.world.bench;
        let n = self.number();
        let service = bench.service(&format!("Service {n}"), domain::Cents(2_500)).await;
        bench.offer(self.vendors[0], service).await;
        let owner = &self.two.owners[side];
        let terms = bench
            .engine
            .quote(owner, service, 1)
            .await
            .expect("a quote")
            .quote
            .terms();
        let form = RequestForm {
            service: service.to_string(),
            ..self.form(side).await
        };
        let input = SubmitInput {
            form_key: format!("beyond-{n}"),
            form,
            terms: Some(terms),
        };
        let id = bench.engine.submit(owner, &input).await.expect("a request").id;
        format!("{id}~0")
    }

    pub(super) async fn fill(&self, rest: &str) -> String {
        let mut text = rest
            .replace("{id}", NOBODY)
            .replace("{vendor}", &self.vendors[0].to_string());
        if text.contains("{pack}") {
            let pack = self
                .scalar("select pack_id from subscriptions order by id limit 1".into())
                .await;
            text = text.replace("{pack}", &pack);
        }
        if text.contains("{pick}") {
            text = text.replace("{pick}", &self.pick(0).await);
        }
        if text.contains("{beyond}") {
            text = text.replace("{beyond}", &self.beyond(0).await);
        }
        if text.contains("{key}") {
            text = text.replace("{key}", &format!("key-{}", self.number()));
        }
        if text.contains("{client}") {
            text = text.replace("{client}", &self.two.clients[0].to_string());
        }
        if text.contains("{service}") {
            text = text.replace("{service}", &self.service().await);
        }
        text
    }
}

/// Whether somebody sees only a part of these rows.
fn scoped(id: Id, caller: &Caller) -> bool {
    match id {
        Id::Session | Id::Notice => true,
        Id::Person | Id::Client | Id::Subscription | Id::Draft => caller.client_id.is_some(),
        Id::Request | Id::File => caller.client_id.is_some() || caller.vendor_id.is_some(),
        Id::Payable => caller.vendor_id.is_some(),
        _ => false,
    }
}

fn show(answer: &Answer) -> String {
    let start: String = answer.body.chars().take(300).collect();
    format!("{} {start}", answer.status)
}

fn is_missing(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND && answer.body == r#"{"code":"not_found"}"#
}

#[rstest]
#[tokio::test]
async fn s25_foreign_ids_in_every_server_function(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let ground = ground(&world).await;
    let mut browsers: Vec<(&str, &Caller, Browser)> = Vec::new();
    for (name, caller) in &ground.people {
        browsers.push((name, caller, world.sign_in(caller).await));
    }
    let mut cells = [0; 4];
    let mut surprises = Vec::new();
    for (path, argument, id, rest) in IDS {
        let (_, access) = FUNCTIONS
            .iter()
            .find(|(function, _)| function == path)
            .expect("a line in the table");
        let rest = ground.fill(rest).await;
        let post = async |browser: &Browser, value: &str| {
            let name = match (*path, *argument) {
                ("/api/clients/prices" | "/api/vendors/services", "service") => "service[0]",
                (_, "picks") => "picks[0]",
                (_, "ids") => "ids[0]",
                _ => argument,
            };
            world.post(browser, path, &format!("{name}={value}&{rest}")).await
        };
        for (name, caller, browser) in &browsers {
            let may = access.lets_in(Some(caller.rights())) && !NARROWER.contains(&(*path, caller.role));
            let mut check = |what: &str, answer: &Answer, good: bool| {
                let outsider = caller.client_id.is_some() || caller.vendor_id.is_some();
                let leaks =
                    what != "own" && outsider && (answer.body.contains("Boreal") || answer.body.contains("Southwind"));
                let failed = answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS;
                if !good || leaks || failed {
                    surprises.push(format!("{path} {argument}, {what} id, for {name}: {}", show(answer)));
                }
            };
            match id {
                _ if !may => {
                    let value = if matches!(id, Id::Choice | Id::Other(_)) {
                        NOBODY.to_owned()
                    } else {
                        ground.fresh(*id, 1, caller).await
                    };
                    let answer = post(browser, &value).await;
                    check(
                        "any",
                        &answer,
                        answer.status == StatusCode::FORBIDDEN && answer.body == r#"{"code":"forbidden"}"#,
                    );
                    cells[0] += 1;
                }
                Id::Choice => {
                    let answer = post(browser, NOBODY).await;
                    let reads = ["/api/requests/form", "/api/requests/quote"].contains(path);
                    let refused = is_missing(&answer) || answer.status == StatusCode::UNPROCESSABLE_ENTITY;
                    check(
                        "unknown",
                        &answer,
                        if reads {
                            answer.status == StatusCode::OK
                        } else {
                            refused
                        },
                    );
                    cells[1] += 1;
                }
                Id::Other(value) => {
                    let field = if *argument == "query" {
                        format!("query[client]={}&query[q]", ground.two.clients[1])
                    } else {
                        (*argument).to_owned()
                    };
                    let answer = world.post(browser, path, &format!("{field}={value}&{rest}")).await;
                    check("foreign", &answer, true);
                    cells[2] += 1;
                }
                id => {
                    let answer = post(browser, NOBODY).await;
                    check("unknown", &answer, is_missing(&answer));
                    if scoped(*id, caller) {
                        let foreign = ground.fresh(*id, 1, caller).await;
                        let answer = post(browser, &foreign).await;
                        check("foreign", &answer, is_missing(&answer));
                        cells[3] += 1;
                    }
                    let own = ground.fresh(*id, 0, caller).await;
                    let answer = post(browser, &own).await;
                    check(
                        "own",
                        &answer,
                        answer.status != StatusCode::NOT_FOUND && answer.status != StatusCode::UNAUTHORIZED,
                    );
                    cells[1] += 2;
                }
            }
        }
    }
    assert!(surprises.is_empty(), "{}:\n{}", surprises.len(), surprises.join("\n"));
    let [refused, known, keys, foreign] = cells;
    eprintln!("{refused} refused, {known} own and unknown, {keys} keys and filters, {foreign} foreign");
    assert!(foreign > 20 && refused > 200, "{cells:?}");
    // The second client's rows under the same keys are as they were.
    let title = "select title from service_requests where form_key = 'boreal-draft' and client_id = '{}'";
    let title = title.replace("{}", &ground.two.clients[1].to_string());
    assert_eq!(ground.scalar(title).await, "Logo for Boreal");
    let found = world.bench.engine.books_check().await.expect("the books");
    assert!(found.iter().all(|f| f.entity != "service_requests"), "{found:?}");
}

/// The same for documents whose rows are somebody's: by address and by query.
#[rstest]
#[tokio::test]
async fn s25_foreign_ids_in_documents(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let ground = ground(&world).await;
    let mut foreign = 0;
    for (name, caller) in &ground.people {
        if caller.client_id.is_none() && caller.vendor_id.is_none() {
            continue;
        }
        let browser = world.sign_in(caller).await;
        for (pattern, id) in [
            ("/requests/{id}", Id::Request),
            ("/vendor/payments/{id}", Id::Payable),
            ("/payment/packs/{id}", Id::Subscription),
            ("/requests/new?draft={id}", Id::Draft),
            ("/requests/new?from={id}", Id::Request),
            ("/requests?client={id}", Id::Client),
            ("/payment/methods?setup={id}", Id::Other("boreal-key")),
        ] {
            let route = pattern.split('?').next().expect("a path");
            let (_, access) = DOCUMENTS.iter().find(|(known, _)| *known == route).expect("a document");
            if !access.lets_in(Some(caller.rights())) {
                continue;
            }
            let theirs = match id {
                Id::Other(key) => key.to_owned(),
                id => ground.fresh(id, 1, caller).await,
            };
            let answer = world.get(&browser, &pattern.replace("{id}", &theirs)).await;
            assert!(
                !answer.body.contains("Boreal") && !answer.body.contains("Southwind"),
                "{pattern} for {name}: {}",
                show(&answer)
            );
            if route.contains("{id}") {
                assert_eq!(
                    answer.status,
                    StatusCode::NOT_FOUND,
                    "{pattern} for {name}: {}",
                    show(&answer)
                );
            }
            foreign += 1;
        }
    }
    assert!(foreign >= 10, "{foreign}");
}

/// A stream tells its reader nothing when somebody else's rows change.
#[rstest]
#[tokio::test]
async fn s25_the_event_stream_is_silent_about_others(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let ground = ground(&world).await;
    let open = async |caller: &Caller| {
        let browser = world.sign_in(caller).await;
        let request = axum::extract::Request::builder()
            .method(Method::GET)
            .uri("/events")
            .header(http::header::COOKIE, browser.cookie.expect("a session"))
            .body(axum::body::Body::empty())
            .expect("a request");
        let answer = world.call(request).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.into_body().into_data_stream()
    };
    let mut admin = open(&world.bench.admin).await;
    let mut streams = Vec::new();
    for (name, caller) in &ground.people {
        if caller.client_id.is_some() || caller.vendor_id.is_some() {
            streams.push((name, open(caller).await));
        }
    }
    ground.request(1, "heard-by-staff").await;
    let told = admin.next().await.expect("a frame").expect("a frame");
    assert!(String::from_utf8_lossy(&told).contains("data: changed"), "{told:?}");
    // Staff have heard of it, so every stream's task has it in its queue; each gets its turn to speak.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    for (name, stream) in &mut streams {
        assert!(
            stream.next().now_or_never().is_none(),
            "{name} was told of another client's request"
        );
    }
    ground.request(0, "heard-by-the-client").await;
    for (name, stream) in streams.iter_mut().filter(|(name, _)| name.starts_with("client")) {
        let told = stream.next().await.expect("a frame").expect("a frame");
        assert!(
            String::from_utf8_lossy(&told).contains("data: changed"),
            "{name}: {told:?}"
        );
    }
}

/// So many streams of one person at once: the next one is told to stay away, until one of them ends.
#[tokio::test]
async fn s25_a_person_has_so_many_streams() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let browser = world.sign_in(&world.bench.admin).await;
    let open = async || {
        let request = axum::extract::Request::builder()
            .uri("/events")
            .header(http::header::COOKIE, browser.cookie.as_deref().expect("a session"))
            .body(axum::body::Body::empty())
            .expect("a request");
        world.call(request).await
    };
    let mut streams = Vec::new();
    for _ in 0..20 {
        let answer = open().await;
        assert_eq!(answer.status(), StatusCode::OK);
        streams.push(answer);
    }
    assert_eq!(open().await.status(), StatusCode::NO_CONTENT);
    drop(streams.pop());
    assert_eq!(open().await.status(), StatusCode::OK);
}

/// Exports are made two at once; who asks beside them waits, and gets theirs.
#[tokio::test]
async fn s25_exports_wait_for_their_turn() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let browser = world.sign_in(&world.bench.admin).await;
    let turns = &world.room.exports;
    let (first, second) = (turns.turn().await, turns.turn().await);
    assert!(first.is_some() && second.is_some());
    let mut asked = Box::pin(world.get(&browser, "/admin/reports/vendor-payments.xlsx"));
    let mut polled = 0;
    while polled < 1_000 {
        assert!((&mut asked).now_or_never().is_none(), "made beside the two");
        tokio::task::yield_now().await;
        polled += 1;
    }
    drop(first);
    assert_eq!(asked.await.status, StatusCode::OK);
}
