//! Rules that stand behind many screens and belong to none: each is proved here by its name.

use crate::{
    allowance::{number, run, submit, texts},
    world::{DECLINES, GOOD, Watched, World, engine_over, world},
};
use domain::{
    PaymentType, PeriodPayment, SubscriptionId, SubscriptionStatus,
    billing::view::InvoicesQuery,
    list::PAGE_SIZE,
    work::{RequestQuery, view::Entry},
};
use engine::ports::Clock;
use rstest::rstest;
use serde_json::Value;
use store::testing::Backend;

/// A client with an active pack of 20 on a card.
async fn active(backend: Backend) -> Option<(World, SubscriptionId)> {
    let w = world(backend, PaymentType::Monthly).await?;
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    w.is_active_once(id).await;
    Some((w, id))
}

impl World {
    async fn newest(&self, kind: &str) -> Value {
        let all = self.events().await.into_iter().rev();
        all.into_iter()
            .find(|e| e["type"] == kind)
            .unwrap_or_else(|| panic!("no {kind}"))
    }
}

#[rstest]
#[tokio::test]
async fn st4_a_transition_its_audit_and_its_outbox_row_hold_together_or_not_at_all(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    // What the outbox cannot take, nobody does.
    run(&w.bench, "alter table outbox rename to outbox_away").await;
    w.drain().await;
    assert_eq!(w.charged().await, (1, 40_000), "Stripe has done its part");
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Incomplete);
    assert!(w.periods(id).await.is_empty(), "no grant either");
    let audited = "select count(*) from audit_log where action in ('subscription.active', 'period.opened')";
    assert_eq!(number(&w.bench, audited).await, 0);
    run(&w.bench, "alter table outbox_away rename to outbox").await;
    let now = w.clock.now();
    w.to(now.plus_minutes(1)).await;
    w.is_active_once(id).await;
    // Then it is cancelled at Stripe, and ends here.
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    w.post(reqwest::Method::DELETE, &format!("/v1/subscriptions/{stripe}"), "")
        .await;
    w.deliver(&w.newest("customer.subscription.deleted").await).await;
    w.drain().await;
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Ended);
    let told = texts(
        &w.bench,
        "select a.action || ' from ' || coalesce(a.before, '') from audit_log a join outbox o on o.topic = a.action and o.payload = a.after
         where a.entity = 'subscription' and a.action like 'subscription.%' order by a.at, a.id",
    )
    .await;
    assert_eq!(
        told,
        [
            "subscription.requested from ",
            "subscription.active from {\"status\":\"incomplete\"}",
            "subscription.ended from {\"status\":\"active\"}",
        ],
        "each transition once in both, with what stood before"
    );
}

#[rstest]
#[tokio::test]
async fn pd4_the_anchor_is_stripes_and_is_stored_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id)) = active(backend).await else { return };
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    let there = w.get(&format!("/v1/subscriptions/{stripe}")).await;
    let anchor = domain::Instant::from_secs(there["billing_cycle_anchor"].as_i64().unwrap());
    assert_eq!(w.row(id).await.anchor_at, Some(anchor));
    for _ in 0..3 {
        let ends = w.periods(id).await.last().unwrap().ends_at;
        w.to(ends).await;
        w.to(ends.plus_hours(3)).await;
        w.deliver(&w.newest("customer.subscription.updated").await).await;
        w.drain().await;
        assert_eq!(w.row(id).await.anchor_at, Some(anchor));
    }
    for (k, period) in (0..).zip(w.periods(id).await) {
        assert_eq!(
            Some(period.starts_at),
            domain::subscriptions::period::boundary(anchor, k),
            "PD1: always from the anchor"
        );
    }
}

#[rstest]
#[tokio::test]
async fn in2_a_badge_shows_the_stored_split_whatever_comes_later(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = active(backend).await else { return };
    let service = w.row(id).await.service_id;
    for (key, quantity) in [("covered", 19), ("part", 3), ("beyond", 2)] {
        submit(&w.engine, &w.owner, key, service, quantity).await;
    }
    let badges = || async {
        let mut rows = w
            .engine
            .request_list(&w.owner, &RequestQuery::default())
            .await
            .unwrap()
            .rows;
        rows.sort_by_key(|r| r.number);
        rows.into_iter().map(|r| r.badge.map(|b| b.text)).collect::<Vec<_>>()
    };
    let before = badges().await;
    assert_eq!(
        before,
        [
            Some("Included in Pack".to_owned()),
            Some("1 of 3 in Pack".to_owned()),
            Some("Overage · $50.00".to_owned()),
        ]
    );
    // A new price, a new period full of units, and the end of the pack.
    run(&w.bench, "update services set unit_price_cents = 9900").await;
    let ends = w.periods(id).await[0].ends_at;
    w.to(ends).await;
    assert_eq!(badges().await, before, "a fresh allowance covers nothing of the past");
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    w.post(reqwest::Method::DELETE, &format!("/v1/subscriptions/{stripe}"), "")
        .await;
    w.deliver(&w.newest("customer.subscription.deleted").await).await;
    w.drain().await;
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Ended);
    assert_eq!(badges().await, before);
}

