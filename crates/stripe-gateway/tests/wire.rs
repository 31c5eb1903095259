//! What goes over the wire, and what becomes of answers that no sandbox gives: a server that answers what it is told.
#![expect(clippy::unwrap_used, reason = "tests")]

use domain::Instant;
use engine::ports::{Gateway, GatewayError, NewCheckout, NewSubscription, SubscriptionChange};
use std::time::Duration;
use stripe_gateway::{Config, StripeGateway};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

/// Answers every request with the same bytes; hands out the requests as they came.
async fn canned(status: &str, headers: &str, body: &str) -> (StripeGateway, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\nrequest-id: req_canned\r\n{headers}\r\n{body}"
    );
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut buffer = [0; 4_096];
            loop {
                let text = String::from_utf8_lossy(&request).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let expected = head
                        .lines()
                        .find_map(|line| line.strip_prefix("content-length: "))
                        .map_or(0, |n| n.parse().unwrap());
                    if body.len() >= expected {
                        break;
                    }
                }
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => request.extend_from_slice(&buffer[..n]),
                }
            }
            let _ = seen.send(String::from_utf8_lossy(&request).into_owned());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let gateway = StripeGateway::new(Config {
        secret_key: "sk_test_wire".into(),
        api_base: Some(base),
        timeout: Duration::from_secs(60),
    })
    .unwrap();
    (gateway, requests)
}

fn a_subscription() -> NewSubscription {
    NewSubscription {
        customer: "cus_1".into(),
        price: "price_1".into(),
        pack_subscription_id: "ps1".into(),
        client_id: "c1".into(),
        pack_version_id: "v1".into(),
    }
}

/// The form of a request, decoded and in order.
fn form(request: &str) -> Vec<String> {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let url = format!("http://h/?{body}").parse::<url::Url>().unwrap();
    let mut pairs: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    pairs
}

/// SU3: exactly these parameters, under our key and the crate's version of the API; `off_session` is not among them.
#[tokio::test]
async fn su3_what_is_asked_for_a_subscription() {
    let (gateway, mut requests) = canned("200 OK", "", "{}").await;
    let _ = gateway.create_subscription("packsub:1:create", &a_subscription()).await;
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("POST /v1/subscriptions HTTP/1.1\r\n"), "{request}");
    for header in [
        "authorization: Bearer sk_test_wire",
        "stripe-version: 2026-09-30.endive",
        "idempotency-key: packsub:1:create",
        "content-type: application/x-www-form-urlencoded",
    ] {
        assert!(
            request.lines().any(|line| line == header),
            "{header} is not in {request}"
        );
    }
    assert_eq!(
        form(&request),
        [
            "billing_mode[type]=flexible",
            "collection_method=charge_automatically",
            "customer=cus_1",
            "expand[0]=latest_invoice",
            "items[0][price]=price_1",
            "items[0][quantity]=1",
            "metadata[client_id]=c1",
            "metadata[pack_subscription_id]=ps1",
            "metadata[pack_version_id]=v1",
            "payment_behavior=allow_incomplete",
            "payment_settings[payment_method_types][0]=card",
            "payment_settings[save_default_payment_method]=on_subscription",
        ]
    );
}

/// SU5: at this version of the API the list of payment methods of a session is `allowed_payment_method_types`.
#[tokio::test]
async fn su5_what_is_asked_for_a_checkout() {
    let (gateway, mut requests) = canned("200 OK", "", "{}").await;
    let new = NewCheckout {
        subscription: a_subscription(),
        success_url: "https://app.example/ok?a=1&b={CHECKOUT_SESSION_ID}".into(),
        cancel_url: "https://app.example/back".into(),
        expires_at: Instant(1_800_000_000_999_999),
    };
    let _ = gateway.create_checkout("k", &new).await;
    assert_eq!(
        form(&requests.recv().await.unwrap()),
        [
            "allowed_payment_method_types[0]=card",
            "cancel_url=https://app.example/back",
            "customer=cus_1",
            "expires_at=1800000000",
            "line_items[0][price]=price_1",
            "line_items[0][quantity]=1",
            "metadata[client_id]=c1",
            "metadata[pack_subscription_id]=ps1",
            "metadata[pack_version_id]=v1",
            "mode=subscription",
            "subscription_data[billing_mode][type]=flexible",
            "subscription_data[metadata][client_id]=c1",
            "subscription_data[metadata][pack_subscription_id]=ps1",
            "subscription_data[metadata][pack_version_id]=v1",
            "success_url=https://app.example/ok?a=1&b={CHECKOUT_SESSION_ID}",
        ]
    );
}

