//! Requests around their submission (§10, §32) on both databases: drafts, scope, the list, the thread, the dashboard.

use crate::{
    allowance::{number, run, texts},
    work::written,
};
use domain::{
    AppError, Cents, PaymentType, Rail, RequestId, RequestStatus, Role, ServiceId, VendorId,
    allowance::usage::UsageLevel,
    work::{
        RequestQuery,
        form::RequestForm,
        view::{Entry, MessageView, SubmitInput},
    },
};
use engine::{
    Caller,
    testing::{Bench, bench},
};
use rstest::rstest;
use store::testing::Backend;

fn form(service: ServiceId, title: &str, quantity: &str) -> RequestForm {
    RequestForm {
        service: service.to_string(),
        title: title.into(),
        quantity: quantity.into(),
        ..RequestForm::default()
    }
}

async fn send(bench: &Bench, caller: &Caller, key: &str, service: ServiceId, title: &str, quantity: i64) -> RequestId {
    let terms = bench
        .engine
        .quote(caller, service, quantity)
        .await
        .unwrap()
        .quote
        .terms();
    let input = SubmitInput {
        form_key: key.into(),
        form: form(service, title, &quantity.to_string()),
        terms: Some(terms),
    };
    bench.engine.submit(caller, &input).await.unwrap().id.parse().unwrap()
}

/// A client with a pack of ten whose work a vendor does, and an ordinary service beside it.
struct World {
    owner: Caller,
    vendor: Caller,
    designer: Caller,
    logo: ServiceId,
    voice: ServiceId,
}

async fn world(bench: &Bench) -> World {
    let (client, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let voice = bench.service("Voice-over", Cents(900)).await;
    let (pack, version) = bench.pack(logo, 10, Cents(20_000)).await;
    bench.subscription(client, pack, version).await;
    run(
        bench,
        "insert into vendors (id, slug, kind, name, active, created_at)
         values ('00000000-0000-7000-8000-0000000000aa', 'pixelco', 'external', 'PixelCo', true, 0)",
    )
    .await;
    run(
        bench,
        "update periods set vendor_id = '00000000-0000-7000-8000-0000000000aa'",
    )
    .await;
    let vendor_id: VendorId = "00000000-0000-7000-8000-0000000000aa".parse().unwrap();
    let vendor = bench
        .user("Vera Vendor", Role::VendorManager, None, Some(vendor_id))
        .await;
    let designer = bench.user("Dana Designer", Role::InternalDesigner, None, None).await;
    World {
        owner,
        vendor,
        designer,
        logo,
        voice,
    }
}

fn query(pairs: &[(&str, &str)]) -> RequestQuery {
    domain::list::ListQuery::from_pairs(pairs.iter().copied())
}

#[rstest]
#[tokio::test]
async fn rq2_a_draft_keeps_whatever_was_typed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    let odd = RequestForm {
        service: "no id".into(),
        title: String::new(),
        quantity: "a few".into(),
        brief: "line one\n<b>two</b>".into(),
        wished_on: "soon".into(),
    };
    let id = bench
        .engine
        .save_draft(&w.owner, "form-1", &odd)
        .await
        .unwrap()
        .unwrap();
    let again = bench.engine.save_draft(&w.owner, "form-1", &odd).await.unwrap();
    assert_eq!(again, Some(id), "the same form is the same draft");
    let opened = bench
        .engine
        .request_form(&w.owner, Some(id), None, "", true)
        .await
        .unwrap();
    assert_eq!(
        (opened.form.quantity.as_str(), opened.form.brief.as_str()),
        ("a few", "line one\n<b>two</b>")
    );
    assert_eq!(opened.form.wished_on, "soon");
    assert_eq!(opened.form_key, "form-1");
    let fields: Vec<_> = opened.problems.iter().map(|p| p.field.as_str()).collect();
    assert_eq!(
        fields,
        ["service", "title", "quantity", "wished_on"],
        "every wrong field is named"
    );
    assert!(opened.quote.is_none());
    assert_eq!(
        number(&bench, "select count(*) from consumption_ledger where kind = 'consume'").await,
        0,
        "CO1"
    );
    // Staff and vendors do not see drafts; another client's people do not even learn that it exists.
    let (_, stranger) = bench.client("Other", PaymentType::Monthly).await;
    for caller in [&w.designer, &w.vendor, &stranger] {
        assert_eq!(bench.engine.request(caller, id).await, Err(AppError::NotFound));
        assert_eq!(
            bench.engine.request_list(caller, &query(&[])).await.unwrap().rows.len(),
            0
        );
    }
    assert_eq!(
        bench.engine.request_form(&stranger, Some(id), None, "", false).await,
        Err(AppError::NotFound)
    );
    assert_eq!(bench.engine.delete_draft(&stranger, id).await, Err(AppError::NotFound));
    bench.engine.delete_draft(&w.owner, id).await.unwrap();
    assert_eq!(
        bench.engine.request_form(&w.owner, Some(id), None, "", false).await,
        Err(AppError::NotFound)
    );
}

