//! §13 against the sandbox and on both rails: what is left ends with its period and not before, what is taken back goes on, and
//! nobody who left in time pays for another month.

use crate::{
    allowance::texts,
    catalogue::{count, form},
    world::{DECLINES, GOOD, World, world},
};
use domain::{
    AppError, Instant, PaymentType, Rail, SubscriptionId, SubscriptionStatus as S,
    subscriptions::{CancelState, EndReason, LeaveReason, view::EndView},
};
use rstest::rstest;
use store::testing::Backend;

/// The first renewal of a subscription that begins where the bench's clock stands.
const FIRST: &str = "2027-04-10T15:00:00Z";

/// Mails to all who are told that a pack was left, that it has ended, and that it goes on.
const LEFT: &str = "select count(*) from mails where dedupe_key like 'unsubscribed:%'";
const ENDED: &str = "select count(*) from mails where dedupe_key like 'ended:%'";
const RESUMED: &str = "select count(*) from mails where dedupe_key like 'resumed:%'";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

async fn subscribed(backend: Backend, payment: PaymentType) -> Option<(World, SubscriptionId)> {
    let w = world(backend, payment).await?;
    if payment != PaymentType::Royalties {
        w.add_card(GOOD, "card").await;
    }
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    Some((w, id))
}

impl World {
    async fn leave(&self, id: SubscriptionId) -> Result<Instant, AppError> {
        self.engine
            .unsubscribe(&self.owner, id, Some(LeaveReason::NotUsed))
            .await
    }

    async fn end_shown(&self, id: SubscriptionId) -> Option<EndView> {
        let page = self.engine.payment_packs(&self.owner).await.unwrap();
        let row = page.live.into_iter().find(|row| row.id == id.to_string());
        let listed = row.and_then(|row| row.end);
        let one = self.engine.subscription_view(&self.owner, id).await.unwrap();
        assert_eq!(one.end, listed, "the list and the pack's own page say the same");
        listed
    }

    /// What was given back of all charges, in cents.
    async fn given_back(&self) -> Vec<i64> {
        let all = self.get("/v1/refunds?limit=10").await;
        let all = all["data"].as_array().unwrap().iter();
        all.map(|one| one["amount"].as_i64().unwrap()).collect()
    }

    /// It has ended here, nothing is open with Stripe, and it is over there.
    async fn is_over(&self, id: SubscriptionId) {
        let row = self.row(id).await;
        assert_eq!(
            (row.status, row.end_reason, row.cancel_state),
            (S::Ended, Some(EndReason::Cancelled), None)
        );
        assert_eq!(self.periods(id).await.len(), 1, "UN4: nothing more is granted");
        if row.rail == Rail::Stripe {
            assert!(self.end_there(id).await.1, "over there too");
        }
        self.books_hold().await;
    }

    /// Whether Stripe's subscription ends with its period, and whether it is over.
    async fn end_there(&self, id: SubscriptionId) -> (bool, bool) {
        let stripe = self.row(id).await.stripe_subscription_id.unwrap();
        let there = self.get(&format!("/v1/subscriptions/{stripe}")).await;
        (there["cancel_at_period_end"] == true, there["status"] == "canceled")
    }
}

