//! Idempotency keys, to the letter of Stripe's rules.

use serde_json::json;

use crate::common::*;

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_one_object() {
    let t = Stripe::start().await;
    let form = [("email", "a@b.test")];
    let (_, one) = t.try_key("/v1/customers", &form, "k1").await;
    let again = t
        .request("POST", "/v1/customers")
        .form(&form)
        .header("idempotency-key", "k1")
        .send()
        .await
        .unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    let two: serde_json::Value = serde_json::from_str(&again.text().await.unwrap()).unwrap();
    assert_eq!(one, two);
    assert_eq!(t.get("/v1/customers").await["data"].as_array().unwrap().len(), 1);
    let events = t.events().await;
    assert_eq!(events[0]["request"]["idempotency_key"], "k1");
}

#[tokio::test]
async fn other_parameters_or_another_address_are_refused() {
    let t = Stripe::start().await;
    t.try_key("/v1/customers", &[("email", "a@b.test")], "k1").await;
    let (status, body) = t.try_key("/v1/customers", &[("email", "c@b.test")], "k1").await;
    assert_eq!((status, &body["error"]["type"]), (400, &json!("idempotency_error")));
    let (status, body) = t.try_key("/v1/products", &[("name", "x")], "k1").await;
    assert_eq!((status, &body["error"]["type"]), (400, &json!("idempotency_error")));
    // Another way to write the same request is another request.
    assert_eq!(t.get("/v1/customers").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn validation_errors_leave_the_key_free_and_declines_do_not() {
    let t = Stripe::start().await;
    let (status, _) = t.try_key("/v1/products", &[("colour", "red")], "k1").await;
    assert_eq!(status, 400);
    let (status, _) = t.try_key("/v1/products", &[("name", "x")], "k1").await;
    assert_eq!(status, 200, "the key was not used up");
    let (customer, pm) = t.payer("pm_card_chargeCustomerFail").await;
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("customer", &*customer),
        ("payment_method", &*pm),
        ("confirm", "true"),
    ];
    let (s1, b1) = t.try_key("/v1/payment_intents", &form, "k2").await;
    let (s2, b2) = t.try_key("/v1/payment_intents", &form, "k2").await;
    assert_eq!((s1, s2), (402, 402));
    assert_eq!(b1, b2);
    assert_eq!(t.get("/v1/payment_intents").await["data"].as_array().unwrap().len(), 1);
    // The answer to a state error is kept as well: the endpoint had begun.
    let inv = t.post("/v1/invoices", &[("customer", &customer)]).await;
    t.post(&format!("/v1/invoices/{}/finalize", id(&inv)), &[]).await;
    let path = format!("/v1/invoices/{}/finalize", id(&inv));
    assert_eq!(t.try_key(&path, &[], "k3").await.0, 400);
    let replay = t
        .request("POST", &path)
        .header("idempotency-key", "k3")
        .send()
        .await
        .unwrap();
    assert!(replay.headers().contains_key("idempotent-replayed"));
}

#[tokio::test]
async fn keys_live_for_24_hours() {
    let t = Stripe::start().await;
    let (_, one) = t.try_key("/v1/customers", &[], "k1").await;
    t.hand.advance(86_399 * 1_000_000);
    assert_eq!(t.try_key("/v1/customers", &[], "k1").await.1, one);
    t.hand.advance(1_000_000);
    assert_ne!(
        t.try_key("/v1/customers", &[], "k1").await.1,
        one,
        "a retry after a day acts again"
    );
}

#[tokio::test]
async fn a_key_in_flight_is_a_conflict() {
    let t = Stripe::start().await;
    t.knob(
        "faults",
        json!({"kind": "latency", "latency_ms": 3_600_000, "path": "/v1/customers"}),
    )
    .await;
    let slow = tokio::spawn(
        t.request("POST", "/v1/customers")
            .header("idempotency-key", "k1")
            .send(),
    );
    // The first request is held; the second meets it as soon as it has arrived.
    while t.look("faults").await[0]["hit"] == 0 {
        tokio::task::yield_now().await;
    }
    let met = t.try_key("/v1/customers", &[], "k1").await;
    assert_eq!(
        (met.0, &met.1["error"]["code"]),
        (409, &json!("idempotency_key_in_use"))
    );
    slow.abort();
}

#[tokio::test]
async fn a_key_means_nothing_to_get_and_must_be_short() {
    let t = Stripe::start().await;
    let customer = t.customer().await;
    let get = |k: &str| {
        t.request("GET", &format!("/v1/customers/{customer}"))
            .header("idempotency-key", k)
            .send()
    };
    assert_eq!(get("k").await.unwrap().status(), 200);
    t.post(&format!("/v1/customers/{customer}"), &[("name", "Bea")]).await;
    let text = get("k").await.unwrap().text().await.unwrap();
    assert!(text.contains("Bea"));
    assert_eq!(t.try_key("/v1/customers", &[], &"x".repeat(256)).await.0, 400);
}
