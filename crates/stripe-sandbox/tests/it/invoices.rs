//! Invoices of our own, refunds, charges that stand alone.

use serde_json::json;

use crate::common::*;

#[tokio::test]
async fn pg1_an_own_invoice_from_draft_to_paid() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let form = [
        ("customer", &*customer),
        ("currency", "usd"),
        ("auto_advance", "false"),
        ("collection_method", "charge_automatically"),
        ("pending_invoice_items_behavior", "exclude"),
        ("payment_settings[payment_method_types][0]", "card"),
        ("description", "Extra work"),
        ("metadata[charge_line_id]", "cl_1"),
    ];
    let inv = t.post("/v1/invoices", &form).await;
    assert_eq!(
        (&inv["status"], &inv["number"], &inv["auto_advance"]),
        (&json!("draft"), &json!(null), &json!(false))
    );
    let first = [
        ("customer", &*customer),
        ("invoice", &*id(&inv)),
        ("amount", "4500"),
        ("currency", "usd"),
        ("description", "One logo"),
    ];
    let one = t.post("/v1/invoiceitems", &first).await;
    let second = [
        ("customer", &*customer),
        ("invoice", &*id(&inv)),
        ("unit_amount_decimal", "1500"),
        ("quantity", "2"),
        ("currency", "usd"),
        ("description", "Two icons"),
    ];
    let two = t.post("/v1/invoiceitems", &second).await;
    assert_eq!(two["amount"], 3000);
    let now = t.get(&format!("/v1/invoices/{}", id(&inv))).await;
    assert_eq!(now["amount_due"], 7500);
    assert_eq!(
        now["lines"]["data"][0]["description"], "Two icons",
        "the newest line first"
    );
    assert_eq!(
        now["lines"]["data"][1]["parent"]["invoice_item_details"]["invoice_item"],
        one["id"]
    );
    t.post(&format!("/v1/invoiceitems/{}", id(&two)), &[("quantity", "1")])
        .await;
    t.delete(&format!("/v1/invoiceitems/{}", id(&one))).await;
    let open = t.post(&format!("/v1/invoices/{}/finalize", id(&inv)), &[]).await;
    assert_eq!(
        (&open["status"], &open["amount_due"], &open["next_payment_attempt"]),
        (&json!("open"), &json!(1500), &json!(null))
    );
    assert!(open["number"].as_str().unwrap().ends_with("-0001"));
    assert_eq!(
        t.fails(&format!("/v1/invoices/{}/finalize", id(&inv)), &[], 400).await["code"],
        "invoice_not_editable"
    );
    assert_eq!(
        t.fails("/v1/invoiceitems", &first, 400).await["code"],
        "invoice_not_editable"
    );
    let paid = t
        .post(
            &format!("/v1/invoices/{}/pay", id(&inv)),
            &[("off_session", "true"), ("expand[]", "payments")],
        )
        .await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["payments"]["data"][0]["status"], "paid");
    let pi = paid["payments"]["data"][0]["payment"]["payment_intent"]
        .as_str()
        .unwrap();
    let found = t
        .get(&format!(
            "/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]={pi}"
        ))
        .await;
    assert_eq!(found["data"][0]["invoice"], inv["id"]);
    let ledger = t.look("ledger").await;
    assert_eq!(ledger["metadata"]["charge_line_id=cl_1"]["charged"], 1500);
    assert_eq!(ledger["invoices"][&id(&inv)]["charges"], 1);
    t.event_types().await;
}

