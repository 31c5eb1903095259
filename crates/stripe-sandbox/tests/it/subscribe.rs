//! The first charge: with and without a card, declined, authenticated, through Checkout.

use serde_json::json;

use crate::common::*;

#[tokio::test]
async fn su3_subscribing_with_a_card_charges_at_once() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let price = t.price("45000").await;
    let sub = t
        .post(
            "/v1/subscriptions",
            &[
                ("customer", &*customer),
                ("items[0][price]", &*price),
                ("billing_mode[type]", "flexible"),
                ("payment_behavior", "allow_incomplete"),
                ("metadata[pack_subscription_id]", "ps_1"),
                ("expand[0]", "latest_invoice.payments.data.payment.payment_intent"),
            ],
        )
        .await;
    assert_eq!(sub["status"], "active");
    assert_eq!(sub["billing_mode"]["type"], "flexible");
    let now = at("2027-01-31T18:00:00Z");
    assert_eq!(sub["billing_cycle_anchor"], now);
    assert_eq!(period(&sub), (now, at("2027-02-28T18:00:00Z")));
    let inv = &sub["latest_invoice"];
    assert_eq!(inv["status"], "paid");
    assert_eq!(inv["amount_paid"], 45_000);
    assert_eq!(inv["billing_reason"], "subscription_create");
    assert_eq!(inv["attempt_count"], 1);
    assert_eq!(inv["parent"]["subscription_details"]["subscription"], sub["id"]);
    assert_eq!(
        inv["parent"]["subscription_details"]["metadata"],
        json!({"pack_subscription_id": "ps_1"})
    );
    assert_eq!(
        inv["lines"]["data"][0]["description"],
        "1 × 20 × Logo design (at $450.00 / month)"
    );
    assert_eq!(
        inv["lines"]["data"][0]["period"],
        json!({"start": now, "end": at("2027-02-28T18:00:00Z")})
    );
    let intent = &inv["payments"]["data"][0]["payment"]["payment_intent"];
    assert_eq!(intent["status"], "succeeded");
    let charge = intent["latest_charge"].as_str().unwrap();
    let charge = t
        .get(&format!("/v1/charges/{charge}?expand[]=balance_transaction"))
        .await;
    assert_eq!(charge["balance_transaction"]["fee"], 1335, "2.9 % and 30 cents");
    let types = t.event_types().await;
    for expected in [
        "customer.created",
        "payment_method.attached",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "customer.subscription.updated",
        "price.created",
        "product.created",
    ] {
        assert!(
            types.iter().any(|x| x == expected),
            "{expected} is missing in {types:?}"
        );
    }
    let events = t.events().await;
    let updated = events
        .iter()
        .find(|e| e["type"] == "customer.subscription.updated")
        .unwrap();
    assert_eq!(updated["data"]["previous_attributes"], json!({"status": "incomplete"}));
    assert_eq!(updated["data"]["object"]["status"], "active");
    let ledger = t.look("ledger").await;
    assert_eq!(
        ledger["metadata"]["pack_subscription_id=ps_1"],
        json!({"charged": 45000, "refunded": 0, "charges": 1})
    );
}

#[tokio::test]
async fn su3_without_a_card_nothing_is_created() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    let price = t.price("45000").await;
    let e = t
        .fails(
            "/v1/subscriptions",
            &[("customer", &customer), ("items[0][price]", &price)],
            400,
        )
        .await;
    assert_eq!(e["code"], "resource_missing");
    assert_eq!(t.get("/v1/subscriptions?status=all").await["data"], json!([]));
    assert_eq!(t.get("/v1/invoices").await["data"], json!([]));
    assert!(!t.event_types().await.iter().any(|x| x.starts_with("invoice")));
}

