//! Consumption at submission (§9, §11) on both databases: races, the same form twice, a model, the calendar, notices.

use crate::work::said;
use domain::{
    AppError, Cents, ClientId, Coverage, Instant, PaymentType, RequestStatus, Role, ServiceId,
    error::Problem,
    facts::QuoteTerms,
    work::{
        form::RequestForm,
        view::{SubmitInput, Submitted},
    },
};
use engine::{
    Caller, Engine,
    testing::{Bench, bench},
};
use proptest::{prelude::*, test_runner::TestRunner};
use rstest::rstest;
use std::sync::Arc;
use store::{sqlx, testing::Backend};
use tokio::task::JoinSet;

/// The one number that a query gives.
pub async fn number(bench: &Bench, sql: &'static str) -> i64 {
    let mut tx = bench.tx().await;
    store::on!(&mut tx, c => sqlx::query_scalar::<_, i64>(sql).fetch_one(c).await).unwrap()
}

/// The texts of one column.
pub async fn texts(bench: &Bench, sql: &'static str) -> Vec<String> {
    let mut tx = bench.tx().await;
    store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(sql).fetch_all(c).await).unwrap()
}

pub async fn run(bench: &Bench, sql: &'static str) {
    let mut tx = bench.tx().await;
    store::on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
}

/// I1–I4, as queries that count the rows that break them.
async fn books_hold(bench: &Bench) {
    const CHECKS: &[(&str, &str)] = &[
        (
            "I1 remaining",
            "select count(*) from credit_batches b where b.remaining <>
               coalesce((select sum(l.units) from consumption_ledger l where l.batch_id = b.id), 0)",
        ),
        (
            "I1 granted",
            "select count(*) from credit_batches b where b.granted <>
               coalesce((select sum(l.units) from consumption_ledger l where l.batch_id = b.id and l.kind in ('grant', 'adjust')), 0)",
        ),
        (
            "I2 used units",
            "select count(*) from allowances al where al.used <>
               coalesce((select -sum(l.units) from consumption_ledger l join credit_batches b on b.id = l.batch_id
                         where b.allowance_id = al.id and l.kind in ('consume', 'restore')), 0)",
        ),
        (
            "I2 overage of the allowance",
            "select count(*) from allowances al where al.overage <>
               coalesce((select sum(r.overage_units) from service_requests r where r.period_id = al.period_id), 0)",
        ),
        (
            "I3 split",
            "select count(*) from service_requests r where r.status <> 'draft' and r.included_units + r.overage_units <> r.quantity",
        ),
        (
            "I3 allocations",
            "select count(*) from service_requests r where r.status <> 'draft' and r.included_units <>
               coalesce((select sum(a.consumed - a.restored) from use_allocations a where a.use_id = r.id), 0)",
        ),
        (
            "I4 one line for what is beyond",
            "select count(*) from service_requests r where r.status <> 'draft' and r.overage_cents <>
               coalesce((select sum(l.amount_cents) from charge_lines l where l.request_id = r.id and l.units = r.overage_units), 0)",
        ),
    ];
    for (name, sql) in CHECKS {
        assert_eq!(number(bench, sql).await, 0, "{name}");
    }
}

fn form(service: ServiceId, quantity: i64) -> RequestForm {
    RequestForm {
        service: service.to_string(),
        title: "Spring logo".into(),
        quantity: quantity.to_string(),
        brief: "Something green.".into(),
        wished_on: String::new(),
    }
}

fn input(key: &str, service: ServiceId, quantity: i64, terms: Option<QuoteTerms>) -> SubmitInput {
    SubmitInput {
        form_key: key.to_owned(),
        form: form(service, quantity),
        terms,
    }
}

/// What a person does: looks at the quote, submits, and confirms what has changed in between.
pub async fn submit(engine: &Engine, caller: &Caller, key: &str, service: ServiceId, quantity: i64) -> Submitted {
    let mut terms = engine.quote(caller, service, quantity).await.unwrap().quote.terms();
    loop {
        match engine.submit(caller, &input(key, service, quantity, Some(terms))).await {
            Ok(done) => return done,
            Err(AppError::CoverageChanged { quote }) => terms = quote.terms(),
            Err(other) => panic!("submit: {other:?}"),
        }
    }
}

struct Pack {
    client: ClientId,
    owner: Caller,
    service: ServiceId,
}

