//! §15 on both databases: what accrues when and to whom, what cannot be changed, and what people do with it.

use crate::{
    allowance::{number, others_wait, run, submit, texts},
    assignment::{Pack, books_hold, mails, pack, studio, subscribed},
    world::{DECLINES, GOOD, world},
};
use domain::{
    AppError, Cents, PaymentType, Role, VendorId,
    assignment::view::AssignInput,
    error::Problem,
    facts::Closed,
    payables::{
        PayableState, PayablesQuery, VendorPaymentForm,
        view::{PayInput, PayableRow},
    },
    people::view::PartyTab,
};
use engine::{
    Caller,
    testing::{Bench, bench},
};
use rstest::rstest;
use store::{
    StoreError,
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

/// Each line as "vendor kind basis units amount state", in the order in which they accrued.
pub(crate) const LINES: &str =
    "select h.name || ' ' || l.kind || ' ' || l.basis || ' ' || coalesce(l.units, 0) || ' ' || l.amount_cents || ' ' || l.state
     from vendor_payables l join vendors h on h.id = l.vendor_id order by l.accrued_at, h.name, l.basis, l.kind, l.amount_cents";

async fn lines(bench: &Bench) -> Vec<String> {
    texts(bench, LINES).await
}

/// The vendor's own terms for the pack, from the next period that it gets on.
pub(crate) async fn own_terms(bench: &Bench, p: &Pack, vendor: VendorId, payment: &str, mode: &str) {
    let form = VendorPaymentForm {
        pack: p.pack.to_string(),
        payment: payment.into(),
        mode: mode.into(),
    };
    let id = vendor.to_string();
    let page = bench.engine.vendor(&bench.admin, &id, PartyTab::Prices).await.unwrap();
    let seen = page.payments.iter().find(|row| row.pack_id == form.pack).unwrap();
    bench
        .engine
        .set_vendor_payment(&bench.admin, &id, &form, &seen.was)
        .await
        .unwrap();
}

pub(crate) async fn deliver(bench: &Bench, form_key: &str) {
    let ids = format!("select id from service_requests where form_key = '{form_key}'");
    bench.deliver(&ids).await;
}

async fn replace(bench: &Bench, p: &Pack, vendor: VendorId) {
    let input = AssignInput {
        now: true,
        reason: "It has closed.".into(),
        ..bench.assign_input(&[p.id], vendor).await
    };
    bench.engine.assign(&bench.admin, &input).await.unwrap();
}

/// Settles everything once more, as somebody who comes second does.
async fn settle_again(bench: &Bench) {
    let periods = texts(bench, "select id from periods").await;
    let periods: Vec<_> = periods.iter().map(|id| id.parse().unwrap()).collect();
    let requests = texts(bench, "select request_id from request_deliveries").await;
    let mut tx = bench.tx().await;
    let now = bench.engine.now();
    engine::payables::settle(&mut tx, &bench.engine, &periods, now)
        .await
        .unwrap();
    for request in requests {
        engine::payables::accrue_delivery(&mut tx, &bench.engine, request.parse().unwrap(), now)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn vp2_a_pack_is_paid_once_a_period_and_vendor(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    assert_eq!(lines(&bench).await, [""; 0], "nobody has it yet");
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    assert_eq!(
        lines(&bench).await,
        ["PixelCo pack pack 0 12000 accrued"],
        "it was opened"
    );
    bench.assign(&bench.engine, &[p.id], thread).await.unwrap();
    submit(&bench.engine, &p.owner, "a", p.service, 3).await;
    deliver(&bench, "a").await;
    settle_again(&bench).await;
    assert_eq!(
        lines(&bench).await.len(),
        1,
        "AS2: keeps its payable; its units are not paid one by one"
    );
    bench.clock.set(p.ends);
    bench.engine.ensure_periods(p.id).await.unwrap();
    settle_again(&bench).await;
    assert_eq!(
        lines(&bench).await,
        [
            "PixelCo pack pack 0 12000 accrued",
            "Threadline pack pack 0 12000 accrued"
        ]
    );
    assert_eq!(
        texts(
            &bench,
            "select local_day || ' ' || accrued_on from vendor_payables order by local_day"
        )
        .await,
        ["2027-03-10 2027-03-10", "2027-04-10 2027-04-10"],
        "VP5: the period's first day"
    );
    let told = texts(&bench, "select receipt from vendor_payables order by local_day").await;
    assert!(
        told[0].contains("\"opened\"") && told[0].contains("\"20 × Logo design\""),
        "{told:?}"
    );
    assert!(
        !told.concat().contains("Acme") && !told.concat().contains("40000"),
        "{told:?}"
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn vp2_an_unpaid_period_is_paid_in_full_at_its_first_delivered_unit(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    run(&bench, "update periods set payment_state = 'pending'").await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    assert_eq!(lines(&bench).await, [""; 0]);
    submit(&bench.engine, &p.owner, "in", p.service, 20).await;
    submit(&bench.engine, &p.owner, "beyond", p.service, 2).await;
    deliver(&bench, "beyond").await;
    assert_eq!(
        lines(&bench).await,
        ["PixelCo service service 2 1800 accrued"],
        "VP3: what is beyond the pack is no unit of it"
    );
    deliver(&bench, "in").await;
    assert_eq!(
        lines(&bench).await,
        [
            "PixelCo pack pack 0 12000 accrued",
            "PixelCo service service 2 1800 accrued"
        ]
    );
    let told = texts(&bench, "select receipt from vendor_payables where kind = 'pack'").await;
    assert!(told[0].contains("\"delivered\""), "{told:?}");
    for state in ["paid", "written_off", "refunded"] {
        let mut tx = bench.tx().await;
        let sql = format!("update periods set payment_state = '{state}'");
        store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ())).unwrap();
        tx.commit().await.unwrap();
        settle_again(&bench).await;
        assert_eq!(
            lines(&bench).await.len(),
            2,
            "{state}: what has accrued stays, and once"
        );
    }
}

#[rstest]
#[tokio::test]
async fn vp2_a_card_s_renewal_accrues_when_its_invoice_is_paid(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let service = texts(&w.bench, "select id from services").await[0].parse().unwrap();
    let (pixel, _) = studio(&w.bench, "PixelCo", &[service]).await;
    w.bench.assign(&w.engine, &[id], pixel).await.unwrap();
    let why = "select l.local_day || ' ' || p.payment_state from vendor_payables l join periods p on p.id = l.period_id order by l.local_day";
    assert_eq!(
        texts(&w.bench, why).await,
        ["2027-03-10 paid"],
        "assigned after it was paid"
    );
    let end = w.periods(id).await.remove(0).ends_at;
    w.clock.set(end);
    w.engine.ensure_periods(id).await.unwrap();
    assert_eq!(
        texts(&w.bench, why).await,
        ["2027-03-10 paid"],
        "the next one is open, but not paid for"
    );
    w.to(end.plus_hours(2)).await;
    assert_eq!(texts(&w.bench, why).await, ["2027-03-10 paid", "2027-04-10 paid"]);
    // The one after that fails: nothing accrues until a unit is delivered.
    w.add_card(DECLINES, "bad").await;
    w.pay_with("0341").await;
    let end = w.periods(id).await.remove(1).ends_at;
    w.to(end).await;
    w.to(end.plus_hours(2)).await;
    assert_eq!(texts(&w.bench, why).await.len(), 2);
    submit(&w.engine, &w.owner, "grace", service, 1).await;
    deliver(&w.bench, "grace").await;
    assert_eq!(
        texts(&w.bench, why).await,
        ["2027-03-10 paid", "2027-04-10 paid", "2027-05-10 failed"],
        "GR3: full units during grace, and the vendor is paid for them"
    );
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn vp1_vp2_vp3_delivered_units_are_paid_once_a_request(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    own_terms(&bench, &p, pixel, "7.50", "per_unit").await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    submit(&bench.engine, &p.owner, "a", p.service, 18).await;
    submit(&bench.engine, &p.owner, "b", p.service, 5).await;
    assert_eq!(lines(&bench).await, [""; 0], "nothing is delivered");
    deliver(&bench, "a").await;
    deliver(&bench, "b").await;
    settle_again(&bench).await;
    assert_eq!(
        lines(&bench).await,
        [
            "PixelCo service service 3 2700 accrued",
            "PixelCo unit unit 2 1500 accrued",
            "PixelCo unit unit 18 13500 accrued",
        ],
        "included units by the own terms, the others by the rate for the service"
    );
    // Without a pack (coverage none), by the rate too; a service that the vendor has no rate for is said, and nothing.
    let mug = bench.service("Mug design", Cents(1_500)).await;
    submit(&bench.engine, &p.owner, "c", mug, 2).await;
    let given =
        "update service_requests set vendor_id = (select id from vendors where name = 'PixelCo') where form_key = 'c'";
    run(&bench, given).await;
    deliver(&bench, "c").await;
    let last = "select coalesce(l.period_id, 'none') || ' ' || l.amount_cents from vendor_payables l join service_requests r on r.id = l.request_id where r.form_key = 'c'";
    let last = texts(&bench, last).await;
    assert_eq!(last, ["none 0"]);
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn tp4_tri_pod_has_its_lines_and_gets_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let tri_pod: VendorId = store::people::TRI_POD.parse().unwrap();
    bench.assign(&bench.engine, &[p.id], tri_pod).await.unwrap();
    submit(&bench.engine, &p.owner, "a", p.service, 22).await;
    deliver(&bench, "a").await;
    assert_eq!(
        lines(&bench).await,
        ["Tri-POD pack pack 0 0 accrued", "Tri-POD service service 2 0 accrued"]
    );
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    replace(&bench, &p, pixel).await;
    assert_eq!(
        lines(&bench).await[0],
        "PixelCo pack pack 0 0 accrued",
        "AS7: all its units had been delivered"
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn as7_a_replacement_corrects_what_had_accrued(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    for (key, units) in [("early", 3), ("late", 4), ("last", 1)] {
        submit(&bench.engine, &p.owner, key, p.service, units).await;
    }
    deliver(&bench, "early").await;
    bench.clock.set(bench.engine.now().plus_days(1));
    replace(&bench, &p, thread).await;
    let split = [
        "PixelCo pack pack 0 12000 accrued",
        "PixelCo correction pack 0 -10200 accrued",
        "Threadline pack pack 0 10200 accrued",
    ];
    assert_eq!(lines(&bench).await, split);
    settle_again(&bench).await;
    assert_eq!(lines(&bench).await, split);
    books_hold(&bench).await;
    bench.clock.set(bench.engine.now().plus_days(1));
    deliver(&bench, "late").await;
    // It comes back on the terms that it had, whatever it has now.
    own_terms(&bench, &p, pixel, "9", "per_unit").await;
    replace(&bench, &p, pixel).await;
    assert_eq!(
        lines(&bench).await[3..],
        [
            "PixelCo correction pack 0 7800 accrued",
            "Threadline correction pack 0 -7800 accrued"
        ]
    );
    deliver(&bench, "last").await;
    let sums = "select h.name || ' ' || sum(l.amount_cents) from vendor_payables l join vendors h on h.id = l.vendor_id group by h.name order by h.name";
    assert_eq!(texts(&bench, sums).await, ["PixelCo 9600", "Threadline 2400"]);
    let told = texts(
        &bench,
        "select receipt from vendor_payables where nth = 1 order by amount_cents",
    )
    .await;
    assert!(told[0].contains("\"delivered\":3"), "AH1: {told:?}");
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn vp2_of_many_that_settle_at_once_one_writes(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    run(&bench, "update periods set payment_state = 'pending'").await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    run(&bench, "update periods set payment_state = 'paid'").await;
    let period: domain::PeriodId = texts(&bench, "select id from periods").await[0].parse().unwrap();
    let all_at_once = || async {
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let engine = bench.engine.clone();
            all.spawn(async move {
                let mut tx = engine.db().write().await.unwrap();
                engine::payables::settle(&mut tx, &engine, &[period], engine.now())
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            });
        }
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
    };
    all_at_once().await;
    assert_eq!(lines(&bench).await, ["PixelCo pack pack 0 12000 accrued"]);
    // Other terms, found by all of them: one correction.
    run(&bench, "update periods set vendor_payment_cents = 11000").await;
    all_at_once().await;
    assert_eq!(
        lines(&bench).await,
        [
            "PixelCo correction pack 0 -1000 accrued",
            "PixelCo pack pack 0 12000 accrued"
        ]
    );
}

/// A person corrects a line and is not done yet, when other terms have it corrected by itself: both corrections stand.
#[rstest]
#[tokio::test]
async fn vp4_a_correction_by_hand_and_one_by_itself_at_once_both_stand(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    let period: domain::PeriodId = texts(&bench, "select id from periods").await[0].parse().unwrap();
    let settle = || {
        let engine = bench.engine.clone();
        tokio::spawn(async move {
            let mut tx = engine.db().write().await.unwrap();
            let done = engine::payables::settle(&mut tx, &engine, &[period], engine.now()).await;
            tx.commit().await.unwrap();
            done
        })
    };
    run(&bench, "update periods set vendor_payment_cents = 11000").await;
    let mut by_hand = bench.tx().await;
    let sql = format!(
        "insert into vendor_payables (id, vendor_id, kind, basis, client_id, service_id, period_id, corrects_id, nth, amount_cents,
             currency, state, accrued_at, accrued_on, local_day, receipt, made_by)
         select '00000000-0000-7000-8000-0000000000a1', vendor_id, 'correction', basis, client_id, service_id, period_id, id, 1, 300,
                currency, 'accrued', accrued_at, accrued_on, local_day, receipt, '{}' from vendor_payables",
        bench.admin.user_id
    );
    store::on!(&mut by_hand, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ())).unwrap();
    let by_itself = settle();
    others_wait().await;
    by_hand.commit().await.unwrap();
    by_itself.await.unwrap().unwrap();
    assert_eq!(
        lines(&bench).await,
        [
            "PixelCo correction pack 0 -1000 accrued",
            "PixelCo correction pack 0 300 accrued",
            "PixelCo pack pack 0 12000 accrued",
        ]
    );
    // And in whatever order the two come.
    let id = texts(&bench, "select id from vendor_payables where corrects_id is null")
        .await
        .remove(0);
    for round in 0..20 {
        let mut tx = bench.tx().await;
        let sql = format!("update periods set vendor_payment_cents = {}", 10_900 - round * 100);
        store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ())).unwrap();
        tx.commit().await.unwrap();
        let key = format!("correct-{round}");
        let (by_itself, by_hand) = tokio::join!(
            settle(),
            bench.engine.correct_payable(&bench.admin, &key, &id, "1", "Extra work")
        );
        by_itself.unwrap().unwrap();
        by_hand.unwrap();
        let count = number(&bench, "select count(*) from vendor_payables").await;
        assert_eq!(count, 3 + 2 * (round + 1), "round {round}");
    }
    let owed = number(&bench, "select cast(sum(amount_cents) as bigint) from vendor_payables").await;
    assert_eq!(
        owed,
        9_000 + 300 + 20 * 100,
        "what is due, and what was corrected by hand"
    );
}

#[rstest]
#[tokio::test]
async fn vp4_the_database_refuses_what_must_not_be(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    own_terms(&bench, &p, thread, "9", "per_unit").await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    let by = bench.admin.user_id;
    let approved = format!("state = 'approved', approved_at = 1, approved_by = '{by}'");
    let paid = |day: &str| format!("state = 'paid', paid_at = 1, paid_by = '{by}', paid_on = '{day}', reference = 'r'");
    let void = format!("state = 'void', voided_at = 1, voided_by = '{by}', void_reason = 'r'");
    let try_all = async |steps: &[&str]| -> Result<(), String> {
        let mut tx = bench.tx().await;
        for set in steps {
            let sql = match *set {
                "delete" => "delete from vendor_payables".to_owned(),
                set => format!("update vendor_payables set {set}"),
            };
            let done = store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ()));
            if let Err(error) = done.map_err(StoreError::from) {
                tx.rollback().await.unwrap();
                return match error {
                    StoreError::Constraint { name, .. } => Err(name),
                    other => panic!("{other}"),
                };
            }
        }
        tx.rollback().await.unwrap();
        Ok(())
    };
    let refused = |name: &str| Err(name.to_owned());
    let good = paid("2027-03-10");
    assert_eq!(try_all(&[&approved, &good]).await, Ok(()));
    assert_eq!(try_all(&[&void]).await, Ok(()));
    for set in [
        "amount_cents = 1",
        "receipt = ''",
        "vendor_id = vendor_id",
        "local_day = ''",
        "units = 1",
        "delete",
    ] {
        assert_eq!(try_all(&[set]).await, refused("vendor_payables_immutable"), "{set}");
    }
    for steps in [
        vec![good.as_str()],
        vec![&approved, "state = 'accrued', approved_at = null, approved_by = null"],
        vec![&approved, &good, "reference = 'other'"],
        vec![
            &approved,
            &good,
            "state = 'approved', paid_at = null, paid_by = null, paid_on = null, reference = null",
        ],
        vec![&void, "void_reason = 'other'"],
    ] {
        assert_eq!(try_all(&steps).await, refused("vendor_payables_forward"), "{steps:?}");
    }
    assert_eq!(
        try_all(&[&approved, &paid("2027-03-09")]).await,
        refused("vendor_payables_paid_after")
    );
    assert_eq!(
        try_all(&["state = 'approved'"]).await,
        refused("vendor_payables_approved")
    );
    let unsigned = "state = 'paid', paid_at = 1, paid_on = '2027-03-10', reference = 'r'";
    assert_eq!(try_all(&[&approved, unsigned]).await, refused("vendor_payables_paid"));
    // A correction of another vendor's line, and a second line for the pack.
    let copy = |columns: &str| {
        format!(
            "insert into vendor_payables (id, vendor_id, kind, basis, client_id, service_id, period_id, corrects_id, nth, amount_cents, currency, state,
                 accrued_at, accrued_on, local_day, receipt)
             select {columns}, amount_cents, currency, 'accrued', accrued_at, accrued_on, local_day, receipt from vendor_payables"
        )
    };
    for (columns, name) in [
        (
            format!("'x', '{thread}', 'correction', basis, client_id, service_id, period_id, id, 1"),
            "vendor_payables_corrected",
        ),
        (
            "'x', vendor_id, 'correction', basis, client_id, service_id, period_id, null, null".to_owned(),
            "vendor_payables_correction",
        ),
        (
            "'x', vendor_id, 'pack', 'unit', client_id, service_id, period_id, null, null".to_owned(),
            "vendor_payables_kind_of_basis",
        ),
        (
            "'x', vendor_id, 'pack', basis, client_id, service_id, period_id, null, null".to_owned(),
            "vendor_payables_one_pack",
        ),
    ] {
        let mut tx = bench.tx().await;
        let sql = copy(&columns);
        let done = store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ()));
        match done.map_err(StoreError::from) {
            Err(StoreError::Constraint { name: found, .. }) => {
                let same = found == name
                    || (name == "vendor_payables_corrected" && found == "foreign_key")
                    || (name == "vendor_payables_one_pack"
                        && found == "vendor_payables.period_id, vendor_payables.vendor_id");
                assert!(same, "{name}: {found}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    books_hold(&bench).await;
}

/// One press assigns many packs: what it asks of the database for what they bring does not grow with them.
#[rstest]
#[tokio::test]
async fn vp2_many_packs_are_settled_together(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let version = texts(&bench, "select id from pack_versions").await[0].parse().unwrap();
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    let mut ids = vec![p.id];
    for n in 0..11 {
        let other = subscribed(&bench, &format!("Client {n}"), p.service, p.pack, version).await;
        ids.push(other.id);
    }
    bench.assign(&bench.engine, &ids, pixel).await.unwrap();
    assert_eq!(number(&bench, "select count(*) from vendor_payables").await, 12);
    let periods: Vec<domain::PeriodId> = {
        let all = texts(&bench, "select id from periods").await;
        all.iter().map(|id| id.parse().unwrap()).collect()
    };
    let counted = async |some: &[domain::PeriodId]| {
        let before = bench.db.db.statements();
        let mut tx = bench.tx().await;
        engine::payables::settle(&mut tx, &bench.engine, some, bench.engine.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        bench.db.db.statements() - before
    };
    assert_eq!(counted(&periods[..1]).await, counted(&periods).await);
    books_hold(&bench).await;
}

async fn report(bench: &Bench) -> Vec<PayableRow> {
    let query = PayablesQuery::default();
    bench.engine.payables_report(&bench.admin, &query).await.unwrap().rows
}

async fn all_ids(bench: &Bench) -> Vec<String> {
    texts(bench, "select id from vendor_payables order by accrued_at, id").await
}

/// The whole report: Tri-POD's lines, too.
fn every() -> PayablesQuery {
    PayablesQuery {
        inhouse: "1".into(),
        ..PayablesQuery::default()
    }
}

pub(crate) fn pays(key: &str, ids: &[String]) -> PayInput {
    PayInput {
        form_key: key.into(),
        ids: ids.to_vec(),
        paid_on: "2027-03-10".into(),
        reference: "WIRE-7".into(),
        ..PayInput::default()
    }
}

/// Some packs of one vendor, each with its line.
async fn owed(bench: &Bench, count: usize) -> (Pack, VendorId, Caller) {
    let p = pack(bench, "Acme", "Logo design").await;
    let version = texts(bench, "select id from pack_versions").await[0].parse().unwrap();
    let (pixel, manager) = studio(bench, "PixelCo", &[p.service]).await;
    let mut ids = vec![p.id];
    for n in 1..count {
        ids.push(
            subscribed(bench, &format!("Client {n}"), p.service, p.pack, version)
                .await
                .id,
        );
    }
    bench.assign(&bench.engine, &ids, pixel).await.unwrap();
    (p, pixel, manager)
}

#[rstest]
#[tokio::test]
async fn vp4_lines_are_approved_and_paid_in_bulk_and_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (_, _, manager) = owed(&bench, 3).await;
    let accountant = bench.user("Ana", Role::Accountant, None, None).await;
    let ids = all_ids(&bench).await;
    let (engine, admin) = (&bench.engine, &bench.admin);
    let early = engine.pay_payables(&accountant, &pays("early", &ids)).await.unwrap();
    assert_eq!(
        (early.marked, early.words.as_str()),
        (0, "0 lines marked as paid. 3 are not approved yet.")
    );
    let refused = engine.approve_payables(&accountant, "a", &ids).await;
    assert_eq!(refused, Err(AppError::Forbidden), "who pays does not approve");
    let done = engine.approve_payables(admin, "a", &ids).await.unwrap();
    assert_eq!((done.marked, done.words.as_str()), (3, "3 lines approved."));
    let again = engine.approve_payables(admin, "a", &ids).await.unwrap();
    assert_eq!(again, done, "the same form is one press");
    let other = engine.approve_payables(admin, "b", &ids).await.unwrap();
    assert_eq!(
        other.words,
        "0 lines approved. 3 were already approved by Ada Admin at 9:00 AM."
    );
    let dialog = engine.pay_dialog(&accountant, &ids, None).await.unwrap();
    assert_eq!(
        (dialog.sum.as_str(), dialog.today.as_str()),
        ("3 lines, $360.00", "2027-03-10")
    );
    let vendors = dialog
        .vendors
        .iter()
        .map(|(vendor, sum)| (vendor.name.as_str(), sum.as_str()));
    assert_eq!(vendors.collect::<Vec<_>>(), [("PixelCo", "3 lines, $360.00")]);
    for (day, reference, field, problem) in [
        (
            "2027-03-11",
            "r",
            "paid_on",
            Problem::DateFuture {
                today: "Mar 10, 2027 (Central time)".into(),
            },
        ),
        (
            "2027-03-09",
            "r",
            "paid_on",
            Problem::DateBeforeAccrual {
                day: "Mar 10, 2027".into(),
            },
        ),
        ("", "r", "paid_on", Problem::Required),
        ("2027-03-10", " ", "reference", Problem::Required),
    ] {
        let input = PayInput {
            paid_on: day.into(),
            reference: reference.into(),
            ..pays("wrong", &ids)
        };
        assert_eq!(
            engine.pay_payables(&accountant, &input).await,
            Err(AppError::field(field, problem)),
            "{day:?}"
        );
    }
    let paid = engine.pay_payables(&accountant, &pays("p", &ids[..2])).await.unwrap();
    assert_eq!((paid.marked, paid.words.as_str()), (2, "Paid 1 vendor, $240.00."));
    assert_eq!(
        engine.pay_payables(&accountant, &pays("p", &ids[..2])).await.unwrap(),
        paid
    );
    bench.clock.set(bench.engine.now().plus_minutes(2));
    let rest = engine.pay_payables(admin, &pays("q", &ids)).await.unwrap();
    assert_eq!(
        rest.words, "Paid 1 vendor, $120.00. 2 were already paid by Ana at 9:00 AM.",
        "RR3"
    );
    assert!(
        report(&bench).await.iter().all(|row| {
            row.state == PayableState::Paid && row.paid_on == "Mar 10, 2027" && row.reference == "WIRE-7"
        })
    );
    let told = mails(&bench, &manager).await;
    let told: Vec<_> = told.iter().filter(|mail| mail.contains("paid on")).collect();
    assert_eq!(told.len(), 2, "§24: once a payment: {told:?}");
    assert!(
        told[0].starts_with("You've been paid $240.00") && told[0].contains("WIRE-7"),
        "{told:?}"
    );
    let actions =
        "select action || ' ' || count(*) from audit_log where entity = 'payable' group by action order by action";
    assert_eq!(texts(&bench, actions).await, ["payable.approved 3", "payable.paid 3"]);
    let unknown = [uuid::Uuid::nil().to_string()];
    assert_eq!(
        engine.pay_payables(admin, &pays("u", &unknown)).await,
        Err(AppError::NotFound)
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn rr3_vp4_of_many_people_at_once_each_line_is_paid_by_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    owed(&bench, 8).await;
    let ids = all_ids(&bench).await;
    bench.engine.approve_payables(&bench.admin, "a", &ids).await.unwrap();
    let mut presses = tokio::task::JoinSet::new();
    for n in 0..6 {
        let person = bench.user(&format!("Person {n}"), Role::Accountant, None, None).await;
        let mut some = ids.clone();
        some.rotate_left(n);
        some.truncate(5);
        let engine = bench.engine.clone();
        presses.spawn(async move {
            engine
                .pay_payables(&person, &pays(&format!("k{n}"), &some))
                .await
                .unwrap()
        });
    }
    let mut marked = 0;
    while let Some(done) = presses.join_next().await {
        let done = done.unwrap();
        marked += done.marked;
        assert!(
            done.marked == 5 || done.words.contains("already paid by Person"),
            "{done:?}"
        );
    }
    assert_eq!(marked, 8, "every line is in some selection, and is paid once");
    assert_eq!(
        number(&bench, "select count(*) from audit_log where action = 'payable.paid'").await,
        8
    );
    assert_eq!(
        number(&bench, "select count(*) from vendor_payables where state = 'paid'").await,
        8
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn vp4_what_was_wrong_is_corrected_by_a_line_or_made_void(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (p, _, _) = owed(&bench, 2).await;
    let (engine, admin) = (&bench.engine, &bench.admin);
    let ids = all_ids(&bench).await;
    engine.approve_payables(admin, "a", &ids[..1]).await.unwrap();
    engine.pay_payables(admin, &pays("p", &ids[..1])).await.unwrap();
    let closed = |why| Err(AppError::PayableClosed { why });
    assert_eq!(
        engine.void_payable(admin, "v", &ids[0], "Wrong.").await,
        closed(Closed::Paid)
    );
    let wrong = engine.correct_payable(admin, "c", &ids[0], "0", " ").await.unwrap_err();
    assert_eq!(wrong.of_field("amount"), Some(Problem::MoneyInvalid.message()));
    assert_eq!(wrong.of_field("reason"), Some(Problem::Required.message()));
    let less = engine
        .correct_payable(admin, "c", &ids[0], "-20.50", "Two were redone.")
        .await
        .unwrap();
    assert_eq!(
        engine
            .correct_payable(admin, "c", &ids[0], "-20.50", "Two were redone.")
            .await,
        Ok(less),
        "the same form is one press"
    );
    // What corrects a correction corrects its line.
    engine
        .correct_payable(admin, "d", &less.to_string(), "5", "One was not.")
        .await
        .unwrap();
    let page = engine.payable(admin, &ids[0]).await.unwrap();
    assert_eq!((page.now.as_str(), page.corrections.len()), ("$104.50", 2));
    let page = engine.payable(admin, &less.to_string()).await.unwrap();
    assert_eq!(page.corrects.as_deref(), Some(ids[0].as_str()));
    assert!(
        page.why
            .contains(&"Corrected by Ada Admin: Two were redone.".to_owned()),
        "AH1: {:?}",
        page.why
    );
    assert!(
        page.why.contains(&"$120.00 before, $99.50 after.".to_owned()),
        "{:?}",
        page.why
    );
    engine
        .void_payable(admin, "v2", &less.to_string(), "It was fine.")
        .await
        .unwrap();
    assert_eq!(
        engine.payable(admin, &ids[0]).await.unwrap().now,
        "$125.00",
        "a correction that is void counts no more"
    );
    // One that is not paid goes with what corrects it.
    engine.correct_payable(admin, "e", &ids[1], "1", "More.").await.unwrap();
    assert_eq!(
        engine.void_payable(admin, "w", &ids[1], " ").await,
        Err(AppError::field("reason", Problem::Required))
    );
    engine.void_payable(admin, "w", &ids[1], "It was ours.").await.unwrap();
    engine.void_payable(admin, "w", &ids[1], "It was ours.").await.unwrap();
    assert_eq!(
        texts(
            &bench,
            "select state from vendor_payables where void_reason = 'It was ours.'"
        )
        .await,
        ["void", "void"]
    );
    assert_eq!(
        engine.void_payable(admin, "x", &ids[1], "Again.").await,
        closed(Closed::Void)
    );
    assert!(matches!(
        engine.correct_payable(admin, "f", &ids[1], "1", "More.").await,
        Err(AppError::PayableClosed { why: Closed::Void })
    ));
    // What a split writes goes with its line only; a line whose correction is paid stays.
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    replace(&bench, &p, thread).await;
    let split = texts(
        &bench,
        "select id from vendor_payables where kind = 'correction' and made_by is null",
    )
    .await;
    assert_eq!(
        engine.void_payable(admin, "s", &split[0], "No.").await,
        closed(Closed::Settled)
    );
    let line = texts(
        &bench,
        "select l.id from vendor_payables l join vendors h on h.id = l.vendor_id where h.name = 'Threadline'",
    )
    .await;
    let more = engine
        .correct_payable(admin, "g", &line[0], "2", "A gift.")
        .await
        .unwrap();
    engine.approve_payables(admin, "h", &[more.to_string()]).await.unwrap();
    engine
        .pay_payables(admin, &pays("i", &[more.to_string()]))
        .await
        .unwrap();
    assert_eq!(
        engine.void_payable(admin, "t", &line[0], "No.").await,
        closed(Closed::PaidInPart)
    );
    let owner = bench.user("Owen", Role::Accountant, None, None).await;
    assert_eq!(
        engine.void_payable(&owner, "o", &line[0], "No.").await,
        Err(AppError::Forbidden)
    );
    assert_eq!(
        engine.correct_payable(&owner, "o", &line[0], "1", "No.").await,
        Err(AppError::Forbidden)
    );
    books_hold(&bench).await;
}

/// VP4: vendors that are paid together have a payment each, with a reference of its own.
#[rstest]
#[tokio::test]
async fn vp4_each_vendor_is_paid_under_its_own_reference(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (p, pixel, _) = owed(&bench, 2).await;
    let version = texts(&bench, "select id from pack_versions").await[0].parse().unwrap();
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    let other = subscribed(&bench, "Other", p.service, p.pack, version).await;
    bench.assign(&bench.engine, &[other.id], thread).await.unwrap();
    let (engine, admin) = (&bench.engine, &bench.admin);
    let ids = all_ids(&bench).await;
    // To pay: whom, and what waits for what.
    let waits = engine.to_pay(admin).await.unwrap();
    let shown = |of: &domain::payables::view::ToPay| -> Vec<(String, Option<String>, Option<String>)> {
        let rows = of.vendors.iter();
        rows.map(|row| (row.vendor.clone(), row.accrued.clone(), row.approved.clone()))
            .collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        shown(&waits),
        [
            ("PixelCo".to_owned(), some("2 lines, $240.00"), None),
            ("Threadline".to_owned(), some("1 line, $120.00"), None)
        ]
    );
    assert_eq!((waits.all, waits.vendors[0].to_approve.len()), (None, 2));
    let first = engine
        .approve_payables(admin, "one", &waits.vendors[0].to_approve)
        .await
        .unwrap();
    assert_eq!(first.words, "2 lines approved.");
    engine.approve_payables(admin, "a", &ids).await.unwrap();
    let waits = engine.to_pay(admin).await.unwrap();
    assert_eq!(waits.all.as_deref(), Some("2 vendors, $360.00"));
    assert_eq!(
        shown(&waits)[1],
        ("Threadline".to_owned(), None, some("1 line, $120.00"))
    );
    let dialog = engine.pay_dialog(admin, &ids, None).await.unwrap();
    assert_eq!(dialog.vendors.len(), 2);
    // One reference is for one vendor.
    let field = |vendor: VendorId| domain::seen::field_of("references", vendor);
    let refused = engine.pay_payables(admin, &pays("one-for-all", &ids)).await;
    let Err(AppError::Invalid { fields }) = refused else {
        panic!("{refused:?}");
    };
    let mut wrong: Vec<String> = fields.into_iter().map(|wrong| wrong.field.to_string()).collect();
    wrong.sort();
    let mut wanted = [field(pixel), field(thread)];
    wanted.sort();
    assert_eq!(wrong, wanted);
    let each = |to_thread: &str| PayInput {
        references: [(pixel, "ACH 1".to_owned()), (thread, to_thread.to_owned())]
            .into_iter()
            .collect(),
        reference: String::new(),
        ..pays("each", &ids)
    };
    let missing = engine.pay_payables(admin, &each(" ")).await;
    assert_eq!(missing, Err(AppError::field(field(thread), Problem::Required)));
    let paid = engine.pay_payables(admin, &each("ACH 2")).await.unwrap();
    assert_eq!((paid.marked, paid.words.as_str()), (3, "Paid 2 vendors, $360.00."));
    let found = "select h.name || ' ' || l.reference || ' ' || count(*) from vendor_payables l join vendors h on h.id = l.vendor_id
        group by h.name, l.reference order by 1";
    assert_eq!(texts(&bench, found).await, ["PixelCo ACH 1 2", "Threadline ACH 2 1"]);
    let mails = texts(
        &bench,
        "select body_text from mails where subject like 'You%paid%' order by body_text",
    )
    .await;
    assert!(
        mails
            .iter()
            .all(|mail| mail.contains("ACH 1") != mail.contains("ACH 2")),
        "each is told of its own: {mails:?}"
    );
    assert!(engine.to_pay(admin).await.unwrap().vendors.is_empty());
    let month = engine.to_pay(admin).await.unwrap().month;
    assert_eq!(month.sums, ["$0.00", "$0.00", "$360.00"], "accrued, approved, paid");
    books_hold(&bench).await;
}

/// VP4: one payment takes so many lines. Who pays them all is told, and no press approves less than it says.
#[rstest]
#[tokio::test]
async fn vp4_more_lines_than_one_payment_takes_are_never_left_out_in_silence(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    owed(&bench, 1).await;
    assert_eq!(engine.to_pay(admin).await.unwrap().vendors[0].to_approve.len(), 1);
    run(
        &bench,
        "insert into vendor_payables (id, vendor_id, kind, basis, client_id, service_id, period_id, request_id, corrects_id, nth,
             amount_cents, currency, state, accrued_at, accrued_on, local_day, receipt, made_by)
         with recursive n(k) as (select 1 union all select k + 1 from n where k < 1001)
         select '00000000-0000-7000-9000-' || cast(100000000000 + n.k as text), l.vendor_id, 'correction', l.basis, l.client_id,
             l.service_id, l.period_id, l.request_id, l.id, n.k, 1, l.currency, 'accrued', l.accrued_at, l.accrued_on, l.local_day,
             l.receipt, (select min(u.id) from users u)
         from vendor_payables l cross join n where l.kind <> 'correction'",
    )
    .await;
    let page = engine.to_pay(admin).await.unwrap();
    let waits = page.vendors[0].accrued.clone().unwrap();
    assert!(waits.starts_with("1002 lines, "), "{waits}");
    assert_eq!(page.vendors[0].to_approve.len(), 0, "none, and not a part of them");
    run(
        &bench,
        "update vendor_payables set state = 'approved', approved_at = accrued_at, approved_by = (select min(u.id) from users u)",
    )
    .await;
    let query = PayablesQuery {
        tab: "all".into(),
        state: "approved".into(),
        sort: "amount".into(),
        ..PayablesQuery::default()
    };
    let dialog = engine.pay_dialog(admin, &[], Some(&query)).await.unwrap();
    assert_eq!(dialog.ids.len(), domain::payables::MAX_LINES);
    assert_eq!(
        dialog.left_out.as_deref(),
        Some("These are the newest 1,000 lines. Pay these, then the rest.")
    );
    let one = engine.pay_dialog(admin, &dialog.ids[..1], None).await.unwrap();
    assert_eq!(one.left_out, None);
}

/// A line that staff made void stays so when its period is split, and the other vendor gets its part.
#[rstest]
#[tokio::test]
async fn as7_vp4_a_void_line_is_not_settled_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (p, _, _) = owed(&bench, 1).await;
    let ids = all_ids(&bench).await;
    bench
        .engine
        .void_payable(&bench.admin, "v", &ids[0], "It was ours.")
        .await
        .unwrap();
    let (thread, _) = studio(&bench, "Threadline", &[p.service]).await;
    replace(&bench, &p, thread).await;
    settle_again(&bench).await;
    assert_eq!(
        lines(&bench).await,
        ["PixelCo pack pack 0 12000 void", "Threadline pack pack 0 12000 accrued"]
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn vp5_the_report_filters_sorts_pages_and_sums(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let count_of = async |query: PayablesQuery| {
        let before = bench.db.db.statements();
        let found = engine.payables_report(admin, &query).await.unwrap();
        (found, bench.db.db.statements() - before)
    };
    let (empty, few) = count_of(every()).await;
    assert_eq!(
        (empty.count, empty.rows.len(), empty.total.to_pay.as_str()),
        (0, 0, "$0.00")
    );
    let (p, pixel, _) = owed(&bench, 30).await;
    let tri_pod: VendorId = store::people::TRI_POD.parse().unwrap();
    let version = texts(&bench, "select id from pack_versions").await[0].parse().unwrap();
    let ours = subscribed(&bench, "Ours", p.service, p.pack, version).await;
    bench.assign(engine, &[ours.id], tri_pod).await.unwrap();
    submit(engine, &p.owner, "beyond", p.service, 23).await;
    deliver(&bench, "beyond").await;
    let ids = all_ids(&bench).await;
    let approved = engine.approve_payables(admin, "a", &ids).await.unwrap();
    assert_eq!(
        approved.words, "31 lines approved. 1 is in-house, nothing to pay.",
        "TP4"
    );
    let four = "select l.id from vendor_payables l join vendors h on h.id = l.vendor_id where h.name = 'PixelCo' and l.kind = 'pack' order by l.id limit 4";
    let four = texts(&bench, four).await;
    engine.pay_payables(admin, &pays("p", &four)).await.unwrap();
    let whole = count_of(every()).await.0;
    assert_eq!(
        (whole.count, whole.open),
        (31, [26, 1]),
        "Tri-POD's is shown where it is asked for, and not to be paid"
    );
    let others = count_of(PayablesQuery::default()).await.0;
    assert_eq!(others.count, 30, "TP4: else it is not");
    assert!(others.totals.iter().all(|total| !total.internal));
    assert_eq!(others.month, whole.month, "the month is the same, whatever the filters");
    let [accrued, approved, paid] = &others.month.sums;
    assert_eq!(
        (accrued.as_str(), paid.as_str()),
        ("$0.00", "$480.00"),
        "four lines were paid"
    );
    assert_ne!(approved, "$0.00", "packs and services");
    for sort in [
        "", "day", "-day", "vendor", "-vendor", "client", "-client", "amount", "-amount", "state", "paid", "-paid",
    ] {
        let mut query = PayablesQuery {
            sort: sort.into(),
            ..every()
        };
        let mut seen = Vec::new();
        loop {
            let (page, statements) = count_of(query.clone()).await;
            assert_eq!(statements, few, "whatever it holds");
            seen.extend(page.rows);
            match page.next {
                Some(after) => query.after = after,
                None => break,
            }
        }
        let once: std::collections::BTreeSet<_> = seen.iter().map(|row| row.id.clone()).collect();
        assert_eq!((seen.len(), once.len()), (31, 31), "{sort}: each row once");
        if sort == "-client" {
            assert!(
                seen.windows(2)
                    .all(|two| two[0].client.to_lowercase() >= two[1].client.to_lowercase())
            );
        }
    }
    let of = async |set: fn(&mut PayablesQuery)| {
        let mut query = every();
        set(&mut query);
        count_of(query).await.0
    };
    let paid = of(|q| q.state = "paid".into()).await;
    assert_eq!(
        (paid.count, paid.total.to_pay.as_str(), paid.total.paid.as_str()),
        (4, "$0.00", "$480.00")
    );
    let to_pay = of(|q| q.state = "open".into()).await;
    assert_eq!(to_pay.total.paid, "$0.00");
    assert_eq!(to_pay.count, 26, "I8: the tab's count is the filter's");
    let services = of(|q| q.tab = "services".into()).await;
    assert_eq!(
        (services.count, services.rows[0].rate.as_str()),
        (1, "3 × $9.00"),
        "VP3"
    );
    assert_eq!(of(|q| q.month = "2027-03".into()).await.count, 31);
    assert_eq!(of(|q| q.month = "2027-04".into()).await.count, 0);
    assert_eq!(
        of(|q| q.month = "never".into()).await.count,
        31,
        "a mistyped month is none"
    );
    assert_eq!(of(|q| q.q = "client 1".into()).await.count, 11);
    assert_eq!(of(|q| q.q = "wire".into()).await.count, 4);
    assert_eq!(of(|q| q.q = "%".into()).await.count, 0);
    let by_vendor = PayablesQuery {
        vendor: pixel.to_string(),
        ..every()
    };
    let mine = count_of(by_vendor.clone()).await.0;
    assert_eq!(mine.count, 30);
    let totals = &whole.totals;
    assert_eq!(
        totals
            .iter()
            .map(|t| (t.vendor.as_str(), t.internal))
            .collect::<Vec<_>>(),
        [("PixelCo", false), ("Tri-POD", true)]
    );
    let acme = of(|q| q.q = "acme".into()).await.rows.remove(0);
    assert_eq!(acme.units, "20 / 20 / 20", "included, used, delivered");
    assert_eq!(
        (acme.rate.as_str(), acme.period.as_str()),
        ("Per pack", "Mar 10 to Apr 10, 2027")
    );
    assert_eq!(engine.matching_payables(admin, &by_vendor).await.unwrap().len(), 30);
    assert_eq!(
        engine.payables_export(admin, &by_vendor, 30).await.unwrap().0.len(),
        30,
        "the same rows"
    );
    let (cut, more) = engine.payables_export(admin, &by_vendor, 29).await.unwrap();
    assert_eq!(
        (cut.len(), more),
        (29, true),
        "an export that has not all of them knows it"
    );
    assert!(!engine.payables_export(admin, &by_vendor, 30).await.unwrap().1);
    // AH7: a slip's sums are of all lines, also of those that it has no room for.
    let manager = bench.user("Mona", Role::VendorManager, None, Some(pixel)).await;
    let whole_slip = engine.slip(&manager, "").await.unwrap();
    let cut_slip = engine.slip_of_lines(&manager, "", 3).await.unwrap();
    assert!(
        whole_slip.lines.len() > 3 && !whole_slip.more,
        "{}",
        whole_slip.lines.len()
    );
    assert_eq!((cut_slip.lines.len(), cut_slip.more), (3, true));
    assert_eq!(
        (&cut_slip.earned, &cut_slip.to_pay, &cut_slip.paid),
        (&whole_slip.earned, &whole_slip.to_pay, &whole_slip.paid)
    );
    let left = engine.pay_dialog(admin, &[], Some(&by_vendor)).await.unwrap();
    assert_eq!(left.ids.len(), 26);
    assert!(left.left_out.is_some_and(|words| words.contains("can't be paid")));
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn ah7_the_slip_says_what_is_earned_paid_and_to_come(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let engine = &bench.engine;
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, manager) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, stranger) = studio(&bench, "Threadline", &[p.service]).await;
    own_terms(&bench, &p, pixel, "7.50", "per_unit").await;
    run(&bench, "update periods set payment_state = 'pending'").await;
    bench.assign(engine, &[p.id], pixel).await.unwrap();
    let pack_of = async |who: &Caller| engine.slip(who, "").await.unwrap().packs.remove(0);
    assert_eq!(pack_of(&manager).await.adds, "$7.50 a unit");
    submit(engine, &p.owner, "a", p.service, 18).await;
    submit(engine, &p.owner, "b", p.service, 5).await;
    let first = number(&bench, "select number from service_requests where form_key = 'a'").await;
    assert_eq!(
        pack_of(&manager).await.adds,
        format!("$135.00 with #{first} (18 units)")
    );
    let overview = engine.vendor_overview(&manager).await.unwrap();
    assert_eq!(
        (
            overview.expected.as_str(),
            overview.earned.as_str(),
            overview.to_pay.as_str()
        ),
        ("$177.00", "$0.00", "$0.00"),
        "20 at $7.50, 3 at $9.00"
    );
    deliver(&bench, "a").await;
    assert_eq!(
        pack_of(&manager).await.adds,
        format!("$42.00 with #{} (5 units)", first + 1)
    );
    deliver(&bench, "b").await;
    let slip = engine.slip(&manager, "").await.unwrap();
    assert_eq!(
        (
            slip.earned.as_str(),
            slip.to_pay.as_str(),
            slip.paid.as_str(),
            slip.lines.len()
        ),
        ("$177.00", "$177.00", "$0.00", 3)
    );
    assert_eq!(slip.packs[0].earned, "$177.00");
    assert_eq!(engine.slip(&manager, "2027-03").await.unwrap().earned, "$177.00");
    assert_eq!(engine.slip(&manager, "2027-04").await.unwrap().lines.len(), 0);
    let staff = engine
        .vendor(&bench.admin, &pixel.to_string(), PartyTab::Billing)
        .await
        .unwrap()
        .pay
        .unwrap();
    assert_eq!(
        (staff.earned, staff.to_pay, staff.expected),
        (slip.earned.clone(), slip.to_pay.clone(), "$177.00".to_owned()),
        "I8: staff see the same"
    );
    // The line of another vendor is nobody's, and nothing here names the client or a price of the client's.
    let line = slip.lines[0].id.clone();
    assert_eq!(engine.own_payable(&stranger, &line).await, Err(AppError::NotFound));
    assert_eq!(
        engine.ask_about_payable(&stranger, "k", &line, "Why?").await,
        Err(AppError::NotFound)
    );
    let mine = engine.own_payable(&manager, &line).await.unwrap();
    let shown = format!("{slip:?} {mine:?} {overview:?}");
    for hidden in ["Acme", "$25.00", "$400", "Threadline"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    assert_eq!(engine.slip(&stranger, "").await.unwrap().lines.len(), 0);
    // Query this line.
    engine
        .ask_about_payable(&manager, "k", &line, " Why so little? ")
        .await
        .unwrap();
    engine
        .ask_about_payable(&manager, "k", &line, " Why so little? ")
        .await
        .unwrap();
    let twice = engine.ask_about_payable(&manager, "l", &line, "Well?").await;
    assert_eq!(twice, Err(AppError::PayableClosed { why: Closed::Asked }));
    let asked = engine
        .payables_report(
            &bench.admin,
            &PayablesQuery {
                query: "open".into(),
                tab: "services".into(),
                ..PayablesQuery::default()
            },
        )
        .await
        .unwrap();
    let packs = engine
        .payables_report(
            &bench.admin,
            &PayablesQuery {
                query: "open".into(),
                ..PayablesQuery::default()
            },
        )
        .await
        .unwrap();
    assert_eq!((asked.asked, asked.count + packs.count), (1, 1));
    let told = mails(&bench, &bench.admin).await;
    assert!(
        told.last().unwrap().starts_with("PixelCo asked about a payment")
            && told.last().unwrap().contains("Why so little?")
    );
    let accountant = bench.user("Ana", Role::Accountant, None, None).await;
    let query = engine.payable(&accountant, &line).await.unwrap().queries.remove(0);
    assert_eq!(
        (query.question.as_str(), query.answer.is_none()),
        ("Why so little?", true)
    );
    engine
        .answer_query(&accountant, "m", &query.id, "It is as agreed.")
        .await
        .unwrap();
    let late = engine.answer_query(&bench.admin, "n", &query.id, "No.").await;
    assert_eq!(late, Err(AppError::PayableClosed { why: Closed::Answered }));
    let mine = engine.own_payable(&manager, &line).await.unwrap();
    assert_eq!(
        mine.queries[0].answer.as_ref().map(|a| a.2.as_str()),
        Some("It is as agreed.")
    );
    assert!(!mine.row.asked);
    assert!(
        mails(&bench, &manager)
            .await
            .last()
            .unwrap()
            .contains("It is as agreed.")
    );
    engine
        .ask_about_payable(&manager, "o", &line, "And now?")
        .await
        .unwrap();
    // Paid, and replaced: what was earned stays.
    let ids = all_ids(&bench).await;
    engine.approve_payables(&bench.admin, "a", &ids).await.unwrap();
    engine.pay_payables(&bench.admin, &pays("p", &ids)).await.unwrap();
    let overview = engine.vendor_overview(&manager).await.unwrap();
    assert_eq!(overview.to_pay, "$0.00");
    assert_eq!(
        (overview.payments[0].amount.as_str(), overview.payments[0].lines),
        ("$177.00", 3)
    );
    replace(&bench, &p, thread).await;
    let overview = engine.vendor_overview(&manager).await.unwrap();
    assert_eq!(
        (overview.packs[0].next.as_str(), overview.packs[0].earned.as_str()),
        ("Moved to another vendor", "$177.00")
    );
}

#[rstest]
#[tokio::test]
async fn s20_a_vendor_sees_what_it_has_and_what_comes_and_goes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let engine = &bench.engine;
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, pixel_manager) = studio(&bench, "PixelCo", &[p.service]).await;
    let (thread, thread_manager) = studio(&bench, "Threadline", &[p.service]).await;
    let packs = async |who: &Caller| engine.vendor_overview(who).await.unwrap().packs;
    assert_eq!(packs(&pixel_manager).await.len(), 0);
    bench.assign(engine, &[p.id], pixel).await.unwrap();
    let mine = packs(&pixel_manager).await.remove(0);
    assert_eq!(
        (mine.next.as_str(), mine.leaves, mine.coming),
        ("Continues", false, false)
    );
    assert_eq!(
        (mine.period.as_str(), mine.until.as_str()),
        ("Mar 10 – Apr 10", "Ends Apr 10, 10:00 AM CT")
    );
    assert_eq!((mine.earned.as_str(), mine.adds.as_str()), ("$120.00", "Flat fee"));
    assert!(mine.client.starts_with("Client "), "RQ7: the alias");
    bench.assign(engine, &[p.id], thread).await.unwrap();
    let mine = packs(&pixel_manager).await.remove(0);
    assert_eq!((mine.next.as_str(), mine.leaves), ("Ends Apr 10", true));
    let theirs = packs(&thread_manager).await.remove(0);
    assert_eq!((theirs.next.as_str(), theirs.coming), ("Starts Apr 10", true));
    assert_eq!(engine.vendor_overview(&thread_manager).await.unwrap().expected, "$0.00");
    submit(engine, &p.owner, "a", p.service, 2).await;
    bench.clock.set(p.ends);
    engine.ensure_periods(p.id).await.unwrap();
    let late = packs(&pixel_manager).await.remove(0);
    assert_eq!(
        (late.waiting, late.until.as_str(), late.next.as_str()),
        (1, "Ended Apr 10, 10:00 AM CT", ""),
        "what waits stays"
    );
    assert_eq!(packs(&thread_manager).await[0].next, "Continues");
    // The end of the pack.
    let mut tx = bench.tx().await;
    let mut held = store::subscriptions::lock(&mut tx, p.id).await.unwrap().unwrap();
    held.cancel_at = Some(p.ends.plus_days(30));
    assert!(store::subscriptions::save(&mut tx, &held, engine.now()).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(packs(&thread_manager).await[0].next, "Ends May 10");
    let few = async |who: &Caller| {
        let before = bench.db.db.statements();
        engine.vendor_overview(who).await.unwrap();
        engine.slip(who, "").await.unwrap();
        bench.db.db.statements() - before
    };
    let stranger = studio(&bench, "Harbor", &[]).await.1;
    assert_eq!(few(&thread_manager).await, few(&stranger).await, "whatever they hold");
}

#[rstest]
#[tokio::test]
async fn vp6_a_refund_reduces_no_payable_and_raises_a_task(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", "Logo design").await;
    let (pixel, _) = studio(&bench, "PixelCo", &[p.service]).await;
    bench.assign(&bench.engine, &[p.id], pixel).await.unwrap();
    let before = lines(&bench).await;
    assert_eq!(before.len(), 1);
    let mut tx = bench.tx().await;
    store::on!(&mut tx, c => store::sqlx::query("update clients set stripe_customer_id = 'cus_acme'").execute(c).await.map(|_| ()))
        .unwrap();
    tx.commit().await.unwrap();
    for (id, kind) in [("evt_refund_1", "charge.refunded"), ("evt_refund_2", "charge.refunded")] {
        let event = engine::inbox::ReceivedEvent {
            id,
            kind,
            api_version: "",
            created: bench.engine.now(),
            object_id: "ch_1",
            payload: r#"{"data":{"object":{"id":"ch_1","customer":"cus_acme","amount_refunded":40000,"currency":"usd","refunded":true}}}"#,
        };
        bench.engine.receive_event(&event).await.unwrap();
    }
    bench.engine.drain().await.unwrap();
    settle_again(&bench).await;
    assert_eq!(lines(&bench).await, before);
    assert_eq!(
        texts(&bench, "select kind || ': ' || detail from alarms").await,
        [
            "refund: $400.00 of charge ch_1 was refunded. Vendor payments stay. Void or correct a line that shouldn't be paid."
        ],
        "told once, however often it is delivered"
    );
    assert_eq!(
        texts(&bench, "select distinct state from stripe_events").await,
        ["processed"]
    );
}
