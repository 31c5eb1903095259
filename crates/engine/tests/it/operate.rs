//! The admin's home, the inbox as a list, alarms.

use domain::{
    AppError, Cents, PaymentType, Role,
    operate::{
        home::{Decision, DecisionKind},
        view::{AdminHome, AuditQuery, EventQuery, EventState, IntegrityPage, MailQuery},
    },
    work::form::RequestForm,
};
use engine::testing::{Bench, bench};
use rstest::rstest;
use store::{log, on, operate::events, sqlx, testing::Backend};

async fn event(bench: &Bench, id: &str, state: &str) {
    let mut tx = bench.tx().await;
    let now = bench.engine.now();
    events::insert_event(
        &mut tx,
        id,
        "invoice.paid",
        "2026-01-01",
        now,
        "in_1",
        r#"{"id":"x"}"#,
        now,
    )
    .await
    .unwrap();
    if state != "received" {
        events::set_event_state(&mut tx, id, state, None, now).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// A figure of the home, and what is said beside it.
fn figure(home: &AdminHome, label: &str) -> (String, String) {
    let found = home.figures.iter().find(|figure| figure.label == label);
    let found = found.unwrap_or_else(|| panic!("{label}: no such figure"));
    (found.figure.clone(), found.note.clone().unwrap_or_default())
}

/// The rows of the home about one kind of thing.
fn about(home: &AdminHome, kind: DecisionKind) -> Vec<&Decision> {
    home.decisions.iter().filter(|row| row.kind == kind).collect()
}

#[rstest]
#[tokio::test]
async fn the_home_counts_what_runs_and_asks_a_fixed_number_of_questions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let empty = bench.engine.admin_home(&bench.admin).await.unwrap();
    assert_eq!(figure(&empty, "Active packs").0, "0");
    assert_eq!(figure(&empty, "Monthly revenue").0, "$0.00");
    assert_eq!(figure(&empty, "Units used").0, "0%");
    assert!(empty.decisions.is_empty(), "{:?}", empty.decisions);
    let done = |home: &AdminHome| home.first_steps.iter().map(|step| step.done).collect::<Vec<_>>();
    assert_eq!(done(&empty), [false; 5], "UX33: nothing has begun");
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (pack, version) = bench.pack(logo, 20, Cents(40_000)).await;
    let mut subscriptions = Vec::new();
    for at in 0..9 {
        let (client, _) = bench.client(&format!("Client {at}"), PaymentType::Royalties).await;
        subscriptions.push(bench.subscription(client, pack, version).await);
    }
    let mut tx = bench.tx().await;
    for (sql, id) in [
        (
            "update subscriptions set status = 'past_due' where id = $1",
            subscriptions[0],
        ),
        (
            "update subscriptions set status = 'ended', ended_at = created_at where id = $1",
            subscriptions[1],
        ),
        (
            "update allowances set running_for = null where running_for = $1",
            subscriptions[1],
        ),
        (
            "update subscriptions set vendor_assignee_id = (select id from vendors where kind = 'internal') where id = $1",
            subscriptions[2],
        ),
        (
            "update allowances set used = 15 where period_id in (select id from periods where subscription_id = $1)",
            subscriptions[3],
        ),
    ] {
        on!(&mut tx, c => sqlx::query(sql).bind(id).execute(c).await.map(|_| ())).unwrap();
    }
    tx.commit().await.unwrap();
    event(&bench, "evt_1", "dead").await;
    event(&bench, "evt_2", "unmatched").await;
    event(&bench, "evt_3", "processed").await;
    let before = bench.engine.db().statements();
    let home = bench.engine.admin_home(&bench.admin).await.unwrap();
    let asked = bench.engine.db().statements() - before;
    assert_eq!(
        done(&home),
        [true, true, false, true, false],
        "no vendor, and no mail yet"
    );
    assert!(asked <= 8, "a handful of queries whatever the size, not {asked}");
    assert_eq!(figure(&home, "Active packs").0, "8");
    let revenue = figure(&home, "Monthly revenue");
    assert_eq!(
        (revenue.0.as_str(), revenue.1.as_str()),
        ("$3,200.00", "from 8 active packs")
    );
    let units = figure(&home, "Units used");
    assert_eq!((units.0.as_str(), units.1.as_str()), ("9%", "15 of 160 this period"));
    let past_due = about(&home, DecisionKind::PastDue);
    assert_eq!(past_due.len(), 1);
    assert_eq!(past_due[0].words, "Client 0's 20 × Logo design is past due");
    assert!(
        past_due[0].consequence.starts_with("$400.00 a month at risk"),
        "{past_due:?}"
    );
    let unassigned = about(&home, DecisionKind::Unassigned);
    assert_eq!(unassigned.len(), 7, "six, and how many more");
    assert_eq!(unassigned[6].words, "1 more pack has no vendor");
    assert_eq!(about(&home, DecisionKind::Event).len(), 2);
    let (_, owner) = bench.client("Acme", PaymentType::Monthly).await;
    assert_eq!(
        bench.engine.admin_home(&owner).await.map(|_| ()),
        Err(AppError::Forbidden)
    );
    let accountant = bench.user("Ann", Role::Accountant, None, None).await;
    let money = bench.engine.admin_home(&accountant).await.unwrap();
    assert_eq!(money.recent, None, "who sees no requests is shown none (§25)");
    assert!(about(&money, DecisionKind::Unassigned).is_empty() && about(&money, DecisionKind::Event).is_empty());
    assert_eq!(about(&money, DecisionKind::PastDue).len(), 1, "a payment that failed");
    assert_eq!(figure(&money, "Paid").0, "$0.00");
    assert_eq!(money.exports.len(), 8, "two months, packs and services, two kinds");
    assert_eq!(
        bench
            .engine
            .event_list(&accountant, &EventQuery::default())
            .await
            .map(|_| ()),
        Err(AppError::Forbidden)
    );
}

#[rstest]
#[tokio::test]
async fn s20_what_waits_is_counted_and_leads_to_where_it_is_settled(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let engine = &bench.engine;
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (pack, version) = bench.pack(logo, 20, Cents(40_000)).await;
    let (client, owner) = bench.client("Acme", PaymentType::Royalties).await;
    let subscription = bench.subscription(client, pack, version).await;
    // One draft that its owner is asked to approve, and one that nobody asks about.
    let mut ids = Vec::new();
    for key in ["draft-asked", "draft-own"] {
        let form = RequestForm {
            title: key.to_owned(),
            ..RequestForm::default()
        };
        ids.push(engine.save_draft(&owner, key, &form).await.unwrap().expect("a draft"));
    }
    let mut tx = bench.tx().await;
    let now = engine.now();
    let asked = format!(
        "update service_requests set asked_owner_at = {} where id = '{}'",
        now.0, ids[0]
    );
    let mail = format!(
        "insert into mails (id, dedupe_key, to_email, subject, body_text, body_html, state, created_at)
         values ('m', 'm', 'a@example.test', 'Lost', '', '', 'failed', {})",
        now.0
    );
    let used = format!("update allowances set used = 18 where running_for = '{subscription}'");
    for sql in [asked, mail, used] {
        on!(&mut tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).execute(c).await.map(|_| ())).unwrap();
    }
    tx.commit().await.unwrap();
    let home = engine.admin_home(&bench.admin).await.unwrap();
    let drafts = about(&home, DecisionKind::Draft);
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].words, "1 draft waits for its owner's approval");
    assert_eq!(drafts[0].href, format!("/admin/clients/{client}"));
    assert_eq!(about(&home, DecisionKind::Mail)[0].href, "/admin/mail?state=failed");
    let failed = MailQuery {
        state: "failed".to_owned(),
        ..MailQuery::default()
    };
    let found = engine.mails(&bench.admin, &failed).await.unwrap();
    assert_eq!(found.mails.len(), 1, "and only that one");
    assert_eq!(about(&home, DecisionKind::Usage)[0].words, "1 pack is 90% used or more");
    let assign = about(&home, DecisionKind::Unassigned)[0].href.clone();
    assert_eq!(
        assign,
        format!("/admin/assignments/assign?one={subscription}&back=%2Fadmin")
    );
    let one = engine
        .assign_dialog(&bench.admin, &[subscription.to_string()], None)
        .await
        .unwrap();
    assert_eq!(one.picks.len(), 1, "the page that it leads to opens with this pack");
    assert!(one.changed.is_empty(), "nothing was seen that could have changed");
}

