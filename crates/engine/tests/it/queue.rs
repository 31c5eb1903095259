//! TP5, RQ10 on both databases: the queue of what Tri-POD is to deliver, giving requests outside of packs to a vendor or a
//! designer, two people at once, the same press twice, and what a vendor then reads.

use crate::{
    allowance::{number, run, submit, texts},
    assignment::mails,
    notices::told,
    work::{World, said, world},
};
use domain::{
    AppError, AppResult, Cents, PaymentType, RequestId, RequestStatus, Role, Transition as T, VendorId,
    error::Problem,
    work::{
        RequestPart, RequestQuery,
        request::QueuePart,
        view::{GiveDialog, GiveInput, QueueRow, QueueView, StepInput, Stepped},
    },
};
use engine::{Caller, Engine};
use rstest::rstest;
use store::testing::Backend;
use tokio::task::JoinSet;

fn vendor_of(caller: &Caller) -> VendorId {
    caller.vendor_id.expect("a vendor")
}

fn to_vendor(caller: &Caller) -> String {
    format!("vendor:{}", vendor_of(caller))
}

fn to_designer(caller: &Caller) -> String {
    format!("designer:{}", caller.user_id)
}

async fn queue(w: &World, caller: &Caller, part: QueuePart) -> QueueView {
    w.engine().queue(caller, part.as_str(), "").await.unwrap()
}

fn numbers(view: &QueueView) -> Vec<i64> {
    view.rows.iter().map(|row| row.row.number).collect()
}

fn count(view: &QueueView, part: QueuePart) -> Option<i64> {
    let found = view.parts.iter().find(|(one, _)| *one == part);
    found.map(|(_, count)| *count)
}

async fn dialog(w: &World, ids: &[RequestId]) -> GiveDialog {
    let picks: Vec<String> = ids.iter().map(|id| format!("{id}~0")).collect();
    w.engine().give_dialog(&w.bench.admin, &picks).await.unwrap()
}

/// What a press sends of a page that was opened just now.
async fn seen(w: &World, ids: &[RequestId], to: &str) -> GiveInput {
    let dialog = dialog(w, ids).await;
    GiveInput {
        form_key: dialog.form_key,
        picks: dialog.requests.into_iter().map(|line| line.pick).collect(),
        to: to.to_owned(),
        partial: false,
    }
}

async fn give(w: &World, ids: &[RequestId], to: &str) -> AppResult<Stepped> {
    let input = seen(w, ids, to).await;
    w.engine().give(&w.bench.admin, &input).await
}

async fn offer_voice(w: &World, vendor: &Caller) {
    w.bench.offer(vendor_of(vendor), w.voice).await;
}