#[rstest]
#[tokio::test]
async fn un1_un3_un4_un7_a_pack_that_is_left_ends_with_its_period(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(PaymentType::PayAsYouGo, PaymentType::Royalties)] payment: PaymentType,
) {
    let Some((w, id)) = subscribed(backend, payment).await else {
        return;
    };
    let stripe = w.row(id).await.rail == Rail::Stripe;
    let runs = w.end_shown(id).await;
    assert!(
        matches!(&runs, Some(EndView::Runs { left, owed: false, .. }) if left == "20 designs"),
        "what it means is said first: {runs:?}"
    );
    assert_eq!(w.leave(id).await, Ok(at(FIRST)), "the end of the period");
    let row = w.row(id).await;
    assert_eq!(
        (row.status, row.cancel_at, row.cancel_state, row.cancel_reason),
        (
            S::Active,
            Some(at(FIRST)),
            stripe.then_some(CancelState::Requested),
            Some(LeaveReason::NotUsed)
        ),
        "written before Stripe is called"
    );
    assert_eq!(row.canceled_by, Some(w.owner.user_id));
    assert_eq!(w.leave(id).await, Ok(at(FIRST)), "UN2: again is the same");
    w.drain().await;
    let row = w.row(id).await;
    assert_eq!((row.cancel_at, row.cancel_state), (Some(at(FIRST)), None), "confirmed");
    if stripe {
        assert_eq!(w.end_there(id).await, (true, false));
    }
    assert!(matches!(w.end_shown(id).await, Some(EndView::Ends { .. })));
    assert_eq!(
        (
            count(&w.bench, LEFT).await,
            count(
                &w.bench,
                "select count(*) from audit_log where action = 'subscription.unsubscribed'"
            )
            .await
        ),
        (2, 1),
        "UN8: its owner and the admin, once"
    );

    w.to(at(FIRST).plus_secs(-1)).await;
    assert_eq!(w.row(id).await.status, S::Active, "UN3: to the last second");
    w.to(at(FIRST)).await;
    w.to(at(FIRST).plus_hours(2)).await;
    w.is_over(id).await;
    assert_eq!(w.end_shown(id).await, None);
    if stripe {
        assert_eq!(w.charged().await, (1, 40_000), "nothing more is charged");
    }
    assert_eq!(count(&w.bench, "select count(*) from alarms").await, 0);
    assert_eq!(count(&w.bench, ENDED).await, 1, "§24: that it has ended");
    if !stripe {
        let due = "select count(*) from royalty_deductions where kind = 'pack' and state = 'due'";
        assert_eq!(count(&w.bench, due).await, 1, "UN7: the period's deduction stays due");
    }
    let ended = AppError::PackEnded { day: "Apr 10".into() };
    assert_eq!(w.leave(id).await, Err(ended.clone()));
    assert_eq!(w.engine.resume(&w.owner, id).await, Err(ended), "too late");
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn un2_a_pack_that_is_resumed_goes_on(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(PaymentType::PayAsYouGo, PaymentType::Royalties)] payment: PaymentType,
) {
    let Some((w, id)) = subscribed(backend, payment).await else {
        return;
    };
    let stripe = w.row(id).await.rail == Rail::Stripe;
    w.engine.resume(&w.owner, id).await.unwrap();
    assert_eq!(count(&w.bench, RESUMED).await, 0, "what runs is not resumed");
    w.leave(id).await.unwrap();
    w.drain().await;
    w.engine.resume(&w.owner, id).await.unwrap();
    if stripe {
        let row = w.row(id).await;
        assert_eq!(
            (row.cancel_at, row.cancel_state),
            (Some(at(FIRST)), Some(CancelState::Resuming)),
            "it counts once Stripe has confirmed it"
        );
        assert_eq!(w.end_shown(id).await, Some(EndView::Resuming));
        w.engine.resume(&w.owner, id).await.unwrap();
    }
    w.drain().await;
    let row = w.row(id).await;
    assert_eq!(
        (row.cancel_at, row.cancel_state, row.canceled_by, row.cancel_reason),
        (None, None, None, None)
    );
    if stripe {
        assert_eq!(w.end_there(id).await, (false, false));
    }
    assert_eq!(count(&w.bench, RESUMED).await, 2, "its owner and the admin, once");
    w.to(at(FIRST)).await;
    w.to(at(FIRST).plus_hours(2)).await;
    assert_eq!((w.row(id).await.status, w.periods(id).await.len()), (S::Active, 2));
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn un2_both_commands_count_whatever_stands_between(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = subscribed(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    // The last press counts, whether or not Stripe has heard of those before.
    w.leave(id).await.unwrap();
    w.engine.resume(&w.owner, id).await.unwrap();
    assert_eq!(w.leave(id).await, Ok(at(FIRST)));
    w.drain().await;
    assert_eq!(w.end_there(id).await, (true, false));
    assert_eq!(w.row(id).await.cancel_at, Some(at(FIRST)));
    // A look at Stripe in between does not undo a press that it has not heard of.
    w.engine.resume(&w.owner, id).await.unwrap();
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    let there = w.get(&format!("/v1/subscriptions/{stripe}")).await;
    let event = serde_json::json!({
        "id": "evt_between", "type": "customer.subscription.updated", "created": 1, "api_version": null,
        "data": { "object": there },
    });
    w.deliver(&event).await;
    w.drain().await;
    assert_eq!(w.end_there(id).await, (false, false));
    assert_eq!(w.row(id).await.cancel_at, None);
    assert_eq!(count(&w.bench, "select count(*) from alarms").await, 0);
}

#[rstest]
#[tokio::test]
async fn un5_the_price_is_set_back_with_the_end(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id)) = subscribed(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let service = w.row(id).await.service_id;
    let dearer = form(service, "20", "450");
    let admin = &w.bench.admin;
    w.engine
        .save_pack(admin, Some(w.pack), 0, &dearer, "dearer")
        .await
        .unwrap();
    w.drain().await;
    w.engine.move_pack_subscribers(admin, w.pack).await.unwrap();
    w.drain().await;
    let price = || async {
        let stripe = w.row(id).await.stripe_subscription_id.unwrap();
        let there = w.get(&format!("/v1/subscriptions/{stripe}")).await;
        there["items"]["data"][0]["price"]["unit_amount"].as_i64().unwrap()
    };
    assert_eq!(price().await, 45_000);
    let calls = || async { w.get("/v1/events?limit=100").await["data"].as_array().unwrap().len() };
    let before = calls().await;
    w.leave(id).await.unwrap();
    w.drain().await;
    assert_eq!((price().await, w.end_there(id).await), (40_000, (true, false)));
    assert_eq!(calls().await - before, 1, "in one call");
    w.engine.resume(&w.owner, id).await.unwrap();
    w.drain().await;
    assert_eq!(
        (price().await, w.end_there(id).await),
        (45_000, (false, false)),
        "PE5: its move goes on"
    );
}

#[rstest]
#[tokio::test]
async fn un1_only_its_owner_leaves_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id)) = subscribed(backend, PaymentType::Royalties).await else {
        return;
    };
    let (_, stranger) = w.bench.client("Other", PaymentType::Royalties).await;
    let admin = &w.bench.admin;
    assert_eq!(w.engine.unsubscribe(&stranger, id, None).await, Err(AppError::NotFound));
    assert_eq!(w.engine.resume(&stranger, id).await, Err(AppError::NotFound));
    assert_eq!(w.engine.unsubscribe(admin, id, None).await, Err(AppError::Forbidden));
    let member = w
        .bench
        .user("Mia", domain::Role::ClientMember, Some(w.client), None)
        .await;
    assert_eq!(w.engine.unsubscribe(&member, id, None).await, Err(AppError::Forbidden));
    assert!(
        texts(
            &w.bench,
            "select subject from mails where dedupe_key like 'unsubscribed:%'"
        )
        .await
        .is_empty()
    );
}

