//! The money's way, against the sandbox over real HTTP: subscribing in all its turns, webhooks late, doubled and
//! shuffled, crashes around every call, renewals. Each ends with the books proved.

use crate::allowance::{number, texts};
use crate::world::{DECLINES, GOOD, Watched, engine_over, world};
use domain::{
    AppError, Cents, Instant, PaymentType, PeriodPayment, SubscriptionId, SubscriptionStatus,
    subscriptions::{ChargeProblem, view::Waiting},
};
use engine::{ports::Clock, subscriptions::Subscribe};
use rstest::rstest;
use serde_json::Value;
use store::testing::Backend;

#[rstest]
#[tokio::test]
async fn su5_one_confirmation_with_a_card_charges_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    assert_eq!(
        w.row(id).await.status,
        SubscriptionStatus::Incomplete,
        "SU2: written before the call"
    );
    w.drain().await;
    w.is_active_once(id).await;
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let period = page.period.expect("SU8: the page says what it has");
    assert_eq!((period.usage.used, period.usage.included), (0, 20));
    assert!(page.receipt_url.is_some(), "SU8: with its receipt");
    let welcome = page.welcome.expect("SU8: what is ready, and until when");
    assert!(welcome.starts_with("You're subscribed. 20 "), "{welcome}");
}

#[rstest]
#[tokio::test]
async fn su5_without_a_card_checkout_saves_it_and_activates(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::Monthly).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let Some(Waiting::Page { url, .. }) = page.waiting else {
        panic!("no hosted page: {:?}", page.waiting)
    };
    // Pressing again, and from a second tab, leads to the same page: at most one open session.
    assert_eq!(w.subscribe("another-tab").await.unwrap(), id);
    w.drain().await;
    assert_eq!(
        w.get("/v1/checkout/sessions?limit=10").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "SU5"
    );
    w.fill(&url, GOOD).await;
    // No webhook comes: the page that the client returns to looks by itself (SU6).
    w.engine.look_again(&w.owner, id).await.unwrap();
    w.drain().await;
    w.is_active_once(id).await;
    // GR6: the card stands in its one place, and is shown.
    let methods = w.engine.payment_methods(&w.owner, None).await.unwrap();
    assert_eq!(methods.card.as_deref(), Some("Visa •4242"));
}

#[rstest]
#[tokio::test]
async fn su7_royalties_need_no_card_and_write_one_deduction(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::Royalties).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Active);
    w.drain().await;
    assert_eq!(w.charged().await, (0, 0));
    let periods = w.periods(id).await;
    assert_eq!(periods.len(), 1);
    assert_eq!(periods[0].payment_state, PeriodPayment::RoyaltyDue);
    w.books_hold().await;
    // PD3: the next one opens at its boundary, with its own deduction.
    w.to(periods[0].ends_at).await;
    assert_eq!(w.periods(id).await.len(), 2, "PD2: the boundary belongs to the next");
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn su1_each_refusal_in_its_words(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend, PaymentType::Royalties).await else {
        return;
    };
    let member = w
        .bench
        .user("Member", domain::Role::ClientMember, Some(w.client), None)
        .await;
    let ask = |price| Subscribe {
        pack_id: w.pack,
        form_key: "x".into(),
        expected_price: Cents(price),
    };
    assert_eq!(w.engine.subscribe(&member, ask(40_000)).await, Err(AppError::Forbidden));
    assert_eq!(
        w.engine.subscribe(&w.owner, ask(39_900)).await,
        Err(AppError::PriceChanged { price: "$400".into() }),
        "Q3"
    );
    w.engine.set_pack_visible(&w.bench.admin, w.pack, false).await.unwrap();
    assert_eq!(
        w.engine.subscribe(&w.owner, ask(40_000)).await,
        Err(AppError::PackUnavailable),
        "PE9"
    );
    w.engine.set_pack_visible(&w.bench.admin, w.pack, true).await.unwrap();
    let id = w.subscribe("first").await.unwrap();
    assert_eq!(w.subscribe("first").await.unwrap(), id, "a double click is one click");
    let again = w.subscribe("second").await;
    assert!(
        matches!(again, Err(AppError::PackAlreadyActive { ref label, .. }) if label == "20 × Logo design"),
        "I7: {again:?}"
    );
}

