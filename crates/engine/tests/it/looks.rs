//! Pages that have the payment provider looked at: seldom, and never so that a page has itself read again.

use crate::{
    allowance::{number, run},
    world::{DECLINES, GOOD, Watched, World, engine_over, world},
};
use domain::{PaymentType, SubscriptionId, SubscriptionStatus};
use engine::{Engine, ports::Clock};
use rstest::rstest;
use std::sync::atomic::Ordering;
use store::testing::Backend;

impl World {
    /// A page that is read some time after the last one, with everything that follows from it.
    async fn read_card_page(&self) {
        self.later().await;
        self.engine.look_at_card(&self.owner).await.unwrap();
        self.drain().await;
    }

    async fn read_page_of(&self, id: SubscriptionId) {
        self.later().await;
        self.engine.look_again(&self.owner, id).await.unwrap();
        self.drain().await;
    }
}

#[rstest]
#[tokio::test]
async fn su6_a_look_that_finds_nothing_new_tells_nobody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(DECLINES, "card").await;
    let told = w.engine.changes_so_far();
    for _ in 0..2 {
        w.read_card_page().await;
    }
    assert_eq!(w.engine.changes_so_far(), told, "the card is what it was");
    // A first charge that the bank declined: its page is open, and looks every few seconds.
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Incomplete);
    let versions = "select cast(sum(row_version) as bigint) from invoices";
    let (told, written) = (w.engine.changes_so_far(), number(&w.bench, versions).await);
    for _ in 0..2 {
        w.read_page_of(id).await;
    }
    assert_eq!(w.engine.changes_so_far(), told, "and so is the charge");
    assert_eq!(number(&w.bench, versions).await, written, "nothing is written either");
    // What is new is told.
    w.add_card(GOOD, "another").await;
    assert!(w.engine.changes_so_far() > told);
}

#[rstest]
#[tokio::test]
async fn gr6_a_saved_card_completes_its_hosted_page(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let setup = async |key: &str| {
        let page = w.engine.payment_methods(&w.owner, Some(key)).await.unwrap();
        page.setup.map(|s| (s.url.is_some(), s.done))
    };
    w.add_card(GOOD, "card").await;
    assert_eq!(
        setup("card").await,
        Some((false, true)),
        "done, and no link to a page that is over"
    );
    assert_eq!(
        setup("x").await,
        None,
        "nobody asked for this one: there is nothing to wait for"
    );
    w.engine.add_card(&w.owner, "next").await.unwrap();
    assert_eq!(setup("next").await, Some((false, false)), "asked for: it comes");
    w.drain().await;
    assert_eq!(setup("next").await, Some((true, false)), "open");
    // Nobody fills it: Stripe closes it after a day.
    let now = w.clock.now();
    w.to(now.plus_hours(25)).await;
    w.read_card_page().await;
    assert_eq!(setup("next").await, None, "over");
}

#[rstest]
#[tokio::test]
async fn su6_a_page_that_is_read_often_looks_seldom(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    // Two processes over one database.
    let watched = Watched::counting(&w.base);
    let (one, two) = (
        engine_over(&w.bench, watched.clone()),
        engine_over(&w.bench, watched.clone()),
    );
    let calls = || watched.calls.load(Ordering::SeqCst);
    for page in 0..2 {
        let read = async |engine: &Engine| {
            if page == 0 {
                engine.look_again(&w.owner, id).await.unwrap();
            } else {
                engine.look_at_card(&w.owner).await.unwrap();
            }
            engine.drain().await.unwrap();
        };
        let before = calls();
        read(&one).await;
        let a_look = calls() - before;
        assert!(a_look > 0, "the first reading looks");
        for _ in 0..10 {
            read(&two).await;
            read(&one).await;
        }
        assert_eq!(calls() - before, a_look, "twenty more do not");
        let now = w.clock.now();
        w.clock.set(now.plus_secs(5));
        read(&two).await;
        assert_eq!(calls() - before, 2 * a_look, "five seconds later one does");
    }
}

#[rstest]
#[tokio::test]
async fn pd3_reading_beside_a_pack_past_its_grace_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let ends = w.periods(id).await[0].ends_at;
    run(
        &w.bench,
        "update subscriptions set status = 'past_due', grace_period_ends_at = (select ends_at - 1 from periods)",
    )
    .await;
    w.clock.set(ends.plus_secs(60));
    let told = w.engine.changes_so_far();
    for _ in 0..2 {
        w.engine.dashboard(&w.owner, "").await.unwrap();
        w.engine.payment_packs(&w.owner).await.unwrap();
        w.engine.subscription_view(&w.owner, id).await.unwrap();
    }
    assert_eq!(w.engine.changes_so_far(), told);
    assert_eq!(w.periods(id).await.len(), 1, "it has no next period");
}