async fn holder(w: &World, id: RequestId) -> String {
    let facts = w.view(&w.bench.admin, id).await.people;
    let of = |label: &str| {
        facts
            .iter()
            .find(|fact| fact.label == label)
            .map(|fact| fact.text.clone())
    };
    [of("Vendor"), of("Designer")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

/// A request of a pack that Tri-POD has itself.
async fn of_tri_pods_pack(w: &World) -> RequestId {
    let (client, owner) = w.bench.client("Boreal", PaymentType::Monthly).await;
    let icons = w.bench.service("Icon set", Cents(4_000)).await;
    let (pack, version) = w.bench.pack(icons, 10, Cents(30_000)).await;
    let subscription = w.bench.subscription(client, pack, version).await;
    let tri_pod = tri_pod(w).await.parse().unwrap();
    w.bench.assign(w.engine(), &[subscription], tri_pod).await.unwrap();
    submit(w.engine(), &owner, "packed", icons, 1).await.id.parse().unwrap()
}

#[rstest]
#[tokio::test]
async fn tp5_in5_the_queue_shows_what_is_to_be_claimed_and_whose_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    // What an outside vendor has is not in it.
    w.of_pack().await;
    let first = w.beyond().await;
    let second = w.beyond().await;
    let view = queue(&w, &w.ana, QueuePart::Free).await;
    assert_eq!(numbers(&view), [1002, 1003], "what is due first comes first");
    assert_eq!(
        view.parts.iter().map(|(part, _)| *part).collect::<Vec<_>>(),
        [QueuePart::Free, QueuePart::Mine, QueuePart::All]
    );
    assert_eq!(view.pending_packs, None, "§25: not hers to assign");
    let offered = |row: &QueueRow| -> Vec<String> { row.steps.iter().map(|one| one.label.clone()).collect() };
    assert_eq!(offered(&view.rows[0]), ["Claim and start", "Claim"]);
    assert_eq!(view.rows[0].pick, None);
    w.step(&w.ana, first, T::Take).await.unwrap();
    assert_eq!(numbers(&queue(&w, &w.ben, QueuePart::Free).await), [1003]);
    let mine = queue(&w, &w.ana, QueuePart::Mine).await;
    assert_eq!(numbers(&mine), [1002]);
    assert_eq!(offered(&mine.rows[0]), ["Start", "Release"]);
    let all = queue(&w, &w.ben, QueuePart::All).await;
    assert_eq!(
        (numbers(&all), count(&all, QueuePart::Mine)),
        (vec![1002, 1003], Some(0))
    );
    assert!(all.rows[0].steps.is_empty(), "another's is not his to release");
    assert_eq!(all.rows[0].row.worker.as_deref(), Some("Tri-POD · Ana"));
    // Delivered work is not to do any more.
    w.step(&w.ana, first, T::Start).await.unwrap();
    w.step(&w.ana, first, T::Deliver).await.unwrap();
    assert_eq!(numbers(&queue(&w, &w.ana, QueuePart::All).await), [1003]);
    // Admins see it and claim nothing; who may not assign has no part *Outside of packs*.
    let admins = queue(&w, &w.bench.admin, QueuePart::Beyond).await;
    assert_eq!((numbers(&admins), admins.pending_packs), (vec![1003], Some(0)));
    assert!(admins.rows[0].steps.is_empty());
    assert_eq!(admins.rows[0].pick, Some(format!("{second}~0")));
    assert_eq!(queue(&w, &w.ana, QueuePart::Beyond).await.part, QueuePart::Free);
    for nobody in [&w.owner, &w.pixel] {
        assert_eq!(w.engine().queue(nobody, "free", "").await, Err(AppError::Forbidden));
    }
    let waits = w.engine().waiting(&w.ana).await.unwrap();
    assert_eq!(waits.queue, 1, "counted beside its entry");
    // IN5.
    let packed = of_tri_pods_pack(&w).await;
    assert_eq!(
        count(&queue(&w, &w.ben, QueuePart::Free).await, QueuePart::Free),
        Some(2)
    );
    w.engine().show_pack_requests(&w.ben, false).await.unwrap();
    let hidden = queue(&w, &w.ben, QueuePart::Free).await;
    assert_eq!((numbers(&hidden), hidden.hidden), (vec![1003], 1));
    assert_eq!(count(&hidden, QueuePart::Free), Some(1));
    assert!(!hidden.shows_pack_requests);
    assert_eq!(holder(&w, packed).await, "Tri-POD");
}

#[rstest]
#[tokio::test]
async fn tp5_a_claim_is_taken_back_by_its_release_and_a_release_by_a_claim(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let id = w.beyond().await;
    let take_back = async |done: Stepped| {
        let undo = done.undo.expect("something to take back");
        let input = StepInput {
            step: undo.step.to_string(),
            version: undo.version,
            text: String::new(),
        };
        w.engine().work(&w.ana, id, &input).await.unwrap()
    };
    let claimed = w.step(&w.ana, id, T::Take).await.unwrap();
    assert_eq!(holder(&w, id).await, "Tri-POD · Ana");
    let released = take_back(claimed).await;
    assert_eq!(holder(&w, id).await, "Tri-POD");
    take_back(released).await;
    assert_eq!(holder(&w, id).await, "Tri-POD · Ana");
    let again = w.step(&w.ana, id, T::Take).await.unwrap();
    assert_eq!(again.undo, None, "nothing was changed by it");
    let started = w.step(&w.ana, id, T::Start).await.unwrap();
    assert_eq!(started.undo, None, "what has begun is not undone");
}

#[rstest]
#[tokio::test]
async fn rq5_rq8_the_list_has_views_of_what_is_overdue_and_of_what_is_ones_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let (first, _) = (w.beyond().await, w.beyond().await);
    w.step(&w.ana, first, T::Take).await.unwrap();
    let seen = async |caller: &Caller, view: &str| -> Vec<i64> {
        let query = RequestQuery {
            view: view.to_owned(),
            ..RequestQuery::default()
        };
        let list = w.engine().request_list(caller, &query).await.unwrap();
        assert_eq!(list.total, list.rows.len() as i64, "the tabs count the same");
        list.rows.iter().map(|row| row.number).collect()
    };
    assert_eq!(seen(&w.ana, "mine").await, [1001]);
    assert_eq!(seen(&w.ben, "mine").await, [0_i64; 0]);
    assert_eq!(seen(&w.ana, "overdue").await, [0_i64; 0], "nothing is due yet");
    w.bench.clock.set(w.engine().now().plus_days(30));
    assert_eq!(seen(&w.ana, "overdue").await, [1002, 1001]);
    assert_eq!(
        seen(&w.owner, "overdue").await,
        [1002, 1001],
        "a client has no views: an address that names one shows all"
    );
    w.step(&w.ana, first, T::Start).await.unwrap();
    w.step(&w.ana, first, T::Deliver).await.unwrap();
    assert_eq!(
        seen(&w.bench.admin, "overdue").await,
        [1002],
        "what was delivered is not late"
    );
    assert_eq!(seen(&w.ana, "mine").await, [1001]);
}

