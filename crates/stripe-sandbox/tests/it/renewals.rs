//! What time does: anniversaries, drafts, retries, cancellation, changes.

use serde_json::{Value, json};
use stripe_sandbox::time::{boundary, next_boundary};

use crate::common::*;

#[test]
fn pd1_boundaries_are_computed_from_the_anchor() {
    let days = |from: &str, n: i64| -> Vec<String> {
        (1..=n)
            .map(|k| {
                let at = boundary(at(from), "month", 1, k).unwrap();
                jiff::Timestamp::from_second(at).unwrap().to_string()[..10].to_owned()
            })
            .collect()
    };
    assert_eq!(
        days("2027-01-31T18:00:00Z", 4),
        ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    );
    assert_eq!(days("2028-01-31T00:00:00Z", 2), ["2028-02-29", "2028-03-31"]);
    assert_eq!(days("2027-01-29T00:00:00Z", 2), ["2027-02-28", "2027-03-29"]);
    assert_eq!(days("2028-02-29T00:00:00Z", 13)[11..], ["2029-02-28", "2029-03-29"]);
}

proptest::proptest! {
    #[test]
    fn pd1_the_anchor_day_comes_back_whenever_the_month_has_it(anchor in 1_700_000_000_i64..2_000_000_000, k in 1_i64..240) {
        let z = |s: i64| jiff::Timestamp::from_second(s).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        let b = boundary(anchor, "month", 1, k).unwrap();
        let (a, d) = (z(anchor), z(b));
        proptest::prop_assert_eq!(d.day(), a.day().min(d.days_in_month()));
        proptest::prop_assert_eq!(d.time(), a.time());
        let months = |x: &jiff::Zoned| i64::from(x.year()) * 12 + i64::from(x.month());
        proptest::prop_assert_eq!(months(&d) - months(&a), k);
        proptest::prop_assert_eq!(next_boundary(anchor, "month", 1, boundary(anchor, "month", 1, k - 1).unwrap()).unwrap(), b);
    }
}

#[tokio::test]
async fn pd1_two_years_of_renewals_from_the_31st() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let sub = t.subscribe(&customer, &t.price("45000").await).await;
    let anchor = at("2027-01-31T18:00:00Z");
    for k in 1..=24 {
        let start = boundary(anchor, "month", 1, k).unwrap();
        t.advance(start).await;
        let now = t
            .get(&format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(&sub)))
            .await;
        assert_eq!(
            period(&now),
            (start, boundary(anchor, "month", 1, k + 1).unwrap()),
            "period {k}"
        );
        assert_eq!(now["status"], "active");
        let inv = &now["latest_invoice"];
        // The period moves before the money: a draft for an hour.
        assert_eq!(
            (&inv["status"], &inv["billing_reason"]),
            (&json!("draft"), &json!("subscription_cycle"))
        );
        assert_eq!(inv["created"], start);
        assert_eq!(inv["automatically_finalizes_at"], start + 3600);
        assert_eq!(inv["lines"]["data"][0]["period"]["start"], start);
        assert_eq!(
            inv["period_start"],
            boundary(anchor, "month", 1, k - 1).unwrap(),
            "an invoice's own period looks back"
        );
        assert_eq!(inv["period_end"], start);
        t.advance(start + 3599).await;
        assert_eq!(t.get(&format!("/v1/invoices/{}", id(inv))).await["status"], "draft");
        t.advance(start + 3600).await;
        assert_eq!(t.get(&format!("/v1/invoices/{}", id(inv))).await["status"], "paid");
    }
    let ledger = t.look("ledger").await;
    assert_eq!(
        ledger["total"],
        json!({"charged": 25 * 45_000, "refunded": 0, "charges": 25})
    );
    assert!(
        ledger["invoices"]
            .as_object()
            .unwrap()
            .values()
            .all(|i| i["charges"] == 1)
    );
    let events = t.events().await;
    assert!(
        events
            .iter()
            .all(|e| e["created"].as_i64().unwrap() > at("2028-12-30T00:00:00Z")),
        "events are kept for 30 days"
    );
}