#[rstest]
#[tokio::test]
async fn in4_the_columns_of_monthly_packs(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id)) = active(backend).await else { return };
    let service = w.row(id).await.service_id;
    submit(&w.engine, &w.owner, "much", service, 18).await;
    submit(&w.engine, &w.owner, "more", service, 5).await;
    let page = w.engine.payment_packs(&w.owner).await.unwrap();
    assert!(page.ended.is_empty());
    let [row] = page.live.as_slice() else {
        panic!("{:?}", page.live)
    };
    assert_eq!(
        (row.label.as_str(), row.status_label.as_str()),
        ("20 × Logo design", "Active")
    );
    let period = row.period.clone().unwrap();
    assert_eq!(
        (period.usage.used, period.usage.included, period.usage.remaining()),
        (20, 20, 0)
    );
    assert_eq!(period.bounds, "Mar 10, 9:00 AM CT to Apr 10, 10:00 AM CT");
    assert_eq!((period.overage_units, period.overage.as_str()), (3, "$75.00"));
    assert_eq!(row.renews, "Renews Apr 10, 2027, 10:00 AM CT");
    assert_eq!(
        (row.next_charge.as_str(), row.paid_by.as_str()),
        ("$400.00", "Visa •4242")
    );
    // Set to end, it says so and charges nothing more; ended, it stands apart.
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    let path = format!("/v1/subscriptions/{stripe}");
    w.post(reqwest::Method::POST, &path, "cancel_at_period_end=true").await;
    w.deliver(&w.newest("customer.subscription.updated").await).await;
    w.drain().await;
    let row = w.engine.payment_packs(&w.owner).await.unwrap().live.remove(0);
    assert_eq!(
        (row.renews.as_str(), row.next_charge.as_str()),
        ("Ends Apr 10, 2027, 10:00 AM CT", "–")
    );
    assert_eq!(row.period.unwrap().renewal, "Ends Apr 10, 2027, 10:00 AM CT");
    let ends = w.periods(id).await[0].ends_at;
    w.to(ends).await;
    let page = w.engine.payment_packs(&w.owner).await.unwrap();
    assert!(page.live.is_empty());
    assert_eq!(
        (page.ended[0].renews.as_str(), page.ended[0].period.as_ref()),
        ("Ended Apr 10, 2027", None)
    );
}