#[rstest]
#[tokio::test]
async fn tp5_in5_the_board_shows_tri_pods_requests_by_where_they_stand(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    // What an outside vendor has is not on it.
    w.of_pack().await;
    let (_, started, delivered) = (w.beyond().await, w.beyond().await, w.beyond().await);
    for id in [started, delivered] {
        w.step(&w.ana, id, T::Start).await.unwrap();
    }
    w.step(&w.ana, delivered, T::Deliver).await.unwrap();
    of_tri_pods_pack(&w).await;
    let board = async |caller: &Caller| {
        let board = w.engine().queue_board(caller).await.unwrap();
        let columns = board.columns.iter().map(|column| {
            let numbers: Vec<i64> = column.rows.iter().map(|row| row.number).collect();
            (column.status, column.count, numbers)
        });
        (columns.collect::<Vec<_>>(), board.hidden)
    };
    let (in_progress, in_review) = (RequestStatus::InProgress, RequestStatus::InReview);
    let others: [(RequestStatus, i64, Vec<i64>); 2] = [(in_progress, 1, vec![1003]), (in_review, 1, vec![1004])];
    let (columns, hidden) = board(&w.ben).await;
    assert_eq!(columns[0], (RequestStatus::Submitted, 2, vec![1002, 1005]));
    assert_eq!((&columns[1..], hidden), (&others[..], 0));
    w.engine().show_pack_requests(&w.ben, false).await.unwrap();
    let (columns, hidden) = board(&w.ben).await;
    assert_eq!(columns[0], (RequestStatus::Submitted, 1, vec![1002]));
    assert_eq!((&columns[1..], hidden), (&others[..], 1), "IN5");
    for nobody in [&w.owner, &w.pixel] {
        assert_eq!(w.engine().queue_board(nobody).await, Err(AppError::Forbidden));
    }
}