#[tokio::test]
async fn a_jump_walks_through_every_instant_in_between() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    t.subscribe(&customer, &t.price("45000").await).await;
    t.hand.set(at("2027-06-30T18:00:00Z") * 1_000_000);
    let done = t.sandbox.run_due().await;
    assert_eq!(
        done, 9,
        "five renewals and the four finalisations before the last of them"
    );
    let invoices = t.get(&format!("/v1/invoices?customer={customer}&limit=100")).await;
    let created: Vec<i64> = invoices["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["created"].as_i64().unwrap())
        .collect();
    assert_eq!(created[1], at("2027-05-31T18:00:00Z"));
    let paid_at = &invoices["data"][1]["status_transitions"]["paid_at"];
    assert_eq!(*paid_at, at("2027-05-31T19:00:00Z"));
    assert_eq!(t.sandbox.next_due(), Some(at("2027-06-30T19:00:00Z") * 1_000_000));
}

async fn failing(t: &Stripe) -> (String, Value) {
    let (customer, _) = t.payer("pm_card_visa").await;
    let sub = t.subscribe(&customer, &t.price("45000").await).await;
    let bad = t
        .post(
            "/v1/payment_methods/pm_card_chargeCustomerFail/attach",
            &[("customer", &customer)],
        )
        .await;
    t.post(
        &format!("/v1/customers/{customer}"),
        &[("invoice_settings[default_payment_method]", &id(&bad))],
    )
    .await;
    (customer, sub)
}

#[tokio::test]
async fn gr1_a_failed_renewal_is_past_due_and_retried_and_recovers() {
    let t = Stripe::start().await;
    let (customer, sub) = failing(&t).await;
    let open = at("2027-02-28T19:00:00Z");
    t.advance(open).await;
    let now = t
        .get(&format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(&sub)))
        .await;
    assert_eq!(now["status"], "past_due");
    let inv = &now["latest_invoice"];
    assert_eq!(
        (&inv["status"], &inv["attempt_count"], &inv["attempted"]),
        (&json!("open"), &json!(1), &json!(true))
    );
    assert_eq!(inv["next_payment_attempt"], open + 86_400);
    assert_eq!(t.get(&format!("/v1/customers/{customer}")).await["delinquent"], true);
    t.advance(open + 86_400).await;
    let again = t.get(&format!("/v1/invoices/{}", id(inv))).await;
    assert_eq!(
        (&again["attempt_count"], &again["next_payment_attempt"]),
        (&json!(2), &json!(open + 3 * 86_400))
    );
    // A good card, and the next retry succeeds.
    let good = t
        .post("/v1/payment_methods/pm_card_visa/attach", &[("customer", &customer)])
        .await;
    t.post(
        &format!("/v1/customers/{customer}"),
        &[("invoice_settings[default_payment_method]", &id(&good))],
    )
    .await;
    t.advance(open + 3 * 86_400).await;
    let paid = t.get(&format!("/v1/invoices/{}", id(inv))).await;
    assert_eq!((&paid["status"], &paid["attempt_count"]), (&json!("paid"), &json!(3)));
    assert_eq!(
        t.get(&format!("/v1/subscriptions/{}", id(&sub))).await["status"],
        "active"
    );
    let types = t.event_types().await;
    assert_eq!(types.iter().filter(|x| *x == "invoice.payment_failed").count(), 2);
    assert_eq!(
        types.iter().filter(|x| *x == "invoice.paid").count(),
        1,
        "the first is older than 30 days"
    );
}

#[tokio::test]
async fn gr1_after_the_last_retry_it_stays_past_due_until_somebody_pays() {
    let t = Stripe::start().await;
    let (customer, sub) = failing(&t).await;
    t.advance(at("2027-03-20T00:00:00Z")).await;
    let now = t
        .get(&format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(&sub)))
        .await;
    assert_eq!(
        (&now["status"], &now["latest_invoice"]["attempt_count"]),
        (&json!("past_due"), &json!(9))
    );
    assert_eq!(now["latest_invoice"]["next_payment_attempt"], json!(null));
    let good = t
        .post("/v1/payment_methods/pm_card_visa/attach", &[("customer", &customer)])
        .await;
    let url = format!("/v1/invoices/{}/pay", id(&now["latest_invoice"]));
    t.post(&url, &[("payment_method", &id(&good)), ("off_session", "true")])
        .await;
    assert_eq!(
        t.get(&format!("/v1/subscriptions/{}", id(&sub))).await["status"],
        "active"
    );
    assert_eq!(t.fails(&url, &[], 400).await["code"], "invoice_already_paid");
}