#[rstest]
#[tokio::test]
async fn gr10_renewed_is_said_after_the_payment_and_never_with_a_failure(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = active(backend).await else { return };
    let renewed = "select count(*) from mails where dedupe_key like 'renewed:%'";
    let ends = w.periods(id).await[0].ends_at;
    w.to(ends).await;
    assert_eq!(w.periods(id).await.len(), 2, "the period is open");
    w.deliver(&w.newest("invoice.created").await).await;
    w.drain().await;
    assert_eq!(number(&w.bench, renewed).await, 0, "and nobody has paid");
    w.to(ends.plus_hours(2)).await;
    assert_eq!(w.periods(id).await[1].payment_state, PeriodPayment::Paid);
    for event in w.events().await {
        w.deliver(&event).await;
    }
    w.drain().await;
    assert_eq!(number(&w.bench, renewed).await, 1, "once, however often it is told");
    // The next one fails.
    let customer = w.get("/v1/customers?limit=1").await["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    w.add_card(DECLINES, "bad").await;
    let cards = w
        .get(&format!("/v1/payment_methods?customer={customer}&type=card"))
        .await;
    let bad = cards["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["card"]["last4"] == "0341")
        .unwrap()["id"]
        .clone();
    let set = format!("invoice_settings[default_payment_method]={}", bad.as_str().unwrap());
    w.post(reqwest::Method::POST, &format!("/v1/customers/{customer}"), &set)
        .await;
    let ends = w.periods(id).await[1].ends_at;
    w.to(ends).await;
    w.to(ends.plus_hours(3)).await;
    assert_eq!(w.row(id).await.status, SubscriptionStatus::PastDue);
    assert_eq!(number(&w.bench, renewed).await, 1);
}

#[rstest]
#[tokio::test]
async fn iv1_every_invoice_of_stripe_stands_here_as_it_stands_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = active(backend).await else { return };
    let ends = w.periods(id).await[0].ends_at;
    w.to(ends).await;
    w.to(ends.plus_hours(2)).await;
    let there = w.get("/v1/invoices?limit=10").await["data"].as_array().unwrap().clone();
    let here = w
        .engine
        .invoices(&w.owner, &InvoicesQuery::default())
        .await
        .unwrap()
        .rows;
    assert_eq!((there.len(), here.len()), (2, 2));
    for (there, here) in there.iter().zip(&here) {
        let word = |key: &str| there[key].as_str().map(str::to_owned);
        assert_eq!(Some(here.number.clone()), word("number"));
        assert_eq!(Some(here.status.clone()), word("status"));
        assert_eq!(here.url, word("hosted_invoice_url"));
        assert_eq!(here.pdf, word("invoice_pdf"));
        assert!(here.url.is_some() && here.pdf.is_some());
        assert_eq!(
            (here.amount.as_str(), there["amount_due"].as_i64()),
            ("$400.00", Some(40_000))
        );
        assert_eq!(here.description, "20 × Logo design");
        let line = &there["lines"]["data"][0];
        let words = format!("{}: $400.00", line["description"].as_str().unwrap());
        assert_eq!(here.lines, [words]);
    }
    assert_eq!(
        number(
            &w.bench,
            "select count(*) from invoices i join periods p on p.id = i.period_id and p.stripe_invoice_id = i.id"
        )
        .await,
        2,
        "each beside the period that it pays"
    );
}

/// Years of invoices, many of them of one second: every one stands on one page.
#[rstest]
#[tokio::test]
async fn iv1_invoices_stand_in_pages(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, _)) = active(backend).await else { return };
    run(
        &w.bench,
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 70)
         insert into invoices (id, client_id, number, status, amount_due, amount_paid, currency, created_at, synced_at)
         select 'in_' || n.i, i.client_id, 'N-' || n.i, case when n.i = 9 then 'draft' else 'paid' end, 100, 100, 'usd', 1000 + n.i / 30, 1
         from n cross join invoices i",
    )
    .await;
    let mut query = InvoicesQuery::default();
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let page = w.engine.invoices(&w.owner, &query).await.unwrap();
        assert!(page.rows.len() <= PAGE_SIZE as usize);
        pages += 1;
        seen.extend(page.rows.into_iter().map(|row| row.number));
        let Some(next) = page.next else { break };
        query.after = next;
    }
    assert_eq!((pages, seen.len()), (3, 70), "the first pack's, and all but the draft");
    assert_ne!(seen[0], "N-70", "newest first: the one that Stripe made");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 70, "none twice");
}

#[rstest]
#[tokio::test]
async fn rq6_what_happened_to_a_request_is_its_timeline(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = active(backend).await else { return };
    let service = w.row(id).await.service_id;
    let submitted = w.clock.now().plus_hours(5);
    w.to(submitted).await;
    let done = submit(&w.engine, &w.owner, "one", service, 2).await;
    let later = w.clock.now().plus_hours(5);
    w.to(later).await;
    let view = w.engine.request(&w.owner, done.id.parse().unwrap()).await.unwrap();
    let [Entry::Event(event)] = view.stream.as_slice() else {
        panic!("{:?}", view.stream)
    };
    assert_eq!(event.at.iso, submitted.rfc3339(), "the instant");
    assert!(event.text.contains(&w.owner.name), "and who: {}", event.text);
    assert_eq!(
        texts(
            &w.bench,
            "select e.kind || ' by ' || u.role from request_events e join users u on u.id = e.actor_id"
        )
        .await,
        ["submitted by client_owner"]
    );
}

