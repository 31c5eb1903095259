//! PE5: moving existing subscribers to newer terms, against the sandbox: told, waited for, billed once at the new price,
//! withdrawn, and crashed around.

use crate::{
    catalogue::{count, form},
    world::{GOOD, Watched, World, engine_over, world},
};
use domain::{AppError, Instant, PackVersionId, PaymentType, PeriodPayment, SubscriptionId, catalogue::pack::PackForm};
use engine::ports::Clock;
use rstest::rstest;
use store::testing::Backend;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The first renewal of a subscription that begins where the bench's clock stands, and the one after it.
const FIRST: &str = "2027-04-10T15:00:00Z";
const SECOND: &str = "2027-05-10T15:00:00Z";

/// A client on version 1 ($400) of a pack that has been sold at $450 since.
async fn sold_dearer(backend: Backend, payment: PaymentType) -> Option<(World, SubscriptionId, PackVersionId)> {
    let w = world(backend, payment).await?;
    if payment != PaymentType::Royalties {
        w.add_card(GOOD, "card").await;
    }
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let edited = PackForm {
        vendor_payment: "150".into(),
        overage_price: "18".into(),
        ..form(w.row(id).await.service_id, "20", "450")
    };
    w.engine
        .save_pack(&w.bench.admin, Some(w.pack), 0, &edited, "dearer")
        .await
        .unwrap();
    w.drain().await;
    let mut tx = w.engine.db().read().await.unwrap();
    let newest = store::catalogue::newest_terms(&mut tx, w.pack).await.unwrap().unwrap();
    drop(tx);
    Some((w, id, newest.pack_version_id))
}

impl World {
    async fn press(&self) -> i64 {
        self.engine
            .move_pack_subscribers(&self.bench.admin, self.pack)
            .await
            .unwrap()
    }

    /// What Stripe would bill next, in cents.
    async fn price_there(&self, id: SubscriptionId) -> i64 {
        let stripe = self.row(id).await.stripe_subscription_id.unwrap();
        let there = self.get(&format!("/v1/subscriptions/{stripe}")).await;
        there["items"]["data"][0]["price"]["unit_amount"].as_i64().unwrap()
    }

    /// IN4's *Next charge*: the amount, and what is said of a change.
    async fn next_charge(&self) -> (String, Option<String>) {
        let page = self.engine.payment_packs(&self.owner).await.unwrap();
        let row = page.live.into_iter().next().unwrap();
        let card = self.engine.dashboard(&self.owner, "").await.unwrap().packs.remove(0);
        assert_eq!(
            card.price_change, row.price_change,
            "the dashboard's card says the same"
        );
        assert_eq!(
            card.next_charge.as_deref().unwrap_or("–"),
            row.next_charge,
            "and what comes next"
        );
        let one = self
            .engine
            .subscription_view(&self.owner, row.id.parse().unwrap())
            .await
            .unwrap();
        assert_eq!(one.price_change, row.price_change, "and the pack's own page");
        (row.next_charge, row.price_change)
    }

    async fn shown_to_admin(&self) -> Option<String> {
        let editor = self
            .engine
            .pack_editor(&self.bench.admin, Some(self.pack))
            .await
            .unwrap();
        editor.pack.unwrap().subscribers.remove(0).moves
    }

    async fn told(&self) -> i64 {
        count(&self.bench, "select count(*) from mails where dedupe_key like 'move:%'").await
    }

    async fn told_back(&self) -> i64 {
        count(
            &self.bench,
            "select count(*) from mails where dedupe_key like 'move_back:%'",
        )
        .await
    }

    async fn alarms(&self) -> i64 {
        count(&self.bench, "select count(*) from alarms").await
    }

    /// Something was changed at Stripe, and its event comes.
    async fn changed_there(&self, id: SubscriptionId, body: &str) {
        self.change_there(id, body).await;
        let newest = self.events().await.into_iter().rev();
        let event = newest
            .into_iter()
            .find(|e| e["type"] == "customer.subscription.updated");
        self.deliver(&event.unwrap()).await;
        self.drain().await;
    }
}

