//! The ground that engine tests stand on: an engine on a fresh database, a clock that stands still, a payment provider
//! that only records, and makers of the rows that most tests need.
//!
//! The makers write rows directly: they are the state before a test, not what is tested. What must not be here:
//! assertions.

use crate::{
    Caller, Engine, Parts, Settings,
    assignment::picks::pick_text,
    kernel::ports::{
        Card, Checkout, Customer, Gateway, GatewayError, GatewayResult, Invoice, KeepMail, ListedEvent, ManualClock,
        MemoryFiles, NewCheckout, NewCustomer, NewPrice, NewProduct, NewRefund, NewSetup, NewSubscription, Refund,
        SamePreview, SeededIds, Subscription, SubscriptionChange,
    },
    payables::accrue::accrue_delivery,
};
use async_trait::async_trait;
use domain::{
    AppResult, BusinessZone, Cents, ClientId, Currency, PackId, PackVersionId, PaymentType, Role, ServiceId,
    SubscriptionId, UserId, VendorId,
    assignment::view::{AssignInput, Assigned},
};
use std::sync::{Arc, Mutex, PoisonError};
use store::{
    Tx, makers,
    testing::{Backend, TestDb, database},
};

/// Where the clock of every test stands at first: 9 in the morning in Chicago, before the change to summer time.
pub const START: &str = "2027-03-10T15:00:00Z";

/// An engine and what is around it, for one test.
pub struct Bench {
    /// The engine.
    pub engine: Engine,
    /// Business time and the wall's in one; stands until it is moved.
    pub clock: Arc<ManualClock>,
    /// What was asked of the payment provider.
    pub gateway: Arc<RecordingGateway>,
    /// The files that were kept.
    pub files: Arc<MemoryFiles>,
    /// Who draws them.
    pub previews: Arc<SamePreview>,
    /// An admin.
    pub admin: Caller,
    /// The database; goes with the bench.
    pub db: TestDb,
}

/// A bench on one of the databases; `None` where PostgreSQL is missing (never in CI).
///
/// # Panics
/// When it cannot be set up.
pub async fn bench(backend: Backend) -> Option<Bench> {
    Some(bench_on(database(backend).await?).await)
}

/// A bench on a database that is there.
///
/// # Panics
/// When it cannot be set up.
pub async fn bench_on(db: TestDb) -> Bench {
    let clock = Arc::new(ManualClock::at(START.parse().expect("an instant")));
    let gateway = Arc::new(RecordingGateway::default());
    let files = Arc::new(MemoryFiles::default());
    let previews = Arc::new(SamePreview::default());
    let zone = jiff::tz::TimeZone::get("America/Chicago").expect("the zone's data");
    let engine = Engine::new(Parts {
        db: db.db.clone(),
        clock: clock.clone(),
        wall: clock.clone(),
        ids: Arc::new(SeededIds::new(7)),
        gateway: gateway.clone(),
        mailer: Arc::new(KeepMail),
        files: files.clone(),
        previews: previews.clone(),
        settings: Settings {
            zone: BusinessZone(zone),
            currency: Currency::USD,
            base_url: "http://localhost:3000".into(),
            livemode: false,
        },
    });
    let admin = caller(engine.new_id(), "Ada Admin", Role::Admin, None, None);
    let bench = Bench {
        engine,
        clock,
        gateway,
        files,
        previews,
        admin,
        db,
    };
    bench.insert_user(&bench.admin).await;
    bench
}

fn caller(user_id: UserId, name: &str, role: Role, client_id: Option<ClientId>, vendor_id: Option<VendorId>) -> Caller {
    Caller {
        user_id,
        name: name.to_owned(),
        role,
        lead: false,
        client_id,
        vendor_id,
    }
}

impl Bench {
    async fn insert_user(&self, caller: &Caller) {
        let mut tx = self.tx().await;
        makers::user(
            &mut tx,
            caller.user_id,
            &caller.name,
            caller.role,
            caller.client_id,
            caller.vendor_id,
            self.engine.now(),
        )
        .await
        .expect("a user");
        // TP2.
        let vendor = match caller.role {
            Role::InternalDesigner => Some(store::people::TRI_POD.to_owned()),
            _ => caller.vendor_id.map(|id| id.to_string()),
        };
        store::people::set_membership(&mut tx, caller.user_id, vendor.as_deref())
            .await
            .expect("a membership");
        tx.commit().await.expect("a commit");
    }

    /// A transaction that may write, for states that no maker makes.
    ///
    /// # Panics
    /// When there is none.
    pub async fn tx(&self) -> Tx {
        self.engine.db().write().await.expect("a transaction")
    }

    /// A person who can sign in, as a caller.
    pub async fn user(
        &self,
        name: &str,
        role: Role,
        client_id: Option<ClientId>,
        vendor_id: Option<VendorId>,
    ) -> Caller {
        let caller = caller(self.engine.new_id(), name, role, client_id, vendor_id);
        self.insert_user(&caller).await;
        caller
    }