#[rstest]
#[tokio::test]
async fn wh7_the_inbox_pages_and_dead_events_are_replayed_or_ignored_with_a_reason(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let start = bench.engine.now();
    for at in 0..53 {
        bench.clock.set(start.plus_secs(at));
        event(
            &bench,
            &format!("evt_{at:02}"),
            if at % 2 == 0 { "processed" } else { "dead" },
        )
        .await;
    }
    let e = &bench.engine;
    let first = e.event_list(&bench.admin, &EventQuery::default()).await.unwrap();
    assert_eq!((first.rows.len(), first.rows[0].id.as_str()), (50, "evt_52"));
    let rest = EventQuery {
        after: first.next.clone().unwrap(),
        ..EventQuery::default()
    };
    let last = e.event_list(&bench.admin, &rest).await.unwrap();
    assert_eq!(
        (last.rows.len(), last.next),
        (3, None),
        "no row is lost between two pages"
    );
    let dead = EventQuery {
        state: "dead".into(),
        ..EventQuery::default()
    };
    assert_eq!(e.event_list(&bench.admin, &dead).await.unwrap().rows.len(), 26);
    assert_eq!(first.counts.iter().find(|(s, _)| *s == EventState::Dead).unwrap().1, 26);

    let empty = e.ignore_event(&bench.admin, "evt_01", "  ").await.unwrap_err();
    assert!(empty.of_field("reason").is_some());
    e.ignore_event(&bench.admin, "evt_01", "A test of ours").await.unwrap();
    let ignored = e.event_detail(&bench.admin, "evt_01").await.unwrap();
    assert_eq!(
        (ignored.event.state, ignored.event.note.as_deref()),
        (EventState::Ignored, Some("A test of ours"))
    );
    assert!(ignored.event.may_replay && !ignored.event.may_ignore);
    assert!(ignored.payload.contains("\n"), "the body is shown indented");
    e.replay_event(&bench.admin, "evt_03").await.unwrap();
    assert_eq!(
        e.event_detail(&bench.admin, "evt_03").await.unwrap().event.state,
        EventState::Received
    );
    assert_eq!(
        e.event_detail(&bench.admin, "evt_none").await.map(|_| ()),
        Err(AppError::NotFound)
    );
    assert_eq!(e.replay_event(&bench.admin, "evt_none").await, Err(AppError::NotFound));
}