#[rstest]
#[tokio::test]
async fn rq2_a_submitted_draft_is_no_draft_any_more(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    let draft = bench
        .engine
        .save_draft(&w.owner, "form-1", &form(w.logo, "Logo", "1"))
        .await
        .unwrap()
        .unwrap();
    let sent = send(&bench, &w.owner, "form-1", w.logo, "Logo for spring", 1).await;
    assert_eq!(sent, draft, "it keeps its id and number");
    let other = form(w.logo, "late", "9");
    let late = bench.engine.save_draft(&w.owner, "form-1", &other).await;
    assert!(matches!(late, Err(AppError::FormUsed { .. })), "CO9");
    assert_eq!(
        texts(&bench, "select title from service_requests").await,
        ["Logo for spring"]
    );
    assert_eq!(
        bench.engine.delete_draft(&w.owner, draft).await,
        Err(AppError::NotFound)
    );
    let opened = bench
        .engine
        .request_form(&w.owner, Some(draft), None, "", false)
        .await
        .unwrap();
    assert_eq!(opened.submitted, Some(draft.to_string()));
}

#[rstest]
#[tokio::test]
async fn rq7_everybody_sees_their_own_and_vendors_no_names_or_prices(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    let in_pack = send(&bench, &w.owner, "a", w.logo, "Logo", 12).await;
    let outside = send(&bench, &w.owner, "b", w.voice, "Voice", 1).await;
    let (_, stranger) = bench.client("Other", PaymentType::Monthly).await;
    assert_eq!(bench.engine.request(&stranger, in_pack).await, Err(AppError::NotFound));
    assert_eq!(
        bench.engine.post_message(&stranger, in_pack, "k", "hi", false).await,
        Err(AppError::NotFound)
    );
    // AS9: the pack's request went to the pack's vendor, the other one to nobody.
    let list = bench.engine.request_list(&w.vendor, &query(&[])).await.unwrap();
    assert_eq!(list.rows.len(), 1);
    assert_eq!(list.rows[0].id, in_pack.to_string());
    assert_eq!(list.rows[0].badge.as_ref().unwrap().text, "Pack", "IN3");
    assert_eq!(bench.engine.request(&w.vendor, outside).await, Err(AppError::NotFound));
    let seen = bench.engine.request(&w.vendor, in_pack).await.unwrap();
    let all = serde_json::to_string(&(&list, &seen)).unwrap();
    for secret in ["$", "Acme\"", "Owner of", "Monthly Payment"] {
        assert!(!all.contains(secret), "RQ7, IN3: {secret} in {all}");
    }
    assert!(seen.receipt.is_empty());
    let for_client = bench.engine.request_list(&w.owner, &query(&[])).await.unwrap();
    let badges: Vec<_> = for_client
        .rows
        .iter()
        .map(|r| r.badge.as_ref().map(|b| b.text.clone()))
        .collect();
    assert_eq!(
        badges,
        [None, Some("10 of 12 in Pack".to_owned())],
        "IN1: newest first; none outside a pack"
    );
    assert_eq!(
        bench
            .engine
            .request_list(&w.designer, &query(&[]))
            .await
            .unwrap()
            .rows
            .len(),
        2
    );
}