#[tokio::test]
async fn su9_a_declined_first_charge_leaves_it_incomplete_for_23_hours() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_chargeCustomerFail").await;
    let price = t.price("45000").await;
    let sub = t.subscribe(&customer, &price).await;
    assert_eq!(sub["status"], "incomplete");
    let inv = t
        .get(&format!("/v1/invoices/{}", sub["latest_invoice"].as_str().unwrap()))
        .await;
    assert_eq!(inv["status"], "open");
    assert_eq!(
        inv["next_payment_attempt"],
        json!(null),
        "a first invoice is not retried by itself"
    );
    // Another card pays the same invoice.
    let pm = t
        .post("/v1/payment_methods/pm_card_visa/attach", &[("customer", &customer)])
        .await;
    let e = t.fails(&format!("/v1/invoices/{}/pay", id(&inv)), &[], 402).await;
    assert_eq!(
        (&e["type"], &e["code"], &e["decline_code"]),
        (&json!("card_error"), &json!("card_declined"), &json!("generic_decline"))
    );
    assert_eq!(e["payment_intent"]["status"], "requires_payment_method");
    let paid = t
        .post(
            &format!("/v1/invoices/{}/pay", id(&inv)),
            &[("payment_method", &id(&pm))],
        )
        .await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["attempt_count"], 1, "manual attempts after the first do not count");
    assert_eq!(
        t.get(&format!("/v1/subscriptions/{}", id(&sub))).await["status"],
        "active"
    );
    // The second one is left alone.
    let other = t
        .subscribe(&t.payer("pm_card_chargeCustomerFail").await.0, &price)
        .await;
    t.advance(at("2027-02-01T16:59:59Z")).await;
    assert_eq!(
        t.get(&format!("/v1/subscriptions/{}", id(&other))).await["status"],
        "incomplete"
    );
    t.advance(at("2027-02-01T17:00:00Z")).await;
    let gone = t
        .get(&format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(&other)))
        .await;
    assert_eq!(gone["status"], "incomplete_expired");
    assert_eq!(gone["latest_invoice"]["status"], "void");
    let types = t.event_types().await;
    for expected in [
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "invoice.voided",
        "payment_intent.canceled",
    ] {
        assert!(types.iter().any(|x| x == expected), "{expected} is missing");
    }
}

#[tokio::test]
async fn error_if_incomplete_undoes_everything() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_chargeCustomerFail").await;
    let price = t.price("45000").await;
    let form = [
        ("customer", &*customer),
        ("items[0][price]", &*price),
        ("payment_behavior", "error_if_incomplete"),
    ];
    let e = t.fails("/v1/subscriptions", &form, 402).await;
    assert_eq!(e["code"], "card_declined");
    assert_eq!(t.get("/v1/subscriptions?status=all").await["data"], json!([]));
    assert_eq!(t.look("ledger").await["total"]["charged"], 0);
}

#[tokio::test]
async fn default_incomplete_waits_for_the_payer() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let price = t.price("45000").await;
    let sub = t
        .post(
            "/v1/subscriptions",
            &[
                ("customer", &*customer),
                ("items[0][price]", &*price),
                ("payment_behavior", "default_incomplete"),
                ("payment_settings[save_default_payment_method]", "on_subscription"),
                ("expand[0]", "latest_invoice.confirmation_secret"),
                ("expand[1]", "latest_invoice.payments"),
            ],
        )
        .await;
    assert_eq!(sub["status"], "incomplete");
    let secret = sub["latest_invoice"]["confirmation_secret"]["client_secret"]
        .as_str()
        .unwrap();
    let pi = sub["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
        .as_str()
        .unwrap();
    assert!(secret.starts_with(pi));
    t.post(&format!("/v1/payment_intents/{pi}/confirm"), &[]).await;
    let sub = t.get(&format!("/v1/subscriptions/{}", id(&sub))).await;
    assert_eq!(sub["status"], "active");
    assert!(sub["default_payment_method"].is_string());
}

