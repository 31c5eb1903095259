//! §14 on both databases: what an assignment does and to whom it is told, two people at once, replacing, boundaries, and a
//! model that knows nothing of SQL.

use crate::{
    allowance::{number, submit, texts},
    work::said,
};
use domain::{
    AppError, Cents, ClientId, Instant, PaymentType, Role, ServiceId, SubscriptionId, VendorId,
    assignment::{
        AssignmentQuery,
        view::{AssignInput, AssignmentRow},
    },
    error::Problem,
    payables::VendorPaymentForm,
    people::{VendorForm, view::PartyTab},
    seen::{TypedAmount, field_of},
};
use engine::{
    Caller, Engine,
    assignment::Job,
    kernel::jobs::Job as _,
    testing::{Bench, bench},
};
use proptest::{prelude::*, test_runner::TestRunner};
use rstest::rstest;
use std::collections::BTreeSet;
use store::{
    assignment::{self, ListFilter, SortBy},
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

/// A running pack of 20 on the royalties rail.
pub(crate) struct Pack {
    pub(crate) id: SubscriptionId,
    pub(crate) client: ClientId,
    pub(crate) owner: Caller,
    pub(crate) service: ServiceId,
    pub(crate) pack: domain::PackId,
    pub(crate) ends: Instant,
}

pub(crate) async fn pack(bench: &Bench, client: &str, service: &str) -> Pack {
    let service = bench.service(service, Cents(2_500)).await;
    let (pack, version) = bench.pack(service, 20, Cents(40_000)).await;
    subscribed(bench, client, service, pack, version).await
}

pub(crate) async fn subscribed(
    bench: &Bench,
    client: &str,
    service: ServiceId,
    pack: domain::PackId,
    version: domain::PackVersionId,
) -> Pack {
    let (client, owner) = bench.client(client, PaymentType::Royalties).await;
    let ends = bench.engine.now().whole_second().plus_days(31);
    let id = bench.subscription(client, pack, version).await;
    Pack {
        id,
        client,
        owner,
        service,
        pack,
        ends,
    }
}

/// A vendor that offers a service, with a manager.
pub(crate) async fn studio(bench: &Bench, name: &str, services: &[ServiceId]) -> (VendorId, Caller) {
    let id = bench.vendor(name).await;
    for service in services {
        bench.offer(id, *service).await;
    }
    // A bench's people are made by hand; membership is what the product adds with the role (TP2).
    let manager = bench
        .user(&format!("Manager of {name}"), Role::VendorManager, None, Some(id))
        .await;
    let mut tx = bench.tx().await;
    store::people::set_membership(&mut tx, manager.user_id, Some(&id.to_string()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (id, manager)
}

pub(crate) async fn books_hold(bench: &Bench) {
    let mut found = bench.engine.books_check().await.unwrap();
    // A subscription that a maker wrote has no deduction for its first period.
    found.retain(|finding| !finding.detail.ends_with("deduction none"));
    assert!(found.is_empty(), "{found:?}");
}

async fn rows(bench: &Bench) -> Vec<AssignmentRow> {
    let query = AssignmentQuery::default();
    bench.engine.assignment_list(&bench.admin, &query).await.unwrap().rows
}

async fn row(bench: &Bench, id: SubscriptionId) -> AssignmentRow {
    let found = rows(bench).await.into_iter().find(|row| row.id == id.to_string());
    found.expect("the pack is in the list")
}

/// The subjects and texts of the mails to a person, oldest first.
pub(crate) async fn mails(bench: &Bench, to: &Caller) -> Vec<String> {
    let mut tx = bench.tx().await;
    let sql = format!(
        "select subject || ': ' || body_text from mails where user_id = '{}' order by created_at, id",
        to.user_id
    );
    store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_all(c).await).unwrap()
}

async fn vendors_of_periods(bench: &Bench) -> Vec<String> {
    texts(
        bench,
        "select p.seq || ' ' || coalesce(v.name, '–') from periods p left join vendors v on v.id = p.vendor_id order by p.seq",
    )
    .await
}

async fn set_active(bench: &Bench, vendor: VendorId, name: &str, active: bool) {
    let form = VendorForm {
        name: name.into(),
        active,
        ..VendorForm::default()
    };
    let seen = bench.engine.vendors(&bench.admin).await.unwrap();
    let id = vendor.to_string();
    let seen = seen.iter().find(|line| line.id == id).unwrap().version;
    bench.engine.save_vendor(&bench.admin, &id, &form, seen).await.unwrap();
}

/// A page's key serves each of its buttons once: two packs of one page are two presses, one button pressed twice is one.
#[rstest]
#[tokio::test]
async fn as5_two_next_vendors_of_one_page_are_taken_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let version = store::subscriptions::by_id(&mut bench.tx().await, p.id)
        .await
        .unwrap()
        .unwrap()
        .pack_version_id;
    let other = subscribed(&bench, "Bolt", p.service, p.pack, version).await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, manager) = studio(&bench, "Threadline", &[p.service]).await;
    let both = [p.id, other.id];
    bench.assign(&bench.engine, &both, pixel).await.unwrap();
    bench.assign(&bench.engine, &both, thread).await.unwrap();
    let seen = [row(&bench, p.id).await.pick, row(&bench, other.id).await.pick];
    let told = mails(&bench, &manager).await.len();
    for pick in [&seen[0], &seen[1], &seen[0]] {
        let done = bench.engine.keep_vendor(&bench.admin, "page", pick).await.unwrap();
        assert_eq!(done.changed, 1);
    }
    for id in both {
        assert_eq!(row(&bench, id).await.next, None);
    }
    assert_eq!(mails(&bench, &manager).await.len() - told, 2, "AS10: of each");
    books_hold(&bench).await;
}

/// AS8: who takes no work any more is not told that a pack stays.
#[rstest]
#[tokio::test]
async fn as8_nothing_stays_with_who_takes_no_work(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, manager) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    bench.assign(&bench.engine, &[p.id], thread).await.unwrap();
    set_active(&bench, pixel, "PixelCo", false).await;
    let pick = row(&bench, p.id).await.pick;
    bench.engine.keep_vendor(&bench.admin, "page", &pick).await.unwrap();
    let told = mails(&bench, &manager).await;
    assert!(!told.iter().any(|mail| mail.contains("stays with you")), "{told:?}");
    assert_eq!(
        row(&bench, p.id).await.next_note.as_deref(),
        Some("PixelCo is inactive, no vendor from Apr 10")
    );
}