#[rstest]
#[tokio::test]
async fn in5_the_switch_hides_pack_requests_from_list_and_counts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    for at in 0..3 {
        send(&bench, &w.owner, &format!("p{at}"), w.logo, "Logo", 1).await;
    }
    send(&bench, &w.owner, "v", w.voice, "Voice", 1).await;
    let on = bench.engine.request_list(&w.designer, &query(&[])).await.unwrap();
    assert_eq!(
        (on.shows_pack_requests, on.rows.len(), on.hidden),
        (Some(true), 4, 0),
        "default on"
    );
    bench.engine.show_pack_requests(&w.designer, false).await.unwrap();
    let off = bench.engine.request_list(&w.designer, &query(&[])).await.unwrap();
    assert_eq!(
        (off.shows_pack_requests, off.rows.len(), off.hidden, off.total),
        (Some(false), 1, 3, 1)
    );
    assert_eq!(off.tabs[0].count, 1, "counts too");
    let other = bench.user("Otto", Role::InternalDesigner, None, None).await;
    assert_eq!(
        bench.engine.request_list(&other, &query(&[])).await.unwrap().rows.len(),
        4,
        "per person"
    );
    assert_eq!(
        bench.engine.show_pack_requests(&w.owner, false).await,
        Err(AppError::Forbidden)
    );
    assert_eq!(
        bench
            .engine
            .request_list(&w.owner, &query(&[]))
            .await
            .unwrap()
            .shows_pack_requests,
        None
    );
}

#[rstest]
#[tokio::test]
async fn rq5_filters_sorts_and_pages_in_a_bounded_number_of_statements(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    for at in 0..31 {
        // Titles repeat, so that a page must go on by number within one title.
        let title = ["Bee", "ant", "Cat_5%"][at % 3];
        let service = if at % 2 == 0 { w.logo } else { w.voice };
        send(
            &bench,
            &w.owner,
            &format!("f{at}"),
            service,
            title,
            1 + i64::try_from(at).unwrap() % 4,
        )
        .await;
    }
    let sorts = [
        "",
        "-number",
        "title",
        "-title",
        "service",
        "quantity",
        "-submitted",
        "due",
        "nonsense",
    ];
    for (who, sort) in [&w.owner, &w.designer]
        .into_iter()
        .flat_map(|who| sorts.map(|sort| (who, sort)))
    {
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let page = bench
                .engine
                .request_list(who, &query(&[("sort", sort), ("after", &after)]))
                .await
                .unwrap();
            assert!(page.rows.len() <= 25);
            seen.extend(page.rows.iter().map(|r| (r.title.to_lowercase(), r.number)));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let mut numbers: Vec<_> = seen.iter().map(|(_, n)| *n).collect();
        if sort == "title" {
            assert!(seen.is_sorted(), "{seen:?}");
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 31, "every request once, sorted by {sort:?}");
    }
    let count = |pairs: Vec<(&'static str, String)>| {
        let engine = bench.engine.clone();
        let owner = w.owner.clone();
        async move {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (*k, v.as_str())).collect();
            engine.request_list(&owner, &query(&pairs)).await.unwrap().total
        }
    };
    assert_eq!(count(vec![("q", "ANT".into())]).await, 10);
    assert_eq!(count(vec![("q", "t_5%".into())]).await, 10, "wild cards are characters");
    assert_eq!(count(vec![("q", "%".into())]).await, 10);
    assert_eq!(count(vec![("q", "#1001".into())]).await, 1, "by number");
    assert_eq!(count(vec![("service", w.voice.to_string())]).await, 15);
    assert_eq!(count(vec![("coverage", "none".into())]).await, 15);
    assert_eq!(
        count(vec![("from", "2027-03-10".into()), ("to", "2027-03-10".into())]).await,
        31
    );
    assert_eq!(count(vec![("to", "2027-03-09".into())]).await, 0);
    assert_eq!(count(vec![("status", "approved".into())]).await, 0);
    assert_eq!(
        count(vec![("client", "not an id".into()), ("after", "x~y".into())]).await,
        31
    );
    let of_client = async |words: &str| {
        let query = query(&[("client", words)]);
        bench.engine.request_list(&w.designer, &query).await.unwrap().total
    };
    let name = texts(
        &bench,
        "select name from clients where id in (select client_id from service_requests)",
    )
    .await
    .remove(0);
    assert_eq!(
        of_client(&name[1..].to_uppercase()).await,
        31,
        "words in the client's name"
    );
    assert_eq!(of_client("nobody of that name").await, 0);
    let before = bench.engine.db().statements();
    bench.engine.request_list(&w.designer, &query(&[])).await.unwrap();
    assert!(bench.engine.db().statements() - before <= 4, "no statement per row");
    let before = bench.engine.db().statements();
    bench.engine.dashboard(&w.owner, "").await.unwrap();
    assert!(bench.engine.db().statements() - before <= 8, "no statement per row");
}

