//! The money's way, against the sandbox over real HTTP: subscribing in all its turns, webhooks late, doubled and
//! shuffled, crashes around every call, renewals. Each ends with the books proved.

use async_trait::async_trait;
use domain::{
    AppError, Cents, ClientId, Instant, PackId, PaymentType, PeriodPayment, SubscriptionId, SubscriptionStatus,
    view::billing::Waiting,
};
use engine::{
    Caller, Engine, Parts, Settings,
    inbox::ReceivedEvent,
    ports::{
        Card, Checkout, Clock, Customer, Gateway, GatewayError, GatewayResult, Invoice, KeepMail, ListedEvent,
        ManualClock, NewCheckout, NewCustomer, NewPrice, NewSetup, NewSubscription, RandomIds, Subscription,
        SubscriptionChange,
    },
    subscribe::Subscribe,
    testing::{Bench, bench},
};
use rstest::rstest;
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use store::{subscriptions, testing::Backend};
use stripe_gateway::StripeGateway;
use stripe_sandbox::{ClockHandle, Sandbox};

pub const GOOD: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";

/// An engine whose payment provider is the sandbox.
pub struct World {
    pub bench: Bench,
    pub engine: Engine,
    clock: Arc<ManualClock>,
    sandbox: Sandbox,
    base: String,
    http: reqwest::Client,
    client: ClientId,
    pub owner: Caller,
    pub pack: PackId,
    other_pack: PackId,
}

fn engine_over(bench: &Bench, gateway: Arc<dyn Gateway>) -> Engine {
    Engine::new(Parts {
        db: bench.db.db.clone(),
        clock: bench.clock.clone(),
        wall: bench.clock.clone(),
        ids: Arc::new(RandomIds),
        gateway,
        mailer: Arc::new(KeepMail),
        settings: Settings {
            ..bench.engine.settings().clone()
        },
    })
}

fn gateway(base: &str) -> StripeGateway {
    StripeGateway::new(stripe_gateway::Config {
        secret_key: "sk_test_money".into(),
        api_base: Some(base.to_owned()),
        timeout: std::time::Duration::from_secs(5),
    })
    .unwrap()
}

pub async fn world(backend: Backend, payment: PaymentType) -> Option<World> {
    let bench = bench(backend).await?;
    let clock = bench.clock.clone();
    let read = clock.clone();
    let (sandbox, base) = stripe_sandbox::spawn_for_test(ClockHandle::new(move || read.now().0), None).await;
    let engine = engine_over(&bench, Arc::new(gateway(&base)));
    let (client, owner) = bench.client("Acme", payment).await;
    let service = bench.service("Logo design", Cents(2_500)).await;
    let (pack, _) = bench.pack(service, 20, Cents(40_000)).await;
    let (other_pack, _) = bench.pack(service, 10, Cents(22_000)).await;
    Some(World {
        bench,
        engine,
        clock,
        sandbox,
        base,
        http: reqwest::Client::new(),
        client,
        owner,
        pack,
        other_pack,
    })
}

impl World {
    pub async fn subscribe(&self, key: &str) -> Result<SubscriptionId, AppError> {
        self.engine
            .subscribe(
                &self.owner,
                Subscribe {
                    pack_id: self.pack,
                    form_key: key.into(),
                    expected_price: Cents(40_000),
                },
            )
            .await
    }

    pub async fn drain(&self) {
        self.engine.drain().await.unwrap();
    }

    /// The client fills a hosted page.
    async fn fill(&self, url: &str, number: &str) {
        let body =
            format!("number={number}&expiry=04%2F34&cvc=123&email=pay%40acme.test&choice=new&payment_method=new");
        let post = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        // The page leads back to the app, which does not run here.
        drop(post.send().await);
    }

    pub async fn add_card(&self, number: &str, key: &str) {
        self.engine.add_card(&self.owner, key).await.unwrap();
        self.drain().await;
        let page = self.engine.payment_methods(&self.owner, Some(key)).await.unwrap();
        let url = page.setup.and_then(|s| s.url).expect("a hosted page for the card");
        self.fill(&url, number).await;
        self.engine.look_at_card(&self.owner).await.unwrap();
        self.drain().await;
    }

    async fn row(&self, id: SubscriptionId) -> subscriptions::SubscriptionRow {
        let mut tx = self.engine.db().read().await.unwrap();
        subscriptions::by_id(&mut tx, id).await.unwrap().unwrap()
    }