#[rstest]
#[tokio::test]
async fn wh5_metadata_that_names_ours_links_and_what_nobody_knows_is_parked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    w.add_card(GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    // Product, price, subscription: the process dies before it learns the subscription's id.
    let dying = Watched::stopping(&w.base, 2, true);
    let first = engine_over(&w.bench, dying.clone());
    let life = tokio::spawn(async move { first.drain().await });
    dying.stopped.notified().await;
    life.abort();
    drop(life.await);
    assert_eq!(w.row(id).await.stripe_subscription_id, None);
    // Nobody takes its work up: only the event tells, and is looked at once the dead one's lease has run out.
    run(&w.bench, "delete from jobs where kind = 'subscription.start'").await;
    let mut created = w.newest("customer.subscription.created").await;
    w.deliver(&created).await;
    w.drain().await;
    let now = w.clock.now();
    w.to(now.plus_minutes(3)).await;
    assert_eq!(
        w.row(id).await.stripe_subscription_id.as_deref(),
        created["data"]["object"]["id"].as_str(),
        "linked by its metadata"
    );
    w.is_active_once(id).await;
    // The same of a subscription that nobody here made.
    created["id"] = "evt_stranger".into();
    created["data"]["object"]["id"] = "sub_stranger".into();
    created["data"]["object"]["metadata"] = serde_json::json!({});
    w.deliver(&created).await;
    w.drain().await;
    // And one that says it is ours while ours is linked already.
    created["id"] = "evt_impostor".into();
    created["data"]["object"]["id"] = "sub_impostor".into();
    created["data"]["object"]["metadata"] = serde_json::json!({ "pack_subscription_id": id.to_string() });
    w.deliver(&created).await;
    w.drain().await;
    let parked =
        "select id || ' ' || state from stripe_events where id in ('evt_stranger', 'evt_impostor') order by id";
    assert_eq!(
        texts(&w.bench, parked).await,
        ["evt_impostor unmatched", "evt_stranger unmatched"]
    );
    assert_eq!(
        number(&w.bench, "select count(*) from jobs where kind = 'event'").await,
        0,
        "no loop"
    );
    w.is_active_once(id).await;
}

#[rstest]
#[tokio::test]
async fn wh5_an_event_links_nothing_before_it_was_looked_at(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    // Someone else's subscription of the same Stripe account, which says that it is ours.
    let customer = w.post(reqwest::Method::POST, "/v1/customers", "name=Other").await;
    let other = customer["id"].as_str().unwrap();
    let price = w.get("/v1/prices?limit=1").await["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let made = format!(
        "customer={other}&items[0][price]={price}&metadata[pack_subscription_id]={id}&payment_behavior=default_incomplete&billing_mode[type]=flexible"
    );
    w.post(reqwest::Method::POST, "/v1/subscriptions", &made).await;
    let theirs = w.newest("customer.subscription.created").await;
    let mut nobodys = theirs.clone();
    nobodys["id"] = "evt_made_up".into();
    nobodys["data"]["object"]["id"] = "sub_x".into();
    for event in [theirs, nobodys] {
        w.deliver(&event).await;
        w.drain().await;
        assert_eq!(w.row(id).await.stripe_subscription_id, None, "nothing is linked");
    }
    let told = "select kind from alarms where entity = 'subscription'";
    assert_eq!(
        texts(&w.bench, told).await,
        ["foreign_subscription", "foreign_subscription"]
    );
    // The client pays, and has the pack.
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let Some(domain::subscriptions::view::Waiting::Page { url, .. }) = page.waiting else {
        panic!("no hosted page: {:?}", page.waiting)
    };
    w.fill(&url, GOOD).await;
    w.engine.look_again(&w.owner, id).await.unwrap();
    w.drain().await;
    w.is_active_once(id).await;
}

impl World {
    /// The open alarms, as the table has them.
    async fn alarm_words(&self) -> Vec<String> {
        let open = "select kind || ': ' || detail from alarms where resolved_at is null order by kind, detail";
        texts(&self.bench, open).await
    }
}

/// Ended here and alive there: somebody resumed it at Stripe, and we never heard of it.
#[rstest]
#[case::resumed(true)]
#[case::as_it_should_be(false)]
#[tokio::test]
async fn e3_what_has_ended_here_and_lives_on_at_stripe_is_told(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] resumed: bool,
) {
    let Some((w, id)) = active(backend).await else { return };
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    let path = format!("/v1/subscriptions/{stripe}");
    let ends = w.periods(id).await[0].ends_at;
    w.post(reqwest::Method::POST, &path, "cancel_at_period_end=true").await;
    w.deliver(&w.newest("customer.subscription.updated").await).await;
    w.drain().await;
    assert_eq!(w.row(id).await.cancel_at, Some(ends));
    // Nothing looks by itself until its end.
    w.to(ends.plus_days(-1)).await;
    if resumed {
        w.post(reqwest::Method::POST, &path, "cancel_at_period_end=false").await;
    }
    w.to(ends).await;
    assert_eq!(w.row(id).await.status, SubscriptionStatus::Ended);
    // No event comes of what Stripe does then.
    for hours in [1, 2, 3] {
        w.to(ends.plus_hours(hours)).await;
    }
    let told = w.alarm_words().await;
    if resumed {
        let kinds: Vec<&str> = told.iter().filter_map(|t| t.split(':').next()).collect();
        assert_eq!(kinds, ["alive_after_end", "paid_after_end"], "{told:?}");
    } else {
        assert!(told.is_empty(), "{told:?}");
    }
}