#[rstest]
#[tokio::test]
async fn rq10_what_no_pack_brings_is_given_to_a_vendor_or_a_designer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let (one, two) = (w.beyond().await, w.beyond().await);
    offer_voice(&w, &w.pixel).await;
    let shown = dialog(&w, &[one, two]).await;
    let named: Vec<String> = shown
        .receivers
        .iter()
        .map(|one| format!("{}: {}", one.name, one.effect.as_deref().unwrap_or("all")))
        .collect();
    assert_eq!(
        named,
        [
            "Tri-POD queue (2 open requests): 2 unchanged",
            "PixelCo (0 open requests): all",
            "Ana of Tri-POD (0 open requests): all",
            "Ben of Tri-POD (0 open requests): all",
        ],
        "whoever does not offer it is no choice"
    );
    assert_eq!(shown.requests[0].holder, "Tri-POD");
    assert!(
        shown.requests[0].what.starts_with("Acme · 3 × Voice-over, due "),
        "{shown:?}"
    );

    let done = give(&w, &[one, two], &to_vendor(&w.pixel)).await.unwrap();
    assert_eq!(done.done, "PixelCo: 2 start now.");
    assert_eq!(
        (holder(&w, one).await, holder(&w, two).await),
        ("PixelCo".into(), "PixelCo".into())
    );
    let heard = told(&w, &w.pixel).await;
    assert_eq!(heard.len(), 2, "one for each: {heard:?}");
    for text in &heard {
        assert!(
            text.contains("3 × Voice-over") && text.ends_with("is now assigned to you.") && !text.contains("Acme"),
            "AS10: {text}"
        );
    }
    let unread = async || {
        let query = RequestQuery {
            view: RequestPart::Unread.as_str().to_owned(),
            ..RequestQuery::default()
        };
        w.engine().request_list(&w.pixel, &query).await.unwrap().total
    };
    assert_eq!(unread().await, 2, "§24: it is about the requests");
    w.view(&w.pixel, one).await;
    assert_eq!(unread().await, 1, "read by looking");
    // The vendor works on it as on any other; VP3's rate applies.
    w.step(&w.pixel_designer, one, T::Start).await.unwrap();
    // Given on in the midst of the work: to a designer of Tri-POD, and from there to the shared queue.
    let done = give(&w, &[one], &to_designer(&w.ana)).await.unwrap();
    assert_eq!(done.done, "Ana of Tri-POD: 1 starts now.");
    assert_eq!(holder(&w, one).await, "Tri-POD · Ana");
    let heard = told(&w, &w.ana).await;
    assert!(
        heard[0].contains("Acme · #1001") && heard[0].contains("is now assigned to you."),
        "{heard:?}"
    );
    assert!(mails(&w.bench, &w.pixel).await[0].contains("is now assigned to another vendor."));
    // What is made meanwhile is no matter of the vendor's that gets it back.
    w.add(&w.ana, one).await;
    assert_eq!(
        w.engine().request(&w.pixel, one).await.unwrap_err(),
        AppError::NotFound,
        "RQ7"
    );
    let done = give(&w, &[one], &to_designer(&w.ana)).await.unwrap();
    assert_eq!(done.done, "Ana of Tri-POD: 1 unchanged.");
    give(&w, &[one], &format!("vendor:{}", tri_pod(&w).await))
        .await
        .unwrap();
    assert_eq!(holder(&w, one).await, "Tri-POD");
    // Back to a vendor, who delivers; from then on it stays.
    give(&w, &[one], &to_vendor(&w.pixel)).await.unwrap();
    let history = said(&w.view(&w.pixel, one).await);
    assert!(!history.join(" ").contains("Ana"), "RQ7: {history:?}");
    assert!(!history.join(" ").contains("uploaded"), "RQ9: {history:?}");
    let history = said(&w.view(&w.owner, one).await).join(" ");
    assert!(
        !history.contains("assigned"),
        "SU8: a client reads of no vendors: {history}"
    );
    let history = said(&w.view(&w.ben, one).await);
    assert!(
        history.contains(&"Ada Admin assigned it to Ana of Tri-POD.".to_owned()),
        "RQ6: {history:?}"
    );
    w.step(&w.pixel, one, T::Deliver).await.unwrap();
    let shown = w
        .engine()
        .give_dialog(&w.bench.admin, &[format!("{one}~0")])
        .await
        .unwrap();
    assert!(shown.receivers.is_empty(), "{shown:?}");
    assert_eq!(shown.changed.len(), 1, "AS6: it was somebody else's when it was chosen");
    assert!(shown.changed[0].ends_with(": now with PixelCo."), "{shown:?}");
    let again = [shown.requests[0].pick.clone()];
    let again = w.engine().give_dialog(&w.bench.admin, &again).await.unwrap();
    assert_eq!(again.changed, Vec::<String>::new());
    w.step(&w.owner, one, T::AskRevision).await.unwrap();
    assert_eq!(
        w.view(&w.bench.admin, one).await.work.unwrap().pick,
        None,
        "delivered once"
    );
    let refused = give(&w, &[one, two], &to_designer(&w.ben)).await.unwrap_err();
    assert_eq!(
        refused.message(),
        "Nothing assigned yet: 1 starts now · 1 can't: already delivered. You can still assign 1."
    );
    assert_eq!(holder(&w, two).await, "PixelCo", "all or nothing");
    let mut input = seen(&w, &[one, two], &to_designer(&w.ben)).await;
    input.partial = true;
    w.engine().give(&w.bench.admin, &input).await.unwrap();
    assert_eq!(
        (holder(&w, one).await, holder(&w, two).await),
        ("PixelCo".into(), "Tri-POD · Ben".into())
    );
    assert_eq!(
        texts(&w.bench, "select h.name || ' ' || l.units || ' ' || l.amount_cents from vendor_payables l join vendors h on h.id = l.vendor_id where l.kind = 'service'").await,
        ["PixelCo 3 2700"],
        "VP3: by the rate of whoever delivered"
    );
    assert_eq!(
        number(
            &w.bench,
            "select count(*) from audit_log where action = 'request.given'"
        )
        .await,
        6
    );
    w.books_hold().await;
}

