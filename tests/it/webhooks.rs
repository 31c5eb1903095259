//! WH1, WH2: what the endpoint takes and what it refuses.

use crate::world::{WEBHOOK_SECRET, World, world};
use axum::{body::Body, extract::Request};
use http::{Method, StatusCode};
use rstest::rstest;
use store::testing::Backend;
use stripe_gateway::webhook::sign;

const EVENT: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid","created":1,"api_version":"2026-09-30.endive","livemode":false,"data":{"object":{"id":"in_1","object":"invoice"}}}"#;

async fn post(world: &World, body: &[u8], signature: Option<String>) -> StatusCode {
    let mut request = Request::builder().method(Method::POST).uri("/webhooks/stripe");
    if let Some(signature) = signature {
        request = request.header("stripe-signature", signature);
    }
    world
        .call(request.body(Body::from(body.to_vec())).expect("a request"))
        .await
        .status()
}

async fn stored(world: &World) -> bool {
    let mut tx = world.bench.engine.db().read().await.expect("a transaction");
    store::operate::events::event(&mut tx, "evt_1")
        .await
        .expect("the inbox")
        .is_some()
}

#[rstest]
#[tokio::test]
async fn wh1_only_what_is_signed_now_in_our_mode_is_stored(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = world(backend).await else { return };
    let now = world.bench.engine.wall_now();
    let good = sign(EVENT.as_bytes(), WEBHOOK_SECRET, now);
    let live = EVENT.replace("\"livemode\":false", "\"livemode\":true");
    let refused: Vec<(&str, &[u8], Option<String>)> = vec![
        ("no signature", EVENT.as_bytes(), None),
        ("nonsense", EVENT.as_bytes(), Some("t=1,v1=00".into())),
        (
            "another secret",
            EVENT.as_bytes(),
            Some(sign(EVENT.as_bytes(), "whsec_other", now)),
        ),
        ("another body", b"{}", Some(good.clone())),
        (
            "old",
            EVENT.as_bytes(),
            Some(sign(EVENT.as_bytes(), WEBHOOK_SECRET, now.plus_secs(-301))),
        ),
        (
            "of the future",
            EVENT.as_bytes(),
            Some(sign(EVENT.as_bytes(), WEBHOOK_SECRET, now.plus_secs(301))),
        ),
        (
            "of the other mode",
            live.as_bytes(),
            Some(sign(live.as_bytes(), WEBHOOK_SECRET, now)),
        ),
        ("no event", b"[]", Some(sign(b"[]", WEBHOOK_SECRET, now))),
        ("not UTF-8", b"\xff\xfe", Some(sign(b"\xff\xfe", WEBHOOK_SECRET, now))),
    ];
    for (what, body, signature) in refused {
        assert_eq!(post(&world, body, signature).await, StatusCode::BAD_REQUEST, "{what}");
        assert!(!stored(&world).await, "{what}: nothing is stored");
    }
    assert_eq!(post(&world, EVENT.as_bytes(), Some(good.clone())).await, StatusCode::OK);
    assert!(stored(&world).await);
    assert_eq!(
        post(&world, EVENT.as_bytes(), Some(good)).await,
        StatusCode::OK,
        "WH2: again is fine"
    );
    let rotated = sign(EVENT.as_bytes(), "whsec_old", now);
    assert_eq!(
        post(&world, EVENT.as_bytes(), Some(rotated)).await,
        StatusCode::OK,
        "WH1: two secrets during a rotation"
    );
}

/// The endpoint answers to Stripe only by its signature: it is no browser's, so its origin does not matter.
#[tokio::test]
async fn wh1_the_endpoint_is_exempt_from_the_origin_check() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let signature = sign(EVENT.as_bytes(), WEBHOOK_SECRET, world.bench.engine.wall_now());
    let request = Request::builder()
        .method(Method::POST)
        .uri("/webhooks/stripe")
        .header("stripe-signature", signature)
        .header("origin", "https://hooks.stripe.test")
        .body(Body::from(EVENT))
        .expect("a request");
    assert_eq!(world.call(request).await.status(), StatusCode::OK);
}