/// Somebody doubled the quantity at Stripe: the price is the same, and so nothing else would notice.
#[rstest]
#[tokio::test]
async fn e3_a_renewal_of_another_amount_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id)) = active(backend).await else { return };
    assert!(w.alarm_words().await.is_empty());
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    let path = format!("/v1/subscriptions/{stripe}");
    let there = w.get(&path).await;
    let item = there["items"]["data"][0]["id"].as_str().unwrap();
    let doubled = format!("items[0][id]={item}&items[0][quantity]=2&proration_behavior=none");
    w.post(reqwest::Method::POST, &path, &doubled).await;
    let ends = w.periods(id).await[0].ends_at;
    w.to(ends).await;
    for hours in [1, 2, 3] {
        w.to(ends.plus_hours(hours)).await;
    }
    assert_eq!(w.periods(id).await[1].payment_state, PeriodPayment::Paid);
    assert_eq!(
        w.alarm_words().await,
        ["amount_mismatch: Period 2: 800.00 usd billed, 400.00 usd expected"]
    );
}

/// §7: an invoice that Stripe cannot make final.
#[rstest]
#[tokio::test]
async fn e3_an_invoice_that_is_stuck_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((w, id)) = active(backend).await else { return };
    let set = w
        .http
        .post(format!("{}/_sandbox/settings", w.base))
        .header("content-type", "application/json")
        .body("{\"fail_finalization\":1}");
    assert!(set.send().await.unwrap().status().is_success());
    let ends = w.periods(id).await[0].ends_at;
    w.to(ends).await;
    for hours in [1, 2, 3] {
        w.to(ends.plus_hours(hours)).await;
    }
    w.deliver(&w.newest("invoice.finalization_failed").await).await;
    w.drain().await;
    let told = w.alarm_words().await;
    assert!(
        told.len() == 1 && told[0].starts_with("invoice_stuck: The invoice could not be finalized."),
        "{told:?}"
    );
}

#[rstest]
#[case::disputed("4000000000000259")]
#[case::refund_fails("4000000000005126")]
#[tokio::test]
async fn e3_disputes_and_refunds_that_fail_are_told(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] card: &str,
) {
    let Some(w) = world(backend, PaymentType::Monthly).await else {
        return;
    };
    w.add_card(card, "card").await;
    w.subscribe("k").await.unwrap();
    w.drain().await;
    let charge = w.get("/v1/charges?limit=1").await["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let refunded = card == "4000000000005126";
    if refunded {
        w.post(reqwest::Method::POST, "/v1/refunds", &format!("charge={charge}"))
            .await;
    }
    let now = w.clock.now();
    w.to(now.plus_hours(1)).await;
    let kinds = if refunded {
        &["refund.failed", "refund.updated"][..]
    } else {
        &["charge.dispute.created"]
    };
    for kind in kinds {
        w.deliver(&w.newest(kind).await).await;
        w.drain().await;
    }
    let told = w.alarm_words().await;
    let wanted = if refunded {
        format!("refund_failed: $400.00 of charge {charge} did not reach the client: expired_or_canceled_card")
    } else {
        format!("dispute: $400.00 of charge {charge} is disputed: ")
    };
    assert!(told.len() == 1 && told[0].starts_with(&wanted), "{told:?}");
    let unheard = "select cast(count(*) as bigint) from stripe_events where state <> 'processed'";
    assert_eq!(number(&w.bench, unheard).await, 0);
}

/// A hosted page that was paid although its pack was over here.
#[rstest]
#[tokio::test]
async fn e3_money_for_a_pack_that_had_ended_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let Some(domain::subscriptions::view::Waiting::Page { url, .. }) = page.waiting else {
        panic!("no hosted page: {:?}", page.waiting)
    };
    run(
        &w.bench,
        "update subscriptions set status = 'ended', end_reason = 'incomplete_expired', ended_at = created_at, payment_url = null",
    )
    .await;
    w.fill(&url, GOOD).await;
    for _ in 0..2 {
        w.deliver(&w.newest("invoice.paid").await).await;
        w.drain().await;
    }
    let told = w.alarm_words().await;
    let told: Vec<&str> = told
        .iter()
        .map(String::as_str)
        .filter(|t| t.starts_with("paid"))
        .collect();
    assert_eq!(
        told,
        ["paid_after_end: $400.00 paid, and its pack was given up or had ended"]
    );
}