async fn tri_pod(w: &World) -> String {
    texts(&w.bench, "select id from vendors where kind = 'internal'")
        .await
        .remove(0)
}

#[rstest]
#[tokio::test]
async fn rq10_who_may_give_and_what_cannot_be(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let (packed, beyond) = (w.of_pack().await, w.beyond().await);
    offer_voice(&w, &w.pixel).await;
    let good = seen(&w, &[beyond], &to_vendor(&w.pixel)).await;
    let try_with = async |caller: &Caller, change: &dyn Fn(&mut GiveInput)| {
        let mut input = GiveInput {
            form_key: w.engine().new_id::<uuid::Uuid>().to_string(),
            ..good.clone()
        };
        change(&mut input);
        w.engine().give(caller, &input).await
    };
    let admin = &w.bench.admin;
    for nobody in [&w.ana, &w.pixel, &w.owner] {
        assert_eq!(
            try_with(nobody, &|_| {}).await,
            Err(AppError::Forbidden),
            "{}",
            nobody.name
        );
        assert_eq!(
            w.engine().give_dialog(nobody, &good.picks).await,
            Err(AppError::Forbidden),
            "{}",
            nobody.name
        );
    }
    let lead = Caller {
        lead: true,
        ..w.ana.clone()
    };
    let to_nobody = |to: &str| {
        let to = to.to_owned();
        move |input: &mut GiveInput| input.to.clone_from(&to)
    };
    assert_eq!(
        try_with(admin, &to_nobody("")).await,
        Err(AppError::field("to", Problem::Required))
    );
    for to in [
        "vendor:",
        "vendor:x",
        "somebody",
        "designer:00000000-0000-7000-8000-00000000dead",
        &to_designer(&w.pixel),
    ] {
        assert_eq!(try_with(admin, &to_nobody(to)).await, Err(AppError::NotFound), "{to}");
    }
    assert_eq!(
        try_with(admin, &|input| input.picks.clear()).await,
        Err(AppError::field("picks", Problem::Required))
    );
    assert_eq!(
        try_with(admin, &|input| input.picks.push("x".into())).await,
        Err(AppError::NotFound)
    );
    let words = |error: AppResult<Stepped>| error.unwrap_err().message();
    assert_eq!(
        words(try_with(admin, &to_nobody(&to_vendor(&w.other))).await),
        "Nothing assigned: 1 can't: vendor doesn't offer Voice-over."
    );
    assert_eq!(
        words(give(&w, &[packed], &to_designer(&w.ana)).await),
        "Nothing assigned: 1 can't: part of a pack, follows its vendor."
    );
    // AS6: what was seen is what is given.
    w.step(&w.ben, beyond, T::Take).await.unwrap();
    assert_eq!(try_with(admin, &|_| {}).await, Err(AppError::Stale));
    run(&w.bench, "update clients set name = 'Acme Inc.'").await;
    run(&w.bench, "update service_requests set title = 'For acme.com'").await;
    let input = seen(&w, &[beyond], &to_vendor(&w.pixel)).await;
    w.engine().give(&lead, &input).await.unwrap();
    assert_eq!(
        w.engine().give(&lead, &input).await.unwrap().done,
        "PixelCo: 1 starts now.",
        "invariant 7: the same press"
    );
    // A full stop in a name ends no subject.
    assert!(
        mails(&w.bench, &w.ben).await[0].starts_with("Acme Inc. · #1002 For acme.com, 3 × Voice-over"),
        "whoever had claimed it is told: {:?}",
        mails(&w.bench, &w.ben).await
    );
    let subject = texts(&w.bench, "select subject from mails where subject like '%someone else'").await;
    assert_eq!(subject.len(), 1);
    assert_eq!(
        number(&w.bench, "select count(*) from request_events where kind = 'given'").await,
        1
    );
}