#[rstest]
#[tokio::test]
async fn su4_a_bank_that_asks_for_confirmation_is_told_from_one_that_declines(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    // This card wants its holder for every charge.
    w.add_card("4000002760003184", "careful").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let row = w.row(id).await;
    assert_eq!(
        (row.status, row.payment_problem),
        (SubscriptionStatus::Incomplete, Some(ChargeProblem::Confirm))
    );
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    assert!(
        matches!(&page.waiting, Some(Waiting::Page { url, confirm: true }) if Some(url) == row.payment_url.as_ref()),
        "*Finish payment* on the invoice's own page: {:?}",
        page.waiting
    );
    assert_eq!(w.charged().await, (0, 0));
}

#[rstest]
#[tokio::test]
async fn su9_a_decline_leaves_the_row_and_another_card_pays_the_same_invoice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    // This card can be saved and declines when it is charged.
    w.add_card(DECLINES, "bad").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let row = w.row(id).await;
    assert_eq!(row.status, SubscriptionStatus::Incomplete);
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let Some(Waiting::Declined { message, .. }) = &page.waiting else {
        panic!("{:?}", page.waiting)
    };
    assert!(message.contains("declined"), "the bank's words: {message}");
    assert!(page.period.is_none(), "no benefits");
    assert_eq!(row.payment_problem, Some(ChargeProblem::Declined));
    let first = row.first_invoice_id.clone().unwrap();
    // The hosted page of the same invoice takes another card.
    w.fill(&row.payment_url.unwrap(), GOOD).await;
    w.engine.look_again(&w.owner, id).await.unwrap();
    w.drain().await;
    w.is_active_once(id).await;
    assert_eq!(w.row(id).await.first_invoice_id, Some(first), "SU4: never a second one");
}