#[tokio::test]
async fn drafts_can_be_deleted_and_open_invoices_voided() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let draft = t.post("/v1/invoices", &[("customer", &customer)]).await;
    assert_eq!(t.delete(&format!("/v1/invoices/{}", id(&draft))).await["deleted"], true);
    assert_eq!(t.try_get(&format!("/v1/invoices/{}", id(&draft))).await.0, 404);
    let make = async |t: &Stripe| {
        let inv = t.post("/v1/invoices", &[("customer", &customer)]).await;
        t.post(
            "/v1/invoiceitems",
            &[("customer", &customer), ("invoice", &id(&inv)), ("amount", "900")],
        )
        .await;
        id(&t.post(&format!("/v1/invoices/{}/finalize", id(&inv)), &[]).await)
    };
    let (one, two, three) = (make(&t).await, make(&t).await, make(&t).await);
    assert_eq!(t.post(&format!("/v1/invoices/{one}/void"), &[]).await["status"], "void");
    assert_eq!(
        t.fails(&format!("/v1/invoices/{one}/pay"), &[], 400).await["code"],
        "invoice_not_editable"
    );
    assert_eq!(
        t.post(&format!("/v1/invoices/{two}/mark_uncollectible"), &[]).await["status"],
        "uncollectible"
    );
    assert_eq!(
        t.post(&format!("/v1/invoices/{two}/pay"), &[]).await["status"],
        "paid",
        "late money is still money"
    );
    let paid = t
        .post(&format!("/v1/invoices/{three}/pay"), &[("paid_out_of_band", "true")])
        .await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(t.look("ledger").await["total"]["charges"], 1);
    let (status, _) = t.send(t.request("DELETE", &format!("/v1/invoices/{one}"))).await;
    assert_eq!(status, 400);
    let types = t.event_types().await;
    for expected in ["invoice.deleted", "invoice.voided", "invoice.marked_uncollectible"] {
        assert!(types.iter().any(|x| x == expected), "{expected}");
    }
}

#[tokio::test]
async fn zero_is_paid_without_a_charge() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    let inv = t.post("/v1/invoices", &[("customer", &customer)]).await;
    let paid = t.post(&format!("/v1/invoices/{}/finalize", id(&inv)), &[]).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(t.look("ledger").await["total"]["charges"], 0);
}

#[tokio::test]
async fn auto_advance_finalises_after_an_hour_and_then_collects() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let inv = t
        .post("/v1/invoices", &[("customer", &customer), ("auto_advance", "true")])
        .await;
    t.post(
        "/v1/invoiceitems",
        &[("customer", &customer), ("invoice", &id(&inv)), ("amount", "900")],
    )
    .await;
    t.advance(at("2027-01-31T19:00:00Z")).await;
    assert_eq!(t.get(&format!("/v1/invoices/{}", id(&inv))).await["status"], "paid");
}

#[tokio::test]
async fn a_pending_item_leaks_into_the_renewal() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    t.subscribe(&customer, &t.price("45000").await).await;
    t.post(
        "/v1/invoiceitems",
        &[("customer", &customer), ("amount", "700"), ("currency", "usd")],
    )
    .await;
    t.advance(at("2027-02-28T19:00:00Z")).await;
    assert_eq!(t.look("ledger").await["total"]["charged"], 45_000 + 45_700);
}

#[tokio::test]
async fn refunds_in_part_and_whole() {
    let t = Stripe::start().await;
    let (customer, pm) = t.payer("pm_card_visa").await;
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("customer", &*customer),
        ("payment_method", &*pm),
        ("confirm", "true"),
    ];
    let pi = t.post("/v1/payment_intents", &form).await;
    let charge = pi["latest_charge"].as_str().unwrap();
    let one = t
        .post(
            "/v1/refunds",
            &[
                ("charge", charge),
                ("amount", "500"),
                ("reason", "requested_by_customer"),
                ("metadata[r]", "1"),
            ],
        )
        .await;
    assert_eq!((&one["status"], &one["amount"]), (&json!("succeeded"), &json!(500)));
    let e = t
        .fails("/v1/refunds", &[("charge", charge), ("amount", "1501")], 400)
        .await;
    assert_eq!(e["param"], "amount");
    t.post("/v1/refunds", &[("payment_intent", &id(&pi))]).await;
    assert_eq!(
        t.fails("/v1/refunds", &[("charge", charge)], 400).await["code"],
        "charge_already_refunded"
    );
    let ch = t
        .get(&format!(
            "/v1/charges/{charge}?expand[]=refunds&expand[]=balance_transaction"
        ))
        .await;
    assert_eq!((&ch["refunded"], &ch["amount_refunded"]), (&json!(true), &json!(2000)));
    assert_eq!(ch["refunds"]["data"].as_array().unwrap().len(), 2);
    assert_eq!(ch["balance_transaction"]["net"], 2000 - 88);
    let txn = t
        .get(&format!(
            "/v1/balance_transactions/{}",
            one["balance_transaction"].as_str().unwrap()
        ))
        .await;
    assert_eq!((&txn["amount"], &txn["fee"]), (&json!(-500), &json!(0)));
    assert_eq!(
        t.look("ledger").await["total"],
        json!({"charged": 2000, "refunded": 2000, "charges": 1})
    );
    let types = t.event_types().await;
    assert_eq!(types.iter().filter(|x| *x == "charge.refunded").count(), 2);
    assert_eq!(types.iter().filter(|x| *x == "refund.created").count(), 2);
}