#[rstest]
#[tokio::test]
async fn rq3_internal_notes_never_leave_the_agency_and_unread_counts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    let id = send(&bench, &w.owner, "a", w.logo, "Logo", 1).await;
    let later = |secs| bench.clock.set(bench.engine.now().plus_secs(secs));
    bench
        .engine
        .post_message(&w.owner, id, "m1", "Please in green.", false)
        .await
        .unwrap();
    later(1);
    bench
        .engine
        .post_message(&w.designer, id, "m2", "He always says green.", true)
        .await
        .unwrap();
    bench
        .engine
        .post_message(&w.designer, id, "m2", "He always says green.", true)
        .await
        .unwrap();
    later(1);
    bench
        .engine
        .post_message(&w.vendor, id, "m3", "On it.", false)
        .await
        .unwrap();
    let unread = |caller: Caller| {
        let engine = bench.engine.clone();
        async move { engine.request_list(&caller, &query(&[])).await.unwrap().rows[0].unread }
    };
    assert_eq!(
        unread(w.owner.clone()).await,
        1,
        "the vendor's; neither the own nor the note"
    );
    assert_eq!(unread(w.vendor.clone()).await, 1);
    assert_eq!(unread(w.designer.clone()).await, 2);
    for caller in [&w.owner, &w.vendor] {
        let view = bench.engine.request(caller, id).await.unwrap();
        let json = serde_json::to_string(&view).unwrap();
        assert!(!json.contains("always says"), "RQ3: not even in the data");
        assert_eq!(written(&view).len(), 2);
        assert!(!view.sees_notes);
        assert_eq!(
            bench.engine.post_message(caller, id, "m9", "x", true).await,
            Err(AppError::Forbidden)
        );
    }
    let vendors = bench.engine.request(&w.vendor, id).await.unwrap();
    let first = vendors.stream.iter().find_map(Entry::message).unwrap();
    assert!(!first.author.contains("Owner"), "RQ7: the alias stands for the person");
    let staff = bench.engine.request(&w.designer, id).await.unwrap();
    let thread: Vec<&MessageView> = staff.stream.iter().filter_map(Entry::message).collect();
    assert_eq!(thread.len(), 3, "the same form adds one note");
    assert!(thread[1].internal && thread[1].own);
    assert_eq!(unread(w.owner.clone()).await, 0, "read by looking");
    let support = bench.user("Sue Support", Role::Support, None, None).await;
    assert_eq!(
        bench.engine.post_message(&support, id, "s", "x", false).await,
        Err(AppError::Forbidden)
    );
    assert!(!bench.engine.request(&support, id).await.unwrap().may_write);
    let empty = bench.engine.post_message(&w.owner, id, "m8", "  \n ", false).await;
    assert!(matches!(empty, Err(AppError::Invalid { .. })));
}

