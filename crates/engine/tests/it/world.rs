//! The ground of the tests that move money: an engine whose payment provider is the sandbox, over real HTTP.

use async_trait::async_trait;
use domain::{
    AppError, Cents, ClientId, Instant, PackId, PaymentType, PeriodPayment, SubscriptionId, SubscriptionStatus,
};
use engine::{
    Caller, Engine, Parts, Settings,
    inbox::ReceivedEvent,
    ports::{
        Card, Checkout, Clock, Customer, Gateway, GatewayResult, Invoice, KeepMail, ListedEvent, ManualClock,
        NewCheckout, NewCustomer, NewPrice, NewProduct, NewRefund, NewSetup, NewSubscription, RandomIds, Refund,
        Subscription, SubscriptionChange,
    },
    subscriptions::Subscribe,
    testing::{Bench, bench},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};
use store::{subscriptions, testing::Backend};
use stripe_gateway::StripeGateway;
use stripe_sandbox::{ClockHandle, Sandbox};

pub(crate) const GOOD: &str = "4242424242424242";
/// Can be saved, and declines when it is charged.
pub(crate) const DECLINES: &str = "4000000000000341";

/// An engine whose payment provider is the sandbox.
pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sandbox: Sandbox,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    pub(crate) client: ClientId,
    pub(crate) owner: Caller,
    pub(crate) pack: PackId,
    pub(crate) other_pack: PackId,
}

pub(crate) fn engine_over(bench: &Bench, gateway: Arc<dyn Gateway>) -> Engine {
    Engine::new(Parts {
        db: bench.db.db.clone(),
        clock: bench.clock.clone(),
        wall: bench.clock.clone(),
        ids: Arc::new(RandomIds),
        gateway,
        mailer: Arc::new(KeepMail),
        files: Arc::new(engine::ports::MemoryFiles::default()),
        previews: Arc::new(engine::ports::SamePreview::default()),
        settings: Settings {
            ..bench.engine.settings().clone()
        },
    })
}

pub(crate) fn gateway(base: &str) -> StripeGateway {
    StripeGateway::new(stripe_gateway::Config {
        secret_key: "sk_test_money".into(),
        api_base: Some(base.to_owned()),
        timeout: std::time::Duration::from_secs(5),
    })
    .unwrap()
}

