//! §32, TP5 on both databases: the walk of a request from start to approval, who may take which step, two people at once,
//! the same press twice, and what nobody else reads.

use crate::allowance::{number, run, submit, texts};
use Transition as T;
use domain::{
    AppError, AppResult, Cents, PaymentType, RequestId, RequestStatus, Role, ServiceId, Transition, VendorId,
    assignment::view::AssignInput,
    error::Problem,
    people::PersonForm,
    work::view::{Entry, RequestView, StepInput, Stepped},
};
use engine::{
    Caller, Engine,
    testing::{Bench, bench},
};
use futures::StreamExt as _;
use rstest::rstest;
use store::testing::Backend;
use tokio::task::JoinSet;

/// A client whose logos an outside vendor draws, with another vendor, two designers of Tri-POD and an ordinary service beside.
pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) owner: Caller,
    pub(crate) member: Caller,
    pub(crate) pixel: Caller,
    pub(crate) pixel_designer: Caller,
    pub(crate) other: Caller,
    pub(crate) ana: Caller,
    pub(crate) ben: Caller,
    logo: ServiceId,
    pub(crate) voice: ServiceId,
    next: std::cell::Cell<u32>,
}

/// What was done, as the reader reads it.
pub(crate) fn said(view: &RequestView) -> Vec<String> {
    view.stream.iter().filter_map(Entry::done).map(str::to_owned).collect()
}

/// What was written, as the reader reads it.
pub(crate) fn written(view: &RequestView) -> Vec<String> {
    let written = view.stream.iter().filter_map(Entry::message);
    written.map(|message| message.body.clone()).collect()
}