#[tokio::test]
async fn gr1_the_account_can_end_or_suspend_after_the_last_retry() {
    for (setting, status) in [("canceled", "canceled"), ("unpaid", "unpaid")] {
        let t = Stripe::start().await;
        t.knob("settings", json!({"after_retries": setting, "retries": [3600, 7200]}))
            .await;
        let (customer, sub) = failing(&t).await;
        t.advance(at("2027-02-28T21:00:00Z")).await;
        let now = t.get(&format!("/v1/subscriptions/{}", id(&sub))).await;
        assert_eq!(now["status"], status);
        t.advance(at("2027-03-31T20:00:00Z")).await;
        let newest = &t.get(&format!("/v1/invoices?customer={customer}")).await["data"][0];
        let expected = if status == "unpaid" {
            ("draft", at("2027-03-31T18:00:00Z"))
        } else {
            ("open", at("2027-02-28T18:00:00Z"))
        };
        assert_eq!(
            (newest["status"].as_str(), newest["created"].as_i64()),
            (Some(expected.0), Some(expected.1))
        );
    }
}

#[tokio::test]
async fn un1_unsubscribing_ends_at_the_boundary_and_can_be_undone() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let sub = t.subscribe(&customer, &t.price("45000").await).await;
    let path = format!("/v1/subscriptions/{}", id(&sub));
    let off = t
        .post(
            &path,
            &[
                ("cancel_at_period_end", "true"),
                ("cancellation_details[comment]", "too busy"),
            ],
        )
        .await;
    assert_eq!(off["status"], "active");
    assert_eq!(off["cancel_at"], period(&sub).1);
    assert_eq!(off["canceled_at"], at("2027-01-31T18:00:00Z"));
    assert_eq!(off["cancellation_details"]["reason"], "cancellation_requested");
    let on = t.post(&path, &[("cancel_at_period_end", "false")]).await;
    assert_eq!(
        (
            &on["cancel_at"],
            &on["canceled_at"],
            &on["cancellation_details"]["reason"]
        ),
        (&json!(null), &json!(null), &json!(null))
    );
    t.post(&path, &[("cancel_at_period_end", "true")]).await;
    t.advance(period(&sub).1).await;
    let ended = t.get(&path).await;
    assert_eq!(
        (&ended["status"], &ended["ended_at"]),
        (&json!("canceled"), &json!(period(&sub).1))
    );
    assert_eq!(t.look("ledger").await["total"]["charges"], 1);
    assert!(
        t.event_types()
            .await
            .contains(&"customer.subscription.deleted".to_owned())
    );
    t.fails(&path, &[("cancel_at_period_end", "false")], 400).await;
    t.post(&path, &[("metadata[a]", "b")]).await;
}

#[tokio::test]
async fn cancelling_now_stops_collecting_open_invoices() {
    let t = Stripe::start().await;
    let (_, sub) = failing(&t).await;
    t.advance(at("2027-02-28T19:00:00Z")).await;
    let gone = t.delete(&format!("/v1/subscriptions/{}", id(&sub))).await;
    assert_eq!(gone["status"], "canceled");
    let inv = t
        .get(&format!("/v1/invoices/{}", gone["latest_invoice"].as_str().unwrap()))
        .await;
    assert_eq!(
        (&inv["status"], &inv["auto_advance"], &inv["next_payment_attempt"]),
        (&json!("open"), &json!(false), &json!(null))
    );
    let (status, _) = t
        .send(t.request("DELETE", &format!("/v1/subscriptions/{}", id(&sub))))
        .await;
    assert_eq!(status, 404);
    t.event_types().await;
    // An incomplete one expires instead, and owes nothing.
    let (customer, _) = t.payer("pm_card_chargeCustomerFail").await;
    let sub = t.subscribe(&customer, &t.price("45000").await).await;
    let gone = t.delete(&format!("/v1/subscriptions/{}", id(&sub))).await;
    assert_eq!(gone["status"], "incomplete_expired");
    assert_eq!(
        t.get(&format!("/v1/invoices/{}", gone["latest_invoice"].as_str().unwrap()))
            .await["status"],
        "void"
    );
}