#[rstest]
#[tokio::test]
async fn su9_unpaid_for_23_hours_ends_and_frees_the_place(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let begun = w.row(id).await.created_at;
    w.to(begun.plus_hours(23).plus_minutes(1)).await;
    let row = w.row(id).await;
    assert_eq!(row.status, SubscriptionStatus::Ended);
    assert_eq!(
        row.end_reason,
        Some(domain::subscriptions::EndReason::IncompleteExpired)
    );
    let next = w.subscribe("again").await.unwrap();
    assert_ne!(next, id);
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn su9_another_pack_of_the_service_replaces_the_unpaid_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let other = Subscribe {
        pack_id: w.other_pack,
        form_key: "other".into(),
        expected_price: Cents(22_000),
    };
    assert_eq!(
        w.engine.subscribe(&w.owner, other).await.unwrap(),
        id,
        "the page of the old one, until it has given way"
    );
    // Whoever looks at it meanwhile is not led to pay for what is given up.
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    assert!(
        matches!(&page.waiting, Some(Waiting::GivesWay { to }) if to == "10 × Logo design"),
        "{:?}",
        page.waiting
    );
    w.drain().await;
    assert_eq!(
        w.row(id).await.end_reason,
        Some(domain::subscriptions::EndReason::Replaced)
    );
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    assert!(page.leads_on, "also where it was over when its page opened");
    let next: SubscriptionId = page.replaced_by.expect("leads to the new one").parse().unwrap();
    assert_eq!(w.row(next).await.pack_id, w.other_pack);
    let open = w.get("/v1/checkout/sessions?limit=10").await["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["status"] == "open")
        .count();
    assert_eq!(open, 1, "the old page is expired");
    w.clock.set(w.engine.now().plus_secs(60));
    let later = w.engine.subscription_view(&w.owner, id).await.unwrap();
    assert!(
        !later.leads_on && later.replaced_by.is_some(),
        "a link, for whoever comes to look"
    );
}

#[rstest]
#[tokio::test]
async fn wh4_two_thousand_deliveries_doubled_and_shuffled_make_one_period(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    // The charge is made by its job; everything after it is told by webhooks alone.
    w.drain().await;
    let events = w.events().await;
    assert!(events.len() >= 10, "WH9: the sequence of a subscribe: {}", events.len());
    let kinds: Vec<&str> = events.iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert!(
        kinds.contains(&"invoice.paid") && kinds.contains(&"customer.subscription.created"),
        "{kinds:?}"
    );
    let mut deliveries: Vec<Value> = Vec::new();
    let mut n = 0_u64;
    while deliveries.len() < 2_000 {
        for event in &events {
            n += 1;
            let mut copy = event.clone();
            // Every fifth comes under another id: Stripe may say one thing twice (WH4).
            if n.is_multiple_of(5) {
                copy["id"] = Value::String(format!("{}_{}", event["id"].as_str().unwrap(), n % 7));
            }
            deliveries.push(copy);
        }
    }
    deliveries.sort_by_cached_key(|e| {
        use std::hash::{DefaultHasher, Hash, Hasher};
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut hasher = DefaultHasher::new();
        (n, e["id"].as_str()).hash(&mut hasher);
        hasher.finish()
    });
    for chunk in deliveries.chunks(16) {
        futures::future::join_all(chunk.iter().map(|e| w.deliver(e))).await;
    }
    w.drain().await;
    w.is_active_once(id).await;
}

#[rstest]
#[tokio::test]
async fn wh9_every_order_of_the_events_ends_the_same(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let Some(Waiting::Page { url, .. }) = page.waiting else {
        panic!("no hosted page")
    };
    w.fill(&url, GOOD).await;
    // Nobody looks: only events tell, in the order last to first, with a gap.
    let mut events = w.events().await;
    events.reverse();
    events.remove(events.len() / 2);
    for event in &events {
        w.deliver(event).await;
        w.drain().await;
    }
    w.is_active_once(id).await;
}

#[rstest]
#[tokio::test]
async fn pd3_a_renewal_opens_at_the_boundary_and_its_payment_follows(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let first = w.periods(id).await.remove(0);
    w.to(first.ends_at).await;
    let periods = w.periods(id).await;
    assert_eq!(periods.len(), 2, "paid or not, the period is open at its boundary");
    assert_eq!(periods[1].starts_at, first.ends_at, "I5");
    // Stripe finalises an hour later and charges; the look that the boundary has planned finds it.
    w.to(first.ends_at.plus_hours(2)).await;
    assert_eq!(w.periods(id).await[1].payment_state, PeriodPayment::Paid);
    assert_eq!(w.charged().await, (2, 80_000));
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn gr1_a_failed_renewal_is_past_due_with_its_benefits(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let Some(Waiting::Page { url, .. }) = page.waiting else {
        panic!("no hosted page")
    };
    w.fill(&url, GOOD).await;
    w.engine.look_again(&w.owner, id).await.unwrap();
    w.drain().await;
    // §24: who wants no mail gets the one of a failed payment all the same.
    w.engine.choose_notices(&w.owner, &[], &[]).await.unwrap();
    // The client's card is replaced by one that declines.
    w.add_card(DECLINES, "bad").await;
    w.pay_with("0341").await;
    let first = w.periods(id).await.remove(0);
    w.to(first.ends_at).await;
    w.to(first.ends_at.plus_hours(3)).await;
    let row = w.row(id).await;
    assert_eq!(row.status, SubscriptionStatus::PastDue);
    let ends = row.grace_period_ends_at.expect("GR1");
    assert!(row.grace_invoice_id.is_some());
    assert!(
        ends > first.ends_at.plus_days(14) && ends < first.ends_at.plus_days(15),
        "14 days from the first try: {ends}"
    );
    let told = "select n.text || ' ' || m.subject from notices n join mails m on m.dedupe_key = n.dedupe_key || ':' || n.user_id
                where n.kind = 'payment_failed' and n.in_bell";
    let told = texts(&w.bench, told).await;
    assert!(
        told.len() == 1 && told[0].contains("Your payment for 20 × Logo design failed."),
        "once, by bell and mail: {told:?}"
    );
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    assert!(page.period.is_some(), "GR3: units stay usable");
    let refused = w
        .engine
        .subscribe(
            &w.owner,
            Subscribe {
                pack_id: w.other_pack,
                form_key: "more".into(),
                expected_price: Cents(22_000),
            },
        )
        .await;
    assert_eq!(refused, Err(AppError::BalanceDue { amount: "$400".into() }), "SU1, GR3");
    w.books_hold().await;
}

#[rstest]
#[case::no_answer_after_commit("timeout_after", "/v1/subscriptions")]
#[case::cut_before("reset", "/v1/subscriptions")]
#[case::stored_500("500_saved", "/v1/subscriptions")]
#[case::busy("429", "/v1/subscriptions")]
#[case::half_a_body("truncated", "/v1/subscriptions")]
#[case::customer_not_answered("reset_after", "/v1/customers")]
#[case::customer_by_a_wrong_key("401", "/v1/customers")]
#[case::customer_stored_500("500_saved", "/v1/customers")]
#[case::subscription_by_a_wrong_key("401", "/v1/subscriptions")]
#[case::product_stored_500("500_saved", "/v1/products")]
#[case::product_made_and_500("500_after_commit", "/v1/products")]
#[case::product_by_a_wrong_key("401", "/v1/products")]
#[case::price_stored_500("500_saved", "/v1/prices")]
#[case::price_made_and_500("500_after_commit", "/v1/prices")]
#[case::page_stored_500("500_saved", "/v1/checkout/sessions")]
#[case::page_made_and_500("500_after_commit", "/v1/checkout/sessions")]
#[case::page_by_a_wrong_key("403", "/v1/checkout/sessions")]
#[tokio::test]
async fn f5_faults_at_the_provider_never_charge_twice(#[case] kind: &str, #[case] path: &str) {
    let Some(w) = world(Backend::Sqlite, PaymentType::PayAsYouGo).await else {
        return;
    };
    let hosted = ["/v1/customers", "/v1/checkout/sessions"].contains(&path);
    if !hosted {
        w.add_card(GOOD, "card").await;
    }
    w.fault(serde_json::json!({ "kind": kind, "path": path, "method": "POST", "count": 1 }))
        .await;
    let id = w.subscribe("k").await.unwrap();
    // Tries go on by their own schedule.
    for _ in 0..8 {
        w.drain().await;
        let now = w.clock.now();
        w.clock.set(now.plus_minutes(2));
    }
    for list in ["customers", "products", "prices"] {
        let all = w.get(&format!("/v1/{list}?limit=10")).await;
        assert_eq!(all["data"].as_array().unwrap().len(), 1, "one of {list}");
    }
    if hosted {
        let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
        let Some(Waiting::Page { url, .. }) = page.waiting else {
            panic!("no hosted page: {:?}", page.waiting)
        };
        w.fill(&url, GOOD).await;
        w.engine.look_again(&w.owner, id).await.unwrap();
        w.drain().await;
    }
    w.is_active_once(id).await;
}

/// GR6, SU2: the answer to "this is the customer's card" never came. Until it stands there, the card stays where Checkout
/// left it, and a day later another key says it.
#[rstest]
#[tokio::test]
async fn e2_a_default_card_that_was_never_answered_is_set_a_day_later(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let Some(Waiting::Page { url, .. }) = page.waiting else {
        panic!("no hosted page: {:?}", page.waiting)
    };
    w.fault(serde_json::json!({ "kind": "reset", "path": "/v1/customers/", "method": "POST", "count": 0 }))
        .await;
    w.fill(&url, GOOD).await;
    w.engine.look_again(&w.owner, id).await.unwrap();
    for hours in [0, 12, 24] {
        w.drain().await;
        let stripe = w.row(id).await.stripe_subscription_id.unwrap();
        let there = w.get(&format!("/v1/subscriptions/{stripe}")).await;
        assert!(
            there["default_payment_method"].is_string(),
            "after {hours} h it still is there"
        );
        let now = w.clock.now();
        w.clock.set(now.plus_hours(12));
    }
    w.no_faults().await;
    w.drain().await;
    let customer = w.get(&format!("/v1/customers/{}", w.customer().await)).await;
    assert!(
        customer["invoice_settings"]["default_payment_method"].is_string(),
        "GR6"
    );
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    let there = w.get(&format!("/v1/subscriptions/{stripe}")).await;
    assert_eq!(there["default_payment_method"], Value::Null, "one place only");
    let methods = w.engine.payment_methods(&w.owner, None).await.unwrap();
    assert_eq!(methods.card.as_deref(), Some("Visa •4242"));
    w.is_active_once(id).await;
}

/// SU9: what was never paid is given up when its hosted page, its subscription and its invoice are over at Stripe, however
/// often one of them cannot be ended.
#[rstest]
#[case::page_busy(false, "429", "POST", "/v1/checkout/sessions/")]
#[case::page_by_a_wrong_key(false, "401", "POST", "/v1/checkout/sessions/")]
#[case::cancel_by_a_wrong_key(true, "401", "DELETE", "/v1/subscriptions/")]
#[case::cancel_stored_500(true, "500_saved", "DELETE", "/v1/subscriptions/")]
#[case::void_stored_500(true, "500_saved", "POST", "/v1/invoices/")]
#[case::void_by_a_wrong_key(true, "403", "POST", "/v1/invoices/")]
#[tokio::test]
async fn e2_a_pack_gives_way_only_when_nothing_of_it_lives(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] declined: bool,
    #[case] kind: &str,
    #[case] method: &str,
    #[case] path: &str,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    if declined {
        w.add_card(DECLINES, "bad").await;
    }
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    w.fault(serde_json::json!({ "kind": kind, "path": path, "method": method, "count": 2 }))
        .await;
    let other = Subscribe {
        pack_id: w.other_pack,
        form_key: "other".into(),
        expected_price: Cents(22_000),
    };
    w.engine.subscribe(&w.owner, other).await.unwrap();
    let over = async || {
        let mut open = 0;
        if declined {
            let stripe = w.row(id).await.stripe_subscription_id.unwrap();
            let there = w.get(&format!("/v1/subscriptions/{stripe}")).await;
            let invoice = there["latest_invoice"].as_str().unwrap();
            let invoice = w.get(&format!("/v1/invoices/{invoice}")).await;
            open += usize::from(there["status"] == "incomplete") + usize::from(invoice["status"] == "open");
        } else {
            let pages = w.get("/v1/checkout/sessions?limit=10").await;
            let mut pages = pages["data"].as_array().unwrap().iter();
            let ours = |s: &&Value| s["metadata"]["pack_subscription_id"] == id.to_string().as_str();
            open += usize::from(pages.find(ours).unwrap()["status"] == "open");
        }
        open == 0
    };
    for _ in 0..6 {
        w.drain().await;
        if w.row(id).await.status == SubscriptionStatus::Ended {
            assert!(over().await, "it ends only when nothing of it lives");
        }
        let now = w.clock.now();
        w.clock.set(now.plus_minutes(2));
    }
    w.drain().await;
    assert!(over().await);
    let row = w.row(id).await;
    assert_eq!(row.end_reason, Some(domain::subscriptions::EndReason::Replaced));
    assert_eq!(w.charged().await, (0, 0));
    assert_eq!(number(&w.bench, "select count(*) from jobs where dead").await, 0);
}

