//! WH3: one worker at a time for each object, and what happens when a worker dies, sleeps too long, or meets another.

use crate::{
    allowance::run,
    world::{GOOD, Watched, World, engine_over, world},
};
use domain::{PaymentType, PeriodPayment, SubscriptionId, SubscriptionStatus, billing::view::InvoicesQuery};
use engine::ports::Clock;
use rstest::rstest;
use std::sync::atomic::Ordering;
use store::testing::Backend;

/// A client with an active pack, and nothing left to do.
async fn settled(backend: Backend) -> Option<(World, SubscriptionId)> {
    let w = world(backend, PaymentType::PayAsYouGo).await?;
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    w.is_active_once(id).await;
    Some((w, id))
}

impl World {
    /// Tells one more time, under a new event id, that the subscription has changed.
    async fn tell(&self, engine: &engine::Engine, n: usize) {
        let events = self.events().await;
        let mut event = events
            .iter()
            .find(|e| e["type"] == "customer.subscription.created")
            .unwrap()
            .clone();
        event["id"] = format!("evt_again_{n}").into();
        crate::world::deliver(engine, &event).await;
    }

    async fn jobs(&self, kind: &str) -> Vec<store::makers::Waiting> {
        let mut tx = self.engine.db().read().await.unwrap();
        store::makers::waiting(&mut tx, kind).await.unwrap()
    }
}

#[rstest]
#[tokio::test]
async fn wh3_while_one_worker_is_at_an_object_no_other_asks_for_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = settled(backend).await else { return };
    let slow = Watched::stopping(&w.base, 0, false);
    let one = engine_over(&w.bench, slow.clone());
    w.tell(&one, 1).await;
    let first = tokio::spawn({
        let one = one.clone();
        async move { one.drain().await }
    });
    slow.stopped.notified().await;
    // A second event brings a second look, and a second worker comes for it.
    let watched = Watched::counting(&w.base);
    let two = engine_over(&w.bench, watched.clone());
    w.tell(&two, 2).await;
    two.drain().await.unwrap();
    assert_eq!(watched.calls.load(Ordering::SeqCst), 0, "it does not ask");
    let waiting = w.jobs("subscription.sync").await;
    let soon = w.clock.now().plus_secs(1);
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].attempts, waiting[0].last_error.as_deref(), waiting[0].run_at),
        (0, None, soon),
        "it comes again soon, and that was no failure"
    );
    slow.go.notify_one();
    first.await.unwrap().unwrap();
    w.clock.set(soon);
    two.drain().await.unwrap();
    assert!(watched.calls.load(Ordering::SeqCst) > 0, "now it does");
    assert!(w.jobs("subscription.sync").await.is_empty());
    let mut tx = w.engine.db().write().await.unwrap();
    let wall = w.engine.wall_now();
    let free = store::jobs::lease(&mut tx, &format!("subscription:{id}"), "anybody", wall, wall).await;
    assert!(free.unwrap(), "given back");
}

#[rstest]
#[tokio::test]
async fn wh3_the_lease_of_a_dead_worker_runs_out(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id)) = settled(backend).await else { return };
    let dying = Watched::stopping(&w.base, 0, true);
    let one = engine_over(&w.bench, dying.clone());
    w.tell(&one, 1).await;
    let life = tokio::spawn(async move { one.drain().await });
    dying.stopped.notified().await;
    life.abort();
    drop(life.await);
    let watched = Watched::counting(&w.base);
    let two = engine_over(&w.bench, watched.clone());
    w.tell(&two, 2).await;
    let died = w.clock.now();
    for secs in [0, 60, 119] {
        w.clock.set(died.plus_secs(secs));
        two.drain().await.unwrap();
        assert_eq!(watched.calls.load(Ordering::SeqCst), 0, "still held after {secs} s");
    }
    w.clock.set(died.plus_secs(121));
    two.drain().await.unwrap();
    assert!(watched.calls.load(Ordering::SeqCst) > 0, "taken over");
    assert!(w.jobs("subscription.sync").await.is_empty());
    w.is_active_once(id).await;
}