#[tokio::test]
async fn su4_authentication_on_the_hosted_invoice_page() {
    let t = Stripe::start().await;
    let (customer, pm) = t.payer("pm_card_authenticationRequired").await;
    let price = t.price("45000").await;
    let sub = t.subscribe(&customer, &price).await;
    assert_eq!(sub["status"], "incomplete");
    let inv = t
        .get(&format!("/v1/invoices/{}", sub["latest_invoice"].as_str().unwrap()))
        .await;
    assert!(
        t.event_types()
            .await
            .contains(&"invoice.payment_action_required".to_owned())
    );
    let e = t
        .fails(
            &format!("/v1/invoices/{}/pay", id(&inv)),
            &[("off_session", "true")],
            402,
        )
        .await;
    assert_eq!(e["code"], "authentication_required");
    let e = t.fails(&format!("/v1/invoices/{}/pay", id(&inv)), &[], 402).await;
    assert_eq!(e["code"], "invoice_payment_intent_requires_action");
    let url = inv["hosted_invoice_url"].as_str().unwrap();
    let (status, html) = t.page(url).await;
    assert_eq!(status, 200);
    assert!(
        html.contains("Visa ending in 3155") && html.contains(">Pay</button>"),
        "{html}"
    );
    let (status, to, _) = t.fill(url, &[("card", &pm)]).await;
    assert_eq!(status, 303);
    let bank = format!("{}{to}", t.base);
    let (_, html) = t.page(&bank).await;
    assert!(
        html.contains("Complete authentication") && html.contains("$450.00"),
        "{html}"
    );
    // First no, then again and yes.
    let (status, back, _) = t.fill(&bank, &[("answer", "fail")]).await;
    assert_eq!((status, back.as_str()), (303, url.strip_prefix(&t.base).unwrap()));
    assert!(t.page(url).await.1.contains("unable to authenticate"));
    t.fill(url, &[("card", &pm)]).await;
    t.fill(&bank, &[("answer", "complete")]).await;
    assert_eq!(
        t.get(&format!("/v1/subscriptions/{}", id(&sub))).await["status"],
        "active"
    );
    assert!(t.page(url).await.1.contains("This invoice is paid"));
    // Set up by now: the renewal needs nobody.
    t.advance(at("2027-02-28T19:00:00Z")).await;
    let sub = t
        .get(&format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(&sub)))
        .await;
    assert_eq!(
        (&sub["status"], &sub["latest_invoice"]["status"]),
        (&json!("active"), &json!("paid"))
    );
}

#[tokio::test]
async fn su4_a_card_that_always_asks_fails_off_session() {
    let t = Stripe::start().await;
    let (customer, pm) = t.payer("pm_card_authenticationRequiredOnSetup").await;
    let price = t.price("45000").await;
    let sub = t.subscribe(&customer, &price).await;
    let inv = t
        .get(&format!("/v1/invoices/{}", sub["latest_invoice"].as_str().unwrap()))
        .await;
    let url = inv["hosted_invoice_url"].as_str().unwrap();
    let (_, to, _) = t.fill(url, &[("card", &pm)]).await;
    t.fill(&format!("{}{to}", t.base), &[("answer", "complete")]).await;
    assert_eq!(
        t.get(&format!("/v1/subscriptions/{}", id(&sub))).await["status"],
        "active"
    );
    t.advance(at("2027-02-28T19:00:00Z")).await;
    let sub = t
        .get(&format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(&sub)))
        .await;
    assert_eq!(
        (&sub["status"], &sub["latest_invoice"]["status"]),
        (&json!("past_due"), &json!("open"))
    );
    assert_eq!(
        t.event_types()
            .await
            .iter()
            .filter(|x| *x == "invoice.payment_action_required")
            .count(),
        3
    );
}

#[tokio::test]
async fn declined_cards_cannot_be_attached_and_say_why() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    for (card, code, decline) in [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
        ),
        ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        (
            "pm_card_chargeDeclinedProcessingError",
            "processing_error",
            "processing_error",
        ),
    ] {
        let e = t
            .fails(
                &format!("/v1/payment_methods/{card}/attach"),
                &[("customer", &customer)],
                402,
            )
            .await;
        assert_eq!(
            (e["code"].as_str(), e["decline_code"].as_str()),
            (Some(code), Some(decline)),
            "{card}"
        );
    }
    let card = [
        ("type", "card"),
        ("card[number]", "4242424242424241"),
        ("card[exp_month]", "12"),
        ("card[exp_year]", "2040"),
    ];
    assert_eq!(
        t.fails("/v1/payment_methods", &card, 402).await["code"],
        "incorrect_number"
    );
    let card = [
        ("type", "card"),
        ("card[number]", "4242424242424242"),
        ("card[exp_month]", "12"),
        ("card[exp_year]", "2026"),
    ];
    assert_eq!(
        t.fails("/v1/payment_methods", &card, 402).await["code"],
        "invalid_expiry_year"
    );
}