#[rstest]
#[tokio::test]
async fn as2_as9_a_first_vendor_gets_the_period_and_what_waits_in_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, manager) = studio(&bench, "PixelCo", &[p.service]).await;
    submit(&bench.engine, &p.owner, "a", p.service, 2).await;
    submit(&bench.engine, &p.owner, "b", p.service, 1).await;
    let before = row(&bench, p.id).await;
    assert_eq!((before.vendor, before.waiting), (None, 2));
    let queue = bench.engine.unassigned_requests(&bench.admin, "").await.unwrap();
    assert_eq!(
        (queue.total, queue.rows.len(), queue.rows[0].pack.as_str()),
        (2, 2, "20 × Logo design")
    );
    let done = bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    assert_eq!((done.changed, done.summary.as_str()), (1, "1 starts now"));
    let after = row(&bench, p.id).await;
    assert_eq!(
        (after.vendor.as_deref(), after.next, after.waiting),
        (Some("PixelCo"), None, 0)
    );
    assert_eq!(
        number(
            &bench,
            "select count(*) from service_requests r join vendors v on v.id = r.vendor_id where v.name = 'PixelCo'"
        )
        .await,
        2,
        "AS9: moved with it"
    );
    assert_eq!(
        texts(&bench, "select kind from request_events where kind <> 'submitted'").await,
        ["assigned", "assigned"],
        "RQ6"
    );
    submit(&bench.engine, &p.owner, "c", p.service, 1).await;
    assert_eq!(
        number(&bench, "select count(*) from service_requests where vendor_id is null").await,
        0,
        "AS9: a later one is the vendor's at once"
    );
    // AS10: alias, service, units, dates and payment; no name, no price of the client's.
    let [mail] = mails(&bench, &manager).await.try_into().unwrap();
    for told in [
        "Client ",
        "20 × Logo design",
        "Apr 10, 10:00 AM CT",
        "$120.00",
        "2 requests are waiting",
    ] {
        assert!(mail.contains(told), "{told}: {mail}");
    }
    for hidden in ["Acme", "$400", "@example"] {
        assert!(!mail.contains(hidden), "{hidden}: {mail}");
    }
    assert_eq!(
        texts(&bench, "select action from audit_log where action like 'assignment.%'").await,
        ["assignment.made"]
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn as2_as5_another_vendor_is_for_the_next_period_and_can_be_taken_back_until_then(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, pixel_manager) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, thread_manager) = studio(&bench, "Threadline", &[p.service]).await;
    let (harbor, _) = studio(&bench, "Harbor", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    submit(&bench.engine, &p.owner, "a", p.service, 2).await;
    let next = |row: &AssignmentRow| (row.next.clone(), row.next_note.clone());
    let from = Some("from Apr 10".to_owned());
    for (vendor, name) in [(thread, "Threadline"), (harbor, "Harbor"), (thread, "Threadline")] {
        let done = bench.assign(&bench.engine, &[p.id], vendor).await.unwrap();
        assert_eq!(done.summary, "1 starts next period");
        let row = row(&bench, p.id).await;
        assert_eq!(row.vendor.as_deref(), Some("PixelCo"), "AS2: keeps the period");
        assert_eq!(next(&row), (Some(name.to_owned()), from.clone()));
    }
    let again = bench.assign(&bench.engine, &[p.id], thread).await.unwrap();
    assert_eq!((again.changed, again.summary.as_str()), (0, "1 unchanged"));
    let pick = row(&bench, p.id).await.pick;
    bench.engine.keep_vendor(&bench.admin, "back", &pick).await.unwrap();
    assert_eq!(next(&row(&bench, p.id).await), (None, None), "AS5: removed");
    bench.assign(&bench.engine, &[p.id], thread).await.unwrap();
    books_hold(&bench).await;
    bench.clock.set(p.ends);
    bench.engine.ensure_periods(p.id).await.unwrap();
    assert_eq!(vendors_of_periods(&bench).await, ["1 PixelCo", "2 Threadline"]);
    let after = row(&bench, p.id).await;
    assert_eq!(
        (after.vendor.as_deref(), after.next.clone()),
        (Some("Threadline"), None)
    );
    assert!(after.since.text.starts_with("Apr 10, 2027, "), "{:?}", after.since);
    submit(&bench.engine, &p.owner, "b", p.service, 1).await;
    assert_eq!(
        texts(
            &bench,
            "select v.name || ' ' || r.form_key from service_requests r join vendors v on v.id = r.vendor_id order by r.number"
        )
        .await,
        ["PixelCo a", "Threadline b"],
        "AS9: each has the vendor of its period"
    );
    let told = mails(&bench, &pixel_manager).await;
    assert!(told[1].contains("ends with you on Apr 10"), "{told:?}");
    assert!(told.last().unwrap().contains("is no longer yours"), "{told:?}");
    let told = mails(&bench, &thread_manager).await;
    assert!(told[0].contains("New pack from Apr 10"), "{told:?}");
    assert!(told[1].contains("no longer comes to you"), "{told:?}");
    assert!(told.last().unwrap().contains("is now yours"), "{told:?}");
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn as4_a_bulk_is_all_or_nothing_or_those_that_can_be(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let embroidery = bench.service("Embroidery", Cents(2_500)).await;
    let (logo_pack, logo_version) = bench.pack(logo, 20, Cents(40_000)).await;
    let (other_pack, other_version) = bench.pack(embroidery, 10, Cents(20_000)).await;
    let (pixel, manager) = studio(&bench, "PixelCo", &[logo]).await;
    let (thread, _) = studio(&bench, "Threadline", &[logo, embroidery]).await;
    let mut ids = Vec::new();
    for at in 0..7 {
        let p = subscribed(&bench, &format!("Client {at}"), logo, logo_pack, logo_version).await;
        ids.push(p.id);
    }
    bench.assign(&bench.engine, &ids[4..], thread).await.unwrap();
    ids.push(
        subscribed(&bench, "Odd one", embroidery, other_pack, other_version)
            .await
            .id,
    );
    let summary = "4 start now · 3 start next period · 1 can't: vendor doesn't offer Embroidery";
    let picks: Vec<String> = rows(&bench).await.into_iter().map(|row| row.pick).collect();
    let dialog = bench.engine.assign_dialog(&bench.admin, &picks, None).await.unwrap();
    let choice = dialog.vendors.iter().find(|v| v.name == "PixelCo").unwrap();
    assert_eq!((choice.effect.as_str(), choice.can, choice.refused), (summary, 7, 1));
    assert_eq!((choice.now, choice.next, choice.possible), (4, 3, true));
    assert_eq!(choice.reasons, ["1: vendor doesn't offer Embroidery"]);
    assert_eq!(
        (choice.load.as_str(), choice.payment.as_deref()),
        ("0 packs, 0 open requests", None)
    );
    let mut input = bench.assign_input(&ids, pixel).await;
    let refused = bench.engine.assign(&bench.admin, &input).await;
    let whole = AppError::AssignmentPartial {
        summary: summary.into(),
        can: 7,
    };
    assert_eq!(refused, Err(whole));
    assert_eq!(
        rows(&bench).await.iter().filter(|row| row.vendor.is_none()).count(),
        5,
        "nothing was changed"
    );
    input.partial = true;
    let done = bench.engine.assign(&bench.admin, &input).await.unwrap();
    assert_eq!((done.changed, done.summary.as_str()), (7, summary));
    let again = bench.engine.assign(&bench.admin, &input).await.unwrap();
    assert_eq!(again, done, "the same form is one press");
    let after = rows(&bench).await;
    assert_eq!(
        after
            .iter()
            .filter(|row| row.vendor.as_deref() == Some("PixelCo"))
            .count(),
        4
    );
    assert_eq!(
        after
            .iter()
            .filter(|row| row.next.as_deref() == Some("PixelCo"))
            .count(),
        3
    );
    assert_eq!(after[0].client, "Odd one", "AS1: pending ones come first");
    assert_eq!(mails(&bench, &manager).await.len(), 1, "one mail says it all");
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn as6_the_loser_is_told_who_and_when(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    let marta = bench.user("Marta", Role::Admin, None, None).await;
    let seen = row(&bench, p.id).await.pick;
    let press = |key: &str, vendor: VendorId, pick: &str| AssignInput {
        form_key: key.into(),
        vendor: vendor.to_string(),
        picks: vec![pick.to_owned()],
        ..AssignInput::default()
    };
    bench.engine.assign(&marta, &press("m", pixel, &seen)).await.unwrap();
    bench.clock.set(bench.engine.now().plus_secs(10));
    for partial in [false, true] {
        let late = AssignInput {
            partial,
            ..press("a", thread, &seen)
        };
        let error = bench.engine.assign(&bench.admin, &late).await.unwrap_err();
        assert_eq!(error.code(), "assignment_stale");
        assert_eq!(error.message(), "Marta assigned this to PixelCo 10 seconds ago.");
    }
    // The dialog says so before anybody decides.
    let changed = async |pick: &String| {
        let dialog = bench
            .engine
            .assign_dialog(&bench.admin, std::slice::from_ref(pick), None)
            .await;
        dialog.unwrap().changed
    };
    assert_eq!(
        changed(&seen).await,
        ["Acme · 20 × Logo design: Marta assigned this to PixelCo 10 seconds ago."]
    );
    assert!(changed(&row(&bench, p.id).await.pick).await.is_empty());
    // Taking back is a change too, and so is a boundary.
    let seen = row(&bench, p.id).await.pick;
    bench.engine.assign(&marta, &press("n", thread, &seen)).await.unwrap();
    bench.clock.set(bench.engine.now().plus_secs(1));
    let (back, seen) = (row(&bench, p.id).await.pick, seen);
    bench.engine.keep_vendor(&marta, "k", &back).await.unwrap();
    bench.clock.set(bench.engine.now().plus_secs(60));
    let error = bench
        .engine
        .assign(&bench.admin, &press("b", thread, &seen))
        .await
        .unwrap_err();
    assert_eq!(error.message(), "Marta removed the next vendor 1 minute ago.");
    let seen = row(&bench, p.id).await.pick;
    bench.clock.set(p.ends);
    let error = bench
        .engine
        .assign(&bench.admin, &press("c", thread, &seen))
        .await
        .unwrap_err();
    assert_eq!(
        error.code(),
        "assignment_stale",
        "what was from Apr 10 on would be from May 10 on"
    );
    assert_eq!(
        number(&bench, "select count(*) from periods").await,
        1,
        "and nothing was written"
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn as6_of_many_at_once_one_wins(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (pack, version) = bench.pack(logo, 20, Cents(40_000)).await;
    let mut ids = Vec::new();
    for at in 0..6 {
        ids.push(
            subscribed(&bench, &format!("Client {at}"), logo, pack, version)
                .await
                .id,
        );
    }
    let mut inputs = Vec::new();
    for at in 0..8 {
        let vendor = bench.vendor(&format!("Vendor {at}")).await;
        bench.offer(vendor, logo).await;
        let admin = bench.user(&format!("Admin {at}"), Role::Admin, None, None).await;
        let mut input = bench.assign_input(&ids, vendor).await;
        input.picks.rotate_left(at % 6);
        inputs.push((admin, input));
    }
    let mut presses = tokio::task::JoinSet::new();
    for (admin, input) in inputs {
        let engine = bench.engine.clone();
        presses.spawn(async move { engine.assign(&admin, &input).await });
    }
    let (mut won, mut lost) = (0, 0);
    while let Some(outcome) = presses.join_next().await {
        match outcome.unwrap() {
            Ok(_) => won += 1,
            Err(AppError::AssignmentStale { by, others, .. }) => {
                assert!(by.starts_with("Admin ") && others == 5);
                lost += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((won, lost), (1, 7));
    assert_eq!(number(&bench, "select count(distinct vendor_id) from periods").await, 1);
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn as7_replacing_splits_the_payment_by_what_was_delivered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, pixel_manager) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, thread_manager) = studio(&bench, "Threadline", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    submit(&bench.engine, &p.owner, "early", p.service, 3).await;
    submit(&bench.engine, &p.owner, "late", p.service, 4).await;
    bench
        .deliver("select id from service_requests where form_key = 'early'")
        .await;
    let lead = Caller {
        lead: true,
        ..bench.user("Lena", Role::InternalDesigner, None, None).await
    };
    let now = AssignInput {
        now: true,
        reason: "  PixelCo has closed.  ".into(),
        ..bench.assign_input(&[p.id], thread).await
    };
    assert_eq!(
        bench.engine.assign(&lead, &now).await,
        Err(AppError::Forbidden),
        "AS7: admins only"
    );
    let silent = AssignInput {
        reason: " ".into(),
        ..now.clone()
    };
    let wants_reason = AppError::field("reason", Problem::Required);
    assert_eq!(bench.engine.assign(&bench.admin, &silent).await, Err(wants_reason));
    let done = bench.engine.assign(&bench.admin, &now).await.unwrap();
    assert_eq!(done.summary, "1 replaced now");
    assert_eq!(
        texts(&bench, "select r.form_key || ' ' || v.name from service_requests r join vendors v on v.id = r.vendor_id order by r.number").await,
        ["early PixelCo", "late Threadline"],
        "what was delivered stays"
    );
    // $120 for 20 units: three of them are PixelCo's.
    let split =
        "select v.name || ' ' || coalesce(x.delivered_units, -1) || ' ' || x.amount_cents from pack_period_shares x
                 join vendors v on v.id = x.vendor_id order by v.name";
    assert_eq!(texts(&bench, split).await, ["PixelCo 3 1800", "Threadline -1 10200"]);
    assert_eq!(
        texts(
            &bench,
            "select after from audit_log where action = 'assignment.replaced'"
        )
        .await,
        [r#"{"vendor":"Threadline","next_vendor":null,"period":1,"reason":"PixelCo has closed."}"#]
    );
    books_hold(&bench).await;
    // Back to PixelCo: one row for each vendor, the payment still paid once.
    bench
        .deliver("select id from service_requests where form_key = 'late'")
        .await;
    let back = AssignInput {
        now: true,
        reason: "It is open again.".into(),
        ..bench.assign_input(&[p.id], pixel).await
    };
    bench.engine.assign(&bench.admin, &back).await.unwrap();
    assert_eq!(texts(&bench, split).await, ["PixelCo -1 9600", "Threadline 4 2400"]);
    books_hold(&bench).await;
    let told = mails(&bench, &pixel_manager).await;
    assert!(told[1].contains("has moved to another vendor"), "{told:?}");
    assert!(
        !told.concat().contains("Threadline"),
        "a vendor reads nothing of others: {told:?}"
    );
    let told = mails(&bench, &thread_manager).await;
    assert!(
        told[0].contains("You take over until") && told[0].contains("1 request is waiting"),
        "{told:?}"
    );
    // The history says that it was given away, and to nobody's name.
    let thread_sees = bench
        .engine
        .request_list(&thread_manager, &domain::work::RequestQuery::default())
        .await
        .unwrap();
    let id = thread_sees.rows[0].id.parse().unwrap();
    let view = bench.engine.request(&thread_manager, id).await.unwrap();
    let history = said(&view);
    assert!(history[1].ends_with("moved it to another vendor."), "{history:?}");
}

#[rstest]
#[tokio::test]
async fn as8_a_vendor_that_takes_no_work_keeps_its_period_and_gets_no_next_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, manager) = studio(&bench, "PixelCo", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    set_active(&bench, pixel, "PixelCo", false).await;
    let now = row(&bench, p.id).await;
    assert_eq!(now.vendor.as_deref(), Some("PixelCo"), "the current period stays");
    assert_eq!(
        now.next_note.as_deref(),
        Some("PixelCo is inactive, no vendor from Apr 10")
    );
    submit(&bench.engine, &p.owner, "a", p.service, 1).await;
    bench.clock.set(p.ends);
    bench.engine.ensure_periods(p.id).await.unwrap();
    assert_eq!(vendors_of_periods(&bench).await, ["1 PixelCo", "2 –"]);
    let since = row(&bench, p.id).await.since;
    assert!(
        since.text.starts_with("Apr 10, 2027, "),
        "pending since then: {since:?}"
    );
    assert!(
        mails(&bench, &manager)
            .await
            .last()
            .unwrap()
            .contains("is no longer yours")
    );
    let refused = bench.assign(&bench.engine, &[p.id], pixel).await;
    assert!(
        matches!(refused, Err(AppError::AssignmentPartial { can: 0, .. })),
        "{refused:?}"
    );
    books_hold(&bench).await;
    // It waits through another boundary; whoever gets it gets the requests of the period that nobody had, too.
    submit(&bench.engine, &p.owner, "b", p.service, 1).await;
    bench.clock.set(p.ends.plus_days(31));
    bench.engine.ensure_periods(p.id).await.unwrap();
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], thread).await.unwrap();
    assert_eq!(
        vendors_of_periods(&bench).await,
        ["1 PixelCo", "2 Threadline", "3 Threadline"],
        "AS9"
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn as1_admins_are_mailed_after_four_hours_and_daily(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let begun = bench.engine.now();
    bench.engine.plant_jobs().await.unwrap();
    let told = || async { number(&bench, "select count(*) from mails where dedupe_key like 'pending:%'").await };
    for (minutes, expected) in [
        (0, 0),
        (239, 0),
        (240, 1),
        (600, 1),
        (240 + 1_439, 1),
        (240 + 1_440, 2),
        (240 + 2_880, 3),
    ] {
        bench.clock.set(begun.plus_minutes(minutes));
        bench.engine.drain().await.unwrap();
        assert_eq!(told().await, expected, "after {minutes} minutes");
    }
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    bench.clock.set(begun.plus_days(9));
    bench.engine.drain().await.unwrap();
    assert_eq!(told().await, 3, "it has a vendor");
    // Without one again, it begins anew.
    set_active(&bench, pixel, "PixelCo", false).await;
    bench.clock.set(p.ends);
    bench.engine.drain().await.unwrap();
    bench.clock.set(p.ends.plus_minutes(239));
    bench.engine.drain().await.unwrap();
    assert_eq!(told().await, 3);
    bench.clock.set(p.ends.plus_minutes(240));
    bench.engine.drain().await.unwrap();
    assert_eq!(told().await, 4);
    let mail = &mails(&bench, &bench.admin).await[3];
    assert!(
        mail.contains("1 pack has no vendor") && mail.contains("Acme · 20 × Logo design"),
        "{mail}"
    );
    assert_eq!(Job::PendingPacks.key(), "assignments.pending");
}

#[rstest]
#[tokio::test]
async fn un4_the_last_assignment_ends_with_the_pack(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, manager) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    bench.assign(&bench.engine, &[p.id], thread).await.unwrap();
    let mut tx = bench.tx().await;
    let mut held = store::subscriptions::lock(&mut tx, p.id).await.unwrap().unwrap();
    held.cancel_at = Some(p.ends);
    assert!(
        store::subscriptions::save(&mut tx, &held, bench.engine.now())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let refused = bench
        .assign(&bench.engine, &[p.id], VendorId::from(uuid::Uuid::nil()))
        .await;
    assert_eq!(refused, Err(AppError::NotFound));
    let pick = row(&bench, p.id).await.pick;
    bench.engine.keep_vendor(&bench.admin, "k", &pick).await.unwrap();
    let refused = bench.assign(&bench.engine, &[p.id], thread).await.unwrap_err();
    assert!(refused.message().contains("1 can't: pack ends Apr 10"), "{refused:?}");
    bench.clock.set(p.ends);
    bench.engine.ensure_periods(p.id).await.unwrap();
    assert!(rows(&bench).await.is_empty(), "it runs no more");
    assert_eq!(
        texts(
            &bench,
            "select from_seq || '-' || coalesce(to_seq, 0) from pack_assignments where replaced_at is null"
        )
        .await,
        ["1-1"]
    );
    assert!(mails(&bench, &manager).await.last().unwrap().contains("has ended"));
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn s14_the_list_filters_sorts_and_pages_in_a_bounded_number_of_statements(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let mug = bench.service("Mug design", Cents(1_500)).await;
    let (logo_pack, logo_version) = bench.pack(logo, 20, Cents(40_000)).await;
    let (mug_pack, mug_version) = bench.pack(mug, 7, Cents(9_000)).await;
    let count_of = |query: AssignmentQuery| {
        let bench = &bench;
        async move {
            let before = bench.db.db.statements();
            let list = bench.engine.assignment_list(&bench.admin, &query).await.unwrap();
            (list, bench.db.db.statements() - before)
        }
    };
    let (empty, few) = count_of(AssignmentQuery::default()).await;
    assert_eq!((empty.total, empty.rows.len()), (0, 0));
    let mut ids = Vec::new();
    for at in 0..40 {
        let name = format!("Client {:02}", (at * 7) % 40);
        let p = if at % 2 == 0 {
            subscribed(&bench, &name, logo, logo_pack, logo_version).await
        } else {
            subscribed(&bench, &name, mug, mug_pack, mug_version).await
        };
        ids.push(p.id);
    }
    let (pixel, _) = studio(&bench, "PixelCo", &[logo, mug]).await;
    let (thread, _) = studio(&bench, "Threadline", &[logo, mug]).await;
    bench.assign(&bench.engine, &ids[..33], pixel).await.unwrap();
    bench.assign(&bench.engine, &ids[..3], thread).await.unwrap();
    // All pages, whatever the order: pending ones first, each row once.
    for sort in [
        "", "client", "-client", "service", "-pack", "period", "used", "-vendor", "since",
    ] {
        let mut seen = Vec::new();
        let mut query = AssignmentQuery {
            sort: sort.into(),
            ..AssignmentQuery::default()
        };
        loop {
            let (list, statements) = count_of(query.clone()).await;
            assert!(statements <= few, "{statements} of {few}, whatever it holds");
            assert_eq!((list.total, list.pending), (40, 7));
            seen.extend(list.rows);
            match list.next {
                Some(after) => query.after = after,
                None => break,
            }
        }
        assert_eq!(
            seen.iter().map(|row| &row.id).collect::<BTreeSet<_>>().len(),
            40,
            "{sort}"
        );
        assert_eq!(seen.len(), 40, "{sort}");
        assert!(seen[..7].iter().all(|row| row.vendor.is_none()), "AS1: {sort}");
        assert!(seen[7..].iter().all(|row| row.vendor.is_some()), "{sort}");
        if sort == "-client" {
            assert!(seen[7..].windows(2).all(|two| two[0].client >= two[1].client));
        }
    }
    let total = |query: AssignmentQuery| async { count_of(query).await.0.total };
    let of = |set: fn(&mut AssignmentQuery)| {
        let mut query = AssignmentQuery::default();
        set(&mut query);
        query
    };
    assert_eq!(total(of(|q| q.pending = "1".into())).await, 7);
    assert_eq!(total(of(|q| q.q = "mug".into())).await, 20);
    assert_eq!(total(of(|q| q.q = "client 0".into())).await, 10);
    assert_eq!(total(of(|q| q.q = "100%".into())).await, 0);
    assert_eq!(total(of(|q| q.ends = "soon".into())).await, 0);
    let by_vendor = AssignmentQuery {
        vendor: thread.to_string(),
        ..AssignmentQuery::default()
    };
    assert_eq!(total(by_vendor).await, 3, "the next period's too");
    let by_service = AssignmentQuery {
        service: logo.to_string(),
        pending: "1".into(),
        ..AssignmentQuery::default()
    };
    let picks = bench.engine.matching_picks(&bench.admin, &by_service).await.unwrap();
    assert_eq!(
        total(by_service.clone()).await,
        picks.len() as i64,
        "select all matching"
    );
    bench.clock.set(bench.engine.now().plus_days(25));
    assert_eq!(total(of(|q| q.ends = "soon".into())).await, 40);
    let dialog = bench
        .engine
        .assign_dialog(&bench.admin, &[], Some(&by_service))
        .await
        .unwrap();
    assert_eq!(dialog.picks.len(), picks.len());
    every_way_finds_the_same(&bench, thread, logo).await;
}

/// Walked along its order or looked for and sorted: the same rows in the same order, page by page, and as many as counted.
async fn every_way_finds_the_same(bench: &Bench, vendor: VendorId, service: ServiceId) {
    let all = ListFilter {
        pending: false,
        vendor: None,
        service: None,
        ends_before: None,
        words: String::new(),
        sort: SortBy::Client,
        descending: false,
        after: None,
        limit: 7,
    };
    let filters = [
        all.clone(),
        ListFilter {
            words: "client 0".into(),
            ..all.clone()
        },
        ListFilter {
            words: "mug".into(),
            vendor: Some(vendor),
            ..all.clone()
        },
        ListFilter {
            ends_before: Some(bench.engine.now().plus_days(90)),
            words: "MUG".into(),
            ..all.clone()
        },
        ListFilter {
            ends_before: Some(bench.engine.now().plus_days(90)),
            service: Some(service),
            ..all.clone()
        },
        ListFilter {
            ends_before: Some(Instant(1)),
            ..all
        },
    ];
    let mut tx = bench.tx().await;
    for filter in &filters {
        let total = assignment::count(&mut tx, filter).await.unwrap();
        for (sort, descending) in SortBy::ALL.iter().flat_map(|sort| [(*sort, false), (*sort, true)]) {
            let mut ways = Vec::new();
            // As if few had been counted, and as if many had.
            for counted in [1, 5_000] {
                let mut filter = ListFilter {
                    sort,
                    descending,
                    ..filter.clone()
                };
                let mut ids = Vec::new();
                loop {
                    let page = assignment::list(&mut tx, &filter, counted).await.unwrap();
                    ids.extend(page.iter().map(|row| row.id));
                    match page.last() {
                        Some(last) if page.len() == 7 => {
                            filter.after = Some((last.flag, last.sort_key.clone(), last.id.to_string()));
                        }
                        _ => break,
                    }
                }
                ways.push(ids);
            }
            assert_eq!(ways[0], ways[1], "{filter:?} by {sort:?}");
            assert_eq!(ways[0].len() as i64, total, "{filter:?} by {sort:?}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn ah6_the_dialog_warns_and_proposes_a_spread(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    studio(&bench, "Threadline", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    submit(&bench.engine, &p.owner, "a", p.service, 4).await;
    bench.deliver("select id from service_requests").await;
    // PixelCo delivers 4 a week; what is to come is more than it can do in four.
    bench.clock.set(bench.engine.now().plus_days(1));
    let version = texts(&bench, "select id from pack_versions")
        .await
        .remove(0)
        .parse()
        .unwrap();
    let mut ids = Vec::new();
    for at in 0..4 {
        ids.push(
            subscribed(&bench, &format!("Client {at}"), p.service, p.pack, version)
                .await
                .id,
        );
    }
    let input = bench.assign_input(&ids, pixel).await;
    let dialog = bench
        .engine
        .assign_dialog(&bench.admin, &input.picks, None)
        .await
        .unwrap();
    let names: Vec<&str> = dialog.vendors.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["Tri-POD", "PixelCo", "Threadline"]);
    let choice = &dialog.vendors[1];
    assert!(choice.forecast.ends_with("to do, pace 16."), "{choice:?}");
    let warning = choice.warning.as_deref().unwrap_or_default();
    assert!(
        warning.ends_with("over PixelCo's capacity in the next 4 weeks."),
        "{choice:?}"
    );
    assert_eq!(choice.ahead.capacity, Some(16));
    assert!(choice.ahead.added > 0 && choice.ahead.over() > 0, "{choice:?}");
    assert_eq!(dialog.vendors[2].warning, None, "nobody knows what Threadline can do");
    assert_eq!(dialog.vendors[2].ahead.over(), 0);
    let spread = dialog.spread.unwrap();
    assert_eq!((spread.picks.len(), spread.lines.len()), (4, 4));
    assert!(spread.lines[0].0.ends_with(" × Logo design"), "{:?}", spread.lines);
    let accepted = AssignInput {
        form_key: dialog.form_key,
        picks: spread.picks,
        ..AssignInput::default()
    };
    let done = bench.engine.assign(&bench.admin, &accepted).await.unwrap();
    assert_eq!((done.changed, done.summary.as_str()), (4, "4 start now"));
    assert!(
        number(&bench, "select count(distinct vendor_id) from periods").await > 1,
        "{}",
        spread.words
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn vp1_vp3_vendors_have_services_rates_and_terms_of_their_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let vendor = bench.vendor("PixelCo").await;
    let (engine, admin, id) = (&bench.engine, &bench.admin, vendor.to_string());
    let offer = |rate: &str, was: &str| {
        vec![TypedAmount {
            of: p.service.to_string(),
            typed: rate.to_owned(),
            was: was.to_owned(),
        }]
    };
    let wrong = engine.set_vendor_services(admin, &id, &offer("lots", "")).await;
    let field = field_of("rate", p.service);
    assert_eq!(wrong, Err(AppError::field(field, Problem::MoneyInvalid)));
    let tri_pod = store::people::TRI_POD;
    assert_eq!(
        engine.set_vendor_services(admin, tri_pod, &offer("9", "")).await,
        Err(AppError::VendorInternalRequired),
        "it takes all"
    );
    engine
        .set_vendor_services(admin, &id, &offer("12.50", ""))
        .await
        .unwrap();
    let own = |payment: &str, mode: &str| VendorPaymentForm {
        pack: p.pack.to_string(),
        payment: payment.into(),
        mode: mode.into(),
    };
    engine
        .set_vendor_payment(admin, &id, &own("150", "per_pack"), "")
        .await
        .unwrap();
    let page = engine.vendor(admin, &id, PartyTab::Prices).await.unwrap();
    assert_eq!(page.services[0].rate.as_deref(), Some("12.50"));
    assert_eq!(page.payments[0].own.as_deref(), Some("$150.00 for the period"));
    assert_eq!(page.payments[0].standard, "$120.00 for the period");
    // AS3: the dialog says what it is; the period keeps what held when it was given.
    let pick = row(&bench, p.id).await.pick;
    let dialog = engine.assign_dialog(admin, &[pick], None).await.unwrap();
    let shown = |name: &str| {
        let choice = dialog.vendors.iter().find(|v| v.name == name).unwrap();
        (choice.effect.clone(), choice.payment.clone().unwrap())
    };
    assert_eq!(
        shown("PixelCo"),
        ("Starts now".to_owned(), "$150.00 for the period".to_owned())
    );
    assert_eq!(shown("Tri-POD").1, "None (in-house)", "TP4");
    bench.assign(engine, &[p.id], vendor).await.unwrap();
    engine
        .set_vendor_payment(admin, &id, &own("7.5", "per_unit"), "150.00 per_pack")
        .await
        .unwrap();
    let terms = "select o.payment_cents || ' ' || o.rate_mode from periods p join vendor_pack_payments o on o.id = p.vendor_pack_payment_id order by p.seq";
    assert_eq!(texts(&bench, terms).await, ["15000 per_pack"]);
    bench.clock.set(p.ends);
    engine.ensure_periods(p.id).await.unwrap();
    assert_eq!(texts(&bench, terms).await, ["15000 per_pack", "750 per_unit"]);
    engine.remove_vendor_payment(admin, &id, p.pack).await.unwrap();
    engine.remove_vendor_payment(admin, &id, p.pack).await.unwrap();
    assert_eq!(
        engine.vendor(admin, &id, PartyTab::Prices).await.unwrap().payments[0].own,
        None
    );
    engine
        .set_vendor_services(admin, &id, &offer("", "12.50"))
        .await
        .unwrap();
    assert_eq!(
        row(&bench, p.id).await.vendor.as_deref(),
        Some("PixelCo"),
        "who has a pack keeps it"
    );
    for caller in [&p.owner] {
        assert_eq!(
            engine.vendor(caller, &id, PartyTab::Overview).await,
            Err(AppError::Forbidden)
        );
        assert_eq!(
            engine.assignment_list(caller, &AssignmentQuery::default()).await,
            Err(AppError::Forbidden)
        );
    }
    let actions = "select action from audit_log where action like 'vendor.%' order by at, id";
    assert_eq!(texts(&bench, actions).await.len(), 5, "each change once");
    assert!(p.client != ClientId::from(uuid::Uuid::nil()));
    books_hold(&bench).await;
}

/// What may happen to one pack.
#[derive(Debug, Clone, Copy)]
enum Step {
    Assign(usize),
    Replace(usize),
    Boundary,
    Toggle(usize),
    Submit(i64),
    Deliver,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_usize).prop_map(Step::Assign),
        2 => (0..3_usize).prop_map(Step::Replace),
        3 => Just(Step::Boundary),
        2 => (0..3_usize).prop_map(Step::Toggle),
        4 => (1..4_i64).prop_map(Step::Submit),
        2 => Just(Step::Deliver),
    ];
    prop::collection::vec(step, 1..24)
}

#[derive(Debug, Default, Clone)]
struct ModelPeriod {
    vendor: Option<usize>,
    /// Who had it before.
    replaced: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
struct ModelRequest {
    period: usize,
    vendor: Option<usize>,
    delivered: bool,
}

#[derive(Debug)]
struct Model {
    periods: Vec<ModelPeriod>,
    next: Option<usize>,
    active: [bool; 3],
    requests: Vec<ModelRequest>,
}

impl Model {
    fn held(&self) -> Option<usize> {
        self.periods.last().unwrap().vendor
    }

    /// Whether the press is to be refused.
    fn assign(&mut self, vendor: usize, now: bool) -> bool {
        let held = self.held();
        if held == Some(vendor) {
            if !now {
                self.next = None;
            }
            return false;
        }
        if !self.active[vendor] {
            return true;
        }
        let last = self.periods.len() - 1;
        match held {
            None => {
                let pending = self
                    .periods
                    .iter()
                    .rposition(|p| p.vendor.is_some())
                    .map_or(0, |at| at + 1);
                let waits = |at: usize| self.requests.iter().any(|r| r.period == at && r.vendor.is_none());
                let from = (pending..=last).find(|at| waits(*at)).unwrap_or(last);
                for period in &mut self.periods[from..] {
                    period.vendor = Some(vendor);
                }
                for request in self
                    .requests
                    .iter_mut()
                    .filter(|r| r.period >= from && r.vendor.is_none())
                {
                    request.vendor = Some(vendor);
                }
            }
            Some(held) if now => {
                let mut split = BTreeSet::from([last]);
                for request in self
                    .requests
                    .iter_mut()
                    .filter(|r| r.vendor == Some(held) && !r.delivered)
                {
                    request.vendor = Some(vendor);
                    split.insert(request.period);
                }
                for at in split {
                    let period = &mut self.periods[at];
                    period.replaced.insert(held);
                    period.replaced.remove(&vendor);
                    period.vendor = Some(vendor);
                }
                self.next = self.next.filter(|next| *next != vendor);
            }
            Some(_) => self.next = Some(vendor),
        }
        false
    }

    fn boundary(&mut self) {
        let vendor = self.next.or(self.held()).filter(|v| self.active[*v]);
        self.next = None;
        self.periods.push(ModelPeriod {
            vendor,
            replaced: BTreeSet::new(),
        });
    }
}

impl Model {
    /// §15: what a vendor is owed for a period, by pack, unit and service, counted anew; `units`: of each request, what the pack
    /// covers and what it does not. The last vendor has terms of its own: $7 a unit.
    fn owed(&self, at: usize, vendor: usize, units: &[(i64, i64)]) -> [i64; 3] {
        let delivered = |by: usize| {
            let mine = self.requests.iter().zip(units);
            let mine = mine.filter(|(r, _)| r.period == at && r.delivered && r.vendor == Some(by));
            mine.fold((0, 0), |sum, (_, (covered, beyond))| (sum.0 + covered, sum.1 + beyond))
        };
        let period = &self.periods[at];
        let (covered, beyond) = delivered(vendor);
        let per_unit = vendor == 2;
        let pack = match period.vendor {
            _ if per_unit => 0,
            Some(held) if held == vendor => {
                12_000
                    - period
                        .replaced
                        .iter()
                        .map(|by| 12_000 * delivered(*by).0 / 20)
                        .sum::<i64>()
            }
            _ if period.replaced.contains(&vendor) => 12_000 * covered / 20,
            _ => 0,
        };
        [pack, if per_unit { 700 * covered } else { 0 }, 900 * beyond]
    }
}

/// "What must be seen" 2: random assignments, reassignments, boundaries, deactivations and replacements; each period has at
/// most one vendor or its recorded split, each request the vendor of its period, each payable its period and vendor, the sums
/// are right, and the books hold.
#[rstest]
#[case(Backend::Sqlite, 24)]
#[case(Backend::Postgres, 24)]
fn as2_as5_as7_as8_as9_vp1_vp2_vp3_any_sequence_gives_what_the_model_gives(
    #[case] backend: Backend,
    #[case] cases: u32,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let Some(bench) = runtime.block_on(bench(backend)) else {
        return;
    };
    let service = runtime.block_on(bench.service("Logo design", Cents(2_500)));
    let (pack, version) = runtime.block_on(bench.pack(service, 20, Cents(40_000)));
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let nth = std::cell::Cell::new(0);
    let outcome = runner.run(&steps(), |steps| {
        nth.set(nth.get() + 1);
        let run = async {
            let p = subscribed(&bench, &format!("Client {}", nth.get()), service, pack, version).await;
            follow(&bench, &p, nth.get(), &steps).await;
        };
        runtime.block_on(run);
        Ok(())
    });
    outcome.unwrap();
}

async fn follow(bench: &Bench, p: &Pack, nth: u32, steps: &[Step]) {
    let engine: &Engine = &bench.engine;
    let names: Vec<String> = (0..3).map(|at| format!("Vendor {nth}-{at}")).collect();
    let mut vendors = Vec::new();
    for name in &names {
        vendors.push(studio(bench, name, &[p.service]).await.0);
    }
    crate::payables::own_terms(bench, p, vendors[2], "7", "per_unit").await;
    let mut model = Model {
        periods: vec![ModelPeriod::default()],
        next: None,
        active: [true; 3],
        requests: Vec::new(),
    };
    let mut ends = p.ends;
    for (at, step) in steps.iter().enumerate() {
        match *step {
            Step::Assign(vendor) | Step::Replace(vendor) => {
                let now = matches!(step, Step::Replace(_));
                let input = AssignInput {
                    now,
                    reason: "why".into(),
                    ..bench.assign_input(&[p.id], vendors[vendor]).await
                };
                let outcome = engine.assign(&bench.admin, &input).await;
                assert_eq!(outcome.is_err(), model.assign(vendor, now), "{step:?}: {outcome:?}");
            }
            Step::Boundary => {
                bench.clock.set(ends);
                engine.ensure_periods(p.id).await.unwrap();
                model.boundary();
                let mut tx = engine.db().read().await.unwrap();
                ends = store::subscriptions::latest_period(&mut tx, p.id)
                    .await
                    .unwrap()
                    .unwrap()
                    .ends_at;
            }
            Step::Toggle(vendor) => {
                model.active[vendor] = !model.active[vendor];
                set_active(bench, vendors[vendor], &names[vendor], model.active[vendor]).await;
            }
            Step::Submit(quantity) => {
                submit(engine, &p.owner, &format!("{nth}-{at}"), p.service, quantity).await;
                model.requests.push(ModelRequest {
                    period: model.periods.len() - 1,
                    vendor: model.held(),
                    delivered: false,
                });
            }
            Step::Deliver => {
                let open = model
                    .requests
                    .iter_mut()
                    .position(|r| r.vendor.is_some() && !r.delivered);
                if let Some(which) = open {
                    model.requests[which].delivered = true;
                    let sql = format!(
                        "select id from service_requests where client_id = '{}' order by number limit 1 offset {which}",
                        p.client
                    );
                    bench.deliver(&format!("select x.id from ({sql}) x")).await;
                }
            }
        }
        same(bench, p, &vendors, &model).await;
    }
    books_hold(bench).await;
}

async fn same(bench: &Bench, p: &Pack, vendors: &[VendorId], model: &Model) {
    let mut tx = bench.tx().await;
    let place = |id: Option<VendorId>| id.map(|id| vendors.iter().position(|v| *v == id).unwrap());
    let periods = store::subscriptions::periods_of(&mut tx, p.id).await.unwrap();
    assert_eq!(periods.len(), model.periods.len());
    for (period, wanted) in periods.iter().zip(&model.periods) {
        assert_eq!(place(period.vendor_id), wanted.vendor, "period {}", period.seq);
        let shares = store::assignment::shares(&mut tx, period.id).await.unwrap();
        let replaced: BTreeSet<usize> = shares
            .iter()
            .filter(|share| share.delivered_units.is_some())
            .filter_map(|share| place(Some(share.vendor_id)))
            .collect();
        assert_eq!(replaced, wanted.replaced, "AS7: period {}", period.seq);
        let paid: i64 = shares.iter().filter_map(|share| share.amount_cents).map(|c| c.0).sum();
        let for_all = shares.iter().all(|share| share.amount_cents.is_some());
        assert!(
            shares.is_empty() || !for_all || paid == period.vendor_payment_cents.0,
            "paid once: {shares:?}"
        );
    }
    let coming = store::assignment::at_boundary(&mut tx, p.id).await.unwrap();
    let next = coming.iter().find(|a| a.coming).map(|a| a.vendor_id);
    assert_eq!(place(next), model.next);
    let sql = format!(
        "select vendor_id from service_requests where client_id = '{}' order by number",
        p.client
    );
    let found =
        store::on!(&mut tx, c => sqlx::query_scalar::<_, Option<VendorId>>(AssertSqlSafe(sql)).fetch_all(c).await);
    let found: Vec<Option<usize>> = found.unwrap().into_iter().map(place).collect();
    let wanted: Vec<Option<usize>> = model.requests.iter().map(|r| r.vendor).collect();
    assert_eq!(found, wanted, "AS9");
    let sql = format!(
        "select included_units, overage_units from service_requests where client_id = '{}' order by number",
        p.client
    );
    let units = store::on!(&mut tx, c => sqlx::query_as::<_, (i64, i64)>(AssertSqlSafe(sql)).fetch_all(c).await);
    let units = units.unwrap();
    let sql = format!(
        "select l.vendor_id, q.seq, l.basis, cast(sum(l.amount_cents) as bigint), cast(sum(case when l.kind = 'pack' then 1 else 0 end) as bigint)
         from vendor_payables l join periods q on q.id = l.period_id where l.client_id = '{}' group by l.vendor_id, q.seq, l.basis",
        p.client
    );
    let owed = store::on!(&mut tx, c => sqlx::query_as::<_, (VendorId, i64, String, i64, i64)>(AssertSqlSafe(sql)).fetch_all(c).await);
    let owed = owed.unwrap();
    for (at, period) in model.periods.iter().enumerate() {
        for (vendor, id) in vendors.iter().enumerate() {
            let of = |basis: &str| {
                let mut mine = owed
                    .iter()
                    .filter(|o| o.0 == *id && o.1 == at as i64 + 1 && o.2 == basis);
                mine.next().map_or((0, 0), |o| (o.3, o.4))
            };
            let found = [of("pack").0, of("unit").0, of("service").0];
            assert_eq!(
                found,
                model.owed(at, vendor, &units),
                "VP1: period {}, vendor {vendor}",
                at + 1
            );
            let holds = period.vendor == Some(vendor) && vendor != 2;
            assert!(of("pack").1 == 1 || !holds, "VP2: its holder has a line");
            assert!(of("pack").1 <= 1, "VP2: one line a vendor");
        }
    }
}