#[rstest]
#[tokio::test]
async fn i1_the_integrity_page_is_green_and_names_the_row_that_is_not(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (pack, version) = bench.pack(logo, 20, Cents(40_000)).await;
    let (client, owner) = bench.client("Acme", PaymentType::Royalties).await;
    bench.subscription(client, pack, version).await;
    let broken = |page: &IntegrityPage, id: &str| {
        page.checks
            .iter()
            .filter(|check| check.id == id)
            .flat_map(|check| check.broken.clone())
            .collect::<Vec<_>>()
    };
    let page = bench.engine.integrity_page(&bench.admin).await.unwrap();
    assert_eq!(broken(&page, "I1"), Vec::<String>::new());
    assert!(page.checks.iter().any(|check| check.id == "I5"));
    let mut tx = bench.tx().await;
    on!(&mut tx, c => sqlx::query("update credit_batches set remaining = 7").execute(c).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
    let page = bench.engine.integrity_page(&bench.admin).await.unwrap();
    let named = broken(&page, "I1");
    assert!(
        named
            .iter()
            .any(|row| row.starts_with("credit_batches ") && row.contains("remaining 7")),
        "{named:?}"
    );
    assert_eq!(
        bench.engine.integrity_page(&owner).await.map(|_| ()),
        Err(AppError::Forbidden)
    );
}

#[rstest]
#[tokio::test]
async fn an_alarm_is_resolved_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let mut tx = bench.tx().await;
    let now = bench.engine.now();
    log::raise_alarm(
        &mut tx,
        "a1",
        "stripe_shape_unknown",
        "stripe_event",
        "evt_1",
        "The body has no id.",
        "k",
        false,
        now,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let alarms = bench.engine.open_alarms(&bench.admin).await.unwrap();
    assert_eq!(alarms[0].kind, "Stripe shape unknown");
    assert_eq!(alarms[0].detail, "The body has no id. (stripe_event evt_1)");
    bench.engine.resolve_alarm(&bench.admin, "a1").await.unwrap();
    assert_eq!(
        bench.engine.resolve_alarm(&bench.admin, "a1").await,
        Err(AppError::NotFound)
    );
    assert!(bench.engine.open_alarms(&bench.admin).await.unwrap().is_empty());
}

#[rstest]
#[tokio::test]
async fn f3_an_alarm_that_comes_again_is_told_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let raise = async |again: bool, key: &str, now: domain::Instant| {
        let mut tx = bench.tx().await;
        let id = format!("{key}-{now}");
        let told = log::raise_alarm(&mut tx, &id, "job_dead", "job", "j", "why", key, again, now).await;
        tx.commit().await.unwrap();
        told.unwrap()
    };
    let open = async || {
        let all = bench.engine.open_alarms(&bench.admin).await.unwrap();
        all.into_iter().map(|alarm| alarm.id).collect::<Vec<_>>()
    };
    let now = bench.engine.now();
    for (again, key) in [(true, "a state"), (false, "a fact")] {
        assert!(raise(again, key, now).await, "new");
        assert!(!raise(again, key, now.plus_secs(1)).await, "it is there");
        let id = open().await.remove(0);
        bench.engine.resolve_alarm(&bench.admin, &id).await.unwrap();
        assert_eq!(raise(again, key, now.plus_secs(2)).await, again, "{key}");
        assert_eq!(open().await, if again { vec![id.clone()] } else { Vec::new() }, "{key}");
        if again {
            assert!(!raise(again, key, now.plus_secs(3)).await, "once");
            bench.engine.resolve_alarm(&bench.admin, &id).await.unwrap();
        }
    }
}