#[rstest]
#[tokio::test]
async fn rq10_of_many_who_give_one_request_at_once_one_wins(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let id = w.beyond().await;
    let mut inputs = Vec::new();
    for n in 0..20 {
        let name = format!("Designer {n}");
        let designer = w.bench.user(&name, Role::InternalDesigner, None, None).await;
        inputs.push(seen(&w, &[id], &to_designer(&designer)).await);
    }
    let mut presses = JoinSet::new();
    for input in inputs {
        let (engine, admin): (Engine, Caller) = (w.engine().clone(), w.bench.admin.clone());
        presses.spawn(async move { engine.give(&admin, &input).await });
    }
    let results = presses.join_all().await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    let stale = results.iter().filter(|result| **result == Err(AppError::Stale)).count();
    assert_eq!((won, stale), (1, 19), "{results:?}");
    assert_eq!(
        number(&w.bench, "select count(*) from request_events where kind = 'given'").await,
        1
    );
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn rq10_giving_and_delivering_at_once_leaves_one_holder(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    offer_voice(&w, &w.pixel).await;
    let mut paid = 0;
    for _ in 0..10 {
        let id = w.beyond().await;
        give(&w, &[id], &to_vendor(&w.pixel)).await.unwrap();
        w.step(&w.pixel, id, T::Start).await.unwrap();
        w.add(&w.pixel, id).await;
        let version = w.version(id).await;
        let input = seen(&w, &[id], &to_designer(&w.ana)).await;
        let (given, delivered) = tokio::join!(
            w.engine().give(&w.bench.admin, &input),
            w.press(&w.pixel, id, T::Deliver, version, "")
        );
        let status = w.view(&w.bench.admin, id).await.status;
        match (given.is_ok(), delivered.is_ok()) {
            (true, false) => {
                assert_eq!(
                    (holder(&w, id).await.as_str(), status),
                    ("Tri-POD · Ana", RequestStatus::InProgress)
                );
            }
            (false, true) => {
                assert_eq!(
                    (holder(&w, id).await.as_str(), status),
                    ("PixelCo · Pia Pixel", RequestStatus::InReview)
                );
                paid += 1;
            }
            _ => panic!("{given:?} {delivered:?}"),
        }
        let owed = "select count(*) from vendor_payables where amount_cents > 0 and kind = 'service'";
        assert_eq!(number(&w.bench, owed).await, paid);
    }
    w.books_hold().await;
}