#[rstest]
#[tokio::test]
async fn pe5_a_move_skips_a_boundary_too_near_and_is_billed_at_the_next(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id, newest)) = sold_dearer(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    // Five days before the renewal: too near.
    w.to(at("2027-04-05T15:00:00Z")).await;
    assert_eq!(w.press().await, 1);
    assert_eq!(w.told().await, 1, "told at that moment");
    w.drain().await;
    let words = Some("From May 10: $450 a month".to_owned());
    assert_eq!(w.next_charge().await, ("$400.00".into(), words.clone()));
    assert_eq!(w.shown_to_admin().await, words);
    assert_eq!(w.price_there(id).await, 40_000, "the next renewal is the old one's");

    w.to(at(FIRST)).await;
    w.to(at(FIRST).plus_hours(2)).await;
    let periods = w.periods(id).await;
    assert_eq!(
        (periods[1].price_cents.0, periods[1].payment_state),
        (40_000, PeriodPayment::Paid)
    );
    assert_eq!(w.charged().await, (2, 80_000));
    assert_eq!(
        w.price_there(id).await,
        45_000,
        "swapped once it is the next one's turn"
    );
    assert_eq!(w.row(id).await.move_applies_at, Some(at(SECOND)));
    assert_eq!(w.next_charge().await, ("$450.00".into(), words));

    w.to(at(SECOND)).await;
    let opened = w.periods(id).await.remove(2);
    assert_eq!(
        (
            opened.pack_version_id,
            opened.price_cents.0,
            opened.vendor_payment_cents.0
        ),
        (newest, 45_000, 15_000)
    );
    w.to(at(SECOND).plus_hours(2)).await;
    let periods = w.periods(id).await;
    assert_eq!(periods[2].payment_state, PeriodPayment::Paid);
    assert_eq!(periods[1].price_cents.0, 40_000, "what was open is never rewritten");
    assert_eq!(w.charged().await, (3, 125_000), "billed at the new price");
    let row = w.row(id).await;
    assert_eq!((row.pack_version_id, row.move_to_version_id), (newest, None));
    assert_eq!(w.next_charge().await, ("$450.00".into(), None));
    assert_eq!(w.told().await, 1);
    assert_eq!(
        w.alarms().await,
        0,
        "period_mismatch, price_mismatch and move_late are silent"
    );
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn pe5_an_admin_withdraws_it_and_the_price_is_set_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id, newest)) = sold_dearer(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.to(at("2027-04-01T15:00:00Z")).await;
    assert_eq!(w.press().await, 1);
    w.drain().await;
    assert_eq!(w.price_there(id).await, 45_000, "nine days before: this renewal is it");
    assert_eq!(
        w.next_charge().await,
        ("$450.00".into(), Some("From Apr 10: $450 a month".into()))
    );
    assert_eq!(
        w.engine.withdraw_move(&w.owner, id).await,
        Err(AppError::Forbidden),
        "only an admin can"
    );
    w.engine.withdraw_move(&w.bench.admin, id).await.unwrap();
    w.drain().await;
    assert_eq!(w.price_there(id).await, 40_000, "set back");
    assert_eq!(w.next_charge().await, ("$400.00".into(), None));
    assert_eq!(w.told_back().await, 1, "the client is told");
    w.engine.withdraw_move(&w.bench.admin, id).await.unwrap();
    assert_eq!(w.told_back().await, 1, "again changes nothing");
    // Pressed again, it stands; in the last minutes before the renewal it cannot be taken back.
    let now = w.clock.now();
    w.to(now.plus_minutes(1)).await;
    assert_eq!(w.press().await, 1);
    w.drain().await;
    assert_eq!(w.told().await, 2);
    w.to(at(FIRST).plus_minutes(-10)).await;
    let late = AppError::PackChangeTooLate {
        renewal: "Apr 10, 10:00 AM CT".into(),
    };
    assert_eq!(w.engine.withdraw_move(&w.bench.admin, id).await, Err(late.clone()));
    assert_eq!(w.engine.withdraw_pack_move(&w.bench.admin, w.pack).await, Err(late));
    w.to(at(FIRST)).await;
    w.to(at(FIRST).plus_hours(2)).await;
    assert_eq!(w.periods(id).await[1].pack_version_id, newest);
    assert_eq!(w.charged().await, (2, 85_000));
    assert_eq!(w.engine.withdraw_pack_move(&w.bench.admin, w.pack).await, Ok(0));
    assert_eq!(w.alarms().await, 0);
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn pe5_the_royalties_rail_moves_without_stripe(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id, newest)) = sold_dearer(backend, PaymentType::Royalties).await else {
        return;
    };
    w.to(at("2027-04-05T15:00:00Z")).await;
    assert_eq!(w.press().await, 1);
    w.drain().await;
    assert_eq!(
        w.next_charge().await,
        ("$400.00".into(), Some("From May 10: $450 a month".into()))
    );
    w.to(at(FIRST)).await;
    assert_eq!(w.next_charge().await.0, "$450.00");
    w.to(at(SECOND)).await;
    let periods = w.periods(id).await;
    let fees: Vec<i64> = periods.iter().map(|p| p.price_cents.0).collect();
    assert_eq!(fees, [40_000, 40_000, 45_000]);
    assert_eq!(periods[2].pack_version_id, newest);
    assert_eq!(
        count(
            &w.bench,
            "select cast(sum(amount_cents) as bigint) from royalty_deductions"
        )
        .await,
        125_000
    );
    assert_eq!(
        w.get("/v1/subscriptions?limit=1&status=all").await["data"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn pe5_one_set_to_end_is_skipped_until_it_resumes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id, newest)) = sold_dearer(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.changed_there(id, "cancel_at_period_end=true").await;
    assert!(w.row(id).await.cancel_at.is_some(), "ST2");
    assert_eq!(w.press().await, 1);
    w.drain().await;
    assert_eq!(w.told().await, 0);
    assert_eq!(w.price_there(id).await, 40_000);
    assert_eq!(w.next_charge().await, ("–".into(), None));
    assert_eq!(w.shown_to_admin().await.as_deref(), Some("Version 2 once resumed"));
    w.to(at("2027-04-01T15:00:00Z")).await;
    w.changed_there(id, "cancel_at_period_end=false").await;
    assert_eq!(w.told().await, 1, "now the client is told, and its week begins");
    assert_eq!(w.price_there(id).await, 45_000);
    w.to(at(FIRST)).await;
    w.to(at(FIRST).plus_hours(2)).await;
    assert_eq!(w.periods(id).await[1].pack_version_id, newest);
    assert_eq!(w.charged().await, (2, 85_000));
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn pe5_dying_around_every_call_of_a_move_bills_the_new_price_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(false, true)] after: bool,
) {
    let mut covered = 0;
    for n in 0..10 {
        let Some((w, id, newest)) = sold_dearer(backend, PaymentType::PayAsYouGo).await else {
            return;
        };
        w.to(at("2027-04-01T15:00:00Z")).await;
        assert_eq!(w.press().await, 1);
        let dying = Watched::stopping(&w.base, n, after);
        let first = engine_over(&w.bench, dying.clone());
        let life = tokio::spawn(async move { first.drain().await });
        let died = tokio::select! {
            () = dying.stopped.notified() => true,
            () = async { while !life.is_finished() { tokio::task::yield_now().await } } => false,
        };
        life.abort();
        drop(life.await);
        covered += i32::from(died);
        // The next process begins when the dead one's claim and lease have run out.
        let now = w.clock.now();
        w.to(now.plus_minutes(3)).await;
        assert_eq!(w.price_there(id).await, 45_000);
        assert_eq!(w.row(id).await.move_applies_at, Some(at(FIRST)));
        let open = count(
            &w.bench,
            "select count(*) from stripe_operations where state = 'pending'",
        )
        .await;
        assert_eq!(open, 0, "nothing is stuck");
        let sent = "select count(*) from stripe_operations where kind = 'subscription.price'";
        assert_eq!(count(&w.bench, sent).await, 1, "under one key");
        w.to(at(FIRST)).await;
        w.to(at(FIRST).plus_hours(2)).await;
        assert_eq!(w.periods(id).await[1].pack_version_id, newest);
        assert_eq!(w.charged().await, (2, 85_000));
        assert_eq!(w.alarms().await, 0);
        w.books_hold().await;
        if !died {
            break;
        }
    }
    assert!(covered >= 2, "calls that were died around: {covered}");
}