#[rstest]
#[tokio::test]
async fn rq8_due_dates_and_what_has_passed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    // Wednesday Mar 10 and five business days: Wednesday Mar 17.
    let id = send(&bench, &w.owner, "a", w.logo, "Logo", 1).await;
    let row = |list: domain::work::view::RequestListView| list.rows[0].clone();
    let list = bench.engine.request_list(&w.vendor, &query(&[])).await.unwrap();
    let due = row(list).due.map(|day| (day.iso, day.text, day.short));
    let due = due.as_ref().map(|(iso, text, short)| [iso.as_str(), text, short]);
    assert_eq!(due, Some(["2027-03-17", "Mar 17, 2027", "Mar 17"]));
    // The last moment of that day in Chicago (summer time by then), and the first of the next.
    for (at, overdue) in [("2027-03-18T04:59:59Z", false), ("2027-03-18T05:00:00Z", true)] {
        bench.clock.set(at.parse().unwrap());
        assert_eq!(
            row(bench.engine.request_list(&w.vendor, &query(&[])).await.unwrap()).overdue,
            overdue,
            "{at}"
        );
        assert_eq!(bench.engine.request(&w.designer, id).await.unwrap().overdue, overdue);
        let list = bench.engine.request_list(&w.owner, &query(&[])).await.unwrap();
        assert_eq!(row(list).overdue, overdue, "the client's page says that it runs late");
    }
}

#[rstest]
#[tokio::test]
async fn wn4_the_dashboard_shows_usage_banner_jobs_and_extras(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    let card = |view: &domain::reports::view::DashboardView| view.packs[0].clone();
    let period = |view: &domain::reports::view::DashboardView| view.packs[0].period.clone().unwrap();
    send(&bench, &w.owner, "a", w.logo, "Logo", 8).await;
    let view = bench.engine.dashboard(&w.owner, "").await.unwrap();
    assert_eq!(view.packs[0].label, "10 × Logo design");
    assert_eq!((period(&view).usage.used, period(&view).usage.included), (8, 10));
    assert_eq!(period(&view).left, "31 days left");
    assert_eq!(period(&view).renewal, "Renews Apr 10, 2027, 10:00 AM CT", "PD5");
    assert!(card(&view).banner.is_none());
    let steps: Vec<bool> = view.first_steps.iter().map(|step| step.done).collect();
    assert_eq!(steps, [true, true, false], "UX33: a teammate is missing");
    send(&bench, &w.owner, "b", w.logo, "Logo", 1).await;
    let view = bench.engine.dashboard(&w.owner, "").await.unwrap();
    let banner = card(&view).banner.unwrap();
    assert_eq!(
        banner.text,
        "You've used 9 of 10 Logo designs (90%). Extra designs cost $25 each until Apr 10."
    );
    send(&bench, &w.owner, "c", w.logo, "Logo", 3).await;
    send(&bench, &w.owner, "d", w.voice, "Voice", 2).await;
    let view = bench.engine.dashboard(&w.owner, "").await.unwrap();
    assert_eq!(period(&view).usage.level(), UsageLevel::Exhausted);
    assert!(card(&view).banner.unwrap().exhausted);
    assert_eq!(
        card(&view).overage.as_deref(),
        Some("2 extra designs this period: $50.00")
    );
    assert_eq!((view.extras.total.as_str(), view.extras.count), ("$68.00", 2));
    assert_eq!(view.extras.month, "March 2027");
    assert_eq!(view.jobs.len(), 4);
    assert_eq!(
        view.tabs
            .iter()
            .find(|t| t.status == Some(RequestStatus::Submitted))
            .unwrap()
            .count,
        4
    );
    assert!(
        bench
            .engine
            .dashboard(&w.owner, "approved")
            .await
            .unwrap()
            .jobs
            .is_empty()
    );
    assert_eq!(bench.engine.dashboard(&w.designer, "").await, Err(AppError::Forbidden));
    // PD3: a page that finds the boundary passed opens the period. The extras are those of the Central month.
    bench.clock.set("2027-04-10T15:00:00Z".parse().unwrap());
    let view = bench.engine.dashboard(&w.owner, "").await.unwrap();
    assert_eq!(period(&view).usage.used, 0);
    assert_eq!(
        (view.extras.total.as_str(), view.extras.month.as_str()),
        ("$0.00", "April 2027")
    );
}