#[rstest]
#[tokio::test]
async fn gr6_a_renewal_does_not_bring_the_old_card_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((w, id)) = active(backend).await else { return };
    let stripe = w.row(id).await.stripe_subscription_id.unwrap();
    let ends = w.periods(id).await[0].ends_at;
    w.to(ends).await;
    w.to(ends.plus_hours(2)).await;
    // Stripe leaves the card that it charged on the subscription; it is taken off again each time.
    let there = w.get(&format!("/v1/subscriptions/{stripe}")).await;
    assert_eq!(there["default_payment_method"], Value::Null, "one place only");
    w.add_card("5555555555554444", "new").await;
    let customer = w.get("/v1/customers?limit=1").await["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let cards = w
        .get(&format!("/v1/payment_methods?customer={customer}&type=card"))
        .await;
    let all = cards["data"].as_array().unwrap();
    let card = |last4: &str| {
        let found = all.iter().find(|c| c["card"]["last4"] == last4).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let set = format!("invoice_settings[default_payment_method]={}", card("4444"));
    w.post(reqwest::Method::POST, &format!("/v1/customers/{customer}"), &set)
        .await;
    // What a renewal left there meanwhile is no newer word than the client's.
    let left = format!("default_payment_method={}", card("4242"));
    w.post(reqwest::Method::POST, &format!("/v1/subscriptions/{stripe}"), &left)
        .await;
    w.deliver(&w.newest("customer.updated").await).await;
    w.drain().await;
    let methods = w.engine.payment_methods(&w.owner, None).await.unwrap();
    assert_eq!(methods.card.as_deref(), Some("Mastercard •4444"));
    let there = w.get(&format!("/v1/subscriptions/{stripe}")).await;
    assert_eq!(there["default_payment_method"], Value::Null);
}

/// Names that begin as an action does and are none: jobs, calls of the payment provider, templates.
const NO_ACTIONS: &[&str] = &[
    "client.card",
    "client.setup",
    "mail.html",
    "mail.txt",
    "subscription.cancel",
    "subscription.card",
    "subscription.create",
    "subscription.give_up",
    "subscription.pay",
    "subscription.periods",
    "subscription.price",
    "subscription.renewal",
    "subscription.see",
    "subscription.start",
    "subscription.sync",
    "subscription.terms",
];

/// The names in quotes, single ones in SQL included, that are of a thing the audit log speaks of: "pack.created".
fn actions_in(text: &str) -> Vec<String> {
    let things = [
        "agency",
        "alarm",
        "assignment",
        "client",
        "client_price",
        "mail",
        "pack",
        "payable",
        "period",
        "request",
        "service",
        "subscription",
        "user",
        "vendor",
    ];
    text.split(['"', '\''])
        .filter(|quoted| {
            quoted.split_once('.').is_some_and(|(thing, done)| {
                let word = |c: char| c.is_ascii_lowercase() || c == '_';
                things.contains(&thing) && !done.is_empty() && done.chars().all(word)
            })
        })
        .map(str::to_owned)
        .collect()
}

/// §26: what is written into the audit log is read as a sentence. `event.…` and the states of subscriptions are put together from
/// words, and stand in the table by hand.
#[test]
fn s26_each_action_that_is_written_has_its_sentence() {
    fn sources(folder: &std::path::Path, all: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, all);
            } else if path.extension().is_some_and(|end| end == "rs") {
                all.push(path);
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "../store/src"] {
        sources(&root.join(folder), &mut files);
    }
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let text: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for action in actions_in(&text.join("\n")) {
            if NO_ACTIONS.contains(&action.as_str()) {
                continue;
            }
            let said = domain::operate::audit::sentence(&action, Some("it"));
            let unknown = format!("{}: it", action.replace(['_', '.'], " "));
            assert_ne!(said, unknown, "{action} in {}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}