    /// A client that pays in a certain way, and its owner.
    ///
    /// # Panics
    /// When the row is refused; so do all makers.
    pub async fn client(&self, name: &str, payment: PaymentType) -> (ClientId, Caller) {
        let id: ClientId = self.engine.new_id();
        let mut tx = self.tx().await;
        makers::client(&mut tx, id, name, payment, self.engine.now())
            .await
            .expect("a client");
        tx.commit().await.expect("a commit");
        let owner = self
            .user(&format!("Owner of {name}"), Role::ClientOwner, Some(id), None)
            .await;
        (id, owner)
    }

    /// An active service that is counted in designs and turned round in five days.
    pub async fn service(&self, name: &str, unit_price: Cents) -> ServiceId {
        let id: ServiceId = self.engine.new_id();
        let mut tx = self.tx().await;
        makers::service(&mut tx, id, name, unit_price, self.engine.now())
            .await
            .expect("a service");
        tx.commit().await.expect("a commit");
        id
    }

    /// A visible pack with one version: 30 % of its price goes to the vendor, overage at the service's price.
    pub async fn pack(&self, service: ServiceId, quantity: i64, price: Cents) -> (PackId, PackVersionId) {
        let (id, version): (PackId, PackVersionId) = (self.engine.new_id(), self.engine.new_id());
        let mut tx = self.tx().await;
        makers::pack(&mut tx, id, version, service, quantity, price, self.engine.now())
            .await
            .expect("a pack");
        tx.commit().await.expect("a commit");
        (id, version)
    }

    /// An active subscription on the royalties rail that began now, with its first period of 31 days, batch and grant.
    pub async fn subscription(&self, client: ClientId, pack: PackId, version: PackVersionId) -> SubscriptionId {
        let ids = makers::SubscriptionIds {
            id: self.engine.new_id(),
            period: self.engine.new_id(),
            allowance: self.engine.new_id(),
            batch: self.engine.new_id(),
            grant: self.engine.new_id(),
        };
        let now = self.engine.now().whole_second();
        let day = self.engine.zone().day(now);
        let mut tx = self.tx().await;
        makers::subscription(&mut tx, ids, client, pack, version, now, now.plus_days(31), day)
            .await
            .expect("a subscription");
        tx.commit().await.expect("a commit");
        ids.id
    }
}

impl Bench {
    /// An outside vendor that takes work and offers nothing yet.
    pub async fn vendor(&self, name: &str) -> VendorId {
        let id: VendorId = self.engine.new_id();
        let mut tx = self.tx().await;
        makers::vendor(&mut tx, id, name, self.engine.now())
            .await
            .expect("a vendor");
        tx.commit().await.expect("a commit");
        id
    }

    /// The vendor offers a service.
    pub async fn offer(&self, vendor: VendorId, service: ServiceId) {
        let mut tx = self.tx().await;
        store::payables::terms::set_offer(&mut tx, vendor, service, Some(Cents(900)))
            .await
            .expect("an offer");
        tx.commit().await.expect("a commit");
    }

    /// What a press of *Assign* sends that has seen what stands now.
    pub async fn assign_input(&self, ids: &[SubscriptionId], vendor: VendorId) -> AssignInput {
        let mut tx = self.tx().await;
        let found = store::assignment::facts(&mut tx, ids).await.expect("the facts");
        tx.commit().await.expect("a commit");
        AssignInput {
            form_key: self.engine.new_id::<uuid::Uuid>().to_string(),
            vendor: vendor.to_string(),
            picks: found
                .iter()
                .map(|row| pick_text(row.id, row.assignment_version, row.seq))
                .collect(),
            ..AssignInput::default()
        }
    }

    /// The admin assigns what stands now.
    ///
    /// # Errors
    /// As [`Engine::assign`].
    pub async fn assign(&self, engine: &Engine, ids: &[SubscriptionId], vendor: VendorId) -> AppResult<Assigned> {
        let input = self.assign_input(ids, vendor).await;
        engine.assign(&self.admin, &input).await
    }

    /// The requests that a query gives have been delivered by whoever has them.
    pub async fn deliver(&self, ids: &str) {
        let mut tx = self.tx().await;
        let now = self.engine.now();
        for request in makers::deliver(&mut tx, ids, now).await.expect("a delivery") {
            accrue_delivery(&mut tx, &self.engine, request, now)
                .await
                .expect("what it brings");
        }
        tx.commit().await.expect("a commit");
    }
}

/// The media type under which a file of this name that begins like this is kept (RQ9); `None` where one of the two is refused.
pub fn media_type(name: &str, head: &[u8]) -> Option<&'static str> {
    let name = domain::work::file::clean_name(name).ok()?;
    crate::work::sniff::media_type(&name, head)
}

/// A payment provider that writes down what it was asked and makes customers, products and prices; everything else it
/// answers as unreachable. Tests of the money's way use the sandbox.
#[derive(Debug, Default)]
pub struct RecordingGateway {
    calls: Mutex<Vec<(&'static str, String)>>,
}

impl RecordingGateway {
    /// What was asked so far: the call's name, and its idempotency key or id.
    pub fn calls(&self) -> Vec<(&'static str, String)> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, call: &'static str, key: &str) {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((call, key.to_owned()));
    }