#[rstest]
#[tokio::test]
async fn wh3_two_workers_in_a_race_are_never_at_one_object_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = settled(backend).await else { return };
    let watched = Watched::counting(&w.base);
    let (one, two) = (
        engine_over(&w.bench, watched.clone()),
        engine_over(&w.bench, watched.clone()),
    );
    for round in 0..12 {
        let tell = async |engine: &engine::Engine, from: usize| {
            for n in from..from + 3 {
                w.tell(engine, n).await;
                engine.drain().await.unwrap();
            }
        };
        tokio::join!(tell(&one, round * 10), tell(&two, round * 10 + 5));
        let now = w.clock.now();
        w.clock.set(now.plus_secs(1));
    }
    w.drain().await;
    assert!(watched.calls.load(Ordering::SeqCst) >= 12);
    assert_eq!(watched.most_at_once(), 1, "WH3");
    assert!(w.jobs("subscription.sync").await.is_empty());
    w.is_active_once(id).await;
}

#[rstest]
#[tokio::test]
async fn wh3_what_a_worker_saw_before_it_slept_too_long_is_not_applied(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = settled(backend).await else { return };
    let ends = w.periods(id).await[0].ends_at;
    w.to(ends).await;
    let created = w
        .events()
        .await
        .into_iter()
        .rev()
        .find(|e| e["type"] == "invoice.created");
    let created = created.expect("the renewal's invoice");
    // This worker has read the draft and sleeps with it in its hands.
    let slow = Watched::stopping(&w.base, 0, true);
    let one = engine_over(&w.bench, slow.clone());
    crate::world::deliver(&one, &created).await;
    let sleeper = tokio::spawn(async move { one.drain().await });
    slow.stopped.notified().await;
    // Its lease runs out; another sees the invoice paid.
    w.to(ends.plus_hours(2)).await;
    let paid = w.events().await.into_iter().rev().find(|e| e["type"] == "invoice.paid");
    w.deliver(&paid.expect("paid")).await;
    w.drain().await;
    assert_eq!(w.periods(id).await[1].payment_state, PeriodPayment::Paid);
    slow.go.notify_one();
    sleeper.await.unwrap().unwrap();
    let invoice = created["data"]["object"]["id"].as_str().unwrap();
    let shown = w
        .engine
        .invoices(&w.owner, &InvoicesQuery::default())
        .await
        .unwrap()
        .rows;
    assert!(
        shown.len() == 2 && shown.iter().all(|i| i.status == "paid"),
        "{invoice}: the draft that it held was not written over the paid one: {shown:?}"
    );
    assert_eq!(w.periods(id).await[1].payment_state, PeriodPayment::Paid);
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Active);
    w.books_hold().await;
}

/// A job that enqueues itself again is a new one each time: one bad minute after a week does not end it.
#[rstest]
#[tokio::test]
async fn a_recurring_job_does_not_die_of_old_age(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, _)) = settled(backend).await else { return };
    w.engine.plant_jobs().await.unwrap();
    for _ in 0..7 {
        let now = w.clock.now();
        w.to(now.plus_days(1)).await;
    }
    run(&w.bench, "alter table periods rename to periods_away").await;
    let now = w.clock.now();
    w.to(now.plus_minutes(2)).await;
    run(&w.bench, "alter table periods_away rename to periods").await;
    let sick = w.jobs("boundaries").await.remove(0);
    assert!(sick.last_error.is_some() && !sick.dead, "{sick:?}");
    let now = w.clock.now();
    w.to(now.plus_minutes(2)).await;
    let well = w.jobs("boundaries").await.remove(0);
    assert!(!well.dead && well.run_at > w.clock.now(), "{well:?}");
}