/// PC5, GR6: a change of price is never prorated; a card is taken off with an empty value.
#[tokio::test]
async fn pc5_what_is_asked_for_a_change() {
    let (gateway, mut requests) = canned("200 OK", "", "{}").await;
    let change = SubscriptionChange {
        price: Some(("si_1".into(), "price_2".into())),
        ..Default::default()
    };
    let _ = gateway.change_subscription("k", "sub_1", &change).await;
    assert_eq!(
        form(&requests.recv().await.unwrap()),
        [
            "items[0][id]=si_1",
            "items[0][price]=price_2",
            "proration_behavior=none"
        ]
    );
    let change = SubscriptionChange {
        clear_default_payment_method: true,
        ..Default::default()
    };
    let _ = gateway.change_subscription("k", "sub_1", &change).await;
    assert_eq!(form(&requests.recv().await.unwrap()), ["default_payment_method="]);
}

/// SU2: a repeated request is the same to the byte, whatever order the metadata came in; reads carry no key.
#[tokio::test]
async fn su2_a_repeated_request_is_the_same_to_the_byte() {
    let (gateway, mut requests) = canned("200 OK", "", "{}").await;
    let mut bodies = Vec::new();
    for _ in 0..20 {
        let _ = gateway.create_subscription("k", &a_subscription()).await;
        bodies.push(
            requests
                .recv()
                .await
                .unwrap()
                .split_once("\r\n\r\n")
                .unwrap()
                .1
                .to_owned(),
        );
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
    let _ = gateway.subscription("sub_1").await;
    assert!(!requests.recv().await.unwrap().contains("idempotency-key"));
}

/// WH6: an answer of another shape is an error of its own, that names what is missing and the request.
#[tokio::test]
async fn wh6_another_shape_is_unreadable() {
    let (gateway, _requests) = canned("200 OK", "", r#"{"id":"sub_1","status":"active","items":{"data":[]}}"#).await;
    let Err(GatewayError::Unreadable(what)) = gateway.subscription("sub_1").await else {
        panic!("was read")
    };
    assert!(
        what.contains("subscription.customer") && what.contains("req_canned"),
        "{what}"
    );
    let list = gateway.subscriptions_of("cus_1").await;
    assert!(
        matches!(list, Err(GatewayError::Unreadable(_))),
        "a list without members is no empty list: {list:?}"
    );
}

#[tokio::test]
async fn answers_of_what_stands_between_are_transient() {
    for (status, body) in [
        ("502 Bad Gateway", "<html>"),
        ("503 Service Unavailable", ""),
        ("200 OK", "<html>"),
    ] {
        let (gateway, _requests) = canned(status, "", body).await;
        let got = gateway.subscription("sub_1").await;
        assert!(matches!(got, Err(GatewayError::Transient(_))), "{status}: {got:?}");
    }
}

/// A redirect is not followed: the key would go along.
#[tokio::test]
async fn a_redirect_is_refused() {
    let (gateway, mut requests) = canned("302 Found", "location: http://127.0.0.1:1/elsewhere\r\n", "").await;
    let got = gateway.subscription("sub_1").await;
    assert!(matches!(got, Err(GatewayError::Refused(_))), "{got:?}");
    assert!(requests.recv().await.is_some());
}

/// 4.6: the header alone tells a stored 500.
#[tokio::test]
async fn the_replayed_header_tells_a_stored_500() {
    let error = r#"{"error":{"type":"api_error","message":"m"}}"#;
    let (gateway, _requests) = canned("500 Internal Server Error", "idempotent-replayed: true\r\n", error).await;
    let got = gateway.create_subscription("k", &a_subscription()).await;
    assert!(matches!(got, Err(GatewayError::StoredFailure(_))), "{got:?}");
}