    fn refuse<T>(&self, call: &'static str, key: &str) -> GatewayResult<T> {
        self.note(call, key);
        Err(GatewayError::Transient(format!("{call}: nobody answers in this test")))
    }
}

#[async_trait]
impl Gateway for RecordingGateway {
    async fn create_customer(&self, key: &str, new: &NewCustomer) -> GatewayResult<Customer> {
        self.note("create_customer", key);
        Ok(Customer {
            id: format!("cus_{}", new.client_id),
            deleted: false,
            default_payment_method: None,
            client_id: Some(new.client_id.clone()),
        })
    }
    async fn customer(&self, id: &str) -> GatewayResult<Customer> {
        self.refuse("customer", id)
    }
    async fn find_customers(&self, client_id: &str, _email: &str) -> GatewayResult<Vec<Customer>> {
        self.note("find_customers", client_id);
        Ok(Vec::new())
    }
    async fn set_default_card(&self, key: &str, _customer: &str, _payment_method: &str) -> GatewayResult<Customer> {
        self.refuse("set_default_card", key)
    }
    async fn cards(&self, customer: &str) -> GatewayResult<Vec<Card>> {
        self.note("cards", customer);
        Ok(Vec::new())
    }
    async fn detach_card(&self, key: &str, _payment_method: &str) -> GatewayResult<()> {
        self.refuse("detach_card", key)
    }
    async fn create_product(&self, key: &str, new: &NewProduct) -> GatewayResult<String> {
        self.note("create_product", key);
        Ok(format!("prod_{}", new.pack_id))
    }
    async fn find_product(&self, new: &NewProduct) -> GatewayResult<Option<String>> {
        self.note("find_product", &new.pack_id);
        Ok(None)
    }
    async fn find_price(&self, new: &NewPrice) -> GatewayResult<Option<String>> {
        self.note("find_price", &new.pack_version_id);
        Ok(None)
    }
    async fn create_price(&self, key: &str, new: &NewPrice) -> GatewayResult<String> {
        self.note("create_price", key);
        Ok(format!("price_{}", new.pack_version_id))
    }
    async fn create_subscription(&self, key: &str, _new: &NewSubscription) -> GatewayResult<Subscription> {
        self.refuse("create_subscription", key)
    }
    async fn subscription(&self, id: &str) -> GatewayResult<Subscription> {
        self.refuse("subscription", id)
    }
    async fn subscriptions_of(&self, customer: &str) -> GatewayResult<Vec<Subscription>> {
        self.refuse("subscriptions_of", customer)
    }
    async fn change_subscription(
        &self,
        key: &str,
        _id: &str,
        _change: &SubscriptionChange,
    ) -> GatewayResult<Subscription> {
        self.refuse("change_subscription", key)
    }
    async fn cancel_subscription(&self, key: &str, _id: &str) -> GatewayResult<Subscription> {
        self.refuse("cancel_subscription", key)
    }
    async fn create_checkout(&self, key: &str, _new: &NewCheckout) -> GatewayResult<Checkout> {
        self.refuse("create_checkout", key)
    }
    async fn create_setup(&self, key: &str, _new: &NewSetup) -> GatewayResult<Checkout> {
        self.refuse("create_setup", key)
    }
    async fn checkout(&self, id: &str) -> GatewayResult<Checkout> {
        self.refuse("checkout", id)
    }
    async fn checkouts_of(&self, customer: &str) -> GatewayResult<Vec<Checkout>> {
        self.refuse("checkouts_of", customer)
    }
    async fn expire_checkout(&self, key: &str, _id: &str) -> GatewayResult<Checkout> {
        self.refuse("expire_checkout", key)
    }
    async fn invoice(&self, id: &str) -> GatewayResult<Invoice> {
        self.refuse("invoice", id)
    }
    async fn invoices_of(&self, customer: &str) -> GatewayResult<Vec<Invoice>> {
        self.refuse("invoices_of", customer)
    }
    async fn pay_invoice(
        &self,
        key: &str,
        _id: &str,
        _payment_method: Option<&str>,
        _off_session: bool,
    ) -> GatewayResult<Invoice> {
        self.refuse("pay_invoice", key)
    }
    async fn finalize_invoice(&self, key: &str, _id: &str) -> GatewayResult<Invoice> {
        self.refuse("finalize_invoice", key)
    }
    async fn refund(&self, key: &str, _new: &NewRefund) -> GatewayResult<Refund> {
        self.refuse("refund", key)
    }
    async fn refunds_of(&self, payment_intent: &str) -> GatewayResult<Vec<Refund>> {
        self.note("refunds_of", payment_intent);
        Ok(Vec::new())
    }
    async fn void_invoice(&self, key: &str, _id: &str) -> GatewayResult<Invoice> {
        self.refuse("void_invoice", key)
    }
    async fn events_after(&self, _cursor: Option<&str>) -> GatewayResult<Vec<ListedEvent>> {
        self.refuse("events_after", "")
    }
    async fn create_webhook_endpoint(&self, url: &str, _events: &[&str]) -> GatewayResult<String> {
        self.refuse("create_webhook_endpoint", url)
    }
}