/// Past their grace, boundaries cannot be crossed: however many of them there are, and whatever their ids, others are found.
#[rstest]
#[tokio::test]
async fn f4_packs_past_their_grace_do_not_starve_others(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::Royalties).await else {
        return;
    };
    let mut all = Vec::new();
    for n in 0..4 {
        let (_, owner) = w.bench.client(&format!("Client {n}"), PaymentType::Royalties).await;
        let pack = engine::subscriptions::Subscribe {
            pack_id: w.pack,
            form_key: "k".into(),
            expected_price: domain::Cents(40_000),
        };
        all.push(w.engine.subscribe(&owner, pack).await.unwrap());
    }
    all.sort();
    let due = all[3];
    run(
        &w.bench,
        "update subscriptions set status = 'past_due', grace_period_ends_at = created_at + 1
         where id <> (select max(id) from subscriptions)",
    )
    .await;
    let ends = w.periods(due).await[0].ends_at;
    let nobody = SubscriptionId::from(uuid::Uuid::nil());
    let mut tx = w.engine.db().read().await.unwrap();
    let mut passed = async |now: domain::Instant, after: SubscriptionId| {
        store::subscriptions::boundary_passed(&mut tx, now, after, 2)
            .await
            .unwrap()
    };
    assert!(passed(ends.plus_secs(-1), nobody).await.is_empty());
    assert_eq!(
        passed(ends, nobody).await,
        [due],
        "PD2: the boundary belongs to the next"
    );
    assert!(passed(ends, due).await.is_empty());
    drop(tx);
    // One whose grace lasts beyond the boundary, and one that was to end, are crossed as well.
    run(
        &w.bench,
        "update subscriptions set grace_period_ends_at = (select max(ends_at) + 1 from periods)
         where id = (select min(id) from subscriptions)",
    )
    .await;
    w.clock.set(ends);
    w.engine.plant_jobs().await.unwrap();
    w.drain().await;
    assert_eq!(w.periods(due).await.len(), 2);
    assert_eq!(w.periods(all[0]).await.len(), 2, "GR3: within its grace");
    assert_eq!(w.periods(all[1]).await.len(), 1, "it rests");
}

/// Planned a month ahead, a job has its three days all the same when it fails: it is well again after a bad minute, and dead
/// only after three days of nothing but failures.
#[rstest]
#[case::a_bad_minute(false)]
#[case::three_bad_days(true)]
#[tokio::test]
async fn f1_a_job_that_was_planned_a_month_ahead_has_its_three_days(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] stays: bool,
) {
    let Some((w, id)) = settled(backend).await else { return };
    let ends = w.periods(id).await[0].ends_at;
    run(&w.bench, "alter table periods rename to periods_away").await;
    w.to(ends).await;
    let sick = w.jobs("subscription.periods").await.remove(0);
    assert!(sick.last_error.is_some() && !sick.dead, "{sick:?}");
    if stays {
        for half_days in 1..=8 {
            w.to(ends.plus_hours(12 * half_days)).await;
        }
    }
    run(&w.bench, "alter table periods_away rename to periods").await;
    if stays {
        let dead = w.jobs("subscription.periods").await.remove(0);
        assert!(dead.dead, "{dead:?}");
        let alarms = w.engine.open_alarms(&w.bench.admin).await.unwrap();
        let told = alarms.iter().filter(|a| a.detail.contains("subscription.periods"));
        assert_eq!(told.count(), 1, "{alarms:?}");
    } else {
        w.to(ends.plus_minutes(2)).await;
        assert_eq!(w.periods(id).await.len(), 2);
        let well = w.jobs("subscription.periods").await.remove(0);
        assert!(!well.dead && well.run_at > w.clock.now(), "{well:?}");
    }
}

/// A job that panics has failed: it is counted, its object is free, and it is well when the cause is gone.
#[rstest]
#[tokio::test]
async fn f2_a_job_that_panics_is_a_failure(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id)) = settled(backend).await else { return };
    let one = engine_over(&w.bench, Watched::panicking(&w.base, 0));
    w.tell(&one, 1).await;
    one.drain().await.unwrap();
    let sick = w.jobs("subscription.sync").await.remove(0);
    assert_eq!(
        (sick.attempts, sick.last_error.as_deref(), sick.dead),
        (1, Some("again later: it panicked"), false)
    );
    let mut tx = w.engine.db().read().await.unwrap();
    let object = format!("subscription:{id}");
    assert!(
        !store::jobs::leased(&mut tx, &object, w.engine.wall_now())
            .await
            .unwrap(),
        "given back"
    );
    drop(tx);
    let now = w.clock.now();
    w.to(now.plus_minutes(1)).await;
    assert!(w.jobs("subscription.sync").await.is_empty());
    w.is_active_once(id).await;
}