#[tokio::test]
async fn ch1_a_price_change_without_proration_bills_from_the_next_cycle() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let (small, big) = (t.price("45000").await, t.price("80000").await);
    let sub = t.subscribe(&customer, &small).await;
    let item = sub["items"]["data"][0]["id"].as_str().unwrap();
    let path = format!("/v1/subscriptions/{}", id(&sub));
    let changed = t
        .post(
            &path,
            &[
                ("items[0][id]", item),
                ("items[0][price]", &*big),
                ("proration_behavior", "none"),
            ],
        )
        .await;
    assert_eq!(period(&changed), period(&sub), "the anchor does not move");
    assert_eq!(changed["items"]["data"][0]["price"]["id"], big);
    assert_eq!(t.look("ledger").await["total"]["charged"], 45_000);
    let events = t.events().await;
    let before = &events
        .iter()
        .rfind(|e| e["type"] == "customer.subscription.updated")
        .unwrap()["data"]["previous_attributes"];
    assert_eq!(before["items"]["data"][0]["price"]["id"], small);
    t.advance(at("2027-02-28T19:00:00Z")).await;
    assert_eq!(t.look("ledger").await["total"]["charged"], 45_000 + 80_000);
    // In the hour of the draft a change comes too late for this cycle.
    t.advance(at("2027-03-31T18:00:00Z")).await;
    t.post(
        &path,
        &[
            ("items[0][id]", item),
            ("items[0][price]", &*small),
            ("proration_behavior", "none"),
        ],
    )
    .await;
    t.advance(at("2027-03-31T19:00:00Z")).await;
    assert_eq!(t.look("ledger").await["total"]["charged"], 45_000 + 2 * 80_000);
    let e = t
        .fails(
            &path,
            &[("items[0][id]", "si_nobody"), ("items[0][price]", &*small)],
            400,
        )
        .await;
    assert_eq!(e["code"], "resource_missing");
}

#[tokio::test]
async fn prorations_wait_for_the_next_invoice() {
    let t = Stripe::start_at("2027-04-01T00:00:00Z", None).await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let (small, big) = (t.price("30000").await, t.price("60000").await);
    let sub = t.subscribe(&customer, &small).await;
    t.advance(at("2027-04-16T00:00:00Z")).await;
    let item = sub["items"]["data"][0]["id"].as_str().unwrap();
    t.post(
        &format!("/v1/subscriptions/{}", id(&sub)),
        &[("items[0][id]", item), ("items[0][price]", &*big)],
    )
    .await;
    let pending = t
        .get(&format!("/v1/invoiceitems?customer={customer}&pending=true"))
        .await;
    let sum: i64 = pending["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["amount"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 15_000, "half a month of the difference");
    t.advance(at("2027-05-01T01:00:00Z")).await;
    assert_eq!(t.look("ledger").await["total"]["charged"], 30_000 + 60_000 + 15_000);
    t.event_types().await;
}

#[tokio::test]
async fn a_finalisation_that_fails_leaves_a_draft_until_somebody_acts() {
    let t = Stripe::start().await;
    t.knob("settings", json!({"fail_finalization": 1})).await;
    let (customer, _) = t.payer("pm_card_visa").await;
    t.subscribe(&customer, &t.price("45000").await).await;
    t.advance(at("2027-03-02T00:00:00Z")).await;
    let inv = t.get("/v1/invoices").await["data"][0].clone();
    assert_eq!(
        (&inv["status"], &inv["last_finalization_error"]["type"]),
        (&json!("draft"), &json!("api_error"))
    );
    assert!(
        t.event_types()
            .await
            .contains(&"invoice.finalization_failed".to_owned())
    );
    assert_eq!(
        t.post(&format!("/v1/invoices/{}/pay", id(&inv)), &[]).await["status"],
        "paid"
    );
}

#[tokio::test]
async fn a_first_attempt_by_hand_within_the_draft_hour_starts_the_retries() {
    let t = Stripe::start().await;
    let (_, sub) = failing(&t).await;
    let start = period(&sub).1;
    t.advance(start).await;
    let inv = t.get(&format!("/v1/subscriptions/{}", id(&sub))).await["latest_invoice"]
        .as_str()
        .unwrap()
        .to_owned();
    t.fails(&format!("/v1/invoices/{inv}/pay"), &[], 402).await;
    let now = t.get(&format!("/v1/invoices/{inv}")).await;
    assert_eq!(
        (&now["attempt_count"], &now["next_payment_attempt"]),
        (&json!(1), &json!(start + 86_400))
    );
    assert_eq!(
        t.get(&format!("/v1/subscriptions/{}", id(&sub))).await["status"],
        "past_due"
    );
}