#[tokio::test]
async fn refunds_that_take_time_or_fail() {
    let t = Stripe::start().await;
    for (card, first, last, event) in [
        ("pm_card_pendingRefund", "pending", "succeeded", "refund.updated"),
        ("pm_card_refundFail", "succeeded", "failed", "refund.failed"),
    ] {
        let (customer, pm) = t.payer(card).await;
        let form = [
            ("amount", "2000"),
            ("currency", "usd"),
            ("customer", &*customer),
            ("payment_method", &*pm),
            ("confirm", "true"),
        ];
        let pi = t.post("/v1/payment_intents", &form).await;
        let re = t.post("/v1/refunds", &[("payment_intent", &id(&pi))]).await;
        assert_eq!(re["status"], first);
        t.hand.advance(3600 * 1_000_000);
        t.sandbox.run_due().await;
        assert_eq!(t.get(&format!("/v1/refunds/{}", id(&re))).await["status"], last);
        assert!(t.event_types().await.iter().any(|x| x == event));
    }
    assert_eq!(
        t.look("ledger").await["total"]["refunded"],
        2000,
        "the failed refund came back"
    );
}

#[tokio::test]
async fn a_dispute_is_opened_and_lost() {
    let t = Stripe::start().await;
    let (customer, pm) = t.payer("pm_card_createDispute").await;
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("customer", &*customer),
        ("payment_method", &*pm),
        ("confirm", "true"),
    ];
    let pi = t.post("/v1/payment_intents", &form).await;
    t.sandbox.run_due().await;
    let du = t.get(&format!("/v1/disputes?payment_intent={}", id(&pi))).await["data"][0].clone();
    assert_eq!(du["status"], "needs_response");
    assert_eq!(
        t.post(&format!("/v1/disputes/{}/close", id(&du)), &[]).await["status"],
        "lost"
    );
    let types = t.event_types().await;
    assert!(
        types.contains(&"charge.dispute.created".to_owned()) && types.contains(&"charge.dispute.closed".to_owned())
    );
}

#[tokio::test]
async fn payment_intents_decline_and_ask() {
    let t = Stripe::start().await;
    let (customer, pm) = t.payer("pm_card_chargeCustomerFail").await;
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("customer", &*customer),
        ("payment_method", &*pm),
        ("confirm", "true"),
    ];
    let e = t.fails("/v1/payment_intents", &form, 402).await;
    let pi = e["payment_intent"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        t.get(&format!("/v1/payment_intents/{pi}")).await["last_payment_error"]["decline_code"],
        "generic_decline"
    );
    let now = t
        .post(
            &format!("/v1/payment_intents/{pi}/confirm"),
            &[
                ("payment_method", "pm_card_authenticationRequired"),
                ("return_url", "http://shop.test/r"),
            ],
        )
        .await;
    assert_eq!(now["status"], "requires_action");
    let url = now["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
    let (_, to, _) = t.fill(url, &[("answer", "complete")]).await;
    assert!(to.starts_with("http://shop.test/r?payment_intent=pi_"), "{to}");
    assert_eq!(t.get(&format!("/v1/payment_intents/{pi}")).await["status"], "succeeded");
    let e = t.fails(&format!("/v1/payment_intents/{pi}/cancel"), &[], 400).await;
    assert_eq!(e["code"], "payment_intent_unexpected_state");
    let pi = t
        .post("/v1/payment_intents", &[("amount", "2000"), ("currency", "usd")])
        .await;
    assert_eq!(
        t.post(&format!("/v1/payment_intents/{}/cancel", id(&pi)), &[]).await["status"],
        "canceled"
    );
    let small = [("amount", "49"), ("currency", "usd")];
    assert_eq!(
        t.fails("/v1/payment_intents", &small, 400).await["code"],
        "amount_too_small"
    );
    t.event_types().await;
}