/// A job that dies, is replayed after its alarm was resolved, and dies again, is told of again.
#[rstest]
#[tokio::test]
async fn f3_a_job_that_dies_again_is_told_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    for round in 0..2 {
        let mut tx = bench.tx().await;
        let now = bench.engine.now();
        store::jobs::enqueue(&mut tx, "j", "of nobody", "{}", now, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        bench.engine.drain().await.unwrap();
        let alarms = bench.engine.open_alarms(&bench.admin).await.unwrap();
        assert_eq!(alarms.len(), 1, "round {round}");
        bench.engine.resolve_alarm(&bench.admin, &alarms[0].id).await.unwrap();
    }
}

#[rstest]
#[tokio::test]
async fn s26_the_audit_log_shows_who_changed_what_by_filter_and_page(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (acme, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let service = bench.service("Logo design", Cents(2_500)).await;
    let (pack, _) = bench.pack(service, 20, Cents(40_000)).await;
    for n in 0..60 {
        bench
            .engine
            .set_pack_visible(&bench.admin, pack, n % 2 == 1)
            .await
            .unwrap();
    }
    bench
        .engine
        .set_client_price(&bench.admin, acme, service, "19", "")
        .await
        .unwrap();
    let ask = |query: AuditQuery| {
        let bench = &bench;
        async move { bench.engine.audit_page(&bench.admin, &query).await.unwrap() }
    };
    let statements = bench.engine.db().statements();
    let all = ask(AuditQuery::default()).await;
    assert_eq!(
        bench.engine.db().statements() - statements,
        1,
        "one statement, whatever it holds"
    );
    assert_eq!(all.rows.len(), 50);
    assert_eq!(all.rows[0].who, "Ada Admin");
    assert_eq!(all.rows[0].text, "Ada Admin set a custom price of Acme");
    assert_eq!(all.rows[0].href, Some(format!("/admin/clients/{acme}")));
    assert_eq!(all.rows[0].entity, "client", "newest first");
    assert!(
        all.rows[0]
            .changes
            .iter()
            .any(|c| c.before.is_none() && c.after.as_deref() == Some("$19.00")),
        "{:?}",
        all.rows[0].changes
    );
    let rest = ask(AuditQuery {
        after: all.next.unwrap(),
        ..AuditQuery::default()
    })
    .await;
    assert_eq!(
        (rest.rows.len(), rest.next),
        (11, None),
        "pages neither overlap nor leave out"
    );
    let of_pack = ask(AuditQuery {
        entity: "pack".into(),
        id: pack.to_string(),
        ..AuditQuery::default()
    })
    .await;
    let change = &of_pack.rows[0].changes[0];
    assert_eq!(
        (change.field.as_str(), change.before.as_deref(), change.after.as_deref()),
        ("visible", Some("no"), Some("yes"))
    );
    assert_eq!(of_pack.rows[0].text, "Ada Admin made the pack 20 × Logo design visible");
    let by_name = |words: &str| {
        ask(AuditQuery {
            q: words.into(),
            entity: "client".into(),
            ..AuditQuery::default()
        })
    };
    assert_eq!(by_name("ADA").await.rows.len(), 1, "by a part of the name");
    assert!(by_name("nobody").await.rows.is_empty());
    let today = bench.engine.zone().day(bench.engine.now());
    let tomorrow = bench.engine.zone().day(bench.engine.now().plus_days(1));
    let by_day = |from: String, to: String| {
        ask(AuditQuery {
            from,
            to,
            entity: "client".into(),
            ..AuditQuery::default()
        })
    };
    assert_eq!(by_day(today.to_string(), today.to_string()).await.rows.len(), 1);
    assert!(by_day(tomorrow.to_string(), String::new()).await.rows.is_empty());
    let (lines, more) = bench
        .engine
        .audit_export(&bench.admin, &AuditQuery::default(), 10)
        .await
        .unwrap();
    assert_eq!((lines.len(), more), (10, true));
    let of_nobody = ask(AuditQuery {
        actor: owner.actor(),
        ..AuditQuery::default()
    })
    .await;
    assert!(of_nobody.rows.is_empty());
    let by_admin = ask(AuditQuery {
        actor: bench.admin.actor(),
        entity: "client".into(),
        ..AuditQuery::default()
    })
    .await;
    assert_eq!((by_admin.rows.len(), by_admin.actor.as_deref()), (1, Some("Ada Admin")));
    let refused = bench.engine.audit_page(&owner, &AuditQuery::default()).await;
    assert_eq!(refused.map(|_| ()), Err(AppError::Forbidden));
    let refused = bench.engine.audit_export(&owner, &AuditQuery::default(), 10).await;
    assert_eq!(refused.map(|_| ()), Err(AppError::Forbidden));
}

async fn rows_left(bench: &Bench, table: &str) -> Vec<String> {
    let mut tx = bench.engine.db().read().await.unwrap();
    let sql = format!(
        "select {} from {table} order by 1",
        if table == "jobs" { "key" } else { "id" }
    );
    let found = on!(&mut tx, c => sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql)).fetch_all(c).await);
    found.unwrap()
}