    pub async fn periods(&self, id: SubscriptionId) -> Vec<subscriptions::PeriodRow> {
        let mut tx = self.engine.db().read().await.unwrap();
        subscriptions::periods_of(&mut tx, id).await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let text = self
            .http
            .get(format!("{}{path}", self.base))
            .bearer_auth("sk_test_money")
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Every event that the sandbox has recorded, oldest first.
    async fn events(&self) -> Vec<Value> {
        let mut all: Vec<Value> = self.get("/v1/events?limit=100").await["data"]
            .as_array()
            .unwrap()
            .clone();
        all.reverse();
        all
    }

    async fn deliver(&self, event: &Value) {
        deliver(&self.engine, event).await;
    }

    async fn fault(&self, body: Value) {
        let sent = self
            .http
            .post(format!("{}/_sandbox/faults", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        assert!(sent.send().await.unwrap().status().is_success());
    }

    /// What was really charged, over all invoices: (how many succeeded charges, their sum).
    async fn charged(&self) -> (usize, i64) {
        let charges = self.get("/v1/charges?limit=100").await;
        let paid: Vec<i64> = charges["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["status"] == "succeeded")
            .map(|c| c["amount_captured"].as_i64().unwrap())
            .collect();
        (paid.len(), paid.iter().sum())
    }

    pub async fn books_hold(&self) {
        let found = self.engine.books_check().await.unwrap();
        assert!(found.is_empty(), "I1–I8: {found:?}");
    }

    pub async fn to(&self, at: Instant) {
        self.clock.set(at);
        self.sandbox.run_due().await;
        self.drain().await;
    }

    async fn is_active_once(&self, id: SubscriptionId) {
        let row = self.row(id).await;
        assert_eq!(row.status, SubscriptionStatus::Active, "{row:?}");
        let periods = self.periods(id).await;
        assert_eq!(periods.len(), 1, "I6: one period");
        assert_eq!(periods[0].payment_state, PeriodPayment::Paid, "SU6");
        assert_eq!(self.charged().await, (1, 40_000), "charged once, in full (SU3)");
        self.books_hold().await;
    }
}

async fn deliver(engine: &Engine, event: &Value) {
    let payload = event.to_string();
    engine
        .receive_event(&ReceivedEvent {
            id: event["id"].as_str().unwrap(),
            kind: event["type"].as_str().unwrap(),
            api_version: event["api_version"].as_str().unwrap_or_default(),
            created: Instant::from_secs(event["created"].as_i64().unwrap()),
            object_id: event["data"]["object"]["id"].as_str().unwrap_or_default(),
            payload: &payload,
        })
        .await
        .unwrap();
}

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
    assert_eq!(w.subscribe("another tab").await.unwrap(), id);
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
async fn su9_a_decline_leaves_the_row_and_another_card_pays_the_same_invoice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    // This card can be saved and declines when it is charged.
    w.add_card("4000000000000341", "bad").await;
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
    assert_eq!(row.end_reason, Some(domain::subscription::EndReason::IncompleteExpired));
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
    w.drain().await;
    assert_eq!(
        w.row(id).await.end_reason,
        Some(domain::subscription::EndReason::Replaced)
    );
    let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
    let next: SubscriptionId = page.replaced_by.expect("leads to the new one").parse().unwrap();
    assert_eq!(w.row(next).await.pack_id, w.other_pack);
    let open = w.get("/v1/checkout/sessions?limit=10").await["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["status"] == "open")
        .count();
    assert_eq!(open, 1, "the old page is expired");
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
    // The client's card is replaced by one that declines.
    w.add_card("4000000000000341", "bad").await;
    let customer = w.get("/v1/customers?limit=1").await["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let cards = w
        .get(&format!("/v1/payment_methods?customer={customer}&type=card"))
        .await;
    let bad = cards["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["card"]["last4"] == "0341")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let set = format!("invoice_settings[default_payment_method]={bad}");
    let post = w
        .http
        .post(format!("{}/v1/customers/{customer}", w.base))
        .bearer_auth("sk_test_money");
    assert!(
        post.header("content-type", "application/x-www-form-urlencoded")
            .body(set)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
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
#[tokio::test]
async fn f5_faults_at_the_provider_never_charge_twice(#[case] kind: &str, #[case] path: &str) {
    let Some(w) = world(Backend::Sqlite, PaymentType::PayAsYouGo).await else {
        return;
    };
    if path != "/v1/customers" {
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
    if path == "/v1/customers" {
        let page = w.engine.subscription_view(&w.owner, id).await.unwrap();
        let Some(Waiting::Page { url, .. }) = page.waiting else {
            panic!("no hosted page: {:?}", page.waiting)
        };
        w.fill(&url, GOOD).await;
        w.engine.look_again(&w.owner, id).await.unwrap();
        w.drain().await;
        assert_eq!(
            w.get("/v1/customers?limit=10").await["data"].as_array().unwrap().len(),
            1,
            "one customer"
        );
    }
    w.is_active_once(id).await;
}

/// A gateway before which, or after which, the process dies: the call with that number never returns.
struct Dying {
    inner: StripeGateway,
    left: AtomicI64,
    after: bool,
    died: tokio::sync::Notify,
}

impl Dying {
    async fn pass<T>(&self, call: impl Future<Output = GatewayResult<T>>) -> GatewayResult<T> {
        let mine = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if mine && !self.after {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
        let out = call.await;
        if mine {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
        out
    }
}

#[async_trait]
impl Gateway for Dying {
    async fn create_customer(&self, key: &str, new: &NewCustomer) -> GatewayResult<Customer> {
        self.pass(self.inner.create_customer(key, new)).await
    }
    async fn customer(&self, id: &str) -> GatewayResult<Customer> {
        self.pass(self.inner.customer(id)).await
    }
    async fn find_customers(&self, client_id: &str, email: &str) -> GatewayResult<Vec<Customer>> {
        self.pass(self.inner.find_customers(client_id, email)).await
    }
    async fn set_default_card(&self, key: &str, customer: &str, card: &str) -> GatewayResult<Customer> {
        self.pass(self.inner.set_default_card(key, customer, card)).await
    }
    async fn cards(&self, customer: &str) -> GatewayResult<Vec<Card>> {
        self.pass(self.inner.cards(customer)).await
    }
    async fn detach_card(&self, key: &str, card: &str) -> GatewayResult<()> {
        self.pass(self.inner.detach_card(key, card)).await
    }
    async fn create_product(&self, key: &str, new: &NewPrice) -> GatewayResult<String> {
        self.pass(self.inner.create_product(key, new)).await
    }
    async fn create_price(&self, key: &str, new: &NewPrice) -> GatewayResult<String> {
        self.pass(self.inner.create_price(key, new)).await
    }
    async fn create_subscription(&self, key: &str, new: &NewSubscription) -> GatewayResult<Subscription> {
        self.pass(self.inner.create_subscription(key, new)).await
    }
    async fn subscription(&self, id: &str) -> GatewayResult<Subscription> {
        self.pass(self.inner.subscription(id)).await
    }
    async fn subscriptions_of(&self, customer: &str) -> GatewayResult<Vec<Subscription>> {
        self.pass(self.inner.subscriptions_of(customer)).await
    }
    async fn change_subscription(
        &self,
        key: &str,
        id: &str,
        change: &SubscriptionChange,
    ) -> GatewayResult<Subscription> {
        self.pass(self.inner.change_subscription(key, id, change)).await
    }
    async fn cancel_subscription(&self, key: &str, id: &str) -> GatewayResult<Subscription> {
        self.pass(self.inner.cancel_subscription(key, id)).await
    }
    async fn create_checkout(&self, key: &str, new: &NewCheckout) -> GatewayResult<Checkout> {
        self.pass(self.inner.create_checkout(key, new)).await
    }
    async fn create_setup(&self, key: &str, new: &NewSetup) -> GatewayResult<Checkout> {
        self.pass(self.inner.create_setup(key, new)).await
    }
    async fn checkout(&self, id: &str) -> GatewayResult<Checkout> {
        self.pass(self.inner.checkout(id)).await
    }
    async fn checkouts_of(&self, customer: &str) -> GatewayResult<Vec<Checkout>> {
        self.pass(self.inner.checkouts_of(customer)).await
    }
    async fn expire_checkout(&self, key: &str, id: &str) -> GatewayResult<Checkout> {
        self.pass(self.inner.expire_checkout(key, id)).await
    }
    async fn invoice(&self, id: &str) -> GatewayResult<Invoice> {
        self.pass(self.inner.invoice(id)).await
    }
    async fn invoices_of(&self, customer: &str) -> GatewayResult<Vec<Invoice>> {
        self.pass(self.inner.invoices_of(customer)).await
    }
    async fn pay_invoice(&self, key: &str, id: &str, card: Option<&str>, off_session: bool) -> GatewayResult<Invoice> {
        self.pass(self.inner.pay_invoice(key, id, card, off_session)).await
    }
    async fn void_invoice(&self, key: &str, id: &str) -> GatewayResult<Invoice> {
        self.pass(self.inner.void_invoice(key, id)).await
    }
    async fn events_after(&self, cursor: Option<&str>) -> GatewayResult<Vec<ListedEvent>> {
        self.pass(self.inner.events_after(cursor)).await
    }
    async fn create_webhook_endpoint(&self, url: &str, events: &[&str]) -> GatewayResult<String> {
        self.pass(self.inner.create_webhook_endpoint(url, events)).await
    }
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
        let dying = Arc::new(Dying {
            inner: gateway(&w.base),
            left: AtomicI64::new(n),
            after,
            died: tokio::sync::Notify::new(),
        });
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
            () = dying.died.notified() => true,
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
            store::billing::stuck_operations(&mut tx, Instant(i64::MAX))
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

#[tokio::test]
async fn declined_is_an_answer_and_no_reason_to_try_again() {
    let error = GatewayError::Declined {
        decline_code: "generic_decline".into(),
        message: DECLINED.into(),
        payment_intent: None,
    };
    assert!(!error.is_transient());
}