/// A client with a running pack of `units`, one unit beyond it at $25.
async fn pack(bench: &Bench, name: &str, units: i64) -> Pack {
    let (client, owner) = bench.client(name, PaymentType::Monthly).await;
    let service = bench.service(&format!("Logo design {name}"), Cents(2_500)).await;
    let (pack, version) = bench.pack(service, units, Cents(40_000)).await;
    bench.subscription(client, pack, version).await;
    Pack { client, owner, service }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn co4_a_thousand_submissions_for_the_last_unit(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 1).await;
    let seen = bench.engine.quote(&p.owner, p.service, 1).await.unwrap().quote;
    assert_eq!((seen.coverage, seen.left_before), (Coverage::Included, 1));
    let mut all = JoinSet::new();
    for at in 0..1_000 {
        let (engine, caller, service) = (bench.engine.clone(), p.owner.clone(), p.service);
        let mut terms = seen.terms();
        all.spawn(async move {
            loop {
                let one = input(&format!("form-{at}"), service, 1, Some(terms));
                match engine.submit(&caller, &one).await {
                    Ok(done) => return Ok(done),
                    // CO6: the quote no longer holds; the person confirms the new one.
                    Err(AppError::CoverageChanged { quote }) => terms = quote.terms(),
                    Err(other) => return Err(other),
                }
            }
        });
    }
    let results = all.join_all().await;
    let failed: Vec<_> = results.iter().filter_map(|r| r.as_ref().err()).collect();
    assert!(failed.is_empty(), "no SQLITE_BUSY, no other failure: {failed:?}");
    let included = "select count(*) from service_requests where coverage = 'included'";
    assert_eq!(number(&bench, included).await, 1, "CO4: exactly one included");
    let overage = "select count(*) from service_requests where coverage = 'overage'";
    assert_eq!(number(&bench, overage).await, 999);
    assert_eq!(
        number(&bench, "select remaining from credit_batches").await,
        0,
        "never -1"
    );
    assert_eq!(number(&bench, "select used from allowances").await, 1);
    assert_eq!(
        number(&bench, "select count(*) from charge_lines where kind = 'overage' and state = 'accrued' and payment_type = 'monthly'").await,
        999
    );
    assert_eq!(
        number(&bench, "select count(distinct number) from service_requests").await,
        1_000,
        "every request has a number of its own"
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn co9_fifty_identical_posts_make_one_request(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] with_pack: bool,
    #[values(true, false)] as_draft: bool,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 10).await;
    // Without a pack there is no subscription to lock, and the database's own keys must do.
    let service = if with_pack {
        p.service
    } else {
        bench.service("Voice-over", Cents(900)).await
    };
    if as_draft {
        bench
            .engine
            .save_draft(&p.owner, "one-form", &form(service, 2))
            .await
            .unwrap();
    }
    let terms = bench.engine.quote(&p.owner, service, 2).await.unwrap().quote.terms();
    let mut all = JoinSet::new();
    for _ in 0..50 {
        let (engine, caller) = (bench.engine.clone(), p.owner.clone());
        let one = input("one-form", service, 2, Some(terms));
        all.spawn(async move { engine.submit(&caller, &one).await.unwrap() });
    }
    let results = all.join_all().await;
    assert!(results.iter().all(|r| r.id == results[0].id), "CO9: the same id");
    assert_eq!(
        results.iter().filter(|r| !r.again).count(),
        1,
        "one made it, the others found it"
    );
    assert_eq!(number(&bench, "select count(*) from service_requests").await, 1);
    assert_eq!(number(&bench, "select count(*) from request_events").await, 1);
    let lines = number(&bench, "select count(*) from charge_lines").await;
    assert_eq!(lines, i64::from(!with_pack));
    books_hold(&bench).await;
}

/// One step of a random life of a client's packs.
#[derive(Debug, Clone)]
enum Step {
    Submit { quantity: i64, again: bool },
    Goodwill { units: i64, days: Option<i64> },
    Later { hours: i64 },
}

/// Holds up every submission until it is dropped.
async fn barrier(bench: &Bench) -> store::Tx {
    let mut tx = bench.tx().await;
    if tx.is_postgres() {
        store::on!(&mut tx, c => sqlx::query("select id from subscriptions for update").execute(c).await.map(|_| ()))
            .unwrap();
    }
    tx
}

/// Gives others the time to come as far as they come.
pub async fn others_wait() {
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
}

/// Until somebody stands before what [`barrier`] holds.
async fn someone_waits(bench: &Bench, held: &store::Tx) {
    others_wait().await;
    let stands =
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    while held.is_postgres() && number(bench, stands).await == 0 {
        others_wait().await;
    }
}

#[rstest]
#[tokio::test]
async fn co3_what_befalls_one_of_those_who_share_a_commit_befalls_no_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let refuse = if backend == Backend::Postgres {
        "alter table service_requests add constraint no_broken_ones check (title <> 'Broken')"
    } else {
        "create trigger no_broken_ones before insert on service_requests when new.title = 'Broken'
         begin select raise(abort, 'broken'); end"
    };
    run(&bench, refuse).await;
    let mut packs = Vec::new();
    for at in 0..4 {
        packs.push(pack(&bench, &format!("Client {at}"), 20).await);
    }
    let held = barrier(&bench).await;
    let mut all = Vec::new();
    for at in 0..40 {
        let p = &packs[at % packs.len()];
        let mut one = input(&format!("form-{at}"), p.service, 1, None);
        match at % 10 {
            // More than is left of the pack, and nobody was shown a price.
            3 => one.form.quantity = "30".into(),
            7 => one.form.title = "Broken".into(),
            _ => {}
        }
        let (engine, caller) = (bench.engine.clone(), p.owner.clone());
        all.push(tokio::spawn(async move { engine.submit(&caller, &one).await }));
    }
    others_wait().await;
    drop(held);
    for (at, one) in all.into_iter().enumerate() {
        let done = one.await.unwrap();
        match at % 10 {
            3 => assert!(matches!(done, Err(AppError::CoverageChanged { .. })), "{at}: {done:?}"),
            7 => assert!(matches!(done, Err(AppError::Internal)), "{at}: {done:?}"),
            _ => assert!(matches!(done, Ok(Submitted { again: false, .. })), "{at}: {done:?}"),
        }
    }
    assert_eq!(number(&bench, "select count(*) from service_requests").await, 32);
    assert_eq!(
        number(&bench, "select cast(sum(used) as bigint) from allowances").await,
        32
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn co1_who_goes_away_before_the_turn_has_submitted_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 20).await;
    let held = barrier(&bench).await;
    let mut all = Vec::new();
    for key in ["first", "waits", "gone"] {
        let (engine, caller, one) = (bench.engine.clone(), p.owner.clone(), input(key, p.service, 1, None));
        all.push(tokio::spawn(async move { engine.submit(&caller, &one).await }));
        someone_waits(&bench, &held).await;
    }
    // The first has the turn already: it is written, although nobody waits for its answer. The last had not begun.
    all[0].abort();
    all[2].abort();
    others_wait().await;
    drop(held);
    let waits = all.remove(1).await.unwrap();
    assert!(matches!(waits, Ok(Submitted { again: false, .. })), "{waits:?}");
    let after = bench.engine.submit(&p.owner, &input("after", p.service, 1, None)).await;
    assert!(matches!(after, Ok(Submitted { again: false, .. })), "{after:?}");
    let again = bench.engine.submit(&p.owner, &input("first", p.service, 1, None)).await;
    assert!(matches!(again, Ok(Submitted { again: true, .. })), "CO9: {again:?}");
    assert_eq!(
        texts(&bench, "select form_key from service_requests order by form_key").await,
        ["after", "first", "waits"]
    );
    books_hold(&bench).await;
}