/// RQ2: a form begins with the service that is meant, and with what another request of the client's said; RQ8: its quote says
/// when it would be due.
#[rstest]
#[tokio::test]
async fn rq2_a_form_begins_with_the_only_pack_or_with_another_request(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    let engine = &bench.engine;
    let open = async |who: &Caller, from: Option<RequestId>, service: &str| {
        engine.request_form(who, None, from, service, false).await
    };
    let opened = open(&w.owner, None, "").await.unwrap();
    assert_eq!(opened.form.service, w.logo.to_string(), "the only pack");
    // Wednesday Mar 10 and five business days.
    assert_eq!(opened.quote.unwrap().due, "Due Mar 17 (5 business days)");
    let asked = open(&w.owner, None, &w.voice.to_string()).await.unwrap();
    assert_eq!(asked.form.service, w.voice.to_string(), "what the link says");
    assert_eq!(open(&w.owner, None, "nothing").await.unwrap().form.service, "");
    let (_, other) = bench.client("Other", PaymentType::Monthly).await;
    assert_eq!(open(&other, None, "").await.unwrap().form.service, "", "no pack at all");

    let first = RequestForm {
        brief: "A green leaf.".into(),
        wished_on: "2027-03-20".into(),
        ..form(w.voice, "Leaf", "3")
    };
    let terms = engine.quote(&w.owner, w.voice, 3).await.unwrap().quote.terms();
    let input = SubmitInput {
        form_key: "first".into(),
        form: first.clone(),
        terms: Some(terms),
    };
    let sent: RequestId = engine.submit(&w.owner, &input).await.unwrap().id.parse().unwrap();
    let again = open(&w.owner, Some(sent), "").await.unwrap();
    let wanted = RequestForm {
        wished_on: String::new(),
        ..first
    };
    assert_eq!(again.form, wanted, "the same work, for another day");
    assert_ne!(again.form_key, "first", "and another request");
    assert_eq!((again.draft, again.submitted), (None, None));
    assert_eq!(open(&other, Some(sent), "").await.unwrap_err(), AppError::NotFound);
    let (pack, version) = bench.pack(w.voice, 5, Cents(4_000)).await;
    bench.subscription(w.owner.client_id.unwrap(), pack, version).await;
    assert_eq!(open(&w.owner, None, "").await.unwrap().form.service, "", "two packs");
}