/// Our key is refused for days, while it is being changed: every call, looks included.
#[rstest]
#[case("401")]
#[case("403")]
#[tokio::test]
async fn e1_a_key_that_is_refused_for_a_while_loses_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] kind: &str,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(GOOD, "card").await;
    w.fault(serde_json::json!({ "kind": kind, "path": "/v1/", "count": 0 }))
        .await;
    let id = w.subscribe("k").await.unwrap();
    for _ in 0..8 {
        w.drain().await;
        let now = w.clock.now();
        w.clock.set(now.plus_hours(2));
    }
    assert_eq!(number(&w.bench, "select count(*) from jobs where dead").await, 0);
    let alarms = w.engine.open_alarms(&w.bench.admin).await.unwrap();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!(alarms[0].kind, "Stripe key refused");
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Incomplete);
    w.no_faults().await;
    let now = w.clock.now();
    w.clock.set(now.plus_minutes(2));
    w.drain().await;
    w.is_active_once(id).await;
    // Longer than any other failure is tried again.
    let mut event = w.events().await.remove(0);
    event["id"] = "evt_again".into();
    event["type"] = "customer.updated".into();
    event["data"]["object"]["id"] = w.customer().await.into();
    w.deliver(&event).await;
    w.fault(serde_json::json!({ "kind": kind, "path": "/v1/", "count": 0 }))
        .await;
    for _ in 0..8 {
        w.drain().await;
        let now = w.clock.now();
        w.clock.set(now.plus_hours(12));
    }
    let waiting = "select count(*) from jobs where kind = 'client.card' and not dead";
    assert_eq!(number(&w.bench, waiting).await, 1);
    w.no_faults().await;
    w.drain().await;
    assert_eq!(number(&w.bench, waiting).await, 0);
}