#[rstest]
#[tokio::test]
async fn un2_who_left_in_time_is_not_charged_where_stripe_heard_of_it_too_late(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = subscribed(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    // Seconds before the end; then nobody of ours is there until Stripe has renewed and charged.
    w.to(at(FIRST).plus_secs(-30)).await;
    assert_eq!(w.leave(id).await, Ok(at(FIRST)));
    w.clock.set(at(FIRST).plus_hours(2));
    w.sandbox.run_due().await;
    assert_eq!(w.charged().await, (2, 80_000), "Stripe went on");
    w.drain().await;
    w.to(at(FIRST).plus_hours(3)).await;
    w.is_over(id).await;
    assert_eq!(w.given_back().await, [40_000], "all of it, once");
    assert_eq!(count(&w.bench, "select count(*) from alarms").await, 0);
    for event in w.events().await {
        w.deliver(&event).await;
    }
    w.drain().await;
    let alarms = texts(&w.bench, "select kind from alarms").await;
    assert_eq!(alarms, ["refund"], "VP6: an admin hears of it, and of nothing else");
    assert_eq!(w.given_back().await, [40_000]);
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn un2_what_was_billed_is_taken_back_as_a_draft_too_and_in_the_run_after_a_fault(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = subscribed(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.to(at(FIRST).plus_secs(-30)).await;
    w.leave(id).await.unwrap();
    // Stripe has renewed, and its invoice is a draft for an hour; the first thing that we do with it comes to nothing.
    w.clock.set(at(FIRST).plus_minutes(1));
    w.sandbox.run_due().await;
    w.fault(serde_json::json!({ "kind": "reset", "path": "/v1/invoices/", "method": "POST", "count": 1 }))
        .await;
    w.drain().await;
    w.no_faults().await;
    for minutes in [2, 5, 20, 70, 200] {
        w.to(at(FIRST).plus_minutes(minutes)).await;
    }
    w.is_over(id).await;
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    let invoices = w.get(&format!("/v1/invoices?subscription={stripe}")).await;
    let states: Vec<&str> = invoices["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["void", "paid"], "the renewal's, and the first one");
    assert_eq!(w.charged().await, (1, 40_000));
}

#[rstest]
#[tokio::test]
async fn un2_a_resume_that_comes_too_late_leaves_nothing_that_is_billed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = subscribed(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.leave(id).await.unwrap();
    w.drain().await;
    w.to(at(FIRST).plus_secs(-30)).await;
    w.engine.resume(&w.owner, id).await.unwrap();
    // Stripe hears of it, and its answer is lost; here the end has passed by then.
    w.change_there(id, "cancel_at_period_end=false").await;
    w.clock.set(at(FIRST).plus_hours(2));
    w.sandbox.run_due().await;
    assert_eq!(w.charged().await, (2, 80_000));
    w.drain().await;
    w.to(at(FIRST).plus_hours(3)).await;
    w.is_over(id).await;
    assert_eq!(w.given_back().await, [40_000]);
}

#[rstest]
#[tokio::test]
async fn un1_an_end_set_for_later_at_stripe_is_not_the_one_that_is_asked_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = subscribed(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let later = at("2027-06-15T00:00:00Z");
    w.change_there(id, &format!("cancel_at={}&proration_behavior=none", later.secs()))
        .await;
    for event in w.events().await {
        w.deliver(&event).await;
    }
    w.drain().await;
    assert_eq!(w.row(id).await.cancel_at, Some(later));
    assert_eq!(w.leave(id).await, Ok(at(FIRST)));
    w.drain().await;
    assert_eq!(w.row(id).await.cancel_at, Some(at(FIRST)));
    w.to(at(FIRST).plus_hours(2)).await;
    w.is_over(id).await;
    assert_eq!(w.charged().await, (1, 40_000));
}

#[rstest]
#[tokio::test]
async fn un3_su1_who_leaves_while_something_is_owed_owes_it_still(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = subscribed(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(DECLINES, "declined").await;
    w.pay_with("0341").await;
    w.to(at(FIRST)).await;
    w.to(at(FIRST).plus_hours(2)).await;
    assert_eq!(w.row(id).await.status, S::PastDue);
    let runs = w.end_shown(id).await;
    assert!(matches!(runs, Some(EndView::Runs { owed: true, .. })), "{runs:?}");
    let end = w.leave(id).await.unwrap();
    assert_eq!(end, at("2027-05-10T15:00:00Z"));
    w.drain().await;
    w.to(end).await;
    w.to(end.plus_hours(2)).await;
    assert_eq!(w.row(id).await.status, S::Ended);
    let owed = AppError::BalanceDue { amount: "$400".into() };
    assert_eq!(w.subscribe("again").await, Err(owed));
}