/// F7: each kind is kept for its while, and what waits for somebody for good. The days are those of the operator's notes.
#[rstest]
#[tokio::test]
async fn f7_what_is_over_goes_and_what_waits_stays(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let now = bench.engine.now();
    let mut tx = bench.tx().await;
    for (days, name) in [(0, "new"), (1, "old")] {
        // A day younger, and a day older, than what is kept.
        let at = |kept: i64| now.plus_days(1 - kept - 2 * days).0;
        let mut all = vec![
            format!(
                "insert into outbox (id, topic, payload, dedupe_key, created_at) values ('{name}', 't', '{{}}', '{name}', {})",
                at(30)
            ),
            format!(
                "insert into jobs (key, kind, payload, run_at, dead, created_at) values ('z:{name}', 'z', '{{}}', {0}, true, {0})",
                at(180)
            ),
        ];
        for state in ["received", "processed", "unmatched", "ignored", "dead"] {
            all.push(format!(
                "insert into stripe_events (id, type, created, payload, state, received_at) values ('{name} {state}', 't', {0}, '{{}}', '{state}', {0})",
                at(60)
            ));
        }
        for state in ["queued", "sent", "kept", "failed"] {
            all.push(format!(
                "insert into mails (id, dedupe_key, to_email, subject, body_text, body_html, state, created_at)
                 values ('{name} {state}', '{name} {state}', 'a@b.test', 's', 't', 'h', '{state}', {})",
                at(180)
            ));
        }
        for sql in all {
            on!(&mut tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).execute(c).await.map(|_| ())).unwrap();
        }
    }
    tx.commit().await.unwrap();
    bench.engine.plant_jobs().await.unwrap();
    bench.engine.drain().await.unwrap();
    assert_eq!(rows_left(&bench, "outbox").await, ["new"]);
    assert_eq!(
        rows_left(&bench, "stripe_events").await,
        [
            "new dead",
            "new ignored",
            "new processed",
            "new received",
            "new unmatched",
            "old dead",
            "old received",
            "old unmatched"
        ]
    );
    assert_eq!(
        rows_left(&bench, "mails").await,
        [
            "new failed",
            "new kept",
            "new queued",
            "new sent",
            "old failed",
            "old queued"
        ]
    );
    let dead = |left: Vec<String>| left.into_iter().filter(|key| key.starts_with("z:")).collect::<Vec<_>>();
    assert_eq!(dead(rows_left(&bench, "jobs").await), ["z:new"]);
}

/// F8: the inbox pages by (instant, id), so that none is lost where many came in one instant.
#[rstest]
#[tokio::test]
async fn f8_events_of_one_instant_are_on_one_page_each(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    for at in 0..60 {
        event(&bench, &format!("evt_{at:02}"), "received").await;
    }
    let mut seen = Vec::new();
    let mut query = EventQuery::default();
    loop {
        let page = bench.engine.event_list(&bench.admin, &query).await.unwrap();
        seen.extend(page.rows.into_iter().map(|row| row.id));
        let Some(next) = page.next else { break };
        query.after = next;
    }
    assert_eq!(seen.len(), 60);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 60, "each once");
}