pub(crate) async fn world(backend: Backend) -> Option<World> {
    let bench = bench(backend).await?;
    let (client, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let member = bench.user("Mia Member", Role::ClientMember, Some(client), None).await;
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let voice = bench.service("Voice-over", Cents(900)).await;
    let (pack, version) = bench.pack(logo, 10, Cents(20_000)).await;
    let subscription = bench.subscription(client, pack, version).await;
    let (pixel_id, other_id) = (bench.vendor("PixelCo").await, bench.vendor("Threadline").await);
    for vendor in [pixel_id, other_id] {
        bench.offer(vendor, logo).await;
    }
    bench.assign(&bench.engine, &[subscription], pixel_id).await.unwrap();
    let vendor = async |name: &str, role, id: VendorId| bench.user(name, role, None, Some(id)).await;
    Some(World {
        pixel: vendor("Pia Pixel", Role::VendorManager, pixel_id).await,
        pixel_designer: vendor("Piet Pixel", Role::VendorDesigner, pixel_id).await,
        other: vendor("Theo Thread", Role::VendorManager, other_id).await,
        ana: bench.user("Ana", Role::InternalDesigner, None, None).await,
        ben: bench.user("Ben", Role::InternalDesigner, None, None).await,
        owner,
        member,
        logo,
        voice,
        next: std::cell::Cell::new(0),
        bench,
    })
}

impl World {
    pub(crate) fn engine(&self) -> &Engine {
        &self.bench.engine
    }

    /// A request of the pack, which that vendor has.
    pub(crate) async fn of_pack(&self) -> RequestId {
        self.of_pack_of(2).await
    }

    /// The same of so many units.
    pub(crate) async fn of_pack_of(&self, quantity: i64) -> RequestId {
        self.submitted(self.logo, quantity).await
    }

    /// A request outside of any pack, which waits in Tri-POD's queue.
    pub(crate) async fn beyond(&self) -> RequestId {
        self.submitted(self.voice, 3).await
    }

    pub(crate) async fn submitted(&self, service: ServiceId, quantity: i64) -> RequestId {
        self.next.set(self.next.get() + 1);
        let key = format!("request-{}", self.next.get());
        let done = submit(self.engine(), &self.owner, &key, service, quantity).await;
        done.id.parse().unwrap()
    }

    pub(crate) async fn view(&self, caller: &Caller, id: RequestId) -> RequestView {
        self.engine().request(caller, id).await.unwrap()
    }

    /// What the page offers somebody.
    async fn offered(&self, caller: &Caller, id: RequestId) -> Vec<T> {
        let work = self.view(caller, id).await.work.unwrap();
        work.steps.iter().map(|one| one.step).collect()
    }

    pub(crate) async fn press(
        &self,
        caller: &Caller,
        id: RequestId,
        step: T,
        version: i64,
        text: &str,
    ) -> AppResult<Stepped> {
        press(self.engine(), caller, id, step, version, text).await
    }

    /// Presses a button of a page that was opened just now; *Deliver* with a file of its own.
    pub(crate) async fn step(&self, caller: &Caller, id: RequestId, step: T) -> AppResult<Stepped> {
        if step == T::Deliver {
            self.add(caller, id).await;
        }
        let version = self.version(id).await;
        let text = if step == T::Deliver { "" } else { "Make it greener." };
        self.press(caller, id, step, version, text).await
    }

    /// Adds a file to the version that is being made.
    pub(crate) async fn add(&self, caller: &Caller, id: RequestId) {
        let bytes = futures::stream::once(async { Ok(bytes::Bytes::from_static(b"a logo")) });
        let added = self.engine().add_file(caller, id, "logo.txt", bytes.boxed()).await;
        added.unwrap();
    }

    pub(crate) async fn version(&self, id: RequestId) -> i64 {
        self.view(&self.bench.admin, id).await.work.unwrap().version
    }

    async fn status(&self, id: RequestId) -> RequestStatus {
        self.view(&self.bench.admin, id).await.status
    }

    pub(crate) async fn books_hold(&self) {
        let mut found = self.engine().books_check().await.unwrap();
        // A subscription that a maker wrote has no deduction for its first period.
        found.retain(|finding| !finding.detail.ends_with("deduction none"));
        assert!(found.is_empty(), "{found:?}");
    }
}

async fn press(
    engine: &Engine,
    caller: &Caller,
    id: RequestId,
    step: T,
    version: i64,
    text: &str,
) -> AppResult<Stepped> {
    let input = StepInput {
        step: step.to_string(),
        version,
        text: text.to_owned(),
    };
    engine.work(caller, id, &input).await
}

fn not_allowed<R: std::fmt::Debug>(result: AppResult<R>) -> String {
    match result {
        Err(AppError::TransitionNotAllowed { state }) => state,
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[tokio::test]
async fn rq1_rq4_rq6_a_request_walks_from_start_to_approval(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    assert_eq!(w.offered(&w.pixel, id).await, [T::Start, T::Take]);
    assert_eq!(w.offered(&w.owner, id).await, []);
    w.step(&w.pixel_designer, id, T::Start).await.unwrap();
    assert_eq!(
        w.offered(&w.pixel, id).await,
        [T::Deliver, T::Release],
        "colleagues stand in"
    );
    assert_eq!(number(&w.bench, "select count(*) from request_deliveries").await, 0);
    let done = w.step(&w.pixel, id, T::Deliver).await.unwrap();
    assert_eq!(done.done, "Version 1 delivered.");
    w.books_hold().await;
    assert_eq!(w.offered(&w.owner, id).await, [T::Approve, T::AskRevision]);
    assert_eq!(w.offered(&w.pixel, id).await, []);
    let first = texts(
        &w.bench,
        "select delivered_at || ' ' || vendor_id || ' ' || designer_id || ' ' || period_id from request_deliveries",
    )
    .await;
    w.bench.clock.set(w.engine().now().plus_hours(5));
    w.step(&w.member, id, T::AskRevision).await.unwrap();
    assert_eq!(w.status(id).await, RequestStatus::InProgress);
    let thread = written(&w.view(&w.pixel, id).await);
    assert_eq!(thread.last().map(String::as_str), Some("Make it greener."));
    let done = w.step(&w.pixel_designer, id, T::Deliver).await.unwrap();
    assert_eq!(done.done, "Version 2 delivered.");
    let again = texts(
        &w.bench,
        "select delivered_at || ' ' || vendor_id || ' ' || designer_id || ' ' || period_id from request_deliveries",
    )
    .await;
    assert_eq!(first, again, "§17: delivered means the first time");
    assert_eq!(
        texts(
            &w.bench,
            "select included_units || ' + ' || overage_units from request_deliveries"
        )
        .await,
        ["2 + 0"]
    );
    w.step(&w.owner, id, T::Approve).await.unwrap();
    assert_eq!(w.status(id).await, RequestStatus::Approved);
    assert_eq!(w.offered(&w.owner, id).await, [], "approval is final");
    w.books_hold().await;
    assert_eq!(
        said(&w.view(&w.owner, id).await),
        [
            "Owner of Acme submitted the request: 2 from the pack.",
            "Your team claimed it.",
            "Your team started work.",
            "Your team delivered version 1.",
            "Mia Member asked for a revision.",
            "Your team delivered version 2.",
            "Owner of Acme approved version 2.",
        ]
    );
    let seen = said(&w.view(&w.pixel, id).await);
    assert!(
        !seen.join(" ").contains("Mia") && !seen.join(" ").contains("Acme"),
        "RQ7: {seen:?}"
    );
    // An admin alone opens it again, and says why.
    assert_eq!(w.step(&w.owner, id, T::Reopen).await, Err(AppError::Forbidden));
    let version = w.version(id).await;
    assert_eq!(
        w.press(&w.bench.admin, id, T::Reopen, version, "  ").await,
        Err(AppError::field("text", Problem::Required))
    );
    w.press(&w.bench.admin, id, T::Reopen, version, "Approved by mistake.")
        .await
        .unwrap();
    assert_eq!(w.status(id).await, RequestStatus::InReview);
    w.books_hold().await;
    let audited = texts(
        &w.bench,
        "select action from audit_log where action like 'request.%' and entity = 'request' order by at, action",
    )
    .await;
    assert_eq!(audited, ["request.delivered", "request.approved", "request.reopened"]);
}

#[rstest]
#[tokio::test]
async fn tp5_a_designer_claims_and_the_second_is_told_by_whom(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let id = w.beyond().await;
    assert_eq!(
        texts(
            &w.bench,
            "select h.name from service_requests r join vendors h on h.id = r.vendor_id"
        )
        .await,
        ["Tri-POD"],
        "RQ10"
    );
    assert_eq!(w.offered(&w.ana, id).await, [T::Start, T::Take]);
    let done = w.step(&w.ana, id, T::Take).await.unwrap();
    assert_eq!(done.done, "Spring logo #1001 is yours.");
    w.step(&w.ana, id, T::Take).await.unwrap();
    for late in [T::Take, T::Start] {
        let loser = w.step(&w.ben, id, late).await.unwrap_err();
        assert_eq!(loser.message(), "Already taken by Ana.", "{late}");
    }
    assert_eq!(w.step(&w.ben, id, T::Release).await, Err(AppError::Forbidden));
    w.step(&w.ana, id, T::Start).await.unwrap();
    assert_eq!(w.step(&w.ben, id, T::Take).await.unwrap_err().code(), "already_taken");
    w.step(&w.ana, id, T::Release).await.unwrap();
    w.step(&w.ben, id, T::Take).await.unwrap();
    w.step(&w.ben, id, T::Deliver).await.unwrap();
    assert_eq!(not_allowed(w.step(&w.ana, id, T::Take).await), "in review");
    let said = texts(
        &w.bench,
        "select actor_name || ' ' || kind from request_events order by at, id",
    )
    .await;
    assert_eq!(
        said,
        [
            "Owner of Acme submitted",
            "Ana taken",
            "Ana started",
            "Ana released",
            "Ben taken",
            "Ben work_file_added",
            "Ben delivered"
        ]
    );
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn tp5_rq6_claim_and_start_is_both_at_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.beyond().await;
    let work = w.view(&w.ana, id).await.work.unwrap();
    let labels: Vec<&str> = work.steps.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["Claim and start", "Claim"]);
    // Ten designers press at once: one has it, with both steps, and the others are told who.
    let mut presses = JoinSet::new();
    for n in 0..10 {
        let name = format!("Designer {n}");
        let (engine, designer) = (
            w.engine().clone(),
            w.bench.user(&name, Role::InternalDesigner, None, None).await,
        );
        let seen = work.version;
        presses.spawn(async move { (name, press(&engine, &designer, id, T::Start, seen, "").await) });
    }
    let (mut won, mut told) = (Vec::new(), Vec::new());
    while let Some(done) = presses.join_next().await {
        match done.unwrap() {
            (name, Ok(stepped)) => {
                assert!(
                    stepped.done.ends_with("#1001 is yours. Work has started."),
                    "{}",
                    stepped.done
                );
                won.push(name);
            }
            (_, Err(AppError::AlreadyTaken { by })) => told.push(by),
            (name, other) => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!((won.len(), told.len()), (1, 9));
    assert!(told.iter().all(|by| by == &won[0]), "{won:?} {told:?}");
    assert_eq!(w.status(id).await, RequestStatus::InProgress);
    let history = texts(
        &w.bench,
        "select actor_name || ' ' || kind from request_events where kind <> 'submitted' order by at, id",
    )
    .await;
    assert_eq!(history, [format!("{} taken", won[0]), format!("{} started", won[0])]);
    // Whoever has claimed starts by a plain *Start*; what an admin starts stays unclaimed.
    let (mine, free) = (w.beyond().await, w.beyond().await);
    w.step(&w.ana, mine, T::Take).await.unwrap();
    assert_eq!(w.step(&w.ana, mine, T::Start).await.unwrap().done, "Work started.");
    assert_eq!(
        w.step(&w.bench.admin, free, T::Start).await.unwrap().done,
        "Work started."
    );
    assert!(w.offered(&w.ben, free).await.contains(&T::Take));
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn rq3_rq4_rq6_the_stream_is_one_in_the_order_of_time(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    let later = || w.bench.clock.set(w.engine().now().plus_hours(1));
    let say = async |who: &Caller, key: &str, text: &str, note: bool| {
        later();
        w.engine().post_message(who, id, key, text, note).await.unwrap();
    };
    say(&w.owner, "m1", "In green, please.", false).await;
    later();
    w.step(&w.pixel, id, T::Start).await.unwrap();
    say(&w.ana, "m2", "They always say green.", true).await;
    later();
    w.add(&w.pixel, id).await;
    let seen = w.version(id).await;
    let note = "Two greens.\r\nThe *second* prints better.";
    w.press(&w.pixel, id, T::Deliver, seen, note).await.unwrap();
    say(&w.owner, "version-1-mine", "The first.", false).await;
    later();
    w.step(&w.owner, id, T::AskRevision).await.unwrap();
    let told = |view: &RequestView| -> Vec<String> {
        let entries = view.stream.iter().map(|entry| match entry {
            Entry::Event(event) => event.text.clone(),
            Entry::Message(message) => format!("{}: {}", message.author, message.body),
            Entry::Delivery(one) => {
                let note = one.note.as_ref().map(|note| note.body.clone()).unwrap_or_default();
                format!("{} [{}] {note}", one.text, one.version)
            }
        });
        entries.collect()
    };
    let clients = w.view(&w.owner, id).await;
    assert_eq!(
        told(&clients),
        [
            "Owner of Acme submitted the request: 2 from the pack.",
            "Owner of Acme: In green, please.",
            "Your team claimed it.",
            "Your team started work.",
            "Your team delivered version 1. [1] Two greens.\nThe *second* prints better.",
            "Owner of Acme: The first.",
            "Owner of Acme asked for a revision.",
            "Owner of Acme: Make it greener.",
        ]
    );
    let staff = told(&w.view(&w.bench.admin, id).await);
    assert!(staff.contains(&"Ana: They always say green.".to_owned()), "{staff:?}");
    for vendors in [&w.owner, &w.pixel] {
        let json = serde_json::to_string(&w.view(vendors, id).await).unwrap();
        assert!(!json.contains("always say"), "RQ3: not even in the data");
    }
    let vendors = told(&w.view(&w.pixel, id).await).join(" ");
    assert!(!vendors.contains("Acme"), "RQ7: {vendors}");
    // How far it has come, by the same reading.
    let course: Vec<String> = clients
        .course
        .iter()
        .map(|one| {
            format!(
                "{}{}{}",
                one.label,
                if one.at.is_some() { " +" } else { "" },
                if one.current { " *" } else { "" }
            )
        })
        .collect();
    assert_eq!(course, ["Submitted +", "In progress + *", "In review", "Approved"]);
    assert_eq!(clients.course[1].note.as_deref(), Some("Revision"));
    // A note is a message: it may be empty, never too long, and a repeated press writes it once.
    w.add(&w.pixel, id).await;
    let seen = w.version(id).await;
    let long = "x".repeat(10_001);
    assert_eq!(
        w.press(&w.pixel, id, T::Deliver, seen, &long).await,
        Err(AppError::field("text", Problem::TooLong { max: 10_000 }))
    );
    later();
    for _ in 0..2 {
        w.press(&w.pixel, id, T::Deliver, seen, "  ").await.unwrap();
    }
    let last = w.view(&w.owner, id).await.stream.pop().unwrap();
    assert_eq!(
        (last.done(), last.message()),
        (Some("Your team delivered version 2."), None)
    );
}

#[rstest]
#[tokio::test]
async fn tp5_of_fifty_claims_at_once_one_wins(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.beyond().await;
    let mut designers = Vec::new();
    for n in 0..50 {
        designers.push(
            w.bench
                .user(&format!("Designer {n}"), Role::InternalDesigner, None, None)
                .await,
        );
    }
    let mut claims = JoinSet::new();
    for designer in designers {
        let engine = w.engine().clone();
        claims.spawn(async move {
            let result = press(&engine, &designer, id, T::Take, 0, "").await;
            (designer.name, result)
        });
    }
    let (mut won, mut told) = (Vec::new(), Vec::new());
    while let Some(done) = claims.join_next().await {
        match done.unwrap() {
            (name, Ok(_)) => won.push(name),
            (_, Err(AppError::AlreadyTaken { by })) => told.push(by),
            (name, other) => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!((won.len(), told.len()), (1, 49));
    assert!(told.iter().all(|by| by == &won[0]), "{won:?} {told:?}");
    let holder = texts(
        &w.bench,
        "select d.name from service_requests r join users d on d.id = r.designer_id",
    )
    .await;
    assert_eq!(holder, won);
    assert_eq!(
        number(&w.bench, "select count(*) from request_events where kind = 'taken'").await,
        1
    );
}

#[rstest]
#[tokio::test]
async fn rq1_the_same_press_twice_is_one_step(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    let seen = w.version(id).await;
    let first = w.press(&w.pixel, id, T::Start, seen, "").await.unwrap();
    assert_eq!(w.press(&w.pixel, id, T::Start, seen, "").await.unwrap(), first);
    assert_eq!(
        not_allowed(w.press(&w.pixel_designer, id, T::Start, seen, "").await),
        "in progress"
    );
    assert_eq!(
        not_allowed(w.step(&w.owner, id, T::Approve).await),
        "in progress",
        "nothing was delivered"
    );
    // Twenty presses of one page at once.
    w.add(&w.pixel, id).await;
    let seen = w.version(id).await;
    let mut presses = JoinSet::new();
    for _ in 0..20 {
        let (engine, caller) = (w.engine().clone(), w.pixel.clone());
        presses.spawn(async move { press(&engine, &caller, id, T::Deliver, seen, "").await });
    }
    while let Some(done) = presses.join_next().await {
        assert_eq!(done.unwrap().unwrap().done, "Version 1 delivered.");
    }
    assert_eq!(number(&w.bench, "select count(*) from request_versions").await, 1);
    assert_eq!(number(&w.bench, "select count(*) from request_deliveries").await, 1);
    // Two tabs: what was not seen is not approved.
    let seen = w.version(id).await;
    w.press(&w.member, id, T::AskRevision, seen, "Greener.").await.unwrap();
    assert_eq!(
        not_allowed(w.press(&w.owner, id, T::Approve, seen, "").await),
        "in progress"
    );
    assert_eq!(
        not_allowed(w.press(&w.member, id, T::AskRevision, seen, "And larger.").await),
        "in progress"
    );
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    assert_eq!(w.press(&w.owner, id, T::Approve, seen, "").await, Err(AppError::Stale));
    assert_eq!(number(&w.bench, "select count(*) from request_messages").await, 1);
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn rq1_a_revision_and_a_reopening_need_words(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    w.step(&w.pixel, id, T::Start).await.unwrap();
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    let seen = w.version(id).await;
    let asked = async |text: &str| w.press(&w.owner, id, T::AskRevision, seen, text).await;
    assert_eq!(asked("").await, Err(AppError::field("text", Problem::Required)));
    assert_eq!(
        asked(&"x".repeat(10_001)).await,
        Err(AppError::field("text", Problem::TooLong { max: 10_000 }))
    );
    assert_eq!(w.status(id).await, RequestStatus::InReview);
    let odd = StepInput {
        step: "submit".into(),
        ..StepInput::default()
    };
    assert_eq!(
        w.engine().work(&w.owner, id, &odd).await,
        Err(AppError::field("step", Problem::ChoiceInvalid)),
        "other steps have forms of their own"
    );
}

#[rstest]
#[tokio::test]
async fn s25_others_requests_are_not_there(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let (_, stranger) = w.bench.client("Boreal", PaymentType::Monthly).await;
    let (packed, free) = (w.of_pack().await, w.beyond().await);
    for id in [packed, free] {
        for (caller, step) in [(&w.other, T::Start), (&w.other, T::Take), (&stranger, T::Approve)] {
            assert_eq!(
                w.step(caller, id, step).await,
                Err(AppError::NotFound),
                "{}",
                caller.name
            );
        }
    }
    assert_eq!(w.step(&w.pixel, free, T::Start).await, Err(AppError::NotFound));
    // Designers see all requests, and work on Tri-POD's only.
    for step in [T::Take, T::Start, T::Release] {
        assert_eq!(w.step(&w.ana, packed, step).await, Err(AppError::Forbidden), "{step}");
    }
    for role in [Role::Accountant, Role::Support] {
        let person = w.bench.user("Somebody", role, None, None).await;
        assert_eq!(
            w.step(&person, packed, T::Start).await,
            Err(AppError::Forbidden),
            "{role}"
        );
    }
    assert_eq!(w.step(&w.owner, packed, T::Start).await, Err(AppError::Forbidden));
}

#[rstest]
#[tokio::test]
async fn as9_nobody_starts_what_waits_for_its_packs_vendor(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let (client, owner) = w.bench.client("Boreal", PaymentType::Royalties).await;
    let (pack, version) = w.bench.pack(w.logo, 20, Cents(30_000)).await;
    w.bench.subscription(client, pack, version).await;
    let id = submit(w.engine(), &owner, "waiting", w.logo, 1)
        .await
        .id
        .parse()
        .unwrap();
    assert_eq!(w.offered(&w.bench.admin, id).await, []);
    assert_eq!(
        not_allowed(w.step(&w.bench.admin, id, T::Start).await),
        "waiting for a vendor"
    );
    assert_eq!(w.step(&w.ana, id, T::Take).await, Err(AppError::Forbidden));
    assert_eq!(
        w.view(&w.ana, id).await.work.unwrap().note,
        "Waiting for a vendor. Work can start when the pack gets one."
    );
}

#[rstest]
#[tokio::test]
async fn tp2_whoever_leaves_gives_back_what_they_had(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let (one, two) = (w.beyond().await, w.beyond().await);
    for id in [one, two] {
        w.step(&w.ana, id, T::Take).await.unwrap();
    }
    w.step(&w.ana, two, T::Start).await.unwrap();
    w.step(&w.ana, two, T::Deliver).await.unwrap();
    let form = PersonForm {
        name: "Ana".into(),
        email: format!("{}@example.test", w.ana.user_id),
        role: "internal_designer".into(),
        ..PersonForm::default()
    };
    let id = w.ana.user_id.to_string();
    w.engine()
        .save_person(&w.bench.admin, &id, &form, false, 0)
        .await
        .unwrap();
    assert_eq!(
        number(
            &w.bench,
            "select count(*) from service_requests where designer_id is not null"
        )
        .await,
        0
    );
    w.step(&w.ben, one, T::Take).await.unwrap();
    w.step(&w.owner, two, T::AskRevision).await.unwrap();
    w.step(&w.ben, two, T::Take).await.unwrap();
    w.step(&w.ben, two, T::Deliver).await.unwrap();
    w.books_hold().await;
    assert_eq!(
        texts(
            &w.bench,
            "select d.name from request_deliveries x join users d on d.id = x.designer_id"
        )
        .await,
        ["Ana"],
        "who delivered it first stays"
    );
}

#[rstest]
#[tokio::test]
async fn vp2_a_delivery_cannot_be_changed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    w.step(&w.pixel, id, T::Start).await.unwrap();
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    run(&w.bench, "update service_requests set title = title").await;
    for sql in [
        "update request_versions set version = 2",
        "delete from request_versions",
        "delete from request_deliveries",
    ] {
        let mut tx = w.bench.tx().await;
        let refused = store::on!(&mut tx, c => store::sqlx::query(sql).execute(c).await.map(|_| ())).unwrap_err();
        assert!(refused.to_string().contains("append_only"), "{sql}: {refused}");
    }
}

#[rstest]
#[tokio::test]
async fn as7_replacing_and_delivering_at_once_leaves_one_vendor_with_the_work(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let subscription = texts(&w.bench, "select id from subscriptions").await;
    let subscription = subscription[0].parse().unwrap();
    let sides = [&w.pixel, &w.other];
    for round in 0..12_usize {
        let (holder, next) = (sides[round % 2], sides[(round + 1) % 2]);
        let id = w.of_pack_of(1).await;
        w.step(holder, id, T::Start).await.unwrap();
        w.add(holder, id).await;
        let version = w.version(id).await;
        let to = next.vendor_id.unwrap();
        let input = AssignInput {
            now: true,
            reason: "An emergency.".into(),
            ..w.bench.assign_input(&[subscription], to).await
        };
        let (replaced, delivered) = tokio::join!(
            w.engine().assign(&w.bench.admin, &input),
            w.press(holder, id, T::Deliver, version, "")
        );
        replaced.unwrap();
        let had = texts(
            &w.bench,
            "select h.name || ' ' || r.status from service_requests r join vendors h on h.id = r.vendor_id order by r.number desc limit 1",
        )
        .await
        .remove(0);
        let (keeps, goes) = match round % 2 {
            0 => ("PixelCo in_review", "Threadline in_progress"),
            _ => ("Threadline in_review", "PixelCo in_progress"),
        };
        match delivered {
            Ok(_) => assert_eq!(had, keeps, "what was delivered stays with whoever did it"),
            Err(error) => {
                assert!(matches!(error, AppError::NotFound | AppError::Stale), "{error:?}");
                assert_eq!(had, goes);
            }
        }
        w.books_hold().await;
    }
}