#[tokio::test]
async fn su5_checkout_without_a_card() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    let price = t.price("45000").await;
    let expires = (at("2027-01-31T18:00:00Z") + 23 * 3600).to_string();
    let form = [
        ("mode", "subscription"),
        ("customer", &*customer),
        ("line_items[0][price]", &*price),
        ("line_items[0][quantity]", "1"),
        ("payment_method_types[0]", "card"),
        ("expires_at", &*expires),
        ("success_url", "http://shop.test/done?s={CHECKOUT_SESSION_ID}"),
        ("cancel_url", "http://shop.test/packs"),
        ("subscription_data[metadata][pack_subscription_id]", "ps_9"),
        ("metadata[pack_subscription_id]", "ps_9"),
    ];
    let cs = t.post("/v1/checkout/sessions", &form).await;
    assert_eq!(
        (&cs["status"], &cs["payment_status"], &cs["amount_total"]),
        (&json!("open"), &json!("unpaid"), &json!(45000))
    );
    let url = cs["url"].as_str().unwrap().to_owned();
    let (_, html) = t.page(&url).await;
    for part in [
        "Card number",
        "Expiry",
        "CVC",
        ">Pay</button>",
        "$450.00",
        "http://shop.test/packs",
        "4242 4242 4242 4242",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("style=") && !html.contains("<script"));
    // A decline stays on the page, keeps what was typed, and leaves nothing behind.
    let (status, _, html) = t
        .fill(
            &url,
            &[("number", "4000 0000 0000 9995"), ("expiry", "12/34"), ("cvc", "123")],
        )
        .await;
    assert_eq!(status, 200);
    assert!(
        html.contains("insufficient funds") && html.contains("4000 0000 0000 9995"),
        "{html}"
    );
    assert_eq!(
        t.get(&format!("/v1/subscriptions?customer={customer}&status=all"))
            .await["data"],
        json!([])
    );
    let (status, _, html) = t
        .fill(&url, &[("number", "4242"), ("expiry", "12/34"), ("cvc", "123")])
        .await;
    assert_eq!(status, 200);
    assert!(html.contains("aria-describedby=\"number-error\""));
    let (status, to, _) = t
        .fill(
            &url,
            &[("number", "4242424242424242"), ("expiry", "12 / 34"), ("cvc", "123")],
        )
        .await;
    assert_eq!((status, to), (303, format!("http://shop.test/done?s={}", id(&cs))));
    let cs = t
        .get(&format!(
            "/v1/checkout/sessions/{}?expand[]=subscription&expand[]=line_items",
            id(&cs)
        ))
        .await;
    assert_eq!(
        (&cs["status"], &cs["payment_status"]),
        (&json!("complete"), &json!("paid"))
    );
    assert_eq!(cs["subscription"]["status"], "active");
    assert_eq!(cs["subscription"]["metadata"]["pack_subscription_id"], "ps_9");
    assert!(
        cs["subscription"]["default_payment_method"].is_string(),
        "the card is kept"
    );
    assert!(t.event_types().await.contains(&"checkout.session.completed".to_owned()));
    assert_eq!(t.look("ledger").await["total"]["charges"], 1);
    // Paying twice is not possible.
    let again = t
        .fill(
            &url,
            &[("number", "4242424242424242"), ("expiry", "12/34"), ("cvc", "123")],
        )
        .await;
    assert_eq!(again.0, 303);
    assert_eq!(t.look("ledger").await["total"]["charges"], 1);
}

#[tokio::test]
async fn su5_checkout_with_authentication() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    let price = t.price("45000").await;
    let form = [
        ("mode", "subscription"),
        ("customer", &*customer),
        ("line_items[0][price]", &*price),
        ("success_url", "http://shop.test/done"),
    ];
    let cs = t.post("/v1/checkout/sessions", &form).await;
    let url = cs["url"].as_str().unwrap().to_owned();
    let card = |n| [("number", n), ("expiry", "12/34"), ("cvc", "123")];
    let (_, to, _) = t.fill(&url, &card("4000002500003155")).await;
    let bank = format!("{}{to}", t.base);
    let (_, back, _) = t.fill(&bank, &[("answer", "fail")]).await;
    assert!(
        t.page(&format!("{}{back}", t.base))
            .await
            .1
            .contains("unable to authenticate")
    );
    let (_, to, _) = t.fill(&url, &card("4000008400001629")).await;
    let (_, back, _) = t.fill(&format!("{}{to}", t.base), &[("answer", "complete")]).await;
    assert!(
        t.page(&format!("{}{back}", t.base))
            .await
            .1
            .contains("insufficient funds")
    );
    assert_eq!(t.look("ledger").await["total"]["charges"], 0);
    t.fill(&url, &card("4000002500003155")).await;
    let (_, to, _) = t.fill(&bank, &[("answer", "complete")]).await;
    assert_eq!(to, "http://shop.test/done");
    assert_eq!(
        t.get(&format!("/v1/subscriptions?customer={customer}")).await["data"][0]["status"],
        "active"
    );
}

