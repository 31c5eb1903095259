//! The gateway against the sandbox (TT2): every method, declines, authentication, replays and faults, over real HTTP.
#![expect(clippy::unwrap_used, reason = "tests")]

use domain::{Cents, Currency, Instant};
use engine::ports::{
    Gateway, GatewayError, NewCheckout, NewCustomer, NewPrice, NewProduct, NewSetup, NewSubscription, Subscription,
    SubscriptionChange,
};
use serde_json::{Value, json};
use std::time::Duration;
use stripe_gateway::{Config, StripeGateway, webhook};
use stripe_sandbox::{ClockHandle, ManualClock, Sandbox, spawn_for_test};

const KEY: &str = "sk_test_gateway";
/// Long enough for a busy machine; the tests that wait for it to pass use a gateway of their own.
const PATIENT: Duration = Duration::from_secs(60);

struct World {
    gateway: StripeGateway,
    sandbox: Sandbox,
    clock: ManualClock,
    base: String,
    http: reqwest::Client,
}

fn gateway(base: &str, timeout: Duration) -> StripeGateway {
    StripeGateway::new(Config {
        secret_key: KEY.into(),
        api_base: Some(base.into()),
        timeout,
    })
    .unwrap()
}

async fn world() -> World {
    let (handle, clock) = ClockHandle::manual();
    let (sandbox, base) = spawn_for_test(handle, None).await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    World {
        gateway: gateway(&base, PATIENT),
        sandbox,
        clock,
        base,
        http,
    }
}