/// §20, IN4: what a card says of its next charge and of the pace, what is to be paid next, and what waits for the client.
#[rstest]
#[tokio::test]
async fn s20_the_dashboard_says_what_waits_what_is_charged_next_and_whether_a_pack_lasts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    let seen = async |who: &Caller| bench.engine.dashboard(who, "").await.unwrap();
    let view = seen(&w.owner).await;
    assert_eq!(view.review, None);
    assert_eq!(view.packs[0].next_charge.as_deref(), Some("$200.00"));
    let charges = view.charges.unwrap();
    // §16: the pack is on royalties, whatever the client's payment type is now.
    assert_eq!((charges.title.as_str(), charges.extras), ("Next deduction", None));
    let rows: Vec<_> = charges
        .rows
        .iter()
        .map(|row| [&row.label, &row.at.short, &row.amount])
        .collect();
    assert_eq!(rows, [["10 × Logo design", "Apr 10", "$200.00"]]);
    // Mar 10 at 9: eight of ten on the first day say nothing yet; after five days they do.
    send(&bench, &w.owner, "a", w.logo, "Leaf", 8).await;
    send(&bench, &w.owner, "b", w.voice, "Voice", 2).await;
    assert_eq!(seen(&w.owner).await.packs[0].pace, None);
    bench.clock.set("2027-03-15T15:00:00Z".parse().unwrap());
    let view = seen(&w.owner).await;
    assert_eq!(view.packs[0].pace.as_deref(), Some("At this pace you run out Mar 16"));
    let charges = view.charges.unwrap();
    assert_eq!(
        (charges.title.as_str(), charges.extras.as_deref()),
        ("Next payments", Some("$18.00")),
        "a deduction, and extra units that are charged"
    );
    // WN1: while there are units beside the pack, its pace is no day on which they run out.
    run(
        &bench,
        "insert into credit_batches (id, client_id, source, meter_id, service_id, granted, remaining, starts_at, granted_at)
         select '00000000-0000-7000-9000-0000000000b1', b.client_id, 'top_up', b.meter_id, b.service_id, 5, 5, b.starts_at, b.granted_at
         from credit_batches b where b.allowance_id is not null",
    )
    .await;
    let card = seen(&w.owner).await.packs.remove(0);
    assert_eq!(
        (card.extra_units.as_deref(), card.pace),
        (Some("+5 extra designs"), None)
    );
    // Who does not pay is not told what comes next.
    let member = bench.user("Mia", Role::ClientMember, w.owner.client_id, None).await;
    assert_eq!(seen(&member).await.charges, None);
    // One unit after the other is delivered: what waits is counted in units where there is one word for them.
    bench
        .deliver("select id from service_requests where form_key = 'a'")
        .await;
    let review = seen(&w.owner).await.review.unwrap();
    assert_eq!(review.text, "8 designs wait for your approval");
    assert_eq!((review.rows.len(), review.more), (1, false));
    assert_eq!(review.rows[0].title, "Leaf");
    assert!(
        review.rows[0].note.ends_with(" · 8 × Logo design"),
        "{}",
        review.rows[0].note
    );
    for n in 0..3 {
        let key = format!("more-{n}");
        send(&bench, &w.owner, &key, w.voice, &key, 1).await;
        bench
            .deliver(&format!("select id from service_requests where form_key = '{key}'"))
            .await;
    }
    let review = seen(&w.owner).await.review.unwrap();
    assert_eq!((review.rows.len(), review.more), (3, true), "{}", review.text);
    let (_, other) = bench.client("Other", PaymentType::Monthly).await;
    assert_eq!(seen(&other).await.review, None, "another client's");
    assert_eq!(seen(&other).await.charges, None);
}

/// §20: what a client of royalties reads is deducted and not charged.
#[rstest]
#[tokio::test]
async fn s20_royalties_are_told_the_next_deduction(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (client, owner) = bench.client("Author", PaymentType::Royalties).await;
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (pack, version) = bench.pack(logo, 10, Cents(20_000)).await;
    bench.subscription(client, pack, version).await;
    let charges = bench.engine.dashboard(&owner, "").await.unwrap().charges.unwrap();
    assert_eq!(charges.title, "Next deduction");
    assert_eq!(charges.rows[0].amount, "$200.00");
    // §16: a pack keeps its rail, and the page its word.
    run(&bench, "update clients set payment_type = 'monthly'").await;
    let charges = bench.engine.dashboard(&owner, "").await.unwrap().charges.unwrap();
    assert_eq!(charges.title, "Next deduction");
    let packs = bench.engine.payment_packs(&owner).await.unwrap();
    assert_eq!(packs.live[0].rail, Rail::Royalties);
}

/// RQ2: a person has so many drafts; those that are there go on.
#[rstest]
#[tokio::test]
async fn rq2_a_person_has_so_many_drafts(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let w = world(&bench).await;
    let engine = &bench.engine;
    let colleague = bench.user("Mia", Role::ClientMember, w.owner.client_id, None).await;
    let save =
        async |who: &Caller, key: &str, title: &str| engine.save_draft(who, key, &form(w.logo, title, "1")).await;
    for n in 0..100 {
        save(&w.owner, &format!("draft-{n}"), "One").await.unwrap().unwrap();
    }
    let refused = save(&w.owner, "draft-100", "One").await.unwrap_err();
    assert_eq!(refused.message(), "You have 100 drafts. Submit or delete one first.");
    save(&w.owner, "draft-99", "Another")
        .await
        .unwrap()
        .expect("what is there goes on");
    send(&bench, &w.owner, "at-once", w.logo, "Logo", 1).await;
    save(&colleague, "hers", "One")
        .await
        .unwrap()
        .expect("a colleague has room of their own");
}