/// STRIPE.md F4: the process dies before and after every call that subscribing makes; what is left is taken up again.
#[rstest]
#[tokio::test]
async fn f4_dying_around_every_call_leaves_one_subscription_and_one_charge(#[values(false, true)] after: bool) {
    let mut covered = 0;
    for n in 0..40 {
        let Some(w) = world(Backend::Sqlite, PaymentType::PayAsYouGo).await else {
            return;
        };
        w.add_card(GOOD, "card").await;
        let dying = Watched::stopping(&w.base, n, after);
        let first = engine_over(&w.bench, dying.clone());
        let id = first
            .subscribe(
                &w.owner,
                Subscribe {
                    pack_id: w.pack,
                    form_key: "k".into(),
                    expected_price: Cents(40_000),
                },
            )
            .await
            .unwrap();
        let life = tokio::spawn(async move { first.drain().await });
        let died = tokio::select! {
            () = dying.stopped.notified() => true,
            () = async { while !life.is_finished() { tokio::task::yield_now().await } } => false,
        };
        life.abort();
        drop(life.await);
        covered += i32::from(died);
        // The next process starts: claims of the dead one are given back, and the work goes on.
        w.engine.plant_jobs().await.unwrap();
        w.drain().await;
        w.is_active_once(id).await;
        let open: Vec<_> = {
            let mut tx = w.engine.db().read().await.unwrap();
            store::makers::stuck_operations(&mut tx, Instant(i64::MAX))
                .await
                .unwrap()
        };
        assert!(open.is_empty(), "nothing is stuck: {open:?}");
        if !died {
            break;
        }
    }
    assert!(covered >= 3, "calls that were died around: {covered}");
}