/// CO3: the facts of a transaction are read once, and each of its submissions leaves less to the next: also of units that
/// serve several services, and of texts of every kind nothing is lost on the way.
#[rstest]
#[tokio::test]
async fn co3_those_who_share_a_transaction_share_what_there_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    const TITLE: &str = "Quote \" back \\ slash, é 😀 'single' $1 {}";
    const BRIEF: &str = "one\ntwo\n\tthree, [4]\n\n";
    let Some(bench) = bench(backend).await else { return };
    let (client, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let services = [
        bench.service("Logo design", Cents(2_500)).await,
        bench.service("Poster design", Cents(2_500)).await,
    ];
    grant(&bench, client, services[0], 5, None).await;
    run(&bench, "update credit_batches set service_id = null").await;
    let mut terms = Vec::new();
    for service in services {
        // What the form would have been shown for two units beyond, and for two that are covered.
        let shown = bench.engine.quote(&owner, service, 6).await.unwrap().quote;
        assert_eq!((shown.split.included, shown.split.overage), (5, 1));
        let shown = bench.engine.quote(&owner, service, 2).await.unwrap().quote;
        terms.push(shown.terms());
    }
    let held = barrier(&bench).await;
    let mut all = Vec::new();
    for at in 0..4 {
        let mut one = input(&format!("form-{at}"), services[at % 2], 2, Some(terms[at % 2]));
        one.form.title = TITLE.into();
        one.form.brief = BRIEF.into();
        let (engine, caller) = (bench.engine.clone(), owner.clone());
        all.push(tokio::spawn(async move { engine.submit(&caller, &one).await }));
        others_wait().await;
    }
    drop(held);
    let mut done = Vec::new();
    for one in all {
        done.push(one.await.unwrap());
    }
    assert!(matches!(&done[..2], [Ok(_), Ok(_)]), "{done:?}");
    for late in &done[2..] {
        let Err(AppError::CoverageChanged { quote }) = late else {
            panic!("one unit is left: {late:?}");
        };
        assert_eq!((quote.split.included, quote.split.overage), (1, 1));
    }
    assert_eq!(
        number(&bench, "select cast(sum(remaining) as bigint) from credit_batches").await,
        1
    );
    assert_eq!(
        texts(&bench, "select title from service_requests").await,
        [TITLE, TITLE]
    );
    assert_eq!(
        texts(&bench, "select brief from service_requests").await,
        [BRIEF, BRIEF]
    );
    books_hold(&bench).await;
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1..7_i64, prop::bool::weighted(0.2)).prop_map(|(quantity, again)| Step::Submit { quantity, again }),
        1 => (1..5_i64, prop::option::of(1..20_i64)).prop_map(|(units, days)| Step::Goodwill { units, days }),
        2 => (1..30_i64).prop_map(|days| Step::Later { hours: days * 24 }),
    ];
    prop::collection::vec(step, 1..25)
}