#[tokio::test]
async fn su5_sessions_expire_by_time_and_by_hand() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    let price = t.price("45000").await;
    let form = [
        ("mode", "subscription"),
        ("customer", &*customer),
        ("line_items[0][price]", &*price),
        ("success_url", "http://shop.test/done"),
    ];
    let one = t.post("/v1/checkout/sessions", &form).await;
    let two = t.post("/v1/checkout/sessions", &form).await;
    let gone = t.post(&format!("/v1/checkout/sessions/{}/expire", id(&one)), &[]).await;
    assert_eq!((&gone["status"], &gone["url"]), (&json!("expired"), &json!(null)));
    t.fails(&format!("/v1/checkout/sessions/{}/expire", id(&one)), &[], 400)
        .await;
    t.advance(at("2027-02-01T18:00:00Z")).await;
    assert_eq!(
        t.get(&format!("/v1/checkout/sessions/{}", id(&two))).await["status"],
        "expired"
    );
    let (status, html) = t.page(two["url"].as_str().unwrap()).await;
    assert_eq!(status, 410);
    assert!(html.contains("expired"));
    assert_eq!(
        t.event_types()
            .await
            .iter()
            .filter(|x| *x == "checkout.session.expired")
            .count(),
        2
    );
    let mut late = form.to_vec();
    let expires = (at("2027-02-01T18:00:00Z") + 25 * 3600).to_string();
    late.push(("expires_at", &expires));
    assert_eq!(
        t.fails("/v1/checkout/sessions", &late, 400).await["param"],
        "expires_at"
    );
}

#[tokio::test]
async fn checkout_in_setup_mode_saves_a_card() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    let form = [
        ("mode", "setup"),
        ("customer", &*customer),
        ("payment_method_types[]", "card"),
        ("success_url", "http://shop.test/card?s={CHECKOUT_SESSION_ID}"),
    ];
    let cs = t.post("/v1/checkout/sessions", &form).await;
    assert_eq!(cs["payment_status"], "no_payment_required");
    let url = cs["url"].as_str().unwrap().to_owned();
    assert!(t.page(&url).await.1.contains(">Save card</button>"));
    let (_, to, _) = t
        .fill(
            &url,
            &[("number", "4000002500003155"), ("expiry", "1234"), ("cvc", "123")],
        )
        .await;
    let (_, to, _) = t.fill(&format!("{}{to}", t.base), &[("answer", "complete")]).await;
    assert!(to.starts_with("http://shop.test/card?s=cs_test_"));
    let cs = t
        .get(&format!(
            "/v1/checkout/sessions/{}?expand[]=setup_intent.payment_method",
            id(&cs)
        ))
        .await;
    assert_eq!(cs["setup_intent"]["status"], "succeeded");
    assert_eq!(cs["setup_intent"]["payment_method"]["customer"], customer);
    assert_eq!(cs["setup_intent"]["payment_method"]["card"]["exp_year"], 2034);
    // It was set up for later use: charging it off session needs nobody.
    let pm = cs["setup_intent"]["payment_method"]["id"].as_str().unwrap();
    let form = [
        ("amount", "1000"),
        ("currency", "usd"),
        ("customer", &*customer),
        ("payment_method", pm),
        ("confirm", "true"),
        ("off_session", "true"),
    ];
    assert_eq!(t.post("/v1/payment_intents", &form).await["status"], "succeeded");
    t.event_types().await;
}

#[tokio::test]
async fn setup_intents_of_our_own() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    let form = [
        ("customer", &*customer),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("usage", "off_session"),
    ];
    assert_eq!(t.post("/v1/setup_intents", &form).await["status"], "succeeded");
    assert_eq!(
        t.get(&format!("/v1/customers/{customer}/payment_methods")).await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let form = [
        ("customer", &*customer),
        ("payment_method", "pm_card_chargeDeclined"),
        ("confirm", "true"),
    ];
    let e = t.fails("/v1/setup_intents", &form, 402).await;
    assert_eq!(e["setup_intent"]["status"], "requires_payment_method");
    let form = [
        ("customer", &*customer),
        ("payment_method", "pm_card_authenticationRequired"),
        ("return_url", "http://shop.test/r"),
    ];
    let si = t.post("/v1/setup_intents", &form).await;
    assert_eq!(si["status"], "requires_confirmation");
    let si = t.post(&format!("/v1/setup_intents/{}/confirm", id(&si)), &[]).await;
    let url = si["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
    let (_, to, _) = t.fill(url, &[("answer", "complete")]).await;
    assert!(to.contains("redirect_status=succeeded"));
    t.event_types().await;
}