impl World {
    fn now(&self) -> Instant {
        Instant(self.clock.get())
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Response {
        let url = format!("{}{path}", self.base);
        self.http.post(url).bearer_auth(KEY).form(form).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.base);
        self.http
            .get(url)
            .bearer_auth(KEY)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Everything that goes wrong from now on; each fault strikes once.
    async fn faults(&self, list: Value) {
        let url = format!("{}/_sandbox/faults", self.base);
        assert!(
            self.http
                .post(url)
                .json(&list)
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );
    }

    async fn customer(&self) -> String {
        let new = NewCustomer {
            client_id: "client-1".into(),
            name: "Acme & Söhne".into(),
            email: "billing+acme@example.com".into(),
        };
        self.gateway.create_customer("cus:1", &new).await.unwrap().id
    }

    /// Saves a test card and makes it the default one; its id.
    async fn card(&self, customer: &str, token: &str) -> String {
        let answer = self
            .post(
                &format!("/v1/payment_methods/{token}/attach"),
                &[("customer", customer)],
            )
            .await;
        assert!(answer.status().is_success(), "{token}");
        let body: Value = answer.json().await.unwrap();
        let id = body["id"].as_str().unwrap().to_owned();
        let set = self
            .gateway
            .set_default_card(&format!("default:{id}"), customer, &id)
            .await
            .unwrap();
        assert_eq!(set.default_payment_method.as_deref(), Some(id.as_str()));
        id
    }

    async fn price(&self, cents: i64) -> String {
        let product = NewProduct {
            pack_id: "pack".into(),
            name: "20 × Logo design".into(),
        };
        let new = NewPrice {
            product: self.gateway.create_product("product", &product).await.unwrap(),
            pack_version_id: format!("version-{cents}"),
            amount: Cents(cents),
            currency: Currency::USD,
        };
        self.gateway
            .create_price(&format!("price:{cents}"), &new)
            .await
            .unwrap()
    }

    async fn new_subscription(&self, token: &str) -> NewSubscription {
        let customer = self.customer().await;
        self.card(&customer, token).await;
        NewSubscription {
            customer,
            price: self.price(45_000).await,
            pack_subscription_id: "packsub-1".into(),
            client_id: "client-1".into(),
            pack_version_id: "version-45000".into(),
        }
    }

    async fn subscribe(&self, token: &str) -> Subscription {
        let new = self.new_subscription(token).await;
        self.gateway
            .create_subscription("packsub:1:create", &new)
            .await
            .unwrap()
    }

    async fn pay_page(&self, url: &str, number: &str) {
        let fields = [
            ("number", number),
            ("expiry", "12/34"),
            ("cvc", "123"),
            ("name", "Ann Acme"),
            ("postal", "10001"),
        ];
        let answer = self.http.post(url).form(&fields).send().await.unwrap();
        assert!(answer.status().is_redirection(), "{}", answer.text().await.unwrap());
    }
}

fn declined<T: std::fmt::Debug>(result: Result<T, GatewayError>) -> (String, String) {
    match result {
        Err(GatewayError::Declined {
            decline_code, message, ..
        }) => (decline_code, message),
        other => panic!("not declined: {other:?}"),
    }
}

#[tokio::test]
async fn customers_are_made_found_and_read() {
    let w = world().await;
    let id = w.customer().await;
    let found = w.gateway.customer(&id).await.unwrap();
    assert_eq!(found.client_id.as_deref(), Some("client-1"));
    assert!(!found.deleted);
    // Another client with the same address is another customer.
    let other = NewCustomer {
        client_id: "client-2".into(),
        name: "B".into(),
        email: "billing+acme@example.com".into(),
    };
    w.gateway.create_customer("cus:2", &other).await.unwrap();
    let hits = w
        .gateway
        .find_customers("client-1", "billing+acme@example.com")
        .await
        .unwrap();
    assert_eq!(hits.into_iter().map(|c| c.id).collect::<Vec<_>>(), [id.as_str()]);
    assert_eq!(
        w.gateway.find_customers("client-1", "else@example.com").await.unwrap(),
        []
    );

    let url = format!("{}/v1/customers/{id}", w.base);
    assert!(
        w.http
            .delete(url)
            .bearer_auth(KEY)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    assert!(w.gateway.customer(&id).await.unwrap().deleted);
    assert!(matches!(
        w.gateway.customer("cus_nobody").await,
        Err(GatewayError::NotFound(_))
    ));
}

/// GR6: one card is the default one; taking a card off leaves none.
#[tokio::test]
async fn gr6_cards_are_saved_listed_and_taken_off() {
    let w = world().await;
    let customer = w.customer().await;
    assert_eq!(w.gateway.cards(&customer).await.unwrap(), []);
    let id = w.card(&customer, "pm_card_mastercard").await;
    let cards = w.gateway.cards(&customer).await.unwrap();
    assert_eq!(cards.len(), 1);
    assert_eq!(
        (cards[0].id.as_str(), cards[0].brand.as_str(), cards[0].last4.as_str()),
        (id.as_str(), "mastercard", "4444")
    );
    assert!((1..=12).contains(&cards[0].exp_month) && cards[0].exp_year > 2020);
    w.gateway.detach_card("detach", &id).await.unwrap();
    assert_eq!(w.gateway.cards(&customer).await.unwrap(), []);
    assert_eq!(
        w.gateway.customer(&customer).await.unwrap().default_payment_method,
        None
    );
}

/// A product and a price whose answers were lost are found by what they say of us, and by nothing less.
#[tokio::test]
async fn a_product_and_its_price_are_found_again() {
    let w = world().await;
    let wanted = NewProduct {
        pack_id: "pack".into(),
        name: "5 × Icon".into(),
    };
    assert_eq!(w.gateway.find_product(&wanted).await.unwrap(), None);
    let product = w.gateway.create_product("p", &wanted).await.unwrap();
    assert_eq!(w.gateway.find_product(&wanted).await.unwrap(), Some(product.clone()));
    for (pack, name) in [("other", "5 × Icon"), ("pack", "10 × Icon")] {
        let other = NewProduct {
            pack_id: pack.into(),
            name: name.into(),
        };
        assert_eq!(w.gateway.find_product(&other).await.unwrap(), None, "{pack} {name}");
    }
    let new = NewPrice {
        product,
        pack_version_id: "v1".into(),
        amount: Cents(100),
        currency: Currency::USD,
    };
    assert_eq!(w.gateway.find_price(&new).await.unwrap(), None);
    let price = w.gateway.create_price("q", &new).await.unwrap();
    assert_eq!(w.gateway.find_price(&new).await.unwrap(), Some(price));
    let dearer = NewPrice {
        amount: Cents(200),
        ..new.clone()
    };
    assert_eq!(w.gateway.find_price(&dearer).await.unwrap(), None);
    let unknown = NewPrice {
        product: "prod_unknown".into(),
        ..new
    };
    assert!(matches!(
        w.gateway.create_price("r", &unknown).await,
        Err(GatewayError::NotFound(_))
    ));
}

/// SU3: the full price at once; SU2: our metadata on the subscription and on its invoice; PD3: the period is the
/// line's.
#[tokio::test]
async fn su3_a_subscription_is_charged_at_once() {
    let w = world().await;
    let sub = w.subscribe("pm_card_visa").await;
    assert_eq!(sub.status, "active");
    assert_eq!(sub.pack_subscription_id.as_deref(), Some("packsub-1"));
    assert_eq!(sub.billing_cycle_anchor, sub.current_period_start);
    assert_eq!(sub.current_period_start, w.now().whole_second());
    let days = (sub.current_period_end.secs() - sub.current_period_start.secs()) / 86_400;
    assert!((28..=31).contains(&days), "{days}");
    assert_eq!(
        (sub.cancel_at, sub.cancel_at_period_end, sub.ended_at),
        (None, false, None)
    );

    let invoice = w.gateway.invoice(sub.latest_invoice.as_deref().unwrap()).await.unwrap();
    assert_eq!(
        (invoice.status.as_str(), invoice.billing_reason.as_str()),
        ("paid", "subscription_create")
    );
    assert_eq!(
        (invoice.amount_due, invoice.amount_paid, invoice.amount_remaining),
        (Cents(45_000), Cents(45_000), Cents(0))
    );
    assert_eq!(invoice.currency, Currency::USD);
    assert_eq!(invoice.subscription.as_deref(), Some(sub.id.as_str()));
    assert_eq!(invoice.pack_subscription_id.as_deref(), Some("packsub-1"));
    assert_eq!(invoice.line_period_start, Some(sub.current_period_start));
    assert_eq!(invoice.line_period_end, Some(sub.current_period_end));
    assert_eq!(invoice.line_price.as_deref(), Some(sub.price.as_str()));
    assert_eq!(invoice.payment_intent_status.as_deref(), Some("succeeded"));
    assert!(invoice.number.is_some() && invoice.hosted_url.is_some() && invoice.pdf_url.is_some());
    assert!(invoice.paid_at.is_some() && invoice.finalized_at.is_some() && invoice.attempted);

    assert_eq!(w.gateway.subscription(&sub.id).await.unwrap().id, sub.id);
    assert_eq!(w.gateway.subscriptions_of(&sub.customer).await.unwrap().len(), 1);
    assert_eq!(w.gateway.invoices_of(&sub.customer).await.unwrap().len(), 1);
}

/// PC5: a new price changes nothing now and the next invoice has it; UN5: the end is set and taken back.
#[tokio::test]
async fn pc5_the_new_price_is_on_the_next_invoice() {
    let w = world().await;
    let sub = w.subscribe("pm_card_visa").await;
    let dearer = w.price(90_000).await;
    let change = SubscriptionChange {
        price: Some((sub.item_id.clone(), dearer.clone())),
        ..Default::default()
    };
    let changed = w
        .gateway
        .change_subscription("packsub:1:change:1", &sub.id, &change)
        .await
        .unwrap();
    assert_eq!(changed.price, dearer);
    assert_eq!(changed.current_period_end, sub.current_period_end);
    assert_eq!(changed.billing_cycle_anchor, sub.billing_cycle_anchor);
    assert_eq!(
        w.gateway.invoices_of(&sub.customer).await.unwrap().len(),
        1,
        "no money now"
    );

    w.clock.set(sub.current_period_end.0);
    w.sandbox.run_due().await;
    w.clock.set(sub.current_period_end.plus_hours(2).0);
    w.sandbox.run_due().await;
    let invoices = w.gateway.invoices_of(&sub.customer).await.unwrap();
    assert_eq!(invoices.len(), 2);
    assert_eq!(
        (invoices[0].billing_reason.as_str(), invoices[0].amount_paid),
        ("subscription_cycle", Cents(90_000))
    );
    assert_eq!(invoices[0].line_period_start, Some(sub.current_period_end));
    assert_eq!(invoices[0].line_price.as_deref(), Some(dearer.as_str()));

    let end = SubscriptionChange {
        cancel_at_period_end: Some(true),
        ..Default::default()
    };
    let ending = w.gateway.change_subscription("end", &sub.id, &end).await.unwrap();
    assert!(
        ending.cancel_at_period_end && ending.cancel_at == Some(ending.current_period_end),
        "{ending:?}"
    );
    assert_eq!((ending.status.as_str(), ending.ended_at), ("active", None));
    let stay = SubscriptionChange {
        cancel_at_period_end: Some(false),
        ..Default::default()
    };
    let staying = w.gateway.change_subscription("stay", &sub.id, &stay).await.unwrap();
    assert_eq!((staying.cancel_at_period_end, staying.cancel_at), (false, None));

    let gone = w.gateway.cancel_subscription("cancel", &sub.id).await.unwrap();
    assert_eq!(gone.status, "canceled");
    assert!(gone.ended_at.is_some());
    assert_eq!(
        w.gateway.cancel_subscription("cancel:2", &sub.id).await.unwrap().status,
        "canceled",
        "as it is"
    );
    assert!(matches!(
        w.gateway.cancel_subscription("x", "sub_nobody").await,
        Err(GatewayError::NotFound(_))
    ));
    assert_eq!(
        w.gateway.subscriptions_of(&sub.customer).await.unwrap().len(),
        1,
        "ended ones are listed"
    );
}

/// SU9: a decline leaves the row incomplete, with the bank's words; another card pays the same invoice.
#[tokio::test]
async fn su9_a_declined_first_charge_is_paid_with_another_card() {
    let w = world().await;
    let sub = w.subscribe("pm_card_chargeCustomerFail").await;
    assert_eq!(sub.status, "incomplete");
    let id = sub.latest_invoice.as_deref().unwrap();
    let invoice = w.gateway.invoice(id).await.unwrap();
    assert_eq!((invoice.status.as_str(), invoice.attempt_count), ("open", 1));
    assert_eq!(
        invoice.payment_intent_status.as_deref(),
        Some("requires_payment_method")
    );
    assert_eq!(invoice.last_decline.as_deref(), Some("Your card was declined."));
    let listed = w.gateway.invoices_of(&sub.customer).await.unwrap();
    assert_eq!(
        listed[0].last_decline.as_deref(),
        Some("Your card was declined."),
        "the list tells it as well"
    );

    let again = w.gateway.pay_invoice("packsub:1:first:1", id, None, true).await;
    let Err(GatewayError::Declined {
        decline_code,
        message,
        payment_intent,
    }) = again
    else {
        panic!("{again:?}")
    };
    assert_eq!(
        (decline_code.as_str(), message.as_str()),
        ("generic_decline", "Your card was declined.")
    );
    assert!(payment_intent.is_some_and(|pi| pi.starts_with("pi_")));
    // A decline is stored under its key: a new card needs a new one.
    assert_eq!(
        declined(w.gateway.pay_invoice("packsub:1:first:1", id, None, true).await).0,
        "generic_decline"
    );

    let good = w.card(&sub.customer, "pm_card_visa").await;
    let paid = w
        .gateway
        .pay_invoice("packsub:1:first:2", id, Some(&good), false)
        .await
        .unwrap();
    assert_eq!(
        (paid.status.as_str(), paid.payment_intent_status.as_deref()),
        ("paid", Some("succeeded"))
    );
    assert_eq!(w.gateway.subscription(&sub.id).await.unwrap().status, "active");
    let twice = w
        .gateway
        .pay_invoice("packsub:1:first:3", id, Some(&good), false)
        .await
        .unwrap();
    assert_eq!(twice.status, "paid", "a paid one is answered as it is");
    assert!(
        matches!(w.gateway.void_invoice("void", id).await, Err(GatewayError::Refused(_))),
        "paid is not void"
    );
}

/// SU4: the bank wants the cardholder; once confirmed the same invoice is paid.
#[tokio::test]
async fn su4_authentication_finishes_the_same_invoice() {
    let w = world().await;
    let sub = w.subscribe("pm_card_authenticationRequired").await;
    assert_eq!(sub.status, "incomplete");
    let id = sub.latest_invoice.clone().unwrap();
    let invoice = w.gateway.invoice(&id).await.unwrap();
    assert_eq!(invoice.payment_intent_status.as_deref(), Some("requires_action"));
    let (code, _) = declined(w.gateway.pay_invoice("first:1", &id, None, false).await);
    assert_eq!(code, "invoice_payment_intent_requires_action");

    let raw = w.get(&format!("/v1/invoices/{id}?expand[]=payments")).await;
    let intent = raw["payments"]["data"][0]["payment"]["payment_intent"]
        .as_str()
        .unwrap();
    let answer = w.post(&format!("/pages/3ds/{intent}"), &[("answer", "complete")]).await;
    assert!(answer.status().is_success() || answer.status().is_redirection());
    assert_eq!(w.gateway.invoice(&id).await.unwrap().status, "paid");
    assert_eq!(w.gateway.subscription(&sub.id).await.unwrap().status, "active");
}

#[tokio::test]
async fn an_open_invoice_is_voided_once() {
    let w = world().await;
    let sub = w.subscribe("pm_card_chargeCustomerFail").await;
    let id = sub.latest_invoice.unwrap();
    assert_eq!(w.gateway.void_invoice("void", &id).await.unwrap().status, "void");
    assert_eq!(
        w.gateway.void_invoice("void:2", &id).await.unwrap().status,
        "void",
        "as it is"
    );
}

/// SU5, GR6: hosted Checkout; the card that it sets on the subscription is taken off again.
#[tokio::test]
async fn su5_checkout_subscribes_and_the_card_moves_to_the_customer() {
    let w = world().await;
    let customer = w.customer().await;
    let mut new = NewCheckout {
        subscription: NewSubscription {
            customer: customer.clone(),
            price: w.price(45_000).await,
            pack_subscription_id: "packsub-1".into(),
            client_id: "client-1".into(),
            pack_version_id: "version-45000".into(),
        },
        success_url: "https://app.example/return?session={CHECKOUT_SESSION_ID}&ok=1".into(),
        cancel_url: "https://app.example/back".into(),
        expires_at: w.now().plus_hours(23),
    };
    let open = w.gateway.create_checkout("checkout:1", &new).await.unwrap();
    assert_eq!((open.status.as_str(), open.mode.as_str()), ("open", "subscription"));
    assert_eq!(open.expires_at, new.expires_at.whole_second());
    assert_eq!(
        (open.subscription.clone(), open.customer.as_deref()),
        (None, Some(customer.as_str()))
    );
    assert_eq!(
        w.gateway.create_checkout("checkout:1", &new).await.unwrap().id,
        open.id,
        "one key, one session"
    );

    w.pay_page(open.url.as_deref().unwrap(), "4242424242424242").await;
    let done = w.gateway.checkout(&open.id).await.unwrap();
    assert_eq!(
        (done.status.as_str(), done.pack_subscription_id.as_deref()),
        ("complete", Some("packsub-1"))
    );
    let sub = w
        .gateway
        .subscription(done.subscription.as_deref().unwrap())
        .await
        .unwrap();
    assert_eq!(
        (sub.status.as_str(), sub.pack_subscription_id.as_deref()),
        ("active", Some("packsub-1"))
    );
    let card = sub
        .default_payment_method
        .clone()
        .expect("Checkout sets the card on the subscription");
    w.gateway.set_default_card("default", &customer, &card).await.unwrap();
    let clear = SubscriptionChange {
        clear_default_payment_method: true,
        ..Default::default()
    };
    let cleared = w.gateway.change_subscription("clear", &sub.id, &clear).await.unwrap();
    assert_eq!(cleared.default_payment_method, None);
    assert_eq!(cleared.price, sub.price);

    let over = w.gateway.expire_checkout("expire:1", &open.id).await.unwrap();
    assert_eq!(over.status, "complete", "one that is over is answered as it is");
    new.subscription.pack_subscription_id = "packsub-2".into();
    let second = w.gateway.create_checkout("checkout:2", &new).await.unwrap();
    let expired = w.gateway.expire_checkout("expire:2", &second.id).await.unwrap();
    assert_eq!((expired.status.as_str(), expired.url), ("expired", None));
    let mut all: Vec<String> = w
        .gateway
        .checkouts_of(&customer)
        .await
        .unwrap()
        .into_iter()
        .map(|c| c.id)
        .collect();
    all.sort();
    let mut expected = vec![open.id, second.id];
    expected.sort();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn a_setup_page_saves_a_card() {
    let w = world().await;
    let customer = w.customer().await;
    let new = NewSetup {
        customer: customer.clone(),
        client_id: "client-1".into(),
        currency: Currency::USD,
        success_url: "https://app.example/cards".into(),
        cancel_url: "https://app.example/cards".into(),
    };
    let open = w.gateway.create_setup("setup:1", &new).await.unwrap();
    assert_eq!((open.mode.as_str(), open.payment_method.as_deref()), ("setup", None));
    w.pay_page(open.url.as_deref().unwrap(), "4242424242424242").await;
    let done = w.gateway.checkout(&open.id).await.unwrap();
    assert_eq!(done.status, "complete");
    assert!(done.setup_intent.is_some_and(|id| id.starts_with("seti_")));
    let cards = w.gateway.cards(&customer).await.unwrap();
    assert_eq!(done.payment_method.as_deref(), Some(cards[0].id.as_str()));
}

/// SU2: the same key gives the same object; the same key for something else is refused.
#[tokio::test]
async fn su2_one_key_makes_one_subscription() {
    let w = world().await;
    let new = w.new_subscription("pm_card_visa").await;
    let first = w.gateway.create_subscription("packsub:1:create", &new).await.unwrap();
    for _ in 0..5 {
        assert_eq!(
            w.gateway
                .create_subscription("packsub:1:create", &new)
                .await
                .unwrap()
                .id,
            first.id
        );
    }
    assert_eq!(w.gateway.subscriptions_of(&new.customer).await.unwrap().len(), 1);
    let other = NewSubscription {
        pack_subscription_id: "packsub-2".into(),
        ..new.clone()
    };
    let clash = w.gateway.create_subscription("packsub:1:create", &other).await;
    assert!(matches!(clash, Err(GatewayError::Refused(_))), "{clash:?}");
    let empty = w.gateway.create_subscription("", &new).await;
    assert!(
        matches!(empty, Err(GatewayError::Refused(_))),
        "a change without a key is not sent: {empty:?}"
    );
}

/// F5: whatever the network does around one subscription, the same key brings exactly one.
#[tokio::test]
async fn f5_after_a_fault_the_same_key_gives_the_same_object() {
    for kind in [
        "reset",
        "reset_after",
        "500_unsaved",
        "409",
        "424",
        "429",
        "malformed",
        "truncated",
    ] {
        let w = world().await;
        let new = w.new_subscription("pm_card_visa").await;
        w.faults(json!([{"kind": kind, "path": "/v1/subscriptions", "method": "POST"}]))
            .await;
        let first = w.gateway.create_subscription("packsub:1:create", &new).await;
        assert!(matches!(first, Err(GatewayError::Transient(_))), "{kind}: {first:?}");
        let sub = w.gateway.create_subscription("packsub:1:create", &new).await.unwrap();
        assert_eq!(sub.status, "active", "{kind}");
        let all = w.gateway.subscriptions_of(&new.customer).await.unwrap();
        assert_eq!(all.into_iter().map(|s| s.id).collect::<Vec<_>>(), [sub.id], "{kind}");
        let ledger = w.get("/_sandbox/ledger").await;
        assert_eq!(
            ledger["total"],
            json!({"charged": 45_000, "refunded": 0, "charges": 1}),
            "{kind}"
        );
    }
}

/// F5: no answer within the time, although everything was done there.
#[tokio::test]
async fn f5_a_timeout_after_the_commit_makes_no_second_subscription() {
    let w = world().await;
    let new = w.new_subscription("pm_card_visa").await;
    w.faults(json!([{"kind": "timeout_after", "path": "/v1/subscriptions", "method": "POST"}]))
        .await;
    let hasty = gateway(&w.base, Duration::from_millis(1_500));
    let lost = hasty.create_subscription("packsub:1:create", &new).await;
    assert!(matches!(lost, Err(GatewayError::Transient(_))), "{lost:?}");
    let there = w.gateway.subscriptions_of(&new.customer).await.unwrap();
    assert_eq!(there.len(), 1, "it was committed");
    let sub = w.gateway.create_subscription("packsub:1:create", &new).await.unwrap();
    assert_eq!(sub.id, there[0].id);
    assert_eq!(w.gateway.subscriptions_of(&new.customer).await.unwrap().len(), 1);
}

/// 4.6: a 500 that stands stored under the key is told from a fresh one; looking finds what it hid.
#[tokio::test]
async fn a_stored_500_is_reported_as_such() {
    for (kind, hidden) in [("500_saved", 0), ("500_after_commit", 1)] {
        let w = world().await;
        let new = w.new_subscription("pm_card_visa").await;
        w.faults(json!([{"kind": kind, "path": "/v1/subscriptions", "method": "POST"}]))
            .await;
        let first = w.gateway.create_subscription("packsub:1:create", &new).await;
        assert!(matches!(first, Err(GatewayError::Transient(_))), "{kind}: {first:?}");
        for _ in 0..2 {
            let again = w.gateway.create_subscription("packsub:1:create", &new).await;
            assert!(
                matches!(again, Err(GatewayError::StoredFailure(_))),
                "{kind}: {again:?}"
            );
        }
        let found = w.gateway.subscriptions_of(&new.customer).await.unwrap();
        assert_eq!(found.len(), hidden, "{kind}");
        assert!(
            found
                .iter()
                .all(|s| s.pack_subscription_id.as_deref() == Some("packsub-1"))
        );
    }
}

#[tokio::test]
async fn an_unreachable_api_is_transient_and_a_wrong_key_passes() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = gateway(&format!("http://{closed}"), PATIENT);
    assert!(matches!(
        nobody.customer("cus_1").await,
        Err(GatewayError::Transient(_))
    ));

    let w = world().await;
    let live = StripeGateway::new(Config {
        secret_key: "sk_live_0123456789".into(),
        api_base: Some(w.base.clone()),
        timeout: PATIENT,
    })
    .unwrap();
    assert!(live.livemode() && !w.gateway.livemode());
    let Err(GatewayError::KeyRefused(why)) = live.customer("cus_1").await else {
        panic!("not refused")
    };
    assert!(!why.contains("0123456789"), "{why}");
    assert!(!format!("{live:?}").contains("0123456789"));
}

/// WH8: events come oldest first and page by page, and go on after a cursor. Lists are read to their end.
#[tokio::test]
async fn wh8_events_are_listed_after_a_cursor() {
    let w = world().await;
    for n in 0..130 {
        let new = NewCustomer {
            client_id: "client-1".into(),
            name: format!("N{n}"),
            email: "a@example.com".into(),
        };
        w.gateway.create_customer(&format!("cus:{n}"), &new).await.unwrap();
    }
    assert_eq!(
        w.gateway
            .find_customers("client-1", "a@example.com")
            .await
            .unwrap()
            .len(),
        130
    );

    let all = w.gateway.events_after(None).await.unwrap();
    assert_eq!(all.len(), 130);
    let first = webhook::envelope(all[0].payload.as_bytes()).unwrap();
    assert_eq!(
        (first.id.as_str(), first.kind.as_str()),
        (all[0].id.as_str(), "customer.created")
    );
    assert_eq!(first.livemode, Some(false));
    assert_eq!(first.api_version.as_deref(), Some(stripe_gateway::API_VERSION.as_str()));
    let name =
        |payload: &str| -> Value { serde_json::from_str::<Value>(payload).unwrap()["data"]["object"]["name"].clone() };
    assert_eq!(
        (name(&all[0].payload), name(&all[129].payload)),
        (json!("N0"), json!("N129"))
    );

    let rest = w.gateway.events_after(Some(&all[9].id)).await.unwrap();
    assert_eq!(rest, all[10..]);
    assert_eq!(w.gateway.events_after(Some(&all[129].id)).await.unwrap(), []);
    assert!(matches!(
        w.gateway.events_after(Some("evt_forgotten")).await,
        Err(GatewayError::NotFound(_))
    ));
}

/// WH1: what the sandbox signs, also with two secrets, is verified; the endpoint's secret comes back once.
#[tokio::test]
async fn wh1_an_endpoint_and_its_signatures() {
    let w = world().await;
    let secret = w
        .gateway
        .create_webhook_endpoint("https://app.example/webhooks", &["invoice.paid"])
        .await
        .unwrap();
    assert!(secret.starts_with("whsec_"));
    let endpoints = w.get("/v1/webhook_endpoints").await;
    assert_eq!(
        endpoints["data"][0]["api_version"],
        stripe_gateway::API_VERSION.as_str()
    );
    assert_eq!(endpoints["data"][0]["enabled_events"], json!(["invoice.paid"]));

    let body = br#"{"id":"evt_1"}"#;
    let header = stripe_sandbox::signature(body, &format!("whsec_old,{secret}"), w.now().secs());
    assert_eq!(
        webhook::verify(body, &header, std::slice::from_ref(&secret), w.now()),
        Ok(())
    );
    assert_eq!(
        webhook::verify(body, &header, &["whsec_old".to_owned()], w.now()),
        Ok(())
    );
    let other = webhook::verify(body, &header, &["whsec_else".to_owned()], w.now());
    assert_eq!(other, Err(webhook::SignatureError::Mismatch));
}

/// WH6: every event of a whole life is understood: the subscription, the invoice and our id are found.
#[tokio::test]
async fn wh6_the_events_of_a_subscription_name_it() {
    let w = world().await;
    let sub = w.subscribe("pm_card_visa").await;
    // Events are kept for 30 days, so the first ones are read before the month is over.
    let mut events = w.gateway.events_after(None).await.unwrap();
    w.clock.set(sub.current_period_end.plus_hours(2).0);
    w.sandbox.run_due().await;
    w.gateway.cancel_subscription("cancel", &sub.id).await.unwrap();
    events.extend(w.gateway.events_after(None).await.unwrap());
    let read: Vec<_> = events
        .iter()
        .map(|e| webhook::envelope(e.payload.as_bytes()).unwrap())
        .collect();
    for kind in [
        "customer.subscription.created",
        "customer.subscription.deleted",
        "invoice.created",
        "invoice.paid",
    ] {
        assert!(read.iter().any(|e| e.kind == kind), "{kind} did not happen");
    }
    for event in read {
        match event.object_kind.as_deref() {
            Some("subscription" | "invoice") => {
                assert_eq!(event.subscription.as_deref(), Some(sub.id.as_str()), "{event:?}");
                assert_eq!(event.pack_subscription_id.as_deref(), Some("packsub-1"), "{event:?}");
                assert_eq!(event.customer.as_deref(), Some(sub.customer.as_str()), "{event:?}");
            }
            Some("invoice_payment") => assert!(event.invoice.is_some(), "{event:?}"),
            _ => {}
        }
    }
}

/// async-stripe's own client and strict types agree with what the gateway reads: neither our transport nor our
/// reading has drifted from the crate.
#[tokio::test]
async fn async_stripes_own_types_read_the_same_answers() {
    let w = world().await;
    let sub = w.subscribe("pm_card_visa").await;
    let client = stripe::ClientBuilder::new(KEY)
        .url(format!("{}/", w.base))
        .timeout(PATIENT)
        .build()
        .unwrap();
    let typed = stripe_billing::subscription::RetrieveSubscription::new(sub.id.as_str())
        .send(&client)
        .await
        .unwrap();
    assert_eq!(typed.status.as_str(), sub.status);
    assert_eq!(typed.items.data[0].current_period_end, sub.current_period_end.secs());
    assert_eq!(typed.items.data[0].price.id.as_str(), sub.price);

    let ours = w.gateway.invoice(sub.latest_invoice.as_deref().unwrap()).await.unwrap();
    let theirs = stripe_billing::invoice::RetrieveInvoice::new(ours.id.as_str())
        .send(&client)
        .await
        .unwrap();
    assert_eq!((theirs.amount_paid, theirs.number), (ours.amount_paid.0, ours.number));
    let customer = stripe_core::customer::RetrieveCustomer::new(sub.customer.as_str())
        .send(&client)
        .await;
    assert!(customer.is_ok(), "{customer:?}");
    let events = stripe_core::event::ListEvent::new().send(&client).await;
    assert!(events.is_ok(), "{events:?}");
}