/// CO3, CO5, I1–I4 against a model that knows nothing of SQL: batches as a list, drawn by expiry, grant and age.
#[rstest]
#[case(Backend::Sqlite, 24)]
#[case(Backend::Postgres, 24)]
fn co5_any_sequence_gives_what_the_model_gives(#[case] backend: Backend, #[case] cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let Some(bench) = runtime.block_on(bench(backend)) else {
        return;
    };
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let nth = std::cell::Cell::new(0);
    let outcome = runner.run(&steps(), |steps| {
        nth.set(nth.get() + 1);
        runtime.block_on(follow(&bench, nth.get(), &steps));
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(books_hold(&bench));
}

struct ModelBatch {
    left: i64,
    expires: Option<Instant>,
    granted: Instant,
    of_period: bool,
}

async fn follow(bench: &Bench, nth: u32, steps: &[Step]) {
    let units = 6;
    let p = pack(bench, &format!("Client {nth}"), units).await;
    let anchor = bench.engine.now();
    let mut end = anchor.plus_days(31);
    let mut seq = 1;
    let mut batches = vec![ModelBatch {
        left: units,
        expires: Some(end),
        granted: anchor,
        of_period: true,
    }];
    let mut used = 0;
    let mut last: Option<(String, i64, Submitted)> = None;
    for (at, step) in steps.iter().enumerate() {
        let now = bench.engine.now();
        match step {
            Step::Later { hours } => bench.clock.set(now.plus_hours(*hours)),
            Step::Goodwill { units, days } => {
                // Never the very instant of a period's end: then the ids would decide, which no model knows.
                let expires = days.map(|days| now.plus_days(days).plus_hours(1));
                grant(bench, p.client, p.service, *units, expires).await;
                batches.push(ModelBatch {
                    left: *units,
                    expires,
                    granted: now,
                    of_period: false,
                });
            }
            Step::Submit { again: true, .. } if last.is_some() => {
                let (key, quantity, before) = last.clone().unwrap();
                let done = submit(&bench.engine, &p.owner, &key, p.service, quantity).await;
                assert_eq!((done.id, done.again), (before.id, true), "CO9");
            }
            Step::Submit { quantity, .. } => {
                // The pack is on the royalties rail, so boundaries open without anybody paying (PD3).
                while now >= end {
                    let start = end;
                    seq += 1;
                    end = domain::subscriptions::period::boundary(anchor.whole_second(), seq).unwrap();
                    // The maker's first period is 31 days; the next one ends at the anchor's own boundary.
                    batches.retain(|b| !b.of_period);
                    batches.push(ModelBatch {
                        left: units,
                        expires: Some(end),
                        granted: now,
                        of_period: true,
                    });
                    used = 0;
                    assert!(start < end);
                }
                let mut order: Vec<&mut ModelBatch> = batches
                    .iter_mut()
                    .filter(|b| b.left > 0 && b.expires.is_none_or(|e| e > now))
                    .collect();
                order.sort_by_key(|b| (b.expires.map_or(i64::MAX, |e| e.0), b.granted));
                let mut wanted = *quantity;
                for batch in order {
                    let taken = wanted.min(batch.left);
                    batch.left -= taken;
                    wanted -= taken;
                    if batch.of_period {
                        used += taken;
                    }
                }
                let key = format!("c{nth}-s{at}");
                let done = submit(&bench.engine, &p.owner, &key, p.service, *quantity).await;
                let row = split_of(bench, &done.id).await;
                assert_eq!((row.0, row.1), (quantity - wanted, wanted), "step {at} of {steps:?}");
                assert_eq!(row.2, used, "I2: units of the allowance's own batch");
                last = Some((key, *quantity, done));
            }
        }
    }
}

/// Included and overage units of a request, and the used units of its period.
async fn split_of(bench: &Bench, id: &str) -> (i64, i64, i64) {
    let mut tx = bench.tx().await;
    store::on!(&mut tx, c => sqlx::query_as::<_, (i64, i64, i64)>(
        "select r.included_units, r.overage_units, al.used from service_requests r join allowances al on al.period_id = r.period_id where r.id = $1"
    ).bind(id).fetch_one(c).await)
    .unwrap()
}

/// Goodwill units of a service.
pub async fn grant(bench: &Bench, client: ClientId, service: ServiceId, units: i64, expires_at: Option<Instant>) {
    let mut tx = bench.tx().await;
    let now = bench.engine.now();
    let meter = store::on!(&mut tx, c => sqlx::query_scalar::<_, domain::MeterId>("select meter_id from services where id = $1")
        .bind(service).fetch_one(c).await)
    .unwrap();
    let batch = store::allowance::NewBatch {
        id: bench.engine.new_id(),
        client_id: client,
        source: "compensation",
        meter_id: meter,
        service_id: Some(service),
        units,
        starts_at: now,
        expires_at,
        allowance_id: None,
    };
    let key = format!("goodwill:{}", batch.id);
    let day = bench.engine.zone().day(now);
    store::allowance::grant(
        &mut tx,
        &batch,
        bench.engine.new_id(),
        day,
        "system",
        "goodwill",
        &key,
        now,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn co10_the_day_is_the_business_day_across_dst(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    bench.clock.set("2026-10-20T12:00:00Z".parse().unwrap());
    let p = pack(&bench, "Acme", 20).await;
    let vectors = [
        // 01:30 CDT and 01:30 CST: two instants, one day.
        ("2026-11-01T06:30:00Z", "2026-11-01"),
        ("2026-11-01T07:30:00Z", "2026-11-01"),
        // The month's boundary: 2026-11-01T00:00 CDT = 05:00Z.
        ("2026-11-01T04:59:59Z", "2026-10-31"),
        ("2026-11-01T05:00:00Z", "2026-11-01"),
        // 2027-01-01T00:00 CST = 06:00Z.
        ("2027-01-01T05:59:59Z", "2026-12-31"),
        ("2027-01-01T06:00:00Z", "2027-01-01"),
        // Around the hour that does not exist: 01:59:59 CST and 03:00 CDT.
        ("2027-03-14T07:59:59Z", "2027-03-14"),
        ("2027-03-14T08:00:00Z", "2027-03-14"),
    ];
    for (at, (instant, day)) in vectors.iter().enumerate() {
        bench.clock.set(instant.parse().unwrap());
        let done = submit(&bench.engine, &p.owner, &format!("f{at}"), p.service, 1).await;
        let mut tx = bench.tx().await;
        let (local_day, submitted, ledger_day) = store::on!(&mut tx, c => sqlx::query_as::<_, (String, Instant, String)>(
            "select r.local_day, r.submitted_at, l.local_day from service_requests r join consumption_ledger l on l.use_id = r.id where r.id = $1"
        ).bind(&done.id).fetch_one(c).await).unwrap();
        assert_eq!(
            (local_day.as_str(), ledger_day.as_str()),
            (*day, *day),
            "CO10: {instant}"
        );
        assert_eq!(submitted, instant.parse().unwrap(), "CO2: stored in UTC");
    }
    assert!(
        "2027-03-14T02:30:00".parse::<Instant>().is_err(),
        "CO10: a wall time alone is no instant"
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn co3_an_expired_batch_is_never_taken(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (client, owner) = bench.client("Acme", PaymentType::PayAsYouGo).await;
    let service = bench.service("Logo design", Cents(2_500)).await;
    let now = bench.engine.now();
    grant(&bench, client, service, 5, Some(now.plus_days(1))).await;
    grant(&bench, client, service, 1, None).await;
    // At the very instant of its expiry it is over (PD2's half-open spans), though no sweep has run.
    bench.clock.set(now.plus_days(1));
    let quote = bench.engine.quote(&owner, service, 2).await.unwrap().quote;
    assert_eq!(
        (quote.split.included, quote.split.overage),
        (1, 1),
        "goodwill without a pack counts (CO5)"
    );
    let done = submit(&bench.engine, &owner, "f", service, 2).await;
    assert!(!done.again);
    let left = texts(
        &bench,
        "select cast(remaining as text) from credit_batches order by granted desc",
    )
    .await;
    assert_eq!(left, ["5", "0"]);
    assert_eq!(
        texts(&bench, "select kind from charge_lines").await,
        ["service"],
        "CO5: no pack, so never a pack's overage"
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn co6_nobody_is_charged_what_was_not_shown(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 2).await;
    let shown = bench.engine.quote(&p.owner, p.service, 2).await.unwrap().quote;
    // Somebody else takes a unit meanwhile.
    submit(&bench.engine, &p.owner, "other", p.service, 1).await;
    let late = bench
        .engine
        .submit(&p.owner, &input("mine", p.service, 2, Some(shown.terms())))
        .await;
    let Err(AppError::CoverageChanged { quote }) = late else {
        panic!("CO6: {late:?}")
    };
    assert_eq!(
        (quote.split.included, quote.split.overage, quote.total),
        (1, 1, Cents(2_500))
    );
    assert_eq!(
        number(&bench, "select count(*) from service_requests").await,
        1,
        "nothing was written"
    );
    assert_eq!(number(&bench, "select remaining from credit_batches").await, 1);
    // A Submit that carries nothing may take what is covered, never what is charged.
    let blind = bench.engine.submit(&p.owner, &input("mine", p.service, 2, None)).await;
    assert!(matches!(blind, Err(AppError::CoverageChanged { .. })), "{blind:?}");
    bench
        .engine
        .submit(&p.owner, &input("mine", p.service, 1, None))
        .await
        .unwrap();
    // The payment type is part of what was shown.
    let shown = bench.engine.quote(&p.owner, p.service, 1).await.unwrap().quote;
    run(&bench, "update clients set payment_type = 'pay_as_you_go'").await;
    let changed = bench
        .engine
        .submit(&p.owner, &input("third", p.service, 1, Some(shown.terms())))
        .await;
    let Err(AppError::CoverageChanged { quote }) = changed else {
        panic!("CO6: {changed:?}")
    };
    assert_eq!(quote.payment_type, PaymentType::PayAsYouGo);
    // So is the price.
    run(&bench, "update services set unit_price_cents = 3000").await;
    let changed = bench
        .engine
        .submit(&p.owner, &input("third", p.service, 1, Some(quote.terms())))
        .await;
    let Err(AppError::CoverageChanged { quote }) = changed else {
        panic!("CO6: {changed:?}")
    };
    assert_eq!(quote.total, Cents(3_000));
    bench
        .engine
        .submit(&p.owner, &input("third", p.service, 1, Some(quote.terms())))
        .await
        .unwrap();
    assert_eq!(
        number(&bench, "select cast(sum(amount_cents) as bigint) from charge_lines").await,
        3_000
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn co11_a_pack_that_does_not_count_is_not_silent(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values("suspended", "incomplete")] status: &'static str,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 5).await;
    match status {
        "suspended" => run(&bench, "update subscriptions set status = 'suspended'").await,
        _ => run(&bench, "update subscriptions set status = 'incomplete'").await,
    }
    let view = bench.engine.quote(&p.owner, p.service, 1).await.unwrap();
    assert_eq!(view.quote.coverage, Coverage::None);
    assert_eq!(view.quote.total, Cents(2_500));
    let word = if status == "suspended" {
        "suspended"
    } else {
        "waiting for its first payment"
    };
    assert_eq!(
        view.sentence,
        format!("Your pack is {word}. This request would cost $25.00.")
    );
    let silent = bench.engine.submit(&p.owner, &input("f", p.service, 1, None)).await;
    assert!(
        matches!(silent, Err(AppError::CoverageChanged { .. })),
        "needs confirmation"
    );
    bench
        .engine
        .submit(&p.owner, &input("f", p.service, 1, Some(view.quote.terms())))
        .await
        .unwrap();
    assert_eq!(
        number(&bench, "select remaining from credit_batches").await,
        5,
        "its units stay"
    );
    assert_eq!(texts(&bench, "select coverage from service_requests").await, ["none"]);
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn pd2_pd3_a_submission_at_the_boundary_opens_and_uses_the_next_period(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 3).await;
    submit(&bench.engine, &p.owner, "first", p.service, 3).await;
    let end = bench.engine.now().whole_second().plus_days(31);
    bench.clock.set(Instant(end.0 - 1));
    assert_eq!(
        bench.engine.quote(&p.owner, p.service, 1).await.unwrap().quote.coverage,
        Coverage::Overage
    );
    bench.clock.set(end);
    let quote = bench.engine.quote(&p.owner, p.service, 1).await.unwrap().quote;
    assert_eq!(
        (quote.coverage, quote.left_before),
        (Coverage::Included, 3),
        "PD2: the end belongs to the next"
    );
    submit(&bench.engine, &p.owner, "second", p.service, 1).await;
    assert_eq!(number(&bench, "select count(*) from periods").await, 2);
    assert_eq!(
        number(
            &bench,
            "select al.used from allowances al join periods p on p.id = al.period_id where p.seq = 2"
        )
        .await,
        1
    );
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn wn3_wn5_a_threshold_is_noticed_once_and_only_the_highest_mails(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 20).await;
    let notices = "select threshold || case when mailed then '*' else '' end from usage_notices order by at, threshold";
    submit(&bench.engine, &p.owner, "a", p.service, 15).await;
    assert!(texts(&bench, notices).await.is_empty());
    // 15 -> 18 of 20 crosses 80 and 90 at once.
    submit(&bench.engine, &p.owner, "b", p.service, 3).await;
    assert_eq!(texts(&bench, notices).await, ["80", "90*"], "WN5");
    let mails = "select count(*) from mails where dedupe_key like 'usage:%'";
    assert_eq!(number(&bench, mails).await, 1);
    // The notice went to the owner with WN4's words.
    let body = texts(&bench, "select body_text from mails where dedupe_key like 'usage:%'").await;
    assert!(body[0].contains("You've used 18 of 20"), "{body:?}");
    submit(&bench.engine, &p.owner, "c", p.service, 1).await;
    assert_eq!(number(&bench, mails).await, 1, "WN3: no second mail for 90");
    // 19 -> 20 and one beyond: exhausted and overage; the highest mails.
    bench.clock.set(bench.engine.now().plus_secs(1));
    submit(&bench.engine, &p.owner, "d", p.service, 2).await;
    assert_eq!(texts(&bench, notices).await, ["80", "90*", "100", "overage*"]);
    assert_eq!(number(&bench, mails).await, 2);
    submit(&bench.engine, &p.owner, "e", p.service, 5).await;
    assert_eq!(number(&bench, mails).await, 2, "WN2: the first unit beyond, not each");
    books_hold(&bench).await;
}

#[rstest]
#[tokio::test]
async fn needs_owner_where_members_may_not_order_what_is_charged(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 1).await;
    let member = bench.user("Mia Member", Role::ClientMember, Some(p.client), None).await;
    run(&bench, "update clients set members_may_order_extra = false").await;
    let view = bench.engine.quote(&member, p.service, 2).await.unwrap();
    assert_eq!(view.needs_owner.as_deref(), Some("$25.00"));
    let refused = bench
        .engine
        .submit(&member, &input("f", p.service, 2, Some(view.quote.terms())))
        .await;
    assert_eq!(
        refused,
        Err(AppError::NeedsOwner {
            amount: "$25.00".into()
        })
    );
    assert_eq!(
        texts(&bench, "select status from service_requests").await,
        ["draft"],
        "the draft is kept for the owner"
    );
    let mailed = "select count(*) from mails where dedupe_key like 'needs_owner:%'";
    let told = "select count(*) from notices where kind = 'approval' and in_bell";
    assert_eq!((number(&bench, mailed).await, number(&bench, told).await), (1, 1));
    // §24: as the owner has chosen.
    let in_app = [domain::notices::NoticeKind::Approval];
    bench.engine.choose_notices(&p.owner, &in_app, &[]).await.unwrap();
    let more = bench.engine.quote(&member, p.service, 3).await.unwrap();
    let refused = bench
        .engine
        .submit(&member, &input("h", p.service, 3, Some(more.quote.terms())))
        .await;
    assert!(matches!(refused, Err(AppError::NeedsOwner { .. })), "{refused:?}");
    assert_eq!((number(&bench, mailed).await, number(&bench, told).await), (1, 2));
    bench.engine.choose_notices(&p.owner, &[], &[]).await.unwrap();
    let most = bench.engine.quote(&member, p.service, 4).await.unwrap();
    let refused = bench
        .engine
        .submit(&member, &input("i", p.service, 4, Some(most.quote.terms())))
        .await;
    assert!(matches!(refused, Err(AppError::NeedsOwner { .. })), "{refused:?}");
    // §20: the home counts them all, also what an owner has chosen not to be told of.
    let asked = "select count(*) from service_requests where status = 'draft' and asked_owner_at is not null";
    assert_eq!((number(&bench, told).await, number(&bench, asked).await), (2, 3));
    let home = bench.engine.admin_home(&bench.admin).await.unwrap();
    let waits = home.decisions.iter().map(|one| one.words.as_str());
    assert!(
        waits
            .clone()
            .any(|words| words == "3 drafts wait for their owner's approval"),
        "{:?}",
        waits.collect::<Vec<_>>()
    );
    // What the pack covers, a member may submit; and the owner the rest, from the same form.
    submit(&bench.engine, &member, "g", p.service, 1).await;
    let done = submit(&bench.engine, &p.owner, "f", p.service, 2).await;
    assert!(!done.again);
    // What it asked for is settled; the other draft still asks, until it is deleted.
    let unread = "select count(*) from notices where kind = 'approval' and read_at is null";
    bench.engine.drain().await.unwrap();
    assert_eq!(number(&bench, unread).await, 1);
    let draft = texts(&bench, "select id from service_requests where status = 'draft'").await;
    let draft = draft[0].parse().unwrap();
    bench.engine.delete_draft(&p.owner, draft).await.unwrap();
    assert_eq!(number(&bench, unread).await, 0);
    assert_eq!(
        number(
            &bench,
            "select count(*) from service_requests where status = 'submitted'"
        )
        .await,
        2
    );
    books_hold(&bench).await;
}

/// E5: where real money moves, nothing is ordered that the product never charges; the pack's own units are, whoever pays how.
#[rstest]
#[tokio::test]
async fn e5_under_a_live_key_nothing_is_promised_that_cannot_be_charged(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let live = engine::Engine::new(engine::Parts {
        db: bench.db.db.clone(),
        clock: bench.clock.clone(),
        wall: bench.clock.clone(),
        ids: Arc::new(engine::ports::RandomIds),
        gateway: bench.gateway.clone(),
        mailer: Arc::new(engine::ports::KeepMail),
        files: bench.files.clone(),
        previews: bench.previews.clone(),
        settings: engine::Settings {
            livemode: true,
            ..bench.engine.settings().clone()
        },
    });
    let other = bench.service("Banner ads", Cents(5_000)).await;
    let ways = [
        "update clients set payment_type = 'pay_as_you_go'",
        "update clients set payment_type = 'monthly'",
        "update clients set payment_type = 'royalties'",
    ];
    for (before, payment) in ways.into_iter().enumerate() {
        let p = pack(&bench, payment, 2).await;
        run(&bench, payment).await;
        submit(&live, &p.owner, "covered", p.service, 1).await;
        for (key, service, quantity, amount) in [("partly", p.service, 3, "$50.00"), ("none", other, 1, "$50.00")] {
            let view = live.quote(&p.owner, service, quantity).await.unwrap();
            assert_eq!(view.not_charged.as_deref(), Some(amount), "said before the press");
            let terms = view.quote.terms();
            let refused = live.submit(&p.owner, &input(key, service, quantity, Some(terms))).await;
            let problem = Problem::BeyondNotCharged { amount: amount.into() };
            assert_eq!(refused, Err(AppError::field("quantity", problem)), "{payment} {key}");
        }
        let submitted = "select count(*) from service_requests where status = 'submitted'";
        assert_eq!(
            number(&bench, submitted).await,
            2 * i64::try_from(before).unwrap() + 1,
            "{payment}: only what is covered"
        );
        // The same in test mode may be tried.
        assert_eq!(bench.engine.quote(&p.owner, other, 1).await.unwrap().not_charged, None);
        submit(&bench.engine, &p.owner, "tried", other, 1).await;
        books_hold(&bench).await;
    }
}

#[rstest]
#[tokio::test]
async fn ah1_the_receipt_says_what_decided(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let p = pack(&bench, "Acme", 2).await;
    let done = submit(&bench.engine, &p.owner, "f", p.service, 3).await;
    let view = bench.engine.request(&p.owner, done.id.parse().unwrap()).await.unwrap();
    assert_eq!(view.status, RequestStatus::Submitted);
    assert_eq!(view.badge.as_ref().unwrap().text, "2 of 3 in Pack", "IN1");
    let text = view.receipt.join("\n");
    for part in ["2 of 3 included in the pack, 1 extra.", "1 × $25.00", "Monthly Payment"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // The ids of the rules are for staff.
    assert!(!text.contains("Rules:"), "{text}");
    let staff = bench
        .engine
        .request(&bench.admin, done.id.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        staff.receipt.last().map(String::as_str),
        Some("Rules: CO2, PD2, CO3, CO5, §16.")
    );
    // AS9, IN3: the vendor of the period got it, and sees neither price nor name.
    assert_eq!(
        said(&view),
        ["Owner of Acme submitted the request: 2 from the pack, 1 extra."]
    );
}

#[rstest]
#[tokio::test]
async fn co1_ordinary_services_are_charged_whole_and_free_ones_not_at_all(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (_, owner) = bench.client("Acme", PaymentType::Royalties).await;
    let paid = bench.service("Voice-over", Cents(900)).await;
    let free = bench.service("Consultation", Cents(0)).await;
    submit(&bench.engine, &owner, "a", paid, 3).await;
    bench.engine.submit(&owner, &input("b", free, 1, None)).await.unwrap();
    let lines = texts(
        &bench,
        "select kind || ' ' || units || ' ' || amount_cents || ' ' || payment_type || ' ' || state from charge_lines",
    )
    .await;
    assert_eq!(lines, ["service 3 2700 royalties accrued"], "RR6: no line of $0");
    let wrong = bench.engine.submit(&owner, &input("c", paid, 0, None)).await;
    assert!(matches!(wrong, Err(AppError::Invalid { .. })), "CO1: at least one unit");
    run(&bench, "update services set active = false").await;
    let gone = bench.engine.submit(&owner, &input("d", paid, 1, None)).await;
    assert_eq!(gone, Err(AppError::ServiceInactive));
    let stranger = bench.user("Vera Vendor", Role::Accountant, None, None).await;
    let refused = bench.engine.submit(&stranger, &input("e", paid, 1, None)).await;
    assert_eq!(refused, Err(AppError::Forbidden));
    books_hold(&bench).await;
}
