//! Delivery: signatures, retries, the knobs, persistence of all that.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use stripe_sandbox::{ClockHandle, Config, Sandbox, WebhookTarget};

use crate::common::*;

#[derive(Clone, Default)]
struct Ear {
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    answer: Arc<Mutex<u16>>,
}

async fn hear(State(ear): State<Ear>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    // By hand, over the raw bytes: a receiver that shares no code with the sender.
    let t = signature
        .split(',')
        .find_map(|p| p.strip_prefix("t="))
        .unwrap()
        .to_owned();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"whsec_one").unwrap();
    mac.update(format!("{t}.").as_bytes());
    mac.update(&body);
    let good = hex::encode(mac.finalize().into_bytes());
    assert!(signature.split(',').any(|p| p == format!("v1={good}")), "{signature}");
    let age = jiff::Timestamp::now().as_second() - t.parse::<i64>().unwrap();
    assert!(
        (0..=5).contains(&age),
        "signed with the wall clock, whatever the sandbox's clock shows"
    );
    let event: Value = serde_json::from_slice(&body).unwrap();
    check_body(&event);
    ear.heard.lock().unwrap().push((signature, event));
    StatusCode::from_u16(*ear.answer.lock().unwrap()).unwrap()
}

async fn ear() -> (Ear, WebhookTarget) {
    let ear = Ear {
        answer: Arc::new(Mutex::new(200)),
        ..Ear::default()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/hook", axum::routing::post(hear))
        .with_state(ear.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (
        ear,
        WebhookTarget {
            url,
            secret: "whsec_two,whsec_one".into(),
        },
    )
}

impl Ear {
    fn types(&self) -> Vec<String> {
        self.heard
            .lock()
            .unwrap()
            .iter()
            .map(|(_, e)| e["type"].as_str().unwrap().to_owned())
            .collect()
    }

    fn say(&self, status: u16) {
        *self.answer.lock().unwrap() = status;
    }
}

#[tokio::test]
async fn wh1_deliveries_are_signed_with_both_secrets() {
    let (ear, hook) = ear().await;
    let t = Stripe::start_at("2031-01-31T18:00:00Z", Some(hook)).await;
    let (customer, _) = t.payer("pm_card_visa").await;
    t.subscribe(&customer, &t.price("45000").await).await;
    let sent = t.sandbox.deliver_due().await;
    let heard = ear.types();
    assert_eq!(heard.len(), sent);
    assert!(sent >= 14, "{heard:?}");
    assert_eq!(
        heard,
        t.event_types().await,
        "in the order of the events when nothing disturbs it"
    );
    assert_eq!(ear.heard.lock().unwrap()[0].0.matches(",v1=").count(), 2);
    assert!(t.events().await.iter().all(|e| e["pending_webhooks"] == 0));
    assert_eq!(t.sandbox.deliver_due().await, 0);
}

#[tokio::test]
async fn wh7_failed_deliveries_are_tried_for_three_days() {
    let (ear, hook) = ear().await;
    let t = Stripe::start_at("2027-01-31T18:00:00Z", Some(hook)).await;
    ear.say(500);
    t.customer().await;
    t.sandbox.deliver_due().await;
    assert_eq!(t.sandbox.deliver_due().await, 0, "not before its time");
    t.hand.advance(60_000_000);
    assert_eq!(t.sandbox.deliver_due().await, 1);
    ear.say(200);
    t.hand.advance(300_000_000);
    assert_eq!(t.sandbox.deliver_due().await, 1);
    let log = t.look("deliveries").await;
    assert_eq!(
        (&log[0]["state"], &log[0]["attempts"], &log[0]["status"]),
        (&json!("delivered"), &json!(3), &json!(200))
    );
    ear.say(404);
    t.customer().await;
    for _ in 0..74 * 6 {
        t.sandbox.deliver_due().await;
        t.hand.advance(600_000_000);
    }
    t.sandbox.deliver_due().await;
    let log = t.look("deliveries").await;
    assert_eq!((&log[0]["state"], &log[0]["attempts"]), (&json!("failed"), &json!(12)));
}

#[tokio::test]
async fn wh9_the_knobs_duplicate_shuffle_hold_and_drop() {
    let (ear, hook) = ear().await;
    let t = Stripe::start_at("2027-01-31T18:00:00Z", Some(hook)).await;
    t.knob("webhooks", json!({"hold": true})).await;
    let (customer, _) = t.payer("pm_card_visa").await;
    t.subscribe(&customer, &t.price("45000").await).await;
    assert_eq!(t.sandbox.deliver_due().await, 0);
    t.knob(
        "webhooks",
        json!({"release": true, "duplicate": 2, "shuffle": 5, "parallel": 4}),
    )
    .await;
    t.sandbox.deliver_due().await;
    let (heard, events) = (ear.types(), t.event_types().await);
    assert_eq!(heard.len(), events.len() * 3);
    let mut once = heard.clone();
    once.dedup();
    assert_ne!(once, events, "shuffled");
    let mut sorted: Vec<_> = heard.iter().step_by(1).cloned().collect();
    sorted.sort();
    sorted.dedup();
    let mut all = events.clone();
    all.sort();
    all.dedup();
    assert_eq!(sorted, all, "nothing is lost");
    ear.heard.lock().unwrap().clear();
    t.knob(
        "webhooks",
        json!({"duplicate": 0, "shuffle": false, "replay_all": true, "parallel": 1}),
    )
    .await;
    t.sandbox.deliver_due().await;
    assert_eq!(ear.types(), events);
    ear.heard.lock().unwrap().clear();
    t.knob("webhooks", json!({"drop": 1.0})).await;
    t.customer().await;
    assert_eq!(t.sandbox.deliver_due().await, 0);
    assert_eq!(t.look("deliveries?state=dropped").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_draft_waits_for_its_webhook_for_up_to_72_hours() {
    let (ear, hook) = ear().await;
    let t = Stripe::start_at("2027-01-31T18:00:00Z", Some(hook)).await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let sub = t.subscribe(&customer, &t.price("45000").await).await;
    t.sandbox.deliver_due().await;
    ear.say(500);
    t.advance(at("2027-02-28T20:00:00Z")).await;
    let latest = format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(&sub));
    assert_eq!(t.get(&latest).await["latest_invoice"]["status"], "draft");
    ear.say(200);
    t.advance(at("2027-03-02T00:00:00Z")).await;
    assert_eq!(t.get(&latest).await["latest_invoice"]["status"], "paid");
    ear.say(500);
    t.advance(at("2027-04-03T17:59:59Z")).await;
    assert_eq!(t.get(&latest).await["latest_invoice"]["status"], "draft");
    t.advance(at("2027-04-03T18:00:00Z")).await;
    assert_eq!(t.get(&latest).await["latest_invoice"]["status"], "paid");
}

#[tokio::test]
async fn endpoints_listen_to_what_they_asked_for() {
    let (ear, hook) = ear().await;
    let t = Stripe::start().await;
    let form = [
        ("url", &*hook.url),
        ("enabled_events[0]", "product.created"),
        ("api_version", "2026-09-30.endive"),
    ];
    let we = t.post("/v1/webhook_endpoints", &form).await;
    assert!(we["secret"].as_str().unwrap().starts_with("whsec_"));
    assert!(
        t.get(&format!("/v1/webhook_endpoints/{}", id(&we)))
            .await
            .get("secret")
            .is_none(),
        "told once"
    );
    t.post(&format!("/v1/webhook_endpoints/{}", id(&we)), &[("disabled", "true")])
        .await;
    t.post("/v1/products", &[("name", "unheard")]).await;
    assert_eq!(t.sandbox.deliver_due().await, 0);
    t.delete(&format!("/v1/webhook_endpoints/{}", id(&we))).await;
    assert_eq!(t.get("/v1/webhook_endpoints").await["data"], json!([]));
    assert!(ear.types().is_empty());
    let old = [
        ("url", "http://x.test"),
        ("enabled_events[]", "*"),
        ("api_version", "2025-03-31.basil"),
    ];
    assert_eq!(
        t.fails("/v1/webhook_endpoints", &old, 400).await["param"],
        "api_version"
    );
}

#[tokio::test]
async fn a_file_remembers_everything() {
    let dir = tempfile::tempdir().unwrap();
    let (clock, hand) = ClockHandle::manual();
    hand.set(at("2027-01-31T18:00:00Z") * 1_000_000);
    let (ear, hook) = ear().await;
    let open = async || {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let sandbox = Sandbox::open(Config {
            data: Some(dir.path().join("new/sandbox.db")),
            api_base: base.clone(),
            pages_base: "http://shop.test/sandbox".into(),
            clock: clock.clone(),
            seed: None,
            extra_webhooks: vec![hook.clone()],
        })
        .await
        .unwrap();
        let app = sandbox.api_router();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Stripe {
            sandbox,
            base,
            hand: hand.clone(),
            http: reqwest::Client::new(),
        }
    };
    let t = open().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    let sub = t.subscribe(&customer, &t.price("45000").await).await;
    let (_, kept) = t.try_key("/v1/customers", &[], "k1").await;
    t.knob("settings", json!({"retries": [60]})).await;
    let (hash, ledger, events) = (t.look("state_hash").await, t.look("ledger").await, t.events().await);
    drop(t);
    let t = open().await;
    assert_eq!(t.look("state_hash").await, hash);
    assert_eq!(t.look("ledger").await, ledger);
    assert_eq!(t.events().await, events);
    assert_eq!(t.look("settings").await["retries"], json!([60]));
    assert_eq!(
        t.try_key("/v1/customers", &[], "k1").await.1,
        kept,
        "answers survive a restart"
    );
    t.sandbox.deliver_due().await;
    assert_eq!(ear.types().len(), events.len(), "deliveries survive a restart");
    t.advance(at("2027-02-28T19:00:00Z")).await;
    let now = t
        .get(&format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(&sub)))
        .await;
    assert_eq!(now["latest_invoice"]["status"], "paid");
    assert_eq!(
        t.get("/v1/webhook_endpoints").await["data"].as_array().unwrap().len(),
        1
    );
    // Another port next time: links and the endpoint move along.
    drop(t);
    let sandbox = Sandbox::open(Config {
        data: Some(dir.path().join("new/sandbox.db")),
        api_base: String::new(),
        pages_base: "http://shop.test:81/sandbox".into(),
        clock: clock.clone(),
        seed: None,
        extra_webhooks: vec![WebhookTarget {
            url: "http://shop.test:81/hook".into(),
            secret: "whsec_new".into(),
        }],
    })
    .await
    .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = sandbox.api_router();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let t = Stripe {
        sandbox,
        base,
        hand: hand.clone(),
        http: reqwest::Client::new(),
    };
    let url = t.get("/v1/invoices").await["data"][0]["hosted_invoice_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(url.starts_with("http://shop.test:81/sandbox/invoice/in_"), "{url}");
    let endpoints = t.get("/v1/webhook_endpoints").await["data"].clone();
    assert_eq!(
        (endpoints.as_array().unwrap().len(), &endpoints[0]["url"]),
        (1, &json!("http://shop.test:81/hook"))
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_history() {
    let run = async || {
        let t = Stripe::start().await;
        let (customer, _) = t.payer("pm_card_visa").await;
        t.subscribe(&customer, &t.price("45000").await).await;
        t.advance(at("2027-07-01T00:00:00Z")).await;
        // The pages carry the port of this run; everything else must agree.
        let inv = t.get("/v1/invoices?limit=100").await;
        inv["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| (id(i), i["number"].clone(), i["amount_paid"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(run().await, run().await);
}