pub(crate) async fn world(backend: Backend, payment: PaymentType) -> Option<World> {
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
    pub(crate) async fn subscribe(&self, key: &str) -> Result<SubscriptionId, AppError> {
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

    pub(crate) async fn drain(&self) {
        self.engine.drain().await.unwrap();
    }

    /// The client fills a hosted page.
    pub(crate) async fn fill(&self, url: &str, number: &str) {
        let body =
            format!("number={number}&expiry=04%2F34&cvc=123&email=pay%40acme.test&choice=new&payment_method=new");
        let post = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        // The page leads back to the app, which does not run here; or to the bank, where the client says yes.
        if let Ok(page) = post.send().await
            && page.url().path().contains("/3ds/")
        {
            let answer = self.http.post(page.url().clone()).body("answer=complete");
            drop(
                answer
                    .header("content-type", "application/x-www-form-urlencoded")
                    .send()
                    .await,
            );
        }
    }

    pub(crate) async fn add_card(&self, number: &str, key: &str) {
        self.engine.add_card(&self.owner, key).await.unwrap();
        self.drain().await;
        let page = self.engine.payment_methods(&self.owner, Some(key)).await.unwrap();
        let url = page.setup.and_then(|s| s.url).expect("a hosted page for the card");
        self.fill(&url, number).await;
        self.later().await;
        self.engine.look_at_card(&self.owner).await.unwrap();
        self.drain().await;
    }

    /// Real seconds go by in which nothing else happens: whatever pages had looked at may be looked at again.
    pub(crate) async fn later(&self) {
        let mut tx = self.engine.db().write().await.unwrap();
        store::jobs::release_all(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The client's newest customer pays with the saved card that ends so from now on.
    pub(crate) async fn pay_with(&self, last4: &str) {
        let customer = self.get("/v1/customers?limit=1").await["data"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let cards = self
            .get(&format!("/v1/payment_methods?customer={customer}&type=card"))
            .await;
        let cards = cards["data"].as_array().unwrap();
        let card = cards.iter().find(|card| card["card"]["last4"] == last4).unwrap();
        let set = format!(
            "invoice_settings[default_payment_method]={}",
            card["id"].as_str().unwrap()
        );
        self.post(reqwest::Method::POST, &format!("/v1/customers/{customer}"), &set)
            .await;
    }

    /// A call of the provider's dashboard.
    pub(crate) async fn post(&self, method: reqwest::Method, path: &str, body: &str) -> Value {
        let sent = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth("sk_test_money")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned());
        let answer = sent.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// Somebody changes a subscription in the provider's dashboard. Its event does not come yet.
    pub(crate) async fn change_there(&self, id: SubscriptionId, body: &str) {
        let stripe = self.row(id).await.stripe_subscription_id.unwrap();
        self.post(reqwest::Method::POST, &format!("/v1/subscriptions/{stripe}"), body)
            .await;
    }

    pub(crate) async fn row(&self, id: SubscriptionId) -> subscriptions::SubscriptionRow {
        let mut tx = self.engine.db().read().await.unwrap();
        subscriptions::by_id(&mut tx, id).await.unwrap().unwrap()
    }

    pub(crate) async fn periods(&self, id: SubscriptionId) -> Vec<subscriptions::PeriodRow> {
        let mut tx = self.engine.db().read().await.unwrap();
        subscriptions::periods_of(&mut tx, id).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
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
    pub(crate) async fn events(&self) -> Vec<Value> {
        let mut all: Vec<Value> = self.get("/v1/events?limit=100").await["data"]
            .as_array()
            .unwrap()
            .clone();
        all.reverse();
        all
    }

    pub(crate) async fn deliver(&self, event: &Value) {
        deliver(&self.engine, event).await;
    }

    pub(crate) async fn fault(&self, body: Value) {
        let sent = self
            .http
            .post(format!("{}/_sandbox/faults", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        assert!(sent.send().await.unwrap().status().is_success());
    }

    /// The client's customer, as our row knows it.
    pub(crate) async fn customer(&self) -> String {
        let mut tx = self.engine.db().read().await.unwrap();
        let client = store::billing::client(&mut tx, self.client).await.unwrap();
        client.unwrap().stripe_customer_id.unwrap()
    }

    /// Nothing goes wrong any more.
    pub(crate) async fn no_faults(&self) {
        let sent = self.http.delete(format!("{}/_sandbox/faults", self.base)).send();
        assert!(sent.await.unwrap().status().is_success());
    }

    /// What was really charged, over all invoices: (how many succeeded charges, their sum).
    pub(crate) async fn charged(&self) -> (usize, i64) {
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

    pub(crate) async fn books_hold(&self) {
        let found = self.engine.books_check().await.unwrap();
        assert!(found.is_empty(), "I1–I8: {found:?}");
    }

    pub(crate) async fn to(&self, at: Instant) {
        self.clock.set(at);
        self.sandbox.run_due().await;
        self.drain().await;
    }

    pub(crate) async fn is_active_once(&self, id: SubscriptionId) {
        let row = self.row(id).await;
        assert_eq!(row.status, SubscriptionStatus::Active, "{row:?}");
        let periods = self.periods(id).await;
        assert_eq!(periods.len(), 1, "I6: one period");
        assert_eq!(periods[0].payment_state, PeriodPayment::Paid, "SU6");
        assert_eq!(self.charged().await, (1, 40_000), "charged once, in full (SU3)");
        self.books_hold().await;
    }
}

pub(crate) async fn deliver(engine: &Engine, event: &Value) {
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

/// A gateway over the sandbox's that counts its calls, sees how many are at one object at once, and may stop before or
/// after one of them: that call goes on when it is told to, or never, as if the process had died there.
pub(crate) struct Watched {
    inner: StripeGateway,
    left: AtomicI64,
    after: bool,
    panics: bool,
    pub(crate) stopped: tokio::sync::Notify,
    pub(crate) go: tokio::sync::Notify,
    pub(crate) calls: AtomicI64,
    at_once: Mutex<HashMap<String, (usize, usize)>>,
}

impl Watched {
    /// Only counts.
    pub(crate) fn counting(base: &str) -> Arc<Self> {
        Self::stopping(base, i64::MAX, false)
    }

    /// Stops at the call with this number, from 0, before or after it was made.
    pub(crate) fn stopping(base: &str, at: i64, after: bool) -> Arc<Self> {
        Self::watching(base, at, after, false)
    }

    /// Panics at the call with this number, from 0.
    pub(crate) fn panicking(base: &str, at: i64) -> Arc<Self> {
        Self::watching(base, at, false, true)
    }

    fn watching(base: &str, at: i64, after: bool, panics: bool) -> Arc<Self> {
        Arc::new(Self {
            inner: gateway(base),
            left: AtomicI64::new(at),
            after,
            panics,
            stopped: tokio::sync::Notify::new(),
            go: tokio::sync::Notify::new(),
            calls: AtomicI64::new(0),
            at_once: Mutex::default(),
        })
    }

    /// The most calls that were ever at one object at the same time.
    pub(crate) fn most_at_once(&self) -> usize {
        let seen = self.at_once.lock().unwrap();
        seen.values().map(|(_, most)| *most).max().unwrap_or(0)
    }

    async fn pass<T>(&self, object: &str, call: impl Future<Output = GatewayResult<T>>) -> GatewayResult<T> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mine = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        assert!(!(mine && self.panics), "the call panics, as it is told to");
        if mine && !self.after {
            self.stopped.notify_one();
            self.go.notified().await;
        }
        {
            let mut seen = self.at_once.lock().unwrap();
            let at = seen.entry(object.to_owned()).or_default();
            *at = (at.0 + 1, at.1.max(at.0 + 1));
        }
        let out = call.await;
        self.at_once.lock().unwrap().entry(object.to_owned()).or_default().0 -= 1;
        if mine && self.after {
            self.stopped.notify_one();
            self.go.notified().await;
        }
        out
    }
}

#[async_trait]
impl Gateway for Watched {
    async fn create_customer(&self, key: &str, new: &NewCustomer) -> GatewayResult<Customer> {
        self.pass("new", self.inner.create_customer(key, new)).await
    }
    async fn customer(&self, id: &str) -> GatewayResult<Customer> {
        self.pass(id, self.inner.customer(id)).await
    }
    async fn find_customers(&self, client_id: &str, email: &str) -> GatewayResult<Vec<Customer>> {
        self.pass("new", self.inner.find_customers(client_id, email)).await
    }
    async fn set_default_card(&self, key: &str, customer: &str, card: &str) -> GatewayResult<Customer> {
        self.pass(customer, self.inner.set_default_card(key, customer, card))
            .await
    }
    async fn cards(&self, customer: &str) -> GatewayResult<Vec<Card>> {
        self.pass(customer, self.inner.cards(customer)).await
    }
    async fn detach_card(&self, key: &str, card: &str) -> GatewayResult<()> {
        self.pass(card, self.inner.detach_card(key, card)).await
    }
    async fn create_product(&self, key: &str, new: &NewProduct) -> GatewayResult<String> {
        self.pass("new", self.inner.create_product(key, new)).await
    }
    async fn find_product(&self, new: &NewProduct) -> GatewayResult<Option<String>> {
        self.pass("new", self.inner.find_product(new)).await
    }
    async fn find_price(&self, new: &NewPrice) -> GatewayResult<Option<String>> {
        self.pass("new", self.inner.find_price(new)).await
    }
    async fn create_price(&self, key: &str, new: &NewPrice) -> GatewayResult<String> {
        self.pass("new", self.inner.create_price(key, new)).await
    }
    async fn create_subscription(&self, key: &str, new: &NewSubscription) -> GatewayResult<Subscription> {
        self.pass("new", self.inner.create_subscription(key, new)).await
    }
    async fn subscription(&self, id: &str) -> GatewayResult<Subscription> {
        self.pass(id, self.inner.subscription(id)).await
    }
    async fn subscriptions_of(&self, customer: &str) -> GatewayResult<Vec<Subscription>> {
        self.pass(customer, self.inner.subscriptions_of(customer)).await
    }
    async fn change_subscription(
        &self,
        key: &str,
        id: &str,
        change: &SubscriptionChange,
    ) -> GatewayResult<Subscription> {
        self.pass(id, self.inner.change_subscription(key, id, change)).await
    }
    async fn cancel_subscription(&self, key: &str, id: &str) -> GatewayResult<Subscription> {
        self.pass(id, self.inner.cancel_subscription(key, id)).await
    }
    async fn create_checkout(&self, key: &str, new: &NewCheckout) -> GatewayResult<Checkout> {
        self.pass("new", self.inner.create_checkout(key, new)).await
    }
    async fn create_setup(&self, key: &str, new: &NewSetup) -> GatewayResult<Checkout> {
        self.pass("new", self.inner.create_setup(key, new)).await
    }
    async fn checkout(&self, id: &str) -> GatewayResult<Checkout> {
        self.pass(id, self.inner.checkout(id)).await
    }
    async fn checkouts_of(&self, customer: &str) -> GatewayResult<Vec<Checkout>> {
        self.pass(customer, self.inner.checkouts_of(customer)).await
    }
    async fn expire_checkout(&self, key: &str, id: &str) -> GatewayResult<Checkout> {
        self.pass(id, self.inner.expire_checkout(key, id)).await
    }
    async fn invoice(&self, id: &str) -> GatewayResult<Invoice> {
        self.pass(id, self.inner.invoice(id)).await
    }
    async fn invoices_of(&self, customer: &str) -> GatewayResult<Vec<Invoice>> {
        self.pass(customer, self.inner.invoices_of(customer)).await
    }
    async fn pay_invoice(&self, key: &str, id: &str, card: Option<&str>, off_session: bool) -> GatewayResult<Invoice> {
        self.pass(id, self.inner.pay_invoice(key, id, card, off_session)).await
    }
    async fn finalize_invoice(&self, key: &str, id: &str) -> GatewayResult<Invoice> {
        self.pass(id, self.inner.finalize_invoice(key, id)).await
    }
    async fn refund(&self, key: &str, new: &NewRefund) -> GatewayResult<Refund> {
        self.pass(&new.payment_intent, self.inner.refund(key, new)).await
    }
    async fn refunds_of(&self, payment_intent: &str) -> GatewayResult<Vec<Refund>> {
        self.pass(payment_intent, self.inner.refunds_of(payment_intent)).await
    }
    async fn void_invoice(&self, key: &str, id: &str) -> GatewayResult<Invoice> {
        self.pass(id, self.inner.void_invoice(key, id)).await
    }
    async fn events_after(&self, cursor: Option<&str>) -> GatewayResult<Vec<ListedEvent>> {
        self.pass("new", self.inner.events_after(cursor)).await
    }
    async fn create_webhook_endpoint(&self, url: &str, events: &[&str]) -> GatewayResult<String> {
        self.pass("new", self.inner.create_webhook_endpoint(url, events)).await
    }
}