#[rstest]
#[tokio::test]
async fn pc7_a_swap_that_nobody_heard_of_before_the_renewal_is_taken_from_the_invoice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id, newest)) = sold_dearer(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.to(at("2027-04-01T15:00:00Z")).await;
    assert_eq!(w.press().await, 1);
    // The look, then the swap: the process dies with the answer on its way, and nobody starts it for ten days.
    let dying = Watched::stopping(&w.base, 1, true);
    let first = engine_over(&w.bench, dying.clone());
    let life = tokio::spawn(async move { first.drain().await });
    dying.stopped.notified().await;
    life.abort();
    drop(life.await);
    assert_eq!(w.price_there(id).await, 45_000);
    assert_eq!(w.row(id).await.move_applies_at, None);
    w.to(at(FIRST).plus_hours(4)).await;
    w.to(at(FIRST).plus_hours(8)).await;
    let period = w.periods(id).await.remove(1);
    assert_eq!(
        (period.pack_version_id, period.price_cents.0, period.payment_state),
        (newest, 45_000, PeriodPayment::Paid),
        "nothing of it was used: the period takes what was billed"
    );
    let row = w.row(id).await;
    assert_eq!((row.pack_version_id, row.move_to_version_id), (newest, None));
    assert_eq!(w.charged().await, (2, 85_000));
    assert_eq!(
        count(&w.bench, "select count(*) from alarms where kind = 'move_late'").await,
        1,
        "staff are told"
    );
    w.books_hold().await;
}
