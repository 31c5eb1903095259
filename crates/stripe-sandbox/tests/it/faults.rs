//! Everything that can go wrong on the way, and that it goes wrong in the way it says.

use serde_json::json;
use std::time::Duration;

use crate::common::*;

async fn customers(t: &Stripe) -> usize {
    t.get("/v1/customers").await["data"].as_array().unwrap().len()
}

fn create(t: &Stripe, key: &str) -> reqwest::RequestBuilder {
    t.request("POST", "/v1/customers")
        .header("idempotency-key", key)
        .timeout(Duration::from_millis(300))
}

#[tokio::test]
async fn a_timeout_before_does_nothing_and_after_does_everything() {
    let t = Stripe::start().await;
    t.knob(
        "faults",
        json!({"kind": "timeout_before", "path": "/v1/customers", "method": "POST"}),
    )
    .await;
    assert!(create(&t, "k1").send().await.unwrap_err().is_timeout());
    assert_eq!(customers(&t).await, 0);
    t.knob(
        "faults",
        json!({"kind": "timeout_after", "path": "/v1/customers", "method": "POST"}),
    )
    .await;
    assert!(create(&t, "k2").send().await.unwrap_err().is_timeout());
    assert_eq!(customers(&t).await, 1, "it was committed");
    // The retry with the same key learns what happened.
    let again = create(&t, "k2").send().await.unwrap();
    assert!(again.headers().contains_key("idempotent-replayed"));
    assert_eq!(customers(&t).await, 1);
}

#[tokio::test]
async fn resets_cut_the_connection() {
    let t = Stripe::start().await;
    t.knob(
        "faults",
        json!({"kind": "reset", "path": "/v1/customers", "method": "POST"}),
    )
    .await;
    let e = create(&t, "k1").send().await.unwrap_err();
    assert!(!e.is_timeout() && e.status().is_none());
    assert_eq!(customers(&t).await, 0);
    t.knob(
        "faults",
        json!({"kind": "reset_after", "path": "/v1/customers", "method": "POST"}),
    )
    .await;
    assert!(create(&t, "k2").send().await.is_err());
    assert_eq!(customers(&t).await, 1);
}

#[tokio::test]
async fn errors_500_saved_unsaved_and_after_the_commit() {
    let t = Stripe::start().await;
    t.knob(
        "faults",
        json!([{"kind": "500_unsaved", "path": "/v1/customers", "method": "POST"}]),
    )
    .await;
    assert_eq!(create(&t, "k1").send().await.unwrap().status(), 500);
    assert_eq!(create(&t, "k1").send().await.unwrap().status(), 200, "the key was free");
    t.knob(
        "faults",
        json!({"kind": "500_saved", "path": "/v1/customers", "method": "POST"}),
    )
    .await;
    assert_eq!(create(&t, "k2").send().await.unwrap().status(), 500);
    assert_eq!(
        create(&t, "k2").send().await.unwrap().status(),
        500,
        "the key repeats the error for a day"
    );
    assert_eq!(customers(&t).await, 1);
    t.knob(
        "faults",
        json!({"kind": "500_after_commit", "path": "/v1/customers", "method": "POST"}),
    )
    .await;
    assert_eq!(create(&t, "k3").send().await.unwrap().status(), 500);
    assert_eq!(create(&t, "k3").send().await.unwrap().status(), 500);
    assert_eq!(customers(&t).await, 2, "although the customer exists");
}

#[tokio::test]
async fn refusals_come_with_their_headers() {
    let t = Stripe::start().await;
    for status in ["409", "424", "429"] {
        t.knob(
            "faults",
            json!({"kind": status, "path": "/v1/customers", "should_retry": false}),
        )
        .await;
        let answer = create(&t, status).send().await.unwrap();
        assert_eq!(answer.status().as_str(), status);
        assert_eq!(answer.headers()["stripe-should-retry"], "false");
        check_body(&serde_json::from_str(&answer.text().await.unwrap()).unwrap());
    }
    assert_eq!(customers(&t).await, 0);
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let t = Stripe::start().await;
    for kind in ["malformed", "truncated"] {
        t.knob(
            "faults",
            json!({"kind": kind, "path": "/v1/customers", "method": "POST"}),
        )
        .await;
        let text = create(&t, kind).send().await.unwrap().text().await.unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{text}");
    }
    assert_eq!(customers(&t).await, 2, "both were committed");
}

#[tokio::test]
async fn a_probability_follows_its_seed() {
    let t = Stripe::start().await;
    let run = async |seed: u64| {
        t.http
            .delete(format!("{}/_sandbox/faults", t.base))
            .send()
            .await
            .unwrap();
        t.knob(
            "faults",
            json!({"kind": "500_unsaved", "path": "/v1/products", "probability": 0.3, "seed": seed}),
        )
        .await;
        let mut pattern = Vec::new();
        for _ in 0..40 {
            pattern.push(t.request("GET", "/v1/products").send().await.unwrap().status().as_u16());
        }
        pattern
    };
    let (a, b, c) = (run(7).await, run(7).await, run(8).await);
    assert_eq!(a, b);
    assert_ne!(a, c);
    let hit = a.iter().filter(|s| **s == 500).count();
    assert!((4..=20).contains(&hit), "{hit} of 40");
}