#[rstest]
#[tokio::test]
async fn su9_a_declined_first_charge_is_tried_once_however_often_jobs_run(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(DECLINES, "bad").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let attempts = || async {
        let charges = w.get("/v1/charges?limit=100").await;
        let all = charges["data"].as_array().unwrap().clone();
        assert!(all.iter().all(|c| c["status"] == "failed"), "{all:?}");
        all.len()
    };
    assert_eq!(attempts().await, 1, "the first charge was tried");
    // Everything that could begin again: every event twice, the poll of the page, the same press, and hours of jobs.
    for hour in 0..22 {
        for event in w.events().await {
            w.deliver(&event).await;
        }
        w.engine.look_again(&w.owner, id).await.unwrap();
        assert_eq!(w.subscribe("k").await.unwrap(), id);
        assert_eq!(w.subscribe(&format!("tab-{hour}")).await.unwrap(), id);
        let now = w.clock.now();
        w.to(now.plus_hours(1)).await;
    }
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Incomplete);
    assert_eq!(attempts().await, 1, "a decline is an answer and no reason to try again");
    let asked = w.get("/v1/subscriptions?limit=10&status=all").await;
    assert_eq!(asked["data"].as_array().unwrap().len(), 1);
    // Only a person's press tries again, once.
    for _ in 0..3 {
        w.engine.retry_first_payment(&w.owner, id, "press").await.unwrap();
        w.drain().await;
    }
    assert_eq!(attempts().await, 2);
    w.books_hold().await;
}
